"""The whole check and its verdict: which rules speak, what is left, who may let it pass (domain.md 2.1)."""

from __future__ import annotations

from datetime import date

import pytest

from handlers import eligibility
from handlers.eligibility import Finding, Override, Verdict
from tests.handlers import given


def rules(findings):
    return [finding.rule_id for finding in findings]


COMMON = ["C1", "C2", "C3", "C4", "C9", "C10", "C10b", "C11", "C12", "C13", "C14", "CAT", "C5", "C6", "C7", "C8.ip",
          "C8.cross_border_data", "C8.human_genetic", "C8.ethics", "C8.secrecy", "C8.security_monitoring"]  # fmt: skip


@pytest.mark.article("8")
def test_joint_rd_of_an_enterprise_is_judged_by_its_rules():
    """联合研发类、企业：C、J2-J6。"""
    findings = eligibility.check(given.case(), given.form("joint_rd"))
    assert rules(findings) == [*COMMON, "J2", "J3", "J4", "J4b", "J5", "J6", "J6b"]
    assert {finding.status for finding in findings} == {"pass", "manual"}


@pytest.mark.article("8(1)")
def test_joint_rd_of_an_institute_is_judged_by_its_projects():
    """联合研发类、科研机构：J1、J1b，不查研发投入强度。"""
    findings = eligibility.check(given.case(uscc=given.INSTITUTE), given.academic())
    assert rules(findings) == [*COMMON, "J1", "J1b", "J5", "J6", "J6b"]


@pytest.mark.article("9")
def test_open_service_is_judged_by_its_rules():
    """开放服务类：O1-O5。"""
    findings = eligibility.check(given.case(), given.form("open_service"))
    assert rules(findings) == [*COMMON, "O1", "O2", "O3", "O4", "O5"]


@pytest.mark.article("10")
def test_special_development_is_judged_by_both_branches():
    """特色发展类：S、S-A、S-B。"""
    findings = eligibility.check(given.case(), given.form("special_dev"))
    assert rules(findings) == [
        *COMMON,
        "S",
        "S-A1",
        "S-A2",
        "S-A3",
        "S-A4",
        "S-B1",
        "S-B2",
        "S-B3",
        "S-B4",
        "S-B4b",
        "S-B5",
    ]


def test_an_empty_draft_is_told_what_is_missing_and_never_breaks():
    """Checked while it is being written."""
    findings = given.by_rule(eligibility.check(given.case(), {}))
    assert findings["C1"].message == "统一社会信用代码应为18位，现为0位"
    assert findings["C2"].status == "na"
    assert findings["CAT"].status == "reject"
    assert findings["C5"].message == "缺少建设运行保障条件：服务保障能力、设施条件、团队人数、场地面积、年度运行经费"
    assert not {"J6", "O1", "S"} & findings.keys()


@pytest.mark.parametrize("category", ["joint_rd", "open_service", "special_dev"])
@pytest.mark.parametrize("kind", ["enterprise", "research_institute", "other"])
def test_drafts_of_every_category_with_odd_content_never_break(category, kind):
    """Half-typed values read as absent."""
    odd = {
        "category": category,
        "host_kind": kind,
        "partners": [None, {}, {"name": ""}],
        "leader": "周远",
        "core_team": "林溪",
        "management_systems": [],
        "finance3": [{"year": "去年"}],
        "team_count": True,
        "annual_budget": "Infinity",
        "operating_funds": {"this_year": "1,200"},
        "special_branch": "both",
        "registered_in": "",
    }
    findings = eligibility.check(given.case(), odd)
    assert eligibility.verdict(findings, eligibility.explanations(odd)) is Verdict.NOT_MET


def test_findings_name_article_and_fields():
    """So that the page can lead to the place."""
    found = given.by_rule(eligibility.check(given.case(), given.form(construction_plan="")))["C7"]
    assert (found.article, found.evidence, found.status) == ("7(3)", ("construction_plan",), "reject")
    assert found.to_facts() == {"rule_id": "C7", "status": "reject", "article": "7(3)", "message": "缺少建设总体方案",
                                "evidence": ["construction_plan"]}  # fmt: skip


# ---------------------------------------------------------------------------------------------- verdict


def finding(rule_id, status):
    return Finding(rule_id, status, "7", "……")


@pytest.mark.parametrize(
    ("statuses", "explained", "verdict", "label", "may_submit"),
    [
        (["reject", "explain", "manual"], {}, "not_met", "不符合", False),
        (["explain", "manual", "pass"], {}, "explain", "需补充说明", False),
        (["explain", "manual"], {"R0": "  "}, "explain", "需补充说明", False),
        (["explain", "manual"], {"R0": "已说明"}, "manual", "待人工核验", True),
        (["explain", "pass"], {"R0": "已说明"}, "met", "符合", True),
        (["pass", "na"], {}, "met", "符合", True),
        ([], {}, "met", "符合", True),
    ],
)
def test_verdict_is_the_worst_that_is_left(statuses, explained, verdict, label, may_submit):
    """domain.md 2.1, row by row."""
    findings = [finding(f"R{n}", status) for n, status in enumerate(statuses)]
    found = eligibility.verdict(findings, explained)
    assert (found, found.label, found.may_submit) == (verdict, label, may_submit)


