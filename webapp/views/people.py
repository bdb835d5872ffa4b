"""人员与任职: who can log in, through which seats, since when. A host's administrator sees its own people only."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from webapp import clock
from webapp.engine import administration
from webapp.errors import Forbidden, Invalid, Missing
from webapp.store import codes, journal, organisations, pages_people, people, roles
from webapp.store import pages_logins as logins
from webapp.store.db import Tx
from webapp.store.journal import Entry
from webapp.store.principal import Principal
from webapp.store.tables import Person
from webapp.views import auth, desk, labels, passwords, policies

bp = Blueprint("people", __name__, url_prefix="/people")

PAGE = 30
LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{2,39}")
MOBILE = re.compile(r"1[3-9]\d{9}")
EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9.-]{3,100}")
OF_A_HOST = ("host", "host_admin")
"""Roles that a host's own administrator may grant, in his own unit."""
SEPARATED = ("sysadmin", "secadmin", "auditadmin")
"""三员分立: nobody holds two of these."""


def load(tx: Tx, person_id: str) -> Person | None:
    """The person named in the address; for a host's administrator only of his own unit."""
    row = people.person(tx, person_id)
    actor = tx.principal
    if actor.scope == "own_host" and not pages_people.has_seat(tx, row.id, actor.org_id):
        return None
    return row


@bp.get("", policy=policies.PEOPLE_LIST)
def show_all() -> str:
    """One page of people with their seats."""
    person = desk.principal()
    query = request.args.get("q", "").strip()[:60]
    org_id = person.org_id if person.scope not in ("all", "accounts") else request.args.get("org", "")[:60]
    with desk.reading() as tx:
        after = request.args.get("after", "")[:60] or None
        page = pages_people.search(tx, query, org_id=org_id or None, after=after, limit=PAGE)
        seats = pages_people.seats(tx, [row.id for row in page.rows])
        units = organisations.names(tx, {seat.org_id for rows in seats.values() for seat in rows})
        names_of_roles = {row.code: row.name for row in roles.all_of(tx)}
    return render_template(
        "people/list.html",
        rows=page.rows,
        seats=seats,
        units=units,
        roles=names_of_roles,
        query=query,
        today=clock.today(),
        next=url_for(".show_all", q=query or None, after=page.after) if page.after else None,
        may_write=policies.PEOPLE_WRITE.admits(person),
        may_expert=policies.EXPERT_WRITE.admits(person),
    )


@bp.get("/new", policy=policies.PEOPLE_CREATE)
def new() -> str:
    """The form for a new person."""
    return _new_page({}, {})


@bp.post("", policy=policies.PEOPLE_CREATE)
def create() -> Any:
    """The person exists with one seat; the one-time link for his first log-in is shown once."""
    form = request.form
    try:
        facts = _facts(form)
        role, org_id = _grantable(form)
    except Invalid as refusal:
        return _new_page(form, refusal.fields), 422
    actor = desk.principal()
    with desk.commanding() as tx:
        if people.by_login(tx, facts["login"]) is not None:
            return _new_page(form, {"login": "该登录名已被使用，请另选一个。"}), 422
        row = people.add(tx, **facts, password_hash=passwords.hashed(secrets.token_urlsafe(32)), must_change=True)
        people.grant(tx, row.id, role, org_id, by=actor.person_id)
        _record(tx, row.id, "person.create", after={"role": role, "org": org_id})
        address = auth.make_link(tx, row.id, invitation=True)
    return render_template("people/link.html", row=row, address=address, hours=24)


@bp.get("/<person_id>", policy=policies.PEOPLE_WRITE, loads=load)
def show() -> str:
    """One person: seats past and present, state of the account."""
    return _person_page({})


@bp.post("/<person_id>/seats", policy=policies.PEOPLE_WRITE, loads=load)
def grant() -> Any:
    """The person holds one more seat, from and until the given days."""
    row: Person = desk.loaded()
    try:
        role, org_id = _grantable(request.form)
        first, last = _day("valid_from") or clock.today(), _day("valid_to")
        if last is not None and last < first:
            raise Invalid({"valid_to": "截止日期不能早于开始日期。"})
    except Invalid as refusal:
        return _person_page(refusal.fields), 422
    actor = desk.principal()
    if row.id == actor.person_id:
        raise Forbidden("不能为本人登记任职，请由另一位管理员办理。")
    with desk.commanding() as tx:
        _keep_separate(tx, row.id, role)
        people.grant(tx, row.id, role, org_id, by=actor.person_id, valid_from=first, valid_to=last)
        _record(tx, row.id, "seat.grant", after={"role": role, "org": org_id, "from": first, "to": last})
    flash("任职已登记。", "success")
    return redirect(url_for(".show", person_id=row.id))


