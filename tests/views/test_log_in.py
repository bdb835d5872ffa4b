"""Log-in, sessions and their ends, lockout, second factor, links, forged requests."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from flask.testing import FlaskClient

from tests.views.conftest import PASSWORD, signed_in, token
from webapp import clock
from webapp.store import pages_logins as logins
from webapp.store import people
from webapp.store.principal import Principal
from webapp.views import auth, sessions
from webapp.views.desk import Desk

SignIn = Callable[[str], FlaskClient]
LOGIN = Principal.system_("login")
WRONG = "登录名或口令不正确"


def attempt(client: FlaskClient, login: str, password: str, **more: str) -> tuple[int, str]:
    answer = client.post("/login", data={"login": login, "password": password, "csrf_token": token(client), **more})
    return answer.status_code, answer.get_data(as_text=True)


def test_right_password_leads_to_the_page_asked_for(app: Desk) -> None:
    client = app.test_client()
    first = client.get("/rounds?x=1")
    assert first.status_code == 302
    assert first.location == "/login?next=/rounds?x%3D1"
    answer = client.post(
        "/login", data={"login": "host", "password": PASSWORD, "csrf_token": token(client), "next": "/rounds"}
    )
    assert answer.location == "/rounds"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb", "\\\\evil", "evil"],
)
def test_next_never_leads_away(app: Desk, target: str) -> None:
    client = app.test_client()
    answer = client.post(
        "/login", data={"login": "host", "password": PASSWORD, "csrf_token": token(client), "next": target}
    )
    assert answer.location == "/"
    assert client.get("/login", query_string={"next": target}).location == "/"


def test_unknown_person_and_wrong_password_read_the_same(app: Desk) -> None:
    client = app.test_client()
    known, unknown = attempt(client, "host", "wrong"), attempt(client, "nobody", "wrong")
    assert known[0] == unknown[0] == 401
    assert WRONG in known[1]
    strip = re.compile(r'value="[^"]*"|content="[^"]*"')
    assert strip.sub("", known[1]) == strip.sub("", unknown[1])


def test_disabled_person_cannot_log_in_and_is_thrown_out(app: Desk) -> None:
    client = signed_in(app, "host")
    with app.database.writing(Principal.system_("command")) as tx:
        people.put(tx, people.person(tx, "p-host"), active=False)
    assert client.get("/").status_code == 302
    status, text = attempt(app.test_client(), "host", PASSWORD)
    assert status == 401
    assert WRONG in text


# ------------------------------------------------------------------------------------------------ sessions


def test_only_a_hash_of_the_cookie_is_stored_and_it_changes_at_log_in(app: Desk) -> None:
    client = app.test_client()
    client.get("/login")
    assert client.get_cookie("sid") is None
    client = signed_in(app, "host")
    secret = client.get_cookie("sid").value
    with app.database.reading(LOGIN) as tx:
        row = logins.session(tx, sessions.key_of(secret))
        assert row is not None
        assert secret not in repr(row.facts())


def test_planted_visit_does_not_survive_log_in(app: Desk) -> None:
    client = app.test_client()
    form_token = token(client)
    client.post("/login", data={"login": "host", "password": PASSWORD, "csrf_token": form_token})
    assert client.get_cookie("visit") is None
    assert client.post("/notices/read", data={"csrf_token": form_token}).status_code == 400


def test_forged_visit_cookie_is_no_session(app: Desk) -> None:
    client = app.test_client()
    client.set_cookie("visit", "eyJfdXNlcl9pZCI6InAtaG9zdCJ9.forged.forged")
    client.set_cookie("sid", "x" * 43)
    assert client.get("/").status_code == 302


def test_log_out_ends_the_session_on_the_server(app: Desk) -> None:
    client = signed_in(app, "host")
    secret = client.get_cookie("sid").value
    client.post("/logout", data={"csrf_token": token(client, "/")})
    thief = app.test_client()
    thief.set_cookie("sid", secret)
    assert thief.get("/").status_code == 302


def test_idle_session_ends_after_the_parameter(app: Desk, today: Callable[[str], object]) -> None:
    today("2027-03-01T09:00")
    client = signed_in(app, "host")
    today("2027-03-01T09:14")
    assert client.get("/").status_code == 200
    today("2027-03-01T09:28")
    assert client.get("/").status_code == 200
    today("2027-03-01T09:44")
    assert client.get("/").status_code == 302


def test_no_session_outlives_eight_hours(app: Desk, today: Callable[[str], object]) -> None:
    today("2027-03-01T09:00")
    client = signed_in(app, "host")
    for minutes in range(10, 480, 10):
        clock.stand_at(clock.now() + timedelta(minutes=10))
        assert client.get("/notices").status_code == 200, minutes
    clock.stand_at(clock.now() + timedelta(minutes=11))
    assert client.get("/notices").status_code == 302


def test_session_is_touched_at_most_once_a_minute(app: Desk, today: Callable[[str], object]) -> None:
    today("2027-03-01T09:00:00")
    client = signed_in(app, "host")
    client.get("/notices")
    key = sessions.key_of(client.get_cookie("sid").value)

    def seen() -> object:
        with app.database.reading(LOGIN) as tx:
            row = logins.session(tx, key)
            return row.seen_at if row else None

    first = seen()
    today("2027-03-01T09:00:50")
    client.get("/notices")
    assert seen() == first
    today("2027-03-01T09:01:10")
    client.get("/notices")
    assert seen() != first


def test_sessions_are_listed_and_ended_from_elsewhere(app: Desk) -> None:
    one, two = signed_in(app, "host"), signed_in(app, "host")
    page = one.get("/account").get_data(as_text=True)
    other = re.search(r"/account/sessions/([0-9a-f]{64})/end", page)
    assert other
    assert one.post(f"/account/sessions/{other[1]}/end", data={"csrf_token": token(one, "/account")}).status_code == 302
    assert two.get("/").status_code == 302
    assert one.get("/").status_code == 200


def test_nobody_ends_anothers_session(app: Desk) -> None:
    mine, yours = signed_in(app, "host"), signed_in(app, "officer")
    key = sessions.key_of(yours.get_cookie("sid").value)
    answer = mine.post(f"/account/sessions/{key}/end", data={"csrf_token": token(mine, "/account")})
    assert answer.status_code == 404
    assert yours.get("/").status_code == 200


def test_changing_the_seat_changes_the_id_and_what_is_seen(app: Desk) -> None:
    with app.database.writing(Principal.system_("command")) as tx:
        people.grant(tx, "p-host", "expert", "province", valid_from=clock.today())
    client = signed_in(app, "host")
    before = client.get_cookie("sid").value
    page = client.get("/seat").get_data(as_text=True)
    expert = re.findall(r'name="seat" value="([^"]+)"', page)[1]
    client.post("/seat", data={"seat": expert, "csrf_token": token(client, "/seat")})
    assert client.get_cookie("sid").value != before
    assert client.get("/bases").status_code == 403
    thief = app.test_client()
    thief.set_cookie("sid", before)
    assert thief.get("/").status_code == 302
    assert client.post("/seat", data={"seat": "forged", "csrf_token": token(client, "/seat")}).status_code == 403


def test_secure_cookie_everywhere_but_on_plain_loopback(make_app: Callable[..., Desk]) -> None:
    app = make_app(hosts="localhost,guohe.example")
    plain = app.test_client().get("/login").headers["Set-Cookie"]
    assert plain.startswith("visit=")
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    secure = app.test_client().get("/login", base_url="https://guohe.example").headers["Set-Cookie"]
    assert secure.startswith("__Host-visit=")
    assert "Secure" in secure
    unsafe = app.test_client().get("/login", base_url="http://guohe.example").headers["Set-Cookie"]
    assert unsafe.startswith("__Host-visit=")
    assert "Secure" in unsafe


# ------------------------------------------------------------------------------------------------- lockout


def test_five_failures_lock_account_and_network_for_half_an_hour(app: Desk, today: Callable[[str], object]) -> None:
    today("2027-03-01T09:00")
    client = app.test_client()
    for _ in range(5):
        assert attempt(client, "host", "wrong")[0] == 401
        clock.stand_at(clock.now() + timedelta(seconds=40))
    status, text = attempt(client, "host", PASSWORD)
    assert status == 401
    assert "30 分钟" in text
    elsewhere = app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "10.9.8.7"
    assert attempt(elsewhere, "host", PASSWORD)[0] == 302
    clock.stand_at(clock.now() + timedelta(minutes=31))
    assert attempt(client, "host", PASSWORD)[0] == 302


def test_unknown_account_locks_the_same_way(app: Desk, today: Callable[[str], object]) -> None:
    today("2027-03-01T09:00")
    client = app.test_client()
    for _ in range(5):
        attempt(client, "nobody", "wrong")
        clock.stand_at(clock.now() + timedelta(seconds=40))
    assert "30 分钟" in attempt(client, "nobody", "wrong")[1]


def test_delay_grows(app: Desk, today: Callable[[str], object]) -> None:
    today("2027-03-01T09:00")
    client = app.test_client()
    attempt(client, "host", "wrong")
    attempt(client, "host", "wrong")
    status, text = attempt(client, "host", PASSWORD)
    assert status == 401
    assert "请稍候" in text
    clock.stand_at(clock.now() + timedelta(seconds=3))
    assert attempt(client, "host", PASSWORD)[0] == 302


def test_account_alone_locks_after_twenty_from_everywhere(app: Desk, today: Callable[[str], object]) -> None:
    today("2027-03-01T09:00")
    for number in range(20):
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"10.0.{number}.1"
        attempt(client, "host", "wrong")
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = "10.1.1.1"
    assert attempt(client, "host", PASSWORD)[0] == 401


def test_success_forgets_earlier_failures(app: Desk, today: Callable[[str], object]) -> None:
    today("2027-03-01T09:00")
    client = app.test_client()
    for _ in range(3):
        attempt(client, "host", "wrong")
        clock.stand_at(clock.now() + timedelta(seconds=40))
    assert attempt(client, "host", PASSWORD)[0] == 302
    client = app.test_client()
    for _ in range(4):
        assert "30 分钟" not in attempt(client, "host", "wrong")[1]
        clock.stand_at(clock.now() + timedelta(seconds=40))


@pytest.mark.parametrize(
    ("address", "network"),
    [("10.1.2.3", "10.1.2.0/24"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("nonsense", "?"), ("", "?")],
)
def test_networks(address: str, network: str) -> None:
    assert auth.network_of(address) == network


# ------------------------------------------------------------------------------------- what is still owed


def test_forced_password_change_comes_before_every_page(app: Desk) -> None:
    with app.database.writing(Principal.system_("command")) as tx:
        people.put(tx, people.person(tx, "p-host"), must_change=True)
    client = signed_in(app, "host")
    assert client.get("/rounds").location == "/login/password"
    form_token = token(client, "/login/password")
    bad = client.post("/login/password", data={"csrf_token": form_token, "password": "short", "again": "short"})
    assert bad.status_code == 422
    same = {"csrf_token": form_token, "password": PASSWORD, "again": PASSWORD}
    assert client.post("/login/password", data=same).status_code == 422
    other = {"csrf_token": form_token, "password": "Xixi-2027-wetland", "again": "different"}
    assert client.post("/login/password", data=other).status_code == 422
    good = other | {"again": "Xixi-2027-wetland"}
    assert client.post("/login/password", data=good).location == "/"
    assert client.get("/rounds").status_code == 200
    assert attempt(app.test_client(), "host", "Xixi-2027-wetland")[0] == 302


def test_old_password_must_be_replaced(app: Desk) -> None:
    with app.database.writing(Principal.system_("command")) as tx:
        people.put(tx, people.person(tx, "p-host"), password_at=clock.now() - timedelta(days=91))
    assert signed_in(app, "host").get("/").location == "/login/password"


def test_changing_the_password_asks_for_the_old_one_and_ends_other_sessions(app: Desk) -> None:
    one, two = signed_in(app, "host"), signed_in(app, "host")
    form = {"csrf_token": token(one, "/account"), "password": "Xixi-2027-wetland", "again": "Xixi-2027-wetland"}
    assert one.post("/account/password", data=form | {"old": "wrong"}).status_code == 422
    assert one.post("/account/password", data=form | {"old": PASSWORD}).status_code == 302
    assert one.get("/").status_code == 200
    assert two.get("/").status_code == 302


def test_province_enrols_and_proves_a_second_factor_outside_the_demonstration(make_app: Callable[..., Desk]) -> None:
    app = make_app(profile="production")
    client = signed_in(app, "officer")
    assert client.get("/rounds").location == "/login/enrol"
    page = client.get("/login/enrol").get_data(as_text=True)
    secret = re.search(r"密钥：<b[^>]*>([A-Z2-7]+)<", page)
    assert secret
    form_token = token(client, "/login/enrol")
    assert client.post("/login/enrol", data={"csrf_token": form_token, "code": "12"}).status_code == 401
    code = pyotp.TOTP(secret[1]).at(clock.now())
    assert client.post("/login/enrol", data={"csrf_token": form_token, "code": code}).location == "/"
    assert client.get("/rounds").status_code == 200

    again = signed_in(app, "officer")
    assert again.get("/rounds").location == "/login/code"
    form_token = token(again, "/login/code")
    assert again.post("/login/code", data={"csrf_token": form_token, "code": code}).status_code == 401, "used before"
    later = pyotp.TOTP(secret[1]).at(clock.now() + timedelta(seconds=30))
    assert again.post("/login/code", data={"csrf_token": form_token, "code": later}).location == "/"


def test_a_host_needs_no_second_factor(make_app: Callable[..., Desk]) -> None:
    assert signed_in(make_app(profile="production"), "host").get("/").status_code == 200


def test_one_time_link_sets_a_password_once(app: Desk) -> None:
    admin = signed_in(app, "sysadmin")
    page = admin.post("/people/p-plain/reset", data={"csrf_token": token(admin, "/people/p-plain")})
    address = re.search(r"http://localhost(/login/link/[^<\"]+)", page.get_data(as_text=True))
    assert address
    client = app.test_client()
    form = {"csrf_token": token(client, address[1]), "password": "Xixi-2027-wetland", "again": "Xixi-2027-wetland"}
    assert client.post(address[1], data=form).location == "/login"
    assert attempt(app.test_client(), "plain", "Xixi-2027-wetland")[0] == 302
    assert client.get(address[1]).status_code == 404
    assert client.post(address[1], data=form).status_code == 404


# -------------------------------------------------------------------------------------------- forged posts


def test_post_without_a_token_is_refused(sign_in: SignIn) -> None:
    client = sign_in("host")
    assert client.post("/notices/read").status_code == 400
    assert client.post("/notices/read", data={"csrf_token": "forged"}).status_code == 400
    assert client.post("/notices/read", data={"csrf_token": token(client, "/")}).status_code == 302
    assert client.post("/notices/read", headers={"X-CSRFToken": token(client, "/")}).status_code == 302


def test_token_of_another_person_is_refused(app: Desk) -> None:
    mine, yours = signed_in(app, "host"), signed_in(app, "officer")
    assert mine.post("/notices/read", data={"csrf_token": token(yours, "/")}).status_code == 400


def test_https_post_from_another_origin_is_refused(make_app: Callable[..., Desk]) -> None:
    app = make_app(hosts="guohe.example")
    client = app.test_client()
    page = client.get("/login", base_url="https://guohe.example").get_data(as_text=True)
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found
    form = {"login": "host", "password": PASSWORD, "csrf_token": found[1]}
    far = client.post(
        "/login", base_url="https://guohe.example", data=form, headers={"Referer": "https://evil.example/"}
    )
    assert far.status_code == 400
    near = client.post(
        "/login", base_url="https://guohe.example", data=form, headers={"Referer": "https://guohe.example/login"}
    )
    assert near.status_code == 302
