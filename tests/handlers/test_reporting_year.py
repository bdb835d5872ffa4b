"""第十五条: who owes a report, from which day it is late, and every vector of domain.md 3.1 and 3.2."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from handlers import reporting_year
from handlers.reporting_year import year_of
from handlers.workdays import Row, Workdays
from tests.handlers.annual import BASE, PARAMETERS


def _duty(designated_on: str, year: int, history: list[dict[str, Any]] | None = None, **changes: Any) -> Any:
    parameters = {**PARAMETERS, **{f"annual_report.{key}": value for key, value in changes.pop("said", {}).items()}}
    base = {**BASE, "designated_on": date.fromisoformat(designated_on), **changes}
    return reporting_year.duty(base, year_of(year, parameters), history or [], {})


@pytest.mark.article("15")
@pytest.mark.parametrize(
    ("designated_on", "year", "anchor", "owes"),
    [
        ("2025-01-15", 2025, "deadline", True),
        ("2025-01-15", 2026, "deadline", True),
        ("2025-01-15", 2025, "window_open", False),
        ("2025-01-15", 2025, "year_end", False),
        ("2025-01-01", 2025, "window_open", True),
        ("2024-12-31", 2025, "year_end", True),
        ("2025-01-31", 2025, "deadline", True),
        ("2025-01-31", 2025, "window_open", False),
        ("2025-01-31", 2026, "deadline", True),
        ("2025-02-01", 2025, "deadline", False),
        ("2025-02-01", 2026, "deadline", True),
        ("2024-02-29", 2024, "deadline", False),
        ("2024-02-29", 2025, "deadline", True),
        ("2025-06-30", 2025, "deadline", False),
        ("2025-06-30", 2026, "deadline", True),
    ],
)
def test_full_year_at_each_anchor(designated_on: str, year: int, anchor: str, *, owes: bool) -> None:
    """第十五条“认定满一年”：domain.md 3.2 的各个日期和三种判断日。"""
    duty = _duty(designated_on, year, said={"full_year_anchor": anchor})
    assert (duty.data is not None) is owes
    assert bool(duty.reason) is not owes


@pytest.mark.article("15")
@pytest.mark.parametrize(
    ("designated_on", "year", "starts", "first", "since"),
    [
        ("2025-01-15", 2025, "2025-01-15", True, ""),
        ("2025-01-31", 2025, "2025-01-31", True, ""),
        ("2025-02-01", 2026, "2026-01-01", True, "2025-02-01"),
        ("2024-02-29", 2025, "2025-01-01", True, "2024-02-29"),
        ("2025-01-15", 2026, "2026-01-01", False, ""),
        ("2023-06-15", 2025, "2025-01-01", False, ""),
    ],
)
def test_report_covers_the_year_from_the_designation_on(
    designated_on: str, year: int, starts: str, *, first: bool, since: str
) -> None:
    """报告期自认定日起；首报在认定次年之后的，可补充认定当年情况。"""
    data = _duty(designated_on, year).data
    assert (data["period_start"], data["period_end"], data["first"], data["since"]) == (
        starts,
        f"{year}-12-31",
        first,
        since,
    )


@pytest.mark.article("15")
def test_extended_deadline_makes_no_further_base_owe_a_report() -> None:
    """截止日为一年移到2月15日：满一年仍按1月31日判断。"""
    assert _duty("2025-02-10", 2025, said={"due": "02-15"}).data is None
    assert year_of(2025, {**PARAMETERS, "annual_report.due": "02-15"}).due_on == date(2026, 2, 15)


@pytest.mark.article("15")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"level": "national"}, "第二十四条"),
        ({"status": "revoked", "status_on": date(2026, 1, 10)}, "已于2026年1月10日取消资格"),
        ({"status": "exited", "status_on": date(2025, 5, 4)}, "已于2025年5月4日主动退出"),
        ({"status": "transferred_national", "status_on": None}, "已转为国家级基地"),
        ({"designated_on": None}, "没有认定日期"),
    ],
)
def test_base_that_owes_nothing_says_why(changes: dict[str, Any], said: str) -> None:
    """不应报的逐个写明原因。"""
    base = {**BASE, **changes}
    assert said in reporting_year.duty(base, year_of(2025, PARAMETERS), [], {}).reason


def test_base_with_a_report_gets_no_second() -> None:
    """每个基地每年一件。"""
    duty = reporting_year.duty(BASE, year_of(2025, PARAMETERS), [], {"base-1": "NB-2026-0001"})
    assert duty.reason == "该年度报告已发起（NB-2026-0001）。"


@pytest.mark.article("22")
@pytest.mark.parametrize(
    ("since", "until", "owes"),
    [
        ("2025-12-01", "2026-02-28", False),
        ("2025-12-01", "2026-01-31", False),
        ("2025-12-01", "2026-01-30", True),
        ("2026-01-31", "2026-01-31", False),
        ("2026-02-01", "2026-05-01", True),
        ("2024-01-01", "2024-12-31", True),
    ],
)
def test_reinstated_base_is_spared_what_fell_due_in_the_gap(since: str, until: str, *, owes: bool) -> None:
    """恢复资格的，到期日不在基地序列内的年度报告免报。"""
    fact = {"field": "status", "value": "revoked", "valid_from": since, "valid_to": until}
    duty = _duty(
        "2020-05-01",
        2025,
        [fact, {"field": "status", "value": "active", "valid_from": "2020-05-01"}, {"field": "name"}],
    )
    assert (duty.data is not None) is owes


def test_gap_within_the_year_is_named() -> None:
    """中断期间写入提示，不计入报告期。"""
    fact = {"field": "status", "value": "revoked", "valid_from": "2024-12-01", "valid_to": "2025-03-31"}
    assert "2025年1月1日至2025年3月31日不在基地序列内" in _duty("2020-05-01", 2025, [fact]).data["hint"]


@pytest.mark.article("15")
@pytest.mark.parametrize(
    ("year", "last"),
    [
        (2019, "2020-02-03"),
        (2020, "2021-02-01"),
        (2021, "2022-02-07"),
        (2022, "2023-01-31"),
        (2023, "2024-01-31"),
        (2024, "2025-02-05"),
        (2025, "2026-02-02"),
    ],
)
def test_last_day_rolls_over_rest_days(year: int, last: str) -> None:
    """domain.md 3.1：1月31日遇休息日顺延至节后第一个工作日。"""
    holidays = [
        *((2020, 1, day) for day in range(24, 32)),
        (2020, 2, 1),
        (2020, 2, 2),
        *((2022, 1, day) for day in (31,)),
        *((2022, 2, day) for day in range(1, 7)),
        *((2025, 1, day) for day in range(28, 32)),
        *((2025, 2, day) for day in range(1, 5)),
    ]
    calendar = Workdays([Row(date(*day), "holiday") for day in holidays])
    of_year = year_of(year, PARAMETERS)
    assert of_year.due_on == date(year + 1, 1, 31)
    assert of_year.last_day(PARAMETERS, calendar) == date.fromisoformat(last)
    assert of_year.last_day({**PARAMETERS, "annual_report.roll": False}, calendar) == of_year.due_on


@pytest.mark.article("15")
@pytest.mark.parametrize(
    ("today", "opens", "year"),
    [
        ("2026-01-01", "01-01", 2025),
        ("2026-02-10", "01-01", 2025),
        ("2025-12-31", "01-01", 2024),
        ("2025-12-01", "12-01", 2025),
        ("2025-11-30", "12-01", 2024),
        ("2026-01-20", "12-01", 2025),
    ],
)
def test_year_that_is_open(today: str, opens: str, year: int) -> None:
    """开放日可以是次年1月1日，也可以是当年12月1日；停机后补开的仍是原年度。"""
    assert reporting_year.current(date.fromisoformat(today), {**PARAMETERS, "annual_report.open": opens}) == year


@pytest.mark.parametrize(("year", "day"), [(2028, date(2028, 2, 29)), (2027, date(2027, 2, 28))])
def test_leap_day_as_a_parameter(year: int, day: date) -> None:
    assert reporting_year.month_day(year, "02-29") == day
