"""参数、工作日历、失信名单: what rules and limits are worked out with, changed from a day on and on record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from handlers.workdays import statutory_days
from webapp import clock
from webapp.engine import administration, imported
from webapp.errors import Invalid, Missing
from webapp.store import journal, parameters, people, register, workdays
from webapp.store.db import Tx
from webapp.views import desk, labels, policies

bp = Blueprint("reference", __name__)

LONGEST = 200_000
"""Characters of a pasted list that are read."""
NEXT_YEAR_FROM = (11, 1)
"""From this day on next year's notice is missed (domain.md 3.1)."""


# ----------------------------------------------------------------------------------------------- parameters


@bp.get("/parameters/<key>", policy=policies.PARAMETERS_READ)
def parameter(key: str) -> str:
    """One parameter: what it was, is and will be, by whom; and the form to change it."""
    return _parameter_page(key, {}, {})


@bp.post("/parameters/<key>", policy=policies.PARAMETERS_WRITE)
def set_parameter(key: str) -> Any:
    """The parameter has the new value from the day that was given."""
    typed = request.form
    try:
        with desk.reading() as tx:
            old = _latest(tx, key).value
        value = _value(typed.get("value", "").strip()[:2000], old)
        first = _day(typed.get("valid_from", ""), "valid_from")
        source, command_id = typed.get("source", "").strip()[:200], desk.command_id()
        with desk.commanding() as tx:
            answer = administration.set_parameter(
                tx, desk.principal(), key, value, first, source, command_id=command_id
            )
    except Invalid as refusal:
        return _parameter_page(key, typed, refusal.fields), 422
    told = answer.notes.get("renewed", 0)
    flash(f"已保存，{told} 件在办事项的时限正在重算。" if told else "已保存，自生效日期起执行。", "success")
    return redirect(url_for(".parameter", key=key))


