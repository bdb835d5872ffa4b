"""The annual reports of an evaluation's data period (第十五条): which were owed, which are missing, what they say.

第二十二条（一）joins two things: not filled in time without valid reason, and not supplemented in the evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from handlers import deadlines, round_progress
from handlers.eligibility_form import day, to_date
from handlers.vocabulary import Case, Facts

MONTHS = Decimal(12)
VALID = "valid"
"""The Province found a valid reason for the missing report."""
WAIVED = ("ended",)
"""Ends of a report that was not owed in the end."""


def period(case: Case) -> tuple[date, date]:
    """The first and the last day of the data period; a base designated later begins with its designation."""
    begun = case.data.get("begun", {})
    since = to_date(case.base.get("designated_on"))
    first, last = day(begun, "period_from") or case.today, day(begun, "period_to") or case.today
    return (max(first, since) if since else first), last


def years(case: Case) -> Decimal:
    """How many years the data cover, at least one; by full months."""
    first, last = period(case)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    return max(Decimal(1), (Decimal(months) / MONTHS).quantize(Decimal("0.01"), ROUND_HALF_UP))


def rows_of(case: Case) -> list[Facts]:
    """Summaries of the base's annual reports for years of the data period, the oldest first."""
    first, last = period(case)
    wanted = {str(year) for year in range(first.year, last.year + 1)}
    known = round_progress.register(case).proceedings(base_id=str(case.base.get("id")), process="annual_report")
    latest: dict[str, Facts] = {}
    for row in known:
        if row.get("period") in wanted:
            latest.setdefault(str(row["period"]), row)
    return [latest[year] for year in sorted(latest)]


def owed(case: Case) -> list[int]:
    """The years whose report was due by now: 认定满一年 by the 31 January after them, and that day is over."""
    since = to_date(case.base.get("designated_on"))
    first, last = period(case)
    found = []
    for year in range(first.year, last.year + 1):
        due = date(year + 1, 1, 31)
        full = since is not None and deadlines.is_full_year(since, due)
        if full and case.today > deadlines.roll(due, round_progress.calendar(case)):
            found.append(year)
    return found


def missing(case: Case) -> list[int]:
    """The owed years without a report, for which no valid reason was found."""
    known = {int(row["period"]): row for row in rows_of(case)}
    return [year for year in owed(case) if not _is_settled(known.get(year))]


def contents(case: Case) -> list[Facts]:
    """What the reports of the period say, as they were last handed in; the oldest first."""
    register = round_progress.register(case)
    filed = [row for row in rows_of(case) if row.get("submitted_on") and row.get("case_id")]
    found = [register.submitted(str(row["case_id"])) for row in filed]
    return [_report(each) for each in found]


def brief(rows: Sequence[Facts]) -> list[dict[str, Any]]:
    """The reports as the snapshot keeps them."""
    return [
        {
            "year": int(row["period"]),
            "status": row.get("status"),
            "submitted_on": str(to_date(row.get("submitted_on")) or ""),
            "late": bool(row.get("late")),
            "grade": row.get("grade"),
        }
        for row in rows
    ]


def _is_settled(row: Facts | None) -> bool:
    if row is None:
        return False
    return bool(row.get("submitted_on")) or row.get("verdict") == VALID or row.get("status") in WAIVED


def _report(submitted: Mapping[str, Facts]) -> Facts:
    return submitted.get("annual_report") or submitted.get("fill") or {}
