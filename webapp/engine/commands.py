"""Everything that can be done to a case. Read this file first.

    page ──> command ──> runtime ──> handler          one command = one transaction = one commit
                │           │           │
                │           v           v
              store <── projection <── Step

Each command takes (tx, actor, …, command_id). It locks the case, checks the person, lets the runtime go on and hands
the step to the projection. The same command_id twice gives the same answer and no second effect; who comes too late
gets `Stale` with who was first and when. The transaction belongs to the system: what the actor may do is checked here.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from handlers.vocabulary import UpdateRound
from webapp import clock
from webapp.engine import (
    context,
    effects,
    followups,
    forms,
    locks,
    meeting,
    permissions,
    projection,
    retrying,
    sheets,
    starting,
    undoing,
)
from webapp.engine.facts import plain
from webapp.engine.projection import Act
from webapp.engine.running import (
    ENDED,
    OPERATORS,
    Answer,
    go_on,
    locked_case,
    locked_task,
    on_task,
    once,
    open_task,
    operable,
    runtime_of,
)
from webapp.engine.runtime import Runtime
from webapp.engine.step import Applied
from webapp.errors import Busy, Forbidden, Invalid, Rejected, Stale
from webapp.spiff.workflow import Awaited
from webapp.store import (
    applications,
    cases,
    drafts,
    files,
    inbox,
    incidents,
    notices,
    outbox,
    people,
    rounds,
    submissions,
    timers,
)
from webapp.store.db import Tx
from webapp.store.principal import Principal, Seat
from webapp.store.tables import Case, Outbox, Role, Task, Timer

RETRIERS = ("sysadmin", "province_officer", "division_head")
"""Who may have a parked case try again."""


# ------------------------------------------------------------------------------------------ a person's commands


def start(
    tx: Tx,
    actor: Principal,
    process: str,
    *,
    command_id: str,
    host_id: str | None = None,
    base_id: str | None = None,
    round_id: str | None = None,
    parent_id: str | None = None,
    title: str = "",
    key: str | None = None,
    period: str = "",
    begun: Mapping[str, Any] | None = None,
) -> Answer:
    """A new case stands at its first wait; with `key` there is never more than one of it.

    `parent_id`: the case it is about (复核, 更正), whose parameters hold for it; `begun`: what its diagram reads of how
    it was begun; `period`: the year or round that its summary is for.
    """

    def work() -> Answer:
        if key is not None and (existing := cases.by_key(tx, key)):
            return Answer(existing.id)
        if process in followups.PROCESSES:
            followups.must_allow(tx, actor, process, host_id, parent_id)
        own_key = key or (followups.key_of(process, parent_id) if parent_id else None)
        wish = starting.Wish(process, host_id, base_id, round_id, parent_id, title, own_key, period)
        case, holder = starting.new_case(tx, actor, wish)
        answer = go_on(tx, case, runtime_of(tx, case, actor, begun), Act("start", actor))
        if holder:
            meeting.hold(tx, actor, case, holder, "基地另有程序在办，本事项暂缓办理。")
        return answer

    return once(tx, actor, "start", command_id, work)


def submit(
    tx: Tx,
    actor: Principal,
    task_id: str,
    content: Mapping[str, Any],
    outcome: str,
    opinion: str = "",
    *,
    command_id: str,
    attachments: Sequence[str] = (),
) -> Answer:
    """The task is done with this outcome, its form is kept for ever, and the case has gone on to its next wait.

    Raises Stale (somebody was first), Forbidden, Invalid (messages by field path).
    """
    return once(
        tx,
        actor,
        "submit",
        command_id,
        lambda: _submit(tx, actor, task_id, content, outcome, opinion, attachments),
        refuses_again=True,
    )


def submit_all(
    tx: Tx, actor: Principal, contents: Mapping[str, Mapping[str, Any]], outcome: str, *, command_id: str
) -> Answer:
    """One act over several tasks, e.g. batch recommendation (settled.md 23): all of them or none."""

    def work() -> Answer:
        case_of = {task_id: open_task(tx, task_id).case_id for task_id in contents}
        cases.lock_many(tx, case_of.values())
        in_order = sorted(contents, key=lambda task_id: case_of[task_id])
        answers = [_submit(tx, actor, task_id, contents[task_id], outcome, "", ()) for task_id in in_order]
        return Answer(parked=any(a.parked for a in answers), notes={"done": len(answers)})

    return once(tx, actor, "submit_all", command_id, work)


def save_draft(tx: Tx, actor: Principal, task_id: str, content: Mapping[str, Any]) -> datetime:
    """What was typed is kept for this person until the task is done; gives the moment of saving."""
    permissions.must_act(tx, actor, open_task(tx, task_id))
    drafts.put(tx, task_id, actor.person_id, plain(dict(content)))
    return clock.now()


def check(tx: Tx, actor: Principal, task_id: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the task's check says of this content now, `{"errors": …, "findings": […]}`; nothing changes."""
    row = open_task(tx, task_id)
    permissions.must_act(tx, actor, row)
    return sheets.verdict(runtime_of(tx, cases.get(tx, row.case_id), actor), row, content, outcome=None)


