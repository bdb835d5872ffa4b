"""Working days of Zhejiang as a plain table in memory; fits `handlers.vocabulary.Calendar`.

Knows the State Council's notices only as rows. A year without rows is provisional: weekends and statutory days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Kind = Literal["work", "rest", "makeup", "holiday"]

_OFF = {"rest", "holiday"}
_SATURDAY = 5


@dataclass(frozen=True)
class Row:
    """One day of the table; ordinary Mondays to Sundays need no row."""

    day: date
    kind: Kind
    provisional: bool = False


class Workdays:
    """Answers for every date; the notice's rows win over the week, the week over nothing."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """`rows` of a year without a firm row leave that year provisional."""
        table = list(rows)
        self._kinds = {row.day: row.kind for row in table}
        self._years = {row.day.year for row in table if not row.provisional}

    def is_workday(self, day: date) -> bool:
        """People in offices work on that day, make-up Saturdays and Sundays included."""
        kind = self._kinds.get(day)
        if kind is not None:
            return kind not in _OFF
        if day.weekday() >= _SATURDAY:
            return False
        return not self.is_provisional(day.year) or day not in statutory_days(day.year)

    def is_provisional(self, year: int) -> bool:
        """No notice for that year is in the table; its due dates may still move."""
        return year not in self._years


def statutory_days(year: int) -> frozenset[date]:
    """Days off by 《全国年节及纪念日放假办法》 as amended for 2025; moving feasts are known from 2027 to 2036."""
    fixed = {date(year, 1, 1), date(year, 5, 1), date(year, 5, 2), *_days(date(year, 10, 1), 3)}
    spring, qingming, dragon_boat, mid_autumn = _FEASTS.get(year, (None,) * 4)
    if not (spring and qingming and dragon_boat and mid_autumn):
        return frozenset(fixed)
    eve = spring - timedelta(days=1)
    return frozenset({*fixed, *_days(eve, 4), qingming, dragon_boat, mid_autumn})


def _days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(count)]


def _feasts(year: int, *month_days: tuple[int, int]) -> tuple[date, ...]:
    return tuple(date(year, month, day) for month, day in month_days)


# First day of the lunar year, Qingming, Dragon Boat, Mid-Autumn.
_FEASTS: dict[int, tuple[date, ...]] = {
    2027: _feasts(2027, (2, 6), (4, 5), (6, 9), (9, 15)),
    2028: _feasts(2028, (1, 26), (4, 4), (5, 28), (10, 3)),
    2029: _feasts(2029, (2, 13), (4, 4), (6, 16), (9, 22)),
    2030: _feasts(2030, (2, 3), (4, 5), (6, 5), (9, 12)),
    2031: _feasts(2031, (1, 23), (4, 5), (6, 24), (10, 1)),
    2032: _feasts(2032, (2, 11), (4, 4), (6, 12), (9, 19)),
    2033: _feasts(2033, (1, 31), (4, 4), (6, 1), (9, 8)),
    2034: _feasts(2034, (2, 19), (4, 5), (6, 20), (9, 27)),
    2035: _feasts(2035, (2, 8), (4, 5), (6, 10), (9, 16)),
    2036: _feasts(2036, (1, 28), (4, 4), (5, 30), (10, 4)),
}
