"""A small province behind a real application: two hosts, two bureaus, people of every role, one object of each kind."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests import factories
from webapp import clock
from webapp.app import create_app
from webapp.config import Settings
from webapp.installation import Installation
from webapp.store import assignments, cases, documents, files, notices, people, register, releases, submissions
from webapp.store import pages_logins as logins
from webapp.store.db import Tx
from webapp.store.principal import Principal
from webapp.store.tables import Case, Organisation
from webapp.views import passwords
from webapp.views.desk import Desk

PASSWORD = "Qiantang-2026-Tide"
ROOT = Path(__file__).parents[2]
SYSTEM = Principal.system_("command")

ACTORS: dict[str, tuple[str, str]] = {
    "host": ("host", "host-1"),
    "host_admin": ("host_admin", "host-1"),
    "other_host": ("host", "host-2"),
    "city": ("recommender", "city-330100"),
    "city_head": ("recommender_head", "city-330100"),
    "other_city": ("recommender", "city-330200"),
    "officer": ("province_officer", "province"),
    "division_head": ("division_head", "province"),
    "dept_leader": ("dept_leader", "province"),
    "cosign": ("cosign_division", "province-fg"),
    "expert": ("expert", "province"),
    "other_expert": ("expert", "province"),
    "sysadmin": ("sysadmin", "province"),
    "secadmin": ("secadmin", "province"),
    "auditadmin": ("auditadmin", "province"),
    "analyst": ("analyst", "province"),
}
"""Login → role and organisation. host, city and expert are related to the objects of the world, the others are not."""


@dataclass
class World:
    """Ids of the objects that addresses name."""

    ids: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """A database that holds the world, to be copied."""
    folder = tmp_path_factory.mktemp("world")
    installation = Installation(_settings(folder), queued=False)
    installation.upgrade()
    world = World()
    with installation.database.writing(SYSTEM) as tx:
        _people(tx, world)
        _objects(tx, world, installation.settings)
    installation.close()
    return folder, world


@pytest.fixture
def world(template: tuple[Path, World]) -> World:
    return template[1]


@pytest.fixture
def make_app(template: tuple[Path, World], tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Makes applications over a fresh copy of the world."""
    opened: list[Installation] = []

    def make(**changes: object) -> Desk:
        folder = tmp_path / f"copy{len(opened)}"
        shutil.copytree(template[0], folder)
        installation = Installation(_settings(folder, **changes), queued=False)
        opened.append(installation)
        return create_app(installation.settings, installation=installation)

    yield make
    for installation in opened:
        installation.close()


@pytest.fixture
def app(make_app: Callable[..., Desk]) -> Desk:
    return make_app()


@pytest.fixture
def sign_in(app: Desk) -> Callable[[str], FlaskClient]:
    """A browser in which that person has logged in."""
    return lambda login: signed_in(app, login)


def signed_in(app: Desk, login: str, password: str = PASSWORD) -> FlaskClient:
    """A browser in which that person has logged in to the application."""
    client = app.test_client()
    answer = client.post("/login", data={"login": login, "password": password, "csrf_token": token(client)})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return client


def token(client: FlaskClient, page: str = "/login") -> str:
    """The form token that a page of this browser carries."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get(page).get_data(as_text=True))
    assert found, page
    return found[1]


def _settings(folder: Path, **changes: object) -> Settings:
    values: dict[str, object] = {
        "database": f"sqlite:///{folder}/guohe.db",
        "files": folder / "files",
        "secret": "a secret of the tests, long enough",
        "models": ROOT,
        "profile": "demo",
    }
    return Settings(**{**values, **changes})  # type: ignore[arg-type]


def _people(tx: Tx, world: World) -> None:
    stored = passwords.hashed(PASSWORD)
    known = {row for row in ("city-330100", "city-330200", "province", "province-fg") if tx.get(Organisation, row)}
    for org_id in ("city-330100", "city-330200"):
        if org_id not in known:
            factories.add_city(tx, id=org_id, name=f"{org_id}科技局", city=org_id[5:])
    for number, city in ((1, "330100"), (2, "330200")):
        factories.add_host(tx, id=f"host-{number}", recommender=f"city-{city}", city=city, name=f"示例依托单位{number}")
    for login, (role, org) in ACTORS.items():
        person = factories.add_person(tx, id=f"p-{login}", login=login, name=f"人员{login}", role=role, org=org)
        people.put(tx, person, password_hash=stored)
    plain = factories.add_person(tx, id="p-plain", login="plain", name="待管理人员", role="host", org="host-1")
    world.ids["person_id"] = plain.id
    tx.write()
    world.ids["seat_id"] = people.seats_of(tx, plain.id)[0].id


def _objects(tx: Tx, world: World, settings: Settings) -> None:
    release = releases.current(tx, clock.today())
    pinned = {"release_id": release.id, "parameters_on": clock.today()}
    round_row = factories.add_round(tx, release_id=release.id)
    application = factories.add_application(
        tx, round=round_row, host="host-1", recommender="city-330100", base_name="示例联合实验室"
    )
    case = _pinned(tx, application.id, city="330100", **pinned)
    _pinned(tx, round_row.id, **pinned)
    task = factories.add_task(tx, case, role="recommender", org="city-330100", title="审核初评", round_id=round_row.id)
    assignments.add(tx, application_id=case.id, person_id="p-expert", round_id=round_row.id)
    base = register.add_base(
        tx,
        code="ZJGH-2025-J001",
        name="示例基地",
        category="joint_rd",
        host_id="host-1",
        recommender_id="city-330100",
        city="330100",
        designated_on=clock.today().replace(year=clock.today().year - 1),
    )
    stored = files.Folder(settings.files).put(BytesIO(b"%PDF-1.4 sample"), limit=1000)
    file_id = files.add(
        tx, stored, name="佐证 材料.pdf", by="p-host", type="application/pdf", status="clean", case_id=case.id
    )
    document = documents.add(tx, case_id=case.id, round_id=round_row.id, kind="letter", title="示例函")
    documents.rendered(tx, document.id, docx_file=file_id, pdf_file=file_id)
    letter = {"org_name": "新单位", "uscc": "91330000MA27U00015", "admin_name": "管理员", "mobile": "13800000000"}
    request_id = logins.add_request(tx, {**letter, "letter_file": file_id})
    submission_id, _ = submissions.add(
        tx, case_id=case.id, task_id="t0", process="designation", element="fill", by="p-host", outcome="submit"
    )
    notices.add(tx, text="示例消息", subject="提醒", person_id="p-host")
    world.ids |= {
        "task_id": task,
        "case_id": case.id,
        "round_id": round_row.id,
        "base_id": base.id,
        "file_id": file_id,
        "document_id": document.id,
        "request_id": request_id,
        "submission_id": submission_id,
        "org_id": "host-1",
        "kind": "pdf",
        "page": "start",
        "book": "host",
        "name": "withdraw",
        "token": "forged",
        "filename": "dist/manifest.json",
        "process": "designation",
    }


def _pinned(tx: Tx, case_id: str, **values: object) -> Case:
    case = cases.get(tx, case_id)
    cases.put(tx, case, **values)
    tx.write()
    return case
