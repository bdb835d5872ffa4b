"""Log-in: who somebody is. Password, then what is still owed (code, new password), then the seat he acts through.

An unknown account, a wrong password and a disabled person get the same words after the same work. Failures are counted
per account and network, and per account alone from 20 on, so that nobody can lock a colleague out from elsewhere.
"""

from __future__ import annotations

import ipaddress
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

import flask_login
import qrcode
import structlog
from flask import Blueprint, Flask, flash, g, redirect, render_template, request, session, url_for
from qrcode.image.svg import SvgPathImage

from webapp import clock
from webapp.errors import Invalid, Missing
from webapp.store import pages_logins as logins
from webapp.store import parameters, people
from webapp.store.db import Tx
from webapp.store.principal import Principal
from webapp.views import desk, passwords, policies, sessions

log = structlog.get_logger("auth")
bp = Blueprint("auth", __name__)

WRONG = "登录名或口令不正确，请检查后重试。"
LOCKED = "登录失败次数过多，请 {minutes} 分钟后再试，或联系管理员重置口令。"
WAIT = "请稍候 {seconds} 秒再试。"
WINDOW = timedelta(minutes=30)
ANYWHERE = 20
A_DAY = timedelta(days=1)
LONGEST_DELAY = 16
REMEMBERED = 5
"""Passwords that may not come back (dengbao3)."""
SECOND_FACTOR_ROLES = frozenset(
    {"province_officer", "division_head", "dept_leader", "sysadmin", "secadmin", "auditadmin", "analyst"}
)


@dataclass
class SignedIn(flask_login.UserMixin):  # type: ignore[misc]  # flask-login has no types
    """What flask-login and the page's frame know of the person."""

    principal: Principal

    def get_id(self) -> str:
        """The person's id."""
        return self.principal.person_id

    @property
    def name(self) -> str:
        """As colleagues know him."""
        return self.principal.name

    @property
    def seat_label(self) -> str:
        """Role and organisation he acts through."""
        seat = self.principal.seat
        return f"{seat.role_name} · {seat.org_name}" if seat else "未选择身份"


def install(app: Flask) -> None:
    """flask-login asks our sessions who it is; every request knows its principal before the gate."""
    manager = flask_login.LoginManager(app)
    manager.session_protection = None  # our sessions are rows: they end by time and by revocation
    manager.user_loader(_user)
    app.before_request(_remember_principal)


def _user(person_id: str) -> SignedIn | None:
    found = sessions.current().principal
    return SignedIn(found) if found is not None and found.person_id == person_id else None


def _remember_principal() -> None:
    user = flask_login.current_user
    g.principal = user.principal if user.is_authenticated else None
    if g.principal is not None:
        structlog.contextvars.bind_contextvars(actor=g.principal.person_id)


# --------------------------------------------------------------------------------------------- password


@bp.get("/login", policy=policies.PUBLIC)
def login() -> Any:
    """The form; somebody signed in goes on to his page."""
    if desk.signed_in() is not None and not session.get("must"):
        return redirect(desk.inner_path(request.args.get("next"), "/"))
    return _login_page()


@bp.post("/login", policy=policies.PUBLIC)
def sign_in() -> Any:
    """A right password begins a new session; everything else says the same."""
    name = request.form.get("login", "").strip()[:100]
    password = request.form.get("password", "")
    try:
        person_id = _proven(name, password)
    except Invalid as refusal:
        return _login_page(name, refusal.message), 401
    _begin(person_id)
    return redirect(_onward())


def _login_page(name: str = "", message: str = "") -> str:
    return render_template(
        "auth/login.html",
        login_name=name,
        message=message,
        next=desk.inner_path(request.values.get("next"), ""),
        demo=desk.settings().profile == "demo",
    )


def _proven(name: str, password: str) -> str:
    """The person's id; raises Invalid. The attempt is a failure on record until the password has proved right."""
    network = network_of(request.remote_addr or "")
    with _system() as tx:
        _not_now(tx, name, network)
        attempt = logins.add_attempt(tx, name, network)
        person = people.by_login(tx, name)
        stored, active = (person.password_hash, person.active) if person else ("", False)
        person_id = person.id if person else ""
    if not (passwords.matches(stored, password) and active):
        log.warning("login failed", login=name, network=network)
        raise Invalid({}, WRONG)
    with _system() as tx:
        logins.succeeded(tx, attempt)
        if passwords.is_outdated(stored):
            people.put(tx, people.person(tx, person_id), password_hash=passwords.hashed(password))
    log.info("login", person=person_id, network=network)
    return person_id


