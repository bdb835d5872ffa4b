"""待办: who sees what, in which order, and through which index."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from tests import factories
from webapp import clock
from webapp.errors import Missing, Rejected, Stale
from webapp.store import applications, cases, drafts, inbox, notices, organisations, rounds, timers
from webapp.store.db import Database, Tx
from webapp.store.principal import Principal, Seat
from webapp.store.tables import NO_DUE, Task, Timer

Writing = Callable[[], AbstractContextManager[Tx]]
Today = Callable[[str], datetime]


@pytest.fixture
def city(writing: Writing) -> Principal:
    """An officer of Hangzhou's bureau, and a case recommended by it."""
    with writing() as tx:
        factories.add_roles(tx)
        factories.add_city(tx)
        factories.add_city(tx, id="city-330200", city="330200")
        factories.add_host(tx, id="one", recommender="city-330100")
        factories.add_case(tx, id="case", host_id="one", recommender_id="city-330100", city="330100")
        return factories.principal(tx, role="recommender", org="city-330100")


def _add(writing: Writing, *due: str | None, org: str = "city-330100", **fields: Any) -> list[str]:
    with writing() as tx:
        case = cases.get(tx, "case")
        days = [date.fromisoformat(each) if each else None for each in due]
        return [factories.add_task(tx, case, role="recommender", org=org, due_on=day, **fields) for day in days]


def test_a_page_is_ordered_by_due_day_and_what_has_none_comes_last(
    database: Database, writing: Writing, city: Principal
) -> None:
    _add(writing, "2027-03-05", None, "2027-03-01", "2027-03-09")
    _add(writing, "2027-03-02", org="city-330200")
    with database.reading(city) as tx:
        assert [row.due_on and row.due_on.day for row in inbox.for_seat(tx, city).rows] == [1, 5, 9, None]


def test_pages_follow_one_another_without_gap_or_repeat(database: Database, writing: Writing, city: Principal) -> None:
    wanted = set(_add(writing, *["2027-03-05"] * 7, *["2027-03-06"] * 6, *[None] * 4))
    seen: list[str] = []
    with database.reading(city) as tx:
        after: str | None = None
        for _ in range(4):
            page = inbox.for_seat(tx, city, limit=5, after=after)
            seen += [row.id for row in page.rows]
            after = page.after
    assert after is None
    assert (len(seen), set(seen)) == (17, wanted)


@pytest.mark.parametrize("cursor", ["", "x", "2027-01-01", "2027-13-01~x", "a~b~c"])
def test_a_cursor_that_is_not_ours_is_rejected(database: Database, city: Principal, cursor: str) -> None:
    with database.reading(city) as tx:
        if cursor:
            with pytest.raises(Rejected):
                inbox.for_seat(tx, city, after=cursor)
        else:
            assert inbox.for_seat(tx, city, after=cursor).rows == []


def test_filters_and_lights(database: Database, writing: Writing, city: Principal, today: Today) -> None:
    """2027-03-05 is a Friday: three weekdays on is Wednesday 10 March."""
    today("2027-03-05")
    late, now, soon, later, never = _add(writing, "2027-03-04", "2027-03-05", "2027-03-10", "2027-03-11", None)
    [named] = _add(writing, None, base_name="100%_国合基地", root="change")
    with database.reading(city) as tx:

        def ids(**how: Any) -> list[str]:
            return [row.id for row in inbox.for_seat(tx, city, **how).rows]

        assert ids(light="red") == [late]
        assert ids(light="amber") == [now, soon]
        assert set(ids(light="green")) == {later, never, named}
        assert ids(process="change") == [named]
        assert ids(query="%_国合") == [named]
        assert ids(query="100_") == []
        assert ids(query="  ") == ids()
        assert inbox.counts(tx, city) == {"todo": 6, "claimed": 0, "red": 1, "amber": 2}
        assert inbox.counts(tx, city, process="change")["todo"] == 1
        assert inbox.processes(tx, city) == {"designation": 5, "change": 1}
        days = [inbox.light_of(row.due_on, clock.today()) for row in inbox.for_seat(tx, city).rows]
        assert days == ["red", "amber", "amber", "green", "green", "green"]
        assert [row.id for row in inbox.overdue(tx, clock.today()).rows] == [late]


