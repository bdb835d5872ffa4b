"""绩效评价批次: scope, notice, waiting, ranking within the cap, decision, publicity, document, amendment, cancellation."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.processes.evaluating import Evaluating
from tests.processes.story import Story
from webapp import clock
from webapp.demo import evaluation_sheets as sheets
from webapp.demo import sheets as others
from webapp.errors import Forbidden, Invalid, Rejected

THREE = ("host-jhsf", "host-ywsl", "host-ygzn")


def began(story: Story, hosts: tuple[str, ...] = THREE, **changes: Any) -> Evaluating:
    """A round over the bases of these hosts, published on 2 March 2026: material by 30 March, reviews by 11 May."""
    story.today("2026-03-02")
    found = Evaluating(story, hosts)
    found.begins(**changes)
    return found


def reviewed(story: Story, shares: dict[str, float], **changes: Any) -> Evaluating:
    """All evaluations are ready and the deliberation is open."""
    found = began(story, tuple(shares), **changes)
    for host, share in shares.items():
        found.reviews(found.evaluations[host], share)
    return found


@pytest.mark.article("18", "12(3)", "19")
def test_round_from_notice_to_result(story: Story) -> None:
    """第十八条：从工作通知到评价结果，优秀发起奖励，不合格发起优化提升，逐家告知，批次关闭。"""
    found = began(story)
    assert story.round(found.round_id).status == "reviewing"
    assert [row.kind for row in story.documents(found.round_id)] == ["evaluation_notice"]
    found.grades({"host-jhsf": 0.95, "host-ywsl": 0.7, "host-ygzn": 0.3})
    ends = {host: story.end(case) for host, case in found.evaluations.items()}
    assert ends == {"host-jhsf": "excellent", "host-ywsl": "qualified", "host-ygzn": "unqualified"}
    assert (story.end(found.round_id), story.round(found.round_id).status) == ("closed", "closed_all")
    assert [row.kind for row in story.documents(found.round_id)] == ["evaluation_notice", "evaluation_result"]
    rows = {host: story.proceeding(case) for host, case in found.evaluations.items()}
    assert [(row["grade"], row["doc_no"]) for row in rows.values()] == [
        ("excellent", "浙科发外〔2026〕41号"), ("qualified", "浙科发外〔2026〕41号"), ("unqualified", "浙科发外〔2026〕41号"),
    ]  # fmt: skip
    assert all(row["period"] == found.round_id and row["decided_on"] == clock.today() for row in rows.values())
    assert [len(found.started(process)) for process in ("reward", "improvement", "revocation")] == [1, 1, 0]
    assert story.told("p-host-ygzn", "结果为“不合格”")
    assert story.told("p-host-jhsf", "结果为“优秀”")
    assert [row.kind for row in story.documents(found.evaluations["host-ywsl"])] == ["evaluation_feedback"]


@pytest.mark.article("18")
def test_plan_is_returned_once_and_approved_by_a_second_person(story: Story) -> None:
    """第十八条：批次方案经处室负责人批准；经办不能批准本人编制的方案。"""
    story.today("2026-03-02")
    found = Evaluating(story, THREE[:1])
    round_id = found.plans()
    assert (story.round(round_id).status, story.round(round_id).window_to) == ("preparing", date(2026, 3, 30))
    story.does(round_id, "approve_notice", "return", {}, "请缩小评价范围。")
    story.does(round_id, "set_up", "submit", sheets.set_up(clock.today(), categories=["joint_rd"]))
    found.publishes()
    assert (story.round(round_id).kind, story.round(round_id).release_id) == (
        "evaluation",
        story.case(round_id).release_id,
    )
    assert list(found.evaluations) == ["host-jhsf"]


def test_plan_is_given_up(story: Story) -> None:
    """编制中的批次可以取消。"""
    story.today("2026-03-02")
    found = Evaluating(story, THREE[:1])
    round_id = story.starts("evaluation_round", "p-officer", title="绩效评价")
    story.does(round_id, "set_up", "cancel", {}, "暂不开展。")
    assert (story.end(round_id), story.round(round_id).status, found.bases.keys()) == (
        "cancelled",
        "cancelled",
        {"host-jhsf"},
    )


def test_only_the_officer_opens_a_round(story: Story) -> None:
    for person in ("p-head", "p-dept-jyt", "p-host-jhsf"):
        with pytest.raises(Forbidden):
            story.starts("evaluation_round", person, title="绩效评价")


@pytest.mark.article("18")
def test_plan_without_anybody_in_scope_is_refused(story: Story) -> None:
    story.today("2026-03-02")
    Evaluating(story, THREE[:1])
    round_id = story.starts("evaluation_round", "p-officer", title="绩效评价")
    with pytest.raises(Invalid) as error:
        story.does(round_id, "set_up", "submit", sheets.set_up(clock.today(), cities=["331100"]))
    assert "没有符合范围的国合基地" in error.value.fields["designated_by"]


@pytest.mark.article("18", "23", "24")
def test_bases_left_out_have_their_reason(story: Story) -> None:
    """第十八条、第二十三条、第二十四条：未满两年、退出在办、国家级、刚评过的，逐家写明理由。"""
    story.today("2026-03-02")
    found = Evaluating(story, ("host-jhsf", "host-ywsl"))
    found.bases["host-ygzn"] = found.designates("host-ygzn", date(2024, 3, 3))
    found.bases["host-txsw"] = found.designates("host-txsw", level="national")
    found.records("host-ywsl", "px", process="evaluation", grade="qualified", status="qualified",
                  decided_on=date(2025, 9, 1), ended_on=date(2025, 9, 1))  # fmt: skip
    found.begins()
    assert list(found.evaluations) == ["host-jhsf"]
    skipped = found.skipped()
    assert "未满2年" in skipped["host-ygzn"]
    assert "第二十四条" in skipped["host-txsw"]
    assert "本评价周期内已于2025年9月1日评价" in skipped["host-ywsl"]


@pytest.mark.article("18")
def test_every_base_has_one_evaluation_however_often_the_batch_runs(story: Story) -> None:
    """成批发起：每个基地一件，重复运行不重复。"""
    found = began(story)
    before = found.evaluations
    for _ in range(2):
        story.installation.runners["batch"](found.batch_id())
    assert found.evaluations == before
    assert len(before) == 3


# ---------------------------------------------------------------------------------------- waiting


@pytest.mark.article("18")
def test_late_evaluations_are_waited_for_or_postponed(story: Story) -> None:
    """第十八条：评审截止日过后，逐家决定延长等待或者转入以后批次。"""
    found = began(story)
    first, second, third = (found.evaluations[host] for host in THREE)
    for case in (first, second, third):
        found.assesses(case)
        found.opines(case)
    found.scores(first, 0.9)
    found.suggests(first)
    story.today("2026-05-12")
    assert story.elements(found.round_id) == ["handle_late"]
    assert story.told("p-officer", "尚有2家未完成评价")
    with pytest.raises(Invalid):
        story.does(found.round_id, "handle_late", "submit", sheets.handle_late(clock.today(), {second: "wait"}))
    story.does(
        found.round_id, "handle_late", "submit", sheets.handle_late(clock.today(), {second: "wait", third: "postpone"})
    )
    assert (story.end(third), story.proceeding(third)["status"]) == ("postponed_by_round", "postponed")
    assert story.told("p-host-ygzn", "转入以后批次评价，本轮不计等次")
    assert story.elements(found.round_id) == []
    story.today("2026-05-20")
    found.scores(second, 0.7)
    found.suggests(second)
    assert story.elements(found.round_id) == ["deliberate"]
    assert [row["base_name"] for row in found.matrix()] == [
        "鉴湖师范大学国际科技合作基地",
        "义乌丝路创新服务有限公司国际科技合作基地",
    ]


def test_late_once_more_is_asked_again(story: Story) -> None:
    """延长后仍未完成的，再次处理。"""
    found = began(story, THREE[:1])
    found.assesses(found.evaluations["host-jhsf"])
    case = found.evaluations["host-jhsf"]
    found.opines(case)
    story.today("2026-05-12")
    story.does(found.round_id, "handle_late", "submit", sheets.handle_late(clock.today(), {case: "wait"}))
    story.today("2026-05-26")
    assert story.elements(found.round_id) == []
    story.today("2026-05-27")
    assert story.elements(found.round_id) == ["handle_late"]


@pytest.mark.article("18")
def test_what_is_ready_while_the_late_ones_are_handled_is_counted_afterwards(story: Story) -> None:
    """处理逾期期间完成的评价、由此转入以后批次的评价，都不成为异常：批次随后从台账重新统计。"""
    found = began(story)
    first, second, third = (found.evaluations[host] for host in THREE)
    for case in (first, second, third):
        found.assesses(case)
        found.opines(case)
    found.scores(first, 0.9)
    found.suggests(first)
    found.scores(second, 0.7)
    story.today("2026-05-12")
    assert story.elements(found.round_id) == ["handle_late"]
    found.suggests(second)
    actions = {second: "wait", third: "postpone"}
    story.does(found.round_id, "handle_late", "submit", sheets.handle_late(clock.today(), actions))
    assert story.elements(found.round_id) == ["deliberate"]
    assert len(found.matrix()) == 2
    assert story.incidents(found.round_id) == []


@pytest.mark.article("18")
def test_round_with_nobody_to_grade_closes(story: Story) -> None:
    """全部暂缓的批次自行关闭。"""
    found = began(story, THREE[:1])
    case = found.evaluations["host-jhsf"]
    story.today("2026-03-31")
    story.does(case, "handle_no_show", "postpone", sheets.no_show(), "受台风影响，同意暂缓。")
    assert story.end(case) == "postponed"
    assert (story.end(found.round_id), story.round(found.round_id).status) == ("closed_empty", "closed_all")


# ---------------------------------------------------------------------------------------- decision


@pytest.mark.article("18")
def test_deliberation_keeps_the_cap_and_gives_reasons(story: Story) -> None:
    """第十八条：优秀不超过比例；改变等次须写明理由。"""
    found = reviewed(story, {"host-jhsf": 0.95, "host-ywsl": 0.9})
    assert [(row["rank"], row["suggested"]) for row in found.matrix()] == [(1, "excellent"), (2, "qualified")]
    second = found.matrix()[1]["evaluation"]
    content = sheets.deliberate(clock.today(), found.matrix(), {second: "excellent"})
    with pytest.raises(Invalid) as error:
        story.does(found.round_id, "deliberate", "submit", content)
    assert "超过优秀比例允许的1家" in error.value.fields["rows"]
    without = sheets.deliberate(clock.today(), found.matrix(), {second: "unqualified"})
    del without["rows"][1]["reason"]
    with pytest.raises(Invalid):
        story.does(found.round_id, "deliberate", "submit", without)
    reasoned = sheets.deliberate(clock.today(), found.matrix(), {second: "unqualified"})
    story.does(found.round_id, "deliberate", "submit", reasoned)
    assert story.elements(found.round_id) == ["cosign", "cosign"]


@pytest.mark.article("18")
def test_every_return_leads_back_to_the_deliberation(story: Story) -> None:
    """会签不同意、处室负责人退回、厅领导退回，均回到综合评议。"""
    found = reviewed(story, {"host-jhsf": 0.95})
    round_id = found.round_id
    story.does(round_id, "deliberate", "submit", sheets.deliberate(clock.today(), found.matrix()))
    found.cosigns("disagree", "有一项数据待核。")
    assert story.elements(round_id) == ["deliberate"]
    story.does(round_id, "deliberate", "submit", sheets.deliberate(clock.today(), found.matrix()))
    found.cosigns("remark", "建议补充说明。")
    story.does(round_id, "head_review", "return", {}, "请补充说明。")
    found.deliberates()
    story.does(round_id, "decide", "return", {}, "请再研究。")
    found.deliberates()
    found.decides()
    assert story.elements(round_id) == ["register_document"]


@pytest.mark.article("18")
def test_leader_decides_otherwise_with_a_reason(story: Story) -> None:
    """厅领导改变建议等次，理由告知依托单位。"""
    found = reviewed(story, {"host-jhsf": 0.7})
    found.deliberates()
    case = found.evaluations["host-jhsf"]
    found.decides({case: "unqualified"})
    found.issues()
    assert story.end(case) == "unqualified"
    assert story.proceeding(case)["note"] == "综合考虑成果水平和整改情况"


@pytest.mark.article("18")
def test_a_used_document_number_is_refused(story: Story) -> None:
    """文号已用的不能印发；成文日期不能晚于今天。"""
    found = reviewed(story, {"host-jhsf": 0.7})
    found.deliberates()
    found.decides()
    sheet = sheets.register_document(clock.today(), "浙科发外〔2022〕9号")
    ahead = {**sheet, "issued_on": "2026-12-31"}
    with pytest.raises(Invalid) as error:
        story.does(found.round_id, "register_document", "issue", ahead)
    assert "issued_on" in error.value.fields
    found.issues()
    assert story.end(found.round_id) == "closed"


@pytest.mark.article("18")
def test_publicity_with_an_upheld_objection_goes_back_once(story: Story) -> None:
    """公示异议成立的，退回综合评议重新研究，再次公示后印发。"""
    found = reviewed(story, {"host-jhsf": 0.95, "host-ywsl": 0.7}, publicity=True, publicity_days=5)
    found.deliberates()
    found.decides()
    round_id, case = found.round_id, found.evaluations["host-jhsf"]
    assert story.round(round_id).status == "publicity"
    (public,) = [row for row in story.documents(round_id) if row.kind == "evaluation_publicity"]
    assert [(row["base_name"], row["grade"]) for row in public.content["list"]] == [
        ("鉴湖师范大学国际科技合作基地", "优秀"), ("义乌丝路创新服务有限公司国际科技合作基地", "合格"),
    ]  # fmt: skip
    story.sends(round_id, "objection", "p-officer", others.objection(case, clock.today(), story.file_id))
    assert story.told("p-host-jhsf", "收到对鉴湖师范大学国际科技合作基地的异议")
    story.does(round_id, "investigate", "uphold", others.investigate(clock.today()), "数据不实。")
    story.days_pass(12)
    assert story.elements(round_id) == ["deliberate"]
    answered = sheets.deliberate(clock.today(), found.matrix(), {case: "qualified"}, {case: "核减后按合格提出"})
    story.does(round_id, "deliberate", "submit", answered)
    found.cosigns()
    story.does(round_id, "head_review", "approve", sheets.head_review())
    found.decides()
    story.days_pass(12)
    assert story.elements(round_id) == ["register_document"]
    found.issues()
    assert story.proceeding(case)["grade"] == "qualified"
    assert len([row for row in story.documents(round_id) if row.kind == "evaluation_publicity"]) == 2


# ---------------------------------------------------------------------------------------- dates and cancellation


@pytest.mark.article("18")
def test_extension_moves_limits_timers_and_reminders(story: Story) -> None:
    """第十八条：批次延期，自评、意见的时限和提醒一并顺延，各方知悉。"""
    found = began(story, THREE[:2])
    first, second = (found.evaluations[host] for host in THREE[:2])
    found.assesses(second)
    story.today("2026-03-20")
    wish = sheets.amend(date(2026, 4, 15), date(2026, 5, 6), date(2026, 6, 1))
    with pytest.raises(Forbidden):
        story.sends(found.round_id, "amend_round", "p-dept-jyt", wish)
    story.sends(found.round_id, "amend_round", "p-officer", wish)
    assert story.task(first, "self_assess").due_on == date(2026, 4, 15)
    assert story.task(second, "recommender_opinion").due_on == date(2026, 5, 6)
    assert {row.due_at.astimezone(clock.CHINA).date() for row in story.reminders(first)} == {
        date(2026, 3, 31), date(2026, 4, 8), date(2026, 4, 12), date(2026, 4, 14),
    }  # fmt: skip
    assert story.told("p-host-jhsf", "材料截止2026年4月15日，评价意见截止2026年5月6日")
    story.today("2026-03-31")
    assert story.elements(first) == ["self_assess"]
    story.today("2026-04-16")
    assert story.elements(first) == ["handle_no_show"]
    story.today("2026-05-12")
    assert story.elements(found.round_id) == []
    assert story.timers(found.round_id)["review_by_passed"].date() == date(2026, 6, 2)


def test_extension_is_offered_while_evaluations_run_only(story: Story) -> None:
    found = reviewed(story, {"host-jhsf": 0.7})
    wish = sheets.amend(date(2026, 4, 15), date(2026, 5, 6), date(2026, 6, 1))
    with pytest.raises(Rejected):
        story.sends(found.round_id, "amend_round", "p-officer", wish)


@pytest.mark.article("18")
@pytest.mark.parametrize("late", [False, True])
def test_round_is_cancelled(story: Story, late: bool) -> None:
    """第十八条：批次取消，在办评价全部终止并告知；只有处室负责人可以取消。"""
    found = reviewed(story, {"host-jhsf": 0.7}) if late else began(story, THREE[:1])
    case = found.evaluations["host-jhsf"]
    with pytest.raises(Forbidden):
        story.sends(found.round_id, "cancel_round", "p-officer", sheets.cancel())
    story.sends(found.round_id, "cancel_round", "p-head", sheets.cancel())
    assert (story.end(found.round_id), story.round(found.round_id).status) == ("cancelled_midway", "cancelled")
    assert (story.end(case), story.proceeding(case)["status"]) == ("round_cancelled", "round_cancelled")
    assert story.told("p-host-jhsf", "已取消")
    assert story.open(case) == []


def test_an_operator_ends_an_evaluation_and_the_round_goes_on(story: Story) -> None:
    """运维终止一件评价，批次重新统计。"""
    found = reviewed_but_one(story)
    story.commands("cancel", "p-head", found.evaluations["host-ywsl"], "重复发起")
    assert story.elements(found.round_id) == ["deliberate"]
    story.commands("cancel", "p-head", found.round_id, "批次有误")
    assert story.end(found.evaluations["host-jhsf"]) == "round_cancelled"
    assert story.round(found.round_id).status == "cancelled"


def reviewed_but_one(story: Story) -> Evaluating:
    found = began(story, THREE[:2])
    found.reviews(found.evaluations["host-jhsf"], 0.7)
    return found


@pytest.mark.article("18", "22")
def test_a_base_that_ended_before_the_document_is_not_in_it(story: Story) -> None:
    """印发前基地已退出的，不在结果名单中，其余照常。"""
    found = reviewed(story, {"host-jhsf": 0.7, "host-ywsl": 0.7})
    found.deliberates()
    found.decides()
    gone = found.evaluations["host-ywsl"]
    story.delivers(gone, "base_terminal", {"kind": "exited", "reason": "基地已主动退出"})
    found.issues()
    assert (story.end(gone), story.end(found.evaluations["host-jhsf"])) == ("ended", "qualified")
    (result,) = [row for row in story.documents(found.round_id) if row.kind == "evaluation_result"]
    assert [row["base_name"] for row in result.content["list"]] == ["鉴湖师范大学国际科技合作基地"]
    assert story.end(found.round_id) == "closed"
