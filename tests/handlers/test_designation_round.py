"""The round (第十一条): notice, window, waiting, deliberation, document, amendment, cancellation."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from handlers import designation_round, round_progress
from handlers.vocabulary import BpmnError, Deliver, IssueDocument, Notify, RegisterBase, UpdateApplication, UpdateRound
from tests.handlers import desk, given

ROUND = {
    "id": "round-1",
    "name": "2026年度国合基地认定",
    "window_to": date(2026, 5, 29),
    "recommend_by": date(2026, 6, 8),
    "status": "closed",
}
PLAN = {
    "name": "2026年度国合基地认定",
    "year": 2026,
    "categories": ["joint_rd", "open_service"],
    "window_from": "2026-07-01",
    "window_to": "2026-07-31",
    "recommend_by": "2026-08-14",
    "quotas": [{"recommender": "city-330100", "quota": 6}],
    "quota_default": 3,
    "expert_plan": {"per_application": 5, "days": 10, "max_load": 12},
    "notice_title": "关于组织申报2026年度国合基地的通知",
    "notice_recipients": "各设区市科技局",
}
DOCUMENT = {
    "doc_no": "浙科发外[2026]015号",
    "title": "关于认定2026年度国合基地的通知",
    "issued_on": "2026-06-12",
    "signer": "方宁",
    "recipients": "各设区市科技局",
}


def case(*rows, shelf=None, **facts):
    shelf = shelf or desk.Shelf()
    shelf.application_rows = list(rows)
    return desk.case(shelf, **{"id": "round-1", "process": "designation_round", "round": ROUND, **facts})


def rounds(outcome) -> dict[str, Any]:
    return {name: value for effect in desk.of(outcome, UpdateRound) for name, value in effect.fields.items()}


def sent(outcome):
    return [(effect.message, effect.to) for effect in desk.of(outcome, Deliver)]


# ---- plan and notice


def plan_errors(**changes):
    return desk.errors(designation_round.check_plan(case(forms={"set_up": {**PLAN, **changes}})))


def test_a_sound_plan_may_be_reported():
    assert plan_errors() == {}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"window_from": "2026-06-14"}, "window_from"),
        ({"window_to": "2026-06-30"}, "window_to"),
        ({"recommend_by": "2026-07-30"}, "recommend_by"),
        ({"categories": []}, "categories"),
        ({"expert_plan": {"per_application": 3}}, "expert_plan.per_application"),
        ({"expert_plan": {"per_application": 6}}, "expert_plan.per_application"),
    ],
)
def test_an_unsound_plan_is_refused_at_its_field(changes, path):
    assert path in plan_errors(**changes)


def test_the_plan_stands_in_the_row_before_anybody_approves_it():
    fields = rounds(designation_round.save_plan(case(forms={"set_up": PLAN})))
    assert fields["quotas"] == {"city-330100": 6, "default": 3}
    assert fields["window_from"] == date(2026, 7, 1)
    assert fields["status"] == "preparing"


def test_a_plan_without_a_general_quota_limits_only_whom_it_names():
    plan = {**PLAN, "quota_default": None}
    assert rounds(designation_round.save_plan(case(forms={"set_up": plan})))["quotas"] == {"city-330100": 6}


@pytest.mark.article("11(1)")
def test_the_notice_is_issued_with_its_number_and_date():
    approval = {"issued_on": "2026-06-15", "doc_no": "浙科发外(2026)9号", "signer": "陆岑"}
    outcome = designation_round.publish_notice(case(forms={"set_up": PLAN, "approve_notice": approval}))
    (document,) = desk.of(outcome, IssueDocument)
    assert (document.kind, document.doc_no, document.issued_on) == ("round_notice", "浙科发外〔2026〕9号", desk.TODAY)
    assert document.content["categories"] == ["联合研发类", "开放服务类"]
    assert document.content["window_to"] == "2026-07-31"
    assert rounds(outcome) == {"status": "published"}


def test_the_window_opens_and_closes_drafts_only():
    assert rounds(designation_round.open_window(case())) == {"status": "open"}
    rows = [
        desk.application(1, status="drafting", submitted_on=None),
        desk.application(2, status="host_approval", submitted_on=None),
        desk.application(3, status="host_approval", submitted_on=date(2026, 5, 20)),  # a correction at the host
        desk.application(4, status="recommending", submitted_on=date(2026, 5, 20)),
        desk.application(5, status="withdrawn"),
    ]
    outcome = designation_round.close_window(case(*rows))
    assert sent(outcome) == [("round_closed", "case-1"), ("round_closed", "case-2")]
    assert rounds(outcome) == {"status": "closed"}


# ---- waiting


def count(*rows, today=desk.TODAY, **facts):
    return designation_round.count_pending(case(*rows, today=today, **facts))


def test_counts_tell_waiting_ready_open_and_ended():
    rows = [
        desk.application(1),
        desk.application(2, status="reviewing"),
        desk.application(3, status="decided"),
        desk.application(4, status="refused"),
    ]
    data = count(*rows).data
    assert (data["pending"], data["ready"], data["open"], data["silent"]) == (1, 1, 3, [])


def test_a_round_without_open_applications_is_over():
    assert rounds(count(desk.application(1, status="withdrawn"))) == {"status": "closed_all"}
    assert rounds(count(desk.application(1, status="reviewing"))) == {"status": "reviewing"}
    issued = count(desk.application(1, status="decided"), round={**ROUND, "status": "issued"})
    assert rounds(issued) == {"status": "issued"}


@pytest.mark.parametrize(
    ("today", "silent"),
    [(date(2026, 6, 8), 0), (date(2026, 6, 15), 0), (date(2026, 6, 16), 1)],
)
def test_a_department_is_silent_when_recommend_by_and_grace_are_over(today, silent):
    """推荐截止 6 月 8 日，宽限 5 个工作日到 6 月 15 日."""
    row = desk.application(1, status="recommending", updated_at=datetime(2026, 6, 1, tzinfo=UTC))
    outcome = count(row, today=today)
    assert len(outcome.data["silent"]) == silent
    assert ("逾期未推荐" in str(desk.of(outcome, Notify))) is bool(silent)


def test_what_came_back_late_has_the_departments_ordinary_time():
    """6 月 9 日补正后再到推荐部门，10 个工作日（端午节不计）到 6 月 24 日."""
    row = desk.application(1, status="ranked", updated_at=datetime(2026, 6, 9, 3, tzinfo=UTC))
    assert count(row, today=date(2026, 6, 24)).data["silent"] == []
    assert len(count(row, today=date(2026, 6, 25)).data["silent"]) == 1


def test_what_is_in_correction_or_at_the_province_is_not_silent():
    rows = [desk.application(1, status="correcting"), desk.application(2, status="formal_check")]
    assert count(*rows, today=date(2026, 12, 1)).data["silent"] == []


def test_what_was_settled_a_moment_ago_is_not_listed_again():
    row = desk.application(1, status="recommending")
    settled = {"applications": {"case-1": "close"}, "recommend_by": "2026-06-08"}
    assert count(row, today=date(2026, 7, 1), data={"settled": settled}).data["silent"] == []


def test_an_extension_decided_in_this_step_counts_at_once():
    settled = {"applications": {"case-1": "extend"}, "recommend_by": "2026-07-10"}
    row = desk.application(1, status="recommending")
    assert count(row, today=date(2026, 7, 1), data={"settled": settled}).data["silent"] == []
    assert len(count(row, today=date(2026, 8, 1), data={"settled": settled}).data["silent"]) == 1


@pytest.mark.parametrize(
    ("today", "following"),
    [
        (date(2026, 6, 1), date(2026, 6, 8)),
        (date(2026, 6, 8), date(2026, 6, 8)),
        (date(2026, 6, 9), date(2026, 6, 15)),
        (date(2026, 6, 18), date(2026, 6, 22)),
    ],
)
def test_the_round_counts_again_at_recommend_by_at_the_grace_and_every_working_day(today, following):
    assert count(today=today).data["next_check"] == following.isoformat()


def silent_errors(*filled):
    pending = {"pending": {"silent": [{"application": "case-1"}, {"application": "case-2"}]}}
    return desk.errors(designation_round.check_silent(case(forms={"handle_silent": {"rows": filled}}, data=pending)))


def test_every_silent_application_needs_a_sound_measure():
    close = {"application": "case-1", "action": "close", "reason": "推荐部门书面放弃"}
    extend = {"application": "case-2", "action": "extend", "extended_to": "2026-07-01"}
    assert silent_errors(close, extend) == {}
    assert "rows" in silent_errors(close)
    assert "rows.1.extended_to" in silent_errors(close, {**extend, "extended_to": "2026-06-15"})
    assert "rows.0.reason" in silent_errors({**close, "reason": ""}, extend)


def test_measures_are_sent_and_the_longest_extension_holds():
    filled = [
        {"application": "case-1", "action": "take_over", "reason": "人员空缺"},
        {"application": "case-2", "action": "close"},
        {"application": "case-3", "action": "extend", "extended_to": "2026-06-26"},
        {"application": "case-4", "action": "extend", "extended_to": "2026-06-24"},
    ]
    earlier = {"settled": {"applications": {"case-9": "close"}}}
    outcome = designation_round.settle_silent(case(forms={"handle_silent": {"rows": filled}}, data=earlier))
    assert sent(outcome) == [("taken_over", "case-1"), ("silent_closed", "case-2")]
    assert rounds(outcome) == {"recommend_by": date(2026, 6, 26)}
    assert outcome.data["applications"]["case-9"] == "close"
    assert outcome.data["recommend_by"] == "2026-06-26"


def test_without_extension_recommend_by_stays():
    filled = [{"application": "case-1", "action": "close", "reason": "放弃"}]
    assert rounds(designation_round.settle_silent(case(forms={"handle_silent": {"rows": filled}}))) == {}


# ---- deliberation


@pytest.mark.article("11(3)")
def test_the_matrix_holds_what_was_reviewed_and_writes_the_ranks():
    rows = [
        desk.application(1, score=Decimal(80)),
        desk.application(2, score=Decimal(90)),
        desk.application(3, status="refused"),
    ]
    outcome = designation_round.build_deliberation_matrix(case(*rows))
    assert [row["application"] for row in outcome.data["rows"]] == ["case-2", "case-1"]
    assert outcome.data["rows"][0]["host_name"] == "宁波海岳科技有限公司"
    ranks = {effect.application: effect.fields["rank"] for effect in desk.of(outcome, UpdateApplication)}
    assert ranks == {"case-2": 1, "case-1": 2}
    assert rounds(outcome) == {"status": "deliberating"}


def test_what_a_return_brings_back_is_deliberated_again():
    decided = desk.application(1, status="decided", decision="approve", score=Decimal(80))
    assert len(designation_round.build_deliberation_matrix(case(decided)).data["rows"]) == 1


def deliberation_errors(*filled):
    matrix = {"matrix": {"rows": [{"application": "case-1"}, {"application": "case-2"}]}}
    return desk.errors(designation_round.check_deliberation(case(forms={"deliberate": {"rows": filled}}, data=matrix)))


def test_the_list_is_complete_and_a_changed_order_has_its_reason():
    first, second = (
        {"application": "case-1", "score": 90, "order": 1},
        {"application": "case-2", "score": 80, "order": 2},
    )
    assert deliberation_errors(first, second) == {}
    assert "rows" in deliberation_errors(first)
    assert "rows.1.reason" in deliberation_errors({**first, "order": 2}, {**second, "order": 1})
    assert deliberation_errors({**first, "order": 2}, {**second, "order": 1, "reason": "国别布局"}) == {}
    assert "rows.1.order" in deliberation_errors(first, {**second, "order": 1, "reason": "并列"})


def test_the_divisions_that_cosign_are_those_chosen():
    by_variable = case(data={"deliberate": {"cosign_orgs": {"province-jd": {}, "province-fg": {}}}})
    outcome = designation_round.prepare_cosign(by_variable)
    assert outcome.data == {"province-fg": {"name": "政策法规处"}, "province-jd": {"name": "科技监督与诚信处"}}
    by_form = case(forms={"deliberate": {"cosign_orgs": ["province-jd"]}})
    assert set(designation_round.prepare_cosign(by_form).data) == {"province-jd"}
    assert designation_round.prepare_cosign(case()).data == {}


def decision_errors(*filled, **more):
    matrix = {"matrix": {"rows": [{"application": "case-1"}]}}
    content = {"rows": filled, "meeting_on": "2026-06-12", **more}
    return desk.errors(designation_round.check_decisions(case(forms={"decide": content}, data=matrix)))


@pytest.mark.article("11(4)")
def test_every_application_has_its_own_decision_and_adverse_ones_their_reason():
    assert decision_errors({"application": "case-1", "decision": "approve"}) == {}
    assert "rows" in decision_errors()
    assert "rows.0.decision" in decision_errors({"application": "case-1"})
    for decision in ("defer", "refuse"):
        assert "rows.0.reason" in decision_errors({"application": "case-1", "decision": decision})
    assert "meeting_on" in decision_errors({"application": "case-1", "decision": "approve"}, meeting_on="2026-06-16")


def test_decisions_are_recorded_but_not_yet_told():
    filled = [
        {"application": "case-1", "decision": "approve"},
        {"application": "case-2", "decision": "defer", "reason": "合作协议将到期"},
    ]
    outcome = designation_round.record_decisions(case(forms={"decide": {"rows": filled}}))
    written = {effect.application: effect.fields for effect in desk.of(outcome, UpdateApplication)}
    assert written["case-2"] == {"decision": "defer", "decision_reason": "合作协议将到期"}
    assert "status" not in written["case-1"]
    assert desk.names(outcome.effects) == ["UpdateApplication"] * 2
    assert outcome.data == {"approve": 1, "defer": 1, "refuse": 0}


def test_an_upheld_objection_turns_the_approval_into_a_refusal():
    objections = {"upheld": [{"application": "case-1", "reason": "公示异议成立：成果归属不实"}], "dismissed": 1}
    outcome = designation_round.apply_objections(case(data={"objections": objections}))
    (effect,) = outcome.effects
    assert effect.fields == {"decision": "refuse", "decision_reason": "公示异议成立：成果归属不实"}
    assert not designation_round.apply_objections(case()).effects


# ---- document


def document_errors(shelf=None, **changes):
    forms = {"register_document": {**DOCUMENT, **changes}, "decide": {"meeting_on": "2026-06-10"}}
    return desk.errors(designation_round.check_document(case(shelf=shelf, forms=forms)))


@pytest.mark.article("11(4)")
def test_the_document_number_is_well_formed_and_new():
    assert document_errors() == {}
    assert "doc_no" in document_errors(doc_no="外发15号")
    used = desk.Shelf(document_rows=[{"doc_no": "浙科发外〔2026〕15号", "case_id": "round-0", "kind": "designation"}])
    assert "已用于其他文件" in document_errors(used)["doc_no"]


def test_the_rounds_own_notice_has_taken_its_number_too():
    own = {"doc_no": "浙科发外〔2026〕15号", "case_id": "round-1"}
    assert "doc_no" in document_errors(desk.Shelf(document_rows=[{**own, "kind": "round_notice"}]))
    assert document_errors(desk.Shelf(document_rows=[{**own, "kind": "designation"}])) == {}


@pytest.mark.parametrize(("issued_on", "refused"), [("2026-06-16", True), ("2026-06-09", True), ("2026-06-10", False)])
def test_the_documents_date_lies_between_decision_and_today(issued_on, refused):
    assert ("issued_on" in document_errors(issued_on=issued_on)) is refused


def decided(number, decision="approve", **changes):
    return desk.application(number, decision=decision, rank=number, **changes)


def issue(*rows, shelf=None, **facts):
    forms = {"register_document": DOCUMENT, **facts.pop("forms", {})}
    return designation_round.issue_designation(case(*rows, shelf=shelf, forms=forms, **facts))


def test_issuing_registers_the_bases_issues_the_document_and_tells_everybody():
    rows = [
        decided(1),
        decided(2, "defer", decision_reason="合作协议将到期"),
        decided(3, "refuse", decision_reason="布局重复"),
        desk.application(4, status="withdrawn", decision=None),
    ]
    outcome = issue(*rows)
    (base,) = desk.of(outcome, RegisterBase)
    assert (base.application, base.designated_on, base.doc_no) == ("case-1", date(2026, 6, 12), "浙科发外〔2026〕15号")
    assert (base.category, base.facts["name"], base.facts["regions"]) == (
        "joint_rd",
        "第1国际科技合作基地",
        ["DEU", "HKG"],
    )
    (document,) = desk.of(outcome, IssueDocument)
    assert document.kind == "designation"
    assert [(row["number"], row["base_name"], row["city"]) for row in document.content["list"]] == [
        (1, "第1国际科技合作基地", "杭州市")
    ]
    assert sent(outcome) == [("decided", "case-1"), ("decided", "case-2"), ("decided", "case-3")]
    assert desk.of(outcome, Deliver)[2].payload == {
        "decision": "refuse", "reason": "布局重复", "doc_no": "浙科发外〔2026〕15号",
    }  # fmt: skip
    assert {effect.fields["status"] for effect in desk.of(outcome, UpdateApplication)} == {"decided"}
    assert "予以认定1件（第1国际科技合作基地），其余1件未认定" in desk.told(outcome, "recommender")
    assert rounds(outcome) == {"status": "issued"}


def test_the_list_goes_by_category_then_rank():
    rows = [decided(1, category="special_dev"), decided(2, category="open_service"), decided(3), decided(5)]
    (document,) = desk.of(issue(*rows), IssueDocument)
    assert [row["category"] for row in document.content["list"]] == [
        "联合研发类",
        "联合研发类",
        "开放服务类",
        "特色发展类",
    ]


BANNED = {
    "uscc": given.COMPANY, "scope": "host", "starts_on": date(2026, 6, 1), "ends_on": date(2029, 6, 1),
    "doc_no": "浙科发外〔2026〕11号",
}  # fmt: skip


@pytest.mark.article("22")
def test_a_ban_since_the_decision_blocks_the_document_and_names_the_base():
    shelf = desk.Shelf(ban_rows=[BANNED])
    with pytest.raises(BpmnError) as error:
        issue(decided(1), decided(2), shelf=shelf)
    assert error.value.code == "blocked"
    assert "第1国际科技合作基地" in error.value.message
    assert "第2国际科技合作基地" not in error.value.message


def test_a_ban_does_not_block_a_refusal():
    assert sent(issue(decided(1, "refuse"), shelf=desk.Shelf(ban_rows=[BANNED])))


def test_a_base_of_that_name_registered_meanwhile_blocks_the_document():
    taken = {
        "host_id": "host-1",
        "name": "第1国际科技合作基地",
        "status": "active",
        "field": "x",
        "level": "provincial",
    }
    with pytest.raises(BpmnError):
        issue(decided(1), shelf=desk.Shelf(base_rows=[taken]))


def test_a_unit_struck_off_meanwhile_blocks_the_document(monkeypatch):
    monkeypatch.setitem(desk.ORGANISATIONS["host-1"], "entity_status", "deregistered")
    with pytest.raises(BpmnError, match="已注销"):
        issue(decided(1))


def test_blocked_applications_are_listed_for_the_officer():
    outcome = designation_round.list_blocked(case(decided(1), decided(2), shelf=desk.Shelf(ban_rows=[BANNED])))
    (row,) = outcome.data["rows"]
    assert row["application"] == "case-1"
    assert "浙科发外〔2026〕11号" in row["reason"]


def test_the_officer_must_list_every_blocked_application():
    listed = {"exclude_blocked": {"rows": [{"application": "case-1", "reason": "限制申报"}]}}
    shelf = desk.Shelf(ban_rows=[BANNED])
    assert desk.errors(designation_round.check_blocked(case(decided(1), decided(2), shelf=shelf, forms=listed))) == {}
    assert "rows" in desk.errors(designation_round.check_blocked(case(decided(1), shelf=desk.Shelf(ban_rows=[BANNED]))))


def test_what_was_excluded_is_refused_with_its_reason_and_the_rest_is_issued():
    outcome = issue(
        decided(1),
        decided(2),
        shelf=desk.Shelf(ban_rows=[BANNED]),
        forms={"exclude_blocked": {"rows": [{"application": "case-1", "reason": "限制申报期内"}]}},
        data={"exclude_blocked": {"outcome": "exclude"}},
    )
    assert [base.application for base in desk.of(outcome, RegisterBase)] == ["case-2"]
    assert desk.of(outcome, Deliver)[0].payload["reason"] == "限制申报期内"


def test_an_exclusion_that_was_returned_does_not_count():
    with pytest.raises(BpmnError):
        issue(
            decided(1),
            shelf=desk.Shelf(ban_rows=[BANNED]),
            forms={"exclude_blocked": {"rows": [{"application": "case-1", "reason": "限制申报期内"}]}},
            data={"exclude_blocked": {"outcome": "return"}},
        )


# ---- amendment and cancellation


def test_an_extension_moves_the_dates_and_tells_everybody():
    wish = {"window_to": "2026-06-30", "recommend_by": "2026-07-10", "reason": "部分单位受灾。"}
    outcome = designation_round.amend(case(desk.application(1, status="drafting"), data={"amend_round": wish}))
    assert rounds(outcome) == {"window_to": date(2026, 6, 30), "recommend_by": date(2026, 7, 10)}
    for role in ("host", "recommender", "province_officer"):
        assert "申报截止2026年6月30日，推荐截止2026年7月10日。原因：部分单位受灾。" in desk.told(outcome, role)


def test_recommend_by_follows_a_window_that_moves_beyond_it():
    outcome = designation_round.amend(case(data={"amend_round": {"window_to": "2026-06-30", "reason": "延期"}}))
    assert rounds(outcome)["recommend_by"] == date(2026, 6, 30)


def test_a_quiet_amendment_tells_nobody():
    wish = {"recommend_by": "2026-07-10", "reason": "更正", "notify": False}
    assert not desk.of(designation_round.amend(case(desk.application(1), data={"amend_round": wish})), Notify)


OPEN = (
    "drafting",
    "host_approval",
    "recommending",
    "ranked",
    "correcting",
    "formal_check",
    "reviewing",
    "ready",
    "decided",
)


@pytest.mark.parametrize("status", OPEN)
def test_cancellation_reaches_an_application_at_every_step(status):
    outcome = designation_round.cancel(
        case(desk.application(1, status=status), data={"cancel_round": {"reason": "政策调整。"}})
    )
    assert desk.of(outcome, Deliver) == [Deliver("round_cancelled", "case-1", {"reason": "政策调整"})]
    assert rounds(outcome) == {"status": "cancelled"}


@pytest.mark.parametrize("status", round_progress.ENDED)
def test_cancellation_leaves_what_has_ended(status):
    assert sent(designation_round.cancel(case(desk.application(1, status=status)))) == []
