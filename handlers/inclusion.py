"""Service tasks and form checks of a request for inclusion 纳入序列 (第十七条), from its draft to the base's entry.

What the conditions are, inclusion_conditions says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Literal

from handlers import deadlines, documents, eligibility, inclusion_conditions, messages
from handlers import inclusion_messages as said_of
from handlers.eligibility import Finding, Override
from handlers.eligibility_form import day, part, rows, text
from handlers.round_progress import calendar, limit, name_of, register
from handlers.vocabulary import BpmnError, Case, Effect, Facts, IssueDocument, Notify, Outcome, RegisterBase, Urge

Level = Literal["recommender", "province"]
"""Who returned the request for correction."""

BAN_RULE = "C9"


# ------------------------------------------------------------------------------------- checks of forms


def check_request(case: Case) -> Outcome:
    """校核纳入申请：条件不符、需说明而未说明、没有组织推荐部门的，不能提交。

    What keeps the request from being handed in: unmet conditions, unexplained soft points, nobody to recommend it.
    """
    findings, errors = inclusion_conditions.check(case, _form(case)), dict[str, str]()
    for finding in _rejections(findings):
        _add(errors, finding.evidence[0] if finding.evidence else "", finding.message)
    for finding in eligibility.unexplained(findings, eligibility.explanations(_form(case))):
        _add(errors, "explanations", f"{finding.message}（填在“需说明事项”）")
    if register(case).recommender_of(str(case.host.get("id", "")), case.today) is None:
        errors[""] = "主数据中没有本单位的组织推荐部门，请联系省科技厅指定后再提交。"
    return _checked(errors, findings)


def check_opinion(case: Case) -> Outcome:
    """校核纳入审核意见：条件不符、人工核验事项未确认的，不能同意。

    What keeps the department from agreeing: a failed condition, an item it has not confirmed.
    """
    content, findings = _filled(case), inclusion_conditions.check(case, _form(case))
    errors: dict[str, str] = {}
    for finding in _rejections(findings):
        _add(errors, "eligibility_confirmed", f"{finding.message} 不符合条件的不能推荐。")
    for finding in _unconfirmed(findings, content):
        _add(errors, "eligibility_confirmed", f"请确认需人工核验的事项：{finding.message}")
    return _checked(errors, findings)


def check_source(case: Case) -> Outcome:
    """校核原有资格核验：资格未核实一致、条件不符而无理由的，不能通过。

    What keeps the officer from accepting the title: not found in the records, failed conditions without a reason.
    """
    content, findings = _filled(case), inclusion_conditions.check(case, _form(case))
    overridden = {override.rule_id for override in _overrides(case, content) if override.counts} | {BAN_RULE}
    errors: dict[str, str] = {}
    for finding in _rejections(findings):
        if finding.rule_id not in overridden:
            _add(errors, "overrides", f"{finding.message} 确需纳入的，请逐条记录理由。")
    for finding in _unconfirmed(findings, content):
        _add(errors, "eligibility_confirmed", f"请确认需人工核验的事项：{finding.message}")
    if text(content, "title_found") != "confirmed":
        errors["title_found"] = "原有资格未核实一致的不能通过，请退回补正或不予纳入。"
    if text(_form(case), "source_title") in inclusion_conditions.INCENTIVE_WANTED:
        if text(content, "incentive_found") != "confirmed":
            errors["incentive_found"] = "研发投入激励未核实一致的不能通过，请退回补正或不予纳入。"
        elif not text(content, "incentive_record"):
            errors["incentive_record"] = "请写明核对激励的依据。"
    if text(content, "category") != text(_form(case), "category") and not text(content, "category_reason"):
        errors["category_reason"] = "归入类别与申请的不同，请说明理由。"
    return _checked(errors, findings)


def check_registration(case: Case) -> Outcome:
    """校核纳入文件：文号、日期有误，或者核验后情况有变的，不能登记。

    What keeps the document from being issued: its number or date, or what has changed since the check.
    """
    content, errors = _filled(case), dict[str, str]()
    doc_no = documents.normalise_doc_no(text(content, "doc_no"))
    if not documents.is_doc_no(doc_no):
        errors["doc_no"] = "发文字号应形如“浙科发外〔2027〕15号”。"
    elif register(case).documents(doc_no) or register(case).bases(doc_no=doc_no):
        errors["doc_no"] = f"发文字号{doc_no}已用于其他文件，请核对发文登记簿。"
    issued_on = day(content, "issued_on")
    if issued_on and issued_on > case.today:
        errors["issued_on"] = "成文日期不能晚于今天。"
    elif issued_on and issued_on < (_decided_on(case) or issued_on):
        errors["issued_on"] = "成文日期不能早于批准日期。"
    changed = [f for f in _last_findings(case) if f.status == "reject" and f.rule_id != BAN_RULE]
    if changed:
        errors[""] = f"发文前核验未通过：{'；'.join(f.message for f in changed)}。请退回核验。"
    return _checked(errors, ())


# ------------------------------------------------------------------------------------- the request's way


def register_request(case: Case) -> Outcome:
    """登记纳入申请：记录条件核验结论和建议归入的类别。

    `eligibility` holds the verdict, the proposed category and who returned the request last.
    """
    return Outcome(_eligibility(case))


def recheck(case: Case) -> Outcome:
    """按当天情况重新核验纳入条件，供组织推荐部门审核时查看。

    The same as of today; the recommender reads it on opening.
    """
    return Outcome(_eligibility(case))


def recheck_ban(case: Case) -> Outcome:
    """上报前重新核验纳入条件；处于限制申报期的，转入终止。

    The same before it is reported upwards; raises BpmnError("banned") when a ban holds today.
    """
    result = _eligibility(case)
    _stop_when_banned(case)
    return Outcome(result)


def record_approval(case: Case) -> Outcome:
    """记录纳入申请已批准：告知依托单位，此后不能撤回。

    Approved: the unit knows, and cannot withdraw any more.
    """
    told = _tell_host(case, said_of.approved(_base_name(case)), "纳入申请已批准")
    return Outcome({**_eligibility(case), "may_withdraw": False}, told)


def urge_recommender(case: Case) -> Outcome:
    """催办组织推荐部门审核纳入申请，不因此终止申请。

    The overdue opinion is urged; nothing is ended by it.
    """
    return Outcome(
        {"on": case.today.isoformat()},
        [Urge("recommender_review", messages.overdue("审核纳入申请", _base_name(case)))],
    )


def record_return(case: Case) -> Outcome:
    """登记纳入申请退回修改：累计各级退回次数，列明事项和期限，通知依托单位。

    `correction` counts the returns of each level, with the marked items and the last day; the host is told.
    """
    level: Level = "province" if case.data.get("source_check", {}).get("outcome") == "return" else "recommender"
    returns = {**_returns(case), level: _returns(case)[level] + 1}
    content = case.forms.get("source_check" if level == "province" else "recommender_review", {})
    items = [{key: text(row, key) for key in ("field", "required")} for row in rows(content, "correction_items")]
    due = deadlines.workdays(limit(case, "correction.days", 10), case.today, calendar(case))
    said = messages.SIGN + messages.correction(said_of.FORM, max(len(items), 1), due)
    data = {"returned_by": level, "returns": returns, "items": items, "due_on": due.isoformat()}
    return Outcome(data, _tell_host(case, said, "纳入申请退回修改"))


def include(case: Case) -> Outcome:
    """纳入国合基地序列：按文件日期登记台账、印发文件，通知各方；处于限制申报期的终止。

    The base is in the register with origin inclusion, designated on the document's date; the unit and its department
    know. Raises BpmnError("banned") when a ban holds today.
    """
    _stop_when_banned(case)
    content = case.forms.get("register_document", {})
    doc_no, issued_on = documents.normalise_doc_no(text(content, "doc_no")), day(content, "issued_on") or case.today
    category, base = _category(case), _base_name(case)
    letter = _letter(case, content, category)
    said = said_of.included(base, doc_no, category, issued_on)
    effects: list[Effect] = [
        RegisterBase(_base(case, issued_on), category, issued_on, doc_no, case.id),
        IssueDocument("inclusion", text(content, "title"), letter, doc_no, issued_on),
        *_tell_host(case, said, "纳入通知"),
        *_tell_recommender(case, said, "纳入结果"),
    ]
    return Outcome({"end": "included", "doc_no": doc_no, "on": issued_on.isoformat()}, effects)


# ------------------------------------------------------------------------------------- the other ends


def not_recommend(case: Case) -> Outcome:
    """组织推荐部门不同意纳入：申请办结，告知理由和复核途径（第十七条）。

    第十七条 组织推荐部门审核: not agreed to, with the department's reason and the way to 复核.
    """
    given = _reason(case, "recommender_review")
    return _end(
        case, "not_recommended", said_of.not_recommended(_base_name(case), given), given, "未获推荐通知", adverse=True
    )


def refuse(case: Case) -> Outcome:
    """不予纳入：告知依托单位理由和复核途径，同时告知组织推荐部门。

    不予纳入, with the reason of whoever decided so; the department knows too.
    """
    by = next((task for task in _DECIDERS if case.data.get(task, {}).get("outcome") == "refuse"), _DECIDERS[-1])
    given = _reason(case, by)
    ended = _end(case, "refused", said_of.refused(_base_name(case), given), given, "不予纳入通知", adverse=True)
    told = _tell_recommender(case, said_of.refused(_base_name(case), given), "纳入结果")
    return Outcome(ended.data, [*ended.effects, *told])


def stop_banned(case: Case) -> Outcome:
    """依托单位处于限制申报期：纳入申请终止，告知依据和期限（第十八条、第二十二条）。

    第十八条、第二十二条: a ban holds, the request ends; the host reads the document and its last day.
    """
    ban = next((f.message for f in _last_findings(case) if f.rule_id == BAN_RULE and f.status == "reject"), "")
    restriction = ban or str(case.data.get("base_host_banned", {}).get("reason", "") or "贵单位处于限制申报期。")
    said = said_of.stopped_by_ban(_base_name(case), restriction)
    return _end(case, "banned", said, restriction, "限制申报通知", adverse=True)


def withdraw(case: Case) -> Outcome:
    """撤回纳入申请：依托单位放弃或者收回申请，申请办结。

    The host gave up or took the request back.
    """
    return _end(case, "withdrawn", said_of.withdrawn(_base_name(case)), "依托单位撤回", "撤回回执")


def lapse(case: Case) -> Outcome:
    """逾期未补正纳入申请的，视为撤回，并告知依托单位。

    视为撤回: the correction limit passed without a new submission.
    """
    due = day(case.data.get("correction", {}), "due_on")
    said = said_of.lapsed(_base_name(case), due)
    return _end(case, "withdrawn", said, "逾期未补正，视为撤回", "视为撤回通知")


# ------------------------------------------------------------------------------------- reading the case

_DECIDERS = ("leader_decide", "head_review", "source_check")
"""Who may refuse, the highest first: the last word is the one that the gateway followed."""


def _form(case: Case) -> Facts:
    """The newest content of the request, whichever task it was written in."""
    return case.forms.get("inclusion", {})


def _filled(case: Case) -> Facts:
    return case.forms.get(case.element) or {}


def _eligibility(case: Case) -> dict[str, Any]:
    form = _form(case)
    findings = inclusion_conditions.check(case, form)
    content = case.forms.get("source_check", {})
    verdict = eligibility.verdict(findings, eligibility.explanations(form), _overrides(case, content), _ticked(content))
    most, returns = limit(case, "correction.max_rounds", 2), _returns(case)
    title = text(form, "source_title")
    return {
        "verdict": verdict.value,
        "label": verdict.label,
        "open": [f.to_facts() for f in findings if f.status in ("reject", "explain", "manual")],
        "returned_by": case.data.get("correction", {}).get("returned_by", ""),
        "returns_left": {level: max(most - count, 0) for level, count in returns.items()},
        "title": inclusion_conditions.TITLES.get(title, ""),
        "category": text(form, "category"),
        "category_label": messages.category(_category(case)),
        "proposal": inclusion_conditions.proposed_category(case, title),
        "may_withdraw": True,
    }


def _category(case: Case) -> str:
    """As the officer set it, else as it was asked for."""
    return text(case.forms.get("source_check", {}), "category") or text(_form(case), "category")


def _last_findings(case: Case) -> list[Finding]:
    """What may have changed since the check: the legal person's state, bans, a base of that name."""
    return eligibility.check_before_document(case, _form(case))


