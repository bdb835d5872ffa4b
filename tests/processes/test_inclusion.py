"""纳入序列 (第十七条): what a unit holds already becomes a base; every end, both levels' returns, bans on the way."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from handlers import deadlines
from tests.processes.story import SYSTEM, Story, host_of
from webapp import clock
from webapp.demo import inclusion_sheets
from webapp.documents import genuine
from webapp.errors import Forbidden, Invalid, Rejected, Stale
from webapp.store import register

SERVICE, FIRM = "host-ywsl", "host-txsw"
DOC_NO = "浙科发外〔2026〕18号"


def begun(story: Story, host: str = SERVICE) -> str:
    return story.starts("inclusion", f"p-{host}", host_id=host)


def content(story: Story, host: str = SERVICE, title: str = "incubator", **changes: Any) -> dict[str, Any]:
    return inclusion_sheets.request(host_of(host), title, "丝路孵化", 7, story.file_id, clock.today(), **changes)


def submitted(story: Story, host: str = SERVICE, title: str = "incubator", **changes: Any) -> str:
    """A request that lies with the recommending department."""
    case = begun(story, host)
    story.does(case, "fill", "submit", content(story, host, title, **changes))
    approved_by_host(story, case)
    return case


def approved_by_host(story: Story, case: str) -> None:
    story.does(case, "host_approve", "approve", inclusion_sheets.host_approve(clock.today(), story.file_id))


def open_items(story: Story, case: str) -> list[dict[str, Any]]:
    return list(story.variables(case)["eligibility"]["open"])


def recommends(story: Story, case: str) -> None:
    review = inclusion_sheets.review(clock.today(), open_items(story, case))
    story.does(case, "recommender_review", "recommend", review)


def checks(story: Story, case: str, category: str = "open_service", **changes: Any) -> None:
    found = inclusion_sheets.source_check(open_items(story, case), category, **changes)
    story.does(case, "source_check", "accept", found)


def approved(story: Story, host: str = SERVICE, title: str = "incubator", category: str = "open_service") -> str:
    """A request whose document is to be registered."""
    case = submitted(story, host, title)
    recommends(story, case)
    checks(story, case, category)
    story.does(case, "head_review", "approve", inclusion_sheets.head_review())
    return case


def issues(story: Story, case: str, **changes: Any) -> None:
    story.does(case, "register_document", "issue", inclusion_sheets.register_document(clock.today(), **changes))


@pytest.mark.article("17")
def test_incubator_becomes_an_open_service_base(story: Story) -> None:
    """第十七条：省海外创新孵化中心经申请、审核、核验后纳入开放服务类；认定日期为批准文件的成文日期。"""
    case = approved(story)
    issued_on = clock.today()
    issues(story, case)
    assert story.end(case) == "included"
    (base,) = story.bases(doc_no=DOC_NO)
    assert (base.origin, base.category, base.level, base.status) == (
        "inclusion",
        "open_service",
        "provincial",
        "active",
    )
    assert (base.host_id, base.designated_on, base.application_id) == (SERVICE, issued_on, case)
    assert base.recommender_id == story.case(case).recommender_id
    assert base.code.startswith("ZJGH-2026-O")
    (document,) = story.documents(case)
    assert (document.kind, document.doc_no, document.issued_on) == ("inclusion", DOC_NO, issued_on)
    with story.database.reading(SYSTEM) as tx:
        found = genuine.find(tx, DOC_NO, document.hash[:16])
        assert found is not None
        assert found.standing == "valid"
    for reader in (f"p-{SERVICE}", f"p-{SERVICE}-admin"):
        assert story.told(reader, f"已由{DOC_NO}纳入省科技厅国际科技合作基地（开放服务类）")


@pytest.mark.article("17")
@pytest.mark.parametrize(
    ("title", "host"),
    [("overseas_rd", FIRM), ("foreign_rd_center", "host-baien")],
    ids=["海外研发机构", "外资研发中心"],
)
def test_encouraged_research_bodies_become_special_bases(story: Story, title: str, host: str) -> None:
    """第十七条：获研发投入激励的企业海外研发机构、外资研发中心归入特色发展类；合作机构和团队一并入台账。"""
    case = approved(story, host, title, "special_dev")
    issues(story, case)
    (base,) = story.bases(doc_no=DOC_NO)
    assert (base.category, base.host_id) == ("special_dev", host)
    assert [row["country_region"] for row in base.partners] == ["DEU", "NLD", "CHE"]
    assert len(base.core_team) == 3
    with story.database.reading(story.person("p-officer")) as tx:
        as_was = register.as_of(tx, base.id, clock.today())
        assert (as_was["category"], as_was["leader"]) == ("special_dev", base.leader)


@pytest.mark.article("17")
@pytest.mark.parametrize(
    ("title", "host", "changes", "field", "said"),
    [
        ("overseas_rd", FIRM, {"incentives": []}, "incentives", ""),
        ("incubator", SERVICE, {"title_in_force": "ended"}, "title_in_force", "资格已终止"),
        ("incubator", SERVICE, {"category": "joint_rd"}, "explanations", "归入联合研发类，请说明理由"),
        ("incubator", SERVICE, {"partners": []}, "partners", "没有海外合作机构"),
        ("incubator", SERVICE, {"entity_status": "deregistered"}, "entity_status", "已注销"),
        ("overseas_rd", "host-bjkc", {}, "category", "特色发展类须由企业牵头"),
    ],
)
def test_unmet_conditions_keep_the_request_back(
    story: Story, title: str, host: str, changes: dict[str, Any], field: str, said: str
) -> None:
    """第十七条、第七条：缺激励证明、资格终止、基本条件不符的不能提交；类别与原有资格不对应的须说明。"""
    case = begun(story, host)
    with pytest.raises(Invalid) as error:
        story.does(case, "fill", "submit", content(story, host, title, **changes))
    assert said in error.value.fields[field]
    assert story.elements(case) == ["fill"]


@pytest.mark.article("17")
def test_other_category_needs_the_hosts_reason_and_the_officers(story: Story) -> None:
    """第十七条：申请归入其他类别的须说明；经办核定的类别与申请不同的，也须说明理由。"""
    why = [
        {"rule_id": "T3", "text": "孵化中心以联合研发为主，已建联合实验室两个。"},
        {"rule_id": "CAT", "text": "以联合研发为主要任务，由本单位牵头。"},
    ]
    case = submitted(story, category="joint_rd", explanations=why)
    recommends(story, case)
    with pytest.raises(Invalid) as error:
        checks(story, case, "open_service")
    assert "请说明理由" in error.value.fields["category_reason"]
    checks(story, case, "open_service", category_reason="主要功能为离岸孵化，归入开放服务类更为适当。")
    assert story.variables(case)["eligibility"]["category_label"] == "开放服务类"
    story.does(case, "head_review", "approve", inclusion_sheets.head_review())
    issues(story, case)
    assert [base.category for base in story.bases(doc_no=DOC_NO)] == ["open_service"]


@pytest.mark.article("17")
@pytest.mark.parametrize(
    ("host", "title", "changes", "field"),
    [
        (SERVICE, "incubator", {"title_found": "not_found"}, "title_found"),
        (FIRM, "overseas_rd", {"incentive_found": "differs"}, "incentive_found"),
        (FIRM, "overseas_rd", {"incentive_record": ""}, "incentive_record"),
        (SERVICE, "incubator", {"eligibility_confirmed": []}, "eligibility_confirmed"),
    ],
)
def test_title_must_be_found_in_the_records(
    story: Story, host: str, title: str, changes: dict[str, Any], field: str
) -> None:
    """第十七条：原有资格、激励未核实一致，或者未逐项核验的，不能通过。"""
    case = submitted(story, host, title)
    recommends(story, case)
    given = {name: value for name, value in changes.items() if value != ""}
    found = {**inclusion_sheets.source_check(open_items(story, case), inclusion_sheets.CATEGORIES[title]), **given}
    if changes.get("incentive_record") == "":
        del found["incentive_record"]
    with pytest.raises(Invalid) as error:
        story.does(case, "source_check", "accept", found)
    assert field in error.value.fields


@pytest.mark.article("17")
def test_department_returns_marked_items_only_so_often(story: Story) -> None:
    """第十七条：组织推荐部门退回补正，只开放标注内容，重新盖章后再审；达到次数上限后只能作出决定。"""
    case = submitted(story)
    for turn in (1, 2):
        back = inclusion_sheets.review(clock.today(), correct="goals")
        story.does(case, "recommender_review", "return", back, "建设目标不够具体。")
        assert story.elements(case) == ["correct"]
        changed = content(story, goals=f"第{turn}次补充：" + "三年内建成覆盖欧亚的孵化网络，" * 5, team_count=1)
        story.does(case, "correct", "submit", changed)
        kept = story.submitted_content(case, "shared/inclusion")
        assert kept["goals"].startswith(f"第{turn}次补充")
        assert kept["team_count"] != 1
        approved_by_host(story, case)
        assert story.elements(case) == ["recommender_review"]
    with pytest.raises(Invalid) as error:
        story.does(
            case, "recommender_review", "return", inclusion_sheets.review(clock.today(), correct="goals"), "再补。"
        )
    assert "现在不能选择" in error.value.fields["outcome"]
    recommends(story, case)
    assert story.elements(case) == ["source_check"]
    assert story.told(f"p-{SERVICE}", "您提交的《纳入国合基地序列申请书》需补正1处")


@pytest.mark.article("17")
def test_province_returns_and_gets_it_straight_back(story: Story) -> None:
    """第十七条：省科技厅退回的补正，单位重新盖章后直接报省科技厅，不再经组织推荐部门。"""
    case = submitted(story)
    recommends(story, case)
    back = inclusion_sheets.source_check(correct="title_doc_no")
    story.does(case, "source_check", "return", back, "文号与原件不一致。")
    story.does(case, "correct", "submit", content(story, title_doc_no="浙科发外〔2019〕129号"))
    story.does(case, "host_approve", "return", {}, "请再核对文号。")
    assert story.elements(case) == ["correct"]
    story.does(case, "correct", "submit", content(story, title_doc_no="浙科发外〔2019〕130号"))
    approved_by_host(story, case)
    assert story.elements(case) == ["source_check"]
    checks(story, case)
    assert story.elements(case) == ["head_review"]


@pytest.mark.article("17")
def test_host_s_own_return_goes_back_to_the_draft(story: Story) -> None:
    """第十四条：本单位审核退回的，回到填写；审核人不得是填报人。"""
    case = begun(story)
    story.does(case, "fill", "submit", content(story))
    story.does(case, "host_approve", "return", {}, "请核对合作机构名称。")
    assert story.elements(case) == ["fill"]


@pytest.mark.article("17")
def test_correction_that_does_not_come_counts_as_withdrawn(story: Story) -> None:
    """第十七条：补正期限届满未重新提交的，视为撤回；最后一日当天仍可提交。"""
    case = submitted(story)
    story.does(
        case, "recommender_review", "return", inclusion_sheets.review(clock.today(), correct="goals"), "请补充。"
    )
    due = story.task(case, "correct").due_on
    assert due == date(2026, 3, 16)
    story.today("2026-03-16", "23:59")
    assert story.elements(case) == ["correct"]
    story.today("2026-03-17", "00:00")
    assert story.end(case) == "withdrawn"
    assert story.told(f"p-{SERVICE}", "未在2026年3月16日前补正，视为撤回")


@pytest.mark.article("17")
def test_host_gives_up_or_takes_it_back_until_it_is_approved(story: Story) -> None:
    """第十七条：起草时可以放弃，批准前可以撤回，批准后不得撤回。"""
    draft = begun(story)
    story.does(draft, "fill", "withdraw")
    assert story.end(draft) == "withdrawn"
    case = submitted(story)
    recommends(story, case)
    story.sends(case, "withdraw", f"p-{SERVICE}", inclusion_sheets.withdraw())
    assert story.end(case) == "withdrawn_on_request"
    ready = approved(story)
    with pytest.raises(Rejected, match="撤回申请"):
        story.sends(ready, "withdraw", f"p-{SERVICE}", inclusion_sheets.withdraw())
    assert story.told(f"p-{SERVICE}", "纳入申请已经批准，等待发文")


@pytest.mark.article("17", "13(1)")
def test_department_disagrees_with_reasons(story: Story) -> None:
    """第十七条：组织推荐部门不同意的，说明理由并告知复核途径，申请终止，不限制再次申请。"""
    case = submitted(story)
    with pytest.raises(Invalid):
        story.does(case, "recommender_review", "disagree", {})
    story.does(case, "recommender_review", "disagree", {}, "孵化中心已停止运营。")
    assert story.end(case) == "not_recommended"
    assert story.told(f"p-{SERVICE}", "未获推荐。理由：孵化中心已停止运营。对本决定有异议的")
    assert submitted(story) != case


@pytest.mark.article("17", "12(2)")
@pytest.mark.parametrize("who", ["source_check", "head_review", "leader_decide"])
def test_each_level_of_the_province_may_refuse(story: Story, who: str) -> None:
    """第十七条、第十二条（二）：经办、处室负责人、厅领导均可不予纳入；须有理由，告知单位和组织推荐部门。"""
    case = submitted(story)
    recommends(story, case)
    if who != "source_check":
        checks(story, case)
    if who == "leader_decide":
        story.does(case, "head_review", "approve", inclusion_sheets.head_review(to_leader=True))
    story.does(case, who, "refuse", {}, "原认定文件中没有该中心。")
    assert story.end(case) == "refused"
    assert story.bases(origin="inclusion") == []
    assert story.told(f"p-{SERVICE}", "不予纳入国合基地序列。理由：原认定文件中没有该中心。")
    assert story.told("p-city-330700", "不予纳入国合基地序列")


@pytest.mark.article("12(2)")
def test_head_and_leader_send_it_back(story: Story) -> None:
    """第十二条（二）：处室负责人退回核验，厅领导退回处室，再报后审定；发文前经办可退回核验。"""
    case = submitted(story)
    recommends(story, case)
    checks(story, case)
    story.does(case, "head_review", "return", {}, "请补充激励核对情况。")
    checks(story, case)
    story.does(case, "head_review", "approve", inclusion_sheets.head_review(to_leader=True))
    story.does(case, "leader_decide", "return", {}, "请补充布局意见。")
    story.does(case, "head_review", "approve", inclusion_sheets.head_review(to_leader=True))
    story.does(case, "leader_decide", "approve", inclusion_sheets.leader_decide(clock.today()))
    story.does(case, "register_document", "return", {}, "名称与原认定文件不一致，重新核验。")
    assert story.elements(case) == ["source_check"]
    story.sends(case, "withdraw", f"p-{SERVICE}", inclusion_sheets.withdraw())
    assert story.end(case) == "withdrawn_on_request"


@pytest.mark.article("12(2)")
def test_checking_and_approving_are_two_people(story: Story) -> None:
    """第十二条（二）：填报与单位审核、核验与审批不得由同一人。"""
    case = begun(story)
    story.does(case, "fill", "submit", content(story))
    with pytest.raises(Forbidden):
        story.does(
            case,
            "host_approve",
            "approve",
            inclusion_sheets.host_approve(clock.today(), story.file_id),
            person=f"p-{SERVICE}",
        )
    with pytest.raises(Forbidden):
        story.does(case, "host_approve", "approve", {}, person="p-host-jhsf-admin")


@pytest.mark.article("17")
def test_only_the_host_asks_in_its_own_name(story: Story) -> None:
    """第十七条：由依托单位申请；省科技厅、推荐部门和其他单位不能代为发起。"""
    for person in ("p-officer", "p-city-330700", "p-host-jhsf"):
        with pytest.raises(Forbidden):
            story.starts("inclusion", person, host_id=SERVICE)


@pytest.mark.article("17")
def test_second_submission_of_the_same_task_is_stale(story: Story) -> None:
    """两个页面先后提交同一事项，只有一次生效。"""
    case = begun(story)
    task = story.task(case, "fill")
    story.does(case, "fill", "submit", content(story))
    with pytest.raises(Stale):
        story.commands("submit", f"p-{SERVICE}", task.id, content(story), "submit")
    assert story.elements(case) == ["host_approve"]


@pytest.mark.article("13(1)")
def test_late_department_is_urged_and_nothing_ends(story: Story) -> None:
    """第十三条（一）：审核到期只催办，不终止。"""
    case = submitted(story)
    due = story.task(case, "recommender_review").due_on
    assert due == date(2026, 3, 16)
    story.today("2026-03-17", "00:01")
    assert story.task(case, "recommender_review").urged == 1
    assert story.told("p-city-330700", "您有1件待办已到期：审核纳入申请")
    recommends(story, case)
    assert story.elements(case) == ["source_check"]


@pytest.mark.article("18", "22")
def test_banned_unit_cannot_hand_in(story: Story) -> None:
    """第十八条、第二十二条：限制期内不得申请纳入；期满次日可以提交。"""
    story.bans(SERVICE, date(2023, 4, 10), "浙科发外〔2023〕30号")
    case = begun(story)
    with pytest.raises(Invalid) as error:
        story.does(case, "fill", "submit", content(story))
    assert "2026-04-11起可再次申报" in error.value.fields["uscc"]
    story.today("2026-04-11")
    story.does(case, "fill", "submit", content(story))
    assert story.elements(case) == ["host_approve"]


@pytest.mark.article("22")
def test_ban_that_begins_on_the_way_stops_the_request(story: Story) -> None:
    """第二十二条：申请途中开始的限制，在下一次核验或者收到告知时终止申请，写明文件和期限。"""
    at_check = submitted(story)
    recommends(story, at_check)
    told = submitted(story, FIRM, "overseas_rd")
    at_issue = approved(story, "host-nbhc")
    for host in (SERVICE, "host-nbhc"):
        story.bans(host, clock.today())
    checks(story, at_check)
    assert story.end(at_check) == "banned"
    assert story.told(f"p-{SERVICE}", "纳入申请终止。贵单位因浙科发外〔2026〕30号自2026-03-02起三年内不得申报")
    issues(story, at_issue)
    assert story.end(at_issue) == "banned"
    assert story.bases(origin="inclusion") == []
    assert story.documents(at_issue) == []
    story.delivers(told, "base_host_banned", {"reason": "贵单位因浙科发外〔2026〕30号三年内不得申报。"})
    assert story.end(told) == "banned_midway"
    assert story.told(f"p-{FIRM}", "三年内不得申报")


@pytest.mark.article("17")
def test_document_number_and_date_must_be_right(story: Story) -> None:
    """第十七条：文号不得重复，成文日期不得晚于今天或者早于批准之日；发文前条件变化的退回核验。"""
    case = approved(story)
    story.today("2026-03-06")
    for changes, field in (
        ({"doc_no": "浙科发外〔2021〕64号"}, "doc_no"),
        ({"issued_on": "2026-03-01"}, "issued_on"),
        ({"issued_on": "2026-03-07"}, "issued_on"),
    ):
        with pytest.raises(Invalid) as error:
            issues(story, case, **changes)
        assert field in error.value.fields
    issues(story, case)
    assert story.end(case) == "included"


@pytest.mark.article("17", "4")
def test_what_changed_before_the_document_is_found(story: Story) -> None:
    """第十七条、第四条：同一单位两件同名申请，先发文的纳入；另一件发文前核验不通过，只能退回核验。"""
    first, second = approved(story), approved(story)
    issues(story, first)
    with pytest.raises(Invalid) as error:
        issues(story, second, doc_no="浙科发外〔2026〕19号")
    assert "已有同名国合基地" in error.value.fields[""]
    story.does(second, "register_document", "return", {}, "同名基地已纳入。")
    story.does(second, "source_check", "refuse", {}, "同名基地已纳入，不重复纳入。")
    assert story.end(second) == "refused"
    assert len(story.bases(origin="inclusion")) == 1


@pytest.mark.article("15")
def test_full_year_counts_from_the_document(story: Story) -> None:
    """第十五条：纳入的基地自批准文件之日起计满一年，不按原有资格的认定日期。"""
    case = approved(story)
    issues(story, case, issued_on="2026-03-02")
    (base,) = story.bases(doc_no=DOC_NO)
    assert base.designated_on == date(2026, 3, 2)
    assert not deadlines.is_full_year(base.designated_on, date(2027, 1, 31))
    assert deadlines.is_full_year(base.designated_on, date(2028, 1, 31))
