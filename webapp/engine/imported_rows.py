"""Reads a table that people fill in by its columns: every bad cell is told by its row and column, none is skipped.

Knows neither files nor the register; what a column may hold is said by its reader.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from handlers import documents, uscc
from webapp.engine.cells import Grid

Reader = Callable[[Any], Any]
"""From a cell that is not empty to its value; raises ValueError with a sentence."""

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SPLIT = re.compile(r"[、，,;；\s]+")
_FIRST_SERIAL, _LAST_SERIAL = 20_000, 80_000
_EPOCH = date(1899, 12, 30)
"""Day 0 of spreadsheets, for dates that were saved as numbers."""


@dataclass(frozen=True)
class Column:
    """One column of the template; `reads` turns a filled cell into its value."""

    key: str
    title: str
    reads: Reader
    required: bool = False
    hint: str = ""
    example: Any = ""


@dataclass(frozen=True)
class Fault:
    """What is wrong in a cell (or, without a column, in a row; in line 1: with the table as a whole)."""

    line: int
    column: str
    message: str

    @property
    def text(self) -> str:
        """As the page and the refusal say it."""
        return f"第 {self.line} 行" + (f"“{self.column}”" if self.column else "") + f"：{self.message}"


@dataclass(frozen=True)
class Line:
    """A row of the table by column key; an empty cell is None."""

    number: int
    values: Mapping[str, Any]
    written: Mapping[str, str] = field(default_factory=dict)
    """The filled cells as they were written."""


@dataclass
class Table:
    """The rows that were read and everything that is wrong with any of them."""

    columns: Sequence[Column]
    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def add(self, line: int, key: str, message: str) -> None:
        """One more fault, named by the column's title."""
        title = next((column.title for column in self.columns if column.key == key), key)
        self.faults.append(Fault(line, title, message))

    @property
    def is_readable(self) -> bool:
        """The heading is that of the template and there is at least one row."""
        return bool(self.lines) and not any(fault.line == 1 for fault in self.faults)

    @property
    def right(self) -> list[Line]:
        """The rows without any fault."""
        wrong = {fault.line for fault in self.faults}
        return [line for line in self.lines if line.number not in wrong] if self.is_readable else []

    @property
    def told(self) -> list[Fault]:
        """All faults from the top down."""
        return sorted(self.faults, key=lambda fault: fault.line)


def read(columns: Sequence[Column], grid: Grid) -> Table:
    """The table by its columns, found by title whatever their order; rows without any content are no rows."""
    table = Table(columns)
    places = _places(table, grid)
    if not places:
        return table
    for number, row in enumerate(grid[1:], start=2):
        if any(cell not in (None, "") for cell in row):
            written = {key: str(row[place]) for key, place in places.items() if place < len(row) and row[place] != ""}
            table.lines.append(Line(number, dict(_values(table, places, number, row)), written))
    if not table.lines:
        table.faults.append(Fault(1, "", "表中没有任何一行数据，请从第 2 行起填写。"))
    return table


def _places(table: Table, grid: Grid) -> dict[str, int]:
    """Column key → position; empty when the heading cannot be used."""
    heading = [str(cell or "").strip().strip("*● ") for cell in (grid[0] if grid else ())]
    titles = {column.title: column for column in table.columns}
    found: dict[str, int] = {}
    for position, title in enumerate(heading):
        if title in titles and titles[title].key not in found:
            found[titles[title].key] = position
        elif title in titles:
            table.faults.append(Fault(1, title, "该列出现两次，请删去一列。"))
        elif title:
            table.faults.append(Fault(1, title, "模板中没有该列，请删去或者改用模板的列名。"))
    for column in table.columns:
        if column.required and column.key not in found:
            table.faults.append(Fault(1, column.title, "缺少该列，请使用下载的模板。"))
    return found if any(titles[title].key in found for title in heading if title in titles) else {}


