"""Service tasks and form checks of one application (第十一条), from its draft to the notice of the result.

Knows neither the round's deliberation nor the experts' work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Literal

from handlers import deadlines, eligibility, messages
from handlers.eligibility import Finding, Override
from handlers.eligibility_form import day, number, part, rows, text
from handlers.vocabulary import (
    BpmnError,
    Calendar,
    Case,
    Effect,
    Facts,
    Notify,
    Outcome,
    Register,
    UpdateApplication,
    Urge,
)

Level = Literal["recommender", "province"]
"""Who returned the application for correction."""

SUMMARY = ("base_name", "category", "uscc", "field_code", "city")
"""Fields of the form that stand in the application's row under their own name."""

BAN_RULE = "C9"


# ------------------------------------------------------------------------------------- checks of forms


def check_application(case: Case) -> Outcome:
    """校核申报书：不满足条件的、需说明而未说明的，不能提交（第六至十条）。

    What keeps the application from being handed in: unmet conditions and unexplained soft points (第六至十条).
    """
    findings = eligibility.check(case, _form(case))
    errors: dict[str, str] = {}
    for finding in findings:
        if finding.status == "reject":
            _add(errors, _path(finding), finding.message)
    for finding in eligibility.unexplained(findings, eligibility.explanations(_form(case))):
        _add(errors, "explanations", f"{finding.message}（填在“需说明事项”）")
    return _checked(errors, findings)


def check_opinion(case: Case) -> Outcome:
    """校核初评意见：条件不符合的不能推荐，须确认已核实材料真实性（第十一条第二项）。

    What keeps the recommender from recommending (第十一条第二项): only the Province overrules a failed condition.
    """
    opinion, findings = _filled(case, "recommend_opinion"), eligibility.check(case, _form(case))
    errors: dict[str, str] = {}
    for finding in _rejections(findings):
        _add(errors, "eligibility_confirmed", f"{finding.message} 不符合条件的不能推荐。")
    for finding in _unconfirmed(findings, opinion):
        _add(errors, "eligibility_confirmed", f"请确认需人工核验的事项：{finding.message}")
    if opinion.get("truth_checked") is not True:
        errors["truth_checked"] = "请确认已核实申报材料的真实性。"
    return _checked(errors, findings)


def check_recommendation(case: Case) -> Outcome:
    """校核推荐上报：推荐排序缺失或重复、名额用完、缺推荐函的，不能上报。

    What keeps the head from sending it up: a missing or taken rank, a used-up quota, a missing letter.
    """
    content, errors = _filled(case, "recommend"), dict[str, str]()
    rank, others = number(content, "rank"), _recommended_by_us(case)
    if rank is None or rank < 1 or rank != rank.to_integral_value():
        errors["rank"] = "请填写推荐排序（从1开始的整数）。"
    else:
        same = [row for row in others if row.get("recommend_rank") == int(rank)]
        if same:
            errors["rank"] = f"推荐排序{int(rank)}已用于“{same[0].get('base_name', '')}”，请调整。"
    quota = _quota(case)
    if quota is not None and len(others) >= quota:
        errors[""] = f"本批次贵部门推荐名额为{quota}个，已全部用完，不能再上报。"
    if not content.get("letter"):
        errors["letter"] = "请上传推荐函。"
    return _checked(errors, ())


def check_formal(case: Case) -> Outcome:
    """校核形式审查：不符合条件而未记录理由的、人工核验事项未确认的，不能受理。

    What keeps the Province from accepting: failed conditions without a recorded override, unticked manual items.

    A ban is none of these: no override lifts it, and accepting ends the application with the notice of the ban.
    """
    content, findings = _filled(case, "formal_check"), eligibility.check(case, _form(case))
    overridden = {override.rule_id for override in _overrides(case) if override.counts} | {BAN_RULE}
    errors: dict[str, str] = {}
    for finding in _rejections(findings):
        if finding.rule_id not in overridden:
            _add(errors, "overrides", f"{finding.message} 确需受理的，请逐条记录理由。")
    for finding in _unconfirmed(findings, content):
        _add(errors, "eligibility_confirmed", f"请确认需人工核验的事项：{finding.message}")
    return _checked(errors, findings)


# ------------------------------------------------------------------------------------- the application's way


def register_application(case: Case) -> Outcome:
    """登记提交的申报书：更新申报摘要，核验结论写入变量 eligibility。

    The application's row shows the submitted form; `eligibility` holds the verdict and who returned it last.
    """
    form, result = _form(case), _eligibility(case)
    fields = {name: form.get(name) for name in SUMMARY} | {
        "main_regions": list(form.get("main_regions") or ()),
        "leader": text(part(form, "leader"), "name"),
        "verdict": result["verdict"],
        "status": "host_approval",
    }
    return Outcome(result, [UpdateApplication(fields)])


