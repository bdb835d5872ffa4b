"""站内消息: what is addressed to the person or to his seat."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from webapp.store import notices
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
    following = url_for(".show", unread="1" if unread else None, after=page.after) if page.after else None
    return render_template("notices/show.html", rows=page.rows, unread=unread, next=following)


@bp.post("/read", policy=policies.SIGNED_IN)
def read() -> Any:
    """These notices, or all, have been read."""
    ids = [each[:60] for each in request.form.getlist("notice")[:200]]
    with desk.commanding() as tx:
        notices.read(tx, desk.principal(), ids or None)
    return redirect(desk.inner_path(request.form.get("next"), url_for(".show")))
