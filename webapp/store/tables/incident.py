"""异常: a failure of the engine, before whose element the case stands until it is retried, or of a job for the case."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from webapp.store.principal import Principal
from webapp.store.tables.model import Model, Scoped

OPEN = text("status = 'open'")


class Incident(Model, Scoped):
    """status: open, solved, skipped. next_at: when the worker tries again; null: only a person can.

    job: what failed while the case itself goes on (deliver, render, archive, wake), and `ref` is what the job was given.
    Without a job the case is parked before `element`.
    """

    __tablename__ = "incident"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"))
    task_id: Mapped[str] = mapped_column(default="")
    element: Mapped[str]
    job: Mapped[str] = mapped_column(default="")
    ref: Mapped[str] = mapped_column(default="")
    message: Mapped[str]
    detail: Mapped[str] = mapped_column(default="")
    attempts: Mapped[int] = mapped_column(default=1)
    next_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(default="open")
    at: Mapped[datetime]
    solved_at: Mapped[datetime | None]
    solved_by: Mapped[str | None]
    __table_args__ = (
        Index("ix_incident_next", "next_at", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_incident_case", "case_id"),
        Index("ix_incident_job", "job", "ref", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """The Province and operators; others only see that the system is working on it."""
        return true() if principal.scope in {"all", "accounts"} else false()
