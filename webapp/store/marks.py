"""Marks on bases: raised and cleared by procedures; a base's derived state is read from them and its open cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select, update

from webapp import clock
from webapp.store.db import Tx, stmt
from webapp.store.ids import new_id
from webapp.store.tables import Mark


def raise_mark(tx: Tx, base_id: str, kind: str, period: str, text: str, case_id: str | None) -> None:
    """The base carries the mark; a standing one of the same kind and period gets the new text."""
    mine = (Mark.base_id == base_id, Mark.kind == kind, Mark.period == period, Mark.cleared_on.is_(None))
    tx.write_deferred()
    with stmt("marks.raise"):
        standing = tx.execute(update(Mark).where(*mine).values(text=text)).rowcount  # type: ignore[attr-defined]
    if not standing:
        row = {"id": new_id(), "base_id": base_id, "kind": kind, "period": period, "text": text}
        tx.insert(Mark, [{**row, "raised_on": clock.today(), "raised_by": case_id}])


def clear(tx: Tx, base_id: str, kind: str, period: str, reason: str, case_id: str | None) -> None:
    """No mark of this kind and period stands on the base."""
    mine = (Mark.base_id == base_id, Mark.kind == kind, Mark.period == period, Mark.cleared_on.is_(None))
    tx.write_deferred()
    with stmt("marks.clear"):
        tx.execute(update(Mark).where(*mine).values(cleared_on=clock.today(), cleared_by=case_id, reason=reason))


def of_base(tx: Tx, base_id: str, *, open_only: bool = True) -> Sequence[Mark]:
    """Marks on the base, the newest first."""
    query = select(Mark).where(Mark.base_id == base_id)
    if open_only:
        query = query.where(Mark.cleared_on.is_(None))
    return tx.scalars(query.order_by(Mark.id.desc())).all()


def standing(tx: Tx, base_ids: Iterable[str]) -> dict[str, list[Mark]]:
    """The standing marks of these bases."""
    query = select(Mark).where(Mark.base_id.in_(sorted(base_ids)), Mark.cleared_on.is_(None))
    found: dict[str, list[Mark]] = {}
    for row in tx.scalars(query.order_by(Mark.id)):
        found.setdefault(row.base_id, []).append(row)
    return found


def of_kind(tx: Tx, kind: str, period: str = "") -> Sequence[Mark]:
    """Standing marks of the kind, of one period when given."""
    query = select(Mark).where(Mark.kind == kind, Mark.cleared_on.is_(None))
    if period:
        query = query.where(Mark.period == period)
    return tx.scalars(query.order_by(Mark.base_id)).all()
