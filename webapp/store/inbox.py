"""待办: what waits for whom. A page reads one range of a partial index, however large the archive is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Select, and_, false, func, or_, select, true, tuple_, update
from sqlalchemy import case as when

from webapp import clock
from webapp.errors import Missing, Stale
from webapp.store import cases, notices, pages
from webapp.store.db import Tx, stmt
from webapp.store.pages import Page, literal
from webapp.store.principal import Principal
from webapp.store.tables import NO_DUE, Case, Task

CAP = 100
"""A count stops here; the page shows it as 99+."""
SOON_DAYS = 3
"""The amber light burns for what is due today or within this many weekdays."""


def open_task(tx: Tx, **fields: Any) -> str:
    """One row in somebody's inbox; answers its id."""
    open_many(tx, [fields])
    return str(fields["id"])


def open_many(tx: Tx, rows: Iterable[Mapping[str, Any]]) -> None:
    """Rows in inboxes, one statement; arrived now unless said, sorted by due_on, what has none last."""
    now = clock.now()
    tx.insert(
        Task, [{"arrived_at": now, **row, "sort_on": row.get("due_on") or NO_DUE, "status": "open"} for row in rows]
    )


def get(tx: Tx, task_id: str) -> Task:
    """The task, open or not; raises Missing."""
    with stmt("inbox.get"):
        row = tx.get(Task, task_id)
    if row is None:
        raise Missing("未找到该待办，可能不在您的权限范围内。")
    return row


def lock(tx: Tx, task_id: str) -> tuple[Task, Case]:
    """The task and its case, both locked, so that both are true until the commit; one statement. Raises Missing."""
    case, task = cases.lock_task(tx, task_id)
    return task, case


def close(
    tx: Tx,
    task_id: str,
    *,
    outcome: str = "",
    done_by: str | None = None,
    done_as: str | None = None,
    acted_for: str | None = None,
    workdays: int | None = None,
    status: str = "done",
    at: datetime | None = None,
    undo: Mapping[str, Any] | None = None,
) -> None:
    """The task left the inbox (now unless said); raises Stale, saying who and when, if it had done so before."""
    how = {"outcome": outcome, "workdays": workdays, "undo": undo}
    values = {**how, "done_by": done_by, "done_as": done_as, "acted_for": acted_for}
    query = update(Task).where(Task.id == task_id, Task.status == "open")
    with stmt("inbox.close"):
        late = when((Task.sort_on < clock.today(), true()), else_=false())
        if not _rowcount(tx, query.values(status=status, done_at=at or clock.now(), late=late, **values)):
            raise _stale(tx, task_id)


def cancel(tx: Tx, task_ids: Iterable[str]) -> int:
    """These tasks, as far as open, left the inbox undone; answers how many did."""
    wanted = list(task_ids)
    if not wanted:
        return 0
    query = update(Task).where(Task.id.in_(wanted), Task.status == "open")
    with stmt("inbox.cancel"):
        return _rowcount(tx, query.values(status="cancelled", done_at=clock.now()))


def cancel_of_cases(tx: Tx, case_ids: Iterable[str]) -> int:
    """All open tasks of these cases left the inbox undone."""
    query = update(Task).where(Task.case_id.in_(list(case_ids)), Task.status == literal("open"))
    with stmt("inbox.cancel"):
        return _rowcount(tx, query.values(status="cancelled", done_at=clock.now()))


def put(tx: Tx, task_id: str, **changes: Any) -> None:
    """The task gets these values now; a new due_on also moves it in its owner's list."""
    if "due_on" in changes:
        changes["sort_on"] = changes["due_on"] or NO_DUE
    with stmt("inbox.put"):
        tx.execute(update(Task).where(Task.id == task_id).values(**changes))


def claim(tx: Tx, task_id: str, person_id: str) -> None:
    """The task is this person's to do; raises Stale when a colleague claimed it first."""
    query = update(Task).where(Task.id == task_id, Task.status == "open")
    free = or_(Task.claimed_by.is_(None), Task.claimed_by == person_id)
    with stmt("inbox.claim"):
        if not _rowcount(tx, query.where(free).values(claimed_by=person_id)):
            raise _stale(tx, task_id)


