"""办件摘要 and marks: what lists, rules and derived states read of procedures about a base."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.store.principal import Principal
from webapp.store.tables import reach
from webapp.store.tables.model import Model, Scoped
from webapp.store.tables.types import Json

STANDING = text("cleared_on IS NULL")


class Proceeding(Model, Scoped):
    """One procedure about one base: id = its case's, or an own one for an imported result. amount, spent: 万元."""

    __tablename__ = "proceeding"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("case.id"))
    base_id: Mapped[str] = mapped_column(ForeignKey("base.id"))
    host_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    recommender_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    county_id: Mapped[str | None]
    city: Mapped[str | None]
    process: Mapped[str]
    period: Mapped[str] = mapped_column(default="")
    """The year of a report or plan, the round of an evaluation."""
    kind: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="open")
    """The stage while open, then the end that the diagram reached."""
    title: Mapped[str] = mapped_column(default="")
    due_on: Mapped[date | None]
    submitted_on: Mapped[date | None]
    event_on: Mapped[date | None]
    decided_on: Mapped[date | None]
    opened_on: Mapped[date]
    ended_on: Mapped[date | None]
    late: Mapped[bool] = mapped_column(default=False)
    verdict: Mapped[str | None]
    grade: Mapped[str | None]
    score: Mapped[Decimal | None]
    amount: Mapped[Decimal | None]
    spent: Mapped[Decimal | None]
    doc_no: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    facts_: Mapped[Any] = mapped_column("facts", Json, default=dict)
    """Small further facts that rules of later procedures read."""
    __table_args__ = (
        Index(None, "base_id", "process", "period"),
        Index(None, "process", "period", "status"),
        Index(None, "recommender_id", "process", "period"),
        Index(None, "host_id"),
    )

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """As its case."""
        return reach.case_rule(principal, cls)

    def facts(self) -> dict[str, Any]:
        """The row as plain values; `facts` as the small further facts."""
        found = {column.key: getattr(self, column.key) for column in self.__table__.columns if column.key != "facts"}
        return {**found, "facts": self.facts_ or {}}


class Mark(Model, Scoped):
    """A mark on a base (年报逾期、疑似未经审批变更 …) until it is cleared; one standing mark per kind and period."""

    __tablename__ = "mark"
    id: Mapped[str] = mapped_column(primary_key=True)
    base_id: Mapped[str] = mapped_column(ForeignKey("base.id"))
    kind: Mapped[str]
    period: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    raised_on: Mapped[date]
    raised_by: Mapped[str | None]
    """The case that raised it."""
    cleared_on: Mapped[date | None]
    cleared_by: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        Index(
            "ix_mark_standing",
            "base_id",
            "kind",
            "period",
            unique=True,
            sqlite_where=STANDING,
            postgresql_where=STANDING,
        ),
        Index(None, "kind", "period"),
    )

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """Whoever sees the base."""
        return reach.through_base(principal, cls.base_id)


class Batch(Model, Scoped):
    """成批发起: one case of `process` per item, started by a job in chunks. status: running, done."""

    __tablename__ = "batch"
    id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    process: Mapped[str]
    title: Mapped[str]
    status: Mapped[str] = mapped_column(default="running")
    from_case: Mapped[str | None]
    made_by: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    __table_args__ = (Index(None, "status"), Index(None, "process", "at"))

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """The Province."""
        return reach.province_only(principal)


class BatchItem(Model, Scoped):
    """A base of a batch. status: waiting, started, skipped (`note` says why), failed (tried again)."""

    __tablename__ = "batch_item"
    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    base_id: Mapped[str | None]
    key: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="waiting")
    case_id: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    payload: Mapped[Any] = mapped_column(Json, default=dict)
    __table_args__ = (Index(None, "batch_id", "status", "position"), Index(None, "base_id"))

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """The Province."""
        return reach.province_only(principal)
