"""成批发起: how far each batch is, which bases were left out and why; broken items are tried again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from webapp.engine import batching
from webapp.store import batches, register
from webapp.store.db import Tx
from webapp.store.tables import Batch
from webapp.views import desk, labels, policies

bp = Blueprint("batches", __name__, url_prefix="/batches")

PAGE = 100


def load(tx: Tx, batch_id: str) -> Batch | None:
    """The batch named in the address."""
    return batches.get(tx, batch_id)


@bp.get("", policy=policies.BATCH_LIST)
def show_all() -> str:
    """The newest batches with their progress."""
    with desk.reading() as tx:
        rows = batches.recent(tx)
        progress = batches.progress(tx, [row.id for row in rows])
    return render_template("batches/list.html", rows=rows, progress=progress, labels=labels)


@bp.get("/<batch_id>", policy=policies.BATCH_READ, loads=load)
def show() -> str:
    """One batch, base by base."""
    batch: Batch = desk.loaded()
    status = request.args.get("status", "")
    status = status if status in labels.BATCH_ITEM else ""
    after = request.args.get("after", "")
    place = int(after) if after.isascii() and after.isdigit() and len(after) < 9 else 0
    with desk.reading() as tx:
        items = batches.items(tx, batch.id, status=status, after=place, limit=PAGE + 1)
        bases = {row.id: row for row in register.with_ids(tx, {row.base_id for row in items if row.base_id})}
        progress = batches.progress(tx, [batch.id]).get(batch.id, {})
    shown = items[:PAGE]
    more = url_for(".show", batch_id=batch.id, status=status, after=shown[-1].position) if len(items) > PAGE else None
    return render_template(
        "batches/show.html",
        batch=batch,
        items=shown,
        bases=bases,
        progress=progress,
        status=status,
        next=more,
        labels=labels,
    )


@bp.post("/<batch_id>/again", policy=policies.BATCH_AGAIN, loads=load)
def again() -> Any:
    """Items that broke are tried once more."""
    batch: Batch = desk.loaded()
    with desk.commanding() as tx:
        count = batching.start_again(tx, batch.id)
    flash(f"{count} 件将重新发起。" if count else "没有需要重新发起的。", "success" if count else "info")
    return redirect(url_for(".show", batch_id=batch.id))
