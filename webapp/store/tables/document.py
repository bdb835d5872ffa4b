"""公文: an official document; its content is a row at once, docx and PDF follow."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, and_, or_, true
from sqlalchemy.orm import Mapped, mapped_column

from webapp.store.principal import Principal
from webapp.store.tables import reach
from webapp.store.tables.model import Model, Scoped
from webapp.store.tables.types import Json

PUBLISHED = (
    "round_notice",
    "publicity_list",
    "designation",
    "correction",
    "inclusion",
    "evaluation_notice",
    "evaluation_publicity",
    "evaluation_result",
)
"""Kinds that everybody with a seat may read once they are issued."""


class Document(Model, Scoped):
    """status: rendering, ready, failed. doc_no is unique; a correction is a new document (corrects_id)."""

    __tablename__ = "document"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("case.id"))
    round_id: Mapped[str | None]
    kind: Mapped[str]
    title: Mapped[str]
    doc_no: Mapped[str | None] = mapped_column(unique=True)
    issued_on: Mapped[date | None]
    content: Mapped[Any] = mapped_column(Json, default=dict)
    status: Mapped[str] = mapped_column(default="rendering")
    docx_file: Mapped[str | None]
    pdf_file: Mapped[str | None]
    corrects_id: Mapped[str | None] = mapped_column(ForeignKey("document.id"))
    key: Mapped[str | None] = mapped_column(unique=True)
    hash: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    __table_args__ = (Index(None, "case_id"), Index(None, "round_id", "kind"))

    @classmethod
    def visible_to(cls, principal: Principal) -> ColumnElement[bool]:
        """Whoever sees the case; issued public kinds: everybody with a seat."""
        if principal.scope == "all":
            return true()
        own = reach.through_case(principal, cls.case_id)
        public = and_(cls.kind.in_(PUBLISHED), cls.issued_on.is_not(None))
        return or_(own, public) if principal.seat else own
