"""The only source of time, for the application and for the engine alike.

A story, `guohe play` and `guohe simulate` move it with `travel`; everything else only reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Business dates are dates here; there is no daylight saving."""

_virtual: ContextVar[datetime | None] = ContextVar("virtual_now", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _virtual.get() or datetime.now(UTC)


def today() -> date:
    """The business date in Zhejiang."""
    return now().astimezone(CHINA).date()


def local(moment: datetime) -> datetime:
    """The same moment as the people in Zhejiang read it on the wall."""
    return moment.astimezone(CHINA)


@contextmanager
def travel(to: datetime) -> Iterator[None]:
    """Within the block the clock stands at `to` (aware)."""
    token = _virtual.set(to.astimezone(UTC))
    try:
        yield
    finally:
        _virtual.reset(token)


def stand_at(to: datetime | None) -> None:
    """From here on, in this thread's context, the clock stands at `to`; None lets it run again."""
    _virtual.set(to.astimezone(UTC) if to else None)
