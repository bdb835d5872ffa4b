"""Sessions, attempts to log in, requests for an account: what the log-in pages read and write (principal `login`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, func, select

from webapp import clock
from webapp.errors import Missing, Stale
from webapp.store.db import Tx
from webapp.store.ids import new_id
from webapp.store.tables import AccountRequest, AuthSession, LoginAttempt


def session(tx: Tx, key: str) -> AuthSession | None:
    """The session with that key (SHA-256 of the cookie), however old."""
    return tx.get(AuthSession, key)


def put_session(tx: Tx, *, key: str, **values: Any) -> None:
    """The session is stored with these columns, new or not."""
    row = session(tx, key)
    if row is None:
        tx.add(AuthSession(key=key, **values))
        return
    for name, value in values.items():
        setattr(row, name, value)


def end_session(tx: Tx, key: str) -> None:
    """The session exists no more."""
    tx.execute(delete(AuthSession).where(AuthSession.key == key))


def sessions_of(tx: Tx, person_id: str, *, since: datetime) -> Sequence[AuthSession]:
    """The person's sessions that were seen since then, newest first."""
    rows = select(AuthSession).where(AuthSession.person_id == person_id, AuthSession.seen_at >= since)
    return tx.scalars(rows.order_by(AuthSession.seen_at.desc())).all()


def end_sessions(tx: Tx, person_id: str, *, but: str | None = None) -> None:
    """No session of the person exists, save the one with key `but`."""
    ended = delete(AuthSession).where(AuthSession.person_id == person_id)
    tx.execute(ended if but is None else ended.where(AuthSession.key != but))


def sweep(tx: Tx, *, before: datetime) -> None:
    """Sessions and attempts last seen before that moment are gone."""
    tx.execute(delete(AuthSession).where(AuthSession.seen_at < before))
    tx.execute(delete(LoginAttempt).where(LoginAttempt.at < before))


# -------------------------------------------------------------------------------------------- attempts


@dataclass(frozen=True)
class Failures:
    """Failed attempts on an account since its last success: from one network, from all, and the latest one's time."""

    here: int
    everywhere: int
    last_at: datetime | None


def failures(tx: Tx, login: str, network: str, *, since: datetime) -> Failures:
    """Failures after `since`; those before the latest success from the same network do not count there."""
    mine = select(func.max(LoginAttempt.at)).where(LoginAttempt.login == login, LoginAttempt.ok.is_(True))
    success_here = tx.scalar(mine.where(LoginAttempt.network == network, LoginAttempt.at >= since))
    success = tx.scalar(mine.where(LoginAttempt.at >= since))
    here = case((LoginAttempt.network == network, 1), else_=0)
    start_here, start = success_here or since, success or since
    counted = select(
        func.sum(case((LoginAttempt.at > start_here, here), else_=0)),
        func.sum(case((LoginAttempt.at > start, 1), else_=0)),
        func.max(case((LoginAttempt.network == network, LoginAttempt.at))),
    ).where(LoginAttempt.login == login, LoginAttempt.ok.is_(False), LoginAttempt.at >= since)
    one, all_, last = tx.execute(counted).one()
    return Failures(int(one or 0), int(all_ or 0), last)


def add_attempt(tx: Tx, login: str, network: str) -> str:
    """A failed attempt is on record, until it succeeds (`succeeded`); gives its id."""
    row = LoginAttempt(id=new_id(), login=login, network=network, at=clock.now(), ok=False)
    tx.add(row)
    return row.id


def succeeded(tx: Tx, attempt_id: str) -> None:
    """The attempt was a success after all."""
    row = tx.get(LoginAttempt, attempt_id)
    if row is not None:
        row.ok = True


# ------------------------------------------------------------------------------------- account requests


def add_request(tx: Tx, facts: Mapping[str, Any]) -> str:
    """The request waits for a decision; gives its id."""
    row = AccountRequest(id=new_id(), made_at=clock.now(), status="open", **facts)
    tx.add(row)
    return row.id


def has_open_request(tx: Tx, uscc: str) -> bool:
    """A request of that unit waits already."""
    found = select(AccountRequest.id).where(AccountRequest.uscc == uscc, AccountRequest.status == "open")
    return tx.scalar(found) is not None


def request(tx: Tx, request_id: str) -> AccountRequest | None:
    """The request, if this person may see it."""
    return tx.scalars(select(AccountRequest).where(AccountRequest.id == request_id)).first()


def requests(tx: Tx, *, status: str | None = None, limit: int = 100) -> Sequence[AccountRequest]:
    """Requests, open ones first, newest first."""
    rows = select(AccountRequest).order_by(
        case((AccountRequest.status == "open", 0), else_=1), AccountRequest.made_at.desc()
    )
    return tx.scalars((rows.where(AccountRequest.status == status) if status else rows).limit(limit)).all()


def decide_request(tx: Tx, request_id: str, *, status: str, by: str, reason: str) -> None:
    """The open request is approved or refused, by whom and why; raises Stale when somebody has decided before."""
    row = request(tx, request_id)
    if row is None:
        raise Missing
    if row.status != "open":
        raise Stale(at=row.decided_at)
    row.status, row.decided_by, row.decided_at, row.reason = status, by, clock.now(), reason
