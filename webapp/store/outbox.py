"""Messages from one case to another, written with their cause and delivered once by a job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from webapp import clock
from webapp.store import incidents
from webapp.store.db import Tx, stmt
from webapp.store.ids import new_id
from webapp.store.pages import literal
from webapp.store.tables import Case, Outbox


def add(
    tx: Tx, *, key: str, message: str, to_case: str | None, payload: Any = None, from_case: str | None = None
) -> Any:
    """A message to deliver, its row with `id`; None when this key was sent before. Without to_case it starts a case."""
    row = {"id": new_id(), "key": key, "message": message, "to_case": to_case or "", "payload": payload or {}}
    row |= {"from_case": from_case, "status": "pending", "at": clock.now(), "attempts": 0, "note": ""}
    tx.write_deferred()
    dialect = sqlite if tx.database.is_sqlite else postgresql
    new: Any = dialect.insert(Outbox).values(row)
    with stmt("outbox.add"):
        query = new.on_conflict_do_nothing(index_elements=[Outbox.key]).returning(Outbox.id)
        return tx.execute(query).one_or_none()


def get(tx: Tx, outbox_id: str) -> Outbox | None:
    """The message, read anew."""
    return tx.get(Outbox, outbox_id, populate_existing=True)


def settle(tx: Tx, row: Outbox, status: str, note: str = "") -> None:
    """The message was delivered or refused, with the reason."""
    query = update(Outbox).where(Outbox.id == row.id)
    with stmt("outbox.settle"):
        tx.execute(query.values(status=status, note=note, delivered_at=clock.now(), attempts=Outbox.attempts + 1))


def tried(tx: Tx, outbox_id: str, note: str) -> None:
    """A delivery failed and will be tried again."""
    tx.execute(update(Outbox).where(Outbox.id == outbox_id).values(attempts=Outbox.attempts + 1, note=note))


def pending(tx: Tx, before: datetime, limit: int = 100) -> Sequence[Outbox]:
    """Messages written before that moment and not delivered, the oldest first; those that wait for their case do not count.

    Nor those whose delivery failed: they are tried with their incident.
    """
    query = select(Outbox).where(Outbox.status == literal("pending"), Outbox.at <= before, ~_held())
    query = query.where(~incidents.stopped("deliver", Outbox.id))
    with stmt("outbox.pending"):
        return tx.scalars(query.order_by(Outbox.at, Outbox.id).limit(limit)).all()


def late(tx: Tx, before: datetime) -> int:
    """How many messages written before that moment are not delivered although their case could take them."""
    query = select(func.count(Outbox.id)).where(Outbox.status == literal("pending"), Outbox.at < before, ~_held())
    return tx.scalar(query) or 0


def held_for(tx: Tx, case_id: str) -> Sequence[Outbox]:
    """Messages that wait for this case to go on, the oldest first."""
    query = select(Outbox).where(Outbox.to_case == case_id, Outbox.status == literal("pending"))
    with stmt("outbox.held_for"):
        return tx.scalars(query.order_by(Outbox.id)).all()


def of_case(tx: Tx, case_id: str) -> Sequence[Outbox]:
    """What the case sent and was sent, in order."""
    mine = (Outbox.from_case == case_id) | (Outbox.to_case == case_id)
    return tx.scalars(select(Outbox).where(mine).order_by(Outbox.id)).all()


def _held() -> ColumnElement[bool]:
    """The message's case is suspended, or it is parked and did not wait for the message when it came."""
    waits = (Case.status == "suspended") | ((Case.status == "incident") & (Outbox.attempts > 0))
    return select(Case.id).where(Case.id == Outbox.to_case, waits).exists()
