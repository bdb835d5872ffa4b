"""Do lists cost more the larger the archive is? An inbox of a city among a thousand to a million rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, thread_time
from typing import Any

from webapp import clock
from webapp.bench.ground import percentile
from webapp.store import inbox, timers
from webapp.store.db import Database, Tx
from webapp.store.principal import Principal, Seat

SYSTEM = Principal.system_("worker")
REPEATS = 300
WARM = 10
CITY = "city-3300"
QUERIES: dict[str, Callable[[Tx, Principal], object]] = {
    "page": inbox.for_seat,
    "badge": inbox.counts,
    "timers": lambda tx, _who: timers.due(tx, clock.now()),
}
TASKS = """
INSERT INTO task (id, case_id, root, process, element, title, number, case_title, base_name, role, org_id, city, status,
                  arrived_at, due_on, sort_on, urged, lane, form, priority, visit, done_at, done_by, reminders, outcome, late)
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :count - 1)
SELECT printf('t%09d', i), printf('c%08d', i / 10), 'designation', 'designation', 'recommender_review', '审核初评',
       printf('RD-2026-%06d', i / 10), '示例事项', '', 'recommender', 'city-3300' || printf('%02d', i % 11), '330100',
       CASE WHEN i % 10 = 0 THEN 'open' ELSE 'done' END, '2026-01-05 01:00:00.000000',
       date('2026-03-10', (i % 80 - 20) || ' days'), date('2026-03-10', (i % 80 - 20) || ' days'), 0,
       '组织推荐部门', '', 0, 1,
       CASE WHEN i % 10 = 0 THEN NULL ELSE '2026-02-05 01:00:00.000000' END,
       CASE WHEN i % 10 = 0 THEN NULL ELSE 'p' || (i % 500) END, '[]', '', 0
FROM n"""
CASES = """
INSERT INTO "case" (id, number, process, title, status, state, version, steps, started_at, journal_seq, journal_hash)
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :count / 10 - 1)
SELECT printf('c%08d', i), printf('RD-2026-%06d', i), 'designation', '示例事项', 'open', '', 1, 1,
       '2026-01-05 01:00:00.000000', 0, '' FROM n"""
TIMERS = """
INSERT INTO timer (id, case_id, engine_id, element, kind, due_at, generation, status)
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :count / 3 - 1)
SELECT printf('m%09d', i), printf('c%08d', i / 4), '', 'late', 'token',
       CASE WHEN i % 5000 = 0 THEN '2026-03-09 01:00:00.000000' ELSE '2027-03-09 01:00:00.000000' END, 1,
       CASE WHEN i % 4 = 0 THEN 'waiting' ELSE 'fired' END FROM n"""


def measure(folder: Path, sizes: tuple[int, ...]) -> dict[str, Any]:
    """p50 and p95 of each query in ms by number of task rows; `ratio`: the largest p95 beside the smallest table's.

    CPU besides, for the clock on the wall also counts what others did on a shared machine.
    """
    figures: dict[str, Any] = {}
    for size in sizes:
        path = folder / f"inbox{size}.db"
        database = Database(f"sqlite:///{path}")
        database.upgrade()
        _fill(path, size)
        figures[str(size)] = _timed(database)
        database.close()
        path.unlink()
    first, last = (figures[str(size)] for size in (sizes[0], sizes[-1]))
    ratios = {name: last[name]["p95"] / first[name]["p95"] for name in QUERIES}
    of_cpu = {name: last[name]["p95_cpu"] / first[name]["p95_cpu"] for name in QUERIES}
    return figures | {"ratio": max(ratios.values()), "ratios": ratios, "cpu_ratios": of_cpu}


def _fill(path: Path, size: int) -> None:
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA synchronous = OFF")
    raw.execute("PRAGMA foreign_keys = OFF")
    for statement in (CASES, TASKS, TIMERS):
        raw.execute(statement, {"count": size})
    raw.commit()
    raw.execute("ANALYZE")
    raw.commit()
    raw.close()


def _timed(database: Database) -> dict[str, Any]:
    """Each query as a request asks it, filtered to its person, on a warm cache; the page's figures stand for the size."""
    found: dict[str, Any] = {}
    for name, ask in QUERIES.items():
        spent, worked = list[float](), list[float]()
        for number in range(REPEATS + WARM):
            who = _recommender(f"{CITY}{number % 11:02d}")
            with database.reading(SYSTEM if name == "timers" else who) as tx:
                before, cpu = perf_counter(), thread_time()
                ask(tx, who)
                spent.append((perf_counter() - before) * 1e3)
                worked.append((thread_time() - cpu) * 1e3)
        shares = {"p50": 0.5, "p95": 0.95}
        found[name] = {key: percentile(spent[WARM:], share) for key, share in shares.items()}
        found[name] |= {f"{key}_cpu": percentile(worked[WARM:], share) for key, share in shares.items()}
    return {**found["page"], **found}


def _recommender(org_id: str) -> Principal:
    seat = Seat(id="s", person_id="p", role="recommender", org_id=org_id, scope="recommended")
    return Principal(person_id="p", name="示例", seats=(seat,), seat=seat)
