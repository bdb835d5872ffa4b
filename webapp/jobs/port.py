"""Enqueue in the caller's own transaction. `kind` names a runner that app.py gives to the worker; `ref` is all it gets.

A job's id is `kind:ref`; the same id twice is one job, and a cancelled id never comes back, hence generations in refs.
"""

from __future__ import annotations

from datetime import datetime

from dbos import DBOSClient
from dbos import EnqueueOptions as Options

from webapp import clock
from webapp.store.db import Database, Tx

QUEUE = "jobs"
WORKFLOW = "job"
VERSION = "1"
"""Constant on purpose: a job that was put off for a year runs on whatever code is there then (jobs.md 1)."""


class Jobs:
    """The port that commands enqueue through."""

    def __init__(self, database: Database) -> None:
        self._client = DBOSClient(system_database_engine=database.engine, lazy=True)

    def enqueue(self, tx: Tx, kind: str, ref: str, at: datetime | None = None) -> None:
        """After the caller's commit a worker runs `kind` with `ref`, not before `at`; once, however often it is asked."""
        options: Options = {"workflow_name": WORKFLOW, "queue_name": QUEUE, "workflow_id": f"{kind}:{ref}"}
        wait = (at - clock.now()).total_seconds() if at else 0.0
        if wait > 0:
            options["delay_seconds"] = wait
        with tx.labelled("job.enqueue"):
            self._client.enqueue_in_transaction(tx.raw_session(), options, kind, ref)

    def close(self) -> None:
        """The client's own connections are given back."""
        self._client.destroy()
