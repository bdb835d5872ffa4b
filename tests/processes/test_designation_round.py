"""认定批次: from the 工作通知 to the 认定通知; plan, window, silence, quotas, deliberation, decision, document."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from tests.processes.story import Story
from webapp import clock
from webapp.demo import sheets
from webapp.errors import Forbidden, Invalid, Rejected

HOST = "host-jhsf"
THREE = ("host-jhsf", "host-hyxy", "host-ywsl")
PLAN = {"per_application": 5, "days": 10, "max_load": 12, "method": "draw", "recusal": ["same_host"]}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.CHINA)


def _three(story: Story) -> list[str]:
    return [story.applications[host] for host in THREE]


# ---------------------------------------------------------------------------------------- plan and window


@pytest.mark.article("11(1)")
def test_plan_is_returned_once_and_then_published(story: Story) -> None:
    """第十一条（一）：工作通知经处室负责人批准发布，窗口到日开放、到日关闭。"""
    story.today("2026-03-02")
    round_id = story.starts("designation_round", "p-officer", title="2026年度国合基地认定")
    plan = sheets.set_up(clock.today())
    story.does(round_id, "set_up", "submit", plan)
    with pytest.raises(Invalid):
        story.does(round_id, "approve_notice", "return")
    story.does(round_id, "approve_notice", "return", {}, "请明确各推荐部门名额。")
    story.does(round_id, "set_up", "submit", {**plan, "quota_default": 3})
    story.does(round_id, "approve_notice", "approve", sheets.approve_notice(clock.today()))
    assert story.round(round_id).status == "published"
    assert [row.kind for row in story.documents(round_id)] == ["round_notice"]
    assert story.round(round_id).quotas == {"default": 3}
    story.today("2026-03-08", "23:59")
    assert story.round(round_id).status == "published"
    story.today("2026-03-09", "00:00")
    assert story.round(round_id).status == "open"
    assert story.timers(round_id) == {"window_closes": _moment("2026-04-11T00:00")}


@pytest.mark.article("11")
def test_plan_is_given_up(story: Story) -> None:
    """编制工作通知时可以取消批次。"""
    round_id = story.starts("designation_round", "p-officer", title="2026年度国合基地认定")
    story.does(round_id, "set_up", "cancel", {}, "暂不开展。")
    assert (story.end(round_id), story.round(round_id).status) == ("cancelled", "cancelled")


@pytest.mark.article("11(1)")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"window_from": "2026-03-01"}, "window_from"),
        ({"window_to": "2026-03-08"}, "window_to"),
        ({"recommend_by": "2026-04-09"}, "recommend_by"),
        ({"categories": []}, "categories"),
        ({"expert_plan": {**PLAN, "per_application": 6}}, "expert_plan.per_application"),
        ({"expert_plan": {**PLAN, "per_application": 3}}, "expert_plan.per_application"),
    ],
)
def test_plan_that_cannot_work_is_refused(story: Story, changes: dict[str, Any], field: str) -> None:
    """第十一条（一）：日期颠倒、无类别、专家数为双数或不足的方案不能报批。"""
    story.today("2026-03-02")
    round_id = story.starts("designation_round", "p-officer", title="2026年度国合基地认定")
    with pytest.raises(Invalid) as error:
        story.does(round_id, "set_up", "submit", sheets.set_up(clock.today(), **changes))
    assert field in error.value.fields
    assert story.elements(round_id) == ["set_up"]


@pytest.mark.article("11(1)")
def test_only_the_province_opens_a_round(story: Story) -> None:
    """第十一条（一）：只有省科技厅经办发起认定批次。"""
    for person in ("p-head", "p-dept-jyt", f"p-{HOST}"):
        with pytest.raises(Forbidden):
            story.starts("designation_round", person, title="认定批次")


@pytest.mark.article("11(3)")
@pytest.mark.stage("opened")
def test_round_without_applications_closes(story: Story) -> None:
    """第十一条（三）：无申报可评议的批次自行关闭。"""
    story.drafts()
    story.today("2026-04-13")
    assert (story.end(story.round_id), story.round(story.round_id).status) == ("closed_empty", "closed_all")


@pytest.mark.article("11(1)")
@pytest.mark.stage("submitted")
def test_extension_moves_window_limits_and_reminders(story: Story) -> None:
    """第十一条（一）：批次延期，窗口、推荐截止、在办事项时限和提醒一并顺延，申报单位和推荐部门知悉。"""
    drafted = story.drafts("host-hyxy")
    case = story.applications[HOST]
    story.opines(case)
    story.today("2026-03-20")
    story.sends(story.round_id, "amend_round", "p-officer", sheets.amend(date(2026, 4, 24), date(2026, 5, 15)))
    assert (story.round(story.round_id).window_to, story.round(story.round_id).recommend_by) == (
        date(2026, 4, 24),
        date(2026, 5, 15),
    )
    assert story.timers(story.round_id) == {"window_closes": _moment("2026-04-25T00:00")}
    assert story.task(drafted, "fill").due_on == date(2026, 4, 24)
    assert story.task(case, "recommend").due_on == date(2026, 5, 15)
    assert {row.due_at.astimezone(clock.CHINA).date() for row in story.reminders(drafted)} == {
        date(2026, 4, 17), date(2026, 4, 21), date(2026, 4, 23),
    }  # fmt: skip
    for reader in ("p-host-jhsf", "p-host-hyxy", "p-dept-jyt", "p-officer"):
        assert story.told(reader, "申报截止2026年4月24日，推荐截止2026年5月15日")
    story.today("2026-04-11")
    assert story.elements(drafted) == ["fill"]
    story.today("2026-04-25", "00:00")
    assert story.end(drafted) == "not_submitted"


@pytest.mark.article("11(1)")
@pytest.mark.stage("opened")
def test_extension_does_not_lengthen_limits_in_working_days(story: Story) -> None:
    """第十一条（二）：延期只顺延以批次日期计的时限；初评10个工作日仍从收件日起算。"""
    case = story.submits()
    before = story.task(case, "recommender_review").due_on
    story.today("2026-03-16")
    story.sends(story.round_id, "amend_round", "p-officer", sheets.amend(date(2026, 4, 24), date(2026, 5, 15)))
    assert story.task(case, "recommender_review").due_on == before == date(2026, 3, 23)
    assert story.timers(case) == {"review_due": _moment("2026-03-24T00:00")}


@pytest.mark.article("11(1)")
@pytest.mark.stage("opened")
def test_only_the_officer_may_extend(story: Story) -> None:
    """第十一条（一）：延期由省科技厅经办登记；取消由处室负责人作出。"""
    with pytest.raises(Forbidden):
        story.sends(story.round_id, "amend_round", "p-dept-jyt", sheets.amend(date(2026, 4, 24), date(2026, 5, 15)))
    with pytest.raises(Forbidden):
        story.sends(story.round_id, "cancel_round", "p-officer", sheets.cancel())


@pytest.mark.article("11")
@pytest.mark.parametrize("stage", ["deliberating", "deciding", "published", "registering"])
def test_round_is_cancelled_late(story: Story, stage: str) -> None:
    """批次在评议、决定、公示、发文前均可取消，全部申报终止。"""
    story.sends(story.round_id, "cancel_round", "p-head", sheets.cancel())
    assert [story.end(case) for case in _three(story)] == ["round_cancelled"] * 3
    assert (story.case(story.round_id).status, story.round(story.round_id).status) == ("done", "cancelled")
    assert (story.open(story.round_id), story.timers(story.round_id)) == ([], {})


# ---------------------------------------------------------------------------------------- recommendation


@pytest.mark.article("11(2)")
def test_batch_recommendation_is_one_act(story: Story) -> None:
    """第十一条（二）：批量推荐一次完成：逐件排序，名额、排序有误的整批不生效。"""
    story.opened_round(quota_default=2)
    cases = [story.submits("host-jhsf"), story.submits("host-hyxy", topic="海洋观测", number=2)]
    for case in cases:
        story.opines(case)
    sheet = [sheets.recommend(clock.today(), story.file_id, rank) for rank in (1, 2, 1)]
    with pytest.raises(Invalid) as error:
        story.does_all(
            "recommend", "recommend", dict(zip(cases, (sheet[0], sheet[2]), strict=True)), person="p-dept-jyt-head"
        )
    assert "推荐排序1已用于" in str(error.value.fields)
    assert [story.elements(case) for case in cases] == [["recommend"]] * 2
    story.does_all("recommend", "recommend", dict(zip(cases, sheet, strict=False)), person="p-dept-jyt-head")
    assert [story.application(case).recommend_rank for case in cases] == [1, 2]
    assert [story.elements(case) for case in cases] == [["formal_check"]] * 2


@pytest.mark.article("11(2)")
@pytest.mark.parametrize("quotas", [{"quota_default": 1}, {"quotas": [{"recommender": "dept-jyt", "quota": 1}]}])
def test_quota_cannot_be_exceeded(story: Story, quotas: dict[str, Any]) -> None:
    """第十一条（二）：超过推荐名额的不能上报，整批不生效；他部门不受影响。"""
    story.opened_round(**quotas)
    cases = [story.submits("host-jhsf"), story.submits("host-hyxy", topic="海洋观测", number=2)]
    for case in cases:
        story.opines(case)
    sheet = {case: sheets.recommend(clock.today(), story.file_id, rank) for rank, case in enumerate(cases, 1)}
    with pytest.raises(Invalid) as error:
        story.does_all("recommend", "recommend", sheet, person="p-dept-jyt-head")
    assert "推荐名额为1个" in str(error.value.fields)
    assert [story.elements(case) for case in cases] == [["recommend"]] * 2
    story.does(cases[0], "recommend", "recommend", sheet[cases[0]])
    with pytest.raises(Invalid):
        story.does(cases[1], "recommend", "recommend", sheet[cases[1]])
    other = story.submits("host-ywsl", "open_service", "丝路技术转移", 3)
    story.recommends(other)
    assert story.elements(other) == ["formal_check"]


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_late_recommender_is_urged_once(story: Story) -> None:
    """第十一条（二）：初评到期自动催办一次，事项不因此终止。"""
    case = story.applications[HOST]
    story.today("2026-03-24", "00:00")
    assert story.task(case, "recommender_review").urged == 1
    assert story.told("p-dept-jyt", "已到期")
    story.today("2026-04-07")
    assert story.task(case, "recommender_review").urged == 1
    story.recommends(case)


def _silent(story: Story) -> list[str]:
    """Three applications of which one was recommended; the others' department is silent beyond the grace."""
    cases = [story.submits("host-jhsf"), story.submits("host-hyxy", topic="海洋观测", number=2)]
    cases.append(story.submits("host-ywsl", "open_service", "丝路技术转移", 3))
    story.opines(cases[1])
    story.recommends(cases[2])
    story.accepts(cases[2])
    story.reviews(cases[2])
    story.today("2026-05-11")
    assert story.elements(story.round_id) == []
    story.today("2026-05-14")
    assert story.elements(story.round_id) == ["handle_silent"]
    return cases


