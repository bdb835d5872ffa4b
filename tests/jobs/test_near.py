"""A timer's wake-up is enqueued when its moment is near; until then the row alone waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from tests import factories
from webapp import clock
from webapp.engine import projection
from webapp.engine.context import Context
from webapp.engine.projection import NEAR
from webapp.store import inbox, timers
from webapp.store.db import Database, Tx
from webapp.store.principal import Principal

SYSTEM = Principal.system_("command")
Today = Callable[[str], datetime]


class Noted:
    """Jobs that are only written down."""

    def __init__(self) -> None:
        self.refs: list[tuple[str, datetime | None]] = []

    def enqueue(self, tx: Tx, kind: str, ref: str, at: datetime | None = None) -> None:
        assert kind == "wake"
        self.refs.append((ref, at))


@pytest.fixture
def noted(database: Database) -> Noted:
    jobs = Noted()
    database.engine_context = Context(jobs=jobs)
    return jobs


def test_the_hour_enqueues_what_is_near_and_the_next_hour_the_rest(
    database: Database, today: Today, noted: Noted
) -> None:
    start = today("2026-03-10")
    with database.writing(SYSTEM) as tx:
        open_, suspended = factories.add_case(tx), factories.add_case(tx, status="suspended")
        for case, name in ((open_, "o"), (suspended, "s")):
            rows = [{"case_id": case.id, "due_at": start + hours * NEAR} for hours in (0.5, 1, 1.5)]
            timers.put(tx, [{**row, "id": f"{name}{number}"} for number, row in enumerate(rows)])
        assert projection.wind_up(tx) == 2
    assert noted.refs == [("o0:1", start + 0.5 * NEAR), ("o1:1", start + NEAR)]
    clock.stand_at(start + timedelta(hours=1))
    with database.writing(SYSTEM) as tx:
        assert projection.wind_up(tx) == 3
    assert noted.refs[-1] == ("o2:1", start + 1.5 * NEAR), "an hour before it is due at the latest"


def test_a_reminder_that_is_weeks_away_costs_no_job(database: Database, today: Today, noted: Noted) -> None:
    """It is sent all the same: today's at once, the others when their hour comes."""
    start = today("2026-03-10")  # nine o'clock, when reminders go out
    clock.stand_at(start - timedelta(minutes=30))
    with database.writing(SYSTEM) as tx:
        task_id = factories.add_task(tx, factories.add_case(tx), reminders=[7, 1])
        task = inbox.get(tx, task_id)
        projection.remind(tx, task, date(2026, 4, 10))
        assert noted.refs == []
        projection.remind(tx, task, date(2026, 3, 11))
        assert noted.refs == [(f"{task_id}-1:2", start)]
        assert {row.id: row.status for row in timers.of_case(tx, task.case_id, waiting_only=False)} == {
            f"{task_id}-7": "cancelled",
            f"{task_id}-1": "waiting",
        }
