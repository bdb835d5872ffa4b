"""认定申报: one application from its draft to its end; every end of settled.md 19, every way back."""

from __future__ import annotations

from datetime import date

import pytest

from tests.processes.story import Story
from webapp import clock
from webapp.demo import sheets
from webapp.errors import Forbidden, Invalid, Rejected
from webapp.store import people

HOST = "host-jhsf"
REASON = "合作协议支撑不足，建议完善后再行申报"


def _today() -> date:
    return clock.today()


# ---------------------------------------------------------------------------------------- the ends


@pytest.mark.article("11(4)")
@pytest.mark.stage("deciding")
def test_each_application_has_its_own_decision(story: Story) -> None:
    """第十一条（四）：逐件决定——予以认定、暂缓、不予认定；均通知申报单位，不利决定写明理由和复核途径。"""
    approved, deferred, refused = story.applications.values()
    story.decides({deferred: "defer", refused: "refuse"})
    story.days_pass(12)
    story.issues()
    assert [story.end(case) for case in (approved, deferred, refused)] == ["designated", "deferred", "refused"]
    assert [story.application(case).status for case in (approved, deferred, refused)] == [
        "designated",
        "deferred",
        "refused",
    ]
    assert [story.application(case).decision_reason for case in (deferred, refused)] == [REASON, REASON]
    assert [base.application_id for base in story.bases(doc_no="浙科发外〔2026〕12号")] == [approved]
    for host in ("host-hyxy", "host-ywsl"):
        for reader in (f"p-{host}", f"p-{host}-admin"):
            assert story.told(reader, REASON)
            assert story.told(reader, "申请复核")
    assert story.told("p-host-jhsf", "认定为省科技厅国际科技合作基地（联合研发类）")


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_recommender_refuses_with_a_reason(story: Story) -> None:
    """第十一条（二）：不予推荐须写明理由，申报终止，单位知悉理由和复核途径。"""
    case = story.applications[HOST]
    with pytest.raises(Invalid) as error:
        story.does(case, "recommender_review", "refuse", story.opinion(case))
    assert "opinion" in error.value.fields
    story.does(case, "recommender_review", "refuse", story.opinion(case), "合作协议即将到期，近期无续签计划。")
    assert story.end(case) == "not_recommended"
    assert story.application(case).status == "not_recommended"
    assert story.told(f"p-{HOST}", "合作协议即将到期")
    assert story.told(f"p-{HOST}", "申请复核")
    assert story.open(case) == []


@pytest.mark.article("11(2)")
@pytest.mark.stage("recommended")
def test_province_does_not_accept(story: Story) -> None:
    """第十一条（二）：形式审查不予受理，理由告知单位。"""
    case = story.applications[HOST]
    story.does(case, "formal_check", "refuse", story.formal_check(case), "推荐函与申报书单位名称不一致且拒不更正。")
    assert story.end(case) == "not_accepted"
    assert story.told(f"p-{HOST}", "推荐函与申报书单位名称不一致")
    assert story.told(f"p-{HOST}", "申请复核")


@pytest.mark.article("11(1)")
@pytest.mark.stage("opened")
def test_window_closes_on_drafts_and_on_the_host_s_approval(story: Story) -> None:
    """第十一条（一）：申报截止，未报送的终止为未提交；已报送的继续。"""
    drafted = story.drafts("host-jhsf")
    filled = story.drafts("host-hyxy")
    story.does(filled, "fill", "submit", story.content("host-hyxy", topic="海洋观测", number=2))
    sent = story.submits("host-ywsl", "open_service", "丝路技术转移", 3)
    story.today("2026-04-10", "23:59")
    assert (story.elements(drafted), story.elements(filled)) == (["fill"], ["host_approve"])
    story.today("2026-04-11", "00:00")
    assert [story.end(case) for case in (drafted, filled, sent)] == ["not_submitted", "not_submitted", None]
    assert [story.application(case).status for case in (drafted, filled)] == ["not_submitted"] * 2
    assert story.elements(sent) == ["recommender_review"]
    assert story.told("p-host-hyxy", "未在规定时间内报送")