def _measure(case: str, action: str, **more: Any) -> dict[str, Any]:
    return {"application": case, "action": action, **more}


@pytest.mark.article("11(2)")
@pytest.mark.stage("opened")
def test_silent_recommender_is_listed_and_the_province_acts(story: Story) -> None:
    """第十一条（二）：逾期未推荐的列入清单；省厅代为办理的转形式审查，不再受理的终止并告知。"""
    silent_at_review, silent_at_head, ready = _silent(story)
    assert {row["application"] for row in story.variables(story.round_id)["pending"]["silent"]} == {
        silent_at_review,
        silent_at_head,
    }
    assert story.told("p-officer", "尚有2件未推荐")
    with pytest.raises(Invalid) as error:
        story.does(
            story.round_id,
            "handle_silent",
            "submit",
            {"rows": [_measure(silent_at_review, "extend", extended_to="2026-05-29")]},
        )
    assert error.value.fields
    measures = [
        _measure(silent_at_review, "close", reason="推荐部门书面答复不予推荐。"),
        _measure(silent_at_head, "take_over", reason="推荐部门初评已同意，逾期未上报。"),
    ]
    story.does(story.round_id, "handle_silent", "submit", {"rows": measures})
    assert (story.end(silent_at_review), story.application(silent_at_review).status) == (
        "not_recommended",
        "not_recommended",
    )
    assert story.told("p-host-jhsf", "推荐部门书面答复不予推荐")
    assert story.elements(silent_at_head) == ["formal_check"]
    assert story.application(silent_at_head).recommend_rank is None
    assert story.round(story.round_id).status == "reviewing"
    story.accepts(silent_at_head)
    story.reviews(silent_at_head)
    assert story.elements(story.round_id) == ["deliberate"]
    assert {row["application"] for row in story.matrix()} == {silent_at_head, ready}


