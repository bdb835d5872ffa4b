"""From a step to the rows that pages read: inbox, timers, register, journal. The only writer of those."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from handlers import deadlines
from handlers import vocabulary as v
from handlers.vocabulary import Calendar
from webapp import clock
from webapp.engine import context, effects, retrying
from webapp.engine.step import OpenedTask, Step
from webapp.store import applications, flows, inbox, incidents, journal, proceedings, timers, visits
from webapp.store.db import Tx
from webapp.store.principal import Principal, Seat
from webapp.store.tables import Case, Task

REMIND_AT = timedelta(hours=9)
"""Reminders go out at nine in the morning."""
PRIVATE_LANES = frozenset({"评审专家", "专家组长"})
PRIVATE_PROCESSES = frozenset({"expert_review"})
"""What experts do, and who they are, stays hidden from the host and the recommender (双向匿名)."""


@dataclass(frozen=True)
class Act:
    """Who did what, and the inbox row that it closed: becomes the journal's entry."""

    verb: str
    actor: Principal
    element: str = ""
    seat: Seat | None = None
    article: str = ""
    after: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    task: Task | None = None
    outcome: str = ""


def project(tx: Tx, case: Case, step: Step, act: Act, calendar: Calendar) -> None:
    """Every row of the case is in line with its workflow, and the journal says why."""
    effects.apply_all(tx, case, step.effects)
    _tasks(tx, case, step, act, calendar)
    _standing(tx, case, step)
    _timers(tx, case, step)
    _travelled(tx, case, step)
    _sent(tx, case, step)
    _status(tx, case, step)
    note(tx, case, act)


def is_private(task: Task) -> bool:
    """Whether only the Province and the panel may read what was done: by an expert, or in choosing the experts."""
    return is_private_in(task.process, task.lane)


def is_private_in(process: str, lane: str) -> bool:
    """Whether what is done there, in that lane, is hidden from host and recommender."""
    return lane in PRIVATE_LANES or process in PRIVATE_PROCESSES


def note(tx: Tx, case: Case, act: Act) -> None:
    """The act is the newest entry of the case's journal."""
    seat = act.seat or act.actor.seat
    entry = journal.Entry(
        action=act.verb,
        actor=act.actor.person_id,
        acted_for=seat.acted_for if seat else None,
        org=seat.org_id if seat else None,
        seat=seat.id if seat else None,
        element=act.element or None,
        release_id=case.release_id,
        article=act.article or None,
        after=dict(act.after) or None,
        reason=act.reason or None,
        private=act.task is not None and is_private(act.task),
    )
    journal.append(tx, case.id, entry, case=case)


def _tasks(tx: Tx, case: Case, step: Step, act: Act, calendar: Calendar) -> None:
    open_now = {task.id for task in step.tasks}
    now = clock.now()  # one moment for what closes and what opens, by which 取回 knows them as one step
    if act.task is not None:
        arrived = clock.local(act.task.arrived_at).date()
        seat = act.seat or act.actor.seat
        inbox.close(
            tx,
            act.task.id,
            outcome=act.outcome,
            done_by=act.actor.person_id,
            done_as=seat.id if seat else None,
            acted_for=seat.acted_for if seat else None,
            workdays=deadlines.workdays_between(arrived, clock.today(), calendar),
            at=now,
            undo=step.undo,
        )
        if act.task.reminders:
            timers.cancel_reminders(tx, [act.task.id])
    gone = step.known - open_now - ({act.task.id} if act.task else set())
    if gone:
        inbox.cancel(tx, gone)
    fresh = [task for task in step.tasks if task.id not in step.known]
    if fresh:
        inbox.open_many(tx, [{**_row(case, task), "arrived_at": now} for task in fresh])


def _standing(tx: Tx, case: Case, step: Step) -> None:
    """The application's row names the step it now waits at, where the task says so (property `status`)."""
    if case.base_id and (
        stages := [t.properties["status"] for t in step.tasks if t.id not in step.known and "status" in t.properties]
    ):
        if not _wrote_status(step):
            proceedings.put(tx, case.id, status=stages[-1])
        return
    waits = [t.properties["status"] for t in step.tasks if t.id not in step.known and "status" in t.properties]
    written = [dict(a.effect.fields).get("status") for a in step.effects if isinstance(a.effect, v.UpdateApplication)]
    if waits and waits[-1] not in written:
        applications.put(tx, case.id, status=waits[-1])


