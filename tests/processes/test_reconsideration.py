"""复核: a host has an adverse decision looked at again; every end, the limit to the second, and who may ask."""

from __future__ import annotations

from datetime import date

import pytest

from tests.processes.story import Story
from webapp import clock
from webapp.demo import sheets
from webapp.errors import Forbidden, Invalid, Rejected
from webapp.store import parameters

HOST = "host-jhsf"


def refused(story: Story) -> str:
    """An application that the Province did not accept on Monday 9 March 2026; the last day to ask is 23 March."""
    case = story.applications[HOST]
    story.does(case, "formal_check", "refuse", story.formal_check(case), "推荐函与申报书单位名称不一致。")
    return case


def asked(story: Story, application: str, host: str = HOST) -> str:
    return story.starts("reconsideration", f"p-{host}", host_id=host, parent_id=application)


def examined(story: Story, proposal: str = "uphold") -> str:
    """A request that lies with the head."""
    case = asked(story, refused(story))
    story.does(case, "request", "submit", sheets.reconsideration_request(story.file_id))
    story.does(case, "examine", "submit", sheets.reconsideration_examination(clock.today(), proposal))
    return case


@pytest.mark.article("11(4)")
@pytest.mark.stage("recommended")
def test_request_names_the_decision_and_its_last_day(story: Story) -> None:
    """第十一条（四）：自收到通知之日起10个工作日，首日不计。"""
    application = refused(story)
    case = asked(story, application)
    row = story.case(case)
    assert (row.parent_id, row.number, row.host_id) == (application, "FH-2026-0001", HOST)
    filing = story.variables(case)["filing"]
    assert (filing["decision"], filing["until"]) == ("不予受理", "2026-03-23")
    assert filing["reason"] == "推荐函与申报书单位名称不一致"
    assert story.task(case, "request").due_on == date(2026, 3, 23)


@pytest.mark.article("12(2)")
@pytest.mark.stage("recommended")
def test_decision_is_upheld_with_reasons(story: Story) -> None:
    """第十二条（二）：维持原决定，书面告知理由；原申报的记载不变。"""
    case = examined(story)
    application = story.case(case).parent_id or ""
    before = story.application(application).facts()
    story.does(case, "decide", "uphold", sheets.reconsideration_decision(clock.today()), "同意维持。")
    assert story.end(case) == "upheld"
    assert story.application(application).facts() == before
    (document,) = story.documents(case)
    assert (document.kind, document.content["result"], document.doc_no) == ("reconsideration", "维持原决定", None)
    assert document.content["original_reason"] == "推荐函与申报书单位名称不一致"
    for reader in (f"p-{HOST}", f"p-{HOST}-admin", "p-dept-jyt"):
        assert story.told(reader, "复核决定：维持原决定。理由：补充协议签署于申报截止之后")


@pytest.mark.article("12(2)")
@pytest.mark.stage("recommended")
def test_decision_is_changed_and_handed_on(story: Story) -> None:
    """第十二条（二）：变更原决定的须写明后续办理方式；省科技厅经办收到办理任务。"""
    case = examined(story, "change")
    with pytest.raises(Invalid) as error:
        story.does(case, "decide", "change", sheets.reconsideration_decision(clock.today()), "同意变更。")
    assert "measure" in error.value.fields
    decision = sheets.reconsideration_decision(clock.today(), measure="supplement")
    story.does(case, "decide", "change", decision, "同意变更。")
    assert story.end(case) == "changed"
    assert story.documents(case)[0].content["measure"] == "列入后续认定文件，按程序报批"
    assert story.told(f"p-{HOST}", "变更原决定")
    assert story.told("p-officer", "请办理：列入后续认定文件")
    assert story.application(story.case(case).parent_id or "").status == "not_accepted"


@pytest.mark.article("11(4)")
@pytest.mark.stage("recommended")
def test_request_is_not_accepted_for_a_named_ground(story: Story) -> None:
    """第十一条（四）：不予受理须写明情形。"""
    case = examined(story, "not_accept")
    with pytest.raises(Invalid) as error:
        story.does(case, "decide", "not_accept", sheets.reconsideration_decision(clock.today()), "不予受理。")
    assert "ground" in error.value.fields
    story.does(
        case,
        "decide",
        "not_accept",
        sheets.reconsideration_decision(clock.today(), ground="not_applicant"),
        "不予受理。",
    )
    assert story.end(case) == "not_accepted"
    assert story.told(f"p-{HOST}", "申请人不是原决定的当事单位")


