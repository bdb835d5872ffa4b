"""What somebody typed and has not submitted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete as delete_from
from sqlalchemy.dialects import postgresql, sqlite

from webapp import clock
from webapp.store.db import Tx, stmt
from webapp.store.tables import Draft


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
    """The person has no draft of the task."""
    with stmt("drafts.delete"):
        tx.execute(delete_from(Draft).where(Draft.task_id == task_id, Draft.person_id == person_id))
