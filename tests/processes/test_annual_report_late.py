"""年度报告 that are late: marked after the rolled day, explained, judged, supplemented in an evaluation, or missing."""

from __future__ import annotations

from datetime import date

import pytest

from tests.processes.annual_reports import (
    archives,
    asks_supplement,
    base_of,
    confirms,
    content,
    fills,
    opened,
    overdue,
    seals,
)
from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.demo import annual_report_sheets as sheets
from webapp.engine import administration
from webapp.errors import Forbidden, Invalid, Rejected

# ---------------------------------------------------------------------------------------------- late


@pytest.mark.article("15")
def test_last_second_is_in_time_and_the_next_is_late(story: Story) -> None:
    """第十五条：1月31日遇休息日，顺延至2月2日24时；23:59:59报送为按期，次日零时起为逾期。"""
    case = opened(story)
    story.today("2026-01-31", "23:59:59")
    fills(story, case)
    story.today("2026-02-02", "23:59:59")
    seals(story, case)
    assert story.proceeding(case)["late"] is False
    story.today("2026-02-03", "00:00")
    assert story.marks(base_of(story).id) == {}
    other = base_of(story, "ZJGH-2021-J002")
    assert story.marks(other.id) == {"annual_report_overdue": "2025"}
    assert not story.told("p-host-tmnl", "已逾期")


@pytest.mark.article("22(1)")
def test_overdue_report_is_marked_only_after_the_rolled_day_and_stays_open(story: Story) -> None:
    """第十五条、第二十二条（一）：顺延后届满才标记逾期并告知各方；填报环节保留。"""
    case, base = opened(story), base_of(story)
    story.today("2026-02-02", "23:59:59")
    assert (story.marks(base.id), story.proceeding(case)["late"]) == ({}, False)
    story.today("2026-02-03", "00:00")
    assert story.marks(base.id) == {"annual_report_overdue": "2025"}
    assert (story.proceeding(case)["late"], story.elements(case)) == (True, ["fill"])
    assert story.task(case, "fill").due_on == date(2026, 1, 31)
    for reader in ("p-host-tmnl", "p-host-tmnl-admin", "p-dept-jyt", "p-officer"):
        assert story.told(reader, "2025年度报告已逾期，请立即补报并说明原因。")
    story.today("2026-02-03", "10:00")
    assert story.told("p-dept-jyt", "贵部门所属基地有4家2025年度报告逾期未提交")
    assert story.told("p-officer", "2025年度报告应报20家，已提交0家，已逾期20家")


@pytest.mark.article("22(1)")
def test_late_report_says_why_and_the_province_judges_it(story: Story) -> None:
    """第二十二条（一）：逾期补报须说明原因，省厅认定有无正当理由后归档，逾期标记消除。"""
    case, base = overdue(story), base_of(story)
    with pytest.raises(Invalid) as refused:
        fills(story, case)
    assert "late_reason" in refused.value.fields
    fills(story, case, **sheets.late())
    seals(story, case)
    assert story.proceeding(case)["submitted_on"] == date(2026, 2, 10)
    confirms(story, case)
    assert story.elements(case) == ["find_reason"]
    assert story.seen(case, "find_reason")["submission"]["reason"].startswith("单位合并")
    story.does(case, "find_reason", "submit", sheets.finding(clock.today(), valid=True))
    assert story.marks(base.id) == {"annual_report_overdue": "2025"}
    archives(story, case)
    row = story.proceeding(case)
    assert (story.end(case), row["verdict"], row["late"], row["grade"]) == ("archived_late", "valid", True, "a")
    assert story.marks(base.id) == {}
    assert story.told("p-host-tmnl", "经认定有正当理由")
    assert story.told("p-host-tmnl", "本报告系逾期补报，已记录")


@pytest.mark.article("22(1)")
def test_late_report_without_a_valid_reason_is_still_archived(story: Story) -> None:
    """无正当理由的补报同样归档：认定留作依据，但已补交，不构成第二十二条第一项。"""
    case = overdue(story)
    fills(story, case, **sheets.late("忘记填报，工作疏忽，深表歉意。"))
    seals(story, case)
    confirms(story, case)
    with pytest.raises(Invalid) as refused:
        story.does(
            case, "find_reason", "submit", {**sheets.finding(clock.today(), valid=False), "found_on": "2026-02-11"}
        )
    assert refused.value.fields == {"found_on": "认定日期：不能晚于今天（2026-02-10）"}
    story.does(case, "find_reason", "submit", sheets.finding(clock.today(), valid=False))
    archives(story, case)
    assert (story.end(case), story.proceeding(case)["verdict"]) == ("archived_late", "invalid")