@pytest.mark.article("12(2)")
@pytest.mark.stage("recommended")
def test_head_sends_the_examination_back(story: Story) -> None:
    """第十二条（二）：处室负责人退回审查，再次报送后决定；审查与决定不得由同一人。"""
    case = examined(story)
    story.does(case, "decide", "return", {}, "请补充听取推荐部门意见。")
    assert story.elements(case) == ["examine"]
    story.does(case, "examine", "submit", sheets.reconsideration_examination(clock.today()))
    story.does(case, "decide", "uphold", sheets.reconsideration_decision(clock.today()), "维持。")
    assert story.end(case) == "upheld"


@pytest.mark.article("11(4)")
@pytest.mark.stage("recommended")
def test_limit_is_the_end_of_the_last_day(story: Story) -> None:
    """第十一条（四）：最后一日当天仍可提交；次日零时起不再受理，已起草未提交的终止并告知。"""
    application = refused(story)
    case = asked(story, application)
    story.today("2026-03-23", "23:59")
    assert story.elements(case) == ["request"]
    story.today("2026-03-24", "00:00")
    assert story.end(case) == "lapsed"
    assert story.told(f"p-{HOST}", "申请复核的期限已于2026年3月23日届满")


@pytest.mark.article("11(4)")
@pytest.mark.stage("recommended")
def test_late_request_is_refused(story: Story) -> None:
    """第十一条（四）：逾期申请不予发起，提示届满日期；服务停机期间到期的也不能提交。"""
    application = refused(story)
    case = asked(story, application)
    story.stops("2026-03-24T08:00")
    with pytest.raises(Invalid) as error:
        story.does(case, "request", "submit", sheets.reconsideration_request(story.file_id))
    assert "已于2026年3月23日届满，不再受理" in error.value.fields[""]
    story.works()
    assert story.end(case) == "lapsed"


@pytest.mark.article("11(4)")
@pytest.mark.stage("recommended")
def test_nothing_can_be_begun_after_the_limit(story: Story) -> None:
    """第十一条（四）：逾期不予发起。"""
    application = refused(story)
    story.today("2026-03-24")
    with pytest.raises(Rejected, match="已于2026年3月23日届满，不再受理"):
        asked(story, application)


@pytest.mark.article("11(4)")
@pytest.mark.stage("recommended")
def test_days_are_those_that_the_decision_named(story: Story) -> None:
    """第十一条（四）：期限按原决定所告知的天数，此后调整参数不影响。"""
    application = refused(story)
    story.sets("reconsideration.days", 3, date(2026, 3, 10))
    story.today("2026-03-20")
    case = asked(story, application)
    assert story.variables(case)["filing"]["until"] == "2026-03-23"
    with story.database.reading(story.person("p-officer")) as tx:
        assert parameters.at(tx, clock.today())["reconsideration.days"] == 3


@pytest.mark.article("11(4)")
@pytest.mark.stage("recommended")
def test_only_the_host_concerned_may_ask_and_once(story: Story) -> None:
    """第十一条（四）：只能由当事单位申请，一次为限；放弃后不再受理。"""
    application = refused(story)
    with pytest.raises(Forbidden):
        story.starts("reconsideration", "p-host-hyxy", host_id=HOST, parent_id=application)
    with pytest.raises(Rejected, match="所针对的依托单位"):
        asked(story, application, "host-hyxy")
    with pytest.raises(Rejected, match="原事项"):
        story.starts("reconsideration", f"p-{HOST}", host_id=HOST)
    case = asked(story, application)
    story.does(case, "request", "withdraw")
    assert story.end(case) == "withdrawn"
    with pytest.raises(Rejected, match="已申请过复核（FH-2026-0001）"):
        asked(story, application)


@pytest.mark.article("11(4)")
@pytest.mark.stage("recommended")
def test_there_is_nothing_to_reconsider_while_the_application_is_open_or_given_up(story: Story) -> None:
    """第十一条（四）：在办或者自行撤回的申报没有可以申请复核的决定。"""
    application = story.applications[HOST]
    with pytest.raises(Rejected, match="没有可以申请复核的决定"):
        asked(story, application)
    story.sends(application, "withdraw", f"p-{HOST}", sheets.withdraw())
    with pytest.raises(Rejected, match="没有可以申请复核的决定"):
        asked(story, application)


@pytest.mark.article("11(4)")
@pytest.mark.stage("deciding")
def test_refused_and_deferred_applications_may_be_reconsidered(story: Story) -> None:
    """第十一条（四）：不予认定、暂缓认定均可申请复核。"""
    _, deferred, refusal = story.applications.values()
    story.decides({deferred: "defer", refusal: "refuse"})
    story.days_pass(12)
    story.issues()
    for application, decision in ((deferred, "暂缓认定"), (refusal, "不予认定")):
        host = story.application(application).host_id
        case = asked(story, application, host)
        assert story.variables(case)["filing"]["decision"] == decision
