"""When reference data changed last, so that processes may keep what they read: parameters, calendar, codes, roles,
and the register of bases and bans, which changes a few times a year and is asked by every step of an application.

The number rides along with `cases.lock`, so a step that needs any of it costs no statement for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import ScalarSelect, select, update

from webapp.store.db import Database, Tx, stmt
from webapp.store.tables import Revision

NAME = "reference"
_KEY = "reference.revision"
_OWN = -1
_TABLE = Revision.plain()
_COUNTED = update(_TABLE).where(_TABLE.c.name == NAME).values(number=_TABLE.c.number + 1)

Value = TypeVar("Value")
_KEPT_KEYS = 500


def revision_column() -> ScalarSelect[Any]:
    """The revision as a column of another query."""
    return select(Revision.number).where(Revision.name == NAME).scalar_subquery()


def remember(tx: Tx, revision: int | None) -> None:
    """This transaction knows the revision; what it changed itself it goes on reading anew."""
    if tx.context.get(_KEY) != _OWN:
        tx.context[_KEY] = revision or 0


def revision(tx: Tx) -> int:
    """The revision that this transaction sees."""
    if _KEY not in tx.context:
        with stmt("reference.revision"):
            remember(tx, tx.scalar(select(Revision.number).where(Revision.name == NAME)))
    return int(tx.context[_KEY])


def changed(tx: Tx) -> None:
    """Reference data was changed in this transaction: from the commit on everybody reads it again."""
    tx.write()
    if tx.context.get(_KEY) != _OWN:
        tx.context[_KEY] = _OWN  # what this transaction reads now must not be kept for others
        tx.before_commit(lambda: _count(tx))


def kept(tx: Tx, key: Any, read: Callable[[], Value]) -> Value:
    """`read()`, or what it gave at this revision in this process before."""
    number = revision(tx)
    if number == _OWN:
        return read()
    values = _values(tx.database, number)
    if key not in values:
        if len(values) >= _KEPT_KEYS:
            values.clear()
        values[key] = read()
    return values[key]  # type: ignore[no-any-return]


def _count(tx: Tx) -> None:
    with stmt("reference.changed"):
        if not tx.change(_COUNTED, {}):
            tx.insert(Revision, [{"name": NAME, "number": 1}])
            tx.write()


def _values(database: Database, number: int) -> dict[Any, Any]:
    known = database.kept
    if known[0] != number:
        known = database.kept = (number, {})
    return known[1]
