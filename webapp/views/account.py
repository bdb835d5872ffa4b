"""个人设置: password, sessions, seats, delegation, phrases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from webapp import clock
from webapp.engine import administration, commands
from webapp.errors import Invalid
from webapp.store import pages_logins as logins
from webapp.store import people, roles
from webapp.store.db import Tx
from webapp.store.principal import Principal, Seat
from webapp.store.tables import AuthSession, Delegation
from webapp.views import auth, desk, labels, passwords, phrases, policies, sessions

bp = Blueprint("account", __name__, url_prefix="/account")

LONGEST_DELEGATION = timedelta(days=90)


@bp.get("", policy=policies.SIGNED_IN)
def show() -> str:
    """All on one page."""
    return _page({})


@bp.post("/password", policy=policies.SIGNED_IN)
def change_password() -> Any:
    """The new password holds; other sessions have ended. Asks for the old one first."""
    person_id = desk.principal().person_id
    try:
        with desk.desk().database.reading(Principal.system_("login")) as tx:
            stored = people.person(tx, person_id).password_hash
        if not passwords.matches(stored, request.form.get("old", "")):
            raise Invalid({"old": "原口令不正确。"})
        auth.change_password(person_id, request.form)
    except Invalid as refusal:
        return _page(refusal.fields), 422
    sessions.current().rotate = True
    flash("口令已更新，其他设备上的登录已退出。", "success")
    return redirect(url_for(".show"))


def load_session(tx: Tx, key: str) -> AuthSession | None:
    """One of the person's own sessions."""
    return logins.session(tx, key)


@bp.post("/sessions/<key>/end", policy=policies.SESSION_END, loads=load_session)
def end_session() -> Any:
    """That session is over; the next request of its browser asks to log in."""
    with desk.desk().database.writing(Principal.system_("login")) as tx:
        logins.end_session(tx, desk.loaded().key)
    flash("已退出该登录。", "success")
    return redirect(url_for(".show", _anchor="sessions"))


@bp.post("/sessions/end", policy=policies.SIGNED_IN)
def end_other_sessions() -> Any:
    """Only this session is left."""
    with desk.desk().database.writing(Principal.system_("login")) as tx:
        logins.end_sessions(tx, desk.principal().person_id, but=sessions.current().key)
    flash("其他登录均已退出。", "success")
    return redirect(url_for(".show", _anchor="sessions"))


@bp.post("/phrases", policy=policies.SIGNED_IN)
def put_phrases() -> Any:
    """常用语, one a line."""
    with desk.commanding() as tx:
        phrases.put(tx, desk.principal().person_id, request.form.get("phrases", "")[:6000])
    flash("常用语已保存。", "success")
    return redirect(url_for(".show", _anchor="phrases"))


@bp.post("/delegations", policy=policies.SIGNED_IN)
def delegate() -> Any:
    """授权代理: for some days a colleague may act through the seat; both names stand in the record."""
    form, person = request.form, desk.principal()
    command_id = desk.command_id()
    try:
        first, last = _day(form.get("valid_from", ""), "valid_from"), _day(form.get("valid_to", ""), "valid_to")
        if last > first + LONGEST_DELEGATION:
            raise Invalid({"valid_to": f"授权代理一次不超过 {LONGEST_DELEGATION.days} 天。"})
        to_person, reason = form.get("person", ""), form.get("reason", "").strip()[:200]
        lent = next((seat for seat in person.seats if seat.id == form.get("seat", "")), None)
        if to_person not in _colleagues(lent):
            raise Invalid({"person": "请选择该岗位所在单位的人员。"})
        with desk.commanding() as tx:
            commands.delegate(tx, person, form.get("seat", ""), to_person, first, last, reason, command_id=command_id)
    except Invalid as refusal:
        return _page(
            {**refusal.fields, "valid_to": refusal.fields.get("last", refusal.fields.get("valid_to", ""))}
        ), 422
    flash("已授权代理，到期自动失效。", "success")
    return redirect(url_for(".show", _anchor="delegations"))


def load_delegation(tx: Tx, delegation_id: str) -> Delegation:
    """A delegation that the person gave or got; an account administrator sees all."""
    return people.delegation(tx, delegation_id)


@bp.post("/delegations/<delegation_id>/end", policy=policies.DELEGATION_END, loads=load_delegation)
def end_delegation() -> Any:
    """The deputy can act no more, at once."""
    command_id = desk.command_id()
    with desk.commanding() as tx:
        administration.end_delegation(tx, desk.principal(), desk.loaded().id, command_id=command_id)
    flash("代理已停止。", "success")
    return redirect(desk.inner_path(request.form.get("back"), url_for(".show", _anchor="delegations")))


def _page(errors: dict[str, str]) -> str:
    person = desk.principal()
    with desk.reading() as tx:
        since = clock.now() - sessions.ABSOLUTE
        mine = logins.sessions_of(tx, person.person_id, since=since)
        lent = people.delegations_of(tx, person.person_id)
        texts = phrases.of_person(tx, person.person_id)
        names = people.names(tx, {each for row in lent for each in (row.from_person, row.to_person)})
        names_of_roles = {row.code: row.name for row in roles.all_of(tx)}
        rules = auth.rules(tx)
    return render_template(
        "account/show.html",
        person=person,
        sessions=mine,
        current_key=sessions.current().key,
        delegations=lent,
        names=names,
        roles=names_of_roles,
        colleagues=_colleagues(person.seat),
        phrases="\n".join(texts),
        rules=rules.explain(),
        errors=errors,
        today=clock.today(),
        browser=labels.browser,
    )


def _colleagues(seat: Seat | None) -> dict[str, str]:
    """Whom the seat may be lent to; experts do not learn of one another, and stand in for nobody."""
    if seat is None or seat.scope == "assigned":
        return {}
    with desk.system_reading() as tx:
        pairs = people.of_organisation(tx, seat.org_id)
    me = desk.principal().person_id
    return {each.id: each.name for each, _ in pairs if each.active and each.id != me}


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise Invalid({name: "请填写日期。"}) from None
