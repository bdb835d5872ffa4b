"""Every element a case passed, in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from webapp import clock
from webapp.store.db import Tx
from webapp.store.tables import Visit


def add_many(tx: Tx, case_id: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Elements passed in this step, one statement; each brings its `seq` (the case's steps counter)."""
    now = clock.now()
    tx.insert(Visit, [{"entered_at": now, "left_at": now, **row, "case_id": case_id} for row in rows])


def of_case(tx: Tx, case_id: str) -> Sequence[Visit]:
    """What the case passed, in order."""
    return tx.scalars(select(Visit).where(Visit.case_id == case_id).order_by(Visit.seq)).all()
