"""Legal person, place, state, bans, integrity, other bases, leader, category: C1-C4, C9-C14, CAT."""

from __future__ import annotations

from datetime import date

import pytest

from handlers import eligibility_admission as admission
from tests.handlers import given

BAN = {"uscc": given.COMPANY, "scope": "host", "doc_no": "浙科发外〔2026〕9号", "leader": "周远", "base_name": "旧基地",
       "field_code": "life_health", "starts_on": date(2026, 4, 10), "ends_on": date(2029, 4, 10)}  # fmt: skip
BASE = {"host_id": "host-1", "name": "青禾能源国际科技合作基地", "status": "active", "level": "provincial",
        "field_code": "other", "leader": "吴岚"}  # fmt: skip


def found(rule_id, content=None, shelf=None, **facts):
    findings = admission.check(given.case(shelf, **facts), content or given.form())
    return given.by_rule(findings)[rule_id]


@pytest.mark.article("7(1)")
@pytest.mark.parametrize(
    ("code", "status", "says"),
    [
        (given.COMPANY, "pass", "校验通过"),
        (" 91330108 maxxxx0151 ", "pass", "91330108MAXXXX0151"),
        ("362322198709086409", "reject", "主体标识码"),
        ("91330300MAXXXX0660", "reject", "与本单位登记的91330108MAXXXX0151不一致"),
    ],
)
def test_code_is_valid_and_the_units_own(code, status, says):
    """C1: a wrong code, or another unit's, is refused; C2 and C3 then wait."""
    finding = found("C1", given.form(uscc=code))
    assert finding.status == status
    assert says in finding.message
    assert (found("C2", given.form(uscc=code)).status == "na") is (status == "reject")


def test_code_counts_alone_when_master_data_has_none():
    """A unit not yet registered."""
    assert found("C1", host={"id": "host-1"}).status == "pass"


@pytest.mark.article("7(1)")
@pytest.mark.parametrize(
    ("code", "entity_type", "status"),
    [
        ("91330108MAXXXX0151", "company", "pass"),
        ("91330108MAXXXX0151", "branch", "reject"),
        ("91330108MAXXXX0151", "partnership", "reject"),
        ("12330000MBXXXX019U", "public_institution", "pass"),
        ("12330000MBXXXX019U", "internal_unit", "reject"),
        ("52330200MJXXXX018D", "private_nonenterprise", "pass"),
        ("92330106MAXXXX031N", "individual", "reject"),
    ],
)
def test_only_an_independent_legal_person_applies(code, entity_type, status):
    """C2 第七条（一）独立法人."""
    content = given.form(uscc=code, entity_type=entity_type)
    assert found("C2", content, host={"id": "host-1", "uscc": code}).status == status


@pytest.mark.article("7(1)")
@pytest.mark.parametrize(
    ("code", "registered_in", "address", "status"),
    [
        ("91330108MAXXXX0151", "zhejiang", "浙江省杭州市滨江区1号", "pass"),
        ("91330108MAXXXX0151", "elsewhere", "某地1号", "reject"),
        ("91330108MAXXXX0151", "zhejiang", "上海市浦东新区1号", "reject"),  # the licence says otherwise
        ("12100000470095016Q", "zhejiang", "杭州市西湖区1号", "manual"),
        ("91310115MAXXXX023P", "zhejiang", "宁波市鄞州区1号", "explain"),
        ("91310115MAXXXX023P", "elsewhere", "上海市浦东新区1号", "reject"),
        ("91330108MAXXXX0151", "", "杭州市滨江区1号", "reject"),
    ],
)
def test_place_of_registration(code, registered_in, address, status):
    """C3: the licence decides, never the code's region alone."""
    content = given.form(uscc=code, registered_in=registered_in, registered_address=address)
    assert found("C3", content, host={"id": "host-1", "uscc": code}).status == status


@pytest.mark.article("7(1)")
@pytest.mark.parametrize(
    ("entity_status", "status"),
    [
        ("active", "pass"),
        ("deregistered", "reject"),
        ("licence_revoked", "reject"),
        ("unknown", "manual"),
        ("", "manual"),
    ],
)
def test_state_of_the_unit(entity_status, status):
    """C4."""
    assert found("C4", given.form(entity_status=entity_status)).status == status


