"""Column types that mean the same on SQLite and on PostgreSQL: canonical JSON, aware UTC moments, exact numbers."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import DateTime, Dialect, Text, TypeDecorator


def canonical(value: Any) -> str:
    """One text per value: keys sorted, no spaces, Chinese as it is; dates as ISO, Decimal as its digits."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain, allow_nan=False)


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} is not a value that may be stored")


class Json(TypeDecorator[Any]):
    """A JSON value stored as canonical text; never queried by its inside (design.md 5)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """None stays NULL."""
        return None if value is None else canonical(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """A fresh value on each load."""
        return None if value is None else json.loads(value)


class Instant(TypeDecorator[datetime]):
    """A moment, aware, in UTC; a naive one is refused before it reaches the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite keeps fixed-width text, so its moments are stripped of the zone after conversion."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a moment without a time zone may not be stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Always aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Digits(TypeDecorator[Decimal]):
    """An exact number kept as its digits; ordered by the reader, not by the database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | int | str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """None stays NULL; a float is refused, it is not exact."""
        if isinstance(value, float):
            raise TypeError("a float is not an exact number")
        return None if value is None else format(Decimal(value), "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        """The same digits."""
        return None if value is None else Decimal(value)
