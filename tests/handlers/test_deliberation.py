"""The ranking of a deliberation (第十一条第三项): ties, gaps, departures from the scores."""

from __future__ import annotations

from decimal import Decimal

import pytest

from handlers import deliberation
from tests.handlers import desk


def table(*rows):
    return deliberation.matrix(list(rows), {"host-1": "青禾", "host-2": "海岳"}, desk.CODES["country_region"])


def scored(number, score, **changes):
    return desk.application(number, score=Decimal(score) if score is not None else None, **changes)


@pytest.mark.article("11(3)")
def test_the_best_score_stands_first_with_country_field_city_and_category():
    first, second = table(scored(1, "80"), scored(2, "90.5"))
    assert (first["application"], first["rank"], first["order"], first["score"]) == ("case-2", 1, 1, 90.5)
    assert (first["country_region"], first["field_code"], first["city"]) == ("德国、中国香港", "field-2", "330200")
    assert (first["category"], first["host_name"]) == ("joint_rd", "海岳")
    assert second["rank"] == 2


def test_equal_scores_share_a_rank_and_the_next_rank_is_left_out():
    rows = table(scored(1, "80"), scored(2, "90"), scored(3, "80"), scored(4, "70"))
    assert [(row["application"], row["rank"], row["order"]) for row in rows] == [
        ("case-2", 1, 1), ("case-1", 2, 2), ("case-3", 2, 3), ("case-4", 4, 4),
    ]  # fmt: skip
    assert "第1国际科技合作基地”得分并列" in rows[2]["reason"]
    assert [row.get("reason") for row in rows].count(None) == 3


def test_among_equals_the_recommenders_rank_decides_then_the_number():
    rows = table(
        scored(1, "80", recommend_rank=2), scored(2, "80", recommend_rank=1), scored(3, "80", recommend_rank=None)
    )
    assert [row["application"] for row in rows] == ["case-2", "case-1", "case-3"]


def test_without_a_score_it_stands_last():
    assert [row["application"] for row in table(scored(1, None), scored(2, "10"))] == ["case-2", "case-1"]


@pytest.mark.parametrize(
    ("concluded", "suggestion"),
    [("recommend", "recommend"), ("defer", "reserve"), ("not_recommend", "not_suggested"), (None, "reserve")],
)
def test_the_leads_conclusion_becomes_the_suggestion(concluded, suggestion):
    assert table(scored(1, "80", suggestion=concluded))[0]["suggestion"] == suggestion


@pytest.mark.parametrize(
    ("orders", "found"),
    [
        ((1, 2, 3), []),
        ((2, 1, 3), [1]),
        ((3, 2, 1), [1, 2]),
        ((1, 3, 2), [2]),
    ],
)
def test_going_before_a_higher_score_needs_a_reason(orders, found):
    rows = [{"score": score, "order": order} for score, order in zip((90, 80, 70), orders, strict=True)]
    assert deliberation.unreasoned(rows) == found
    assert deliberation.unreasoned([{**row, "reason": "区域布局"} for row in rows]) == []


def test_the_order_among_equal_scores_is_free():
    assert deliberation.unreasoned([{"score": 80, "order": 2}, {"score": 80, "order": 1}]) == []


def test_an_order_used_twice_is_found():
    assert deliberation.repeated([{"order": 1}, {"order": 2}, {"order": 1}]) == [2]
