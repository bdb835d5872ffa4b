"""Enqueue in the caller's own transaction. `kind` names a runner of the worker, `ref` is all that the runner gets.

A job's id is `kind:ref`; the same id twice is one job, and one that has run never runs again, hence generations.
"""

from __future__ import annotations

from datetime import datetime

from dbos import DBOSClient
from dbos import EnqueueOptions as Options

from webapp import clock, failpoints
from webapp.store.db import Database, Tx, stmt

APPLICATION = "guohe"
QUEUE = "jobs"
WORKFLOW = "job"
LABEL = "job.enqueue"
"""The job library's statements are counted under this name, apart from ours (settled 29)."""


class Jobs:
    """The port that commands enqueue through; safe to share among threads."""

    def __init__(self, database: Database) -> None:
        """Opens nothing: every enqueue rides on its caller's connection."""
        self._client = DBOSClient(system_database_engine=database.engine, application_name=APPLICATION, lazy=True)

    def enqueue(self, tx: Tx, kind: str, ref: str, at: datetime | None = None) -> None:
        """After the caller's commit a worker runs `kind` with `ref`, not before `at`; once, however often asked."""
        options: Options = {"workflow_name": WORKFLOW, "queue_name": QUEUE, "workflow_id": f"{kind}:{ref}"}
        wait = (at - clock.now()).total_seconds() if at else 0.0
        if wait > 0:
            options["delay_seconds"] = wait
        failpoints.hit("before_enqueue")
        with stmt(LABEL):
            self._client.enqueue_in_transaction(tx.raw_session(), options, kind, ref)
        failpoints.hit("after_enqueue")

    def close(self) -> None:
        """The client's own connections are given back."""
        self._client.destroy()
