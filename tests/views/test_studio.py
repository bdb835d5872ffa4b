"""The studio's pages: who may do what, the drawing board's data and answers, drafts to release, forms, tables, roles."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests import factories
from tests.studio import interview
from tests.views.conftest import ACTORS, PASSWORD, SYSTEM, signed_in, token
from webapp import clock
from webapp.store import people
from webapp.views import passwords
from webapp.views.desk import Desk

READERS = {"analyst", "officer", "division_head", "dept_leader"}
REVIEWERS = {"analyst", "division_head"}
PAGES: dict[str, set[str]] = {
    "/studio": READERS,
    "/studio/designation": READERS,
    "/studio/designation/play": READERS,
    "/studio/forms/designation/formal_check": READERS,
    "/studio/tables/ban": READERS,
    "/studio/roles": READERS,
    "/studio/handlers": READERS,
    "/studio/history/designation.bpmn": READERS,
    "/studio/history/forms/shared/application.schema.json": READERS,
    "/studio/review": REVIEWERS,
}
POSTS: dict[str, set[str]] = {
    "/studio/designation/draft": {"analyst"},
    "/studio/new": {"analyst"},
    "/studio/submit": {"analyst"},
    "/studio/roles": {"analyst"},
    "/studio/restore": {"analyst"},
    "/studio/forms/designation/formal_check": {"analyst"},
    "/studio/tables/ban": {"analyst"},
    "/studio/approve": REVIEWERS,
    "/studio/drafts/nothing/withdraw": REVIEWERS,
    "/studio/designation/check": READERS,
}


@pytest.fixture
def second(app: Desk) -> FlaskClient:
    """Another analyst's browser."""
    with app.database.writing(SYSTEM) as tx:
        person = factories.add_person(
            tx, id="p-analyst2", login="analyst2", name="第二分析师", role="analyst", org="province"
        )
        people.put(tx, person, password_hash=passwords.hashed(PASSWORD))
    return signed_in(app, "analyst2")


