"""Named places of workers: on PostgreSQL a living worker holds its slot by a session lock, so a dead one's is free.

SQLite serves one process, which needs no such proof.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from webapp.store.db import Database


class Slot:
    """One worker's place; the lock lives as long as its connection, and so as long as the process."""

    def __init__(self, database: Database, name: str) -> None:
        self._database, self.name = database, name
        self._connection: Any = None

    def hold(self) -> bool:
        """Whether the slot is ours: it was already, or it was free and is taken now. Reconnects when it must."""
        if self._database.is_sqlite:
            return True
        try:
            if self._connection is None:
                self._connection = _connected(self._database)
                if not self._connection.scalar(select(func.pg_try_advisory_lock(_key(self.name)))):
                    self.release()
            else:
                self._connection.scalar(select(1))
        except DBAPIError:
            self.release()
        return self._connection is not None

    def release(self) -> None:
        """The slot is free for others."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()


def is_dead(database: Database, name: str) -> bool:
    """Whether nobody holds the slot now. On SQLite there is only one, ours."""
    if database.is_sqlite:
        return False
    with _connected(database) as connection:
        free = bool(connection.scalar(select(func.pg_try_advisory_lock(_key(name)))))
        if free:
            connection.scalar(select(func.pg_advisory_unlock(_key(name))))
        return free


def _connected(database: Database) -> Any:
    return database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def _key(name: str) -> int:
    """A lock number of 63 bits that no other program is likely to use."""
    return int.from_bytes(hashlib.sha256(f"guohe-slot:{name}".encode()).digest()[:8]) >> 1
