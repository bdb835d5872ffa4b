"""Everything that can be done to a case. Read this file first.

    page ──> command ──> runtime ──> handler          one command = one transaction = one commit
                │           │           │
                │           v           v
              store <── projection <── Step

Each command takes (tx, actor, …, command_id). It locks the case, checks the person, lets the runtime go on and hands
the step to the projection. The same command_id twice gives the same answer and no second effect; who comes too late
gets `Stale` with who was first and when. The transaction is a system's own (`Principal.system_for`): the check of the
actor is here, in `permissions`.

    start submit save_draft check claim release reassign return_to withdraw add_sign urge open
    send cancel suspend resume retry jump      a person's       |  wake deliver remind     a worker's
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from webapp import clock
from webapp.engine import context, forms, permissions, projection
from webapp.engine.catalog import Role
from webapp.engine.facts import plain
from webapp.engine.projection import Act, Done
from webapp.engine.runtime import Runtime
from webapp.errors import Forbidden, Invalid, Missing, Rejected, Stale
from webapp.spiff.workflow import Awaited
from webapp.store import (
    applications,
    cases,
    drafts,
    files,
    inbox,
    incidents,
    journal,
    notices,
    numbers,
    outbox,
    people,
    releases,
    rounds,
    submissions,
    timers,
)
from webapp.store import commands as ledger
from webapp.store.cases import CaseRow
from webapp.store.db import Tx
from webapp.store.inbox import TaskRow
from webapp.store.principal import Principal

NUMBER_PREFIX = {"designation_round": "PC", "designation": "RD"}
"""Case numbers read like RD-2026-0125; a process without a prefix of its own uses LC."""


@dataclass(frozen=True)
class Answer:
    """What a command tells its caller, and again when the same command comes twice."""

    case_id: str = ""
    task_ids: tuple[str, ...] = ()
    """Tasks that are open now and that the same person may go on with."""
    parked: bool = False
    """The person's act is recorded, the system's next step failed and will be retried (settled.md 7)."""
    notes: Mapping[str, Any] = field(default_factory=dict)


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
    title: str = "",
    key: str | None = None,
) -> Answer:
    """A new case runs up to its first wait; with `key` there is never more than one of it."""

    def work() -> Answer:
        if key is not None and (existing := cases.by_key(tx, key)):
            return Answer(existing.id)
        _may_start(actor, process, host_id)
        round_row = rounds.get(tx, round_id) if round_id else None
        today = clock.today()
        case = cases.add(
            tx,
            process=process,
            number=_number(tx, process, today),
            title=title,
            release_id=round_row.release_id if round_row else releases.current(tx, today).id,
            parameters_on=round_row.parameters_on if round_row else today,
            host_id=host_id,
            base_id=base_id,
            round_id=round_id,
            key=key,
            started_by=actor.person_id,
            started_at=clock.now(),
        )
        _record(tx, case)
        runtime = _runtime(tx, case, actor)
        return _go_on(tx, case, runtime, Act("start", actor))

    return _once(tx, actor, "start", command_id, work)


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
    return _once(
        tx, actor, "submit", command_id, lambda: _submit(tx, actor, task_id, content, outcome, opinion, attachments)
    )


def submit_all(
    tx: Tx, actor: Principal, sheets: Mapping[str, Mapping[str, Any]], outcome: str, *, command_id: str
) -> Answer:
    """One act over several tasks, e.g. batch recommendation (settled.md 23): all of them or none."""

    def work() -> Answer:
        rows = {task_id: _open_row(tx, task_id) for task_id in sheets}
        for case_id in sorted({row.case_id for row in rows.values()}):
            cases.lock(tx, case_id)
        answers = [
            _submit(tx, actor, task_id, sheets[task_id], outcome, "", ())
            for task_id in sorted(rows, key=lambda each: rows[each].case_id)
        ]
        return Answer(parked=any(a.parked for a in answers), notes={"done": len(answers)})

    return _once(tx, actor, "submit_all", command_id, work)


def save_draft(tx: Tx, actor: Principal, task_id: str, content: Mapping[str, Any]) -> datetime:
    """What was typed is kept for this person until the task is done; gives the moment of saving."""
    row = _open_row(tx, task_id)
    permissions.must_act(actor, row)
    return drafts.put(tx, task_id, actor.person_id, plain(dict(content)))


def check(tx: Tx, actor: Principal, task_id: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the task's check would say of this content now: {"errors": {path: message}, "findings": […]}; nothing changes."""
    row = _open_row(tx, task_id)
    permissions.must_act(actor, row)
    case = cases.get(tx, row.case_id)
    return _checked(_runtime(tx, case, actor), row, content, outcome=None)