@bp.post("/<person_id>/seats/<seat_id>/end", policy=policies.PEOPLE_WRITE, loads=load)
def end_seat(seat_id: str) -> Any:
    """The seat ends today; the person's sessions end at once, so that the next request shows what is left."""
    row: Person = desk.loaded()
    with desk.reading() as tx:
        seat = next((each for each in pages_people.seats(tx, [row.id]).get(row.id, ()) if each.id == seat_id), None)
    if seat is None or not _may_touch(desk.principal(), seat.role, seat.org_id):
        raise Missing
    with desk.commanding() as tx:
        people.revoke(tx, seat_id, clock.today())
        logins.end_sessions(tx, row.id)
        _record(tx, row.id, "seat.end", before={"role": seat.role, "org": seat.org_id})
    flash("任职今日结束，其登录已退出。", "success")
    return redirect(url_for(".show", person_id=row.id))


@bp.post("/<person_id>/reset", policy=policies.PEOPLE_WRITE, loads=load)
def reset() -> Any:
    """A one-time link replaces the password; it is shown once and works for half an hour."""
    row: Person = desk.loaded()
    _guard_equal(row)
    with desk.commanding() as tx:
        people.put(tx, people.person(tx, row.id), must_change=True)
        logins.end_sessions(tx, row.id)
        _record(tx, row.id, "password.reset")
        address = auth.make_link(tx, row.id, invitation=False)
    return render_template("people/link.html", row=row, address=address, hours=0.5)


@bp.post("/<person_id>/active", policy=policies.PEOPLE_WRITE, loads=load)
def set_active() -> Any:
    """The account is open or closed; closing it ends every session."""
    row: Person = desk.loaded()
    _guard_equal(row)
    active = request.form.get("active") == "1"
    if row.id == desk.principal().person_id:
        raise Forbidden("不能停用本人账号。")
    with desk.commanding() as tx:
        people.put(tx, people.person(tx, row.id), active=active)
        if not active:
            logins.end_sessions(tx, row.id)
        _record(tx, row.id, "account.open" if active else "account.close")
    flash("账号已启用。" if active else "账号已停用，其登录已退出。", "success")
    return redirect(url_for(".show", person_id=row.id))


@bp.post("/<person_id>/second_factor", policy=policies.PEOPLE_WRITE, loads=load)
def forget_second_factor() -> Any:
    """The person sets up the second factor anew at the next log-in (a lost phone)."""
    row: Person = desk.loaded()
    _guard_equal(row)
    with desk.commanding() as tx:
        people.put(tx, people.person(tx, row.id), totp_secret=None, totp_step=None)
        logins.end_sessions(tx, row.id)
        _record(tx, row.id, "second_factor.forget")
    flash("已解除绑定，其下次登录时重新绑定。", "success")
    return redirect(url_for(".show", person_id=row.id))


@bp.get("/<person_id>/expert", policy=policies.EXPERT_WRITE, loads=load)
def expert() -> str:
    """What matching and recusal read of an expert, to be changed."""
    return _expert_page({})


@bp.post("/<person_id>/expert", policy=policies.EXPERT_WRITE, loads=load)
def save_expert() -> Any:
    """The expert's fields, unit, declared conflicts and availability are as given."""
    row: Person = desk.loaded()
    form = request.form
    try:
        command_id = desk.command_id()
        with desk.commanding() as tx:
            administration.edit_expert(
                tx,
                desk.principal(),
                row.id,
                fields=form.getlist("fields")[:50],
                unit=_unit_of(form.get("unit", "").strip()[:100]),
                conflicts=form.get("conflicts", "")[:5000].splitlines()[:100],
                available="available" in form,
                command_id=command_id,
            )
    except Invalid as refusal:
        return _expert_page(refusal.fields), 422
    flash("专家信息已更新，下次抽取时生效。", "success")
    return redirect(url_for(".expert", person_id=row.id))


def _unit_of(name: str) -> str:
    """The id of the unit with exactly this name, so that recusal holds by id and name; else what was typed."""
    with desk.reading() as tx:
        return next((unit.id for unit in organisations.of_kind(tx) if unit.name == name), name)


def _expert_page(errors: dict[str, str]) -> str:
    row: Person = desk.loaded()
    form = request.form
    with desk.reading() as tx:
        known = codes.labels(tx, "field")
        units = organisations.names(tx, [row.expert_org])
        hosts = [unit.name for unit in organisations.of_kind(tx, "host")]
    with desk.system_reading() as tx:
        history = [each for each in journal.of_object(tx, f"person:{row.id}") if each.action == "expert.edit"]
        names = people.names(tx, {each.actor for each in history})
    return render_template(
        "people/expert.html",
        row=row,
        known=known,
        hosts=hosts,
        chosen=form.getlist("fields") if errors else row.expert_fields or [],
        unit=form.get("unit", "") if errors else units.get(row.expert_org or "", row.expert_org or ""),
        conflicts=form.get("conflicts", "") if errors else "\n".join(row.expert_conflicts or []),
        available="available" in form if errors else row.available,
        errors=errors,
        history=[(each, names.get(each.actor, each.actor)) for each in reversed(history)],
    )


