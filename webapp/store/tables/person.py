"""People, the roles they may hold, their seats, and what they hand to a deputy."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, or_, select, true
from sqlalchemy.orm import Mapped, mapped_column

from webapp.store.principal import Principal
from webapp.store.tables.model import Model, Public, Scoped
from webapp.store.tables.types import Json


class Role(Model, Public):
    """A lane's owner (settled 15). `name` is the lane's name, `resolver` says whose inbox, `scope` what is seen."""

    __tablename__ = "role"
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    resolver: Mapped[str] = mapped_column(default="")
    scope: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)


class Person(Model, Scoped):
    """A natural person who can log in. The password is a hash made elsewhere."""

    __tablename__ = "person"
    id: Mapped[str] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    email: Mapped[str | None]
    mobile: Mapped[str | None]
    password_hash: Mapped[str] = mapped_column(default="")
    old_hashes: Mapped[Any] = mapped_column(Json, default=list)
    password_at: Mapped[datetime | None]
    must_change: Mapped[bool] = mapped_column(default=False)
    failed: Mapped[int] = mapped_column(default=0)
    failed_at: Mapped[datetime | None]
    locked_until: Mapped[datetime | None]
    totp_secret: Mapped[str | None]
    totp_step: Mapped[int | None]
    expert_fields: Mapped[Any] = mapped_column(Json, default=list)
    expert_org: Mapped[str | None]
    expert_conflicts: Mapped[Any] = mapped_column(Json, default=list)
    available: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """Himself, colleagues of the acting organisation; the Province and account administrators: all."""
        if principal.scope in {"all", "accounts"}:
            return true()
        himself = cls.id == principal.person_id
        if not principal.seat:
            return himself
        seat = Model.metadata.tables["seat"].c
        return or_(himself, cls.id.in_(select(seat.person_id).where(seat.org_id == principal.org_id)))


class SeatRow(Model, Scoped):
    """A person holds a role in an organisation from valid_from to valid_to (inclusive)."""

    __tablename__ = "seat"
    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(ForeignKey("role.code"))
    org_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    granted_by: Mapped[str] = mapped_column(default="")
    __table_args__ = (Index(None, "person_id"), Index(None, "role", "org_id"))

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """His own and those of his organisation; the Province and account administrators: all."""
        if principal.scope in {"all", "accounts"}:
            return true()
        mine = cls.person_id == principal.person_id
        return or_(mine, cls.org_id == principal.org_id) if principal.seat else mine


class Delegation(Model, Scoped):
    """from_person's role in org_id may be exercised by to_person, who acts in his name (inclusive dates)."""

    __tablename__ = "delegation"
    id: Mapped[str] = mapped_column(primary_key=True)
    from_person: Mapped[str] = mapped_column(ForeignKey("person.id"))
    to_person: Mapped[str] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str]
    org_id: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    reason: Mapped[str] = mapped_column(default="")
    __table_args__ = (Index(None, "to_person"), Index(None, "from_person"))

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """Both people, and account administrators."""
        if principal.scope == "accounts":
            return true()
        return or_(cls.from_person == principal.person_id, cls.to_person == principal.person_id)
