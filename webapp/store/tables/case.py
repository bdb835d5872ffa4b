"""One running or finished process instance (一件流程实例), with its compacted state."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.store.principal import Principal
from webapp.store.tables import reach
from webapp.store.tables.model import Model, Scoped

OPEN = text("status = 'open'")


class Case(Model, Scoped):
    """`state` is opaque text of the workflow room; `version` counts writes and refuses a lost update."""

    __tablename__ = "case"
    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str]
    process: Mapped[str]
    title: Mapped[str]
    status: Mapped[str] = mapped_column(default="open")
    end: Mapped[str | None]
    release_id: Mapped[str | None] = mapped_column(ForeignKey("release.id"))
    parameters_on: Mapped[date | None]
    host_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    recommender_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    county_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    base_id: Mapped[str | None]
    round_id: Mapped[str | None]
    parent_id: Mapped[str | None]
    city: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column()
    steps: Mapped[int] = mapped_column(default=0)
    key: Mapped[str | None] = mapped_column(unique=True)
    started_at: Mapped[datetime]
    started_by: Mapped[str | None]
    held_by: Mapped[str | None]
    """The case that suspended this one; when that ends without effect, this goes on (domain.md 3.6)."""
    ended_at: Mapped[datetime | None]
    journal_seq: Mapped[int] = mapped_column(default=0)
    journal_hash: Mapped[str] = mapped_column(default="")
    """Head of the case's journal chain, so that appending needs no look-up."""
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy's way
    __table_args__ = (
        Index(None, "round_id", "process"),
        Index(None, "base_id"),
        Index(None, "host_id", "started_at"),
        Index(None, "started_by", "started_at"),
        Index(None, "number"),
        Index("ix_case_open", "process", "id", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """By the seat's scope: own unit, own hosts, cases sent for cosigning, assigned applications, all."""
        return reach.case_rule(principal, cls)


class Flow(Model, Scoped):
    """A sequence flow that a token really travelled, and how often."""

    __tablename__ = "flow"
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), primary_key=True)
    process: Mapped[str] = mapped_column(primary_key=True)
    flow: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=1)
    last_at: Mapped[datetime]

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """Whoever sees the case."""
        return reach.through_case(principal, cls.case_id)


class Visit(Model, Scoped):
    """An element that was passed. state: completed, cancelled."""

    __tablename__ = "visit"
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    process: Mapped[str]
    element: Mapped[str]
    task_id: Mapped[str] = mapped_column(default="")
    entered_at: Mapped[datetime | None]
    left_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="completed")

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """Whoever sees the case."""
        return reach.through_case(principal, cls.case_id)
