"""Which field of which form an attachment was handed in with, in words."""

from __future__ import annotations

from collections.abc import Iterable

from webapp.engine import context, forms
from webapp.store.db import Tx
from webapp.store.tables import Case, Document, Submission

UNNAMED = "办理附件"
"""Handed in beside a form, in no field of it."""
RENDERED = "公文文件"


def places(tx: Tx, case: Case, rows: Iterable[Submission], issued: Iterable[Document] = ()) -> dict[str, str]:
    """File id → «申报书 · 海外合作机构 1 · 科技合作协议 1 · 协议扫描件», by the newest submission that holds it."""
    catalog, release = context.of(tx).catalog, case.release_id or ""
    found: dict[str, str] = {}
    for row in rows:
        if row.form and catalog.has_form(tx, release, row.form):
            form = catalog.form(tx, release, row.form)
            for path, file_id in forms.file_places(form, row.content).items():
                found[file_id] = " · ".join(part for part in (form.title, _field(form, path, row)) if part)
    return found | {each: RENDERED for row in issued for each in (row.pdf_file, row.docx_file) if each}


def _field(form: forms.Form, path: str, row: Submission) -> str:
    """The field, without the number of a file among several of it."""
    holder, _, last = path.rpartition(".")
    return forms.location(form, holder if last.isdigit() else path, row.content)
