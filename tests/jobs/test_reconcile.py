"""What is due is done even when its job was lost: the rows say so, in order of due time, and nothing holds up the rest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests import factories
from tests.faults import load
from tests.faults.roles import PROCESS
from tests.jobs.conftest import settings, until
from webapp import clock
from webapp.engine import commands
from webapp.installation import Installation
from webapp.jobs.reconcile import BATCH, PATIENCE, Reconciler
from webapp.jobs.worker import HOURLY, SWEEP_SECONDS, Worker
from webapp.store import anchors, cases, inbox, parameters, people, timers
from webapp.store.db import Database
from webapp.store.principal import Principal
from webapp.store.tables import Command, LoginAttempt

SYSTEM = Principal.system_("command")


class Book:
    """A runner that notes refs, ends their timers, and breaks on those named."""

    def __init__(self, database: Database, broken: tuple[str, ...] = ()) -> None:
        self.database, self.broken = database, broken
        self.ran: list[str] = []

    def __call__(self, ref: str) -> None:
        timer_id = ref.partition(":")[0]
        self.ran.append(timer_id)
        if timer_id in self.broken:
            raise ValueError(timer_id)
        with self.database.writing(SYSTEM) as tx:
            timers.fire(tx, timer_id)


def _timers(database: Database, *ages: int, status: str = "open", prefix: str = "t") -> None:
    """A timer for each age in seconds, named by it."""
    with database.writing(SYSTEM) as tx:
        host = factories.add_host(tx)
        case = factories.add_case(tx, host_id=host.id, status=status)
        rows = [
            {"id": f"{prefix}{age}", "case_id": case.id, "element": "e", "due_at": clock.now() - timedelta(seconds=age)}
            for age in ages
        ]
        timers.put(tx, rows)


def test_overdue_timers_run_in_order_of_due_time_however_many(database: Database) -> None:
    count = BATCH * 2 + 7
    _timers(database, *range(30, 30 + count))
    book = Book(database)
    assert Reconciler(database, {"wake": book}).sweep() == count
    assert book.ran == [f"t{age}" for age in range(29 + count, 29, -1)]


def test_what_is_not_late_yet_is_left_to_its_job_but_not_at_the_start(database: Database) -> None:
    _timers(database, 5, 90)
    book = Book(database)
    reconciler = Reconciler(database, {"wake": book})
    assert reconciler.sweep() == 1
    assert book.ran == ["t90"]
    assert reconciler.sweep(timedelta()) == 1
    assert book.ran == ["t90", "t5"]


def test_a_lost_job_is_found_within_a_minute() -> None:
    assert PATIENCE + timedelta(seconds=SWEEP_SECONDS) <= timedelta(seconds=60)


def test_one_that_breaks_waits_longer_each_time_and_holds_up_nobody(
    database: Database, today: Callable[[str], datetime]
) -> None:
    start = today("2026-03-10")
    _timers(database, 100, 200)
    book = Book(database, broken=("t200",))
    reconciler = Reconciler(database, {"wake": book})
    reconciler.sweep()
    assert book.ran == ["t200", "t100"]
    reconciler.sweep()
    assert book.ran == ["t200", "t100"], "its pause is not over"
    for seconds, tries in ((31, 2), (60, 2), (92, 3)):
        clock.stand_at(start + timedelta(seconds=seconds))
        reconciler.sweep()
        assert book.ran.count("t200") == tries, seconds


def test_timers_of_a_suspended_case_neither_run_nor_take_the_place_of_others(database: Database) -> None:
    _timers(database, *range(1000, 1000 + BATCH + 50), status="suspended", prefix="s")
    _timers(database, 90)
    book = Book(database)
    Reconciler(database, {"wake": book}).sweep()
    assert book.ran == ["t90"]


@pytest.mark.slow
def test_a_worker_fires_what_fell_due_while_nobody_was_there(database: Database, tmp_path: Path) -> None:
    """A real case whose job was never written: an installation without a queue started and submitted it."""
    url = database.url.render_as_string(hide_password=False)
    load.ground(url, tmp_path)
    silent = Installation(settings(url, tmp_path), queued=False)
    with silent.database.writing(SYSTEM) as tx:
        officer = people.principal_of(tx, "p-officer")
        case_id = commands.start(tx, officer, PROCESS, command_id="start", title="无人值守").case_id
    with silent.database.writing(SYSTEM) as tx:
        task = inbox.of_case(tx, case_id, open_only=True)[0].id
        commands.submit(tx, officer, task, {}, "go", command_id="submit")
    silent.close()
    served = Installation(settings(url, tmp_path))
    worker = served.worker("embedded")
    worker.start()
    try:
        until(lambda: _open(served, case_id) == ["second"])
    finally:
        worker.stop(5)
        served.close()


@pytest.mark.slow
def test_the_journal_is_anchored_outside_once_an_hour(installation: Installation) -> None:
    folder, secret = installation.settings.anchors, installation.settings.secret
    for _ in range(2):
        worker = Worker(installation.database, "test@1", installation.runners, sweep_every=0.2)
        worker.start()
        try:
            until(lambda: anchors.read(folder, secret).at)
        finally:
            worker.stop(5)
    lines = [line for path in folder.glob("*.jsonl") for line in path.read_text().splitlines()]
    assert len(lines) in (1, 2), "one, or two when the hour struck"
    with installation.database.reading(Principal.system_("audit")) as tx:
        assert anchors.verify_all(tx, folder, secret) == []


def test_logs_are_kept_as_long_as_they_must_and_no_longer(installation: Installation) -> None:
    """网络安全法：网络日志留存不少于六个月；参数要求更短时，仍留六个月。"""
    with installation.database.writing(SYSTEM) as tx:
        parameters.put(tx, "log.keep_days", 30, clock.today() - timedelta(days=1), source="测试")
        for days in (200, 170):
            at = clock.now() - timedelta(days=days)
            row = {"network": "127.0.0.0/24", "at": at, "ok": False}
            tx.insert(LoginAttempt, [{"id": f"a{days}", "login": f"{days}", **row}])
            tx.insert(Command, [{"id": f"c{days}", "verb": "submit", "actor": "p", "answer": {}, "at": at}])
    installation.runners["sweep"]("hour")
    with installation.database.reading(SYSTEM) as tx:
        assert list(tx.scalars(select(LoginAttempt.id))) == ["a170"]
        assert list(tx.scalars(select(Command.id))) == ["c170"]


def test_every_hourly_kind_has_its_runner(installation: Installation) -> None:
    assert set(HOURLY) <= installation.runners.keys()


def test_a_package_that_could_not_be_made_is_looked_for_again(database: Database) -> None:
    with database.writing(SYSTEM) as tx:
        host = factories.add_host(tx)
        ended = factories.add_case(tx, host_id=host.id, status="done", ended_at=clock.now() - timedelta(hours=1))
        factories.add_case(tx, host_id=host.id, status="done", ended_at=clock.now())
        factories.add_case(tx, host_id=host.id)
        now = clock.now()
        found = cases.unarchived(tx, "archive", now - timedelta(days=30), now - timedelta(minutes=10))
        assert list(found) == [ended.id]


def _open(installation: Installation, case_id: str) -> list[str]:
    with installation.database.reading(SYSTEM) as tx:
        return [task.element for task in inbox.of_case(tx, case_id, open_only=True)]
