"""Rules of 纳入序列 without a database: the title, its proof, the category, and what the officer must have checked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from handlers import inclusion, inclusion_conditions
from handlers.vocabulary import BpmnError, IssueDocument, RegisterBase
from tests.handlers import desk, given

BAN = {"uscc": given.COMPANY, "scope": "host", "starts_on": date(2025, 1, 10), "ends_on": date(2028, 1, 10)}


def form(title: str = "overseas_rd", **changes: Any) -> dict[str, Any]:
    """A complete request of a company for its overseas R&D body."""
    own = {
        "source_title": title,
        "title_name": "青禾欧洲研发中心",
        "title_doc_no": "浙科发外〔2019〕128号",
        "title_document": "f9",
        "title_in_force": "in_force",
        "incentives": [{"year": 2025, "document": "浙科发资〔2025〕41号", "amount": 100, "evidence": "f8"}],
        "incubator": {"stage": "created"},
    }
    return {**given.form("special_dev"), **own, **changes}


def case(content: dict[str, Any] | None = None, shelf: desk.Shelf | None = None, **facts: Any) -> Any:
    known = {"round": {}, "application": {}, "number": "NR-2026-0001"}
    forms = {"inclusion": content or form(), **facts.pop("forms", {})}
    host = {**desk.ORGANISATIONS["host-1"], "recommender_id": "city-330100"}
    return desk.case(shelf, **{**known, "host": host, "forms": forms, **facts})


def statuses(content: dict[str, Any], **facts: Any) -> dict[str, str]:
    found = given.by_rule(inclusion_conditions.check(case(content, **facts), content))
    return {rule: finding.status for rule, finding in found.items()}


@pytest.mark.article("17")
@pytest.mark.parametrize(
    ("changes", "rule", "status"),
    [
        ({}, "T1", "manual"),
        ({"source_title": ""}, "T1", "reject"),
        ({"source_title": "key_laboratory"}, "T1", "reject"),
        ({"title_document": ""}, "T1", "reject"),
        ({"title_in_force": "ended"}, "T1", "reject"),
        ({"title_in_force": "unknown"}, "T1", "manual"),
        ({"source_title": "incubator", "incubator": {"stage": "cultivated"}}, "T1", "manual"),
        ({}, "T2", "manual"),
        ({"incentives": []}, "T2", "reject"),
        ({"incentives": [{"year": 2025, "document": "文", "amount": 1}]}, "T2", "reject"),
        ({"source_title": "foreign_rd_center", "incentives": []}, "T2", "reject"),
        ({}, "T3", "pass"),
        ({"category": "joint_rd"}, "T3", "explain"),
        ({"category": ""}, "T3", "pass"),
        ({"source_title": ""}, "T3", "na"),
        ({"source_title": "incubator", "category": "open_service"}, "T3", "pass"),
    ],
)
def test_title_proof_and_category(changes, rule, status):
    """第十七条：资格、激励证明、归入类别."""
    assert statuses(form(**changes))[rule] == status


@pytest.mark.article("17")
def test_incubator_needs_no_incentive():
    assert "T2" not in statuses(form("incubator", incentives=[], category="open_service"))


@pytest.mark.article("7")
def test_basic_conditions_are_asked_and_no_others():
    """settled.md 28：纳入也核验第七条、法人资格、失信和限制申报；不再核验第八至十条."""
    found = statuses(form())
    assert {"C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8.ip", "C9", "C10", "C11", "C12", "C14", "CAT"} <= found.keys()
    assert not {rule for rule in found if rule[0] in "JOS"}


@pytest.mark.article("17")
def test_what_keeps_a_request_back():
    nobody = desk.Shelf(recommenders={})
    errors = desk.errors(inclusion.check_request(case(form(incentives=[], category="joint_rd"), nobody)))
    assert "缺少省科技厅研发投入激励的证明" in errors["incentives"]
    assert "申请归入联合研发类，请说明理由" in errors["explanations"]
    assert "没有本单位的组织推荐部门" in errors[""]
    why = [{"rule_id": "T3", "text": "以联合研发为主，已建联合实验室。"}]
    assert desk.errors(inclusion.check_request(case(form(category="joint_rd", explanations=why)))) == {}


@pytest.mark.article("17", "13(1)")
def test_department_agrees_only_with_met_conditions_that_it_has_confirmed():
    """第十七条：不符合条件的不能推荐，需人工核验的逐项确认."""
    facts = {"element": "recommender_review", "forms": {"recommender_review": {}}}
    said = desk.errors(inclusion.check_opinion(case(form(incentives=[]), **facts)))["eligibility_confirmed"]
    assert "缺少省科技厅研发投入激励的证明" in said
    assert "不符合条件的不能推荐。" in said
    assert "请确认需人工核验的事项：请核对“青禾欧洲研发中心”" in said


@pytest.mark.article("17", "12(2)")
def test_officer_overrules_with_a_recorded_reason_but_no_ban():
    """第十二条（二）：不符合条件仍予纳入的逐条记录理由；限制申报不在此处排除，由报批前的核验终止."""
    shelf = desk.Shelf(ban_rows=[{**BAN, "doc_no": "浙科发外〔2025〕1号"}])
    content = form(entity_status="deregistered")
    manual = [f for f in inclusion_conditions.check(case(content, shelf), content) if f.status == "manual"]
    checked = {
        "title_found": "confirmed",
        "incentive_found": "confirmed",
        "incentive_record": "拨付清单",
        "category": "special_dev",
        "eligibility_confirmed": [{"rule_id": f.rule_id, "confirmed": True} for f in manual],
    }
    facts = {"element": "source_check", "actor": {"name": "沈予安", "role": "province_officer"}}
    refused = desk.errors(inclusion.check_source(case(content, shelf, **facts, forms={"source_check": checked})))
    assert list(refused) == ["overrides"]
    assert "已注销" in refused["overrides"]
    reasons = [{"rule_id": "C4", "reason": "已由承继单位办理变更登记，附证明。"}]
    given_in = {"source_check": {**checked, "overrides": reasons}}
    assert desk.errors(inclusion.check_source(case(content, shelf, **facts, forms=given_in))) == {}


@pytest.mark.article("18", "22")
@pytest.mark.parametrize(("today", "holds"), [(date(2028, 1, 10), True), (date(2028, 1, 11), False)])
def test_ban_stops_the_request_until_its_last_day(today, holds):
    """第二十二条：限制期最后一日仍不得申请，次日起可以."""
    shelf = desk.Shelf(ban_rows=[{**BAN, "doc_no": "浙科发外〔2025〕1号"}])
    facts = {"shelf": shelf, "today": today, "forms": {"register_document": {"doc_no": "浙科发外〔2028〕2号"}}}
    for step in (inclusion.recheck_ban, inclusion.include):
        if holds:
            with pytest.raises(BpmnError) as error:
                step(case(**facts))
            assert error.value.code == "banned"
        else:
            step(case(**facts))


@pytest.mark.article("17")
def test_returns_are_counted_by_level():
    data = {"source_check": {"outcome": "return"}, "correction": {"returns": {"recommender": 2, "province": 0}}}
    marked = {"correction_items": [{"field": "goals", "problem": "空泛", "required": "补充指标"}]}
    outcome = inclusion.record_return(case(data=data, forms={"source_check": marked}))
    assert outcome.data["returns"] == {"recommender": 2, "province": 1}
    assert outcome.data["returned_by"] == "province"
    assert outcome.data["due_on"] == "2026-06-30"  # ten working days over 端午节
    assert "需补正1处，请于2026年6月30日前" in desk.told(outcome, "host")
    left = inclusion.register_request(case(data={"correction": outcome.data})).data["returns_left"]
    assert left == {"recommender": 0, "province": 1}


@pytest.mark.article("17")
def test_base_enters_with_what_reports_are_compared_with():
    content = {"doc_no": "浙科发外[2026]18号", "issued_on": "2026-06-12", "title": "关于同意纳入的通知"}
    outcome = inclusion.include(case(forms={"register_document": content, "source_check": {"category": "joint_rd"}}))
    (entry,), (letter,) = desk.of(outcome, RegisterBase), desk.of(outcome, IssueDocument)
    assert (entry.category, entry.designated_on, entry.doc_no) == (
        "joint_rd",
        date(2026, 6, 12),
        "浙科发外〔2026〕18号",
    )
    assert (entry.application, entry.facts["origin"], entry.facts["leader"]) == ("case-1", "inclusion", "周远")
    assert entry.facts["partners"][0] == {
        "name": "Nordlicht Universität",
        "country_region": "DEU",
        "agreement": "联合研究协议",
        "signed_on": "2024-03-01",
        "expires_on": "",
    }
    assert (letter.kind, letter.content["title"]) == ("inclusion", "企业海外研发机构")
    assert "认定日期2026年6月12日" in desk.told(outcome, "host_admin")
    assert "联合研发类" in desk.told(outcome, "recommender")


@pytest.mark.article("17")
@pytest.mark.parametrize(
    ("content", "field", "said"),
    [
        ({"doc_no": "浙科发外〔2026〕12号", "issued_on": "2026-06-15"}, "doc_no", "已用于其他文件"),
        ({"doc_no": "12号", "issued_on": "2026-06-15"}, "doc_no", "应形如"),
        ({"doc_no": "浙科发外〔2026〕13号", "issued_on": "2026-06-16"}, "issued_on", "不能晚于今天"),
        ({"doc_no": "浙科发外〔2026〕13号", "issued_on": "2026-06-09"}, "issued_on", "不能早于批准日期"),
    ],
)
def test_registration_of_the_document(content, field, said):
    shelf = desk.Shelf(document_rows=[{"doc_no": "浙科发外〔2026〕12号"}])
    data = {
        "head_review": {"outcome": "approve", "on": "2026-06-10"},
        "leader_decide": {"outcome": "return", "on": "2026-06-11"},
    }
    facts = {"element": "register_document", "forms": {"register_document": content}, "data": data}
    assert said in desk.errors(inclusion.check_registration(case(shelf=shelf, **facts)))[field]


@pytest.mark.article("17")
def test_refusal_gives_the_reason_of_who_refused():
    data = {
        "source_check": {"outcome": "accept", "opinion": "核验一致"},
        "head_review": {"outcome": "refuse", "opinion": "布局不宜。"},
    }
    outcome = inclusion.refuse(case(data=data))
    assert outcome.data["reason"] == "布局不宜"
    assert "10个工作日内向省科技厅申请复核" in desk.told(outcome, "host")
    assert "申请复核" not in desk.told(outcome, "recommender")
    silent = inclusion.refuse(case(data={"source_check": {"outcome": "refuse"}}))
    assert silent.data["reason"] == "详见办理意见"


def test_form_says_the_proposed_category_once_a_title_is_chosen():
    assert inclusion_conditions.category_text(case(), {}) == ""
    assert "特色发展类" in inclusion_conditions.category_text(case(), {"source_title": "overseas_rd"})
