"""What people do with tasks and cases beside handing in forms: one effect each, by the right person, on record."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.demo import sheets
from webapp.engine import commands
from webapp.errors import Forbidden, Invalid, Rejected, Stale
from webapp.store import inbox, people

HOST = "host-jhsf"


def _case(story: Story) -> str:
    return story.applications[HOST]


def _task(story: Story, element: str) -> str:
    return story.task(_case(story), element).id


def _grants(story: Story, person: str, role: str, org: str) -> None:
    with story.database.writing(SYSTEM) as tx:
        people.grant(tx, person, role, org)


def _submits(story: Story, person: str, task_id: str, content: dict[str, Any], outcome: str, command_id: str) -> Any:
    actor = story.person(person)
    with story.database.writing(SYSTEM) as tx:
        return commands.submit(tx, actor, task_id, content, outcome, command_id=command_id)


# ---------------------------------------------------------------------------------------- once, by one


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_the_same_command_twice_has_one_effect(story: Story) -> None:
    """重复提交（同一操作编号）只生效一次，两次得到同一回答。"""
    task, sheet = _task(story, "recommender_review"), story.opinion(_case(story))
    first = _submits(story, "p-dept-jyt", task, sheet, "recommend", "twice")
    before = len(story.journal(_case(story)))
    second = _submits(story, "p-dept-jyt", task, sheet, "recommend", "twice")
    assert first == second
    assert len(story.journal(_case(story))) == before
    assert story.elements(_case(story)) == ["recommend"]


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_the_second_of_two_people_is_told_who_was_first(story: Story) -> None:
    """两人办理同一事项，后者得知由谁、何时办理。"""
    _grants(story, "p-dept-wjw", "recommender", "dept-jyt")
    task, sheet = _task(story, "recommender_review"), story.opinion(_case(story))
    _submits(story, "p-dept-jyt", task, sheet, "recommend", "one")
    with pytest.raises(Stale) as error:
        _submits(story, "p-dept-wjw", task, sheet, "recommend", "two")
    assert error.value.who == story.person("p-dept-jyt").name
    assert error.value.at == clock.now()
    assert error.value.who in error.value.message


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
@pytest.mark.parametrize(
    "person", ["p-dept-wjw", "p-dept-jyt-head", "p-officer", f"p-{HOST}", "expert-01", "p-sysadmin"]
)
def test_nobody_else_may_hand_in(story: Story, person: str) -> None:
    """非承办单位、非承办岗位的人员不能办理。"""
    with pytest.raises(Forbidden):
        _submits(story, person, _task(story, "recommender_review"), story.opinion(_case(story)), "recommend", "other")
    assert story.elements(_case(story)) == ["recommender_review"]


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_seat_that_has_ended_gives_no_right(story: Story) -> None:
    """岗位任期届满，办理权限随之终止。"""
    seat = story.person("p-dept-jyt").seats[0]
    with story.database.writing(SYSTEM) as tx:
        people.revoke(tx, seat.id, date(2026, 3, 9))
    sheet, task = story.opinion(_case(story)), _task(story, "recommender_review")
    story.today("2026-03-10")
    with pytest.raises(Forbidden):
        _submits(story, "p-dept-jyt", task, sheet, "recommend", "late")


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_unknown_outcomes_and_fields_are_refused(story: Story) -> None:
    """图上没有的办理结果、表单没有的填写项不予接受。"""
    with pytest.raises(Invalid) as error:
        story.does(_case(story), "recommender_review", "approve_everything", story.opinion(_case(story)))
    assert "outcome" in error.value.fields
    with pytest.raises(Invalid):
        story.does(_case(story), "recommender_review", "recommend", {**story.opinion(_case(story)), "is_admin": True})
    assert story.elements(_case(story)) == ["recommender_review"]


# ---------------------------------------------------------------------------------------- claim, hand over, delegate


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_claimed_task_is_its_claimant_s_until_released(story: Story) -> None:
    """签收后同事不能办理，释放后可以；不能抢签。"""
    _grants(story, "p-dept-wjw", "recommender", "dept-jyt")
    task = _task(story, "recommender_review")
    story.commands("claim", "p-dept-jyt", task)
    with pytest.raises(Forbidden, match="已由同事签收"):
        story.does(_case(story), "recommender_review", "recommend", story.opinion(_case(story)), person="p-dept-wjw")
    with pytest.raises(Rejected):
        story.commands("claim", "p-dept-wjw", task)
    with pytest.raises(Rejected):
        story.commands("release", "p-dept-wjw", task)
    story.commands("release", "p-dept-jyt", task)
    story.does(_case(story), "recommender_review", "recommend", story.opinion(_case(story)), person="p-dept-wjw")
    assert story.elements(_case(story)) == ["recommend"]


@pytest.mark.article("11(2)")
@pytest.mark.parametrize("leaves", ["seat ended", "account closed", "delegation over"])
@pytest.mark.stage("submitted")
def test_claim_of_somebody_who_left_counts_for_nothing(story: Story, leaves: str) -> None:
    """签收人调离、账号停用或代理到期的，同事不必找管理员释放即可签收、办理；其“我已签收”中不再有该事项。"""
    _grants(story, "p-dept-wjw", "recommender", "dept-jyt")
    task, holder = _task(story, "recommender_review"), "p-dept-jyt"
    if leaves == "delegation over":
        seat, holder = story.person("p-dept-jyt").seats[0], "p-city-330100"
        story.commands("delegate", "p-dept-jyt", seat.id, holder, date(2026, 3, 9), date(2026, 3, 9), "休假")
    story.commands("claim", holder, task)
    _leaves(story, leaves, holder)
    story.today("2026-03-10")
    sheet = story.opinion(_case(story))
    story.commands("claim", "p-dept-wjw", task)
    assert story.task(_case(story), "recommender_review").claimed_by == "p-dept-wjw"
    with story.database.writing(SYSTEM) as tx:
        inbox.put(tx, task, claimed_by=holder)
    if leaves != "account closed":
        gone = story.person(holder)
        with story.database.reading(SYSTEM) as tx:
            assert inbox.for_seat(tx, gone, tab="claimed").rows == []
    story.does(_case(story), "recommender_review", "recommend", sheet, person="p-dept-wjw")
    assert story.elements(_case(story)) == ["recommend"]


def _leaves(story: Story, how: str, person: str) -> None:
    with story.database.writing(SYSTEM) as tx:
        if how == "seat ended":
            people.revoke(tx, people.seats_of(tx, person)[0].id, date(2026, 3, 9))
        if how == "account closed":
            people.put(tx, people.person(tx, person), active=False)


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_task_is_handed_over_within_the_office(story: Story) -> None:
    """转办只能给本单位同岗位人员，须写明原因；转办后由其办理。"""
    task = _task(story, "recommender_review")
    with pytest.raises(Invalid) as error:
        story.commands("reassign", "p-dept-jyt", task, "p-dept-wjw", "出差。")
    assert "person" in error.value.fields
    _grants(story, "p-dept-wjw", "recommender", "dept-jyt")
    with pytest.raises(Invalid) as error:
        story.commands("reassign", "p-dept-jyt", task, "p-dept-wjw", "  ")
    assert "reason" in error.value.fields
    story.commands("reassign", "p-dept-jyt", task, "p-dept-wjw", "出差。")
    with pytest.raises(Forbidden):
        story.does(_case(story), "recommender_review", "recommend", story.opinion(_case(story)), person="p-dept-jyt")
    story.does(_case(story), "recommender_review", "recommend", story.opinion(_case(story)), person="p-dept-wjw")
    entry = next(row for row in story.journal(_case(story)) if row.action == "reassign")
    assert (entry.actor, entry.reason, entry.after) == ("p-dept-jyt", "出差。", '{"person":"p-dept-wjw"}')


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_deputy_acts_in_another_s_name_while_the_delegation_lasts(story: Story) -> None:
    """委托期内受托人可代办，留痕同时记录受托人和委托人；期外不能。"""
    seat = story.person("p-dept-jyt").seats[0].id
    with pytest.raises(Invalid):
        story.commands("delegate", "p-dept-jyt", seat, "p-dept-wjw", date(2026, 3, 1), date(2026, 3, 5), "休假")
    with pytest.raises(Invalid):
        story.commands("delegate", "p-dept-jyt", seat, "p-dept-jyt", date(2026, 3, 10), date(2026, 3, 12), "休假")
    with pytest.raises(Forbidden):
        story.commands("delegate", "p-dept-wjw", seat, "p-officer", date(2026, 3, 10), date(2026, 3, 12), "休假")
    story.commands("delegate", "p-dept-jyt", seat, "p-dept-wjw", date(2026, 3, 10), date(2026, 3, 12), "休假")
    with pytest.raises(Forbidden):
        story.does(_case(story), "recommender_review", "recommend", story.opinion(_case(story)), person="p-dept-wjw")
    story.today("2026-03-10")
    story.does(_case(story), "recommender_review", "recommend", story.opinion(_case(story)), person="p-dept-wjw")
    entry = story.journal(_case(story))[-1]
    assert (entry.actor, entry.acted_for) == ("p-dept-wjw", "p-dept-jyt")
    story.today("2026-03-13")
    assert all(seat.acted_for is None for seat in story.person("p-dept-wjw").seats)


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_superiors_urge(story: Story) -> None:
    """上级部门可以催办，承办人收到通知；无关人员不能催办。"""
    task = _task(story, "recommender_review")
    for person in ("p-host-hyxy", "p-dept-wjw", f"p-{HOST}"):
        with pytest.raises(Forbidden):
            story.commands("urge", person, [task])
    story.commands("urge", "p-officer", [task], "请于本周内完成初评。")
    assert story.task(_case(story), "recommender_review").urged == 1
    assert story.told("p-dept-jyt", "请于本周内完成初评")


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_colleague_is_asked_for_an_opinion(story: Story) -> None:
    """加签征求意见：对方收到问题，事项仍在原处。"""
    task = _task(story, "recommender_review")
    with pytest.raises(Invalid):
        story.commands("add_sign", "p-dept-jyt", task, "p-dept-wjw", "")
    story.commands("add_sign", "p-dept-jyt", task, "p-dept-wjw", "请对临床合作部分提出意见。")
    assert story.told("p-dept-wjw", "请对临床合作部分提出意见")
    assert story.elements(_case(story)) == ["recommender_review"]


# ---------------------------------------------------------------------------------------- take back


@pytest.mark.article("11(2)")
@pytest.mark.stage("opened")
def test_step_is_taken_back_until_the_next_person_opened_it(story: Story) -> None:
    """取回：下一环节未打开前，本人可以取回；打开后或他人不能。"""
    case = story.drafts()
    fill = story.task(case, "fill").id
    story.does(case, "fill", "submit", story.content())
    with pytest.raises(Forbidden):
        story.commands("withdraw", f"p-{HOST}-admin", fill, "误提交。")
    story.commands("withdraw", f"p-{HOST}", fill, "经费数据有误，先取回。")
    assert story.elements(case) == ["fill"]
    again = story.task(case, "fill").id
    story.does(case, "fill", "submit", story.content(annual_budget=900))
    story.commands("open", f"p-{HOST}-admin", story.task(case, "host_approve").id)
    with pytest.raises(Rejected, match="已经打开"):
        story.commands("withdraw", f"p-{HOST}", again, "再改。")
    assert story.elements(case) == ["host_approve"]


@pytest.mark.article("11(1)")
@pytest.mark.stage("opened")
def test_what_the_step_overwrote_is_as_before_when_it_is_taken_back(story: Story) -> None:
    """取回后台账摘要也恢复原样：报送日期、推荐部门、名称都不留下被取回的那一次。"""
    case = story.drafts()
    before = _summary(story, case)
    fill = story.task(case, "fill").id
    story.does(case, "fill", "submit", story.content())
    assert _summary(story, case) != before
    story.commands("withdraw", f"p-{HOST}", fill, "先取回。")
    assert _summary(story, case) == before
    story.does(case, "fill", "submit", story.content())
    sealed = story.task(case, "host_approve").id
    filled = _summary(story, case)
    story.approves(case)
    assert story.application(case).submitted_on == date(2026, 3, 9)
    story.commands("withdraw", f"p-{HOST}-admin", sealed, "盖章页不清晰。")
    assert _summary(story, case) == filled
    assert story.application(case).submitted_on is None
    story.today("2026-03-12")
    story.approves(case)
    assert story.application(case).submitted_on == date(2026, 3, 12), "the day it was really handed in"
    story.recommends(case)


def _summary(story: Story, case_id: str) -> dict[str, Any]:
    row, case = story.application(case_id).facts(), story.case(case_id)
    del row["updated_at"]
    return {**row, "title": case.title, "case_recommender": case.recommender_id}


@pytest.mark.article("11(1)")
@pytest.mark.stage("recommended")
def test_step_that_told_somebody_is_not_taken_back(story: Story) -> None:
    """退回补正已通知依托单位：提交后不能取回，说明原因，流程不动。"""
    case = _case(story)
    task = _task(story, "formal_check")
    story.does(case, "formal_check", "return", story.formal_check(case, correct="goals"), "缺少考核指标。")
    assert story.elements(case) == ["correct"]
    with pytest.raises(Rejected, match="已经发出通知"):
        story.commands("withdraw", "p-officer", task, "退错了。")
    assert story.elements(case) == ["correct"]


@pytest.mark.article("11(1)")
def test_plan_is_taken_back_before_it_is_published_but_a_notice_is_not(story: Story) -> None:
    """批次方案报批后可以取回，批次信息恢复；工作通知发布后不能取回。"""
    round_id = story.starts("designation_round", "p-officer", title="2026年度国合基地认定")
    before = story.round(round_id).facts()
    set_up = story.task(round_id, "set_up").id
    story.does(round_id, "set_up", "submit", sheets.set_up(clock.today()))
    assert story.round(round_id).window_from is not None
    story.commands("withdraw", "p-officer", set_up, "日期有误。")
    assert story.round(round_id).facts() == before
    assert story.elements(round_id) == ["set_up"]
    story.does(round_id, "set_up", "submit", sheets.set_up(clock.today()))
    approve = story.task(round_id, "approve_notice").id
    story.does(round_id, "approve_notice", "approve", sheets.approve_notice(clock.today()))
    with pytest.raises(Rejected):
        story.commands("withdraw", "p-head", approve, "先不发。")


@pytest.mark.article("11(2)")
@pytest.mark.stage("opened")
def test_draft_is_kept_for_its_writer(story: Story) -> None:
    """暂存：未填完的内容保存在服务器，仅本人可见，提交后清除。"""
    case = story.drafts()
    fill = story.task(case, "fill").id
    saved = story.commands("save_draft", f"p-{HOST}", fill, {"base_name": "柔性传感国际科技合作基地"})
    assert saved == clock.now()
    with pytest.raises(Forbidden):
        story.commands("save_draft", "p-host-hyxy", fill, {"base_name": "冒名"})
    advice = story.commands("check", f"p-{HOST}", fill, story.content(annual_budget=900))
    assert advice["errors"] == {}
    assert {finding["rule_id"] for finding in advice["findings"]} >= {"C1", "C2", "C9", "J6"}
    assert story.elements(case) == ["fill"]


# ---------------------------------------------------------------------------------------- operators


@pytest.mark.article("11")
@pytest.mark.stage("submitted")
def test_suspended_case_waits_with_its_timers(story: Story) -> None:
    """暂停：不能办理，期限到期不触发；恢复后补触发一次。"""
    with pytest.raises(Forbidden):
        story.commands("suspend", "p-officer", _case(story), "核查。")
    with pytest.raises(Invalid):
        story.commands("suspend", "p-head", _case(story), "")
    story.commands("suspend", "p-head", _case(story), "收到举报，先行核查。")
    assert story.case(_case(story)).status == "suspended"
    with pytest.raises(Rejected, match="已暂停"):
        story.opines(_case(story))
    with pytest.raises(Rejected):
        story.sends(_case(story), "withdraw", f"p-{HOST}", sheets.withdraw())
    story.today("2026-03-30")
    assert story.task(_case(story), "recommender_review").urged == 0
    with pytest.raises(Rejected):
        story.commands("suspend", "p-head", _case(story), "再次暂停。")
    story.commands("resume", "p-head", _case(story), "核查完毕。")
    assert story.task(_case(story), "recommender_review").urged == 1
    story.recommends(_case(story))


@pytest.mark.article("11")
@pytest.mark.stage("submitted")
def test_cancelled_case_leaves_no_task_and_does_not_hold_the_round(story: Story) -> None:
    """终止：待办、计时随之取消，批次不再等待该申报。"""
    with pytest.raises(Forbidden):
        story.commands("cancel", "p-officer", _case(story), "误建。")
    story.commands("cancel", "p-sysadmin", _case(story), "重复建立的测试申报。")
    assert story.case(_case(story)).status == "cancelled"
    assert (story.open(_case(story)), story.timers(_case(story)), story.reminders(_case(story))) == ([], {}, [])
    with pytest.raises(Rejected):
        story.commands("cancel", "p-sysadmin", _case(story), "再次终止。")
    story.today("2026-05-20")
    assert story.end(story.round_id) == "closed_empty"


@pytest.mark.article("11")
@pytest.mark.stage("recommended")
def test_operator_jumps(story: Story) -> None:
    """运维处置：跳转到同一流程的其他任务，写明原因；普通人员不能。"""
    task = _task(story, "formal_check")
    with pytest.raises(Forbidden):
        story.commands("jump", "p-officer", task, "recommend", "误办。")
    with pytest.raises(Rejected):
        story.commands("jump", "p-sysadmin", task, "no_such_element", "误办。")
    story.commands("jump", "p-sysadmin", task, "recommend", "推荐排序录入有误，退回上报环节。")
    assert story.elements(_case(story)) == ["recommend"]
    assert story.journal(_case(story))[-1].reason == "推荐排序录入有误，退回上报环节。"


@pytest.mark.article("11")
@pytest.mark.stage("recommended")
def test_nobody_returns_where_the_diagram_does_not_allow_it(story: Story) -> None:
    """退回到指定环节只限图上允许的环节。"""
    with pytest.raises(Forbidden):
        story.commands("return_to", "p-officer", _task(story, "formal_check"), "fill", "退回填报。")


# ---------------------------------------------------------------------------------------- on record


@pytest.mark.article("11")
@pytest.mark.stage("registering")
def test_every_step_is_on_record(story: Story) -> None:
    """留痕：每一步的办理人、岗位、环节、条款均有记录，链条完整。"""
    story.issues()
    entries = story.journal(_case(story))
    assert [row.seq for row in entries] == list(range(1, len(entries) + 1))
    acts = [row.action for row in entries]
    assert acts[0] == "start"
    assert acts[-1] == "message decided"
    assert [row.element for row in entries if row.action.startswith("submit")] == [
        "fill", "host_approve", "recommender_review", "recommend", "formal_check", *["score"] * 5, "summarise",
    ]  # fmt: skip
    assert all(row.seat for row in entries if row.action.startswith("submit"))
    assert {row.private for row in entries if row.element in ("score", "summarise")} == {True}