@pytest.mark.article("11(2)")
@pytest.mark.stage("opened")
def test_silent_recommender_gets_more_time(story: Story) -> None:
    """第十一条（二）：省厅延长推荐期限的，期内可以推荐，期满再次列入清单。"""
    silent_at_review, silent_at_head, _ = _silent(story)
    rows = [_measure(case, "extend", extended_to="2026-05-14") for case in (silent_at_review, silent_at_head)]
    with pytest.raises(Invalid) as error:
        story.does(story.round_id, "handle_silent", "submit", {"rows": rows})
    assert "rows.0.extended_to" in error.value.fields
    rows = [_measure(case, "extend", extended_to="2026-05-22") for case in (silent_at_review, silent_at_head)]
    story.does(story.round_id, "handle_silent", "submit", {"rows": rows})
    assert story.round(story.round_id).recommend_by == date(2026, 5, 22)
    assert story.task(silent_at_head, "recommend").due_on == date(2026, 5, 22)
    assert story.elements(story.round_id) == []
    story.recommends(silent_at_review)
    story.today("2026-06-01")
    assert story.elements(story.round_id) == ["handle_silent"]
    assert [row["application"] for row in story.variables(story.round_id)["pending"]["silent"]] == [silent_at_head]


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_round_waits_for_a_correction_beyond_recommend_by(story: Story) -> None:
    """第十一条（二）：推荐截止后仍在补正的申报，批次等待其补正，不作逾期未推荐处理。"""
    case = story.applications[HOST]
    story.today("2026-04-28")
    story.does(case, "recommender_review", "return", sheets.correction(clock.today()), "请补充考核指标。")
    story.today("2026-05-13")
    assert (story.elements(story.round_id), story.elements(case)) == ([], ["correct"])
    story.does(case, "correct", "submit", story.content())
    story.approves(case)
    story.today("2026-05-20")
    assert story.elements(story.round_id) == []
    story.recommends(case)
    story.accepts(case)
    story.reviews(case)
    assert story.elements(story.round_id) == ["deliberate"]


