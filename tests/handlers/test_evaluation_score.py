"""Points of an evaluation: the shipped sets, the reward's points that move, formulas shown (domain.md 4.3)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from handlers import evaluation_figures, evaluation_score
from handlers.evaluation_score import lines
from tests.handlers import evaluation_desk as at

CATEGORIES = ("joint_rd", "open_service", "special_dev")


def points(found: list[evaluation_score.Line], group: str = "") -> Decimal:
    return sum((line.max for line in found if not group or line.code.startswith(group)), Decimal(0))


@pytest.mark.article("18", "19")
@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize(("rewarded", "operation", "reward"), [(True, 10, 5), (False, 15, 0)])
def test_the_points_of_the_reward_move_to_operation(category: str, rewarded: bool, operation: int, reward: int) -> None:
    """第十九条：未获奖励的，奖励经费的5分计入运行管理，满分仍为100分。"""
    found = lines(at.SETS[f"evaluation_{category}"], rewarded=rewarded)
    assert points(found) == 100
    assert (points(found, "operation"), points(found, "reward")) == (operation, reward)
    assert all(line.max % Decimal("0.5") == 0 for line in found)


def test_only_the_deepest_lines_earn_points() -> None:
    found = lines(at.SETS["evaluation_joint_rd"], rewarded=True)
    assert {line.code for line in found}.isdisjoint({"channels", "technology"})
    flat = [{"code": "a", "parent": None, "name": "甲", "max": 60, "kind": "quant", "formula": "cases"},
            {"code": "b", "parent": None, "name": "乙", "max": 40, "kind": "quant", "formula": ""}]  # fmt: skip
    assert [(line.code, line.is_quantitative) for line in lines(flat, rewarded=False)] == [("a", True), ("b", False)]


@pytest.mark.parametrize("free", [5, 3])
def test_an_uneven_set_still_adds_up(free: int) -> None:
    """分析师改过的指标体系：按半分取整，余数归最后一项。"""
    rows = [
        {"code": "operation", "parent": None, "name": "运行", "max": 9, "kind": "qual"},
        *[{"code": f"o{n}", "parent": "operation", "name": f"项{n}", "max": 3, "kind": "qual"} for n in (1, 2, 3)],
        {"code": "reward", "parent": None, "name": "奖励", "max": free, "kind": "qual"},
    ]
    found = lines(rows, rewarded=False)
    assert points(found) == 9 + free
    assert [line.max % Decimal("0.5") for line in found[:2]] == [0, 0]


def test_a_set_without_operation_keeps_the_points_of_the_reward() -> None:
    rows = [{"code": "a", "parent": None, "name": "甲", "max": 95, "kind": "qual"},
            {"code": "reward", "parent": None, "name": "奖励", "max": 5, "kind": "qual"}]  # fmt: skip
    assert points(lines(rows, rewarded=False)) == 100


@pytest.mark.article("18")
def test_points_come_with_formula_and_figures() -> None:
    """定量得分列明公式和数据。"""
    wanted = lines(at.SETS["evaluation_joint_rd"], rewarded=False)
    figures = {"partners_in_force": Decimal(4), "joint_papers": Decimal(30), "years": Decimal(3)}
    found = {each.line.code: each.row() for each in evaluation_score.earned(wanted, figures)}
    assert found["channels_partners"] == {
        "code": "channels_partners",
        "group": "合作渠道与网络",
        "name": "有效合作协议的海外机构",
        "max": 5,
        "points": 4,
        "formula": "取小（1，有效协议海外机构数 ÷ 5），乘以满分5分",
        "values": "有效协议海外机构数 4家",
    }
    assert found["technology_papers"]["points"] == 5
    assert found["technology_papers"]["values"] == "国际合作论文数 30篇，评价年数 3年"
    assert found["openness_events"]["points"] == 0


def test_points_are_rounded_to_cents_and_summed() -> None:
    wanted = lines(at.SETS["evaluation_joint_rd"], rewarded=False)
    found = evaluation_score.earned(wanted, {"countries": Decimal(1), "years": Decimal(3)})
    assert evaluation_score.total(found) == Decimal("1.33")


def test_experts_score_what_no_formula_gives() -> None:
    wanted = lines(at.SETS["evaluation_open_service"], rewarded=False)
    asked = evaluation_score.for_experts(wanted)
    assert list(asked) == [
        "channels_network", "technology_landmark", "models_innovation", "operation_systems", "operation_team",
        "support_measures",
    ]  # fmt: skip
    assert asked["operation_systems"] == {
        "name": "五项管理制度与科技安全能力建设",
        "guide": "运行管理、制度与安全",
        "max": 6,
    }
    quantitative = sum(line.max for line in wanted if line.is_quantitative)
    assert quantitative + sum(Decimal(str(row["max"])) for row in asked.values()) == 100


# ---- figures from the reports

REPORT = {
    "partners": [
        {"name": "Delta Institute", "country_region": "NLD", "state": "kept"},
        {"name": "Nordlicht", "country_region": "DEU", "state": "new"},
        {"name": "Alt AG", "country_region": "DEU", "state": "ended"},
    ],
    "visits_in": 12,
    "visits_out": 8,
    "joint_projects": [{"name": "甲", "funds_total": 120.5}, {"name": "乙", "funds_total": 80}],
    "joint_papers": 4,
    "patents": [{"name": "专利", "partner": "Delta Institute"}, {"name": "自有专利"}],
    "standards": [{"name": "标准"}],
    "cases": [{"title": "案例", "replicated": True}, {"title": "案例二", "replicated": False}],
    "events": [{"name": "论坛"}, {"name": "年会"}],
    "transfers": [{"technology": "技术", "amount": 30}],
    "projects_landed": 1,
    "firms_served": 9,
    "talents": 2,
}


@pytest.mark.article("15")
def test_figures_add_up_over_the_years_but_partners_are_the_latest() -> None:
    """第十五条：年度报告是评价的重要依据；合作机构取最近一年，跨年项目只计一次，其余逐年相加。"""
    earlier = {**REPORT, "partners": [{"name": "Altes Institut", "country_region": "FRA", "state": "kept"}]}
    found = evaluation_figures.reported([earlier, REPORT])
    assert found == {
        "partners_in_force": 2,
        "countries": 2,
        "visits": 40,
        "joint_projects": 2,
        "project_funds": Decimal("200.5"),
        "joint_papers": 8,
        "joint_patents": 2,
        "standards": 2,
        "cases": 4,
        "replicated": 2,
        "transfers": 2,
        "projects_landed": 2,
        "firms_served": 18,
        "events": 4,
        "talents": 4,
    }


def test_no_report_is_no_figure() -> None:
    assert set(evaluation_figures.reported([]).values()) == {Decimal(0)}


@pytest.mark.parametrize(
    ("rows", "share"),
    [([], 100), ([{"late": False}], 100), ([{"late": True}, {"late": False}, {"late": False}], "66.67")],
)
def test_share_handed_in_on_time(rows: list[dict[str, bool]], share: object) -> None:
    assert evaluation_figures.on_time(rows) == Decimal(str(share))


@pytest.mark.parametrize(
    ("grades", "share"), [([], 0), (["a"], 100), (["a", "d"], 50), ([None], 85), (["B", "c"], "77.5")]
)
def test_quality_of_the_reports(grades: list[str | None], share: object) -> None:
    assert evaluation_figures.quality([{"grade": grade} for grade in grades]) == Decimal(str(share))


@pytest.mark.article("21")
def test_matching_support_is_added_up() -> None:
    """第二十一条：配套支持。"""
    assert evaluation_figures.support_funds({"support": [{"kind": "funds", "amount": 30.5}, {"kind": "posts"}]}) == Decimal("30.5")  # fmt: skip
