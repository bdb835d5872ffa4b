"""重大事件报告 (第十三条第三项、第二十二条第四项): who reports first, late or not, every judgement, every end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.processes import small
from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.demo import major_event_sheets as sheets
from webapp.errors import Forbidden, Invalid, Rejected, Stale
from webapp.store import register

HOST = "host-xxlg"
REPORTERS = {"host": f"p-{HOST}", "recommender": "p-dept-jyt", "province": "p-officer"}


def base_id(story: Story) -> str:
    return story.bases(host_id=HOST)[0].id


def begun(story: Story, by: str = "host") -> str:
    return story.starts("major_event", REPORTERS[by], base_id=base_id(story))


def reported(story: Story, by: str = "host", **changes: Any) -> str:
    """A report of yesterday's event."""
    case = begun(story, by)
    content = sheets.report(clock.today() - timedelta(days=1), **changes)
    story.does(case, f"report_{by}", "submit", content)
    return case


def reviewed(story: Story, by: str = "host") -> str:
    """A report that lies with the Province."""
    case = reported(story, by)
    story.does(case, "recommender_review", "submit", sheets.review(clock.today()))
    return case


@pytest.mark.article("13(3)", "14")
def test_host_reports_department_verifies_province_closes(story: Story) -> None:
    """第十三条（三）、第十四条：依托单位首报，组织推荐部门核实补充，省科技厅研判办结；报告即时通报。"""
    case = reported(story)
    summary = story.proceeding(case)
    assert (summary["kind"], summary["verdict"], summary["event_on"]) == ("leak", "larger", date(2026, 3, 1))
    assert (summary["submitted_on"], summary["late"], summary["status"]) == (date(2026, 3, 2), False, "reviewing")
    for reader in ("p-dept-jyt", "p-officer", "p-head"):
        assert story.told(reader, "发生技术、设备、信息、数据泄露或者滥用类事件“合作方服务器遭入侵致试验数据外泄”")
    story.does(case, "recommender_review", "submit", sheets.review(clock.today()))
    story.does(case, "judge", "close", sheets.judgement())
    assert story.end(case) == "closed"
    assert story.proceeding(case)["facts"] == {"consequences": "limited", "responsible": "partner"}
    for reader in (f"p-{HOST}", "p-dept-jyt"):
        assert story.told(
            reader, "已研判办结。结论：责任在合作方，依托单位处置及时，予以办结。整改要求：完善数据托管协议"
        )
    assert story.base(base_id(story)).status == "active"


@pytest.mark.article("13(3)")
@pytest.mark.parametrize(
    ("by", "next_task"), [("host", "recommender_review"), ("recommender", "judge"), ("province", "recommender_review")]
)
def test_who_knows_first_reports(story: Story, by: str, next_task: str) -> None:
    """第十三条（三）：依托单位、组织推荐部门、省科技厅均可首报；推荐部门首报的直接由省科技厅研判。"""
    case = reported(story, by)
    assert story.variables(case)["report"]["by"] == by
    assert story.elements(case) == [next_task]
    assert story.task(case, next_task).org_id == ("province" if next_task == "judge" else "dept-jyt")


@pytest.mark.article("13(3)")
def test_strangers_do_not_report(story: Story) -> None:
    """第十四条：其他单位、其他部门不能报告；已终止的基地不再报告。"""
    for person in ("p-host-jhsf", "p-city-330100", "p-dept-wjw"):
        with pytest.raises(Forbidden):
            story.starts("major_event", person, base_id=base_id(story))
    with story.database.writing(SYSTEM) as tx:
        register.change(tx, base_id(story), clock.today(), status="exited")
    with pytest.raises(Rejected, match="不符合"):
        begun(story)


@pytest.mark.article("22(4)")
@pytest.mark.parametrize(("days", "late"), [(0, False), (1, False), (2, True), (30, True)])
def test_first_report_is_late_after_its_hours(story: Story, days: int, late: bool) -> None:
    """第二十二条（四）：首报时限24小时，按日计；逾时的须说明原因并有标记。"""
    case = begun(story)
    content = sheets.report(clock.today() - timedelta(days=days))
    if late:
        with pytest.raises(Invalid) as error:
            story.does(case, "report_host", "submit", content)
        assert "应在24小时内首报" in error.value.fields["late_reason"]
        content["late_reason"] = "合作方昨日方才通报。"
    story.does(case, "report_host", "submit", content)
    assert story.proceeding(case)["late"] is late
    assert story.told("p-officer", "由依托单位报告，逾时") is late


