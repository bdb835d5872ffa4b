"""留痕: one row a state change, chained by hash and append-only; personal values apart, so that they can be erased."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, false, select, true
from sqlalchemy.orm import Mapped, mapped_column

from webapp.store.principal import Principal
from webapp.store.tables import reach
from webapp.store.tables.model import Model, Scoped


class Journal(Model, Scoped):
    """`object_id` is the chain: a case id, or `kind:id` for anything else (case_id is then null)."""

    __tablename__ = "journal"
    id: Mapped[str] = mapped_column(primary_key=True)
    object_id: Mapped[str]
    seq: Mapped[int]
    case_id: Mapped[str | None] = mapped_column(ForeignKey("case.id"))
    at: Mapped[datetime]
    actor: Mapped[str]
    acted_for: Mapped[str | None]
    org: Mapped[str | None]
    seat: Mapped[str | None]
    action: Mapped[str]
    element: Mapped[str | None]
    release_id: Mapped[str | None]
    article: Mapped[str | None]
    before: Mapped[str | None]
    after: Mapped[str | None]
    reason: Mapped[str | None]
    client: Mapped[str | None]
    private: Mapped[bool] = mapped_column(default=False)
    prev: Mapped[str]
    hash: Mapped[str]
    __table_args__ = (Index(None, "object_id", "seq", unique=True), Index(None, "actor", "at"), Index(None, "at"))

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """The Province and the auditor all; others what happened in their cases, save the experts' steps."""
        if principal.scope in {"all", "logs"}:
            return true()
        return reach.open_or_private(principal, cls, cls.actor)


class JournalValue(Model, Scoped):
    """A personal value of an entry. Erasing sets `value` to null; `hash` stays and keeps the chain whole."""

    __tablename__ = "journal_value"
    journal_id: Mapped[str] = mapped_column(ForeignKey("journal.id"), primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str | None]
    salt: Mapped[str | None]
    hash: Mapped[str]

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """The Province all, others those of entries they made; the auditor reads entries, not values."""
        if principal.scope == "all":
            return true()
        entry = Model.metadata.tables["journal"].c
        if not principal.seat or principal.scope == "logs":
            return false()
        return cls.journal_id.in_(select(entry.id).where(entry.actor == principal.person_id))
