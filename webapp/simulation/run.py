"""The day loop: the clock moves on, timers fire, people work, and what must hold is looked at every evening."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

from webapp import clock
from webapp.config import Settings
from webapp.demo.walk import SYSTEM, Walk
from webapp.installation import Installation
from webapp.simulation import province
from webapp.simulation.invariants import Breach, Watcher
from webapp.simulation.people import Desks
from webapp.simulation.years import Year
from webapp.store import audits, ids

BEGIN = date(2026, 1, 1)
OPENS, CLOSES = time(9, 0), time(17, 30)
MODELS = Path(__file__).resolve().parents[2]
STOPPED = ((1, 30), (2, 2))
"""In the third year the system stands still over 31 January and starts again on 2 February."""
STOPPED_YEAR = 2


@contextmanager
def installed(models: Path = MODELS) -> Iterator[tuple[Installation, Path]]:
    """A new installation on SQLite in a folder that is gone afterwards."""
    memory = Path("/dev/shm")  # noqa: S108  # a folder of our own is made in it
    folder = Path(tempfile.mkdtemp(prefix="guohe-", dir=memory if memory.is_dir() else None))
    database, anchors = f"sqlite:///{folder / 'province.db'}", folder / "anchors"
    settings = Settings(database=database, files=folder / "files", models=models, secret="simulation", anchors=anchors)  # noqa: S106  # thrown away
    installation = Installation(settings, queued=False)
    try:
        installation.upgrade()
        yield installation, folder
    finally:
        clock.stand_at(None)
        installation.close()
        shutil.rmtree(folder, ignore_errors=True)


def simulate(installation: Installation, *, years: int, bases: int, seed: int, begin: date = BEGIN) -> dict[str, Any]:
    """The report of that many years: `broken`, `counts`, `durations` (working days), `unable`, `seconds`."""
    rng = Random(seed)  # noqa: S311  # a simulation wants the same numbers again
    with ids.drawn_from(Random(seed).getrandbits):  # noqa: S311
        return _simulated(installation, rng, years, bases, seed, begin)


def _simulated(
    installation: Installation, rng: Random, years: int, bases: int, seed: int, begin: date
) -> dict[str, Any]:
    started = perf_counter()
    clock.stand_at(_moment(begin, OPENS))
    hosts, file_id = province.found(installation, bases, rng, begin)
    walk = Walk(installation)
    desks, watcher = Desks(walk, rng, file_id, hosts), Watcher(installation)
    year = Year(walk, desks, hosts, rng, file_id, bases)
    broken: list[Breach] = []
    per_year: list[float] = []
    for number in range(years):
        clocked = perf_counter()
        current = begin.year + number
        year.plan(current, number)
        for day in _days(current):
            if number == STOPPED_YEAR and date(current, *STOPPED[0]) <= day < date(current, *STOPPED[1]):
                continue
            broken += _day(installation, walk, desks, year, watcher, day)
        broken += watcher.after_year()
        per_year.append(round(perf_counter() - clocked, 1))
    report = _report(installation, desks, year, broken)
    return {
        **report,
        "years": years,
        "bases": bases,
        "seed": seed,
        "per_year": per_year,
        "seconds": round(perf_counter() - started, 1),
    }


def _days(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)


def _day(installation: Installation, walk: Walk, desks: Desks, year: Year, watcher: Watcher, day: date) -> list[Breach]:
    walk.at(_moment(day, OPENS))
    installation.runners["yearly"]("")
    walk.works()
    year.begin_today()
    desks.look()
    desks.work()
    walk.at(_moment(day, CLOSES))
    desks.look()
    return watcher.after_day()


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, clock.CHINA)


def _report(installation: Installation, desks: Desks, year: Year, broken: list[Breach]) -> dict[str, Any]:
    with installation.database.reading(SYSTEM) as tx:
        ends = audits.ends(tx)
        spent = audits.workdays_spent(tx)
        statuses = audits.base_statuses(tx)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for process, end, count in ends:
        counts[process][end] += count
    unable = {
        f"{process}.{element}": f"{desks.failed[process, element]} × {why[:300]}"
        for (process, element), why in desks.unable.items()
    }
    return {
        "broken": [{"day": each.day.isoformat(), "case": each.case, "invariant": each.invariant} for each in broken],
        "counts": {process: dict(sorted(found.items())) for process, found in sorted(counts.items())},
        "bases_now": statuses,
        "tasks": dict(sorted(desks.done.items())),
        "durations": {name: {"median": median(days), "n": len(days)} for name, days in sorted(spent.items())},
        "refused": dict(sorted(year.refused.items())),
        "unable": dict(sorted(unable.items())),
    }
