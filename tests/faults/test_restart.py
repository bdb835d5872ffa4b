"""The database goes away in the middle of work: what was acknowledged is there, and everybody goes on by himself."""

from __future__ import annotations

import os
import pwd
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests import postgres
from tests.faults import load
from tests.faults.nursery import Nursery

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

RESTARTS = 20 if load.LONG else 3
CASES = 200 if load.LONG else 40


@pytest.fixture
def server() -> Iterator[str]:
    if os.environ.get(postgres.URL):
        pytest.skip("a server that is not ours is not restarted")
    with postgres.cluster(durable=True) as url:
        yield url


def test_postgresql_restarted_under_load_loses_nothing(server: str, tmp_path: Path) -> None:
    url = postgres.create(server, "restarted")
    load.ground(url, tmp_path)
    control = _Control(server)
    with Nursery(tmp_path) as nursery:
        options = {"url": url, "folder": str(tmp_path)}
        users = [nursery.spawn("user", goal=CASES, seed=n, **options) for n in range(3)]
        workers = [nursery.spawn("worker", slot=f"worker@{n}", every=2.0, patience=5.0, **options) for n in (1, 2)]
        for _ in range(RESTARTS):
            time.sleep(1.5)
            control.restart()
        for pid in users:
            assert nursery.wait(pid) == 0, nursery.log.read_text()[-3000:]
        for pid in workers:
            nursery.kill(pid)
    assert load.faults_of(url, tmp_path, CASES) == []


def test_jobs_of_a_worker_that_died_for_good_are_done_by_another(postgres_server: str, tmp_path: Path) -> None:
    """Killed with jobs begun and never started again: the survivor finds its slot free (jobs.md 1)."""
    name = f"adopted_{os.getpid()}"
    url = postgres.create(postgres_server, name)
    try:
        load.ground(url, tmp_path)
        with Nursery(tmp_path) as nursery:
            options = {"url": url, "folder": str(tmp_path)}
            doomed = nursery.spawn("worker", slot="worker@1", failpoint="before_commit", every=60.0, **options)
            user = nursery.spawn("user", goal=6, seed=1, **options)
            nursery.wait(doomed)
            survivor = nursery.spawn("worker", slot="worker@2", every=1.0, patience=2.0, **options)
            assert nursery.wait(user) == 0
            _until_no_job_is_begun(url)
            nursery.kill(survivor)
        assert load.faults_of(url, tmp_path, 6) == []
    finally:
        postgres.drop(postgres_server, name)


def _until_no_job_is_begun(url: str) -> None:
    deadline = time.monotonic() + 60
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        while True:
            query = "SELECT count(*) FROM dbos.workflow_status WHERE status IN ('PENDING', 'ENQUEUED')"
            row = connection.execute(query).fetchone()
            if row is not None and row[0] == 0:
                return
            assert time.monotonic() < deadline, "jobs of the dead worker were not adopted"
            time.sleep(0.2)


class _Control:
    """Stops and starts the server as an operator or a power cut would."""

    def __init__(self, server: str) -> None:
        with psycopg.connect(server) as connection:
            rows = [connection.execute(f"SHOW {name}").fetchone() for name in ("data_directory", "config_file")]
        assert rows[0] is not None
        self._data = str(rows[0][0])

    def restart(self) -> None:
        """Immediately, as if it had crashed; it recovers from its log."""
        binary = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))[-1]
        how: dict[str, object] = {"cwd": "/", "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            how |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        command = [
            str(binary),
            "-D",
            self._data,
            "-l",
            f"{self._data}/restarted.log",
            "-m",
            "immediate",
            "-w",
            "restart",
        ]
        subprocess.run(command, check=True, **how)  # type: ignore[call-overload]
