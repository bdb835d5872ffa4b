"""A list as xlsx. Text stays text: what begins with = is no formula, what looks like an address no link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import structlog
import xlsxwriter
from flask import Response

from webapp import clock
from webapp.views import desk, filetypes

log = structlog.get_logger("export")
WIDEST = 44
Sheet = tuple[str, Sequence[str], Sequence[Sequence[Any]]]


def answer(title: str, heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> Response:
    """The sheet as a download, dated; the export is logged with its reader."""
    return answer_sheets(title, [(title, heads, rows)])


def answer_sheets(title: str, sheets: Sequence[Sheet]) -> Response:
    """The same of several sheets: (name, heads, rows)."""
    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        bold = book.add_format({"bold": True, "bg_color": "#E8EEF8", "border": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, heads, rows in sheets:
            _fill(book.add_worksheet(name[:31]), heads, rows, bold, day)
    log.info("export", title=title, rows=sum(len(rows) for _, _, rows in sheets), person=desk.principal().person_id)
    response = Response(out.getvalue(), mimetype=filetypes.XLSX)
    response.headers["Content-Disposition"] = desk.download_name(f"{title} {clock.today():%Y%m%d}.xlsx")
    return response


def _fill(sheet: Any, heads: Sequence[str], rows: Sequence[Sequence[Any]], bold: Any, day: Any) -> None:
    sheet.freeze_panes(1, 0)
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, bold)
        longest = max((len(str(row[column] or "")) for row in rows), default=0)
        sheet.set_column(column, column, min(max(longest * 1.6, len(head) * 2.2, 8), WIDEST))
    for line, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            _write(sheet, line, column, value, day)


def _write(sheet: Any, line: int, column: int, value: Any, day: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        sheet.write_string(line, column, clock.local(value).strftime("%Y-%m-%d %H:%M"))
    elif isinstance(value, date):
        sheet.write_datetime(line, column, value, day)
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        sheet.write_number(line, column, float(value))
    else:
        sheet.write_string(line, column, str(value))
