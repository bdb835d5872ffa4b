"""Who mends what: the buttons of a case for each operator, and the administrator's view of a stuck case."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.views.conftest import SYSTEM, World
from webapp.errors import Busy, Full
from webapp.store import cases, incidents, people
from webapp.views import case, policies
from webapp.views.desk import Desk

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def stuck(app: Desk, world: World) -> str:
    """The world's application, parked before an element."""
    case_id = world.ids["case_id"]
    with app.database.writing(SYSTEM) as tx:
        cases.put(tx, cases.get(tx, case_id), status="incident")
        incidents.park(tx, case_id=case_id, element="route_recommender", message="没有登记推荐部门", next_at=None)
    return case_id


def test_the_administrator_sees_where_it_is_stuck_and_nothing_of_the_form(sign_in: SignIn, stuck: str) -> None:
    admin = sign_in("sysadmin")
    assert "没有登记推荐部门" in admin.get("/operations").get_data(as_text=True)
    page = admin.get(f"/operations/{stuck}").get_data(as_text=True)
    assert "route_recommender" in page
    assert f"/operations/{stuck}/retry" in page
    assert "示例联合实验室" not in page
    assert "示例依托单位" not in page
    for hidden in ("", "/history", "/diagram", "/approval"):
        assert admin.get(f"/cases/{stuck}{hidden}").status_code in (403, 404)


@pytest.mark.parametrize("login", ["secadmin", "auditadmin", "analyst", "host", "officer", "expert"])
def test_nobody_else_has_that_view(sign_in: SignIn, stuck: str, login: str) -> None:
    client = sign_in(login)
    for address in ("/operations", f"/operations/{stuck}"):
        assert client.get(address).status_code == 403


def test_a_case_without_an_incident_is_not_there(sign_in: SignIn, world: World) -> None:
    admin = sign_in("sysadmin")
    assert admin.get(f"/operations/{world.ids['round_id']}").status_code == 404
    assert admin.get("/operations/none").status_code == 404


@pytest.mark.parametrize(
    ("login", "status", "shown"),
    [
        ("officer", "open", set()),
        ("officer", "incident", {"retry"}),
        ("division_head", "open", {"suspend", "cancel"}),
        ("division_head", "suspended", {"resume", "cancel"}),
        ("division_head", "incident", {"retry", "cancel"}),
        ("dept_leader", "incident", set()),
        ("host", "incident", set()),
    ],
)
def test_a_case_shows_the_acts_its_reader_may_do(
    app: Desk, world: World, login: str, status: str, shown: set[str]
) -> None:
    with app.database.writing(SYSTEM) as tx:
        cases.get(tx, world.ids["case_id"]).status = status
    with app.database.reading(SYSTEM) as tx:
        person = people.principal_of(tx, f"p-{login}")
        assert set(case._repairs(person, cases.get(tx, world.ids["case_id"]))) == shown


@pytest.mark.parametrize(("error", "status"), [(Busy, 503), (Full, 507)])
def test_a_busy_or_full_server_says_so(app: Desk, sign_in: SignIn, error: type[Exception], status: int) -> None:
    def fails() -> str:
        raise error

    app.add_url_rule("/fails", "fails", fails, policy=policies.SIGNED_IN)
    answer = sign_in("officer").get("/fails")
    assert answer.status_code == status
    assert "没有生效" in answer.get_data(as_text=True)
