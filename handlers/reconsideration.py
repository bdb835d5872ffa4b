"""复核: a host asks the Province to look again at an adverse decision on its application (第十一条第四项, 第十二条第二项).

The decision stands as it was recorded; what 复核 finds is a decision of its own, told and kept beside it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from handlers import deadlines, messages, round_progress
from handlers.eligibility_form import day, text
from handlers.vocabulary import Calendar, Case, Effect, Facts, IssueDocument, Notify, Outcome

ADVERSE = {
    "refused": "不予认定",
    "deferred": "暂缓认定",
    "not_accepted": "不予受理",
    "not_recommended": "不予推荐",
    "banned": "因限制申报终止",
}
"""Ends of an application that can be reconsidered (settled.md 19) → what was decided."""

RESULTS = {"uphold": "维持原决定", "change": "变更原决定", "not_accept": "不予受理复核申请"}
MEASURES = {
    "supplement": "列入后续认定文件，按程序报批",
    "review": "重新组织专家评审和综合评议",
    "accept": "恢复受理，按程序继续办理",
}
"""What follows when a decision is changed."""
GROUNDS = {
    "late": "逾期提出",
    "not_applicant": "申请人不是原决定的当事单位",
    "not_reviewable": "不属于可以申请复核的决定",
    "repeated": "对同一决定重复申请",
}
"""Why a request is not accepted."""


def last_day(ended_on: date, days: int, calendar: Calendar) -> date:
    """The last day for the request: `days` working days after the day the decision was told, which is not counted."""
    return deadlines.workdays(days, ended_on, calendar)


def refusal(application: Facts, host_id: str, until: date | None, today: date) -> str:
    """Why the host cannot ask for 复核, in Chinese; "" when it can. `until`: None while the application is open."""
    if application.get("host_id") != host_id:
        return "只能由作出原决定所针对的依托单位申请复核。"
    if until is None or application.get("status") not in ADVERSE:
        return "该申报没有可以申请复核的决定。"
    if today > until:
        return f"申请复核的期限已于{messages.in_chinese(until)}届满，不再受理。"
    return ""


def open_file(case: Case) -> Outcome:
    """建立复核案卷：原决定、理由和申请截止日写入变量 filing。

    `filing` shows the decision with its reason and `until`, the last day for the request.
    """
    application = _application(case)
    told_on = day(case.parent, "ended_on") or case.today
    days = round_progress.limit(case, "reconsideration.days", 10)
    return Outcome(
        {
            "application": application.get("id", ""),
            "number": case.parent.get("number", ""),
            "base_name": application.get("base_name") or case.parent.get("title") or "",
            "decision": ADVERSE.get(str(application.get("status")), ""),
            "reason": application.get("decision_reason") or "",
            "doc_no": application.get("doc_no") or "",
            "told_on": told_on.isoformat(),
            "until": last_day(told_on, days, round_progress.calendar(case)).isoformat(),
        }
    )


def check_request(case: Case) -> Outcome:
    """校核复核申请：须在期限内，且由被决定的依托单位提出。

    What keeps the request from being handed in: the limit has passed, or the host is not the one decided upon.
    """
    until = day(case.data.get("filing", {}), "until")
    said = refusal(_application(case), str(case.host.get("id", "")), until, case.today)
    return Outcome({"errors": {"": said} if said else {}, "findings": []})


def register_request(case: Case) -> Outcome:
    """登记复核申请日期，告知依托单位和推荐部门。

    The request is on record with its day; the host and who recommended the application know.
    """
    base = _base_name(case)
    said = messages.reconsideration_received(base, case.number)
    return Outcome({"on": case.today.isoformat()}, _tell(case, said, "复核申请已收到"))


def lapse(case: Case) -> Outcome:
    """期限届满未申请复核，原决定不变。

    The limit passed without a request; the decision stays as it is.
    """
    until = day(case.data.get("filing", {}), "until") or case.today
    said = messages.reconsideration_lapsed(_base_name(case), until)
    return Outcome({"result": "lapsed", "on": case.today.isoformat()}, _tell_host(case, said, "复核期限届满"))


def check_examination(case: Case) -> Outcome:
    """校核复核审查：处理建议须与审查认定的事实一致。

    What keeps the officer from reporting: a proposal against what the facts say.
    """
    content = case.forms.get(case.element, {})
    errors: dict[str, str] = {}
    proposal = text(content, "proposal")
    if proposal and proposal != "not_accept" and content.get("applicant_confirmed") is not True:
        errors["applicant_confirmed"] = "申请人不是当事单位的，应当提出不予受理。"
    examined_on = day(content, "examined_on")
    if examined_on and examined_on > case.today:
        errors["examined_on"] = "审查日期不能晚于今天。"
    return Outcome({"errors": errors, "findings": []})


def check_decision(case: Case) -> Outcome:
    """校核复核决定：签署日期不能晚于今天。

    What keeps the head from deciding: a date of signing that lies ahead.
    """
    signed_on = day(case.forms.get(case.element, {}), "signed_on")
    late = signed_on is not None and signed_on > case.today
    return Outcome({"errors": {"signed_on": "签署日期不能晚于今天。"} if late else {}, "findings": []})


def conclude(case: Case) -> Outcome:
    """印发复核决定书并告知理由；变更原决定的，交省科技厅落实。

    复核决定书 is issued and told with its reasons; a changed decision is handed to the Province to be carried out.
    """
    content, outcome = case.forms.get("decide", {}), str(case.data.get("decide", {}).get("outcome", ""))
    result = RESULTS[outcome]
    reason = (text(content, "reason") or text(case.data.get("decide", {}), "opinion")).rstrip("。")
    measure = MEASURES.get(text(content, "measure"), "") if outcome == "change" else ""
    ground = GROUNDS.get(text(content, "ground"), "") if outcome == "not_accept" else ""
    base, why = _base_name(case), "；".join(part for part in (ground, reason) if part)
    signed_on = min(day(content, "signed_on") or case.today, case.today)
    letter = _decision(case, result, why, measure)
    effects: list[Effect] = [
        IssueDocument("reconsideration", f"关于{base}的复核决定书", letter, issued_on=signed_on),
        *_tell(case, messages.reconsidered(base, result, why, measure), "复核决定"),
    ]
    if measure:
        said = messages.reconsideration_to_carry_out(base, measure)
        effects.append(Notify("province_officer", "province", said, subject="复核变更待办理"))
    data = {"result": outcome, "label": result, "reason": why, "measure": measure, "on": signed_on.isoformat()}
    return Outcome(data, effects)


def _decision(case: Case, result: str, why: str, measure: str) -> Facts:
    """The content of the 复核决定书."""
    filing = case.data.get("filing", {})
    request = case.forms.get("request", {})
    host = str(case.host.get("name", ""))
    return {
        "recipients": host,
        "number": case.number,
        "host_name": host,
        "base_name": filing.get("base_name", ""),
        "original": filing.get("decision", ""),
        "original_on": filing.get("told_on", ""),
        "original_reason": filing.get("reason", ""),
        "requested_on": case.data.get("registered", {}).get("on", ""),
        "statement": text(request, "statement"),
        "facts": text(case.forms.get("examine", {}), "facts"),
        "basis": text(case.forms.get("decide", {}), "basis"),
        "result": result,
        "reason": why,
        "measure": measure,
    }


def _application(case: Case) -> Facts:
    """The application's row; empty when the case is about none."""
    found: Any = round_progress.register(case).applications(id=str(case.parent.get("id", "")))
    return found[0] if found else {}


def _base_name(case: Case) -> str:
    return str(case.data.get("filing", {}).get("base_name") or "国合基地")


def _tell(case: Case, said: str, subject: str) -> list[Effect]:
    """The host and the department that had the application read the same."""
    told = _tell_host(case, said, subject)
    department = _application(case).get("recommender_id")
    if department:
        told.append(Notify("recommender", str(department), said, subject=subject))
    return told


def _tell_host(case: Case, said: str, subject: str) -> list[Effect]:
    org = str(case.host.get("id", ""))
    return [Notify(role, org, said, subject=subject) for role in ("host", "host_admin")]
