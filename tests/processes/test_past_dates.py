"""A day that has not come is refused wherever people enter what has happened, before the seal as well as after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.processes.story import Story
from webapp import clock
from webapp.demo import sheets
from webapp.errors import Invalid

HOST = "host-jhsf"

Handing = Callable[[Story, str], Any]
"""Hands in the stage's next sheet with this day in it."""


def _application(story: Story) -> str:
    return story.applications[HOST]


def _seals(field: str) -> Handing:
    def hand_in(story: Story, day: str) -> None:
        case = story.drafts()
        story.does(case, "fill", "submit", story.content())
        sheet = {**sheets.host_approve(clock.today(), story.file_id), field: day}
        story.does(case, "host_approve", "approve", sheet)

    return hand_in


def _fills(path: str) -> Handing:
    def hand_in(story: Story, day: str) -> None:
        content = story.content()
        place: Any = content
        *way, last = path.split(".")
        for step in way:
            place = place[int(step)] if step.isdigit() else place[step]
        place[last] = day
        story.does(story.drafts(), "fill", "submit", content)

    return hand_in


def _of_application(element: str, outcome: str, sheet: Callable[[Story], dict[str, Any]], field: str) -> Handing:
    return lambda story, day: story.does(_application(story), element, outcome, {**sheet(story), field: day})


def _of_round(element: str, outcome: str, sheet: Callable[[Story], dict[str, Any]], field: str) -> Handing:
    return lambda story, day: story.does(story.round_id, element, outcome, {**sheet(story), field: day})


def _objects(story: Story, day: str) -> None:
    sheet = {**sheets.objection(_application(story), clock.today(), story.file_id), "received_on": day}
    story.sends(story.round_id, "objection", "p-officer", sheet)


HANDED: list[tuple[str, str, Handing]] = [
    ("opened", "sealed_on", _seals("sealed_on")),
    ("opened", "procedure_on", _seals("procedure_on")),
    ("opened", "signed_on", _fills("signed_on")),
    ("opened", "partners.0.agreements.0.signed_on", _fills("partners.0.agreements.0.signed_on")),
    (
        "submitted",
        "signed_on",
        _of_application("recommender_review", "recommend", lambda s: s.opinion(_application(s)), "signed_on"),
    ),
    (
        "deliberating",
        "meeting_on",
        _of_round("deliberate", "submit", lambda s: sheets.deliberate(clock.today(), s.matrix()), "meeting_on"),
    ),
    (
        "deciding",
        "meeting_on",
        _of_round("decide", "decide", lambda s: sheets.decide(clock.today(), s.matrix(), None), "meeting_on"),
    ),
    (
        "registering",
        "issued_on",
        _of_round("register_document", "issue", lambda _: sheets.register_document(clock.today()), "issued_on"),
    ),
    ("published", "received_on", _objects),
]


@pytest.mark.article("11")
@pytest.mark.parametrize(("stage", "field", "hand_in"), HANDED, ids=[f"{stage}-{field}" for stage, field, _ in HANDED])
def test_a_day_to_come_is_refused(story: Story, stage: str, field: str, hand_in: Handing) -> None:
    """第十一条：盖章、签署、会议、成文、收到异议等日期晚于今天的，不予接受并说明；流程不动。"""
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    with pytest.raises(Invalid) as refusal:
        hand_in(story, tomorrow)
    assert "不能晚于今天" in refusal.value.fields[field], stage


@pytest.mark.article("11(1)")
def test_a_notice_is_not_dated_after_the_day_of_its_approval(story: Story) -> None:
    """第十一条（一）：工作通知的成文日期不能晚于批准当日。"""
    story.today("2026-03-02")
    round_id = story.starts("designation_round", "p-officer", title="2026年度国合基地认定")
    story.does(round_id, "set_up", "submit", sheets.set_up(clock.today()))
    sheet = {**sheets.approve_notice(clock.today()), "issued_on": "2026-03-03"}
    with pytest.raises(Invalid) as refusal:
        story.does(round_id, "approve_notice", "approve", sheet)
    assert "不能晚于今天" in refusal.value.fields["issued_on"]