def open(tx: Tx, actor: Principal, task_id: str) -> None:
    """The task counts as opened by its holder, so the sender cannot take his step back any more."""
    row = _open_row(tx, task_id)
    if row.opened_at is None and permissions.may_act(actor, row):
        inbox.opened(tx, row, actor.person_id)


def claim(tx: Tx, actor: Principal, task_id: str, *, command_id: str) -> Answer:
    """签收：in a group's inbox, the task is this person's until released."""
    return _on_row(tx, actor, "claim", task_id, command_id, lambda row: inbox.claim(tx, row, actor.person_id))


def release(tx: Tx, actor: Principal, task_id: str, *, command_id: str) -> Answer:
    """The claim is given up; colleagues may act again."""
    return _on_row(tx, actor, "release", task_id, command_id, lambda row: inbox.claim(tx, row, None))


def reassign(tx: Tx, actor: Principal, task_id: str, person_id: str, reason: str, *, command_id: str) -> Answer:
    """转办：the task is now that colleague's, who must hold the same role in the same organisation."""

    def hand_over(row: TaskRow) -> None:
        if not reason.strip():
            raise Invalid({"reason": "请填写转办原因。"})
        if person_id not in {p.id for p in people.holders(tx, row.role, row.org_id)}:
            raise Invalid({"person": "只能转办给本单位同一岗位的人员。"})
        inbox.claim(tx, row, person_id)

    return _on_row(tx, actor, "reassign", task_id, command_id, hand_over, reason=reason, after={"person": person_id})


def urge(tx: Tx, actor: Principal, task_ids: Sequence[str], text: str = "", *, command_id: str) -> Answer:
    """催办：each open task is marked urged once more and its holders get a notice."""

    def work() -> Answer:
        count = 0
        for task_id in task_ids:
            row = inbox.get(tx, task_id)
            if row is None or row.status != "open":
                continue
            if not may_urge(actor, row):
                raise Forbidden("只有上级部门可以催办。")
            inbox.urge(tx, row, text or _urge_text(row))
            journal.append(tx, row.case_id, actor=actor, action="urge", element=row.element, reason=text)
            count += 1
        return Answer(notes={"urged": count})

    return _once(tx, actor, "urge", command_id, work)


def add_sign(tx: Tx, actor: Principal, task_id: str, person_id: str, question: str, *, command_id: str) -> Answer:
    """加签/传阅：the colleague is asked to read and comment; the task stays where it is."""

    def ask(row: TaskRow) -> None:
        if not question.strip():
            raise Invalid({"question": "请填写需要对方提供意见的内容。"})
        notices.add(
            tx,
            case_id=row.case_id,
            role=None,
            org_id=None,
            person_id=person_id,
            subject=f"请提供意见：{row.title}",
            text=question,
        )

    return _on_row(tx, actor, "add_sign", task_id, command_id, ask, reason=question, after={"person": person_id})


