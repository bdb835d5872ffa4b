"""What a host states of its base in an evaluation, beside what is on record (第十五条, 第十八条, 第十九条, 第二十一条).

Figures the reports know are shown with their difference; a difference needs its reason. Reads forms and the register.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from handlers import evaluation_figures as figures
from handlers import evaluation_reports as reports
from handlers import round_progress as reading
from handlers.eligibility_form import day, number, part, rows, text, to_date
from handlers.evaluation_figures import FIGURES, plain
from handlers.evaluation_score import Line, figures_of, for_experts, lines
from handlers.vocabulary import Case, Facts

DATED = ("name", "category", "level", "leader", "city", "field_code", "regions", "designated_on", "doc_no")
"""Fields of the register that the snapshot freezes."""


def lines_of(case: Case) -> list[Line]:
    """The earning lines for this base: its category's set as the round pinned it; without a reward its points moved."""
    category = str(case.base.get("category") or "")
    chosen = (case.round.get("indicator_sets") or {}).get(category) or f"evaluation_{category}"
    return lines(reading.register(case).indicators(str(chosen)), rewarded=bool(rewards(case)))


def rewards(case: Case) -> list[Facts]:
    """第十九条: rewards since the last evaluation, whose use this one looks at."""
    register, base = reading.register(case), str(case.base.get("id"))
    graded = [
        to_date(row.get("decided_on"))
        for row in register.proceedings(base_id=base, process="evaluation")
        if row["id"] != case.id and row.get("grade")
    ]
    since = max((on for on in graded if on), default=date.min)
    found = register.proceedings(base_id=base, process="reward")
    return [row for row in found if (to_date(row.get("opened_on")) or date.max) >= since and number(row, "amount")]


def changes(case: Case) -> list[Facts]:
    """第十六条: changes of the data period, those under way included."""
    first, last = reports.period(case)
    found = reading.register(case).proceedings(base_id=str(case.base.get("id")), process="change")
    dated = [(to_date(row.get("event_on")) or to_date(row.get("opened_on")) or last, row) for row in found]
    return [row for on, row in dated if first <= on <= last or not row.get("ended_on")]


def snapshot(case: Case) -> dict[str, Any]:
    """The frozen facts: the register, reports, changes, reward, support, improvement as they are today."""
    register, base = reading.register(case), str(case.base.get("id"))
    contents = reports.contents(case)
    first, last = reports.period(case)
    improved = register.proceedings(base_id=base, process="improvement")
    moved = changes(case)
    return {
        "on": case.today.isoformat(),
        "round_name": text(case.data.get("begun", {}), "round_name"),
        "category": case.base.get("category"),
        "base": {key: _plain(case.base.get(key)) for key in DATED},
        "period": [first.isoformat(), last.isoformat()],
        "reports": reports.brief(reports.rows_of(case)),
        "changes": {
            "all": len(moved),
            "late": sum(bool(row.get("late")) for row in moved),
            "pending": [str(row.get("kind") or "") for row in moved if not row.get("ended_on")],
        },
        "rewards": [
            {
                "amount": _number(row, "amount"),
                "spent": _number(row, "spent"),
                "decided_on": _plain(row.get("decided_on")),
            }
            for row in rewards(case)
        ],
        "improvement": str(improved[0].get("status")) if improved else "",
        "marks": [{"kind": row["kind"], "text": row["text"]} for row in register.marks(base)],
        "incidents": len(_incidents(case)),
        "reported": {code: plain(value) for code, value in figures.reported(contents).items()},
    }


def background(case: Case) -> list[dict[str, str]]:
    """The frozen facts as a reader wants them: what is under way, marked, improved, and how the reports fared."""
    frozen = part(case.proceeding, "facts")
    kinds = reading.register(case).codes("change_kind")
    moved, reported = part(frozen, "changes"), rows(frozen, "reports")
    pending = "、".join(kinds.get(str(kind), str(kind)) for kind in moved.get("pending") or ())
    late = sum(bool(row.get("late")) for row in reported)
    improved = {"closed": "已完成", "unfinished": "未完成", "": "无"}.get(text(frozen, "improvement"), "正在进行")
    lines = {
        "年度报告": f"评价期内已提交{sum(bool(row.get('submitted_on')) for row in reported)}份，其中逾期{late}份",
        "重大事项变更": f"{moved.get('all', 0)}项，其中逾期申请{moved.get('late', 0)}项"
        + (f"；正在办理：{pending}" if pending else ""),
        "上一轮优化提升": improved,
        "重大事件": f"{frozen.get('incidents', 0)}件",
        "台账标记": "；".join(str(row.get("text")) for row in rows(frozen, "marks")) or "无",
    }
    return [{"item": item, "content": content} for item, content in lines.items()]