def release(tx: Tx, task_id: str) -> None:
    """Nobody in particular has the task; everybody who holds the role does."""
    with stmt("inbox.release"):
        tx.execute(update(Task).where(Task.id == task_id, Task.status == "open").values(claimed_by=None))


def opened(tx: Tx, task_id: str, person_id: str) -> None:
    """Who looked at the task first, and when; later readers change nothing."""
    query = update(Task).where(Task.id == task_id, Task.opened_at.is_(None))
    with stmt("inbox.opened"):
        tx.execute(query.values(opened_at=clock.now(), opened_by=person_id))


def urge(tx: Tx, task: Task, text: str) -> None:
    """The task, if still open, is urged once more, and its holders find a notice."""
    query = update(Task).where(Task.id == task.id, Task.status == "open")
    with stmt("inbox.urge"):
        if not _rowcount(tx, query.values(urged=Task.urged + 1, urged_at=clock.now())):
            return
    owner = {"person_id": task.person_id} if task.person_id else {"role": task.role, "org_id": task.org_id}
    notices.add(tx, subject=f"催办：{task.title}", text=text, case_id=task.case_id, task_id=task.id, **owner)


# ---------------------------------------------------------------------------------------------- lists


def of_case(tx: Tx, case_id: str, *, open_only: bool = False) -> Sequence[Task]:
    """The case's tasks in order of arrival."""
    query = select(Task).where(Task.case_id == case_id)
    if open_only:
        query = query.where(Task.status == literal("open"))
    with stmt("inbox.of_case"):
        return tx.scalars(query.order_by(Task.arrived_at, Task.id)).all()


def arrived_since(tx: Tx, moment: datetime) -> Sequence[Task]:
    """Open tasks that arrived at that moment or later, the earliest first."""
    query = select(Task).where(Task.status == literal("open"), Task.arrived_at >= moment)
    return tx.scalars(query.order_by(Task.arrived_at, Task.id)).all()


def for_seat(
    tx: Tx,
    principal: Principal,
    *,
    tab: str = "todo",
    process: str | None = None,
    query: str = "",
    light: str | None = None,
    after: str | None = None,
    limit: int = 20,
) -> Page[Task]:
    """One page of the acting seat's open tasks, most pressing first. tab: todo, claimed (by himself), done.

    light: red (overdue), amber (due within SOON_DAYS weekdays), green (later, or no limit).
    """
    if tab == "done":
        return done_by(tx, principal.person_id, process=process, query=query, after=after, limit=limit)
    wanted = select(Task).where(*_open_for(principal, tab), *_filters(process, query, light))
    if after:
        due, task_id = pages.parts_of(after, 2)
        wanted = wanted.where(tuple_(Task.sort_on, Task.id) > (_day(due), task_id))
    with stmt("inbox.for_seat"):
        rows = tx.scalars(wanted.order_by(Task.sort_on, Task.id).limit(limit + 1)).all()
    return pages.cut(rows, limit, lambda task: (task.sort_on.isoformat(), task.id))


def counts(tx: Tx, principal: Principal, *, process: str | None = None) -> dict[str, int]:
    """Open tasks of the acting seat by tab and light: todo, claimed, red, amber; each stops at CAP. One statement."""
    todo = _open_for(principal, "todo")
    wanted = {
        "todo": todo,
        "claimed": _open_for(principal, "claimed"),
        "red": [*todo, *_filters(None, "", "red")],
        "amber": [*todo, *_filters(None, "", "amber")],
    }
    extra = _filters(process, "", None)
    columns = [_capped(*rules, *extra).label(name) for name, rules in wanted.items()]
    with stmt("inbox.counts"):
        return dict(tx.execute(select(*columns)).one()._mapping)


def processes(tx: Tx, principal: Principal) -> dict[str, int]:
    """Open tasks of the acting seat by root process, for the filter's choices."""
    query = select(Task.root, func.count()).where(*_open_for(principal, "todo")).group_by(Task.root)
    with stmt("inbox.processes"):
        return {row[0]: row[1] for row in tx.execute(query)}


