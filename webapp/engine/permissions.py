"""May this person act? The one answer, for commands and pages alike."""

from __future__ import annotations

from collections.abc import Collection

from webapp.errors import Forbidden
from webapp.store import people
from webapp.store.db import Tx
from webapp.store.principal import Principal, Seat
from webapp.store.tables import Task


def seat_for(actor: Principal, task: Task) -> Seat | None:
    """The seat by which the person owns the task: the acting one first, then any of his others."""
    candidates = ([actor.seat] if actor.seat else []) + list(actor.seats)
    return next((seat for seat in candidates if _owns(seat, task)), None)


def may_act(actor: Principal, task: Task) -> bool:
    """Whether one of the person's seats owns the task: equality on (role, organisation) or on the person."""
    return actor.is_unlimited or seat_for(actor, task) is not None


def must_act(tx: Tx, actor: Principal, task: Task) -> None:
    """Raise Forbidden unless the person may act; a colleague's claim is also a reason, while he holds the seat."""
    if not may_act(actor, task):
        raise Forbidden
    if not actor.is_unlimited and claimant(tx, task) not in (None, actor.person_id):
        raise Forbidden("该事项已由同事签收，请联系其释放后再办理。")


def claimant(tx: Tx, task: Task) -> str | None:
    """Who has claimed the task and still may act on it; the claim of somebody who left counts for nothing."""
    if not task.claimed_by or not people.holds(tx, task.claimed_by, task.role, task.org_id or ""):
        return None
    return task.claimed_by


def has_role(actor: Principal, *roles: str) -> bool:
    """Whether any of the person's seats carries one of the roles."""
    return actor.is_unlimited or any(seat.role in roles for seat in actor.seats)


def has_role_in(actor: Principal, roles: Collection[str], org_id: str | None) -> bool:
    """Whether any of the person's seats carries one of the roles in that organisation."""
    return actor.is_unlimited or any(seat.role in roles and seat.org_id == org_id for seat in actor.seats)


def seat_in(actor: Principal, role: str, org_id: str | None) -> Seat | None:
    """The person's seat of that role in that organisation, the acting one first."""
    candidates = ([actor.seat] if actor.seat else []) + list(actor.seats)
    return next((seat for seat in candidates if (seat.role, seat.org_id) == (role, org_id)), None)


def _owns(seat: Seat, task: Task) -> bool:
    if seat.role != task.role:
        return False
    if task.person_id is not None:
        return task.person_id in (seat.person_id, seat.acted_for)
    return seat.org_id == task.org_id
