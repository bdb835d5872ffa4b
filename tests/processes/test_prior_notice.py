"""事先告知与陈述申辩: the host is told, heard within its period, and answered point by point before anything is decided."""

from __future__ import annotations

from datetime import date

import pytest

from tests.processes import revocations as stage
from tests.processes.revocations import HOST
from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.demo import revocation_sheets as sheets
from webapp.errors import Forbidden, Invalid
from webapp.store import people


def spoken(story: Story, *, hearing: bool = False) -> str:
    """The host has made its statement."""
    case = stage.told(story)
    story.does(case, "statement", "submit", sheets.statement(story.file_id, hearing=hearing))
    return case


@pytest.mark.article("22")
def test_notice_names_facts_grounds_intention_and_rights(story: Story) -> None:
    """省政府令第348号：事先告知事实、理由、依据和陈述申辩的权利；期限10个工作日，首日不计。"""
    case = stage.told(story)
    (notice,) = story.documents(case)
    assert (notice.kind, notice.issued_on) == ("revocation_notice", date(2026, 3, 2))
    assert notice.content["cited"].endswith("第二十二条第（三）项")
    assert (notice.content["days"], notice.content["due_on"]) == (10, "2026-03-16")
    task = story.task(case, "statement")
    assert (task.due_on, task.org_id, task.role) == (date(2026, 3, 16), HOST, "host")
    assert story.proceeding(case)["due_on"] == date(2026, 3, 16)
    for reader in (f"p-{HOST}", f"p-{HOST}-admin"):
        assert story.told(reader, "你单位有权在收到本告知之日起10个工作日内提出陈述、申辩，逾期视为放弃")


@pytest.mark.article("22")
def test_days_are_those_in_force_when_the_case_began(story: Story) -> None:
    """立案后调整参数的，在办案件仍按原期限。"""
    case = stage.asked(story)
    story.today("2026-03-03")
    story.sets("revocation.statement_days", 3, clock.today())
    story.does(case, "verify", "proceed", sheets.verification(*stage.G3))
    stage.notified(story, case)
    assert story.task(case, "statement").due_on == date(2026, 3, 17)


@pytest.mark.article("12(2)")
def test_head_returns_the_draft_and_drafter_does_not_sign(story: Story) -> None:
    """第十二条（二）：拟稿、签发不得为同一人；退回须写意见。"""
    case = stage.asked(story)
    story.does(case, "verify", "proceed", sheets.verification(*stage.G3))
    story.does(case, "draft_notice", "submit", sheets.notice("G3"))
    with pytest.raises(Invalid):
        story.does(case, "approve_notice", "return", {})
    story.does(case, "approve_notice", "return", {}, "请补充证据目录。")
    assert story.elements(case) == ["draft_notice"]
    with story.database.writing(SYSTEM) as tx:
        people.grant(tx, "p-officer", "division_head", "province", by="test", valid_from=date(2026, 1, 1))
    story.does(case, "draft_notice", "submit", sheets.notice("G3"))
    with pytest.raises(Forbidden):
        story.does(case, "approve_notice", "approve", sheets.notice_approval(), person="p-officer")
    story.does(case, "approve_notice", "approve", sheets.notice_approval())
    assert story.elements(case) == ["statement"]


@pytest.mark.article("22")
def test_silence_is_a_waiver_at_the_end_of_the_last_day(story: Story) -> None:
    """期限最后一日24时前可以提出；届满未提出视为放弃，转集体决定。"""
    case = stage.told(story)
    story.today("2026-03-16", "23:59")
    assert story.elements(case) == ["statement"]
    story.today("2026-03-17", "00:00")
    assert story.elements(case) == ["decide"]
    assert story.variables(case)["hearing"]["how"] == "silent"
    assert story.told("p-officer", "期限内未提出陈述、申辩，视为放弃")
    assert stage.prior(story, case, "decide")["heard"] == "你单位在告知的期限内未提出陈述、申辩，视为放弃。"


@pytest.mark.article("22")
def test_late_statement_is_refused_even_while_the_worker_stands_still(story: Story) -> None:
    """期限届满后提交的不再接受，写明届满日期。"""
    case = stage.told(story)
    story.stops("2026-03-17T08:00")
    with pytest.raises(Invalid) as error:
        story.does(case, "statement", "submit", sheets.statement(story.file_id))
    assert error.value.fields[""] == "陈述、申辩期限已于2026年3月16日届满，视为放弃。"
    story.works()
    assert story.elements(case) == ["decide"]


@pytest.mark.article("22")
def test_waiver_is_in_writing(story: Story) -> None:
    """书面放弃须有盖章声明。"""
    case = stage.told(story)
    with pytest.raises(Invalid) as error:
        story.does(case, "statement", "waive", {})
    assert error.value.fields.keys() == {"waiver"}
    story.does(case, "statement", "waive", {"waiver": story.file_id})
    assert story.elements(case) == ["decide"]
    assert story.told("p-officer", "书面放弃陈述、申辩")


