"""An official letter (公文) as plain values, laid out after GB/T 9704-2012: what both the docx and the PDF are made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

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


def chinese_date(day: date) -> str:
    """成文日期, Arabic numerals without leading zeros (GB/T 9704-2012, 7.3.5.4): 2026年3月2日."""
    return f"{day.year}年{day.month}月{day.day}日"