def done_by(
    tx: Tx,
    person_id: str,
    *,
    process: str | None = None,
    query: str = "",
    after: str | None = None,
    limit: int = 20,
) -> Page[Task]:
    """What the person has done, latest first."""
    wanted = select(Task).where(Task.done_by == person_id, Task.done_at.is_not(None), *_filters(process, query, None))
    if after:
        at, task_id = pages.parts_of(after, 2)
        wanted = wanted.where(tuple_(Task.done_at, Task.id) < (pages.moment(at), task_id))
    with stmt("inbox.done_by"):
        rows = tx.scalars(wanted.order_by(Task.done_at.desc(), Task.id.desc()).limit(limit + 1)).all()
    return pages.cut(rows, limit, lambda task: (task.done_at.isoformat() if task.done_at else "", task.id))


def started_by(tx: Tx, person_id: str, *, after: str | None = None, limit: int = 20) -> Page[Case]:
    """The cases the person started, latest first."""
    wanted = select(Case).where(Case.started_by == person_id)
    if after:
        at, case_id = pages.parts_of(after, 2)
        wanted = wanted.where(tuple_(Case.started_at, Case.id) < (pages.moment(at), case_id))
    with stmt("inbox.started_by"):
        rows = tx.scalars(wanted.order_by(Case.started_at.desc(), Case.id.desc()).limit(limit + 1)).all()
    return pages.cut(rows, limit, lambda case: (case.started_at.isoformat(), case.id))


def overdue(tx: Tx, today: date, *, after: str | None = None, limit: int = 100) -> Page[Task]:
    """All visible open tasks whose due day is past, the longest first."""
    wanted = select(Task).where(Task.status == literal("open"), Task.sort_on < today)
    if after:
        due, task_id = pages.parts_of(after, 2)
        wanted = wanted.where(tuple_(Task.sort_on, Task.id) > (_day(due), task_id))
    with stmt("inbox.overdue"):
        rows = tx.scalars(wanted.order_by(Task.sort_on, Task.id).limit(limit + 1)).all()
    return pages.cut(rows, limit, lambda task: (task.sort_on.isoformat(), task.id))


def light_of(due_on: date | None, today: date) -> str:
    """red, amber or green; the same limits as the lists'."""
    if due_on is None:
        return "green"
    return "red" if due_on < today else "amber" if due_on <= soon(today) else "green"


def soon(today: date) -> date:
    """The last day the amber light burns for."""
    day, left = today, SOON_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day


def _open_for(principal: Principal, tab: str) -> list[Any]:
    is_open = Task.status == literal("open")
    if tab == "claimed":
        # What was claimed in a seat that has ended is the colleagues' again. Hidden from the planner, whose choice
        # shall be the index by claimant: he has few, his office may have many.
        rules = [is_open, Task.claimed_by == principal.person_id, func.coalesce(Task.role, "") == principal.role]
        return rules if principal.scope == "assigned" else [*rules, func.coalesce(Task.org_id, "") == principal.org_id]
    if principal.scope == "assigned":
        return [is_open, Task.person_id == principal.person_id, Task.role == principal.role]
    return [is_open, Task.role == principal.role, Task.org_id == principal.org_id]


def _filters(process: str | None, query: str, light: str | None) -> list[Any]:
    today = clock.today()
    found: list[Any] = []
    if process:
        found.append(Task.root == process)
    if query.strip():
        found.append(pages.containing(query, Task.number, Task.case_title, Task.base_name, Task.title))
    match light:
        case "red":
            found.append(Task.sort_on < today)
        case "amber":
            found.append(and_(Task.sort_on >= today, Task.sort_on <= soon(today)))
        case "green":
            found.append(Task.sort_on > soon(today))
    return found


def _capped(*rules: Any) -> Any:
    rows: Select[Any] = select(Task.id).where(*rules).limit(CAP)
    return select(func.count()).select_from(rows.subquery()).scalar_subquery()


def _day(text: str) -> date:
    return pages.moment(text).date()


def _rowcount(tx: Tx, query: Any) -> int:
    result: CursorResult[Any] = tx.execute(query)  # type: ignore[assignment]
    return result.rowcount


def _stale(tx: Tx, task_id: str) -> Stale:
    task = tx.get(Task, task_id, populate_existing=True)
    if task is None:
        return Stale()
    from_name = tx.context.get("names", {}).get(task.done_by or task.claimed_by or "", "")
    return Stale(who=from_name or (task.done_by or task.claimed_by or ""), at=task.done_at)
