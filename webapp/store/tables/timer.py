"""A moment at which a case must be woken; the row is the truth, a job is only the alarm clock."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.store.principal import Principal
from webapp.store.tables import reach
from webapp.store.tables.model import Model, Scoped

WAITING = text("status = 'waiting'")


class Timer(Model, Scoped):
    """kind: token (the engine waits), reminder (nobody does). A changed deadline is the same row, next generation."""

    __tablename__ = "timer"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"))
    engine_id: Mapped[str] = mapped_column(default="")
    element: Mapped[str]
    task_id: Mapped[str | None]
    kind: Mapped[str] = mapped_column(default="token")
    due_at: Mapped[datetime]
    business_on: Mapped[date | None]
    generation: Mapped[int] = mapped_column(default=1)
    status: Mapped[str] = mapped_column(default="waiting")
    __table_args__ = (
        Index("ix_timer_due", "due_at", "id", sqlite_where=WAITING, postgresql_where=WAITING),
        Index("ix_timer_case", "case_id", sqlite_where=WAITING, postgresql_where=WAITING),
    )

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """Whoever sees the case."""
        return reach.through_case(principal, cls.case_id)
