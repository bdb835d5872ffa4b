"""Finds what is due in our own tables and runs it, whatever became of its job: the truth is the rows, not the queue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from webapp import clock
from webapp.errors import Busy
from webapp.store import batches, documents, incidents, outbox, timers
from webapp.store.db import Database, Tx
from webapp.store.principal import Principal

PATIENCE = timedelta(seconds=20)
"""A job that is this late is taken as lost; running it twice does no harm."""
BATCH = 200
PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)

log = structlog.get_logger()


class Reconciler:
    """Runs what is overdue. An item that fails is tried again after growing pauses and never holds up the others."""

    def __init__(self, database: Database, runners: Mapping[str, Callable[[str], Any]]) -> None:
        self._database, self._runners = database, runners
        self._failed: dict[tuple[str, str], tuple[int, datetime]] = {}

    def sweep(self, late: timedelta = PATIENCE) -> int:
        """Everything that was due `late` ago has run, timers first and in order of their due time; answers how many."""
        seen: set[tuple[str, str]] = set()
        while found := [item for item in self._due(clock.now() - late) if item not in seen]:
            for kind, ref in found:
                self._attempt(kind, ref)
            seen.update(found)
        return len(seen)

    def _due(self, before: datetime) -> Iterator[tuple[str, str]]:
        limit = BATCH + len(self._failed)
        with self._database.reading(Principal.system_("worker")) as tx:
            found = [item for item in _overdue(tx, before, limit) if item[0] in self._runners]
        now = clock.now()
        return (item for item in found if item not in self._failed or self._failed[item][1] <= now)

    def _attempt(self, kind: str, ref: str) -> None:
        tried, _ = self._failed.get((kind, ref), (0, None))
        try:
            self._runners[kind](ref)
        except Busy:
            return  # somebody is at it, or the database is: the next sweep sees
        except Exception:
            pause = min(PAUSE * 2**tried, LONGEST_PAUSE)
            self._failed[kind, ref] = tried + 1, clock.now() + pause
            log.exception("reconciler.item_failed", kind=kind, ref=ref, tried=tried + 1)
        else:
            self._failed.pop((kind, ref), None)


def _overdue(tx: Tx, before: datetime, limit: int) -> Iterator[tuple[str, str]]:
    for timer in timers.due(tx, before, limit):
        yield "wake", f"{timer.id}:{timer.generation}"
    for message in outbox.pending(tx, before, limit):
        yield "deliver", message.id
    for incident in incidents.due(tx, before, limit):
        yield "retry", f"{incident.id}:{incident.attempts}"
    for batch in batches.running(tx, before, limit):
        yield "batch", batch.id
    for document in documents.rendering(tx, before, limit):
        yield "render", document.id
