"""From a step to the rows that pages read: inbox, timers, register, journal. The only writer of those."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from handlers import deadlines
from handlers.vocabulary import Calendar
from webapp import clock
from webapp.engine import context, effects
from webapp.engine.step import OpenedTask, Step
from webapp.store import cases, incidents, inbox, journal, notices, timers, visits
from webapp.store.cases import CaseRow
from webapp.store.db import Tx
from webapp.store.inbox import TaskRow
from webapp.store.principal import Principal

RETRY_MINUTES = (1, 5, 15, 60, 240)
"""Back-off of an incident's automatic retries."""


@dataclass(frozen=True)
class Act:
    """Who did what: becomes the journal's row."""

    verb: str
    actor: Principal
    element: str = ""
    acting_for: str | None = None
    article: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class Done:
    """The task that the act completed, and how."""

    task_id: str
    outcome: str


def project(tx: Tx, case: CaseRow, step: Step, act: Act, calendar: Calendar, done: Done | None = None) -> None:
    """Every row of the case is in line with its workflow, and the journal says why."""
    case.steps += 1
    _tasks(tx, case, step, act, calendar, done)
    _timers(tx, case, step)
    if step.passed:
        visits.add_many(tx, case.id, case.steps, [vars(p) | {"at": clock.now()} for p in step.passed])
    for applied in step.effects:
        effects.apply(tx, case, applied)
    _sent(tx, case, step)
    _status(tx, case, step)
    journal.append(
        tx,
        case.id,
        actor=act.actor,
        acted_for=act.acting_for,
        action=act.verb,
        element=act.element,
        release_id=case.release_id,
        article=act.article,
        before=act.before,
        after=act.after,
        reason=act.reason,
    )


def _tasks(tx: Tx, case: CaseRow, step: Step, act: Act, calendar: Calendar, done: Done | None) -> None:
    now, open_now = clock.now(), {task.id for task in step.tasks}
    for row in inbox.open_of_case(tx, case.id):
        if row.id in open_now:
            continue
        finished = done is not None and row.id == done.task_id
        inbox.close(
            tx,
            row,
            status="done" if finished else "cancelled",
            outcome=done.outcome if done and finished else None,
            by=act.actor if finished else None,
            acted_for=act.acting_for if finished else None,
            at=now,
            workdays=deadlines.working_days_between(calendar, clock.local(row.arrived_at).date(), clock.today()),
        )
    fresh = [task for task in step.tasks if task.id not in step.known]
    if fresh:
        inbox.put_many(tx, [_row(case, task, now) for task in fresh])
        for task in fresh:
            _reminders(tx, case, task)


def _row(case: CaseRow, task: OpenedTask, now: datetime) -> dict[str, Any]:
    return {
        "id": task.id,
        "case_id": case.id,
        "root": case.process,
        "process": task.process,
        "element": task.element,
        "title": task.title,
        "number": case.number,
        "case_title": case.title,
        "host_id": case.host_id,
        "role": task.owner.role,
        "org_id": task.owner.org_id,
        "person_id": task.owner.person_id,
        "city": case.city,
        "recommender_id": case.recommender_id,
        "round_id": case.round_id,
        "base_id": case.base_id,
        "key": task.key,
        "arrived_at": now,
        "due_on": task.due_on,
        "lane": task.lane,
        "form": task.form,
        "visit": task.visit,
    }


def _reminders(tx: Tx, case: CaseRow, task: OpenedTask) -> None:
    if task.due_on is None:
        return
    for days in task.reminders:
        at = deadlines.start_of(task.due_on - timedelta(days=days)) + timedelta(hours=9)
        if at > clock.now():
            _arm(tx, case, f"{task.id}:{days}", task.element, "reminder", at, task.due_on)


def _timers(tx: Tx, case: CaseRow, step: Step) -> None:
    armed = {timer.id: timer for timer in step.timers}
    waiting = {row.engine_id: row for row in timers.waiting_of_case(tx, case.id) if row.kind == "token"}
    gone = [row for engine_id, row in waiting.items() if engine_id not in armed]
    if gone:
        timers.cancel(tx, gone)
    for timer in armed.values():
        row = waiting.get(timer.id)
        if row is None:
            _arm(tx, case, timer.id, timer.element, "token", timer.due_at, timer.business_on)
        elif row.due_at != timer.due_at:
            timers.move(tx, row, timer.due_at, timer.business_on)
            context.of(tx).jobs.enqueue(tx, "wake", f"{row.id}:{row.generation}", timer.due_at)


def _arm(
    tx: Tx, case: CaseRow, engine_id: str, element: str, kind: str, due_at: datetime, business_on: date
) -> None:
    row = timers.put(
        tx, case_id=case.id, engine_id=engine_id, element=element, kind=kind, due_at=due_at, business_on=business_on
    )
    context.of(tx).jobs.enqueue(tx, "wake", f"{row.id}:{row.generation}", due_at)


def _sent(tx: Tx, case: CaseRow, step: Step) -> None:
    """A thrown message goes to the round that the case belongs to (settled.md 20)."""
    for number, sent in enumerate(step.sent):
        if sent.kind == "message" and case.round_id and case.round_id != case.id:
            payload = {"application": case.id, "end": ",".join(step.ends), **sent.payload}
            effects.send(tx, case, sent.name, case.round_id, payload, f"{case.id}:{case.steps}:{sent.name}:{number}")


def _status(tx: Tx, case: CaseRow, step: Step) -> None:
    case.state = step.state
    if step.fault is not None:
        case.status = "incident"
        _park(tx, case, step)
    elif step.done:
        case.status, case.end, case.ended_at = "done", ",".join(step.ends), clock.now()
        cases.finished(tx, case)
    elif case.status in ("incident", "open"):
        if case.status == "incident":
            incidents.solve(tx, case.id)
        case.status = "open"


def _park(tx: Tx, case: CaseRow, step: Step) -> None:
    fault = step.fault
    assert fault is not None
    row = incidents.put(tx, case_id=case.id, element=fault.element, message=fault.message, detail=fault.detail)
    if row.attempts <= len(RETRY_MINUTES):
        at = clock.now() + timedelta(minutes=RETRY_MINUTES[row.attempts - 1])
        row.next_at = at
        context.of(tx).jobs.enqueue(tx, "retry", f"{row.id}:{row.attempts}", at)
    else:
        notices.add(
            tx,
            case_id=case.id,
            role="sysadmin",
            org_id="province",
            person_id=None,
            subject="流程异常待处理",
            text=f"{case.number} 在“{fault.element}”处异常：{fault.message}",
        )
