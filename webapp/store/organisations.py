"""Units and their bonds: which department recommends which host, since when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update

from webapp import clock
from webapp.errors import Missing
from webapp.store import pages
from webapp.store.db import Tx, stmt
from webapp.store.ids import new_id
from webapp.store.tables import Affiliation, Organisation


def add(tx: Tx, **fields: Any) -> Organisation:
    """A new organisation; its uscc must be unique."""
    row = Organisation(**{"id": new_id(), "active": True, **fields})
    tx.save(row)
    return row


def get(tx: Tx, org_id: str) -> Organisation:
    """The organisation; raises Missing."""
    row = tx.get(Organisation, org_id)
    if row is None:
        raise Missing("未找到该单位。")
    return row


def by_uscc(tx: Tx, uscc: str) -> Organisation | None:
    """The organisation with this unified social credit code."""
    return tx.scalars(select(Organisation).where(Organisation.uscc == uscc)).one_or_none()


def lock_many(tx: Tx, org_ids: Iterable[str]) -> None:
    """These organisations stay as they are until the transaction ends, locked one after the other by id (settled 8).

    Rows that refer to them may still be added.
    """
    wanted = sorted(set(org_ids))
    if wanted:
        query = select(Organisation.id).where(Organisation.id.in_(wanted)).order_by(Organisation.id)
        with stmt("organisations.lock"):
            tx.held.update(tx.scalars(query.with_for_update(key_share=True)))


def put(tx: Tx, org_id: str, **changes: Any) -> None:
    """The organisation gets these values now."""
    tx.execute(update(Organisation).where(Organisation.id == org_id).values(**changes))


def facts(tx: Tx, org_id: str | None, on: date | None = None) -> dict[str, Any]:
    """The organisation's columns and `recommender_id` on that day (today); empty when there is none."""
    if not org_id:
        return {}
    bond = _bond(org_id, on or clock.today()).scalar_subquery()
    with stmt("organisations.facts"):
        found = tx.execute(select(Organisation, bond).where(Organisation.id == org_id)).one_or_none()
    return {**found[0].facts(), "recommender_id": found[1]} if found else {}


def names(tx: Tx, org_ids: Iterable[str | None]) -> dict[str, str]:
    """The names of these organisations and nothing else of them, whoever asks."""
    wanted = {org_id for org_id in org_ids if org_id}
    if not wanted:
        return {}
    query = select(Organisation.id, Organisation.name).where(Organisation.id.in_(sorted(wanted)))
    with stmt("organisations.names"):
        found = tx.execute(query, execution_options={"unscoped": "organisations.names"})
    return {row.id: row.name for row in found}


def with_ids(tx: Tx, org_ids: Iterable[str]) -> dict[str, Organisation]:
    """The visible ones of these organisations, by id."""
    wanted = sorted(set(org_ids))
    return {row.id: row for row in tx.scalars(select(Organisation).where(Organisation.id.in_(wanted)))}


def of_kind(tx: Tx, *kinds: str) -> Sequence[Organisation]:
    """Active organisations of these kinds by name; all kinds when none is given."""
    query = select(Organisation).where(Organisation.active)
    if kinds:
        query = query.where(Organisation.kind.in_(kinds))
    return tx.scalars(query.order_by(Organisation.name, Organisation.id)).all()


def search(
    tx: Tx, text: str, *, kind: str | None = None, limit: int = 20, after: str | None = None
) -> pages.Page[Organisation]:
    """Visible organisations whose name or credit code contains the text, oldest first."""
    query = select(Organisation)
    if text.strip():
        query = query.where(pages.containing(text, Organisation.name, Organisation.uscc))
    if kind:
        query = query.where(Organisation.kind == kind)
    if after:
        query = query.where(Organisation.id > pages.parts_of(after, 1)[0])
    rows = tx.scalars(query.order_by(Organisation.id).limit(limit + 1)).all()
    return pages.cut(rows, limit, lambda row: (row.id,))


def recommender_of(tx: Tx, host_id: str, on: date) -> str | None:
    """The department that recommends the host on that day."""
    with stmt("organisations.recommender"):
        return tx.scalars(_bond(host_id, on)).one_or_none()


def _bond(host_id: str, on: date) -> Any:
    query = select(Affiliation.recommender_id).where(Affiliation.host_id == host_id, *_valid(on))
    return query.order_by(Affiliation.valid_from.desc()).limit(1)


def hosts_of(tx: Tx, recommender_id: str, on: date) -> Sequence[Organisation]:
    """The hosts that the department recommends on that day, by name."""
    bound = select(Affiliation.host_id).where(Affiliation.recommender_id == recommender_id, *_valid(on))
    query = select(Organisation).where(Organisation.id.in_(bound))
    return tx.scalars(query.order_by(Organisation.name, Organisation.id)).all()


def affiliate(tx: Tx, host_id: str, recommender_id: str, valid_from: date, source: str = "") -> None:
    """From that day the department recommends the host, and no other does."""
    tx.execute(delete(Affiliation).where(Affiliation.host_id == host_id, Affiliation.valid_from >= valid_from))
    before = [Affiliation.host_id == host_id, Affiliation.valid_from < valid_from]
    still = or_(Affiliation.valid_to.is_(None), Affiliation.valid_to >= valid_from)
    tx.execute(update(Affiliation).where(*before, still).values(valid_to=valid_from - timedelta(days=1)))
    row = {"host_id": host_id, "recommender_id": recommender_id, "valid_from": valid_from, "source": source}
    tx.insert(Affiliation, [row])


def bonds(tx: Tx, host_id: str) -> Sequence[Affiliation]:
    """Every department that recommended, recommends or will recommend the host, by the day it began."""
    return tx.scalars(select(Affiliation).where(Affiliation.host_id == host_id).order_by(Affiliation.valid_from)).all()


def _valid(on: date) -> list[Any]:
    return [Affiliation.valid_from <= on, or_(Affiliation.valid_to.is_(None), Affiliation.valid_to >= on)]
