"""Figures for those who watch: how much waits, how much is late, how long things take, and where.

Every figure has the list behind it, built from the same condition, so that the two never disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import case as when
from sqlalchemy import func, select

from webapp import clock
from webapp.store import inbox, incidents, outbox, pages, timers
from webapp.store.db import Tx, stmt
from webapp.store.pages import Page, literal
from webapp.store.tables import Case, Organisation, Task

DIMENSIONS = {
    "process": Task.process,
    "root": Task.root,
    "element": Task.element,
    "city": Task.city,
    "role": Task.role,
    "recommender": Task.recommender_id,
}
"""What the figures may be split by."""


@dataclass(frozen=True)
class Filter:
    """Which tasks count; a None matches all. since and until: business dates of completion, inclusive."""

    process: str | None = None
    element: str | None = None
    city: str | None = None
    recommender_id: str | None = None
    round_id: str | None = None
    role: str | None = None
    since: date | None = None
    until: date | None = None


@dataclass
class Figures:
    """Counts of tasks; `median_workdays` of the finished ones in working days, None when there are none."""

    open: int = 0
    due_soon: int = 0
    overdue: int = 0
    finished: int = 0
    finished_late: int = 0
    median_workdays: float | None = None
    durations: list[int] = field(default_factory=list, repr=False)


def figures(tx: Tx, by: str, which: Filter = Filter()) -> dict[str, Figures]:  # frozen
    """Figures split by a dimension ("" where a task has none): open now, and finished within the filter's days."""
    found: dict[str, Figures] = {}
    for key, total, soon, late in _open_counts(tx, by, which):
        row = found.setdefault(key or "", Figures())
        row.open, row.due_soon, row.overdue = total, int(soon or 0), int(late or 0)
    for key, workdays, late, count in _finished_counts(tx, by, which):
        row = found.setdefault(key or "", Figures())
        row.finished += count
        row.finished_late += count if late else 0
        if workdays is not None:
            row.durations += [workdays] * count
    for row in found.values():
        row.median_workdays = float(median(row.durations)) if row.durations else None
    return found


def total(tx: Tx, which: Filter = Filter()) -> Figures:  # frozen
    """The figures of everything together."""
    rows = list(figures(tx, "root", which).values())
    whole = Figures(
        open=sum(row.open for row in rows),
        due_soon=sum(row.due_soon for row in rows),
        overdue=sum(row.overdue for row in rows),
        finished=sum(row.finished for row in rows),
        finished_late=sum(row.finished_late for row in rows),
        durations=[days for row in rows for days in row.durations],
    )
    whole.median_workdays = float(median(whole.durations)) if whole.durations else None
    return whole


def tasks(
    tx: Tx,
    figure: str,
    which: Filter = Filter(),  # frozen
    *,
    after: str | None = None,
    limit: int = 50,
) -> Page[Task]:
    """The tasks that a figure counts: open, due_soon, overdue, finished or finished_late. Ordered by id."""
    query = select(Task).where(*_rules(figure, which))
    if after:
        query = query.where(Task.id > pages.parts_of(after, 1)[0])
    with stmt("monitor.tasks"):
        rows = tx.scalars(query.order_by(Task.id).limit(limit + 1)).all()
    return pages.cut(rows, limit, lambda task: (task.id,))


def trend(tx: Tx, months: int = 12, *, process: str | None = None) -> list[dict[str, Any]]:
    """Cases started and ended in each of the last calendar months in Zhejiang, oldest first: month, started, ended."""
    first = _month_back(clock.today(), months - 1)
    found = {_month(_month_back(clock.today(), back)): [0, 0] for back in range(months - 1, -1, -1)}
    for position, column in enumerate((Case.started_at, Case.ended_at)):
        query = select(column).where(column >= _start_of(first))
        if process:
            query = query.where(Case.process == process)
        with stmt("monitor.trend"):
            moments: Iterable[Any] = tx.scalars(query)
            for moment in moments:
                key = _month(clock.local(moment).date())
                if key in found:
                    found[key][position] += 1
    return [{"month": month, "started": started, "ended": ended} for month, (started, ended) in found.items()]


def cases_by_status(tx: Tx, *, process: str | None = None) -> dict[str, dict[str, int]]:
    """How many cases of each process have each status."""
    query = select(Case.process, Case.status, func.count())
    if process:
        query = query.where(Case.process == process)
    found: dict[str, dict[str, int]] = {}
    with stmt("monitor.cases"):
        for name, status, count in tx.execute(query.group_by(Case.process, Case.status)):
            found.setdefault(name, {})[status] = count
    return found


