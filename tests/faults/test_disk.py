"""A full disk: the act is refused in Chinese and leaves nothing, reading goes on, and freed space is enough to go on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from tests.faults import load
from tests.faults.roles import PROCESS
from tests.jobs.conftest import settings
from webapp.engine import commands
from webapp.errors import Full
from webapp.installation import Installation
from webapp.store import inbox, journal, people
from webapp.store.db import Database
from webapp.store.principal import Principal
from webapp.store.tables import Case

SYSTEM = Principal.system_("command")
LARGE = {"reason": "很长的理由" * 20_000}


@pytest.fixture
def installation(new_database: Any, tmp_path: Path) -> Iterator[Installation]:
    made: Database = new_database("sqlite")
    url = made.url.render_as_string(hide_password=False)
    load.ground(url, tmp_path)
    opened = Installation(settings(url, tmp_path))
    yield opened
    opened.close()


def test_a_full_disk_refuses_and_recovers(installation: Installation) -> None:
    limit = _Limit(installation.database)
    with installation.database.reading(SYSTEM) as tx:
        officer = people.principal_of(tx, "p-officer")

    def start(number: int) -> str:
        with installation.database.writing(SYSTEM) as tx:
            title = f"案卷{number}" + "长" * 20_000
            return commands.start(tx, officer, PROCESS, command_id=f"full-{number}", title=title).case_id

    first = start(0)
    limit.to_what_is_used()
    with pytest.raises(Full, match="存储空间已满"):
        list(map(start, range(1, 200)))
    with installation.database.reading(SYSTEM) as tx:
        count = tx.scalar(select(func.count(Case.id)).where(Case.process == PROCESS)) or 0
        tasks = [inbox.of_case(tx, case_id) for case_id in tx.scalars(select(Case.id).where(Case.process == PROCESS))]
        assert all(len(rows) == 1 for rows in tasks), "no case without its task"
        assert first in {rows[0].case_id for rows in tasks}
        assert journal.verify(tx) == []
    limit.lift()
    start(count)
    with installation.database.reading(SYSTEM) as tx:
        assert tx.scalar(select(func.count(Case.id)).where(Case.process == PROCESS)) == count + 1
    assert limit.integrity() == "ok"


class _Limit:
    """How many pages the file may have, on every connection from now on."""

    def __init__(self, database: Database) -> None:
        self._database, self._pages = database, 0
        event.listen(database.engine, "begin", self._apply)

    def to_what_is_used(self) -> None:
        self._pages = int(self._pragma("page_count")) + 8

    def lift(self) -> None:
        self._pages = 1 << 30

    def integrity(self) -> str:
        return str(self._pragma("integrity_check"))

    def _apply(self, connection: Any) -> None:
        if self._pages:
            connection.connection.dbapi_connection.execute(f"PRAGMA max_page_count = {self._pages}")

    def _pragma(self, name: str) -> Any:
        with self._database.engine.connect() as connection:
            return connection.exec_driver_sql(f"PRAGMA {name}").scalar()
