"""开户申请: a host asks for its first account with a stamped letter; the Province decides (settled 25)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for

from handlers import uscc
from webapp import clock
from webapp.errors import Invalid, Missing, Rejected
from webapp.store import files, journal, organisations, people
from webapp.store import pages_logins as logins
from webapp.store.db import Tx
from webapp.store.ids import new_id
from webapp.store.journal import Entry
from webapp.store.principal import Principal
from webapp.store.tables import AccountRequest
from webapp.views import auth, desk, filetypes, labels, passwords, policies, uploads
from webapp.views.people import EMAIL, MOBILE

bp = Blueprint("requests", __name__, url_prefix="/accounts")

LETTER_MB = 10
A_DAY = 20
"""Requests taken in from one network a day: the form is open to everybody."""
NAME = re.compile(r"[\w\u4e00-\u9fff（）()·\- ]{4,80}")


def load(tx: Tx, request_id: str) -> AccountRequest | None:
    """The request named in the address."""
    return logins.request(tx, request_id)


@bp.get("/request", policy=policies.PUBLIC)
def ask() -> str:
    """The form; open to everybody."""
    return _ask_page({}, {})


@bp.post("/request", policy=policies.PUBLIC)
def put() -> Any:
    """The request waits for the Province; it is told by phone or mail, not here, so nothing can be probed."""
    form = request.form
    try:
        facts = _facts(form)
        _not_too_many()
        letter = _letter()
    except Invalid as refusal:
        return _ask_page(form, refusal.fields), 422
    stored = files.Folder(desk.settings().files).put(BytesIO(letter[1]), limit=LETTER_MB * 1024 * 1024)
    with desk.desk().database.writing(Principal.system_("login")) as tx:
        if logins.has_open_request(tx, facts["uscc"]):
            return _ask_page(form, {"uscc": "该单位已有待审核的开户申请，请等待审核结果。"}), 422
        file_id = files.add(tx, stored, name=letter[0].name, by="visitor", type=letter[0].type, status="clean")
        tx.write()
        logins.add_request(tx, {**facts, "letter_file": file_id})
    flash("开户申请已提交，审核结果将通过所留手机告知。", "success")
    return redirect(url_for("auth.login"))


@bp.get("", policy=policies.REQUESTS_DECIDE)
def show_all() -> str:
    """Requests, the open ones first."""
    with desk.reading() as tx:
        rows = logins.requests(tx)
        names = people.names(tx, [row.decided_by for row in rows if row.decided_by])
    return render_template("requests/list.html", rows=rows, names=names, labels=labels)


@bp.get("/<request_id>", policy=policies.REQUEST_DECIDE, loads=load)
def show() -> str:
    """One request beside what master data knows of the unit."""
    return _request_page({})


@bp.get("/<request_id>/letter", policy=policies.REQUEST_DECIDE, loads=load)
def letter() -> Any:
    """The stamped letter."""
    row: AccountRequest = desk.loaded()
    if not row.letter_file:
        raise Missing
    with desk.system_reading() as tx:
        held = files.get(tx, row.letter_file)
    response: Response = send_file(files.Folder(desk.settings().files).open(held.sha256), mimetype=held.type)
    response.headers["Content-Disposition"] = desk.download_name(held.name)
    response.headers["Content-Security-Policy"] = uploads.SANDBOX
    return response


@bp.post("/<request_id>/approve", policy=policies.REQUEST_DECIDE, loads=load)
def approve() -> Any:
    """The unit stands in master data with its recommending department, its administrator has a link to log in with."""
    row: AccountRequest = desk.loaded()
    try:
        recommender = _recommender(request.form.get("recommender", ""))
        login = _login(request.form.get("login", ""))
    except Invalid as refusal:
        return _request_page(refusal.fields), 422
    actor = desk.principal()
    with desk.commanding() as tx:
        logins.decide_request(tx, row.id, status="approved", by=actor.person_id, reason="")
        unit = organisations.by_uscc(tx, row.uscc)
        if unit is None:
            city = request.form.get("city", "")
            known = city if city in labels.CITIES else None
            unit = organisations.add(
                tx, id=f"host-{new_id()}", name=row.org_name, kind="host", uscc=row.uscc, city=known
            )
        if organisations.recommender_of(tx, unit.id, clock.today()) is None:
            organisations.affiliate(tx, unit.id, recommender, clock.today(), "开户审核")
        person = people.add(
            tx,
            login=login,
            name=row.admin_name,
            mobile=row.mobile,
            email=row.email or None,
            password_hash=passwords.hashed(secrets.token_urlsafe(32)),
            must_change=True,
        )
        for role in ("host_admin", "host"):
            people.grant(tx, person.id, role, unit.id, by=actor.person_id)
        _record(tx, row, "account_request.approve", {"organisation": unit.id, "person": person.id})
        address = auth.make_link(tx, person.id, invitation=True)
    return render_template("people/link.html", row=person, address=address, hours=24)


@bp.post("/<request_id>/refuse", policy=policies.REQUEST_DECIDE, loads=load)
def refuse() -> Any:
    """The request is refused, with the reason."""
    row: AccountRequest = desk.loaded()
    reason = request.form.get("reason", "").strip()[:500]
    if not reason:
        return _request_page({"reason": "请填写退回原因。"}), 422
    with desk.commanding() as tx:
        logins.decide_request(tx, row.id, status="refused", by=desk.principal().person_id, reason=reason)
        _record(tx, row, "account_request.refuse", {"reason": reason})
    flash("已退回，请按所留手机告知申请单位。", "success")
    return redirect(url_for(".show_all"))


def _facts(form: Any) -> dict[str, Any]:
    errors: dict[str, str] = {}
    facts = {
        name: " ".join(form.get(name, "").split()) for name in ("org_name", "uscc", "admin_name", "mobile", "email")
    }
    facts["uscc"] = facts["uscc"].upper()
    if not NAME.fullmatch(facts["org_name"]):
        errors["org_name"] = "请填写单位全称（与法人证书一致）。"
    if not uscc.is_valid(facts["uscc"]):
        errors["uscc"] = "统一社会信用代码有误，请核对 18 位代码。"
    if not 2 <= len(facts["admin_name"]) <= 40:
        errors["admin_name"] = "请填写管理员姓名。"
    if not MOBILE.fullmatch(facts["mobile"]):
        errors["mobile"] = "请填写 11 位手机号。"
    if facts["email"] and not EMAIL.fullmatch(facts["email"]):
        errors["email"] = "邮箱格式不正确。"
    if errors:
        raise Invalid(errors)
    return facts


def _letter() -> tuple[filetypes.Accepted, bytes]:
    given = request.files.get("letter")
    if given is None or not given.filename:
        raise Invalid({"letter": "请上传加盖公章的授权函。"})
    content = given.stream.read(LETTER_MB * 1024 * 1024 + 1)
    try:
        return filetypes.check(given.filename, content, max_bytes=LETTER_MB * 1024 * 1024), content
    except Invalid as refusal:
        raise Invalid({"letter": refusal.message}) from None


def _not_too_many() -> None:
    network = auth.network_of(request.remote_addr or "")
    with desk.desk().database.writing(Principal.system_("login")) as tx:
        since = clock.now() - auth.A_DAY
        if logins.failures(tx, "account request", network, since=since).here >= A_DAY:
            raise Rejected("今天提交的开户申请过多，请明天再试或致电省科技厅。")
        logins.add_attempt(tx, "account request", network)


def _recommender(org_id: str) -> str:
    with desk.reading() as tx:
        known = {row.id for row in organisations.of_kind(tx, "city_bureau", "competent_dept")}
    if org_id not in known:
        raise Invalid({"recommender": "请选择组织推荐部门（按隶属或属地关系）。"})
    return org_id


def _login(text: str) -> str:
    text = text.strip()
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.@-]{2,39}", text):
        raise Invalid({"login": "登录名为 3 至 40 个字母、数字、点、横线或下划线。"})
    with desk.system_reading() as tx:
        if people.by_login(tx, text) is not None:
            raise Invalid({"login": "该登录名已被使用，请另选一个。"})
    return text


def _record(tx: Tx, row: AccountRequest, action: str, after: Mapping[str, Any]) -> None:
    actor = desk.principal()
    entry = Entry(action, actor.person_id, org=actor.org_id, after=dict(after), client=desk.client())
    journal.append(tx, f"account_request:{row.id}", entry)


def _ask_page(typed: Any, errors: Mapping[str, str]) -> str:
    return render_template("requests/ask.html", typed=typed, errors=errors, accept=filetypes.ACCEPT, max_mb=LETTER_MB)


def _request_page(errors: Mapping[str, str]) -> str:
    row: AccountRequest = desk.loaded()
    with desk.reading() as tx:
        unit = organisations.by_uscc(tx, row.uscc)
        recommenders = organisations.of_kind(tx, "city_bureau", "competent_dept")
        bond = organisations.recommender_of(tx, unit.id, clock.today()) if unit else None
    return render_template(
        "requests/show.html",
        row=row,
        unit=unit,
        bond=bond,
        recommenders=recommenders,
        errors=errors,
        typed=request.form,
        labels=labels,
    )
