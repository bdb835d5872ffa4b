"""存量归类 (第二十六条): a legacy base finds its category; day and document stay; every end."""

from __future__ import annotations

from datetime import date

import pytest

from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.demo import legacy_sheets as sheets
from webapp.engine import commands
from webapp.errors import Forbidden, Invalid, Rejected
from webapp.store import register

HOST, DEPARTMENT = "host-xxlg", "p-dept-jyt"


def base_id(story: Story) -> str:
    return story.bases(host_id=HOST)[0].id


def begun(story: Story, **data: str) -> str:
    """As an import begins it."""
    wanted = {"legacy": "park", "proposed": "open_service", "legacy_label": "科技园区", **data}
    with story.database.writing(SYSTEM) as tx:
        key = f"legacy_category:{base_id(story)}"
        answer = commands.start(
            tx, SYSTEM, "legacy_category", command_id="legacy-1", key=key, base_id=base_id(story), begun=wanted
        )
    story.works()
    return answer.case_id


def reviewed(story: Story, case: str) -> None:
    story.does(case, "recommender_review", "agree", sheets.review(clock.today()))


@pytest.mark.article("26", "6")
def test_confirmed_category_holds_from_the_decision(story: Story) -> None:
    """第二十六条：依托单位确认、推荐部门同意、省科技厅确定；认定日期和文号不变，此前的记载保留。"""
    before = story.base(base_id(story))
    case = begun(story)
    assert story.told(f"p-{HOST}", "（原类别：科技园区）建议归入开放服务类")
    story.does(case, "confirm_category", "confirm", sheets.confirm())
    reviewed(story, case)
    story.today("2026-03-10")
    story.does(case, "decide", "decide", sheets.decide("open_service"))
    assert story.end(case) == "classified"
    row = story.base(base_id(story))
    assert (row.category, row.designated_on, row.doc_no) == ("open_service", before.designated_on, before.doc_no)
    with story.database.reading(SYSTEM) as tx:
        assert register.as_of(tx, row.id, date(2026, 3, 9))["category"] == "joint_rd"
        assert register.as_of(tx, row.id, date(2026, 3, 10))["category"] == "open_service"
    assert story.proceeding(case)["kind"] == "open_service"
    assert story.told(DEPARTMENT, "归入开放服务类，认定日期和文号不变")


@pytest.mark.article("26")
def test_host_proposes_another_and_each_level_may_send_it_back(story: Story) -> None:
    """第二十六条：依托单位可建议其他类别；推荐部门、省科技厅可退回；确定的类别不同须说明理由。"""
    case = begun(story)
    with pytest.raises(Invalid) as error:
        story.does(case, "confirm_category", "propose", sheets.confirm(), "不同意。")
    assert {"category", "reason"} <= error.value.fields.keys()
    other = sheets.confirm(category="special_dev", reason="本园区已转型为海外研发机构的省内主体。")
    story.does(case, "confirm_category", "propose", other, "建议归入特色发展类。")
    assert story.variables(case)["wish"]["how"] == "proposed"
    story.does(case, "recommender_review", "return", {}, "请补充海外研发机构情况。")
    story.does(case, "confirm_category", "propose", other, "建议归入特色发展类。")
    reviewed(story, case)
    story.does(case, "decide", "return", {}, "请核实持股情况。")
    reviewed(story, case)
    with pytest.raises(Invalid) as error:
        story.does(case, "decide", "decide", sheets.decide("open_service"))
    assert "与依托单位意见（特色发展类）不同" in error.value.fields["reason"]
    story.does(case, "decide", "decide", sheets.decide("open_service", "尚未形成控股关系"))
    assert story.base(base_id(story)).category == "open_service"
    assert story.told(f"p-{HOST}", "理由：尚未形成控股关系。")


@pytest.mark.article("26")
def test_silent_host_has_the_proposed_category(story: Story) -> None:
    """第二十六条：期限届满未确认的，按建议的类别继续办理；推荐部门逾期的催办。"""
    case = begun(story)
    due = story.task(case, "confirm_category").due_on
    assert due == date(2026, 3, 30)
    story.today("2026-03-31", "00:01")
    assert story.elements(case) == ["recommender_review"]
    assert story.variables(case)["wish"]["how"] == "silent"
    assert story.told(f"p-{HOST}", "未在期限内确认，按建议的开放服务类报组织推荐部门审核")
    story.today("2026-04-30")
    assert story.task(case, "recommender_review").urged == 1
    reviewed(story, case)
    assert story.elements(case) == ["decide"]


@pytest.mark.article("26")
def test_unchanged_category_writes_nothing_new(story: Story) -> None:
    """第二十六条：归入的类别与台账相同的，台账不产生新的记载。"""
    case = begun(story, legacy="institute", proposed="joint_rd", legacy_label="科研院所、高校")
    story.does(case, "confirm_category", "confirm", sheets.confirm())
    reviewed(story, case)
    story.does(case, "decide", "decide", sheets.decide("joint_rd"))
    with story.database.reading(SYSTEM) as tx:
        facts = [row for row in register.history(tx, base_id(story)) if row.field == "category"]
    assert len(facts) == 1


@pytest.mark.article("26")
def test_people_do_not_begin_it_and_once_is_enough(story: Story) -> None:
    """第二十六条：由导入发起，每个基地一件。"""
    with pytest.raises(Rejected, match="由系统发起"):
        story.starts("legacy_category", f"p-{HOST}", base_id=base_id(story))
    case = begun(story)
    assert begun(story) == case
    with pytest.raises(Forbidden):
        story.does(case, "confirm_category", "confirm", sheets.confirm(), person="p-host-jhsf")


@pytest.mark.article("22")
def test_end_of_the_base_ends_it(story: Story) -> None:
    """第二十二条：基地资格终止的，归类终止。"""
    case = begun(story)
    story.delivers(case, "base_terminal", {"kind": "exited", "reason": "基地已主动退出", "case": "x"})
    assert story.end(case) == "ended"
    assert story.told(f"p-{HOST}", "基地已主动退出，存量归类终止")
