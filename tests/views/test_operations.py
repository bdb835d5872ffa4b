"""Who mends what: the buttons of a case for each operator, and the administrator's view of a stuck case."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.views.conftest import SYSTEM, World, token
from webapp.errors import Busy, Full
from webapp.store import cases, incidents, outbox, people
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


@pytest.fixture
def failed(app: Desk, world: World) -> str:
    """A message to the world's application that could not be delivered, while the case itself goes on."""
    with app.database.writing(SYSTEM) as tx:
        message = outbox.add(tx, key="m", message="decided", to_case=world.ids["case_id"]).id
        known = {"case_id": world.ids["case_id"], "element": "deliver", "job": "deliver", "ref": message}
        return incidents.park(tx, message="对方流程当前不等待此消息", next_at=None, **known)


def test_the_administrator_retries_or_skips_a_failed_job_with_a_reason(
    app: Desk, sign_in: SignIn, world: World, failed: str
) -> None:
    admin, address = sign_in("sysadmin"), f"/operations/{world.ids['case_id']}"
    assert "投递消息" in admin.get("/operations").get_data(as_text=True)
    assert f"{address}/skip" in admin.get(address).get_data(as_text=True)
    answer = admin.post(f"{address}/retry", data=_form(admin, address), follow_redirects=True)
    assert "已安排后台立即重试" in answer.get_data(as_text=True)
    skipped = admin.post(f"{address}/skip", data={**_form(admin, address), "incident": failed, "reason": "误发"})
    assert skipped.status_code == 302
    with app.database.reading(SYSTEM) as tx:
        row = incidents.get(tx, failed)
        assert (row.status, row.solved_by) == ("skipped", "p-sysadmin")
        assert outbox.of_case(tx, world.ids["case_id"])[-1].status == "refused"
    assert "已跳过" in admin.get(address).get_data(as_text=True)


def test_only_an_incident_of_this_case_is_skipped_here(sign_in: SignIn, world: World, failed: str) -> None:
    admin, address = sign_in("sysadmin"), f"/operations/{world.ids['case_id']}"
    data = _form(admin, address)
    assert admin.post(f"{address}/skip", data={**data, "incident": "x", "reason": "误发"}).status_code == 404
    assert admin.post(f"{address}/skip", data={**data, "incident": failed, "reason": " "}).status_code == 422


def _form(client: FlaskClient, address: str) -> dict[str, str]:
    found = re.search(r'name="command_id" value="([^"]+)"', client.get(address).get_data(as_text=True))
    assert found is not None
    return {"command_id": found[1], "csrf_token": token(client, address)}