@pytest.mark.article("11(3)")
@pytest.mark.stage("deliberating")
def test_withdrawal_during_the_deliberation_leaves_the_list(story: Story) -> None:
    """第十一条（三）：评议期间撤回的申报不进入认定文件。"""
    first, second, third = _three(story)
    story.sends(second, "withdraw", "p-host-hyxy", sheets.withdraw())
    story.deliberates()
    story.cosigns()
    story.heads_approve()
    story.decides()
    story.days_pass(12)
    story.issues()
    assert [story.end(case) for case in (first, second, third)] == ["designated", "withdrawn_on_request", "designated"]
    assert story.bases(application_id=second) == []
    assert story.end(story.round_id) == "closed"


# ---------------------------------------------------------------------------------------- deliberation and decision


@pytest.mark.article("11(3)")
@pytest.mark.stage("deliberating")
def test_deliberation_ranks_by_score(story: Story) -> None:
    """第十一条（三）：综合评议表按得分排序，列明国别、领域、区域。"""
    assert [(row["rank"], row["score"], row["city"]) for row in story.matrix()] == [
        (1, 88.0, "330600"),
        (2, 83.5, "330900"),
        (3, 80.0, "330700"),
    ]
    assert story.matrix()[0]["country_region"] == "德国、荷兰、瑞士"
    assert [story.application(case).rank for case in _three(story)] == [1, 2, 3]


