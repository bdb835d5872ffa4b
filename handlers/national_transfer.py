"""Service tasks and form checks of 转为国家级 (第二十四条): the ministry's document, what is still open, the way out.

A transfer does not erase a serious ground: of an open exit or revocation the officer says what becomes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from handlers import deadlines, documents
from handlers.eligibility_form import day, numbered, rows, text, to_date
from handlers.messages import SIGN, in_chinese
from handlers.national import STATUS, type_name
from handlers.round_progress import calendar, register
from handlers.vocabulary import (
    Case,
    ChangeBase,
    Deliver,
    Effect,
    EndBase,
    Facts,
    Notify,
    Outcome,
    UpdateProceeding,
)

PROCESSES = {
    "change": "重大事项变更",
    "annual_report": "年度报告",
    "evaluation": "绩效评价",
    "improvement": "优化提升方案",
    "reward": "奖励经费",
    "exit": "主动退出",
    "revocation": "取消资格",
    "work_plan": "年度工作计划",
    "supervision": "年度督导",
    "major_event": "重大事件报告",
    "difficulty": "困难协调",
    "legacy_category": "存量归类",
}
TREATMENTS = {"ended": "随转出终止", "goes_on": "继续办理", "decide": "由经办决定", "held": "暂缓"}
CHOICES: Mapping[str, tuple[str, ...]] = {"exit": ("end", "wait"), "revocation": ("wait", "go_on", "end")}
"""What the officer may choose for a case that the table leaves to him."""


def prefill(case: Case) -> Outcome:
    """列出基地的在办事项及按规则的处理方式，供登记转出时选择。

    What the form shows: every open case of the base, and what the table says becomes of it.
    """
    return Outcome({"others": _others(case)})


def check_register(case: Case) -> Outcome:
    """校核转国家级登记：日期颠倒、在办退出或取消资格未选处理意见的，不能上报。

    What keeps the registration from going up: dates out of order, an open exit or revocation without a choice.
    """
    content, errors = case.forms.get("register", {}), dict[str, str]()
    recognised_on, effective_on = day(content, "recognised_on"), day(content, "effective_on")
    designated_on = to_date(case.base.get("designated_on"))
    if recognised_on and recognised_on > case.today:
        errors["recognised_on"] = "认定日期不能晚于今天。"
    elif recognised_on and designated_on and recognised_on < designated_on:
        errors["recognised_on"] = f"认定日期不能早于省级认定日期（{in_chinese(designated_on)}）。"
    if effective_on and effective_on > case.today:
        errors["effective_on"] = "转出日期不能晚于今天。"
    elif effective_on and recognised_on and effective_on < recognised_on:
        errors["effective_on"] = "转出日期不能早于认定日期。"
    given = {text(row, "case"): (place, row) for place, row in numbered(content, "others")}
    for other in _others(case):
        if other["treatment"] == TREATMENTS["decide"]:
            place, row = given.get(other["case"], (0, {}))
            errors.update(_choice_faults(other, place, row))
    return Outcome({"errors": errors, "findings": []})


def cancel(case: Case) -> Outcome:
    """取消转国家级登记：基地仍由省科技厅管理，各项不变。

    Nothing has changed; the base stays under the Province.
    """
    reason = text(case.data.get("register", {}), "opinion")
    return Outcome({"end": "cancelled", "reason": reason}, [UpdateProceeding({"note": f"取消登记：{reason}"})])


def weigh(case: Case) -> Outcome:
    """判断退出或取消资格是否须先办结，新出现的请省科技厅经办选择处理意见。

    `standing`: whether an exit or revocation must end first, which ones, and the next day to look again.

    One that began after the confirmation, of which nobody has said anything, is waited for and told to the officer.
    """
    chosen = _chosen(case)
    deciding = [other for other in _others(case) if other["treatment"] == TREATMENTS["decide"]]
    waited = [other["case"] for other in deciding if chosen.get(other["case"], "wait") == "wait"]
    known = set(case.data.get("standing", {}).get("cases", ()))
    fresh = [other for other in deciding if other["case"] not in chosen and other["case"] not in known]
    told = [
        Notify("province_officer", "province", _undecided(case, other), subject="请改变处理意见") for other in fresh
    ]
    next_check = deadlines.workdays(1, case.today, calendar(case)).isoformat()
    return Outcome({"waiting": bool(waited), "cases": waited, "next_check": next_check}, told)


def transfer(case: Case) -> Outcome:
    """转为国家级基地：自转出日起按科技部办法管理，其他事项相应办结（第二十四条）。

    第二十四条: from the chosen day the base is the ministry's; it stays in the register as a national one, its other
    cases end, what the officer chose to end with them, and everybody concerned knows.
    """
    content, on = case.forms.get("register", {}), _effective_on(case)
    doc_no = documents.normalise_doc_no(text(content, "doc_no"))
    kind, reason = text(content, "national_type"), f"经{doc_no}认定为科技部国际科技合作基地"
    open_now = {other["case"] for other in _others(case)}
    ended = [each for each, choice in _chosen(case).items() if choice == "end" and each in open_now]
    payload = {"kind": STATUS, "reason": reason, "case": case.id}
    effects: list[Effect] = [
        EndBase(STATUS, on, doc_no, reason),
        ChangeBase({"level": "national", "national_type": kind}, on),
        UpdateProceeding(
            {
                "kind": kind,
                "doc_no": doc_no,
                "event_on": day(content, "recognised_on"),
                "decided_on": case.today,
                "facts": {"national_name": text(content, "national_name"), "effective_on": on.isoformat()},
            }
        ),
        *(Deliver("base_terminal", each, payload) for each in ended),
        *_tell(case, _transferred(case, doc_no, kind, on), "转为国家级基地"),
    ]
    return Outcome({"end": "transferred", "on": on.isoformat(), "doc_no": doc_no, "ended": ended}, effects)


def end(case: Case) -> Outcome:
    """转出生效前基地已退出或被取消资格：转国家级登记终止。

    The base has exited or was revoked before the transfer took effect.
    """
    reason = str(case.data.get("base_terminal", {}).get("reason", "") or "基地资格已终止")
    said = f"{SIGN}{case.base.get('name', '')}：{reason}，转国家级的登记终止，请通报科技部主管司局。"
    return Outcome(
        {"end": "ended", "reason": reason}, [Notify("province_officer", "province", said, subject="转出终止")]
    )


# ------------------------------------------------------------------------------------- what is still open


def _others(case: Case) -> list[dict[str, Any]]:
    """The base's open cases as the form lists them, by number."""
    base_id = str(case.base.get("id", ""))
    listed = [
        {
            "case": other["id"],
            "number": other["number"],
            "process": other["process"],
            "name": PROCESSES.get(str(other["process"]), str(other["process"])),
            "started_on": str(other.get("started_on") or "")[:10],
            "treatment": TREATMENTS[_treatment(case, str(other["process"]))],
        }
        for other in register(case).open_cases(base_id)
    ]
    return sorted(listed, key=lambda row: str(row["number"]))


