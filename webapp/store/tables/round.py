"""批次: a round of designation, with everything pinned when it was published."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, false, true
from sqlalchemy.orm import Mapped, mapped_column

from webapp.store.principal import Principal
from webapp.store.tables.model import Model, Scoped
from webapp.store.tables.types import Json


class Round(Model, Scoped):
    """id = its case's. window_to and recommend_by are business dates, inclusive."""

    __tablename__ = "round"
    id: Mapped[str] = mapped_column(ForeignKey("case.id"), primary_key=True)
    number: Mapped[str] = mapped_column(default="")
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="designation")
    year: Mapped[int]
    categories: Mapped[Any] = mapped_column(Json, default=list)
    window_from: Mapped[date | None]
    window_to: Mapped[date | None]
    recommend_by: Mapped[date | None]
    quotas: Mapped[Any] = mapped_column(Json, default=dict)
    indicator_sets: Mapped[Any] = mapped_column(Json, default=dict)
    expert_plan: Mapped[Any] = mapped_column(Json, default=dict)
    status: Mapped[str] = mapped_column(default="preparing")
    release_id: Mapped[str | None] = mapped_column(ForeignKey("release.id"))
    parameters_on: Mapped[date | None]
    publicity: Mapped[bool] = mapped_column(default=False)
    publicity_until: Mapped[date | None]
    __table_args__ = (Index(None, "kind", "year"),)

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """The Province all; everybody with a seat what has been published."""
        if principal.scope == "all":
            return true()
        return cls.status.not_in(("preparing", "cancelled")) if principal.seat else false()