def test_counts_stop_at_the_cap(database: Database, writing: Writing, city: Principal) -> None:
    _add(writing, *["2020-01-01"] * (inbox.CAP + 30))
    with database.reading(city) as tx:
        before = tx.sql_count
        assert inbox.counts(tx, city)["todo"] == inbox.CAP
        assert inbox.counts(tx, city)["red"] == inbox.CAP
        assert tx.sql_count == before + 2


def test_an_experts_inbox_is_his_own(database: Database, writing: Writing, city: Principal) -> None:
    with writing() as tx:
        one, two = (factories.principal(tx, role="expert", org="one") for _ in range(2))
        case = cases.get(tx, "case")
        mine = factories.add_task(tx, case, role="expert", org="", person_id=one.person_id)
    with database.reading(one) as tx:
        assert [row.id for row in inbox.for_seat(tx, one).rows] == [mine]
    with database.reading(two) as tx:
        assert inbox.for_seat(tx, two).rows == []


def test_claiming_is_for_one(database: Database, writing: Writing, city: Principal) -> None:
    [task] = _add(writing, None)
    with writing() as tx:
        inbox.claim(tx, task, "a")
        inbox.claim(tx, task, "a")
    with pytest.raises(Stale) as refused, writing() as tx:
        inbox.claim(tx, task, "b")
    assert "a" in refused.value.message
    with writing() as tx:
        inbox.release(tx, task)
        inbox.claim(tx, task, city.person_id)
    with database.reading(city) as tx:
        assert [row.id for row in inbox.for_seat(tx, city, tab="claimed").rows] == [task]


def test_only_the_first_close_counts(database: Database, writing: Writing, city: Principal, today: Today) -> None:
    today("2027-03-05")
    [task, other] = _add(writing, "2027-03-04", "2027-03-05")
    with writing() as tx:
        row, case = inbox.lock(tx, task)
        inbox.close(tx, task, outcome="recommend", done_by="a", done_as="seat", workdays=3)
        inbox.close(tx, other, outcome="recommend", done_by=city.person_id)
        assert (row.id, case.id) == (task, "case")
    with pytest.raises(Stale) as refused, writing() as tx:
        inbox.close(tx, task, outcome="return", done_by="b")
    assert refused.value.at == clock.now()
    with writing() as tx:
        closed = inbox.get(tx, task)
        assert (closed.status, closed.outcome, closed.workdays, closed.late) == ("done", "recommend", 3, True)
        assert inbox.get(tx, other).late is False
        assert inbox.of_case(tx, "case", open_only=True) == []
    with database.reading(city) as tx:
        assert [row.id for row in inbox.for_seat(tx, city, tab="done").rows] == [other]
        assert inbox.done_by(tx, city.person_id, query="nothing like it").rows == []


def test_done_and_started_lists_page_backwards(
    database: Database, writing: Writing, city: Principal, today: Today
) -> None:
    started = today("2027-03-01")
    tasks = _add(writing, *[None] * 5)
    for number, task in enumerate(tasks):
        with clock.travel(started + timedelta(minutes=number)), writing() as tx:
            inbox.close(tx, task, done_by=city.person_id)
            factories.add_case(tx, started_by=city.person_id, recommender_id="city-330100", host_id="one")
    with database.reading(city) as tx:
        first = inbox.done_by(tx, city.person_id, limit=3)
        rest = inbox.done_by(tx, city.person_id, limit=3, after=first.after)
        assert [row.id for row in [*first.rows, *rest.rows]] == tasks[::-1]
        mine = inbox.started_by(tx, city.person_id, limit=4)
        last = inbox.started_by(tx, city.person_id, limit=4, after=mine.after)
        assert (len(mine.rows), len(last.rows), last.after) == (4, 1, None)


