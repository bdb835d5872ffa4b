"""台账: bases, each fact of them with its validity, and the bans that follow from revocation."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, or_, true
from sqlalchemy.orm import Mapped, mapped_column

from webapp.store.principal import Principal
from webapp.store.tables import reach
from webapp.store.tables.model import Model, Scoped
from webapp.store.tables.types import Json


class Base(Model, Scoped):
    """A 国合基地 as it is today. status: active, revoked, exited, transferred_national."""

    __tablename__ = "base"
    id: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    category: Mapped[str]
    level: Mapped[str] = mapped_column(default="provincial")
    host_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    leader: Mapped[str] = mapped_column(default="")
    city: Mapped[str | None]
    recommender_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    field_code: Mapped[str] = mapped_column(default="")
    regions: Mapped[Any] = mapped_column(Json, default=list)
    designated_on: Mapped[date | None]
    doc_no: Mapped[str] = mapped_column(default="")
    origin: Mapped[str] = mapped_column(default="designation")
    status: Mapped[str] = mapped_column(default="active")
    status_on: Mapped[date | None]
    application_id: Mapped[str | None] = mapped_column(unique=True)
    direction: Mapped[str] = mapped_column(default="")
    contact: Mapped[str] = mapped_column(default="")
    partners: Mapped[Any] = mapped_column(Json, default=list)
    """[{name, country_region, agreement, signed_on, expires_on}] as last approved."""
    core_team: Mapped[Any] = mapped_column(Json, default=list)
    """[{name, title, role}] as last approved."""
    national_type: Mapped[str] = mapped_column(default="")
    """国家级基地的类型 (innovation_park, joint_centre, transfer_centre, demonstration); empty for provincial ones."""
    __table_args__ = (Index(None, "host_id"), Index(None, "status", "code"), Index(None, "recommender_id"))

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """The host's own, the recommender's, the Province all."""
        return reach.base_rule(principal, cls)


class BaseFact(Model, Scoped):
    """From valid_from to valid_to (inclusive; null: still) this field of the base had this value."""

    __tablename__ = "base_fact"
    base_id: Mapped[str] = mapped_column(ForeignKey("base.id"), primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    value: Mapped[Any] = mapped_column(Json, nullable=True)
    source_case: Mapped[str | None]

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """Whoever sees the base."""
        return reach.through_base(principal, cls.base_id)


class Ban(Model, Scoped):
    """三年内不得再次申报, from starts_on to ends_on inclusive. scope: host, base, host_and_leader."""

    __tablename__ = "ban"
    id: Mapped[str] = mapped_column(primary_key=True)
    uscc: Mapped[str]
    host_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    base_id: Mapped[str | None] = mapped_column(ForeignKey("base.id"))
    scope: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    doc_no: Mapped[str] = mapped_column(default="")
    leader: Mapped[str] = mapped_column(default="")
    field_code: Mapped[str] = mapped_column(default="")
    base_name: Mapped[str] = mapped_column(default="")
    rescinded_on: Mapped[date | None]
    rescinded_doc: Mapped[str | None]
    __table_args__ = (Index(None, "uscc"), Index(None, "host_id"))

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """The banned host, its recommender, the Province."""
        if principal.scope == "all":
            return true()
        own = cls.host_id == principal.org_id
        return or_(own, cls.host_id.in_(reach.hosts_of(principal))) if principal.scope == "recommended" else own


class Dishonesty(Model, Scoped):
    """An entry of the imported list of seriously dishonest units; only rules read it."""

    __tablename__ = "dishonesty"
    uscc: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    list: Mapped[str] = mapped_column(default="")
    on: Mapped[date | None]

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """The Province."""
        return true() if principal.scope == "all" else super().visible_to(principal)
