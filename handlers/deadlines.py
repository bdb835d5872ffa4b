"""Business dates and the instants they begin and end; called `deadline.*` in diagrams.

Periods follow Civil Code art. 201-203: the first day is not counted, a period in months or years ends on the
corresponding day or the month's last, and a last day that is a rest day yields to the day after the holiday.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from handlers.vocabulary import Calendar

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""All business dates are dates here; no daylight saving."""

_MONTHS = 12
_LONGEST_HOLIDAY = 60


def workdays(n: int, start: date, calendar: Calendar) -> date:
    """The n-th working day after `start`, which is not counted; `start` itself for 0."""
    if n < 0:
        raise ValueError("工作日数不能为负数")
    day = start
    for _ in range(n):
        day = roll(day + timedelta(days=1), calendar)
    return day


def workdays_between(start: date, end: date, calendar: Calendar) -> int:
    """How many working days lie after `start` up to and including `end`; 0 when `end` is not later."""
    span = (end - start).days
    return sum(calendar.is_workday(start + timedelta(days=n)) for n in range(1, span + 1))


def roll(day: date, calendar: Calendar) -> date:
    """`day` if people work on it, else the first working day after it."""
    for n in range(_LONGEST_HOLIDAY):
        if calendar.is_workday(day + timedelta(days=n)):
            return day + timedelta(days=n)
    raise ValueError(f"工作日历有误：{day} 起 {_LONGEST_HOLIDAY} 天内没有工作日")


def months(n: int, day: date) -> date:
    """The corresponding day `n` months after `day` (before, when negative), or that month's last day."""
    year, month = divmod(day.year * _MONTHS + day.month - 1 + n, _MONTHS)
    return date(year, month + 1, min(day.day, _days_in(year, month + 1)))


def years(n: int, day: date) -> date:
    """The corresponding day `n` years after `day`; 28 February for a leap day."""
    return months(n * _MONTHS, day)


def start_of(day: date) -> datetime:
    """The instant `day` begins in Zhejiang, aware (+08:00)."""
    return datetime.combine(day, time.min, CHINA)


def end_of(day: date) -> datetime:
    """The instant `day` is over in Zhejiang ("24:00"), aware (+08:00); "by day D" holds strictly before it."""
    return start_of(day + timedelta(days=1))


def business_date(moment: datetime) -> date:
    """The date people in Zhejiang write at that aware moment."""
    return moment.astimezone(CHINA).date()


def is_full_year(designated_on: date, anchor: date) -> bool:
    """第十五条“认定满一年”: a full year has passed since `designated_on` by `anchor`, that day included."""
    return years(1, designated_on) <= anchor


@dataclass(frozen=True)
class BanPeriod:
    """三年内不得再次申报: both days are banned days."""

    starts_on: date
    ends_on: date

    @property
    def first_day_allowed(self) -> date:
        """The first day on which the unit may apply again."""
        return self.ends_on + timedelta(days=1)

    def holds_on(self, day: date) -> bool:
        """`day` is a banned day."""
        return self.starts_on <= day <= self.ends_on


def ban_period(decided_on: date, length: int = 3) -> BanPeriod:
    """第十八条、第二十二条: from the document's date, `length` years (parameter `ban.years`)."""
    return BanPeriod(decided_on, years(length, decided_on))


def _days_in(year: int, month: int) -> int:
    following = date(year + month // _MONTHS, month % _MONTHS + 1, 1)
    return (following - timedelta(days=1)).day