def test_urging_counts_and_tells(database: Database, writing: Writing, city: Principal) -> None:
    [task] = _add(writing, None)
    with writing() as tx:
        inbox.urge(tx, inbox.get(tx, task), "请尽快办理")
        inbox.urge(tx, inbox.get(tx, task), "请尽快办理")
    with database.reading(city) as tx:
        assert inbox.get(tx, task).urged == 2
        assert notices.unread(tx, city) == 2
    with writing() as tx:
        inbox.close(tx, task)
        inbox.urge(tx, inbox.get(tx, task), "晚了")
        assert inbox.get(tx, task).urged == 2


def test_a_new_due_day_moves_the_task(database: Database, writing: Writing, city: Principal) -> None:
    one, two = _add(writing, "2027-03-01", "2027-03-02")
    with writing() as tx:
        inbox.put(tx, one, due_on=date(2027, 3, 9))
        inbox.put(tx, two, due_on=None)
        inbox.opened(tx, one, "a")
        inbox.opened(tx, one, "b")
        assert inbox.get(tx, two).sort_on == NO_DUE
        assert inbox.get(tx, one).opened_by == "a"
    with database.reading(city) as tx:
        assert [row.id for row in inbox.for_seat(tx, city).rows] == [one, two]


def test_cancelling(database: Database, writing: Writing, city: Principal) -> None:
    one, two, three = _add(writing, None, None, None)
    with writing() as tx:
        inbox.close(tx, one)
        assert inbox.cancel(tx, [one, two]) == 1
        assert inbox.cancel(tx, []) == 0
        assert inbox.cancel_of_cases(tx, ["case"]) == 1
        assert [inbox.get(tx, each).status for each in (one, two, three)] == ["done", "cancelled", "cancelled"]
    with writing() as tx, pytest.raises(Missing):
        inbox.get(tx, "nowhere")
    with writing() as tx, pytest.raises(Missing):
        inbox.lock(tx, "nowhere")


# ------------------------------------------------------------------------------------------ indexes

HOT: dict[str, tuple[str, Callable[[Tx, Principal], Any]]] = {
    "a page": ("ix_task_inbox", lambda tx, who: inbox.for_seat(tx, who)),
    "a later page": ("ix_task_inbox", lambda tx, who: inbox.for_seat(tx, who, after="2027-01-01~x")),
    "red ones": ("ix_task_inbox", lambda tx, who: inbox.for_seat(tx, who, light="red")),
    "counts": ("ix_task_inbox", lambda tx, who: inbox.counts(tx, who)),
    "claimed": ("ix_task_claimed", lambda tx, who: inbox.for_seat(tx, who, tab="claimed")),
    "an expert's page": ("ix_task_person", lambda tx, who: inbox.for_seat(tx, EXPERT)),
    "overdue": ("ix_task_due", lambda tx, who: inbox.overdue(tx, date(2020, 1, 2))),
    "done": ("ix_task_done_by", lambda tx, who: inbox.done_by(tx, "p5")),
    "timers": ("ix_timer_due", lambda tx, who: timers.due(tx, datetime(2020, 1, 1, tzinfo=clock.CHINA))),
    "timers of a case": ("ix_timer_case", lambda tx, who: timers.of_case(tx, "case")),
}
EXPERT = Principal("p7", "专家", (), Seat("s", "p7", "expert", "", scope="assigned"))


@pytest.fixture
def filled(database: Database, writing: Writing, city: Principal) -> Database:
    """3,000 tasks of which one in ten is open, and as many timers, of 50 cases, analysed."""
    with writing() as tx:
        owners = ["case", *(factories.add_case(tx, host_id="one", recommender_id="city-330100").id for _ in range(49))]
        tasks, waiting = [], []
        for number in range(3000):
            is_open, is_experts = number % 10 == 0, number % 3 == 0
            due = date(2027, 1, 1) + timedelta(days=number % 90)
            row = {"id": f"t{number}", "case_id": owners[number % 50], "root": "designation", "process": "designation"}
            row |= {"element": "e", "title": "t", "due_on": due, "sort_on": due, "arrived_at": clock.now()}
            row |= {
                "role": "expert" if is_experts else "recommender",
                "org_id": "" if is_experts else f"city-{number % 13}",
            }
            row |= {"person_id": f"p{number % 40}" if is_experts else None, "claimed_by": f"p{number % 40}"}
            row |= {"status": "open" if is_open else "done", "done_by": f"p{number % 50}"}
            tasks.append({**row, "done_at": None if is_open else clock.now() - timedelta(minutes=number)})
            at = datetime(2019, 12, 31, tzinfo=clock.CHINA) + timedelta(hours=number)
            timer = {"id": f"w{number}", "case_id": owners[number * 7 % 50], "element": "e", "due_at": at}
            waiting.append({**timer, "status": "waiting" if number % 4 == 0 else "fired"})
        tx.insert(Task, tasks)
        tx.insert(Timer, waiting)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    return database