@pytest.mark.article("11(3)")
@pytest.mark.stage("opened")
def test_tied_scores_share_a_rank(story: Story) -> None:
    """第十一条（三）：得分并列的名次相同，按推荐排序列后并注明。"""
    for host, topic, number, rank in (("host-jhsf", "柔性传感", 1, 2), ("host-hyxy", "海洋观测", 2, 1)):
        case = story.submits(host, topic=topic, number=number)
        story.recommends(case, rank)
        story.accepts(case)
        story.reviews(case, 80, 80, 80, 80, 80)
    story.today("2026-04-13")
    rows = story.matrix()
    assert [(row["rank"], row["order"], row["host_name"]) for row in rows] == [
        (1, 1, "东极海洋学院"),
        (1, 2, "鉴湖师范大学"),
    ]
    assert "得分并列" in rows[1]["reason"]


@pytest.mark.article("11(3)")
@pytest.mark.stage("deliberating")
def test_changed_order_needs_a_reason(story: Story) -> None:
    """第十一条（三）：排在高分申报之前的须说明理由；排序不得重复；每件都要列入。"""
    sheet = sheets.deliberate(clock.today(), story.matrix())
    first, second, third = sheet["rows"]
    with pytest.raises(Invalid) as error:
        story.deliberates(rows=[{**first, "order": 2}, {**second, "order": 1}, third])
    assert "rows.1.reason" in error.value.fields
    with pytest.raises(Invalid) as error:
        story.deliberates(rows=[first, {**second, "order": 1, "reason": "海洋领域优先布局。"}, third])
    assert "rows.1.order" in error.value.fields
    reason = "海洋领域本批仅此一件，优先布局舟山。"
    story.deliberates(
        rows=[{**first, "order": 2, "reason": "让位于重点布局领域。"}, {**second, "order": 1, "reason": reason}, third]
    )
    assert story.elements(story.round_id) == ["cosign"] * 3
    kept = story.submitted_content(story.round_id, "designation_round/deliberate")["rows"]
    assert [row["reason"] for row in kept if row["application"] == story.applications["host-hyxy"]] == [reason]


@pytest.mark.article("11(4)")
@pytest.mark.stage("deliberating")
def test_a_disagreeing_division_sends_the_list_back(story: Story) -> None:
    """第十一条（四）：任一处室会签不同意，退回综合评议；同意并提出意见的不退。"""
    story.deliberates()
    with pytest.raises(Invalid):
        story.does(story.round_id, "cosign", "disagree", sheets.cosign(), key="province-fg")
    story.does(story.round_id, "cosign", "disagree", sheets.cosign(), "第二件协议效力存疑。", key="province-fg")
    assert story.elements(story.round_id) == ["cosign"] * 2
    story.cosigns("remark", "请核对经费口径。")
    assert story.elements(story.round_id) == ["deliberate"]
    story.deliberates()
    story.cosigns("remark", "请核对经费口径。")
    assert story.elements(story.round_id) == ["head_review"]


