"""Drafts of diagrams and forms, and how they are reviewed by a second person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from webapp import clock
from webapp.errors import Missing
from webapp.store.db import Tx
from webapp.store.ids import new_id
from webapp.store.tables import Case, ModelDraft

UNDER_WAY = ("open", "suspended", "incident")


def add(tx: Tx, *, name: str, content: str, author: str, base_hash: str | None = None) -> ModelDraft:
    """A new draft of the file."""
    row = ModelDraft(id=new_id(), name=name, content=content, author=author, base_hash=base_hash, status="draft")
    row.updated_at = clock.now()
    tx.save(row)
    return row


def get(tx: Tx, draft_id: str) -> ModelDraft:
    """The draft; raises Missing."""
    row = tx.get(ModelDraft, draft_id)
    if row is None:
        raise Missing("未找到该草稿。")
    return row


def put(tx: Tx, row: ModelDraft, **changes: Any) -> None:
    """The draft gets these values with the commit."""
    tx.add(row)
    for name, value in {**changes, "updated_at": clock.now()}.items():
        setattr(row, name, value)


def delete(tx: Tx, row: ModelDraft) -> None:
    """The draft is gone."""
    tx.delete(row)


def listed(tx: Tx, *, status: str | None = None, name: str | None = None) -> Sequence[ModelDraft]:
    """Drafts, the latest touched first."""
    query = select(ModelDraft)
    if status:
        query = query.where(ModelDraft.status == status)
    if name:
        query = query.where(ModelDraft.name == name)
    return tx.scalars(query.order_by(ModelDraft.updated_at.desc(), ModelDraft.id.desc())).all()


def running(tx: Tx) -> dict[tuple[str, str], int]:
    """(process, release) → cases that are still under way by it."""
    query = select(Case.process, Case.release_id, func.count()).where(Case.status.in_(UNDER_WAY))
    rows = tx.execute(query.group_by(Case.process, Case.release_id))
    return {(process, release or ""): number for process, release, number in rows}
