"""站内消息: what is addressed to the person or to his seat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from webapp.store import notices, pages_cases
from webapp.store.db import Tx
from webapp.store.tables import Notice
from webapp.views import desk, policies

bp = Blueprint("notices", __name__, url_prefix="/notices")

PAGE = 30


@bp.get("", policy=policies.SIGNED_IN)
def show() -> str:
    """One page, the newest first; on request the unread ones only."""
    unread = request.args.get("unread") == "1"
    with desk.reading() as tx:
        after = request.args.get("after", "")[:60] or None
        page = notices.of_principal(tx, desk.principal(), unread_only=unread, after=after, limit=PAGE)
        places = _places(tx, page.rows)
    following = url_for(".show", unread="1" if unread else None, after=page.after) if page.after else None
    return render_template("notices/show.html", rows=page.rows, places=places, unread=unread, next=following)


@bp.post("/read", policy=policies.SIGNED_IN)
def read() -> Any:
    """These notices, or all, have been read."""
    ids = [each[:60] for each in request.form.getlist("notice")[:200]]
    with desk.commanding() as tx:
        notices.read(tx, desk.principal(), ids or None)
    return redirect(desk.inner_path(request.form.get("next"), url_for(".show")))


def _places(tx: Tx, rows: Sequence[Notice]) -> dict[str, str]:
    """Where each notice leads, by its id: only to what its reader may open."""
    tasks = pages_cases.visible_tasks(tx, [row.task_id for row in rows if row.task_id])
    about = [row.case_id for row in rows if row.case_id]
    cases, rounds = pages_cases.visible(tx, about), pages_cases.visible_rounds(tx, about)
    places = {}
    for row in rows:
        if row.task_id in tasks and policies.TASK_READ.admits(desk.principal()):
            places[row.id] = url_for("task.show", task_id=row.task_id)
        elif row.case_id and policies.OPERATE.admits(desk.principal()):
            places[row.id] = url_for("operations.show", case_id=row.case_id)
        elif row.case_id in cases and policies.CASE_READ.admits(desk.principal()):
            places[row.id] = url_for("case.show", case_id=row.case_id)
        elif row.case_id in rounds and policies.ROUND_READ.admits(desk.principal()):
            places[row.id] = url_for("rounds.show", round_id=row.case_id)
    return places
