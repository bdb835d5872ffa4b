"""成批发起: what is to be started for many bases, how far that is, and why a base was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from webapp import clock
from webapp.store.db import Tx, stmt
from webapp.store.ids import new_id
from webapp.store.pages import literal
from webapp.store.tables import Batch, BatchItem


def add(
    tx: Tx,
    *,
    key: str,
    process: str,
    title: str,
    items: Sequence[Mapping[str, Any]],
    skipped: Sequence[Mapping[str, Any]],
    from_case: str | None,
    made_by: str,
) -> str | None:
    """The batch's id; None when this key was there before. Items have base_id, key and payload; skipped a reason."""
    if tx.scalars(select(Batch.id).where(Batch.key == key)).one_or_none() is not None:
        return None
    batch_id = new_id()
    head = {"id": batch_id, "key": key, "process": process, "title": title, "from_case": from_case}
    tx.insert(Batch, [{**head, "made_by": made_by, "at": clock.now(), "status": "running"}])
    waiting = [
        {"base_id": each.get("base_id"), "key": each["key"], "status": "waiting", "payload": each["payload"]}
        for each in items
    ]
    left_out = [{"base_id": each.get("base_id"), "status": "skipped", "note": each["reason"]} for each in skipped]
    rows = [{"batch_id": batch_id, "position": place, **row} for place, row in enumerate([*waiting, *left_out], 1)]
    tx.insert(BatchItem, rows)
    return batch_id


def lock(tx: Tx, batch_id: str) -> Batch | None:
    """The batch, held until the transaction ends: one worker at a time goes through it."""
    with stmt("batches.lock"):
        query = select(Batch).where(Batch.id == batch_id).with_for_update()
        return tx.scalars(query.execution_options(populate_existing=True)).one_or_none()


def waiting(tx: Tx, batch_id: str, limit: int) -> Sequence[BatchItem]:
    """Items whose case has not been started, in order."""
    query = select(BatchItem).where(BatchItem.batch_id == batch_id, BatchItem.status == "waiting")
    with stmt("batches.waiting"):
        return tx.scalars(query.order_by(BatchItem.position).limit(limit)).all()


def settle(tx: Tx, item: BatchItem, status: str, *, case_id: str | None = None, note: str = "") -> None:
    """The item was started, skipped or failed."""
    mine = (BatchItem.batch_id == item.batch_id, BatchItem.position == item.position)
    with stmt("batches.settle"):
        tx.execute(update(BatchItem).where(*mine).values(status=status, case_id=case_id, note=note))


def again(tx: Tx, batch_id: str) -> int:
    """Failed items wait once more; answers how many."""
    mine = (BatchItem.batch_id == batch_id, BatchItem.status == "failed")
    found = tx.execute(update(BatchItem).where(*mine).values(status="waiting", note=""))
    tx.execute(update(Batch).where(Batch.id == batch_id).values(status="running", done_at=None))
    return int(found.rowcount)  # type: ignore[attr-defined]


def end(tx: Tx, batch_id: str) -> None:
    """Nothing of the batch waits."""
    tx.execute(update(Batch).where(Batch.id == batch_id).values(status="done", done_at=clock.now()))


def running(tx: Tx, before: datetime, limit: int = 100) -> Sequence[Batch]:
    """Batches begun before that moment with something left to start, the oldest first."""
    query = select(Batch).where(Batch.status == literal("running"), Batch.at <= before)
    return tx.scalars(query.order_by(Batch.at, Batch.id).limit(limit)).all()


def get(tx: Tx, batch_id: str) -> Batch | None:
    """The batch, if the principal may see it."""
    return tx.get(Batch, batch_id)


def recent(tx: Tx, limit: int = 50) -> Sequence[Batch]:
    """The newest batches."""
    return tx.scalars(select(Batch).order_by(Batch.at.desc(), Batch.id.desc()).limit(limit)).all()


def progress(tx: Tx, batch_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """How many items of each batch stand at each status."""
    query = select(BatchItem.batch_id, BatchItem.status, func.count()).where(BatchItem.batch_id.in_(batch_ids))
    found: dict[str, dict[str, int]] = {}
    for batch_id, status, count in tx.execute(query.group_by(BatchItem.batch_id, BatchItem.status)):
        found.setdefault(batch_id, {})[status] = count
    return found


def items(tx: Tx, batch_id: str, *, status: str = "", after: int = 0, limit: int = 100) -> Sequence[BatchItem]:
    """The batch's items in order."""
    query = select(BatchItem).where(BatchItem.batch_id == batch_id, BatchItem.position > after)
    if status:
        query = query.where(BatchItem.status == status)
    return tx.scalars(query.order_by(BatchItem.position).limit(limit)).all()
