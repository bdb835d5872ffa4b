"""Applies what handlers asked for, in the transaction of the step that asked: the only writer of those rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from handlers import vocabulary as v
from webapp import clock
from webapp.engine import context
from webapp.engine.facts import as_date, plain
from webapp.engine.step import Applied
from webapp.store import (
    applications,
    assignments,
    batches,
    cases,
    documents,
    inbox,
    marks,
    notices,
    numbers,
    organisations,
    outbox,
    proceedings,
    register,
    rounds,
)
from webapp.store.db import Tx
from webapp.store.tables import Case

LIMITS = frozenset({"window_to", "recommend_by"})
"""Fields of a round that its applications count their limits by."""
LIMITS_CHANGED = "limits_changed"
"""A message of the house's own, which no diagram draws: the case works its limits out anew (settled.md 10)."""

CATEGORY_LETTERS = {"joint_rd": "J", "open_service": "O", "special_dev": "S"}


def apply_all(tx: Tx, case: Case, effects: Sequence[Applied]) -> None:
    """All effects are in the rows, in order; several changes of one application's summary are one."""
    for is_assigning, run in groupby(_merged(case, effects), lambda each: isinstance(each.effect, v.AssignExpert)):
        if is_assigning:
            wanted = {each.effect.person: each.effect.reason for each in run if isinstance(each.effect, v.AssignExpert)}
            assignments.add_many(tx, case.id, case.round_id, wanted)
        else:
            for applied in run:
                apply(tx, case, applied)


def _merged(case: Case, effects: Sequence[Applied]) -> Iterator[Applied]:
    fields: dict[str, dict[str, Any]] = {}
    for each in effects:
        if isinstance(each.effect, v.UpdateApplication):
            fields.setdefault(each.effect.application or case.id, {}).update(each.effect.fields)
    for each in effects:
        if not isinstance(each.effect, v.UpdateApplication):
            yield each
        elif (of := each.effect.application or case.id) in fields:
            yield replace(each, effect=v.UpdateApplication(fields.pop(of), of))


def apply(tx: Tx, case: Case, applied: Applied) -> None:
    """The effect is in the rows. Raises what the store raises, so that the step is undone as a whole."""
    effect = applied.effect
    match effect:
        case v.UpdateApplication(fields=fields, application=other):
            applications.put(tx, other or case.id, **dict(fields))
            if fields.get("base_name") and other in (None, case.id):
                case.title = str(fields["base_name"])
        case v.UpdateRound(fields=fields):
            _update_round(tx, case, fields)
        case v.AssignExpert(person=person, reason=reason):
            assignments.add_many(tx, case.id, case.round_id, {person: reason})
        case v.ReleaseExpert(person=person, reason=reason):
            assignments.end(tx, application_id=case.id, person_id=person, reason=reason)
        case v.RegisterBase():
            _register_base(tx, case, effect)
        case v.IssueDocument():
            _issue_document(tx, case, effect)
        case v.CorrectDocument():
            _correct_document(tx, case, effect)
        case v.ChangeBase(fields=fields, on=on, base=other):
            _change_base(tx, case, other or case.base_id or "", fields, on)
        case v.ChangeHost():
            _change_host(tx, case, effect)
        case v.RestoreBase(on=on):
            register.change(tx, case.base_id or "", on, source_case=case.id, status="active")
        case v.RescindBan(ban=ban, on=on, doc_no=doc_no):
            register.rescind(tx, ban, on, doc_no)
        case v.UpdateProceeding(fields=fields, case=other):
            proceedings.put(tx, other or case.id, **_dated(fields))
        case v.RecordProceeding(key=key, fields=fields):
            proceedings.record(tx, key, **_dated(fields))
        case v.RaiseMark(kind=kind, period=period, text=text, base=other):
            marks.raise_mark(tx, other or case.base_id or "", kind, period, text, case.id)
        case v.ClearMark(kind=kind, period=period, reason=reason, base=other):
            marks.clear(tx, other or case.base_id or "", kind, period, reason, case.id)
        case v.StartBatch():
            _start_batch(tx, case, effect)
        case v.OpenBan():
            register.add_ban(
                tx,
                uscc=effect.uscc,
                scope=effect.scope,
                starts_on=effect.starts_on,
                ends_on=effect.ends_on,
                doc_no=effect.doc_no,
                **({"base_id": effect.base} if effect.base else {}),
            )
        case v.Deliver(message=message, to=to, payload=payload):
            send(tx, case, message, to, payload, applied.element)
        case v.Notify():
            notices.add(
                tx,
                case_id=case.id,
                role=effect.role,
                org_id=effect.org,
                person_id=effect.person or None,
                subject=effect.subject,
                text=effect.text,
            )
        case v.Urge(element=element, text=text):
            for task in inbox.of_case(tx, case.id):
                if task.element == element and task.status == "open":
                    inbox.urge(tx, task, text)
        case v.StartCase(process=process, key=key, facts=facts, joins=joins):
            _post(tx, case, f"start:{process}", None, {**facts, **({"joins": joins} if joins else {})}, key)


