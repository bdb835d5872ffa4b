"""What analysts made: artefacts by content hash, releases of them, and drafts not yet released."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, false, true
from sqlalchemy.orm import Mapped, mapped_column

from webapp.store.principal import Principal
from webapp.store.tables.model import Model, Public, Scoped
from webapp.store.tables.types import Json


class Artefact(Model, Public):
    """A diagram, form, ui or decision file exactly as released; its id is the SHA-256 of its text."""

    __tablename__ = "artefact"
    hash: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    content: Mapped[str]


class Release(Model, Public):
    """A set of artefacts in force from a date on; manifest: file name → hash."""

    __tablename__ = "release"
    id: Mapped[str] = mapped_column(primary_key=True)
    effective_from: Mapped[date]
    manifest: Mapped[Any] = mapped_column(Json)
    note: Mapped[str] = mapped_column(default="")
    made_by: Mapped[str] = mapped_column(default="")
    approved_by: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]
    __table_args__ = (Index(None, "effective_from", "made_at"),)


class ModelDraft(Model, Scoped):
    """A file being edited. status: draft, submitted, approved, refused."""

    __tablename__ = "model_draft"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    content: Mapped[str]
    base_hash: Mapped[str | None]
    author: Mapped[str] = mapped_column(ForeignKey("person.id"))
    updated_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="draft")
    note: Mapped[str] = mapped_column(default="")
    reviewer: Mapped[str | None]
    __table_args__ = (Index(None, "name", "status"),)

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """Analysts, who also review one another."""
        return true() if principal.scope == "models" else false()
