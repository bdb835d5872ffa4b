"""The experts of one application (第十一条第三项): who must stand aside, who is drawn, what their scores give.

Every choice is repeatable from the recorded seed and carries its reason.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from handlers.eligibility_form import part, rows, text
from handlers.vocabulary import Facts

_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Aside:
    """An expert who may not score this application, and why (回避)."""

    person: str
    reason: str


@dataclass(frozen=True)
class Result:
    """What the scores give; points, to two decimals."""

    mean: Decimal
    deviation: Decimal
    n: int
    dropped: tuple[Decimal, ...]
    spread: Decimal

    def is_wide(self, alert: Decimal) -> bool:
        """The opinions lie so far apart that the panel should talk."""
        return self.spread > alert


def required(wanted: int, least: int) -> int:
    """The size of a panel: odd, and at least `least`."""
    size = max(wanted, least)
    return size if size % 2 else size + 1


def recusals(experts: Sequence[Facts], form: Facts, host_id: str, rules: Collection[str]) -> dict[str, Aside]:
    """Who must stand aside, by person: same host, partner, co-author or declared conflict, where `rules` say so."""
    tests = {
        "same_host": ("与依托单位同单位", _host_names(form, host_id)),
        "partner": ("任职于合作机构", _partner_names(form)),
        "co_author": ("与负责人、核心成员有合作关系", _people(form)),
        "declared": ("已声明利害关系", {host_id, text(form, "host_name"), text(form, "base_name")} - {""}),
    }
    found: dict[str, Aside] = {}
    for expert in experts:
        for rule, (reason, names) in tests.items():
            if rule in rules and _touches(expert, rule) & names:
                found.setdefault(str(expert["id"]), Aside(str(expert["id"]), reason))
    return found


def draw(experts: Sequence[Facts], field: str, count: int, max_load: int, seed: int) -> list[Facts]:
    """At most `count` experts by lot: those of the field first, among them those with the least work.

    Only who is available and below `max_load` takes part. The same seed and pool give the same experts.
    """
    pool = sorted((e for e in experts if is_free(e, max_load)), key=lambda expert: str(expert["id"]))
    random.Random(seed).shuffle(pool)  # noqa: S311 - a repeatable lot, not a secret
    pool.sort(key=lambda expert: (field not in (expert.get("fields") or ()), int(expert.get("load") or 0)))
    return pool[:count]


def is_free(expert: Facts, max_load: int) -> bool:
    """The expert is available and has room for one more application."""
    return expert.get("available", True) is not False and int(expert.get("load") or 0) < max_load


def score(points: Sequence[Decimal], drop_from: int) -> Result:
    """Mean without one highest and one lowest when there are at least `drop_from` scores; sample standard deviation.

    Deviation and spread are over all scores. Raises ValueError without any score.
    """
    if not points:
        raise ValueError("没有有效评分，不能计算")
    ordered = sorted(points)
    dropped = (ordered[0], ordered[-1]) if len(ordered) >= max(drop_from, 3) else ()
    kept = ordered[1:-1] if dropped else ordered
    return Result(_round(_mean(kept)), _round(_deviation(ordered)), len(ordered), dropped, ordered[-1] - ordered[0])


def points_of(sheet: Facts) -> Decimal | None:
    """A sheet's total: as computed by the form, else the sum over its indicators; None when it holds no score."""
    for key in ("score", "total"):
        if sheet.get(key) not in (None, ""):
            return Decimal(str(sheet[key]))
    lines = [row["score"] for row in rows(sheet, "scores") if row.get("score") not in (None, "")]
    return sum((Decimal(str(points)) for points in lines), Decimal(0)) if lines else None


def _touches(expert: Facts, rule: str) -> set[str]:
    """What of the expert the rule compares: his unit, the people he works with, what he declared."""
    if rule == "declared":
        return {str(name).strip() for name in expert.get("conflicts") or ()} - {""}
    if rule == "co_author":
        return {str(name).strip() for name in (expert.get("name"), *(expert.get("coauthors") or ())) if name}
    return {str(expert[key]).strip() for key in ("org_id", "org_name") if expert.get(key)}


def _host_names(form: Facts, host_id: str) -> set[str]:
    return {host_id, text(form, "host_name")} - {""}


def _partner_names(form: Facts) -> set[str]:
    keys = ("name_zh", "name", "legal_name", "parent")
    abroad = {text(row, key) for row in rows(form, "partners") for key in keys}
    return (abroad | {text(part(form, "overseas_body"), "name"), text(part(form, "foreign_rd"), "parent")}) - {""}


def _people(form: Facts) -> set[str]:
    projects: Iterable[Mapping[str, object]] = rows(form, "past_projects")
    named = {text(part(form, "leader"), "name"), *(text(row, "name") for row in rows(form, "core_team"))}
    return (named | {text(row, "leader") for row in projects}) - {""}


def _mean(points: Sequence[Decimal]) -> Decimal:
    return sum(points, Decimal(0)) / len(points)


def _deviation(points: Sequence[Decimal]) -> Decimal:
    if len(points) < 2:
        return Decimal(0)
    middle = _mean(points)
    return (sum(((p - middle) ** 2 for p in points), Decimal(0)) / (len(points) - 1)).sqrt()


def _round(value: Decimal) -> Decimal:
    return value.quantize(_CENT, ROUND_HALF_UP)
