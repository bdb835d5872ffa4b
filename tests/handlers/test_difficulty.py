"""Rules of 困难协调 without a database: how often, who answered, what the summary keeps."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from handlers import difficulty
from handlers.vocabulary import UpdateProceeding, Urge
from tests.handlers import desk

BASE = {"id": "base-1", "name": "青禾国际科技合作基地", "host_id": "host-1", "recommender_id": "city-330100"}


def case(**facts: Any) -> Any:
    return desk.case(**{"base": BASE, "round": {}, "application": {}, "number": "KN-2026-0001", **facts})


@pytest.mark.article("13(2)")
@pytest.mark.parametrize(("day", "wrong"), [("2026-06-14", True), ("2026-06-15", False), ("", False)])
def test_wanted_day_is_not_over(day, wrong):
    found = desk.errors(difficulty.check_ask(case(forms={"ask": {"wanted_by": day}})))
    assert ("wanted_by" in found) is wrong


@pytest.mark.article("13(2)")
@pytest.mark.parametrize(("before", "number", "left"), [({}, 1, 2), ({"number": 1}, 2, 1), ({"number": 4}, 5, 0)])
def test_asking_is_counted(before, number, left):
    data = {"asked": before, "confirm": {"again": "仍未办结"} if before else {}}
    outcome = difficulty.record_ask(case(data=data, forms={"ask": {"subject": "签证周期", "kind": "other"}}))
    assert (outcome.data["number"], outcome.data["left"]) == (number, left)
    assert ("仍需协调" in desk.told(outcome, "recommender")) is bool(before)
    assert ("submitted_on" in desk.of(outcome, UpdateProceeding)[0].fields) is not bool(before)


@pytest.mark.article("13(2)", "12(3)")
@pytest.mark.parametrize(
    ("data", "label", "answer"),
    [
        ({"answer": {"outcome": "answer"}}, "组织推荐部门", "部门答复"),
        ({"answer": {"outcome": "pass_on"}, "province_answer": {"outcome": "answer"}}, "省科技厅", "省厅答复"),
        ({"answer": {"outcome": "answer"}, "province_answer": {"outcome": "return"}}, "组织推荐部门", "部门答复"),
        ({"answer": {"outcome": "answer"}, "province_answer": {"outcome": "answer"}}, "组织推荐部门", "部门答复"),
    ],
)
def test_who_answered_last(data, label, answer):
    forms = {"answer": {"answer": "部门答复"}, "province_answer": {"answer": "省厅答复"}}
    outcome = difficulty.tell_answer(case(data=data, forms=forms))
    assert (outcome.data["label"], outcome.data["answer"]) == (label, answer)
    assert f"已由{label}答复：{answer}。" in desk.told(outcome, "host")
    assert bool(desk.told(outcome, "recommender")) is (label == "省科技厅")


@pytest.mark.article("13(2)")
def test_result_is_kept():
    data = {"answered_by": {"by": "recommender", "result": "partly"}, "asked": {"number": 2}}
    silent = difficulty.conclude(case(data=data))
    assert desk.of(silent, UpdateProceeding)[0].fields == {
        "verdict": "partly",
        "decided_on": date(2026, 6, 15),
        "facts": {"by": "recommender", "satisfied": "", "asked": 2},
    }
    assert "部分解决，逾期未确认，视为办结" in desk.told(silent, "host")
    said = {**data, "confirm": {"outcome": "confirm"}}
    confirmed = difficulty.conclude(case(data=said, forms={"confirm": {"satisfied": "basically"}}))
    assert desk.of(confirmed, UpdateProceeding)[0].fields["facts"]["satisfied"] == "basically"
    nobody = difficulty.conclude(case(data=data, base={**BASE, "recommender_id": None}))
    assert desk.told(nobody, "recommender") == ""


@pytest.mark.article("13(2)")
def test_other_ends_and_urging():
    assert desk.of(difficulty.urge_recommender(case()), Urge)[0].element == "answer"
    assert desk.of(difficulty.urge_province(case()), Urge)[0].element == "province_answer"
    taken_back = difficulty.withdraw(case(data={"withdraw": {"reason": "已解决。"}}))
    assert "原因：已解决。" in desk.told(taken_back, "recommender")
    assert "原因" not in desk.told(difficulty.withdraw(case()), "recommender")
    assert "基地资格已终止，困难协调" in desk.told(difficulty.end(case(base={"host_id": "host-1"})), "host")
