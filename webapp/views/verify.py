"""公文验证, open to everybody: whether a paper with this number and mark is genuine. Says nothing else of anything."""

from __future__ import annotations

from datetime import timedelta

import structlog
from flask import Blueprint, render_template, request

from webapp import clock
from webapp.documents import genuine
from webapp.store import pages_logins as logins
from webapp.store.principal import Principal
from webapp.views import auth, desk, policies

log = structlog.get_logger("verify")
bp = Blueprint("verify", __name__, url_prefix="/verify")

WHO = "paper verification"
WINDOW = timedelta(minutes=10)
MOST = 30
"""Papers that one network may check in the window, genuine or not."""


@bp.get("", policy=policies.PUBLIC, while_locked=True)
def ask() -> str:
    """The form; a code on paper brings both with it."""
    return _page(request.args.get("number", "")[:60], request.args.get("mark", "")[:40])


@bp.post("", policy=policies.PUBLIC, while_locked=True)
def check() -> tuple[str, int]:
    """Genuine with title, date and standing, or not found: which of both was wrong is not said."""
    number, mark = request.form.get("number", "").strip()[:60], request.form.get("mark", "").strip()[:40]
    network = auth.network_of(request.remote_addr or "")
    with desk.desk().database.writing(Principal.system_("login")) as tx:
        if logins.failures(tx, WHO, network, since=clock.now() - WINDOW).here >= MOST:
            log.warning("too many checks", network=network)
            return _page(number, mark, message="查验过于频繁，请十分钟后再试。"), 429
        logins.add_attempt(tx, WHO, network)
    with desk.desk().database.reading(Principal.system_("verify")) as tx:
        found = genuine.find(tx, number, mark)
    if found is None:
        return _page(number, mark, message="未查到与该文号和验证码一致的公文，请对照原件核对后再试。"), 200
    return _page(number, mark, found=found), 200


def _page(number: str, mark: str, *, found: genuine.Finding | None = None, message: str = "") -> str:
    return render_template(
        "verify/show.html", number=number, mark=mark, found=found, message=message, standing=STANDING
    )


STANDING = {"valid": ("有效", "green"), "corrected": ("已更正", "amber"), "outdated": ("已失效或已变更", "red")}
