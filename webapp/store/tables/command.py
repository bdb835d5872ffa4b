"""Commands that were carried out, by the id their sender chose, and messages on their way to another case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from webapp.store.principal import Principal
from webapp.store.tables.model import Model, Scoped
from webapp.store.tables.types import Json

PENDING = text("status = 'pending'")


class Command(Model, Scoped):
    """The same id twice gives this answer again and has no second effect. Only the system reads it."""

    __tablename__ = "command"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str | None]
    verb: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]
    answer: Mapped[Any] = mapped_column(Json, nullable=True)
    __table_args__ = (Index(None, "at"),)


class Outbox(Model, Scoped):
    """A message from one case to another; to_case "" starts one. status: pending, delivered, refused."""

    __tablename__ = "outbox"
    id: Mapped[str] = mapped_column(primary_key=True)
    from_case: Mapped[str | None] = mapped_column(ForeignKey("case.id"))
    to_case: Mapped[str]
    message: Mapped[str]
    payload: Mapped[Any] = mapped_column(Json, default=dict)
    key: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(default="pending")
    at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        Index("ix_outbox_pending", "at", "id", sqlite_where=PENDING, postgresql_where=PENDING),
        Index(None, "to_case"),
        Index(None, "from_case"),
    )

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """The Province and operators."""
        return true() if principal.scope in {"all", "accounts"} else false()
