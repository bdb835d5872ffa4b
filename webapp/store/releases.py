"""What analysts released, kept for ever: a case finds the very files it started with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select

from webapp import clock
from webapp.errors import Misconfigured, Missing
from webapp.store.db import Tx, stmt
from webapp.store.ids import new_id
from webapp.store.tables import Artefact, Release

KINDS = {".bpmn": "diagram", ".dmn": "decision", ".schema.json": "form", ".ui.json": "ui"}


def add(
    tx: Tx,
    files: Mapping[str, str],
    *,
    effective_from: date,
    note: str = "",
    made_by: str = "",
    approved_by: str = "",
) -> Release:
    """A release of exactly these files (name → text), in force from that day; equal texts are stored once."""
    hashes = {name: hash_of(content) for name, content in files.items()}
    known = set(tx.scalars(select(Artefact.hash).where(Artefact.hash.in_(sorted(set(hashes.values()))))))
    new = {hashes[name]: (name, content) for name, content in files.items() if hashes[name] not in known}
    tx.insert(
        Artefact,
        [{"hash": key, "kind": kind_of(name), "name": name, "content": text} for key, (name, text) in new.items()],
    )
    row = Release(
        id=new_id(),
        effective_from=effective_from,
        manifest=hashes,
        note=note,
        made_by=made_by,
        approved_by=approved_by,
        made_at=clock.now(),
    )
    tx.save(row)
    return row


def current(tx: Tx, on: date) -> Release:
    """The release in force on that day, the latest made of the latest begun; raises Misconfigured without any."""
    query = select(Release).where(Release.effective_from <= on)
    order = (Release.effective_from.desc(), Release.made_at.desc(), Release.id.desc())
    with stmt("releases.current"):
        row = tx.scalars(query.order_by(*order).limit(1)).one_or_none()
    if row is None:
        raise Misconfigured("系统尚未发布任何流程，请先发布流程图。")
    return row


def get(tx: Tx, release_id: str) -> Release:
    """The release; raises Missing."""
    with stmt("releases.get"):
        row = tx.get(Release, release_id)
    if row is None:
        raise Missing("未找到该流程版本。")
    return row


def listed(tx: Tx, limit: int = 50) -> Sequence[Release]:
    """The releases, the latest first."""
    return tx.scalars(select(Release).order_by(Release.made_at.desc(), Release.id.desc()).limit(limit)).all()


def artefact(tx: Tx, digest: str) -> Artefact:
    """The file with this hash; raises Missing, and Misconfigured when its text was tampered with."""
    with stmt("releases.artefact"):
        row = tx.get(Artefact, digest)
    if row is None:
        raise Missing("未找到该流程文件。")
    if hash_of(row.content) != digest:
        raise Misconfigured(f"流程文件 {row.name} 的内容与其校验值不符。")
    return row


def hash_of(content: str) -> str:
    """SHA-256 in hexadecimal of the file's text."""
    return hashlib.sha256(content.encode()).hexdigest()


def kind_of(name: str) -> str:
    """diagram, decision, form, ui, or other."""
    return next((kind for ending, kind in KINDS.items() if name.endswith(ending)), "other")