def open(tx: Tx, actor: Principal, task_id: str) -> None:
    """The task counts as opened by its holder, so the sender cannot take his step back any more."""
    row = inbox.get(tx, task_id)
    if row.status == "open" and row.opened_at is None and permissions.may_act(actor, row):
        inbox.opened(tx, row.id, actor.person_id)


def claim(tx: Tx, actor: Principal, task_id: str, *, command_id: str) -> Answer:
    """签收：out of a group's inbox, the task is this person's until released; or it was somebody's who left since."""

    def take(row: Task) -> None:
        if row.claimed_by and permissions.claimant(tx, row) is None:
            inbox.release(tx, row.id)
        inbox.claim(tx, row.id, actor.person_id)

    return on_task(tx, actor, "claim", task_id, command_id, take)


def release(tx: Tx, actor: Principal, task_id: str, *, command_id: str) -> Answer:
    """The claim is given up; colleagues may act again."""
    return on_task(tx, actor, "release", task_id, command_id, lambda row: inbox.release(tx, row.id))


def reassign(tx: Tx, actor: Principal, task_id: str, person_id: str, reason: str, *, command_id: str) -> Answer:
    """转办：the task is now that colleague's, who must hold the same role in the same organisation."""

    def hand_over(row: Task) -> None:
        if not reason.strip():
            raise Invalid({"reason": "请填写转办原因。"})
        if person_id not in {p.id for p in people.holders(tx, row.role, row.org_id or "")}:
            raise Invalid({"person": "只能转办给本单位同一岗位的人员。"})
        inbox.put(tx, row.id, claimed_by=person_id, opened_at=None)

    return on_task(tx, actor, "reassign", task_id, command_id, hand_over, reason=reason, after={"person": person_id})


def delegate(
    tx: Tx, actor: Principal, seat_id: str, to_person: str, first: date, last: date, reason: str, *, command_id: str
) -> Answer:
    """委托：from `first` to `last` the colleague may act for this person in that seat; both names are on record."""

    def work() -> Answer:
        seat = next((s for s in actor.seats if s.id == seat_id and s.acted_for is None), None)
        if seat is None:
            raise Forbidden("只能委托本人的岗位。")
        if seat.scope == "assigned":
            raise Forbidden("评审须由专家本人进行，不能委托。")
        if not clock.today() <= last or last < first:
            raise Invalid({"last": "委托结束日期不能早于开始日期，也不能早于今天。"})
        if to_person == actor.person_id:
            raise Invalid({"person": "不能委托给本人。"})
        people.delegate(
            tx,
            from_person=actor.person_id,
            to_person=to_person,
            role=seat.role,
            org_id=seat.org_id,
            valid_from=first,
            valid_to=last,
            reason=reason,
        )
        return Answer()

    return once(tx, actor, "delegate", command_id, work)


