"""Which expert works on which application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ScalarSelect, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from webapp import clock
from webapp.store.db import Tx, stmt
from webapp.store.ids import new_id
from webapp.store.tables import ExpertAssignment as Row

OPEN = ("active",)


def add(tx: Tx, *, application_id: str, person_id: str, round_id: str | None = None, reason: str = "") -> None:
    """The expert works on the application, again if he had been released."""
    add_many(tx, application_id, round_id, {person_id: reason})


def add_many(tx: Tx, application_id: str, round_id: str | None, reasons: Mapping[str, str]) -> None:
    """These experts work on the application, again if they had been released; `reasons` by person. One statement."""
    shared = {"application_id": application_id, "round_id": round_id, "status": "active", "assigned_at": clock.now()}
    rows = [{"id": new_id(), **shared, "person_id": person, "reason": why} for person, why in reasons.items()]
    with stmt("assignments.add"):
        tx.upsert(_again(tx.database.is_sqlite), rows)


@cache
def _again(is_sqlite: bool) -> Any:
    """The INSERT that takes a released expert back; one object, so that it is compiled once."""
    new = (sqlite if is_sqlite else postgresql).insert(Row.__table__)
    kept = {name: new.excluded[name] for name in ("status", "reason", "assigned_at")}
    return new.on_conflict_do_update(index_elements=["application_id", "person_id"], set_=kept)


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


def load_of(person_id: Any, round_id: Any) -> ScalarSelect[int]:
    """How many applications of the round the expert works or has worked on, as a column of another query."""
    query = select(func.count()).where(Row.person_id == person_id, Row.status.in_(("active", "scored")))
    return (query if round_id is None else query.where(Row.round_id == round_id)).scalar_subquery()
