"""Experts of an application (第十一条第三项): recusal, lot, scores."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given as holds
from hypothesis import strategies as st

from handlers import panel
from tests.handlers import given

FORM = given.form("joint_rd")
RULES = ("same_host", "partner", "co_author", "declared")


def expert(number, **changes):
    return {
        "id": f"p{number}", "name": f"专家{number}", "org_id": f"org-{number}", "org_name": f"单位{number}",
        "fields": ["new_materials"] if number % 2 else ["other"], "available": True, "load": 0, "conflicts": [], **changes,
    }  # fmt: skip


@pytest.mark.article("11(3)")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"org_id": "host-1"}, "同单位"),
        ({"org_name": "杭州青禾材料有限公司"}, "同单位"),
        ({"org_name": "Delta Institute"}, "合作机构"),
        ({"name": "林溪"}, "合作关系"),
        ({"coauthors": ["周远"]}, "合作关系"),
        ({"conflicts": ["host-1"]}, "已声明"),
    ],
)
def test_who_stands_aside_and_why(changes, reason):
    found = panel.recusals([expert(1, **changes), expert(2)], FORM, "host-1", RULES)
    assert list(found) == ["p1"]
    assert reason in found["p1"].reason


def test_a_rule_the_round_does_not_name_bars_nobody():
    assert panel.recusals([expert(1, org_id="host-1")], FORM, "host-1", ("partner",)) == {}


def test_empty_names_bar_nobody():
    assert panel.recusals([expert(1, org_id="", org_name="", name="")], {}, "", RULES) == {}


def test_the_same_seed_draws_the_same_experts_whatever_the_order_of_the_pool():
    pool = [expert(n) for n in range(1, 20)]
    first = panel.draw(pool, "new_materials", 5, 12, 7)
    assert first == panel.draw(list(reversed(pool)), "new_materials", 5, 12, 7)
    assert any(first != panel.draw(pool, "new_materials", 5, 12, seed) for seed in range(8, 20))


def test_experts_of_the_field_come_first_then_those_with_the_least_work():
    pool = [expert(1, load=3), expert(3, load=1), expert(5, load=2), expert(2), expert(4)]
    assert [e["id"] for e in panel.draw(pool, "new_materials", 3, 12, 1)] == ["p3", "p5", "p1"]
    assert {e["id"] for e in panel.draw(pool, "new_materials", 5, 12, 1)} == {"p1", "p2", "p3", "p4", "p5"}


def test_who_is_away_or_full_is_not_drawn():
    pool = [expert(1, available=False), expert(3, load=12), expert(5, load=11)]
    assert [e["id"] for e in panel.draw(pool, "new_materials", 3, 12, 1)] == ["p5"]


@pytest.mark.parametrize(
    ("wanted", "least", "size"), [(5, 5, 5), (6, 5, 7), (3, 5, 5), (7, 5, 7), (5, 6, 7), (1, 1, 1)]
)
def test_a_panel_is_odd_and_large_enough(wanted, least, size):
    assert panel.required(wanted, least) == size


def points(*values):
    return [Decimal(str(value)) for value in values]


@pytest.mark.article("11(3)")
@pytest.mark.parametrize(
    ("scores", "mean", "dropped"),
    [
        (points(90, 80, 70, 85, 60), "78.33", points(60, 90)),
        (points(90, 80, 70, 60), "75.00", []),
        (points(80, 80, 80, 80, 80), "80.00", points(80, 80)),
        (points(100, 100, 70, 70, 70), "80.00", points(70, 100)),
        (points(84.5, 84, 83.5, 85, 83), "84.00", points(83, 85)),
        (points(77), "77.00", []),
        (points(60, 70, 80, 90, 100, 50, 40), "70.00", points(40, 100)),
    ],
)
def test_one_highest_and_one_lowest_are_dropped_from_five_scores_on(scores, mean, dropped):
    result = panel.score(scores, 5)
    assert str(result.mean) == mean
    assert list(result.dropped) == dropped
    assert result.n == len(scores)


def test_deviation_and_spread_are_over_all_scores():
    result = panel.score(points(90, 80, 70, 85, 60), 5)
    assert (str(result.deviation), result.spread) == ("12.04", Decimal(30))


@pytest.mark.parametrize(("low", "wide"), [(60, False), (59.5, True)])
def test_a_spread_above_the_limit_is_wide_the_limit_itself_is_not(low, wide):
    assert panel.score(points(80, 70, 70, 70, low), 5).is_wide(Decimal(20)) is wide


def test_halves_round_up_exactly():
    assert str(panel.score(points("0.01", "0.02"), 5).mean) == "0.02"


def test_two_scores_lose_nothing_even_when_the_parameter_says_so():
    assert panel.score(points(50, 100), 1).dropped == ()


def test_no_score_is_an_error():
    with pytest.raises(ValueError, match="没有有效评分"):
        panel.score([], 5)


@holds(st.lists(st.decimals(0, 100, places=1), min_size=1, max_size=15))
def test_the_mean_lies_between_the_extremes(scores):
    result = panel.score(scores, 5)
    assert min(scores) - Decimal("0.01") <= result.mean <= max(scores) + Decimal("0.01")


@pytest.mark.parametrize(
    ("sheet", "total"),
    [
        ({"score": 84.5}, "84.5"),
        ({"score": None, "total": "70"}, "70"),
        ({"scores": [{"score": 20}, {"score": "15.5"}]}, "35.5"),
        ({"scores": []}, None),
        ({}, None),
        ({"score": 0}, "0"),
    ],
)
def test_a_sheets_total(sheet, total):
    assert panel.points_of(sheet) == (Decimal(total) if total is not None else None)
