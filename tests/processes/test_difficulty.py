"""困难协调 (第十三条第二项): asked, answered by the department or the Province, confirmed; every end."""

from __future__ import annotations

import pytest

from tests.processes.story import Story
from webapp import clock
from webapp.demo import difficulty_sheets as sheets
from webapp.errors import Forbidden, Invalid, Rejected, Stale

HOST, DEPARTMENT = "host-xxlg", "p-dept-jyt"


def base_id(story: Story) -> str:
    return story.bases(host_id=HOST)[0].id


def begun(story: Story) -> str:
    return story.starts("difficulty", f"p-{HOST}", base_id=base_id(story))


def asked(story: Story) -> str:
    """A request that lies with the department."""
    case = begun(story)
    story.does(case, "ask", "submit", sheets.ask())
    return case


def answered(story: Story) -> str:
    """A request whose answer the host is to confirm."""
    case = asked(story)
    story.does(case, "answer", "answer", sheets.answer(clock.today()))
    return case


@pytest.mark.article("13(2)")
def test_department_answers_and_the_host_confirms(story: Story) -> None:
    """第十三条（二）：依托单位提出，组织推荐部门协调答复，依托单位确认办结。"""
    case = asked(story)
    assert story.told(DEPARTMENT, "提出困难协调：外方专家来访签证办理周期过长")
    story.does(case, "answer", "answer", sheets.answer(clock.today()))
    assert story.told(f"p-{HOST}", "已由组织推荐部门答复：已会同外事部门开通绿色通道")
    story.does(case, "confirm", "confirm", sheets.confirm())
    assert story.end(case) == "answered"
    summary = story.proceeding(case)
    assert (summary["status"], summary["kind"], summary["verdict"]) == ("answered", "foreign_affairs", "solved")
    assert summary["facts"] == {"by": "recommender", "satisfied": "satisfied", "asked": 1}
    assert story.told(DEPARTMENT, "已办结（已解决，依托单位已确认）")


@pytest.mark.article("12(3)", "13(2)")
def test_department_passes_it_on_to_the_province(story: Story) -> None:
    """第十三条（二）、第十二条（三）：超出部门职责的报省科技厅协调；省科技厅可退回，也可直接答复。"""
    case = asked(story)
    with pytest.raises(Invalid) as error:
        story.does(case, "answer", "pass_on", {}, "请省厅协调。")
    assert "pass_on_reason" in error.value.fields
    story.does(case, "answer", "pass_on", sheets.pass_on(), "请省厅协调。")
    story.does(case, "province_answer", "return", {}, "属市级权限，请继续协调。")
    assert story.elements(case) == ["answer"]
    story.does(case, "answer", "pass_on", sheets.pass_on(), "确需省级协调。")
    story.does(case, "province_answer", "answer", sheets.answer(clock.today(), result="partly"))
    assert story.told(f"p-{HOST}", "已由省科技厅答复")
    assert story.told(DEPARTMENT, "已由省科技厅答复")
    story.does(case, "confirm", "confirm", sheets.confirm())
    assert story.proceeding(case)["facts"]["by"] == "province"


@pytest.mark.article("13(2)")
def test_host_may_ask_again_so_often(story: Story) -> None:
    """第十三条（二）：仍需协调的说明理由再次转办，次数以参数为限。"""
    case = answered(story)
    for number in (2, 3):
        story.does(case, "confirm", "ask_again", sheets.ask_again(), "仍未解决。")
        assert story.variables(case)["asked"]["number"] == number
        assert story.seen(case, "answer")["asked"]["again"].startswith("其中一名专家")
        story.does(case, "answer", "answer", sheets.answer(clock.today(), result="explained"))
    with pytest.raises(Invalid) as error:
        story.does(case, "confirm", "ask_again", sheets.ask_again(), "仍未解决。")
    assert "现在不能选择" in error.value.fields["outcome"]
    story.does(case, "confirm", "confirm", sheets.confirm())
    assert story.proceeding(case)["facts"]["asked"] == 3


@pytest.mark.article("13(2)")
def test_silence_counts_as_confirmed(story: Story) -> None:
    """第十三条（二）：逾期未确认的视为办结。"""
    case = answered(story)
    assert story.task(case, "confirm").due_on.isoformat() == "2026-03-16"
    story.today("2026-03-16", "23:59")
    assert story.elements(case) == ["confirm"]
    story.today("2026-03-17", "00:00")
    assert story.end(case) == "answered"
    assert story.proceeding(case)["facts"]["satisfied"] == ""
    assert story.told(f"p-{HOST}", "逾期未确认，视为办结")


@pytest.mark.article("13(2)", "12(3)")
def test_late_answers_are_urged(story: Story) -> None:
    """第十三条（二）：组织推荐部门、省科技厅逾期未答复的催办，不终止。"""
    case = asked(story)
    story.today("2026-03-17", "00:01")
    assert story.task(case, "answer").urged == 1
    story.does(case, "answer", "pass_on", sheets.pass_on(), "请省厅协调。")
    due = story.task(case, "province_answer").due_on
    story.today(due.isoformat(), "23:59")
    story.minutes_pass(2)
    assert story.task(case, "province_answer").urged == 1


@pytest.mark.article("13(2)")
def test_host_gives_up_or_withdraws(story: Story) -> None:
    """第十三条（二）：起草时可以放弃；提出后问题自行解决的可以撤回，告知组织推荐部门。"""
    draft = begun(story)
    with pytest.raises(Rejected):
        story.sends(draft, "withdraw", f"p-{HOST}", sheets.withdraw())
    story.does(draft, "ask", "withdraw")
    assert story.end(draft) == "withdrawn"
    case = asked(story)
    with pytest.raises(Forbidden):
        story.sends(case, "withdraw", DEPARTMENT, sheets.withdraw())
    story.sends(case, "withdraw", f"p-{HOST}", sheets.withdraw())
    assert story.end(case) == "withdrawn_on_request"
    assert story.told(DEPARTMENT, "已撤回困难协调")


@pytest.mark.article("22")
def test_end_of_the_base_ends_the_request(story: Story) -> None:
    """第二十二条：基地资格终止的，困难协调终止。"""
    case = asked(story)
    story.delivers(case, "base_terminal", {"kind": "revoked", "reason": "基地资格已取消", "case": "x"})
    assert story.end(case) == "ended"
    assert story.told(f"p-{HOST}", "基地资格已取消，困难协调")


@pytest.mark.article("13(2)")
def test_only_the_host_asks_and_once_with_one_page(story: Story) -> None:
    """只有依托单位提出；希望解决的时间不得早于今天；同一任务先后提交只有一次生效。"""
    for person in (DEPARTMENT, "p-officer", "p-host-jhsf"):
        with pytest.raises(Forbidden):
            story.starts("difficulty", person, base_id=base_id(story))
    case = begun(story)
    with pytest.raises(Invalid) as error:
        story.does(case, "ask", "submit", sheets.ask(wanted_by="2026-03-01"))
    assert "不能早于今天" in error.value.fields["wanted_by"]
    task = story.task(case, "ask")
    story.does(case, "ask", "submit", sheets.ask())
    with pytest.raises(Stale):
        story.commands("submit", f"p-{HOST}", task.id, sheets.ask(), "submit")
