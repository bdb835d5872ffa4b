"""What every command shares: once only, the case locked, run to the next wait, everything written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from handlers import vocabulary as v
from webapp import failpoints
from webapp.engine import context, locks, meeting, permissions, projection
from webapp.engine.projection import Act
from webapp.engine.runtime import Runtime
from webapp.errors import Forbidden, Invalid, Rejected, Stale
from webapp.store import cases, inbox, people
from webapp.store import commands as ledger
from webapp.store.db import Tx
from webapp.store.principal import Principal
from webapp.store.tables import Case, Task

ENDED = ("done", "cancelled")
OPERATORS = ("sysadmin", "division_head")
"""Who may suspend, resume, end or move a case, with a reason."""


@dataclass(frozen=True)
class Answer:
    """What a command tells its caller, and again when the same command comes twice."""

    case_id: str = ""
    task_ids: tuple[str, ...] = ()
    """Tasks that opened now and that the same person may go on with."""
    parked: bool = False
    """The person's act is recorded, the system's next step failed and will be retried (settled.md 7)."""
    notes: Mapping[str, Any] = field(default_factory=dict)


def once(
    tx: Tx,
    actor: Principal,
    verb: str,
    command_id: str,
    work: Callable[[], Answer],
    *,
    refuses_again: bool = False,
) -> Answer:
    """The answer of `work`, or of the same command when it came before. The commit refuses the second of two at once.

    `refuses_again`: done twice, `work` refuses before it changes anything, so only then is the first answer looked up.
    """
    if not command_id:
        raise Rejected("缺少操作编号，请刷新页面后重试。")
    before = None if refuses_again else ledger.answer_of(tx, command_id, verb, actor.person_id)
    if before is not None:
        return _again(before)
    try:
        answer = locks.holding(tx, work)
    except Rejected:
        # The same command may have taken effect while this one waited for the case's lock.
        meanwhile = ledger.answer_of(tx, command_id, verb, actor.person_id)
        if meanwhile is None:
            raise
        tx.undo()
        return _again(meanwhile)
    ledger.record(
        tx, command_id, verb=verb, actor=actor.person_id, case_id=answer.case_id or None, answer=asdict(answer)
    )
    return answer


def _again(answer: Mapping[str, Any]) -> Answer:
    return Answer(**{**answer, "task_ids": tuple(answer["task_ids"])})


def runtime_of(tx: Tx, case: Case, actor: Principal, begun: Mapping[str, Any] | None = None) -> Runtime:
    """The case in memory, for this actor's step; `begun`: what a new case was begun with."""
    seat = actor.seat
    facts = {
        "id": actor.person_id,
        "name": actor.name,
        "org_id": seat.org_id if seat else None,
        "role": seat.role if seat else None,
    }
    return Runtime(tx, context.of(tx).catalog, case, facts, begun)


def go_on(tx: Tx, case: Case, runtime: Runtime, act: Act, *, advance: bool = True) -> Answer:
    """The case stands at its next wait, and every row says so."""
    failpoints.hit("before_step")
    if advance:
        runtime.advance()
    step = runtime.step()
    failpoints.hit("after_step")
    reach = [each.effect for each in step.effects if isinstance(each.effect, meeting.REACHING)]
    releases = step.done and case.base_id is not None and bool(cases.held_by(tx, case.id))
    locks.must_hold(tx, case, locks.reached(tx, case, step.effects, others=bool(reach) or releases))
    projection.project(tx, case, step, act, runtime.facts.calendar)
    for effect in reach:
        _reach(tx, case, act.actor, effect)
    if step.done and case.base_id in tx.held:
        meeting.release_others(tx, act.actor, case, f"{case.number} 已办结，恢复办理。")
    mine = {(seat.role, seat.org_id) for seat in act.actor.seats}
    fresh = [t.id for t in step.tasks if t.id not in step.known and (t.owner.role, t.owner.org_id) in mine]
    return Answer(case.id, tuple(fresh), parked=step.fault is not None)


