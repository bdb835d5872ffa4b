"""Projects, own IP, R&D intensity, partners: J1-J6, with every vector of domain.md 2.4 and 2.9."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given as forall
from hypothesis import strategies as st

from handlers import eligibility, eligibility_intensity
from tests.handlers import given

PROJECT = {"name": "省重点研发", "level": "provincial", "leader": "周远", "leader_role": "base_leader"}


def found(rule_id, content, **facts):
    return given.by_rule(eligibility.check(given.case(**facts), content))[rule_id]


@pytest.mark.article("8(1)")
@pytest.mark.parametrize(
    ("project", "j1", "j1b"),
    [
        (PROJECT, "pass", "pass"),
        ({**PROJECT, "level": "national"}, "pass", "pass"),
        ({**PROJECT, "level": "municipal"}, "explain", "na"),
        ({**PROJECT, "level": "international"}, "explain", "na"),
        ({**PROJECT, "leader": "李某"}, "pass", "explain"),
        ({**PROJECT, "leader_role": "none"}, "pass", "explain"),  # an equal name alone is not the person
        ({**PROJECT, "leader_role": "core_member", "leader": "林溪"}, "pass", "pass"),
        ({**PROJECT, "leader_role": "core_member", "leader": "林溪", "leader_unit": "他校"}, "pass", "explain"),
        ({**PROJECT, "leader_role": "core_member", "leader": "周远"}, "pass", "explain"),
        ({**PROJECT, "leader": ""}, "pass", "explain"),
        ({}, "explain", "na"),
    ],
)
def test_projects_of_universities_and_institutes(project, j1, j1b):
    """J1、J1b 第八条（一）“原则上”：需说明，不否决."""
    content = given.academic(past_projects=[project])
    assert found("J1", content, uscc=given.INSTITUTE).status == j1
    assert found("J1b", content, uscc=given.INSTITUTE).status == j1b


def test_severity_of_the_project_rules():
    """Parameters harden them."""
    hard = {"joint.project.status": "reject", "joint.project_leader.status": "reject"}
    assert found("J1", given.academic(past_projects=[]), uscc=given.INSTITUTE, parameters=hard).status == "reject"
    other = given.academic(past_projects=[{**PROJECT, "leader_role": "none"}])
    assert found("J1b", other, uscc=given.INSTITUTE, parameters=hard).status == "reject"


@pytest.mark.article("8(1)")
@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({}, "pass", "1项，对应产品和成果1项"),
        ({"ip_rights": []}, "reject", "没有自主知识产权"),
        ({"ip_rights": [{"name": "无号"}]}, "reject", "没有自主知识产权"),
        ({"products": []}, "reject", "没有与之对应的产品或成果"),
        ({"products": [{"name": "他人产品", "ip_number": "ZL999"}]}, "reject", "没有与之对应的产品或成果"),
    ],
)
def test_own_ip_of_enterprises(change, status, says):
    """J2 具有自主知识产权的产品和成果."""
    finding = found("J2", given.form(**change))
    assert finding.status == status
    assert says in finding.message


@pytest.mark.article("8(1)")
def test_market_advantage_and_capacity_are_judged_by_people():
    """J3, J5."""
    assert found("J3", given.form()).message == "请核验是否形成较为明显的市场竞争优势"
    assert "不全" in found("J3", given.form(market_evidence=[])).message
    assert found("J5", given.form()).status == "manual"


def test_hosts_of_another_kind_have_neither_projects_nor_intensity():
    """科技园区申报联合研发类：只查 J5、J6，类别需说明."""
    findings = given.by_rule(eligibility.check(given.case(), given.form(host_kind="park")))
    assert not {"J1", "J2", "J4"} & findings.keys()
    assert findings["CAT"].status == "explain"


# ---------------------------------------------------------------------------------------- J4 intensity

Y = (2023, 2024, 2025)


def three(*figures):
    return given.finance(*[(year, sales, rd) for year, (sales, rd) in zip(Y, figures, strict=False)])


@pytest.mark.article("8(1)", "10(2)")
@pytest.mark.parametrize(
    ("rows", "status", "says"),
    [
        (three(("3000", "150"), ("4000", "200"), ("5000", "250")), "pass", "为5.00%，达到国家高新技术企业标准5%"),
        (three(("3000", "150"), ("4000", "200"), ("5000.01", "250")), "pass", "标准4%（最近一年销售收入5000.01万元）"),
        (three(("20000", "800"), ("20000", "800"), ("20000", "800")), "pass", "标准4%"),
        (three(("20000", "600"), ("20000", "600"), ("20000", "600")), "reject", "3.00%，低于国家高新技术企业标准4%"),
        (three(("20000", "600"), ("20000", "600"), ("20000.01", "600.01")), "pass", "标准3%"),
        (three(("5000", "249.8"), ("5000", "249.8"), ("5000", "249.8")), "reject", "近三年研发投入强度为4.99%，低于"),
        (three(("3000", "150"), ("4000", "200"), ("5000", "249.99")), "reject", "4.99%"),
        (three(("1000", "200"), ("1000", "10"), ("5000", "100")), "explain", "4.42%（合计口径），逐年平均为7.66%"),
        (three(("0", "0"), ("1000", "50"), ("1000", "50")), "pass", "5.00%"),
    ],
)
def test_intensity_vectors(rows, status, says):
    """J4: total over total, thresholds by last year's sales, no rounding before comparing (4.996 % fails 5 %)."""
    finding = found("J4", given.form(finance3=rows))
    assert finding.status == status
    assert says in finding.message


