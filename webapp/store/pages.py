"""A page of rows by keyset: what comes after the last row seen, never an offset."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import BindParameter, ColumnElement, bindparam, or_

from webapp.errors import Rejected

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows; `after` asks for the next ones and is None on the last page."""

    rows: Sequence[Row]
    after: str | None = None


def cut(rows: Sequence[Row], limit: int, cursor: Callable[[Row], tuple[Any, ...]]) -> Page[Row]:
    """A page of at most `limit` rows out of `limit + 1` that were asked for."""
    if len(rows) <= limit:
        return Page(rows)
    shown = rows[:limit]
    return Page(shown, "~".join(str(part) for part in cursor(shown[-1])))


def parts_of(after: str, count: int) -> list[str]:
    """The cursor's parts; raises Rejected for one that we did not make."""
    parts = after.split("~")
    if len(parts) != count:
        raise Rejected("翻页位置无效，请返回第一页。")
    return parts


def moment(text: str) -> datetime:
    """A day or a moment out of a cursor; raises Rejected for one that we did not make."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Rejected("翻页位置无效，请返回第一页。") from None


def literal(value: str) -> BindParameter[str]:
    """A constant written into the statement, so that a partial index may be used for it."""
    return bindparam(None, value, literal_execute=True)


def containing(query: str, *columns: Any) -> ColumnElement[bool]:
    """Rows in which some column contains the text, its % and _ meaning themselves."""
    return or_(*(column.contains(query.strip(), autoescape=True) for column in columns))