@pytest.mark.article("22(4)")
def test_hours_are_a_parameter(story: Story) -> None:
    """第二十二条（四）：首报时限可调整，新事项按新值。"""
    story.sets("major_event.report_hours", 72, date(2026, 3, 3))
    story.today("2026-03-03")
    case = begun(story)
    story.does(case, "report_host", "submit", sheets.report(date(2026, 2, 28)))
    assert story.proceeding(case)["late"] is False


@pytest.mark.article("14")
@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"occurred_on": "2026-03-03"}, "occurred_on", "不能晚于今天"),
        ({"occurred_on": "2019-12-19"}, "occurred_on", "不能早于基地认定日期（2019年12月20日）"),
        ({"known_on": "2026-03-03"}, "known_on", "不能晚于今天"),
        ({"no_secret": False}, "no_secret", ""),
        ({"facts": "短"}, "facts", ""),
    ],
)
def test_days_and_the_secrecy_promise(story: Story, changes: dict[str, Any], field: str, said: str) -> None:
    """domain.md 3.7：日期不得在将来或者认定之前；须确认不含涉密信息。"""
    case = begun(story)
    with pytest.raises(Invalid) as error:
        story.does(case, "report_host", "submit", {**sheets.report(date(2026, 3, 1)), **changes})
    assert said in error.value.fields[field]


@pytest.mark.article("13(3)")
def test_department_sends_it_back_and_the_first_day_counts(story: Story) -> None:
    """第十三条（三）：退回补充后再报，以首报日期判断是否逾时；省科技厅首报的不能退给依托单位。"""
    case = reported(story)
    with pytest.raises(Invalid):
        story.does(case, "recommender_review", "return", {})
    story.does(case, "recommender_review", "return", {}, "请补充数据范围。")
    story.today("2026-03-09")
    story.does(
        case,
        "report_host",
        "submit",
        sheets.report(date(2026, 3, 1), facts="补充：外泄数据为二〇二五年试验数据，共三批次，均已列清单。"),
    )
    summary = story.proceeding(case)
    assert (summary["submitted_on"], summary["late"]) == (date(2026, 3, 2), False)
    own = reported(story, "province")
    with pytest.raises(Invalid) as error:
        story.does(own, "recommender_review", "return", {}, "请补充。")
    assert "现在不能选择" in error.value.fields["outcome"]


@pytest.mark.article("13(3)", "14")
def test_late_people_are_urged(story: Story) -> None:
    """第十三条（三）：核实到期催办；续报到期催报，均不终止。"""
    case = reported(story)
    story.today("2026-03-04", "00:01")
    assert story.task(case, "recommender_review").urged == 1
    story.does(case, "recommender_review", "submit", sheets.review(clock.today()))
    story.does(case, "judge", "follow_up", sheets.follow_up_wanted(clock.today()), "")
    assert story.told(f"p-{HOST}", "请于2026年3月11日前续报重大事件")
    story.today("2026-03-12", "00:01")
    assert story.task(case, "follow_up").urged == 1
    story.does(case, "follow_up", "submit", sheets.follow_up())
    assert story.elements(case) == ["judge"]


@pytest.mark.article("14")
def test_follow_ups_when_asked_and_of_ones_own_accord(story: Story) -> None:
    """第十四条、第十三条（三）：按要求续报可多次；依托单位、推荐部门随时补报、补充，原任务不变；经办可不再等待。"""
    case = reported(story)
    story.sends(case, "supplement", f"p-{HOST}", sheets.follow_up())
    story.sends(case, "advice", "p-dept-jyt", sheets.advice())
    assert story.elements(case) == ["recommender_review"]
    assert story.told("p-officer", "已补报重大事件")
    assert story.told("p-officer", "组织推荐部门已补充")
    with pytest.raises(Forbidden):
        story.sends(case, "advice", f"p-{HOST}", sheets.advice())
    story.does(case, "recommender_review", "submit", sheets.review(clock.today()))
    for _ in range(2):
        story.does(case, "judge", "follow_up", sheets.follow_up_wanted(clock.today()))
        story.does(case, "follow_up", "submit", sheets.follow_up())
    with pytest.raises(Invalid) as error:
        story.does(case, "judge", "follow_up", {"follow_up_about": "续报情况", "follow_up_on": "2026-03-01"})
    assert "follow_up_on" in error.value.fields
    story.does(case, "judge", "follow_up", sheets.follow_up_wanted(clock.today()))
    with pytest.raises(Forbidden):
        story.sends(case, "stop_waiting", f"p-{HOST}", sheets.stop_waiting())
    story.sends(case, "stop_waiting", "p-officer", sheets.stop_waiting())
    story.does(case, "judge", "close", sheets.judgement())
    assert story.end(case) == "closed"


