"""One installation's lasting parts, wired once: settings, database, catalog, jobs, and what a worker runs."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from webapp import clock, documents
from webapp.config import Settings
from webapp.documents import archive
from webapp.engine import administration, batching, commands, projection, retrying, shipped
from webapp.engine.catalog import Catalog
from webapp.engine.context import Context, Jobs, NoJobs
from webapp.errors import Busy, Full, Stale
from webapp.jobs import worker
from webapp.jobs.port import Jobs as QueuedJobs
from webapp.store import anchors, cases, incidents, pages_logins, parameters, seeding
from webapp.store import commands as ledger
from webapp.store.db import Database, is_outage
from webapp.store.principal import Principal

ARCHIVE_AFTER = timedelta(minutes=10)
ARCHIVE_WITHIN = timedelta(days=30)
"""A case's package is looked for this long after its end; what cannot be made by then needs an operator."""
PASSING = (Busy, Stale, Full)
"""Refusals that say nothing of the job itself: the reconciler comes back to it."""
LEAST_LOG_DAYS = 180
"""网络安全法：网络日志留存不少于六个月."""

log = structlog.get_logger()


class Installation:
    """Everything that outlives a request. `queued` False: nobody runs jobs (stories, bench, command line)."""

    def __init__(self, settings: Settings, *, queued: bool = True) -> None:
        self.settings = with_secret(settings)
        self.database = Database(settings.database)
        self.catalog = Catalog()
        self.jobs: Jobs = QueuedJobs(self.database) if queued else NoJobs()
        self.database.engine_context = Context(self.catalog, self.jobs)

    @property
    def runners(self) -> Mapping[str, Callable[[str], Any]]:
        """What a worker can run, by the kind that commands enqueue."""
        return {
            **{job: partial(self._minded, job) for job in self._jobs_of_cases},
            "retry": self._retry,
            "anchor": self._anchor,
            "near": self._near,
            "limits": self._limits,
            "sweep": self._sweep,
            "batch": self._batch,
            "yearly": self._yearly,
            "archives": self._archives,
        }

    @property
    def _jobs_of_cases(self) -> Mapping[str, Callable[[str], Any]]:
        """Jobs whose failure is an incident of the case they are for (retrying.JOBS)."""
        return {
            "wake": self._wake,
            "deliver": self._deliver,
            "render": partial(documents.render, self.database, self.settings),
            "archive": partial(archive.build, self.database, self.settings),
        }

    def _minded(self, job: str, ref: str) -> Any:
        """What the job answers, False when it failed: then the case has an incident, by which it is tried again."""
        try:
            return self._jobs_of_cases[job](ref)
        except Exception as error:
            if isinstance(error, PASSING) or is_outage(error):
                raise
            log.exception("job.failed", kind=job, ref=ref)
            with self.database.writing(_worker()) as tx:
                if not retrying.record(tx, job, ref, error):
                    raise
            return False

    def upgrade(self) -> None:
        """Tables, the job engine's too, seeds and shipped models are those of this code; safe at every start.

        What analysts have released since stays in force: shipped files become a release only when they have changed
        since the last shipped one.
        """
        self.database.upgrade()
        worker.prepare(self.database)
        with self.database.writing(Principal.system_("upgrade")) as tx:
            seeding.load(tx)
            shipped.release(tx, self.settings.models, made_by=Principal.system_("upgrade").person_id)

    def worker(self, slot: str) -> worker.Worker:
        """A worker of this installation, not yet started."""
        return worker.Worker(self.database, slot, self.runners)

    def close(self) -> None:
        """Connections are given back."""
        if isinstance(self.jobs, QueuedJobs):
            self.jobs.close()
        self.database.close()

    def _wake(self, ref: str) -> bool:
        timer_id, _, generation = ref.rpartition(":")
        with self.database.writing(_worker()) as tx:
            return commands.wake(tx, _worker(), timer_id, int(generation))

    def _deliver(self, ref: str) -> bool:
        with self.database.writing(_worker()) as tx:
            return commands.deliver(tx, _worker(), ref.partition(":")[0])

    def _retry(self, ref: str) -> bool:
        """Whether what the incident `id:attempts` is about was tried again: the parked case, or a job of it."""
        incident_id, attempts = ref.split(":")[:2]
        with self.database.writing(_worker()) as tx:
            row = incidents.get(tx, incident_id)
            if not row.job:
                return commands.retry_incident(tx, _worker(), ref)
        if row.status != "open" or row.attempts != int(attempts):
            return False
        self._minded(row.job, row.ref)
        with self.database.writing(_worker()) as tx:
            if incidents.get(tx, incident_id).attempts == row.attempts:
                incidents.settle(tx, incident_id, "solved", _worker().person_id)
        return True

    def _anchor(self, _hour: str) -> int:
        """The journal's heads stand outside the database, signed (settled.md 9)."""
        with self.database.reading(_worker()) as tx:
            return anchors.write(tx, self.settings.anchors, self.settings.secret)

    def _archives(self, _hour: str) -> int:
        """Ended cases whose package could not be made at once have it now; answers how many were found."""
        now = clock.now()
        with self.database.reading(_worker()) as tx:
            missing = cases.unarchived(tx, archive.ACTION, now - ARCHIVE_WITHIN, now - ARCHIVE_AFTER)
        for case_id in missing:
            with suppress(*PASSING):
                self._minded("archive", case_id)
        return len(missing)

    def _near(self, _hour: str) -> int:
        """What is due soon has its wake-up; answers how many timers."""
        with self.database.writing(_worker()) as tx:
            return projection.wind_up(tx)

    def _limits(self, _hour: str) -> int:
        """Parameters that came into force today have reached the running cases (settled.md 10, 18)."""
        with self.database.writing(_worker()) as tx:
            return administration.renew_due(tx, _worker())

    def _batch(self, ref: str) -> int:
        """Every item of the batch has its case; answers how many chunks that took."""
        chunks = 0
        while True:
            with self.database.writing(_worker()) as tx:
                if not batching.go_through(tx, _worker(), ref.partition(":")[0]):
                    return chunks
            chunks += 1

    def _yearly(self, _hour: str) -> int:
        """Procedures that begin on a day of the year have begun (第十五条 ...)."""
        with self.database.writing(_worker()) as tx:
            return batching.begin_yearly(tx, _worker())

    def _sweep(self, _hour: str) -> None:
        """Sessions, log-in attempts and commands' ids are kept as long as the parameter says, at least half a year."""
        with self.database.writing(_worker()) as tx:
            days = max(int(parameters.at(tx, None).get("log.keep_days", 365)), LEAST_LOG_DAYS)
            before = clock.now() - timedelta(days=days)
            pages_logins.sweep(tx, before=before)
            ledger.forget_before(tx, before)


def _worker() -> Principal:
    return Principal.system_("worker")


def with_secret(settings: Settings) -> Settings:
    """The settings with a secret: the configured one, or one made once and kept beside the database (mode 0600)."""
    if settings.secret:
        return settings
    path = Path("var/secret")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return replace(settings, secret=path.read_text().strip())
