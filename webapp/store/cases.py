"""一件流程实例: its row, locked by whoever changes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from webapp import clock
from webapp.errors import Missing
from webapp.store import incidents, pages, reference
from webapp.store.db import Tx, stmt
from webapp.store.ids import new_id
from webapp.store.pages import Page
from webapp.store.tables import Case, Journal, Task


def add(tx: Tx, **fields: Any) -> Case:
    """A new case, with id, started_at and status filled in when left out; written now, rows of it may follow."""
    row = Case(**{"id": new_id(), "started_at": clock.now(), "state": "", "journal_seq": 0, "steps": 0, **fields})
    with stmt("cases.add"):
        tx.save(row)
    return row


def get(tx: Tx, case_id: str) -> Case:
    """The case as it is visible to the transaction's principal; raises Missing."""
    row = tx.get(Case, case_id)
    if row is None:
        raise Missing("未找到该流程，可能不在您的权限范围内。")
    return row


def exists(tx: Tx, case_id: str) -> bool:
    """Whether there is such a case."""
    return tx.get(Case, case_id) is not None


def lock(tx: Tx, case_id: str) -> Case:
    """The case, read anew and held until the transaction ends; nobody else changes it meanwhile. Raises Missing."""
    return lock_many(tx, [case_id])[0]