def withdraw(tx: Tx, actor: Principal, task_id: str, reason: str, *, command_id: str) -> Answer:
    """取回：my last step is taken back, as long as nobody has opened the next task."""

    def work() -> Answer:
        mine = inbox.get(tx, task_id)
        if mine is None or mine.done_by != actor.person_id:
            raise Forbidden("只能取回本人刚刚提交的事项。")
        case = cases.lock(tx, mine.case_id)
        later = inbox.open_of_case(tx, case.id)
        if case.status != "open" or not later or any(row.opened_at for row in later):
            raise Rejected("下一环节已经打开或流程已结束，不能取回；如需修改请联系承办人退回。")
        if len(later) != 1:
            raise Rejected("该环节之后有多项并行事项，不能取回。")
        runtime = _runtime(tx, case, actor)
        runtime.jump(later[0].id, mine.element)
        return _go_on(tx, case, runtime, Act("withdraw", actor, mine.element, reason=reason))

    return _once(tx, actor, "withdraw", command_id, work)


def send(
    tx: Tx,
    actor: Principal,
    case_id: str,
    message: str,
    content: Mapping[str, Any],
    *,
    command_id: str,
) -> Answer:
    """A drawn message that people may send (撤回申报、取消批次、延期、登记异议) has reached the case."""

    def work() -> Answer:
        case = _locked(tx, case_id)
        runtime = _runtime(tx, case, actor)
        awaited = next((a for a in runtime.awaits() if a.message == message), None)
        if awaited is None:
            raise Rejected("该流程当前环节不接受此操作，请刷新页面查看最新进度。")
        if not may_send(actor, context.of(tx).catalog.role_of_lane(tx, awaited.properties.get("lane", "")), case):
            raise Forbidden
        variables = _human_content(tx, case, awaited, content)
        payload = {**variables, "by": actor.person_id, "on": clock.today().isoformat()}
        runtime.deliver(message, payload)
        return _go_on(tx, case, runtime, Act(f"send {message}", actor, awaited.element, after={"content": content}))

    return _once(tx, actor, "send", command_id, work)


# ------------------------------------------------------------------------------------------ an operator's commands


def cancel(tx: Tx, actor: Principal, case_id: str, reason: str, *, command_id: str) -> Answer:
    """The case has ended as cancelled: no open task, no timer."""

    def work() -> Answer:
        case = _operable(tx, actor, case_id, reason)
        runtime = _runtime(tx, case, actor)
        runtime.cancel()
        answer = _go_on(tx, case, runtime, Act("cancel", actor, reason=reason), advance=False)
        case.status, case.ended_at = "cancelled", clock.now()
        return answer

    return _once(tx, actor, "cancel", command_id, work)


def suspend(tx: Tx, actor: Principal, case_id: str, reason: str, *, command_id: str) -> Answer:
    """暂停：nobody can act on the case and its timers wait until it is resumed."""
    return _set_status(tx, actor, case_id, reason, command_id, verb="suspend", before="open", after="suspended")


def resume(tx: Tx, actor: Principal, case_id: str, reason: str, *, command_id: str) -> Answer:
    """The suspended case runs again; what fell due meanwhile fires now."""
    return _set_status(tx, actor, case_id, reason, command_id, verb="resume", before="suspended", after="open")


def retry(tx: Tx, actor: Principal, case_id: str, *, command_id: str) -> Answer:
    """The parked case has tried its failing element again: it goes on, or is parked with the new error."""

    def work() -> Answer:
        case = cases.lock(tx, case_id)
        if case.status != "incident":
            return Answer(case.id)
        if not permissions.has_role(actor, "sysadmin", "province_officer"):
            raise Forbidden
        return _go_on(tx, case, _runtime(tx, case, actor), Act("retry", actor))

    return _once(tx, actor, "retry", command_id, work)


def jump(tx: Tx, actor: Principal, task_id: str, element: str, reason: str, *, command_id: str) -> Answer:
    """运维处置：the open task is given up and the case stands at another element."""

    def work() -> Answer:
        row = _open_row(tx, task_id)
        case = _operable(tx, actor, row.case_id, reason)
        runtime = _runtime(tx, case, actor)
        runtime.jump(task_id, element)
        return _go_on(tx, case, runtime, Act("jump", actor, element, reason=reason))

    return _once(tx, actor, "jump", command_id, work)


