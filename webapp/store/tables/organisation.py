"""Organisations and which recommending department a host belongs to."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, ForeignKey, Index, or_, true
from sqlalchemy.orm import Mapped, mapped_column

from webapp.store.principal import Principal
from webapp.store.tables import reach
from webapp.store.tables.model import Model, Scoped


class Organisation(Model, Scoped):
    """A unit: city_bureau, competent_dept, host, province or county. Bureaus are known to all, hosts are not."""

    __tablename__ = "organisation"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    city: Mapped[str | None]
    county: Mapped[str | None]
    uscc: Mapped[str | None]
    host_kind: Mapped[str | None]
    entity_type: Mapped[str | None]
    entity_status: Mapped[str | None]
    registered_address: Mapped[str | None]
    founded_on: Mapped[date | None]
    contact_name: Mapped[str | None]
    contact_phone: Mapped[str | None]
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    active: Mapped[bool] = mapped_column(default=True)
    __table_args__ = (Index(None, "uscc", unique=True), Index(None, "kind", "name"))

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """Everybody: offices, his own unit and the hosts he deals with; the Province and administrators: all."""
        if principal.scope in {"all", "accounts"}:
            return true()
        known = or_(cls.kind != "host", cls.id == principal.org_id)
        hosts = reach.known_hosts(principal)
        return known if hosts is None else or_(known, cls.id.in_(hosts))


class Affiliation(Model, Scoped):
    """From valid_from to valid_to (inclusive) the host is recommended by this department."""

    __tablename__ = "affiliation"
    host_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    recommender_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    source: Mapped[str] = mapped_column(default="")
    __table_args__ = (Index(None, "recommender_id"),)

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """Both ends and the Province."""
        if principal.scope in {"all", "accounts"}:
            return true()
        return or_(cls.host_id == principal.org_id, cls.recommender_id == principal.org_id)
