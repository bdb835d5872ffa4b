"""Which expert works on which application."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from webapp import clock
from webapp.store.db import Tx, stmt
from webapp.store.ids import new_id
from webapp.store.tables import ExpertAssignment as Row

OPEN = ("active",)


def add(tx: Tx, *, application_id: str, person_id: str, round_id: str | None = None, reason: str = "") -> None:
    """The expert works on the application, again if he had been released."""
    values: dict[str, Any] = {
        "id": new_id(),
        "application_id": application_id,
        "person_id": person_id,
        "round_id": round_id,
    }
    values |= {"status": "active", "reason": reason, "assigned_at": clock.now()}
    dialect = sqlite if tx.database.is_sqlite else postgresql
    new: Any = dialect.insert(Row).values(values)
    again = {"status": "active", "reason": reason, "assigned_at": new.excluded.assigned_at}
    with stmt("assignments.add"):
        tx.execute(new.on_conflict_do_update(index_elements=[Row.application_id, Row.person_id], set_=again))


def end(tx: Tx, *, application_id: str, person_id: str, reason: str, status: str = "replaced") -> None:
    """The expert sees the application no more. status: declined, replaced, closed."""
    query = update(Row).where(Row.application_id == application_id, Row.person_id == person_id)
    tx.execute(query.values(status=status, reason=reason))


def scored(tx: Tx, *, application_id: str, person_id: str) -> None:
    """The expert has given his score; he may still read until the round closes."""
    query = update(Row).where(Row.application_id == application_id, Row.person_id == person_id, Row.status == "active")
    tx.execute(query.values(status="scored"))


def close_round(tx: Tx, round_id: str) -> None:
    """Nobody's access outlives the round (settled 21)."""
    tx.execute(
        update(Row).where(Row.round_id == round_id, Row.status.in_(("active", "scored"))).values(status="closed")
    )


def of_application(tx: Tx, application_id: str) -> Sequence[Row]:
    """Everybody who was ever assigned, in order."""
    return tx.scalars(select(Row).where(Row.application_id == application_id).order_by(Row.id)).all()


def of_person(tx: Tx, person_id: str, round_id: str | None = None) -> Sequence[Row]:
    """The expert's applications ("n of 12"), those to do first."""
    query = select(Row).where(Row.person_id == person_id, Row.status.in_(("active", "scored")))
    if round_id:
        query = query.where(Row.round_id == round_id)
    return tx.scalars(query.order_by(Row.status, Row.id)).all()


def loads(tx: Tx, round_id: str | None) -> dict[str, int]:
    """How many applications of the round each expert works or has worked on."""
    query = select(Row.person_id, func.count()).where(Row.status.in_(("active", "scored")))
    if round_id:
        query = query.where(Row.round_id == round_id)
    return {row[0]: row[1] for row in tx.execute(query.group_by(Row.person_id))}
