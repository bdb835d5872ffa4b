"""Role × route × relation, from the URL map, against a table written by hand. A route without a line fails."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.views.conftest import ACTORS, World, signed_in
from webapp.app import create_app
from webapp.errors import Misconfigured
from webapp.installation import Installation
from webapp.views import policies
from webapp.views.desk import Desk
from webapp.views.policies import Policy

EVERYBODY = {"anonymous", *ACTORS}
PEOPLE = set(ACTORS)
HOSTS = {"host", "host_admin", "other_host"}
CITIES = {"city", "city_head", "other_city"}
PROVINCE = {"officer", "division_head", "dept_leader"}
OFFICES = HOSTS | CITIES | PROVINCE | {"cosign"}
BUSINESS = OFFICES | {"expert", "other_expert"}
RELATED = {"host", "host_admin", "city", "city_head", "expert"} | PROVINCE
"""Whoever may see the world's application."""
ADMINS = {"sysadmin", "secadmin"}

EXPECT: dict[str, set[str]] = {
    "static": EVERYBODY,
    "health.alive": EVERYBODY,
    "health.ready": EVERYBODY,
    "health.metrics": {"sysadmin", "secadmin", "auditadmin"},
    "auth.login": EVERYBODY,
    "auth.sign_in": set(),  # no password given
    "auth.link": set(),  # the token is forged
    "auth.use_link": set(),
    "auth.code": PEOPLE,
    "auth.prove_code": PEOPLE,
    "auth.enrol": PEOPLE,
    "auth.finish_enrol": PEOPLE,
    "auth.new_password": PEOPLE,
    "auth.set_new_password": PEOPLE,
    "auth.logout": PEOPLE,
    "auth.seats": PEOPLE,
    "auth.choose_seat": set(),  # no seat named: refused to everybody
    "account.show": PEOPLE,
    "account.change_password": PEOPLE,
    "account.delegate": PEOPLE,
    "account.put_phrases": PEOPLE,
    "account.end_session": set(),  # nobody's session
    "account.end_other_sessions": PEOPLE,
    "inbox.show": PEOPLE,
    "inbox.urge": CITIES | PROVINCE,
    "start.show": OFFICES,
    "articles.show": PROVINCE | {"analyst"},
    "proceedings.show_all": OFFICES - {"cosign"},
    "proceedings.export": OFFICES - {"cosign"},
    "batches.show_all": PROVINCE,
    "batches.show": set(),  # no batch in this world
    "batches.again": set(),
    "start.begin": OFFICES,
    "task.show": RELATED - {"expert"},
    "task.submit": {"city"},
    "task.redraw": {"city"},
    "task.save": {"city"},
    "task.opened": {"city"},
    "task.claim": {"city"},
    "task.release": {"city"},
    "task.ask_reassign": {"city"},
    "task.reassign": {"city"},
    "task.ask_add_sign": {"city"},
    "task.add_sign": {"city"},
    "task.return_to": {"city"},
    "task.urge": {"city", "city_head"} | PROVINCE,
    "task.withdraw": set(),  # nobody's own last step
    "case.show": RELATED,
    "case.diagram": RELATED,
    "case.diagram_marks": RELATED,
    "case.history": RELATED,
    "case.submission": RELATED,
    "case.approval": RELATED,
    "case.ask_message": RELATED,
    "case.send_message": RELATED,
    "case.repair": {"officer", "division_head"},
    "followups.reconsider": {"host", "host_admin"},
    "followups.correct": {"officer"},
    "papers.form": RELATED,
    "papers.package": PROVINCE,
    "papers.make_package": PROVINCE,
    "papers.base_certificate": {"host", "host_admin"} | PROVINCE,
    "verify.ask": EVERYBODY,
    "verify.check": EVERYBODY,
    "rounds.show_all": OFFICES,
    "rounds.show": OFFICES,
    "rounds.batch": {"city_head"},
    "rounds.recommend": {"city_head"},
    "applications.show_all": BUSINESS,
    "applications.export": BUSINESS,
    "bases.show_all": OFFICES,
    "bases.export": OFFICES,
    "bases.show": {"host", "host_admin", "city", "city_head"} | PROVINCE,
    "documents.show_all": OFFICES,
    "documents.show": {"host", "host_admin", "city", "city_head"} | PROVINCE,
    "documents.download": {"host", "host_admin", "city", "city_head"} | PROVINCE,
    "files.put": BUSINESS,
    "files.get": RELATED,
    "notices.show": PEOPLE,
    "notices.read": PEOPLE,
    "organisations.show_all": CITIES | PROVINCE | ADMINS,
    "operations.show_all": {"sysadmin"},
    "operations.show": set(),  # no incident; tests/views/test_operations.py
    "operations.retry": set(),
    "operations.skip": set(),
    "organisations.edit": {"officer", "sysadmin"},
    "organisations.save": {"officer", "sysadmin"},
    "organisations.set_recommender": {"officer", "sysadmin"},
    "reference.parameter": set(),  # no such parameter; tests/views/test_reference.py has the rest
    "reference.set_parameter": set(),
    "reference.calendar": {"sysadmin", "secadmin", "analyst"} | PROVINCE,
    "reference.import_calendar": {"officer", "sysadmin"},
    "reference.dishonesty": PROVINCE,
    "reference.import_dishonesty": {"officer"},
    "people.expert": {"officer", "sysadmin"},
    "people.save_expert": {"officer", "sysadmin"},
    "account.end_delegation": set(),  # nobody's delegation
    "organisations.show": {"city", "city_head"} | PROVINCE | ADMINS,
    "people.show_all": {"sysadmin", "secadmin", "officer", "host_admin", "city_head"},
    "people.new": {"sysadmin", "host_admin"},
    "people.create": {"sysadmin", "host_admin"},
    "people.show": {"sysadmin", "host_admin"},
    "people.grant": {"sysadmin", "host_admin"},
    "people.end_seat": {"sysadmin", "host_admin"},
    "people.reset": {"sysadmin", "host_admin"},
    "people.set_active": {"sysadmin", "host_admin"},
    "people.forget_second_factor": {"sysadmin", "host_admin"},
    "requests.ask": EVERYBODY,
    "requests.put": EVERYBODY,
    "requests.show_all": {"officer", "sysadmin"},
    "requests.show": {"officer", "sysadmin"},
    "requests.letter": {"officer", "sysadmin"},
    "requests.approve": {"officer", "sysadmin"},
    "requests.refuse": {"officer", "sysadmin"},
    "settings.parameters_page": {"sysadmin", "secadmin", "analyst"} | PROVINCE,
    "settings.policies_page": PEOPLE,
    "settings.journal": {"secadmin", "auditadmin"},
    "help.first": PEOPLE,
    "help.show": PEOPLE,
    "help.manual": PEOPLE,
}