def urge(tx: Tx, actor: Principal, task_ids: Sequence[str], text: str = "", *, command_id: str) -> Answer:
    """催办：each open task is marked urged once more and its holders get a notice."""

    def work() -> Answer:
        rows = [row for row in (inbox.get(tx, task_id) for task_id in task_ids) if row.status == "open"]
        if not all(may_urge(actor, row) for row in rows):
            raise Forbidden("只有上级部门可以催办。")
        locked = {case.id: case for case in cases.lock_many(tx, {row.case_id for row in rows})}
        for row in rows:
            inbox.urge(tx, row, text or _due_text(row))
            projection.note(tx, locked[row.case_id], Act("urge", actor, row.element, reason=text))
        return Answer(notes={"urged": len(rows)})

    return once(tx, actor, "urge", command_id, work)


def add_sign(tx: Tx, actor: Principal, task_id: str, person_id: str, question: str, *, command_id: str) -> Answer:
    """加签（征求意见）：the colleague is asked to read and comment; the task stays where it is."""

    def ask(row: Task) -> None:
        if row.person_id is not None:
            raise Forbidden("评审由专家本人独立进行，不能征求他人意见。")
        if not question.strip():
            raise Invalid({"question": "请填写需要对方提供意见的内容。"})
        notices.add(
            tx,
            person_id=person_id,
            case_id=row.case_id,
            task_id=row.id,
            subject=f"请提供意见：{row.title}",
            text=question,
        )

    return on_task(tx, actor, "add_sign", task_id, command_id, ask, reason=question, after={"person": person_id})


def withdraw(tx: Tx, actor: Principal, task_id: str, reason: str, *, command_id: str) -> Answer:
    """取回：my last step is taken back, as long as nobody has opened the next task and it reached nobody else.

    What it overwrote in the case's own rows is as it was before.
    """

    def work() -> Answer:
        mine, case = inbox.lock(tx, task_id)
        if mine.done_by != actor.person_id or not permissions.may_act(actor, mine):
            raise Forbidden("只能取回本人刚刚提交的事项。")
        if mine.key:
            raise Rejected("多人分别办理的事项提交后不能取回；如需修改请联系承办人。")
        later = inbox.of_case(tx, case.id, open_only=True)
        if case.status != "open" or len(later) != 1 or later[0].opened_at or later[0].arrived_at != mine.done_at:
            raise Rejected("下一环节已经打开或流程已经前行，不能取回；如需修改请联系承办人退回。")
        if mine.undo is None:
            raise Rejected("提交后已经发出通知、公文或者影响其他事项，不能取回；如需修改请联系承办人退回。")
        undoing.restore(tx, case, mine.undo)
        runtime = runtime_of(tx, case, actor)
        runtime.jump(later[0].id, mine.element)
        return go_on(tx, case, runtime, Act("withdraw", actor, mine.element, reason=reason))

    return once(tx, actor, "withdraw", command_id, work)


def return_to(tx: Tx, actor: Principal, task_id: str, element: str, reason: str, *, command_id: str) -> Answer:
    """退回到指定环节: only where the diagram declares the task `returnable` to it (settled.md 16)."""

    def work() -> Answer:
        row, case = locked_task(tx, task_id)
        permissions.must_act(tx, actor, row)
        runtime = runtime_of(tx, case, actor)
        declared = runtime.open_task(task_id).properties.get("returnable", "").split(",")
        if element not in {each.strip() for each in declared if each.strip()}:
            raise Forbidden("该环节不允许退回到所选环节。")
        if not reason.strip():
            raise Invalid({"reason": "退回时必须填写原因。"})
        runtime.jump(task_id, element)
        return go_on(tx, case, runtime, Act("return_to", actor, element, reason=reason))

    return once(tx, actor, "return_to", command_id, work)