def prefilled(case: Case) -> dict[str, Any]:
    """What the self-assessment opens with: the reports' figures, what the system counts itself, what is judged in words."""
    earning = lines_of(case)
    known = figures.reported(reports.contents(case))
    own = counted(case)
    codes = figures_of(earning)
    given = rewards(case)
    return {
        "period_from": reports.period(case)[0].isoformat(),
        "period_to": reports.period(case)[1].isoformat(),
        "figures": [
            {"code": code, "name": FIGURES[code].label, "unit": FIGURES[code].unit, "reported": plain(known[code]), "value": plain(known[code])}
            for code in codes
            if FIGURES[code].is_reported
        ],
        "known": [
            {"code": code, "name": FIGURES[code].label, "unit": FIGURES[code].unit, "value": plain(own[code])}
            for code in codes
            if code in own
        ],
        "statements": [{"code": code, **row} for code, row in for_experts(earning).items()],
        "reports": [
            {"year": str(row["year"]), "state": _state(row), "grade": str(row["grade"] or "").upper()}
            for row in reports.brief(reports.rows_of(case))
        ],
        "rewarded": bool(given),
        "reward_amount": plain(_sum(given, "amount")),
        "reward_spent": plain(_sum(given, "spent")),
    }  # fmt: skip


def counted(case: Case) -> dict[str, Decimal]:
    """The figures that the system counts itself."""
    given = rewards(case)
    filed = reports.rows_of(case)
    return {
        "changes_on_time": figures.on_time(changes(case)),
        "reports_on_time": _on_time(filed, reports.owed(case)),
        "report_quality": figures.quality([row for row in filed if row.get("submitted_on")]),
        "reward_spent": figures.percent(_sum(given, "spent"), _sum(given, "amount"), otherwise=0),
    }


def values(case: Case) -> dict[str, Decimal]:
    """Every figure of this evaluation: as the host states and the department confirms, else as the reports say."""
    sheet, opinion = case.forms.get("self_assessment", {}), case.forms.get("recommender_opinion", {})
    stated = {text(row, "code"): number(row, "value") for row in rows(sheet, "figures")}
    known = figures.reported(reports.contents(case))
    found = {code: value for code in known if (value := stated.get(code, known[code])) is not None}
    return {
        **found,
        **counted(case),
        "host_support": figures.support_funds(sheet),
        "recommender_support": figures.support_funds(opinion),
        "years": reports.years(case),
    }


def errors(case: Case, sheet: Facts) -> dict[str, str]:
    """Field path → sentence: what keeps the self-assessment from being handed in."""
    found: dict[str, str] = {}
    for place, row in enumerate(rows(sheet, "figures")):
        stated, reported = number(row, "value"), number(row, "reported")
        if stated is not None and stated < 0:
            found[f"figures.{place}.value"] = "不能为负数。"
        elif stated != reported and not text(row, "reason"):
            found[f"figures.{place}.reason"] = "与年度报告不一致，请说明差异原因。"
    for place, row in enumerate(rows(sheet, "statements")):
        given, most = number(row, "self_score"), number(row, "max")
        if given is not None and most is not None and not 0 <= given <= most:
            found[f"statements.{place}.self_score"] = f"自评分应在0至{plain(most)}分之间。"
    if rewards(case) and not text(sheet, "reward_effect"):
        found["reward_effect"] = "评价期内获得奖励经费，请填写使用情况和成效（第十九条）。"
    signed = day(sheet, "signed_on")
    if signed and signed > case.today:
        found["signed_on"] = "填报日期不能晚于今天。"
    return found


def _on_time(filed: Sequence[Facts], owed: Sequence[int]) -> Decimal:
    """Of the years that owed a report, those that had it in time; a missing one is late."""
    good = {int(row["period"]) for row in filed if row.get("submitted_on") and not row.get("late")}
    return figures.percent(sum(year in good for year in owed), len(owed))


def _state(row: Mapping[str, Any]) -> str:
    if not row["submitted_on"]:
        return "未提交"
    return "逾期提交" if row["late"] else "按时提交"


def _incidents(case: Case) -> list[Facts]:
    """第二十二条（四）: major events of the data period."""
    first, last = reports.period(case)
    found = reading.register(case).proceedings(base_id=str(case.base.get("id")), process="major_event")
    return [
        row for row in found if first <= (to_date(row.get("event_on")) or to_date(row.get("opened_on")) or last) <= last
    ]


def _sum(found: Sequence[Facts], key: str) -> Decimal:
    return sum((number(row, key) or Decimal(0) for row in found), Decimal(0))


def _number(row: Facts, key: str) -> int | float:
    return plain(number(row, key) or Decimal(0))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
