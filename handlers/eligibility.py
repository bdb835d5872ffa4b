"""Whether an application meets the regulation's conditions (art. 4, 6-10, 22, 24, 25); READ FIRST of `eligibility_*`.

`check` runs at draft, submit, opening by the recommender, acceptance and before the document. Tables that analysts
edit are asked through `case.decide`; counting, dates and money are done here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from handlers import eligibility_admission as admission
from handlers import eligibility_conditions as conditions
from handlers import eligibility_form as form_of
from handlers import eligibility_intensity as intensity
from handlers import eligibility_joint_rd as joint_rd
from handlers import eligibility_open_service as open_service
from handlers import eligibility_partners as partners_of
from handlers import eligibility_special_dev as special_dev
from handlers.eligibility_finding import Finding, Override, Status, Verdict, unexplained, verdict
from handlers.vocabulary import Case, Facts

__all__ = [
    "Finding", "Override", "Status", "Verdict", "check", "check_basic", "check_before_document", "explanations",
    "partner_count", "rd_intensity_text", "rd_threshold_text", "unexplained", "verdict",
]  # fmt: skip

BEFORE_DOCUMENT = frozenset({"C1", "C4", "C9", "C11", "C12"})
"""What may have changed between acceptance and the document: legal person's state, ban, a base of that name."""


def check(case: Case, form: Facts) -> list[Finding]:
    """One finding or more for every rule that concerns the application, in the order of the form."""
    on = application_day(case)
    partners = _partners(case, form, on)
    common = check_basic(case, form)
    match form_of.text(form, "category"):
        case "joint_rd":
            return [*common, *joint_rd.check(case, form, partners, on)]
        case "open_service":
            return [*common, *open_service.check(form)]
        case "special_dev":
            return [*common, *special_dev.check(case, form, on)]
        case _:
            return common


def check_basic(case: Case, form: Facts) -> list[Finding]:
    """Who may apply at all, and the basic conditions of every base (第七条), whatever its category."""
    partners = _partners(case, form, application_day(case))
    return [*admission.check(case, form), *conditions.check(case, form, partners)]


def check_before_document(case: Case, form: Facts) -> list[Finding]:
    """The findings that stop a base from entering the register at the last moment."""
    return [finding for finding in admission.check(case, form) if finding.rule_id in BEFORE_DOCUMENT]


def explanations(form: Facts) -> Mapping[str, str]:
    """The host's texts by rule id: the table of explanations, and the reasons written beside the systems."""
    written = {form_of.text(row, "rule_id"): form_of.text(row, "text") for row in form_of.rows(form, "explanations")}
    return {**conditions.system_reasons(form), **written}


def application_day(case: Case) -> date:
    """The day the conditions are judged on: first submission once there was one, else today."""
    return form_of.day(case.application, "submitted_on") or case.today


def partner_count(case: Case, form: Facts) -> str:
    """Overseas institutions that count for art. 8(2); a computed field of the form."""
    return str(partners_of.distinct(_partners(case, form, application_day(case))))


def rd_intensity_text(case: Case, form: Facts) -> str:
    """Total intensity and mean of the years in per cent, empty while the figures cannot be judged; a computed field."""
    years, doubt = intensity.read(form, application_day(case))
    if doubt:
        return ""
    mean = intensity.mean_ratio(years)
    total = intensity.to_percent(intensity.ratio(years))
    return total if mean is None else f"{total}（逐年平均{intensity.to_percent(mean)}）"


def rd_threshold_text(case: Case, form: Facts) -> str:
    """The high-tech enterprise minimum for last year's sales in per cent, empty as above; a computed field."""
    years, doubt = intensity.read(form, application_day(case))
    return "" if doubt else str(case.decide("hnte_intensity", sales=years[-1].sales)["minimum"])


def _partners(case: Case, form: Facts, on: date) -> list[partners_of.Partner]:
    return partners_of.overseas(form, on, count_hmt=bool(case.parameters.get("partners.count_hmt", True)))