@pytest.mark.article("22(1)")
def test_report_that_becomes_late_before_it_is_sealed_says_why_at_the_seal(story: Story) -> None:
    """填报时未逾期、盖章报送时已逾期的，在盖章时说明原因。"""
    case = opened(story)
    story.today("2026-01-31")
    fills(story, case)
    story.today("2026-02-03")
    with pytest.raises(Invalid) as refused:
        seals(story, case)
    assert "late_reason" in refused.value.fields
    seals(story, case, late_reason="审核人出差，未能及时盖章报送。")
    row = story.proceeding(case)
    assert (row["late"], row["submitted_on"]) == (True, date(2026, 2, 3))
    story.does(case, "recommender_review", "return", sheets.review(clock.today(), correct="summary"), "请补充。")
    story.does(case, "correct", "submit", content(story))
    seals(story, case)  # the reason stands, it is not asked for again
    confirms(story, case)
    assert story.seen(case, "find_reason")["submission"]["reason"].startswith("审核人出差")


@pytest.mark.article("22(1)")
def test_reason_that_was_given_stays_when_the_report_is_returned(story: Story) -> None:
    """逾期说明随报告保留，补正其他内容时不丢失。"""
    case = overdue(story)
    fills(story, case, **sheets.late())
    seals(story, case)
    story.does(case, "recommender_review", "return", sheets.review(clock.today(), correct="summary"), "请补充。")
    story.does(case, "correct", "submit", content(story, **sheets.late("改写的原因，不应生效，因为没有要求补正。")))
    assert story.submitted_content(case, "shared/annual_report")["late_reason"].startswith("单位合并")


@pytest.mark.article("15")
def test_server_that_stood_still_over_the_deadline_marks_once_at_the_start(story: Story) -> None:
    """停机跨过截止日：恢复后各计时按到期先后各触发一次；停机后首次报送的按报送时间认定。"""
    case, base = opened(story), base_of(story)
    story.today("2026-01-29")
    story.stops("2026-02-04T09:00")
    fills(story, case, **sheets.late("系统停机，无法提交年度报告。"))
    assert story.marks(base.id) == {"annual_report_overdue": "2025"}
    seals(story, case)
    story.works()
    assert (story.proceeding(case)["late"], story.marks(base.id)) == (True, {"annual_report_overdue": "2025"})
    assert [row.element for row in story.journal(case) if row.action == "timer"].count("last_day_over") == 1
    reports = [row for row in story.notices("p-officer") if "2025年度报告应报" in row.text]
    assert len(reports) == 1


@pytest.mark.article("15")
def test_submission_before_the_worker_has_caught_up_is_late_all_the_same(story: Story) -> None:
    """停机恢复后、计时触发前报送的，同样按报送时间认定逾期，不重复标记。"""
    case, base = opened(story), base_of(story)
    story.today("2026-01-29")
    fills(story, case)
    story.stops("2026-02-04T09:00")
    seals(story, case, late_reason="系统停机，无法盖章报送。")
    assert (story.proceeding(case)["late"], story.marks(base.id)) == (True, {"annual_report_overdue": "2025"})
    assert not story.told("p-host-tmnl", "已逾期")


# ---------------------------------------------------------------------------------------------- a moved deadline


def _moves_deadline(story: Story, value: str, on: date) -> None:
    with story.database.writing(SYSTEM) as tx:
        actor, source = story.person("p-sysadmin"), "浙科发外〔2026〕2号"
        key = f"move-{value}-{on}"
        administration.set_parameter(tx, actor, "annual_report.due", value, on, source, command_id=key)
    story.installation.runners["limits"]("")
    story.works()


