"""Service tasks and form checks of 重大事件报告 (第十三条第三项, 第十四条, 第二十二条第四项).

Whoever knows first reports; the Province judges: closed, to be followed up, or a proposal of ground G4, which a
revocation of its own looks into. Nothing secret belongs here: certain words raise a hint, they refuse nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from handlers.eligibility_finding import Finding, Rule
from handlers.eligibility_form import day, text, to_date
from handlers.messages import SIGN, in_chinese, overdue
from handlers.round_progress import limit
from handlers.vocabulary import Case, Effect, Facts, Notify, Outcome, StartCase, UpdateProceeding, Urge

KINDS = {
    "foreign_affairs": "外事",
    "leak": "技术、设备、信息、数据泄露或者滥用",
    "integrity": "科研诚信",
    "ethics": "科技伦理",
    "other": "其他",
}
SEVERITIES = {"general": "一般", "larger": "较大", "major": "重大"}
SECRECY = Rule("SEC", "13(3)")
SECRET_WORDS = ("绝密", "机密", "秘密", "内部资料", "内部文件")
"""Words whose presence is worth a second look (保守国家秘密法; domain.md 6.3)."""
REPORTERS = {"host": "依托单位", "recommender": "组织推荐部门", "province": "省科技厅"}
GROUND = "G4"


# ------------------------------------------------------------------------------------- checks of forms


def check_report(case: Case) -> Outcome:
    """校核重大事件报告：日期不合理、逾期报告未说明原因的，不能提交。

    What keeps the report from being handed in: a day to come or before the base was one, lateness without reason.
    """
    content, errors = _content(case), dict[str, str]()
    occurred_on, designated_on = day(content, "occurred_on"), to_date(case.base.get("designated_on"))
    if occurred_on and occurred_on > case.today:
        errors["occurred_on"] = "发生日期不能晚于今天。"
    elif occurred_on and designated_on and occurred_on < designated_on:
        errors["occurred_on"] = f"发生日期不能早于基地认定日期（{in_chinese(designated_on)}）。"
    elif (
        occurred_on
        and _is_first(case)
        and case.today > report_by(case, occurred_on)
        and not text(content, "late_reason")
    ):
        errors["late_reason"] = f"事件发生后应在{_hours(case)}小时内首报，现已逾时，请说明原因。"
    if (known_on := day(content, "known_on")) and known_on > case.today:
        errors["known_on"] = "知悉日期不能晚于今天。"
    return _checked(errors, content)


def check_judgement(case: Case) -> Outcome:
    """校核事件研判：有严重后果的不能直接办结，须提出取消资格建议或要求续报。

    What keeps the event from being closed: serious consequences, which have to be proposed or followed up.
    """
    content, errors = case.forms.get("judge", {}), dict[str, str]()
    if text(content, "consequences") == "serious":
        errors["consequences"] = "造成严重影响及后果的不能直接办结，请建议取消资格，或者要求续报。"
    return _checked(errors, content)


def check_follow_up(case: Case) -> Outcome:
    """提示续报内容中可能涉密的字词，不因此拒收。

    Hints at words that may be secret; a follow-up is never refused.
    """
    return _checked({}, case.forms.get("follow_up", {}))


def report_by(case: Case, occurred_on: date) -> date:
    """The last day for the first report: `major_event.report_hours` after the event, counted in days, for many reports
    name no hour."""
    return occurred_on + timedelta(days=-(-_hours(case) // 24))


# ------------------------------------------------------------------------------------- the report


def open_report(case: Case) -> Outcome:
    """判断由谁首先报告重大事件，并定出报告期限。

    `reporting` says who reports first, so that he writes the report, and until when.
    """
    org = str(case.actor.get("org_id") or "")
    by = "host" if org == case.base.get("host_id") else "province"
    if org and org == case.base.get("recommender_id"):
        by = "recommender"
    due = report_by(case, case.today)
    return Outcome({"by": by, "label": REPORTERS[by], "due_on": due.isoformat()}, [UpdateProceeding({"due_on": due})])


def record_report(case: Case) -> Outcome:
    """登记重大事件报告：类型、日期、程度和是否迟报，立即告知上级各方。

    The summary shows kind, day, severity and whether the first report was late; everybody above knows at once.
    """
    by = str(case.data.get("reporting", {}).get("by", "host"))
    if case.data.get(f"report_{by}", {}).get("outcome") != "submit":
        return Outcome({"given": False, "by": by})
    content = _content(case)
    occurred_on = day(content, "occurred_on") or case.today
    late = case.today > report_by(case, occurred_on) if _is_first(case) else bool(case.proceeding.get("late"))
    kind, severity = text(content, "kind"), text(content, "severity")
    fields: dict[str, Any] = {
        "kind": kind,
        "event_on": occurred_on,
        "verdict": severity,
        "note": text(content, "title"),
    }
    if _is_first(case):
        fields |= {"submitted_on": case.today, "late": late}
    said = _reported(case, by, content, late)
    data = {"given": True, "by": by, "late": late, "kind": kind, "severity": severity, "on": case.today.isoformat()}
    return Outcome(data, [UpdateProceeding(fields), *_tell(case, said, "重大事件报告", leave_out=by)])


def urge_recommender(case: Case) -> Outcome:
    """催办组织推荐部门核实补充重大事件。

    The department's time is over; it is urged.
    """
    said = overdue("核实重大事件", str(case.base.get("name", "")))
    return Outcome({"on": case.today.isoformat()}, [Urge("recommender_review", said)])


# ------------------------------------------------------------------------------------- the judgement


def request_follow_up(case: Case) -> Outcome:
    """要求依托单位续报：列明续报内容和期限。

    `wanted` says what the host is to report and until when.
    """
    content = case.forms.get("judge", {})
    due, about = day(content, "follow_up_on") or case.today, text(content, "follow_up_about")
    said = f"{SIGN}{case.base.get('name', '')}：请于{in_chinese(due)}前续报重大事件（{case.number}）：{about.rstrip('。')}。"
    return Outcome({"due_on": due.isoformat(), "about": about}, _tell_host(case, said, "要求续报"))


def urge_host(case: Case) -> Outcome:
    """催办逾期未续报的依托单位，事项不因此办结。

    The follow-up did not come in time; the host is urged, nothing ends.
    """
    said = overdue("续报重大事件", str(case.base.get("name", "")))
    return Outcome({"on": case.today.isoformat()}, [Urge("follow_up", said)])


def record_supplement(case: Case) -> Outcome:
    """登记依托单位的续报，告知省科技厅经办和组织推荐部门。

    The host has reported more; the officer and the department know.
    """
    said = f"{SIGN}{case.base.get('name', '')}已补报重大事件（{case.number}）的情况，请查看。"
    return Outcome({"on": case.today.isoformat()}, _tell(case, said, "重大事件补报", leave_out="host"))


def record_advice(case: Case) -> Outcome:
    """登记组织推荐部门的核实补充意见，告知省科技厅经办。

    The department has added what it knows; the officer knows.
    """
    said = f"{SIGN}组织推荐部门已补充{case.base.get('name', '')}重大事件（{case.number}）的情况，请查看。"
    return Outcome(
        {"on": case.today.isoformat()}, [Notify("province_officer", "province", said, subject="重大事件补充情况")]
    )


def close_event(case: Case) -> Outcome:
    """办结重大事件：记录研判结论，告知依托单位和组织推荐部门须做的工作。

    The event is closed with the Province's findings; host and department know what is asked of them.
    """
    content = case.forms.get("judge", {})
    wanted = text(content, "rectify").rstrip("。")
    said = (
        f"{SIGN}{case.base.get('name', '')}重大事件（{case.number}）已研判办结。结论：{text(content, 'conclusion').rstrip('。')}。"
        + (f"整改要求：{wanted}。" if wanted else "")
    )
    fields = {"verdict": text(content, "severity"), "decided_on": case.today, "facts": _judged(content)}
    told = [*_tell_host(case, said, "重大事件办结"), *_tell_recommender(case, said, "重大事件办结")]
    return Outcome({"end": "closed", "on": case.today.isoformat()}, [UpdateProceeding(fields), *told])


def propose_revocation(case: Case) -> Outcome:
    """事件造成严重影响及后果的，提出取消资格建议（第二十二条第四项）。

    第二十二条（四）: ground G4 is proposed, to the base's open revocation or as a new one; whether it stands is decided
    there, after notice and hearing.
    """
    content, base_id = case.forms.get("judge", {}), str(case.base.get("id", ""))
    ground = {
        "ground": GROUND,
        "facts": text(content, "ground_facts"),
        "source": case.id,
        "source_number": case.number,
        "on": case.today.isoformat(),
    }
    facts = {"base_id": base_id, "title": str(case.base.get("name", "")), "data": {"grounds": [ground]}}
    said = (
        f"{SIGN}{case.base.get('name', '')}重大事件（{case.number}）经研判造成严重影响及后果，已提出按第二十二条第（四）项取消资格的建议，"
        "请立案核查。"
    )
    fields = {"verdict": text(content, "severity"), "decided_on": case.today, "facts": _judged(content)}
    effects: list[Effect] = [
        UpdateProceeding(fields),
        StartCase("revocation", f"revocation:{base_id}:{case.id}", facts, joins="ground_added"),
        *(Notify(role, "province", said, subject="取消资格建议") for role in ("province_officer", "division_head")),
        *_tell_recommender(case, said, "取消资格建议"),
    ]
    return Outcome({"end": "proposed", "ground": GROUND, "on": case.today.isoformat()}, effects)


def end(case: Case) -> Outcome:
    """基地资格终止：重大事件办结，已报告的内容保留。

    The base is none any more; what was reported stays on record.
    """
    reason = str(case.data.get("base_terminal", {}).get("reason", "") or "基地资格已终止")
    said = f"{SIGN}{case.base.get('name', '')}：{reason}，重大事件报告（{case.number}）终止，已报材料存档。"
    return Outcome({"end": "ended", "reason": reason}, _tell_host(case, said, "重大事件报告终止"))


# ------------------------------------------------------------------------------------- reading the case


def _content(case: Case) -> Facts:
    """The newest report, whoever wrote it."""
    return case.forms.get("major_event", {})


def _is_first(case: Case) -> bool:
    """Nothing has been reported before: a returned report keeps its first day."""
    return not case.proceeding.get("submitted_on")


def _hours(case: Case) -> int:
    return limit(case, "major_event.report_hours", 24)


def _judged(content: Facts) -> dict[str, str]:
    return {key: text(content, key) for key in ("consequences", "responsible")}


def _checked(errors: Mapping[str, str], content: Facts) -> Outcome:
    return Outcome({"errors": dict(errors), "findings": [finding.to_facts() for finding in _hints(content)]})


def _hints(content: Facts) -> list[Finding]:
    """One hint a word that may mark a secret."""
    written = "\n".join(_texts(content))
    found = [word for word in SECRET_WORDS if word in written]
    return [SECRECY.says("manual", f"内容中出现“{word}”，本系统为非涉密系统，请确认未填报涉密信息") for word in found]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


# ------------------------------------------------------------------------------------- saying so


def _reported(case: Case, by: str, content: Facts, late: bool) -> str:
    kind = KINDS.get(text(content, "kind"), "重大")
    severity = SEVERITIES.get(text(content, "severity"), "")
    occurred_on = day(content, "occurred_on") or case.today
    return (
        f"{SIGN}{case.base.get('name', '')}发生{kind}类事件“{text(content, 'title')}”（{in_chinese(occurred_on)}，初判{severity}），"
        f"由{REPORTERS.get(by, '')}报告{'，逾时' if late else ''}，编号{case.number}，请及时处置。"
    )


def _tell(case: Case, said: str, subject: str, *, leave_out: str) -> list[Effect]:
    """Host, department and Province, but not who said it."""
    told: list[Effect] = []
    if leave_out != "host":
        told += _tell_host(case, said, subject)
    if leave_out != "recommender":
        told += _tell_recommender(case, said, subject)
    if leave_out != "province":
        told += [Notify(role, "province", said, subject=subject) for role in ("province_officer", "division_head")]
    return told


def _tell_host(case: Case, said: str, subject: str) -> list[Effect]:
    org = str(case.base.get("host_id", ""))
    return [Notify(role, org, said, subject=subject) for role in ("host", "host_admin")]


def _tell_recommender(case: Case, said: str, subject: str) -> list[Effect]:
    org = case.base.get("recommender_id")
    return [Notify("recommender", str(org), said, subject=subject)] if org else []
