"""When an annual report is late, what is marked then, and how long it may still be supplemented (第十五条, 第二十二条第一项)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from handlers import annual_report_rules as rules
from handlers import messages, reporting_year
from handlers.eligibility_form import text, to_date
from handlers.vocabulary import Calendar, Case, ClearMark, Effect, Facts, RaiseMark, TellBase, UpdateProceeding

OVERDUE = "annual_report_overdue"
"""Mark of a base whose report is late and not archived; its period is the year reported on."""
ASKED, LAPSED, DONE = "asked", "lapsed", "done"
"""How far the supplement is that an evaluation asked for."""


def due_on(case: Case) -> date:
    """The due day as the parameter says today; a day that passed in a year of extension stays (edit no. 10)."""
    written = reporting_year.year_of(rules.year(case), case.parameters).due_on
    passed = to_date(case.proceeding.get("due_on")) if case.proceeding.get("late") else None
    return max(written, passed) if passed else written


def is_late(case: Case) -> bool:
    """Whether a report that leaves the unit today is late: after the due day, rolled over rest days (domain.md 3.1).

    One that has left it before is what its first submission was (P3.6).
    """
    if case.proceeding.get("submitted_on"):
        return bool(case.proceeding.get("late"))
    of_year = reporting_year.year_of(rules.year(case), case.parameters)
    return case.today > of_year.last_day(case.parameters, _calendar(case))


def may_close(case: Case) -> bool:
    """Whether nothing can be supplemented any more: an evaluation's period is over, or the next year's reports are open."""
    following = reporting_year.year_of(rules.year(case) + 1, case.parameters)
    return facts(case).get("supplement") == LAPSED or case.today >= following.opens_on


def reason(case: Case) -> str:
    """Why it is late, as the host wrote it with the report, at the seal, or before it was returned."""
    sources = (rules.newest(case), case.forms.get("host_approve", {}))
    said = next((found for content in sources if (found := text(content, "late_reason"))), "")
    return said or text(case.data.get("submission", {}), "reason")


def first_submission(case: Case) -> list[Effect]:
    """The day of the first submission and whether it was late stand for good; an evaluation that asked hears of it."""
    year, known, late = rules.year(case), facts(case), is_late(case)
    fields: dict[str, Any] = {"submitted_on": case.today, "late": late, "due_on": due_on(case)}
    asked = known.get("supplement") in (ASKED, LAPSED)
    if asked:
        fields["facts"] = {**known, "supplement": DONE}
    marked = mark(case) if late else ClearMark(OVERDUE, str(year), "按期提交。")
    told = [TellBase("report_filed", {"year": year, "case": case.id, "late": late})] if asked else []
    return [UpdateProceeding(fields), marked, *told]


def mark(case: Case) -> RaiseMark:
    """年报逾期."""
    year = rules.year(case)
    return RaiseMark(OVERDUE, str(year), f"{year}年度报告逾期，应于{messages.in_chinese(due_on(case))}前提交。")


def facts(case: Case) -> Facts:
    """The small facts of the report's summary."""
    found = case.proceeding.get("facts")
    return found if isinstance(found, Mapping) else {}


def _calendar(case: Case) -> Calendar:
    assert case.calendar is not None, "the case was given no calendar"
    return case.calendar
