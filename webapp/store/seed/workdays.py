"""The State Council's holiday notices as rows for the `workday` table, read from chinesecalendar (2004-2026).

Only days that differ from Monday-Friday are rows. Later notices come in by CSV or the administrator's form.
"""

from __future__ import annotations

from collections.abc import Iterator

from chinese_calendar import constants

from handlers.workdays import Row

SOURCE = "国务院办公厅节假日安排通知"


def notices() -> Iterator[Row]:
    """Every make-up working day and every day off by notice, in order of date; none is provisional."""
    makeup = constants.workdays
    off = {**constants.holidays, **constants.in_lieu_days}
    for day in sorted({*makeup, *off}):
        yield Row(day, "makeup" if day in makeup else "holiday")
