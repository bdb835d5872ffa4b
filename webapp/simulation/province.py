"""The simulated province: the demonstration's offices and people, as many hosts, experts and bases as are wanted."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from random import Random

from handlers import uscc
from webapp.demo import population, world
from webapp.demo.contents import ENTITY_TYPES
from webapp.installation import Installation
from webapp.store import files, organisations, people, register
from webapp.store.db import Tx
from webapp.store.principal import Principal

SYSTEM = Principal.system_("demo")
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
SHARES = {"330100": 40, "330200": 15, "330300": 8, "330400": 7, "330500": 5, "330600": 7, "330700": 6, "330800": 3,
          "330900": 2, "331000": 5, "331100": 2}  # fmt: skip
"""domain.md 7: bases by city in per cent, Hangzhou 40, Ningbo 15, the others 2-8."""
KINDS = ("university", "research_institute", "enterprise", "enterprise", "enterprise", "park", "service_agency")
CATEGORY = {"university": "joint_rd", "research_institute": "joint_rd", "enterprise": "joint_rd", "park": "open_service",
            "service_agency": "open_service"}  # fmt: skip
EXPERTS = 80
REGIONS = ("DEU", "JPN", "GBR", "SGP", "AUS", "HKG", "ITA", "KOR")


def found(installation: Installation, bases: int, rng: Random, begin: date) -> tuple[list[world.Host], str]:
    """The province stands with that many bases; answers its hosts and the attachment everybody uploads."""
    with installation.database.writing(SYSTEM) as tx:
        population.populate(tx)
        stored = files.Folder(installation.settings.files).put(BytesIO(PDF), limit=1 << 20)
        file_id = files.add(tx, stored, name="佐证材料.pdf", by="p-officer", status="clean")
        hosts = [*world.HOSTS, *_hosts(tx, max(bases, 60), rng)]
        _experts(tx)
        _bases(tx, hosts, bases - len(world.BASES), rng, begin)
    return hosts, file_id


def _hosts(tx: Tx, count: int, rng: Random) -> list[world.Host]:
    made = []
    cities = [city for city, share in SHARES.items() for _ in range(share)]
    for number in range(count):
        kind, city = KINDS[number % len(KINDS)], rng.choice(cities)
        code = uscc.compose(
            "12" if kind in ("university", "research_institute") else "91", f"{city[:4]}08", f"MA{number:04d}9X"
        )
        host = world.Host(
            id=f"host-s{number:04d}",
            name=f"{world.CITY_NAMES[city]}{world.person_name(number % 900)[-2:]}{_SUFFIX[kind]}{number:03d}",
            kind=kind,
            city=city,
            uscc=code,
            entity_type="事业单位" if kind in ("university", "research_institute") else "公司法人",
            recommender=f"city-{city}",
            short=f"单位{number:03d}",
            founded=f"{1995 + number % 25}-05-18",
            address=f"浙江省{world.CITY_NAMES[city]}市开放大道{number + 1}号",
        )
        _host(tx, host, number)
        made.append(host)
    return made


_SUFFIX = {
    "university": "大学",
    "research_institute": "研究院",
    "enterprise": "科技有限公司",
    "park": "科技园有限公司",
    "service_agency": "技术转移有限公司",
}


def _host(tx: Tx, host: world.Host, number: int) -> None:
    organisations.add(
        tx,
        id=host.id,
        kind="host",
        name=host.name,
        city=host.city,
        uscc=host.uscc,
        host_kind=host.kind,
        entity_type=ENTITY_TYPES[host.entity_type],
        entity_status="active",
        registered_address=host.address,
        founded_on=date.fromisoformat(host.founded),
        contact_name=world.person_name(number % 900),
        contact_phone=f"139{number:08d}",
    )
    organisations.affiliate(tx, host.id, host.recommender, population.LONG_AGO, "模拟")
    for person, role in ((f"p-{host.id}", "host"), (f"p-{host.id}-admin", "host_admin")):
        people.add(
            tx, id=person, login=person, name=world.person_name((number * 3) % 900), email=f"{person}@example.cn"
        )
        people.grant(tx, person, role, host.id, by="simulation", valid_from=population.LONG_AGO)


def _experts(tx: Tx) -> None:
    for number in range(EXPERTS):
        person = f"expert-s{number:03d}"
        people.add(
            tx,
            id=person,
            login=person,
            name=world.person_name((number * 11 + 5) % 900),
            email=f"{person}@example.cn",
            expert_fields=[world.FIELDS[number % len(world.FIELDS)]],
            expert_org="",
        )
        for role in ("expert", "expert_lead"):
            people.grant(tx, person, role, "experts", by="simulation", valid_from=population.LONG_AGO)


def _bases(tx: Tx, hosts: list[world.Host], count: int, rng: Random, begin: date) -> None:
    taken: dict[str, int] = {}
    chosen = [host for host in hosts if host.id.startswith("host-s")]
    for number in range(max(count, 0)):
        host = chosen[number % len(chosen)]
        day = begin - timedelta(days=rng.randrange(60, 2600))
        letter = {"joint_rd": "J", "open_service": "O", "special_dev": "S"}[CATEGORY[host.kind]]
        series = f"{day.year}-{letter}"
        taken[series] = taken.get(series, 100) + 1
        register.add_base(
            tx,
            code=f"ZJGH-{series}{taken[series]}",
            name=f"{host.short}第{number // len(chosen) + 1}国际科技合作基地",
            category=CATEGORY[host.kind],
            host_id=host.id,
            leader=world.person_name((number * 5 + 1) % 900),
            city=host.city,
            recommender_id=host.recommender,
            field_code=world.FIELDS[number % len(world.FIELDS)],
            regions=[rng.choice(REGIONS)],
            designated_on=day,
            doc_no=f"浙科发外〔{day.year}〕{day.timetuple().tm_yday}号",
            origin="legacy" if day.year < 2021 else "designation",
        )