@pytest.mark.article("11(1)")
@pytest.mark.stage("opened")
def test_host_gives_up_its_draft(story: Story) -> None:
    """第十一条（一）：起草人放弃申报，无需填完；可以再次起草。"""
    case = story.drafts()
    story.does(case, "fill", "withdraw")
    assert (story.end(case), story.application(case).status) == ("withdrawn", "withdrawn")
    again = story.submits()
    assert story.elements(again) == ["recommender_review"]


@pytest.mark.article("11(1)")
@pytest.mark.parametrize("stage", ["submitted", "recommended", "accepted", "reviewed"])
def test_host_withdraws_before_the_decision(story: Story, stage: str) -> None:
    """第十一条（一）：作出决定前，依托单位可以撤回申报，在办事项随之关闭。"""
    case = story.applications[HOST]
    story.sends(case, "withdraw", f"p-{HOST}", sheets.withdraw())
    assert (story.end(case), story.application(case).status) == ("withdrawn_on_request", "withdrawn")
    assert story.open(case) == []
    assert story.timers(case) == {}


@pytest.mark.article("11(4)")
@pytest.mark.stage("published")
def test_host_cannot_withdraw_after_the_decision(story: Story) -> None:
    """第十一条（四）：作出决定后不得撤回。"""
    case = story.applications[HOST]
    with pytest.raises(Rejected):
        story.sends(case, "withdraw", f"p-{HOST}", sheets.withdraw())
    assert story.end(case) is None
    assert "withdraw" not in {offer.message for offer in story.commands("offers", f"p-{HOST}", case)}


@pytest.mark.article("11(1)")
@pytest.mark.stage("submitted")
def test_only_the_host_itself_may_withdraw(story: Story) -> None:
    """第十一条（一）：他单位和推荐部门不能代为撤回。"""
    for person in ("p-host-hyxy", "p-dept-jyt", "p-officer"):
        with pytest.raises(Forbidden):
            story.sends(story.applications[HOST], "withdraw", person, sheets.withdraw())


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_correction_not_handed_in_counts_as_withdrawn(story: Story) -> None:
    """第十一条（二）：退回后10个工作日内未补正，视为撤回。"""
    case = story.applications[HOST]
    story.does(case, "recommender_review", "return", sheets.correction(_today()), "建设目标不具体，请补充。")
    assert story.elements(case) == ["correct"]
    assert story.task(case, "correct").due_on == date(2026, 3, 23)
    story.today("2026-03-23", "23:59")
    assert story.elements(case) == ["correct"]
    story.today("2026-03-24", "00:00")
    assert (story.end(case), story.application(case).status) == ("withdrawn", "withdrawn")
    assert story.told(f"p-{HOST}", "视为撤回")


@pytest.mark.article("22")
@pytest.mark.stage("recommended")
def test_ban_that_begins_before_acceptance_ends_the_application(story: Story) -> None:
    """第二十二条：受理前开始限制申报的，受理时终止并告知限制期。"""
    case = story.applications[HOST]
    story.bans(HOST, date(2026, 3, 10))
    story.today("2026-03-10")
    story.does(case, "formal_check", "accept", story.formal_check(case))
    assert (story.end(case), story.application(case).status) == ("banned", "banned")
    assert story.told(f"p-{HOST}", "2029年3月11日起可再次申报")
    assert story.application(case).accepted_no is None


@pytest.mark.article("22")
@pytest.mark.stage("submitted")
def test_ban_that_begins_before_the_opinion_keeps_it_from_being_recommended(story: Story) -> None:
    """第二十二条：推荐部门打开时已限制申报的，只能不予推荐。"""
    case = story.applications[HOST]
    story.bans(HOST, date(2026, 3, 10))
    story.today("2026-03-11")
    with pytest.raises(Invalid, match="填写内容有误") as error:
        story.opines(case)
    assert "三年内不得申报" in error.value.fields["eligibility_confirmed"]
    story.does(case, "recommender_review", "refuse", story.opinion(case), "该单位处于限制申报期。")
    assert story.end(case) == "not_recommended"