def send(
    tx: Tx, actor: Principal, case_id: str, message: str, content: Mapping[str, Any], *, command_id: str
) -> Answer:
    """A drawn message that people may send (撤回申报、取消批次、延期、登记异议) has reached the case; its form is kept for ever."""

    def work() -> Answer:
        case = locked_case(tx, case_id)
        runtime = runtime_of(tx, case, actor)
        awaited = next((a for a in runtime.awaits() if a.message == message and a.properties.get("lane")), None)
        if awaited is None:
            raise Rejected("该流程当前环节不接受此操作，请刷新页面查看最新进度。")
        role = context.of(tx).catalog.role_of_lane(tx, awaited.properties["lane"])
        if not _may_send(actor, role, case):
            raise Forbidden
        if not _is_offered(awaited, runtime):
            raise Rejected(f"现在不能“{awaited.properties.get('label', '执行此操作')}”，请刷新页面查看最新进度。")
        form, clean, payload = _message_content(tx, case, awaited, content, runtime)
        if errors := sheets.message_errors(runtime, awaited.element, awaited.properties, payload):
            raise Invalid(errors)
        seat = permissions.seat_in(actor, role.code, _owner(role, case))
        kept = _keep_message(tx, actor, case, awaited, form, clean, seat)
        runtime.facts.handed_in(awaited.element, awaited.properties.get("form", ""), clean)
        runtime.deliver(message, {**payload, "by": actor.person_id, "on": clock.today()})
        act = Act(
            f"send {message}",
            actor,
            awaited.element,
            seat=seat,
            article=awaited.properties.get("articles", ""),
            after=kept,
        )
        return go_on(tx, case, runtime, act)

    return once(tx, actor, "send", command_id, work)


# ------------------------------------------------------------------------------------------ an operator's commands


def cancel(tx: Tx, actor: Principal, case_id: str, reason: str, *, command_id: str) -> Answer:
    """The case has ended as cancelled: no open task, no timer."""

    def work() -> Answer:
        case = operable(tx, actor, case_id, reason)
        runtime = runtime_of(tx, case, actor)
        runtime.cancel()
        answer = go_on(tx, case, runtime, Act("cancel", actor, reason=reason), advance=False)
        timers.cancel_of_cases(tx, [case.id])
        case.status, case.ended_at = "cancelled", clock.now()
        _leave_round(tx, case, reason)
        return answer

    return once(tx, actor, "cancel", command_id, work)


def suspend(tx: Tx, actor: Principal, case_id: str, reason: str, *, command_id: str) -> Answer:
    """暂停：nobody can act on the case and its timers wait until it is resumed."""
    return _switch(tx, actor, case_id, reason, command_id, "suspend", "open", "suspended")


def resume(tx: Tx, actor: Principal, case_id: str, reason: str, *, command_id: str) -> Answer:
    """The suspended case runs again; what fell due meanwhile fires now."""
    return _switch(tx, actor, case_id, reason, command_id, "resume", "suspended", "open")


def retry(tx: Tx, actor: Principal, case_id: str, *, command_id: str) -> Answer:
    """The parked case has tried its failing element again: it goes on, or is parked with the new error.

    Its failed jobs are tried by a worker at once; `notes.jobs` says how many.
    """

    def work() -> Answer:
        if not permissions.has_role(actor, *RETRIERS):
            raise Forbidden
        case = cases.lock(tx, case_id)
        jobs = 0 if actor.system else retrying.again(tx, case)
        if case.status != "incident":
            return Answer(case.id, notes={"jobs": jobs})
        return go_on(tx, case, runtime_of(tx, case, actor), Act("retry", actor))

    return once(tx, actor, "retry", command_id, work)


