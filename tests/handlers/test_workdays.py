"""The table of working days: agrees with the notices, falls back where there is none."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar

from handlers.workdays import Row, Workdays, statutory_days
from webapp.store.seed import workdays as notices


def test_every_day_of_the_known_years_agrees_with_chinesecalendar():
    """8401 days, 2004 to 2026."""
    calendar = Workdays(notices.notices())
    day = date(2004, 1, 1)
    while day.year <= 2026:
        assert calendar.is_workday(day) is chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


def test_year_without_notice_is_provisional_with_weekends_and_statutory_days():
    """2027 has no notice yet: Spring Festival is known, its make-up days are not."""
    calendar = Workdays(notices.notices())
    assert not calendar.is_provisional(2026)
    assert calendar.is_provisional(2027)
    assert not calendar.is_workday(date(2027, 2, 8))  # third day of the lunar year, a Monday
    assert calendar.is_workday(date(2027, 2, 9))
    assert not calendar.is_workday(date(2027, 2, 28))
    assert calendar.is_workday(date(2027, 3, 1))


def test_year_beyond_the_lunar_table_keeps_the_fixed_days():
    """2060: 1 January, 1-2 May, 1-3 October."""
    assert statutory_days(2060) == {date(2060, 1, 1), date(2060, 5, 1), date(2060, 5, 2),
                                    date(2060, 10, 1), date(2060, 10, 2), date(2060, 10, 3)}  # fmt: skip
    assert not Workdays([]).is_workday(date(2060, 10, 1))
    assert len(statutory_days(2031)) == 12  # Mid-Autumn falls on 1 October


def test_importing_the_notice_makes_the_year_firm():
    """With firm rows the week decides on other days; provisional rows do not count as a notice."""
    imported = Workdays(
        [Row(date(2027, 2, 11), "holiday"), Row(date(2027, 2, 20), "makeup"), Row(date(2027, 2, 22), "work")]
    )
    assert not imported.is_provisional(2027)
    assert imported.is_workday(date(2027, 2, 20))
    assert imported.is_workday(date(2027, 2, 22))
    assert not imported.is_workday(date(2027, 2, 11))
    assert imported.is_workday(date(2027, 4, 5))  # the notice is complete: what it does not name is an ordinary Monday
    guessed = Workdays([Row(date(2027, 2, 11), "rest", provisional=True)])
    assert guessed.is_provisional(2027)
    assert not guessed.is_workday(date(2027, 2, 11))
    assert not guessed.is_workday(date(2027, 4, 5))
