"""The journal over all chains, for the audit administrator's page."""

from __future__ import annotations

from sqlalchemy import select

from webapp.store import pages
from webapp.store.db import Tx
from webapp.store.pages import Page
from webapp.store.tables import Journal, Person


def search(tx: Tx, *, actor: str = "", action: str = "", after: str | None = None, limit: int = 50) -> Page[Journal]:
    """Visible entries, the newest first, of people whose login or id is `actor`, whose action contains the text."""
    query = select(Journal)
    if actor:
        query = query.where(Journal.actor.in_([actor, *tx.scalars(select(Person.id).where(Person.login == actor))]))
    if action:
        query = query.where(pages.containing(action, Journal.action))
    if after:
        query = query.where(Journal.id < pages.parts_of(after, 1)[0])
    rows = tx.scalars(query.order_by(Journal.id.desc()).limit(limit + 1)).all()
    return pages.cut(rows, limit, lambda row: (row.id,))
