"""Renders a document row into its docx and PDF; run as a job, safe to run twice."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from webapp.config import Settings
from webapp.documents import docx_file, kinds, pdf_file
from webapp.documents.letter import Letter
from webapp.store import cases, documents, files
from webapp.store.anchors import short_hash
from webapp.store.db import Database, Tx
from webapp.store.principal import Principal
from webapp.store.tables import Document

MAX_BYTES = 50 * 1024 * 1024
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"


def render(database: Database, settings: Settings, document_id: str) -> bool:
    """Whether the files were made now; the row then names them. A document that is ready is left alone."""
    worker = Principal.system_("worker")
    with database.reading(worker) as tx:
        row = documents.get(tx, document_id)
        if row.status == "ready":
            return False
        letter = _letter(tx, row)
    written = docx_file.write(letter), pdf_file.write(letter, settings.fonts)
    folder = files.Folder(settings.files)
    docx, pdf = (folder.put(BytesIO(data), limit=MAX_BYTES) for data in written)
    with database.writing(worker) as tx:
        row = documents.get(tx, document_id)
        if row.status == "ready":
            return False  # another worker was quicker
        owned: dict[str, Any] = {"by": worker.person_id, "case_id": row.case_id, "status": "clean"}
        docx_id = files.add(tx, docx, name=f"{row.title}.docx", type=DOCX, **owned)
        pdf_id = files.add(tx, pdf, name=f"{row.title}.pdf", type=PDF, **owned)
        documents.rendered(tx, document_id, docx_file=docx_id, pdf_file=pdf_id)
    return True


def _letter(tx: Tx, row: Document) -> Letter:
    head = cases.get(tx, row.case_id).journal_hash if row.case_id else row.hash
    return kinds.letter(row.kind, row.title, row.doc_no, row.issued_on, row.content, short_hash(head))
