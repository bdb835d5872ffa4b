"""留痕: each state change, chained by hash per case (or per object), so that a changed past shows.

What a chain alone cannot show — its tail cut off, or all of it computed anew — the anchors outside do (anchors.py).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import func, select, update

from webapp import clock
from webapp.store.db import Tx, stmt
from webapp.store.ids import new_id
from webapp.store.tables import Case, Journal, JournalValue
from webapp.store.tables.types import canonical

GENESIS = "0" * 64
_CHUNK = 2000


@dataclass(frozen=True)
class Entry:
    """One change: who did what, in whose name, where in which diagram, by which article, and why."""

    action: str
    actor: str
    acted_for: str | None = None
    org: str | None = None
    seat: str | None = None
    element: str | None = None
    release_id: str | None = None
    article: str | None = None
    before: Any = None
    after: Any = None
    reason: str | None = None
    client: str | None = None
    private: bool = False
    """Done by an expert: hidden from the host and the recommender."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Personal values by field name; kept apart, so that they can be erased."""


@dataclass(frozen=True)
class Break:
    """Where a chain is not what it was."""

    object_id: str
    seq: int
    what: str


def append(tx: Tx, object_id: str, entry: Entry, *, case: Case | None = None) -> str:
    """The entry is the newest link of the chain; answers its hash. `case`: the locked case whose chain it is.

    Written with the commit, any number of entries in one statement.
    """
    seq, prev = _head(tx, object_id, case)
    row, values = _row(object_id, case, seq + 1, prev, entry)
    tx.insert(Journal, [row])
    tx.insert(JournalValue, values)
    _move_head(tx, object_id, case, row)
    return str(row["hash"])


def of_case(tx: Tx, case_id: str) -> Sequence[Journal]:
    """What happened in the case, in order."""
    with stmt("journal.of_case"):
        return tx.scalars(select(Journal).where(Journal.object_id == case_id).order_by(Journal.seq)).all()


def of_object(tx: Tx, object_id: str) -> Sequence[Journal]:
    """What happened to the object, in order."""
    return of_case(tx, object_id)


def has_mark(tx: Tx, object_id: str, mark: str, since: datetime) -> bool:
    """Whether the chain stood at that mark (the beginning of a hash) at some time since that moment."""
    query = select(Journal.id).where(Journal.object_id == object_id, Journal.at >= since)
    with stmt("journal.has_mark"):
        return tx.scalars(query.where(Journal.hash.startswith(mark, autoescape=True)).limit(1)).first() is not None


def last_of(tx: Tx, object_id: str, action: str) -> Journal | None:
    """The newest entry of that action."""
    query = select(Journal).where(Journal.object_id == object_id, Journal.action == action)
    with stmt("journal.last_of"):
        return tx.scalars(query.order_by(Journal.seq.desc()).limit(1)).first()


def values_of(tx: Tx, journal_ids: Iterable[str]) -> dict[str, dict[str, str | None]]:
    """Personal values by entry and field; None where one was erased."""
    found: dict[str, dict[str, str | None]] = {}
    for row in tx.scalars(select(JournalValue).where(JournalValue.journal_id.in_(list(journal_ids)))):
        found.setdefault(row.journal_id, {})[row.field] = row.value
    return found


def erase(tx: Tx, journal_id: str, fields: Iterable[str] | None = None) -> None:
    """The personal values of the entry are gone for good; the chain still verifies."""
    query = update(JournalValue).where(JournalValue.journal_id == journal_id)
    if fields is not None:
        query = query.where(JournalValue.field.in_(list(fields)))
    tx.execute(query.values(value=None, salt=None))


def heads(tx: Tx, *, since: Any = None) -> dict[str, tuple[int, str]]:
    """The last (seq, hash) of every chain, or of those that grew since that moment."""
    last = select(Journal.object_id, func.max(Journal.seq).label("seq")).group_by(Journal.object_id)
    if since is not None:
        last = last.where(Journal.at >= since)
    newest = last.subquery()
    query = select(Journal.object_id, Journal.seq, Journal.hash).join(
        newest, (Journal.object_id == newest.c.object_id) & (Journal.seq == newest.c.seq)
    )
    return {object_id: (seq, digest) for object_id, seq, digest in tx.execute(query)}


def verify(tx: Tx, object_id: str | None = None) -> list[Break]:
    """Every place where a stored chain (or this one) does not follow from itself; empty when all is well."""
    broken: list[Break] = []
    query = select(Journal).order_by(Journal.object_id, Journal.seq).execution_options(yield_per=_CHUNK)
    if object_id is not None:
        query = query.where(Journal.object_id == object_id)
    ends: dict[str, tuple[int, str]] = {}
    for chain, rows in groupby(_with_values(tx, tx.scalars(query)), key=lambda pair: pair[0].object_id):
        broken += _check_chain(chain, rows, ends)
    return broken + list(_check_heads(tx, object_id, ends))


