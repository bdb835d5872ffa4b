"""Attachments through the pages: taken in after a look inside, handed out as downloads to whom they concern."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.databases import digest
from tests.views.conftest import World, token
from tests.views.test_filetypes import BAD, GOOD
from webapp.views.desk import Desk

SignIn = Callable[[str], FlaskClient]


def put(client: FlaskClient, name: str, content: bytes):  # type: ignore[no-untyped-def]  # werkzeug's test response
    return client.post("/files", data={"csrf_token": token(client, "/"), "file": (BytesIO(content), name)})


@pytest.mark.parametrize("name", GOOD)
def test_good_file_comes_back_byte_by_byte_as_a_download(sign_in: SignIn, name: str) -> None:
    client = sign_in("host")
    answer = put(client, name, GOOD[name])
    assert answer.status_code == 200
    back = client.get(f"/files/{answer.json['id']}")
    assert back.data == GOOD[name]
    assert back.headers["Content-Disposition"].startswith("attachment;")
    assert "filename*=UTF-8''" in back.headers["Content-Disposition"]
    assert back.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert back.headers["X-Content-Type-Options"] == "nosniff"
    assert back.headers["Cache-Control"] == "private, no-store"
    assert "html" not in back.content_type


@pytest.mark.parametrize("name", [name for name in BAD if name != "bomb.xlsx"])
def test_bad_file_leaves_nothing_behind(app: Desk, sign_in: SignIn, name: str) -> None:
    client = sign_in("host")
    before = _rows(app)
    answer = put(client, name, BAD[name])
    assert answer.status_code == 422
    assert _rows(app) == before


def test_names_with_tricks_are_made_harmless(sign_in: SignIn) -> None:
    client = sign_in("host")
    answer = put(client, "../../证明;\u202e%0d%0a材料.pdf", GOOD["认定通知.pdf"])
    assert answer.json["name"] == "证明;%0d%0a材料.pdf"
    header = client.get(f"/files/{answer.json['id']}").headers["Content-Disposition"]
    assert header.startswith('attachment; filename="___')
    assert "\u202e" not in header
    assert ".." not in header


def test_others_see_a_file_only_through_the_case(sign_in: SignIn, world: World) -> None:
    address = f"/files/{world.ids['file_id']}"
    assert sign_in("city").get(address).status_code == 200
    assert sign_in("other_host").get(address).status_code == 404
    assert sign_in("other_city").get(address).status_code == 404


def test_preview_is_only_for_pictures_and_pdf(sign_in: SignIn) -> None:
    client = sign_in("host")
    pdf = put(client, "a.pdf", GOOD["认定通知.pdf"]).json["id"]
    word = put(client, "a.docx", GOOD["申报书.docx"]).json["id"]
    assert client.get(f"/files/{pdf}?view=1").headers["Content-Disposition"].startswith("inline;")
    assert client.get(f"/files/{word}?view=1").headers["Content-Disposition"].startswith("attachment;")


def _rows(app: Desk) -> tuple[str, int]:
    left = digest(app.database, but={"auth_session"})
    return left, sum(1 for path in Path(app.settings.files).rglob("*") if path.is_file())
