"""年度工作计划 and the overall plan (第十四条第一项): filed, late without consequence, followed by quarter, and every end."""

from __future__ import annotations

from datetime import date

import pytest

from tests.processes.annual_reports import base_of, handed_in
from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.demo import work_plan_sheets as sheets
from webapp.engine.running import runtime_of
from webapp.errors import Forbidden, Invalid, Rejected, Stale
from webapp.store import batches, cases, register


def opened(story: Story, day: str = "2026-03-01") -> str:
    """The system has set the plans of 2026; answers the plan of 竹基复合材料."""
    story.today(day, "08:00")
    story.installation.runners["yearly"]("")
    story.works()
    return plan_of(story)


def plan_of(story: Story) -> str:
    return next(row.id for row in story.cases_of(base_of(story).id) if row.process == "work_plan")


def opening_of(story: Story) -> str:
    with story.database.reading(SYSTEM) as tx:
        found = cases.by_key(tx, "work_plan_opening:2026")
    assert found is not None
    return found.id


def fills(story: Story, case: str, **changes: object) -> None:
    story.does(case, "fill", "submit", sheets.plan(clock.today(), **changes))


def filed(story: Story) -> str:
    case = opened(story)
    story.today("2026-03-10")
    fills(story, case)
    story.does(case, "review", "file", sheets.review(clock.today()))
    return case


@pytest.mark.article("14(1)")
def test_plan_is_filed_and_followed_through_the_year(story: Story) -> None:
    """第十四条（一）：填报、备案，按季度填报进展，年末结束。"""
    case = opened(story)
    assert story.task(case, "fill").due_on == date(2026, 3, 31)
    assert story.told("p-host-tmnl", "请填报竹基复合材料国际科技合作基地2026年度工作计划，于2026年3月31日前")
    story.today("2026-03-10")
    with pytest.raises(Rejected):
        story.sends(case, "report_progress", "p-host-tmnl", sheets.progress("q1", 40))
    fills(story, case)
    assert (story.proceeding(case)["submitted_on"], story.proceeding(case)["late"]) == (date(2026, 3, 10), False)
    story.does(case, "review", "file", sheets.review(clock.today()))
    assert story.proceeding(case)["status"] == "filed"
    assert story.told("p-officer", "2026年度工作计划已备案，共4项")
    assert (story.open(case), list(story.timers(case))) == ([], ["year_over"])
    with pytest.raises(Invalid):
        story.sends(case, "report_progress", "p-host-tmnl", sheets.progress("q3", 40))
    story.sends(case, "report_progress", "p-host-tmnl", sheets.progress("q1", 40, 60))
    story.today("2026-07-01")
    with pytest.raises(Forbidden):
        story.sends(case, "report_progress", "p-dept-jyt", sheets.progress("q2", 80))
    story.sends(case, "report_progress", "p-host-tmnl", sheets.progress("q2", 80, 70))
    assert story.proceeding(case)["facts"]["progress"] == {"q1": 50, "q2": 75}
    assert story.told("p-dept-jyt", "2026年第二季度工作计划进展75%")
    story.today("2026-12-31", "23:59")
    assert story.end(case) is None
    story.today("2027-01-01", "00:00")
    assert story.end(case) == "completed"


@pytest.mark.article("14(1)")
def test_late_plan_is_noted_and_nothing_else(story: Story) -> None:
    """逾期只作记录和提醒，照常备案，基地没有标记。"""
    case = opened(story)
    story.today("2026-04-01", "00:00")
    assert story.proceeding(case)["late"] is True
    assert story.told("p-host-tmnl", "2026年度工作计划尚未报送，请尽快补报")
    story.today("2026-04-02")
    fills(story, case)
    assert story.proceeding(case)["late"] is True
    story.does(case, "review", "file", sheets.review(clock.today()))
    assert story.marks(base_of(story).id) == {}
    assert story.proceeding(case)["status"] == "filed"


@pytest.mark.article("14(1)")
def test_plan_that_never_comes_ends_with_the_year(story: Story) -> None:
    """年末仍未报送的，登记未报送。"""
    case = opened(story)
    story.today("2027-01-01", "00:00")
    assert story.end(case) == "not_filed"
    assert story.told("p-dept-jyt", "2026年度工作计划未报送，本年度已结束")


@pytest.mark.article("13(2)")
def test_department_sends_a_plan_back(story: Story) -> None:
    """退回须写意见，最多两次；再次报送后备案，首次报送日期不变。"""
    case = opened(story)
    story.today("2026-03-10")
    for _ in range(2):
        fills(story, case)
        story.does(case, "review", "return", {}, "目标不可考核。")
        assert story.told("p-host-tmnl", "退回修改。意见：目标不可考核。")
    story.today("2026-04-10")
    fills(story, case)
    assert story.proceeding(case)["submitted_on"] == date(2026, 3, 10)
    with pytest.raises(Invalid):
        story.does(case, "review", "return", {}, "再改。")
    story.does(case, "review", "file", sheets.review(clock.today()))
    assert story.proceeding(case)["late"] is False


@pytest.mark.article("13(2)")
def test_silent_department_is_urged_and_the_year_s_end_files_the_plan(story: Story) -> None:
    """推荐部门期满只催办；年末仍未审核的，按已报送备案。"""
    case = opened(story)
    story.today("2026-03-10")
    fills(story, case)
    story.today("2026-03-25", "08:00")
    assert story.told("p-dept-jyt", "审核年度工作计划")
    story.today("2027-01-01", "00:00")
    assert story.end(case) == "completed"


