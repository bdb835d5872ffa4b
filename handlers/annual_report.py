"""Service tasks and form checks of one base's annual report (第十五条, 第二十二条第一项), from its opening to the archive.

A report that is late stays open: it is handed in with reasons, asked for once more by an evaluation, or found missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from handlers import annual_lateness as lateness
from handlers import annual_messages, annual_prior, deadlines, messages, reporting_year, undeclared
from handlers import annual_report_rules as rules
from handlers.eligibility_form import day, number, rows, text, to_date
from handlers.vocabulary import (
    Calendar,
    Case,
    ClearMark,
    Effect,
    Facts,
    Notify,
    Outcome,
    RaiseMark,
    Register,
    TellBase,
    UpdateProceeding,
    Urge,
)

Level = Literal["recommender", "province"]
"""Who returned the report for correction."""
GRADES = {"a": "A（优）", "b": "B（良）", "c": "C（合格）", "d": "D（差）"}
SETTLED = ("mistaken", "declared")
"""What an officer finds of a difference that leaves nothing open."""
EXPLANATIONS = "explanations"


# ------------------------------------------------------------------------------------- the form's contents


def prefill(case: Case) -> Outcome:
    """带出年度报告的初始内容：台账、本年度工作计划和上年度报告。

    What a new report opens with, from the register, the year's work plan and last year's report.
    """
    return Outcome(annual_prior.known(case))


def check_report(case: Case) -> Outcome:
    """校核年度报告：数据前后不符、需说明而未说明的，不能提交。

    What keeps the report from being handed in: numbers that disagree, points without explanation.
    """
    report = rules.newest(case)
    found = rules.findings(case, report)
    return Outcome({"errors": rules.errors(case, report), "findings": [each.to_facts() for each in found]})


def check_seal(case: Case) -> Outcome:
    """校核单位盖章：报送已逾期而未说明原因的，不能报送。

    What keeps the unit from sending it: it has become late since it was filled in, and nobody said why.
    """
    content = case.forms.get("host_approve", {})
    errors = {}
    asked = not case.proceeding.get("submitted_on") and lateness.is_late(case)
    if asked and not text(rules.newest(case), "late_reason") and not text(content, "late_reason"):
        errors["late_reason"] = "报送已逾期，请说明逾期原因。"
    sealed_on = day(content, "sealed_on")
    if sealed_on and sealed_on > case.today:
        errors["sealed_on"] = "盖章日期不能晚于今天。"
    return Outcome({"errors": errors, "findings": []})


# ------------------------------------------------------------------------------------- the report's way


def open_report(case: Case) -> Outcome:
    """开放年度报告填报：记录年度和应提交日期，通知依托单位。

    The report may be filled in; its summary shows the year and the due day, the host knows.
    """
    year, due_on = rules.year(case), lateness.due_on(case)
    reward = _reward(case)
    said = annual_messages.report_opened(_base(case), year, due_on, str(_begun(case).get("hint") or ""))
    fields = {"period": str(year), "due_on": due_on}
    data = {
        "returned_by": "",
        "returns": {"recommender": 0, "province": 0},
        "returns_left": _left(case, {}),
        "items": [],
        "due_on": "",
        "rewarded": reward is not None,
        "reward_left": float(reward) if reward is not None else None,
    }
    return Outcome(data, [UpdateProceeding(fields), *_tell_host(case, said, f"{year}年度报告开放填报")])


def submit_report(case: Case) -> Outcome:
    """报送年度报告：首次报送日期决定是否逾期，与台账不一致的作标记。

    The report has left the unit: the first time decides whether it is late (P3.6); differences are marked.

    `route` names who reads it next: after a return by the Province it goes straight back there (settled.md 16).
    """
    report = rules.newest(case)
    first, late = not case.proceeding.get("submitted_on"), lateness.is_late(case)
    found = undeclared.differences(case, report)
    effects: list[Effect] = [_difference_mark(case, undeclared.undeclared(found))]
    if first:
        effects += lateness.first_submission(case)
    returned = str(case.data.get("report", {}).get("returned_by") or "")
    data = {
        "on": str(case.proceeding.get("submitted_on") or case.today.isoformat()),
        "late": late,
        "reason": lateness.reason(case),
        "route": "province" if returned == "province" else "recommender",
        "findings": [each.to_facts() for each in found if each.status != "na"],
    }
    return Outcome(data, effects)


def urge_recommender(case: Case) -> Outcome:
    """催办组织推荐部门审核年度报告，并提示省科技厅可以代为审核。

    The review's limit has passed: the department is urged, the Province may take over.
    """
    said = messages.overdue("审核年度报告", _base(case))
    told = Notify("province_officer", "province", f"{said}如需代为审核，请在事项页办理。", subject="年度报告逾期未审核")
    return Outcome({"on": case.today.isoformat()}, [Urge("recommender_review", said), told])


def take_over(case: Case) -> Outcome:
    """记录省科技厅代为审核逾期未审核的年度报告，告知组织推荐部门。

    The Province reads the report in place of a silent department, which is told.
    """
    said = f"{messages.SIGN}{_base(case)}{rules.year(case)}年度报告逾期未审核，已由省科技厅代为审核。"
    return Outcome({"on": case.today.isoformat()}, [*_tell_recommender(case, said, "年度报告代为审核")])


def record_return(case: Case) -> Outcome:
    """登记年度报告退回修改：累计各级退回次数，列明事项和期限，通知依托单位。

    `report` counts the returns of each level, with the marked items and the last day; the host is told.
    """
    before = case.data.get("report", {})
    level: Level = "province" if case.data.get("archive", {}).get("outcome") == "return" else "recommender"
    returns = {**before.get("returns", {}), level: int(before.get("returns", {}).get(level, 0)) + 1}
    content = case.forms.get("archive" if level == "province" else "recommender_review", {})
    marked = [{key: text(row, key) for key in ("field", "required")} for row in rows(content, "correction_items")]
    due = deadlines.workdays(int(case.parameters.get("correction.days", 10)), case.today, _calendar(case))
    said = messages.SIGN + annual_messages.report_returned(rules.year(case), max(len(marked), 1), due)
    data = {
        **before,
        "returned_by": level,
        "returns": returns,
        "returns_left": _left(case, returns),
        "items": _with_explanations(marked),
        "due_on": due.isoformat(),
    }
    facts = {**lateness.facts(case), "returns": sum(returns.values())}
    return Outcome(data, [UpdateProceeding({"facts": facts}), *_tell_host(case, said, "年度报告退回修改")])


def return_to_recommender(case: Case) -> Outcome:
    """退回组织推荐部门重新审核：依托单位改后先报组织推荐部门。

    The Province has the department look again; what the host corrects then goes to the department.
    """
    before = case.data.get("report", {})
    return Outcome({**before, "returned_by": "recommender", "items": []})


def urge_correction(case: Case) -> Outcome:
    """催办逾期未补正的年度报告：是否逾期仍以首次报送为准。

    The correction limit has passed: lateness stays as the first submission decided (P3.6), the host is urged.
    """
    said = messages.overdue("补正年度报告", _base(case))
    told = _tell_recommender(case, f"{said}请督促依托单位。", "年度报告逾期未补正")
    officer = Notify("province_officer", "province", said, subject="年度报告逾期未补正")
    return Outcome({"on": case.today.isoformat()}, [Urge("correct", said), *told, officer])


def check_finding(case: Case) -> Outcome:
    """校核逾期理由认定：认定日期晚于今天的，不能登记。

    What keeps the finding from being recorded: a day that lies ahead.
    """
    found_on = day(case.forms.get(case.element) or case.forms.get("late_finding", {}), "found_on")
    late = found_on is not None and found_on > case.today
    return Outcome({"errors": {"found_on": "认定日期不能晚于今天。"} if late else {}, "findings": []})


def record_finding(case: Case) -> Outcome:
    """记录逾期有无正当理由，连同事实通知依托单位（第二十二条第一项）。

    有/无正当理由 stands in the summary: one half of ground 22(1); the host reads it with its reason.
    """
    verdict, reason = _finding(case.forms.get("find_reason", {}))
    return Outcome({"verdict": verdict, "reason": reason}, _found(case, verdict, reason))


def check_archive(case: Case) -> Outcome:
    """校核归档：与台账不一致的情况未逐项处理的，不能归档。

    What keeps the report from the archive: a difference from the register that nobody judged.
    """
    judged = {text(row, "rule_id"): text(row, "handling") for row in rows(case.forms.get("archive", {}), "differences")}
    listed = case.data.get("submission", {}).get("findings", ())
    left = [row for row in listed if not judged.get(str(row.get("rule_id")))]
    errors = {"differences": "请逐项处理与台账不一致的情况。"} if left else {}
    return Outcome({"errors": errors, "findings": list(listed)})


def conclude(case: Case) -> Outcome:
    """归档年度报告并通知各方：归档结果作为绩效评价的依据（第十五条）。

    The report is in the archive, late or in time; it counts in the next evaluation (第十五条).
    """
    year, late = rules.year(case), bool(case.proceeding.get("late"))
    content = case.forms.get("archive", {})
    end = "archived_late" if late else "archived"
    grade = text(content, "quality")
    fields = {"grade": grade or None, "decided_on": case.today}
    said = annual_messages.report_archived(_base(case), year, GRADES.get(grade, grade), late=late)
    effects: list[Effect] = [
        UpdateProceeding(fields),
        ClearMark(lateness.OVERDUE, str(year), "年度报告已归档。"),
        *_tell_host(case, said, f"{year}年度报告已归档"),
        *_tell_recommender(case, said, f"{year}年度报告已归档"),
    ]
    handled = [text(row, "handling") for row in rows(content, "differences")]
    if all(each in SETTLED for each in handled):
        effects.append(ClearMark(undeclared.MARK, case.number, "归档时核实无未经审批的变更。"))
    return Outcome({"end": end, "grade": grade}, effects)


# ------------------------------------------------------------------------------------- late, supplemented, missing


def mark_overdue(case: Case) -> Outcome:
    """截止日已过：未提交的记为逾期并作标记，仍可补报（第十五条）。

    第十五条: the last day has passed. A report not handed in is late from now on, its task stays open (P3.4).
    """
    year = rules.year(case)
    handed_in = bool(case.proceeding.get("submitted_on"))
    if handed_in:  # in time, or after the last day while the server stood still: then the submission said so itself
        return Outcome({"handed_in": True}, [lateness.mark(case)] if case.proceeding.get("late") else [])
    said = messages.report_overdue(_base(case), year)
    effects: list[Effect] = [
        UpdateProceeding({"late": True, "due_on": lateness.due_on(case)}),
        lateness.mark(case),
        *_tell_host(case, said, f"{year}年度报告逾期"),
        *_tell_recommender(case, said, f"{year}年度报告逾期"),
        Notify("province_officer", "province", said, subject=f"{year}年度报告逾期"),
    ]
    return Outcome({"handed_in": False, "on": case.today.isoformat()}, effects)


def ask_supplement(case: Case) -> Outcome:
    """绩效评价要求补充提交年度报告：记录补交期限，通知依托单位（第二十二条第一项）。

    第二十二条（一）: an evaluation asks for the report once more, to the end of its period for materials.

    It asks all the base's reports at once: one that is handed in, or not late yet, has nothing to supplement.
    """
    asked = case.data.get("supplement_request", {})
    until = day(asked, "until") or deadlines.workdays(10, case.today, _calendar(case))
    if case.proceeding.get("submitted_on") or not case.proceeding.get("late"):
        return Outcome({"missing": False, "until": until.isoformat()})
    facts = {
        **lateness.facts(case),
        "supplement": lateness.ASKED,
        "until": until.isoformat(),
        "evaluation": str(asked.get("evaluation") or ""),
    }
    said = annual_messages.supplement_asked(_base(case), rules.year(case), until)
    effects: list[Effect] = [
        UpdateProceeding({"facts": facts}),
        *(Urge(element, said) for element in ("fill", "host_approve")),
        *_tell_host(case, said, "绩效评价补充提交年度报告"),
        *_tell_recommender(case, said, "绩效评价补充提交年度报告"),
    ]
    return Outcome({"missing": True, "until": until.isoformat()}, effects)


def lapse_supplement(case: Case) -> Outcome:
    """补充提交期届满仍未提交的，转由省科技厅认定是否缺报。

    The evaluation's period is over: what is missing still is to be judged. A later request holds instead of this one.
    """
    until = day(case.data.get("supplement", {}), "until") or case.today
    known = lateness.facts(case)
    asked = known.get("supplement") == lateness.ASKED and to_date(known.get("until")) == until
    if case.proceeding.get("submitted_on") or not asked:
        return Outcome({"missing": False})
    said = annual_messages.supplement_lapsed(_base(case), rules.year(case), until)
    facts = {**known, "supplement": lateness.LAPSED}
    told = Notify("province_officer", "province", said, subject="补充提交期届满")
    return Outcome({"missing": True}, [UpdateProceeding({"facts": facts}), told])


def check_judgement(case: Case) -> Outcome:
    """校核缺报认定：已经提交的、尚可补报的，不能按缺报办结。

    What keeps the report from being found missing: it was handed in, or may still be supplemented.

    第二十二条（一）joins two things by “且”, so a year is closed as missing only after an evaluation's period has passed,
    or when the next year's reports have been opened.
    """
    errors = dict(check_finding(case).data["errors"])
    if case.proceeding.get("submitted_on"):
        errors[""] = "报告已提交，不能按缺报办结；请选择“记录认定”。"
    elif not lateness.may_close(case):
        opens = reporting_year.year_of(rules.year(case) + 1, case.parameters).opens_on
        errors[""] = (
            f"尚可补报：绩效评价的补充提交期未届满，下一年度报告（{messages.in_chinese(opens)}）也未开放，"
            "不能按缺报办结（第二十二条第一项）。"
        )
    return Outcome({"errors": errors, "findings": []})


def record_judgement(case: Case) -> Outcome:
    """记录缺报认定：逾期有无正当理由，以及是否按缺报办结。

    The finding stands; `missing` says whether the case is to end for want of the report.
    """
    content = case.forms.get("judge_missing", {})
    verdict, reason = _finding(content)
    missing = case.data.get("judge_missing", {}).get("outcome") == "missing" and not case.proceeding.get("submitted_on")
    handed_in = case.proceeding.get("submitted_on")
    effects = _found(case, verdict, reason)
    if not missing:
        effects.append(UpdateProceeding({"status": "reviewing" if handed_in else "filling"}))
    return Outcome({"missing": missing, "verdict": verdict}, effects)


def close_missing(case: Case) -> Outcome:
    """按缺报办结年度报告，通知各方；是否构成第二十二条第一项由绩效评价提出。

    缺报: the case ends without a report. Whether ground 22(1) is proposed is for an evaluation to say.
    """
    year = rules.year(case)
    said = annual_messages.report_missing(_base(case), year)
    verdict = str(case.proceeding.get("verdict") or case.data.get("judgement", {}).get("verdict") or "")
    effects: list[Effect] = [
        UpdateProceeding({"decided_on": case.today}),
        TellBase("report_missing", {"year": year, "case": case.id, "verdict": verdict}),
        *_tell_host(case, said, f"{year}年度报告缺报"),
        *_tell_recommender(case, said, f"{year}年度报告缺报"),
    ]
    return Outcome({"end": "missing", "verdict": verdict}, effects)


def stop_terminal(case: Case) -> Outcome:
    """基地资格终止：年度报告随之终止，不作缺报，撤去逾期标记。

    The base is one no more (domain.md 3.2): the report is ended, not missing, and its mark is gone.
    """
    year = rules.year(case)
    reason = text(case.data.get("base_terminal", {}), "reason") or "基地资格已终止"
    said = annual_messages.report_ended(_base(case), year, reason)
    effects: list[Effect] = [
        UpdateProceeding({"note": reason}),
        ClearMark(lateness.OVERDUE, str(year), reason),
        *_tell_host(case, said, f"{year}年度报告终止"),
    ]
    return Outcome({"end": "ended", "reason": reason}, effects)


# ------------------------------------------------------------------------------------- reading the case


def _begun(case: Case) -> Facts:
    found: Facts = case.data.get("begun", {})
    return found


def _with_explanations(marked: list[dict[str, str]]) -> list[dict[str, str]]:
    """A corrected figure may differ from last year's or from the register: then the host must be able to say why."""
    if any(row["field"] == EXPLANATIONS for row in marked):
        return marked
    return [*marked, {"field": EXPLANATIONS, "required": "修改后较上年或与台账有差异的，在此说明。"}]


