"""Figures for those who watch: how much waits, how much is late, how long things take, and where.

Every figure has the list behind it, built from the same condition, so that the two never disagree. What a person may
not see is in neither (the store's scope).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import and_, distinct, func, or_, select, tuple_
from sqlalchemy import case as when
from sqlalchemy.orm import defer

from handlers.vocabulary import Calendar
from webapp import clock
from webapp.store import inbox, incidents, outbox, pages, timers, workdays
from webapp.store.db import Tx, stmt
from webapp.store.pages import Page, literal
from webapp.store.tables import Application, Base, Case, Incident, Task

OF_TASKS = ("open", "due_soon", "overdue", "finished", "finished_late", "timed", "arrived")
"""Figures that count tasks. timed: finished ones whose working days are known, those the median is of."""
OF_CASES = ("running", "started", "ended")
"""Figures that count cases. running: not ended, parked and suspended ones included."""
ONGOING = ("arrived", "finished", "finished_late", "timed", "started", "ended")
"""Figures that the filter's days apply to; the others are as of now."""


@dataclass(frozen=True)
class Filter:
    """What counts; a None matches all."""

    process: str | None = None
    """A process with all that it calls; or a called one, wherever it was called from."""
    diagram: str | None = None
    """The diagram that draws the task: the process itself or one that it calls."""
    element: str | None = None
    city: str | None = None
    recommender_id: str | None = None
    round_id: str | None = None
    role: str | None = None
    releases: tuple[str, ...] | None = None
    """Only cases of these releases; an empty tuple matches nothing."""
    since: date | None = None
    until: date | None = None
    """Business dates, inclusive, of what ONGOING figures count: of arrival, completion, start or end."""


@dataclass
class Figures:
    """Counts of tasks; `spent`: working days of the finished ones, as far as known, with how many took so long."""

    open: int = 0
    due_soon: int = 0
    overdue: int = 0
    finished: int = 0
    finished_late: int = 0
    spent: Counter[int] = field(default_factory=Counter, repr=False)

    @property
    def timed(self) -> int:
        """How many the median is of."""
        return self.spent.total()

    @property
    def median_workdays(self) -> float | None:
        """Median of the working days; None when nothing is known."""
        return _median(self.spent)

    def add(self, other: Figures) -> None:
        """These count the other's tasks, too."""
        self.open += other.open
        self.due_soon += other.due_soon
        self.overdue += other.overdue
        self.finished += other.finished
        self.finished_late += other.finished_late
        self.spent.update(other.spent)


@dataclass(frozen=True)
class Board:
    """Figures of everything, by element (diagram, element) and by city ("" for tasks without one)."""

    total: Figures
    elements: Mapping[tuple[str, str], Figures]
    cities: Mapping[str, Figures]
    titles: Mapping[tuple[str, str], str]
    """What the tasks of an element are called, for those that today's diagram no longer has."""


@dataclass(frozen=True)
class Month:
    """`days`: median of the working days of what finished in it, None when nothing did."""

    first: date
    started: int
    finished: int
    days: float | None

    @property
    def last(self) -> date:
        """The month's last day."""
        return _month_back(self.first, -1) - timedelta(days=1)


# ---------------------------------------------------------------------------------------------- figures


def board(tx: Tx, which: Filter = Filter()) -> Board:  # frozen
    """All figures of tasks, in two statements whatever their number."""
    found: dict[tuple[str, str, str], Figures] = {}
    titles: dict[tuple[str, str], str] = {}
    for process, element, city, title, count, soon, late in _open_counts(tx, which):
        row = found.setdefault((process, element, city or ""), Figures())
        row.open, row.due_soon, row.overdue = count, int(soon or 0), int(late or 0)
        titles[process, element] = title
    for process, element, city, title, days, late, count in _finished_counts(tx, which):
        row = found.setdefault((process, element, city or ""), Figures())
        row.finished += count
        row.finished_late += count if late else 0
        row.spent.update({days: count} if days is not None else {})
        titles.setdefault((process, element), title)
    total, elements, cities = Figures(), dict[tuple[str, str], Figures](), dict[str, Figures]()
    for (process, element, city), row in found.items():
        for figures in (total, elements.setdefault((process, element), Figures()), cities.setdefault(city, Figures())):
            figures.add(row)
    return Board(total, elements, cities, titles)