@pytest.mark.article("15")
def test_deadline_moved_for_one_year_moves_running_reports(story: Story) -> None:
    """截止日为一年移到2月15日：在办报告的期限、提醒、逾期时刻随之移动；次年恢复1月31日，已过的期限不回退。"""
    case, base = opened(story), base_of(story)
    story.today("2026-01-20")
    _moves_deadline(story, "02-15", date(2026, 1, 20))
    _moves_deadline(story, "01-31", date(2026, 3, 10))
    assert story.task(case, "fill").due_on == date(2026, 2, 15)
    story.today("2026-02-03", "12:00")
    assert story.marks(base.id) == {}
    story.today("2026-02-08", "12:00")
    assert story.told("p-dept-jyt", "截止2026年2月15日，请督促")
    story.today("2026-02-24", "23:59:59")  # 15 to 23 February are holidays
    assert story.marks(base.id) == {}
    story.today("2026-02-25", "00:00")
    assert story.marks(base.id) == {"annual_report_overdue": "2025"}
    story.today("2026-03-10")
    story.installation.runners["limits"]("")
    story.works()
    assert (story.task(case, "fill").due_on, story.proceeding(case)["due_on"]) == (date(2026, 2, 15), date(2026, 2, 15))


@pytest.mark.article("15")
def test_deadline_moved_after_the_mark_takes_it_away_with_the_report(story: Story) -> None:
    """逾期后截止日顺延的：在新期限内报送即为按期，逾期标记消除。"""
    case, base = opened(story), base_of(story)
    story.today("2026-02-04")
    _moves_deadline(story, "02-10", date(2026, 2, 4))
    assert story.marks(base.id) == {"annual_report_overdue": "2025"}
    assert story.task(case, "fill").due_on == date(2026, 2, 10)
    fills(story, case)
    seals(story, case)
    assert (story.proceeding(case)["late"], story.marks(base.id)) == (False, {})
    confirms(story, case)
    archives(story, case)
    assert story.end(case) == "archived"


# ---------------------------------------------------------------------------------------------- supplemented or missing


@pytest.mark.article("22(1)")
def test_report_supplemented_during_an_evaluation_is_cured(story: Story) -> None:
    """第二十二条（一）：绩效评价期间补充提交的，照常审核归档。"""
    case = overdue(story)
    story.today("2026-05-11")
    asks_supplement(story, case, "2026-05-29")
    assert story.told("p-host-tmnl", "请在绩效评价期间于2026年5月29日前补充提交")
    assert story.task(case, "fill").urged == 1
    assert story.proceeding(case)["facts"] == {"supplement": "asked", "until": "2026-05-29", "evaluation": "ev-1"}
    story.today("2026-05-29", "23:59")
    fills(story, case, **sheets.late())
    seals(story, case)
    assert story.proceeding(case)["facts"]["supplement"] == "done"
    story.today("2026-05-30", "08:00")
    confirms(story, case)
    story.does(case, "find_reason", "submit", sheets.finding(clock.today(), valid=False))
    archives(story, case)
    assert story.end(case) == "archived_late"


@pytest.mark.article("22(1)")
def test_supplement_that_never_comes_is_found_missing(story: Story) -> None:
    """第二十二条（一）：补充提交期满仍未提交，经办认定无正当理由，按缺报办结，台账可供绩效评价提出取消资格。"""
    case, base = overdue(story), base_of(story)
    story.today("2026-05-11")
    asks_supplement(story, case, "2026-05-29")
    story.today("2026-05-29", "23:59")
    assert story.elements(case) == ["fill"]
    story.today("2026-05-30", "00:00")
    assert story.elements(case) == ["fill", "judge_missing"]
    assert story.told("p-officer", "补充提交期（至2026年5月29日）内仍未提交，请认定是否缺报")
    story.does(case, "judge_missing", "missing", sheets.finding(clock.today(), valid=False))
    row = story.proceeding(case)
    assert (story.end(case), row["status"], row["verdict"], row["submitted_on"]) == (
        "missing",
        "missing",
        "invalid",
        None,
    )
    assert row["facts"]["supplement"] == "lapsed"
    assert story.marks(base.id) == {"annual_report_overdue": "2025"}
    assert story.told("p-host-tmnl", "2025年度报告按缺报办结")
    assert (story.open(case), story.timers(case)) == ([], {})


