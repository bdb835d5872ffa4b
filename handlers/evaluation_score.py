"""The points of an evaluation (第十八条, domain.md 4.3): the set's lines, what the figures give, what is left to experts.

Points are Decimal, out of 100 over the whole set. Knows no case: sets and figures go in, lines come out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from handlers import formula
from handlers.evaluation_figures import FIGURES, LABELS, plain
from handlers.vocabulary import Facts

CENT, HALF = Decimal("0.01"), Decimal("0.5")
REWARD, OPERATION = "reward", "operation"
"""Level 1: the points of what is only asked of a rewarded base go to that other one (第十九条)."""


@dataclass(frozen=True)
class Line:
    """A line that earns points: of level 2, or of level 1 where the set goes no deeper."""

    code: str
    name: str
    group: str
    """Name of level 1."""
    max: Decimal
    is_quantitative: bool
    formula: str = ""
    article: str = ""


def lines(indicators: Sequence[Facts], *, rewarded: bool) -> list[Line]:
    """The set's earning lines in order; without a reward its points are spread over operation, in halves."""
    parents = {str(row["parent"]) for row in indicators if row.get("parent")}
    groups = {str(row["code"]): str(row["name"]) for row in indicators}
    found = {str(row["code"]): (_top(row), _line(row, groups)) for row in indicators if str(row["code"]) not in parents}
    free = sum((line.max for top, line in found.values() if top == REWARD), Decimal(0))
    operation = [line for top, line in found.values() if top == OPERATION]
    if rewarded or not free or not operation:  # 没有运行管理一项的指标体系，奖励一项照评，满分不变
        return [line for _, line in found.values()]
    raised = {line.code: line for line in _raised(operation, free)}
    return [raised.get(line.code, line) for top, line in found.values() if top != REWARD]


def figures_of(wanted: Sequence[Line]) -> list[str]:
    """The figures that the quantitative lines read, in their order, each once."""
    order: dict[str, None] = {}
    for line in wanted:
        if line.is_quantitative:
            order.update(dict.fromkeys(code for code in FIGURES if code in formula.names(line.formula)))
    return [code for code in order if code != "years"]


@dataclass(frozen=True)
class Earned:
    """A quantitative line with its points and how they came about."""

    line: Line
    points: Decimal
    words: str
    values: str

    def row(self) -> dict[str, Any]:
        """As forms and letters show it."""
        return {
            "code": self.line.code,
            "group": self.line.group,
            "name": self.line.name,
            "max": plain(self.line.max),
            "points": plain(self.points),
            "formula": self.words,
            "values": self.values,
        }


def earned(wanted: Sequence[Line], figures: Mapping[str, Decimal]) -> list[Earned]:
    """The quantitative lines with their points, to two decimals."""
    return [_earned(line, figures) for line in wanted if line.is_quantitative]


def total(found: Sequence[Earned]) -> Decimal:
    """The points of the quantitative lines."""
    return sum((each.points for each in found), Decimal(0))


def for_experts(wanted: Sequence[Line]) -> dict[str, dict[str, Any]]:
    """The qualitative lines by code, as the experts' sheet and the self-assessment list them."""
    return {
        line.code: {"name": line.name, "guide": line.group, "max": plain(line.max)}
        for line in wanted
        if not line.is_quantitative
    }


def _top(row: Facts) -> str:
    return str(row.get("parent") or row["code"])


def _line(row: Facts, groups: Mapping[str, str]) -> Line:
    text = str(row.get("formula") or "").strip()
    return Line(
        code=str(row["code"]),
        name=str(row["name"]),
        group=groups.get(_top(row), ""),
        max=Decimal(str(row["max"])),
        # 没有公式的定量指标由专家评分，不能因此白得或白失分。
        is_quantitative=row.get("kind") == "quant" and bool(text),
        formula=text,
        article=str(row.get("article") or ""),
    )


def _raised(operation: Sequence[Line], free: Decimal) -> list[Line]:
    """Each line's maximum raised in proportion, rounded down to halves; what is left over goes to the last line."""
    before = sum((line.max for line in operation), Decimal(0))
    new = [_halves(line.max + free * line.max / before) for line in operation]
    new[-1] += before + free - sum(new, Decimal(0))
    return [
        Line(line.code, line.name, line.group, maximum, line.is_quantitative, line.formula, line.article)
        for line, maximum in zip(operation, new, strict=True)
    ]


def _halves(value: Decimal) -> Decimal:
    return (value / HALF).quantize(Decimal(1), ROUND_DOWN) * HALF


def _earned(line: Line, figures: Mapping[str, Decimal]) -> Earned:
    points = (line.max * formula.share(line.formula, figures)).quantize(CENT, ROUND_HALF_UP)
    read = [code for code in FIGURES if code in formula.names(line.formula)]
    values = "，".join(f"{LABELS[code]} {plain(figures.get(code, Decimal(0)))}{FIGURES[code].unit}" for code in read)
    words = f"{formula.in_words(line.formula, LABELS)}，乘以满分{plain(line.max)}分"
    return Earned(line, points, words, values)
