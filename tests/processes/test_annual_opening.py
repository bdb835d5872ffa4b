"""年度报告开启: who owes a report (domain.md 3.2), each base exactly once, lists of those missing, the closing of the year."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.processes.annual_reports import base_of, opened, opening_of, report_of
from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.demo import annual_report_sheets as sheets
from webapp.engine.running import runtime_of
from webapp.errors import Forbidden, Invalid
from webapp.store import batches, cases, register
from webapp.store.tables import Base


def designated(story: Story, on: str, **fields: Any) -> Base:
    """A base designated on that day, of 宁波甬港智能装备."""
    with story.database.writing(SYSTEM) as tx:
        return register.add_base(
            tx,
            **{
                "code": f"ZJGH-{on[:4]}-J{on[5:7]}{on[8:]}",
                "name": f"认定于{on}的国际科技合作基地",
                "category": "joint_rd",
                "host_id": "host-ygzn",
                "leader": "周远",
                "city": "330200",
                "recommender_id": "city-330200",
                "designated_on": date.fromisoformat(on),
                "doc_no": "浙科发外〔2025〕9号",
                "origin": "designation",
                **fields,
            },
        )


def skipped(story: Story) -> dict[str, str]:
    """Base → why it has no report, of the newest batch."""
    with story.database.reading(SYSTEM) as tx:
        (newest, *_) = batches.recent(tx)
        return {str(row.base_id): row.note for row in batches.items(tx, newest.id, status="skipped")}


def started(story: Story) -> set[str]:
    with story.database.reading(SYSTEM) as tx:
        (newest, *_) = batches.recent(tx)
        return {str(row.base_id) for row in batches.items(tx, newest.id, status="started")}


@pytest.mark.article("15")
def test_bases_designated_for_a_full_year_owe_a_report(story: Story) -> None:
    """第十五条“认定满一年”：domain.md 3.2 的各个日期；不应报的写明原因。"""
    days = ("2024-02-29", "2025-01-15", "2025-01-31", "2025-02-01")
    found = {day: designated(story, day) for day in days}
    included = designated(story, "2025-06-30", origin="inclusion", host_id="host-ohdq")
    national = designated(story, "2020-05-06", level="national", host_id="host-yjdx")
    opened(story)
    owing, left = started(story), skipped(story)
    assert {day for day, base in found.items() if base.id in owing} == set(days[:3])
    assert left[found["2025-02-01"].id] == "认定（2025年2月1日）至2026年1月31日未满一年（第十五条）。"
    assert "未满一年" in left[included.id]
    assert "第二十四条" in left[national.id]
    assert len(owing) == 23
    begun = story.variables(report_of(story, found["2025-01-31"]).id)["begun"]
    assert (begun["period_start"], begun["period_end"]) == ("2025-01-31", "2025-12-31")
    assert "恰满一年" in begun["hint"]


@pytest.mark.article("15")
def test_first_report_may_tell_of_the_year_of_designation(story: Story) -> None:
    """2025年2月1日认定的，2027年首报2026年度，可补充认定当年情况。"""
    base = designated(story, "2025-02-01")
    story.today("2027-01-01", "08:00")
    story.installation.runners["yearly"]("")
    story.works()
    case = report_of(story, base, 2026).id
    begun = story.variables(case)["begun"]
    assert (begun["period_start"], begun["since"]) == ("2026-01-01", "2025-02-01")
    year = sheets.report(clock.today(), base.name, base.leader, story.file_id)
    story.does(case, "fill", "submit", {**year, "since_designation": "认定以来完成团队组建和协议签署。"})
    assert story.submitted_content(case, "shared/annual_report")["since_designation"].startswith("认定以来")


@pytest.mark.article("15")
def test_year_is_opened_once_however_often_the_job_runs(story: Story) -> None:
    """每个基地每年一件：重复执行不多发；停机跨过开放日的补开。"""
    story.today("2026-01-07", "08:00")
    for _ in range(3):
        story.installation.runners["yearly"]("")
        story.works()
    base = base_of(story)
    assert [row.process for row in story.cases_of(base.id)] == ["annual_report"]
    assert story.case(opening_of(story)).title == "2026年年度报告开启"
    assert story.variables(opening_of(story))["opening"]["year"] == 2025


@pytest.mark.article("15")
def test_base_that_was_entered_late_is_begun_by_an_officer(story: Story) -> None:
    """12月31日成文、次年补录的认定（3.7第12项），由经办补充发起；已发起的不重复。"""
    opened(story)
    story.today("2026-01-12")
    base = designated(story, "2024-12-31")
    with pytest.raises(Forbidden):
        story.starts("annual_opening", "p-host-tmnl")
    case = story.starts("annual_opening", "p-officer")
    with pytest.raises(Invalid) as refused:
        story.does(case, "choose", "submit", sheets.choose(2026))
    assert refused.value.fields == {"year": "该年度报告的开放日未到，不能开启。"}
    with pytest.raises(Invalid) as refused:
        story.does(case, "choose", "submit", sheets.choose(2025, "open"))
    assert "补充发起" in refused.value.fields["mode"]
    story.does(case, "choose", "submit", sheets.choose(2025))
    assert story.end(case) == "supplemented"
    assert started(story) == {base.id}
    assert "该年度报告已发起" in skipped(story)[base_of(story).id]
    assert story.task(report_of(story, base).id, "fill").due_on == date(2026, 1, 31)


@pytest.mark.article("15")
def test_officer_may_choose_bases_or_give_up(story: Story) -> None:
    """补充发起可以只选部分基地，也可以取消。"""
    opened(story)
    story.today("2026-01-12")
    one, other = designated(story, "2024-12-31"), designated(story, "2024-12-30")
    case = story.starts("annual_opening", "p-officer")
    story.does(case, "choose", "submit", sheets.choose(2025, bases=[one.id]))
    assert (started(story), skipped(story)) == ({one.id}, {})
    case = story.starts("annual_opening", "p-officer")
    story.does(case, "choose", "cancel", {}, "误操作。")
    assert story.end(case) == "cancelled"
    assert story.cases_of(other.id) == []


@pytest.mark.article("22")
def test_report_due_while_the_base_was_revoked_is_waived(story: Story) -> None:
    """恢复资格的，取消期间到期的年度报告免报；到期前已恢复的照报，期间写明。"""
    waived, gap = base_of(story, "ZJGH-2021-J003"), base_of(story, "ZJGH-2021-J002")
    with story.database.writing(SYSTEM) as tx:
        register.change(tx, waived.id, date(2025, 12, 1), status="revoked")
        register.change(tx, gap.id, date(2025, 12, 1), status="revoked")
    opened(story)
    assert skipped(story)[waived.id] == "已于2025年12月1日取消资格，无须提交。"
    with story.database.writing(SYSTEM) as tx:
        register.change(tx, gap.id, date(2026, 1, 20), status="active")
        register.change(tx, waived.id, date(2026, 3, 1), status="active")
    story.today("2026-03-02")
    case = story.starts("annual_opening", "p-officer")
    story.does(case, "choose", "submit", sheets.choose(2025, bases=[waived.id, gap.id]))
    assert skipped(story) == {waived.id: "报送截止时不在基地序列内，恢复资格后免报该年度报告。"}
    assert started(story) == {gap.id}
    hint = story.variables(report_of(story, gap).id)["begun"]["hint"]
    assert "2025年12月1日至2026年1月19日不在基地序列内" in hint


@pytest.mark.article("15")
@pytest.mark.parametrize(("anchor", "owes"), [("deadline", True), ("window_open", False), ("year_end", False)])
def test_anchor_of_the_full_year_is_a_parameter(story: Story, anchor: str, *, owes: bool) -> None:
    """2025年1月31日认定：按截止日满一年，按开放日、年末不满。"""
    base = designated(story, "2025-01-31")
    story.sets("annual_report.full_year_anchor", anchor, date(2025, 12, 1))
    opened(story)
    assert (base.id in started(story)) is owes


@pytest.mark.article("15")
def test_reports_may_be_opened_in_december(story: Story) -> None:
    """开放日设为12月1日的，同样开启当年度报告，截止仍为次年1月31日。"""
    story.sets("annual_report.open", "12-01", date(2026, 1, 1))
    story.today("2026-12-01", "08:00")
    story.installation.runners["yearly"]("")
    story.works()
    case = report_of(story, year=2026).id
    assert story.task(case, "fill").due_on == date(2027, 1, 31)


@pytest.mark.article("15")
def test_year_is_closed_by_the_officer_who_judges_what_is_missing(story: Story) -> None:
    """省厅结束本年度：未交的逐家保留补报或提请认定；被提请的由经办逐件认定。"""
    case = opened(story)
    opening = opening_of(story)
    story.today("2026-02-03", "10:00")
    assert story.elements(opening) == ["close"]
    story.today("2026-03-02")
    tmnl = sheets.report(clock.today(), base_of(story).name, base_of(story).leader, story.file_id, **sheets.late())
    story.does(case, "fill", "submit", tmnl)
    story.does(case, "host_approve", "approve", sheets.seal(clock.today(), story.file_id))
    rows = _missing(story, opening)
    assert len(rows) == 19
    with pytest.raises(Invalid):
        story.does(opening, "close", "submit", {})
    said = sheets.close(rows)
    said["missing"][0]["action"] = "judge"
    story.does(opening, "close", "submit", said)
    assert story.end(opening) == "closed"
    judged = said["missing"][0]["case"]
    assert story.elements(judged) == ["fill", "judge_missing"]
    assert story.elements(said["missing"][1]["case"]) == ["fill"]
    assert story.variables(opening)["closing"] == {"handed_in": 1, "missing": 19, "judged": 1}


def _missing(story: Story, opening: str) -> list[dict[str, Any]]:
    with story.database.reading(SYSTEM) as tx:
        runtime = runtime_of(tx, cases.get(tx, opening), SYSTEM)
        return list(runtime.host.run("annual_opening.list_missing", "close", runtime.data, {}).data["missing"])


@pytest.mark.article("15")
def test_next_year_s_opening_closes_the_year(story: Story) -> None:
    """下一年度开放时，上一年度的工作自动结束；未交的报告继续开放补报。"""
    case = opened(story)
    opening = opening_of(story)
    story.today("2026-12-31", "23:00")
    assert story.elements(opening) == ["close"]
    story.today("2027-01-01", "00:00")
    assert story.end(opening) == "closed"
    assert story.elements(case) == ["fill"]
    assert story.told("p-officer", "2025年度报告应报20家，已提交0家")