@pytest.mark.article("22(1)")
def test_missing_report_is_not_closed_while_it_may_still_be_supplemented(story: Story) -> None:
    """第二十二条（一）的“且”：评价期未满、下一年度未开放时不能按缺报办结；可以先记录认定，填报不受影响。"""
    case = opened(story)
    with pytest.raises(Rejected):
        story.sends(case, "close_missing", "p-officer", {"reason": "多次催报未报"})
    story.today("2026-02-10")
    story.commands("save_draft", "p-host-tmnl", story.task(case, "fill").id, {"summary": "草稿"})
    with pytest.raises(Forbidden):
        story.sends(case, "close_missing", "p-host-tmnl", {"reason": "多次催报未报"})
    story.sends(case, "close_missing", "p-officer", {"reason": "多次催报未报"})
    assert story.elements(case) == ["fill", "judge_missing"]
    with pytest.raises(Rejected):
        story.sends(case, "close_missing", "p-officer", {"reason": "再次提请"})
    with pytest.raises(Invalid) as refused:
        story.does(case, "judge_missing", "missing", sheets.finding(clock.today(), valid=False))
    assert "尚可补报" in refused.value.fields[""]
    story.does(case, "judge_missing", "keep", sheets.finding(clock.today(), valid=True))
    assert (story.proceeding(case)["verdict"], story.proceeding(case)["status"]) == ("valid", "filling")
    fills(story, case, **sheets.late())
    seals(story, case)
    confirms(story, case)
    assert story.elements(case) == ["archive"]  # the finding stands already
    archives(story, case)
    assert story.end(case) == "archived_late"


@pytest.mark.article("22(1)")
def test_report_handed_in_while_it_is_judged_cannot_be_found_missing(story: Story) -> None:
    """认定期间已补报的，只能记录认定。"""
    case = overdue(story)
    story.sends(case, "close_missing", "p-officer", {"reason": "多次催报未报"})
    story.today("2027-01-05")
    fills(story, case, **sheets.late())
    seals(story, case)
    assert story.elements(case) == ["judge_missing", "recommender_review"]
    with pytest.raises(Invalid):
        story.does(case, "judge_missing", "missing", sheets.finding(clock.today(), valid=False))
    story.does(case, "judge_missing", "keep", sheets.finding(clock.today(), valid=False))
    assert story.proceeding(case)["status"] == "reviewing"
    confirms(story, case)
    archives(story, case)
    assert story.end(case) == "archived_late"


@pytest.mark.article("22(1)")
def test_later_supplement_request_holds_instead_of_the_earlier(story: Story) -> None:
    """评价延期再次要求补充的，以后一次期限为准；已报送的不受影响。"""
    case = overdue(story)
    asks_supplement(story, case, "2026-05-29")
    asks_supplement(story, case, "2026-06-30")
    story.today("2026-06-01")
    assert story.elements(case) == ["fill"]
    story.today("2026-06-20")
    fills(story, case, **sheets.late())
    seals(story, case)
    asks_supplement(story, case, "2026-07-31")
    story.today("2026-08-03")
    assert story.elements(case) == ["recommender_review"]


@pytest.mark.article("22(1)")
def test_report_that_is_not_late_yet_has_nothing_to_supplement(story: Story) -> None:
    """评价要求补充提交时尚未逾期的年度报告，不受影响。"""
    case = opened(story)
    asks_supplement(story, case, "2026-01-20")
    assert story.proceeding(case)["facts"] == {}
    story.today("2026-01-21")
    assert story.elements(case) == ["fill"]


@pytest.mark.article("22(1)")
def test_missing_report_ends_at_the_unit_s_seal_too(story: Story) -> None:
    """填好而未盖章报送的，同样是未提交。"""
    case = overdue(story)
    fills(story, case, **sheets.late())
    story.today("2027-01-04")
    story.sends(case, "close_missing", "p-officer", {"reason": "下一年度已开放仍未报"})
    story.does(case, "judge_missing", "missing", sheets.finding(clock.today(), valid=False))
    assert story.end(case) == "missing"


@pytest.mark.article("15")
def test_corrected_figure_may_be_explained(story: Story) -> None:
    """只退回一处时，“需说明事项”同时开放：补正后与台账、上年有差异的可以说明，不会卡住。"""
    case = opened(story)
    fills(story, case)
    seals(story, case)
    story.does(case, "recommender_review", "return", sheets.review(clock.today(), correct="current_leader"), "请核对。")
    with pytest.raises(Invalid) as refused:
        story.does(case, "correct", "submit", content(story, current_leader="新任负责人"))
    assert "explanations" in refused.value.fields
    said = [{"rule_id": "leader", "text": "原负责人退休，变更申请正在准备。"}]
    story.does(case, "correct", "submit", content(story, current_leader="新任负责人", explanations=said))
    assert story.elements(case) == ["host_approve"]
