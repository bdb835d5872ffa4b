"""Fixtures for everybody: a migrated database per test, on SQLite and PostgreSQL.

GUOHE_TEST_DB=sqlite | postgres | both chooses; `make test` and CI choose both, pytest by itself SQLite. Whatever touches a
database takes the fixture `backend` or one made of it, and so runs on each. On one of them run only:

- tests/browser: what is looked at there is what Chromium makes of the pages, and tests/views asks both databases for the
  same pages. The journey through the whole of a designation runs on both even so.
- tests/bench: its promises are about SQLite (issue 2, 5.5).
- tests/faults/test_disk.py fills SQLite's file, test_restart.py restarts the PostgreSQL server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime

import pytest

from tests.databases import EVERY, Kind, Kinds, Postgres
from webapp import clock
from webapp.store.db import Database, Tx
from webapp.store.principal import Principal


@pytest.fixture(scope="session")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kinds]:
    """`kinds["postgres"]`: each kind of database by its name."""
    with Kinds(tmp_path_factory.mktemp("databases")) as found:
        yield found


@pytest.fixture(params=EVERY)
def backend(request: pytest.FixtureRequest, kinds: Kinds) -> Kind:
    """The kind of database that the test runs on: it runs once on each."""
    return kinds[request.param]


@pytest.fixture
def transient(backend: Kind) -> Iterator[Callable[[str], str]]:
    """Passes on the URL of a database and removes it after the test."""
    with ExitStack() as stack:

        def keep(url: str) -> str:
            stack.callback(backend.drop, url)
            return url

        yield keep


@pytest.fixture(scope="session")
def postgres_server(kinds: Kinds) -> str:
    """A running cluster of this session."""
    found = kinds["postgres"]
    assert isinstance(found, Postgres)
    return found.server


@pytest.fixture
def new_database(kinds: Kinds) -> Iterator[Callable[[str], Database]]:
    """Makes migrated databases of a kind (sqlite, postgres) that end with the test."""
    with ExitStack() as stack:

        def make(name: str) -> Database:
            url = kinds[name].migrated()
            stack.callback(kinds[name].drop, url)
            made = Database(url)
            stack.callback(made.close)
            return made

        yield make


@pytest.fixture
def database(backend: Kind, new_database: Callable[[str], Database]) -> Database:
    """A migrated, empty database."""
    return new_database(backend.name)


@pytest.fixture
def writing(database: Database) -> Callable[[], AbstractContextManager[Tx]]:
    """Opens a writing transaction as the system."""
    return lambda: database.writing(Principal.system_("command"))


@pytest.fixture
def today() -> Iterator[Callable[[str], datetime]]:
    """Sets the clock: `today("2027-06-01")` or with a time of day in Zhejiang; it runs again after the test."""

    def stand(at: str) -> datetime:
        moment = datetime.fromisoformat(at if "T" in at else f"{at}T09:00:00").replace(tzinfo=clock.CHINA)
        clock.stand_at(moment)
        return moment.astimezone(UTC)

    yield stand
    clock.stand_at(None)
