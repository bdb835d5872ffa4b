"""Questions about the whole installation that ought to have no answer: asked by the simulation and by `doctor`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import exists, func, select

from webapp.store.db import Tx, stmt
from webapp.store.tables import Application, Ban, Base, BaseFact, Case, Mark, Person, Proceeding, SeatRow, Task, Timer

GOES_ON = ("reward", "reinstatement")
"""Procedures that may stand open about a base that has ended: reward (第十九条), reinstatement."""
REPORT_GRACE = timedelta(days=12)
"""第十五条: the mark follows the day to which 31 January rolls; the longest New Year holiday ends well before this."""


def without_task_or_timer(tx: Tx) -> Sequence[tuple[str, int]]:
    """Cases under way with neither an open task nor a waiting timer: (id, version)."""
    task = exists().where(Task.case_id == Case.id, Task.status == "open")
    timer = exists().where(Timer.case_id == Case.id, Timer.status == "waiting")
    query = select(Case.id, Case.version).where(Case.status == "open", ~task, ~timer)
    with stmt("audits.stuck"):
        return [(row[0], row[1]) for row in tx.execute(query)]


def with_status(tx: Tx, status: str) -> list[str]:
    """Numbers of the cases with this status."""
    return list(tx.scalars(select(Case.number).where(Case.status == status)))


def tasks_for_nobody(tx: Tx, since: datetime) -> Sequence[tuple[str, str]]:
    """Open tasks that arrived since then and that no active person with a valid seat may act on: (number, title)."""
    seat = exists().where(SeatRow.role == Task.role, SeatRow.org_id == Task.org_id, SeatRow.valid_to.is_(None))
    person = exists().where(Person.id == Task.person_id, Person.active)
    query = select(Task.number, Task.title).where(Task.status == "open", Task.arrived_at >= since)
    owned = (Task.person_id.is_(None) & seat) | (Task.person_id.is_not(None) & person)
    return [(row[0], row[1]) for row in tx.execute(query.where(~owned))]


def timers_overdue(tx: Tx, now: datetime) -> Sequence[tuple[str, str]]:
    """Timers that should have fired in a case that can go on: (number, element)."""
    query = select(Case.number, Timer.element).join(Case, Case.id == Timer.case_id)
    query = query.where(Timer.status == "waiting", Timer.due_at < now - timedelta(minutes=1), Case.status == "open")
    return [(row[0], row[1]) for row in tx.execute(query)]


def reports_unmarked(tx: Tx, today: date) -> list[str]:
    """Titles of annual reports long past their day, not handed in, without a mark on the base (第十五条)."""
    marked = exists().where(Mark.base_id == Proceeding.base_id, Mark.kind == "annual_report_overdue")
    query = select(Proceeding.title).where(
        Proceeding.process == "annual_report",
        Proceeding.ended_on.is_(None),
        Proceeding.submitted_on.is_(None),
        Proceeding.due_on < today - REPORT_GRACE,
        ~marked,
    )
    return list(tx.scalars(query))


def odd_statuses(tx: Tx, known: Collection[str]) -> Sequence[tuple[str, str]]:
    """Bases whose status is none of these: (code, status)."""
    query = select(Base.code, Base.status).where(Base.status.not_in(sorted(known)))
    return [(row[0], row[1]) for row in tx.execute(query)]


def disagreeing(tx: Tx) -> list[str]:
    """Codes of bases whose status now is not the newest of their history."""
    query = select(Base.code, Base.status, BaseFact.value).join(BaseFact, BaseFact.base_id == Base.id)
    query = query.where(BaseFact.field == "status", BaseFact.valid_to.is_(None))
    return [code for code, status, value in tx.execute(query) if status != value]


def open_on_ended(tx: Tx) -> list[str]:
    """Numbers of cases under way about bases that have ended."""
    query = select(Case.number).join(Base, Base.id == Case.base_id)
    query = query.where(Case.ended_at.is_(None), Base.status != "active", Case.process.not_in(GOES_ON))
    ended_by = Base.status_on  # the case that ended the base may still serve its document
    return list(
        tx.scalars(query.where(ended_by.is_not(None), Case.process.not_in(("revocation", "exit", "national_transfer"))))
    )


def designated_under_ban(tx: Tx) -> list[str]:
    """Accepted numbers of designated applications whose host was banned on the day of the base's designation."""
    query = select(Application.accepted_no).join(Base, Base.application_id == Application.id)
    banned = exists().where(
        Ban.host_id == Application.host_id,
        Ban.scope == "host",
        Ban.starts_on <= Base.designated_on,
        Ban.ends_on >= Base.designated_on,
        Ban.rescinded_on.is_(None),
    )
    return [number or "" for number in tx.scalars(query.where(banned))]


def ends(tx: Tx) -> Sequence[tuple[str, str, int]]:
    """How many cases of each process ended where, or stand how: (process, end or status, count)."""
    where = func.coalesce(Case.end, Case.status)
    query = select(Case.process, where, func.count()).group_by(Case.process, where)
    return [(row[0], row[1], row[2]) for row in tx.execute(query)]


def workdays_spent(tx: Tx) -> dict[str, list[int]]:
    """Working days of each finished task, by `process.element`."""
    query = select(Task.process, Task.element, Task.workdays).where(Task.status == "done", Task.workdays.is_not(None))
    found: dict[str, list[int]] = {}
    for process, element, days in tx.execute(query):
        found.setdefault(f"{process}.{element}", []).append(int(days or 0))
    return found


def base_statuses(tx: Tx) -> dict[str, int]:
    """How many bases have each status now."""
    query = select(Base.status, func.count()).group_by(Base.status)
    return {row[0]: row[1] for row in tx.execute(query)}
