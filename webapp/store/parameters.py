"""Limits and switches with validity dates; a case uses those in force at its start, save the "current" ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import or_, select, update

from webapp import clock
from webapp.errors import Invalid
from webapp.store import reference
from webapp.store.db import Tx, stmt
from webapp.store.tables import Parameter


def at(tx: Tx, on: date | None) -> Mapping[str, Any]:
    """Every parameter's value in force on that day (today for None); `current` ones as of today whatever the day."""
    today = clock.today()

    def read() -> Mapping[str, Any]:
        rows: Sequence[Parameter] = reference.kept(tx, "parameters", lambda: _read(tx))
        held = (row for row in rows if _holds(row, today if row.current else on or today))
        return MappingProxyType({row.key: row.value for row in held})

    return reference.kept(tx, ("parameters", on or today, today), read)


def history(tx: Tx, key: str) -> Sequence[Parameter]:
    """All values the parameter had, has and will have, by the day they begin."""
    return tx.scalars(select(Parameter).where(Parameter.key == key).order_by(Parameter.valid_from)).all()


def listed(tx: Tx) -> Sequence[Parameter]:
    """All rows by key and beginning."""
    return tx.scalars(select(Parameter).order_by(Parameter.key, Parameter.valid_from)).all()


def put(tx: Tx, key: str, value: Any, valid_from: date, *, source: str = "", current: bool | None = None) -> None:
    """From that day on the parameter has this value; what was said for later days is replaced.

    Raises Invalid for a value of another kind than the one before.
    """
    earlier = [row for row in history(tx, key) if row.valid_from < valid_from]
    kept: dict[str, Any] = {}
    if earlier:
        last = earlier[-1]
        _require_kind(key, last.value, value)
        current = last.current if current is None else current
        kept = {"label": last.label, "article": last.article, "unit": last.unit}
    for row in history(tx, key):
        if row.valid_from >= valid_from:
            tx.delete(row)
    still = or_(Parameter.valid_to.is_(None), Parameter.valid_to >= valid_from)
    tx.write()
    ending = update(Parameter).where(Parameter.key == key, still)
    tx.execute(ending.values(valid_to=valid_from - timedelta(days=1)))
    new = {"key": key, "value": value, "valid_from": valid_from, "source": source, "current": bool(current)}
    tx.insert(Parameter, [{**kept, **new}])
    reference.changed(tx)


def _read(tx: Tx) -> list[Parameter]:
    with stmt("parameters.at"):
        rows = list(tx.scalars(select(Parameter).order_by(Parameter.valid_from)))
    for row in rows:
        tx.expunge(row)
    return rows


def _holds(row: Parameter, on: date) -> bool:
    return row.valid_from <= on and (row.valid_to is None or row.valid_to >= on)


def _require_kind(key: str, old: Any, new: Any) -> None:
    numbers = (int, float)
    both_numbers = isinstance(old, numbers) and isinstance(new, numbers) and not isinstance(new, bool)
    if old is not None and type(old) is not type(new) and not both_numbers:
        raise Invalid({key: "参数值的类型与原值不一致，请核对后重新填写。"})
