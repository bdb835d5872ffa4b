"""An official letter (公文) as plain values, laid out after GB/T 9704-2012: what both the docx and the PDF are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

DIGITS = "〇一二三四五六七八九"


@dataclass(frozen=True)
class Table:
    """An annex table; `rows` are texts in the order of `columns`."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Letter:
    """`mark` ties the paper to the journal: the first 16 characters of the head of its chain."""

    title: str
    doc_no: str
    recipients: str
    paragraphs: tuple[str, ...]
    tables: tuple[Table, ...]
    signer: str
    issued_on: str
    contact: str
    mark: str = ""

    @classmethod
    def from_content(cls, title: str, doc_no: str | None, issued_on: date | None, content: Mapping[str, Any], mark: str) -> Letter:
        """The letter that a document row describes; absent parts are empty."""
        return cls(
            title=title,
            doc_no=doc_no or "",
            recipients=_joined(content.get("recipients", "")),
            paragraphs=tuple(str(p) for p in content.get("paragraphs", ())),
            tables=tuple(_table(t) for t in content.get("tables", ())),
            signer=str(content.get("signer") or "浙江省科学技术厅"),
            issued_on=chinese_date(issued_on) if issued_on else "",
            contact=str(content.get("contact", "")),
            mark=mark,
        )


def chinese_date(day: date) -> str:
    """成文日期, Arabic numerals without leading zeros (GB/T 9704-2012, 7.3.5.4): 2026年3月2日."""
    return f"{day.year}年{day.month}月{day.day}日"


def _joined(recipients: Any) -> str:
    text = recipients if isinstance(recipients, str) else "，".join(str(each) for each in recipients)
    return text.rstrip("：:") + "：" if text else ""


def _table(raw: Mapping[str, Any]) -> Table:
    columns: Sequence[Any] = raw.get("columns", ())
    keys = [c["key"] if isinstance(c, Mapping) else None for c in columns]
    labels = tuple(str(c["label"] if isinstance(c, Mapping) else c) for c in columns)
    rows = []
    for row in raw.get("rows", ()):
        cells = [row.get(key, "") for key in keys] if isinstance(row, Mapping) else list(row)
        rows.append(tuple("" if cell is None else str(cell) for cell in cells))
    return Table(str(raw.get("title", "")), labels, tuple(rows))