def _not_now(tx: Tx, name: str, network: str) -> None:
    """Raises Invalid while the account is locked for this network, or altogether, or the last failure is too fresh."""
    limits = parameters.at(tx, clock.today())
    most, minutes = int(limits.get("login.max_failures", 5)), int(limits.get("login.lock_minutes", 30))
    now = clock.now()
    failed = logins.failures(tx, name, network, since=now - max(WINDOW, timedelta(minutes=minutes)))
    if failed.here >= most or failed.everywhere >= ANYWHERE:
        raise Invalid({}, LOCKED.format(minutes=minutes))
    if failed.here and failed.last_at is not None:
        pause = min(2 ** (failed.here - 1), LONGEST_DELAY)
        left = pause - int((now - failed.last_at).total_seconds())
        if left > 0 and failed.here > 1:
            raise Invalid({}, WAIT.format(seconds=left))


def network_of(address: str) -> str:
    """The neighbourhood that shares its failures: /24 of IPv4, /64 of IPv6."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "?"
    return str(ipaddress.ip_network(f"{ip}/{24 if ip.version == 4 else 64}", strict=False))


def _begin(person_id: str) -> None:
    """A new session; `must` is what is still owed before any other page opens."""
    with desk.desk().database.reading(Principal.system_("login")) as tx:
        found = people.principal_of(tx, person_id)
        person = people.person(tx, person_id)
    sessions.begin(person_id, found.seat.id if found.seat else None)
    session["next"] = desk.inner_path(request.form.get("next"), "/")
    session["owed"] = _owed(found, person)
    _next_duty()


def _owed(found: Principal, person: Any) -> list[str]:
    duties = []
    if desk.settings().profile != "demo" and any(seat.role in SECOND_FACTOR_ROLES for seat in found.seats):
        duties.append("auth.code" if person.totp_secret else "auth.enrol")
    if person.must_change or _is_worn(person):
        duties.append("auth.new_password")
    return duties


def _is_worn(person: Any) -> bool:
    """The password is older than the profile allows (dengbao3 only)."""
    found = rules()
    if found.profile != "dengbao3" or person.password_at is None:
        return False
    return bool(clock.now() - person.password_at > timedelta(days=found.max_age_days))


def _next_duty() -> None:
    owed = list(session.get("owed", []))
    if owed:
        session["must"] = owed[0]
    else:
        session.pop("must", None)
        session.pop("owed", None)


def _duty_done() -> None:
    session["owed"] = list(session.get("owed", []))[1:]
    sessions.current().rotate = True  # ASVS 7.2.4: a new id after every factor
    _next_duty()


def _onward() -> str:
    return url_for(session["must"]) if session.get("must") else str(session.pop("next", None) or "/")


# ----------------------------------------------------------------------------------------- second factor


@bp.get("/login/code", policy=policies.SIGNED_IN, while_locked=True)
def code() -> Any:
    """Asks for the six figures of the authenticator app."""
    return render_template("auth/code.html", message="") if session.get("must") == "auth.code" else redirect(_onward())


@bp.post("/login/code", policy=policies.SIGNED_IN, while_locked=True)
def prove_code() -> Any:
    """A right and unused code is the second factor."""
    if session.get("must") != "auth.code":
        return redirect(_onward())
    try:
        _check_code(desk.principal().person_id, request.form.get("code", "")[:20])
    except Invalid as refusal:
        return render_template("auth/code.html", message=refusal.message), 401
    _duty_done()
    return redirect(_onward())


@bp.get("/login/enrol", policy=policies.SIGNED_IN, while_locked=True)
def enrol() -> Any:
    """Shows a new secret to be scanned; it counts once a code has proved it."""
    if session.get("must") != "auth.enrol":
        return redirect(_onward())
    return _enrol_page("")


@bp.post("/login/enrol", policy=policies.SIGNED_IN, while_locked=True)
def finish_enrol() -> Any:
    """The secret is the person's from now on."""
    if session.get("must") != "auth.enrol":
        return redirect(_onward())
    secret = str(session.get("totp", ""))
    step = passwords.totp_step(secret, request.form.get("code", "")[:20], None) if secret else None
    if step is None:
        return _enrol_page("验证码不正确，请核对手机时间后重试。"), 401
    with _system() as tx:
        people.put(tx, people.person(tx, desk.principal().person_id), totp_secret=secret, totp_step=step)
    session.pop("totp", None)
    _duty_done()
    return redirect(_onward())


def _enrol_page(message: str) -> str:
    if "totp" not in session:
        session["totp"] = passwords.new_totp_secret()
    secret = str(session["totp"])
    out = BytesIO()
    qrcode.make(passwords.totp_address(secret, desk.principal().name), image_factory=SvgPathImage, box_size=12).save(
        out
    )
    picture = "data:image/svg+xml;base64," + b64encode(out.getvalue()).decode()
    return render_template("auth/enrol.html", secret=secret, picture=picture, message=message)


def _check_code(person_id: str, given: str) -> None:
    network = network_of(request.remote_addr or "")
    name = f"code:{person_id}"
    with _system() as tx:
        _not_now(tx, name, network)
        attempt = logins.add_attempt(tx, name, network)
        person = people.person(tx, person_id)
        step = passwords.totp_step(person.totp_secret or "", given, person.totp_step)
        if step is not None:
            people.put(tx, person, totp_step=step)
            logins.succeeded(tx, attempt)
    if step is None:
        raise Invalid({}, "验证码不正确或已使用，请输入新的验证码。")


