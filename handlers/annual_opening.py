"""Opening a year's annual reports (第十五条): who owes one, lists of those missing, the closing of the year.

One case a year; the reports are cases of their own, which it knows from the register only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import groupby
from typing import Any

from handlers import annual_messages, messages, reporting_year
from handlers.eligibility_form import number, rows, text, to_date
from handlers.reporting_year import Duty, Year
from handlers.vocabulary import Calendar, Case, Deliver, Effect, Facts, Notify, Outcome, Register, StartBatch

PROCESS = "annual_report"
SUPPLEMENT = "supplement"
"""A later opening by an officer: only starts what the year's opening could not, e.g. a base entered late."""
ENDED_WITHOUT = ("ended", "base_terminal")
"""Ends of a report that was owed no more: it counts neither as handed in nor as missing."""


# ------------------------------------------------------------------------------------- opening


def check_choice(case: Case) -> Outcome:
    """校核年度报告的发起：开放日未到的年度、已经开启的年度不能开启。

    What keeps an officer from opening: a year whose reports are not to be opened yet.
    """
    year = number(case.forms.get("choose", {}), "year")
    errors = {}
    if year is not None and year > reporting_year.current(case.today, case.parameters):
        errors["year"] = "该年度报告的开放日未到，不能开启。"
    elif year is not None and text(case.forms.get("choose", {}), "mode") == "open" and _reports(case, int(year)):
        errors["mode"] = "该年度已经开启，请选择“补充发起”。"
    return Outcome({"errors": errors, "findings": []})


def suggest(case: Case) -> Outcome:
    """带出可以发起的报告年度和在册基地名单，供经办选择。

    The year that was opened last by the calendar, and the bases to choose from.
    """
    found = _register(case).bases(status="active")
    return Outcome(
        {
            "year": reporting_year.current(case.today, case.parameters),
            "bases": {str(base["id"]): f"{base.get('name', '')}（{base.get('code', '')}）" for base in found},
        }
    )


def list_due_bases(case: Case) -> Outcome:
    """开启一个年度的报告：应报的基地逐家发起，不报的逐家记明原因。

    Each base that owes the report has its case begun, each other one is listed with the reason why not.

    `opening` holds the year, its days, the numbers, and `next_on`, the day of the next list.
    """
    year, mode, wanted = _wish(case)
    of_year = reporting_year.year_of(year, case.parameters)
    register = _register(case)
    begun = {str(row["base_id"]): str(row.get("title") or row["id"]) for row in _reports(case, year)}
    bases = [base for base in register.bases() if not wanted or base["id"] in wanted]
    duties = [(base, _duty(register, base, of_year, begun)) for base in bases]
    owing = [(base, duty) for base, duty in duties if duty.data is not None]
    batch = StartBatch(
        process=PROCESS,
        key=f"{PROCESS}:{year}:{case.id}",
        title=f"{year}年度报告",
        items=[_item(base, duty.data or {}, year) for base, duty in owing],
        skipped=[{"base_id": duty.base_id, "reason": duty.reason} for _, duty in duties if duty.data is None],
    )
    data = {
        "year": year,
        "mode": mode,
        "due_on": of_year.due_on.isoformat(),
        "count": len(owing),
        "skipped": len(duties) - len(owing),
        "checked_on": case.today.isoformat(),
        "next_on": _next(case, of_year, case.today).isoformat(),
        "closes_on": reporting_year.year_of(year + 1, case.parameters).opens_on.isoformat(),
        "over": False,
    }
    said = (
        f"{messages.SIGN}{year}年度报告已开启：应报{len(owing)}家，不报{data['skipped']}家（原因见成批发起记录），"
        f"截止{messages.in_chinese(of_year.due_on)}。"
    )
    told = Notify("province_officer", "province", said, subject=f"{year}年度报告开启")
    return Outcome(data, [batch, told])


# ------------------------------------------------------------------------------------- lists of those missing


