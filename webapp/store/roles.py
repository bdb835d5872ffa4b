"""Who owns the tasks of a lane: rows that an administrator edits (settled 15)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from webapp.store import reference
from webapp.store.db import Tx, stmt
from webapp.store.tables import Role


def all_of(tx: Tx) -> tuple[Role, ...]:
    """All roles in their order; the rows are shared by readers, nobody may change them."""
    return reference.kept(tx, "roles", lambda: _read(tx))


def named(tx: Tx, lane: str) -> Role | None:
    """The role of the lane with this name."""
    return next((row for row in all_of(tx) if row.name == lane), None)


def coded(tx: Tx, code: str) -> Role | None:
    """The role with this code."""
    return next((row for row in all_of(tx) if row.code == code), None)


def put(tx: Tx, **fields: Any) -> None:
    """The role is as said; a new lane needs nothing else."""
    tx.merge(Role(**fields))
    reference.changed(tx)


def _read(tx: Tx) -> tuple[Role, ...]:
    with stmt("roles.all"):
        rows = tuple(tx.scalars(select(Role).order_by(Role.position, Role.code)))
    for row in rows:
        tx.expunge(row)
    return rows
