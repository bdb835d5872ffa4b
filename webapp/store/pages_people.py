"""Lists of people and their seats, for the pages of account administrators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from webapp.store import pages
from webapp.store.db import Tx
from webapp.store.pages import Page
from webapp.store.tables import Person, SeatRow


def search(
    tx: Tx, text: str = "", *, org_id: str | None = None, after: str | None = None, limit: int = 30
) -> Page[Person]:
    """Visible people whose name or login contains the text, with a seat in the organisation if one is named."""
    query = select(Person)
    if text.strip():
        query = query.where(pages.containing(text, Person.name, Person.login))
    if org_id:
        query = query.where(Person.id.in_(select(SeatRow.person_id).where(SeatRow.org_id == org_id)))
    if after:
        query = query.where(Person.id > pages.parts_of(after, 1)[0])
    rows = tx.scalars(query.order_by(Person.id).limit(limit + 1)).all()
    return pages.cut(rows, limit, lambda row: (row.id,))


def seats(tx: Tx, person_ids: Iterable[str]) -> Mapping[str, list[SeatRow]]:
    """Visible seats of these people, past ones too, by person."""
    found: dict[str, list[SeatRow]] = {}
    query = select(SeatRow).where(SeatRow.person_id.in_(list(person_ids)))
    for row in tx.scalars(query.order_by(SeatRow.valid_from.desc(), SeatRow.id)):
        found.setdefault(row.person_id, []).append(row)
    return found


def has_seat(tx: Tx, person_id: str, org_id: str) -> bool:
    """The person has or had a seat in the organisation."""
    return any(row.org_id == org_id for row in seats(tx, [person_id]).get(person_id, ()))