def _values(table: Table, places: Mapping[str, int], number: int, row: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    for column in table.columns:
        position = places.get(column.key)
        cell = row[position] if position is not None and position < len(row) else None
        if cell in (None, ""):
            if column.required and position is not None:
                table.faults.append(Fault(number, column.title, "必填，请补填。"))
            yield column.key, None
            continue
        try:
            yield column.key, column.reads(cell)
        except ValueError as error:
            table.faults.append(Fault(number, column.title, str(error)))
            yield column.key, None


# ---------------------------------------------------------------------------------------------- readers


def text(longest: int, shortest: int = 1) -> Reader:
    """Text of so many characters, blanks within folded; numbers as they are written."""

    def reads(cell: Any) -> str:
        written = " ".join(str(cell).split())
        if not shortest <= len(written) <= longest:
            raise ValueError(f"应为 {shortest} 至 {longest} 字，现为 {len(written)} 字。")
        return written

    return reads


def day(latest: date | None = None) -> Reader:
    """A date, as a date cell, its serial number or written out; not after `latest`."""

    def reads(cell: Any) -> date:
        found = _to_day(cell)
        if latest is not None and found > latest:
            raise ValueError(f"{found} 晚于今天。")
        if found.year < 1980:
            raise ValueError(f"{found} 过早，请核对。")
        return found

    return reads


def one_of(labels: Mapping[str, str], more: Mapping[str, str] | None = None) -> Reader:
    """The code of a label; `more` are further spellings (label → code). The code itself will do, too."""
    known = {**{label: code for code, label in labels.items()}, **{code: code for code in labels}, **(more or {})}

    def reads(cell: Any) -> str:
        written = str(cell).strip()
        if written not in known:
            raise ValueError(f"“{written}”无效，请填写：{_listed(labels.values())}。")
        return known[written]

    return reads


def many_of(labels: Mapping[str, str]) -> Reader:
    """The codes of several labels, parted by 、."""
    single = one_of(labels)

    def reads(cell: Any) -> list[str]:
        return [single(part) for part in _SPLIT.split(str(cell).strip()) if part]

    return reads


def yes_no(cell: Any) -> bool:
    """是 or 否."""
    written = str(cell).strip()
    if written in ("是", "否"):
        return written == "是"
    raise ValueError(f"“{written}”无效，请填写“是”或“否”。")


def number(highest: int) -> Reader:
    """A number from 0 to `highest`, exactly as written."""

    def reads(cell: Any) -> Decimal:
        try:
            found = Decimal(str(cell))
        except InvalidOperation:
            raise ValueError(f"“{cell}”不是数字。") from None
        if not found.is_finite() or not 0 <= found <= highest:
            raise ValueError(f"应在 0 到 {highest} 之间。")
        return found

    return reads


def year(latest: int) -> Reader:
    """A year of the last decades, as text."""

    def reads(cell: Any) -> str:
        written = str(cell).strip().removesuffix("年度").removesuffix("年")
        if not re.fullmatch(r"\d{4}", written) or not 1990 <= int(written) <= latest:
            raise ValueError(f"“{cell}”不是年度，请填写四位年份，如 {latest - 1}。")
        return written

    return reads


def credit_code(cell: Any) -> str:
    """A unified social credit code with both check digits right (GB 32100)."""
    if isinstance(cell, int | float):
        raise ValueError("请把该列设为文本格式后重新填写，数字格式会丢失位数。")
    written = uscc.normalise(str(cell))
    if fault := uscc.fault(written):
        raise ValueError(f"{fault}。")
    return written


def doc_no(cell: Any) -> str:
    """A document's number in its printed form; other offices' numbers as they are written."""
    return documents.normalise_doc_no(text(60, 4)(cell))


def _to_day(cell: Any) -> date:
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float) and _FIRST_SERIAL <= cell <= _LAST_SERIAL:
        return _EPOCH + timedelta(days=int(cell))
    written = str(cell).strip()
    found = _DAY.fullmatch(written) or _DIGITS.fullmatch(written)
    if found is None:
        raise ValueError(f"“{written}”不是日期，请按 2019-12-20 填写。")
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        raise ValueError(f"没有“{written}”这一天。") from None


def _listed(labels: Iterable[str]) -> str:
    shown = list(labels)
    return "、".join(shown[:12]) + ("……" if len(shown) > 12 else "")
