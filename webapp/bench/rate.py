"""How many completions a second four threads make on SQLite, beside bare durable commits on the same disk."""

from __future__ import annotations

import contextvars
import sqlite3
import threading
from pathlib import Path
from time import perf_counter
from typing import Any

from webapp.bench.ground import Ground, percentile
from webapp.bench.history import PROCESS
from webapp.demo.walk import SYSTEM
from webapp.engine import commands
from webapp.store import inbox

THREADS = 4


def measure(ground: Ground, folder: Path, cases: int, rounds: int) -> dict[str, Any]:
    """Completions a second: `cases` cases of the loop, each completed `rounds` times, by whichever thread is free."""
    actor = ground.walk.person("p-officer")
    open_now = [_open(ground, ground.walk.starts(PROCESS, "p-officer", title=f"并发{n}")) for n in range(cases)]
    lines = [open_now[n::THREADS] for n in range(THREADS)]
    spent: list[float] = []

    def work(number: int) -> None:
        for turn in range(rounds):
            for place, task_id in enumerate(lines[number]):
                before = perf_counter()
                with ground.database.writing(SYSTEM) as tx:
                    answer = commands.submit(tx, actor, task_id, {}, "more", command_id=f"rate-{task_id}-{turn}")
                lines[number][place] = answer.task_ids[0]
                spent.append((perf_counter() - before) * 1e3)

    bare_before = _bare(folder, cases * rounds)
    seconds = _together(work)
    bare = (bare_before + _bare(folder, cases * rounds)) / 2
    rate = len(spent) / seconds
    return {
        "sqlite_4_threads": rate,
        "p50_ms": percentile(spent, 0.5),
        "p95_ms": percentile(spent, 0.95),
        "bare_commits": bare,
        "share_of_bare": rate / bare,
    }


def _open(ground: Ground, case_id: str) -> str:
    with ground.database.reading(SYSTEM) as tx:
        return inbox.of_case(tx, case_id, open_only=True)[0].id


def _together(work: Any) -> float:
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