def _left(case: Case, returns: Facts) -> dict[str, int]:
    """Returns that each level still has (settled.md 16)."""
    most = int(case.parameters.get("correction.max_rounds", 2))
    return {level: max(most - int(returns.get(level, 0)), 0) for level in ("recommender", "province")}


def _finding(content: Facts) -> tuple[str, str]:
    return text(content, "verdict"), text(content, "facts")


def _difference_mark(case: Case, found: Sequence[Any]) -> Effect:
    """One mark a report, for as long as the newest content differs from the register."""
    if not found:
        return ClearMark(undeclared.MARK, case.number, "补正后与台账一致。")
    return RaiseMark(undeclared.MARK, case.number, undeclared.mark_text(found))


def _found(case: Case, verdict: str, reason: str) -> list[Effect]:
    """The finding in the summary, and told."""
    said = annual_messages.finding_told(_base(case), rules.year(case), valid=verdict == "valid", reason=reason)
    return [UpdateProceeding({"verdict": verdict, "note": reason}), *_tell_host(case, said, "年度报告逾期理由认定")]


def _reward(case: Case) -> Any:
    """What is left of the base's reward money (第十九条); None when it has none."""
    paid = [
        row
        for row in _register(case).proceedings(base_id=str(case.base.get("id", "")), process="reward")
        if number(row, "amount") is not None and not row.get("ended_on")
    ]
    if not paid:
        return None
    return sum((number(row, "amount") or 0) - (number(row, "spent") or 0) for row in paid)


def _base(case: Case) -> str:
    return str(case.base.get("name") or "国合基地")


def _register(case: Case) -> Register:
    assert case.register is not None, "the case was given no register"
    return case.register


def _calendar(case: Case) -> Calendar:
    assert case.calendar is not None, "the case was given no calendar"
    return case.calendar


# ------------------------------------------------------------------------------------- saying so


def _tell_host(case: Case, said: str, subject: str) -> list[Effect]:
    org = str(case.host.get("id", ""))
    return [Notify(role, org, said, subject=subject) for role in ("host", "host_admin")]


def _tell_recommender(case: Case, said: str, subject: str) -> list[Effect]:
    org = str(case.proceeding.get("recommender_id") or case.base.get("recommender_id") or "")
    return [Notify("recommender", org, said, subject=subject)] if org else []