def return_to(tx: Tx, actor: Principal, task_id: str, element: str, reason: str, *, command_id: str) -> Answer:
    """退回到指定环节，仅当该环节在图上声明为 returnable（settled.md 16）。"""

    def work() -> Answer:
        row = _open_row(tx, task_id)
        permissions.must_act(actor, row)
        case = _locked(tx, row.case_id)
        runtime = _runtime(tx, case, actor)
        allowed = runtime.open_task(task_id).properties.get("returnable", "").split(",")
        if element not in allowed:
            raise Forbidden("该环节不允许退回到所选环节。")
        if not reason.strip():
            raise Invalid({"reason": "退回时必须填写原因。"})
        runtime.jump(task_id, element)
        return _go_on(tx, case, runtime, Act("return_to", actor, element, reason=reason))

    return _once(tx, actor, "return_to", command_id, work)


# ------------------------------------------------------------------------------------------ a worker's commands


def wake(tx: Tx, actor: Principal, timer_id: str, generation: int) -> bool:
    """Whether the timer fired: due, of this generation, and not fired before. Its case has gone on."""
    row = timers.get(tx, timer_id)
    if row is None:
        return False
    case = cases.lock(tx, row.case_id)
    row = timers.get(tx, timer_id)
    if row is None or row.status != "waiting" or row.generation != generation or row.due_at > clock.now():
        return False
    if case.status == "suspended":
        return False
    if row.kind == "reminder":
        _remind(tx, row)
        timers.fired(tx, row)
        return True
    runtime = _runtime(tx, case, actor)
    timers.fired(tx, row)
    if not runtime.fire(row.engine_id):
        return False
    after = {"due_on": row.business_on.isoformat()}
    _go_on(tx, case, runtime, Act("timer", actor, row.element, after=after))
    return True


def deliver(tx: Tx, actor: Principal, outbox_id: str) -> bool:
    """Whether the message reached its case; a case that waits for nothing of the kind refuses it, on record."""
    row = outbox.get(tx, outbox_id)
    if row is None or row.status != "pending":
        return False
    if row.to_case is None:
        return _start_from_outbox(tx, actor, row)
    case = cases.lock(tx, row.to_case)
    row = outbox.get(tx, outbox_id)
    if row is None or row.status != "pending":
        return False
    if case.status in ("done", "cancelled"):
        outbox.settle(tx, row, "refused", "对方流程已结束")
        return False
    runtime = _runtime(tx, case, actor)
    if not runtime.deliver(row.message, row.payload):
        outbox.settle(tx, row, "refused", "对方流程当前不等待此消息")
        return False
    outbox.settle(tx, row, "delivered", "")
    _go_on(tx, case, runtime, Act(f"message {row.message}", actor, after={"from": row.from_case}))
    return True


def retry_incident(tx: Tx, actor: Principal, ref: str) -> bool:
    """Whether the incident `id:attempts` was tried again; an answered or already repeated one is left alone."""
    incident_id, _, attempts = ref.rpartition(":")
    row = incidents.get(tx, incident_id)
    if row is None or row.status != "open" or row.attempts != int(attempts):
        return False
    retry(tx, actor, row.case_id, command_id=f"retry:{ref}")
    return True


# ------------------------------------------------------------------------------------------ who may


def may_urge(actor: Principal, row: TaskRow) -> bool:
    """Whether the person stands above the task: the Province over all, a recommender over his hosts, the sender over
    the next step."""
    if permissions.has_role(actor, "province_officer", "division_head", "dept_leader"):
        return True
    return permissions.has_role_in(actor, ("recommender", "recommender_head"), row.recommender_id)


def may_send(actor: Principal, role: Role, case: CaseRow) -> bool:
    """Whether the person may send a message that the diagram offers to this role."""
    owner = {"case.host": case.host_id, "case.recommender": case.recommender_id, "case.county": case.county_id}
    kind, _, rest = role.resolver.partition(":")
    return permissions.has_role_in(actor, (role.code,), owner.get(kind, rest))