# --------------------------------------------------------------------------------- passwords and links


@bp.get("/login/password", policy=policies.SIGNED_IN, while_locked=True)
def new_password() -> Any:
    """A password that somebody else knows, or an old one, is replaced before anything else."""
    if session.get("must") != "auth.new_password":
        return redirect(url_for("account.show"))
    return render_template("auth/password.html", rules=rules().explain(), message="")


@bp.post("/login/password", policy=policies.SIGNED_IN, while_locked=True)
def set_new_password() -> Any:
    """The new password holds; other sessions of the person have ended."""
    if session.get("must") != "auth.new_password":
        return redirect(_onward())
    try:
        change_password(desk.principal().person_id, request.form)
    except Invalid as refusal:
        message = next(iter(refusal.fields.values()), refusal.message)
        return render_template("auth/password.html", rules=rules().explain(), message=message), 422
    _duty_done()
    flash("口令已更新。", "success")
    return redirect(_onward())


@bp.get("/login/link/<token>", policy=policies.PUBLIC)
def link(token: str) -> Any:
    """A one-time link asks for a new password."""
    _person_of_link(token)
    return render_template("auth/password.html", rules=rules().explain(), message="")


@bp.post("/login/link/<token>", policy=policies.PUBLIC)
def use_link(token: str) -> Any:
    """The password is set; one still logs in with it (a link does not bypass the second factor)."""
    person = _person_of_link(token)
    try:
        change_password(person, request.form)
    except Invalid as refusal:
        message = next(iter(refusal.fields.values()), refusal.message)
        return render_template("auth/password.html", rules=rules().explain(), message=message), 422
    flash("口令已设置，请登录。", "success")
    return redirect(url_for("auth.login"))


def make_link(tx: Tx, person_id: str, *, invitation: bool) -> str:
    """The address of a one-time link for that person, to be handed over once."""
    person = people.person(tx, person_id)
    token = _links().make(person_id, person.password_hash, invitation=invitation)
    return url_for("auth.link", token=token, _external=True)


def change_password(person_id: str, form: Any) -> None:
    """The new password holds and every other session of the person has ended; raises Invalid."""
    wanted = form.get("password", "")
    if wanted != form.get("again", ""):
        raise Invalid({"again": "两次输入的口令不一致。"})
    with _system() as tx:
        person = people.person(tx, person_id)
        old = [person.password_hash, *(person.old_hashes or ())][:REMEMBERED]
        rules(tx).check(wanted, login=person.login, name=person.name, old=old)
        fresh = {"password_hash": passwords.hashed(wanted), "password_at": clock.now(), "old_hashes": old}
        people.put(tx, person, must_change=False, **fresh)
        logins.end_sessions(tx, person_id, but=sessions.current().key)


def _person_of_link(token: str) -> str:
    person_id = _links().person_of(token) if len(token) < 500 else None
    if person_id is not None:
        with desk.desk().database.reading(Principal.system_("login")) as tx:
            person = people.person(tx, person_id)
        if person.active and _links().is_unused(token, person.password_hash):
            return person_id
    raise Missing("链接已失效或已使用，请联系管理员重新发送。")


def _links() -> passwords.OneTimeLinks:
    return passwords.OneTimeLinks(str(desk.desk().secret_key))


def rules(tx: Tx | None = None) -> passwords.PasswordRules:
    if tx is None:
        with desk.desk().database.reading(Principal.system_("login")) as own:
            return rules(own)
    limits = parameters.at(tx, clock.today())
    return passwords.PasswordRules(
        desk.settings().password_policy,
        int(limits.get("password.min_length", 10)),
        int(limits.get("password.max_age_days", 90)),
    )


def _system() -> Any:
    return desk.desk().database.writing(Principal.system_("login"))


# ------------------------------------------------------------------------------------ leaving, seats


@bp.post("/logout", policy=policies.SIGNED_IN, while_locked=True)
def logout() -> Any:
    """The session is gone on the server, not only in the browser."""
    session.clear()
    return redirect(url_for("auth.login"))


@bp.get("/seat", policy=policies.SEAT_CHOOSE)
def seats() -> Any:
    """The seats the person may act through."""
    return render_template("auth/seats.html", seats=desk.principal().seats, current=desk.principal().seat)


@bp.post("/seat", policy=policies.SEAT_CHOOSE)
def choose_seat() -> Any:
    """From here on the person acts through that seat, under a new session id; raises Forbidden for another's."""
    acting = desk.principal().acting(request.form.get("seat", ""))
    assert acting.seat is not None
    sessions.change_seat(acting.seat.id)
    flash(f"已切换为：{acting.seat.role_name} · {acting.seat.org_name}", "success")
    return redirect("/")
