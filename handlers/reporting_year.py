"""第十五条: which bases owe the report of a year, from when to when it covers, and the days that count for it.

Knows the register's rows and parameters only; what is done with a base that owes nothing is told by its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from handlers import deadlines, messages
from handlers.eligibility_form import to_date
from handlers.vocabulary import Calendar, Facts

DUE, OPEN, FULL_YEAR_DAY = "annual_report.due", "annual_report.open", "annual_report.full_year_day"
ANCHOR, ROLL = "annual_report.full_year_anchor", "annual_report.roll"
LAST_MONTH, LAST_DAY = 12, 31
LEAP_DAY = 2, 29


@dataclass(frozen=True)
class Year:
    """The report of one calendar year and its days, as the parameters of today give them."""

    year: int
    due_on: date
    """The day people are shown; it is meant to the end of that day."""
    opens_on: date
    full_year_by: date
    """The day by which a base must have been designated for a full year."""

    @property
    def starts_on(self) -> date:
        """The first day that the report covers."""
        return date(self.year, 1, 1)

    @property
    def ends_on(self) -> date:
        """The last day that the report covers."""
        return date(self.year, LAST_MONTH, LAST_DAY)

    def last_day(self, parameters: Facts, calendar: Calendar) -> date:
        """The last day on which a report is not late: the due day, or the working day that it rolls to."""
        return last_day(self.due_on, parameters, calendar)


@dataclass(frozen=True)
class Duty:
    """What one base owes for a year: a report, or the reason why none."""

    base_id: str
    reason: str = ""
    data: Facts | None = None
    """What the report's case begins with; None when nothing is owed."""


def year_of(year: int, parameters: Facts) -> Year:
    """The days of that report year."""
    due_on = month_day(year + 1, str(parameters.get(DUE, "01-31")))
    opening = str(parameters.get(OPEN, "01-01"))
    opens_on = month_day(year + 1, opening)
    if opens_on > due_on:  # opened in December of the very year that is reported on
        opens_on = month_day(year, opening)
    # 因春节顺延截止日的年份，“认定满一年”仍按第十五条的1月31日判断，不因此多出应报的基地。
    statutory = month_day(year + 1, str(parameters.get(FULL_YEAR_DAY, "01-31")))
    anchors = {"deadline": statutory, "window_open": opens_on, "year_end": date(year, LAST_MONTH, LAST_DAY)}
    return Year(year, due_on, opens_on, anchors[str(parameters.get(ANCHOR, "deadline"))])


def current(today: date, parameters: Facts) -> int:
    """The newest year whose reports are open, or should be: the system may have stood still on its opening day."""
    return max(
        year for year in (today.year - 2, today.year - 1, today.year) if year_of(year, parameters).opens_on <= today
    )


def month_day(year: int, written: str) -> date:
    """The day of that year that a parameter writes as `MM-DD`; 28 February for 02-29 in a common year."""
    month, day = (int(part) for part in written.split("-"))
    return deadlines.months(1, date(year, 1, day)) if (month, day) == LEAP_DAY else date(year, month, day)


def last_day(due_on: date, parameters: Facts, calendar: Calendar) -> date:
    """The last day that is not late (domain.md 3.1): rolled over rest days unless the parameter says otherwise."""
    return deadlines.roll(due_on, calendar) if parameters.get(ROLL, True) else due_on


def duty(base: Facts, year: Year, history: Sequence[Facts], begun: Mapping[str, str]) -> Duty:
    """Whether this base owes the report, and what its case begins with.

    `history`: dated facts of the base; `begun`: base id → number of the report case that it has for this year already.
    """
    base_id = str(base["id"])
    if base_id in begun:
        return Duty(base_id, f"该年度报告已发起（{begun[base_id]}）。")
    if base.get("level") == "national":
        return Duty(base_id, "科技部国际科技合作基地，按科技部办法管理（第二十四条）。")
    if base.get("status") != "active":
        return Duty(base_id, _ended(base))
    gaps = gaps_of(history, year)
    if any(_holds(gap, year.due_on) for gap in gaps):
        return Duty(base_id, "报送截止时不在基地序列内，恢复资格后免报该年度报告。")
    designated_on = to_date(base.get("designated_on"))
    if designated_on is None:
        return Duty(base_id, "台账没有认定日期，请补录后补充发起。")
    if not deadlines.is_full_year(designated_on, year.full_year_by):
        return Duty(
            base_id,
            f"认定（{messages.in_chinese(designated_on)}）至{messages.in_chinese(year.full_year_by)}未满一年（第十五条）。",
        )
    return Duty(base_id, data=_beginning(designated_on, year, gaps))


def gaps_of(history: Sequence[Facts], year: Year) -> list[tuple[date, date]]:
    """Stretches in which the base was not active between the first day reported on and the due day, both included."""
    found = []
    for fact in history:
        if fact.get("field") != "status" or fact.get("value") == "active":
            continue
        since, until = to_date(fact.get("valid_from")), to_date(fact.get("valid_to")) or date.max
        if since is not None and since <= year.due_on and until >= year.starts_on:
            found.append((max(since, year.starts_on), min(until, year.due_on)))
    return found


def _beginning(designated_on: date, year: Year, gaps: Sequence[tuple[date, date]]) -> Facts:
    """The facts of the case: what it covers and the hints that its form shows."""
    starts_on = max(designated_on, year.starts_on)
    is_first = deadlines.years(1, designated_on) > deadlines.years(-1, year.full_year_by)
    earlier = is_first and designated_on < year.starts_on
    return {
        "year": year.year,
        "period_start": starts_on.isoformat(),
        "period_end": year.ends_on.isoformat(),
        "first": is_first,
        "since": designated_on.isoformat() if earlier else "",
        "hint": _hint(designated_on, year, gaps, first=is_first),
    }


def _hint(designated_on: date, year: Year, gaps: Sequence[tuple[date, date]], *, first: bool) -> str:
    said = []
    if first and deadlines.years(1, designated_on) == year.full_year_by:
        said.append(
            f"贵基地于{messages.in_chinese(designated_on)}认定，至{messages.in_chinese(year.full_year_by)}恰满一年，应提交本年度报告。"
        )
    if designated_on > year.starts_on:
        said.append(f"本次报告期自认定之日{messages.in_chinese(designated_on)}起。")
    elif first:
        said.append("首次报告：认定当年的情况请填入“认定以来补充情况”。")
    for since, until in gaps:
        said.append(f"{messages.in_chinese(since)}至{messages.in_chinese(until)}不在基地序列内，不计入报告期。")
    return "".join(said)


def _ended(base: Facts) -> str:
    kinds = {"revoked": "取消资格", "exited": "主动退出", "transferred_national": "转为国家级基地"}
    on = to_date(base.get("status_on"))
    since = f"已于{messages.in_chinese(on)}" if on else "已"
    return f"{since}{kinds.get(str(base.get('status')), '不在基地序列内')}，无须提交。"


def _holds(gap: tuple[date, date], day: date) -> bool:
    return gap[0] <= day <= gap[1]
