"""Ranking of a round's evaluations and the suggested grades within the cap on excellent (第十八条, domain.md 2.8a)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
from typing import Any

from handlers.eligibility_form import number, part, text
from handlers.evaluation_figures import plain
from handlers.evaluation_plan import EXCELLENT, UNQUALIFIED, Policy
from handlers.vocabulary import Facts

Decide = Callable[..., Mapping[str, Any]]
"""decide("grade", veto=…, total=…, within_cap=…, excellent_min=…, qualified_min=…)"""
ALL = ""


def matrix(
    evaluations: Sequence[Facts], policy: Policy, decide: Decide, names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """One row an evaluation, best total first, those with a veto last; equal totals share a rank (1, 2, 2, 4).

    A tie is within the cap only as a whole: the cap is never exceeded. `names`: organisations by id.
    """
    ordered = sorted(evaluations, key=_place)
    quotas = caps(evaluations, policy)
    rows = []
    for row in ordered:
        peers = [other for other in ordered if _group(other, policy) == _group(row, policy)]
        within = _last_of_tie(peers, row) <= quotas[_group(row, policy)]
        found = result(row)
        said = decide(
            "grade",
            veto=bool(found["veto"]),
            total=found["total"],
            within_cap=within,
            excellent_min=policy.excellent_min,
            qualified_min=policy.qualified_min,
        )
        rows.append(_row(row, found, ordered, said, names))
    return rows


def caps(evaluations: Sequence[Facts], policy: Policy) -> dict[str, int]:
    """How many may be excellent, by category or over all (""): the share of the graded, rounded down."""
    groups = [_group(row, policy) for row in evaluations]
    return {group: int((policy.cap * groups.count(group)).quantize(Decimal(1), ROUND_DOWN)) for group in {ALL, *groups}}


def beyond_cap(rows: Sequence[Facts], quotas: Mapping[str, int], *, by_category: bool) -> str:
    """What is wrong with this list of grades, in Chinese: more excellent than the cap allows; "" when nothing is."""
    given = [str(row.get("category")) if by_category else ALL for row in rows if row.get("grade") == EXCELLENT]
    for group in dict.fromkeys(given):
        if given.count(group) > quotas.get(group, 0):
            return f"评为优秀的{given.count(group)}家，超过优秀比例允许的{quotas.get(group, 0)}家，请调整。"
    return ""


def result(row: Facts) -> dict[str, Any]:
    """What the evaluation came to: {quant, expert, adjustment, total, veto, suggested, note}; total None: not scored."""
    found = part(part(row, "facts"), "result")
    points = {key: number(found, key) for key in ("quant", "expert", "adjustment", "total")}
    return {**points, "veto": text(found, "veto"), "note": text(found, "note"), "suggested": text(found, "suggested")}


def unreasoned(rows: Sequence[Facts], before: Mapping[str, str]) -> list[int]:
    """Positions of rows whose grade departs from the one `before` (by evaluation) without a reason."""
    return [
        place
        for place, row in enumerate(rows)
        if row.get("grade") and row["grade"] != before.get(str(row.get("evaluation"))) and not text(row, "reason")
    ]


def unheeded(rows: Sequence[Facts]) -> list[int]:
    """Positions of rows with a veto that are graded better than unqualified."""
    return [n for n, row in enumerate(rows) if text(row, "veto") and row.get("grade") not in (None, "", UNQUALIFIED)]


def _row(
    row: Facts, found: Mapping[str, Any], ordered: Sequence[Facts], said: Mapping[str, Any], names: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "evaluation": row["id"],
        "rank": _rank(ordered, row),
        "base_name": row.get("title") or "",
        "host_name": names.get(str(row.get("host_id")), ""),
        "category": part(row, "facts").get("category"),
        "city": row.get("city"),
        **{key: _shown(found[key]) for key in ("quant", "expert", "adjustment", "total")},
        "veto": found["veto"],
        "note": found["note"],
        "suggested": str(said["grade"]),
        "basis": str(said.get("message") or ""),
        "grade": str(said["grade"]),
    }


def _place(row: Facts) -> tuple[bool, Decimal, str]:
    found = result(row)
    return bool(found["veto"]), -_total(found), str(row["id"])


def _group(row: Facts, policy: Policy) -> str:
    return str(part(row, "facts").get("category")) if policy.by_category else ALL


def _total(found: Mapping[str, Any]) -> Decimal:
    return found["total"] if found["total"] is not None else Decimal(-1)


def _same(row: Facts, other: Facts) -> bool:
    mine, theirs = result(row), result(other)
    return bool(mine["veto"]) == bool(theirs["veto"]) and _total(mine) == _total(theirs)


def _rank(ordered: Sequence[Facts], row: Facts) -> int:
    return next(n for n, other in enumerate(ordered, 1) if _same(row, other))


def _last_of_tie(ordered: Sequence[Facts], row: Facts) -> int:
    return max(n for n, other in enumerate(ordered, 1) if _same(row, other))


def _shown(value: Decimal | None) -> int | float | None:
    return plain(value) if value is not None else None
