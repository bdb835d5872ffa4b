"""The sequence flows that tokens really travelled, for a diagram that paints nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from webapp import clock
from webapp.store.db import Tx, stmt
from webapp.store.tables import Flow


def add_many(tx: Tx, case_id: str, travelled: Iterable[tuple[str, str]]) -> None:
    """Each (process, flow id) counts once more for every time it is named, one statement."""
    now = clock.now()
    rows = [
        {"case_id": case_id, "process": process, "flow": flow, "count": count, "last_at": now}
        for (process, flow), count in sorted(Counter(travelled).items())
    ]
    if not rows:
        return
    with stmt("flows.add"):
        tx.upsert(_counting(tx.database.is_sqlite), rows)


def of_case(tx: Tx, case_id: str) -> dict[str, dict[str, int]]:
    """Flow ids with how often each was travelled, by process."""
    found: dict[str, dict[str, int]] = {}
    for row in tx.scalars(select(Flow).where(Flow.case_id == case_id)):
        found.setdefault(row.process, {})[row.flow] = row.count
    return found


@cache
def _counting(is_sqlite: bool) -> Any:
    """The INSERT that adds to what is there; one object, so that it is compiled once."""
    new = (sqlite if is_sqlite else postgresql).insert(Flow.__table__)
    return new.on_conflict_do_update(
        index_elements=["case_id", "process", "flow"],
        set_={"count": Flow.__table__.c.count + new.excluded.count, "last_at": new.excluded.last_at},
    )
