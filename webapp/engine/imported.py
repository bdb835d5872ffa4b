"""Reads lists that people paste or upload as text: the State Council's holiday notice, the list of dishonest units.

One row a line, cells by comma, tab or semicolon. Every bad line is told by its number, none is skipped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from handlers import uscc
from webapp import clock
from webapp.errors import Invalid

LONGEST = 20_000
"""Lines that are read at most."""
HOLIDAY = ("放假", "休息", "休", "节假日", "holiday")
MAKEUP = ("上班", "调休上班", "班", "补班", "makeup")
_CUT = re.compile(r"[,，;；\t]")
_RANGE = re.compile(r"\s*(?:~|～|—+|–|至|到)\s*")
_DAY = re.compile(r"(?:(\d{4})[-/.年])?(\d{1,2})[-/.月](\d{1,2})日?")


def holidays(text: str, year: int) -> list[tuple[date, str]]:
    """Days with kind holiday or makeup; a line is `day, 放假|上班` or `first~last, 放假`, the year may be left out.

    Raises Invalid: `rows.<line>` for a line that cannot be read, a day of another year, one that comes twice; `rows`
    when there is none.
    """
    wrong: dict[str, str] = {}
    found: dict[date, str] = {}
    for number, cells in _lines(text):
        try:
            days, kind = _days(cells[0], year), _kind(cells[1] if len(cells) > 1 else "")
            for day in days:
                if day.year != year:
                    raise ValueError(f"{day} 不在 {year} 年内。")
                if day in found:
                    raise ValueError(f"{day} 重复。")
                found[day] = kind
        except ValueError as error:
            wrong[f"rows.{number}"] = f"第 {number} 行：{error}"
    if not found and not wrong:
        wrong["rows"] = "没有任何日期，请粘贴通知中的安排。"
    if wrong:
        raise Invalid(wrong)
    return sorted(found.items())


def dishonesty(text: str) -> list[Mapping[str, object]]:
    """Rows uscc, name, list, on; a line is `code, name[, list[, day]]`. A heading line is left out. Raises Invalid."""
    wrong: dict[str, str] = {}
    rows: dict[str, Mapping[str, object]] = {}
    for number, cells in _lines(text):
        if number == 1 and "代码" in cells[0]:
            continue
        try:
            row = _unit(cells)
            if row["uscc"] in rows:
                raise ValueError(f"代码 {row['uscc']} 重复。")
            rows[str(row["uscc"])] = row
        except ValueError as error:
            wrong[f"rows.{number}"] = f"第 {number} 行：{error}"
    if not rows and not wrong:
        wrong["rows"] = "没有任何单位，请粘贴名单。"
    if wrong:
        raise Invalid(wrong)
    return list(rows.values())


def _lines(text: str) -> Iterator[tuple[int, Sequence[str]]]:
    for number, line in enumerate(text.lstrip("\ufeff").splitlines()[:LONGEST], start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, [cell.strip().strip('"') for cell in _CUT.split(line.strip())]


def _days(text: str, year: int) -> list[date]:
    ends = _RANGE.split(text)
    if len(ends) > 2:
        raise ValueError(f"“{text}”不是日期或起止日期。")
    first, last = _day(ends[0], year), _day(ends[-1], year)
    if not 0 <= (last - first).days <= 31:
        raise ValueError(f"“{text}”的起止日期不对。")
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _day(text: str, year: int) -> date:
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError(f"“{text}”不是日期，请按 {year}-05-01 填写。")
    try:
        return date(int(found[1] or year), int(found[2]), int(found[3]))
    except ValueError:
        raise ValueError(f"没有“{text}”这一天。") from None


def _kind(text: str) -> str:
    if text in HOLIDAY:
        return "holiday"
    if text in MAKEUP:
        return "makeup"
    raise ValueError(f"类型“{text}”无效，请填写“放假”或“上班”。")


def _unit(cells: Sequence[str]) -> Mapping[str, object]:
    code = uscc.normalise(cells[0])
    if fault := uscc.fault(code):
        raise ValueError(f"{fault}。")
    if len(cells) < 2 or not cells[1]:
        raise ValueError("缺少单位名称。")
    on = None
    if len(cells) > 3 and cells[3]:
        if not re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}|\d{4}年\d{1,2}月\d{1,2}日|\d{4}[/.]\d{1,2}[/.]\d{1,2}", cells[3]):
            raise ValueError(f"“{cells[3]}”不是日期，请按 2026-05-01 填写。")
        on = _day(cells[3], date.min.year)
        if on > clock.today():
            raise ValueError(f"列入日期“{cells[3]}”不能晚于今天。")
    return {"uscc": code, "name": cells[1][:200], "list": (cells[2] if len(cells) > 2 else "")[:100], "on": on}
