"""Service tasks and form checks of an improvement (第十八条): reminder with receipt, the department's plan, two checks.

The recommending department defines the plan; the host drafts it and reports; the Province files it and closes the case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from handlers import deadlines
from handlers import round_progress as reading
from handlers.eligibility_form import day, numbered, part, rows, text
from handlers.messages import SIGN, in_chinese
from handlers.vocabulary import Case, Effect, Facts, IssueDocument, Notify, Outcome, UpdateProceeding, Urge

OFFICER = ("province_officer", "province")
WAYS = {"letter": "书面通知", "interview": "约谈", "site": "实地督导", "meeting": "会议通报"}


# ------------------------------------------------------------------------------------- reminder and receipt


def check_notice(case: Case) -> Outcome:
    """校核提醒督促：采取约谈、督导而未填日期或日期晚于今天的，不能发出。

    What keeps the reminder from being sent: a talk or a visit without its day, or one that lies ahead.
    """
    content, errors = case.forms.get("send_notice", {}), dict[str, str]()
    held = day(content, "held_on")
    if {"interview", "site"} & set(content.get("way") or ()) and held is None:
        errors["held_on"] = "采取约谈、实地督导方式的，请填写日期。"
    if held and held > case.today:
        errors["held_on"] = "日期不能晚于今天。"
    return _checked(errors)


def issue_notice(case: Case) -> Outcome:
    """发出提醒督促通知书，请依托单位签收，抄送组织推荐部门（第十八条）。

    第十八条: the 提醒督促通知书 is issued; the host has to sign for it, the department reads it too.
    """
    content, begun = case.forms.get("send_notice", {}), _begun(case)
    ways = "、".join(WAYS[way] for way in content.get("way") or () if way in WAYS)
    letter = {
        "recipients": str(case.host.get("name", "")),
        "base_name": _base(case),
        "round": text(begun, "round_name"),
        "result_doc_no": text(begun, "doc_no"),
        "ways": ways,
        "held_on": content.get("held_on"),
        "content": text(content, "content"),
        "problems": [text(row, "problem") for row in begun.get("problems") or ()],
        "days": reading.limit(case, "improvement.draft_days", 20),
        "contact": text(content, "contact"),
        "phone": text(content, "phone"),
    }
    told = f"{SIGN}{_base(case)}绩效评价不合格，省科技厅已发出提醒督促通知（{ways}），请签收并拟订优化提升方案。"
    effects: list[Effect] = [
        IssueDocument("improvement_notice", text(content, "title"), letter, issued_on=case.today),
        *_tell(case, told, "提醒督促通知"),
    ]
    facts = {"evaluation": text(begun, "evaluation"), "round_name": text(begun, "round_name")}
    effects.append(UpdateProceeding({"facts": facts}))
    return Outcome({"on": case.today.isoformat(), "ways": ways}, effects)


def deem_received(case: Case) -> Outcome:
    """逾期未签收提醒督促通知的，视为送达，告知组织推荐部门。

    The limit for signing has passed: the reminder counts as delivered, and the department knows.
    """
    told = f"{SIGN}{_base(case)}的提醒督促通知逾期未签收，视为送达，请督促依托单位拟订优化提升方案。"
    return Outcome(
        {"deemed": True, "on": case.today.isoformat()}, [*_tell_recommender(case, told, "提醒督促通知视为送达")]
    )


# ------------------------------------------------------------------------------------- the plan


def prefill_plan(case: Case) -> Outcome:
    """带出优化提升方案的初始内容：拟订稿或评价发现的问题，以及中期、期满检查日期。

    The plan opens with what was drafted, else with what the evaluation found; checks at half and full time.
    """
    drafted = case.forms.get("define_plan") or case.forms.get("draft_plan", {})
    known = [
        {"problem": text(row, "problem"), "source": text(row, "source")} for row in _begun(case).get("problems") or ()
    ]
    months = reading.limit(case, "improvement.months", 12)
    return Outcome(
        {
            "problems": [dict(row) for row in rows(drafted, "problems")] or known,
            "measures": [dict(row) for row in rows(drafted, "measures")],
            "goals": text(drafted, "goals"),
            "mid_on": deadlines.months(months // 2, case.today).isoformat(),
            "end_on": deadlines.months(months, case.today).isoformat(),
        }
    )


def check_draft(case: Case) -> Outcome:
    """校核拟订的优化提升方案：问题没有对应措施、完成日期已过的，不能提交。

    What keeps the draft from being handed in: a problem that no measure answers, a measure due in the past.
    """
    return _checked(_plan_errors(case, case.forms.get("draft_plan", {})))


def note_no_draft(case: Case) -> Outcome:
    """依托单位逾期未拟订优化提升方案，转由组织推荐部门直接明确。

    The host drafted nothing in its time: the department defines the plan by itself.
    """
    told = f"{SIGN}{_base(case)}逾期未报优化提升方案，请贵部门直接明确方案。"
    return Outcome({"missing": True}, [*_tell_recommender(case, told, "依托单位未报优化提升方案")])


def check_plan(case: Case) -> Outcome:
    """校核优化提升方案：措施不全、没有部门支持、检查日期颠倒的，不能明确。

    What keeps the plan from being defined: gaps as in a draft, no support of the department, checks out of order.
    """
    content = case.forms.get("define_plan", {})
    errors = _plan_errors(case, content)
    if not rows(content, "support"):
        errors["support"] = "请填写本部门的支持措施（第十八条、第二十一条）。"
    mid, end = day(content, "mid_on"), day(content, "end_on")
    latest = deadlines.months(reading.limit(case, "improvement.months", 12), case.today)
    if mid and mid <= case.today and not _mid_checked(case):
        errors["mid_on"] = "中期检查日期应晚于今天。"
    if end and (end <= case.today or (mid and end <= mid)):
        errors["end_on"] = "期满检查日期应晚于中期检查日期。"
    elif end and end > latest:
        errors["end_on"] = f"期满检查日期不能晚于{in_chinese(latest)}。"
    return _checked(errors)


def urge_recommender(case: Case) -> Outcome:
    """催办组织推荐部门明确优化提升方案，告知省科技厅。

    The department's limit has passed: it is urged, the Province knows.
    """
    told = f"{SIGN}您有1件待办已到期：明确优化提升方案（{_base(case)}），请尽快办理。"
    officer = Notify(
        *OFFICER, f"{SIGN}{_base(case)}的优化提升方案逾期未明确，已催办组织推荐部门。", subject="优化提升方案逾期"
    )
    return Outcome({"on": case.today.isoformat()}, [Urge("define_plan", told), officer])


def record_filed(case: Case) -> Outcome:
    """优化提升方案备案：告知依托单位和组织推荐部门中期、期满检查日期。

    The plan is filed: host and department know the days of the checks. `checked`: the mid-term check is done already.
    """
    content = case.forms.get("define_plan", {})
    mid, end = day(content, "mid_on") or case.today, day(content, "end_on") or case.today
    done = _mid_checked(case)
    data = {"mid_on": mid.isoformat(), "end_on": end.isoformat(), "checked": done, "extended": False}
    told = f"{SIGN}{_base(case)}的优化提升方案已备案，" + (
        f"期满检查日期{in_chinese(end)}。"
        if done
        else f"中期检查日期{in_chinese(mid)}，期满检查日期{in_chinese(end)}。"
    )
    facts = {"measures": len(rows(content, "measures")), "mid_on": data["mid_on"], "end_on": data["end_on"]}
    fields = {"status": "running", "due_on": end, "submitted_on": case.today, "facts": facts}
    return Outcome(data, [UpdateProceeding(fields), *_tell(case, told, "优化提升方案已备案")])


# ------------------------------------------------------------------------------------- the checks


def prefill_progress(case: Case) -> Outcome:
    """带出进展报告的初始内容：方案的各项措施和上次填报情况。

    A report opens with the plan's measures and what was said of them last time.
    """
    before = {text(row, "measure"): row for row in rows(case.forms.get("improvement_progress", {}), "rows")}
    measures = rows(case.forms.get("define_plan", {}), "measures")
    return Outcome(
        {
            "rows": [
                {
                    **{key: row.get(key) for key in ("measure", "owner", "due_on")},
                    "state": before.get(text(row, "measure"), {}).get("state"),
                    "progress": before.get(text(row, "measure"), {}).get("progress"),
                }
                for row in measures
            ]
        }
    )


def check_progress(case: Case) -> Outcome:
    """校核进展报告：期满仍有措施未完成而未说明原因的，不能提交。

    What keeps the report from being handed in: at the end, a measure said to be still on its way without a word.
    """
    content, errors = case.forms.get("improvement_progress", {}), dict[str, str]()
    if case.element == "closing_report" and not text(content, "difficulties"):
        behind = [row for row in rows(content, "rows") if row.get("state") in ("on_track", "behind", "dropped")]
        if behind:
            errors["difficulties"] = f"尚有{len(behind)}项措施未完成，请说明原因和需要的支持。"
    return _checked(errors)


def note_no_report(case: Case) -> Outcome:
    """依托单位逾期未报告进展，转由组织推荐部门直接检查。

    The host reported nothing in its time: the department checks on the spot.
    """
    told = f"{SIGN}{_base(case)}逾期未报告优化提升进展，请贵部门直接检查。"
    return Outcome(
        {"missing": True, "on": case.today.isoformat()}, [*_tell_recommender(case, told, "未报告优化提升进展")]
    )


def record_mid(case: Case) -> Outcome:
    """记录优化提升中期检查意见，告知依托单位。

    The mid-term check is on record.
    """
    found = text(case.forms.get("mid_check", {}), "findings")
    fields = {"status": "running", "facts": {"mid_checked_on": case.today.isoformat()}}
    told = f"{SIGN}{_base(case)}优化提升中期检查已完成，请按方案继续推进。"
    return Outcome(
        {"on": case.today.isoformat(), "findings": found},
        [UpdateProceeding(fields), *_tell_host(case, told, "优化提升中期检查")],
    )


def check_close(case: Case) -> Outcome:
    """校核办结：措施未报完成又未附核实材料的，不能按完成办结。

    What keeps the case from being closed as done: measures that the last report does not name as done, unproven.
    """
    last = rows(case.forms.get("closing_report", {}), "rows")
    left = [row for row in last if row.get("state") != "done"]
    if case.forms.get("close", {}).get("materials") or (last and not left):
        return _checked({})
    said = f"尚有{len(left)}项措施未报完成" if last else "依托单位未报告完成情况"
    return _checked({"materials": f"{said}，按完成办结的请附核实材料。"})


def extend_once(case: Case) -> Outcome:
    """延长优化提升期，限一次，至省科技厅准予的日期。

    The plan runs longer, once, to the day that the Province granted.
    """
    before: Mapping[str, Any] = case.data.get("filed") or {}
    until = day(case.forms.get("close", {}), "until") or deadlines.workdays(1, case.today, reading.calendar(case))
    told = f"{SIGN}{_base(case)}的优化提升期延长至{in_chinese(until)}。"
    data = {**before, "end_on": until.isoformat(), "extended": True}
    fields = {"status": "running", "due_on": until}
    return Outcome(data, [UpdateProceeding(fields), *_tell(case, told, "优化提升期延长")])


def conclude(case: Case) -> Outcome:
    """办结优化提升：记录是否完成，未完成的在下一轮评价中重点核查。

    The case is closed, done or not; what was not done is looked at in the next evaluation.
    """
    is_done = case.data.get("close", {}).get("outcome") == "close"
    found = text(case.forms.get("close", {}), "assessment").rstrip("。")
    after = "" if is_done else "未完成的事项记入基地档案，下一轮绩效评价时核查。"
    told = f"{SIGN}{_base(case)}的优化提升已办结，结果：{'完成' if is_done else '未完成'}。{found}。{after}"
    fields = {"decided_on": case.today, "note": found, "verdict": "closed" if is_done else "unfinished"}
    data = {"closed": is_done, "on": case.today.isoformat()}
    return Outcome(data, [UpdateProceeding(fields), *_tell(case, told, "优化提升办结")])


# ------------------------------------------------------------------------------------- ended from elsewhere


def stop_terminal(case: Case) -> Outcome:
    """基地资格终止：优化提升随之终止。

    The base is one no more: nothing is left to improve.
    """
    reason = text(case.data.get("base_terminal", {}), "reason").rstrip("。") or "基地资格已终止"
    return _stopped(case, reason, "ended")


def stop_grade_changed(case: Case) -> Outcome:
    """复核改变了评价等次：优化提升失去依据，随之终止。

    复核 changed the grade: the ground for the plan is gone.
    """
    told = case.data.get("grade_changed", {})
    reason = text(told, "reason").rstrip("。") or "评价结果经复核变更"
    return _stopped(case, reason, "grade_changed")


# ------------------------------------------------------------------------------------- reading the case


def _stopped(case: Case, reason: str, end: str) -> Outcome:
    told = f"{SIGN}{_base(case)}的优化提升终止。原因：{reason}。"
    fields = {"status": "ended", "note": reason, "decided_on": case.today}
    return Outcome({"end": end, "reason": reason}, [UpdateProceeding(fields), *_tell(case, told, "优化提升终止")])


def _plan_errors(case: Case, content: Facts) -> dict[str, str]:
    errors: dict[str, str] = {}
    answered = {text(row, "problem") for row in rows(content, "measures")}
    open_problems = [text(row, "problem") for row in rows(content, "problems") if text(row, "problem") not in answered]
    if open_problems:
        errors["measures"] = f"尚有{len(open_problems)}个问题没有对应的措施：{'；'.join(open_problems)}"
    for place, row in numbered(content, "measures"):
        due = day(row, "due_on")
        if due and due <= case.today and not _mid_checked(case):  # 中期调整时，已完成的措施保留原日期
            errors[f"measures.{place}.due_on"] = "完成日期应晚于今天。"
    return errors


def _mid_checked(case: Case) -> bool:
    return bool(case.data.get("mid_check"))


def _begun(case: Case) -> Facts:
    return part(case.data, "begun")


def _base(case: Case) -> str:
    return str(case.base.get("name") or "国合基地")


def _tell(case: Case, told: str, subject: str) -> list[Effect]:
    """Host and department read the same."""
    return [*_tell_host(case, told, subject), *_tell_recommender(case, told, subject)]


def _tell_host(case: Case, told: str, subject: str) -> Sequence[Effect]:
    org = str(case.host.get("id", ""))
    return [Notify(role, org, told, subject=subject) for role in ("host", "host_admin")]


def _tell_recommender(case: Case, told: str, subject: str) -> Sequence[Effect]:
    department = str(case.proceeding.get("recommender_id") or case.base.get("recommender_id") or "")
    return [Notify("recommender", department, told, subject=subject)] if department else []


def _checked(errors: Mapping[str, str]) -> Outcome:
    return Outcome({"errors": dict(errors), "findings": []})