def route_recommender(case: Case) -> Outcome:
    """按隶属或属地关系确定组织推荐部门（第十一条第一项）；主数据没有登记的，停为异常。

    第十一条（一）按隶属或属地关系: the department that master data names; raises LookupError when it names none.
    """
    department = _register(case).recommender_of(str(case.host.get("id", "")), case.today)
    if department is None:
        raise LookupError("主数据中没有该依托单位的组织推荐部门，请省科技厅在单位信息中指定后重试。")
    fields: dict[str, Any] = {"recommender_id": department["id"], "status": "recommending"}
    if not case.application.get("submitted_on"):
        fields["submitted_on"] = case.today
    return Outcome({"recommender": department["id"], "name": department.get("name", "")}, [UpdateApplication(fields)])


def check_eligibility(case: Case) -> Outcome:
    """按当日情况重新核验条件，结论写入变量 eligibility 和申报摘要。

    `eligibility` and the row hold the verdict as of today; the recommender reads it on opening.
    """
    result = _eligibility(case)
    return Outcome(result, [UpdateApplication({"verdict": result["verdict"], "status": "recommending"})])


def urge_recommender(case: Case) -> Outcome:
    """催办逾期的审核初评，不终止任何环节。

    The overdue first opinion is urged; nothing is ended by it.
    """
    said = messages.overdue("审核初评", _base_name(case))
    return Outcome({"on": case.today.isoformat()}, [Urge("recommender_review", said)])


def record_opinion(case: Case) -> Outcome:
    """登记初评意见，申报转为待汇总推荐（第十三条第一项）。

    第十三条（一）: the first opinion stands; the application waits to be ranked.
    """
    opinion = _filled(case, "recommend_opinion")
    scores = {name: opinion[name] for name in ("basis", "plan", "guarantee") if name in opinion}
    return Outcome({"on": case.today.isoformat(), **scores}, [UpdateApplication({"status": "ranked"})])


def record_recommendation(case: Case) -> Outcome:
    """登记推荐排序，申报转省科技厅形式审查，通知依托单位。

    The rank stands in the row, the Province has the application, the host is told.

    Without rank when the Province took over from a silent department.
    """
    ranked = number(case.forms.get("recommend", {}), "rank")
    rank = int(ranked) if ranked is not None else None
    department = str(case.data.get("routing", {}).get("name", "")) if rank is not None else "省科技厅（代为办理）"
    told = _tell_host(case, messages.recommended(_base_name(case), department), "已推荐至省科技厅")
    fields = {"status": "formal_check", "recommend_rank": rank}
    return Outcome({"rank": rank, "taken_over": rank is None}, [UpdateApplication(fields), *told])


def record_return(case: Case) -> Outcome:
    """登记退回：各级退回次数、须补正的内容和期限写入变量 correction，通知依托单位。

    `correction` counts the returns of each level, with the marked items and the last day; the host is told.
    """
    level: Level = "province" if case.data.get("formal_check", {}).get("outcome") == "return" else "recommender"
    returns = {**_returns(case), level: _returns(case)[level] + 1}
    content = case.forms.get("formal_check" if level == "province" else "recommend_opinion", {})
    items = [{key: text(row, key) for key in ("field", "required")} for row in rows(content, "correction_items")]
    due = deadlines.workdays(_limit(case, "correction.days", 10), case.today, _calendar(case))
    said = messages.SIGN + messages.correction("申报书", max(len(items), 1), due)
    data = {"returned_by": level, "returns": returns, "items": items, "due_on": due.isoformat()}
    return Outcome(data, [UpdateApplication({"status": "correcting"}), *_tell_host(case, said, "申报书退回修改")])


def accept(case: Case) -> Outcome:
    """受理申报：生成受理编号，告知依托单位；处于限制申报期的抛出错误 banned。

    受理: the application has its number and the host knows; raises BpmnError("banned") when a ban holds today.
    """
    findings = eligibility.check(case, _form(case))
    ban = next((f for f in _rejections(findings) if f.rule_id == BAN_RULE), None)
    if ban is not None:
        raise BpmnError("banned", ban.message)
    accepted_no = str(case.application.get("accepted_no") or f"SL-{case.number}")
    told = _tell_host(case, messages.accepted(_base_name(case), accepted_no), "申报已受理")
    fields = {"accepted_no": accepted_no, "status": "reviewing", "verdict": _verdict(case, findings).value}
    return Outcome({"accepted_no": accepted_no, "on": case.today.isoformat()}, [UpdateApplication(fields), *told])


# ------------------------------------------------------------------------------------- the ends (settled.md 19)