# ---------------------------------------------------------------------------------------------- making


def _head(tx: Tx, object_id: str, case: Case | None) -> tuple[int, str]:
    if case is not None:
        return case.journal_seq, case.journal_hash or GENESIS
    known: dict[str, tuple[int, str]] = tx.context.setdefault("journal.heads", {})
    if object_id not in known:
        query = select(Journal.seq, Journal.hash).where(Journal.object_id == object_id)
        with stmt("journal.head"):
            found = tx.execute(query.order_by(Journal.seq.desc()).limit(1)).one_or_none()
        known[object_id] = (found.seq, found.hash) if found else (0, GENESIS)
    return known[object_id]


def _move_head(tx: Tx, object_id: str, case: Case | None, row: Mapping[str, Any]) -> None:
    if case is not None:
        case.journal_seq, case.journal_hash = row["seq"], row["hash"]
    else:
        tx.context["journal.heads"][object_id] = (row["seq"], row["hash"])


def _row(
    object_id: str, case: Case | None, seq: int, prev: str, entry: Entry
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    row: dict[str, Any] = {key: value for key, value in asdict(entry).items() if key != "values"}
    row |= {"before": _text(entry.before), "after": _text(entry.after)}
    row |= {"id": new_id(), "object_id": object_id, "case_id": case.id if case else None, "seq": seq, "at": clock.now()}
    values = [_value(row["id"], name, text) for name, text in sorted(entry.values.items())]
    row |= {"prev": prev, "hash": _link(prev, row, {value["field"]: value["hash"] for value in values})}
    return row, values


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else canonical(value)


def _value(journal_id: str, name: str, text: str) -> dict[str, Any]:
    salt = secrets.token_hex(16)
    return {"journal_id": journal_id, "field": name, "value": text, "salt": salt, "hash": _salted(salt, text)}


def _salted(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}:{text}".encode()).hexdigest()


_CHAINED = [
    "id",
    "object_id",
    "case_id",
    "seq",
    "actor",
    "acted_for",
    "org",
    "seat",
    "action",
    "element",
    "release_id",
    "article",
    "before",
    "after",
    "reason",
    "client",
    "private",
]


def _link(prev: str, row: Mapping[str, Any], values: Mapping[str, str]) -> str:
    body = {name: row[name] for name in _CHAINED} | {"at": row["at"].isoformat(), "values": dict(values)}
    return hashlib.sha256(prev.encode() + canonical(body).encode()).hexdigest()


# ---------------------------------------------------------------------------------------------- checking


def _with_values(tx: Tx, rows: Iterable[Journal]) -> Iterator[tuple[Journal, list[JournalValue]]]:
    for chunk in _chunks(rows):
        found: dict[str, list[JournalValue]] = {}
        query = select(JournalValue).where(JournalValue.journal_id.in_([row.id for row in chunk]))
        for value in tx.scalars(query):
            found.setdefault(value.journal_id, []).append(value)
        for row in chunk:
            yield row, found.get(row.id, [])


def _chunks(rows: Iterable[Journal]) -> Iterator[list[Journal]]:
    chunk: list[Journal] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _check_chain(
    object_id: str, rows: Iterable[tuple[Journal, list[JournalValue]]], ends: dict[str, tuple[int, str]]
) -> Iterator[Break]:
    prev, count = GENESIS, 0
    for row, values in rows:
        count += 1
        if row.seq != count:
            yield Break(object_id, row.seq, f"第 {count} 条缺失")
            count = row.seq
        elif row.prev != prev:
            yield Break(object_id, row.seq, "与上一条不衔接")
        elif row.hash != _link(row.prev, row.facts(), {value.field: value.hash for value in values}):
            yield Break(object_id, row.seq, "内容被改动")
        for value in values:
            if value.value is not None and value.hash != _salted(value.salt or "", value.value):
                yield Break(object_id, row.seq, f"字段 {value.field} 的值被改动")
        prev = row.hash
    ends[object_id] = (count, prev)


def _check_heads(tx: Tx, object_id: str | None, ends: Mapping[str, tuple[int, str]]) -> Iterator[Break]:
    query = select(Case.id, Case.journal_seq, Case.journal_hash)
    if object_id is not None:
        query = query.where(Case.id == object_id)
    for case_id, seq, digest in tx.execute(query):
        if ends.get(case_id, (0, GENESIS)) != (seq, digest or GENESIS):
            yield Break(case_id, seq, "末尾被截断或链头被改动")
