"""Real rows with good defaults, for tests of any room: say only what the test is about."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from webapp import clock
from webapp.store import cases, inbox, people, roles, seeding
from webapp.store.db import Tx
from webapp.store.ids import new_id
from webapp.store.principal import Principal
from webapp.store.tables import Affiliation, Application, Base, Case, Organisation, Person, Round

LONG_AGO = date(2020, 1, 1)
_numbers = count(1)


def add_roles(tx: Tx) -> None:
    """The shipped roles are there."""
    known = {row.code for row in roles.all_of(tx)}
    for position, (code, name, resolver, scope) in enumerate(seeding.ROLES):
        if code not in known:
            roles.put(tx, code=code, name=name, resolver=resolver, scope=scope, position=position)


def add_organisation(tx: Tx, *, id: str | None = None, kind: str = "host", **fields: Any) -> Organisation:
    """An organisation; hosts get a name and a credit code of their own."""
    number = next(_numbers)
    uscc = f"9133000000{number:08d}" if kind == "host" else None
    row = Organisation(
        **{"id": id or f"{kind}-{number}", "name": f"示例单位{number}", "kind": kind, "uscc": uscc, **fields}
    )
    tx.save(row)
    return row


def add_host(tx: Tx, *, id: str | None = None, recommender: str | None = None, **fields: Any) -> Organisation:
    """A host, recommended by that department since long ago."""
    row = add_organisation(tx, id=id, kind="host", **fields)
    if recommender:
        tx.insert(Affiliation, [{"host_id": row.id, "recommender_id": recommender, "valid_from": LONG_AGO}])
    return row


def add_city(tx: Tx, *, id: str = "city-330100", name: str = "杭州市科学技术局", city: str = "330100") -> Organisation:
    """A city's S&T bureau."""
    return add_organisation(tx, id=id, kind="city_bureau", name=name, city=city)


def add_province(tx: Tx) -> Organisation:
    """The Province."""
    return add_organisation(tx, id="province", kind="province", name="浙江省科学技术厅")


def add_person(tx: Tx, *, role: str | None = None, org: str | None = None, **fields: Any) -> Person:
    """A person, who holds the role in the organisation since long ago."""
    number = next(_numbers)
    row = people.add(tx, **{"login": f"person{number}", "name": f"示例人员{number}", **fields})
    if role and org:
        people.grant(tx, row.id, role, org, valid_from=LONG_AGO)
    return row


def principal(tx: Tx, *, role: str, org: str, **fields: Any) -> Principal:
    """A new person acting in that role."""
    return people.principal_of(tx, add_person(tx, role=role, org=org, **fields).id)


def add_case(tx: Tx, *, process: str = "designation", **fields: Any) -> Case:
    """A running case."""
    number = next(_numbers)
    return cases.add(
        tx, **{"process": process, "number": f"RD-2027-{number:04d}", "title": f"示例事项{number}", **fields}
    )


def add_task(tx: Tx, case: Case, *, role: str = "host", org: str | None = None, **fields: Any) -> str:
    """An open task of the case in that role's inbox; answers its id."""
    owner = org if org is not None else case.host_id
    row = {"id": new_id(), "case_id": case.id, "root": case.process, "process": case.process, "element": "fill"}
    row |= {"title": "填写申报书", "role": role, "org_id": owner, "host_id": case.host_id, "number": case.number}
    row |= {"recommender_id": case.recommender_id, "case_title": case.title, "city": case.city}
    return inbox.open_task(tx, **{**row, **fields})


def add_round(tx: Tx, *, status: str = "open", **fields: Any) -> Round:
    """A round with its case."""
    case = add_case(tx, process="designation_round")
    row = Round(**{"id": case.id, "name": "2027年度国合基地认定", "year": 2027, "status": status, **fields})
    tx.save(row)
    return row


def add_application(tx: Tx, *, round: Round, host: str, recommender: str | None = None, **fields: Any) -> Application:
    """An application with its case."""
    case = add_case(tx, host_id=host, recommender_id=recommender, round_id=round.id)
    row = {
        "id": case.id,
        "round_id": round.id,
        "host_id": host,
        "recommender_id": recommender,
        "updated_at": clock.now(),
    }
    application = Application(
        **{**row, "base_name": f"示例国际科技合作基地{next(_numbers)}", "category": "joint_rd", **fields}
    )
    tx.save(application)
    return application


def add_base(tx: Tx, *, host: str, **fields: Any) -> Base:
    """An active base."""
    number = next(_numbers)
    row = {"id": new_id(), "code": f"ZJGH-2025-J{number:03d}", "name": f"示例基地{number}", "category": "joint_rd"}
    base = Base(**{**row, "host_id": host, "designated_on": date(2025, 6, 1), "status": "active", **fields})
    tx.save(base)
    return base
