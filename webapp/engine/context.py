"""What hangs on a transaction beside its rows: the catalog and the port to the jobs (settled.md 2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from webapp.engine.catalog import Catalog
from webapp.errors import Misconfigured
from webapp.store.db import Tx


class Jobs(Protocol):
    """Wake-ups. Our tables are the truth; a lost wake-up is found again by the reconciler."""

    def enqueue(self, tx: Tx, kind: str, ref: str, at: datetime | None = None) -> None:
        """In the same transaction: after commit a worker runs `kind` with `ref`, not before `at`."""
        ...


class NoJobs:
    """For whoever drives deliveries and timers himself: stories, simulation, play."""

    def enqueue(self, tx: Tx, kind: str, ref: str, at: datetime | None = None) -> None:
        """Nothing is to be woken."""


@dataclass
class Context:
    """One per installation; shared by all its transactions."""

    catalog: Catalog = field(default_factory=Catalog)
    jobs: Jobs = field(default_factory=NoJobs)


def of(tx: Tx) -> Context:
    """The context that the database was opened with."""
    context = tx.database.engine_context
    if not isinstance(context, Context):
        raise Misconfigured("数据库未经装配即被使用。")
    return context
