"""异常: a step that the system cannot finish parks the case before the failing element; the person's act stands."""

from __future__ import annotations

from datetime import date

import pytest

from tests.processes.story import Story
from webapp.demo import sheets
from webapp.errors import Forbidden

HOST = "host-jhsf"


def _parked(story: Story) -> str:
    """The host has approved, but master data names no department for it any more."""
    case = story.drafts()
    story.does(case, "fill", "submit", story.content())
    story.affiliates(HOST, None)
    story.approves(case)
    return case


@pytest.mark.article("11(1)")
@pytest.mark.stage("opened")
def test_person_s_step_is_kept_and_the_case_parked(story: Story) -> None:
    """自动环节失败：单位的审核已受理，流程停在失败环节之前，异常写明环节和原因。"""
    case = story.drafts()
    story.does(case, "fill", "submit", story.content())
    story.affiliates(HOST, None)
    answer = story.does(case, "host_approve", "approve", sheets.host_approve(date(2026, 3, 9), story.file_id))
    assert answer.parked
    assert story.case(case).status == "incident"
    assert story.open(case) == []
    assert story.journal(case)[-1].action == "submit approve"
    (incident,) = story.incidents(case)
    assert (incident.element, incident.attempts, incident.status) == ("route_recommender", 1, "open")
    assert "没有该依托单位的组织推荐部门" in incident.message
    assert story.application(case).submitted_on is None


@pytest.mark.article("11(1)")
@pytest.mark.stage("opened")
def test_parked_case_is_tried_again_and_goes_on(story: Story) -> None:
    """异常重试：自动重试间隔递增；原因消除后继续，不重复、不丢失。"""
    case = _parked(story)
    story.minutes_pass(1)
    assert story.incidents(case)[0].attempts == 2
    story.minutes_pass(4)
    assert story.incidents(case)[0].attempts == 2
    story.minutes_pass(1)
    assert story.incidents(case)[0].attempts == 3
    story.affiliates(HOST, "dept-jyt")
    story.minutes_pass(15)
    assert story.case(case).status == "open"
    assert [row.status for row in story.incidents(case)] == ["solved"]
    assert story.elements(case) == ["recommender_review"]
    assert story.task(case, "recommender_review").org_id == "dept-jyt"
    story.recommends(case)


@pytest.mark.article("11(1)")
@pytest.mark.stage("opened")
def test_operator_is_told_and_retries(story: Story) -> None:
    """异常处置：自动重试用尽后通知系统管理员，由其重试；普通人员不能。"""
    case = _parked(story)
    story.days_pass(2)
    assert (story.incidents(case)[0].attempts, story.incidents(case)[0].next_at) == (6, None)
    assert story.told("p-sysadmin", "多次执行失败")
    with pytest.raises(Forbidden):
        story.commands("retry", f"p-{HOST}", case)
    story.commands("retry", "p-sysadmin", case)
    assert story.case(case).status == "incident"
    story.affiliates(HOST, "dept-jyt")
    story.commands("retry", "p-sysadmin", case)
    assert story.elements(case) == ["recommender_review"]
    story.commands("retry", "p-sysadmin", case)
    assert story.elements(case) == ["recommender_review"]


@pytest.mark.article("11(1)")
@pytest.mark.stage("opened")
def test_parked_case_can_still_be_cancelled_with_the_round(story: Story) -> None:
    """异常中的申报，批次取消时同样终止。"""
    case = _parked(story)
    story.sends(story.round_id, "cancel_round", "p-head", sheets.cancel())
    assert story.end(case) == "round_cancelled"
    assert [row.status for row in story.incidents(case)] == ["solved"]


@pytest.mark.article("11(1)")
@pytest.mark.stage("opened")
def test_limit_that_falls_due_while_parked_fires_afterwards(story: Story) -> None:
    """异常期间到期的计时，恢复后触发。"""
    story.today("2026-04-10")
    case = _parked(story)
    story.today("2026-04-11")
    assert story.case(case).status == "incident"
    story.affiliates(HOST, "dept-jyt")
    story.commands("retry", "p-sysadmin", case)
    assert story.elements(case) == ["recommender_review"]
    assert story.application(case).status == "recommending"