def offers(tx: Tx, actor: Principal, case_id: str) -> list[Awaited]:
    """The messages that this person may send to the case now: the buttons of its page."""
    case = cases.get(tx, case_id)
    if case.status != "open":
        return []
    catalog = context.of(tx).catalog
    return [
        awaited
        for awaited in _runtime(tx, case, actor).awaits()
        if awaited.properties.get("lane")
        and may_send(actor, catalog.role_of_lane(tx, awaited.properties["lane"]), case)
    ]


# ------------------------------------------------------------------------------------------ how it is done


def _once(tx: Tx, actor: Principal, verb: str, command_id: str, work: Callable[[], Answer]) -> Answer:
    """The answer of `work`, or of the same command when it came before."""
    if not command_id:
        raise Rejected("缺少操作编号，请刷新页面后重试。")
    before = ledger.answer_of(tx, command_id)
    if before is not None:
        return Answer(**{**before, "task_ids": tuple(before["task_ids"])})
    answer = work()
    ledger.record(tx, command_id, verb=verb, actor=actor.person_id, case_id=answer.case_id, answer=asdict(answer))
    return answer


def _submit(
    tx: Tx,
    actor: Principal,
    task_id: str,
    content: Mapping[str, Any],
    outcome: str,
    opinion: str,
    attachments: Sequence[str],
) -> Answer:
    row = _open_row(tx, task_id)
    case = _locked(tx, row.case_id)
    row = _open_row(tx, task_id)
    permissions.must_act(actor, row)
    seat = permissions.seat_for(actor, row)
    runtime = _runtime(tx, case, actor)
    task = runtime.open_task(task_id)
    _four_eyes(tx, actor, case, task.properties)
    chosen = _outcome(task.properties, outcome, opinion)
    form = _form(tx, case, row.form)
    clean = _validated(form, content, runtime)
    verdict = _checked(runtime, row, clean, outcome=chosen)
    if verdict.get("errors"):
        raise Invalid(verdict["errors"], verdict.get("message"))
    submission = submissions.add(
        tx,
        case_id=case.id,
        task_id=task_id,
        process=row.process,
        element=row.element,
        form=row.form,
        form_hash=form.hash if form else "",
        content=clean,
        outcome=chosen,
        opinion=opinion,
        attachments=list(attachments),
        by=actor.person_id,
        seat=seat.id if seat else None,
        on=clock.today(),
    )
    files.link(tx, _file_ids(form, clean, attachments), case_id=case.id)
    drafts.delete_of_task(tx, task_id)
    variables = forms.variables(form, clean) if form else {}
    marks = {"outcome": chosen, "by": actor.person_id, "on": clock.today()}
    runtime.complete(task_id, {**variables, **marks})
    act = Act(
        f"submit {chosen}",
        actor,
        row.element,
        acting_for=seat.acted_for if seat else None,
        article=task.properties.get("articles", ""),
        after={"submission": submission.id, "hash": submission.hash},
        reason=opinion,
    )
    return _go_on(tx, case, runtime, act, Done(task_id, chosen))


def _go_on(
    tx: Tx, case: CaseRow, runtime: Runtime, act: Act, done: Done | None = None, *, advance: bool = True
) -> Answer:
    """Run to the next wait and write everything down."""
    if advance:
        runtime.advance()
    step = runtime.step()
    projection.project(tx, case, step, act, runtime.facts.calendar, done)
    mine = [
        task.id
        for task in step.tasks
        if task.id not in step.known
        and any(s.role == task.owner.role and s.org_id == task.owner.org_id for s in act.actor.seats)
    ]
    return Answer(case.id, tuple(mine), parked=step.fault is not None)


def _runtime(tx: Tx, case: CaseRow, actor: Principal) -> Runtime:
    seat = actor.seat
    facts = {
        "id": actor.person_id,
        "name": actor.name,
        "org_id": seat.org_id if seat else None,
        "role": seat.role if seat else None,
    }
    return Runtime(tx, context.of(tx).catalog, case, facts)


