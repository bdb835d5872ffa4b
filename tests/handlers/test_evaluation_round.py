"""The round of evaluations (第十八条): scope, waiting, ranking within the cap, decision, document, dates, cancellation."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from handlers import evaluation_plan, evaluation_ranking, evaluation_round
from handlers.vocabulary import Deliver, IssueDocument, Notify, StartBatch
from tests import tables
from tests.handlers import desk
from tests.handlers import evaluation_desk as at

BASES = [
    {**at.BASE, "id": "base-1"},
    {**at.BASE, "id": "base-2", "category": "open_service", "city": "330200", "recommender_id": "city-330200"},
    {**at.BASE, "id": "base-3", "designated_on": date(2024, 6, 15), "name": "恰满两年"},
]


def plan(**changes: Any) -> dict[str, Any]:
    return {"set_up": {**at.PLAN, **changes}}


def plan_errors(**changes: Any) -> dict[str, str]:
    return desk.errors(evaluation_round.check_plan(at.round_case(bases=BASES, forms=plan(**changes))))


# ---- plan and scope


def test_a_sound_plan_may_be_reported() -> None:
    assert plan_errors() == {}


@pytest.mark.article("18", "12(3)")
@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"period_to": "2023-06-30"}, "period_to"),
        ({"period_to": "2026-12-31"}, "period_to"),
        ({"material_due": "2026-06-15"}, "material_due"),
        ({"opinion_due": "2026-07-09"}, "opinion_due"),
        ({"review_by": "2026-07-01"}, "review_by"),
        ({"policy": {**at.PLAN["policy"], "qualified_min": 85}}, "policy.excellent_min"),
        ({"expert_plan": {"per_application": 4}}, "expert_plan.per_application"),
        ({"expert_plan": {"per_application": 3}}, "expert_plan.per_application"),
        ({"designated_by": "2010-12-31"}, "designated_by"),
        ({"cities": ["331100"]}, "designated_by"),
    ],
)
def test_an_unsound_plan_is_refused_at_its_field(changes: dict[str, Any], path: str) -> None:
    assert path in plan_errors(**changes)


def scope(
    *summaries: dict[str, Any], bases: list[dict[str, Any]] | None = None, **changes: Any
) -> evaluation_plan.Scope:
    own = at.round_case(*summaries, bases=bases or BASES, forms=plan(**changes), parameters={})
    return evaluation_plan.scope(own)


def ids(found: evaluation_plan.Scope) -> list[Any]:
    return [item["base_id"] for item in found.items]


def reasons(found: evaluation_plan.Scope) -> dict[Any, str]:
    return {row["base_id"]: row["reason"] for row in found.skipped}


@pytest.mark.article("18")
def test_every_base_in_scope_has_one_item_with_the_rules_of_the_round() -> None:
    """第十八条：范围内的基地各一件，规则以发布时为准。"""
    found = scope()
    assert ids(found) == ["base-1", "base-2", "base-3"]
    item = found.items[0]
    assert (item["key"], item["round_id"]) == ("evaluation:round-1:base-1", "round-1")
    assert item["data"] == at.BEGUN


@pytest.mark.article("18")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"categories": ["open_service"]}, ["base-2"]),
        ({"cities": ["330100"]}, ["base-1", "base-3"]),
        ({"fields": ["life_health"]}, []),
        ({"designated_by": "2023-12-31"}, ["base-1", "base-2"]),
    ],
)
def test_scope_is_narrowed(changes: dict[str, Any], expected: list[str]) -> None:
    assert ids(scope(**changes)) == expected


@pytest.mark.article("18", "24")
@pytest.mark.parametrize(
    ("base", "others", "said"),
    [
        ({"designated_on": date(2024, 6, 16)}, [], "未满2年，经批准本轮免评"),
        ({"designated_on": date(2025, 1, 1)}, [], "晚于本批次的范围"),
        ({"designated_on": None}, [], "没有认定日期"),
        ({"level": "national"}, [], "第二十四条"),
        ({}, [at.summary("exit", 1)], "退出申请正在办理，本轮评价延期"),
        ({}, [at.summary("evaluation", 7)], "另一批次的绩效评价尚未办结"),
        ({}, [at.result(1, "qualified", date(2024, 5, 1))], "本评价周期内已于2024年5月1日评价"),
    ],
)
def test_a_base_left_out_has_its_reason(base: dict[str, Any], others: list[dict[str, Any]], said: str) -> None:
    """第十八条、第二十四条：不列入的逐家写明理由。"""
    found = scope(*others, bases=[{**at.BASE, **base}])
    assert ids(found) == []
    assert said in reasons(found)["base-1"]


@pytest.mark.parametrize(
    ("others", "changes", "expected"),
    [
        ([at.result(1, "qualified", date(2023, 5, 1))], {}, ["base-1"]),
        ([at.result(1, "qualified", date(2024, 5, 1))], {"skip_recent": False}, ["base-1"]),
        ([at.result(1, None, date(2025, 5, 1))], {}, ["base-1"]),
        ([at.result(1, "excellent", date(2025, 5, 1), kind="national")], {}, ["base-1"]),
        ([at.summary("exit", 1, ended_on=date(2026, 1, 1))], {}, ["base-1"]),
    ],
)
def test_what_keeps_nobody_out(others: list[dict[str, Any]], changes: dict[str, Any], expected: list[str]) -> None:
    """周期按自然年计；未评出等次的、科技部的结果、已办结的退出不影响。"""
    assert ids(scope(*others, bases=[at.BASE], **changes)) == expected


def test_the_set_up_page_says_whom_it_is_about() -> None:
    own = at.round_case(bases=[*BASES, {**at.BASE, "id": "base-4", "level": "national"}], parameters={})
    assert evaluation_plan.preview(own, at.PLAN).startswith("列入评价3家，另有1家")
    assert evaluation_plan.preview(at.round_case(bases=BASES, parameters={}), at.PLAN) == "列入评价3家。"
    assert evaluation_plan.preview(own, {"categories": []}) == ""


def test_the_plan_stands_in_the_row_before_anybody_approves_it() -> None:
    fields = at.rounds(evaluation_round.save_plan(at.round_case(forms=plan())))
    assert (fields["window_to"], fields["recommend_by"]) == (date(2026, 7, 10), date(2026, 7, 24))
    assert (fields["publicity"], fields["status"]) == (True, "preparing")
    assert fields["expert_plan"]["days"] == 10


@pytest.mark.article("18")
def test_the_notice_is_issued_and_the_round_pinned() -> None:
    approval = {"issued_on": "2026-06-15", "doc_no": "浙科发外(2026)9号", "signer": "陆岑"}
    outcome = evaluation_round.publish_notice(at.round_case(forms={**plan(), "approve_notice": approval}))
    (document,) = desk.of(outcome, IssueDocument)
    assert (document.kind, document.doc_no, document.issued_on) == (
        "evaluation_notice",
        "浙科发外〔2026〕9号",
        desk.TODAY,
    )
    assert document.content["categories"] == ["联合研发类", "开放服务类", "特色发展类"]
    assert at.rounds(outcome) == {"status": "published", "window_from": desk.TODAY}


@pytest.mark.article("18")
def test_evaluations_are_started_as_one_batch_and_the_departments_know() -> None:
    bases = [*BASES, {**at.BASE, "id": "base-4", "level": "national"}]
    outcome = evaluation_round.start_evaluations(at.round_case(bases=bases, parameters={}))
    (batch,) = desk.of(outcome, StartBatch)
    assert (batch.process, batch.key, len(batch.items), len(batch.skipped)) == (
        "evaluation",
        "evaluation:round-1",
        3,
        1,
    )
    assert outcome.data == {"started": 3, "skipped": 1}
    told = {effect.org: effect.text for effect in desk.of(outcome, Notify)}
    assert "贵部门推荐的2家" in told["city-330100"]
    assert "贵部门推荐的1家" in told["city-330200"]


# ---- waiting


def count(*rows: dict[str, Any], today: date = at.TODAY, **facts: Any) -> Any:
    return evaluation_round.count_pending(at.round_case(*rows, today=today, **facts))


def test_counts_tell_waiting_ready_open_and_unborn() -> None:
    """成批发起尚未完成的也在等待之列，否则批次会误以为无基地可评。"""
    rows = [at.ready(1, 80), at.ready(2, None, status="opinion"), at.ready(3, 70, ended_on=date(2026, 6, 1))]
    data = count(*rows, data={"started": {"started": 5}}).data
    assert (data["pending"], data["ready"], data["open"], data["late"]) == (3, 1, 4, [])
    after = count(*rows, data={"started": {"started": 5}}, today=date(2026, 9, 1)).data
    assert (after["pending"], after["open"]) == (1, 2)


def test_a_round_without_open_evaluations_is_over() -> None:
    assert at.rounds(count(at.ready(1, 80, ended_on=at.TODAY))) == {"status": "closed_all"}
    assert at.rounds(count(at.ready(1, 80))) == {"status": "reviewing"}
    issued = count(at.ready(1, 80), round={**at.ROUND, "status": "issued"})
    assert at.rounds(issued) == {"status": "issued"}


@pytest.mark.article("18")
@pytest.mark.parametrize(("today", "late"), [(date(2026, 8, 28), 0), (date(2026, 8, 31), 1)])
def test_an_evaluation_is_late_when_the_last_day_of_reviews_is_over(today: date, late: int) -> None:
    outcome = count(at.ready(1, 80), at.ready(2, None, status="reviewing"), today=today)
    assert len(outcome.data["late"]) == late
    assert ("尚有1家未完成评价" in desk.told(outcome, "province_officer")) is bool(late)
    if late:
        assert outcome.data["late"][0]["stage"] == "专家评审"


@pytest.mark.parametrize(
    ("data", "today", "next_check"),
    [
        ({}, date(2026, 6, 15), "2026-08-28"),
        ({}, date(2026, 8, 31), "2026-09-01"),
        ({"amendment": {"review_by": "2026-09-30"}}, date(2026, 8, 31), "2026-09-30"),
        ({"settled": {"review_by": "2026-09-15", "evaluations": {}}}, date(2026, 8, 31), "2026-09-15"),
    ],
)
def test_the_round_counts_again_by_itself(data: dict[str, Any], today: date, next_check: str) -> None:
    assert count(at.ready(1, None, status="opinion"), today=today, data=data).data["next_check"] == next_check


def settle(*rows: dict[str, Any]) -> Any:
    own = at.round_case(today=date(2026, 8, 31), forms={**plan(), "handle_late": {"rows": list(rows)}})
    return evaluation_round.settle_late(own)


def test_late_evaluations_are_waited_for_or_leave_the_round() -> None:
    outcome = settle(
        {"evaluation": "px-01", "action": "wait", "extended_to": "2026-09-15"},
        {"evaluation": "px-02", "action": "postpone", "reason": "专家未齐"},
    )
    assert outcome.data == {"evaluations": {"px-01": "wait", "px-02": "postpone"}, "review_by": "2026-09-15"}
    (told,) = desk.of(outcome, Deliver)
    assert (told.message, told.to, told.payload) == ("round_closed", "px-02", {"reason": "专家未齐"})
    waiting = {"settled": outcome.data}
    again = count(at.ready(2, None, status="opinion"), today=date(2026, 9, 20), data=waiting).data
    assert again["late"] == []


@pytest.mark.parametrize(
    ("row", "path"),
    [
        ({"action": "wait", "extended_to": "2026-08-31"}, "rows.0.extended_to"),
        ({"action": "wait"}, "rows.0.extended_to"),
        ({"action": "postpone"}, "rows.0.reason"),
    ],
)
def test_measures_that_cannot_stand_are_refused(row: dict[str, Any], path: str) -> None:
    late = {"pending": {"late": [{"evaluation": "px-01"}]}}
    own = at.round_case(
        today=date(2026, 8, 31), data=late, forms={**plan(), "handle_late": {"rows": [{"evaluation": "px-01", **row}]}}
    )
    assert path in desk.errors(evaluation_round.check_late(own))
    nobody = at.round_case(today=date(2026, 8, 31), data=late, forms={**plan(), "handle_late": {"rows": []}})
    assert "rows" in desk.errors(evaluation_round.check_late(nobody))


# ---- ranking and the cap


def policy(cap: float = 15, *, by_category: bool = False) -> evaluation_plan.Policy:
    rules = {**at.PLAN["policy"], "excellent_cap": cap, "cap_by": "category" if by_category else "round"}
    return evaluation_plan.policy(at.round_case(forms=plan(policy=rules)))


def grades(rows: list[dict[str, Any]], **rules: Any) -> dict[str, tuple[int, str]]:
    table = evaluation_ranking.matrix(rows, policy(**rules), tables.decide, {})
    return {row["evaluation"]: (row["rank"], row["suggested"]) for row in table}


@pytest.mark.article("18")
def test_the_cap_on_excellent_is_never_exceeded() -> None:
    """2.8a：总分达到优秀线但名次在比例以外的为合格；比例向下取整。"""
    rows = [at.ready(n, total) for n, total in enumerate((95, 92, 90, 88, 86, 70, 50), 1)]
    assert grades(rows, cap=30) == {
        "px-01": (1, "excellent"),
        "px-02": (2, "excellent"),
        "px-03": (3, "qualified"),
        "px-04": (4, "qualified"),
        "px-05": (5, "qualified"),
        "px-06": (6, "qualified"),
        "px-07": (7, "unqualified"),
    }


def test_a_tie_at_the_cap_is_excellent_as_a_whole_or_not_at_all() -> None:
    rows = [at.ready(n, total) for n, total in enumerate((95, 90, 90, 80), 1)]
    assert grades(rows, cap=50) == {
        "px-01": (1, "excellent"),
        "px-02": (2, "qualified"),
        "px-03": (2, "qualified"),
        "px-04": (4, "qualified"),
    }
    assert [grade for _, grade in grades(rows, cap=75).values()] == ["excellent"] * 3 + ["qualified"]


def test_a_veto_is_unqualified_and_stands_last() -> None:
    rows = [at.ready(1, 99, veto="提供虚假信息"), at.ready(2, 61), at.ready(3, None, veto="不参加评价")]
    found = grades(rows, cap=100)
    assert found == {"px-02": (1, "qualified"), "px-01": (2, "unqualified"), "px-03": (3, "unqualified")}


def test_the_cap_by_category_counts_each_alone() -> None:
    rows = [at.ready(n, total, category=kind) for n, (total, kind) in enumerate(
        ((95, "joint_rd"), (94, "joint_rd"), (90, "open_service"), (86, "open_service")), 1)]  # fmt: skip
    by_category = grades(rows, cap=50, by_category=True)
    assert [key for key, (_, grade) in by_category.items() if grade == "excellent"] == ["px-01", "px-03"]
    together = grades(rows, cap=50)
    assert [key for key, (_, grade) in together.items() if grade == "excellent"] == ["px-01", "px-02"]


def test_a_cap_below_one_base_has_nobody_excellent() -> None:
    assert grades([at.ready(1, 99), at.ready(2, 98)], cap=15)["px-01"] == (1, "qualified")


# ---- deliberation and decision


def deliberation(
    *rows: dict[str, Any], summaries: list[dict[str, Any]] | None = None, **content: Any
) -> dict[str, str]:
    found = summaries or [at.ready(1, 95), at.ready(2, 70), at.ready(3, 50, veto="提供虚假信息")]
    own = at.round_case(*found, forms=plan(policy={**at.PLAN["policy"], "excellent_cap": 34}))
    matrix = evaluation_round.build_matrix(own).data
    forms = {**plan(policy={**at.PLAN["policy"], "excellent_cap": 34}), "deliberate": {"rows": list(rows), **content}}
    return desk.errors(evaluation_round.check_deliberation(at.round_case(*found, data={"matrix": matrix}, forms=forms)))


GOOD = (
    {"evaluation": "px-01", "grade": "excellent"},
    {"evaluation": "px-02", "grade": "qualified"},
    {"evaluation": "px-03", "grade": "unqualified", "veto": "提供虚假信息"},
)


def test_a_list_as_suggested_may_be_reported() -> None:
    assert deliberation(*GOOD) == {}


@pytest.mark.article("18")
def test_a_list_that_departs_needs_reasons_and_keeps_the_cap_and_the_veto() -> None:
    """第十八条：改变等次须有理由；优秀不超过比例；一票否决的应为不合格。"""
    without = deliberation(GOOD[0], {"evaluation": "px-02", "grade": "unqualified"}, GOOD[2])
    assert list(without) == ["rows.1.reason"]
    two = deliberation(GOOD[0], {"evaluation": "px-02", "grade": "excellent", "reason": "成果突出"}, GOOD[2])
    assert "超过优秀比例允许的1家" in two["rows"]
    heeded = deliberation(*GOOD[:2], {**GOOD[2], "grade": "qualified", "reason": "情节轻微"})
    assert heeded["rows.2.grade"] == "存在一票否决情形的，应为不合格。"
    assert "尚有1家没有列入" in deliberation(*GOOD[:2])["rows"]
    assert "meeting_on" in deliberation(*GOOD, meeting_on="2026-06-16")


def test_the_leader_decides_against_the_deliberation_with_reasons_only() -> None:
    found = [at.ready(1, 95), at.ready(2, 70)]
    own = at.round_case(*found, forms=plan(policy={**at.PLAN["policy"], "excellent_cap": 50}))
    matrix = evaluation_round.build_matrix(own).data
    proposed = {
        "rows": [
            {"evaluation": "px-01", "grade": "excellent", "reason": "x"},
            {"evaluation": "px-02", "grade": "qualified"},
        ]
    }
    opened = evaluation_round.prefill_decisions(at.round_case(*found, forms={**plan(), "deliberate": proposed})).data[
        "rows"
    ]
    assert opened[0] == {"evaluation": "px-01", "grade": "excellent", "proposed": "excellent"}
    decided = {"rows": [{"evaluation": "px-01", "grade": "qualified"}, {"evaluation": "px-02", "grade": "qualified"}],
               "meeting_on": "2026-06-16"}  # fmt: skip
    forms = {**plan(policy={**at.PLAN["policy"], "excellent_cap": 50}), "deliberate": proposed, "decide": decided}
    errors = desk.errors(evaluation_round.check_decisions(at.round_case(*found, data={"matrix": matrix}, forms=forms)))
    assert set(errors) == {"rows.0.reason", "meeting_on"}
    counts = evaluation_round.record_decisions(at.round_case(*found, forms=forms)).data
    assert counts == {"excellent": 0, "qualified": 2, "unqualified": 0}


def test_the_cosigning_divisions_are_as_chosen() -> None:
    own = at.round_case(data={"deliberate": {"cosign_orgs": {"province-jd": {}, "province-fg": {}}}})
    assert evaluation_round.prepare_cosign(own).data == {
        "province-fg": {"name": "政策法规处"},
        "province-jd": {"name": "科技监督与诚信处"},
    }


def test_upheld_objections_go_back_to_the_deliberation_once() -> None:
    objections = {"upheld": [{"application": "px-01", "reason": "公示异议成立：数据不实"}], "dismissed": 1}
    matrix = {"rows": [{"evaluation": "px-01", "base_name": "第1基地"}]}
    data = evaluation_round.apply_objections(at.round_case(data={"objections": objections, "matrix": matrix})).data
    assert data["raised"] == [{"evaluation": "px-01", "base_name": "第1基地", "reason": "公示异议成立：数据不实"}]
    assert (
        evaluation_round.apply_objections(at.round_case(data={"objections": data, "matrix": matrix})).data["raised"]
        == []
    )


# ---- the document

DOCUMENT = {
    "doc_no": "浙科发外[2026]041号",
    "title": "关于公布评价结果的通知",
    "issued_on": "2026-06-12",
    "signer": "方宁",
    "recipients": "各设区市科技局",
}


@pytest.mark.article("18", "19")
def test_the_result_is_issued_and_every_evaluation_learns_its_own() -> None:
    """第十八条：印发评价结果，逐家告知等次、名次和理由；已提前办结的不在其中。"""
    found = [
        at.ready(1, 95, category="joint_rd"),
        at.ready(2, 50, recommender_id="city-330200", category="open_service"),
        at.ready(3, 80, ended_on=date(2026, 6, 10)),
    ]
    own = at.round_case(*found, forms=plan(policy={**at.PLAN["policy"], "excellent_cap": 50}))
    matrix = evaluation_round.build_matrix(own).data
    decided = {"rows": [
        {"evaluation": "px-02", "grade": "unqualified", "reason": "成效不足", "rank": 3},
        {"evaluation": "px-01", "grade": "excellent", "rank": 1},
        {"evaluation": "px-03", "grade": "qualified", "rank": 2},
    ]}  # fmt: skip
    forms = {**plan(), "decide": decided, "register_document": DOCUMENT}
    outcome = evaluation_round.issue_results(at.round_case(*found, data={"matrix": matrix}, forms=forms))
    (document,) = desk.of(outcome, IssueDocument)
    assert (document.kind, document.doc_no) == ("evaluation_result", "浙科发外〔2026〕41号")
    assert [(row["base_name"], row["grade"]) for row in document.content["list"]] == [
        ("第1基地", "优秀"),
        ("第2基地", "不合格"),
    ]
    told = {effect.to: effect.payload for effect in desk.of(outcome, Deliver)}
    assert set(told) == {"px-01", "px-02"}
    assert told["px-02"] == {
        "grade": "unqualified",
        "reason": "成效不足",
        "rank": 2,
        "of": 2,
        "doc_no": "浙科发外〔2026〕41号",
        "decided_on": "2026-06-12",
    }
    assert told["px-01"]["reason"] == "总分达到优秀分数线，且在优秀比例以内"
    departments = {effect.org: effect.text for effect in desk.of(outcome, Notify)}
    assert "第1基地（优秀）" in departments["city-330100"]
    assert "第2基地" not in departments["city-330100"]
    assert at.rounds(outcome) == {"status": "issued"}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"doc_no": "浙科发外2026"}, "doc_no"),
        ({"doc_no": "浙科发外〔2026〕7号"}, "doc_no"),
        ({"issued_on": "2026-06-16"}, "issued_on"),
        ({"issued_on": "2026-06-09"}, "issued_on"),
    ],
)
def test_a_document_that_cannot_be_right_is_refused(changes: dict[str, Any], path: str) -> None:
    shelf = at.Shelf(document_rows=[{"doc_no": "浙科发外〔2026〕7号", "case_id": "other", "kind": "designation"}])
    forms = {**plan(), "decide": {"meeting_on": "2026-06-10"}, "register_document": {**DOCUMENT, **changes}}
    assert path in desk.errors(evaluation_round.check_document(at.round_case(shelf=shelf, forms=forms)))
    sound = {**plan(), "decide": {"meeting_on": "2026-06-10"}, "register_document": DOCUMENT}
    assert desk.errors(evaluation_round.check_document(at.round_case(shelf=shelf, forms=sound))) == {}


# ---- amendment and cancellation


def amend_errors(**wish: Any) -> dict[str, str]:
    return desk.errors(
        evaluation_round.check_amend(at.round_case(forms={**plan(), "amend": {"reason": "延期", **wish}}))
    )


@pytest.mark.parametrize(
    ("wish", "path"),
    [
        ({}, "material_due"),
        ({"material_due": "2026-07-10"}, "material_due"),
        ({"material_due": "2026-06-14"}, "material_due"),
        ({"material_due": "2026-07-31"}, "opinion_due"),
        ({"opinion_due": "2026-09-30"}, "review_by"),
    ],
)
def test_dates_that_cannot_be_moved_so(wish: dict[str, str], path: str) -> None:
    assert path in amend_errors(**wish)


def test_dates_may_be_moved_together() -> None:
    assert amend_errors(material_due="2026-07-31", opinion_due="2026-08-14", review_by="2026-09-30") == {}


def test_an_amendment_moves_the_round_and_everybody_knows() -> None:
    wish = {"material_due": "2026-07-17", "reason": "应参评单位请求。", "notify": True}
    rows = [at.ready(1, None, status="assessing"), at.ready(2, None, ended_on=at.TODAY, host_id="host-2")]
    outcome = evaluation_round.amend(at.round_case(*rows, forms={**plan(), "amend": wish}))
    assert at.rounds(outcome) == {"window_to": date(2026, 7, 17), "recommend_by": date(2026, 7, 24)}
    assert {(e.role, e.org) for e in desk.of(outcome, Notify)} == {
        ("host", "host-1"), ("recommender", "city-330100"), ("province_officer", "province"),
    }  # fmt: skip
    silent = evaluation_round.amend(at.round_case(*rows, forms={**plan(), "amend": {**wish, "notify": False}}))
    assert desk.of(silent, Notify) == []


def test_a_cancelled_round_ends_what_is_open() -> None:
    rows = [at.ready(1, None, status="assessing"), at.ready(2, 80), at.ready(3, 70, ended_on=at.TODAY)]
    own = at.round_case(*rows, data={"cancel_round": {"reason": "办法修订。"}})
    outcome = evaluation_round.cancel(own)
    assert [(e.message, e.to, e.payload) for e in desk.of(outcome, Deliver)] == [
        ("round_cancelled", "px-01", {"reason": "办法修订"}),
        ("round_cancelled", "px-02", {"reason": "办法修订"}),
    ]
    assert at.rounds(outcome) == {"status": "cancelled"}