@pytest.mark.article("22")
@pytest.mark.parametrize(
    ("today", "change", "status"),
    [
        (date(2026, 4, 9), {}, "pass"),
        (date(2026, 4, 10), {}, "reject"),
        (date(2029, 4, 10), {}, "reject"),  # the last banned day
        (date(2029, 4, 11), {}, "pass"),
        (date(2027, 1, 1), {"rescinded_on": date(2026, 12, 1)}, "pass"),
        (date(2026, 11, 1), {"rescinded_on": date(2026, 12, 1)}, "reject"),
        (date(2027, 1, 1), {"uscc": "91330300MAXXXX0660"}, "pass"),  # another unit's ban
        (date(2027, 1, 1), {"scope": "base"}, "reject"),  # same leader
        (date(2027, 1, 1), {"scope": "base", "leader": "吴岚"}, "explain"),
        (date(2027, 1, 1), {"scope": "base", "leader": "吴岚", "field_code": "new_materials"}, "reject"),
        (date(2027, 1, 1), {"scope": "base", "leader": "吴岚", "base_name": "青禾新材料国际科技合作基地"}, "reject"),
        (date(2027, 1, 1), {"scope": "host_and_leader"}, "reject"),
        (date(2027, 1, 1), {"scope": "host_and_leader", "uscc": "91330300MAXXXX0660"}, "reject"),  # the leader moved
        (date(2027, 1, 1), {"scope": "host_and_leader", "uscc": "91330300MAXXXX0660", "leader": "吴岚"}, "pass"),
        (date(2027, 1, 1), {"scope": "？"}, "manual"),
        (date(2027, 1, 1), {"starts_on": "2026-04-10", "ends_on": "2029-04-10"}, "reject"),
        (date(2050, 1, 1), {"ends_on": None}, "reject"),  # no end recorded: it still holds
    ],
)
def test_ban_by_day_and_scope(today, change, status):
    """C9 第十八条、第二十二条：三年内不得再次申报."""
    assert found("C9", shelf=given.Shelf(ban_rows=[{**BAN, **change}]), today=today).status == status


@pytest.mark.article("22")
def test_ban_names_document_end_and_first_day():
    """限制申报的提示."""
    shelf = given.Shelf(ban_rows=[BAN])
    assert found("C9", shelf=shelf).message == (
        "贵单位因浙科发外〔2026〕9号自2026-04-10起三年内不得申报，2029-04-11起可再次申报。限制范围为本单位。"
    )
    other = given.Shelf(ban_rows=[{**BAN, "scope": "host_and_leader", "uscc": "91330300MAXXXX0660", "doc_no": ""}])
    assert found("C9", shelf=other).message.startswith("负责人周远因取消资格决定自2026-04-10起")
    endless = given.Shelf(ban_rows=[{**BAN, "ends_on": None}])
    assert "限制期满起可再次申报" in found("C9", shelf=endless).message


def test_ban_follows_the_code_not_the_name():
    """A renamed unit stays banned; a draft without leader is checked all the same."""
    shelf = given.Shelf(ban_rows=[BAN])
    assert found("C9", given.form(host_name="新名称有限公司", leader={}), shelf=shelf).status == "reject"


@pytest.mark.article("22(4)")
def test_serious_dishonesty_of_the_unit_rejects_and_the_leader_is_verified_by_hand():
    """C10."""
    shelf = given.Shelf(dishonest={given.COMPANY: {"list": "科研诚信严重失信行为数据库", "on": date(2025, 1, 1)}})
    assert found("C10", shelf=shelf).message == "依托单位列入科研诚信严重失信行为数据库（2025-01-01）"
    assert found("C10").status == "pass"
    assert found("C10b").message == "请核验负责人周远是否有严重失信记录"


@pytest.mark.article("4")
@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"name": "青禾新材料国际科技合作基地"}, "reject", "同名"),
        ({"field_code": "new_materials"}, "explain", "同一领域"),
        ({}, "explain", "集约布局"),
        ({"status": "exited", "name": "青禾新材料国际科技合作基地"}, "pass", "没有其他"),
        ({"host_id": "host-2"}, "pass", "没有其他"),
    ],
)
def test_other_bases_of_the_host(change, status, says):
    """C11 第四条：科学合理集约布局."""
    finding = found("C11", shelf=given.Shelf(base_rows=[{**BASE, **change}]))
    assert finding.status == status
    assert says in finding.message


