"""A new case: its rows, what it is pinned to, and whether it may stand beside the other cases of its base."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from webapp import clock
from webapp.engine import beginnings, meeting
from webapp.engine.beginnings import Beginning
from webapp.errors import Rejected
from webapp.store import (
    applications,
    cases,
    numbers,
    organisations,
    proceedings,
    register,
    releases,
    rounds,
)
from webapp.store.db import Tx
from webapp.store.principal import Principal
from webapp.store.tables import Base, Case, Organisation, Round


@dataclass(frozen=True)
class Wish:
    """What a new case is to be about."""

    process: str
    host_id: str | None = None
    base_id: str | None = None
    round_id: str | None = None
    parent_id: str | None = None
    title: str = ""
    key: str | None = None
    period: str = ""


def new_case(tx: Tx, actor: Principal, wish: Wish) -> tuple[Case, str | None]:
    """The rows of the case, pinned to its round's release and parameters or to today's (settled.md 18), and the id of
    the case that holds it from the beginning (domain.md 3.6).

    About another case, it has that case's parameters, which its decision named. Raises Forbidden, Rejected.
    """
    today = clock.today()
    base = register.lock(tx, wish.base_id) if wish.base_id else None
    if wish.round_id:
        cases.lock(tx, wish.round_id)  # its window cannot close meanwhile (settled 8: base and round first)
    within = rounds.get(tx, wish.round_id) if wish.round_id else None
    parent = cases.get(tx, wish.parent_id) if wish.parent_id else None
    release_id = (within.release_id if within else None) or releases.current(tx, today).id
    begin = beginnings.of(tx, release_id, wish.process)
    host = _host(tx, base, wish)
    pinned = within.parameters_on if within else parent.parameters_on if parent else None
    case = cases.add(
        tx,
        process=wish.process,
        number=_number(tx, begin.prefix, today),
        title=wish.title
        or (base.name if base else "")
        or (parent.title if parent else "")
        or (host.name if host else ""),
        release_id=release_id,
        parameters_on=pinned or today,
        host_id=host.id if host else None,
        recommender_id=_recommender(tx, base, host, today),
        city=(base.city if base else None) or (host.city if host else None),
        base_id=wish.base_id,
        round_id=within.id if within else None,
        parent_id=parent.id if parent else None,
        key=wish.key,
        started_by=actor.person_id,
    )
    if not parent:
        beginnings.must_allow(tx, actor, begin, case, base)
    _rows_beside(tx, case, begin, within, host, wish)
    return case, meeting.admit(tx, case) if base else None


def _host(tx: Tx, base: Base | None, wish: Wish) -> Organisation | None:
    host_id = base.host_id if base else wish.host_id
    return organisations.get(tx, host_id) if host_id else None


def _recommender(tx: Tx, base: Base | None, host: Organisation | None, today: date) -> str | None:
    if base and base.recommender_id:
        return base.recommender_id
    return organisations.recommender_of(tx, host.id, today) if host else None


def _rows_beside(
    tx: Tx, case: Case, begin: Beginning, within: Round | None, host: Organisation | None, wish: Wish
) -> None:
    if begin.round:
        case.round_id = case.id
        rounds.add(
            tx, id=case.id, number=case.number, name=wish.title or case.title, kind=begin.round, year=clock.today().year
        )
    if case.base_id:
        proceedings.open_for(tx, case, period=wish.period or case.round_id or "")
    if begin.in_round != "designation":
        return
    if within is None or host is None:
        raise Rejected("申报须在已开放的认定批次内、以依托单位名义发起。")
    if within.status != "open":
        raise Rejected("该批次的申报窗口未开放。")
    applications.add(
        tx,
        id=case.id,
        round_id=within.id,
        host_id=host.id,
        uscc=host.uscc or "",
        city=host.city,
        recommender_id=case.recommender_id,
    )


def _number(tx: Tx, prefix: str, today: date) -> str:
    """Case numbers read like RD-2026-0125, by the prefix that the start event gives."""
    return f"{prefix}-{today.year}-{numbers.next_of(tx, f'case.{prefix}', today.year):04d}"
