"""公文验证: whether a paper with this number and this mark is ours. Says title, date and standing, and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from handlers.documents import normalise_doc_no
from webapp.documents import certificate
from webapp.store import documents, journal, register
from webapp.store.db import Tx
from webapp.store.tables import Base, Document
from webapp.store.tables.document import PUBLISHED

MARK = re.compile(r"[0-9a-f]{16}")
ROUNDING = timedelta(seconds=1)


@dataclass(frozen=True)
class Finding:
    """What may be said in public of a genuine paper. standing: valid, corrected, outdated."""

    title: str
    doc_no: str
    on: date | None
    standing: str
    note: str = ""


def find(tx: Tx, number: str, mark: str) -> Finding | None:
    """The paper with this number as typed and this mark; None when there is none such, whichever of both is wrong."""
    number, mark = normalise_doc_no(number[:60]), re.sub(r"\s", "", mark[:40]).lower()
    if not MARK.fullmatch(mark):
        return None
    row = documents.by_doc_no(tx, number)
    if row is not None and row.kind in PUBLISHED and _carries(tx, row, mark):
        return _of_document(tx, row)
    for base in register.with_doc_no(tx, number):
        known = certificate.marks(tx, base)
        if mark in known:
            return _of_certificate(base, number, valid=known[mark])
    return None


def _carries(tx: Tx, row: Document, mark: str) -> bool:
    """The mark printed on it is a head of its case's journal since it was written, or the beginning of its own hash."""
    if row.hash.startswith(mark):
        return True
    return row.case_id is not None and journal.has_mark(tx, row.case_id, mark, row.at - ROUNDING)


def _of_document(tx: Tx, row: Document) -> Finding:
    later = [each for each in documents.corrections_of(tx, row.id) if each.doc_no]
    if not later:
        return Finding(row.title, row.doc_no or "", row.issued_on, "valid")
    note = f"有关内容已由{'、'.join(each.doc_no or '' for each in later)}更正。"
    return Finding(row.title, row.doc_no or "", row.issued_on, "corrected", note)


def _of_certificate(base: Base, number: str, *, valid: bool) -> Finding:
    note = "" if valid else "证书所载内容此后有变更，请以最新证书为准。"
    if base.status != "active":
        note = "该基地已不在册，证书不再有效。"
    return Finding(f"认定证书 {base.code}", number, base.designated_on, "valid" if valid else "outdated", note)