@pytest.mark.article("24")
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"level": "national", "name": "青禾新材料国际科技合作基地"}, "reject"),
        ({"status": "transferred_national", "name": "青禾新材料国际科技合作基地"}, "reject"),
        ({"level": "national"}, "pass"),
        ({}, "pass"),
    ],
)
def test_national_base_is_not_managed_twice(change, status):
    """C12 第二十四条."""
    assert found("C12", shelf=given.Shelf(base_rows=[{**BASE, **change}])).status == status


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, "explain"),
        ({"category": "open_service"}, "pass"),
        ({"base_name": "青禾新材料国际科技合作基地", "category": "open_service"}, "reject"),
        ({"status": "withdrawn"}, "pass"),
        ({"id": "case-1"}, "pass"),  # itself
        ({"round_id": "round-0"}, "pass"),
        ({"host_id": "host-2"}, "pass"),
    ],
)
def test_one_application_a_category_and_round(change, status):
    """C13."""
    row = {"id": "case-2", "round_id": "round-1", "host_id": "host-1", "category": "joint_rd", "status": "formal_check",
           "base_name": "青禾能源国际科技合作基地"}  # fmt: skip
    shelf = given.Shelf(application_rows=[{**row, **change}])
    assert found("C13", shelf=shelf).status == status


def test_without_a_round_nothing_is_a_duplicate():
    """A draft before its round is known."""
    shelf = given.Shelf(application_rows=[{"id": "case-2", "host_id": "host-1", "category": "joint_rd"}])
    assert found("C13", shelf=shelf, round={}).status == "pass"


@pytest.mark.parametrize(
    ("leader", "rows", "status", "says"),
    [
        ({"name": "周远", "full_time": True}, [], "pass", "全职在岗"),
        ({"name": "周远", "full_time": False}, [], "explain", "不是依托单位全职"),
        (
            {"name": "周远", "full_time": True},
            [{**BASE, "leader": "周远"}],
            "explain",
            "已担任“青禾能源国际科技合作基地”负责人",
        ),
        ({"name": "周远", "full_time": True}, [{**BASE, "leader": "周远", "status": "revoked"}], "pass", "全职在岗"),
        ({}, [], "explain", "不是依托单位全职"),
    ],
)
def test_leader_is_full_time_and_leads_one_base(leader, rows, status, says):
    """C14."""
    finding = found("C14", given.form(leader=leader), given.Shelf(base_rows=rows))
    assert finding.status == status
    assert says in finding.message


def test_without_a_register_everything_it_knows_is_verified_by_hand():
    """The studio's play has none."""
    case = given.case(register=None)
    statuses = {f.rule_id: f.status for f in admission.check(case, given.form())}
    assert {statuses[rule] for rule in ("C9", "C10", "C10b", "C11", "C12", "C13")} == {"manual"}
    assert statuses["C14"] == "pass"


@pytest.mark.article("6")
def test_category_and_host_kind_must_be_chosen():
    """CAT."""
    assert found("CAT", given.form(host_kind="")).status == "reject"
    assert found("CAT", given.form("special_dev", host_kind="university")).status == "reject"


@pytest.mark.parametrize(
    ("key", "rule", "content", "shelf"),
    [
        ("leader", "C14", given.form(leader={}), given.Shelf()),
        ("portfolio.other_base", "C11", given.form(), given.Shelf(base_rows=[BASE])),
        ("portfolio.same_field", "C11", given.form(field_code="other"), given.Shelf(base_rows=[BASE])),
    ],
)
@pytest.mark.parametrize("status", ["reject", "manual", "pass"])
def test_soft_rules_are_as_hard_as_their_parameter(key, rule, content, shelf, status):
    """An analyst hardens or softens a rule without code."""
    assert found(rule, content, shelf, parameters={f"{key}.status": status}).status == status


def test_unknown_severity_is_named():
    """A mistyped parameter stops the check instead of passing silently."""
    with pytest.raises(ValueError, match=r"参数 leader\.status 应为"):
        found("C14", given.form(leader={}), parameters={"leader.status": "strict"})
