"""The working calendar as rows of notices; a year without one is provisional, and no date is ever an error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import delete, select

from handlers.workdays import Kind, Row, Workdays
from webapp.errors import Invalid
from webapp.store import reference
from webapp.store.db import Tx, stmt
from webapp.store.tables import Workday

KINDS = {"work", "rest", "makeup", "holiday"}


def calendar(tx: Tx) -> Workdays:
    """The calendar as it is now, in memory; later changes of the table do not show in it."""
    return reference.kept(tx, "calendar", lambda: _read(tx))


def import_notice(tx: Tx, year: int, days: Iterable[tuple[date, str]], source: str) -> None:
    """The year's rows are those of the notice, firm; what was provisional or said before is replaced.

    Raises Invalid, naming the row, for a day of another year, an unknown kind or a day named twice; nothing changes.
    """
    rows = _checked(year, days, source)
    tx.execute(delete(Workday).where(Workday.day >= date(year, 1, 1), Workday.day <= date(year, 12, 31)))
    tx.insert(Workday, rows)
    reference.changed(tx)


def put(tx: Tx, day: date, kind: str, source: str, *, provisional: bool = False) -> None:
    """This one day is as said."""
    if kind not in KINDS:
        raise Invalid({"kind": "日期类型只能是工作日、休息日、调休上班或节假日。"})
    tx.merge(Workday(day=day, kind=kind, source=source, provisional=provisional))
    reference.changed(tx)


def of_year(tx: Tx, year: int) -> Sequence[Workday]:
    """The days of the year that a notice decided, in order."""
    query = select(Workday).where(Workday.day >= date(year, 1, 1), Workday.day <= date(year, 12, 31))
    return tx.scalars(query.order_by(Workday.day)).all()


def _read(tx: Tx) -> Workdays:
    with stmt("workdays.calendar"):
        found = tx.execute(select(Workday.day, Workday.kind, Workday.provisional)).all()
    return Workdays(Row(row.day, cast(Kind, row.kind), row.provisional) for row in found)


def _checked(year: int, days: Iterable[tuple[date, str]], source: str) -> list[dict[str, Any]]:
    wrong: dict[str, str] = {}
    rows: dict[date, dict[str, Any]] = {}
    for position, (day, kind) in enumerate(days, start=1):
        if day.year != year:
            wrong[f"rows.{position}"] = f"第 {position} 行日期 {day} 不在 {year} 年内。"
        elif kind not in KINDS:
            wrong[f"rows.{position}"] = f"第 {position} 行类型“{kind}”无效。"
        elif day in rows:
            wrong[f"rows.{position}"] = f"第 {position} 行日期 {day} 重复。"
        else:
            rows[day] = {"day": day, "kind": kind, "source": source, "provisional": False}
    if not rows and not wrong:
        wrong["rows"] = "文件中没有任何日期，请检查后重新导入。"
    if wrong:
        raise Invalid(wrong)
    return list(rows.values())