def _open_row(tx: Tx, task_id: str) -> TaskRow:
    row = inbox.get(tx, task_id)
    if row is None:
        raise Missing
    if row.status == "done":
        raise Stale(who=people.name_of(tx, row.done_by), at=row.done_at)
    if row.status != "open":
        raise Stale("该事项已因流程变化而关闭，您填写的内容已保留。", at=row.done_at)
    return row


def _locked(tx: Tx, case_id: str) -> CaseRow:
    case = cases.lock(tx, case_id)
    if case.status == "suspended":
        raise Rejected("该流程已暂停，恢复后方可继续办理。")
    return case


def _operable(tx: Tx, actor: Principal, case_id: str, reason: str) -> CaseRow:
    if not permissions.has_role(actor, "sysadmin", "division_head"):
        raise Forbidden
    if not reason.strip():
        raise Invalid({"reason": "请填写处置原因。"})
    case = cases.lock(tx, case_id)
    if case.status in ("done", "cancelled"):
        raise Rejected("该流程已经结束。")
    return case


def _on_row(
    tx: Tx,
    actor: Principal,
    verb: str,
    task_id: str,
    command_id: str,
    change: Callable[[TaskRow], None],
    *,
    reason: str = "",
    after: Mapping[str, Any] | None = None,
) -> Answer:
    """A change of an inbox row only: the workflow does not move."""

    def work() -> Answer:
        row = _open_row(tx, task_id)
        cases.lock(tx, row.case_id)
        row = _open_row(tx, task_id)
        permissions.must_act(actor, row)
        change(row)
        journal.append(
            tx, row.case_id, actor=actor, action=verb, element=row.element, reason=reason, after=dict(after or {})
        )
        return Answer(row.case_id, (task_id,))

    return _once(tx, actor, verb, command_id, work)


def _set_status(
    tx: Tx, actor: Principal, case_id: str, reason: str, command_id: str, *, verb: str, before: str, after: str
) -> Answer:
    def work() -> Answer:
        case = _operable(tx, actor, case_id, reason)
        if case.status != before:
            raise Rejected("该流程当前状态不允许此操作，请刷新页面。")
        case.status = after
        journal.append(tx, case.id, actor=actor, action=verb, reason=reason)
        if after == "open":
            for row in timers.waiting_of_case(tx, case.id):
                context.of(tx).jobs.enqueue(tx, "wake", f"{row.id}:{row.generation}", row.due_at)
        return Answer(case.id)

    return _once(tx, actor, verb, command_id, work)


def _outcome(properties: Mapping[str, str], chosen: str, opinion: str) -> str:
    """The chosen outcome's id; raises Invalid when the task has no such outcome or its opinion is missing."""
    declared = forms.parse_outcomes(properties.get("outcomes", "submit:提交"))
    for outcome in declared:
        if outcome.id == chosen:
            if outcome.opinion_required and not opinion.strip():
                raise Invalid({"opinion": f"选择“{outcome.label}”时必须填写意见。"})
            return chosen
    raise Invalid({"outcome": "请选择办理结果。"})


def _four_eyes(tx: Tx, actor: Principal, case: CaseRow, properties: Mapping[str, str]) -> None:
    """七、（5）：复核人不得是填报人本人。"""
    elements = [e.strip() for e in properties.get("four_eyes", "").split(",") if e.strip()]
    if elements and submissions.last_by(tx, case.id, elements) == actor.person_id:
        raise Forbidden("填报与审核须由不同人员办理，请由本单位另一位有权限的人员审核。")


def _form(tx: Tx, case: CaseRow, name: str) -> forms.Form | None:
    catalog = context.of(tx).catalog
    return catalog.form(tx, case.release_id, name) if catalog.has_form(tx, case.release_id, name) else None


def _validated(form: forms.Form | None, content: Mapping[str, Any], runtime: Runtime) -> dict[str, Any]:
    if form is None:
        if content:
            raise Invalid({path: "该环节没有此填写项。" for path in content})
        return {}
    complete = forms.compute(form, dict(content), runtime.facts.names)
    errors = forms.validate(form, complete)
    if errors:
        raise Invalid(errors)
    return plain(complete)  # type: ignore[no-any-return]


