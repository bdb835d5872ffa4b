"""The sequence flows that tokens really travelled, for a diagram that paints nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
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
    tx.write_deferred()
    dialect = sqlite if tx.database.is_sqlite else postgresql
    new: Any = dialect.insert(Flow).values(rows)
    query = new.on_conflict_do_update(
        index_elements=[Flow.case_id, Flow.process, Flow.flow],
        set_={"count": Flow.count + new.excluded.count, "last_at": new.excluded.last_at},
    )
    with stmt("flows.add"):
        tx.execute(query)


def of_case(tx: Tx, case_id: str) -> dict[str, dict[str, int]]:
    """Flow ids with how often each was travelled, by process."""
    found: dict[str, dict[str, int]] = {}
    for row in tx.scalars(select(Flow).where(Flow.case_id == case_id)):
        found.setdefault(row.process, {})[row.flow] = row.count
    return found