def skip(tx: Tx, actor: Principal, incident_id: str, reason: str, *, command_id: str) -> Answer:
    """跳过：the failed job is not tried any more, on record with who decided it and why."""

    def work() -> Answer:
        if not permissions.has_role(actor, *OPERATORS):
            raise Forbidden
        if not reason.strip():
            raise Invalid({"reason": "请填写跳过的原因。"})
        case = cases.lock(tx, incidents.get(tx, incident_id).case_id)
        row = incidents.get(tx, incident_id)
        if not row.job:
            raise Rejected("流程停在该环节之前，不能跳过；请消除原因后重试，或者终止该流程。")
        if not incidents.settle(tx, row.id, "skipped", actor.person_id):
            raise Rejected("该异常已经解决或跳过。")
        retrying.give_up(tx, row, reason.strip())
        projection.note(tx, case, Act("skip", actor, reason=reason, after={"job": row.job, "ref": row.ref}))
        return Answer(case.id)

    return once(tx, actor, "skip", command_id, work)


def jump(tx: Tx, actor: Principal, task_id: str, element: str, reason: str, *, command_id: str) -> Answer:
    """运维处置：the open task is given up and the case stands at another element."""

    def work() -> Answer:
        row = open_task(tx, task_id)
        case = operable(tx, actor, row.case_id, reason)
        runtime = runtime_of(tx, case, actor)
        runtime.jump(task_id, element)
        return go_on(tx, case, runtime, Act("jump", actor, element, reason=reason))

    return once(tx, actor, "jump", command_id, work)


# ------------------------------------------------------------------------------------------ a worker's commands


def wake(tx: Tx, actor: Principal, timer_id: str, generation: int) -> bool:
    """Whether the timer fired: due, of this generation, and not fired before. Its case has gone on."""
    return locks.holding(tx, lambda: _wake(tx, actor, timer_id, generation))


def _wake(tx: Tx, actor: Principal, timer_id: str, generation: int) -> bool:
    row = timers.get(tx, timer_id)
    if row is None or not _is_due(row, generation):
        return False
    case = cases.lock(tx, row.case_id)
    row = timers.get(tx, timer_id)
    if row is None or not _is_due(row, generation) or case.status != "open":
        return False
    timers.fire(tx, row.id, generation)
    if row.kind == "reminder":
        task = inbox.get(tx, row.task_id or "")
        if task.status == "open":
            _tell(tx, task, "办理提醒", _due_text(task))
        return True
    runtime = runtime_of(tx, case, actor)
    if not runtime.fire(row.engine_id):
        return False
    due_on = row.business_on.isoformat() if row.business_on else None
    go_on(tx, case, runtime, Act("timer", actor, row.element, after={"due_on": due_on}))
    return True


def deliver(tx: Tx, actor: Principal, outbox_id: str) -> bool:
    """Whether the message reached its case, once.

    To a suspended case it comes when that is resumed, to a parked one that did not wait for it when that goes on. An
    ended case refuses it, on record, and so does one whose diagram may miss it; else raises Unawaited, to be tried again.
    """
    return locks.holding(tx, lambda: _deliver(tx, actor, outbox_id))


def _deliver(tx: Tx, actor: Principal, outbox_id: str) -> bool:
    row = outbox.get(tx, outbox_id)
    if row is None or row.status != "pending":
        return False
    if row.message.startswith("start:"):
        return _start_from_outbox(tx, actor, row)
    case = cases.lock(tx, row.to_case or "")
    row = outbox.get(tx, outbox_id)
    if row is None or row.status != "pending" or case.status == "suspended":
        return False
    if case.status in ENDED:
        outbox.settle(tx, row, "refused", "对方流程已结束")
        return False
    if row.message == effects.LIMITS_CHANGED:
        outbox.settle(tx, row, "delivered", "")
        renew_limits(tx, actor, case)
        return True
    runtime = runtime_of(tx, case, actor)
    waiting = [each for each in runtime.awaits() if each.message == row.message and _is_offered(each, runtime)]
    if not waiting or not runtime.deliver(row.message, row.payload):
        return _not_awaited(tx, case, runtime, row)
    outbox.settle(tx, row, "delivered", "")
    go_on(tx, case, runtime, Act(f"message {row.message}", actor, after={"from": row.from_case}))
    return True


