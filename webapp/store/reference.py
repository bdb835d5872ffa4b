"""When reference data (parameters, calendar, codes, roles) changed last, so that processes may keep what they read.

The number rides along with `cases.lock`, so a step that needs parameters and calendar costs no statement for them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import ScalarSelect, select, update

from webapp.store.db import Database, Tx, stmt
from webapp.store.tables import Revision

NAME = "reference"
_KEY = "reference.revision"

Value = TypeVar("Value")
_KEPT_KEYS = 500


def revision_column() -> ScalarSelect[Any]:
    """The revision as a column of another query."""
    return select(Revision.number).where(Revision.name == NAME).scalar_subquery()


def remember(tx: Tx, revision: int | None) -> None:
    """This transaction knows the revision."""
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
    found = tx.execute(update(Revision).where(Revision.name == NAME).values(number=Revision.number + 1))
    if not found.rowcount:  # type: ignore[attr-defined]
        tx.insert(Revision, [{"name": NAME, "number": 1}])
    tx.context[_KEY] = -1  # what this transaction reads now must not be kept for others


def kept(tx: Tx, key: Any, read: Callable[[], Value]) -> Value:
    """`read()`, or what it gave at this revision in this process before."""
    number = revision(tx)
    if number < 0:
        return read()
    values = _values(tx.database, number)
    if key not in values:
        if len(values) >= _KEPT_KEYS:
            values.clear()
        values[key] = read()
    return values[key]  # type: ignore[no-any-return]


def _values(database: Database, number: int) -> dict[Any, Any]:
    known = database.kept
    if known[0] != number:
        known = database.kept = (number, {})
    return known[1]
