"""批次固定: diagrams, forms and parameters of a round's applications are those of its publishing (settled.md 18)."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from tests.processes.story import Story
from webapp import clock
from webapp.demo import sheets
from webapp.errors import Invalid

ROOT = Path(__file__).parents[2]
HOST = "host-jhsf"


def _renamed() -> dict[str, str]:
    """A release in which 形式审查 has another outcome text and 审核初评 another name."""
    text = (ROOT / "bpmn" / "designation.bpmn").read_text(encoding="utf-8")
    return {"designation__bpmn": text.replace('name="形式审查"', 'name="形式审查（新）"')}


def _asks_for_more() -> dict[str, str]:
    """A release in which the formal check needs a note."""
    path = ROOT / "forms" / "designation" / "formal_check.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    schema["required"] = [*schema["required"], "check_note"]
    return {"forms/designation/formal_check__schema__json": json.dumps(schema, ensure_ascii=False)}


def _next_round(story: Story) -> str:
    """Another round, open half a year later."""
    story.today("2026-09-01")
    first = story.round_id
    story.round_id = story.starts("designation_round", "p-officer", title="2026年度第二批国合基地认定")
    story.does(
        story.round_id, "set_up", "submit", sheets.set_up(clock.today(), name="2026年度第二批国际科技合作基地认定")
    )
    story.does(story.round_id, "approve_notice", "approve", sheets.approve_notice(clock.today()))
    story.today("2026-09-08")
    assert story.round_id != first
    return story.round_id


@pytest.mark.article("11(1)")
@pytest.mark.stage("submitted")
def test_changed_parameter_does_not_touch_the_running_round(story: Story) -> None:
    """第十一条（一）：批次期间修改参数，本批次仍按发布时的参数；下一批次按新参数。"""
    story.sets("correction.days", 3, clock.today())
    story.sets("review.formal_days", 2, date(2026, 3, 10))
    story.today("2026-03-11")
    case = story.applications[HOST]
    late = story.submits("host-hyxy", topic="海洋观测", number=2)
    for each in (case, late):
        story.does(each, "recommender_review", "return", sheets.correction(clock.today()), "请补充考核指标。")
        assert story.task(each, "correct").due_on == date(2026, 3, 25)
    story.does(case, "correct", "submit", story.content())
    story.approves(case)
    story.recommends(case)
    assert story.task(case, "formal_check").due_on == date(2026, 3, 18)
    _next_round(story)
    fresh = story.submits("host-ygzn", topic="精密伺服", number=5)
    story.does(fresh, "recommender_review", "return", sheets.correction(clock.today()), "请补充考核指标。")
    assert story.task(fresh, "correct").due_on == date(2026, 9, 11)
    story.does(fresh, "correct", "submit", story.content("host-ygzn", topic="精密伺服", number=5))
    story.approves(fresh)
    story.recommends(fresh)
    assert story.task(fresh, "formal_check").due_on == date(2026, 9, 10)


@pytest.mark.article("11(1)")
@pytest.mark.stage("submitted")
def test_new_release_is_for_the_next_round(story: Story) -> None:
    """第十一条（一）：批次期间发布新版流程，在办和本批次新申报不变，下一批次按新版。"""
    old = story.case(story.applications[HOST]).release_id
    new = story.releases(**_renamed())
    story.recommends(story.applications[HOST])
    late = story.submits("host-hyxy", topic="海洋观测", number=2)
    story.recommends(late, 2)
    for case in (story.applications[HOST], late):
        assert story.case(case).release_id == old
        assert story.task(case, "formal_check").title == "形式审查"
    _next_round(story)
    fresh = story.submits("host-ygzn", topic="精密伺服", number=5)
    story.recommends(fresh)
    assert story.case(fresh).release_id == new
    assert story.task(fresh, "formal_check").title == "形式审查（新）"


@pytest.mark.article("11(1)")
@pytest.mark.stage("submitted")
def test_new_form_is_for_the_next_round(story: Story) -> None:
    """第十一条（一）：表单同样随批次固定。"""
    story.releases(**_asks_for_more())
    case = story.applications[HOST]
    story.recommends(case)
    story.accepts(case)
    assert story.application(case).status == "reviewing"
    _next_round(story)
    fresh = story.submits("host-ygzn", topic="精密伺服", number=5)
    story.recommends(fresh)
    with pytest.raises(Invalid) as error:
        story.accepts(fresh)
    assert "check_note" in error.value.fields
    story.does(fresh, "formal_check", "accept", {**story.formal_check(fresh), "check_note": "已逐项核验。"})
    assert story.application(fresh).status == "reviewing"


@pytest.mark.article("11(1)")
@pytest.mark.stage("province")
def test_round_prepared_before_a_release_is_pinned_when_published(story: Story) -> None:
    """第十一条（一）：固定的是批次自己的版本，发布工作通知时写明。"""
    round_id = story.opened_round()
    assert story.round(round_id).release_id == story.case(round_id).release_id
    assert story.round(round_id).parameters_on == date(2026, 3, 2)


# ---------------------------------------------------------------------------------------- while the server was down


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_what_fell_due_while_stopped_fires_once_in_order(story: Story) -> None:
    """domain.md 3.7 第14项：停机期间到期的计时，启动后按到期先后各触发一次，记录其应到期的业务日期。"""
    draft = story.drafts("host-hyxy")
    case = story.applications[HOST]
    returned = story.submits("host-ywsl", "open_service", "丝路技术转移", 3)
    story.does(returned, "recommender_review", "return", sheets.correction(clock.today()), "请补充考核指标。")
    story.stops("2026-04-15T08:00")
    story.works()
    fired = [
        (row.at, row.seq, row.object_id, row.element, json.loads(row.after or "{}").get("due_on"))
        for each in (case, draft, returned, story.round_id)
        for row in story.journal(each)
        if row.action == "timer" and row.element != "window_opens"
    ]
    assert {(case_id, element, due) for _, _, case_id, element, due in fired} == {
        (case, "review_due", "2026-03-24"),
        (returned, "correction_expired", "2026-03-24"),
        (story.round_id, "window_closes", "2026-04-11"),
    }
    assert len(fired) == 3
    assert story.task(case, "recommender_review").urged == 1
    assert (story.end(returned), story.end(draft)) == ("withdrawn", "not_submitted")
    before = len(story.journal(case))
    story.works()
    story.days_pass(1)
    assert len(story.journal(case)) == before


@pytest.mark.article("11(1)")
@pytest.mark.stage("opened")
def test_window_opens_and_closes_in_one_outage(story: Story) -> None:
    """停机跨过整个窗口：先开后关，各一次。"""
    story.round_id = story.starts("designation_round", "p-officer", title="2026年度第二批国合基地认定")
    story.does(
        story.round_id, "set_up", "submit", sheets.set_up(clock.today(), name="2026年度第二批国际科技合作基地认定")
    )
    story.does(story.round_id, "approve_notice", "approve", sheets.approve_notice(clock.today()))
    story.stops("2026-06-30T08:00")
    story.works()
    timers = [row.element for row in story.journal(story.round_id) if row.action == "timer"]
    assert timers == ["window_opens", "window_closes"]
    assert story.end(story.round_id) == "closed_empty"