def _checked(runtime: Runtime, row: TaskRow, content: Mapping[str, Any], outcome: str | None) -> Mapping[str, Any]:
    """The verdict of the handler that the task's property `check` names.

    It judges the affirmative outcome (the first one declared): to return or to give up, nothing needs to be right.
    """
    task = runtime.open_task(row.id)
    operator = task.properties.get("check")
    first = forms.parse_outcomes(task.properties.get("outcomes", "submit:提交"))[0].id
    if not operator or (outcome is not None and outcome != first):
        return {}
    overlay = {row.element: content, row.form.removeprefix("shared/"): content}
    return dict(runtime.host.run(operator, row.element, task.data, {}, overlay).data)


def _human_content(tx: Tx, case: CaseRow, awaited: Awaited, content: Mapping[str, Any]) -> dict[str, Any]:
    name = awaited.properties.get("form", "")
    form = _form(tx, case, name) if name else None
    if form is None:
        return dict(content)
    errors = forms.validate(form, dict(content))
    if errors:
        raise Invalid(errors)
    return {**plain(dict(content)), **forms.variables(form, dict(content))}


def _file_ids(form: forms.Form | None, content: Mapping[str, Any], attachments: Sequence[str]) -> list[str]:
    return [*attachments, *(forms.file_ids(form, content) if form else ())]


def _may_start(actor: Principal, process: str, host_id: str | None) -> None:
    if actor.is_unlimited:
        return
    if process == "designation" and not permissions.has_role_in(actor, ("host", "host_admin"), host_id):
        raise Forbidden("只能以本单位名义申报。")
    if process == "designation_round" and not permissions.has_role(actor, "province_officer"):
        raise Forbidden("只有省科技厅经办人员可以发起认定批次。")


def _record(tx: Tx, case: CaseRow) -> None:
    """The row that lists and other cases read of this case."""
    if case.process == "designation_round":
        case.round_id = case.id
        rounds.add(tx, id=case.id, number=case.number, kind="designation", year=clock.today().year, status="preparing")
    if case.process == "designation":
        if case.round_id is None or case.host_id is None:
            raise Rejected("申报须在已开放的认定批次内、以依托单位名义发起。")
        if rounds.get(tx, case.round_id).status != "open":
            raise Rejected("该批次的申报窗口未开放。")
        applications.add(tx, id=case.id, round_id=case.round_id, host_id=case.host_id, status="drafting")


def _number(tx: Tx, process: str, today: date) -> str:
    prefix = NUMBER_PREFIX.get(process, "LC")
    return f"{prefix}-{today.year}-{numbers.next_of(tx, f'case.{prefix}', today.year):04d}"


def _remind(tx: Tx, timer: timers.TimerRow) -> None:
    row = inbox.get(tx, timer.engine_id.rsplit(":", 1)[0])
    if row is not None and row.status == "open":
        notices.add(
            tx,
            case_id=row.case_id,
            role=row.role,
            org_id=row.org_id,
            person_id=row.person_id,
            subject="办理提醒",
            text=_urge_text(row),
        )


def _urge_text(row: TaskRow) -> str:
    until = f"，请于{row.due_on.month}月{row.due_on.day}日前办理" if row.due_on else "，请尽快办理"
    return f"【国合基地】您有1件待办：{row.title}（{row.case_title}）{until}。"


def _start_from_outbox(tx: Tx, actor: Principal, row: outbox.OutboxRow) -> bool:
    process = row.message.removeprefix("start:")
    payload = dict(row.payload)
    wanted = {name: payload[name] for name in ("host_id", "base_id", "round_id", "title") if name in payload}
    start(tx, actor, process, command_id=f"outbox:{row.id}", key=row.key, **wanted)
    outbox.settle(tx, row, "delivered", "")
    return True


