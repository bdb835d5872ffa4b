"""What somebody typed and has not submitted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy import delete as delete_from
from sqlalchemy.dialects import postgresql, sqlite

from webapp import clock
from webapp.store.db import Tx, stmt
from webapp.store.tables import Draft

_ROW = Draft.plain().c
_MINE = delete_from(Draft.plain()).where(_ROW.task_id == bindparam("task"), _ROW.person_id == bindparam("person"))

_KNOWN = "drafts.known"


def get(tx: Tx, task_id: str, person_id: str) -> Draft | None:
    """The person's draft of the task."""
    with stmt("drafts.get"):
        return tx.get(Draft, (task_id, person_id), populate_existing=True)


def put(tx: Tx, task_id: str, person_id: str, content: Any) -> None:
    """This is the person's draft of the task now."""
    row = {"task_id": task_id, "person_id": person_id, "content": content, "updated_at": clock.now()}
    dialect = sqlite if tx.database.is_sqlite else postgresql
    new: Any = dialect.insert(Draft).values(row)
    query = new.on_conflict_do_update(
        index_elements=[Draft.task_id, Draft.person_id],
        set_={"content": new.excluded.content, "updated_at": new.excluded.updated_at},
    )
    with stmt("drafts.put"):
        tx.execute(query)


def delete_of_task(tx: Tx, task_id: str) -> None:
    """Nobody has a draft of the task: it is done."""
    with stmt("drafts.delete"):
        tx.execute(delete_from(Draft).where(Draft.task_id == task_id))


def delete(tx: Tx, task_id: str, person_id: str) -> None:
    """The person has no draft of the task; costs nothing when the locked task is known to have none."""
    if tx.context.get(_KNOWN, {}).get(task_id) is False:
        return
    with stmt("drafts.delete"):
        tx.change(_MINE, {"task": task_id, "person": person_id})


def of_task_exists(task_id: Any) -> ColumnElement[bool]:
    """Whether anybody has a draft of the task, as a column of another query."""
    return select(Draft.task_id).where(Draft.task_id == task_id).exists()


def remember(tx: Tx, task_id: str, is_there: bool) -> None:
    """This transaction, which holds the task, knows whether anybody has a draft of it."""
    tx.context.setdefault(_KNOWN, {})[task_id] = is_there
