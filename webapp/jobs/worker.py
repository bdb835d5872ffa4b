"""Runs jobs: each is one idempotent call of a runner. What a job could not do, the reconciler comes back to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from time import monotonic, sleep
from typing import Any

import structlog
from dbos import DBOS, DBOSConfig

from webapp import clock
from webapp.errors import Misconfigured, Rejected
from webapp.jobs.port import APPLICATION, QUEUE, WORKFLOW, Jobs
from webapp.jobs.reconcile import PATIENCE, Reconciler
from webapp.store import slots
from webapp.store.db import Database
from webapp.store.principal import Principal

Runner = Callable[[str], Any]

VERSION = "1"
"""Constant on purpose: a job that was put off for a year runs on whatever code is there then (jobs.md 1)."""
EMBEDDED_CONCURRENCY = 4
"""More writers only wait for one another on SQLite (jobs.md 1)."""
SERVER_CONCURRENCY = 16
POLL_SECONDS = 0.25
SWEEP_SECONDS = 30.0
"""With the reconciler's own patience this keeps a lost wake-up below a minute (design.md 2, promise 3)."""
SLOT_PATIENCE = 15.0
"""How long a starting worker waits for the database to notice that its predecessor has died."""
KEPT = timedelta(days=7)
"""Finished jobs are kept this long, to be looked at; the tables tell the rest for ever."""
BATCH = 500
HOURLY = ("near", "anchor", "limits", "sweep", "archives", "yearly")
"""Runners that run once an hour somewhere, with the hour as their ref."""

log = structlog.get_logger()


class Worker:
    """The job engine of this process; `slot` is its stable name among workers. One at a time in a process."""

    def __init__(
        self,
        database: Database,
        slot: str,
        runners: Mapping[str, Runner],
        *,
        sweep_every: float = SWEEP_SECONDS,
        patience: timedelta = PATIENCE,
    ) -> None:
        """Nothing runs before `start`. `patience`: how late a job must be to count as lost."""
        self._database, self._runners = database, {**runners, "tidy": self._tidy}
        self._slot = slots.Slot(database, slot)
        self._reconciler = Reconciler(database, runners)
        self._jobs = Jobs(database)
        self._every, self._patience = sweep_every, patience
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sweeper, name="reconciler", daemon=True)

    def start(self) -> None:
        """Jobs run from now on, those left by an earlier life of this slot first; overdue work is swept up at once.

        Raises Misconfigured when another process holds the slot.
        """
        self._take_slot()
        # In a thread of its own: the job engine refuses to start where an event loop runs, whoever runs it.
        with ThreadPoolExecutor(1) as launcher:
            launcher.submit(self._launch).result()
        self._thread.start()

    def _launch(self) -> None:
        DBOS(config=_config(self._database, self._slot.name))
        DBOS.workflow(name=WORKFLOW, max_recovery_attempts=1000)(self._job())
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            polling_interval_sec=POLL_SECONDS,
            worker_concurrency=EMBEDDED_CONCURRENCY if self._database.is_sqlite else SERVER_CONCURRENCY,
        )

    def stop(self, seconds: int = 20) -> None:
        """No new job begins; those under way got up to `seconds` to end. The next start takes up the unfinished."""
        self._stop.set()
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=seconds)
        if self._thread.is_alive():
            self._thread.join(timeout=seconds)
        self._jobs.close()
        self._slot.release()

    def _take_slot(self) -> None:
        deadline = monotonic() + SLOT_PATIENCE
        while not self._slot.hold():
            if monotonic() > deadline:
                raise Misconfigured(f"后台作业“{self._slot.name}”已有进程在运行，请换用其他 --slot 名称。")
            sleep(0.5)

    def _job(self) -> Callable[[str, str], None]:
        def job(kind: str, ref: str) -> None:  # the job engine marks the function it is given, a method takes no mark
            self._run(kind, ref)

        return job

    def _run(self, kind: str, ref: str) -> None:
        runner = self._runners.get(kind)
        if runner is None:
            log.error("job.unknown", kind=kind, ref=ref)
            return
        try:
            runner(ref)
        except Rejected as error:
            log.info("job.refused", kind=kind, ref=ref, reason=error.message)
        except Exception:
            # The row behind the job still says what is due; the reconciler comes back to it.
            log.exception("job.failed", kind=kind, ref=ref)

    def _sweeper(self) -> None:
        late = timedelta()  # at the start nothing is waited for
        while not self._stop.is_set():
            for act in (partial(self._reconciler.sweep, late), self._adopt, self._hourly):
                try:
                    act()
                except Exception:
                    log.exception("reconciler.failed")
            late = self._patience
            self._stop.wait(self._every)

    def _adopt(self) -> None:
        """Jobs that a dead worker had begun run again here; the living ones' are left alone (jobs.md 1)."""
        if not self._slot.hold():
            log.warning("slot.lost", slot=self._slot.name)
            return
        if self._database.is_sqlite:
            return
        begun: dict[str, list[str]] = {}
        for job in DBOS.list_workflows(status="PENDING", load_input=False, load_output=False, limit=BATCH):
            if job.executor_id and job.executor_id != self._slot.name:
                begun.setdefault(job.executor_id, []).append(job.workflow_id)
        for slot, ids in begun.items():
            if slots.is_dead(self._database, slot):
                DBOS.resume_workflows(ids)
                log.info("jobs.adopted", of=slot, count=len(ids))

    def _hourly(self) -> None:
        hour = clock.now().strftime("%Y%m%dT%H")
        with self._database.writing(Principal.system_("worker")) as tx:
            for kind in (*HOURLY, "tidy"):
                if kind in self._runners:
                    self._jobs.enqueue(tx, kind, hour)

    def _tidy(self, _hour: str) -> None:
        """Finished jobs older than KEPT are gone."""
        before = (clock.now() - KEPT).isoformat()
        done = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
        while not self._stop.is_set():
            old = DBOS.list_workflows(
                status=done, completed_before=before, load_input=False, load_output=False, limit=BATCH
            )
            if old:
                DBOS.delete_workflows([job.workflow_id for job in old])
            if len(old) < BATCH:
                return


def prepare(database: Database) -> None:
    """The job engine's own tables are those of this code; several processes may do this at once."""
    DBOS.migrate(_url(database))


def _config(database: Database, slot: str) -> DBOSConfig:
    return {
        "name": APPLICATION,
        "system_database_url": _url(database),
        "application_version": VERSION,
        "executor_id": slot,
        "log_level": "ERROR",
    }


def _url(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)
