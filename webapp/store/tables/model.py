"""The declarative root, and the rule that every table says who may see its rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Date, MetaData, Text, false
from sqlalchemy.orm import DeclarativeBase

from webapp.store.principal import Principal
from webapp.store.tables.types import Digits, Instant

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Model(DeclarativeBase):
    """A table of ours."""

    metadata = MetaData(naming_convention=CONVENTION)
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy's way
        str: Text(),
        datetime: Instant(),
        date: Date(),
        Decimal: Digits(),
    }

    def facts(self) -> dict[str, Any]:
        """The row as plain values by column name."""
        return {column.key: getattr(self, column.key) for column in self.__table__.columns}

    @classmethod
    def typed(cls, plain: Mapping[str, Any]) -> dict[str, Any]:
        """Facts that went through JSON, as the columns of the same names want them."""
        return {name: _typed(cls.__table__.columns[name].type, value) for name, value in plain.items()}


def _typed(kind: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if isinstance(kind, Instant) else value


class Scoped:
    """Marks a table whose rows are not for everybody. Forgetting a rule shows nothing and lets nothing be written."""

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:  # noqa: ARG003  # for those who override
        """The rows this person may see through the acting seat."""
        return false()

    def may_be_written_by(self, principal: Principal) -> bool:  # noqa: ARG002  # for those who override
        """Whether a person's own session may write this row; commands write as the system instead."""
        return False


class Public:
    """Marks a table that everybody who is logged in may read; only the system writes it."""
