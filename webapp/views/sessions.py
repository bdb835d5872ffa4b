"""Server-side sessions: the cookie is 256 random bits, the database knows only its SHA-256.

A visitor has a short signed cookie instead of a row (it carries no more than his form token), so nobody fills the table
by asking for the log-in page. Idle limit is the parameter `session.idle_minutes`; no session outlives eight hours.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, request, session
from flask.sessions import SessionInterface, SessionMixin
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.datastructures import CallbackDict

from webapp import clock
from webapp.errors import Forbidden, Missing
from webapp.store import pages_logins as logins
from webapp.store import parameters, people
from webapp.store.db import Database, Tx
from webapp.store.principal import Principal

ABSOLUTE = timedelta(hours=8)
TOUCH = timedelta(minutes=1)
VISIT_SECONDS = 2 * 3600
LOOPBACK = ("127.0.0.1", "::1", "localhost")
SYSTEM = "login"


class DeskSession(CallbackDict[str, Any], SessionMixin):
    """What the pages know as `session`. `principal` is who it belongs to, read together with it."""

    def __init__(self, content: dict[str, Any] | None = None) -> None:
        super().__init__(content, DeskSession._changed)
        self.modified = False
        self.rotate = False
        self.secret: str | None = None
        self.created_at: datetime | None = None
        self.seen_at: datetime | None = None
        self.principal: Principal | None = None
        self.seat_id: str | None = None

    def _changed(self) -> None:
        self.modified = True

    @property
    def person_id(self) -> str | None:
        """Whose session it is; None: a visitor's."""
        return self.get("_user_id")

    @property
    def key(self) -> str | None:
        """How the database knows it."""
        return key_of(self.secret) if self.secret else None


class DeskSessions(SessionInterface):
    """Opens and saves sessions of one database."""

    def __init__(self, database: Database, secret: str) -> None:
        self._database = database
        self._signer = URLSafeTimedSerializer(secret, salt="visit")

    def open_session(self, app: Flask, request: Request) -> DeskSession:  # noqa: ARG002  # flask's signature
        """The session of the cookie; an unknown, idle or old one is a visitor's."""
        secret = request.cookies.get(cookie_name("sid", request))
        if secret and len(secret) < 100:
            found = self._known(secret)
            if found is not None:
                return found
        return self._visitor(request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:  # noqa: ARG002
        """What changed is stored; a new, rotated or ended session changes the cookie."""
        assert isinstance(session, DeskSession)
        if session.person_id:
            self._save_signed_in(session, request, response)
            return
        if session.secret is not None:
            self._end(session, request, response)
        if session.modified and session:
            _set_cookie(response, request, "visit", self._signer.dumps(dict(session)), VISIT_SECONDS)

    def _known(self, secret: str) -> DeskSession | None:
        with self._database.reading(Principal.system_(SYSTEM)) as tx:
            row = logins.session(tx, key_of(secret))
            if row is None or row.person_id is None:
                return None
            idle = timedelta(minutes=int(parameters.at(tx, clock.today()).get("session.idle_minutes", 15)))
            now = clock.now()
            if now - row.seen_at > idle or now - row.created_at > ABSOLUTE:
                return None
            try:
                person = _person(tx, row.person_id, row.seat_id)
            except Missing:
                return None
        found = DeskSession(dict(row.data))
        found.secret, found.created_at, found.seen_at = secret, row.created_at, row.seen_at
        found.principal, found.seat_id = person, row.seat_id
        return found

    def _visitor(self, request: Request) -> DeskSession:
        signed = request.cookies.get(cookie_name("visit", request))
        try:
            content = self._signer.loads(signed, max_age=VISIT_SECONDS) if signed else {}
        except BadData:
            content = {}
        return DeskSession({name: value for name, value in content.items() if not name.startswith("_")})

    def _save_signed_in(self, session: DeskSession, request: Request, response: Response) -> None:
        now, old = clock.now(), session.key
        fresh = old is None or session.rotate
        if not fresh and not session.modified and session.seen_at is not None and now - session.seen_at < TOUCH:
            return
        if fresh:
            session.secret = secrets.token_urlsafe(32)
        with self._database.writing(Principal.system_(SYSTEM)) as tx:
            if not fresh and logins.session(tx, session.key or "") is None:
                return  # ended meanwhile, by the person or an administrator: it stays ended
            if fresh and old is not None:
                logins.end_session(tx, old)
            logins.put_session(
                tx,
                key=session.key or "",
                person_id=session.person_id,
                seat_id=session.seat_id,
                data=dict(session),
                created_at=session.created_at or now,
                seen_at=now,
                ip=request.remote_addr or "",
                agent=request.user_agent.string[:200],
            )
        if fresh:
            _set_cookie(response, request, "sid", session.secret or "", None)
            _drop_cookie(response, request, "visit")

    def _end(self, session: DeskSession, request: Request, response: Response) -> None:
        with self._database.writing(Principal.system_(SYSTEM)) as tx:
            logins.end_session(tx, session.key or "")
        _drop_cookie(response, request, "sid")


def _person(tx: Tx, person_id: str, seat_id: str | None) -> Principal:
    """The person in his chosen seat; in his first one when that has ended. Raises Missing for a disabled account."""
    try:
        return people.principal_of(tx, person_id, seat_id)
    except Forbidden:
        return people.principal_of(tx, person_id)


def key_of(secret: str) -> str:
    """How the database knows the session of this cookie."""
    return hashlib.sha256(secret.encode()).hexdigest()


def current() -> DeskSession:
    """The session of this request, with all that is ours."""
    return session._get_current_object()  # type: ignore[attr-defined,no-any-return]  # flask's proxy hides our class


def begin(person_id: str, seat_id: str | None) -> None:
    """A new session for this person: nothing of the visitor's is kept, and it has a new id."""
    mine = current()
    mine.clear()
    mine.rotate, mine.created_at, mine.seat_id = True, None, seat_id
    mine["_user_id"] = person_id


def change_seat(seat_id: str) -> None:
    """The session goes on through another seat, under a new id; its eight hours run on."""
    mine = current()
    mine.rotate, mine.seat_id = True, seat_id


def is_plain_loopback(request: Request) -> bool:
    """Plain http on this very machine: the one case in which the cookie may go without Secure (settled.md 5)."""
    return not request.is_secure and _bare_host(request) in LOOPBACK


def _bare_host(request: Request) -> str:
    """The name asked for, trusted or not: an untrusted one was refused before and only gets a stricter cookie."""
    try:
        return urlsplit(f"//{request.environ.get('HTTP_HOST', '')}").hostname or ""
    except ValueError:
        return ""


def cookie_name(name: str, request: Request) -> str:
    """`__Host-sid`; `sid` on plain loopback, where browsers refuse the prefix."""
    return name if is_plain_loopback(request) else f"__Host-{name}"


def _set_cookie(response: Response, request: Request, name: str, value: str, seconds: int | None) -> None:
    response.set_cookie(
        cookie_name(name, request),
        value,
        max_age=seconds,
        secure=not is_plain_loopback(request),
        httponly=True,
        samesite="Lax",
        path="/",
    )


def _drop_cookie(response: Response, request: Request, name: str) -> None:
    response.delete_cookie(
        cookie_name(name, request), path="/", secure=not is_plain_loopback(request), httponly=True, samesite="Lax"
    )