def _wrote_status(step: Step) -> bool:
    """Whether a handler of this step said itself where the procedure stands."""
    own = [a.effect for a in step.effects if isinstance(a.effect, v.UpdateProceeding) and a.effect.case is None]
    return any("status" in effect.fields for effect in own)


def _row(case: Case, task: OpenedTask) -> dict[str, Any]:
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
        "county_id": case.county_id,
        "round_id": case.round_id,
        "key": task.key,
        "due_on": task.due_on,
        "reminders": list(task.reminders),
        "lane": task.lane,
        "form": task.form,
        "visit": task.visit,
    }


def _timers(tx: Tx, case: Case, step: Step) -> None:
    """Timer rows are those the diagram waits for, and a reminder for each open task that asks for some."""
    armed = [
        {
            "id": timer.id,
            "case_id": case.id,
            "engine_id": timer.id,
            "element": timer.element,
            "due_at": timer.due_at,
            "business_on": timer.business_on,
        }
        for timer in step.timers
        if step.armed_before.get(timer.id) != timer.due_at
    ]
    if step.armed_before.keys() - {timer.id for timer in step.timers}:
        timers.cancel_others(tx, case.id, [timer.id for timer in step.timers])
    for task in step.tasks:
        if task.id not in step.known and task.due_on is not None:
            armed += _reminders(case.id, task.id, task.element, task.due_on, task.reminders)
    _arm(tx, armed)


def remind(tx: Tx, task: Task, due_on: date | None) -> None:
    """The open task's reminders are those of its new limit."""
    timers.cancel_reminders(tx, [task.id])
    if due_on is not None:
        _arm(tx, _reminders(task.case_id, task.id, task.element, due_on, task.reminders))


def _arm(tx: Tx, rows: list[dict[str, Any]]) -> None:
    for timer_id, generation, due_at in timers.put(tx, rows):
        context.of(tx).jobs.enqueue(tx, "wake", f"{timer_id}:{generation}", due_at)


def _reminders(
    case_id: str, task_id: str, element: str, due_on: date, days_before: Iterable[int]
) -> list[dict[str, Any]]:
    """A row for each day that is still to come (property `reminders`: days before the limit)."""
    moments = {days: deadlines.start_of(due_on - timedelta(days=days)) + REMIND_AT for days in days_before}
    return [
        {
            "id": f"{task_id}-{days}",
            "case_id": case_id,
            "engine_id": "",
            "element": element,
            "task_id": task_id,
            "kind": "reminder",
            "due_at": at,
            "business_on": due_on,
        }
        for days, at in moments.items()
        if at > clock.now()
    ]


def _travelled(tx: Tx, case: Case, step: Step) -> None:
    rows = []
    for passed in step.passed:
        case.steps += 1
        rows.append(
            {
                "seq": case.steps,
                "process": passed.process,
                "element": passed.element,
                "task_id": passed.task_id,
                "state": passed.state,
            }
        )
    visits.add_many(tx, case.id, rows)
    flows.add_many(tx, case.id, step.flows)


def _sent(tx: Tx, case: Case, step: Step) -> None:
    """A thrown message goes to the round that the case belongs to (settled.md 20)."""
    for number, sent in enumerate(step.sent):
        if sent.kind == "message" and case.round_id and case.round_id != case.id:
            payload = {"application": case.id, **sent.payload}
            effects.send(tx, case, sent.name, case.round_id, payload, f"{sent.element}:{number}")


def _status(tx: Tx, case: Case, step: Step) -> None:
    case.state = step.state
    if step.fault is not None:
        case.status = "incident"
        retrying.park(tx, case, step.fault.element, step.fault.message, step.fault.detail)
        return
    if case.status == "incident":
        incidents.solve_of_case(tx, case.id)
        case.status = "open"
        retrying.wake_messages(tx, case)
    if step.done:
        case.status, case.end, case.ended_at = "done", step.ends[-1] if step.ends else "", clock.now()
        context.of(tx).jobs.enqueue(tx, "archive", case.id)
        retrying.again(tx, case, "deliver")  # what still comes for it is refused now
        if case.base_id:
            proceedings.put(
                tx, case.id, ended_on=clock.today(), **({} if _wrote_status(step) else {"status": case.end})
            )
