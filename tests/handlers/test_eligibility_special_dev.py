"""Overseas R&D bodies and foreign R&D centres: S, S-A1..A4, S-B1..B5 (art. 10)."""

from __future__ import annotations

import pytest

from handlers import eligibility
from handlers import eligibility_special_dev as special_dev
from tests.handlers import given

A = {"special_branch": "overseas_body"}
B = {"special_branch": "foreign_rd"}


def check(**changes):
    return given.by_rule(special_dev.check(given.case(), given.form("special_dev", **changes), given.TODAY))


@pytest.mark.article("10(1)")
@pytest.mark.parametrize(
    ("rule", "change", "status", "says"),
    [
        ("S-A1", {}, "pass", "已并购海外研发机构Qinghe R&D GmbH"),
        ("S-A1", {"overseas_body__mode": "established"}, "pass", "已设立"),
        ("S-A1", {"overseas_body__mode": "租用"}, "reject", "缺少设立方式"),
        ("S-A1", {"overseas_body__certificate_file": ""}, "reject", "缺少企业境外投资证书"),
        ("S-A1", {"overseas_body__country_region": "CHN"}, "reject", "不在海外"),
        ("S-A1", {"overseas_body__country_region": "HKG"}, "pass", "已并购"),
        ("S-A1", {"overseas_body__established_on": "2026-06-16"}, "reject", "晚于申报日"),
        ("S-A2", {}, "pass", "60.5%"),
        ("S-A2", {"overseas_body__indirect_share": 10}, "reject", "合计50%，未超过50%且没有控制协议"),
        ("S-A2", {"overseas_body__indirect_share": "10.01"}, "pass", "50.01%"),
        ("S-A2", {"overseas_body__indirect_share": 0, "overseas_body__control_agreement": "f"}, "manual",
         "请核验控制协议"),
        ("S-A2", {"overseas_body__direct_share": 0, "overseas_body__indirect_share": 0,
                  "overseas_body__control_agreement": "f"}, "reject", "合计0%"),
        ("S-A2", {"overseas_body__direct_share": 90}, "manual", "超过100%"),
        ("S-A3", {}, "manual", "创新资源富集地区"),
        ("S-A4", {}, "manual", "1项"),
        ("S-A4", {"overseas_body__results": []}, "reject", "缺少标志性研发成果"),
        ("S-A4", {"overseas_body__synergy": ""}, "reject", "技术协同"),
    ],
)  # fmt: skip
def test_overseas_body(rule, change, status, says):
    """第十条（一）逐项."""
    finding = check(**A, **change)[rule]
    assert finding.status == status
    assert says in finding.message


@pytest.mark.article("10(2)")
@pytest.mark.parametrize(
    ("rule", "change", "status", "says"),
    [
        ("S-B1", {}, "pass", "外资比例60%"),
        ("S-B1", {"foreign_rd__foreign_share": 0}, "reject", "不是外资企业"),
        ("S-B1", {"foreign_rd__foreign_share": None, "entity_type": "foreign_company"}, "pass", "登记类型"),
        ("S-B2", {}, "pass", "齐备"),
        ("S-B2", {"foreign_rd__site_area": 0, "foreign_rd__equipment": [], "foreign_rd__staff": 0}, "reject",
         "研发场地、仪器设备、研发人员"),
        ("S-B2", {"foreign_rd__site_address": ""}, "reject", "研发场地"),
        ("S-B3", {}, "pass", "研发中心"),
        ("S-B3", {"foreign_rd__organisation_chart": ""}, "reject", "组织架构图"),
        ("S-B4", {}, "pass", "5.00%"),
        ("S-B4", {"finance3": given.finance((2023, "100", "1"), (2024, "100", "1"), (2025, "100", "1"))}, "reject",
         "1.00%"),
        ("S-B5", {}, "manual", "1项"),
        ("S-B5", {"foreign_rd__global_projects": []}, "reject", "全球研发项目"),
        ("S-B5", {"foreign_rd__parent_letter": ""}, "reject", "证明函"),
    ],
)  # fmt: skip
def test_foreign_rd_centre(rule, change, status, says):
    """第十条（二）逐项."""
    finding = check(**B, **change)[rule]
    assert finding.status == status
    assert says in finding.message


@pytest.mark.article("10")
@pytest.mark.parametrize(
    ("change", "s", "verdict"),
    [
        ({}, "pass", "manual"),
        ({"overseas_body__results": []}, "pass", "manual"),  # A fails, B holds
        ({"foreign_rd__foreign_share": 0}, "pass", "manual"),  # B fails, A holds
        ({"overseas_body__results": [], "foreign_rd__foreign_share": 0}, "reject", "not_met"),
        ({**A, "overseas_body__results": []}, "reject", "not_met"),
        ({**B, "overseas_body__results": []}, "pass", "manual"),
        ({"special_branch": ""}, "reject", "not_met"),
    ],
)
def test_one_branch_suffices(change, s, verdict):
    """第十条“之一”."""
    findings = check(**change)
    assert findings["S"].status == s
    assert eligibility.verdict(findings.values(), {}) == verdict


def test_a_failed_branch_stays_readable_but_decides_nothing():
    """Its findings say why and that it does not matter."""
    findings = check(overseas_body__results=[])
    assert (findings["S-A4"].status, findings["S-A3"].status, findings["S-A1"].status) == ("na", "na", "pass")
    assert findings["S-A4"].message == "缺少标志性研发成果（该情形不成立，另一情形成立，不影响申报）"