@pytest.mark.article("18")
@pytest.mark.parametrize("stage", ["submitted", "accepted", "reviewed"])
def test_ban_that_is_announced_ends_the_application_at_once(story: Story, stage: str) -> None:
    """第十八条、第二十二条：取消资格决定生效时，通知在办申报立即终止。"""
    case = story.applications[HOST]
    story.bans(HOST, _today())
    story.delivers(case, "base_host_banned", {"reason": "取消资格决定"})
    assert (story.end(case), story.application(case).status) == ("banned_midway", "banned")
    assert story.told(f"p-{HOST}", "起可再次申报")
    assert story.open(case) == []


@pytest.mark.article("22")
@pytest.mark.stage("opened")
def test_banned_host_cannot_submit_until_the_day_after_the_ban(story: Story) -> None:
    """第二十二条：限制期内不得申报，期满次日可在同一申报窗口内报送。"""
    story.bans(HOST, date(2023, 3, 12))
    case = story.drafts()
    for day in ("2026-03-09", "2026-03-12"):
        story.today(day)
        with pytest.raises(Invalid) as error:
            story.does(case, "fill", "submit", story.content())
        assert "2026-03-13起可再次申报" in "".join(error.value.fields.values())
    story.today("2026-03-13")
    story.does(case, "fill", "submit", story.content())
    assert story.elements(case) == ["host_approve"]


STAGES_OF_ONE = ("submitted", "recommended", "accepted", "reviewed")


@pytest.mark.article("11")
@pytest.mark.parametrize("stage", STAGES_OF_ONE)
def test_cancelled_round_ends_its_applications(story: Story, stage: str) -> None:
    """批次取消，各环节的申报一并终止并告知原因。"""
    case = story.applications[HOST]
    story.sends(story.round_id, "cancel_round", "p-head", sheets.cancel())
    assert (story.end(case), story.application(case).status) == ("round_cancelled", "round_cancelled")
    assert (story.case(story.round_id).status, story.round(story.round_id).status) == ("done", "cancelled")
    assert story.told(f"p-{HOST}", "因管理办法修订")
    assert (story.open(case), story.timers(case)) == ([], {})


@pytest.mark.article("11")
@pytest.mark.stage("submitted")
def test_cancelled_round_ends_drafts_and_corrections_too(story: Story) -> None:
    """批次取消：起草中、单位审核中、补正中、待上报的申报同样终止。"""
    drafted, approving = story.drafts("host-hyxy"), story.drafts("host-yjdx")
    story.does(approving, "fill", "submit", story.content("host-yjdx", topic="智能传感", number=6))
    correcting, ranking = story.applications[HOST], story.submits("host-ywsl", "open_service", "丝路技术转移", 3)
    story.does(correcting, "recommender_review", "return", sheets.correction(_today()), "请补充考核指标。")
    story.opines(ranking)
    cases = (drafted, approving, correcting, ranking)
    assert [story.elements(case) for case in cases] == [["fill"], ["host_approve"], ["correct"], ["recommend"]]
    story.sends(story.round_id, "cancel_round", "p-head", sheets.cancel())
    assert [story.end(case) for case in cases] == ["round_cancelled"] * 4
    assert [story.timers(case) for case in cases] == [{}] * 4


# ---------------------------------------------------------------------------------------- inside the host


@pytest.mark.article("11(1)")
@pytest.mark.stage("opened")
def test_host_s_administrator_returns_the_draft(story: Story) -> None:
    """第十一条（一）：单位审核退回修改，退回须写明意见，改后再次送审。"""
    case = story.drafts()
    story.does(case, "fill", "submit", story.content())
    with pytest.raises(Invalid):
        story.does(case, "host_approve", "return")
    story.does(case, "host_approve", "return", {}, "请核对近三年经费数据。")
    assert story.elements(case) == ["fill"]
    story.does(case, "fill", "submit", story.content(annual_budget=900))
    story.approves(case)
    assert story.elements(case) == ["recommender_review"]
    assert [row.action for row in story.journal(case)].count("submit submit") == 2


@pytest.mark.article("11(1)")
@pytest.mark.stage("opened")
def test_who_filled_in_cannot_approve(story: Story) -> None:
    """填报与审核须由不同人员办理（四眼）。"""
    case = story.drafts()
    with story.database.writing(story.person("p-secadmin").system_("command")) as tx:
        people.grant(tx, f"p-{HOST}", "host_admin", HOST)
    story.does(case, "fill", "submit", story.content())
    with pytest.raises(Forbidden, match="不同人员"):
        story.does(case, "host_approve", "approve", sheets.host_approve(_today(), story.file_id), person=f"p-{HOST}")
    story.does(case, "host_approve", "approve", sheets.host_approve(_today(), story.file_id), person=f"p-{HOST}-admin")
    assert story.elements(case) == ["recommender_review"]