def report_progress(case: Case) -> Outcome:
    """按日期发送未提交名单；截止日过后向省科技厅报告提交情况。

    The lists of the days that have come since the last look are sent; after the last day the Province has its summary.

    Days are counted from the due day as the parameter says today, so a moved deadline moves them (edit no. 10).
    """
    opening = case.data.get("opening", {})
    year = int(opening["year"])
    of_year = reporting_year.year_of(year, case.parameters)
    reports, missing = _counted(case, year)
    over = case.today > of_year.last_day(case.parameters, _calendar(case))
    effects: list[Effect] = []
    if over:
        effects = _overdue(case, of_year, reports, missing)
    elif missing:
        checked = to_date(opening.get("checked_on")) or case.today
        passed = {days for days in _all_days(case) if checked < of_year.due_on - timedelta(days=days) <= case.today}
        if passed & set(_days(case, "recommender", (7, 1))):
            effects += _lists(
                case, missing, partial(annual_messages.reports_missing, year, of_year.due_on), "未提交名单"
            )
        if passed & set(_days(case, "leader", (3,))):
            effects += _tell_leaders(case, missing, of_year)
    data = {
        **opening,
        "due_on": of_year.due_on.isoformat(),
        "handed_in": len(reports) - len(missing),
        "missing": len(missing),
        "checked_on": case.today.isoformat(),
        "next_on": _next(case, of_year, case.today).isoformat(),
        "over": over,
    }
    return Outcome(data, effects)


def list_missing(case: Case) -> Outcome:
    """列出仍未提交的年度报告及已有记录，供经办逐家处理。

    The reports still missing as the officer's form lists them now, with what is on record about each.
    """
    _, missing = _counted(case, int(case.data.get("opening", {})["year"]))
    listed = [
        {
            "case": str(row["id"]),
            "base_name": name,
            "recommender_name": _name(case, row.get("recommender_id")),
            "verdict": str(row.get("verdict") or ""),
            "supplement": str((row.get("facts") or {}).get("supplement") or ""),
        }
        for row, name in zip(missing, _names(case, missing), strict=True)
    ]
    return Outcome({"missing": listed})


def close_year(case: Case) -> Outcome:
    """办结本年度的报告开启：未交的继续可以补报，经办已认定的除外（第二十二条第一项）。

    The year's opening has ended. Reports still missing stay open to be supplemented (第二十二条第一项), save those that
    the officer has judged now.
    """
    year = int(case.data.get("opening", {})["year"])
    reports, missing = _counted(case, year)
    judged = [text(row, "case") for row in rows(case.forms.get("close", {}), "missing") if row.get("action") == "judge"]
    by_officer = bool(case.data.get("close"))
    said = annual_messages.reports_summary(
        year, len(reports), len(reports) - len(missing), _names(case, missing), over=True
    )
    effects: list[Effect] = [Notify("province_officer", "province", said, subject=f"{year}年度报告工作结束")]
    if by_officer:
        effects += [
            Deliver("close_missing", each, {"year": year, "reason": "年度工作结束时仍未提交"}) for each in judged
        ]
    return Outcome({"handed_in": len(reports) - len(missing), "missing": len(missing), "judged": len(judged)}, effects)


# ------------------------------------------------------------------------------------- reading


def _wish(case: Case) -> tuple[int, str, set[str]]:
    """Year, mode and chosen bases: an officer's choice, else the year of the calendar and all bases."""
    chosen = case.forms.get("choose", {}) if case.data.get("choose") else {}
    year = number(chosen, "year")
    return (
        int(year) if year is not None else reporting_year.current(case.today, case.parameters),
        text(chosen, "mode") or "open",
        {str(base) for base in chosen.get("bases") or ()},
    )


def _duty(register: Register, base: Facts, year: Year, begun: Mapping[str, str]) -> Duty:
    """Only a base whose status has changed since its designation may have been out of the list for a time."""
    changed = to_date(base.get("status_on")) != to_date(base.get("designated_on"))
    history = register.history(str(base["id"])) if changed and base.get("status") == "active" else ()
    return reporting_year.duty(base, year, history, begun)


