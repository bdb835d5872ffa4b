"""What people wrote: submitted forms, never overwritten, and drafts that are nobody else's business."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from webapp.store.principal import Principal
from webapp.store.tables import reach
from webapp.store.tables.model import Model, Scoped
from webapp.store.tables.types import Json


class Submission(Model, Scoped):
    """A submitted form with its version's hash. `private`: made by an expert; hidden from host and recommender."""

    __tablename__ = "submission"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"))
    task_id: Mapped[str]
    process: Mapped[str]
    element: Mapped[str]
    key: Mapped[str | None]
    form: Mapped[str] = mapped_column(default="")
    form_hash: Mapped[str] = mapped_column(default="")
    content: Mapped[Any] = mapped_column(Json, default=dict)
    outcome: Mapped[str] = mapped_column(default="")
    opinion: Mapped[str] = mapped_column(default="")
    by: Mapped[str]
    seat: Mapped[str] = mapped_column(default="")
    on: Mapped[date]
    at: Mapped[datetime]
    hash: Mapped[str]
    private: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (Index(None, "case_id", "id"), Index(None, "task_id"))

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """Whoever sees the case, save private ones: their author, the panel's lead, the Province."""
        return reach.open_or_private(principal, cls, cls.by)


class Draft(Model, Scoped):
    """What a person typed and has not submitted."""

    __tablename__ = "draft"
    task_id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    content: Mapped[Any] = mapped_column(Json, default=dict)
    updated_at: Mapped[datetime]

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """Its author."""
        return cls.person_id == principal.person_id

    def may_be_written_by(self, principal: Principal) -> bool:
        """Its author."""
        return self.person_id == principal.person_id