def _reach(tx: Tx, case: Case, actor: Principal, effect: v.Effect) -> None:
    """The effect on the base's other cases, in this transaction (settled 22)."""
    match effect:
        case v.HoldOthers(reason=reason):
            meeting.hold_others(tx, actor, case, reason)
        case v.ReleaseOthers(reason=reason):
            meeting.release_others(tx, actor, case, reason)
        case v.TellBase(message=message, payload=payload):
            for other in meeting.others(tx, case):
                _tell_now(tx, actor, case, other, message, payload)
        case v.EndBase(status=status, reason=reason):
            meeting.end_row(tx, case, effect)
            said = {"kind": status, "reason": reason, "case": case.id}
            for other in meeting.to_end(tx, case, status):
                other.held_by = None
                if not _tell_now(tx, actor, case, other, meeting.TERMINAL, said):
                    _close(tx, actor, other, reason)


def _tell_now(tx: Tx, actor: Principal, case: Case, other: Case, message: str, payload: Mapping[str, Any]) -> bool:
    """Whether the other case waited for the message, suspended or parked ones included; it has gone on."""
    runtime = runtime_of(tx, other, actor)
    if other.status in ENDED or not runtime.deliver(message, payload):
        return False
    other.status = "open" if other.status == "suspended" else other.status
    go_on(tx, other, runtime, Act(f"message {message}", actor, after={"from": case.id}))
    return True


def _close(tx: Tx, actor: Principal, case: Case, reason: str) -> None:
    runtime = runtime_of(tx, case, actor)
    runtime.cancel()
    go_on(tx, case, runtime, Act("cancel", actor, reason=reason), advance=False)
    meeting.close(tx, case, reason)


def open_task(tx: Tx, task_id: str) -> Task:
    """The row of an open task, not locked; raises Missing or Stale."""
    return _still_open(tx, inbox.get(tx, task_id))


def locked_task(tx: Tx, task_id: str) -> tuple[Task, Case]:
    """The open task and its locked case; raises Missing, Stale (who was first, and when) or Rejected (suspended)."""
    row, case = inbox.lock(tx, task_id)
    return _still_open(tx, row), _running(case)


def locked_case(tx: Tx, case_id: str) -> Case:
    """The case, locked and able to go on; raises Missing or Rejected."""
    return _running(cases.lock(tx, case_id))


def operable(tx: Tx, actor: Principal, case_id: str, reason: str) -> Case:
    """The case, locked for an operator who says why; raises Forbidden, Invalid, Rejected."""
    if not permissions.has_role(actor, *OPERATORS):
        raise Forbidden
    if not reason.strip():
        raise Invalid({"reason": "请填写处置原因。"})
    case = cases.lock(tx, case_id)
    if case.status in ENDED:
        raise Rejected("该流程已经结束。")
    return case


def on_task(
    tx: Tx,
    actor: Principal,
    verb: str,
    task_id: str,
    command_id: str,
    change: Callable[[Task], None],
    *,
    reason: str = "",
    after: Mapping[str, Any] | None = None,
) -> Answer:
    """A change of an inbox row only: the workflow does not move, the journal says who did it."""

    def work() -> Answer:
        row, case = locked_task(tx, task_id)
        permissions.must_act(tx, actor, row)
        change(row)
        projection.note(tx, case, Act(verb, actor, row.element, after=dict(after or {}), reason=reason))
        return Answer(row.case_id, (task_id,))

    return once(tx, actor, verb, command_id, work)


def _running(case: Case) -> Case:
    if case.status == "suspended":
        raise Rejected("该流程已暂停，恢复后方可继续办理。")
    if case.status in ENDED:
        raise Rejected("该流程已经结束。")
    return case


def _still_open(tx: Tx, row: Task) -> Task:
    if row.status == "open":
        return row
    if row.status == "done" and row.done_by:
        raise Stale(who=people.names(tx, [row.done_by]).get(row.done_by, ""), at=row.done_at)
    raise Stale("该事项已因流程变化而关闭，您填写的内容已保留。", at=row.done_at)
