"""Logged-in sessions on the server, attempts to log in, and requests for an account."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, false, true
from sqlalchemy.orm import Mapped, mapped_column

from webapp.store.principal import Principal
from webapp.store.tables.model import Model, Scoped
from webapp.store.tables.types import Json


class AuthSession(Model, Scoped):
    """One browser's session; `key` is the SHA-256 of the cookie, the cookie itself is nowhere."""

    __tablename__ = "auth_session"
    key: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    seat_id: Mapped[str | None]
    data: Mapped[Any] = mapped_column(Json, default=dict)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ip: Mapped[str] = mapped_column(default="")
    agent: Mapped[str] = mapped_column(default="")
    __table_args__ = (Index(None, "person_id"), Index(None, "seen_at"))

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """His own ("my sessions"); account administrators: all."""
        return true() if principal.scope == "accounts" else cls.person_id == principal.person_id

    def may_be_written_by(self, principal: Principal) -> bool:
        """Everybody may end or touch his own session."""
        return bool(self.person_id) and self.person_id == principal.person_id


class LoginAttempt(Model, Scoped):
    """One try to log in, by account and network."""

    __tablename__ = "login_attempt"
    id: Mapped[str] = mapped_column(primary_key=True)
    login: Mapped[str]
    network: Mapped[str]
    at: Mapped[datetime]
    ok: Mapped[bool]
    __table_args__ = (Index(None, "login", "at"), Index(None, "network", "at"))

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """Administrators."""
        return true() if principal.scope in {"logs", "accounts"} else false()


class AccountRequest(Model, Scoped):
    """A host asks for an account (settled 25). status: open, approved, refused."""

    __tablename__ = "account_request"
    id: Mapped[str] = mapped_column(primary_key=True)
    org_name: Mapped[str]
    uscc: Mapped[str]
    admin_name: Mapped[str]
    mobile: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    letter_file: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="open")
    made_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    __table_args__ = (Index(None, "status", "made_at"),)

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """The Province and account administrators."""
        return true() if principal.scope in {"all", "accounts"} else false()