ELSEWHERE = ("watch.", "studio.")
"""Pages with tests of their own beside them."""
LAST = ("people.end_seat", "people.set_active", "account.end_other_sessions", "auth.logout")
"""Acts that change who may do what come last."""
REFUSED = {401, 403, 404}


def routes(app: Desk) -> list[tuple[str, Rule]]:
    """Every method of every route, reading before writing."""
    found = [
        (method, rule)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if not rule.endpoint.startswith(ELSEWHERE)
    ]
    return sorted(
        found,
        key=lambda pair: (
            pair[1].endpoint in LAST,
            pair[0],
            LAST.index(pair[1].endpoint) if pair[1].endpoint in LAST else 0,
            pair[1].endpoint,
        ),
    )


def test_every_route_has_a_line_and_every_line_a_route(app: Desk) -> None:
    assert {rule.endpoint for _, rule in routes(app)} == set(EXPECT)


def test_every_policy_is_used_or_kept_for_watch_and_studio(app: Desk) -> None:
    used = {rule.policy.name for rule in app.rules.values()}
    idle = {each.name for each in policies.every()} - used
    assert idle <= {"watch.read", "studio.read", "studio.draw", "studio.approve", "inbox.list"}


@pytest.mark.parametrize("who", sorted(EVERYBODY))
def test_matrix(who: str, app: Desk, world: World) -> None:
    """Each route answers exactly those whom the table names; all others get 401, 403 or 404, or the log-in page."""
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client() if who == "anonymous" else signed_in(app, who)
    wrong = [
        (method, rule.endpoint, status)
        for method, rule in routes(app)
        for status in [_status(client, method, rule, world)]
        if (status not in REFUSED) != (who in EXPECT[rule.endpoint]) and not (who == "anonymous" and status == 302)
    ]
    assert wrong == []


