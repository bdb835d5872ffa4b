"""流程异常 for the system administrator: where a case is stuck and why, with a retry; nothing of what people wrote.

He sees no case (his scope is accounts); an incident is what lets him in here, and only these facts come along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from webapp.engine import commands
from webapp.errors import Missing
from webapp.store import cases, incidents
from webapp.store.db import Tx
from webapp.store.tables import Incident
from webapp.views import desk, labels, policies

bp = Blueprint("operations", __name__, url_prefix="/operations")


@dataclass(frozen=True)
class Stuck:
    """A case that has or had incidents, as an operator may know it: neither its title nor a host's name."""

    case_id: str
    number: str
    process: str
    status: str
    started_at: datetime
    incidents: Sequence[Incident]


def load(tx: Tx, case_id: str) -> Stuck | None:
    """The case of this id, if it has an incident that the person may see."""
    rows = incidents.of_case(tx, case_id)
    return _stuck(case_id, rows) if rows else None


@bp.get("", policy=policies.OPERATE)
def show_all() -> str:
    """Open incidents, the oldest first."""
    with desk.reading() as tx:
        rows = incidents.open_ones(tx)
    found = {case_id: _stuck(case_id, [row for row in rows if row.case_id == case_id]) for case_id in _ids(rows)}
    return render_template("operations/list.html", rows=list(found.values()), labels=labels)


@bp.get("/<case_id>", policy=policies.OPERATE_ONE, loads=load)
def show() -> str:
    """One stuck case: status, elements, errors."""
    return render_template("operations/show.html", case=desk.loaded(), labels=labels)


@bp.post("/<case_id>/retry", policy=policies.OPERATE_ONE, loads=load)
def retry() -> Any:
    """The case has tried again what failed, and goes on or is parked with the new error."""
    case: Stuck = desk.loaded()
    command_id = desk.command_id()
    with desk.commanding() as tx:
        answer = commands.retry(tx, desk.principal(), case.case_id, command_id=command_id)
    if answer.parked:
        flash("重试后仍未成功，请查看异常说明。", "warning")
    elif answer.notes.get("jobs"):
        flash("已安排后台立即重试，稍后刷新页面查看结果。", "success")
    else:
        flash("已恢复办理。", "success")
    return redirect(url_for(".show", case_id=case.case_id))


@bp.post("/<case_id>/skip", policy=policies.OPERATE_ONE, loads=load)
def skip() -> Any:
    """The failed job is given up, with the reason; the case goes on without it."""
    case: Stuck = desk.loaded()
    wanted, reason = request.form.get("incident", ""), request.form.get("reason", "")[:500]
    if wanted not in {row.id for row in case.incidents}:
        raise Missing("未找到该异常。")
    command_id = desk.command_id()
    with desk.commanding() as tx:
        commands.skip(tx, desk.principal(), wanted, reason, command_id=command_id)
    flash("已跳过并留痕。", "success")
    return redirect(url_for(".show", case_id=case.case_id))


def _ids(rows: Sequence[Incident]) -> list[str]:
    return list(dict.fromkeys(row.case_id for row in rows))


def _stuck(case_id: str, rows: Sequence[Incident]) -> Stuck:
    with desk.system_reading() as tx:
        row = cases.get(tx, case_id)
        return Stuck(case_id, row.number, row.process, row.status, row.started_at, rows)
