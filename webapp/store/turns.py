"""Writers of an embedded database take turns in the order they came.

SQLite lets one write at a time and has the others sleep and try again, longer each time, whoever came first: of four
busy threads one went on and on while another waited for seconds. Writers of other processes still meet at its own lock.
"""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, event

from webapp.errors import Busy

_HAS_TURN = "has_turn"


class Turns:
    """A lock that is handed to whoever has waited longest; any thread may give it back."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._waiting: deque[Lock] = deque()
        self._is_taken = False

    def take(self, seconds: float) -> bool:
        """Whether the turn came within that time."""
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            mine = Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=seconds):
            return True
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return False
        return True  # it came in this very moment

    def give(self) -> None:
        """The next one's turn has come."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False


def take_turns(engine: Engine, seconds: float) -> None:
    """Transactions of the engine begin one after another, and each ends before the next begins.

    Beginning raises Busy when that takes longer than `seconds`.
    """
    turns = Turns()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if not turns.take(seconds):
            raise Busy
        connection.connection.record_info[_HAS_TURN] = True  # type: ignore[index]  # it has one

    @event.listens_for(engine, "checkin")  # codespell:ignore checkin
    def _end(_: Any, record: Any) -> None:
        if record.record_info.pop(_HAS_TURN, False):
            turns.give()
