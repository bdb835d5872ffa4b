"""Periods, rolling, working days: every vector of the guide, on the real holiday notices."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import deadlines
from handlers.workdays import Row, Workdays
from webapp.store.seed import workdays as notices

CALENDAR = Workdays(notices.notices())
D = date.fromisoformat


@pytest.mark.article("16")
@pytest.mark.parametrize(
    ("event", "due"),
    [
        ("2026-01-14", "2026-02-14"),  # a Saturday, but a make-up working day
        ("2026-01-15", "2026-02-24"),  # Spring Festival
        ("2026-01-31", "2026-02-28"),
        ("2025-12-31", "2026-02-02"),
        ("2026-04-04", "2026-05-06"),
        ("2026-08-20", "2026-09-20"),  # a make-up Sunday
        ("2026-08-31", "2026-09-30"),
        ("2026-09-01", "2026-10-08"),
        ("2027-01-31", "2027-03-01"),  # no notice yet: provisional
        ("2028-01-31", "2028-02-29"),
    ],
)
def test_one_month_after_the_event_rolls_over_rest_days(event, due):
    """第十六条：变更事项发生一个月内；末日为休息日的顺延。"""
    assert deadlines.roll(deadlines.months(1, D(event)), CALENDAR) == D(due)


@pytest.mark.article("15")
@pytest.mark.parametrize(
    ("year", "rolled"),
    [(2020, "2020-02-03"), (2021, "2021-02-01"), (2022, "2022-02-07"), (2023, "2023-01-31"), (2024, "2024-01-31"),
     (2025, "2025-02-05"), (2026, "2026-02-02")],
)  # fmt: skip
def test_31_january_rolls(year, rolled):
    """第十五条：每年1月31日前；逾期标记在顺延之后。"""
    assert deadlines.roll(date(year, 1, 31), CALENDAR) == D(rolled)


@pytest.mark.parametrize(
    ("start", "n", "due"),
    [
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-13", 5, "2026-02-27"),
        ("2026-09-30", 5, "2026-10-13"),
        ("2026-04-30", 5, "2026-05-11"),
        ("2026-09-18", 3, "2026-09-22"),
        ("2026-02-10", 10, "2026-03-02"),
        ("2026-02-10", 0, "2026-02-10"),
    ],
)
def test_working_days_count_makeup_days_and_skip_holidays(start, n, due):
    """The day of arrival is not counted."""
    assert deadlines.workdays(n, D(start), CALENDAR) == D(due)
    assert deadlines.workdays_between(D(start), D(due), CALENDAR) == n


def test_working_days_backwards_are_refused_or_none():
    """A limit cannot be negative; nothing lies between a day and an earlier one."""
    with pytest.raises(ValueError, match="不能为负数"):
        deadlines.workdays(-1, D("2026-02-10"), CALENDAR)
    assert deadlines.workdays_between(D("2026-02-10"), D("2026-02-01"), CALENDAR) == 0


def test_a_calendar_without_working_days_is_named_not_looped_over():
    """Two months of holidays are a fault of the table."""
    quarter = [date(2030, 1, 1) + timedelta(days=n) for n in range(90)]
    closed = Workdays(Row(day, "holiday") for day in quarter)
    with pytest.raises(ValueError, match="工作日历有误：2030-01-01"):
        deadlines.roll(date(2030, 1, 1), closed)


@pytest.mark.parametrize(
    ("n", "day", "then"),
    [(1, "2026-01-31", "2026-02-28"), (1, "2025-12-15", "2026-01-15"), (12, "2024-02-29", "2025-02-28"),
     (-1, "2026-03-31", "2026-02-28"), (0, "2026-07-05", "2026-07-05"), (11, "2026-01-31", "2026-12-31")],
)  # fmt: skip
def test_months_end_on_the_corresponding_day_or_the_last(n, day, then):
    """民法典第二百零二条、第二百零三条。"""
    assert deadlines.months(n, D(day)) == D(then)


@given(st.dates(date(1990, 1, 1), date(2090, 12, 31)), st.integers(0, 240))
def test_months_land_in_the_right_month(day, n):
    """Never in the month after, whatever the length of the months between."""
    then = deadlines.months(n, day)
    assert (then.year * 12 + then.month) - (day.year * 12 + day.month) == n
    assert then.day == day.day or then.day >= 28


@given(st.dates(date(2004, 1, 1), date(2060, 12, 31)))
def test_rolling_never_raises_and_lands_on_a_working_day(day):
    """Years without a notice are provisional, never an error."""
    rolled = deadlines.roll(day, CALENDAR)
    assert CALENDAR.is_workday(rolled)
    assert 0 <= (rolled - day).days <= 11


def test_instants_are_those_of_zhejiang():
    """By day D means D 24:00, +08:00."""
    assert deadlines.start_of(D("2026-01-31")) == datetime(2026, 1, 30, 16, tzinfo=UTC)
    assert deadlines.end_of(D("2026-01-31")) == datetime(2026, 1, 31, 16, tzinfo=UTC)
    assert deadlines.end_of(D("2026-01-31")).isoformat() == "2026-02-01T00:00:00+08:00"
    assert deadlines.business_date(datetime(2026, 1, 31, 15, 59, 59, tzinfo=UTC)) == D("2026-01-31")
    assert deadlines.business_date(datetime(2026, 1, 31, 16, tzinfo=UTC)) == D("2026-02-01")


@pytest.mark.article("18", "22")
@pytest.mark.parametrize(
    ("decided", "last", "first_allowed"),
    [("2026-04-10", "2029-04-10", "2029-04-11"), ("2028-02-29", "2031-02-28", "2031-03-01")],
)
def test_ban_lasts_three_years_from_the_document(decided, last, first_allowed):
    """三年内不得再次申报：末日仍在限制期内，次日可申报。"""
    ban = deadlines.ban_period(D(decided))
    assert (ban.ends_on, ban.first_day_allowed) == (D(last), D(first_allowed))
    assert ban.holds_on(D(decided))
    assert ban.holds_on(D(last))
    assert not ban.holds_on(D(first_allowed))


@pytest.mark.article("15")
@pytest.mark.parametrize(
    ("designated", "january_2026", "january_2027"),
    [("2025-01-15", True, True), ("2025-01-31", True, True), ("2025-02-01", False, True),
     ("2024-02-29", True, True), ("2025-06-30", False, True)],
)  # fmt: skip
def test_designated_for_a_full_year(designated, january_2026, january_2027):
    """第十五条：认定满一年的国合基地。"""
    assert deadlines.is_full_year(D(designated), D("2026-01-31")) is january_2026
    assert deadlines.is_full_year(D(designated), D("2027-01-31")) is january_2027


@pytest.mark.article("15")
def test_leap_day_designation_was_not_due_in_the_first_january():
    """2024-02-29 认定的基地，满一年之日为 2025-02-28。"""
    assert not deadlines.is_full_year(D("2024-02-29"), D("2025-01-31"))
    assert deadlines.is_full_year(D("2024-02-29"), D("2025-02-28"))
    assert not deadlines.is_full_year(D("2025-01-31"), D("2026-01-01"))