@pytest.mark.parametrize("who", ["anonymous", "host", "officer", "sysadmin"])
def test_nothing_breaks_whoever_asks(who: str, app: Desk, world: World) -> None:
    """No route answers 500 to anybody, whether it lets him in or not."""
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client() if who == "anonymous" else signed_in(app, who)
    broken = [
        (method, rule.rule) for method, rule in routes(app) if _raw(client, method, rule, world).status_code >= 500
    ]
    assert broken == []


@pytest.mark.parametrize("who", ["host", "city", "officer", "expert", "sysadmin", "auditadmin"])
def test_no_get_changes_anything(who: str, app: Desk, world: World) -> None:
    client = signed_in(app, who)
    client.get("/")
    path = Path(app.settings.database.removeprefix("sqlite:///"))
    before = _contents(path)
    for method, rule in routes(app):
        if method == "GET":
            client.get(_address(rule, world))
    assert _contents(path) == before


def test_application_without_a_policy_does_not_start(app: Desk) -> None:
    with pytest.raises(Misconfigured, match="policy"):
        app.add_url_rule("/forgotten", "forgotten", lambda: "x")


def test_policy_about_an_object_needs_a_way_to_find_it(app: Desk) -> None:
    with pytest.raises(Misconfigured, match="loads"):
        app.add_url_rule("/lost/<id>", "lost", lambda: "x", policy=policies.CASE_READ)


def test_answer_without_a_decision_becomes_an_error(app: Desk, sign_in: Callable[[str], FlaskClient]) -> None:
    """A view that somehow ran without the gate shows nothing."""

    app.before_request_funcs[None].remove(next(f for f in app.before_request_funcs[None] if f.__name__ == "_gate"))
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 500


def test_a_role_drawn_later_needs_no_code() -> None:
    """A new lane's role is judged by its scope alone (settled 15)."""
    assert policies.CASE_READ.scopes
    assert not policies.CASE_READ.roles
    assert not policies.TASK_ACT.roles


def test_page_of_policies_is_made_from_the_routes(sign_in: Callable[[str], FlaskClient]) -> None:
    page = sign_in("officer").get("/policies").get_data(as_text=True)
    assert policies.ROUND_RECOMMEND.title in page
    assert "/rounds/&lt;round_id&gt;/recommend" in page


def test_assets_must_be_built(app: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without built assets the start says which command to run."""
    from webapp import assets

    monkeypatch.setattr(assets, "DIST", tmp_path)
    assets.manifest.cache_clear()
    try:
        with pytest.raises(Misconfigured, match="make"):
            create_app(app.settings, installation=Installation(app.settings, queued=False))
    finally:
        monkeypatch.undo()
        assets.manifest.cache_clear()


def test_names_of_policies_are_unique() -> None:
    names = [each.name for each in policies.every()]
    assert len(set(names)) == len(names)
    assert all(isinstance(each, Policy) and each.title for each in policies.every())


def _status(client: FlaskClient, method: str, rule: Rule, world: World) -> int:
    return _raw(client, method, rule, world).status_code


def _raw(client: FlaskClient, method: str, rule: Rule, world: World):  # type: ignore[no-untyped-def]  # werkzeug's test response
    data = {"command_id": f"matrix-{rule.endpoint}-000000"[:60].replace(".", "_")} if method == "POST" else None
    return client.open(_address(rule, world), method=method, data=data)


def _address(rule: Rule, world: World) -> str:
    values = {name: world.ids.get(name, "none") for name in rule.arguments}
    address = rule.rule
    for name, value in values.items():
        address = address.replace(f"<path:{name}>", value).replace(f"<{name}>", value)
    return address


def _contents(path: Path) -> str:
    """A hash over every table but the sessions (whose last-seen time moves)."""
    connection = sqlite3.connect(path)
    tables = [row[0] for row in connection.execute("select name from sqlite_master where type='table' order by 1")]
    digest = hashlib.sha256()
    for table in tables:
        if table not in ("auth_session",):
            for row in connection.execute(f'select * from "{table}" order by 1'):
                digest.update(repr(row).encode())
    connection.close()
    return digest.hexdigest()
