"""Reading an application form that may be a half-written draft: what is missing or malformed reads as absent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from handlers.vocabulary import Facts


def part(facts: Facts, key: str) -> Facts:
    """The object under `key`, empty when there is none."""
    value = facts.get(key)
    return value if isinstance(value, Mapping) else {}


def rows(facts: Facts, key: str) -> list[Facts]:
    """The rows of the table under `key`; rows without any content are not rows."""
    return [row for _, row in numbered(facts, key)]


def numbered(facts: Facts, key: str) -> list[tuple[int, Facts]]:
    """The same with each row's place in the form, as field paths name it."""
    value = facts.get(key)
    if not isinstance(value, list | tuple):
        return []
    return [(n, row) for n, row in enumerate(value) if isinstance(row, Mapping) and _has_content(row)]


def text(facts: Facts, key: str) -> str:
    """The text under `key` without surrounding blanks, empty when there is none."""
    value = facts.get(key)
    return value.strip() if isinstance(value, str) else ""


def number(facts: Facts, key: str) -> Decimal | None:
    """The number under `key`, exactly as it was typed; None when it is no finite number."""
    value = facts.get(key)
    if value is None or isinstance(value, bool):
        return None
    try:
        exact = Decimal(str(value).replace(",", "").strip())
    except InvalidOperation:
        return None
    return exact if exact.is_finite() else None


def is_positive(facts: Facts, key: str) -> bool:
    """There is a number under `key`, above 0."""
    return (number(facts, key) or Decimal(0)) > 0


def day(facts: Facts, key: str) -> date | None:
    """The date under `key`, given as a date or in ISO form."""
    return to_date(facts.get(key))


def to_date(value: Any) -> date | None:
    """A date given as such or in ISO form; None for anything else."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _has_content(row: Facts) -> bool:
    return any(cell is not None and cell not in ("", [], {}) for cell in row.values())
