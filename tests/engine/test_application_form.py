"""The application form and the rules speak of the same fields (domain.md 4.1)."""

from __future__ import annotations

import pytest

from handlers import eligibility
from tests.engine import form_contents
from tests.handlers import given
from webapp.engine import forms

FORM = form_contents.load("shared/application")
CATEGORIES = ("joint_rd", "open_service", "special_dev")


@pytest.mark.article("11(1)")
@pytest.mark.parametrize("content", [*map(given.form, CATEGORIES), given.academic()])
def test_a_complete_application_of_every_category_is_accepted(content):
    """The very content that the rules find in order; no field of it is unknown to the form."""
    assert forms.validate(FORM, content) == {}
    findings = eligibility.check(given.case(uscc=content["uscc"]), content)
    assert eligibility.verdict(findings, eligibility.explanations(content)) is eligibility.Verdict.MANUAL


@pytest.mark.article("6")
@pytest.mark.parametrize(
    ("category", "other"),
    [("joint_rd", "reserve_projects"), ("open_service", "finance3"), ("special_dev", "ip_rights")],
)
def test_parts_of_another_category_are_left_out(category, other):
    """What was typed before the category changed is not part of the application."""
    stray = {other: next(given.form(name)[other] for name in CATEGORIES if other in given.form(name))}
    assert other not in forms.visible(FORM, given.form(category) | stray)


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        (given.form("joint_rd", ip_rights=None), "ip_rights"),
        (given.form("open_service", transfer_cases=None), "transfer_cases"),
        (given.form("special_dev", foreign_rd=None), "foreign_rd.parent"),
        (given.form(commitments=["truth"]), "commitments"),
        (given.form(base_name="青禾新材料中心基地"), "base_name"),
        (given.form(core_team=[]), "core_team"),
        (given.form(leader__mobile="123"), "leader.mobile"),
    ],
)
def test_what_is_missing_or_wrong_is_named_at_its_field(content, missing):
    """In Chinese, at the path."""
    content = {key: value for key, value in content.items() if value is not None}
    assert missing in forms.validate(FORM, content)


def test_an_agreement_cannot_expire_before_it_is_signed():
    """Compared within the row."""
    partners = [given.partner("Alpha University")]
    partners[0]["agreements"][0]["expires_on"] = "2020-01-01"
    assert "partners.0.agreements.0.expires_on" in forms.validate(FORM, given.form(partners=partners))


def test_attachments_are_ids_and_all_found():
    """The store can tie the files to the submission."""
    ids = forms.file_ids(FORM, given.form("joint_rd"))
    assert {"f0", "f1", "f2", "f3"} <= set(ids)


def test_master_data_wins_over_what_was_posted():
    """Code, name and recommender come from master data."""
    facts = {"host": {"name": "杭州青禾材料有限公司", "uscc": given.COMPANY}, "recommender": {"id": "city-330100"}}
    content = forms.compute(FORM, given.form(uscc="91330300MAXXXX0660", recommender="dept-jyt"), facts)
    assert (content["uscc"], content["recommender"]) == (given.COMPANY, "city-330100")


def test_computed_fields_show_what_the_rules_count():
    """Totals, partners and intensity while it is filled."""
    facts = {"host": {}, "recommender": {}, "@case": given.case()}
    content = forms.compute(FORM, given.form("joint_rd"), facts)
    assert {name: str(content[name]) for name in FORM.computed if name in content} == {
        "partner_count": "3",
        "agreement_count": "3",
        "rd_intensity": "5.00（逐年平均5.00）",
        "rd_threshold": "5",
        "budget_total": "300",
    }


def test_process_variables_are_the_few_that_diagrams_read():
    """No raw form in the case's data."""
    assert forms.variables(FORM, given.form("joint_rd")) == {
        "category": "joint_rd",
        "base_name": "青禾新材料国际科技合作基地",
        "field_code": "new_materials",
        "city": "330100",
        "host_kind": "enterprise",
    }


def test_every_rule_that_may_ask_for_an_explanation_can_be_chosen():
    """The table of explanations offers it, or the reason stands beside the system."""
    offered = set(FORM.full["properties"]["explanations"]["items"]["properties"]["rule_id"]["enum"])
    soft = {"CAT", "C3", "C6", "C9", "C11", "C13", "C14", "J1", "J1b", "J4", "J4b", "J6", "S-B4", "S-B4b"}
    assert soft <= offered