# ------------------------------------------------------------------------------------------------ rules


def _facts(form: Any) -> dict[str, Any]:
    """Name, login, mobile and mail, each checked; raises Invalid."""
    login, name = form.get("login", "").strip(), " ".join(form.get("name", "").split())
    mobile, email = form.get("mobile", "").strip(), form.get("email", "").strip()
    errors = {}
    if not LOGIN.fullmatch(login):
        errors["login"] = "登录名为 3 至 40 个字母、数字、点、横线或下划线，以字母或数字开头。"
    if not 2 <= len(name) <= 40 or not name.isprintable():
        errors["name"] = "请填写姓名（2 至 40 字）。"
    if mobile and not MOBILE.fullmatch(mobile):
        errors["mobile"] = "请填写 11 位手机号。"
    if email and not EMAIL.fullmatch(email):
        errors["email"] = "邮箱格式不正确。"
    if errors:
        raise Invalid(errors)
    return {"login": login, "name": name, "mobile": mobile or None, "email": email or None}


def _grantable(form: Any) -> tuple[str, str]:
    """Role and organisation that the actor may grant; raises Invalid."""
    actor = desk.principal()
    role = form.get("role", "")
    org_id = actor.org_id if actor.scope == "own_host" else form.get("org", "").strip()
    with desk.reading() as tx:
        if roles.coded(tx, role) is None or not _may_touch(actor, role, org_id):
            raise Invalid({"role": "请选择可以授予的岗位。"})
        try:
            organisations.get(tx, org_id)
        except Missing:
            raise Invalid({"org": "请选择单位。"}) from None
    return role, org_id


def _may_touch(actor: Principal, role: str, org_id: str) -> bool:
    """A system administrator grants every role; a host's administrator the two roles of his unit."""
    if actor.role == "sysadmin":
        return True
    return actor.role == "host_admin" and role in OF_A_HOST and org_id == actor.org_id


def _keep_separate(tx: Tx, person_id: str, role: str) -> None:
    """三员分立（GB/T 22239）: system, security and audit administrator are three people."""
    held = {seat.role for seat in people.seats_of(tx, person_id)}
    if role in SEPARATED and held & (set(SEPARATED) - {role}):
        raise Invalid({"role": "系统、安全、审计管理员须由不同人员担任。"}, "系统、安全、审计管理员须由不同人员担任。")


def _guard_equal(row: Person) -> None:
    """A host's administrator has no power over people who also act for somebody else."""
    actor = desk.principal()
    if actor.role == "sysadmin":
        return
    with desk.system_reading() as tx:
        seats = people.seats_of(tx, row.id)
    if any(not _may_touch(actor, seat.role, seat.org_id) for seat in seats):
        raise Forbidden("该人员还在其他单位任职，请联系省级系统管理员。")


def _record(tx: Tx, person_id: str, action: str, *, before: Any = None, after: Any = None) -> None:
    actor = desk.principal()
    entry = Entry(action, actor.person_id, org=actor.org_id, before=before, after=after, client=desk.client())
    journal.append(tx, f"person:{person_id}", entry)


def _day(name: str) -> date | None:
    text = request.form.get(name, "").strip()[:10]
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid({name: "日期格式应为年-月-日。"}) from None


# ------------------------------------------------------------------------------------------------ pages


def _new_page(typed: Any, errors: dict[str, str]) -> str:
    return render_template("people/new.html", typed=typed, errors=errors, **_options())


def _person_page(errors: dict[str, str]) -> str:
    row: Person = desk.loaded()
    with desk.reading() as tx:
        seats: Sequence[Any] = pages_people.seats(tx, [row.id]).get(row.id, ())
        units = organisations.names(tx, [seat.org_id for seat in seats])
        history = journal.of_object(tx, f"person:{row.id}") if desk.principal().role == "sysadmin" else []
        lent = people.delegations_of(tx, row.id)
        names = people.names(tx, {each for one in lent for each in (one.from_person, one.to_person)})
    return render_template(
        "people/show.html",
        row=row,
        seats=seats,
        units=units,
        errors=errors,
        history=history,
        delegations=[each for each in lent if each.valid_to >= clock.today()],
        names=names,
        today=clock.today(),
        verbs=labels.VERBS,
        **_options(),
    )


def _options() -> dict[str, Any]:
    actor = desk.principal()
    with desk.reading() as tx:
        known = roles.all_of(tx)
        units = organisations.of_kind(tx) if actor.scope == "accounts" else [organisations.get(tx, actor.org_id)]
    return {
        "roles": {row.code: row.name for row in known if actor.role == "sysadmin" or row.code in OF_A_HOST},
        "organisations": {unit.id: unit.name for unit in units},
    }
