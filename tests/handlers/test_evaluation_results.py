"""第十八条、第二十二条（二）: two unqualified results running (domain.md 3.5), as a table; the grade table; a changed grade."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from handlers import evaluation_regrade, evaluation_results
from handlers.vocabulary import Deliver, StartCase, UpdateProceeding
from tests import tables
from tests.handlers import desk
from tests.handlers import evaluation_desk as at

U, Q, X, SKIPPED = "unqualified", "qualified", "excellent", None


def history(*grades: str | None, **fields: Any) -> list[dict[str, Any]]:
    """Results of 2020, 2023, 2026 … in this order; None: a round skipped with approval."""
    return [
        at.result(number, grade, date(2017 + 3 * number, 10, 1), **fields) for number, grade in enumerate(grades, 1)
    ]


@pytest.mark.article("18", "22(2)")
@pytest.mark.parametrize(
    ("grades", "due"),
    [
        ([], False),
        ([U], False),
        ([U, U], True),
        ([Q, U, U], True),
        ([U, Q, U], False),
        ([U, X, U], False),
        ([U, U, Q], False),
        ([U, SKIPPED, U], True),
        ([U, SKIPPED, SKIPPED, U], True),
        ([SKIPPED, U], False),
        ([U, SKIPPED], False),
        ([U, U, SKIPPED], True),
        ([X, X, U], False),
        ([U, U, U], True),
    ],
)
def test_consecutive_unqualified(grades: list[str | None], due: bool) -> None:
    """3.5：经批准未参加的批次不计、不中断；其间有其他等次的不连续。"""
    assert evaluation_results.is_due_for_revocation(history(*grades), 2) is due


@pytest.mark.article("22(2)")
@pytest.mark.parametrize(("times", "due"), [(1, True), (2, True), (3, False), (0, False)])
def test_how_many_times_is_a_parameter(times: int, due: bool) -> None:
    assert evaluation_results.is_due_for_revocation(history(U, U), times) is due


def test_a_skipped_round_resets_where_the_parameter_says_so() -> None:
    """参数 evaluation.skip_resets。"""
    skipped = history(U, SKIPPED, U)
    assert evaluation_results.is_due_for_revocation(skipped, 2, skip_resets=True) is False
    cancelled = [*history(U), at.result(2, None, date(2023, 1, 1), status="round_cancelled"), history(U, U, U)[2]]
    assert evaluation_results.is_due_for_revocation(cancelled, 2, skip_resets=True) is True


def test_results_under_the_old_rules_count_only_where_the_import_says_so() -> None:
    """settled.md 28：原办法的评价结果不计入，导入时载明计入的除外。"""
    old = at.result(1, U, date(2020, 1, 1), case_id=None)
    new = at.result(2, U, date(2026, 1, 1))
    assert evaluation_results.is_due_for_revocation([old, new], 2) is False
    assert evaluation_results.is_due_for_revocation([{**old, "facts": {"counts": True}}, new], 2) is True
    national = {**old, "kind": "national", "facts": {}}
    assert evaluation_results.is_due_for_revocation([national, new], 2) is False


def test_the_result_of_this_very_step_counts() -> None:
    """本次等次在本步之后才进入台账。"""
    standing = at.result(2, None, date(2026, 6, 1), id="px-01", case_id="px-01", status="ready", decided_on=None)
    results = evaluation_results.with_result([*history(U), standing], "px-01", U, date(2026, 6, 15), "2026年度评价")
    assert evaluation_results.is_due_for_revocation(results, 2) is True
    assert [evaluation_results.round_name(row) for row in evaluation_results.run_of_unqualified(results)] == [
        "2020年",
        "2026年度评价",
    ]


@pytest.mark.article("18")
@pytest.mark.parametrize(
    ("veto", "total", "within", "grade"),
    [
        (True, 99, True, U),
        (True, None, False, U),
        (False, 85, True, X),
        (False, 100, True, X),
        (False, 85, False, Q),
        (False, "84.99", True, Q),
        (False, 60, False, Q),
        (False, "59.99", True, U),
        (False, 0, False, U),
    ],
)
def test_grade_table(veto: bool, total: Any, within: bool, grade: str) -> None:
    """2.8a：一票否决、分数线、优秀比例，逐行。"""
    answer = tables.decide(
        "grade", veto=veto, total=_exact(total), within_cap=within, excellent_min=85, qualified_min=60
    )
    assert answer["grade"] == grade
    assert answer["message"]


def _exact(total: Any) -> Any:
    return float(total) if isinstance(total, str) else total


# ---- 复核 changes a grade


def grade_changed(grade: str, *others: dict[str, Any], earlier: tuple[str, ...] = (U,), **fields: Any) -> Any:
    mine = at.result(
        9, U, date(2026, 5, 1), id="px-09", facts={"round_name": "2026年度评价", "result": {"total": 50}}, **fields
    )
    shelf = at.Shelf(summaries=[*history(*earlier), mine], open_rows=list(others))
    own = at.case(shelf=shelf, id="fh-1", number="FH-2026-0001", process="reconsideration")
    return evaluation_regrade.effects(own, mine, grade, "漏计一项联合研究成果", at.TODAY)


@pytest.mark.article("18", "22(2)")
def test_a_changed_grade_withdraws_the_revocation_that_was_built_on_it() -> None:
    """3.5：复核更正等次后重新计算；据此提出的取消资格建议撤回。"""
    opened = [
        {"id": "cx-1", "base_id": "base-1", "process": "revocation"},
        {"id": "ts-1", "base_id": "base-1", "process": "improvement"},
        {"id": "bg-1", "base_id": "base-1", "process": "change"},
    ]
    effects = grade_changed(Q, *opened)
    told = {(e.message, e.to): e.payload for e in effects if isinstance(e, Deliver)}
    assert set(told) == {("ground_removed", "cx-1"), ("grade_changed", "ts-1")}
    assert told["ground_removed", "cx-1"]["ground"] == "G2"
    (put,) = [e for e in effects if isinstance(e, UpdateProceeding)]
    assert (put.case, put.fields["grade"], put.fields["status"]) == ("px-09", Q, Q)
    assert put.fields["facts"]["grade_changed"]["from"] == U
    assert put.fields["facts"]["round_name"] == "2026年度评价"


def test_a_revocation_stays_when_two_others_are_unqualified() -> None:
    """更正的不是最近连续的两次时，情形仍然成立。"""
    later = at.result(10, U, date(2027, 5, 1))
    mine = at.result(9, U, date(2017, 5, 1), id="px-09")
    shelf = at.Shelf(
        summaries=[mine, *history(Q, U), later],
        open_rows=[{"id": "cx-1", "base_id": "base-1", "process": "revocation"}],
    )
    own = at.case(shelf=shelf, process="reconsideration")
    effects = evaluation_regrade.effects(own, mine, Q, "漏计成果", at.TODAY)
    assert [e for e in effects if isinstance(e, Deliver)] == []


@pytest.mark.article("19")
def test_a_grade_changed_to_excellent_begins_the_reward() -> None:
    """第十九条：复核变更为优秀的，发起奖励。"""
    (reward,) = [e for e in grade_changed(X) if isinstance(e, StartCase)]
    assert (reward.process, reward.key, reward.facts["data"]["grade"]) == ("reward", "reward:px-09", X)
    assert [e for e in grade_changed(Q) if isinstance(e, StartCase)] == []


def test_an_improvement_of_another_round_goes_on() -> None:
    standing = at.summary("improvement", 1, id="ts-1", facts={"evaluation": "px-05"})
    mine = at.result(9, U, date(2026, 5, 1), id="px-09")
    shelf = at.Shelf(
        summaries=[standing, mine], open_rows=[{"id": "ts-1", "base_id": "base-1", "process": "improvement"}]
    )
    effects = evaluation_regrade.effects(at.case(shelf=shelf), mine, Q, "漏计成果", at.TODAY)
    assert desk.names(effects) == ["UpdateProceeding"]
