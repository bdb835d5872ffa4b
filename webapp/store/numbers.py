"""Numbers drawn from series: case numbers, 受理编号, base codes. None is drawn twice; an undone one comes again."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from webapp.store.db import Tx, stmt
from webapp.store.tables import Counter


def next_of(tx: Tx, series: str, year: int) -> int:
    """The next number of the series in that year, from 1; others who draw wait until this transaction ends."""
    dialect = sqlite if tx.database.is_sqlite else postgresql
    new: Any = dialect.insert(Counter).values(series=f"{series}.{year}", number=1)
    query = new.on_conflict_do_update(index_elements=[Counter.series], set_={"number": Counter.number + 1})
    with stmt("numbers.next"):
        return int(tx.execute(query.returning(Counter.number)).scalar_one())