def cases_waiting(tx: Tx, which: Filter = Filter()) -> int:  # frozen
    """How many cases the open tasks belong to."""
    query = select(func.count(distinct(Task.case_id))).where(*_task_rules("open", which))
    with stmt("monitor.cases_waiting"):
        return tx.scalar(query) or 0


def trend(
    tx: Tx,
    which: Filter = Filter(),  # frozen
    months: int = 12,
    *,
    of: Literal["cases", "tasks"] = "cases",
) -> list[Month]:
    """Each of the last calendar months in Zhejiang, oldest first. The filter's own days do not matter."""
    firsts = [_month_back(clock.today(), back) for back in range(months - 1, -1, -1)]
    started, finished, spent = Counter[date](), Counter[date](), dict[date, Counter[int]]()
    for begun, ended, days in (_task_spans if of == "tasks" else _case_spans)(tx, which, firsts[0]):
        started[begun.replace(day=1)] += 1
        if ended is not None:
            finished[ended.replace(day=1)] += 1
            spent.setdefault(ended.replace(day=1), Counter()).update({days: 1} if days is not None else {})
    return [Month(first, started[first], finished[first], _median(spent.get(first, Counter()))) for first in firsts]


def running(tx: Tx) -> dict[tuple[str, str], int]:
    """How many cases that have not ended each process has on each release: (process, release id) → cases."""
    query = select(Case.process, Case.release_id, func.count()).where(Case.ended_at.is_(None))
    with stmt("monitor.running"):
        rows = tx.execute(query.group_by(Case.process, Case.release_id)).all()
    return {(process, release or ""): count for process, release, count in rows}


def stages(tx: Tx, *, city: str | None = None) -> dict[str, dict[str, int]]:
    """How many applications stand at each status, by round."""
    query = select(Application.round_id, Application.status, func.count())
    if city:
        query = query.where(Application.city == city)
    found: dict[str, dict[str, int]] = {}
    with stmt("monitor.stages"):
        for round_id, status, count in tx.execute(query.group_by(Application.round_id, Application.status)):
            found.setdefault(round_id, {})[status] = count
    return found


def bases_by_city(tx: Tx) -> dict[str, int]:
    """How many active bases each city has."""
    query = select(Base.city, func.count()).where(Base.status == "active").group_by(Base.city)
    with stmt("monitor.bases"):
        return {city or "": count for city, count in tx.execute(query)}


def stuck_at(tx: Tx, which: Filter = Filter()) -> dict[str, int]:  # frozen
    """How many open incidents stand before each element."""
    query = select(Incident.element, func.count()).join(Case, Case.id == Incident.case_id)
    with stmt("monitor.stuck_at"):
        rows = tx.execute(query.where(*_stuck_rules(which)).group_by(Incident.element)).all()
    return {row[0]: row[1] for row in rows}


def count(tx: Tx, figure: str, which: Filter = Filter()) -> int:  # frozen
    """One figure of tasks or cases alone; raises ValueError for a name that is none."""
    if figure in OF_CASES:
        query = select(func.count(Case.id)).where(*_case_rules(figure, which))
    else:
        query = select(func.count(Task.id)).where(*_task_rules(figure, which))
    with stmt("monitor.count"):
        return tx.scalar(query) or 0


# ------------------------------------------------------------------------------------------------ lists


def tasks(
    tx: Tx,
    figure: str,
    which: Filter = Filter(),  # frozen
    *,
    after: str | None = None,
    limit: int = 50,
) -> Page[Task]:
    """The tasks that a figure of OF_TASKS counts: open ones by due day, finished ones the latest first."""
    query = select(Task).where(*_task_rules(figure, which))
    if figure in ("open", "due_soon", "overdue"):
        return _by_due_day(tx, query, after, limit)
    return _latest(tx, query, Task, Task.arrived_at if figure == "arrived" else Task.done_at, after, limit)


def cases(
    tx: Tx,
    figure: str,
    which: Filter = Filter(),  # frozen
    *,
    after: str | None = None,
    limit: int = 50,
) -> Page[Case]:
    """The cases that a figure of OF_CASES counts, the latest first."""
    query = select(Case).options(defer(Case.state)).where(*_case_rules(figure, which))
    return _latest(tx, query, Case, Case.ended_at if figure == "ended" else Case.started_at, after, limit)