def _stop_when_banned(case: Case) -> None:
    for finding in _last_findings(case):
        if finding.rule_id == BAN_RULE and finding.status == "reject":
            raise BpmnError("banned", finding.message)


def _decided_on(case: Case) -> date | None:
    """The day of the last approval."""
    approved = [case.data.get(task, {}) for task in ("leader_decide", "head_review")]
    found = [day(facts, "on") for facts in approved if facts.get("outcome") == "approve"]
    return max((each for each in found if each), default=None)


def _returns(case: Case) -> dict[Level, int]:
    counted = case.data.get("correction", {}).get("returns", {})
    return {"recommender": int(counted.get("recommender", 0)), "province": int(counted.get("province", 0))}


def _overrides(case: Case, content: Facts) -> list[Override]:
    by, role = str(case.actor.get("name") or case.actor.get("id") or ""), str(case.actor.get("role") or "")
    return [Override(text(row, "rule_id"), by, role, text(row, "reason")) for row in rows(content, "overrides")]


def _rejections(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.status == "reject"]


def _unconfirmed(findings: Iterable[Finding], content: Facts) -> list[Finding]:
    ticked = _ticked(content)
    return [finding for finding in findings if finding.status == "manual" and finding.rule_id not in ticked]


def _ticked(content: Facts) -> set[str]:
    return {text(row, "rule_id") for row in rows(content, "eligibility_confirmed") if row.get("confirmed") is True}


