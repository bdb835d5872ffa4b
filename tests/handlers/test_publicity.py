"""Publicity before the document (第十一条第四项) and objections to it."""

from __future__ import annotations

from datetime import date

import pytest

from handlers import publicity
from handlers.vocabulary import IssueDocument, Notify, UpdateRound
from tests.handlers import desk
from tests.handlers import evaluation_desk as evaluations


def case(*rows, **facts):
    shelf = desk.Shelf(application_rows=list(rows))
    return desk.case(shelf, **{"id": "round-1", **facts})


LISTED = desk.application(1, decision="approve")


@pytest.mark.article("11(4)")
@pytest.mark.parametrize(
    ("facts", "until"),
    [
        ({}, date(2026, 6, 23)),  # five working days, 端午节 not counted
        ({"forms": {"set_up": {"publicity_days": 7}}}, date(2026, 6, 25)),
        ({"parameters": {"publicity.days": 7, "publicity.unit": "day"}}, date(2026, 6, 22)),
        ({"parameters": {"publicity.days": 5, "publicity.unit": "day"}}, date(2026, 6, 22)),  # 20 June is a Saturday
    ],
)
def test_the_list_is_public_for_its_period(facts, until):
    outcome = publicity.publish_list(case(LISTED, desk.application(2, decision="refuse"), **facts))
    (effect,) = desk.of(outcome, UpdateRound)
    assert effect.fields == {"status": "publicity", "publicity_until": until}
    assert outcome.data["until"] == until.isoformat()
    assert outcome.data["rows"] == [{"application": "case-1", "base_name": "第1国际科技合作基地"}]
    assert [notice.org for notice in desk.of(outcome, Notify)] == ["city-330100"]


def test_an_objection_is_announced_without_naming_who_objects():
    wish = {"application": "case-1", "objector_name": "许舟", "content": "成果归属不实"}
    outcome = publicity.receive_objection(case(LISTED, data={"objection": wish}))
    assert "第1国际科技合作基地" in desk.told(outcome, "host")
    assert "许舟" not in str(outcome)


def test_an_objection_against_an_unknown_application_tells_the_province_only():
    outcome = publicity.receive_objection(case(data={"objection": {"application": "case-9"}}))
    assert [notice.role for notice in desk.of(outcome, Notify)] == ["province_officer"]


def test_upheld_objections_gather_with_their_reason_dismissed_ones_are_counted():
    upheld = case(
        LISTED,
        data={"objection": {"application": "case-1"}, "investigate": {"outcome": "uphold"}},
        forms={"investigate": {"conclusion": "成果归属不实。", "facts": "…"}},
    )
    first = publicity.record_objection(upheld).data
    assert first == {"upheld": [{"application": "case-1", "reason": "公示异议成立：成果归属不实"}], "dismissed": 0}
    dismissed = case(LISTED, data={"objections": first, "investigate": {"outcome": "dismiss"}})
    assert publicity.record_objection(dismissed).data == {**first, "dismissed": 1}


def test_the_period_ends_clean_or_not():
    assert publicity.conclude(case()).data["clean"] is True
    assert publicity.conclude(case(data={"objections": {"upheld": [{"application": "case-1"}]}})).data["clean"] is False


@pytest.mark.article("11(4)")
def test_the_list_is_what_was_decided_in_the_same_step():
    """The register shows a decision only after the step that made it."""
    forms = {
        "decide": {
            "rows": [{"application": "case-1", "decision": "approve"}, {"application": "case-2", "decision": "defer"}]
        }
    }
    outcome = publicity.publish_list(case(desk.application(1), desk.application(2, decision="approve"), forms=forms))
    (document,) = desk.of(outcome, IssueDocument)
    assert (document.kind, document.issued_on) == ("publicity_list", desk.TODAY)
    assert [row["base_name"] for row in document.content["list"]] == ["第1国际科技合作基地"]
    assert document.content["list"][0]["host_name"] == "杭州青禾材料有限公司"
    assert [notice.org for notice in desk.of(outcome, Notify)] == ["city-330100"]


@pytest.mark.article("18")
def test_the_grades_of_a_round_are_public_with_their_bases():
    """第十八条：公示拟定等次；推荐部门知悉。"""
    rows = [evaluations.ready(1, 95), evaluations.ready(2, 50, recommender_id="city-330200")]
    decided = {
        "rows": [
            {"evaluation": "px-01", "grade": "excellent", "rank": 1},
            {"evaluation": "px-02", "grade": "unqualified", "rank": 2},
        ]
    }
    forms = {"decide": decided, "set_up": {"publicity_days": 5}}
    outcome = publicity.publish_list(evaluations.round_case(*rows, forms=forms, parameters={}))
    (document,) = desk.of(outcome, IssueDocument)
    assert (document.kind, document.title) == ("evaluation_publicity", "2026年度国合基地绩效评价拟定结果公示")
    assert [(row["base_name"], row["grade"]) for row in document.content["list"]] == [
        ("第1基地", "优秀"),
        ("第2基地", "不合格"),
    ]
    assert outcome.data["rows"] == [
        {"application": "px-01", "base_name": "第1基地"},
        {"application": "px-02", "base_name": "第2基地"},
    ]
    assert {effect.org for effect in desk.of(outcome, Notify)} == {"city-330100", "city-330200"}


@pytest.mark.article("18")
def test_an_objection_to_a_grade_is_told_to_its_host():
    own = evaluations.round_case(evaluations.ready(1, 95), data={"objection": {"application": "px-01"}})
    outcome = publicity.receive_objection(own)
    assert "收到对第1基地的异议" in desk.told(outcome, "host")