DAYS = frozenset({"due_on", "submitted_on", "event_on", "decided_on", "opened_on", "ended_on"})
NUMBERS = frozenset({"score", "amount", "spent"})


def _dated(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A summary's fields as its columns want them, whether the handler gave values or their text."""
    values = dict(fields)
    values |= {name: as_date(values[name]) for name in DAYS & values.keys()}
    exact = {name: values[name] for name in NUMBERS & values.keys()}
    values |= {name: None if value is None else Decimal(str(value)) for name, value in exact.items()}
    if "facts" in values:
        values["facts"] = plain(dict(values["facts"]))
    return values


def _change_base(tx: Tx, case: Case, base_id: str, fields: Mapping[str, Any], on: date) -> None:
    register.change(tx, base_id, on, source_case=case.id, **plain(dict(fields)))
    if cases.MOVING & fields.keys():
        cases.hand_over(tx, register.base(tx, base_id), case.id)


def _change_host(tx: Tx, case: Case, effect: v.ChangeHost) -> None:
    host = effect.host or case.host_id or ""
    if effect.fields:
        organisations.put(tx, host, **dict(effect.fields))
    if effect.recommender:
        organisations.affiliate(tx, host, effect.recommender, effect.on, source=case.number)


def _start_batch(tx: Tx, case: Case, effect: v.StartBatch) -> None:
    items = [
        {"base_id": each.get("base_id"), "key": each["key"], "payload": plain(dict(each))} for each in effect.items
    ]
    batch_id = batches.add(
        tx,
        key=effect.key,
        process=effect.process,
        title=effect.title,
        items=items,
        skipped=effect.skipped,
        from_case=case.id,
        made_by=case.started_by or "",
    )
    if batch_id is not None:
        context.of(tx).jobs.enqueue(tx, "batch", batch_id)


def send(tx: Tx, case: Case, message: str, to: str, payload: Mapping[str, Any], element: str) -> None:
    """The message stands in the outbox and a worker will deliver it, once per element and step of the sender."""
    key = f"{case.id}:{case.steps}:{element}:{message}:{to}"
    _post(tx, case, message, to, payload, key)


def _post(tx: Tx, case: Case, message: str, to: str | None, payload: Mapping[str, Any], key: str) -> None:
    row = outbox.add(tx, from_case=case.id, to_case=to, message=message, payload=plain(dict(payload)), key=key)
    if row is not None:
        context.of(tx).jobs.enqueue(tx, "deliver", row.id)


def _update_round(tx: Tx, case: Case, fields: Mapping[str, Any]) -> None:
    """第十一条（一）：工作通知发布时，批次的图、表单、规则与参数即固定（settled.md 18）。"""
    values = dict(fields)
    if values.get("status") == "published":
        values |= {"release_id": case.release_id, "parameters_on": clock.today()}
        case.parameters_on = clock.today()
    rounds.put(tx, case.id, **values)
    if LIMITS & values.keys() and rounds.get(tx, case.id).status not in ("preparing", "published"):
        for each in cases.of_round(tx, case.id, process="designation"):
            if each.status in ("open", "suspended", "incident"):
                send(tx, case, LIMITS_CHANGED, each.id, {}, "limits")
    if values.get("status") in ("closed_all", "cancelled"):  # settled.md 21: 专家的权限随批次结束
        assignments.close_round(tx, case.id)


def _register_base(tx: Tx, case: Case, effect: v.RegisterBase) -> None:
    letter = CATEGORY_LETTERS.get(effect.category, "X")
    year = effect.designated_on.year
    number = numbers.next_of(tx, f"base.{letter}", year)
    register.add_base(
        tx,
        code=f"ZJGH-{year}-{letter}{number:03d}",
        category=effect.category,
        designated_on=effect.designated_on,
        doc_no=effect.doc_no,
        application_id=effect.application,
        source_case=case.id,
        **dict(effect.facts),
    )


def _issue_document(tx: Tx, case: Case, effect: v.IssueDocument) -> None:
    content = plain(dict(effect.content))
    row = documents.add(
        tx,
        case_id=case.id,
        round_id=case.round_id,
        kind=effect.kind,
        title=effect.title,
        doc_no=effect.doc_no or None,
        issued_on=effect.issued_on,
        content=content,
    )
    context.of(tx).jobs.enqueue(tx, "render", row.id)


def _correct_document(tx: Tx, case: Case, effect: v.CorrectDocument) -> None:
    """更正: another document that names the wrong one; the register is right from its date on, and says by which case."""
    wrong = documents.get(tx, effect.document)
    row = documents.add(
        tx,
        case_id=case.id,
        round_id=wrong.round_id,
        kind="correction",
        title=effect.title,
        doc_no=effect.doc_no,
        issued_on=effect.issued_on,
        content=plain(dict(effect.content)),
        corrects_id=wrong.id,
    )
    for base_id, right in effect.bases.items():
        register.change(tx, base_id, effect.issued_on, source_case=case.id, **dict(right))
    context.of(tx).jobs.enqueue(tx, "render", row.id)
