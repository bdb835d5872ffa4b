"""Headers on every answer, and clear refusals of ids, parameters, hosts and bodies that nobody sends by accident."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.views.conftest import World, signed_in, token
from webapp.views.desk import HEADERS, Desk, inner_path

SignIn = Callable[[str], FlaskClient]
EVIL = ["'", "../../etc/passwd", "%00", "0" * 5000, "<script>alert(1)</script>", "１", "\u202e", "~", "a~b", "a~b~c"]


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/login",
        "/nope",
        "/cases/none",
        "/static/dist/manifest.json",
        "/static/../app.py",
        "/files/none",
        "/healthz",
    ],
)
def test_every_answer_carries_the_headers(sign_in: SignIn, address: str) -> None:
    answer = sign_in("officer").get(address)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-ID"])
    assert "Cache-Control" in answer.headers


def test_pages_are_not_stored_and_assets_are(sign_in: SignIn) -> None:
    client = sign_in("officer")
    assert client.get("/").headers["Cache-Control"] == "no-store"
    assert "immutable" in client.get("/static/dist/manifest.json").headers["Cache-Control"]
    assert client.get("/static/dist/manifest.json").headers["Vary"] == "Accept-Encoding"


def test_strict_transport_only_over_https(make_app: Callable[..., Desk]) -> None:
    app = make_app(hosts="localhost,guohe.example")
    assert "Strict-Transport-Security" not in app.test_client().get("/login").headers
    answer = app.test_client().get("/login", base_url="https://guohe.example")
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_unknown_host_is_refused(app: Desk) -> None:
    assert app.test_client().get("/login", base_url="http://evil.example").status_code == 400


def test_forwarded_headers_count_only_behind_a_declared_proxy(make_app: Callable[..., Desk]) -> None:
    forged = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "1.2.3.4", "X-Forwarded-Host": "evil.example"}
    direct = make_app().test_client().get("/login", headers=forged)
    assert direct.status_code == 200
    assert "Strict-Transport-Security" not in direct.headers
    behind = make_app(proxies=1, hosts="guohe.example").test_client()
    good = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "1.2.3.4", "X-Forwarded-Host": "guohe.example"}
    assert "Strict-Transport-Security" in behind.get("/login", headers=good).headers
    assert behind.get("/login", headers=forged).status_code == 400


def test_other_methods_are_refused_with_what_is_allowed(sign_in: SignIn) -> None:
    client = sign_in("officer")
    for method in ("TRACE", "PUT", "DELETE", "PATCH"):
        answer = client.open("/rounds", method=method)
        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("evil", EVIL)
def test_ids_that_name_nothing_read_as_not_found(sign_in: SignIn, evil: str) -> None:
    client = sign_in("officer")
    for place in ("cases", "tasks", "rounds", "bases", "documents", "files", "organisations", "accounts"):
        answer = client.get(f"/{place}/{evil}")
        assert answer.status_code in (308, 400, 404, 405, 414), (place, answer.status_code)
        assert "<script>alert" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("evil", EVIL)
def test_parameters_of_lists_never_break_a_page(sign_in: SignIn, evil: str) -> None:
    client = sign_in("officer")
    for place in ("/", "/applications", "/bases", "/documents", "/notices", "/organisations", "/people"):
        for name in (
            "q",
            "after",
            "process",
            "light",
            "tab",
            "status",
            "city",
            "category",
            "kind",
            "on",
            "round",
            "org",
        ):
            answer = client.get(place, query_string={name: evil})
            assert answer.status_code < 500, (place, name, evil)
            assert "<script>alert" not in answer.get_data(as_text=True)


def test_scripts_get_their_errors_as_data(sign_in: SignIn) -> None:
    answer = sign_in("officer").get("/cases/none", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert json.loads(answer.data)["message"].endswith("。")


def test_htmx_is_sent_to_log_in(app: Desk) -> None:
    answer = app.test_client().get("/rounds", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login"


def test_errors_show_a_number_and_nothing_inside(app: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from webapp.store import rounds

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail /var/lib")

    monkeypatch.setattr(rounds, "list", broken)
    answer = signed_in(app, "officer").get("/rounds")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert "secret detail" not in text
    assert "Traceback" not in text
    assert answer.headers["X-Request-ID"] in text


def test_too_much_is_refused(sign_in: SignIn, world: World) -> None:
    client = sign_in("city")
    form_token = token(client, "/")
    many = {f"f{n}": "x" for n in range(7_000)} | {"csrf_token": form_token}
    answer = client.post(f"/tasks/{world.ids['task_id']}/draft", data=many, content_type="multipart/form-data")
    assert answer.status_code == 413
    large = {"csrf_token": form_token, "file": (BytesIO(b"%PDF-" + b"0" * 121 * 1024 * 1024), "a.pdf")}
    assert client.post("/files", data=large).status_code == 413


def test_fields_nobody_asked_for_are_refused(sign_in: SignIn, world: World) -> None:
    """Mass assignment: a task without form takes no content."""
    client = sign_in("city")
    data = {"csrf_token": token(client, "/"), "command_id": "x" * 20, "status": "done", "_outcome": "submit"}
    answer = client.post(f"/tasks/{world.ids['task_id']}", data=data)
    assert answer.status_code < 500
    assert client.get("/").get_data(as_text=True).count("审核初评") > 0, "still open"


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_inner_path_is_inner(target: str) -> None:
    found = inner_path(target, "/")
    assert found.startswith("/")
    assert not found.startswith(("//", "/\\"))
    assert "\\" not in found
    assert not any(ord(char) < 0x20 for char in found)
