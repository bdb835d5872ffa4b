"""One row of an inbox (待办). Its owner is one (role, organisation) or one person, so a page is one index range."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, and_, or_, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.store.principal import Principal
from webapp.store.tables import reach
from webapp.store.tables.model import Model, Scoped
from webapp.store.tables.types import Json

OPEN = text("status = 'open'")
NO_DUE = date(9999, 12, 31)
"""Sorts what has no limit last; never shown."""


class Task(Model, Scoped):
    """status: open, done, cancelled. due_on is a business date, `workdays` what it took, in working days."""

    __tablename__ = "task"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"))
    root: Mapped[str]
    process: Mapped[str]
    element: Mapped[str]
    title: Mapped[str]
    number: Mapped[str] = mapped_column(default="")
    case_title: Mapped[str] = mapped_column(default="")
    base_name: Mapped[str] = mapped_column(default="")
    host_id: Mapped[str | None]
    role: Mapped[str]
    org_id: Mapped[str | None]
    person_id: Mapped[str | None]
    city: Mapped[str | None]
    recommender_id: Mapped[str | None]
    county_id: Mapped[str | None]
    key: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="open")
    arrived_at: Mapped[datetime]
    due_on: Mapped[date | None]
    sort_on: Mapped[date] = mapped_column(default=NO_DUE)
    reminders: Mapped[Any] = mapped_column(Json, default=list)
    opened_at: Mapped[datetime | None]
    opened_by: Mapped[str | None]
    claimed_by: Mapped[str | None]
    priority: Mapped[int] = mapped_column(default=0)
    urged: Mapped[int] = mapped_column(default=0)
    urged_at: Mapped[datetime | None]
    lane: Mapped[str] = mapped_column(default="")
    form: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str | None]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None]
    done_as: Mapped[str | None]
    acted_for: Mapped[str | None]
    workdays: Mapped[int | None]
    late: Mapped[bool] = mapped_column(default=False)
    """Done after due_on, by the business date."""
    undo: Mapped[Any] = mapped_column(Json, nullable=True)
    """What the step overwrote, by row (case, application, round, proceeding): 取回 restores it. Null: not to be undone."""
    visit: Mapped[int] = mapped_column(default=1)
    round_id: Mapped[str | None]
    __table_args__ = (
        Index("ix_task_inbox", "role", "org_id", "sort_on", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_task_person", "person_id", "role", "sort_on", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_task_claimed", "claimed_by", "sort_on", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_task_city", "city", "sort_on", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_task_due", "sort_on", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_task_case", "case_id"),
        Index("ix_task_done_by", "done_by", "done_at", "id"),
        Index("ix_task_done_at", "done_at"),
    )

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """One's own; and every task of the cases in reach, except that experts stay unknown to host and recommender."""
        mine = cls.person_id == principal.person_id
        org = principal.org_id
        impersonal = cls.person_id.is_(None)
        match principal.scope:
            case "all":
                return reach.through_case(principal, cls.case_id)
            case "own_host":
                return or_(mine, and_(impersonal, or_(cls.host_id == org, cls.org_id == org)))
            case "recommended":
                return or_(mine, and_(impersonal, or_(cls.recommender_id == org, cls.org_id == org)))
            case "county":
                return or_(mine, and_(impersonal, or_(cls.county_id == org, cls.org_id == org)))
            case "cosigned":
                return or_(mine, and_(impersonal, cls.org_id == org))
        return mine
