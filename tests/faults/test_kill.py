"""kill -9 anywhere: an acknowledged action is never lost and takes effect once (design.md 2, promise 1)."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.faults import load
from tests.faults.nursery import Nursery
from webapp import failpoints
from webapp.store.db import Database

pytestmark = pytest.mark.slow

KILLS = 200 if load.LONG else 20
CASES = 400 if load.LONG else 60
USERS = 3


@pytest.fixture
def url(database: Database, tmp_path: Path) -> str:
    found = database.url.render_as_string(hide_password=False)
    load.ground(found, tmp_path)
    return found


def test_nothing_is_lost_or_doubled_by_kills_at_random_moments(url: str, tmp_path: Path) -> None:
    rng = random.Random(20260310)
    with Nursery(tmp_path) as nursery:
        crowd = _Crowd(nursery, url, tmp_path, CASES)
        for _ in range(KILLS):
            time.sleep(rng.uniform(0.05, 0.7))
            crowd.kill_one(rng)
        crowd.finish()
    assert load.faults_of(url, tmp_path, CASES) == []


def test_nothing_is_lost_or_doubled_by_a_kill_at_any_named_place(url: str, tmp_path: Path) -> None:
    died = {}
    with Nursery(tmp_path) as nursery:
        crowd = _Crowd(nursery, url, tmp_path, 0)
        for goal, name in enumerate(sorted(failpoints.NAMES), start=1):
            doomed = nursery.spawn("user", failpoint=name, url=url, folder=str(tmp_path), goal=goal, seed=goal)
            died[name] = nursery.wait(doomed)
            mourner = nursery.spawn("user", url=url, folder=str(tmp_path), goal=goal, seed=goal)
            assert nursery.wait(mourner) == 0, f"after {name}; see {nursery.log}"
        crowd.finish()
    assert died == dict.fromkeys(failpoints.NAMES, failpoints.EXIT_CODE), "every place was visited"
    assert load.faults_of(url, tmp_path, len(failpoints.NAMES)) == []


class _Crowd:
    """Users and a worker, each replaced when it is killed."""

    def __init__(self, nursery: Nursery, url: str, folder: Path, goal: int) -> None:
        self._nursery, self._options = nursery, {"url": url, "folder": str(folder)}
        self._goal = goal
        self._users = {nursery.spawn("user", goal=goal, seed=n, **self._options) for n in range(USERS) if goal}
        self._worker = self._new_worker()
        self._seed = USERS

    def kill_one(self, rng: random.Random) -> None:
        victim = rng.choice([*sorted(self._users), self._worker])
        self._nursery.kill(victim)
        if victim == self._worker:
            self._worker = self._new_worker()
        else:
            self._seed += 1
            self._users.remove(victim)
            self._users.add(self._nursery.spawn("user", goal=self._goal, seed=self._seed, **self._options))

    def finish(self) -> None:
        """Everybody has done all there was to do."""
        for pid in self._users:
            assert self._nursery.wait(pid) == 0, self._nursery.log.read_text()[-3000:]
        self._nursery.kill(self._worker)

    def _new_worker(self) -> int:
        return self._nursery.spawn("worker", slot="embedded", every=2.0, patience=5.0, **self._options)