@pytest.mark.article("11(4)")
@pytest.mark.stage("deliberating")
def test_only_the_asked_division_cosigns(story: Story) -> None:
    """第十一条（四）：会签由各协同处室自己办理，互不代签。"""
    story.deliberates()
    with pytest.raises(Forbidden):
        story.does(story.round_id, "cosign", "agree", sheets.cosign(), key="province-fg", person="p-province-zg")


@pytest.mark.article("11(4)")
@pytest.mark.stage("deciding")
def test_head_and_leader_may_return_the_list(story: Story) -> None:
    """第十一条（四）：处室负责人、厅领导均可退回综合评议，重新会签。"""
    story.does(story.round_id, "decide", "return", {}, "请补充区域布局分析。")
    assert story.elements(story.round_id) == ["deliberate"]
    story.deliberates()
    story.cosigns()
    story.does(story.round_id, "head_review", "return", {}, "请调整备选名单。")
    assert story.elements(story.round_id) == ["deliberate"]
    story.deliberates()
    story.cosigns()
    story.heads_approve()
    story.decides()
    assert [story.application(case).decision for case in _three(story)] == ["approve"] * 3


@pytest.mark.article("11(4)")
@pytest.mark.stage("deciding")
def test_adverse_decision_needs_a_reason(story: Story) -> None:
    """第十一条（四）：暂缓、不同意的须写明理由，每件都要决定。"""
    sheet = sheets.decide(clock.today(), story.matrix())
    rows = [{**sheet["rows"][0], "decision": "refuse"}, *sheet["rows"][1:]]
    with pytest.raises(Invalid) as error:
        story.does(story.round_id, "decide", "decide", {**sheet, "rows": rows})
    assert "rows.0.reason" in error.value.fields
    with pytest.raises(Invalid) as error:
        story.does(story.round_id, "decide", "decide", {**sheet, "meeting_on": "2026-12-01"})
    assert "meeting_on" in error.value.fields


@pytest.mark.article("11(4)")
@pytest.mark.stage("published")
def test_nobody_outside_the_province_sees_the_decision_before_the_document(story: Story) -> None:
    """第十一条（四）：发文前，申报单位和推荐部门看不到决定。"""
    assert not story.told(f"p-{HOST}", "认定为")
    assert story.application(story.applications[HOST]).status == "ready"
    assert story.end(story.applications[HOST]) is None


# ---------------------------------------------------------------------------------------- the document


@pytest.mark.article("11(4)")
@pytest.mark.stage("registering")
def test_one_document_writes_all_bases(story: Story) -> None:
    """第十一条（四）：一份文件认定多个基地，编号分类连续，认定日期为成文日期，全部告知。"""
    story.today("2026-05-20")
    story.issues(issued_on="2026-05-18")
    bases = {base.host_id: base for base in story.bases(doc_no="浙科发外〔2026〕12号")}
    assert {host: base.code for host, base in bases.items()} == {
        "host-jhsf": "ZJGH-2026-J001", "host-hyxy": "ZJGH-2026-J002", "host-ywsl": "ZJGH-2026-O001",
    }  # fmt: skip
    assert {base.designated_on for base in bases.values()} == {date(2026, 5, 18)}
    assert {(base.status, base.origin, base.level) for base in bases.values()} == {
        ("active", "designation", "provincial")
    }
    assert bases["host-jhsf"].application_id == story.applications["host-jhsf"]
    assert story.end(story.round_id) == "closed"
    assert story.round(story.round_id).status == "closed_all"
    for host in THREE:
        assert story.told(f"p-{host}", "已由浙科发外〔2026〕12号认定为省科技厅国际科技合作基地")
        assert story.told(f"p-{host}-admin", "已由浙科发外〔2026〕12号认定为省科技厅国际科技合作基地")
    assert story.told("p-dept-jyt", "予以认定2件")
    document = next(row for row in story.documents(story.round_id) if row.kind == "designation")
    assert [row["base_name"] for row in document.content["list"]] == [
        "柔性传感国际科技合作基地",
        "海洋观测国际科技合作基地",
        "丝路技术转移国际科技合作基地",
    ]


