"""Organisations, people, seats and existing bases of the demonstration province, as rows."""

from __future__ import annotations

from datetime import date
from typing import Any

from handlers import deadlines
from webapp.demo import world
from webapp.demo.contents import ENTITY_TYPES
from webapp.store import organisations, people, register
from webapp.store.db import Tx
from webapp.store.tables import Affiliation, Organisation

LONG_AGO = date(2018, 1, 1)


def populate(tx: Tx) -> None:
    """The province stands: 11 bureaus, departments, 31 hosts, 40 experts, users of every role, 20 bases."""
    _organisations(tx)
    _people(tx)
    _bases(tx)


def _organisations(tx: Tx) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "province", "kind": "province", "name": "浙江省科学技术厅"},
        *(
            {
                "id": f"city-{code}",
                "kind": "city_bureau",
                "name": f"{name}市科学技术局",
                "city": code,
                "contact_name": world.person_name(100 + index),
                "contact_phone": f"057{index % 10}-8700{index:04d}",
            }
            for index, (code, name) in enumerate(world.CITY_NAMES.items())
        ),
        *({"id": key, "kind": "competent_dept", "name": name} for key, name in world.DEPARTMENTS.items()),
        *({"id": key, "kind": "competent_dept", "name": name} for key, name in world.SELF_RECOMMENDING.items()),
        {"id": "experts", "kind": "province", "name": "评审专家库", "parent_id": "province"},
    ]
    rows += [
        {
            "id": host.id,
            "kind": "host",
            "name": host.name,
            "city": host.city,
            "uscc": host.uscc,
            "host_kind": host.kind,
            "entity_type": ENTITY_TYPES[host.entity_type],
            "entity_status": "active",
            "registered_address": host.address,
            "founded_on": date.fromisoformat(host.founded),
            "contact_name": world.person_name(300 + index),
            "contact_phone": f"138571{index:05d}",
        }
        for index, host in enumerate(world.HOSTS)
    ]
    known = {row.id for row in organisations.of_kind(tx)}
    for row in rows:
        if row["id"] not in known:
            tx.save(Organisation(**row))
    affiliated = [
        {"host_id": h.id, "recommender_id": h.recommender, "valid_from": LONG_AGO, "source": "演示"}
        for h in world.HOSTS
    ]
    tx.insert(Affiliation, affiliated)


def _people(tx: Tx) -> None:
    for person_id, login, name, role, org in world.PROVINCE_PEOPLE:
        _person(tx, person_id, login, name, [(role, org)])
    offices = [f"city-{code}" for code in world.CITY_NAMES] + [*world.DEPARTMENTS, *world.SELF_RECOMMENDING]
    for index, org in enumerate(offices):
        _person(tx, f"p-{org}", org, world.person_name(100 + index), [("recommender", org)])
        _person(tx, f"p-{org}-head", f"{org}-head", world.person_name(130 + index), [("recommender_head", org)])
    for index, host in enumerate(world.HOSTS):
        _person(tx, f"p-{host.id}", host.id, world.person_name(300 + index), [("host", host.id)])
        _person(tx, f"p-{host.id}-admin", f"{host.id}-admin", world.person_name(350 + index), [("host_admin", host.id)])
    for expert in world.EXPERTS:
        seats = [("expert", "experts"), ("expert_lead", "experts")]
        _person(tx, expert.id, expert.id, expert.name, seats, expert_fields=list(expert.fields), expert_org=expert.org)


def _person(tx: Tx, person_id: str, login: str, name: str, seats: list[tuple[str, str]], **fields: Any) -> None:
    people.add(tx, id=person_id, login=login, name=name, email=f"{login}@example.cn", **fields)
    for role, org in seats:
        people.grant(tx, person_id, role, org, by="demo", valid_from=LONG_AGO)


def _bases(tx: Tx) -> None:
    letters = {"joint_rd": "J", "open_service": "O", "special_dev": "S"}
    counts: dict[str, int] = {}
    hosts = {host.id: host for host in world.HOSTS}
    for index, (key, topic, category, designated, document, regions) in enumerate(world.BASES):
        host, day = hosts[f"host-{key}"], date.fromisoformat(designated)
        series = f"{day.year}-{letters[category]}"
        counts[series] = counts.get(series, 0) + 1
        register.add_base(
            tx,
            code=f"ZJGH-{series}{counts[series]:03d}",
            name=f"{topic}国际科技合作基地",
            category=category,
            host_id=host.id,
            leader=world.person_name(600 + index),
            city=host.city,
            recommender_id=host.recommender,
            field_code=world.FIELDS[index % len(world.FIELDS)],
            regions=regions,
            designated_on=day,
            doc_no=f"浙科发外〔{day.year}〕{document}号",
            origin="legacy" if day.year < 2021 else "designation",
        )
    _ban(tx, hosts["host-lsst"])


def _ban(tx: Tx, host: world.Host) -> None:
    """第二十二条: one host may not apply, so that the refusal can be seen."""
    decided = date(2025, 9, 12)
    period = deadlines.ban_period(decided)
    register.add_ban(
        tx,
        uscc=host.uscc,
        host_id=host.id,
        scope="host",
        starts_on=decided,
        ends_on=period.ends_on,
        doc_no="浙科发外〔2025〕88号",
    )