def test_manual_items_are_settled_by_ticking_each():
    """The reviewer confirms them one by one."""
    findings = [finding("C5", "manual"), finding("J5", "manual")]
    assert eligibility.verdict(findings, {}, confirmed={"C5"}) is Verdict.MANUAL
    assert eligibility.verdict(findings, {}, confirmed={"C5", "J5"}) is Verdict.MET


@pytest.mark.parametrize(
    ("role", "reason", "verdict"),
    [
        ("province_officer", "已核实，属笔误", "met"),
        ("dept_leader", "集体研究同意", "met"),
        ("recommender", "情况特殊", "not_met"),
        ("host", "情况特殊", "not_met"),
        ("province_officer", "  ", "not_met"),
    ],
)
def test_only_the_province_overrides_and_only_with_a_reason(role, reason, verdict):
    """推荐部门不能放行不符合的申报。"""
    override = Override("C6", "王申", role, reason)
    assert eligibility.verdict([finding("C6", "reject")], {}, [override]) == verdict


def test_an_override_settles_its_own_rule_only():
    """Others still stand."""
    override = Override("C6", "王申", "province_officer", "已核实")
    assert eligibility.verdict([finding("C6", "reject"), finding("C4", "reject")], {}, [override]) is Verdict.NOT_MET


def test_unexplained_lists_the_soft_points_without_text():
    """What the page asks the host to write."""
    findings = [finding("J1", "explain"), finding("J6", "explain"), finding("C5", "manual")]
    assert [f.rule_id for f in eligibility.unexplained(findings, {"J1": "正在申请"})] == ["J6"]


def test_explanations_come_from_the_table_and_from_beside_the_systems():
    """Keyed by rule."""
    content = given.form(
        explanations=[{"rule_id": "J6", "text": " 第三份协议签署中 "}],
        management_systems__ethics={"state": "not_applicable", "reason": "不开展涉及人的研究"},
    )
    texts = eligibility.explanations(content)
    assert texts["J6"] == "第三份协议签署中"
    assert texts["C8.ethics"] == "不开展涉及人的研究"
    findings = eligibility.check(given.case(), content)
    assert eligibility.verdict(findings, texts) is Verdict.MANUAL


# ------------------------------------------------------------------------------- days and computed fields


def test_conditions_are_judged_on_the_day_of_submission():
    """An agreement that ran out after submission still counts; a ban is judged today."""
    ending = [
        {"agreement_title": "协议", "signed_on": "2023-01-01", "expires_on": "2026-06-30", "related": True, "file": "f"}
    ]
    content = given.form(partners=[given.partner(name, agreements=ending) for name in ("Alpha U", "Beta U", "Gamma U")])
    later = given.case(today=date(2026, 8, 1), application={"submitted_on": date(2026, 6, 20)})
    assert given.by_rule(eligibility.check(later, content))["J6"].status == "pass"
    fresh = given.case(today=date(2026, 8, 1))
    assert given.by_rule(eligibility.check(fresh, content))["J6"].status == "explain"


@pytest.mark.article("11(4)")
def test_before_the_document_ban_state_and_name_are_checked_again():
    """印发前复核：注销、限制、同名。"""
    shelf = given.Shelf(ban_rows=[{"uscc": given.COMPANY, "scope": "host", "doc_no": "浙科发外〔2026〕9号",
                                   "starts_on": date(2026, 6, 1), "ends_on": date(2029, 6, 1)}])  # fmt: skip
    findings = eligibility.check_before_document(given.case(shelf), given.form(entity_status="deregistered"))
    assert rules(findings) == ["C1", "C4", "C9", "C11", "C12"]
    assert {f.rule_id for f in findings if f.status == "reject"} == {"C4", "C9"}


def test_computed_fields_of_the_form():
    """Shown while it is filled; empty until they can be known."""
    case, content = given.case(), given.form("joint_rd")
    assert eligibility.partner_count(case, content) == "3"
    assert eligibility.partner_count(case, {}) == "0"
    assert eligibility.rd_intensity_text(case, content) == "5.00（逐年平均5.00）"
    assert eligibility.rd_threshold_text(case, content) == "5"
    assert eligibility.rd_intensity_text(case, {**content, "finance3": []}) == ""
    assert eligibility.rd_threshold_text(case, {**content, "finance3": []}) == ""
    idle = given.finance((2023, "0", "0"), (2024, "100", "5"), (2025, "100", "5"))
    assert eligibility.rd_intensity_text(case, {**content, "finance3": idle}) == "5.00"
