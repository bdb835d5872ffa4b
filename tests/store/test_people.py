"""Who may act as whom, on which day."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta

import pytest

from tests import factories
from webapp import clock
from webapp.errors import Forbidden, Missing, Stale
from webapp.store import pages_logins as logins
from webapp.store import people
from webapp.store.db import Database, Tx
from webapp.store.principal import Principal

Writing = Callable[[], AbstractContextManager[Tx]]
Today = Callable[[str], datetime]


@pytest.fixture
def officer(writing: Writing, today: Today) -> str:
    """An officer of Hangzhou, since 2020, who was the host's clerk until the end of 2026."""
    today("2027-03-01")
    with writing() as tx:
        factories.add_roles(tx)
        factories.add_city(tx)
        factories.add_host(tx, id="one")
        person = factories.add_person(tx, role="recommender", org="city-330100", login="zhang", name="张三")
        people.grant(tx, person.id, "host", "one", valid_from=date(2025, 1, 1), valid_to=date(2026, 12, 31), by="x")
    return person.id


def test_seats_are_those_of_the_day(writing: Writing, officer: str) -> None:
    with writing() as tx:
        [seat] = people.seats_of(tx, officer)
        assert (seat.role, seat.org_id, seat.scope) == ("recommender", "city-330100", "recommended")
        assert (seat.role_name, seat.org_name, seat.city) == ("组织推荐部门", "杭州市科学技术局", "330100")
        then = people.seats_of(tx, officer, date(2026, 12, 31))
        assert [each.role for each in then] == ["host", "recommender"]


def test_a_deputy_acts_in_anothers_name(writing: Writing, officer: str) -> None:
    with writing() as tx:
        deputy = factories.add_person(tx, name="李四")
        period = {"valid_from": date(2027, 2, 1), "valid_to": date(2027, 3, 1)}
        row = {"from_person": officer, "to_person": deputy.id, "role": "recommender", "org_id": "city-330100"}
        people.delegate(tx, **row, **period, reason="出差")
    with writing() as tx:
        principal = people.principal_of(tx, deputy.id)
        assert principal.holds("recommender", "city-330100")
        assert principal.seat.acted_for == officer
        assert people.seats_of(tx, deputy.id, date(2027, 3, 2)) == ()
        assert len(people.delegations_of(tx, officer)) == 1
        assert people.principal_of(tx, deputy.id, on=date(2027, 3, 2)).seat is None


def test_a_person_acts_through_a_seat_he_holds(writing: Writing, officer: str) -> None:
    with writing() as tx:
        principal = people.principal_of(tx, officer)
        assert people.principal_of(tx, officer, principal.seat.id) == principal
        with pytest.raises(Forbidden):
            people.principal_of(tx, officer, "somebody else's")
        people.revoke(tx, principal.seat.id, clock.today() - timedelta(days=1))
        assert people.principal_of(tx, officer).seat is None
        people.put(tx, people.person(tx, officer), active=False)
        with pytest.raises(Missing):
            people.principal_of(tx, officer)
        with pytest.raises(Missing):
            people.person(tx, "nobody")


def test_finding_people(writing: Writing, officer: str) -> None:
    with writing() as tx:
        assert people.by_login(tx, "zhang").id == officer
        assert people.by_login(tx, "li") is None
        assert [each.id for each in people.holders(tx, "recommender", "city-330100")] == [officer]
        assert people.holders(tx, "recommender", "city-330100", date(2019, 1, 1)) == []
        assert people.holders(tx, "host", "one") == []
        assert [seat.role for _, seat in people.of_organisation(tx, "one")] == ["host"]
        assert people.names(tx, [officer, None, ""]) == {officer: "张三"}  # type: ignore[list-item]
        assert [people.name_of(tx, each) for each in (officer, "x", None)] == ["张三", "x", ""]
        assert people.experts(tx) == []


def test_a_login_is_one_persons(writing: Writing, officer: str) -> None:
    with pytest.raises(Stale), writing() as tx:
        factories.add_person(tx, login="zhang")


def test_the_login_principal_does_what_logging_in_needs(database: Database, officer: str) -> None:
    system = Principal.system_("login")
    with database.writing(system) as tx:
        attempt = logins.add_attempt(tx, "zhang", "10.0.0.0/24")
    with database.writing(system) as tx:
        before = clock.now() - timedelta(hours=1)
        assert logins.failures(tx, "zhang", "10.0.0.0/24", since=before).here == 1
        logins.succeeded(tx, attempt)
        person = people.by_login(tx, "zhang")
        people.put(tx, person, password_hash="x")
        values = {"person_id": person.id, "data": {}, "created_at": clock.now(), "seen_at": clock.now()}
        logins.put_session(tx, key="k", **values)
    with database.reading(people_of(database, officer)) as tx:
        assert logins.session(tx, "k").person_id == officer
    with database.reading(Principal("somebody")) as tx:
        assert logins.session(tx, "k") is None
    with database.writing(system) as tx:
        assert logins.failures(tx, "zhang", "10.0.0.0/24", since=before).here == 0
        logins.end_sessions(tx, officer)
    with database.writing(system) as tx:
        assert logins.session(tx, "k") is None


def people_of(database: Database, person_id: str) -> Principal:
    """The person's principal."""
    with database.reading(Principal.system_("login")) as tx:
        return people.principal_of(tx, person_id)