def _not_awaited(tx: Tx, case: Case, runtime: Runtime, row: Outbox) -> bool:
    """The message came while its receiver waits for nothing of the kind (docs/decisions/0012)."""
    if case.status == "incident":
        outbox.tried(tx, row.id, "对方流程异常，恢复后送达")
    elif runtime.may_miss(row.message):
        outbox.settle(tx, row, "refused", "对方流程当前不等待此消息，图上注明可以错过")
    else:
        raise retrying.Unawaited
    return False


def renew_limits(tx: Tx, actor: Principal, case: Case) -> None:
    """Timers and due dates of the locked case are those that the facts give now, counted from when each began.

    For an extended round, a holiday notice, a changed current parameter (settled.md 10).
    """
    runtime = runtime_of(tx, case, actor)
    moved = runtime.rearm()
    changed = {}
    for row in inbox.of_case(tx, case.id, open_only=True):
        due_on = runtime.due_of(row.id, row.arrived_at)
        if due_on != row.due_on:
            changed[row.element] = {"old": row.due_on, "new": due_on}
            inbox.put(tx, row.id, due_on=due_on)
            projection.remind(tx, row, due_on)
    if moved or changed:
        # A parked case tries its element again, for a step without an error counts as solved.
        retried = case.status == "incident"
        go_on(tx, case, runtime, Act("renew_limits", actor, after=plain(changed)), advance=retried)


def retry_incident(tx: Tx, actor: Principal, ref: str) -> bool:
    """Whether the incident `id:attempts` was tried again; a solved or already repeated one is left alone."""
    incident_id, attempts = ref.split(":")[:2]
    row = incidents.get(tx, incident_id)
    if row.status != "open" or row.attempts != int(attempts):
        return False
    retry(tx, actor, row.case_id, command_id=f"retry:{ref}")
    return True


# ------------------------------------------------------------------------------------------ who may


def may_urge(actor: Principal, row: Task) -> bool:
    """Whether the person stands above the task: the Province over all, a recommender over his hosts and his own."""
    if permissions.has_role(actor, "province_officer", "division_head", "dept_leader"):
        return True
    if row.org_id is None or row.org_id not in (row.host_id, row.recommender_id):
        return False  # the Province's own, a division's or an expert's
    return permissions.has_role_in(actor, ("recommender", "recommender_head"), row.recommender_id)


def offers(tx: Tx, actor: Principal, case_id: str) -> list[Awaited]:
    """The messages that this person may send to the case now: the buttons of its page."""
    case = cases.get(tx, case_id)
    if case.status != "open":
        return []
    catalog = context.of(tx).catalog
    runtime = runtime_of(tx, case, actor)
    drawn = [a for a in runtime.awaits() if a.properties.get("lane") and _is_offered(a, runtime)]
    return [a for a in drawn if _may_send(actor, catalog.role_of_lane(tx, a.properties["lane"]), case)]


def variables(tx: Tx, case: Case) -> Mapping[str, Any]:
    """The variables of the case's diagram, for demonstration, operators and tests."""
    return runtime_of(tx, case, tx.principal).data


def _is_offered(awaited: Awaited, runtime: Runtime) -> bool:
    """Whether the drawn condition `when` of a message that people send holds now."""
    facts = ChainMap(dict(runtime.data), runtime.facts.names)  # type: ignore[arg-type]  # read-only, and so is the chain
    return sheets.holds(awaited.properties.get("when", ""), facts, runtime.facts.functions())


def _may_send(actor: Principal, role: Role, case: Case) -> bool:
    return permissions.has_role_in(actor, (role.code,), _owner(role, case))


def _owner(role: Role, case: Case) -> str | None:
    """The organisation in which the role may act on the case."""
    owner = {"case.host": case.host_id, "case.recommender": case.recommender_id, "case.county": case.county_id}
    kind, _, rest = role.resolver.partition(":")
    return owner.get(kind, rest)