@pytest.mark.article("22(4)")
def test_serious_consequences_begin_a_revocation(story: Story) -> None:
    """第二十二条（四）：造成严重影响及后果的，建议取消资格（情形G4），由取消资格程序核查；基地状态不变。"""
    story.releases(revocation__bpmn=small.procedure("revocation", "省科技厅经办"))
    case = reviewed(story)
    with pytest.raises(Invalid) as error:
        story.does(case, "judge", "close", {**sheets.proposal()})
    assert "不能直接办结" in error.value.fields["consequences"]
    with pytest.raises(Invalid) as error:
        story.does(case, "judge", "propose", sheets.judgement(consequences="serious"), "后果严重。")
    assert {"serious_confirmed", "ground_facts"} <= error.value.fields.keys()
    story.does(case, "judge", "propose", sheets.proposal(), "后果严重，建议立案。")
    assert story.end(case) == "proposed"
    (opened,) = [row for row in story.cases_of(base_id(story), open_only=True) if row.process == "revocation"]
    (ground,) = story.variables(opened.id)["begun"]["grounds"]
    assert (ground["ground"], ground["source"], ground["source_number"]) == ("G4", case, story.case(case).number)
    assert ground["facts"].startswith("依托单位未落实数据跨境管理制度")
    assert story.base(base_id(story)).status == "active"
    assert story.told("p-head", "已提出按第二十二条第（四）项取消资格的建议")


@pytest.mark.article("22(4)")
def test_second_event_joins_the_open_revocation(story: Story) -> None:
    """第二十二条：已有取消资格在办的，情形并入该件，不另立案。"""
    story.releases(revocation__bpmn=small.procedure("revocation", "省科技厅经办"))
    for _ in range(2):
        case = reviewed(story)
        story.does(case, "judge", "propose", sheets.proposal(), "后果严重，建议立案。")
    revocations = [row for row in story.cases_of(base_id(story)) if row.process == "revocation"]
    assert len(revocations) == 1


@pytest.mark.article("14")
@pytest.mark.parametrize("by", ["host", "recommender", "province"])
def test_draft_may_be_given_up_and_a_second_submission_is_stale(story: Story, by: str) -> None:
    """误发起的报告可以放弃；同一任务先后提交只有一次生效。"""
    case = begun(story, by)
    task = story.task(case, f"report_{by}")
    story.does(case, f"report_{by}", "withdraw")
    assert story.end(case) == "withdrawn"
    with pytest.raises(Stale):
        story.commands("submit", REPORTERS[by], task.id, sheets.report(date(2026, 3, 1)), "submit")
    assert story.proceeding(case)["submitted_on"] is None


@pytest.mark.article("22")
def test_end_of_the_base_ends_the_report(story: Story) -> None:
    """第二十二条：基地资格终止的，报告终止，已报材料存档。"""
    case = reviewed(story)
    story.delivers(case, "base_terminal", {"kind": "exited", "reason": "基地已主动退出", "case": "x"})
    assert story.end(case) == "ended"
    assert story.told(f"p-{HOST}", "基地已主动退出，重大事件报告")
    assert story.submitted_content(case, "shared/major_event")["kind"] == "leak"


@pytest.mark.article("13(3)")
def test_words_that_may_be_secret_raise_a_hint_only(story: Story) -> None:
    """非涉密系统：出现“机密”等字样给出提示，不阻止提交。"""
    case = begun(story)
    content = sheets.report(date(2026, 3, 1), persons="知悉该机密事项的两人")
    with story.database.reading(SYSTEM) as tx:
        said = story.installation.catalog.form(tx, story.case(case).release_id or "", "shared/major_event").ui[
            "ui:help"
        ]
    assert said.startswith("非涉密系统，严禁填报涉密信息")
    found = story.commands("check", REPORTERS["host"], story.task(case, "report_host").id, content)
    assert [row["message"] for row in found["findings"]] == [
        "内容中出现“机密”，本系统为非涉密系统，请确认未填报涉密信息"
    ]
    story.does(case, "report_host", "submit", content)
    assert story.elements(case) == ["recommender_review"]
