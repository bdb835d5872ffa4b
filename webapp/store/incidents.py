"""异常: failures of the engine, tried again with growing pauses and then left to an operator."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update

from webapp import clock
from webapp.errors import Missing
from webapp.store.db import Tx, stmt
from webapp.store.ids import new_id
from webapp.store.pages import literal
from webapp.store.tables import Incident


def park(
    tx: Tx, *, case_id: str, element: str, message: str, detail: str = "", next_at: datetime | None, task_id: str = ""
) -> str:
    """The case's open incident at this element, one attempt more if there was one; answers its id."""
    known = _open(tx, case_id, element)
    if known is None:
        row = {"id": new_id(), "case_id": case_id, "element": element, "task_id": task_id, "attempts": 1}
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


def solve_of_case(tx: Tx, case_id: str, by: str | None = None) -> int:
    """The case has no open incident; answers how many it had."""
    query = update(Incident).where(Incident.case_id == case_id, Incident.status == literal("open"))
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
    query = select(Incident).where(Incident.case_id == case_id, Incident.status == literal("open"))
    with stmt("incidents.open_of"):
        found = tx.scalars(query.where(Incident.element == element).order_by(Incident.id).limit(1))
        return found.one_or_none()
