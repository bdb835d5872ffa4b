"""Finds what is due in our own tables and runs it, whatever became of its job: the truth is the rows, not the queue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import structlog

from webapp import clock
from webapp.store import documents, incidents, outbox, timers
from webapp.store.db import Database
from webapp.store.principal import Principal

LATE = timedelta(seconds=20)
"""A job that is this late is taken as lost; running it twice does no harm."""
BATCH = 200

log = structlog.get_logger()


def sweep(database: Database, runners: Mapping[str, Callable[[str], Any]], late: timedelta = LATE) -> int:
    """Everything that was due `late` ago has run, in order of its due time; gives the number of things found."""
    with database.reading(Principal.system_("worker")) as tx:
        before = clock.now() - late
        found = [("wake", f"{row.id}:{row.generation}") for row in timers.due(tx, before, BATCH)]
        found += [("deliver", row.id) for row in outbox.pending(tx, before, BATCH)]
        found += [("retry", f"{row.id}:{row.attempts}") for row in incidents.due(tx, before, BATCH)]
        found += [("render", row.id) for row in documents.rendering(tx, before, BATCH)]
    for kind, ref in found:
        try:
            runners[kind](ref)
        except Exception:
            log.exception("reconciler.item_failed", kind=kind, ref=ref)
    return len(found)