def stuck(
    tx: Tx,
    which: Filter = Filter(),  # frozen
    *,
    after: str | None = None,
    limit: int = 50,
) -> Page[tuple[Incident, Case]]:
    """The open incidents with their cases, the oldest first."""
    query = select(Incident, Case).options(defer(Case.state)).join(Case, Case.id == Incident.case_id)
    query = query.where(*_stuck_rules(which))
    if after:
        query = query.where(Incident.id > pages.parts_of(after, 1)[0])
    with stmt("monitor.stuck"):
        rows = [(row[0], row[1]) for row in tx.execute(query.order_by(Incident.id).limit(limit + 1))]
    return pages.cut(rows, limit, lambda row: (row[0].id,))


def applications(
    tx: Tx,
    round_id: str,
    statuses: Sequence[str],
    *,
    city: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[Application]:
    """The round's applications at these statuses, the newest first: what `stages` counts."""
    query = select(Application).where(Application.round_id == round_id, Application.status.in_(statuses))
    if city:
        query = query.where(Application.city == city)
    if after:
        query = query.where(Application.id < pages.parts_of(after, 1)[0])
    with stmt("monitor.applications"):
        rows = tx.scalars(query.order_by(Application.id.desc()).limit(limit + 1)).all()
    return pages.cut(rows, limit, lambda row: (row.id,))


def gauges(tx: Tx) -> dict[str, tuple[str, float]]:
    """What a monitoring system reads: name → (meaning, value)."""
    now = clock.now()
    oldest = timers.next_at(tx)
    lag = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
    return {
        "tasks_open": ("Open tasks", float(count(tx, "open"))),
        "tasks_overdue": ("Open tasks past their due day", float(count(tx, "overdue"))),
        "timers_late": ("Waiting timers more than a minute late", float(timers.late(tx, now - timedelta(minutes=1)))),
        "timer_lag_seconds": ("Age of the earliest waiting timer that is due", lag),
        "outbox_late": ("Messages undelivered after a minute", float(outbox.late(tx, now - timedelta(minutes=1)))),
        "incidents_open": ("Open incidents", float(incidents.count_open(tx))),
    }


# ------------------------------------------------------------------------------------------- conditions


def _task_rules(figure: str, which: Filter) -> list[Any]:
    today, is_open = clock.today(), Task.status == literal("open")
    finished = [Task.status == "done", *_within(Task.done_at, which)]
    match figure:
        case "open":
            rules = [is_open]
        case "due_soon":
            rules = [is_open, Task.sort_on.between(today, inbox.soon(today))]
        case "overdue":
            rules = [is_open, Task.sort_on < today]
        case "finished":
            rules = finished
        case "finished_late":
            rules = [*finished, Task.late.is_(True)]
        case "timed":
            rules = [*finished, Task.workdays.is_not(None)]
        case "arrived":
            rules = _within(Task.arrived_at, which)
        case _:
            raise ValueError(f"no figure is called {figure}")
    return [*rules, *_tasks_of(which)]


def _tasks_of(which: Filter) -> list[Any]:
    equal = {
        Task.process: which.diagram,
        Task.element: which.element,
        Task.city: which.city,
        Task.recommender_id: which.recommender_id,
        Task.round_id: which.round_id,
        Task.role: which.role,
    }
    rules: list[Any] = [column == value for column, value in equal.items() if value is not None]
    if which.process is not None:
        rules.append(or_(Task.root == which.process, Task.process == which.process))
    if which.releases is not None:
        rules.append(Task.case_id.in_(select(Case.id).where(Case.release_id.in_(which.releases))))
    return rules


def _case_rules(figure: str, which: Filter) -> list[Any]:
    match figure:
        case "running":
            rules = [Case.ended_at.is_(None)]
        case "started":
            rules = _within(Case.started_at, which)
        case "ended":
            rules = [Case.ended_at.is_not(None), *_within(Case.ended_at, which)]
        case _:
            raise ValueError(f"no figure is called {figure}")
    return [*rules, *_cases_of(which)]


def _cases_of(which: Filter) -> list[Any]:
    equal = {
        Case.process: which.process,
        Case.city: which.city,
        Case.recommender_id: which.recommender_id,
        Case.round_id: which.round_id,
    }
    rules: list[Any] = [column == value for column, value in equal.items() if value is not None]
    if which.releases is not None:
        rules.append(Case.release_id.in_(which.releases))
    return rules


def _stuck_rules(which: Filter) -> list[Any]:
    rules = [Incident.status == literal("open"), *_cases_of(which)]
    return [*rules, Incident.element == which.element] if which.element else rules


def _within(column: Any, which: Filter) -> list[Any]:
    rules = []
    if which.since:
        rules.append(column >= _start_of(which.since))
    if which.until:
        rules.append(column < _start_of(which.until + timedelta(days=1)))
    return rules


# ---------------------------------------------------------------------------------------------- queries


def _open_counts(tx: Tx, which: Filter) -> Sequence[Any]:
    today = clock.today()
    soon = func.sum(when((Task.sort_on.between(today, inbox.soon(today)), 1), else_=0))
    late = func.sum(when((Task.sort_on < today, 1), else_=0))
    query = select(Task.process, Task.element, Task.city, func.max(Task.title), func.count(), soon, late)
    query = query.where(*_task_rules("open", which)).group_by(Task.process, Task.element, Task.city)
    with stmt("monitor.open"):
        return tx.execute(query).all()


def _finished_counts(tx: Tx, which: Filter) -> Sequence[Any]:
    keys = (Task.process, Task.element, Task.city)
    query = select(*keys, func.max(Task.title), Task.workdays, Task.late, func.count())
    query = query.where(*_task_rules("finished", which)).group_by(*keys, Task.workdays, Task.late)
    with stmt("monitor.finished"):
        return tx.execute(query).all()


def _case_spans(tx: Tx, which: Filter, first: date) -> Iterable[tuple[date, date | None, int | None]]:
    """Start, end and working days of the cases that began or ended since that day."""
    since = _start_of(first)
    query = select(Case.started_at, Case.ended_at).where(or_(Case.started_at >= since, Case.ended_at >= since))
    with stmt("monitor.trend"):
        rows = tx.execute(query.where(*_cases_of(which))).all()
    spans = [(_day(begun), _day(ended) if ended else None) for begun, ended in rows]
    counted = _WorkdayCount(workdays.calendar(tx), [begun for begun, _ in spans])
    return [(begun, ended, counted.between(begun, ended) if ended else None) for begun, ended in spans]


def _task_spans(tx: Tx, which: Filter, first: date) -> Iterable[tuple[date, date | None, int | None]]:
    """Arrival, completion and working days of the tasks that arrived or were done since that day."""
    since, is_done = _start_of(first), Task.status == "done"
    query = select(Task.arrived_at, when((is_done, Task.done_at), else_=None), Task.workdays)
    query = query.where(or_(Task.arrived_at >= since, and_(is_done, Task.done_at >= since)), *_tasks_of(which))
    with stmt("monitor.trend"):
        rows = tx.execute(query).all()
    return [(_day(begun), _day(ended) if ended else None, days) for begun, ended, days in rows]


def _by_due_day(tx: Tx, query: Any, after: str | None, limit: int) -> Page[Task]:
    if after:
        due, task_id = pages.parts_of(after, 2)
        query = query.where(tuple_(Task.sort_on, Task.id) > (pages.moment(due).date(), task_id))
    with stmt("monitor.tasks"):
        rows = tx.scalars(query.order_by(Task.sort_on, Task.id).limit(limit + 1)).all()
    return pages.cut(rows, limit, lambda task: (task.sort_on.isoformat(), task.id))


def _latest(tx: Tx, query: Any, model: Any, column: Any, after: str | None, limit: int) -> Page[Any]:
    if after:
        at, row_id = pages.parts_of(after, 2)
        query = query.where(tuple_(column, model.id) < (pages.moment(at), row_id))
    with stmt("monitor.latest"):
        rows = tx.scalars(query.order_by(column.desc(), model.id.desc()).limit(limit + 1)).all()
    return pages.cut(rows, limit, lambda row: (getattr(row, column.key).isoformat(), row.id))


class _WorkdayCount:
    """Working days between two days, from the earliest start on: after the first, up to and with the last."""

    def __init__(self, calendar: Calendar, starts: Iterable[date]) -> None:
        first, today = min(starts, default=clock.today()), clock.today()
        days = (first + timedelta(days=n) for n in range((today - first).days + 1))
        self._days = [day for day in days if calendar.is_workday(day)]

    def between(self, start: date, end: date) -> int:
        return bisect_right(self._days, end) - bisect_right(self._days, start)


def _median(spent: Counter[int]) -> float | None:
    total, seen = spent.total(), 0
    middle = []
    for days in sorted(spent):
        before, seen = seen, seen + spent[days]
        middle += [days for place in ((total - 1) // 2, total // 2) if before <= place < seen]
    return sum(middle) / 2 if total else None


def _day(moment: datetime) -> date:
    return clock.local(moment).date()


def _start_of(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), clock.CHINA)


def _month_back(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)
