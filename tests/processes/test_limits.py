"""Deadlines that move: an extended round takes the timers and due dates of its applications along (settled.md 10, 23)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.processes.story import Story
from webapp import clock
from webapp.demo import sheets


@pytest.mark.article("11(1)")
def test_extending_the_window_moves_its_timer_and_every_draft_s_limit(story: Story) -> None:
    """批次延期：申报截止、在填申报的时限与提醒一并顺延，已在审核中的时限不变。"""
    round_id = story.opened_round()
    waiting, draft = story.submits(), story.drafts(host="host-ygzn")
    review_due = story.task(waiting, "recommender_review").due_on
    assert story.task(draft, "fill").due_on == date(2026, 4, 10)
    story.today("2026-03-18")
    story.sends(round_id, "amend_round", "p-officer", sheets.amend(date(2026, 4, 20), date(2026, 5, 20)))
    assert story.round(round_id).window_to == date(2026, 4, 20)
    assert clock.local(story.timers(round_id)["window_closes"]).date() == date(2026, 4, 21)
    assert story.task(draft, "fill").due_on == date(2026, 4, 20)
    assert story.task(waiting, "recommender_review").due_on == review_due
    reminded = sorted(clock.local(at).date() for at in story.timers(draft, kind="reminder").values())
    assert reminded[-1] == date(2026, 4, 19)
    story.today("2026-04-13")
    assert story.elements(draft) == ["fill"]
    story.today("2026-04-21")
    assert story.application(draft).status == "not_submitted"


def test_a_reminder_of_what_was_done_never_comes(story: Story) -> None:
    """已办结的环节不再提醒。"""
    story.opened_round()
    case_id = story.submits()
    story.today("2026-03-23", "10:00")
    before = len(story.notices("p-dept-jyt"))
    story.opines(case_id)
    story.days_pass(10)
    assert not [
        n for n in story.notices("p-dept-jyt")[: len(story.notices("p-dept-jyt")) - before] if n.subject == "办理提醒"
    ]
