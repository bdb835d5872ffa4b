"""认定证书: one sheet for one base, with a mark that only the register can work out again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from handlers.messages import CATEGORIES
from webapp.documents import pdf_file, qr
from webapp.documents.kinds import SIGNER
from webapp.documents.letter import chinese_date
from webapp.errors import Rejected
from webapp.store import documents, organisations, register
from webapp.store.anchors import short_hash
from webapp.store.db import Tx
from webapp.store.tables import Base
from webapp.store.tables.types import canonical

FIELDS = ("name", "category", "host_id", "designated_on", "doc_no")
"""Dated fields of a base that its certificate prints."""


@dataclass(frozen=True)
class Certificate:
    """What the sheet says, in Chinese."""

    code: str
    name: str
    category: str
    host: str
    designated_on: str
    doc_no: str
    signer: str
    mark: str


def of_base(tx: Tx, base: Base) -> Certificate:
    """The certificate of a base in the register as it is now; raises Rejected for one that is none any more."""
    if base.status != "active" or not base.doc_no or base.designated_on is None:
        raise Rejected("该基地已不在册或没有认定文件，不能出具认定证书。")
    return Certificate(
        code=base.code,
        name=base.name,
        category=CATEGORIES.get(base.category, base.category),
        host=organisations.names(tx, [base.host_id]).get(base.host_id, ""),
        designated_on=chinese_date(base.designated_on),
        doc_no=base.doc_no,
        signer=SIGNER,
        mark=mark_of(tx, base.code, {name: getattr(base, name) for name in FIELDS}),
    )


def mark_of(tx: Tx, code: str, facts: Mapping[str, Any]) -> str:
    """16 characters over what the certificate says and over the whole content of the document it rests on."""
    document = documents.by_doc_no(tx, str(facts.get("doc_no") or ""))
    says = {name: _plain(facts.get(name)) for name in FIELDS}
    body = canonical({"code": code, **says, "document": document.hash if document else ""})
    return short_hash(hashlib.sha256(body.encode()).hexdigest())


def marks(tx: Tx, base: Base) -> dict[str, bool]:
    """Every mark that a certificate of this base has ever carried → whether the base still is what it says."""
    days = sorted({row.valid_from for row in register.history(tx, base.id) if row.field in FIELDS})
    past = {mark_of(tx, base.code, register.as_of(tx, base.id, day)): False for day in days}
    return {**past, mark_of(tx, base.code, {name: getattr(base, name) for name in FIELDS}): base.status == "active"}


def write(certificate: Certificate, address: str, fonts: Path) -> bytes:
    """The PDF, A4 across; its QR code leads to `address`, where the mark can be checked."""
    return pdf_file.typeset("certificate", {**asdict(certificate), "qr": qr.svg(address)}, fonts)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