@pytest.mark.article("11(1)")
@pytest.mark.stage("opened")
def test_self_recommending_host_has_four_eyes(story: Story) -> None:
    """自行归口管理的单位：填报人不能作为推荐部门审核本单位的申报。"""
    with story.database.writing(story.person("p-secadmin").system_("command")) as tx:
        people.grant(tx, "p-host-qjdx", "recommender", "dept-qjdx")
    case = story.submits("host-qjdx", topic="柔性显示")
    assert story.task(case, "recommender_review").org_id == "dept-qjdx"
    with pytest.raises(Forbidden, match="不同人员"):
        story.does(case, "recommender_review", "recommend", story.opinion(case), person="p-host-qjdx")
    story.does(case, "recommender_review", "recommend", story.opinion(case), person="p-dept-qjdx")
    assert story.elements(case) == ["recommend"]


# ---------------------------------------------------------------------------------------- corrections


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_marked_items_only_may_be_corrected(story: Story) -> None:
    """第十一条（二）：退回时标明事项，补正只改标明的事项，其余不变；补正后单位重新审核盖章。"""
    case = story.applications[HOST]
    story.does(case, "recommender_review", "return", sheets.correction(_today(), field="goals"), "建设目标不具体。")
    assert story.variables(case)["correction"]["items"] == [{"field": "goals", "required": "补充可考核的指标"}]
    better = (
        "三年内新增海外合作机构五家，联合发表高水平论文二十篇，转化技术三项，形成可复制推广的合作模式，并逐年考核。"
    )
    story.does(case, "correct", "submit", story.content(goals=better, annual_budget=999))
    assert story.elements(case) == ["host_approve"]
    latest = story.submitted_content(case)
    assert (latest["goals"], latest["annual_budget"]) == (better, 860.5)
    story.approves(case)
    assert story.elements(case) == ["recommender_review"]


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_at_the_limit_of_returns_the_recommender_may_only_decide(story: Story) -> None:
    """第十一条（二）：同一级退回补正不超过2次，之后只能同意推荐或者不予推荐。"""
    case = story.applications[HOST]
    for left in (1, 0):
        story.does(case, "recommender_review", "return", sheets.correction(_today()), "请补充考核指标。")
        story.does(case, "correct", "submit", story.content())
        story.approves(case)
        assert story.variables(case)["eligibility"]["returns_left"] == {"recommender": left, "province": 2}
    with pytest.raises(Invalid) as error:
        story.does(case, "recommender_review", "return", sheets.correction(_today()), "再次退回。")
    assert "outcome" in error.value.fields
    story.recommends(case)
    assert story.elements(case) == ["formal_check"]


@pytest.mark.article("11(2)")
@pytest.mark.stage("recommended")
def test_province_returns_to_the_host_who_seals_again(story: Story) -> None:
    """第十一条（二）：省厅退回补正，单位补正盖章后直接回省厅，推荐部门不再初评；每级各有2次。"""
    case = story.applications[HOST]
    for left in (1, 0):
        story.does(case, "formal_check", "return", story.formal_check(case, correct="goals"), "缺少考核指标。")
        assert story.elements(case) == ["correct"]
        story.does(case, "correct", "submit", story.content())
        assert story.elements(case) == ["host_approve"]
        story.approves(case)
        assert story.elements(case) == ["formal_check"]
        assert story.variables(case)["eligibility"]["returns_left"] == {"recommender": 2, "province": left}
    with pytest.raises(Invalid) as error:
        story.does(case, "formal_check", "return", story.formal_check(case, correct="goals"), "再次退回。")
    assert "outcome" in error.value.fields
    story.accepts(case)
    assert story.application(case).status == "reviewing"


