"""年度报告: a report from its opening to the archive; returned, taken over, differing from the register, and twice."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.processes.annual_reports import (
    archives,
    asks_supplement,
    base_of,
    confirms,
    content,
    fills,
    handed_in,
    opened,
    overdue,
    report_of,
    seals,
)
from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.demo import annual_report_sheets as sheets
from webapp.engine import commands
from webapp.engine.running import runtime_of
from webapp.errors import Forbidden, Invalid, Rejected, Stale
from webapp.store import cases, inbox, register

# ---------------------------------------------------------------------------------------------- in time


@pytest.mark.article("15")
def test_report_goes_from_the_unit_to_the_archive(story: Story) -> None:
    """第十五条：填报、盖章报送、推荐部门审核、省厅归档；按期归档，有质量等次。"""
    case = handed_in(story)
    row = story.proceeding(case)
    assert (row["period"], row["submitted_on"], row["late"], row["status"]) == (
        "2025",
        date(2026, 1, 12),
        False,
        "recommender_review",
    )
    confirms(story, case)
    archives(story, case)
    assert story.end(case) == "archived"
    row = story.proceeding(case)
    assert (row["status"], row["grade"], row["ended_on"]) == ("archived", "a", date(2026, 1, 12))
    assert story.marks(base_of(story).id) == {}
    for reader in ("p-host-tmnl", "p-host-tmnl-admin", "p-dept-jyt"):
        assert story.told(reader, "2025年度报告已归档，质量等次A（优）")
    assert story.open(case) == []
    assert story.timers(case) == {}


@pytest.mark.article("15")
def test_due_day_is_shown_as_31_january(story: Story) -> None:
    """第十五条：截止日期显示为1月31日，即使当日是休息日。"""
    case = opened(story)
    assert story.task(case, "fill").due_on == date(2026, 1, 31)
    assert story.proceeding(case)["due_on"] == date(2026, 1, 31)
    assert story.told("p-host-tmnl", "2025年度报告已开放填报，请于2026年1月31日前提交")


@pytest.mark.article("15")
def test_contact_leader_and_department_are_reminded(story: Story) -> None:
    """第十五条：截止前15、7、3、1天提醒联系人，前3天提醒负责人，前7天、1天向推荐部门告知未交名单。"""
    case = opened(story)
    due = "竹基复合材料国际科技合作基地2025年度报告尚未提交，截止2026年1月31日，请尽快填报。"

    def told(person: str, text: str) -> int:
        return sum(text in notice.text for notice in story.notices(person))

    seen = {}
    for day in ("2026-01-15", "2026-01-16", "2026-01-23", "2026-01-24", "2026-01-28", "2026-01-30"):
        story.today(day, "12:00")
        lists = [n for n in story.notices("p-dept-jyt") if "未提交2025年度报告" in n.text]
        seen[day[-2:]] = (told("p-host-tmnl", due), told("p-host-tmnl-admin", due), len(lists))
    assert seen == {
        "15": (0, 0, 0),
        "16": (1, 0, 0),
        "23": (1, 0, 0),
        "24": (2, 0, 1),
        "28": (3, 1, 1),
        "30": (4, 1, 2),
    }
    leader = base_of(story).leader
    assert story.told("p-host-tmnl-admin", f"请转告基地负责人{leader}")
    (newest, *_) = [n.text for n in story.notices("p-dept-jyt") if "未提交2025年度报告" in n.text]
    assert "尚有4家未提交2025年度报告" in newest
    assert "竹基复合材料国际科技合作基地" in newest
    assert story.elements(case) == ["fill"]


@pytest.mark.article("15")
def test_who_has_handed_in_is_reminded_no_more(story: Story) -> None:
    """已提交的不再提醒，也不在未交名单上。"""
    handed_in(story)
    story.today("2026-01-30", "12:00")
    assert not story.told("p-host-tmnl", "尚未提交")
    assert not story.told("p-host-tmnl-admin", "尚未提交")
    (newest, *_) = [n.text for n in story.notices("p-dept-jyt") if "未提交2025年度报告" in n.text]
    assert "尚有3家" in newest
    assert "竹基" not in newest


@pytest.mark.article("20,21")
def test_support_and_events_of_the_year_are_on_record(story: Story) -> None:
    """第二十条、第二十一条：论坛活动由依托单位、配套支持由推荐部门随年报填写，留作绩效评价。"""
    case = handed_in(story)
    confirms(story, case)
    assert story.submitted_content(case, "shared/annual_report")["events"][0]["name"] == "国际传感技术论坛"
    (support,) = story.submitted_content(case, "annual_report/recommender_review")["support"]
    assert (support["kind"], support["amount"]) == ("funds", 30)


# ---------------------------------------------------------------------------------------------- returned


@pytest.mark.article("15")
def test_first_submission_decides_and_correction_has_its_own_limit(story: Story) -> None:
    """第十五条：首次报送按期的，退回后补正超过截止日也不算逾期；补正期满只催办。"""
    case = handed_in(story, "2026-01-28")
    story.does(case, "recommender_review", "return", sheets.review(clock.today(), correct="summary"), "总结不够具体。")
    correct = story.task(case, "correct")
    assert correct.due_on == date(2026, 2, 11)
    assert story.proceeding(case)["status"] == "correcting"
    assert story.told("p-host-tmnl", "《2025年度报告》需补正1处，请于2026年2月11日前修改后重新提交")
    story.today("2026-02-12", "08:00")
    assert story.told("p-host-tmnl", "补正年度报告")
    assert story.told("p-dept-jyt", "请督促依托单位")
    assert story.elements(case) == ["correct"]
    changed = content(
        story,
        summary="补充说明：本年度联合研究取得三项进展，人员互访频次提高，制度执行到位，合作成果已转化应用。" * 3,
        visits_in=99,
    )
    story.does(case, "correct", "submit", changed)
    kept = story.submitted_content(case, "shared/annual_report")
    assert (kept["summary"][:4], kept["visits_in"]) == ("补充说明", 24)  # only what was marked may change
    seals(story, case)
    confirms(story, case)
    archives(story, case)
    assert (story.end(case), story.proceeding(case)["submitted_on"]) == ("archived", date(2026, 1, 28))


@pytest.mark.article("15")
def test_province_s_return_comes_straight_back_and_may_go_through_the_department(story: Story) -> None:
    """settled.md 16：省厅退回的补正盖章后直接回省厅；只有退回推荐部门才再经推荐部门。"""
    case = handed_in(story)
    confirms(story, case)
    story.does(case, "archive", "return", sheets.archive(correct="partners"), "合作机构信息不全。")
    story.does(case, "correct", "submit", content(story))
    seals(story, case)
    assert story.elements(case) == ["archive"]
    story.does(case, "archive", "return_recommender", {}, "请核实配套支持。")
    assert story.elements(case) == ["recommender_review"]
    story.does(case, "recommender_review", "return", sheets.review(clock.today(), correct="funds"), "经费口径有误。")
    story.does(case, "correct", "submit", content(story))
    seals(story, case)
    assert story.elements(case) == ["recommender_review"]
    confirms(story, case)
    archives(story, case)
    assert story.end(case) == "archived"
    assert story.proceeding(case)["facts"]["returns"] == 2


@pytest.mark.article("15")
def test_returns_are_limited_for_each_level(story: Story) -> None:
    """每级退回不超过两次，达到后只能审核通过；另一级的次数不受影响。"""
    case = handed_in(story)
    for _ in range(2):
        story.does(case, "recommender_review", "return", sheets.review(clock.today(), correct="summary"), "请补充。")
        story.does(case, "correct", "submit", content(story))
        seals(story, case)
    with pytest.raises(Invalid) as refused:
        story.does(case, "recommender_review", "return", sheets.review(clock.today(), correct="summary"), "请补充。")
    assert "outcome" in refused.value.fields
    confirms(story, case)
    with pytest.raises(Invalid):
        story.does(case, "archive", "return_recommender", {}, "请再审。")
    story.does(case, "archive", "return", sheets.archive(correct="summary"), "请补充。")
    assert story.elements(case) == ["correct"]


@pytest.mark.article("14")
def test_unit_s_administrator_sends_it_back_to_where_it_was_written(story: Story) -> None:
    """单位审核退回：首次退回填写，补正期间退回补正；填报与审核不得为同一人。"""
    case = opened(story)
    fills(story, case)
    with pytest.raises(Forbidden):
        story.does(case, "host_approve", "approve", sheets.seal(clock.today(), story.file_id), person="p-host-tmnl")
    story.does(case, "host_approve", "return", {}, "经费数据请与财务核对。")
    assert story.elements(case) == ["fill"]
    fills(story, case)
    seals(story, case)
    story.does(case, "recommender_review", "return", sheets.review(clock.today(), correct="funds"), "请核对。")
    story.does(case, "correct", "submit", content(story))
    story.does(case, "host_approve", "return", {}, "请再核对。")
    assert story.elements(case) == ["correct"]


@pytest.mark.article("12(3),13(4)")
def test_silent_department_is_urged_and_the_province_may_take_over(story: Story) -> None:
    """第十三条（四）：推荐部门期满未审核的催办并告知省厅；省厅可代为审核，此前不可。"""
    case = handed_in(story)
    assert story.task(case, "recommender_review").due_on == date(2026, 1, 26)
    with pytest.raises(Rejected):
        story.sends(case, "take_over", "p-officer", {"reason": "部门无人办理"})
    story.today("2026-01-27", "08:00")
    assert story.told("p-dept-jyt", "审核年度报告")
    assert story.told("p-officer", "如需代为审核，请在事项页办理")
    with pytest.raises(Forbidden):
        story.sends(case, "take_over", "p-dept-jyt", {"reason": "部门无人办理"})
    story.sends(case, "take_over", "p-officer", {"reason": "部门无人办理"})
    assert story.elements(case) == ["archive"]
    assert story.told("p-dept-jyt", "已由省科技厅代为审核")
    archives(story, case)
    assert story.end(case) == "archived"


# ---------------------------------------------------------------------------------------------- what crosses it


@pytest.mark.article("22")
@pytest.mark.parametrize("kind", ["revoked", "exited", "transferred_national"])
def test_base_that_ends_takes_its_report_along(story: Story, kind: str) -> None:
    """第二十二至二十四条：1月10日起不再是基地的，报告终止，不作缺报，逾期不再标记。"""
    case, base = opened(story), base_of(story)
    story.today("2026-01-10")
    story.delivers(case, "base_terminal", {"kind": kind, "reason": "基地资格已取消", "case": "x"})
    row = story.proceeding(case)
    assert (story.end(case), row["status"], row["note"]) == ("ended", "ended", "基地资格已取消")
    story.today("2026-02-10")
    assert (story.marks(base.id), story.open(case)) == ({}, [])
    assert not story.told("p-host-tmnl", "已逾期")


@pytest.mark.article("22")
def test_base_that_ends_while_its_report_is_judged_leaves_nothing_open(story: Story) -> None:
    """在审、在认定的报告同样终止，没有待办和计时留下。"""
    case, base = overdue(story), base_of(story)
    asks_supplement(story, case, "2026-05-29")
    story.sends(case, "close_missing", "p-officer", {"reason": "多次催报未报"})
    story.delivers(case, "base_terminal", {"kind": "exited", "reason": "基地已主动退出", "case": "x"})
    assert (story.end(case), story.open(case), story.timers(case), story.marks(base.id)) == ("ended", [], {}, {})


@pytest.mark.article("16")
def test_difference_from_the_register_is_marked_and_shown(story: Story) -> None:
    """第十六条、第二十二条（五）：填报与台账不一致的须说明，并标记疑似未经审批变更，归档前逐项处理。"""
    case, base = opened(story), base_of(story)
    with pytest.raises(Invalid) as refused:
        fills(story, case, current_leader="新任负责人")
    assert "填报的负责人“新任负责人”与台账" in refused.value.fields["explanations"]
    said = [{"rule_id": "leader", "text": "原负责人退休，变更申请正在准备。"}]
    fills(story, case, current_leader="新任负责人", explanations=said)
    seals(story, case)
    number = story.case(case).number
    assert story.marks(base.id) == {"undeclared_change": number}
    confirms(story, case)
    with pytest.raises(Invalid) as refused:
        story.does(case, "archive", "archive", {**sheets.archive(), "differences": [{"rule_id": "leader"}]})
    assert refused.value.fields["differences"] == "请逐项处理与台账不一致的情况。"
    archives(story, case, handling="confirmed")
    assert (story.end(case), story.marks(base.id)) == ("archived", {"undeclared_change": number})
    assert base_of(story).leader == base.leader


@pytest.mark.article("16")
@pytest.mark.parametrize("way", ["corrected", "mistaken"])
def test_difference_that_was_a_mistake_leaves_no_mark(story: Story, way: str) -> None:
    """补正后一致，或归档时认定填报有误的，标记消除。"""
    case, base = opened(story), base_of(story)
    said = [{"rule_id": "base_name", "text": "填报时误写了基地简称，请以台账为准。"}]
    fills(story, case, current_name="竹基材料国际科技合作基地", explanations=said)
    seals(story, case)
    assert "undeclared_change" in story.marks(base.id)
    confirms(story, case)
    if way == "corrected":
        story.does(case, "archive", "return", sheets.archive(correct="current_name"), "基地名称有误。")
        story.does(case, "correct", "submit", content(story))
        seals(story, case)
        assert story.marks(base.id) == {}
    archives(story, case)
    assert (story.end(case), story.marks(base.id)) == ("archived", {})


@pytest.mark.article("16")
def test_partners_are_compared_with_the_register(story: Story) -> None:
    """第十六条：台账登记的合作对象增减未申请变更的，标记；台账自动填入报告。"""
    base = base_of(story)
    known = [
        {"name": "Delft University of Technology", "country_region": "NLD"},
        {"name": "芬兰国家技术研究中心", "country_region": "FIN"},
    ]
    with story.database.writing(SYSTEM) as tx:
        register.change(tx, base.id, date(2025, 6, 1), partners=known)
    case = opened(story)
    said = [{"rule_id": "partner", "text": "外方机构重组，合作协议已到期终止。"}]
    fills(story, case, explanations=said)
    seals(story, case)
    (finding,) = story.variables(case)["submission"]["findings"]
    assert "不再列入芬兰国家技术研究中心" in finding["message"]
    assert "Delft" not in finding["message"]
    assert "undeclared_change" in story.marks(base.id)


# ---------------------------------------------------------------------------------------------- who, and twice


@pytest.mark.article("15")
def test_only_the_unit_fills_and_only_its_department_reviews(story: Story) -> None:
    """报告由系统发起；他单位、推荐部门不能填报，他部门、依托单位不能审核。"""
    with pytest.raises(Rejected, match="由系统发起"):
        story.starts("annual_report", "p-host-tmnl", base_id=base_of(story).id)
    case = opened(story)
    for stranger in ("p-host-qjdx", "p-dept-jyt", "p-officer"):
        with pytest.raises(Forbidden):
            story.does(case, "fill", "submit", content(story), person=stranger)
    fills(story, case)
    seals(story, case)
    for stranger in ("p-dept-wjw", "p-host-tmnl", "p-officer"):
        with pytest.raises(Forbidden):
            story.does(case, "recommender_review", "confirm", sheets.review(clock.today()), person=stranger)


@pytest.mark.article("15")
def test_report_handed_in_twice_counts_once(story: Story) -> None:
    """两个页面同时提交：同一操作编号只生效一次，另一次得知已办理。"""
    case = opened(story)
    task, actor = story.task(case, "fill"), story.person("p-host-tmnl")
    with story.database.writing(SYSTEM) as tx:
        first = commands.submit(tx, actor, task.id, content(story), "submit", command_id="same")
    with story.database.writing(SYSTEM) as tx:
        again = commands.submit(tx, actor, task.id, content(story), "submit", command_id="same")
    assert first == again
    with story.database.writing(SYSTEM) as tx, pytest.raises(Stale):
        commands.submit(tx, actor, task.id, content(story), "submit", command_id="other")
    assert story.elements(case) == ["host_approve"]


# ---------------------------------------------------------------------------------------------- the next year


@pytest.mark.article("15")
def test_next_report_is_prefilled_and_compared_with_the_last(story: Story) -> None:
    """第十五条：下一年度报告带入上年内容；数据增减超过50%须说明，恰为50%不须。"""
    case = handed_in(story)
    confirms(story, case)
    archives(story, case)
    story.today("2027-01-01", "08:00")
    story.installation.runners["yearly"]("")
    story.works()
    fresh = report_of(story, year=2026).id
    prior = _prior(story, fresh)
    assert [row["name_zh"] for row in prior["partners"]] == ["代尔夫特理工大学"]
    assert [row["item"] for row in prior["plan_items"]] == [
        "联合研发第二代样机；样机1台",
        "与海外高校签署新协议；协议1份",
    ]
    assert (prior["contact"]["name"], prior["systems"]["ip"]["state"]) == ("许知远", "in_place")
    base = base_of(story)
    year = sheets.report(clock.today(), base.name, base.leader, story.file_id)
    with pytest.raises(Invalid) as refused:
        story.does(fresh, "fill", "submit", {**year, "joint_papers": 12, "visits_in": 37})
    assert refused.value.fields["explanations"].startswith("来访37人次，上年24人次，增加54%")
    assert "论文" not in refused.value.fields["explanations"]
    said = [{"rule_id": "visits_in", "text": "承办国际论坛，来访人数明显增加。"}]
    story.does(fresh, "fill", "submit", {**year, "visits_in": 37, "explanations": said})


def _prior(story: Story, case: str) -> Any:
    with story.database.reading(SYSTEM) as tx:
        row = inbox.get(tx, story.task(case, "fill").id)
        return (
            runtime_of(tx, cases.get(tx, case), SYSTEM)
            .host.run("annual_report.prefill", row.element, story.variables(case), {})
            .data
        )