def lock_task(tx: Tx, task_id: str) -> tuple[Case, Task]:
    """The task and its case, locked, in one statement; raises Missing."""
    query = select(Case, reference.revision_column(), Task).join(Task, Task.case_id == Case.id)
    query = query.where(Task.id == task_id).with_for_update(of=[Case, Task])
    with stmt("inbox.lock"):
        found = tx.execute(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise Missing("未找到该待办，可能不在您的权限范围内。")
    case, revision, task = found
    reference.remember(tx, revision)
    tx.held.add(case.id)
    return case, task


def lock_many(tx: Tx, case_ids: Iterable[str]) -> list[Case]:
    """These cases, locked one after the other by id (settled 8), so that two commands never wait for each other."""
    wanted = sorted(set(case_ids))
    return _lock(tx, wanted, len(wanted))


def put(tx: Tx, case: Case, **changes: Any) -> None:
    """The case gets these values with the commit, in one UPDATE for any number of calls; a lost update is Stale."""
    tx.add(case)
    for name, value in changes.items():
        setattr(case, name, value)


def by_key(tx: Tx, key: str) -> Case | None:
    """The case that StartCase started with this key."""
    return tx.scalars(select(Case).where(Case.key == key)).one_or_none()


def parent_facts(tx: Tx, case_id: str | None) -> dict[str, Any]:
    """The case that another one is about, as rules read it; empty when there is none."""
    row = tx.get(Case, case_id) if case_id else None
    if row is None:
        return {}
    ended_on = clock.local(row.ended_at).date() if row.ended_at else None
    names = ("id", "number", "process", "title", "status", "end", "host_id", "recommender_id", "round_id", "base_id")
    return {**{name: getattr(row, name) for name in names}, "ended_on": ended_on}


def brief(row: Case) -> dict[str, Any]:
    """The case as rules about its base read it."""
    names = ("id", "number", "process", "title", "status", "round_id", "held_by")
    return {**{name: getattr(row, name) for name in names}, "started_on": clock.local(row.started_at).date()}


def open_titles(tx: Tx, case_ids: Iterable[str]) -> dict[str, list[str]]:
    """What these cases wait for people to do, in words."""
    query = select(Task.case_id, Task.title).where(Task.case_id.in_(sorted(case_ids)), Task.status == "open")
    found: dict[str, list[str]] = {}
    for case_id, title in tx.execute(query.order_by(Task.id)):
        found.setdefault(case_id, []).append(title)
    return found


def held_by(tx: Tx, case_id: str) -> list[str]:
    """Ids of the cases that this one suspended."""
    query = select(Case.id).where(Case.held_by == case_id, Case.ended_at.is_(None))
    return list(tx.scalars(query.order_by(Case.id)))


def open_about(tx: Tx, process: str, base_id: str) -> Case | None:
    """The oldest unended case of the process about the base."""
    query = select(Case).where(Case.base_id == base_id, Case.process == process, Case.ended_at.is_(None))
    return tx.scalars(query.order_by(Case.id).limit(1)).one_or_none()


def of_round(tx: Tx, round_id: str, process: str | None = None) -> Sequence[Case]:
    """The cases that belong to the round, in order of their start."""
    query = select(Case).where(Case.round_id == round_id)
    if process:
        query = query.where(Case.process == process)
    return tx.scalars(query.order_by(Case.id)).all()


def of_base(tx: Tx, base_id: str, *, open_only: bool = False) -> Sequence[Case]:
    """The cases about this base, newest first."""
    query = select(Case).where(Case.base_id == base_id)
    if open_only:
        query = query.where(Case.ended_at.is_(None))
    return tx.scalars(query.order_by(Case.id.desc())).all()


def hand_over(tx: Tx, base_id: str, recommender_id: str | None, city: str | None) -> None:
    """Unended cases of the base, and the tasks of its old recommender, are the new one's (domain.md 3.7 no. 1)."""
    for row in of_base(tx, base_id, open_only=True):
        old = row.recommender_id
        row.recommender_id, row.city = recommender_id, city or row.city
        mine = (Task.case_id == row.id, Task.status == "open")
        tx.execute(update(Task).where(*mine).values(recommender_id=recommender_id, city=row.city))
        theirs = (*mine, Task.org_id == old, Task.person_id.is_(None))
        tx.execute(update(Task).where(*theirs).values(org_id=recommender_id, claimed_by=None, opened_at=None))


def of_host(tx: Tx, host_id: str, *, open_only: bool = False, limit: int = 200) -> Sequence[Case]:
    """The host's cases, newest first."""
    query = select(Case).where(Case.host_id == host_id)
    if open_only:
        query = query.where(Case.ended_at.is_(None))
    return tx.scalars(query.order_by(Case.started_at.desc(), Case.id.desc()).limit(limit)).all()


def children(tx: Tx, case_id: str) -> Sequence[Case]:
    """The cases that this case started."""
    return tx.scalars(select(Case).where(Case.parent_id == case_id).order_by(Case.id)).all()


def search(tx: Tx, query: str, *, process: str | None = None, limit: int = 20, after: str | None = None) -> Page[Case]:
    """Visible cases whose number or title contains the text, newest first."""
    found = select(Case).where(pages.containing(query, Case.number, Case.title)) if query.strip() else select(Case)
    if process:
        found = found.where(Case.process == process)
    if after:
        found = found.where(Case.id < pages.parts_of(after, 1)[0])
    rows = tx.scalars(found.order_by(Case.id.desc()).limit(limit + 1)).all()
    return pages.cut(rows, limit, lambda case: (case.id,))


def unfinished(tx: Tx) -> list[str]:
    """Ids of the cases that have not ended, suspended and parked ones included, in order of their start."""
    with stmt("cases.unfinished"):
        return list(tx.scalars(select(Case.id).where(Case.ended_at.is_(None)).order_by(Case.id)))


def running_on(tx: Tx, release_id: str) -> dict[str, int]:
    """How many unfinished cases of each process run on the release."""
    query = select(Case.process, func.count()).where(Case.release_id == release_id, Case.ended_at.is_(None))
    return {row[0]: row[1] for row in tx.execute(query.group_by(Case.process))}


def unarchived(tx: Tx, action: str, after: datetime, before: datetime, limit: int = 200) -> Sequence[str]:
    """Ids of cases that ended between the two moments and whose journal has no such entry yet, the oldest first.

    Not those whose package failed: their incident is due, or an operator has skipped it.
    """
    noted = select(Journal.id).where(Journal.object_id == Case.id, Journal.action == action).exists()
    query = select(Case.id).where(Case.ended_at > after, Case.ended_at <= before, ~noted)
    query = query.where(~incidents.stopped("archive", Case.id, skipped=True))
    with stmt("cases.unarchived"):
        return tx.scalars(query.order_by(Case.ended_at, Case.id).limit(limit)).all()


def _lock(tx: Tx, wanted: list[str], count: int) -> list[Case]:
    query = select(Case, reference.revision_column()).order_by(Case.id).with_for_update(of=Case)
    query = query.where(Case.id.in_(wanted))
    with stmt("cases.lock"):
        rows = tx.execute(query.execution_options(populate_existing=True)).all()
    if len(rows) != count:
        raise Missing("未找到该流程，可能不在您的权限范围内。")
    for _, revision in rows:
        reference.remember(tx, revision)
    tx.held.update(case.id for case, _ in rows)
    return [case for case, _ in rows]
