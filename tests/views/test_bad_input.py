"""Issue 5.6 on the real forms: malformed, hostile and enormous posts get a clear Chinese answer and change nothing."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.browser.filling import leaves
from tests.browser.site import PASSWORD, Site
from tests.databases import Kind, digest
from tests.views.conftest import token
from webapp import clock
from webapp.app import create_app

HOST = "host-jhfx"
PASSING = {"auth_session", "login_attempt", "file"}
"""What a refused post may touch: the session's time, and uploads, which stay for the next try."""
CHINESE = re.compile(r"[\u4e00-\u9fff]{4,}")
Pairs = list[tuple[str, str]]


@dataclass
class Desk:
    """A host before an application that is complete but for what the test does to it."""

    site: Site
    client: FlaskClient
    task: str
    complete: Pairs
    moment: datetime
    """When it is for the site; another test may have moved the clock since."""

    def post(self, pairs: Pairs, path: str = "", **more: Any) -> Any:
        """The form as a browser would send it."""
        data: dict[str, Any] = {
            "csrf_token": token(self.client, "/"),
            "command_id": "bad-input-" + "0" * 16,
            "_outcome": "submit",
        }
        for name, value in pairs:
            held = data.get(name)
            data[name] = (
                value
                if name.startswith("_") or held is None
                else [*(held if isinstance(held, list) else [held]), value]
            )
        return self.client.post(f"/tasks/{self.task}{path}", data={**data, **more.pop("files", {})}, **more)

    def state(self) -> str:
        """A hash of every row that a refused post must leave alone."""
        return digest(self.site.installation.database, but=PASSING)


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Kind], Desk]]:
    """One on each kind of database for all refused posts: none of them may change anything."""
    found: dict[str, Desk] = {}

    def at(kind: Kind) -> Desk:
        if kind.name not in found:
            found[kind.name] = _desk(tmp_path_factory.mktemp("bad-input"), kind)
        return found[kind.name]

    yield at
    for desk in found.values():
        _leave(desk)


@pytest.fixture
def desk(desks: Callable[[Kind], Desk], backend: Kind) -> Desk:
    return desks(backend)


@pytest.fixture
def own_desk(tmp_path: Path, backend: Kind) -> Iterator[Desk]:
    """For the post that is accepted, whatever the order of the tests."""
    made = _desk(tmp_path, backend)
    yield made
    _leave(made)


def _desk(folder: Path, kind: Kind) -> Desk:
    site = Site(folder / "site", kind)
    story = site.story
    story.opened_round()
    site.welcome([HOST])
    case_id = story.drafts(HOST)
    app = create_app(site.settings, installation=site.installation)
    client = app.test_client()
    client.post("/login", data={"login": HOST, "password": PASSWORD, "csrf_token": token(client)})
    uploaded = client.post(
        "/files", data={"csrf_token": token(client, "/"), "file": (site.pdf.open("rb"), "佐证材料.pdf")}
    )
    story.file_id = uploaded.get_json()["id"]
    content = story.content(HOST, "joint_rd", "纤维新材", 4)
    return Desk(site, client, story.task(case_id, "fill").id, list(_pairs(content)), clock.now())


def _leave(desk: Desk) -> None:
    desk.site.stop()
    clock.stand_at(None)


@pytest.fixture
def unchanged(desk: Desk) -> Iterator[None]:
    clock.stand_at(desk.moment)
    before = desk.state()
    yield
    assert desk.state() == before


