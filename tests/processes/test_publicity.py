"""公示: the approved list is public; named objections are investigated and upheld or dismissed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.processes.story import Story
from webapp import clock
from webapp.demo import sheets
from webapp.errors import Forbidden, Invalid, Rejected

HOST, OTHER = "host-jhsf", "host-hyxy"
REASON = "经调阅协议原件，合作协议已于申报前终止。"


def _objects(story: Story, host: str, **changes: Any) -> None:
    sheet = {**sheets.objection(story.applications[host], clock.today(), story.file_id), **changes}
    story.sends(story.round_id, "objection", "p-officer", sheet)


def _concludes(story: Story, outcome: str, task_id: str | None = None) -> None:
    wanted = next(
        task for task in story.open(story.round_id) if task.element == "investigate" and task_id in (None, task.id)
    )
    story.commands(
        "submit", "p-officer", wanted.id, {**sheets.investigate(clock.today()), "conclusion": REASON}, outcome, REASON
    )


@pytest.mark.article("11(4)")
@pytest.mark.stage("published")
def test_list_is_public_for_five_working_days(story: Story) -> None:
    """第十一条（四）：公示5个工作日，期满次日起可以登记文件。"""
    assert story.round(story.round_id).status == "publicity"
    assert story.round(story.round_id).publicity_until == date(2026, 4, 20)
    story.today("2026-04-20", "23:59")
    assert story.elements(story.round_id) == []
    story.today("2026-04-21", "00:00")
    assert story.elements(story.round_id) == ["register_document"]


@pytest.mark.article("11(4)")
@pytest.mark.stage("published")
def test_upheld_objection_refuses_the_application(story: Story) -> None:
    """第十一条（四）：异议成立的不予认定并告知理由，其余照发。"""
    _objects(story, HOST)
    assert story.told(f"p-{HOST}", "收到对柔性传感国际科技合作基地的异议")
    _concludes(story, "uphold")
    story.days_pass(12)
    assert story.application(story.applications[HOST]).decision == "refuse"
    story.issues()
    assert [story.end(story.applications[host]) for host in (HOST, OTHER)] == ["refused", "designated"]
    assert story.told(f"p-{HOST}", f"公示异议成立：{REASON.rstrip('。')}")
    assert story.told(f"p-{HOST}", "申请复核")


@pytest.mark.article("11(4)")
@pytest.mark.stage("published")
def test_dismissed_objection_changes_nothing(story: Story) -> None:
    """第十一条（四）：异议不成立的，照常认定。"""
    _objects(story, HOST)
    _concludes(story, "dismiss")
    story.days_pass(12)
    story.issues()
    assert story.end(story.applications[HOST]) == "designated"


@pytest.mark.article("11(4)")
@pytest.mark.stage("published")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"named": False}, "named"),
        ({"objector_name": ""}, "objector_name"),
        ({"phone": "不愿透露"}, "phone"),
        ({"evidence": []}, "evidence"),
        ({"objector_kind": "organisation"}, "contact"),
    ],
)
def test_anonymous_objection_is_not_accepted(story: Story, changes: dict[str, Any], field: str) -> None:
    """第十一条（四）：只受理实名异议：姓名或单位、联系方式、证据齐全。"""
    with pytest.raises(Invalid) as error:
        _objects(story, HOST, **changes)
    assert field in error.value.fields
    assert story.elements(story.round_id) == []


@pytest.mark.article("11(4)")
@pytest.mark.stage("published")
def test_investigation_beyond_the_period_holds_the_document(story: Story) -> None:
    """第十一条（四）：公示期满而异议未核查完的，不能发文。"""
    _objects(story, HOST)
    story.days_pass(12)
    assert story.elements(story.round_id) == ["investigate"]
    _concludes(story, "dismiss")
    assert story.elements(story.round_id) == ["register_document"]


@pytest.mark.article("11(4)")
@pytest.mark.stage("published")
@pytest.mark.parametrize("first", [HOST, OTHER])
def test_two_objections_are_not_confused(story: Story, first: str) -> None:
    """第十一条（四）：同时核查的两件异议各归各的申报，先后不限。"""
    tasks = {}
    for host in (HOST, OTHER):
        known = {task.id for task in story.open(story.round_id)}
        _objects(story, host)
        tasks[host] = next(task.id for task in story.open(story.round_id) if task.id not in known)
    second = OTHER if first == HOST else HOST
    _concludes(story, "uphold", tasks[first])
    _concludes(story, "dismiss", tasks[second])
    story.days_pass(12)
    story.issues()
    assert (story.end(story.applications[first]), story.end(story.applications[second])) == ("refused", "designated")


@pytest.mark.article("11(4)")
@pytest.mark.stage("registering")
def test_objection_after_the_period_is_refused(story: Story) -> None:
    """第十一条（四）：公示期满后不再受理异议。"""
    with pytest.raises(Rejected):
        _objects(story, HOST)


@pytest.mark.article("11(4)")
@pytest.mark.stage("published")
def test_only_the_officer_registers_objections(story: Story) -> None:
    """第十一条（四）：异议由省科技厅经办登记。"""
    with pytest.raises(Forbidden):
        story.sends(
            story.round_id,
            "objection",
            "p-dept-jyt",
            sheets.objection(story.applications[HOST], clock.today(), story.file_id),
        )
