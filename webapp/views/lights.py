"""The light of a limit, in working days: green, yellow from three days left, red when overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from handlers.vocabulary import Calendar
from webapp import clock

HORIZON = 400
"""Days looked ahead or back at most; beyond that the figure no longer matters."""


@dataclass(frozen=True)
class Light:
    """`left_days` working days remain (0: due today); `overdue_days` working days past; both None/0 without a limit."""

    due: date | None
    overdue_days: int = 0
    left_days: int | None = None

    @property
    def colour(self) -> str:
        """red, yellow, green or grey."""
        if self.due is None:
            return "grey"
        if self.overdue_days:
            return "red"
        return "yellow" if self.left_days is not None and self.left_days <= 3 else "green"


def light(calendar: Calendar, due: date | None) -> Light:
    """The light of a business date, seen from today."""
    if due is None:
        return Light(None)
    today = clock.today()
    if due < today:
        return Light(due, max(1, workdays_between(calendar, due, today)))
    return Light(due, 0, workdays_between(calendar, today, due))


def workdays_between(calendar: Calendar, start: date, end: date) -> int:
    """Working days after `start` up to and with `end`."""
    days = min((end - start).days, HORIZON)
    return sum(calendar.is_workday(start + timedelta(days=n)) for n in range(1, days + 1))