@pytest.mark.article("11(2)")
@pytest.mark.stage("recommended")
def test_province_returns_through_the_recommender_who_opines_again(story: Story) -> None:
    """第十一条（二）：退回推荐部门的，由其重新初评并上报。"""
    case = story.applications[HOST]
    story.does(case, "formal_check", "return_recommender", story.formal_check(case), "推荐意见与材料不符，请重新审核。")
    assert story.elements(case) == ["recommender_review"]
    story.recommends(case)
    assert story.elements(case) == ["formal_check"]


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_head_of_the_recommender_returns_the_opinion(story: Story) -> None:
    """第十一条（二）：部门负责人退回初评，经办重新初评。"""
    case = story.applications[HOST]
    story.opines(case)
    story.does(case, "recommend", "return", {}, "请核实保障经费。")
    assert story.elements(case) == ["recommender_review"]
    story.recommends(case)
    assert story.application(case).recommend_rank == 1


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_correction_goes_on_after_the_window_closed(story: Story) -> None:
    """第十一条（二）：申报截止后退回的，仍可在补正期限内重新报送，单位审核也不受截止影响。"""
    case = story.applications[HOST]
    story.today("2026-04-09")
    story.does(case, "recommender_review", "return", sheets.correction(_today()), "请补充考核指标。")
    story.today("2026-04-20")
    assert story.round(story.round_id).status in ("closed", "reviewing")
    story.does(case, "correct", "submit", story.content())
    story.does(case, "host_approve", "return", {}, "再核对一次。")
    assert story.elements(case) == ["correct"]
    story.does(case, "correct", "submit", story.content())
    story.approves(case)
    story.recommends(case)
    assert story.elements(case) == ["formal_check"]


# ---------------------------------------------------------------------------------------- who may apply


@pytest.mark.article("4")
@pytest.mark.stage("opened")
def test_another_base_in_the_same_field_needs_an_explanation(story: Story) -> None:
    """第四条：同一领域已有基地的，须说明重复布局的必要性。"""
    case = story.drafts("host-ydcl")
    content = story.content("host-ydcl", topic="稀土永磁", number=7, explanations=[])
    with pytest.raises(Invalid) as error:
        story.does(case, "fill", "submit", content)
    assert "在同一领域已有国合基地“磁性材料国际科技合作基地”" in error.value.fields["explanations"]
    explained = [{"rule_id": "C11", "text": "现有基地侧重磁性材料应用，本基地侧重稀土永磁制备，二者错位布局。"}]
    story.does(case, "fill", "submit", {**content, "explanations": explained})
    story.approves(case)
    assert story.elements(case) == ["recommender_review"]


@pytest.mark.article("4")
@pytest.mark.stage("opened")
def test_a_base_of_the_same_name_is_refused(story: Story) -> None:
    """第四条：本单位已有同名基地的，不能申报。"""
    case = story.drafts("host-ydcl")
    with pytest.raises(Invalid) as error:
        story.does(case, "fill", "submit", story.content("host-ydcl", topic="磁性材料", number=7))
    assert "本单位已有同名国合基地" in error.value.fields["base_name"]


@pytest.mark.article("11(1)")
@pytest.mark.stage("province")
def test_nobody_applies_before_the_window_opens(story: Story) -> None:
    """第十一条（一）：申报窗口开放前不能起草。"""
    story.opened_round()
    story.today("2026-04-11")
    with pytest.raises(Rejected, match="申报窗口未开放"):
        story.drafts()


@pytest.mark.article("11(1)")
@pytest.mark.stage("opened")
def test_nobody_applies_for_another_unit(story: Story) -> None:
    """第十一条（一）：只能以本单位名义申报。"""
    with pytest.raises(Forbidden):
        story.starts("designation", "p-host-hyxy", host_id=HOST, round_id=story.round_id)


@pytest.mark.article("13(1)")
@pytest.mark.stage("opened")
def test_application_goes_to_the_department_of_the_day(story: Story) -> None:
    """第十一条（一）、第十三条（一）：起草期间调整归口的，报送时按当日主数据确定推荐部门。"""
    case = story.drafts()
    story.does(case, "fill", "submit", story.content())
    story.affiliates(HOST, "dept-wjw")
    story.approves(case)
    assert story.application(case).recommender_id == "dept-wjw"
    assert story.task(case, "recommender_review").org_id == "dept-wjw"
    story.recommends(case)
    assert story.told(f"p-{HOST}", "浙江省卫生健康委员会")
