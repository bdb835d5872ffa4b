"""The tables that ship, row by row, and that every input has exactly one answer (domain.md 2.3, 2.7, 2.8a, 2.9)."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import tables

STATUSES = {"pass", "reject", "explain", "manual"}
CATEGORIES = ("joint_rd", "open_service", "special_dev")
HOST_KINDS = ("university", "research_institute", "enterprise", "park", "service_agency", "other")
ENTITY_TYPES = (
    "company", "foreign_company", "enterprise_legal", "branch", "partnership", "sole_proprietorship",
    "public_institution", "private_nonenterprise", "social_org", "foundation", "government", "individual",
    "cooperative", "internal_unit", "other",
)  # fmt: skip
SYSTEMS = ("ip", "cross_border_data", "human_genetic", "ethics", "secrecy", "security_monitoring")


@pytest.mark.article("6(1)", "6(2)", "6(3)")
@pytest.mark.parametrize(
    ("host_kind", "joint_rd", "open_service", "special_dev"),
    [
        ("university", "pass", "explain", "reject"),
        ("research_institute", "pass", "explain", "reject"),
        ("enterprise", "pass", "pass", "pass"),
        ("park", "explain", "pass", "reject"),
        ("service_agency", "explain", "pass", "reject"),
        ("other", "explain", "explain", "reject"),
    ],
)
def test_category_host(host_kind, joint_rd, open_service, special_dev):
    """第六条：类别与依托单位类型."""
    for category, status in zip(CATEGORIES, (joint_rd, open_service, special_dev), strict=True):
        answer = tables.decide(
            "category_host", category=category, host_kind=host_kind, entity_type="public_institution"
        )
        assert answer["status"] == status, category


@pytest.mark.article("6(3)")
def test_foreign_funded_centre_registered_as_private_non_enterprise_is_verified_by_hand():
    """domain.md 2.3, 8 no. 17."""
    answer = tables.decide(
        "category_host", category="special_dev", host_kind="research_institute", entity_type="private_nonenterprise"
    )
    assert answer["status"] == "manual"


@pytest.mark.article("7(1)")
@pytest.mark.parametrize(
    ("kind", "entity_type", "status"),
    [
        ("11", "government", "manual"),
        ("12", "public_institution", "pass"),
        ("13", "other", "manual"),
        ("19", "other", "manual"),
        ("51", "social_org", "pass"),
        ("52", "private_nonenterprise", "pass"),
        ("53", "foundation", "pass"),
        ("91", "company", "pass"),
        ("91", "foreign_company", "pass"),
        ("91", "enterprise_legal", "pass"),
        ("91", "branch", "reject"),
        ("91", "partnership", "reject"),
        ("91", "sole_proprietorship", "reject"),
        ("91", "public_institution", "manual"),
        ("91", "", "manual"),
        ("92", "individual", "reject"),
        ("92", "company", "reject"),
        ("93", "cooperative", "manual"),
        ("N1", "other", "manual"),
        ("Y1", "other", "manual"),
        ("12", "internal_unit", "reject"),
    ],
)
def test_legal_person(kind, entity_type, status):
    """第七条（一）独立法人."""
    assert tables.decide("legal_person", kind=kind, entity_type=entity_type)["status"] == status


@pytest.mark.article("7(1)")
@pytest.mark.parametrize(
    ("region", "registered_in", "status"),
    [
        ("zhejiang", "zhejiang", "pass"),
        ("zhejiang", "elsewhere", "reject"),
        ("central", "zhejiang", "manual"),
        ("other", "zhejiang", "explain"),
        ("central", "elsewhere", "reject"),
        ("other", "elsewhere", "reject"),
    ],
)
def test_registered_place(region, registered_in, status):
    """第七条（一）浙江省内依法注册."""
    assert tables.decide("registered_place", region=region, registered_in=registered_in)["status"] == status


@pytest.mark.article("8(1)", "10(2)")
@pytest.mark.parametrize(
    ("sales", "minimum"),
    [("0", 5), ("0.01", 5), ("5000", 5), ("5000.01", 4), ("20000", 4), ("20000.01", 3), ("9999999", 3)],
)
def test_hnte_intensity(sales, minimum):
    """国家高新技术企业标准：5%、4%、3%."""
    assert tables.decide("hnte_intensity", sales=Decimal(sales))["minimum"] == minimum


@pytest.mark.article("22")
@pytest.mark.parametrize(
    ("active", "scope", "same_unit", "same_leader", "same_base", "status"),
    [
        (False, "", True, True, True, "pass"),
        (True, "host", True, False, False, "reject"),
        (True, "base", True, False, True, "reject"),
        (True, "base", True, False, False, "explain"),
        (True, "host_and_leader", True, False, False, "reject"),
        (True, "host_and_leader", False, True, False, "reject"),
        (True, "host_and_leader", False, False, True, "pass"),
        (True, "host", False, True, True, "pass"),
        (True, "", True, True, True, "manual"),
    ],
)
def test_ban(active, scope, same_unit, same_leader, same_base, status):
    """第十八条、第二十二条：限制范围."""
    answer = tables.decide(
        "ban", active=active, scope=scope, same_unit=same_unit, same_leader=same_leader, same_base=same_base
    )
    assert answer["status"] == status


@pytest.mark.article("7(3)")
@pytest.mark.parametrize(
    ("system", "state", "has_file", "status"),
    [
        ("ip", "in_place", True, "pass"),
        ("ip", "in_place", False, "reject"),
        ("secrecy", "drafting", False, "manual"),
        ("ethics", "not_applicable", False, "explain"),
        ("human_genetic", "not_applicable", False, "explain"),
        ("cross_border_data", "not_applicable", True, "explain"),
        ("ip", "not_applicable", False, "reject"),
        ("secrecy", "not_applicable", False, "reject"),
        ("security_monitoring", "not_applicable", False, "reject"),
        ("ip", "", False, "reject"),
    ],
)
def test_management_system(system, state, has_file, status):
    """第七条（三）六项制度."""
    assert tables.decide("management_system", system=system, state=state, has_file=has_file)["status"] == status


EVERY_INPUT = {
    "category_host": {"category": (*CATEGORIES, ""), "host_kind": (*HOST_KINDS, ""),
                      "entity_type": (*ENTITY_TYPES, "")},
    "legal_person": {"kind": ("11", "12", "13", "19", "51", "52", "53", "91", "92", "93", "A1", "N1", "Y1", "00", ""),
                     "entity_type": (*ENTITY_TYPES, "")},
    "registered_place": {"region": ("zhejiang", "central", "other", ""),
                         "registered_in": ("zhejiang", "elsewhere", "")},
    "ban": {"active": (True, False), "scope": ("host", "base", "host_and_leader", "", "?"), "same_unit": (True, False),
            "same_leader": (True, False), "same_base": (True, False)},
    "management_system": {"system": (*SYSTEMS, ""), "state": ("in_place", "drafting", "not_applicable", ""),
                          "has_file": (True, False)},
}  # fmt: skip


@pytest.mark.parametrize("table", EVERY_INPUT)
def test_every_input_has_exactly_one_answer(table):
    """UNIQUE tables raise on two hits; none may be left without an answer."""
    columns = EVERY_INPUT[table]
    assert tables.load(table).policy == "UNIQUE"
    for values in product(*columns.values()):
        answer = tables.decide(table, **dict(zip(columns, values, strict=True)))
        assert answer["status"] in STATUSES, values
        assert answer["message"], values


@given(st.decimals(Decimal(0), Decimal("1e9"), places=2))
def test_every_revenue_has_one_threshold(sales):
    """No gap and no overlap at the edges."""
    assert tables.decide("hnte_intensity", sales=sales)["minimum"] in (3, 4, 5)


@pytest.mark.parametrize("table", [*EVERY_INPUT, "hnte_intensity"])
def test_tables_read_only_what_is_given(table):
    """A column renamed in the table without the code is caught here."""
    expected = set(EVERY_INPUT.get(table, {"sales": ()}))
    assert tables.load(table).names == expected
    assert tables.load(table).id == table


@pytest.mark.article("17")
@pytest.mark.parametrize(
    ("source_title", "category"),
    [
        ("incubator", "open_service"),
        ("overseas_rd", "special_dev"),
        ("foreign_rd_center", "special_dev"),
        ("key_laboratory", ""),
        ("", ""),
    ],
)
def test_inclusion_category(source_title, category):
    """第十七条：原有资格归入的类别；未列的资格没有."""
    answer = tables.decide("inclusion_category", source_title=source_title)
    assert answer["category"] == category
    assert answer["message"]


@pytest.mark.article("26")
@pytest.mark.parametrize(
    ("legacy", "category"),
    [
        ("institute", "joint_rd"),
        ("enterprise", "joint_rd"),
        ("intermediary", "open_service"),
        ("park", "open_service"),
        ("overseas", "special_dev"),
        ("", ""),
    ],
)
def test_legacy_category(legacy, category):
    """第二十六条：原类别与建议归入的类别."""
    answer = tables.decide("legacy_category", legacy=legacy)
    assert answer["category"] == category
    assert answer["message"]