@pytest.mark.article("11(4)")
@pytest.mark.stage("registering")
def test_document_of_december_is_entered_in_january(story: Story) -> None:
    """domain.md 3.7 第12项：12月31日成文、次年1月5日登记的，认定日期和编号年度均为成文年。"""
    story.today("2027-01-05")
    story.issues(issued_on="2026-12-31", doc_no="浙科发外〔2026〕99号")
    base = story.bases(application_id=story.applications[HOST])[0]
    assert (base.designated_on, base.code) == (date(2026, 12, 31), "ZJGH-2026-J001")


@pytest.mark.article("11(4)")
@pytest.mark.stage("registering")
@pytest.mark.parametrize(
    "typed", ["浙科发外[2026]12号", "浙科发外（2026）12号", " 浙科发外〔2026〕 12 号", "浙科发外【2026】012号"]
)
def test_document_number_is_normalised(story: Story, typed: str) -> None:
    """第十一条（四）：页面填写的发文字号，括号、空格、前导零自动规范为〔〕写法。"""
    story.issues(doc_no=story.typed("designation_round/register_document", "doc_no", typed))
    assert {base.doc_no for base in story.bases(application_id=story.applications[HOST])} == {"浙科发外〔2026〕12号"}


@pytest.mark.article("11(4)")
@pytest.mark.stage("registering")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"doc_no": "浙科发外2026第12号"}, "doc_no"),
        ({"issued_on": "2027-01-01"}, "issued_on"),
        ({"issued_on": "2026-04-01"}, "issued_on"),
        ({"checked": False}, "checked"),
    ],
)
def test_document_that_cannot_be_is_refused(story: Story, changes: dict[str, Any], field: str) -> None:
    """第十一条（四）：字号不合规、成文日期晚于今天或早于决策会议的，不能登记。"""
    with pytest.raises(Invalid) as error:
        story.issues(**changes)
    assert field in error.value.fields
    assert story.elements(story.round_id) == ["register_document"]


@pytest.mark.article("11(4)")
@pytest.mark.stage("registering")
def test_document_number_is_used_once(story: Story) -> None:
    """第十一条（四）：发文字号不得与其他文件重复，写法不同也算重复。"""
    story.issued_elsewhere("浙科发外〔2026〕12号")
    for typed in ("浙科发外〔2026〕12号", "浙科发外[2026]12号"):
        with pytest.raises(Invalid) as error:
            story.issues(doc_no=story.typed("designation_round/register_document", "doc_no", typed))
        assert "已用于其他文件" in error.value.fields["doc_no"]
    story.issues(doc_no="浙科发外〔2026〕13号")
    assert story.end(story.round_id) == "closed"


@pytest.mark.article("22")
@pytest.mark.stage("registering")
def test_ban_right_before_the_document_blocks_and_is_excluded(story: Story) -> None:
    """第二十二条：发文前核验发现限制申报的，列出后剔除，其余照发；被剔除的不予认定并告知理由。"""
    banned, *others = _three(story)
    story.bans(HOST, clock.today())
    story.issues()
    assert story.elements(story.round_id) == ["exclude_blocked"]
    assert [row["application"] for row in story.variables(story.round_id)["blocked"]["rows"]] == [banned]
    assert story.bases(doc_no="浙科发外〔2026〕12号") == []
    rows = [{"application": others[0], "reason": "核验未通过。"}]
    with pytest.raises(Invalid) as error:
        story.does(story.round_id, "exclude_blocked", "exclude", {"rows": rows, "note": "已核实。"})
    assert "柔性传感" in error.value.fields["rows"]
    reason = "依托单位自公示期满起被限制申报。"
    rows = [{"application": banned, "reason": reason}]
    story.does(story.round_id, "exclude_blocked", "exclude", {"rows": rows, "note": "已核实限制申报决定。"})
    assert [story.end(case) for case in (banned, *others)] == ["refused", "designated", "designated"]
    assert story.told(f"p-{HOST}", reason.rstrip("。"))
    assert {base.host_id for base in story.bases(doc_no="浙科发外〔2026〕12号")} == {"host-hyxy", "host-ywsl"}
    assert story.end(story.round_id) == "closed"