def conclude(case: Case) -> Outcome:
    """告知认定结果：不予认定、暂缓认定的写明理由和复核途径（第十一条第四项）。

    第十一条（四）: the host knows the result; refusal and deferral carry their reason and the way to 复核.
    """
    decided = case.data.get("decided", {})
    decision, reason = str(decided.get("decision", "")), str(decided.get("reason", "") or "综合评议未列入认定名单")
    doc_no, base = str(decided.get("doc_no", "")), _base_name(case)
    if decision == "approve":
        category = str(case.application.get("category") or _form(case).get("category", ""))
        return _end(case, "designated", messages.SIGN + messages.designated(base, doc_no, category), "", "认定通知")
    if decision == "defer":
        return _end(case, "deferred", messages.deferred(base, reason), reason, "暂缓认定通知", adverse=True)
    return _end(case, "refused", messages.refused(base, reason), reason, "不予认定通知", adverse=True)


def refuse_recommendation(case: Case) -> Outcome:
    """不予推荐：以推荐部门的理由（或逾期未推荐）办结，告知复核途径。

    不予推荐: with the recommender's reason, or because nobody recommended it in time and the Province closed it.
    """
    closed = case.data.get("silent_closed")
    given = str(closed.get("reason", "") or "推荐部门逾期未推荐") if closed else _opinion(case, "recommender_review")
    said = messages.not_recommended(_base_name(case), given)
    return _end(case, "not_recommended", said, given, "不予推荐通知", adverse=True)


def refuse_acceptance(case: Case) -> Outcome:
    """不予受理：以形式审查的理由办结，告知复核途径。

    不予受理, with the reason given at the formal check.
    """
    given = _opinion(case, "formal_check")
    said = messages.not_accepted(_base_name(case), given)
    return _end(case, "not_accepted", said, given, "不予受理通知", adverse=True)


def stop_banned(case: Case) -> Outcome:
    """因限制申报终止：告知依据文件和限制期最后一日（第十八条、第二十二条）。

    第十八条、第二十二条: a ban holds, the application ends; the host reads the document and its last day.
    """
    restriction = _restriction(case)
    said = messages.stopped_by_ban(_base_name(case), restriction)
    return _end(case, "banned", said, restriction, "限制申报通知", adverse=True)


def stop_cancelled(case: Case) -> Outcome:
    """因批次取消终止，告知依托单位原因。

    The round was cancelled; the host knows why.
    """
    reason = str(case.data.get("round_cancelled", {}).get("reason", "") or "见省科技厅通知")
    said = messages.round_cancelled(_base_name(case), _round_name(case), reason)
    return _end(case, "round_cancelled", said, reason, "批次取消通知")


def close_unsubmitted(case: Case) -> Outcome:
    """申报截止时尚未报送的，按“未提交”办结并通知依托单位。

    The window closed before the unit sent the application.
    """
    said = messages.not_submitted(_base_name(case), _round_name(case))
    return _end(case, "not_submitted", said, "申报截止时未报送", "申报截止通知")


def withdraw(case: Case) -> Outcome:
    """依托单位放弃或撤回申报，办结并发回执。

    The host gave up or took the application back; whoever holds it is told by its leaving the inbox.
    """
    return _end(case, "withdrawn", messages.withdrawn(_base_name(case)), "依托单位撤回", "申报撤回回执")


def lapse(case: Case) -> Outcome:
    """补正期限届满未提交的，视为撤回，办结并通知依托单位。

    视为撤回: the correction limit passed without a new submission.
    """
    due = day(case.data.get("correction", {}), "due_on")
    return _end(case, "withdrawn", messages.lapsed(_base_name(case), due), "逾期未补正，视为撤回", "视为撤回通知")


# ------------------------------------------------------------------------------------- reading the case


def _form(case: Case) -> Facts:
    """The newest application content, whichever task it was written in."""
    return case.forms.get("application", {})


def _filled(case: Case, name: str) -> Facts:
    """The form under check, known by its own name or by its task's."""
    return case.forms.get(name) or case.forms.get(case.element) or {}


def _eligibility(case: Case) -> dict[str, Any]:
    findings = eligibility.check(case, _form(case))
    verdict = _verdict(case, findings)
    most, returns = _limit(case, "correction.max_rounds", 2), _returns(case)
    return {
        "verdict": verdict.value,
        "label": verdict.label,
        "open": [f.to_facts() for f in findings if f.status in ("reject", "explain", "manual")],
        "returned_by": case.data.get("correction", {}).get("returned_by", ""),
        "returns_left": {level: max(most - count, 0) for level, count in returns.items()},
    }