def _reason(case: Case, task: str) -> str:
    """The reason an adverse outcome was given with."""
    said = (text(case.data.get(task, {}), "opinion"), text(case.forms.get(task, {}), "conclusion"))
    return (next((each for each in said if each), "") or "详见办理意见").rstrip("。")


def _base_name(case: Case) -> str:
    return text(_form(case), "base_name") or str(case.host.get("name") or "国合基地")


# ------------------------------------------------------------------------------------- what is written


def _base(case: Case, issued_on: date) -> Facts:
    """The base as it enters the register, with the partners and the team that later reports are compared with."""
    form = _form(case)
    return {
        "name": _base_name(case),
        "level": "provincial",
        "host_id": case.host.get("id"),
        "leader": text(part(form, "leader"), "name"),
        "city": text(form, "city"),
        "recommender_id": case.host.get("recommender_id"),
        "field_code": text(form, "field_code"),
        "regions": list(form.get("main_regions") or ()),
        "contact": text(part(form, "contact"), "name"),
        "partners": [_partner(row) for row in rows(form, "partners")],
        "core_team": [{key: text(row, key) for key in ("name", "title", "role")} for row in rows(form, "core_team")],
        "origin": "inclusion",
        "status": "active",
        "status_on": issued_on,
    }


def _partner(row: Facts) -> Facts:
    """The institution with the agreement that lasts longest."""
    agreements = sorted(rows(row, "agreements"), key=lambda each: text(each, "expires_on") or "9999")
    latest: Facts = agreements[-1] if agreements else {}
    return {
        "name": text(row, "name_zh") or text(row, "name"),
        "country_region": text(row, "country_region"),
        "agreement": text(latest, "agreement_title"),
        "signed_on": text(latest, "signed_on"),
        "expires_on": text(latest, "expires_on"),
    }