@pytest.mark.parametrize("query", HOT)
def test_hot_queries_use_their_partial_index(filled: Database, city: Principal, query: str) -> None:
    """jobs.md 4: gate with EXPLAIN on both databases, as a person and as the system."""
    index, ask = HOT[query]
    who = Principal(city.person_id, "x", (), Seat("s", city.person_id, "recommender", "city-1", scope="recommended"))
    for reader in (Principal.system_("command"), who) if "timer" not in query else (Principal.system_("worker"),):
        plans = _plans(filled, reader, lambda tx: ask(tx, who))
        assert all(index in plan for plan in plans), "\n".join(plans)


def _plans(database: Database, reader: Principal, ask: Callable[[Tx], Any]) -> list[str]:
    """The plan of each statement that `ask` sends, as the database explains it."""
    plans: list[str] = []
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "

    def listen(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            other = connection.connection.dbapi_connection.cursor()
            if not database.is_sqlite:
                other.execute("SET LOCAL enable_seqscan = off")
            other.execute(explain + statement, parameters)
            plans.append("\n".join(str(row) for row in other.fetchall()))

    engines = [database.engine, database._readers]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", listen)
    try:
        with database.reading(reader) as tx:
            ask(tx)
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", listen)
    assert plans
    return plans


def test_what_a_step_asks_first_comes_with_the_lock(writing: Writing, city: Principal) -> None:
    """One statement; what it brought is what the tables say, also when it is changed afterwards."""
    today = clock.today()
    with writing() as tx:
        round_ = factories.add_round(tx)
        mine, other = (factories.add_application(tx, round=round_, host="one") for _ in range(2))
        factories.add_application(tx, round=factories.add_round(tx), host="one")
        task_id = factories.add_task(tx, cases.get(tx, mine.id))
        bare = factories.add_task(tx, factories.add_case(tx, process="bare"))
    siblings = {"round_id": round_.id, "host_id": "one"}
    with writing() as tx:
        inbox.lock(tx, task_id)
        assert rounds.facts(tx, round_.id)["id"] == round_.id
        assert applications.facts(tx, mine.id)["base_name"] == mine.base_name
        assert organisations.facts(tx, "one")["recommender_id"] == "city-330100"
        assert organisations.recommender_of(tx, "one", today) == "city-330100"
        assert [row.id for row in applications.where(tx, **siblings)] == [mine.id, other.id]
        drafts.delete(tx, task_id, city.person_id)
        assert tx.statements == ["inbox.lock"]
        applications.put(tx, other.id, base_name="新名")
        assert [row.base_name for row in applications.where(tx, **siblings)] == [mine.base_name, "新名"]
        organisations.affiliate(tx, "one", "city-330200", today)
        assert organisations.facts(tx, "one")["recommender_id"] == "city-330200"
    with writing() as tx:
        drafts.put(tx, task_id, city.person_id, {"a": 1})
    with writing() as tx:
        inbox.lock(tx, task_id)
        drafts.delete(tx, task_id, city.person_id)
        assert drafts.get(tx, task_id, city.person_id) is None
    with writing() as tx:
        _, case = inbox.lock(tx, bare)
        assert (case.round_id, organisations.facts(tx, case.host_id), rounds.facts(tx, None)) == (None, {}, {})
