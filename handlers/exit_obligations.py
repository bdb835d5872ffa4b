"""What a base still owes when it wants to leave (第二十三条): reports, reward money, matters under way.

How each is dealt with the table `open_obligations` says.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from handlers import reward_money
from handlers.eligibility_form import to_date
from handlers.round_progress import register
from handlers.vocabulary import Case, Facts

SETTLE = "settle"
HANDLINGS = {"settle": "先办结", "continue": "继续履行", "end": "退出生效后终止", "hold": "暂缓受理退出"}
PROCESSES = {
    "change": "变更申请",
    "annual_report": "年度报告",
    "evaluation": "绩效评价",
    "improvement": "优化提升方案",
    "reward": "奖励经费",
    "revocation": "取消资格程序",
    "work_plan": "年度工作计划",
    "supervision": "督导确认",
    "major_event": "重大事件报告",
    "difficulty": "困难协调",
    "national_transfer": "转国家级",
}


def rows(case: Case) -> list[dict[str, Any]]:
    """One line for each obligation: `item` (its key in forms), `kind`, `handling`, `label`, `message`; reports first."""
    found = [*_reports(case), *_rewards(case), *_cases(case)]
    return [{**row, **_dealt(case, row)} for row in found]


def unsettled(case: Case, content: Facts) -> list[str]:
    """The obligations that must be settled first and that the officer's form does not show as settled."""
    listed: Any = content.get("obligations") or ()
    settled = {str(row.get("item")) for row in listed if row.get("settled") in ("yes", "waived")}
    return [row["item"] for row in rows(case) if row["handling"] == SETTLE and row["item"] not in settled]


def _reports(case: Case) -> Iterator[dict[str, str]]:
    known, base_id = register(case), str(case.base.get("id", ""))
    overdue = {str(row["period"]) for row in known.marks(base_id) if row["kind"] == "annual_report_overdue"}
    for year in sorted(overdue):
        yield {"item": f"{year}年度报告（逾期）", "kind": "report_overdue", "process": "annual_report"}
    for row in known.proceedings(base_id=base_id, process="annual_report"):
        year = str(row.get("period") or "")
        if row.get("ended_on") or row.get("submitted_on") or year in overdue:
            continue
        late = (to_date(row.get("due_on")) or date.max) < case.today
        kind = "report_overdue" if late else "report_open"
        yield {"item": f"{year}年度报告（{'逾期' if late else '未到期'}）", "kind": kind, "process": "annual_report"}


def _rewards(case: Case) -> Iterator[dict[str, str]]:
    for row in reward_money.of_base(case):
        if (rest := reward_money.unused(case, row)) > 0:
            item = f"{reward_money.name(row)}奖励经费结余{reward_money.plain(rest)}万元"
            yield {"item": item, "kind": "reward_balance", "process": "reward"}


def _cases(case: Case) -> Iterator[dict[str, str]]:
    known, base_id = register(case), str(case.base.get("id", ""))
    paid = {row["id"] for row in reward_money.of_base(case)}
    for row in known.open_cases(base_id):
        process = str(row["process"])
        if process == "annual_report" or row["id"] in paid:
            continue  # listed as report, as balance
        yield {
            "item": f"{PROCESSES.get(process, '其他事项')}（{row['number']}）",
            "kind": "open_case",
            "process": process,
        }


def _dealt(case: Case, row: Facts) -> dict[str, str]:
    answer = case.decide("open_obligations", kind=row["kind"], process=row["process"])
    handling = str(answer["handling"])
    return {"handling": handling, "label": HANDLINGS.get(handling, handling), "message": str(answer["message"])}