def _item(base: Facts, data: Facts, year: int) -> Facts:
    base_id = str(base["id"])
    return {
        "base_id": base_id,
        "key": f"{PROCESS}:{base_id}:{year}",
        "title": f"{base.get('name', '')}（{year}年度）",
        "period": str(year),
        "data": dict(data),
    }


def _reports(case: Case, year: int) -> Sequence[Facts]:
    return _register(case).proceedings(process=PROCESS, period=str(year))


def _counted(case: Case, year: int) -> tuple[list[Facts], list[Facts]]:
    """(reports that are owed, those of them not handed in), by the base's name order of the register."""
    owed = [row for row in _reports(case, year) if row.get("status") not in ENDED_WITHOUT]
    return owed, [row for row in reversed(owed) if not row.get("submitted_on") and row.get("status") != "missing"]


def _days(case: Case, whom: str, otherwise: Sequence[int]) -> list[int]:
    return [int(each) for each in case.parameters.get(f"annual_report.{whom}_reminders", otherwise)]


def _all_days(case: Case) -> set[int]:
    return {*_days(case, "recommender", (7, 1)), *_days(case, "leader", (3,))}


def _next(case: Case, year: Year, after: date) -> date:
    """The next day on which somebody is told: one of the lists, or the day after the last day."""
    final = year.last_day(case.parameters, _calendar(case)) + timedelta(days=1)
    planned = [year.due_on - timedelta(days=days) for days in _all_days(case)]
    return min((on for on in planned if on > after), default=max(final, after))


def _known(case: Case) -> dict[str, Facts]:
    """All bases by id, asked for once."""
    return {str(base["id"]): base for base in _register(case).bases()}


def _names(case: Case, found: Iterable[Facts]) -> list[str]:
    known = _known(case)
    return [str(known.get(str(row["base_id"]), {}).get("name") or row.get("title") or "") for row in found]


def _name(case: Case, org: Any) -> str:
    return str((_register(case).organisation(str(org)) or {}).get("name", "")) if org else ""


def _register(case: Case) -> Register:
    assert case.register is not None, "the case was given no register"
    return case.register


def _calendar(case: Case) -> Calendar:
    assert case.calendar is not None, "the case was given no calendar"
    return case.calendar


# ------------------------------------------------------------------------------------- saying so


def _lists(case: Case, missing: Sequence[Facts], phrase: Callable[[Sequence[str]], str], subject: str) -> list[Effect]:
    """Each department reads the number and names of its own."""
    ordered = sorted(missing, key=_department)
    return [
        Notify("recommender", org, phrase(_names(case, list(own))), subject=f"年度报告{subject}")
        for org, own in groupby(ordered, key=_department)
        if org
    ]


def _department(row: Facts) -> str:
    return str(row.get("recommender_id") or "")


def _overdue(case: Case, year: Year, reports: Sequence[Facts], missing: Sequence[Facts]) -> list[Effect]:
    """After the last day: the departments' lists, and the Province's summary."""
    effects = _lists(case, missing, partial(annual_messages.reports_overdue, year.year), "逾期名单") if missing else []
    names = _names(case, missing)
    said = annual_messages.reports_summary(year.year, len(reports), len(reports) - len(missing), names, over=True)
    return [*effects, Notify("province_officer", "province", said, subject=f"{year.year}年度报告报送情况")]


def _tell_leaders(case: Case, missing: Sequence[Facts], year: Year) -> list[Effect]:
    """The base's leader, through the administrator of its host."""
    known = _known(case)
    effects: list[Effect] = []
    for row in missing:
        base = known.get(str(row["base_id"]), {})
        said = messages.report_due(str(base.get("name") or row.get("title") or ""), year.year, year.due_on)
        leader = f"请转告基地负责人{base['leader']}。" if base.get("leader") else ""
        effects.append(Notify("host_admin", str(row.get("host_id") or ""), said + leader, subject="年度报告催报"))
    return effects
