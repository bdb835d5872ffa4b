"""When data changed last that every step asks and hardly anybody changes, so that processes may keep what they read.

Two sorts: reference data (parameters, calendar, codes, roles) and the register (bases, bans, organisations), which changes
more often. Their numbers ride along with the lock, so a step that needs any of it costs no statement for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, TypeVar

from sqlalchemy import ScalarSelect, select
from sqlalchemy.dialects import postgresql, sqlite

from webapp.store.db import Database, Tx, stmt
from webapp.store.tables import Revision

REFERENCE = "reference"
REGISTER = "register"
SORTS = (REFERENCE, REGISTER)
_KEY = "reference.revisions"
_OWN = -1
"""This transaction has changed it: what it reads now is not for others."""

Value = TypeVar("Value")
_KEPT_KEYS = 500


def columns() -> list[ScalarSelect[Any]]:
    """The revisions as columns of another query, for `remember`."""
    return [select(Revision.number).where(Revision.name == sort).scalar_subquery() for sort in SORTS]


def remember(tx: Tx, *numbers: int | None) -> None:
    """This transaction knows the revisions; what it changed itself it goes on reading anew."""
    known = tx.context.setdefault(_KEY, {})
    for sort, number in zip(SORTS, numbers, strict=True):
        if known.get(sort) != _OWN:
            known[sort] = number or 0


def revision(tx: Tx, sort: str = REFERENCE) -> int:
    """The revision that this transaction sees."""
    if sort not in tx.context.get(_KEY, {}):
        with stmt("reference.revision"):
            remember(tx, *tx.execute(_REVISIONS).one())
    return int(tx.context[_KEY][sort])


def changed(tx: Tx, sort: str = REFERENCE) -> None:
    """Data of the sort was changed in this transaction: from the commit on everybody reads it again."""
    tx.write()
    known = tx.context.setdefault(_KEY, {})
    if known.get(sort) != _OWN:
        known[sort] = _OWN
        tx.before_commit(partial(_count, tx, sort))


def kept(tx: Tx, key: Any, read: Callable[[], Value], sort: str = REFERENCE) -> Value:
    """`read()`, or what it gave at this revision in this process before."""
    number = revision(tx, sort)
    if number == _OWN:
        return read()
    values = _values(tx.database, sort, number)
    if key not in values:
        if len(values) >= _KEPT_KEYS:
            values.clear()
        values[key] = read()
    return values[key]  # type: ignore[no-any-return]


def _count(tx: Tx, sort: str) -> None:
    with stmt("reference.changed"):
        tx.upsert(_counting(tx.database.is_sqlite), [{"name": sort, "number": 1}])


@cache
def _counting(is_sqlite: bool) -> Any:
    """The INSERT that counts on; one object, so that it is compiled once."""
    table = Revision.plain()
    new = (sqlite if is_sqlite else postgresql).insert(table)
    return new.on_conflict_do_update(index_elements=["name"], set_={"number": table.c.number + 1})


def _values(database: Database, sort: str, number: int) -> dict[Any, Any]:
    known = database.kept.get(sort)
    if known is None or known[0] != number:
        known = database.kept[sort] = (number, {})
    return known[1]


_REVISIONS = select(*columns())
