"""重大事项变更 on its way (第十六条): from the request of the host to the review by the Province.

What is decided and what follows from it: change_decision. Checks of the reviewers' forms: change_review.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

from handlers import change_readers as readers
from handlers import change_record as record
from handlers import change_request as request
from handlers import change_rules as rules_of
from handlers import change_texts as texts
from handlers import deadlines, eligibility, messages, round_progress
from handlers.eligibility import Finding
from handlers.eligibility_form import day, part, rows, text
from handlers.eligibility_partners import fold
from handlers.vocabulary import Case, Facts, Outcome, UpdateProceeding, Urge

Level = Literal["recommender", "province"]
"""Who returned the request for correction."""

OPEN = ("reject", "explain", "manual")
"""Findings that somebody has to look at."""
TASKS = {"recommender_review": "审核变更申请", "receive_review": "接收审核", "officer_review": "审核变更申请"}


# ------------------------------------------------------------------------------------- what forms open with


def prior(case: Case) -> Outcome:
    """带出变更申请可选的现有合作机构、团队成员和待处理标记。

    What the request can choose from: partners, core members and marks on record; nothing where nothing is known.
    """
    partners = {text(row, "name"): record.called(row) for row in record.partners(case)}
    members = {text(row, "name"): text(row, "name") for row in record.core_team(case)}
    marks = {record.mark_key(mark): text(mark, "text") for mark in record.standing_marks(case)}
    known = {"partners": partners, "members": members, "marks": marks}
    return Outcome({name: choices for name, choices in known.items() if choices})


def prior_conditions(case: Case) -> Outcome:
    """带出已有记录的建设条件，并套入申请中的新依托单位或新类别。

    The conditions as far as they are on record, with the new host or category of the request laid over them.
    """
    content = rules_of.as_application(case, request.content(case), {})
    return Outcome({name: value for name, value in content.items() if value not in (None, "", [], {})})


# ------------------------------------------------------------------------------------- checks of the host's forms


def check_request(case: Case) -> Outcome:
    """校核变更申请：日期不合理、同一事项正在办理、内容未变、条件不符的，不能提交。

    What keeps the request from being handed in: day of the event, an equal open one, nothing new, failed conditions.

    A late request is none of these (第十六条、第二十二条第五项): it is accepted with its reason.
    """
    form = request.content(case)
    errors = {**_event_errors(case, form), **_same_errors(case, form)}
    findings = _findings(case, form, None) if request.kind(form) else []
    for finding in findings:
        if finding.status == "reject" and not request.leaves_province(form):
            _add(errors, _path(finding), finding.message)
    _ask_explanations(errors, findings, rules_of.explanations(form, {}))
    return _checked(errors, findings)


def check_conditions(case: Case) -> Outcome:
    """校核变更后的建设条件：不满足条件、需说明而未说明的，不能提交（第六至十条）。

    What keeps the conditions of the new host or category from being handed in (第六至十条).
    """
    form, conditions = request.content(case), request.conditions(case)
    findings, errors = _findings(case, form, conditions), dict[str, str]()
    for finding in findings:
        if finding.status == "reject":
            _add(errors, _path(finding), finding.message)
    _ask_explanations(errors, findings, rules_of.explanations(form, conditions))
    return _checked(errors, findings)


def _event_errors(case: Case, form: Facts) -> dict[str, str]:
    """domain.md 3.7 no. 7: neither in the future nor before the base was one."""
    event, designated = day(form, "event_date"), day(case.base, "designated_on")
    if event and event > case.today:
        return {"event_date": "变更事项发生日期不能晚于今天；尚未发生的，请在发生后一个月内申请。"}
    if event and designated and event < designated:
        return {"event_date": f"变更事项发生日期不能早于认定日期（{messages.in_chinese(designated)}）。"}
    return {}


def _same_errors(case: Case, form: Facts) -> dict[str, str]:
    errors: dict[str, str] = {}
    place = _WHERE.get(request.kind(form), "kind")
    old, new = request.old_value(case, form), request.new_value(case, form)
    if new and old == new and request.kind(form) != "core_team":
        errors[place] = "变更后的内容与现登记内容相同，无须变更。"
    if request.kind(form) == "core_team" and not (rows(form, "team_joined") or form.get("team_left")):
        errors["team_joined"] = "请填写新增成员或选择退出成员。"
    return {**errors, **_partner_errors(case, form), **_team_errors(case, form), **_rival_errors(case, form)}


_WHERE = {
    "base_name": "new_base_name",
    "leader": "new_leader",
    "partner": "partner_new",
    "host_name": "new_host_name",
    "host_entity": "new_host",
    "location": "new_address",
    "category": "new_category",
    "direction": "new_direction",
    "other": "other_new",
}


def _partner_errors(case: Case, form: Facts) -> dict[str, str]:
    if request.kind(form) != "partner":
        return {}
    known = {fold(text(row, "name")) for row in record.partners(case) or rows(form, "partners_now")}
    new, gone = fold(text(part(form, "partner_new"), "name")), fold(text(form, "partner_removed"))
    errors: dict[str, str] = {}
    if text(form, "partner_action") in ("replace", "remove") and gone and gone not in known:
        errors["partner_removed"] = "现有合作机构中没有这一机构，请按现有合作机构的原文名称填写。"
    if text(form, "partner_action") in ("add", "replace") and new in known - {""} and new != gone:
        errors["partner_new"] = "该机构已是现有合作机构，无须新增；协议续签的，请在年度报告中更新。"
    return errors


def _team_errors(case: Case, form: Facts) -> dict[str, str]:
    least = round_progress.limit(case, "core_team.min", 3)
    after = request.team_after(case, form) if request.kind(form) == "core_team" else []
    if after and len(after) < least:
        said = f"变更后核心团队{len(after)}人，少于{least}人；台账中没有名单的，请列全变更后的全部成员。"
        return {"team_joined": said}
    return {}


def _rival_errors(case: Case, form: Facts) -> dict[str, str]:
    """domain.md 3.6: one open change for an item; another item is free."""
    rival = next(iter(rules_of.rivals(case, form)), None)
    if rival is None:
        return {}
    number = rules_of.number_of(case, rival)
    return {"kind": f"该基地变更{request.title(form)}正在办理（{number}），同一事项不能重复申请，请待其办结后再提出。"}


# ------------------------------------------------------------------------------------- the request's way


def register_request(case: Case) -> Outcome:
    """登记变更申请：事项、应申请日期和是否逾期，以首次提交为准（第十六条）。

    第十六条: the summary shows kind, items, limit and lateness; the first submission decides whether it came late.
    """
    form = request.content(case)
    due, event = request.due_on(case, form), day(form, "event_date")
    change = {
        **request.route_inputs(case, form),
        "title": request.title(form),
        "items": request.items(form),
        "event_on": _iso(event),
        "due_on": _iso(due),
        "late": request.days_late(case, form) > 0,
        "days_late": request.days_late(case, form),
        "influence": text(form, "influence"),
        "receiver": request.receiver(case, form),
        "receiver_name": record.unit(case, request.receiver(case, form)),
    }
    old, new = request.short(request.old_value(case, form)), request.short(request.new_value(case, form))
    fields = {
        "kind": change["kind"],
        "event_on": event,
        "due_on": due,
        "late": change["late"],
        "submitted_on": request.handed_in_on(case),
        "note": f"{change['title']}：{old} → {new}",
        "facts": {"items": change["items"], "old": old, "new": new, "influence": change["influence"]},
    }
    return Outcome(change, [UpdateProceeding(fields)])


def recheck(case: Case) -> Outcome:
    """重新核验变更申请，列出待核事项、剩余退回次数和可以标记的字段，供审核。

    `recheck` holds what reviewers look at: open findings, who returned it last, returns left, fields to mark.
    """
    form = request.content(case)
    findings = _findings(case, form, request.conditions(case), str(case.data.get("rules", "")))
    verdict = eligibility.verdict(findings, rules_of.explanations(form, request.conditions(case)))
    most, returns = round_progress.limit(case, "correction.max_rounds", 2), _returns(case)
    change, consent = case.data.get("change", {}), case.data.get("receive_review", {})
    affected = bool(change.get("late")) and change.get("influence") == "some"
    return Outcome(
        {
            "open": [finding.to_facts() for finding in findings if finding.status in OPEN],
            "verdict": verdict.value,
            "label": verdict.label,
            "returned_by": case.data.get("correction", {}).get("returned_by", ""),
            "returns_left": {level: max(most - count, 0) for level, count in returns.items()},
            "fields": request.markable(form),
            # 第二十二条（五）: late alone is no ground, and the officer is asked once.
            "ground_suspected": affected and "confirm_ground" not in case.data,
            "consented": consent.get("outcome") == "consent" and consent.get("department") == change.get("receiver"),
        }
    )


def urge(case: Case, element: str) -> Outcome:
    """催办逾期的变更审核，不因此终止申请。

    The overdue task is urged; nothing is ended by it.
    """
    said = texts.overdue(request.base_name(case), TASKS.get(element, "审核"), case.number)
    return Outcome({"on": case.today.isoformat()}, [Urge(element, said)])


def escalate(case: Case, element: str) -> Outcome:
    """向省科技厅报告哪个部门逾期未审核变更申请。

    domain.md 3.7 no. 4: the Province learns which department has not acted.
    """
    org = (
        case.data.get("change", {}).get("receiver") if element == "receive_review" else case.base.get("recommender_id")
    )
    department = record.unit(case, org) or "组织推荐部门"
    said = texts.silent(request.base_name(case), request.called(case), department, case.number)
    return Outcome({"on": case.today.isoformat()}, readers.officer(said, "变更审核逾期"))


def record_return(case: Case) -> Outcome:
    """登记变更申请退回补正：累计各级退回次数，列明事项和期限，通知依托单位。

    `correction` counts the returns of each level, with the marked items and the last day; the host is told.
    """
    tasks = ("officer_review", "handle_departure")
    by = next((task for task in tasks if case.data.get(task, {}).get("outcome") == "return"), "recommender_review")
    level: Level = "recommender" if by == "recommender_review" else "province"
    returns = {**_returns(case), level: _returns(case)[level] + 1}
    marked = rows(case.forms.get(by, {}), "correction_items")
    items = [{key: text(row, key) for key in ("field", "required")} for row in marked]
    days = round_progress.limit(case, "correction.days", 10)
    due = deadlines.workdays(days, case.today, round_progress.calendar(case))
    who = record.unit(case, case.base.get("recommender_id")) if level == "recommender" else "省科技厅"
    said = texts.returned("变更申请", len(items), due, who or "组织推荐部门")
    data = {"returned_by": level, "returns": returns, "items": items, "due_on": due.isoformat()}
    return Outcome(data, readers.host(case, said, "变更申请退回补正"))


def forward(case: Case) -> Outcome:
    """报送省科技厅：部门审核同意后告知依托单位（第十三条第四项）。

    第十三条（四）: the departments agree; the host reads that the Province has the request.
    """
    consented = case.data.get("receive_review", {}).get("outcome") == "consent"
    own = record.unit(case, case.base.get("recommender_id"))
    other = record.unit(case, case.data.get("change", {}).get("receiver")) if consented else ""
    departments = "、".join(name for name in (own, other) if name) or "组织推荐部门"
    said = texts.forwarded(request.base_name(case), request.called(case), departments)
    return Outcome({"on": case.today.isoformat(), "by": departments}, readers.host(case, said, "变更申请已报送"))


def prepare_cosign(case: Case) -> Outcome:
    """列出变更须会签的处室，依据决策表“变更办理路线”。

    `cosign_orgs`: the divisions that the table `change_route` asks, by their organisation's id.
    """
    asked = [each.strip() for each in str(case.data.get("cosign_with", "")).split(",") if each.strip()]
    return Outcome({org: {"name": record.unit(case, org)} for org in asked})


# ------------------------------------------------------------------------------------- reading the case


def _findings(case: Case, form: Facts, conditions: Facts | None, rules: str | None = None) -> list[Finding]:
    wanted = str(request.route(case, form).get("rules") or "") if rules is None else rules
    return rules_of.check(case, form, wanted, conditions)


def _ask_explanations(errors: dict[str, str], findings: Iterable[Finding], written: Mapping[str, str]) -> None:
    for finding in eligibility.unexplained(findings, written):
        _add(errors, "explanations", f"{finding.message}（填在“需说明事项”）")


def _returns(case: Case) -> dict[Level, int]:
    counted = case.data.get("correction", {}).get("returns", {})
    return {"recommender": int(counted.get("recommender", 0)), "province": int(counted.get("province", 0))}


def _iso(value: date | None) -> str:
    return value.isoformat() if value else ""


def _path(finding: Finding) -> str:
    """The field an error is shown at; the rule's first field."""
    return finding.evidence[0] if finding.evidence else ""


def _checked(errors: Mapping[str, str], findings: Iterable[Finding]) -> Outcome:
    return Outcome({"errors": dict(errors), "findings": [finding.to_facts() for finding in findings]})


def _add(errors: dict[str, str], path: str, message: str) -> None:
    errors[path] = f"{errors[path]}；{message}" if path in errors else message