def _verdict(case: Case, findings: Iterable[Finding]) -> eligibility.Verdict:
    confirmed = _ticked(case.forms.get("formal_check", {}))
    return eligibility.verdict(findings, eligibility.explanations(_form(case)), _overrides(case), confirmed)


def _returns(case: Case) -> dict[Level, int]:
    counted = case.data.get("correction", {}).get("returns", {})
    return {"recommender": int(counted.get("recommender", 0)), "province": int(counted.get("province", 0))}


def _overrides(case: Case) -> list[Override]:
    """The Province's recorded overrides; who records is who acts."""
    by, role = str(case.actor.get("name") or case.actor.get("id") or ""), str(case.actor.get("role") or "")
    listed = rows(case.forms.get("formal_check", {}), "overrides")
    return [Override(text(row, "rule_id"), by, role, text(row, "reason")) for row in listed]


def _rejections(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.status == "reject"]


def _unconfirmed(findings: Iterable[Finding], content: Facts) -> list[Finding]:
    ticked = _ticked(content)
    return [finding for finding in findings if finding.status == "manual" and finding.rule_id not in ticked]


def _ticked(content: Facts) -> set[str]:
    return {text(row, "rule_id") for row in rows(content, "eligibility_confirmed") if row.get("confirmed") is True}


def _recommended_by_us(case: Case) -> list[Facts]:
    """The department's other applications that it has sent up in this round."""
    ours = {"round_id": case.application.get("round_id"), "recommender_id": case.application.get("recommender_id")}
    others = [row for row in _register(case).applications(**ours) if row.get("id") != case.id]
    return [row for row in others if row.get("recommend_rank") is not None]


def _quota(case: Case) -> int | None:
    """Applications the department may recommend in this round; None without a limit."""
    quotas: Mapping[str, Any] = case.round.get("quotas") or case.parameters.get("quota.by_recommender") or {}
    quota = quotas.get(str(case.application.get("recommender_id", "")), quotas.get("default"))
    return int(quota) if quota is not None else None


def _opinion(case: Case, task: str) -> str:
    """The reason an adverse outcome was given with."""
    sources = (case.data.get(task, {}), case.forms.get(task, {}))
    given = next((said for facts in sources for key in ("reason", "opinion") if (said := text(facts, key))), "")
    return (given or "详见办理意见").rstrip("。")


def _restriction(case: Case) -> str:
    """The ban in force as the host reads it."""
    uscc = str(_form(case).get("uscc") or case.host.get("uscc") or "")
    for ban in _register(case).bans(uscc):
        period = deadlines.BanPeriod(_date(ban["starts_on"]), _date(ban["ends_on"]))
        if period.holds_on(case.today) and not ban.get("rescinded_on"):
            return messages.banned(str(ban.get("doc_no", "")), period.starts_on, period.first_day_allowed)
    return str(case.data.get("base_host_banned", {}).get("reason", "") or "贵单位处于限制申报期，不得申报。")


def _base_name(case: Case) -> str:
    return str(_form(case).get("base_name") or case.application.get("base_name") or "国合基地")


def _round_name(case: Case) -> str:
    return str(case.round.get("name") or "本批次")


def _limit(case: Case, key: str, otherwise: int) -> int:
    return int(case.parameters.get(key, otherwise))


def _date(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _register(case: Case) -> Register:
    assert case.register is not None, "the case was given no register"
    return case.register


def _calendar(case: Case) -> Calendar:
    assert case.calendar is not None, "the case was given no calendar"
    return case.calendar


# ------------------------------------------------------------------------------------- saying so


def _end(case: Case, end: str, said: str, reason: str, subject: str, *, adverse: bool = False) -> Outcome:
    """The row has its end and reason, the host is told; an adverse decision names the way to 复核."""
    if adverse:
        said += messages.reconsideration(_limit(case, "reconsideration.days", 10))
    fields = {"status": end, "decision_reason": reason or None}
    return Outcome(
        {"end": end, "reason": reason, "on": case.today.isoformat()},
        [UpdateApplication(fields), *_tell_host(case, said, subject)],
    )


def _tell_host(case: Case, said: str, subject: str) -> list[Effect]:
    org = str(case.host.get("id", ""))
    return [Notify("host", org, said, subject=subject), Notify("host_admin", org, said, subject=subject)]


def _checked(errors: Mapping[str, str], findings: Iterable[Finding]) -> Outcome:
    return Outcome({"errors": dict(errors), "findings": [finding.to_facts() for finding in findings]})


def _path(finding: Finding) -> str:
    """The field an error is shown at; the rule's first field."""
    return finding.evidence[0] if finding.evidence else ""


def _add(errors: dict[str, str], path: str, message: str) -> None:
    errors[path] = f"{errors[path]}；{message}" if path in errors else message
