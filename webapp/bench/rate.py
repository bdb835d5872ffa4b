"""How many completions a second four threads make on SQLite, beside bare durable commits on the same disk.

Real tasks with their forms, rules and effects; and, for comparison, the empty task of a loop.
"""

from __future__ import annotations

import contextvars
import sqlite3
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from webapp.bench.ground import STEPS, Ground, percentile
from webapp.bench.history import PROCESS
from webapp.demo.walk import SYSTEM
from webapp.engine import commands
from webapp.store import inbox

THREADS = 4


class Watch:
    """What was done, how long each took, and in how much time and CPU altogether."""

    def __init__(self) -> None:
        self.spent: list[float] = []
        self.seconds = self.cpu = 0.0

    def together(self, acts: Sequence[Callable[[], object]]) -> None:
        """All acts are done, each by whichever of the threads it fell to."""

        def work(number: int) -> None:
            for act in acts[number::THREADS]:
                before = perf_counter()
                act()
                self.spent.append((perf_counter() - before) * 1e3)

        cpu = process_time()
        self.seconds += _together(work)
        self.cpu += process_time() - cpu

    def figures(self) -> dict[str, float]:
        """A second, and ms."""
        return {
            "sqlite_4_threads": len(self.spent) / self.seconds,
            "cpu_ms": self.cpu / len(self.spent) * 1e3,
            **{f"p{share}_ms": percentile(self.spent, share / 100) for share in (50, 95)},
            "most_ms": max(self.spent),
        }


def measure(ground: Ground, folder: Path, round_id: str, cases: int, rounds: int) -> dict[str, Any]:
    """Completions a second: of as many applications every step, and of `cases` loops `rounds` times each."""
    real, empty = Watch(), Watch()
    before = _bare(folder, cases * rounds)
    _applications(ground, round_id, cases, real)
    middle = _bare(folder, cases * rounds)
    _loops(ground, cases, rounds, empty)
    bare = (before + middle + _bare(folder, cases * rounds)) / 3
    found, loop = real.figures(), empty.figures()
    share = {"share_of_bare": found["sqlite_4_threads"] / bare}
    return {**found, "bare_commits": bare, **share, "loop": loop | {"share_of_bare": loop["sqlite_4_threads"] / bare}}


def _applications(ground: Ground, round_id: str, count: int, watch: Watch) -> None:
    """Each step of all applications at once; the jobs between two steps are not counted."""
    drafts = [ground.application(round_id) for _ in range(count)]
    for element in STEPS:
        sheets = [ground.sheet(case_id, element, content) for case_id, content in drafts]
        watch.together([partial(ground.submit, sheet) for sheet in sheets])
        ground.walk.works()


def _loops(ground: Ground, count: int, rounds: int, watch: Watch) -> None:
    actor = ground.walk.person("p-officer")
    tasks = [_open(ground, ground.walk.starts(PROCESS, "p-officer", title=f"并发{n}")) for n in range(count)]

    def complete(place: int) -> None:
        with ground.database.writing(SYSTEM) as tx:
            answer = commands.submit(tx, actor, tasks[place], {}, "more", command_id=f"rate-{tasks[place]}")
        tasks[place] = answer.task_ids[0]

    places = range(count - count % THREADS)  # so that a case is always the same thread's
    watch.together([partial(complete, place) for _ in range(rounds) for place in places])


def _open(ground: Ground, case_id: str) -> str:
    with ground.database.reading(SYSTEM) as tx:
        return inbox.of_case(tx, case_id, open_only=True)[0].id


def _together(work: Callable[[int], None]) -> float:
    """Seconds until all threads have done their work; each sees the clock as it stands here."""
    failures: list[BaseException] = []

    def guarded(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(guarded, number)) for number in range(THREADS)
    ]
    before = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return perf_counter() - before


def _bare(folder: Path, count: int) -> float:
    """Durable commits of one small row a second, one connection, nothing else."""
    path = folder / "bare.db"
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute("CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, x TEXT)")
    before = perf_counter()
    for _ in range(count):
        raw.execute("BEGIN IMMEDIATE")
        raw.execute("INSERT INTO bare (x) VALUES (?)", ("x" * 100,))
        raw.execute("COMMIT")
    seconds = perf_counter() - before
    raw.close()
    path.unlink()
    return count / seconds