def _parameter_page(key: str, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    person = desk.principal()
    with desk.reading() as tx:
        rows = parameters.history(tx, key)
        if not rows:
            raise Missing("没有该参数。")
        now = parameters.at(tx, None).get(key)
    with desk.system_reading() as tx:
        entries = [row for row in journal.of_object(tx, f"parameter:{key}") if row.action == "parameter.set"]
        names = people.names(tx, {row.actor for row in entries})
    last = rows[-1]
    return render_template(
        "settings/parameter.html",
        key=key,
        row=last,
        rows=rows,
        now=now,
        kind=_kind(last.value),
        shown=_shown(now),
        typed=typed,
        errors=errors,
        changes=[(row, names.get(row.actor, row.actor), json.loads(row.after or "{}")) for row in reversed(entries)],
        may_write=policies.PARAMETERS_WRITE.admits(person) and administration.may_set_parameter(person, key),
        earliest=clock.today() if last.current else clock.today() + timedelta(days=1),
        today=clock.today(),
        text=labels.parameter_value,
    )


def _latest(tx: Tx, key: str) -> Any:
    rows = parameters.history(tx, key)
    if not rows:
        raise Missing("没有该参数。")
    return rows[-1]


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return "json" if isinstance(value, list | dict) else "text"


def _value(text: str, old: Any) -> Any:
    """What was typed, of the kind that the parameter has; raises Invalid."""
    match _kind(old):
        case "bool":
            if text not in ("true", "false"):
                raise Invalid({"value": "请选择是或否。"})
            return text == "true"
        case "number":
            try:
                return int(text) if text.lstrip("-").isdigit() else float(text)
            except ValueError:
                raise Invalid({"value": "请填写数字。"}) from None
        case "json":
            try:
                return json.loads(text)
            except ValueError:
                raise Invalid({"value": "格式有误，请参照现行值填写，如 [15, 7, 3, 1]。"}) from None
    return text


def _shown(value: Any) -> str:
    """The value as it is typed."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# ------------------------------------------------------------------------------------------------- calendar


@bp.get("/calendar", policy=policies.CALENDAR_READ)
def calendar() -> str:
    """A year's days off and make-up days, from its notice or provisional."""
    return _calendar_page(_year(request.args.get("year", "")), {}, {})


@bp.post("/calendar", policy=policies.CALENDAR_WRITE)
def import_calendar() -> Any:
    """The year is that of the notice, and running cases work out their limits anew."""
    typed = request.form
    year, source = _year(typed.get("year", "")), typed.get("source", "").strip()[:200]
    rows: list[tuple[date, str]] = []
    try:
        rows = imported.holidays(_pasted("rows"), year)
        with desk.commanding() as tx:
            answer = administration.import_holidays(
                tx, desk.principal(), year, rows, source, command_id=desk.command_id()
            )
    except Invalid as refusal:
        return _calendar_page(year, typed, _by_day(refusal.fields, rows)), 422
    notes = answer.notes
    flash(f"{year} 年放假安排已导入，{notes['renewed']} 件在办事项的时限正在重算。", "success")
    return redirect(url_for(".calendar", year=year))


def _calendar_page(year: int, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    person = desk.principal()
    with desk.reading() as tx:
        days = workdays.calendar(tx)
        rows = {row.day: row for row in workdays.of_year(tx, year)}
    with desk.system_reading() as tx:
        entries = journal.of_object(tx, f"calendar:{year}")
        names = people.names(tx, {row.actor for row in entries})
    today = clock.today()
    return render_template(
        "settings/calendar.html",
        year=year,
        months=[_month(year, month, rows, days) for month in range(1, 13)],
        provisional=days.is_provisional(year),
        warning=_warning(days),
        source=next((row.source for row in rows.values()), ""),
        entries=[(row, names.get(row.actor, row.actor), json.loads(row.after or "{}")) for row in reversed(entries)],
        typed=typed,
        errors=errors,
        lines=[text for path, text in sorted(errors.items(), key=_line) if path.startswith("rows")],
        may_write=policies.CALENDAR_WRITE.admits(person),
        today=today,
    )


def _warning(days: Any) -> str:
    """What the administrator is told from November on, while next year has no notice; also for a year without one."""
    today = clock.today()
    if days.is_provisional(today.year):
        return f"{today.year} 年尚未导入国务院放假安排，按周末和法定节日推算，时限为暂定。"
    if (today.month, today.day) >= NEXT_YEAR_FROM and days.is_provisional(today.year + 1):
        return f"{today.year + 1} 年放假安排尚未导入，跨年的时限为暂定，请在国务院公布后及时导入。"
    return ""


def _month(year: int, month: int, rows: Mapping[date, Any], days: Any) -> Mapping[str, Any]:
    first = date(year, month, 1)
    cells: list[Mapping[str, Any]] = []
    day = first
    while day.month == month:
        kind = rows[day].kind if day in rows else ""
        if not kind and days.is_provisional(year) and day in statutory_days(year):
            kind = "holiday"
        cells.append({"day": day, "kind": kind, "works": days.is_workday(day)})
        day += timedelta(days=1)
    return {"number": month, "blanks": first.weekday(), "days": cells, "works": sum(each["works"] for each in cells)}


def _by_day(errors: Mapping[str, str], rows: list[tuple[date, str]]) -> Mapping[str, str]:
    """The command counts days, the page shows them: each of its complaints names the day."""
    found = {}
    for path, text in errors.items():
        position = path.partition(".")[2]
        named = rows and position.isdigit() and str(rows[int(position) - 1][0]) not in text
        found[path] = f"{rows[int(position) - 1][0]}：{text}" if named else text
    return found


def _line(pair: tuple[str, str]) -> int:
    position = pair[0].partition(".")[2]
    return int(position) if position.isdigit() else 0


# ----------------------------------------------------------------------------------------------- dishonesty


@bp.get("/dishonesty", policy=policies.DISHONESTY_READ)
def dishonesty() -> str:
    """The imported list of seriously dishonest units."""
    return _dishonesty_page({}, {})


@bp.post("/dishonesty", policy=policies.DISHONESTY_WRITE)
def import_dishonesty() -> Any:
    """The list is what was pasted or uploaded, as a whole."""
    typed = request.form
    try:
        rows = imported.dishonesty(_pasted("rows"))
        source = typed.get("source", "").strip()[:200]
        with desk.commanding() as tx:
            answer = administration.import_dishonesty(tx, desk.principal(), rows, source, command_id=desk.command_id())
    except Invalid as refusal:
        return _dishonesty_page(typed, refusal.fields), 422
    notes = answer.notes
    flash(f"名单已更新，共 {notes['rows']} 家，新增 {notes['added']} 家，移出 {notes['removed']} 家。", "success")
    return redirect(url_for(".dishonesty"))


def _dishonesty_page(typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    with desk.reading() as tx:
        rows = register.dishonest(tx)
    with desk.system_reading() as tx:
        entries = journal.of_object(tx, "dishonesty:list")
        names = people.names(tx, {row.actor for row in entries})
    return render_template(
        "settings/dishonesty.html",
        rows=rows,
        entries=[(row, names.get(row.actor, row.actor), json.loads(row.after or "{}")) for row in reversed(entries)],
        typed=typed,
        errors=errors,
        lines=[text for path, text in sorted(errors.items(), key=_line) if path.startswith("rows")],
        may_write=policies.DISHONESTY_WRITE.admits(desk.principal()),
    )


# -------------------------------------------------------------------------------------------------- reading


def _pasted(name: str) -> str:
    """The uploaded text file, else what was typed; raises Invalid for one that is not text."""
    given = request.files.get("file")
    if given is None or not given.filename:
        return request.form.get(name, "")[:LONGEST]
    raw: bytes = given.read(LONGEST * 4)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return str(raw.decode(encoding))[:LONGEST]
        except UnicodeDecodeError:
            continue
    raise Invalid({name: "文件不是文本，请另存为 CSV（逗号分隔）后上传。"})


def _year(text: str) -> int:
    today = clock.today()
    wanted = int(text) if text.isdigit() and len(text) == 4 else today.year
    return min(max(wanted, 2004), today.year + 2)


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        raise Invalid({name: "请填写日期。"}) from None
