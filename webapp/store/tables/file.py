"""What is known of an attachment; its bytes lie in a folder, by content."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, and_, or_, true
from sqlalchemy.orm import Mapped, mapped_column

from webapp.store.principal import Principal
from webapp.store.tables import reach
from webapp.store.tables.model import Model, Scoped


class File(Model, Scoped):
    """status: received, quarantined, clean, refused; others see it only when clean. `size` in bytes."""

    __tablename__ = "file"
    id: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    name: Mapped[str]
    type: Mapped[str] = mapped_column(default="")
    size: Mapped[int]
    status: Mapped[str] = mapped_column(default="received")
    by: Mapped[str]
    at: Mapped[datetime]
    case_id: Mapped[str | None] = mapped_column(ForeignKey("case.id"))
    owner_org: Mapped[str | None]
    private: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (Index(None, "case_id"), Index(None, "sha256"), Index(None, "by", "at"))

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """Who uploaded it, his organisation unless it is an expert's, and whoever sees the case once it is clean."""
        if principal.scope == "all":
            return true()
        mine = cls.by == principal.person_id
        shared = and_(reach.open_or_private(principal, cls, cls.by), cls.status == "clean")
        ours = and_(cls.owner_org == principal.org_id, cls.private.is_(False))  # experts share one organisation
        return or_(mine, ours, shared) if principal.seat else mine
