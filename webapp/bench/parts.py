"""Where a completion's CPU goes: functions of each room are timed while they run, each second counted once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from time import thread_time
from typing import Any
from unittest import mock

from webapp.engine import projection, runtime, sheets
from webapp.jobs import port
from webapp.spiff import workflow
from webapp.store import db

REST = "command"
"""What is in none of the parts: the command itself and what it asks on the way."""
PARTS: dict[str, list[tuple[Any, str]]] = {
    "load": [(workflow.Workflow, "load")],
    "form": [(sheets, "validated"), (sheets, "form_of"), (sheets, "facts_of")],
    "rules": [(runtime.CaseHost, "run")],
    "engine": [(workflow.Workflow, "complete"), (workflow.Workflow, "advance"), (runtime.Runtime, "step")],
    "dump": [(workflow.Workflow, "dump")],
    "projection": [(projection, "project")],
    "jobs": [(port.Jobs, "enqueue")],
    "sql": [
        (db.Tx, name) for name in ("execute", "scalars", "scalar", "get", "write_deferred", "write", "change", "upsert")
    ],
    "commit": [(db.Tx, "_finish")],
}


class Clockwork:
    """CPU seconds by part; time in a part that another part calls counts for the inner one only."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._stack = [REST]
        self._since = thread_time()

    def enter(self, part: str) -> None:
        self._book()
        self._stack.append(part)

    def leave(self) -> None:
        self._book()
        self._stack.pop()

    def _book(self) -> None:
        now = thread_time()
        part = self._stack[-1]
        self.seconds[part] = self.seconds.get(part, 0.0) + now - self._since
        self._since = now


@contextmanager
def watched() -> Iterator[Clockwork]:
    """Within the block the parts' CPU is counted."""
    clockwork = Clockwork()
    with ExitStack() as stack:
        for part, functions in PARTS.items():
            for owner, name in functions:
                if hasattr(owner, name):
                    stack.enter_context(mock.patch.object(owner, name, _timed(owner, name, part, clockwork)))
        yield clockwork
        clockwork.enter(REST)


def _timed(owner: Any, name: str, part: str, clockwork: Clockwork) -> Any:
    static = owner.__dict__.get(name)
    inner: Callable[..., Any] = getattr(owner, name)

    @wraps(inner)
    def timed(*args: Any, **options: Any) -> Any:
        clockwork.enter(part)
        try:
            return inner(*args, **options)
        finally:
            clockwork.leave()

    return staticmethod(timed) if isinstance(static, staticmethod | classmethod) else timed
