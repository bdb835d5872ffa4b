"""异常: failures of the engine and of jobs, tried again with growing pauses and then left to an operator."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from webapp import clock
from webapp.errors import Missing
from webapp.store.db import Tx, stmt
from webapp.store.ids import new_id
from webapp.store.pages import literal
from webapp.store.tables import Incident


def park(
    tx: Tx,
    *,
    case_id: str,
    element: str,
    message: str,
    detail: str = "",
    next_at: datetime | None,
    task_id: str = "",
    job: str = "",
    ref: str = "",
) -> str:
    """The case's open incident at this element, or of this job, one attempt more if there was one; answers its id."""
    known = of_job(tx, job, ref) if job else _open(tx, case_id, element)
    if known is None:
        row = {"id": new_id(), "case_id": case_id, "element": element, "task_id": task_id, "attempts": 1}
        row |= {"job": job, "ref": ref}
        row |= {"message": message, "detail": detail, "next_at": next_at, "at": clock.now()}
        tx.insert(Incident, [row])
        return str(row["id"])
    query = update(Incident).where(Incident.id == known.id)
    tx.execute(query.values(message=message, detail=detail, next_at=next_at, attempts=Incident.attempts + 1))
    return known.id


def attempts_of(tx: Tx, case_id: str, element: str) -> int:
    """How often this element has failed in a row; 0 when it has no open incident."""
    known = _open(tx, case_id, element)
    return known.attempts if known else 0


def of_job(tx: Tx, job: str, ref: str) -> Incident | None:
    """The open incident of this job."""
    query = select(Incident).where(Incident.status == literal("open"), Incident.job == job, Incident.ref == ref)
    with stmt("incidents.of_job"):
        return tx.scalars(query.order_by(Incident.id).limit(1)).one_or_none()


def stopped(
    job: str, ref: ColumnElement[str] | InstrumentedAttribute[str], *, skipped: bool = False
) -> ColumnElement[bool]:
    """As part of another query: the job of this ref has an open incident (or one that was skipped)."""
    statuses = [Incident.status == literal("open"), *([Incident.status == "skipped"] if skipped else [])]
    return select(Incident.id).where(or_(*statuses), Incident.job == job, Incident.ref == ref).exists()


def settle(tx: Tx, incident_id: str, status: str, by: str | None = None) -> bool:
    """The open incident is solved or skipped; False when it was not open any more."""
    query = update(Incident).where(Incident.id == incident_id, Incident.status == literal("open"))
    values = {"status": status, "next_at": None, "solved_at": clock.now(), "solved_by": by}
    return bool(tx.execute(query.values(**values)).rowcount)  # type: ignore[attr-defined]


def rouse(tx: Tx, case_id: str, *jobs: str) -> Sequence[Incident]:
    """The case's open incidents of jobs (of these only, when named) are due now; they are the answer."""
    mine = [Incident.case_id == case_id, Incident.status == literal("open"), Incident.job != ""]
    if jobs:
        mine.append(Incident.job.in_(jobs))
    with stmt("incidents.rouse"):
        query = update(Incident).where(*mine).values(next_at=clock.now()).returning(Incident)
        return tx.scalars(query.execution_options(populate_existing=True)).all()


def solve_of_case(tx: Tx, case_id: str, by: str | None = None) -> int:
    """The case is not parked before any element; answers how many it was."""
    query = update(Incident).where(Incident.case_id == case_id, Incident.status == literal("open"), Incident.job == "")
    with stmt("incidents.solve"):
        values = {"status": "solved", "next_at": None, "solved_at": clock.now(), "solved_by": by}
        return tx.execute(query.values(**values)).rowcount  # type: ignore[attr-defined, no-any-return]


def get(tx: Tx, incident_id: str) -> Incident:
    """The incident, read anew; raises Missing."""
    row = tx.get(Incident, incident_id, populate_existing=True)
    if row is None:
        raise Missing("未找到该异常。")
    return row


def due(tx: Tx, before: datetime, limit: int = 100) -> Sequence[Incident]:
    """Open incidents whose next attempt was due by then, the earliest first."""
    query = select(Incident).where(Incident.status == literal("open"), Incident.next_at <= before)
    with stmt("incidents.due"):
        return tx.scalars(query.order_by(Incident.next_at, Incident.id).limit(limit)).all()


def open_ones(tx: Tx, limit: int = 100) -> Sequence[Incident]:
    """Open incidents, the oldest first."""
    query = select(Incident).where(Incident.status == literal("open"))
    return tx.scalars(query.order_by(Incident.id).limit(limit)).all()


def count_open(tx: Tx) -> int:
    """How many incidents are open."""
    return tx.scalar(select(func.count(Incident.id)).where(Incident.status == literal("open"))) or 0


def of_case(tx: Tx, case_id: str) -> Sequence[Incident]:
    """All incidents of the case, in order."""
    return tx.scalars(select(Incident).where(Incident.case_id == case_id).order_by(Incident.id)).all()


def _open(tx: Tx, case_id: str, element: str) -> Incident | None:
    query = select(Incident).where(Incident.case_id == case_id, Incident.status == literal("open"), Incident.job == "")
    with stmt("incidents.open_of"):
        found = tx.scalars(query.where(Incident.element == element).order_by(Incident.id).limit(1))
        return found.one_or_none()
