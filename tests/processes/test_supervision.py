"""年度督导确认 (第十三条第三项): six rows confirmed, findings handled, put right or followed up, and every end."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.processes.annual_reports import base_of
from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.demo import supervision_sheets as sheets
from webapp.errors import Forbidden, Invalid, Rejected, Stale
from webapp.store import cases

FOLLOW_UP = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core"
 targetNamespace="t"><process id="{0}" name="{0}" isExecutable="true"><laneSet id="l"><lane id="a" name="省科技厅经办">
 <flowNodeRef>start</flowNodeRef><flowNodeRef>work</flowNodeRef><flowNodeRef>end</flowNodeRef></lane></laneSet>
 <startEvent id="start"/><userTask id="work" name="办理"/><endEvent id="end"/>
 <sequenceFlow id="f1" sourceRef="start" targetRef="work"/><sequenceFlow id="f2" sourceRef="work" targetRef="end"/>
</process></definitions>"""
"""The shortest procedure that a finding may lead to."""


def opened(story: Story) -> str:
    """The system has set the year's supervision on 1 September 2026; answers that of 竹基复合材料."""
    story.today("2026-09-01", "08:00")
    story.installation.runners["yearly"]("")
    story.works()
    return next(row.id for row in story.cases_of(base_of(story).id) if row.process == "supervision")


def confirmed(story: Story, *findings: dict[str, Any], **states: str) -> str:
    case = opened(story)
    story.today("2026-09-15")
    story.does(case, "confirm", "submit", sheets.confirmation(clock.today(), *findings, **states))
    return case


def found(story: Story, case: str) -> list[dict[str, Any]]:
    return list(story.variables(case)["confirmation"]["findings"])


@pytest.mark.article("13(3)")
def test_department_confirms_six_rows(story: Story) -> None:
    """第十三条（三）：推荐部门逐项确认五项制度和科技安全能力；无问题即结束。"""
    case = opened(story)
    assert story.task(case, "confirm").due_on == date(2026, 10, 31)
    assert story.told("p-dept-jyt", "请于2026年10月31日前完成竹基复合材料国际科技合作基地2026年度督导确认")
    story.today("2026-09-15")
    story.does(case, "confirm", "submit", sheets.confirmation(clock.today()))
    row = story.proceeding(case)
    assert (story.end(case), row["verdict"], row["submitted_on"], row["late"]) == (
        "confirmed",
        "sound",
        date(2026, 9, 15),
        False,
    )
    assert story.told("p-host-tmnl", "2026年度督导确认已完成，未发现问题")


@pytest.mark.article("13(3)")
def test_wanting_system_needs_its_finding(story: Story) -> None:
    """未健全或未落实的须列出问题；保密等制度不能选不涉及。"""
    case = opened(story)
    story.today("2026-09-15")
    wrong = sheets.confirmation(clock.today(), secrecy="partial", ip="not_applicable")
    with pytest.raises(Invalid) as refused:
        story.does(case, "confirm", "submit", wrong)
    assert set(refused.value.fields) == {"findings", "systems.ip.state", "systems.ip.note"}


@pytest.mark.article("12(3),13(3),14(2)")
def test_finding_is_put_right_and_verified(story: Story) -> None:
    """第十三条（三）：发现的问题报省厅，责令整改，推荐部门核实，未到位的继续整改。"""
    case = confirmed(story, sheets.finding("secrecy"), secrecy="partial")
    assert story.elements(case) == ["handle_findings"]
    with pytest.raises(Invalid):
        story.does(case, "handle_findings", "decide", {"comment": "按要求处理。"})
    story.does(case, "handle_findings", "decide", sheets.handling(found(story, case), "rectify"))
    assert story.told("p-host-tmnl", "请整改并报送情况：保密管理制度：制度已建立但未按要求登记备案")
    assert story.task(case, "rectify").due_on == date(2026, 10, 19)
    story.today("2026-10-21", "08:00")
    assert story.told("p-host-tmnl", "督导问题整改")
    story.does(case, "rectify", "submit", sheets.rectification(clock.today()))
    story.does(case, "verify", "return", {}, "登记台账仍不完整。")
    story.does(case, "rectify", "submit", sheets.rectification(clock.today()))
    story.does(case, "verify", "pass", sheets.verification(clock.today()))
    assert (story.end(case), story.proceeding(case)["verdict"]) == ("rectified", "rectified")
    assert story.told("p-officer", "2026年度督导发现的问题已整改到位")