@pytest.mark.article("8(1)")
def test_phrase_of_the_guide():
    """The sentence names value, threshold and last year's sales."""
    content = given.form(finance3=three(("4000", "100"), ("4000", "100"), ("4000", "100")))
    assert found("J4", content).message == (
        "近三年研发投入强度为2.50%，低于国家高新技术企业标准5%（最近一年销售收入4000万元）"
    )


@pytest.mark.parametrize(
    ("rows", "founded", "says"),
    [
        ([], "2012-05-01", "未填写近三年"),
        ([{"year": 2025, "sales": "100"}], "2012-05-01", "数据不完整"),
        (given.finance((2024, "1", "1"), (2025, "1", "1")), "2012-05-01", "应填年度（2023、2024、2025年度）"),
        (given.finance((2022, "9", "1"), (2023, "9", "1"), (2025, "9", "1")), "2012-05-01", "不一致"),
        (given.finance((2025, "9", "1")), "2026-02-01", "成立后的完整会计"),
        (three(("100", "-5"), ("100", "5"), ("100", "5")), "2012-05-01", "负数"),
        (three(("0", "0"), ("0", "0"), ("0", "0")), "2012-05-01", "销售收入合计为0"),
        (three(("100", "120"), ("100", "5"), ("100", "5")), "2012-05-01", "研发费用大于销售收入"),
    ],
)
def test_figures_that_machines_should_not_judge(rows, founded, says):
    """Negative, missing, odd years, zero sales: 待人工核验."""
    finding = found("J4", given.form(finance3=rows, founded_on=founded))
    assert finding.status == "manual"
    assert says in finding.message
    assert "J4b" not in given.by_rule(eligibility.check(given.case(), given.form(finance3=rows, founded_on=founded)))


def test_young_company_is_judged_by_its_years():
    """成立不足三年按实际经营年限."""
    two = given.finance((2024, "2000", "90"), (2025, "3000", "170"))
    finding = found("J4", given.form(finance3=two, founded_on="2024-03-01"))
    assert finding.status == "pass"
    assert "为5.20%（按实际经营的2个会计年度计算）" in finding.message


def test_last_year_not_audited_yet_in_january():
    """申报在一月：用最近三个已审计年度."""
    rows = given.finance((2022, "3000", "150"), (2023, "4000", "200"), (2024, "5000", "250"))
    assert found("J4", given.form(finance3=rows), today=date(2026, 1, 20)).status == "pass"


def test_years_in_any_order_and_unknown_founding():
    """The table's order does not matter."""
    rows = list(reversed(three(("3000", "150"), ("4000", "200"), ("5000", "250"))))
    assert found("J4", given.form(finance3=rows, founded_on="")).status == "pass"


@pytest.mark.article("8(1)")
@pytest.mark.parametrize(
    ("domestic", "status"),
    [("60", "pass"), ("59.99", "explain"), ("100.01", "manual")],
)
def test_domestic_share(domestic, status):
    """境内研发费用占比不低于 60%：仅需说明."""
    rows = given.finance(*[(year, "1000", "100") for year in Y], domestic=domestic)
    findings = given.by_rule(eligibility.check(given.case(), given.form(finance3=rows)))
    assert findings["J4b" if status != "manual" else "J4"].status == status


def test_domestic_share_not_given_is_verified_by_hand():
    """An optional column."""
    rows = [{**row, "rd_domestic": None} for row in three(("1000", "100"), ("1000", "100"), ("1000", "100"))]
    assert found("J4b", given.form(finance3=rows)).status == "manual"


MONEY = st.decimals(Decimal("0.01"), Decimal("99999.99"), places=2)


@forall(st.lists(st.tuples(MONEY, MONEY), min_size=3, max_size=3))
def test_intensity_equals_exact_fractions(figures):
    """Against a second computation with fractions, for any figures that can be judged."""
    rows = three(*[(str(max(pair)), str(min(pair))) for pair in figures])
    finding = found("J4", given.form(finance3=rows))
    sales, rd = (sum(Fraction(str(row[key])) for row in rows) for key in ("sales", "rd_total"))
    last = Fraction(str(rows[-1]["sales"]))
    minimum = 5 if last <= 5000 else 4 if last <= 20000 else 3
    if finding.status != "explain":
        assert (finding.status == "pass") is (rd / sales * 100 >= minimum)
    assert Fraction(eligibility_intensity.to_percent(rd / sales)) <= rd / sales * 100