def tokens(tx: Tx, process: str, *, release_id: str | None = None) -> dict[str, int]:
    """How many open tasks stand at each element of the process, for the heat map on its diagram."""
    query = select(Task.element, func.count()).where(Task.status == literal("open"), Task.process == process)
    if release_id:
        query = query.where(Task.case_id.in_(select(Case.id).where(Case.release_id == release_id)))
    with stmt("monitor.tokens"):
        return {row[0]: row[1] for row in tx.execute(query.group_by(Task.element))}


def slowest(tx: Tx, which: Filter = Filter(), limit: int = 10) -> list[tuple[str, Figures]]:  # frozen
    """The elements whose finished tasks took longest, by median of working days."""
    rows = [(key, row) for key, row in figures(tx, "element", which).items() if row.median_workdays is not None]
    return sorted(rows, key=lambda pair: (-(pair[1].median_workdays or 0), pair[0]))[:limit]


def names_of(tx: Tx, by: str, keys: Iterable[str]) -> Mapping[str, str]:
    """Readable names of a dimension's keys, as far as the store knows any."""
    if by != "recommender":
        return {}
    wanted = [key for key in keys if key]
    query = select(Organisation.id, Organisation.name).where(Organisation.id.in_(wanted))
    return {row.id: row.name for row in tx.execute(query)}


def gauges(tx: Tx) -> dict[str, tuple[str, float]]:
    """What a monitoring system reads: name → (meaning, value)."""
    now = clock.now()
    overdue = select(func.count(Task.id)).where(Task.status == literal("open"), Task.sort_on < clock.today())
    oldest = timers.next_at(tx)
    lag = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
    return {
        "tasks_open": ("Open tasks", float(_open_total(tx))),
        "tasks_overdue": ("Open tasks past their due day", float(tx.scalar(overdue) or 0)),
        "timers_late": ("Waiting timers more than a minute late", float(timers.late(tx, now - timedelta(minutes=1)))),
        "timer_lag_seconds": ("Age of the earliest waiting timer that is due", lag),
        "outbox_late": ("Messages undelivered after a minute", float(outbox.late(tx, now - timedelta(minutes=1)))),
        "incidents_open": ("Open incidents", float(incidents.count_open(tx))),
    }


# ---------------------------------------------------------------------------------------------- conditions


def _rules(figure: str, which: Filter) -> list[Any]:
    today = clock.today()
    rules = _where(which)
    match figure:
        case "open":
            return [*rules, Task.status == literal("open")]
        case "due_soon":
            return [*rules, Task.status == literal("open"), *_soon(today)]
        case "overdue":
            return [*rules, Task.status == literal("open"), Task.sort_on < today]
        case "finished":
            return [*rules, *_finished(which)]
        case "finished_late":
            return [*rules, *_finished(which), _was_late()]
    raise ValueError(f"no figure is called {figure}")


def _where(which: Filter) -> list[Any]:
    equal = {
        Task.root: which.process,
        Task.element: which.element,
        Task.city: which.city,
        Task.recommender_id: which.recommender_id,
        Task.round_id: which.round_id,
        Task.role: which.role,
    }
    return [column == value for column, value in equal.items() if value is not None]


def _soon(today: date) -> list[Any]:
    return [Task.sort_on >= today, Task.sort_on <= inbox.soon(today)]


def _finished(which: Filter) -> list[Any]:
    rules: list[Any] = [Task.status == "done"]
    if which.since:
        rules.append(Task.done_at >= _start_of(which.since))
    if which.until:
        rules.append(Task.done_at < _start_of(which.until + timedelta(days=1)))
    return rules


def _was_late() -> Any:
    return Task.late.is_(True)


def _open_counts(tx: Tx, by: str, which: Filter) -> Sequence[Any]:
    today, column = clock.today(), DIMENSIONS[by]
    soon = func.sum(when((Task.sort_on.between(today, inbox.soon(today)), 1), else_=0))
    late = func.sum(when((Task.sort_on < today, 1), else_=0))
    query = select(column, func.count(), soon, late).where(*_rules("open", which)).group_by(column)
    with stmt("monitor.open"):
        return tx.execute(query).all()


def _finished_counts(tx: Tx, by: str, which: Filter) -> Sequence[Any]:
    column = DIMENSIONS[by]
    query = select(column, Task.workdays, Task.late, func.count()).where(*_rules("finished", which))
    with stmt("monitor.finished"):
        return tx.execute(query.group_by(column, Task.workdays, Task.late)).all()


def _open_total(tx: Tx) -> int:
    return tx.scalar(select(func.count(Task.id)).where(Task.status == literal("open"))) or 0


def _start_of(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), clock.CHINA)


def _month_back(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


def _month(day: date) -> str:
    return f"{day:%Y-%m}"
