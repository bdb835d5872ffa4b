"""What keeps those who review a change from agreeing to it (第十三条第四项、第十六条)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from handlers import change_record as record
from handlers import change_request as request
from handlers import change_rules, uscc
from handlers.eligibility import Finding, Override
from handlers.eligibility_form import day, part, rows, text
from handlers.vocabulary import Case, Facts, Outcome

LONGEST = 366
"""Days ahead that a change may take effect."""


def check_department(case: Case) -> Outcome:
    """校核组织推荐部门的变更审核：条件不符、人工核验未确认的，不能同意。

    What keeps the recommending department from agreeing: only the Province overrules a failed condition.
    """
    content, findings = _filled(case), findings_now(case)
    errors: dict[str, str] = {}
    if not case.data.get("departs"):
        for finding in rejections(findings):
            _add(errors, "findings_confirmed", f"{finding.message} 不符合条件的不能同意。")
    _ask_ticks(errors, findings, content)
    _ask_no_rival(case, errors)
    return Outcome({"errors": errors, "findings": [finding.to_facts() for finding in findings]})


def check_officer(case: Case) -> Outcome:
    """校核经办的变更审核：条件不符而未记录理由、人工核验未确认的，不能建议同意。

    What keeps the officer from proposing approval: failed conditions without a recorded override, unticked items.
    """
    content, findings = _filled(case), findings_now(case)
    errors: dict[str, str] = {}
    settled = overridden(case)
    for finding in rejections(findings):
        if finding.rule_id not in settled:
            _add(errors, "overrides", f"{finding.message} 确需同意的，请逐条记录理由。")
    _ask_ticks(errors, findings, content)
    _ask_no_rival(case, errors)
    _ask_effective(case, errors, content)
    if request.kind(request.content(case)) == "host_entity" and new_host(case) is None:
        errors[""] = "新依托单位尚未在平台登记，请其先申请单位账户，经批准后再办理本事项。"
    return Outcome({"errors": errors, "findings": [finding.to_facts() for finding in findings]})


def check_decision(case: Case) -> Outcome:
    """校核变更审批：生效日期早于今天或者晚于一年之后的，不能批准。

    What keeps head and leader from approving: a day of effect that has passed or lies too far ahead.
    """
    errors: dict[str, str] = {}
    _ask_effective(case, errors, _filled(case))
    return Outcome({"errors": errors, "findings": []})


def findings_now(case: Case) -> list[Finding]:
    """What the route's rules say of the request as it stands today."""
    rules = str(case.data.get("rules", ""))
    return change_rules.check(case, request.content(case), rules, request.conditions(case))


def rejections(findings: Iterable[Finding]) -> list[Finding]:
    """The failed conditions."""
    return [finding for finding in findings if finding.status == "reject"]


def overridden(case: Case) -> set[str]:
    """Rules that the Province lets the change pass against, with reason; who records is who acts in its name."""
    listed = rows(case.forms.get("officer_review", {}), "overrides")
    overrides = [Override(text(row, "rule_id"), "officer", "province_officer", text(row, "reason")) for row in listed]
    return {override.rule_id for override in overrides if override.counts}


def new_host(case: Case) -> Facts | None:
    """The new legal person as master data know it."""
    code = uscc.normalise(text(part(request.content(case), "new_host"), "uscc"))
    return record.register(case).host_with(code) if code else None


def _filled(case: Case) -> Facts:
    """The form under check."""
    return case.forms.get(case.element) or case.forms.get("decide") or {}


def _ask_ticks(errors: dict[str, str], findings: Iterable[Finding], content: Facts) -> None:
    ticked = {text(row, "rule_id") for row in rows(content, "findings_confirmed") if row.get("confirmed") is True}
    for finding in findings:
        if finding.status == "manual" and finding.rule_id not in ticked:
            _add(errors, "findings_confirmed", f"请确认需人工核验的事项：{finding.message}")


def _ask_no_rival(case: Case, errors: dict[str, str]) -> None:
    rivals = change_rules.rivals(case, request.content(case))
    if rivals:
        number = change_rules.number_of(case, rivals[0])
        errors[""] = f"该基地同一事项的变更申请{number}先于本申请办理，请退回补正或者不予同意。"


def _ask_effective(case: Case, errors: dict[str, str], content: Mapping[str, object]) -> None:
    on = day(content, "effective_on")
    if on and on < case.today:
        errors["effective_on"] = "生效日期不能早于今天：未经批准的变更不发生效力（第十六条）。"
    elif on and on > case.today + timedelta(days=LONGEST):
        errors["effective_on"] = "生效日期不能晚于一年之后。"


def _add(errors: dict[str, str], path: str, message: str) -> None:
    errors[path] = f"{errors[path]}；{message}" if path in errors else message
