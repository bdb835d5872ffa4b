"""批次: rows of rounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from webapp import clock
from webapp.errors import Missing
from webapp.store.db import Tx, stmt
from webapp.store.tables import Round


def add(tx: Tx, **fields: Any) -> Round:
    """The round of a case; its id is the case's."""
    row = Round(**{"name": "", "year": clock.today().year, "status": "preparing", **fields})
    tx.save(row)
    return row


def get(tx: Tx, round_id: str) -> Round:
    """The round; raises Missing."""
    with stmt("rounds.get"):
        row = tx.get(Round, round_id)
    if row is None:
        raise Missing("未找到该批次，可能尚未发布。")
    return row


def put(tx: Tx, round_id: str, **changes: Any) -> None:
    """The round gets these values now."""
    with stmt("rounds.put"):
        tx.execute(update(Round).where(Round.id == round_id).values(**changes))


def facts(tx: Tx, round_id: str | None) -> dict[str, Any]:
    """The round's columns; empty when there is none."""
    row = tx.get(Round, round_id) if round_id else None
    return row.facts() if row else {}


def list(tx: Tx, *, kind: str = "designation", status: str | None = None) -> Sequence[Round]:
    """Visible rounds, the latest year first."""
    query = select(Round).where(Round.kind == kind)
    if status:
        query = query.where(Round.status == status)
    return tx.scalars(query.order_by(Round.year.desc(), Round.id.desc())).all()
