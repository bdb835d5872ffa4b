"""申报: the summary row of a designation case, and which expert works on it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, true
from sqlalchemy.orm import Mapped, mapped_column

from webapp.store.principal import Principal
from webapp.store.tables import reach
from webapp.store.tables.model import Model, Scoped
from webapp.store.tables.types import Json


class Application(Model, Scoped):
    """id = its case's. Facts for lists and rules; the application itself is the submitted form."""

    __tablename__ = "application"
    id: Mapped[str] = mapped_column(ForeignKey("case.id"), primary_key=True)
    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"))
    host_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    uscc: Mapped[str] = mapped_column(default="")
    base_name: Mapped[str] = mapped_column(default="")
    category: Mapped[str] = mapped_column(default="")
    field_code: Mapped[str] = mapped_column(default="")
    main_regions: Mapped[Any] = mapped_column(Json, default=list)
    leader: Mapped[str] = mapped_column(default="")
    city: Mapped[str | None]
    recommender_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    county_id: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="drafting")
    accepted_no: Mapped[str | None] = mapped_column(unique=True)
    submitted_on: Mapped[date | None]
    recommend_rank: Mapped[int | None]
    verdict: Mapped[str | None]
    score: Mapped[Decimal | None]
    score_sd: Mapped[Decimal | None]
    spread_alert: Mapped[bool] = mapped_column(default=False)
    rank: Mapped[int | None]
    suggestion: Mapped[str | None]
    decision: Mapped[str | None]
    decision_reason: Mapped[str | None]
    doc_no: Mapped[str | None]
    updated_at: Mapped[datetime]
    __table_args__ = (
        Index(None, "round_id", "status"),
        Index(None, "host_id"),
        Index(None, "recommender_id", "round_id"),
    )

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """As its case."""
        return reach.case_rule(principal, cls)


class ExpertAssignment(Model, Scoped):
    """status: active, declined, replaced, scored, closed."""

    __tablename__ = "expert_assignment"
    id: Mapped[str] = mapped_column(primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("case.id"))
    round_id: Mapped[str | None]
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    status: Mapped[str] = mapped_column(default="active")
    assigned_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        Index(None, "application_id", "person_id", unique=True),
        Index(None, "person_id", "status"),
        Index(None, "round_id"),
    )

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """The Province, and each expert his own."""
        return true() if principal.scope == "all" else cls.person_id == principal.person_id