def _pairs(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for path, value in leaves(content):
        for each in value if isinstance(value, list) else [value]:
            yield path, {True: "true", False: "false"}.get(each, str(each)) if isinstance(each, bool) else str(each)


def _instead(pairs: Pairs, path: str, value: str) -> Pairs:
    return [pair for pair in pairs if pair[0] != path] + [(path, value)]


def _is_clear(answer: Any, *statuses: int) -> str:
    text = str(answer.get_data(as_text=True))
    assert answer.status_code in statuses, (
        answer.status_code,
        re.findall(r"gh-flash.*?</p>|gh-errors.*?</ul>", text, re.S)[:3],
    )
    assert CHINESE.search(text)
    assert "Traceback" not in text
    assert "webapp/" not in text
    return text


WRONG_VALUES = [
    ("team_count", "1e999"), ("team_count", "NaN"), ("team_count", "-1"), ("team_count", "9" * 400), ("team_count", "4.5"),
    ("annual_budget", "Infinity"), ("annual_budget", "0x10"), ("annual_budget", "1,2,3,abc"),
    ("founded_on", "2026-13-45"), ("founded_on", "0000-00-00"), ("founded_on", "昨天"), ("leader.birth", "1975-13"),
    ("category", "joint_rd' or 1=1"), ("field_code", "../../etc/passwd"), ("city", "999999"), ("leader.full_time", "maybe"),
    ("leader.nationality", "ATL"), ("main_regions", "<script>"), ("commitments", "everything"),
    ("leader.email", "a@b@c"), ("leader.mobile", "000"), ("uscc_", "x"),
    ("base_name", "长" * 5_000), ("host_profile", "长" * 120_000), ("partners.0.country_region", "__proto__"),
    ("partners.0.agreements.0.signed_on", "31/31/31"), ("business_licence", "no-such-file"), ("business_licence", "'; drop table file"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value"), WRONG_VALUES, ids=[f"{path}={value[:12]}" for path, value in WRONG_VALUES])
def test_one_wrong_value_in_a_complete_form_is_named(desk: Desk, unchanged: None, path: str, value: str) -> None:
    text = _is_clear(desk.post(_instead(desk.complete, path, value)), 422)
    assert "处需要修改" in text or "刷新页面" in text
    assert "<script>" not in text.split("gh-errors")[-1].split("</ul>")[0]


WRONG_NAMES = [
    "class", "proto.__proto__", "partners", "partners.0", "partners.-1.name", "partners.999999.name", "partners.0.name.deeper",
    "partners.٣.name", "partners..name", ".", "..", "a" * 5_000, "partners.0.agreements.0.agreements.0.file", "leader.0.name",
    "status", "case_id", "verdict", "名称", "x\x00y", "partners[0][name]", "$where", "constructor.prototype",
]  # fmt: skip


@pytest.mark.parametrize("name", WRONG_NAMES, ids=[name[:20] for name in WRONG_NAMES])
def test_a_field_that_the_form_has_not_is_refused(desk: Desk, unchanged: None, name: str) -> None:
    _is_clear(desk.post([*desk.complete, (name, "x")]), 422)


OPERATIONS = [
    "remove:partners.999", "remove:leader", "add:__proto__", "add:base_name", "add:", "remove:", ":", "up:partners.0.name",
    "explode:partners", "add:partners.0.agreements.0", "add:" + "a." * 3_000, "down:partners.x", "remove:partners.-1",
]  # fmt: skip


@pytest.mark.parametrize("operation", OPERATIONS, ids=[each[:24] for each in OPERATIONS])
def test_a_row_button_that_is_not_there_is_refused(desk: Desk, unchanged: None, operation: str) -> None:
    _is_clear(desk.post([*desk.complete, ("_op", operation)]), 422)


@pytest.mark.parametrize(
    "outcome", ["", "approve", "submit!", "submit|withdraw", "withdraw;submit", "x" * 10_000, "\x00"]
)
def test_an_outcome_that_is_not_offered_is_refused(desk: Desk, unchanged: None, outcome: str) -> None:
    text = _is_clear(desk.post([*desk.complete, ("_outcome", outcome)]), 422)
    assert "请选择办理结果" in text


@pytest.mark.parametrize(
    "command_id", ["", "short", "x" * 5_000, "no spaces allowed here", "<script>alert(1)</script>", "编号" * 20]
)
def test_a_forged_command_id_is_refused(desk: Desk, unchanged: None, command_id: str) -> None:
    answer = desk.client.post(
        f"/tasks/{desk.task}",
        data={
            **dict(desk.complete),
            "csrf_token": token(desk.client, "/"),
            "command_id": command_id,
            "_outcome": "submit",
        },
    )
    _is_clear(answer, 422, 400)


def test_enormous_posts_are_refused(desk: Desk, unchanged: None) -> None:
    _is_clear(desk.post([*desk.complete, *((f"partners.{n}.name", "x") for n in range(1_900))]), 422)
    _is_clear(desk.post([*desk.complete, *(("keywords", "x" * 40) for _ in range(5_200))]), 413, 422)
    _is_clear(desk.post(_instead(desk.complete, "_opinion", "长" * 5_001)), 422)
    _is_clear(desk.post(_instead(desk.complete, "goals", "长" * 900_000)), 413, 422)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"base_name": "x"}', "application/json"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"--x\r\nbroken", "multipart/form-data"),
        (b"\xff\xfe%%%=%zz&=&&", "application/x-www-form-urlencoded"),
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "text/xml"),
        (b"", "application/x-www-form-urlencoded"),
    ],
    ids=["json", "torn", "no-boundary", "no-letters", "xml", "nothing"],
)
def test_a_body_that_is_no_form_is_refused(desk: Desk, unchanged: None, body: bytes, kind: str) -> None:
    for path in ("", "/draft", "/form"):
        answer = desk.client.post(f"/tasks/{desk.task}{path}", data=body, content_type=kind)
        text = _is_clear(answer, 400)
        assert "root:" not in text


