"""Runs jobs: each is one idempotent call of a runner, repeated by the job engine until it has ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from dbos import DBOS, DBOSConfig

from webapp.errors import Rejected
from webapp.jobs.port import QUEUE, VERSION, WORKFLOW

Runner = Callable[[str], Any]

EMBEDDED_CONCURRENCY = 4
"""More writers only wait for one another on SQLite (jobs.md 1)."""
SERVER_CONCURRENCY = 16
POLL_SECONDS = 0.25

log = structlog.get_logger()


class Worker:
    """One running job engine in this process; `slot` is its stable name among workers."""

    def __init__(self, url: str, slot: str, runners: Mapping[str, Runner], sweep: Callable[[], None], every: float) -> None:
        self._url, self._slot, self._runners = url, slot, dict(runners)
        self._sweep, self._every = sweep, every
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Jobs run from now on, those left by an earlier life of this slot first; overdue work is swept up at once."""
        config: DBOSConfig = {
            "name": "guohe",
            "system_database_url": self._url,
            "application_version": VERSION,
            "executor_id": self._slot,
            "log_level": "ERROR",
            "run_admin_server": False,
        }
        DBOS(config=config)
        DBOS.workflow(name=WORKFLOW, max_recovery_attempts=1000)(self._run)
        DBOS.launch()
        embedded = self._url.startswith("sqlite")
        DBOS.register_queue(
            QUEUE,
            polling_interval_sec=POLL_SECONDS,
            worker_concurrency=EMBEDDED_CONCURRENCY if embedded else SERVER_CONCURRENCY,
        )
        self._thread = threading.Thread(target=self._sweeper, name="reconciler", daemon=True)
        self._thread.start()

    def stop(self, seconds: int = 20) -> None:
        """No new job begins; running ones get up to `seconds` to end."""
        self._stop.set()
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=seconds)
        if self._thread is not None:
            self._thread.join(timeout=5)

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
        while True:
            try:
                self._sweep()
            except Exception:
                log.exception("reconciler.failed")
            if self._stop.wait(self._every):
                return


def prepare(url: str) -> None:
    """The job engine's own tables exist."""
    DBOS(config={"name": "guohe", "system_database_url": url, "application_version": VERSION, "log_level": "ERROR"})
    DBOS.launch()
    DBOS.destroy(destroy_registry=True)
