"""Code lists (countries, fields, categories …) and indicator sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy import delete, select

from webapp.store import reference
from webapp.store.db import Tx, stmt
from webapp.store.tables import Code, Indicator

Row = TypeVar("Row")


def of_kind(tx: Tx, kind: str, *, active_only: bool = False) -> tuple[Code, ...]:
    """The list's entries in their order; the rows are shared by readers, nobody may change them."""
    rows: tuple[Code, ...] = reference.kept(tx, ("codes", kind), lambda: _read(tx, kind))
    return tuple(row for row in rows if row.active) if active_only else rows


def labels(tx: Tx, kind: str) -> Mapping[str, str]:
    """The list as code → Chinese label, old entries included, so that old cases can be read."""
    return reference.kept(
        tx, ("labels", kind), lambda: MappingProxyType({row.code: row.label for row in of_kind(tx, kind)})
    )


def kinds(tx: Tx) -> Sequence[str]:
    """The names of all lists."""
    return tx.scalars(select(Code.kind).distinct().order_by(Code.kind)).all()


def put(tx: Tx, kind: str, code: str, label: str, **fields: Any) -> None:
    """The entry is as said."""
    tx.merge(Code(kind=kind, code=code, label=label, **{"attributes": {}, "position": 0, "active": True, **fields}))
    reference.changed(tx)


def replace(tx: Tx, kind: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """The list consists of these entries (code, label, attributes?, active?), in this order."""
    tx.execute(delete(Code).where(Code.kind == kind))
    tx.insert(Code, [{"position": position, **row, "kind": kind} for position, row in enumerate(rows)])
    reference.changed(tx)


def indicators(tx: Tx, set_code: str) -> tuple[Indicator, ...]:
    """The lines of the indicator set in their order."""
    return reference.kept(tx, ("indicators", set_code), lambda: _read_indicators(tx, set_code))


def replace_indicators(tx: Tx, set_code: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """The set consists of these lines (code, parent, name, maximum, kind, formula), in this order."""
    tx.execute(delete(Indicator).where(Indicator.set_code == set_code))
    tx.insert(Indicator, [{"position": position, **row, "set_code": set_code} for position, row in enumerate(rows)])
    reference.changed(tx)


def _read(tx: Tx, kind: str) -> tuple[Code, ...]:
    with stmt("codes.of_kind"):
        rows = tuple(tx.scalars(select(Code).where(Code.kind == kind).order_by(Code.position, Code.code)))
    return _apart(tx, rows)


def _read_indicators(tx: Tx, set_code: str) -> tuple[Indicator, ...]:
    query = select(Indicator).where(Indicator.set_code == set_code).order_by(Indicator.position, Indicator.code)
    with stmt("codes.indicators"):
        return _apart(tx, tuple(tx.scalars(query)))


def _apart(tx: Tx, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    for row in rows:
        tx.expunge(row)
    return rows