@pytest.fixture
def first(sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    return sign_in("analyst")


def data_of(page: str) -> dict[str, Any]:
    """What the drawing board is given."""
    found = re.search(r'<script type="application/json" id="studio-data">(.*?)</script>', page, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


def script(client: FlaskClient, path: str, body: str, version: str = "") -> Any:
    """A POST as the studio's script sends it."""
    headers = {"X-CSRFToken": token(client, "/studio"), "Accept": "application/json", "X-Draft-Version": quote(version)}
    return client.post(path, data=body.encode(), headers=headers, content_type="application/xml; charset=utf-8")


def press(client: FlaskClient, path: str, page: str = "/studio/review", **fields: Any) -> Any:
    """A POST of a form on that page."""
    found = re.search(r'name="command_id" value="([^"]+)"', client.get(page).get_data(as_text=True))
    fields |= {"csrf_token": token(client, "/studio"), "command_id": found[1] if found else "studio-test-0000000000"}
    return client.post(path, data=fields)


def drafts_in(page: str) -> list[str]:
    return re.findall(r'name="draft" value="([^"]+)"', page)


@pytest.mark.parametrize("who", [*ACTORS, "anonymous"])
def test_who_may_open_what(who: str, app: Desk, sign_in: Callable[[str], FlaskClient]) -> None:
    client = app.test_client() if who == "anonymous" else sign_in(who)
    wrong = []
    for path, allowed in PAGES.items():
        status = client.get(path).status_code
        if (status == 200) != (who in allowed):
            wrong.append((path, status))
    mark = token(client, "/login" if who == "anonymous" else "/account")
    for path, allowed in POSTS.items():
        status = client.post(path, data={"csrf_token": mark}).status_code
        refused = status in (401, 403)
        if refused == (who in allowed) or status >= 500:
            wrong.append((path, status))
    assert wrong == []


def test_every_route_of_the_studio_is_in_the_matrix(app: Desk) -> None:
    known = {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("studio.")}
    adapter = app.url_map.bind("127.0.0.1")
    seen = {adapter.match(path, method="GET")[0] for path in PAGES} | {
        adapter.match(path, method="POST")[0] for path in POSTS
    }
    elsewhere = {"studio.draft", "studio.version", "studio.run", "studio.preview", "studio.preview_table"}
    assert known == seen | elsewhere


def test_the_list_of_handlers_speaks_to_analysts(first: FlaskClient) -> None:
    page = first.get("/studio/handlers").get_data(as_text=True)
    assert "受理申报：生成受理编号" in page
    assert "the application has its number" in page, "what it promises exactly is still there"


def test_the_board_has_its_data_and_only_it_allows_style_attributes(first: FlaskClient) -> None:
    answer = first.get("/studio/designation")
    data = data_of(answer.get_data(as_text=True))
    assert data["xml"] == data["published"]
    assert not data["readonly"]
    assert {"code": "host", "name": "依托单位"} in data["roles"]
    assert {"name": "designation/formal_check", "title": "形式审查（designation/formal_check）"} in data[
        "forms"
    ] or any(form["name"] == "designation/formal_check" for form in data["forms"])
    assert any(card["name"] == "designation.accept" for card in data["handlers"])
    assert {"id": "ban", "name": "ban"} in data["decisions"]
    assert "style-src-attr 'unsafe-inline'" in answer.headers["Content-Security-Policy"]
    assert "style-src-attr" not in first.get("/account").headers["Content-Security-Policy"]


def test_others_look_and_do_not_touch(sign_in: Callable[[str], FlaskClient]) -> None:
    client = sign_in("officer")
    page = client.get("/studio/designation").get_data(as_text=True)
    assert data_of(page)["readonly"]
    assert 'data-save-url=""' in page
    assert "您只有查看权限" in page
    assert script(client, "/studio/designation/draft", "<x/>").status_code == 403


def test_the_check_answers_as_the_command_does(first: FlaskClient) -> None:
    xml = data_of(first.get("/studio/designation").get_data(as_text=True))["xml"]
    clean = script(first, "/studio/designation/check", xml).get_json()
    assert (clean["files"][0]["ok"], clean["files"][0]["findings"]) == (True, [])
    broken = script(
        first, "/studio/designation/check", xml.replace('"designation.accept"', '"designation.acept"')
    ).get_json()
    assert ("handler", "accept") in {(one["rule"], one["element"]) for one in broken["files"][0]["findings"]}
    assert not script(first, "/studio/designation/check", "rubbish").get_json()["files"][0]["ok"]
    assert script(first, "/studio/designation/check", "\x00").status_code == 200
    assert (
        first.post(
            "/studio/designation/check", data=b"\xff\xfe", headers={"X-CSRFToken": token(first, "/studio")}
        ).status_code
        == 422
    )


def test_a_draft_is_saved_and_a_late_window_is_told(first: FlaskClient) -> None:
    xml = data_of(first.get("/studio/publicity").get_data(as_text=True))["xml"].replace(
        'name="公布名单"', 'name="公布入选名单"'
    )
    saved = script(first, "/studio/publicity/draft", xml).get_json()
    assert saved["version"]
    page = first.get("/studio/publicity").get_data(as_text=True)
    data = data_of(page)
    assert "公布入选名单" in data["xml"]
    assert "公布入选名单" not in data["published"]
    again = script(first, "/studio/publicity/draft", xml + "\n", saved["version"])
    assert again.status_code == 200
    late = script(first, "/studio/publicity/draft", xml + "\n\n", saved["version"])
    assert late.status_code == 409
    assert "另一窗口" in late.get_json()["message"]


def test_an_interview_from_the_board_to_its_release(first: FlaskClient, second: FlaskClient) -> None:
    xml = data_of(first.get("/studio/designation").get_data(as_text=True))["xml"]
    added = press(
        first,
        "/studio/roles",
        "/studio/roles",
        name=interview.LANE,
        code="defence_panel",
        resolver="other",
        other="org:province",
        scope="all",
    )
    assert added.status_code == 302
    assert interview.LANE in first.get("/studio/roles").get_data(as_text=True)
    faulty = interview.drawn(xml, condition='defence_interview.outcome == "again"')
    script(first, "/studio/designation/draft", faulty)
    form = "/studio/forms/designation/defence_interview"
    assert first.get(form).status_code == 200
    assert press(first, form, form, schema=interview.schema(), ui=interview.ui()).status_code == 302

    ids = drafts_in(first.get("/studio/review").get_data(as_text=True))
    assert len(ids) == 3
    refused = press(first, "/studio/submit", draft=ids, note="增加答辩")
    assert refused.status_code == 422
    assert "没有这个结果" in refused.get_data(as_text=True)

    script(first, "/studio/designation/draft", interview.drawn(xml))
    assert press(first, "/studio/submit", draft=ids, note="增加答辩").status_code == 302
    assert press(first, "/studio/approve", draft=ids, effective_from=clock.today().isoformat()).status_code == 403

    waiting = second.get("/studio/review").get_data(as_text=True)
    assert sorted(drafts_in(waiting)) == sorted(ids)
    shown = [second.get(f"/studio/drafts/{one}").get_data(as_text=True) for one in ids]
    assert any("用户任务“答辩评审”" in page for page in shown)
    past = press(second, "/studio/approve", draft=ids, effective_from="2020-01-01")
    assert past.status_code == 422
    assert (
        press(
            second, "/studio/approve", draft=ids, effective_from=clock.today().isoformat(), opinion="同意"
        ).status_code
        == 302
    )

    listed = first.get("/studio").get_data(as_text=True)
    assert "第 2 版" in listed
    history = first.get("/studio/history/designation.bpmn").get_data(as_text=True)
    assert "第二分析师" in history
    assert "审核通过并发布" in history
    assert "增加答辩" in history
    old = re.findall(r'name="hash" value="([0-9a-f]{64})"', history)[0]
    assert first.get(f"/studio/version/{old}").status_code == 200
    assert press(first, "/studio/restore", "/studio/review", file="designation.bpmn", hash=old).status_code == 302
    assert "defence_interview" not in data_of(first.get("/studio/designation").get_data(as_text=True))["xml"]


def test_a_refusal_comes_back_with_its_reason(first: FlaskClient, second: FlaskClient) -> None:
    xml = data_of(first.get("/studio/publicity").get_data(as_text=True))["xml"].replace(
        'name="公布名单"', 'name="公布名单一"'
    )
    script(first, "/studio/publicity/draft", xml)
    ids = drafts_in(first.get("/studio/review").get_data(as_text=True))
    press(first, "/studio/submit", draft=ids, note="改名")
    board = data_of(first.get("/studio/publicity").get_data(as_text=True))
    assert board["readonly"]
    path = f"/studio/drafts/{ids[0]}/refuse"
    assert press(second, path, f"/studio/drafts/{ids[0]}", reason="").status_code == 422
    assert press(second, path, f"/studio/drafts/{ids[0]}", reason="名称不合适").status_code == 302
    assert "名称不合适" in first.get("/studio/review").get_data(as_text=True)
    assert press(first, f"/studio/drafts/{ids[0]}/discard").status_code == 302
    assert press(first, f"/studio/drafts/{ids[0]}/nonsense").status_code == 404


def test_forms_are_drawn_while_they_are_written(first: FlaskClient) -> None:
    page = first.get("/studio/forms/shared/application")
    assert page.status_code == 200
    path = "/studio/forms/designation/defence_interview/preview"
    good = press(first, path, "/studio", schema=interview.schema(), ui=interview.ui()).get_data(as_text=True)
    assert "答辩得分" in good
    bad = press(first, path, "/studio", schema="{", ui="{}")
    assert bad.status_code == 200
    assert "不是有效的 JSON" in bad.get_data(as_text=True)
    for schema in (
        '{"type":"object","properties":{"a":{"type":"colour"}}}',
        "[]",
        '{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}}}',
    ):
        assert press(first, path, "/studio", schema=schema, ui="[]").status_code == 200


def test_tables_are_read_while_they_are_written(first: FlaskClient) -> None:
    page = first.get("/studio/tables/ban").get_data(as_text=True)
    assert "命中策略" in page
    text = re.search(r'<textarea[^>]*id="text"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert text
    bad = press(first, "/studio/tables/ban/preview", "/studio", text="<nonsense/>").get_data(as_text=True)
    assert "DMN" in bad
    assert press(first, "/studio/tables/ban", "/studio", text="").status_code == 422
    assert press(first, "/studio/tables/ban", "/studio", text="<definitions/>").status_code == 302


def test_a_trial_run_is_shown(first: FlaskClient) -> None:
    page = first.get("/studio/publicity/play").get_data(as_text=True)
    scenario = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert scenario
    ran = press(first, "/studio/publicity/play", "/studio", scenario="{}")
    assert ran.status_code == 200
    assert press(first, "/studio/publicity/play", "/studio", scenario="{").status_code == 422


def test_a_new_diagram_begins_with_one_lane(first: FlaskClient) -> None:
    assert press(first, "/studio/new", "/studio", name="study_visit", title="考察").status_code == 302
    assert 'process id="study_visit"' in data_of(first.get("/studio/study_visit").get_data(as_text=True))["xml"]
    for name in ("study_visit", "roles", "Bad Name", ""):
        assert press(first, "/studio/new", "/studio", name=name, title="x").status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/studio/nothing",
        "/studio/tables/nothing",
        "/studio/history/none.bpmn",
        "/studio/version/abc",
        "/studio/drafts/x",
    ],
)
def test_what_is_not_there_is_told_so(first: FlaskClient, path: str) -> None:
    assert first.get(path).status_code == 404
