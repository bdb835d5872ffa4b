"""公文: written once with its content; a correction is another document, never an edit."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from webapp import clock
from webapp.errors import Missing
from webapp.store import incidents, pages
from webapp.store.db import Tx, stmt
from webapp.store.ids import new_id
from webapp.store.pages import Page
from webapp.store.tables import Document
from webapp.store.tables.types import canonical


def add(tx: Tx, **fields: Any) -> Document:
    """A document to be rendered, or the one written before with the same `key`; doc_no is unique, else Stale."""
    key = fields.get("key")
    known = tx.scalars(select(Document).where(Document.key == key)).one_or_none() if key else None
    if known is not None:
        return known
    row = Document(**{"id": new_id(), "content": {}, "status": "rendering", "at": clock.now(), **fields})
    row.hash = hash_of(row)
    tx.save(row)
    return row


def get(tx: Tx, document_id: str) -> Document:
    """The document; raises Missing."""
    row = tx.get(Document, document_id)
    if row is None:
        raise Missing("未找到该公文，可能不在您的权限范围内。")
    return row


def put(tx: Tx, document_id: str, *, doc_no: str, issued_on: Any) -> None:
    """A draft got its number and date; its hash follows, its content does not change."""
    row = get(tx, document_id)
    row.doc_no, row.issued_on = doc_no, issued_on
    row.hash = hash_of(row)
    tx.write()


def rendered(tx: Tx, document_id: str, *, docx_file: str | None, pdf_file: str | None) -> None:
    """The files are there."""
    query = update(Document).where(Document.id == document_id)
    tx.execute(query.values(status="ready", docx_file=docx_file, pdf_file=pdf_file))


def failed(tx: Tx, document_id: str) -> None:
    """Rendering gave up; an operator may ask for it again."""
    tx.execute(update(Document).where(Document.id == document_id).values(status="failed"))


def rendering(tx: Tx, before: datetime, limit: int = 100) -> Sequence[Document]:
    """Documents written before that moment and not rendered, save those whose rendering failed: their incident is due."""
    query = select(Document).where(Document.status == "rendering", Document.at <= before)
    query = query.where(~incidents.stopped("render", Document.id))
    return tx.scalars(query.order_by(Document.id).limit(limit)).all()


def of_case(tx: Tx, case_id: str) -> Sequence[Document]:
    """The case's documents, in order."""
    with stmt("documents.of_case"):
        return tx.scalars(select(Document).where(Document.case_id == case_id).order_by(Document.id)).all()


def of_round(tx: Tx, round_id: str, kind: str | None = None) -> Sequence[Document]:
    """The round's documents, in order."""
    query = select(Document).where(Document.round_id == round_id)
    if kind:
        query = query.where(Document.kind == kind)
    return tx.scalars(query.order_by(Document.id)).all()


def corrections_of(tx: Tx, document_id: str) -> Sequence[Document]:
    """What corrected the document, in order; it keeps its own words."""
    return tx.scalars(select(Document).where(Document.corrects_id == document_id).order_by(Document.id)).all()


def by_doc_no(tx: Tx, doc_no: str) -> Document | None:
    """The document with this number."""
    return tx.scalars(select(Document).where(Document.doc_no == doc_no)).one_or_none()


def search(
    tx: Tx, text: str = "", *, kind: str | None = None, after: str | None = None, limit: int = 20
) -> Page[Document]:
    """Visible documents whose title or number contains the text, the newest first."""
    query = select(Document)
    if text.strip():
        query = query.where(pages.containing(text, Document.title, Document.doc_no))
    if kind:
        query = query.where(Document.kind == kind)
    if after:
        query = query.where(Document.id < pages.parts_of(after, 1)[0])
    rows = tx.scalars(query.order_by(Document.id.desc()).limit(limit + 1)).all()
    return pages.cut(rows, limit, lambda row: (row.id,))


def hash_of(row: Document) -> str:
    """SHA-256 in hexadecimal of everything the document says."""
    says = {"kind": row.kind, "title": row.title, "doc_no": row.doc_no, "issued_on": row.issued_on}
    return hashlib.sha256(canonical({**says, "content": row.content, "corrects": row.corrects_id}).encode()).hexdigest()
