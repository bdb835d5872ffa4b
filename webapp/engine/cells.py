"""The cells of an uploaded table, whatever it was written with: xlsx by calamine, CSV by the standard library.

Knows no columns. A cell is text, a number, a date or nothing; formulas come as their last value, never run.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from webapp.errors import Invalid

Grid = Sequence[Sequence[Any]]
"""Rows of cells; the first row is line 1 of the sheet."""

LONGEST, WIDEST = 5_000, 60
"""Rows and columns that are read at most."""


def of_file(name: str, content: bytes) -> Grid:
    """The cells of the first sheet (xlsx) or of the text (csv); raises Invalid (`file`) for anything else."""
    grid = of_xlsx(content) if name.lower().endswith(".xlsx") else of_csv(_text(content))
    if len(grid) > LONGEST:
        raise Invalid({"file": f"表格超过 {LONGEST} 行，请分几次导入。"})
    return grid


def of_xlsx(content: bytes) -> Grid:
    """The first sheet as it is shown, blank rows and columns before the first cell included."""
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            sheet = book.get_sheet_by_index(0)
            rows = sheet.to_python(skip_empty_area=False, nrows=LONGEST + 1)
    except (CalamineError, ValueError, OSError):
        raise Invalid({"file": "表格无法打开，请用 Excel 或 WPS 另存为 xlsx 后上传。"}) from None
    return [[_plain(cell) for cell in row[:WIDEST]] for row in rows]


def of_csv(text: str) -> Grid:
    """Comma, semicolon or tab, whichever the first line has most of."""
    plain = text.removeprefix("\ufeff")
    first = plain.split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    try:
        rows = csv.reader(io.StringIO(plain, newline=""), delimiter=mark, strict=True)
        return [[cell.strip() for cell in row[:WIDEST]] for row in rows]
    except csv.Error:
        raise Invalid({"file": "CSV 的引号不成对，请另存为 xlsx 后上传。"}) from None


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid({"file": "文件不是表格，请上传 xlsx 或 CSV。"})


def _plain(cell: Any) -> Any:
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell if isinstance(cell, int | float | date) else str(cell)
