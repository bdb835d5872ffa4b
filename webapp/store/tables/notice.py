"""通知: a message to a person, or to whoever holds a role in an organisation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, and_, or_
from sqlalchemy.orm import Mapped, mapped_column

from webapp.store.principal import Principal
from webapp.store.tables.model import Model, Scoped
from webapp.store.tables.types import Json


class Notice(Model, Scoped):
    """channels: channel name → state (sent, failed, …); a station message needs no channel."""

    __tablename__ = "notice"
    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str | None]
    org_id: Mapped[str | None]
    case_id: Mapped[str | None] = mapped_column(ForeignKey("case.id"))
    task_id: Mapped[str | None]
    subject: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    key: Mapped[str | None] = mapped_column(unique=True)
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    channels: Mapped[Any] = mapped_column(Json, default=dict)
    __table_args__ = (Index(None, "person_id", "id"), Index(None, "role", "org_id", "id"), Index(None, "case_id"))

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """The addressee."""
        mine = cls.person_id == principal.person_id
        if not principal.seat:
            return mine
        ours = and_(cls.person_id.is_(None), cls.role == principal.role, cls.org_id == principal.org_id)
        return or_(mine, ours)

    def may_be_written_by(self, principal: Principal) -> bool:
        """The addressee may mark it as read."""
        if self.person_id:
            return self.person_id == principal.person_id
        return principal.holds(self.role or "", self.org_id or "")
