"""发起事项: what this person may start, and in which open round."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from webapp import clock
from webapp.engine import beginnings, commands
from webapp.engine.running import Answer
from webapp.errors import Invalid, Rejected
from webapp.store import applications, register, releases, rounds
from webapp.views import desk, labels, policies

bp = Blueprint("start", __name__, url_prefix="/start")

BASES = 50
"""So many of the host's bases are listed to begin something about."""


@bp.get("", policy=policies.START)
def show() -> str:
    """The procedures on offer: a new application in each open round, a new round for the Province."""
    person = desk.principal()
    with desk.system_reading() as tx:
        offers = beginnings.offered(tx, person)
    with desk.reading() as tx:
        open_rounds = [row for row in rounds.list(tx) if row.status == "open"]
        mine = applications.where(tx, host_id=person.org_id) if person.role in policies.HOSTS else []
        own = register.search(tx, status="active", limit=BASES) if person.role in policies.HOSTS else None
    in_rounds = [each for each in offers if each.in_round]
    return render_template(
        "start/show.html",
        rounds=open_rounds if in_rounds else [],
        in_rounds=in_rounds,
        mine={row.round_id: row for row in mine if row.status == "drafting"},
        offers=[each for each in offers if not each.in_round],
        bases=own.rows if own else [],
        labels=labels,
        today=clock.today(),
    )


@bp.post("", policy=policies.START)
def begin() -> Any:
    """The case exists and its first task is opened."""
    person, form = desk.principal(), request.form
    process, command_id = form.get("process", ""), desk.command_id()
    try:
        answer = _start(person, process, form, command_id)
    except Invalid:
        raise
    except Rejected as refusal:
        flash(refusal.message, "error")
        return redirect(url_for(".show"))
    if answer.task_ids:
        return redirect(url_for("task.show", task_id=answer.task_ids[0]))
    return redirect(url_for("case.show", case_id=answer.case_id))


def _start(person: Any, process: str, form: Any, command_id: str) -> Answer:
    with desk.commanding() as tx:
        known = {each.process: each for each in beginnings.all_of(tx, releases.current(tx, clock.today()).id)}
        begin = known.get(process)
        if begin is None:
            raise Invalid({"process": "请选择要发起的事项。"})
        title = form.get("title", "").strip()[:120]
        if begin.round and not title:
            raise Invalid({"title": "请填写批次名称。"})
        wanted: dict[str, Any] = {"title": title}
        if begin.about == beginnings.BASE:
            wanted["base_id"] = form.get("base", "")[:60] or None
        if begin.about == beginnings.HOST:
            wanted["host_id"] = person.org_id
        if begin.in_round:
            wanted["round_id"] = form.get("round", "")[:60]
        return commands.start(tx, person, process, command_id=command_id, **wanted)
