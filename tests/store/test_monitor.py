"""Figures and the lists behind them agree."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta

import pytest

from tests import factories
from webapp import clock
from webapp.store import inbox, incidents, monitor, timers
from webapp.store.db import Database, Tx
from webapp.store.monitor import Filter
from webapp.store.principal import Principal

Writing = Callable[[], AbstractContextManager[Tx]]
Today = Callable[[str], datetime]


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


def test_figures_by_dimension(database: Database, watched: Principal) -> None:
    with database.reading(watched) as tx:
        found = monitor.figures(tx, "element")
        check, fill = found["formal_check"], found["fill"]
        assert (check.open, check.due_soon, check.overdue, check.finished) == (3, 1, 1, 0)
        assert check.median_workdays is None
        assert (fill.open, fill.finished, fill.finished_late, fill.median_workdays) == (0, 4, 1, 6.5)
        by_city = monitor.figures(tx, "city")
        assert (by_city["330100"].finished, by_city[""].finished) == (3, 1)
        assert monitor.names_of(tx, "recommender", ["city-330100", ""]) == {"city-330100": "杭州市科学技术局"}
        assert monitor.names_of(tx, "city", ["330100"]) == {}
        whole = monitor.total(tx)
        assert (whole.open, whole.overdue, whole.due_soon, whole.finished) == (3, 1, 1, 4)
        assert whole.median_workdays == 6.5
        assert [key for key, _ in monitor.slowest(tx)] == ["fill"]
        assert monitor.tokens(tx, "designation") == {"formal_check": 3}
        assert monitor.tokens(tx, "designation", release_id="x") == {}


@pytest.mark.parametrize("figure", ["open", "due_soon", "overdue", "finished", "finished_late"])
@pytest.mark.parametrize(
    "which",
    [
        Filter(),
        Filter(city="330100"),
        Filter(process="change"),
        Filter(element="fill"),
        Filter(role="host", recommender_id="city-330100"),
        Filter(since=date(2027, 3, 5), until=date(2027, 3, 5)),
        Filter(since=date(2027, 3, 6)),
        Filter(until=date(2027, 3, 4)),
        Filter(round_id="none"),
    ],
)
def test_every_figure_counts_exactly_its_list(
    database: Database, watched: Principal, figure: str, which: Filter
) -> None:
    with database.reading(watched) as tx:
        count = getattr(monitor.total(tx, which), figure)
        seen, after = 0, None
        while True:
            page = monitor.tasks(tx, figure, which, after=after, limit=2)
            seen, after = seen + len(page.rows), page.after
            if after is None:
                break
        assert seen == count


def test_an_unknown_figure_is_a_mistake(database: Database, watched: Principal) -> None:
    with database.reading(watched) as tx, pytest.raises(ValueError, match="no figure"):
        monitor.tasks(tx, "nonsense")


def test_the_trend_counts_starts_and_ends_by_month(database: Database, watched: Principal) -> None:
    with database.reading(watched) as tx:
        assert monitor.trend(tx, 4) == [
            {"month": "2026-12", "started": 1, "ended": 0},
            {"month": "2027-01", "started": 0, "ended": 0},
            {"month": "2027-02", "started": 0, "ended": 1},
            {"month": "2027-03", "started": 1, "ended": 0},
        ]
        assert monitor.trend(tx, 1, process="change") == [{"month": "2027-03", "started": 0, "ended": 0}]
        assert monitor.cases_by_status(tx) == {"designation": {"open": 1}, "change": {"done": 1}}
        assert monitor.cases_by_status(tx, process="change") == {"change": {"done": 1}}


def test_a_person_counts_only_what_he_sees(database: Database, writing: Writing, watched: Principal) -> None:
    with writing() as tx:
        factories.add_host(tx, id="two")
        stranger = factories.principal(tx, role="host", org="two")
    with database.reading(stranger) as tx:
        assert (monitor.total(tx).open, monitor.total(tx).finished, monitor.trend(tx, 1)[0]["started"]) == (0, 0, 0)


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
