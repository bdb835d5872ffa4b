"""Figures and the lists behind them agree, for everybody, whatever the data."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests import factories
from webapp import clock
from webapp.errors import Rejected
from webapp.store import inbox, incidents, monitor, releases, timers
from webapp.store.db import Database, Tx
from webapp.store.monitor import Filter, Month
from webapp.store.principal import Principal
from webapp.store.tables import Task

Writing = Callable[[], AbstractContextManager[Tx]]
Today = Callable[[str], datetime]

FIGURES = ("open", "due_soon", "overdue", "finished", "finished_late", "timed")
CITIES = ("330100", "330200", "331100")
ELEMENTS = (("designation", "fill"), ("designation", "formal_check"), ("expert_review", "score"))


@pytest.fixture
def watched(writing: Writing, today: Today) -> Principal:
    """On 2027-03-05: three open tasks (late, soon, never due), four finished in 2, 4, 9 and 30 working days."""
    start = today("2027-03-05")
    with writing() as tx:
        factories.add_roles(tx)
        factories.add_province(tx)
        factories.add_city(tx)
        factories.add_host(tx, id="one")
        case = factories.add_case(tx, host_id="one", recommender_id="city-330100", city="330100")
        other = factories.add_case(tx, process="change", started_at=start - timedelta(days=70), status="done")
        other.ended_at = start - timedelta(days=20)
        for due in (date(2027, 3, 4), date(2027, 3, 8), None):
            factories.add_task(tx, case, due_on=due, element="formal_check")
        for days, due in ((2, None), (4, date(2027, 3, 4)), (9, date(2027, 3, 6)), (30, None)):
            task = factories.add_task(tx, case if days < 30 else other, due_on=due, element="fill", org="one")
            inbox.close(tx, task, workdays=days)
        incidents.park(tx, case_id=case.id, element="x", message="x", next_at=None)
        moment = start - timedelta(minutes=5)
        timers.put(tx, [{"id": "t", "case_id": case.id, "element": "e", "due_at": moment}])
        return factories.principal(tx, role="province_officer", org="province")


@pytest.fixture
def province(writing: Writing, today: Today) -> dict[str, Principal]:
    """On 2027-03-05: 150 tasks at random of 30 cases in three cities; who looks at them."""
    now, chance = today("2027-03-05"), random.Random(20270305)
    with writing() as tx:
        factories.add_roles(tx)
        factories.add_province(tx)
        for city in CITIES:
            factories.add_city(tx, id=f"city-{city}", city=city)
            factories.add_host(tx, id=f"host-{city}", recommender=f"city-{city}", city=city)
        made = [releases.add(tx, {"designation.bpmn": text}, effective_from=date(2020, 1, 1)).id for text in ("a", "b")]
        rounds = [factories.add_round(tx, release_id=made[0]).id for _ in range(2)]
        expert = factories.principal(tx, role="expert", org="province")
        for _ in range(30):
            _random_case(tx, chance, now, made, rounds, expert.person_id)
        return {
            "province": factories.principal(tx, role="dept_leader", org="province"),
            "city": factories.principal(tx, role="recommender", org="city-330100"),
            "host": factories.principal(tx, role="host", org="host-330200"),
            "expert": expert,
        }


def _random_case(
    tx: Tx, chance: random.Random, now: datetime, made: Sequence[str], rounds: Sequence[str], expert: str
) -> None:
    city = chance.choice(CITIES)
    ended = chance.random() < 0.4
    started = now - timedelta(days=chance.randint(1, 500))
    case = factories.add_case(
        tx,
        process=chance.choice(("designation", "designation", "change")),
        host_id=f"host-{city}",
        recommender_id=f"city-{city}",
        city=city,
        round_id=chance.choice([None, *rounds]),
        release_id=chance.choice(made),
        started_at=started,
        ended_at=started + (now - started) * chance.random() if ended else None,
        status="done" if ended else "open",
    )
    for _ in range(5):
        _random_task(tx, chance, now, case, expert)
    if chance.random() < 0.3:
        incidents.park(tx, case_id=case.id, element=chance.choice("ab"), message="x", next_at=None)


def _random_task(tx: Tx, chance: random.Random, now: datetime, case: Any, expert: str) -> None:
    process, element = chance.choice(ELEMENTS)
    due = chance.choice([None, now.date() + timedelta(days=chance.randint(-20, 20))])
    owner = {"person_id": expert, "role": "expert"} if element == "score" else {}
    arrived = now - timedelta(days=chance.randint(0, 400))
    where = {"process": process, "element": element, "due_on": due, "arrived_at": arrived, "round_id": case.round_id}
    task = factories.add_task(tx, case, **{**where, **owner})
    if chance.random() < 0.5:
        inbox.close(tx, task, workdays=chance.choice([None, 0, 1, 3, 8, 21]))
        inbox.put(tx, task, done_at=arrived + (now - arrived) * chance.random())
    elif chance.random() < 0.2:
        inbox.cancel(tx, [task])


def _whole(read: Callable[..., Any], *of: Any, limit: int = 7, **more: Any) -> list[Any]:
    """All pages of a list, one after the other."""
    rows: list[Any] = []
    after: str | None = None
    while True:
        page = read(*of, after=after, limit=limit, **more)
        rows, after = [*rows, *page.rows], page.after
        if after is None:
            return rows


WHICH = [
    Filter(),
    Filter(process="designation"),
    Filter(process="expert_review"),
    Filter(process="designation", diagram="expert_review"),
    Filter(process="designation", diagram="designation", element="fill"),
    Filter(city="330100"),
    Filter(recommender_id="city-331100", role="host"),
    Filter(since=date(2026, 9, 1)),
    Filter(since=date(2026, 4, 1), until=date(2026, 9, 30), city="330200"),
    Filter(until=date(2026, 6, 30)),
    Filter(round_id="none"),
    Filter(releases=()),
]


@pytest.mark.parametrize("who", ["province", "city", "host", "expert"])
def test_every_figure_counts_exactly_its_list(database: Database, province: dict[str, Principal], who: str) -> None:
    """Whole, by element, by city; tasks, cases, incidents; with every filter, for everybody."""
    with database.reading(province[who]) as tx:
        for which in [*WHICH, *_of_the_data(tx)]:
            board = monitor.board(tx, which)
            for figure in FIGURES:
                rows = _whole(monitor.tasks, tx, figure, which)
                assert len({row.id for row in rows}) == len(rows), (which, figure)
                assert getattr(board.total, figure) == len(rows) == monitor.count(tx, figure, which), (which, figure)
                for (process, element), figures in board.elements.items():
                    here = [row for row in rows if (row.process, row.element) == (process, element)]
                    assert getattr(figures, figure) == len(here), (which, figure, element)
                for city, figures in board.cities.items():
                    assert getattr(figures, figure) == sum((row.city or "") == city for row in rows)
            for figure in monitor.OF_CASES:
                rows = _whole(monitor.cases, tx, figure, which)
                assert monitor.count(tx, figure, which) == len({row.id for row in rows}) == len(rows)
            stuck = _whole(monitor.stuck, tx, which, limit=2)
            assert sum(monitor.stuck_at(tx, which).values()) == len(stuck)


def _of_the_data(tx: Tx) -> list[Filter]:
    found = releases.listed(tx)
    round_id = next((row.round_id for row in monitor.tasks(tx, "open").rows if row.round_id), "none")
    return [Filter(releases=(found[0].id,)), Filter(round_id=round_id, process="designation")]


@pytest.mark.parametrize("who", ["province", "city", "host", "expert"])
@pytest.mark.parametrize("of", ["cases", "tasks"])
def test_the_months_of_the_trend_count_exactly_their_lists(
    database: Database, province: dict[str, Principal], who: str, of: Any
) -> None:
    begun, ended, read = (
        ("started", "ended", monitor.cases) if of == "cases" else ("arrived", "finished", monitor.tasks)
    )
    with database.reading(province[who]) as tx:
        for process in (None, "designation"):
            for month in monitor.trend(tx, Filter(process=process), 12, of=of):
                which = Filter(process=process, since=month.first, until=month.last)
                for figure, value in ((begun, month.started), (ended, month.finished)):
                    rows = _whole(read, tx, figure, which, limit=5)
                    assert value == len(rows), (month, figure)


def test_a_person_counts_only_what_he_sees(database: Database, province: dict[str, Principal]) -> None:
    """The Province all; a city its hosts' without the experts'; a host its own; an expert his own tasks and no case."""
    with database.reading(Principal.system_("command")) as tx:
        every = {row.id: row for row in _whole(monitor.tasks, tx, "open")}
    impersonal = [row for row in every.values() if row.person_id is None]
    expected = {
        "province": len(every),
        "city": sum(row.city == "330100" for row in impersonal),
        "host": sum(row.city == "330200" for row in impersonal),
        "expert": len(every) - len(impersonal),
    }
    assert min(expected.values()) > 3
    for who, wanted in expected.items():
        with database.reading(province[who]) as tx:
            assert monitor.board(tx).total.open == wanted, who
            assert set(monitor.board(tx).cities) <= {"330100": {"330100"}, "city": {"330100"}, "host": {"330200"}}.get(
                who, set(CITIES)
            )
            if who != "province":
                assert monitor.stuck_at(tx) == {}
                assert monitor.stuck(tx).rows == []
    with database.reading(province["expert"]) as tx:
        assert (monitor.count(tx, "started"), monitor.running(tx)) == (0, {})


def test_the_number_of_statements_does_not_grow(
    database: Database, writing: Writing, province: dict[str, Principal]
) -> None:
    def statements() -> int:
        with database.reading(province["province"]) as tx:
            monitor.board(tx)
            monitor.trend(tx)
            monitor.stuck_at(tx)
            monitor.bases_by_city(tx)
            monitor.stages(tx)
            monitor.running(tx)
            return tx.sql_count

    statements()  # the calendar is read once and kept
    before = statements()
    with writing() as tx:
        case = factories.add_case(tx, host_id="host-330100", city="330100")
        for number in range(300):
            factories.add_task(tx, case, element=f"element{number % 40}")
    assert statements() == before <= 8


def test_medians_and_lateness(database: Database, watched: Principal) -> None:
    with database.reading(watched) as tx:
        board = monitor.board(tx)
        check, fill = board.elements["designation", "formal_check"], board.elements["designation", "fill"]
        assert (check.open, check.due_soon, check.overdue, check.finished) == (3, 1, 1, 0)
        assert check.median_workdays is None
        assert (fill.open, fill.finished, fill.finished_late, fill.median_workdays) == (0, 3, 1, 4.0)
        assert board.titles["designation", "fill"] == "填写申报书"
        assert (board.cities["330100"].finished, board.cities[""].finished) == (3, 1)
        assert (board.total.timed, board.total.median_workdays) == (4, 6.5)


@pytest.mark.parametrize("days", [[5], [1, 2], [3, 1, 2], [0, 0, 0, 7], [2, 2, 3, 3], list(range(11))])
def test_the_median_is_the_median(days: list[int]) -> None:
    figures = monitor.Figures()
    figures.spent.update(days)
    ordered = sorted(days)
    half = len(days) // 2
    wanted = ordered[half] if len(days) % 2 else (ordered[half - 1] + ordered[half]) / 2
    assert figures.median_workdays == wanted


@pytest.mark.parametrize("figure", ["nonsense", ""])
def test_an_unknown_figure_is_a_mistake(database: Database, watched: Principal, figure: str) -> None:
    with database.reading(watched) as tx:
        for read in (monitor.tasks, monitor.cases, monitor.count):
            with pytest.raises(ValueError, match="no figure"):
                read(tx, figure)


@pytest.mark.parametrize("figure", ["open", "finished"])
@pytest.mark.parametrize("cursor", ["x", "2027-13-01~x", "a~b~c"])
def test_a_cursor_that_is_not_ours_is_rejected(
    database: Database, watched: Principal, figure: str, cursor: str
) -> None:
    with database.reading(watched) as tx, pytest.raises(Rejected):
        monitor.tasks(tx, figure, after=cursor)


def test_lists_are_ordered_by_what_presses_or_is_latest(database: Database, province: dict[str, Principal]) -> None:
    with database.reading(province["province"]) as tx:
        late: list[Task] = _whole(monitor.tasks, tx, "overdue")
        done: list[Task] = _whole(monitor.tasks, tx, "finished")
    assert [row.due_on for row in late] == sorted(row.due_on for row in late if row.due_on)
    moments = [row.done_at for row in done if row.done_at]
    assert moments == sorted(moments, reverse=True)


def test_the_trend_counts_starts_ends_and_working_days_by_month(database: Database, watched: Principal) -> None:
    """The change case ran from 2026-12-25 to 2027-02-13, a Saturday: days are the calendar's, provisional in 2027."""
    with database.reading(watched) as tx:
        months = monitor.trend(tx, months=4)
        assert [(month.first, month.started, month.finished) for month in months] == [
            (date(2026, 12, 1), 1, 0),
            (date(2027, 1, 1), 0, 0),
            (date(2027, 2, 1), 0, 1),
            (date(2027, 3, 1), 1, 0),
        ]
        assert months[2].days is not None
        assert 25 < months[2].days < 36
        assert (months[1].days, months[2].last) == (None, date(2027, 2, 28))
        assert monitor.trend(tx, Filter(process="change"), 1) == [Month(date(2027, 3, 1), 0, 0, None)]
        assert monitor.running(tx) == {("designation", ""): 1}


