"""Formulas of indicators: exact, held between 0 and 1, and nothing but arithmetic."""

from __future__ import annotations

from decimal import Decimal

import pytest

from handlers import formula
from handlers.evaluation_figures import FIGURES, LABELS
from webapp.store.seed import lists

FIGURES_GIVEN = {"a": Decimal(3), "b": Decimal(4), "years": Decimal(3), "zero": Decimal(0)}


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("min(1, a / 6)", "0.5"),
        ("min(1, a / (2 * years))", "0.5"),
        ("min(1, b / 2)", "1"),
        ("a / 100", "0.03"),
        ("a", "1"),
        ("a - b", "0"),
        ("max(0.2, unknown)", "0.2"),
        ("a / zero", "0"),
        ("(a + b) / 10", "0.7"),
        ("1 - 0.25 * a", "0.25"),
    ],
)
def test_share_is_exact_and_between_nothing_and_all(text: str, share: str) -> None:
    assert formula.share(text, FIGURES_GIVEN) == Decimal(share)


@pytest.mark.parametrize(
    "text",
    ["", "a +", "a.b", "open('x')", "min()", "pow(a, 2)", "a ** 2", "a if b else 1", "[a]", "'a'", "True", "min(a, key=b)", "a" * 400],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(formula.FormulaError):
        formula.share(text, FIGURES_GIVEN)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("min(1, partners_in_force / 5)", "取小（1，有效协议海外机构数 ÷ 5）"),
        ("min(1, joint_papers / (5 * years))", "取小（1，国际合作论文数 ÷ （5 × 评价年数））"),
        ("reports_on_time / 100", "年报按时提交率 ÷ 100"),
        ("1 - (cases - replicated)", "1 - （典型案例数 - 复制推广模式数）"),
        ("max(0, cases)", "取大（0，典型案例数）"),
    ],
)
def test_formula_reads_as_words(text: str, words: str) -> None:
    assert formula.in_words(text, LABELS) == words


def test_shipped_formulas_read_known_figures_only() -> None:
    """Every quantitative line of level 2 has a formula over figures that somebody states or counts."""
    for row in lists.indicators():
        if row["formula"]:
            assert formula.names(row["formula"]) <= FIGURES.keys(), row["code"]
        elif row["kind"] == "quant":
            assert row["parent"] is None, row["code"]
