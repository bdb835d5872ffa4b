"""Fixtures for everybody: a migrated database per test, on SQLite and, when asked, on PostgreSQL.

GUOHE_TEST_DB=sqlite (default) | postgres | both chooses.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from tests import postgres
from webapp import clock
from webapp.store.db import Database, Tx
from webapp.store.principal import Principal

CHOICE = os.environ.get("GUOHE_TEST_DB", "sqlite")
BACKENDS = {"sqlite": ["sqlite"], "postgres": ["postgres"], "both": ["sqlite", "postgres"]}[CHOICE]
_numbers = count(1)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "guohe.db"
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A running cluster of this session."""
    with postgres.cluster() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a migrated, empty PostgreSQL database to copy."""
    name = f"template_{os.getpid()}"
    database = Database(postgres.create(postgres_server, name))
    database.upgrade()
    database.close()
    return name


@pytest.fixture
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], Database]]:
    """Makes migrated databases of a kind (sqlite, postgres) that end with the test."""
    with ExitStack() as stack:
        yield lambda kind: stack.enter_context(_database(kind, request, tmp_path))


@pytest.fixture(params=BACKENDS)
def database(request: pytest.FixtureRequest, new_database: Callable[[str], Database]) -> Database:
    """A migrated, empty database."""
    return new_database(request.param)


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


class _database(ExitStack):  # noqa: N801  # used like a function
    """A context that yields the database and removes it."""

    def __init__(self, kind: str, request: pytest.FixtureRequest, folder: Path) -> None:
        super().__init__()
        self._made = self._sqlite(request, folder) if kind == "sqlite" else self._postgres(request)
        self.callback(self._made.close)

    def __enter__(self) -> Database:  # type: ignore[override]
        super().__enter__()
        return self._made

    def _sqlite(self, request: pytest.FixtureRequest, folder: Path) -> Database:
        path = folder / f"guohe{next(_numbers)}.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        return Database(f"sqlite:///{path}")

    def _postgres(self, request: pytest.FixtureRequest) -> Database:
        template = request.getfixturevalue("postgres_template")
        server = request.getfixturevalue("postgres_server")
        name = f"test_{os.getpid()}_{next(_numbers)}"
        self.callback(postgres.drop, server, name)
        return Database(postgres.create(server, name, template))