@pytest.mark.article("22")
@pytest.mark.stage("registering")
def test_blocked_list_goes_back_to_deliberation(story: Story) -> None:
    """第二十二条：核验未通过的也可以退回综合评议，改定后再发文。"""
    banned = story.applications[HOST]
    story.bans(HOST, clock.today())
    story.issues()
    story.does(story.round_id, "exclude_blocked", "return", {"note": "名单需要重新评议。"}, "名单需要重新评议。")
    assert story.elements(story.round_id) == ["deliberate"]
    story.deliberates()
    story.cosigns()
    story.heads_approve()
    story.decides({banned: "refuse"})
    story.days_pass(12)
    story.issues()
    assert [story.end(case) for case in _three(story)] == ["refused", "designated", "designated"]


@pytest.mark.article("11(4)")
def test_round_without_publicity_goes_to_the_document(story: Story) -> None:
    """第十一条（四）：方案不公示的，决定后直接登记文件。"""
    story.opened_round(publicity=False, publicity_days=None)
    case = story.submits()
    story.recommends(case)
    story.accepts(case)
    story.reviews(case)
    story.today("2026-04-13")
    story.deliberates()
    story.cosigns()
    story.heads_approve()
    story.decides()
    assert story.elements(story.round_id) == ["register_document"]
    story.issues()
    assert story.end(case) == "designated"


@pytest.mark.article("11(3)")
@pytest.mark.stage("registering")
def test_experts_lose_their_access_with_the_round(story: Story) -> None:
    """第十一条（三）：批次关闭，专家的评审权限同时结束。"""
    before = {row.status for row in story.assignments(story.applications[HOST])}
    story.issues()
    assert before == {"active"}
    assert {row.status for case in _three(story) for row in story.assignments(case)} == {"closed"}


@pytest.mark.article("11(1)")
@pytest.mark.stage("reviewed")
def test_window_cannot_move_when_it_has_closed(story: Story) -> None:
    """第十一条（一）：申报截止后不能再延长申报时间，也不能改到过去。"""
    with pytest.raises(Invalid) as error:
        story.sends(story.round_id, "amend_round", "p-officer", sheets.amend(date(2026, 3, 1), date(2026, 5, 15)))
    assert "window_to" in error.value.fields
    case = story.submits("host-hyxy", topic="海洋观测", number=2)
    story.today("2026-04-13")
    with pytest.raises(Invalid) as error:
        story.sends(story.round_id, "amend_round", "p-officer", sheets.amend(date(2026, 4, 24), date(2026, 5, 15)))
    assert "申报已截止" in error.value.fields["window_to"]
    wish = {"recommend_by": "2026-05-15", "reason": "应推荐部门请求延长。", "notify": True}
    story.sends(story.round_id, "amend_round", "p-officer", wish)
    assert story.round(story.round_id).recommend_by == date(2026, 5, 15)
    assert story.elements(case) == ["recommender_review"]


@pytest.mark.article("11(1)")
@pytest.mark.stage("published")
def test_a_message_nobody_waits_for_is_refused(story: Story) -> None:
    """流程不等待的消息不予接受。"""
    with pytest.raises(Rejected):
        story.sends(story.round_id, "no_such_message", "p-officer", {})
