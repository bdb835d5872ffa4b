"""When a case must be woken. The row is the truth; a job is only the alarm clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import CursorResult, String, cast, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from webapp.store import incidents
from webapp.store.db import Tx, stmt
from webapp.store.pages import literal
from webapp.store.tables import Case, Timer


def put(tx: Tx, rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, int, datetime]]:
    """New timers wait, known ones whose due_at differs wait anew; answers (id, generation, due_at) of both.

    A row's id is chosen by the caller and names the same timer for ever. One statement.
    """
    wanted = [{"kind": "token", "engine_id": "", "generation": 1, "status": "waiting", **row} for row in rows]
    if not wanted:
        return []
    with stmt("timers.put"):
        found = tx.upsert(_arming(tx.database.is_sqlite), _even(wanted))
        return [(row.id, row.generation, row.due_at) for row in found]


def cancel(tx: Tx, timer_ids: Iterable[str]) -> int:
    """Those still waiting never fire."""
    return _end(tx, Timer.id.in_(list(timer_ids)), "cancelled")


def cancel_others(tx: Tx, case_id: str, keep: Iterable[str]) -> int:
    """The case's waiting token timers except these never fire: the tokens that waited are gone."""
    return _end(tx, (Timer.case_id == case_id) & Timer.id.not_in(list(keep)) & (Timer.kind == "token"), "cancelled")


def cancel_of_cases(tx: Tx, case_ids: Iterable[str]) -> int:
    """No timer of these cases fires any more."""
    return _end(tx, Timer.case_id.in_(list(case_ids)), "cancelled")


def cancel_reminders(tx: Tx, task_ids: Iterable[str]) -> int:
    """Nobody is reminded of these tasks any more."""
    return _end(tx, Timer.task_id.in_(list(task_ids)) & (Timer.kind == "reminder"), "cancelled")


def fire(tx: Tx, timer_id: str, generation: int | None = None) -> bool:
    """The timer has fired, once; False when it had already, was cancelled, or was moved since this generation."""
    rule = Timer.id == timer_id
    if generation is not None:
        rule = rule & (Timer.generation == generation)
    return _end(tx, rule, "fired") == 1


def fired(tx: Tx, row: Timer) -> bool:
    """This timer, of this generation, has fired; False when it had not been waiting any more."""
    return fire(tx, row.id, row.generation)


def reschedule(tx: Tx, timer_id: str, due_at: datetime, business_on: date | None = None) -> int | None:
    """The timer waits until then instead; answers its new generation, None when it no longer waits."""
    query = update(Timer).where(Timer.id == timer_id, Timer.status == literal("waiting"))
    query = query.values(due_at=due_at, business_on=business_on, generation=Timer.generation + 1)
    with stmt("timers.reschedule"):
        return tx.execute(query.returning(Timer.generation)).scalar_one_or_none()


def get(tx: Tx, timer_id: str) -> Timer | None:
    """The timer, read anew."""
    return tx.get(Timer, timer_id, populate_existing=True)


def due(tx: Tx, now: datetime, limit: int = 100) -> Sequence[Timer]:
    """Waiting timers whose moment has come and whose case can go on, the earliest first; not those that failed to fire."""
    query = select(Timer).where(Timer.status == literal("waiting"), Timer.due_at <= now)
    query = query.join(Case, Case.id == Timer.case_id).where(Case.status == "open")
    query = query.where(~incidents.stopped("wake", Timer.id + ":" + cast(Timer.generation, String)))
    with stmt("timers.due"):
        return tx.scalars(query.order_by(Timer.due_at, Timer.id).limit(limit)).all()


def next_at(tx: Tx) -> datetime | None:
    """The earliest moment any timer waits for in a case that can go on."""
    query = select(Timer.due_at).where(Timer.status == literal("waiting"))
    query = query.join(Case, Case.id == Timer.case_id).where(Case.status == "open")
    return tx.scalars(query.order_by(Timer.due_at).limit(1)).one_or_none()


def late(tx: Tx, before: datetime) -> int:
    """How many timers should have fired by then and have not."""
    query = select(func.count(Timer.id)).where(Timer.status == literal("waiting"), Timer.due_at < before)
    return tx.scalar(query) or 0


def of_case(tx: Tx, case_id: str, *, waiting_only: bool = True) -> Sequence[Timer]:
    """The case's timers in the order they are due."""
    query = select(Timer).where(Timer.case_id == case_id)
    if waiting_only:
        query = query.where(Timer.status == literal("waiting"))
    with stmt("timers.of_case"):
        return tx.scalars(query.order_by(Timer.due_at, Timer.id)).all()


def waiting_of_case(tx: Tx, case_id: str) -> Sequence[Timer]:
    """What the case waits for, the earliest first."""
    return of_case(tx, case_id, waiting_only=True)


def _end(tx: Tx, rule: Any, status: str) -> int:
    with stmt(f"timers.{status}"):
        query = update(Timer).where(Timer.status == literal("waiting"), rule).values(status=status)
        result: CursorResult[Any] = tx.execute(query)  # type: ignore[assignment]
        return result.rowcount


@cache
def _arming(is_sqlite: bool) -> Any:
    """The INSERT that moves a timer it meets; one object, so that it is compiled once."""
    table = Timer.__table__.c
    new = (sqlite if is_sqlite else postgresql).insert(Timer.__table__)
    moved = new.on_conflict_do_update(
        index_elements=["id"],
        set_={
            "due_at": new.excluded.due_at,
            "business_on": new.excluded.business_on,
            "generation": table.generation + 1,
            "status": "waiting",
        },
        where=(table.due_at != new.excluded.due_at) | (table.status != "waiting"),
    )
    return moved.returning(table.id, table.generation, table.due_at)


def _even(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    keys = {key for row in rows for key in row} | {"business_on", "task_id"}
    return [{key: row.get(key) for key in keys} for row in rows]