def _letter(case: Case, content: Facts, category: str) -> Facts:
    """The content of the 纳入通知."""
    form = _form(case)
    return {
        "recipients": text(content, "recipients"),
        "copies": text(content, "copies"),
        "base_name": _base_name(case),
        "host_name": str(case.host.get("name") or ""),
        "title": inclusion_conditions.TITLES.get(text(form, "source_title"), ""),
        "title_name": text(form, "title_name"),
        "category": messages.category(category),
        "leader": text(part(form, "leader"), "name"),
        "recommender": name_of(case, case.host.get("recommender_id")),
        "number": case.number,
    }


def _end(case: Case, end: str, said: str, reason: str, subject: str, *, adverse: bool = False) -> Outcome:
    """The host is told; an adverse decision names the way to 复核."""
    if adverse:
        said += messages.reconsideration(limit(case, "reconsideration.days", 10))
    data = {"end": end, "reason": reason, "on": case.today.isoformat()}
    return Outcome(data, _tell_host(case, said, subject))


def _tell_host(case: Case, said: str, subject: str) -> list[Effect]:
    org = str(case.host.get("id", ""))
    return [Notify(role, org, said, subject=subject) for role in ("host", "host_admin")]


def _tell_recommender(case: Case, said: str, subject: str) -> list[Effect]:
    org = case.host.get("recommender_id")
    return [Notify("recommender", str(org), said, subject=subject)] if org else []


def _checked(errors: Mapping[str, str], findings: Iterable[Finding]) -> Outcome:
    return Outcome({"errors": dict(errors), "findings": [finding.to_facts() for finding in findings]})


def _add(errors: dict[str, str], path: str, message: str) -> None:
    errors[path] = f"{errors[path]}；{message}" if path in errors else message
