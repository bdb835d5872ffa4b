"""Who may act as whom: people, roles, seats and deputies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, or_, select, update

from webapp import clock
from webapp.errors import Missing
from webapp.store.db import Tx, stmt
from webapp.store.ids import new_id
from webapp.store.principal import Principal, Seat
from webapp.store.tables import Delegation, Organisation, Person, Role, SeatRow


def add(tx: Tx, **fields: Any) -> Person:
    """A new person; login must be unique."""
    row = Person(**{"id": new_id(), **fields})
    tx.save(row)
    return row


def person(tx: Tx, person_id: str) -> Person:
    """The person; raises Missing."""
    row = tx.get(Person, person_id)
    if row is None:
        raise Missing("未找到该人员。")
    return row


def by_login(tx: Tx, login: str) -> Person | None:
    """The person who logs in by this name."""
    return tx.scalars(select(Person).where(Person.login == login)).one_or_none()


def put(tx: Tx, row: Person, **changes: Any) -> None:
    """The person gets these values now."""
    for name, value in changes.items():
        setattr(row, name, value)
    tx.write()


def grant(tx: Tx, person_id: str, role: str, org_id: str, *, by: str = "", **fields: Any) -> str:
    """The person holds the role there, from today unless valid_from says otherwise; answers the seat's id."""
    row = {"id": new_id(), "person_id": person_id, "role": role, "org_id": org_id, "valid_from": clock.today()}
    row |= {"granted_by": by, **fields}
    tx.insert(SeatRow, [row])
    return str(row["id"])


def revoke(tx: Tx, seat_id: str, last_day: date) -> None:
    """The seat ends with that day."""
    tx.execute(update(SeatRow).where(SeatRow.id == seat_id).values(valid_to=last_day))


def delegate(tx: Tx, **fields: Any) -> str:
    """to_person may act for from_person in role and org_id, valid_from to valid_to; answers the delegation's id."""
    row = {"id": new_id(), **fields}
    tx.insert(Delegation, [row])
    return str(row["id"])


def delegations_of(tx: Tx, person_id: str) -> Sequence[Delegation]:
    """What the person handed over or was handed, latest first."""
    mine = or_(Delegation.from_person == person_id, Delegation.to_person == person_id)
    return tx.scalars(select(Delegation).where(mine).order_by(Delegation.valid_from.desc(), Delegation.id)).all()


def delegation(tx: Tx, delegation_id: str) -> Delegation:
    """The delegation; raises Missing."""
    row = tx.get(Delegation, delegation_id)
    if row is None:
        raise Missing("未找到该代理。")
    return row


def end_delegation(tx: Tx, row: Delegation, last_day: date) -> None:
    """The delegation's last day is this one; it never was in force when that lies before its beginning."""
    row.valid_to = last_day
    tx.write()


def seats_of(tx: Tx, person_id: str, on: date | None = None) -> tuple[Seat, ...]:
    """The seats the person may act through on that day (today), his own first, then those delegated to him."""
    day = on or clock.today()
    with stmt("people.seats"):
        own = tx.execute(_own_seats(person_id, day)).all()
    with stmt("people.delegations"):
        lent = tx.execute(_lent_seats(person_id, day)).all()
    seats = [_seat(row.id, person_id, role, org, row, None) for row, role, org in own]
    seats += [_seat(f"delegation:{row.id}", person_id, role, org, row, row.from_person) for row, role, org in lent]
    return tuple(seats)


def principal_of(tx: Tx, person_id: str, seat_id: str | None = None, on: date | None = None) -> Principal:
    """The person acting through the seat, or through his first one; raises Missing, or Forbidden for a foreign seat."""
    row = person(tx, person_id)
    if not row.active:
        raise Missing("该账号已停用。")
    seats = seats_of(tx, person_id, on)
    principal = Principal(person_id=row.id, name=row.name, seats=seats, seat=seats[0] if seats else None)
    return principal.acting(seat_id) if seat_id else principal