@pytest.mark.article("13(3)")
def test_finding_may_become_a_difficulty_or_a_major_event(story: Story) -> None:
    """第十三条（二）、第二十二条（四）：转困难协调、重大事件报告的，各发起一件并带上情况。"""
    story.today("2026-08-31")
    story.releases(difficulty__bpmn=FOLLOW_UP.format("difficulty"), major_event__bpmn=FOLLOW_UP.format("major_event"))
    findings = [
        sheets.finding("secrecy", "涉外资料外传未经审查。"),
        sheets.finding("other", "外籍专家来华手续受阻。"),
        sheets.finding("ip"),
    ]
    case = confirmed(story, *findings, secrecy="missing", ip="partial")
    story.does(
        case, "handle_findings", "decide", sheets.handling(found(story, case), "major_event", "difficulty", "note")
    )
    assert story.end(case) == "followed_up"
    begun = {
        row.process: story.variables(row.id)["begun"] for row in story.cases_of(base_of(story).id) if row.id != case
    }
    assert begun["major_event"]["problem"] == "保密管理制度：涉外资料外传未经审查"
    assert begun["difficulty"]["number"] == story.case(case).number
    assert story.proceeding(case)["facts"]["followed_up"] == ["major_event", "difficulty"]


@pytest.mark.article("13(3)")
def test_department_that_is_late_is_urged_and_then_noted(story: Story) -> None:
    """截止未确认的催办并告知省厅；年末仍未确认的登记未确认。"""
    case = opened(story)
    story.today("2026-11-01", "00:00")
    assert story.proceeding(case)["late"] is True
    assert story.told("p-officer", "年度督导确认（竹基复合材料国际科技合作基地）")
    assert story.elements(case) == ["confirm"]
    story.today("2026-11-01", "10:00")
    assert story.told("p-dept-jyt", "贵部门尚有4家基地未完成2026年度督导确认（已过截止日）")
    story.today("2027-01-01", "00:00")
    assert story.end(case) == "not_confirmed"


@pytest.mark.article("13(3)")
def test_late_confirmation_counts_as_late(story: Story) -> None:
    """逾期确认照常登记。"""
    case = opened(story)
    story.today("2026-11-02")
    story.does(case, "confirm", "submit", sheets.confirmation(clock.today()))
    assert (story.end(case), story.proceeding(case)["late"]) == ("confirmed", True)


@pytest.mark.article("13(3)")
def test_only_its_department_confirms(story: Story) -> None:
    """由系统布置，只能由该基地的推荐部门确认；重复提交得知已办理。"""
    case = opened(story)
    with pytest.raises(Rejected):
        story.starts("supervision", "p-dept-jyt", base_id=base_of(story).id)
    story.today("2026-09-15")
    for stranger in ("p-host-tmnl", "p-dept-wjw", "p-officer"):
        with pytest.raises(Forbidden):
            story.does(case, "confirm", "submit", sheets.confirmation(clock.today()), person=stranger)
    task = story.task(case, "confirm")
    story.does(case, "confirm", "submit", sheets.confirmation(clock.today()))
    with pytest.raises(Stale):
        story.commands("submit", "p-dept-jyt", task.id, sheets.confirmation(clock.today()), "submit")


@pytest.mark.article("22")
def test_base_that_ends_is_supervised_no_more(story: Story) -> None:
    """基地资格终止的，督导随之终止，没有待办和计时留下。"""
    case = confirmed(story, sheets.finding("ethics"), ethics="partial")
    story.does(case, "handle_findings", "decide", sheets.handling(found(story, case), "rectify"))
    story.delivers(case, "base_terminal", {"kind": "revoked", "reason": "基地资格已取消", "case": "x"})
    assert (story.end(case), story.open(case), story.timers(case)) == ("ended", [], {})
    assert story.told("p-dept-jyt", "年度督导不再办理。原因：基地资格已取消")


@pytest.mark.article("13(3)")
def test_opening_ends_after_the_due_day_and_may_be_added_to(story: Story) -> None:
    """布置在截止后结束；经办可以补充布置，已布置的不重复。"""
    opened(story)
    with story.database.reading(SYSTEM) as tx:
        opening = cases.by_key(tx, "supervision_opening:2026")
    assert opening is not None
    story.today("2026-10-24", "10:00")
    assert story.told("p-dept-jyt", "家基地未完成2026年度督导确认（截止2026年10月31日）")
    story.today("2026-11-01", "10:00")
    assert story.end(opening.id) == "closed"
    assert story.end(story.starts("supervision_opening", "p-officer")) == "added"
    assert [row.process for row in story.cases_of(base_of(story).id)].count("supervision") == 1