def _treatment(case: Case, process: str) -> str:
    return str(case.decide("meeting", standing=process, event=STATUS)["standing_case"])


def _choice_faults(other: Mapping[str, Any], place: int, row: Facts) -> dict[str, str]:
    choice, allowed = text(row, "choice"), CHOICES.get(str(other["process"]), ("wait", "end"))
    where = f"others.{place}"
    if not choice:
        return {f"{where}.choice": f"{other['number']}（{other['name']}）：请选择处理意见。"}
    if choice not in allowed:
        return {f"{where}.choice": f"{other['number']}：退出程序只能随转出终止，或者先办结再转出。"}
    if len(text(row, "reason")) < (10 if other["process"] == "revocation" else 4):
        return {f"{where}.reason": f"{other['number']}：请写明处理理由；转国家级不消除严重情形。"}
    return {}


def _chosen(case: Case) -> dict[str, str]:
    """Case → choice, as last confirmed."""
    return {
        text(row, "case"): text(row, "choice")
        for row in rows(case.forms.get("register", {}), "others")
        if row.get("choice")
    }


def _effective_on(case: Case) -> date:
    content = case.forms.get("register", {})
    return day(content, "effective_on") or day(content, "recognised_on") or case.today


# ------------------------------------------------------------------------------------- saying so


def _transferred(case: Case, doc_no: str, kind: str, on: date) -> str:
    return (
        f"{SIGN}{case.base.get('name', '')}已由{doc_no}认定为科技部国际科技合作基地（{type_name(kind)}），依据第二十四条，"
        f"自{in_chinese(on)}起不再作为省科技厅国合基地管理，按照科技部相关办法管理；在科技部绩效评价中获得优秀的，可纳入我省奖励范围。"
    )


def _undecided(case: Case, other: Mapping[str, Any]) -> str:
    name = case.base.get("name", "")
    return f"{SIGN}{name}转国家级期间新开始{other['name']}（{other['number']}），请在事项页改变处理意见后重新报批。"


def _tell(case: Case, said: str, subject: str) -> list[Effect]:
    host, department = str(case.base.get("host_id", "")), case.base.get("recommender_id")
    told: list[Effect] = [Notify(role, host, said, subject=subject) for role in ("host", "host_admin")]
    if department:
        told.append(Notify("recommender", str(department), said, subject=subject))
    return told
