"""The application's row says where the application waits, also on every way back."""

from __future__ import annotations

import pytest

from tests.processes.story import Story

HOST = "host-jhsf"


@pytest.mark.article("11(2)")
@pytest.mark.stage("recommended")
def test_a_correction_is_followed_step_by_step(story: Story) -> None:
    """第十一条（二）：省厅退回补正，补正、盖章、再到省厅，摘要行随之变化。"""
    case = story.applications[HOST]
    seen = [story.application(case).status]
    story.does(case, "formal_check", "return", story.formal_check(case, correct="goals"), "缺少考核指标。")
    seen.append(story.application(case).status)
    story.does(case, "correct", "submit", story.content())
    seen.append(story.application(case).status)
    story.approves(case)
    seen.append(story.application(case).status)
    assert seen == ["formal_check", "correcting", "host_approval", "formal_check"]


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_a_returned_opinion_waits_at_the_recommender_again(story: Story) -> None:
    """第十一条（二）：负责人退回初评，摘要行回到推荐部门审核。"""
    case = story.applications[HOST]
    story.opines(case)
    assert story.application(case).status == "ranked"
    story.does(case, "recommend", "return", {}, "请核实保障经费。")
    assert story.application(case).status == "recommending"
