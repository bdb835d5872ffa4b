"""The databases of a test session, on SQLite and on PostgreSQL: each test has a copy of one that was made once."""

from __future__ import annotations

import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from tests import postgres
from webapp.store.db import Database
from webapp.store.tables import Model

CHOICE = os.environ.get("GUOHE_TEST_DB") or ("both" if os.environ.get("CI") == "true" else "sqlite")
BACKENDS = {"sqlite": ["sqlite"], "postgres": ["postgres"], "both": ["sqlite", "postgres"]}[CHOICE]
"""What the tests of this session run on; `make test` and CI choose both."""
EVERY = [pytest.param(name, marks=pytest.mark.postgres if name == "postgres" else ()) for name in BACKENDS]
"""To parametrize with."""
ONE = BACKENDS[0]
"""For the tests that gain nothing from two."""


class Kind(ABC):
    """One kind of database. URLs are what `Settings.database` takes; nobody may be connected to what is copied."""

    name: str

    def __init__(self) -> None:
        self._numbers = count(1)
        self._kept: dict[str, tuple[str, Any]] = {}

    @abstractmethod
    def empty(self) -> str:
        """The place of a database without tables."""

    @abstractmethod
    def copy(self, url: str) -> str:
        """A database of its own with the same rows."""

    @abstractmethod
    def drop(self, url: str) -> None:
        """The database is gone, whoever is still connected."""

    def once(self, name: str, make: Callable[[str], Any]) -> tuple[str, Any]:
        """The database that `make` filled when it was first asked for, to be copied; and what `make` answered."""
        if name not in self._kept:
            url = self.empty()
            self._kept[name] = (url, make(url))
        return self._kept[name]

    def migrated(self) -> str:
        """A copy of the newest schema, without rows."""
        return self.copy(self.once("migrated", _migrate)[0])


class Sqlite(Kind):
    """Files in a folder of the session."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def empty(self) -> str:
        return f"sqlite:///{self._folder}/guohe{next(self._numbers)}.db"

    def copy(self, url: str) -> str:
        made = self.empty()
        shutil.copyfile(_path(url), _path(made))
        return made

    def drop(self, url: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{_path(url)}{suffix}").unlink(missing_ok=True)


class Postgres(Kind):
    """Databases of a cluster of the session."""

    name = "postgres"

    def __init__(self, server: str) -> None:
        super().__init__()
        self.server = server

    def empty(self) -> str:
        return postgres.create(self.server, self._new_name())

    def copy(self, url: str) -> str:
        return postgres.create(self.server, self._new_name(), _path(url))

    def drop(self, url: str) -> None:
        postgres.drop(self.server, _path(url))

    def _new_name(self) -> str:
        """Several sessions may share a server that was given."""
        return f"guohe_{os.getpid()}_{next(self._numbers)}"


class Kinds(ExitStack):
    """The kinds of a session; a server is started when it is first needed, and stopped at the end."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._known: dict[str, Kind] = {}

    def __getitem__(self, name: str) -> Kind:
        if name not in self._known:
            self._known[name] = (
                Sqlite(self._folder) if name == "sqlite" else Postgres(self.enter_context(postgres.cluster()))
            )
        return self._known[name]


def digest(database: Database, *, but: Collection[str] = ()) -> str:
    """A hash of every row of every table of ours except these: the same when nothing has changed."""
    found = sha256()
    for name, rows in _contents(database):
        if name not in but:
            found.update("\n".join([name, *sorted(map(repr, rows))]).encode())
    return found.hexdigest()


def _contents(database: Database) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    with database.engine.connect() as connection:
        for table in sorted(Model.metadata.tables):
            yield table, [tuple(row) for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"')]


def _migrate(url: str) -> None:
    database = Database(url)
    database.upgrade()
    database.close()


def _path(url: str) -> str:
    """The file, or the name on the server."""
    found = make_url(url).database
    assert found is not None
    return found