# ------------------------------------------------------------------------------------------ how it is done


def _submit(
    tx: Tx,
    actor: Principal,
    task_id: str,
    content: Mapping[str, Any],
    outcome: str,
    opinion: str,
    attachments: Sequence[str],
) -> Answer:
    row, case = locked_task(tx, task_id)
    permissions.must_act(tx, actor, row)
    runtime = runtime_of(tx, case, actor)
    properties = runtime.open_task(task_id).properties
    locks.must_hold(tx, case, locks.drawn(case, properties))
    sheets.must_be_second_person(actor, runtime.facts, properties)
    facts, functions = sheets.facts_of(tx, case, runtime, row, actor), runtime.facts.functions()
    choice = sheets.chosen(properties, outcome, opinion, facts, functions)
    form = sheets.form_of(tx, case, row.form)
    content = sheets.within_marks(runtime, row, properties, form, content)
    clean = sheets.validated(form, content, facts, functions, choice)
    verdict = sheets.verdict(runtime, row, clean, choice)
    if verdict.get("errors"):
        raise Invalid(verdict["errors"])
    seat = permissions.seat_for(actor, row)
    submission_id, digest = submissions.add(
        tx,
        case_id=case.id,
        task_id=task_id,
        process=row.process,
        element=row.element,
        key=row.key,
        form=row.form,
        form_hash=form.hash if form else "",
        content=clean,
        outcome=choice,
        opinion=opinion,
        by=actor.person_id,
        seat=seat.id if seat else "",
        private=projection.is_private(row),
    )
    held = [*attachments, *(forms.file_ids(form, clean) if form else ())]
    if held:
        files.link(tx, held, case_id=case.id, private=projection.is_private(row))
    runtime.facts.handed_in(row.element, row.form, clean)
    drafts.delete(tx, task_id, actor.person_id)
    runtime.complete(
        task_id,
        {
            **(forms.variables(form, clean) if form else {}),
            "outcome": choice,
            "by": actor.person_id,
            "on": clock.today(),
            # Refusals and returns are told with their reason by the handlers that follow.
            **({"opinion": opinion.strip()} if opinion.strip() else {}),
        },
    )
    act = Act(
        f"submit {choice}",
        actor,
        row.element,
        seat=seat,
        article=properties.get("articles", ""),
        after={"submission": submission_id, "hash": digest},
        reason=opinion,
        task=row,
        outcome=choice,
    )
    return go_on(tx, case, runtime, act)


def _leave_round(tx: Tx, case: Case, reason: str) -> None:
    """An application that an operator ended is out of its round, which counts again; a round ends its applications."""
    if case.process == "designation" and case.round_id:
        applications.put(tx, case.id, status="withdrawn", decision_reason=f"流程终止：{reason}")
        effects.send(
            tx, case, "application_final", case.round_id, {"application": case.id, "end": "cancelled"}, "cancel"
        )
    if case.process == "designation_round" and rounds.get(tx, case.id).status not in ("issued", "closed_all"):
        effects.apply(tx, case, Applied(UpdateRound({"status": "cancelled"}), "cancel"))
        for each in cases.of_round(tx, case.id, process="designation"):
            if each.status not in ENDED:
                effects.send(tx, case, "round_cancelled", each.id, {"reason": reason}, "cancel")


def _switch(
    tx: Tx, actor: Principal, case_id: str, reason: str, command_id: str, verb: str, before: str, after: str
) -> Answer:
    def work() -> Answer:
        case = operable(tx, actor, case_id, reason)
        if case.status != before:
            raise Rejected("该流程当前状态不允许此操作，请刷新页面。")
        case.status = after
        if after == "open":
            retrying.wake_messages(tx, case)
        projection.note(tx, case, Act(verb, actor, reason=reason))
        return Answer(case.id)

    return once(tx, actor, verb, command_id, work)


