"""Reference data: code lists, parameters with validity dates, working days, indicators, and drawn numbers."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from webapp.store.tables.model import Model, Public, Scoped
from webapp.store.tables.types import Json


class Code(Model, Public):
    """One entry of a code list."""

    __tablename__ = "code"
    kind: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str]
    attributes: Mapped[Any] = mapped_column(Json, default=dict)
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class Parameter(Model, Public):
    """A value in force from valid_from to valid_to (inclusive). `current`: cases read today's, not their start's."""

    __tablename__ = "parameter"
    key: Mapped[str] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    value: Mapped[Any] = mapped_column(Json, nullable=True)
    source: Mapped[str] = mapped_column(default="")
    current: Mapped[bool] = mapped_column(default=False)
    label: Mapped[str] = mapped_column(default="")
    article: Mapped[str] = mapped_column(default="")
    unit: Mapped[str] = mapped_column(default="")


class Workday(Model, Public):
    """A day that a notice decided. kind: work, rest, makeup (a weekend worked), holiday."""

    __tablename__ = "workday"
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str]
    source: Mapped[str] = mapped_column(default="")
    provisional: Mapped[bool] = mapped_column(default=False)


class Indicator(Model, Public):
    """One line of an indicator set; kind quant or qual; `maximum` in points."""

    __tablename__ = "indicator"
    set_code: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    parent: Mapped[str | None]
    name: Mapped[str]
    maximum: Mapped[Any] = mapped_column(Json)
    kind: Mapped[str] = mapped_column(default="qual")
    formula: Mapped[str] = mapped_column(default="")
    article: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)


class Revision(Model, Public):
    """How often reference data of this kind was changed, so that readers know when to read it again."""

    __tablename__ = "revision"
    name: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(default=0)


class Counter(Model, Scoped):
    """The last number drawn in a series; never reused, never shared."""

    __tablename__ = "counter"
    series: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
