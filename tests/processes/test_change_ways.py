"""重大事项变更, everything but a plain approval: late, returned, refused, withdrawn, ended, held up; and every end."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.processes import changing
from tests.processes.changing import ACADEMIC
from tests.processes.story import SYSTEM, Story
from tests.processes.test_meeting import _diagram as diagram
from tests.spiff import drawing
from webapp import clock
from webapp.demo import change_sheets as sheets
from webapp.engine import commands
from webapp.errors import Forbidden, Rejected
from webapp.store import inbox, people, register

INSTITUTE = "host-gzyj"
CATEGORY = "host-bjkc"


def trial(process: str, lane: str, prefix: str) -> str:
    """A procedure with one task, to be begun by the system."""
    return diagram(process, lane, [drawing.user("work")], ["start > work", "work > end"], about="base", prefix=prefix)


@pytest.fixture
def beside(story: Story) -> Story:
    """The province with small procedures of revocation and exit beside the change."""
    story.releases(
        revocation__bpmn=trial("revocation", "省科技厅经办", "CX"), exit__bpmn=trial("exit", "依托单位", "TC")
    )
    return story


def begun_by(story: Story, case: str, process: str) -> list[str]:
    """Cases of that process about the same base."""
    return [row.id for row in story.cases_of(story.case(case).base_id or "") if row.process == process]


# ---------------------------------------------------------------------------------------------- the limit


@pytest.mark.article("16")
def test_late_request_is_accepted_with_its_reason(story: Story) -> None:
    """第十六条：逾期的予以受理、作出标记、说明原因；仅逾期不构成取消资格情形."""
    case = changing.begun(story)
    late = changing.content(story, "direction", days_ago=60)
    assert set(changing.refusal(story, case, "apply", late)) == {"late_reason"}
    story.does(case, "apply", "submit", {**late, "late_reason": "负责科研管理的人员调整，未及时知悉该规定。"})
    content = story.submitted_content(case, "shared/change_request")
    assert (content["late"], content["due_on"]) == (True, "2026-02-02")
    row = story.proceeding(case)
    assert (row["late"], row["due_on"], row["submitted_on"]) == (True, date(2026, 2, 2), date(2026, 3, 2))
    changing.agreed(story, case)
    assert story.elements(case) == ["officer_review"]
    changing.approved(story, case)
    assert story.end(case) == "changed"
    assert story.documents(case)[0].content["late_days"] == 28
    assert story.proceeding(case)["late"] is True


@pytest.mark.article("16")
def test_last_day_is_in_time_until_midnight(story: Story) -> None:
    """第十六条：一个月末日遇春节顺延至2月24日，当日24时前不逾期（domain.md 3.1）."""
    story.today("2026-02-24", "23:59")
    case = changing.begun(story)
    content = changing.content(story, "direction", event_date="2026-01-15")
    story.does(case, "apply", "submit", content)
    assert story.proceeding(case)["late"] is False
    story.today("2026-02-25", "00:00")
    other = changing.begun(story)
    content = changing.content(story, "other", event_date="2026-01-15")
    assert set(changing.refusal(story, other, "apply", content)) == {"late_reason"}


@pytest.mark.article("16")
@pytest.mark.parametrize(
    ("event", "said"), [("2026-03-03", "不能晚于今天"), ("2019-12-19", "不能早于认定日期（2019年12月20日）")]
)
def test_events_of_the_future_and_before_designation_are_refused(story: Story, event: str, said: str) -> None:
    """domain.md 3.7 第7项：发生日期不在未来，不早于认定."""
    case = changing.begun(story)
    content = changing.content(story, "direction", event_date=event, late_reason="说明逾期原因，见附件材料。")
    if event > clock.today().isoformat():
        content.pop("late_reason")
    assert said in changing.refusal(story, case, "apply", content)["event_date"]


@pytest.mark.article("22(5)")
def test_late_and_in_the_way_of_operation_is_proposed_as_a_ground(beside: Story) -> None:
    """第二十二条（五）：未及时申请且影响正常运行，由经办人员核实后提出取消资格建议；变更继续办理."""
    story = beside
    more = {"influence": "some", "influence_text": "负责人离任后联合研究停滞三个月，已由副负责人代管。"}
    case = changing.ready(story, "leader", days_ago=90, late_reason="人事手续办理时间较长，未能及时提出。", **more)
    assert story.elements(case) == ["confirm_ground"]
    story.does(case, "confirm_ground", "propose", sheets.confirm_ground(clock.today()), "两项条件同时具备。")
    (revocation,) = begun_by(story, case, "revocation")
    begun = story.variables(revocation)["begun"]
    assert (begun["ground"], begun["source_number"]) == ("G5", story.case(case).number)
    assert "逾期" in begun["facts"]
    assert story.told("p-officer", "第二十二条第五项")
    changing.approved(story, case)
    assert story.end(case) == "changed"


@pytest.mark.article("22(5)")
def test_officer_may_find_no_ground_and_is_asked_once(beside: Story) -> None:
    """第二十二条（五）：核实未影响运行的不构成；退回补正后不再重复核实."""
    story = beside
    more = {"influence": "some", "influence_text": "交接期间部分活动推迟，未影响合作协议履行。"}
    case = changing.ready(story, "leader", days_ago=90, late_reason="人事手续办理时间较长，未能及时提出。", **more)
    story.does(case, "confirm_ground", "no_ground", sheets.confirm_ground(clock.today()), "未影响正常运行。")
    story.does(case, "officer_review", "return", sheets.marked("reason"), "请补充理由。")
    story.does(case, "correct", "submit", story.submitted_content(case, "shared/change_request"))
    assert story.elements(case) == ["officer_review"]
    assert begun_by(story, case, "revocation") == []


# ---------------------------------------------------------------------------------------------- the same item


@pytest.mark.article("16")
def test_second_change_of_the_same_item_is_refused_another_is_not(story: Story) -> None:
    """domain.md 3.6：同一事项在办的不能再提，其他事项可以；办结后可以再提."""
    first = changing.requested(story, "direction")
    second = changing.begun(story)
    said = changing.refusal(story, second, "apply", changing.content(story, "direction"))
    assert f"变更研究方向正在办理（{story.case(first).number}）" in said["kind"]
    story.does(second, "apply", "submit", changing.content(story, "leader"))
    story.does(first, "recommender_review", "disagree", {}, "理由不充分。")
    third = changing.requested(story, "direction")
    assert story.elements(third) == ["recommender_review"]


@pytest.mark.article("16")
def test_partners_and_further_matters_are_items_of_their_own(story: Story) -> None:
    """domain.md 3.6：合作对象按机构、其他事项按名称区分；两件先后生效，台账都在."""
    first = changing.requested(story, "partner")
    same = changing.begun(story)
    assert "kind" in changing.refusal(story, same, "apply", changing.content(story, "partner"))
    other = sheets.partner(clock.today(), story.file_id, ("波罗的海大学", "Baltic University", "SWE"))
    story.does(same, "apply", "submit", changing.content(story, "partner", partner_new=other))
    for case in (first, same):
        changing.agreed(story, case)
        changing.approved(story, case)
    names = [row["name"] for row in changing.base_of(story).partners]
    assert len(names) == 5
    assert names[-2:] == [sheets.NEW_PARTNER[1], "Baltic University"]
    changing.requested(story, "other")
    again = changing.begun(story)
    assert "kind" in changing.refusal(story, again, "apply", changing.content(story, "other"))
    story.does(again, "apply", "submit", changing.content(story, "other", other_item="主要场地"))


# ---------------------------------------------------------------------------------------------- returned


@pytest.mark.article("13(4)", "16")
def test_returned_request_opens_the_marked_fields_only(story: Story) -> None:
    """第十三条（四）：退回一次告知补正内容；只开放标注的填写项；再次退回后不能再退."""
    case = changing.requested(story, "direction")
    for number in range(2):
        story.does(case, "recommender_review", "return", sheets.marked("reason"), "请补充变更理由。")
        content = dict(story.submitted_content(case, "shared/change_request"))
        typed = {**content, "reason": f"第{number + 1}次补充：合作方向调整经学术委员会论证通过。", "kind": "other"}
        assert story.told(f"p-{ACADEMIC}", "需补正1处")
        story.does(case, "correct", "submit", typed)
        after = story.submitted_content(case, "shared/change_request")
        assert (after["reason"], after["kind"]) == (typed["reason"], "direction")
    with pytest.raises(Exception, match="退回补正"):
        story.does(case, "recommender_review", "return", sheets.marked("reason"), "再次退回。")
    changing.agreed(story, case)
    changing.approved(story, case)
    assert story.end(case) == "changed"


@pytest.mark.article("16")
def test_return_by_the_province_does_not_go_through_the_department_again(story: Story) -> None:
    """第十六条：省科技厅退回的补正直接回到经办；逾期与否按首次提交之日."""
    case = changing.ready(story, "direction")
    story.does(case, "officer_review", "return", sheets.marked("attachments"), "请补充论证材料。")
    story.today("2026-03-12")
    story.does(case, "correct", "submit", story.submitted_content(case, "shared/change_request"))
    assert story.elements(case) == ["officer_review"]
    row = story.proceeding(case)
    assert (row["submitted_on"], row["late"]) == (date(2026, 3, 2), False)


@pytest.mark.article("13", "16")
def test_changed_receiver_has_to_consent_anew(story: Story) -> None:
    """第十三条：省科技厅退回后改选其他接收部门的，须由该部门同意；未改的不再重复."""
    case = changing.ready(story, "location", INSTITUTE)
    story.does(case, "receive_review", "consent", sheets.receive_review(clock.today()))
    story.does(case, "officer_review", "return", sheets.marked("new_address"), "请核对门牌号。")
    content = dict(story.submitted_content(case, "shared/change_request"))
    story.does(case, "correct", "submit", {**content, "new_address": "浙江省宁波市鄞州区创新路20号"})
    assert story.elements(case) == ["officer_review"]
    both = {
        "correction_items": [
            *sheets.marked("new_city")["correction_items"],
            *sheets.marked("new_recommender")["correction_items"],
        ]
    }
    story.does(case, "officer_review", "return", both, "迁入地有误。")
    content = dict(story.submitted_content(case, "shared/change_request"))
    story.does(case, "correct", "submit", {**content, "new_city": "330400", "new_recommender": "city-330400"})
    assert [(task.element, task.org_id) for task in story.open(case)] == [("receive_review", "city-330400")]


@pytest.mark.article("16")
def test_correction_that_never_comes_counts_as_withdrawn(story: Story) -> None:
    """第十六条：逾期未补正视为撤回，最后一日当天仍可提交."""
    case = changing.requested(story, "direction")
    story.does(case, "recommender_review", "return", sheets.marked("reason"), "请补充。")
    assert story.task(case, "correct").due_on == date(2026, 3, 16)
    story.today("2026-03-16", "23:59")
    assert story.elements(case) == ["correct"]
    story.today("2026-03-17", "00:00")
    assert story.end(case) == "lapsed"
    assert story.proceeding(case)["status"] == "withdrawn"
    assert story.told(f"p-{ACADEMIC}", "视为撤回，原登记事项不变")
    assert story.told("p-dept-jyt", "视为撤回")


# ---------------------------------------------------------------------------------------------- withdrawn


@pytest.mark.article("16")
def test_host_gives_up_before_it_hands_in_and_when_it_is_asked_to_correct(story: Story) -> None:
    """第十六条：提交前、退回后依托单位可以放弃；填报条件时也可以."""
    draft = changing.begun(story)
    story.does(draft, "apply", "withdraw")
    assert story.end(draft) == "withdrawn"
    returned = changing.requested(story, "direction")
    story.does(returned, "recommender_review", "return", sheets.marked("reason"), "请补充。")
    story.does(returned, "correct", "withdraw", story.submitted_content(returned, "shared/change_request"))
    assert story.end(returned) == "withdrawn"
    assert story.told("p-dept-jyt", "已撤回，原登记事项不变")
    explained = [{"rule_id": "CAT", "text": "园区设有省级重点实验室，具备联合研发能力和团队。"}]
    case = changing.requested(story, "category", CATEGORY, new_category="joint_rd", explanations=explained)
    story.does(case, "conditions", "withdraw")
    assert story.end(case) == "withdrawn"


@pytest.mark.article("16")
def test_host_takes_it_back_until_the_department_has_opened_it(story: Story) -> None:
    """第十六条：推荐部门打开前可以取回并放弃，打开后不能."""
    case = changing.begun(story)
    mine = story.task(case, "apply").id
    story.does(case, "apply", "submit", changing.content(story, "direction"))
    story.commands("withdraw", f"p-{ACADEMIC}", mine, "填写有误。")
    assert story.elements(case) == ["apply"]
    story.does(case, "apply", "submit", changing.content(story, "direction"))
    with story.database.reading(SYSTEM) as tx:
        tasks = [task for task in inbox.of_case(tx, case) if task.element == "apply"]
    story.commands("open", "p-dept-jyt", story.task(case, "recommender_review").id)
    with pytest.raises(Rejected, match="已经打开"):
        story.commands("withdraw", f"p-{ACADEMIC}", tasks[-1].id, "再改改。")
    assert story.elements(case) == ["recommender_review"]


# ---------------------------------------------------------------------------------------------- not approved


@pytest.mark.article("13(4)", "16")
def test_department_disagrees_and_the_province_knows(story: Story) -> None:
    """第十六条：未经推荐部门同意不报送，申请终止，理由告知依托单位和省科技厅；须写明理由."""
    case = changing.requested(story, "leader")
    fields = changing.refusal(story, case, "recommender_review", {}, outcome="disagree")
    assert "opinion" in fields
    story.does(case, "recommender_review", "disagree", {}, "新负责人尚未到岗。")
    assert story.end(case) == "disagreed"
    assert story.proceeding(case)["verdict"] == "disagreed"
    assert story.told("p-officer", "理由：新负责人尚未到岗")
    assert story.told(f"p-{ACADEMIC}", "原登记事项不变，不得擅自调整")


@pytest.mark.article("16", "12(2)")
def test_refused_change_is_confirmed_to_stay_as_it_was(story: Story) -> None:
    """第十六条：审批不通过的不得擅自调整；书面告知理由，依托单位确认维持原状."""
    case = changing.ready(story, "leader")
    before = changing.base_of(story).leader
    changing.reviewed(story, case, "refuse")
    story.does(case, "head_review", "refuse", {}, "新负责人不具备国际合作经历。")
    assert story.elements(case) == ["confirm_unchanged"]
    (letter,) = story.documents(case)
    assert (letter.kind, letter.content["reason"]) == ("change_refusal", "新负责人不具备国际合作经历")
    assert story.told(f"p-{ACADEMIC}", "可自收到本通知之日起10个工作日内向省科技厅申请复核")
    story.does(case, "confirm_unchanged", "confirm", sheets.confirm_unchanged(clock.today()))
    assert story.end(case) == "refused"
    assert changing.base_of(story).leader == before
    assert story.marks(changing.base_of(story).id) == {}


@pytest.mark.article("16", "22(5)")
def test_refused_and_not_confirmed_leaves_a_mark(story: Story) -> None:
    """第十六条、第二十二条：答复已经调整或者逾期未确认的，作出标记，省科技厅核实."""
    base = changing.base_of(story).id
    answered = changing.ready(story, "base_name")
    changing.reviewed(story, answered)
    story.does(answered, "head_review", "approve", sheets.decide(clock.today()))
    story.does(answered, "leader_decide", "refuse", {}, "名称与功能定位不符。")
    story.does(answered, "confirm_unchanged", "changed", {}, "已对外启用新名称。")
    assert story.end(answered) == "refused_unconfirmed"
    assert story.marks(base) == {"undeclared_change": story.case(answered).number}
    assert story.told("p-officer", "依托单位答复已经调整")
    silent = changing.ready(story, "direction")
    changing.reviewed(story, silent, "refuse")
    story.does(silent, "head_review", "refuse", {}, "论证不充分。")
    assert story.task(silent, "confirm_unchanged").due_on == date(2026, 3, 16)
    story.today("2026-03-17", "00:00")
    assert story.end(silent) == "refused_unconfirmed"
    assert story.told("p-officer", "逾期未确认维持原状")


@pytest.mark.article("16")
def test_approved_change_clears_the_mark_that_it_answers(story: Story) -> None:
    """第十六条：补办变更并批准的，所回应的“疑似未经审批变更”标记消除."""
    base = changing.base_of(story).id
    case = changing.ready(story, "base_name")
    changing.reviewed(story, case, "refuse")
    story.does(case, "head_review", "refuse", {}, "名称与功能定位不符。")
    story.does(case, "confirm_unchanged", "changed", {}, "已对外启用新名称。")
    again = changing.changed(story, "base_name", answers=[story.case(case).number])
    assert story.marks(base) == {}
    assert story.end(again) == "changed"


@pytest.mark.article("12(2)")
def test_head_and_leader_send_it_back(story: Story) -> None:
    """第十二条（二）：处室负责人退回经办、厅领导退回处室，均须写意见."""
    case = changing.ready(story, "base_name")
    changing.reviewed(story, case)
    story.does(case, "head_review", "return", {}, "请核对名称。")
    changing.reviewed(story, case)
    story.does(case, "head_review", "approve", sheets.decide(clock.today()))
    story.does(case, "leader_decide", "return", {}, "请补充说明。")
    assert story.elements(case) == ["head_review"]
    changing.headed(story, case)
    assert story.end(case) == "changed"


# ---------------------------------------------------------------------------------------------- taking effect


@pytest.mark.article("16")
def test_change_takes_effect_on_the_day_that_was_stated(story: Story) -> None:
    """第十六条：载明日后生效的，生效前台账不变；早于今天的日期不能填."""
    case = changing.ready(story, "leader")
    changing.reviewed(story, case)
    early = sheets.decide(clock.today(), clock.today() - timedelta(days=1))
    said = changing.refusal(story, case, "head_review", early, outcome="approve")["effective_on"]
    assert "不能早于今天" in said
    before = changing.base_of(story).leader
    story.does(case, "head_review", "approve", sheets.decide(clock.today(), date(2026, 4, 1)))
    assert (story.elements(case), story.proceeding(case)["status"]) == ([], "awaiting_effect")
    assert story.told(f"p-{ACADEMIC}", "自2026年4月1日起生效；生效前原登记事项不变")
    story.today("2026-03-31", "23:59")
    assert changing.base_of(story).leader == before
    story.today("2026-04-01", "00:00")
    assert story.end(case) == "changed"
    base = changing.base_of(story)
    assert base.leader != before
    with story.database.reading(SYSTEM) as tx:
        facts = {row.valid_from: row.value for row in register.history(tx, base.id) if row.field == "leader"}
    assert facts[date(2026, 4, 1)] == base.leader


@pytest.mark.article("16")
def test_what_fails_at_the_moment_of_effect_goes_back_to_the_officer(story: Story) -> None:
    """第十六条：等待生效期间名称被他基地使用的，生效前核验未通过，退回经办重新审核."""
    case = changing.ready(story, "base_name")
    changing.reviewed(story, case)
    changing.headed(story, case, date(2026, 4, 1))
    rival = changing.base_of(story, "host-qjdx")
    with story.database.writing(SYSTEM) as tx:
        register.change(tx, rival.id, clock.today(), name="智能网联与低空出行国际科技合作基地")
    story.today("2026-04-01")
    assert story.elements(case) == ["officer_review"]
    assert story.told("p-officer", "生效前核验未通过")
    fields = changing.refusal(story, case, "officer_review", sheets.officer_review(clock.today()), outcome="approve")
    assert "已是钱江大学国合基地的名称" in fields["overrides"]
    changing.reviewed(story, case, "refuse")
    story.does(case, "head_review", "refuse", {}, "名称已被使用。")
    story.does(case, "confirm_unchanged", "confirm", sheets.confirm_unchanged(clock.today()))
    assert story.end(case) == "refused"


# ---------------------------------------------------------------------------------------------- out of the province


def departing(story: Story) -> str:
    moved = {
        "new_registered_in": "elsewhere",
        "new_address": "上海市浦东新区张江路1号",
        "new_city": None,
        "new_county": None,
        "new_recommender": None,
    }
    case = changing.ready(story, "location", INSTITUTE, **moved)
    assert story.elements(case) == ["handle_departure"]
    return case


@pytest.mark.article("7(1)", "23")
def test_host_that_leaves_the_province_is_advised_to_exit(beside: Story) -> None:
    """domain.md 3.7 第2项、第二十三条：建议主动退出，依托单位同意的发起退出."""
    case = departing(beside)
    beside.does(case, "handle_departure", "advise", sheets.handle_departure(clock.today()))
    assert beside.told(f"p-{INSTITUTE}", "建议按第二十三条申请主动退出")
    beside.does(case, "confirm_exit", "exit", sheets.confirm_exit(clock.today()))
    assert beside.end(case) == "exit_advised"
    (exit_case,) = begun_by(beside, case, "exit")
    assert beside.variables(exit_case)["begun"]["source_number"] == beside.case(case).number
    assert begun_by(beside, case, "revocation") == []


@pytest.mark.article("22(6)", "7(1)")
@pytest.mark.parametrize("how", ["declined", "silent", "at once"])
def test_otherwise_the_sixth_ground_is_proposed(beside: Story, how: str) -> None:
    """第二十二条（六）：不退出、逾期不答复或者经办直接提出的，转取消资格建议."""
    case = departing(beside)
    handled = sheets.handle_departure(clock.today())
    if how == "at once":
        beside.does(case, "handle_departure", "propose", handled, "已注销在浙主体。")
    else:
        beside.does(case, "handle_departure", "advise", handled)
        if how == "declined":
            beside.does(case, "confirm_exit", "decline", {}, "拟继续在浙江开展合作。")
        else:
            beside.today("2026-04-01")
    assert beside.end(case) == "revocation_proposed"
    (revocation,) = begun_by(beside, case, "revocation")
    assert beside.variables(revocation)["begun"]["ground"] == "G6"


@pytest.mark.article("7(1)")
def test_wrong_address_is_returned_and_goes_on_as_a_move_within(story: Story) -> None:
    """第七条（一）：误填省外的退回补正，改为省内后按省内迁址办理."""
    case = departing(story)
    items = [sheets.marked(f)["correction_items"][0] for f in ("new_registered_in", "new_address")]
    story.does(case, "handle_departure", "return", {"correction_items": items}, "住所仍在省内。")
    content = dict(story.submitted_content(case, "shared/change_request"))
    inside = {"new_registered_in": "zhejiang", "new_city": "330200", "new_recommender": "city-330200"}
    story.does(case, "correct", "submit", {**content, **inside, "new_address": "浙江省宁波市鄞州区创新路18号"})
    assert story.elements(case) == ["receive_review"]


# ---------------------------------------------------------------------------------------------- base terminal


@pytest.mark.article("22", "23", "24")
@pytest.mark.parametrize("at", ["apply", "recommender_review", "officer_review", "head_review", "waiting"])
def test_request_ends_with_its_base(story: Story, at: str) -> None:
    """第二十二条至第二十四条：基地资格终止，在办变更随之终止，待办、计时不留."""
    case = changing.begun(story)
    if at != "apply":
        story.does(case, "apply", "submit", changing.content(story, "leader"))
    if at not in ("apply", "recommender_review"):
        changing.agreed(story, case)
    if at in ("head_review", "waiting"):
        changing.reviewed(story, case)
    if at == "waiting":
        changing.headed(story, case, date(2026, 6, 1))
    story.delivers(case, "base_terminal", {"kind": "revoked", "reason": "基地资格已取消", "case": "x"})
    assert story.end(case) == "ended"
    assert (story.open(case), story.timers(case)) == ([], {})
    assert story.told(f"p-{ACADEMIC}", "基地资格已取消，智能网联汽车国际科技合作基地变更")
    assert story.proceeding(case)["status"] == "ended"


# ---------------------------------------------------------------------------------------------- who may, and once


@pytest.mark.article("16")
def test_wrong_people_are_kept_out(story: Story) -> None:
    """第十六条：由本基地依托单位申请、本基地推荐部门审核；他人不能."""
    base = changing.base_of(story)
    for person in ("p-host-qjdx", "p-dept-jyt", "p-officer"):
        with pytest.raises(Forbidden):
            story.starts("change", person, base_id=base.id)
    case = changing.requested(story, "direction")
    found = sheets.recommender_review(clock.today(), changing.open_findings(story, case))
    for person in ("p-city-330100", f"p-{ACADEMIC}", "p-officer"):
        with pytest.raises(Forbidden):
            story.does(case, "recommender_review", "agree", found, person=person)
    changing.agreed(story, case)
    with pytest.raises(Forbidden):
        story.does(case, "officer_review", "approve", sheets.officer_review(clock.today()), person="p-leader")


@pytest.mark.article("16")
def test_who_filled_it_in_does_not_review_it(story: Story) -> None:
    """domain.md 3.7 第5项：自推荐单位填报与审核须为不同人员."""
    with story.database.writing(SYSTEM) as tx:
        people.grant(tx, "p-host-qjdx", "recommender", "dept-qjdx", by="test", valid_from=date(2020, 1, 1))
    case = changing.requested(story, "direction", "host-qjdx")
    found = sheets.recommender_review(clock.today(), changing.open_findings(story, case))
    with pytest.raises(Forbidden, match="不同人员"):
        story.does(case, "recommender_review", "agree", found, person="p-host-qjdx")
    story.does(case, "recommender_review", "agree", found, person="p-dept-qjdx")
    assert story.elements(case) == ["officer_review"]


@pytest.mark.article("16")
def test_two_tabs_hand_in_once(story: Story) -> None:
    """domain.md 3.7 第9项：同一提交两次只生效一次."""
    case = changing.ready(story, "direction")
    changing.reviewed(story, case)
    task, content = story.task(case, "head_review"), sheets.decide(clock.today())
    for _ in range(2):
        with story.database.writing(SYSTEM) as tx:
            commands.submit(tx, story.person("p-head"), task.id, content, "approve", "", command_id="tab")
        story.works()
    assert story.end(case) == "changed"
    assert len(story.documents(case)) == 1


@pytest.mark.article("13(4)", "12(3)")
def test_silent_department_is_urged_and_reported(story: Story) -> None:
    """domain.md 3.7 第4项：到期催办，仍未审核的报省科技厅督办，不终止办理."""
    case = changing.requested(story, "direction")
    story.today("2026-03-10")
    assert story.task(case, "recommender_review").urged == 1
    story.today("2026-03-17")
    assert story.told("p-officer", "浙江省教育厅对智能网联汽车国际科技合作基地变更研究方向")
    changing.agreed(story, case)
    assert story.elements(case) == ["officer_review"]


@pytest.mark.article("13")
def test_silent_receiver_is_urged(story: Story) -> None:
    """第十三条：接收部门到期催办."""
    case = changing.ready(story, "location", INSTITUTE)
    story.today("2026-03-10")
    assert story.task(case, "receive_review").urged == 1