def _message_content(
    tx: Tx, case: Case, awaited: Awaited, content: Mapping[str, Any], runtime: Runtime
) -> tuple[forms.Form | None, dict[str, Any], dict[str, Any]]:
    """The message's form, its content, and what the diagram gets of it."""
    name = awaited.properties.get("form", "")
    form = sheets.form_of(tx, case, name) if name else None
    if form is None:
        return None, {}, {}
    clean = sheets.validated(form, content, runtime.facts.names, runtime.facts.functions(), "")
    return form, clean, {**clean, **forms.variables(form, clean)}


def _keep_message(
    tx: Tx,
    actor: Principal,
    case: Case,
    awaited: Awaited,
    form: forms.Form | None,
    clean: dict[str, Any],
    seat: Seat | None,
) -> dict[str, str]:
    """What was sent is a submission of no task, its attachments are the case's; answers what the journal says of it."""
    private = projection.is_private_in(awaited.process, awaited.properties.get("lane", ""))
    submission_id, digest = submissions.add(
        tx,
        case_id=case.id,
        task_id="",
        process=awaited.process,
        element=awaited.element,
        key=None,
        form=awaited.properties.get("form", "") if form else "",
        form_hash=form.hash if form else "",
        content=clean,
        by=actor.person_id,
        seat=seat.id if seat else "",
        private=private,
    )
    if form is not None and (held := forms.file_ids(form, clean)):
        files.link(tx, held, case_id=case.id, private=private)
    return {"submission": submission_id, "hash": digest}


def _start_from_outbox(tx: Tx, actor: Principal, row: Outbox) -> bool:
    process = row.message.removeprefix("start:")
    payload = dict(row.payload)
    data, joins = dict(payload.get("data") or {}), payload.get("joins")
    if joins and (standing := cases.open_about(tx, process, payload.get("base_id") or "")):
        _post_to(tx, standing.id, str(joins), data, row)
        outbox.settle(tx, row, "delivered", f"并入{standing.number}")
        return True
    names = ("host_id", "base_id", "round_id", "parent_id", "title", "period")
    wanted = {name: payload[name] for name in names if payload.get(name)}
    try:
        start(tx, actor, process, command_id=f"outbox:{row.id}", key=row.key, begun=data, **wanted)
    except (Busy, Stale):
        raise  # nothing is wrong with it: it is tried again
    except Rejected as refusal:
        tx.undo()
        outbox.settle(tx, row, "refused", refusal.message)
        text = f"系统提出的“{process}”未能发起：{refusal.message}"
        notices.add(tx, role="province_officer", org_id="province", subject="请处理未能发起的程序", text=text)
        return False
    outbox.settle(tx, row, "delivered", "")
    return True


def _post_to(tx: Tx, case_id: str, message: str, data: Mapping[str, Any], cause: Outbox) -> None:
    sent = outbox.add(
        tx,
        key=f"{cause.key}:joined",
        message=message,
        to_case=case_id,
        payload=dict(data),
        from_case=cause.from_case,
    )
    if sent is not None:
        context.of(tx).jobs.enqueue(tx, "deliver", sent.id)


def _is_due(row: Timer, generation: int) -> bool:
    return row.status == "waiting" and row.generation == generation and row.due_at <= clock.now()


def _tell(tx: Tx, row: Task, subject: str, text: str) -> None:
    notices.add(
        tx,
        role=row.role if not row.person_id else None,
        org_id=row.org_id if not row.person_id else None,
        person_id=permissions.claimant(tx, row) or row.person_id,
        case_id=row.case_id,
        task_id=row.id,
        subject=subject,
        text=text,
    )


def _due_text(row: Task) -> str:
    """domain.md 6.4 待办提醒."""
    until = f"，请于{row.due_on.month}月{row.due_on.day}日前办理" if row.due_on else "，请尽快办理"
    return f"【国合基地】您有1件待办：{row.title}（{row.case_title}）{until}。"