def test_applications_and_bases(database: Database, writing: Writing, watched: Principal) -> None:
    with writing() as tx:
        round_row = factories.add_round(tx)
        for status, city in (("drafting", "330100"), ("drafting", "330200"), ("reviewing", "330100")):
            factories.add_application(tx, round=round_row, host="one", status=status, city=city)
        factories.add_base(tx, host="one", city="330100")
        factories.add_base(tx, host="one", city="330100", status="exited")
    with database.reading(watched) as tx:
        assert monitor.stages(tx) == {round_row.id: {"drafting": 2, "reviewing": 1}}
        assert monitor.stages(tx, city="330200") == {round_row.id: {"drafting": 1}}
        found = _whole(monitor.applications, tx, round_row.id, ("drafting",), limit=1)
        assert len(found) == 2
        assert len(monitor.applications(tx, round_row.id, ("drafting",), city="330200").rows) == 1
        assert monitor.bases_by_city(tx) == {"330100": 1}


def test_gauges(database: Database, watched: Principal) -> None:
    with database.reading(Principal.system_("worker")) as tx:
        values = {name: value for name, (_, value) in monitor.gauges(tx).items()}
    assert values == {
        "tasks_open": 3.0,
        "tasks_overdue": 1.0,
        "timers_late": 1.0,
        "timer_lag_seconds": 300.0,
        "outbox_late": 0.0,
        "incidents_open": 1.0,
    }
    assert clock.today() == date(2027, 3, 5)
