"""通知: station messages, and what further channels made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from webapp import clock
from webapp.store import pages
from webapp.store.db import Tx, stmt
from webapp.store.ids import new_id
from webapp.store.pages import Page
from webapp.store.principal import Principal
from webapp.store.tables import Notice

CAP = 100
"""The count of unread ones stops here."""


def add(
    tx: Tx,
    *,
    text: str,
    subject: str = "",
    role: str | None = None,
    org_id: str | None = None,
    person_id: str | None = None,
    case_id: str | None = None,
    task_id: str | None = None,
    key: str | None = None,
) -> str:
    """A notice to the person, or to whoever holds the role in the organisation; answers its id."""
    row = {"id": new_id(), "text": text, "subject": subject, "case_id": case_id, "task_id": task_id, "key": key}
    add_many(tx, [{**row, "role": role, "org_id": org_id, "person_id": person_id}])
    return str(row["id"])


def add_many(tx: Tx, rows: Iterable[Mapping[str, Any]]) -> None:
    """Notices, one statement."""
    tx.insert(Notice, [{"id": new_id(), "at": clock.now(), **row} for row in rows])


def of_principal(
    tx: Tx, principal: Principal, *, unread_only: bool = False, after: str | None = None, limit: int = 20
) -> Page[Notice]:
    """What is addressed to the person or to the acting seat, the newest first."""
    query = select(Notice).where(Notice.visible_to(principal))
    if unread_only:
        query = query.where(Notice.read_at.is_(None))
    if after:
        query = query.where(Notice.id < pages.parts_of(after, 1)[0])
    rows = tx.scalars(query.order_by(Notice.id.desc()).limit(limit + 1)).all()
    return pages.cut(rows, limit, lambda row: (row.id,))


def unread(tx: Tx, principal: Principal) -> int:
    """How many of them were not read, at most CAP."""
    rows = select(Notice.id).where(Notice.visible_to(principal), Notice.read_at.is_(None)).limit(CAP)
    with stmt("notices.unread"):
        return tx.scalar(select(func.count()).select_from(rows.subquery())) or 0


def read(tx: Tx, principal: Principal, notice_ids: Iterable[str] | None = None) -> None:
    """These notices (all, when none are named) of this principal have been read; run as the system."""
    query = update(Notice).where(Notice.visible_to(principal), Notice.read_at.is_(None))
    if notice_ids is not None:
        query = query.where(Notice.id.in_(list(notice_ids)))
    tx.execute(query.values(read_at=clock.now()).execution_options(synchronize_session=False))


def channel(tx: Tx, notice_id: str, name: str, state: str) -> None:
    """What became of the notice on this channel."""
    row = tx.get(Notice, notice_id)
    if row is not None:
        row.channels = {**row.channels, name: state}


def unsent(tx: Tx, since: datetime, limit: int = 200) -> Sequence[Notice]:
    """Notices since then, the oldest first, for channels to pick from."""
    return tx.scalars(select(Notice).where(Notice.at >= since).order_by(Notice.id).limit(limit)).all()
