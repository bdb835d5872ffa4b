"""Due moments: aware, by the calendar, each timer its own, and movable."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.spiff.drawing import (
    START,
    Played,
    Room,
    boundary,
    catch,
    end,
    handler,
    message,
    process,
    properties,
    script,
    start,
    timer,
    user,
)
from webapp import clock
from webapp.spiff import timers
from webapp.spiff.workflow import NotOpen

WAIT = ["start > t", "t > end"]


def waits(text: str, kind: str = "timeDate", **data: object) -> Played:
    return Played(process("p", [start(), catch("t", timer(text, kind)), end()], WAIT), **data)


@pytest.mark.parametrize(
    ("begin", "span", "end_"),
    [
        ("2026-01-31", "P1M", "2026-02-28"),
        ("2026-01-15", "P1M", "2026-02-15"),
        ("2024-02-29", "P3Y", "2027-02-28"),
        ("2026-12-31", "P2M", "2027-02-28"),
        ("2026-08-31", "P6M", "2027-02-28"),
        ("2026-07-01", "P3Y", "2029-07-01"),
        ("2026-03-01", "P1Y2M3D", "2027-05-04"),
        ("2026-03-01", "P2W", "2026-03-15"),
    ],
)
def test_a_month_stays_a_month(begin: str, span: str, end_: str) -> None:
    """engine.md 1 fault 8: P1M from 31 January was 3 March."""
    noon = datetime.fromisoformat(f"{begin}T12:00:00+08:00")
    assert clock.local(timers.later(noon, span)).isoformat() == f"{end_}T12:00:00+08:00"


@pytest.mark.parametrize(
    ("value", "utc"),
    [
        ("2026-02-01T00:00:00+08:00", "2026-01-31T16:00:00+00:00"),
        ("2026-02-01T00:00:00Z", "2026-02-01T00:00:00+00:00"),
        ("2026-02-01T00:00:00", "2026-01-31T16:00:00+00:00"),
        ("2026-02-01", "2026-01-31T16:00:00+00:00"),
        (date(2026, 2, 1), "2026-01-31T16:00:00+00:00"),
        (datetime(2026, 2, 1, 8, tzinfo=clock.CHINA), "2026-02-01T00:00:00+00:00"),
    ],
)
def test_a_value_without_zone_is_read_in_zhejiang(value: object, utc: str) -> None:
    assert timers.moment(value).isoformat() == utc


def test_literals_quoted_and_not_and_expressions() -> None:
    for text in ("P1D", '"P1D"', "'P' + '1D'"):
        (found,) = waits(text, "timeDuration").wf.timers()
        assert found.due_at == START + timedelta(days=1)
    for text in ("2026-04-01T00:00:00+08:00", "day", "deadline.start_of(day)"):
        (found,) = waits(text, day="2026-04-01").wf.timers()
        assert found.due_at == datetime(2026, 3, 31, 16, tzinfo=UTC)


def test_a_bad_date_is_a_failure_of_that_element() -> None:
    for text, kind in (
        ("'soon'", "timeDate"),
        ("7", "timeDate"),
        ("'1D'", "timeDuration"),
        ("'R0/P1D'", "timeCycle"),
        ("'R3/PT0S'", "timeCycle"),
    ):
        case = waits(text, kind)
        assert case.failure is not None, text
        assert case.failure.element == "t"
        assert not case.wf.done


def test_a_timer_never_fires_early_and_fires_once() -> None:
    case = waits("P1D", "timeDuration")
    identity = case.wf.timers()[0].id
    clock.stand_at(START + timedelta(days=1, seconds=-1))
    assert not case.wf.fire(identity)
    clock.stand_at(START + timedelta(days=1))
    assert case.wf.fire(identity)
    assert not case.wf.fire(identity)
    assert case.go().wf.done
    assert not case.wf.fire(identity)
    assert not case.wf.fire("nonsense")


def test_a_due_moment_can_be_moved_and_the_move_is_kept() -> None:
    case = waits("P1D", "timeDuration")
    case.wf.reschedule(case.wf.timers()[0].id, START + timedelta(days=5))
    case.reload()
    case.passes(days=4)
    assert not case.wf.done
    case.passes(days=1)
    assert case.wf.done
    with pytest.raises(NotOpen):
        case.wf.reschedule("nonsense", START)


def test_the_task_and_its_timer_have_one_limit() -> None:
    """settled.md 17: `deadline.due()` is the end of the day the task's own `due` gives."""
    task = user("u", extension=properties(due="limit"))
    nodes = [start(), task, boundary("b", "u", timer("deadline.due()")), end("late"), end()]
    case = Played(process("p", nodes, ["start > u", "u > end", "b > late"]), limit="2026-03-10")
    (found,) = case.wf.timers()
    assert (found.due_at, found.attached_to, found.interrupting) == (datetime(2026, 3, 10, 16, tzinfo=UTC), "u", True)
    assert case.wf.evaluate(case.task("u").id, "limit") == "2026-03-10"


def test_cycles_are_bounded_and_missed_ones_fire_once() -> None:
    nodes = [
        start(),
        user("u"),
        boundary("b", "u", timer("R3/P7D", "timeCycle"), False),
        script("s", "n = n + 1"),
        end("e"),
        end(),
    ]
    flows = ["start > u", "u > end", "b > s", "s > e"]
    case = Played(process("p", nodes, flows), n=0)
    assert case.passes(days=7).data["n"] == 1
    assert case.passes(days=30).data["n"] == 3
    assert case.wf.timers() == []
    outage = Played(process("p", nodes, flows), n=0)
    clock.stand_at(START + timedelta(days=15))
    assert outage.wf.fire(outage.wf.timers()[0].id)
    assert outage.go().data["n"] == 1
    assert [one.due_at for one in outage.wf.timers()] == [START + timedelta(days=21)]


def test_a_monthly_cycle_does_not_drift() -> None:
    nodes = [
        start(),
        user("u"),
        boundary("b", "u", timer("R4/2026-01-31T09:00:00+08:00/P1M", "timeCycle"), False),
        end("e"),
        end(),
    ]
    case = Played(process("p", nodes, ["start > u", "u > end", "b > e"]))
    days = []
    while found := case.wf.timers():
        days.append(clock.local(found[0].due_at).date().isoformat())
        clock.stand_at(found[0].due_at)
        case.wf.fire(found[0].id)
        case.go()
    assert days == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]


def test_a_timer_of_an_event_sub_process_belongs_to_its_start_event() -> None:
    h = handler(
        "h",
        [start("h0", timer("P1D", "timeDuration"), isInterrupting="false"), script("x", "n = 1"), end("h1")],
        ["h0 > x", "x > h1"],
    )
    case = Played(process("p", [start(), user("u"), end(), h], ["start > u", "u > end"]))
    (found,) = case.wf.timers()
    assert (found.element, found.interrupting) == ("h0", False)
    assert case.passes(days=2).data["n"] == 1
    assert case.wf.timers() == []


def test_timers_go_with_what_they_sit_on() -> None:
    nodes = [
        start(),
        user("u"),
        boundary("b", "u", timer("P1D", "timeDuration")),
        boundary("m", "u", message("m")),
        end(),
    ]
    case = Played(process("p", nodes, ["start > u", "u > end", "b > end", "m > end"]), room=Room())
    case.does("u")
    assert case.wf.done
    assert (case.wf.timers(), case.wf.awaits()) == ([], [])