def _packed(*members: tuple[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members:
            package.writestr(name, content)
    return held.getvalue()


WORD = ("[Content_Types].xml", b"<Types/>")
FILES = {
    "program.pdf": b"MZ\x90\x00" + b"\x00" * 200,
    "page.png": b"<html><script>alert(1)</script></html>",
    "picture.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "page.html": b"<html></html>",
    "empty.pdf": b"",
    "macro.docx": _packed(WORD, ("word/document.xml", b"<w/>"), ("word/vbaProject.bin", b"x")),
    "bomb.xlsx": _packed(WORD, ("xl/workbook.xml", b"0" * 80_000_000)),
    "climbing.docx": _packed(WORD, ("../../evil.exe", b"MZ")),
    "script.pdf": b"%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
    "two.pdf.exe": b"MZ",
    "noextension": b"%PDF-1.4",
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused_and_the_form_kept(desk: Desk, unchanged: None, name: str) -> None:
    pairs = [pair for pair in desk.complete if pair[0] != "business_licence"]
    files = {"business_licence__file": (io.BytesIO(FILES[name]), name)}
    text = _is_clear(desk.post(pairs, files=files), 422)
    assert "纤维新材国际科技合作基地" in text, "what was typed is kept"


def test_a_file_for_a_field_that_takes_none_is_refused(desk: Desk, unchanged: None) -> None:
    pdf = io.BytesIO(b"%PDF-1.4\n%%EOF")
    _is_clear(desk.post(desk.complete, files={"base_name__file__file.0": (pdf, "a.pdf")}), 422)


def test_the_form_without_its_token_is_refused(desk: Desk, unchanged: None) -> None:
    answer = desk.client.post(f"/tasks/{desk.task}", data={**dict(desk.complete), "_outcome": "submit"})
    assert "刷新" in _is_clear(answer, 400)


def test_the_complete_form_itself_goes_through(own_desk: Desk) -> None:
    """Or all of the above would be refused for another reason."""
    before = own_desk.state()
    answer = own_desk.post(own_desk.complete)
    assert answer.status_code == 302, re.findall(r"gh-errors.*?</ul>", answer.get_data(as_text=True), re.S)
    assert own_desk.state() != before
