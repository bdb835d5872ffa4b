"""What is begun from something that stands already: 复核 from an adverse application, 更正 from an issued document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, redirect, url_for

from webapp.engine import commands, followups
from webapp.engine.running import Answer
from webapp.errors import Missing, Rejected
from webapp.store import cases, documents
from webapp.store.db import Tx
from webapp.store.principal import Principal
from webapp.store.tables import Case, Document
from webapp.views import desk, labels, policies

bp = Blueprint("followups", __name__)


@dataclass(frozen=True)
class Offer:
    """What the page of an application says of its 复核."""

    until: date | None = None
    """The last day, while the host may still ask; None otherwise."""
    case: Case | None = None
    """The reconsideration that was begun."""


def load_case(tx: Tx, case_id: str) -> Case:
    """The case named in the address."""
    return cases.get(tx, case_id)


def load_document(tx: Tx, document_id: str) -> Document:
    """The document named in the address."""
    return documents.get(tx, document_id)


@bp.post("/cases/<case_id>/reconsideration", policy=policies.CASE_RECONSIDER, loads=load_case)
def reconsider() -> Any:
    """The request for 复核 is open to be filled in; the one begun before is opened again."""
    case: Case = desk.loaded()
    person, command_id = desk.principal(), desk.command_id()
    with desk.system_reading() as tx:
        known = cases.by_key(tx, followups.key_of("reconsideration", case.id) or "")
    if known is not None:
        return redirect(url_for("case.show", case_id=known.id))
    with desk.commanding() as tx:
        answer = commands.start(
            tx, person, "reconsideration", command_id=command_id, host_id=person.org_id, parent_id=case.id
        )
    return _on(answer)


@bp.post("/documents/<document_id>/correction", policy=policies.DOCUMENT_CORRECT, loads=load_document)
def correct() -> Any:
    """A correction of the document is open to be filled in, the document chosen already."""
    row: Document = desk.loaded()
    if row.case_id is None or row.issued_on is None:
        raise Rejected("该公文尚未印发，直接修改即可。")
    person, command_id = desk.principal(), desk.command_id()
    with desk.commanding() as tx:
        answer = commands.start(tx, person, "correction", command_id=command_id, parent_id=row.case_id, title=row.title)
        if answer.task_ids:
            commands.save_draft(tx, person, answer.task_ids[0], {"document": row.id})
    return _on(answer)


def reconsideration(tx: Tx, person: Principal, case: Case) -> Offer:
    """What the page of an application or an evaluation offers this reader; `tx` reads as the system."""
    if case.process not in ("designation", "evaluation") or case.status != "done":
        return Offer()
    known = cases.by_key(tx, followups.key_of("reconsideration", case.id) or "")
    if known is not None:
        return Offer(case=known)
    asks = person.role in policies.HOSTS and person.org_id == case.host_id
    if not asks or followups.refusal(tx, person.org_id, case):
        return Offer()
    return Offer(until=followups.last_day(tx, case))


def origin(tx: Tx, case: Case) -> tuple[str, str, str] | None:
    """(case id, process, number) of the case that this one is about, as far as the reader sees it."""
    if not case.parent_id:
        return None
    try:
        found = cases.get(tx, case.parent_id)
    except Missing:
        return None
    return found.id, labels.tagged(labels.PROCESS, found.process)[0], found.number


def _on(answer: Answer) -> Any:
    if answer.task_ids:
        return redirect(url_for("task.show", task_id=answer.task_ids[0]))
    return redirect(url_for("case.show", case_id=answer.case_id))
