"""绩效评价批次: scope, notice, waiting, ranking within the cap, decision, publicity, document, amendment, cancellation."""

from __future__ import annotations

import pytest

from tests.processes.evaluating import Evaluating
from tests.processes.story import Story
from webapp.store.tables import Case  # noqa: F401


@pytest.mark.article("18", "12(3)")
def test_round_from_notice_to_result(story: Story) -> None:
    """第十八条：从工作通知到评价结果，优秀发起奖励，不合格发起优化提升，逐家告知。"""
    story.today("2026-03-02")
    evaluating = Evaluating(story, ("host-jhsf", "host-ywsl", "host-ygzn"))
    evaluating.begins()
    assert story.round(evaluating.round_id).status == "reviewing"
    evaluating.grades({"host-jhsf": 0.95, "host-ywsl": 0.7, "host-ygzn": 0.3})
    ends = {host: story.end(case) for host, case in evaluating.evaluations.items()}
    assert ends == {"host-jhsf": "excellent", "host-ywsl": "qualified", "host-ygzn": "unqualified"}