def holders(tx: Tx, role: str, org_id: str, on: date | None = None) -> Sequence[Person]:
    """Active people who hold the role in the organisation on that day (today), by name."""
    day = on or clock.today()
    held = select(SeatRow.person_id).where(SeatRow.role == role, SeatRow.org_id == org_id, *_valid(SeatRow, day))
    return tx.scalars(select(Person).where(Person.id.in_(held), Person.active).order_by(Person.name, Person.id)).all()


def holds(tx: Tx, person_id: str, role: str, org_id: str) -> bool:
    """Whether the person is active and holds the role in the organisation today, himself or for somebody else."""
    row = tx.get(Person, person_id)
    if row is None or not row.active:
        return False
    return any((seat.role, seat.org_id) == (role, org_id) for seat in seats_of(tx, person_id))


def of_organisation(tx: Tx, org_id: str) -> list[tuple[Person, SeatRow]]:
    """Everybody who has or had a seat in the organisation, with it."""
    query = select(Person, SeatRow).join(SeatRow, SeatRow.person_id == Person.id).where(SeatRow.org_id == org_id)
    return [(row, seat) for row, seat in tx.execute(query.order_by(Person.name, SeatRow.valid_from))]


def experts(tx: Tx) -> Sequence[Person]:
    """The active people who hold a seat as 评审专家 today."""
    held = select(SeatRow.person_id).where(SeatRow.role == "expert", *_valid(SeatRow, clock.today()))
    return tx.scalars(select(Person).where(Person.id.in_(held), Person.active).order_by(Person.id)).all()


def names(tx: Tx, person_ids: Iterable[str]) -> dict[str, str]:
    """The names of these people and nothing else of them, whoever asks."""
    wanted = {person_id for person_id in person_ids if person_id}
    if not wanted:
        return {}
    query = select(Person.id, Person.name).where(Person.id.in_(sorted(wanted)))
    with stmt("people.names"):
        return {row.id: row.name for row in tx.execute(query, execution_options={"unscoped": "people.names"})}


def name_of(tx: Tx, person_id: str | None) -> str:
    """The person's name; the id itself when nobody has it."""
    return names(tx, [person_id]).get(person_id, person_id) if person_id else ""


def _valid(table: Any, day: date) -> list[Any]:
    return [table.valid_from <= day, or_(table.valid_to.is_(None), table.valid_to >= day)]


def _own_seats(person_id: str, day: date) -> Any:
    query = select(SeatRow, Role, Organisation).join(Role, Role.code == SeatRow.role)
    query = query.join(Organisation, Organisation.id == SeatRow.org_id)
    return query.where(SeatRow.person_id == person_id, *_valid(SeatRow, day)).order_by(Role.position, SeatRow.id)


def _lent_seats(person_id: str, day: date) -> Any:
    query = select(Delegation, Role, Organisation).join(Role, Role.code == Delegation.role)
    query = query.join(Organisation, Organisation.id == Delegation.org_id)
    # Nobody acts for somebody who has left: the lender must still hold the seat that day.
    query = query.join(Person, and_(Person.id == Delegation.from_person, Person.active))
    same = and_(SeatRow.role == Delegation.role, SeatRow.org_id == Delegation.org_id)
    held = select(SeatRow.id).where(SeatRow.person_id == Delegation.from_person, same, *_valid(SeatRow, day)).exists()
    return query.where(Delegation.to_person == person_id, held, *_valid(Delegation, day)).order_by(Delegation.id)


def _seat(seat_id: str, person_id: str, role: Role, org: Organisation, row: Any, acted_for: str | None) -> Seat:
    return Seat(
        id=seat_id,
        person_id=person_id,
        role=role.code,
        org_id=org.id,
        scope=role.scope,
        role_name=role.name,
        org_name=org.name,
        org_kind=org.kind,
        city=org.city or "",
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        acted_for=acted_for,
    )