# ---------------------------------------------------------------------------------------- J6 partners


def names(*given_names, **changes):
    return [given.partner(name, **changes) for name in given_names]


EXPIRED = [{"signed_on": "2020-01-01", "expires_on": "2026-06-14", "related": True}]
UNRELATED = [{"signed_on": "2024-01-01", "related": False}]


@pytest.mark.article("8(2)", "25")
@pytest.mark.parametrize(
    ("partners", "count", "status"),
    [
        (names("Alpha University", "Beta Institute", "Gamma Lab"), 3, "pass"),
        (names("Alpha University", "Beta Institute"), 2, "explain"),
        (names("Alpha University"), 1, "explain"),
        (names("Alpha University", agreements=[]), 0, "explain"),
        ([], 0, "reject"),
        (names("Alpha University", "Beta Institute") + names("港湾大学", country="HKG"), 3, "pass"),
        (names("Alpha University", "Beta Institute") + names("Macau U", country="MAC"), 3, "pass"),
        (names("Alpha University", "Beta Institute") + names("Formosa U", country="TWN"), 3, "pass"),
        (names("Alpha University", "Beta Institute") + names("某外资（中国）公司", country="CHN"), 2, "explain"),
        (names("Alpha University", "Beta Institute") + names("Gamma Lab", country=""), 2, "explain"),
        (names("Alpha University", "Beta Institute") + names("Gamma Lab", agreements=EXPIRED), 2, "explain"),
        (names("Alpha University", "Beta Institute") + names("Gamma Lab", agreements=UNRELATED), 2, "explain"),
        # one institution however often it is written
        (names("Alpha University", "ALPHA  university", "Alpha Üniversity".replace("Ü", "U")), 1, "explain"),
        (names("Physics Faculty", "Chemistry Faculty", legal_name="Alpha University") + names("Beta"), 2, "explain"),
        # parent and subsidiary count once
        (names("Delta GmbH", "Delta AG", parent="Delta Group") + names("Beta Institute"), 2, "explain"),
        (names("Delta Group", "Alpha University") + names("Delta GmbH", parent="Delta Group"), 2, "explain"),
    ],
)
def test_counting_overseas_institutions(partners, count, status):
    """J6 第八条（二）“一般应与3个（含）以上”、第二十五条."""
    content = given.form(partners=partners)
    assert found("J6", content).status == status
    assert eligibility.partner_count(given.case(), content) == str(count)
    assert f"海外机构{count}个" in found("J6", content).message


@pytest.mark.article("8(2)")
def test_phrase_for_too_few_partners():
    """Names number, threshold and article; says what merging did."""
    assert found("J6", given.form(partners=names("Alpha University", "Beta Institute"))).message == (
        "已签协议的海外机构2个，少于3个（第八条第二项“一般应”），请说明情况"
    )
    merged = names("Delta GmbH", "Delta AG", parent="Delta Group") + names("Beta Institute")
    assert found("J6", given.form(partners=merged)).message.endswith("（母子公司、同一集团合并计为1个，合并前3个）")


@pytest.mark.article("8(2)")
def test_number_and_hardness_of_partners_are_parameters():
    """编辑五：把 3 个改为 2 个，或改为硬性要求."""
    two = given.form(partners=names("Alpha University", "Beta Institute"))
    assert found("J6", two, parameters={"joint.min_partners": 2}).status == "pass"
    assert found("J6", two, parameters={"joint.min_partners.status": "reject"}).status == "reject"
    with_hmt = given.form(partners=names("Alpha", "Beta") + names("港湾大学", country="HKG"))
    assert found("J6", with_hmt, parameters={"partners.count_hmt": False}).status == "explain"


@pytest.mark.article("8(2)")
def test_similar_names_and_missing_scans_are_pointed_out():
    """J6b: two spellings are counted apart, but people are told; relatedness is theirs to judge."""
    spelled = names("Technische Universität Nordheim", "Technical University Nordheim", "Gamma Lab")
    said = found("J6b", given.form(partners=spelled)).message
    assert "“Technische Universität Nordheim”与“Technical University Nordheim”名称相近" in said
    inside = names(
        "Alpha University", "Alpha University Hospital", agreements=[{"signed_on": "2024-01-01", "related": True}]
    )
    said = found("J6b", given.form(partners=inside)).message
    assert "2份协议未上传扫描件" in said
    assert "名称相近" in said
    assert found("J6b", given.form()).message == "请核验各协议与国合基地建设内容是否紧密相关"
    assert found("J6b", given.form(partners=names("", "Alpha University"))).status == "manual"
