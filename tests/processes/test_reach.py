"""What nobody reaches: another's command, the Province from below, a panel from outside; and what ends together."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count

import pytest

from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.errors import Forbidden, Stale
from webapp.store import cases, outbox, people

HOST = "host-jhsf"
DAYS = date(2026, 3, 10), date(2026, 3, 20)


def _case(story: Story) -> str:
    return story.applications[HOST]


def _task(story: Story, element: str) -> str:
    return story.task(_case(story), element).id


def _colleague(story: Story) -> None:
    """p-dept-wjw also holds the recommender's seat at dept-jyt."""
    with story.database.writing(SYSTEM) as tx:
        people.grant(tx, "p-dept-wjw", "recommender", "dept-jyt")


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_command_id_of_another_act_is_refused(story: Story) -> None:
    """操作编号属于本人的一次操作：他人或另一操作使用同一编号，既得不到其回答，也不生效。"""
    _colleague(story)
    task = _task(story, "recommender_review")
    story.commands("claim", "p-dept-jyt", task, command_id="mine")
    for verb, person in (("claim", "p-dept-wjw"), ("release", "p-dept-jyt")):
        with pytest.raises(Stale, match="操作编号"):
            story.commands(verb, person, task, command_id="mine")
    assert story.task(_case(story), "recommender_review").claimed_by == "p-dept-jyt"


@pytest.mark.article("11(2)")
@pytest.mark.stage("recommended")
def test_recommender_does_not_urge_the_province(story: Story) -> None:
    """推荐部门只能催办本部门和所推荐的依托单位，不能催办省科技厅。"""
    with pytest.raises(Forbidden):
        story.commands("urge", "p-dept-jyt", [_task(story, "formal_check")])


@pytest.mark.article("11(3)")
@pytest.mark.stage("accepted")
def test_expert_judges_alone(story: Story) -> None:
    """评审由专家本人独立进行：专家岗位不能委托他人，也不能就评审征求他人意见。"""
    expert, other = story.panel(_case(story))[:2]
    seat = story.person(expert).seats[0].id
    with pytest.raises(Forbidden, match="专家本人"):
        story.commands("delegate", expert, seat, other, *DAYS, "出差")
    with pytest.raises(Forbidden, match="专家本人"):
        story.commands("add_sign", expert, story.task(_case(story), "score", key=expert).id, other, "您打多少分？")


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_delegation_ends_with_the_lender_s_seat(story: Story) -> None:
    """委托人离任后，受托人不能再代办。"""
    seat = story.person("p-dept-jyt").seats[0].id
    story.commands("delegate", "p-dept-jyt", seat, "p-dept-wjw", *DAYS, "休假")
    with story.database.writing(SYSTEM) as tx:
        people.revoke(tx, seat, DAYS[0])
    story.today("2026-03-10")
    assert any(seat.acted_for for seat in story.person("p-dept-wjw").seats)
    story.today("2026-03-11")
    assert not any(seat.acted_for for seat in story.person("p-dept-wjw").seats)


@pytest.mark.article("11(2)")
@pytest.mark.stage("opened")
def test_step_is_taken_back_while_the_clock_runs(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """取回以同一步为准，不因办结与下一环节到达相差瞬间而失效。"""
    start, ticks = clock.now(), count(1)
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(microseconds=next(ticks)))
    case = story.drafts()
    fill = story.task(case, "fill").id
    story.does(case, "fill", "submit", story.content())
    story.commands("withdraw", f"p-{HOST}", fill, "误提交。")
    assert story.elements(case) == ["fill"]


@pytest.mark.article("11")
@pytest.mark.stage("submitted")
def test_round_that_an_operator_ends_takes_its_applications_along(story: Story) -> None:
    """终止批次：批次内未结的申报随之终止，不会一直等待。"""
    story.commands("cancel", "p-sysadmin", story.round_id, "误建的批次。")
    assert story.round(story.round_id).status == "cancelled"
    assert story.case(_case(story)).status == "done"
    assert (story.end(_case(story)), story.application(_case(story)).status) == ("round_cancelled", "round_cancelled")


@pytest.mark.article("11")
@pytest.mark.stage("submitted")
def test_message_waits_for_a_suspended_case(story: Story) -> None:
    """暂停期间收到的消息不推动流程，恢复后再送达。"""
    story.commands("suspend", "p-head", _case(story), "收到举报，先行核查。")
    story.commands("cancel", "p-sysadmin", story.round_id, "误建的批次。")
    assert (story.case(_case(story)).status, story.elements(_case(story))) == ("suspended", ["recommender_review"])
    story.commands("resume", "p-head", _case(story), "核查完毕。")
    assert story.end(_case(story)) == "round_cancelled"


@pytest.mark.article("11")
def test_case_that_another_one_starts_begins_once(story: Story) -> None:
    """由其他流程发起的事项只发起一次，即使消息送达两次。"""
    with story.database.writing(SYSTEM) as tx:
        message = {"message": "start:designation_round", "to_case": None, "payload": {"title": "补充批次"}}
        row = outbox.add(tx, key="once", **message)
        assert outbox.add(tx, key="once", **message) is None
    story.works()
    assert story.installation.runners["deliver"](row.id) is False
    with story.database.reading(SYSTEM) as tx:
        started = cases.by_key(tx, "once")
        assert started is not None
        assert [case.title for case in cases.search(tx, "补充批次").rows] == ["补充批次"]
    assert story.elements(started.id) == ["set_up"]
