"""Submitted forms: added, never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select

from webapp import clock
from webapp.errors import Missing
from webapp.store.db import Tx, stmt
from webapp.store.ids import new_id
from webapp.store.tables import Submission
from webapp.store.tables.types import canonical

_OF_CASE = select(Submission).where(Submission.case_id == bindparam("case")).order_by(Submission.id)


def add(tx: Tx, **fields: Any) -> tuple[str, str]:
    """The form as submitted; answers (id, hash), the hash over content, outcome, opinion and the form's version."""
    row = {"id": new_id(), "at": clock.now(), "on": clock.today(), "content": {}, **fields}
    row["hash"] = hash_of(row["content"], row.get("outcome", ""), row.get("opinion", ""), row.get("form_hash", ""))
    tx.insert(Submission, [row])
    return row["id"], row["hash"]


def hash_of(content: Any, outcome: str, opinion: str, form_hash: str) -> str:
    """SHA-256 in hexadecimal of what was submitted."""
    body = canonical({"content": content, "outcome": outcome, "opinion": opinion, "form": form_hash})
    return hashlib.sha256(body.encode()).hexdigest()


def get(tx: Tx, submission_id: str) -> Submission:
    """The submission; raises Missing."""
    row = tx.get(Submission, submission_id)
    if row is None:
        raise Missing()
    return row


def of_case(tx: Tx, case_id: str) -> Sequence[Submission]:
    """All submissions of the case, in order."""
    with stmt("submissions.of_case"):
        return tx.scalars(_OF_CASE, {"case": case_id}).all()


def by_element(tx: Tx, case_id: str) -> dict[str, dict[str, Any]]:
    """Latest content by task id, a shared form's also by its name (`application`: fill or correct)."""
    found: dict[str, dict[str, Any]] = {}
    for row in of_case(tx, case_id):
        file_under(found, row.element, row.form, row.content)
    return found


def file_under(found: dict[str, Any], element: str, form: str, content: Any) -> None:
    """The content is the latest of its task, and of its form when several tasks share that."""
    found[element] = content
    if form.startswith("shared/"):
        found[form.removeprefix("shared/")] = content


def of_task(tx: Tx, task_id: str) -> Submission | None:
    """What the task was completed with."""
    with stmt("submissions.of_task"):
        query = select(Submission).where(Submission.task_id == task_id).order_by(Submission.id.desc()).limit(1)
        return tx.scalars(query).one_or_none()


def last_by(tx: Tx, case_id: str, elements: Sequence[str]) -> str | None:
    """Who made the last submission of any of these user tasks."""
    query = select(Submission.by).where(Submission.case_id == case_id, Submission.element.in_(elements))
    with stmt("submissions.last_by"):
        return tx.scalars(query.order_by(Submission.id.desc()).limit(1)).one_or_none()


def latest(tx: Tx, case_id: str) -> dict[str, Submission]:
    """The last submission of each user task of the case, by its element id."""
    return {row.element: row for row in of_case(tx, case_id)}