@pytest.mark.article("22")
def test_statement_is_answered_point_by_point(story: Story) -> None:
    """陈述申辩逐条复核，不采纳的写明理由，经法制审核后报集体决定，写入决定。"""
    case = spoken(story)
    assert story.elements(case) == ["review_statement"]
    review = sheets.review()
    review["points"][1].pop("reason")
    with pytest.raises(Invalid) as error:
        story.does(case, "review_statement", "submit", review)
    assert "请写明理由" in error.value.fields["points.1.reason"]
    story.does(case, "review_statement", "submit", sheets.review())
    assert story.task(case, "law_review").org_id == "province-fg"
    story.does(case, "law_review", "agree", sheets.law_review())
    points = stage.prior(story, case, "decide")["points"]
    assert [row["result"] for row in points] == ["采纳", "部分采纳"]
    story.does(case, "decide", "revoke", sheets.decision(clock.today(), "G3"))
    story.does(case, "register_document", "issue", sheets.document(clock.today()))
    content = story.documents(case)[1].content
    assert content["heard"] == "你单位提出陈述、申辩。我厅已逐条复核。"
    assert content["points"][1]["reason"].startswith("材料由依托单位盖章承诺")


@pytest.mark.article("22")
def test_hearing_is_held_when_asked_for(story: Story) -> None:
    """要求听证的须写明事项；听证7个工作日前通知，笔录随案。"""
    case = stage.told(story)
    wish = sheets.statement(story.file_id, hearing=True)
    with pytest.raises(Invalid) as error:
        story.does(case, "statement", "submit", {k: v for k, v in wish.items() if k != "hearing_reason"})
    assert "hearing_reason" in error.value.fields
    story.does(case, "statement", "submit", wish)
    assert story.elements(case) == ["hold_hearing"]
    story.today("2026-03-20")
    record = {**sheets.hearing(clock.today()), "record": story.file_id}
    with pytest.raises(Invalid) as error:
        story.does(case, "hold_hearing", "submit", {**record, "notified_on": "2026-03-16"})
    assert "7个工作日前通知，最早为2026年3月25日" in error.value.fields["held_on"]
    story.does(case, "hold_hearing", "submit", record)
    story.does(case, "review_statement", "submit", sheets.review())
    story.does(case, "law_review", "agree", sheets.law_review())
    assert "依法组织了听证" in stage.prior(story, case, "decide")["heard"]


@pytest.mark.article("12(2)")
def test_law_division_sends_the_review_back_once(story: Story) -> None:
    """法规处室不同意的退回复核一次；仍不同意的，分歧随案报决定。"""
    case = spoken(story)
    for left in ("review_statement", "decide"):
        story.does(case, "review_statement", "submit", sheets.review("rejected"))
        with pytest.raises(Invalid):
            story.does(case, "law_review", "disagree", sheets.law_review())
        story.does(case, "law_review", "disagree", sheets.law_review(), "证据不足以支持不采纳。")
        assert story.elements(case) == [left]
    hearing = story.variables(case)["hearing"]
    assert (hearing["disagreed"], hearing["reviews"]) == (True, 2)
    assert hearing["opinions"][0]["opinion"] == "证据不足以支持不采纳；程序合法，依据适当"


@pytest.mark.article("22")
def test_second_notice_is_heard_anew(story: Story) -> None:
    """退回补充核实后另行告知的，期限重新起算，前次陈述不作本次的放弃或者陈述。"""
    case = spoken(story)
    story.does(case, "review_statement", "submit", sheets.review())
    story.does(case, "law_review", "remark", sheets.law_review(), "请核对协议日期。")
    story.does(case, "decide", "return", {}, "补充核实协议日期。")
    story.today("2026-03-10")
    story.does(case, "verify", "proceed", sheets.verification(*stage.G3))
    stage.notified(story, case)
    assert story.task(case, "statement").due_on == date(2026, 3, 24)
    story.today("2026-03-25")
    assert story.elements(case) == ["decide"]
    assert story.variables(case)["hearing"]["how"] == "silent"
    assert stage.prior(story, case, "decide")["points"] == []
    assert len(story.documents(case)) == 2


@pytest.mark.article("22")
def test_nobody_speaks_for_the_host(story: Story) -> None:
    """陈述申辩由依托单位提出，他单位、推荐部门不能代办。"""
    case = stage.told(story)
    for person in ("p-host-jhsf", stage.DEPARTMENT, "p-officer"):
        with pytest.raises(Forbidden):
            story.does(case, "statement", "submit", sheets.statement(story.file_id), person=person)
