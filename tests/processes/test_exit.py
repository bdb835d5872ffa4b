"""主动退出: asked for by the host or for it, approved with effect from a day, refused, withdrawn, moot (第二十三条)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.processes import exits
from tests.processes import revocations as stage
from tests.processes.revocations import DEPARTMENT, HOST
from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.demo import exit_sheets as sheets
from webapp.demo import revocation_sheets
from webapp.engine import commands
from webapp.errors import Forbidden, Invalid, Rejected, Stale
from webapp.store import marks, proceedings, register

TERMINAL = {"kind": "transferred_national", "reason": "基地已转为科技部国合基地", "case": "case-x"}


# ---------------------------------------------------------------------------------------- exited


@pytest.mark.article("23")
def test_base_leaves_without_a_ban(story: Story) -> None:
    """第二十三条：依托单位申请，经审批后不再作为国合基地管理；不产生限制申报。"""
    case = exits.exited(story)
    assert story.end(case) == "exited"
    base = story.base(stage.base_of(story))
    assert (base.status, base.status_on) == ("exited", date(2026, 3, 2))
    assert stage.bans_of(story) == []
    (document,) = story.documents(case)
    assert (document.kind, document.doc_no) == ("exit", "浙科发外〔2026〕51号")
    assert document.content["reason"].startswith("合作中止。主要合作机构")
    row = story.proceeding(case)
    assert (row["status"], row["verdict"], row["event_on"]) == ("exited", "exited", date(2026, 3, 2))
    for reader in (f"p-{HOST}", f"p-{HOST}-admin", DEPARTMENT, "p-officer"):
        assert story.told(reader, "退出国合基地序列（浙科发外〔2026〕51号），不产生限制申报")


@pytest.mark.article("23")
def test_exit_waits_for_its_day(story: Story) -> None:
    """第二十三条：生效日期在后的，到日零时退出；此前仍在册，停机越过的按生效日期记载。"""
    case = exits.exited(story, date(2026, 6, 1))
    assert story.told(f"p-{HOST}", "自2026年6月1日起不再作为国合基地管理")
    assert story.proceeding(case)["status"] == "waiting"
    story.today("2026-05-31", "23:59")
    assert (story.end(case), story.base(stage.base_of(story)).status) == (None, "active")
    story.stops("2026-06-03T08:00")
    story.works()
    assert story.end(case) == "exited"
    assert story.base(stage.base_of(story)).status_on == date(2026, 6, 1)


@pytest.mark.article("23")
def test_as_of_the_day_before_the_base_was_one(story: Story) -> None:
    case = exits.exited(story)
    base = stage.base_of(story)
    with story.database.reading(SYSTEM) as tx:
        assert register.as_of(tx, base, date(2026, 3, 1))["status"] == "active"
        assert register.as_of(tx, base, date(2026, 3, 2))["status"] == "exited"
        assert [r.source_case for r in register.history(tx, base) if r.field == "status"][-1] == case


@pytest.mark.article("13(2)")
def test_department_asks_for_a_dissolved_host(story: Story) -> None:
    """domain.md 3.7 no. 3：依托单位注销的，由组织推荐部门代为提出，不再另行审核。"""
    case = exits.filed_by_department(story)
    assert story.elements(case) == ["examine"]
    assert story.told(f"p-{HOST}", "宁波市科学技术局提出磁性材料国际科技合作基地主动退出")
    exits.exited(story, case=case)
    assert story.end(case) == "exited"


@pytest.mark.article("13(2)")
def test_department_corrects_its_own_request_or_gives_it_up(story: Story) -> None:
    """代为提出的退回组织推荐部门修改；放弃的终止。"""
    case = exits.filed_by_department(story)
    story.does(case, "examine", "return", sheets.correction(), "请补充登记机关证明。")
    assert story.elements(case) == ["apply_on_behalf"]
    assert story.told(DEPARTMENT, "代为提出的磁性材料国际科技合作基地退出申请需补正1处")
    story.does(case, "apply_on_behalf", "cancel", {}, "单位恢复运行。")
    assert (story.end(case), story.proceeding(case)["status"]) == ("withdrawn", "withdrawn")


# ---------------------------------------------------------------------------------------- refused, withdrawn


@pytest.mark.article("23")
def test_leader_refuses_with_reason_and_remedies(story: Story) -> None:
    """第二十三条：不予批准写明理由和复核、复议途径；仍作为国合基地管理。"""
    case = exits.examined(story)
    story.does(case, "head_review", "approve", sheets.head_review())
    with pytest.raises(Invalid):
        story.does(case, "decide", "refuse", sheets.decision(clock.today()))
    story.does(case, "decide", "refuse", sheets.decision(clock.today()), "尚有国家任务未完成。")
    assert (story.end(case), story.proceeding(case)["verdict"]) == ("refused", "refused")
    assert story.base(stage.base_of(story)).status == "active"
    for text in ("未获批准，仍作为国合基地管理。理由：尚有国家任务未完成", "申请复核", "行政复议"):
        assert story.told(f"p-{HOST}", text)


@pytest.mark.article("23")
def test_host_gives_up_its_draft(story: Story) -> None:
    case = exits.begun(story)
    story.does(case, "apply", "cancel", {}, "继续运行。")
    assert (story.end(case), story.proceeding(case)["status"]) == ("withdrawn", "withdrawn")
    assert not story.told(DEPARTMENT, "撤回")
    assert story.base(stage.base_of(story)).status == "active"


@pytest.mark.article("23")
def test_host_withdraws_until_the_decision(story: Story) -> None:
    """第二十三条：作出决定前可以撤回，他人不能代为撤回；批准后不能撤回。"""
    case = exits.examined(story)
    with pytest.raises(Forbidden):
        story.sends(case, "withdraw", DEPARTMENT, sheets.withdrawal())
    story.sends(case, "withdraw", f"p-{HOST}", sheets.withdrawal())
    assert (story.end(case), story.proceeding(case)["status"]) == ("withdrawn_on_request", "withdrawn")
    assert story.told(DEPARTMENT, "的退出申请已撤回")
    again = exits.approved(story)
    with pytest.raises(Rejected, match="撤回退出申请"):
        story.sends(again, "withdraw", f"p-{HOST}", sheets.withdrawal())


@pytest.mark.article("13(4)")
def test_each_level_returns_and_reads_again(story: Story) -> None:
    """退回后在期限内修改；推荐部门退回的先由其审核，省科技厅退回的直接报省科技厅；次数有限。"""
    case = exits.requested(story)
    for _ in range(2):
        story.does(case, "opine", "return", sheets.correction(), "请补充材料。")
        assert story.told(f"p-{HOST}", "需补正1处，请于2026年3月16日前修改后重新提交")
        assert story.task(case, "correct").due_on == date(2026, 3, 16)
        request = sheets.request(clock.today(), story.file_id, exits.owed(story, case, "correct"))
        story.does(case, "correct", "submit", request)
        assert story.elements(case) == ["opine"]
    with pytest.raises(Invalid) as error:
        story.does(case, "opine", "return", sheets.correction(), "再补充。")
    assert "现在不能选择" in error.value.fields["outcome"]
    story.does(case, "opine", "disagree", sheets.opinion(clock.today()), "建议继续运行。")
    story.does(case, "examine", "return", sheets.correction(), "请补充合作机构确认。")
    request = sheets.request(clock.today(), story.file_id, exits.owed(story, case, "correct"))
    story.does(case, "correct", "submit", request)
    assert story.elements(case) == ["examine"]


@pytest.mark.article("23")
def test_correction_not_handed_in_counts_as_withdrawn(story: Story) -> None:
    """逾期未修改，视为撤回；最后一日24时前可以提交。"""
    case = exits.requested(story)
    story.does(case, "opine", "return", sheets.correction(), "请补充材料。")
    story.today("2026-03-16", "23:59")
    assert story.elements(case) == ["correct"]
    story.today("2026-03-17", "00:00")
    assert (story.end(case), story.proceeding(case)["status"]) == ("withdrawn", "withdrawn")
    assert story.told(f"p-{HOST}", "逾期未修改，视为撤回")


@pytest.mark.article("12(2)")
def test_head_and_leader_send_it_back(story: Story) -> None:
    """第十二条（二）：处室负责人、厅领导可以退回经办。"""
    case = exits.examined(story)
    story.does(case, "head_review", "return", {}, "请核对结余。")
    exits.examined(story, case)
    story.does(case, "head_review", "approve", sheets.head_review())
    story.does(case, "decide", "return", {}, "请补充会议材料。")
    assert story.elements(case) == ["examine"]
    exits.exited(story, case=case)
    assert story.end(case) == "exited"


@pytest.mark.article("13(4)")
def test_silent_department_is_urged(story: Story) -> None:
    """第十三条（四）：逾期未审核的催办，申请继续等候。"""
    case = exits.requested(story)
    assert story.task(case, "opine").due_on == date(2026, 3, 16)
    story.today("2026-03-17")
    assert story.elements(case) == ["opine"]
    assert story.task(case, "opine").urged == 1


# ---------------------------------------------------------------------------------------- obligations


@pytest.mark.article("15")
@pytest.mark.article("19")
def test_reports_and_reward_money_are_settled_first(story: Story) -> None:
    """第十五条、第十九条：逾期年报、奖励经费结余须先办结，或者写明不再要求的理由。"""
    base = stage.base_of(story)
    with story.database.writing(SYSTEM) as tx:
        marks.raise_mark(tx, base, "annual_report_overdue", "2025", "2025年度报告逾期", None)
        facts = {"round_name": "2024年度绩效评价"}
        proceedings.record(tx, "reward-old", base_id=base, process="reward", amount=50, spent=20, facts=facts)
    case = exits.begun(story)
    rows = exits.owed(story, case)
    assert [(row["item"], row["handling"]) for row in rows] == [
        ("2025年度报告（逾期）", "settle"),
        ("2024年度绩效评价奖励经费结余30万元", "settle"),
    ]
    with pytest.raises(Invalid) as error:
        story.does(case, "apply", "submit", sheets.request(clock.today(), story.file_id, rows[:1]))
    assert "obligations.1.plan" in error.value.fields
    story.does(case, "apply", "submit", sheets.request(clock.today(), story.file_id, rows))
    story.does(case, "opine", "agree", sheets.opinion(clock.today()))
    with pytest.raises(Invalid) as error:
        story.does(case, "examine", "submit", sheets.examination(rows, "no"))
    assert "2024年度绩效评价奖励经费结余30万元须先办结" in error.value.fields["obligations"]
    waived = sheets.examination(rows, "waived")
    waived["obligations"][0]["note"] = ""
    with pytest.raises(Invalid) as error:
        story.does(case, "examine", "submit", waived)
    assert "obligations.0.note" in error.value.fields
    story.does(case, "examine", "submit", sheets.examination(rows, "waived"))
    assert story.elements(case) == ["head_review"]


# ---------------------------------------------------------------------------------------- meeting others


@pytest.mark.article("23")
def test_one_exit_at_a_time(story: Story) -> None:
    """domain.md 3.6：退出一次一件。"""
    exits.begun(story)
    with pytest.raises(Rejected, match="一次只能办理一件"):
        exits.begun(story)


@pytest.mark.article("22")
def test_exit_begun_during_a_revocation_waits_and_goes_on_by_itself(story: Story) -> None:
    """domain.md 3.6：取消程序在办的，退出暂缓受理，可存草稿；不予取消而办结的，自行恢复。"""
    revocation = stage.opened(story)
    case = exits.begun(story)
    assert story.case(case).status == "suspended"
    request = sheets.request(clock.today(), story.file_id, exits.owed(story, case))
    story.commands("save_draft", f"p-{HOST}", story.task(case, "apply").id, request)
    with pytest.raises(Rejected):
        story.does(case, "apply", "submit", request)
    story.sends(revocation, "withdraw_case", "p-officer", revocation_sheets.withdrawal())
    assert story.case(case).status == "open"
    assert story.told(f"p-{HOST}", "取消资格程序已办结")
    story.does(case, "apply", "submit", request)
    assert story.elements(case) == ["opine"]


@pytest.mark.article("22")
def test_exit_under_way_is_held_by_a_revocation_and_its_day_waits(story: Story) -> None:
    """domain.md 3.6：已批准而未生效的退出，取消立案后暂缓，到期不生效；未取消的恢复后即生效。"""
    case = exits.exited(story, date(2026, 3, 20))
    revocation = stage.begun(story)
    assert story.case(case).status == "open"
    stage.opened(story, case=revocation)
    assert story.case(case).status == "suspended"
    assert story.told(f"p-{HOST}", "取消资格程序已立案")
    story.today("2026-03-25")
    assert story.base(stage.base_of(story)).status == "active"
    story.sends(revocation, "withdraw_case", "p-officer", revocation_sheets.withdrawal())
    assert story.end(case) == "exited"
    assert story.base(stage.base_of(story)).status_on == date(2026, 3, 20)


@pytest.mark.article("22")
def test_revocation_makes_the_exit_moot(story: Story) -> None:
    """domain.md 3.6：取消资格生效的同一事务，退出终止为不再办理，待办和计时消失，限制照常产生。"""
    case = exits.requested(story)
    stage.revoked(story)
    assert (story.end(case), story.proceeding(case)["verdict"]) == ("moot", "moot")
    assert (story.open(case), story.timers(case)) == ([], {})
    assert story.told(f"p-{HOST}", "退出申请不再办理。原因：基地资格已取消")
    assert len(stage.bans_of(story)) == 1
    assert story.case(case).ended_at == story.case(story.cases_of(stage.base_of(story))[-1].id).ended_at


@pytest.mark.article("22")
def test_exit_ends_an_open_revocation_lead(story: Story) -> None:
    """立案前（未暂缓）退出先行生效的，取消程序终止，事实留案。"""
    case = exits.approved(story)
    revocation = stage.proposed(story)
    story.does(case, "register_document", "issue", sheets.document(clock.today()))
    assert story.end(case) == "exited"
    assert (story.end(revocation), story.proceeding(revocation)["note"]) == ("ended", "基地已主动退出")


@pytest.mark.article("24")
@pytest.mark.parametrize("before", ["begun", "requested", "examined", "approved"])
def test_base_that_ended_otherwise_ends_the_exit(story: Story, before: str) -> None:
    """第二十四条：基地已转国家级的，退出申请终止。"""
    case = getattr(exits, before)(story)
    story.delivers(case, "base_terminal", TERMINAL)
    assert (story.end(case), story.open(case)) == ("ended", [])
    assert story.told(f"p-{HOST}", "原因：基地已转为科技部国合基地")


@pytest.mark.article("24")
def test_exit_of_a_base_that_is_none_any_more_is_not_approved(story: Story) -> None:
    """转国家级由经办决定退出如何办理：已不在册的不能再批准。"""
    case = exits.examined(story)
    story.does(case, "head_review", "approve", sheets.head_review())
    with story.database.writing(SYSTEM) as tx:
        register.change(tx, stage.base_of(story), clock.today(), status="transferred_national")
    with pytest.raises(Invalid) as error:
        story.does(case, "decide", "approve", sheets.decision(clock.today()))
    assert "已不在册" in error.value.fields[""]
    story.does(case, "decide", "refuse", sheets.decision(clock.today()), "已转国家级，按科技部办法办理。")
    assert story.end(case) == "refused"


# ---------------------------------------------------------------------------------------- who may, when, twice


@pytest.mark.article("23")
def test_only_the_base_s_own_people_ask(story: Story) -> None:
    """第二十三条：他单位、他部门、省科技厅不能提出；已退出的不能再提出。"""
    for person in ("p-host-jhsf", "p-city-330100", "p-officer"):
        with pytest.raises(Forbidden):
            exits.begun(story, person)
    exits.exited(story)
    with pytest.raises(Rejected, match="不符合发起"):
        exits.begun(story)


@pytest.mark.article("23")
def test_days_must_be_possible(story: Story) -> None:
    """拟退出日期不早于今天；生效不早于成文；签署不晚于今天。"""
    case = exits.begun(story)
    late = sheets.request(clock.today(), story.file_id, intended_on="2026-03-01")
    with pytest.raises(Invalid) as error:
        story.does(case, "apply", "submit", late)
    assert "intended_on" in error.value.fields
    story.does(case, "apply", "submit", sheets.request(clock.today(), story.file_id))
    with pytest.raises(Invalid) as error:
        story.does(case, "opine", "agree", sheets.opinion(clock.today(), signed_on="2026-03-03"))
    assert "signed_on" in error.value.fields
    story.does(case, "opine", "agree", sheets.opinion(clock.today()))
    exits.approved(story, case)
    with pytest.raises(Invalid) as error:
        story.does(case, "register_document", "issue", sheets.document(clock.today(), date(2026, 3, 1)))
    assert "effective_on" in error.value.fields


@pytest.mark.article("13(2)")
def test_host_cannot_have_ended_tomorrow(story: Story) -> None:
    case = exits.begun(story, DEPARTMENT)
    content = sheets.on_behalf(clock.today(), story.file_id, host_ended_on="2026-03-03")
    with pytest.raises(Invalid) as error:
        story.does(case, "apply_on_behalf", "submit", content)
    assert "host_ended_on" in error.value.fields


@pytest.mark.article("23")
def test_second_tab_finds_it_done(story: Story) -> None:
    """domain.md 3.7 no. 9：同一操作重复提交只办一次；另一页面再提交的提示已办。"""
    case = exits.approved(story)
    task, content = story.task(case, "register_document"), sheets.document(clock.today())
    for _ in range(2):
        with story.database.writing(SYSTEM) as tx:
            commands.submit(tx, story.person("p-officer"), task.id, content, "issue", command_id="twice")
    assert len(story.documents(case)) == 1
    with pytest.raises(Stale), story.database.writing(SYSTEM) as tx:
        commands.submit(tx, story.person("p-officer"), task.id, content, "issue", command_id="another")