@pytest.mark.article("14(1)")
def test_plan_opens_with_what_the_last_report_announced(story: Story) -> None:
    """工作计划带入上年度报告所列的下一年度计划。"""
    handed_in(story)
    case = opened(story)
    with story.database.reading(SYSTEM) as tx:
        runtime = runtime_of(tx, cases.get(tx, case), SYSTEM)
        prior = runtime.host.run("work_plan.prefill", "fill", runtime.data, {}).data
    assert [row["measure"] for row in prior["items"]] == ["联合研发第二代样机", "与海外高校签署新协议"]
    assert prior["goals"].startswith("2026年新增合作机构")


# ---------------------------------------------------------------------------------------------- the opening


@pytest.mark.article("14(1)")
def test_each_provincial_base_plans_once_and_departments_read_who_has_not(story: Story) -> None:
    """每个在册省级基地每年一件；前7天和截止后告知推荐部门名单，省厅收到汇总；经办可以补充布置。"""
    with story.database.writing(SYSTEM) as tx:
        ended, national = (row.id for row in register.bases(tx)[:2])
        register.change(tx, ended, date(2026, 2, 1), status="exited")
        register.change(tx, national, date(2026, 2, 1), level="national")
    case = opened(story)
    with story.database.reading(SYSTEM) as tx:
        (batch,) = batches.recent(tx)
        assert batches.progress(tx, [batch.id])[batch.id] == {"started": 18, "skipped": 2}
        notes = {row.base_id: row.note for row in batches.items(tx, batch.id, status="skipped")}
    assert "第二十四条" in notes[national]
    assert "不在基地序列内" in notes[ended]
    story.today("2026-03-24", "09:00")
    assert story.told("p-dept-jyt", "家未报送2026年度工作计划（截止2026年3月31日）")
    fills(story, case)
    story.does(case, "review", "file", sheets.review(clock.today()))
    story.today("2026-04-01", "10:00")
    assert story.end(opening_of(story)) == "closed"
    assert story.told("p-officer", "2026年年度工作计划应完成18家，已完成1家，未完成17家")
    (newest, *_) = [n.text for n in story.notices("p-dept-jyt") if "已过截止日" in n.text]
    assert "竹基" not in newest
    more = story.starts("work_plan_opening", "p-officer")
    assert story.end(more) == "added"
    with story.database.reading(SYSTEM) as tx:
        assert batches.progress(tx, [batches.recent(tx)[0].id]) == {batches.recent(tx)[0].id: {"skipped": 20}}


# ---------------------------------------------------------------------------------------------- the overall plan


def updates(story: Story) -> str:
    story.today("2026-06-01")
    return story.starts("work_plan", "p-host-tmnl", base_id=base_of(story).id)


@pytest.mark.article("14(1)")
def test_overall_plan_is_updated(story: Story) -> None:
    """第十四条（一）：依托单位更新建设总体方案，推荐部门备案，退回可修改。"""
    case = updates(story)
    assert story.proceeding(case)["kind"] == "overall"
    with pytest.raises(Invalid) as refused:
        story.does(case, "update", "submit", sheets.update(clock.today(), story.file_id, effective_on="2020-01-01"))
    assert "认定日期" in refused.value.fields["effective_on"]
    story.does(case, "update", "submit", sheets.update(clock.today(), story.file_id))
    story.does(case, "review_update", "return", {}, "请补充原方案对照。")
    assert story.elements(case) == ["update"]
    story.does(case, "update", "submit", sheets.update(clock.today(), story.file_id))
    story.does(case, "review_update", "file", sheets.review(clock.today()))
    assert (story.end(case), story.proceeding(case)["event_on"]) == ("plan_updated", date(2026, 6, 1))
    assert story.told("p-officer", "建设总体方案已更新并备案，自2026年6月1日起执行")


@pytest.mark.article("14(1)")
def test_update_may_be_given_up_and_is_the_host_s_alone(story: Story) -> None:
    """放弃更新不留影响；他单位、省厅不能代为发起。"""
    case = updates(story)
    story.does(case, "update", "cancel", {})
    assert story.end(case) == "withdrawn"
    for stranger in ("p-host-qjdx", "p-officer", "p-dept-jyt"):
        with pytest.raises(Forbidden):
            story.starts("work_plan", stranger, base_id=base_of(story).id)


@pytest.mark.article("14(1)")
def test_base_that_is_one_no_more_plans_nothing(story: Story) -> None:
    """已终止的基地不能更新方案；在办的计划随之终止。"""
    case, update = filed(story), updates(story)
    for each in (case, update):
        story.delivers(each, "base_terminal", {"kind": "exited", "reason": "基地已主动退出", "case": "x"})
        assert (story.end(each), story.proceeding(each)["status"], story.timers(each)) == ("ended", "ended", {})
    with story.database.writing(SYSTEM) as tx:
        register.change(tx, base_of(story).id, clock.today(), status="exited")
    with pytest.raises(Rejected):
        story.starts("work_plan", "p-host-tmnl", base_id=base_of(story).id)


@pytest.mark.article("14(1)")
def test_plan_handed_in_twice_counts_once(story: Story) -> None:
    """同一待办再次提交的，得知已经办理。"""
    case = opened(story)
    story.today("2026-03-10")
    task = story.task(case, "fill")
    fills(story, case)
    with pytest.raises(Stale):
        story.commands("submit", "p-host-tmnl", task.id, sheets.plan(clock.today()), "submit")
    assert story.elements(case) == ["review"]
