"""Guarantee, channels, goals, management systems: C5-C8; open service O1-O5."""

from __future__ import annotations

from decimal import Decimal

import pytest

from handlers import eligibility, eligibility_form
from handlers import eligibility_open_service as open_service
from tests.handlers import given


def found(rule_id, content, **facts):
    return given.by_rule(eligibility.check(given.case(**facts), content))[rule_id]


@pytest.mark.article("7(1)")
@pytest.mark.parametrize("field", ["service_capacity", "facilities", "team_count", "site_area", "annual_budget"])
@pytest.mark.parametrize("value", ["", None, 0])
def test_guarantee_needs_every_item(field, value):
    """C5: missing rejects, quality is for people."""
    finding = found("C5", given.form(**{field: value}))
    assert (finding.status, finding.evidence) == ("reject", (field,))
    assert found("C5", given.form()).status == "manual"


@pytest.mark.article("7(2)")
@pytest.mark.parametrize(
    ("partners", "status"),
    [
        ([], "reject"),
        ([given.partner("某外资（中国）公司", "CHN")], "reject"),
        ([given.partner("Alpha U", agreements=[])], "explain"),
        ([given.partner("Alpha U", agreements=[{"signed_on": "2020-01-01", "expires_on": "2026-06-14"}])], "explain"),
        ([given.partner("Alpha U", agreements=[{"signed_on": "2020-01-01", "expires_on": "2026-06-15"}])], "pass"),
        ([given.partner("Alpha U", agreements=[{"signed_on": "2026-06-16"}])], "explain"),
        ([given.partner("Alpha U", agreements=[{"signed_on": ""}])], "explain"),
        ([given.partner("Alpha U")], "pass"),
    ],
)
def test_channels_need_a_partner_and_an_agreement_in_force(partners, status):
    """C6: no partner rejects; partners without an agreement in force are to be explained."""
    assert found("C6", given.form("open_service", partners=partners)).status == status


def test_channels_without_agreement_are_as_hard_as_the_parameter():
    """partners.agreement.status."""
    content = given.form(partners=[given.partner("Alpha U", agreements=[])])
    assert found("C6", content, parameters={"partners.agreement.status": "reject"}).status == "reject"


@pytest.mark.article("7(3)")
@pytest.mark.parametrize("field", ["goals", "operating_mechanism", "construction_plan"])
def test_goals_mechanism_and_plan(field):
    """C7."""
    assert found("C7", given.form(**{field: " "})).status == "reject"
    assert found("C7", given.form()).status == "pass"


@pytest.mark.article("7(3)")
@pytest.mark.parametrize(
    ("system", "row", "status"),
    [
        ("ip", {"state": "in_place", "file": "f"}, "pass"),
        ("ip", {"state": "in_place"}, "reject"),
        ("ip", {"state": "drafting"}, "manual"),
        ("ip", {"state": "not_applicable", "reason": "无"}, "reject"),
        ("secrecy", {"state": "not_applicable"}, "reject"),
        ("security_monitoring", {"state": "not_applicable"}, "reject"),
        ("ethics", {"state": "not_applicable"}, "explain"),
        ("human_genetic", {"state": "not_applicable"}, "explain"),
        ("cross_border_data", {"state": "not_applicable"}, "explain"),
        ("ethics", {}, "reject"),
    ],
)
def test_six_systems(system, row, status):
    """C8 第七条（三）."""
    finding = found(f"C8.{system}", given.form(**{f"management_systems__{system}": row}))
    assert finding.status == status
    assert finding.evidence[0] == f"management_systems.{system}.state"


@pytest.mark.article("9(1)", "9(2)")
@pytest.mark.parametrize(
    ("rule", "change", "status", "says"),
    [
        ("O1", {}, "manual", "1项"),
        ("O1", {"reserve_projects": []}, "reject", "没有储备"),
        ("O1", {"reserve_projects": [{"name": ""}]}, "reject", "没有储备"),
        ("O2", {}, "pass", "1200平方米"),
        ("O2", {"incubation_site": {}}, "reject", "地址、功能说明、产权或租赁证明、面积"),
        ("O2", {"incubation_site__area": 0}, "reject", "缺少面积"),
        ("O3", {}, "manual", "本年度120万元"),
        ("O3", {"operating_funds": {"last_year": 0, "this_year": 0}}, "reject", "均为0万元"),
        ("O3", {"operating_funds": {}}, "reject", "均为0万元"),
        ("O3", {"operating_funds": {"this_year": "0.01"}}, "manual", "0.01万元"),
        ("O4", {}, "manual", "专职1人"),
        ("O4", {"service_team": []}, "reject", "没有专业管理团队"),
        ("O4", {"service_team": [{"name": "许舟", "full_time": False}]}, "reject", "没有专职人员"),
        ("O5", {}, "pass", "1个"),
        ("O5", {"transfer_cases": []}, "reject", "成功案例"),
    ],
)
def test_open_service(rule, change, status, says):
    """第九条逐项."""
    finding = given.by_rule(open_service.check(given.form("open_service", **change)))[rule]
    assert finding.status == status
    assert says in finding.message


@pytest.mark.parametrize(
    ("typed", "number"),
    [("1,200.50", Decimal("1200.50")), (3, Decimal(3)), (0.1, Decimal("0.1")), (Decimal("4.996"), Decimal("4.996")),
     ("", None), (None, None), (True, None), ("NaN", None), ("Infinity", None), ("约三百", None), ([], None)],
)  # fmt: skip
def test_numbers_are_read_exactly_or_not_at_all(typed, number):
    """No binary fractions, no surprises."""
    assert eligibility_form.number({"x": typed}, "x") == number
