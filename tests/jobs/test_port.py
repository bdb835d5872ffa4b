"""Jobs belong to the transaction that asked for them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.jobs.conftest import until
from webapp import clock
from webapp.installation import Installation
from webapp.jobs.worker import Worker
from webapp.store.principal import Principal

SYSTEM = Principal.system_("command")


class Notebook:
    """A worker whose jobs only write down that they ran."""

    def __init__(self, installation: Installation) -> None:
        self.ran: list[str] = []
        self.worker = Worker(installation.database, "test@1", {"note": self._note, "fail": self._fail})

    def __enter__(self) -> Notebook:
        self.worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.worker.stop(5)

    def _note(self, ref: str) -> None:
        self.ran.append(ref)

    def _fail(self, ref: str) -> None:
        self.ran.append(ref)
        raise ValueError(ref)


def test_a_job_runs_after_the_commit_and_once_however_often_it_is_asked(installation: Installation) -> None:
    with Notebook(installation) as book:
        with installation.database.writing(SYSTEM) as tx:
            installation.jobs.enqueue(tx, "note", "a:1")
            installation.jobs.enqueue(tx, "note", "a:1")
        with installation.database.writing(SYSTEM) as tx:
            installation.jobs.enqueue(tx, "note", "a:1")
            installation.jobs.enqueue(tx, "note", "a:2")
            assert tx.statements == ["job.enqueue"] * 4
        until(lambda: "a:2" in book.ran)
    assert sorted(book.ran) == ["a:1", "a:2"]


def test_a_rolled_back_transaction_leaves_no_job(installation: Installation) -> None:
    with Notebook(installation) as book:
        with pytest.raises(ZeroDivisionError):
            _enqueue_and_fail(installation)
        with installation.database.writing(SYSTEM) as tx:
            installation.jobs.enqueue(tx, "note", "done")
        until(lambda: book.ran)
    assert book.ran == ["done"]


def test_a_delayed_job_waits(installation: Installation) -> None:
    with Notebook(installation) as book:
        with installation.database.writing(SYSTEM) as tx:
            installation.jobs.enqueue(tx, "note", "later", clock.now() + timedelta(seconds=1.5))
            installation.jobs.enqueue(tx, "note", "next year", clock.now() + timedelta(days=365))
            installation.jobs.enqueue(tx, "note", "past", clock.now() - timedelta(days=1))
        begun = clock.now()
        until(lambda: "later" in book.ran)
        assert clock.now() - begun > timedelta(seconds=1)
    assert book.ran == ["past", "later"]


def test_a_job_that_fails_or_has_no_runner_does_not_stop_the_others(installation: Installation) -> None:
    with Notebook(installation) as book:
        with installation.database.writing(SYSTEM) as tx:
            installation.jobs.enqueue(tx, "fail", "broken")
            installation.jobs.enqueue(tx, "nobody knows", "unknown")
            installation.jobs.enqueue(tx, "note", "fine")
        until(lambda: "fine" in book.ran)
    assert sorted(book.ran) == ["broken", "fine"]


def test_jobs_left_over_run_at_the_next_start(installation: Installation) -> None:
    with installation.database.writing(SYSTEM) as tx:
        installation.jobs.enqueue(tx, "note", "left over")
    with Notebook(installation) as book:
        until(lambda: book.ran)
    with Notebook(installation) as again:
        until(lambda: True)
    assert (book.ran, again.ran) == (["left over"], [])


def _enqueue_and_fail(installation: Installation) -> None:
    with installation.database.writing(SYSTEM) as tx:
        installation.jobs.enqueue(tx, "note", "undone")
        raise ZeroDivisionError
