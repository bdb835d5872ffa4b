"""How far a round's applications are: which still are under way, and which are silent (逾期未推荐).

Reads rows of the register; knows no task and no message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from handlers import deadlines
from handlers.eligibility_form import to_date
from handlers.vocabulary import Calendar, Case, Facts, Register

DRAFTS = ("drafting", "host_approval")
"""Not yet handed in: closed when the window closes."""

AT_RECOMMENDER = ("recommending", "ranked")

ENDED = (
    "designated", "refused", "deferred", "not_recommended", "not_accepted", "not_submitted", "withdrawn", "banned",
    "round_cancelled",
)  # fmt: skip
"""Ends of an application (settled.md 19)."""


def applications(case: Case) -> Sequence[Facts]:
    """All applications of the round, by age."""
    return register(case).applications(round_id=case.id)


def is_silent(case: Case, row: Facts) -> bool:
    """The department had its time: recommend-by and grace are over, or its own limit when the case came back later."""
    until = recommend_by(case)
    if row.get("status") not in AT_RECOMMENDER or until is None:
        return False
    # Told already, in the step before: the message is still on its way.
    if case.data.get("settled", {}).get("applications", {}).get(row["id"]) in ("take_over", "close"):
        return False
    return case.today > max(_grace_ends(case, until), _own_limit(case, row, until))


def recommend_by(case: Case) -> date | None:
    """The last day for recommendations, extensions included."""
    # The round's row is read once a step; an extension decided in this very step stands in `settled` already.
    dates = (to_date(case.round.get("recommend_by")), to_date(case.data.get("settled", {}).get("recommend_by")))
    return max((moment for moment in dates if moment), default=None)


def next_check(case: Case) -> date:
    """The day at whose end the round counts again: recommend-by, then the end of the grace, then every working day."""
    until = recommend_by(case)
    upcoming = [moment for moment in (until, _grace_ends(case, until)) if moment >= case.today] if until else []
    return min(upcoming) if upcoming else deadlines.workdays(1, case.today, calendar(case))


def silent_row(case: Case, row: Facts) -> dict[str, Any]:
    """The silent application as the Province's form lists it."""
    return {
        "application": row["id"],
        "number": row.get("number") or row.get("accepted_no") or "",
        "base_name": row.get("base_name") or "",
        "host_name": name_of(case, row.get("host_id")),
        "recommender_name": name_of(case, row.get("recommender_id")),
    }


def stage(case: Case, counted: Mapping[str, Any]) -> str:
    """The round's status after a count: nothing open ends it, whatever came before."""
    if counted["open"] == 0:
        return "closed_all"
    return str(case.round["status"]) if case.round.get("status") in ("issued", "publicity") else "reviewing"


def name_of(case: Case, org: Any) -> str:
    """The organisation's name; empty when there is none."""
    return str((register(case).organisation(str(org)) or {}).get("name", "")) if org else ""


def register(case: Case) -> Register:
    """The case's view of the register."""
    assert case.register is not None, "the case was given no register"
    return case.register


def calendar(case: Case) -> Calendar:
    """The case's working days."""
    assert case.calendar is not None, "the case was given no calendar"
    return case.calendar


def limit(case: Case, key: str, otherwise: int) -> int:
    """A parameter that counts days, persons or times."""
    return int(case.parameters.get(key, otherwise))


def _grace_ends(case: Case, until: date) -> date:
    return deadlines.workdays(limit(case, "review.recommend_grace_days", 5), until, calendar(case))


def _own_limit(case: Case, row: Facts, until: date) -> date:
    """What comes back to the department after recommend-by has the department's ordinary time."""
    changed = row.get("updated_at")
    arrived = deadlines.business_date(changed) if isinstance(changed, datetime) and changed.tzinfo else to_date(changed)
    if arrived is None or arrived <= until:
        return until
    return deadlines.workdays(limit(case, "review.recommender_days", 10), arrived, calendar(case))
