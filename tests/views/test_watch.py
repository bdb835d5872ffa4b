"""The monitoring page: who sees what, every number its list, polling, urging, retrying, versions."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from tests import factories
from tests.views.conftest import ACTORS, SYSTEM, World, signed_in, token
from webapp import clock
from webapp.engine import commands
from webapp.store import cases, inbox, incidents, people, releases
from webapp.store.db import Tx
from webapp.views.desk import Desk

WATCHERS = {"city", "city_head", "other_city", "officer", "division_head", "dept_leader"}
SignIn = Callable[[str], FlaskClient]
LINK = re.compile(r'<a\b[^>]*href="(/watch/list\?[^"]*)"[^>]*>(.*?)</a>', re.S)
TOTAL = re.compile(r"共 <b class=\"gh-num\">(\d+)</b>")


@pytest.fixture
def busy(app: Desk, world: World) -> Desk:
    """Beside the world's case: tasks of both cities and of an expert, late, soon and done ones, an incident, old cases."""
    today = clock.today()
    with app.database.writing(SYSTEM) as tx:
        case = cases.get(tx, world.ids["case_id"])
        other = factories.add_case(
            tx,
            title="另一市的事项",
            host_id="host-2",
            recommender_id="city-330200",
            city="330200",
            round_id=world.ids["round_id"],
            release_id=case.release_id,
            parameters_on=today,
        )
        for each, org in ((case, "city-330100"), (other, "city-330200")):
            late: dict[str, Any] = {"due_on": today - timedelta(days=30), "round_id": world.ids["round_id"]}
            review: dict[str, Any] = {
                "element": "recommender_review",
                "title": "审核初评",
                "role": "recommender",
                "org": org,
            }
            check: dict[str, Any] = {
                "element": "formal_check",
                "title": "形式审查",
                "role": "province_officer",
                "org": "province",
            }
            score: dict[str, Any] = {
                "process": "expert_review",
                "element": "score",
                "title": "独立评分",
                "role": "expert",
            }
            factories.add_task(tx, each, **late, **review)
            factories.add_task(tx, each, **late, **check)
            factories.add_task(tx, each, **late, **score, person_id="p-expert")
            factories.add_task(tx, each, due_on=today, round_id=world.ids["round_id"])
            for days in (1, 3, 4):
                arrived = clock.now() - timedelta(days=9)
                done = factories.add_task(tx, each, **late, **review, arrived_at=arrived)
                inbox.close(tx, done, workdays=days, done_by="p-city")
        gone = factories.add_case(tx, host_id="host-2", recommender_id="city-330200", city="330200", status="done")
        gone.started_at, gone.ended_at = clock.now() - timedelta(days=40), clock.now() - timedelta(days=9)
        incidents.park(tx, case_id=other.id, element="formal_check", message="公示接口超时，请稍后重试", next_at=None)
        other.status = "incident"
    return app


def _text(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(unescape(address))
    assert answer.status_code == status, (address, answer.get_data(as_text=True)[:400])
    return answer.get_data(as_text=True)


def _number(html: str) -> int | None:
    """The number a link shows: the figure of a card, `3`, `超期 3 件`, `全部 3 件`; None for a median."""
    card = re.search(r'gh-stat-value">([^<]*)<', html)
    plain = card[1] if card else re.sub(r"<[^>]+>", " ", html)
    found = re.search(r"\d+", plain)
    return int(found[0]) if found else 0


def _rows(workbook: bytes) -> int:
    """Lines of the first sheet, its head included."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
        return parts.read("xl/worksheets/sheet1.xml").count(b"<row ")


# ------------------------------------------------------------------------------------------------ who


@pytest.mark.parametrize("who", sorted([*ACTORS, "anonymous"]))
def test_only_authorities_watch(who: str, app: Desk, world: World) -> None:
    client = app.test_client() if who == "anonymous" else signed_in(app, who)
    wanted = 200 if who in WATCHERS else 302 if who == "anonymous" else 403
    for address in (
        "/watch",
        "/watch/designation",
        "/watch/designation/diagram",
        "/watch/list?figure=open",
        "/watch/list/export?figure=open",
    ):
        assert client.get(address).status_code == wanted, address
    live = client.get("/watch/live", headers={"HX-Request": "true"}).status_code
    assert live == (401 if who == "anonymous" else wanted)


@pytest.mark.parametrize("who", sorted(ACTORS))
def test_only_the_province_s_operators_retry(who: str, app: Desk, world: World) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    data = {"command_id": "c" * 24}
    status = signed_in(app, who).post(f"/watch/incidents/{world.ids['case_id']}/retry", data=data).status_code
    assert status == (302 if who in ("officer", "division_head") else 403)


def test_a_city_sees_its_own_and_no_expert(busy: Desk, sign_in: SignIn) -> None:
    """The Province sees both cities, experts and incidents; a bureau its hosts' tasks only."""
    province, city, other = sign_in("officer"), sign_in("city"), sign_in("other_city")
    counts = {
        name: _number(LINK.search(_text(client, "/watch"))[2])  # type: ignore[index]
        for name, client in (("province", province), ("city", city), ("other", other))
    }
    assert counts == {"province": 9, "city": 4, "other": 3}
    page = _text(city, "/watch/list?figure=open")
    assert "另一市的事项" not in page
    assert "独立评分" not in page
    assert "另一市的事项" in _text(other, "/watch/list?figure=open")
    assert "独立评分" in _text(province, "/watch/list?figure=open")
    assert "公示接口超时" in _text(province, "/watch")
    assert "公示接口超时" not in _text(other, "/watch")
    assert TOTAL.findall(_text(other, "/watch/list?figure=stuck")) == ["0"]
    assert "立即重试" not in _text(other, "/watch")
    assert "推荐的依托单位</span>" in _text(city, "/watch")
    assert _rows(city.get("/watch/list/export?figure=open&city=330200").data) == 1
    assert TOTAL.findall(_text(city, "/watch/list?figure=open&city=330200")) == ["0"]


# ----------------------------------------------------------------------------------- numbers and lists


@pytest.mark.parametrize("who", ["officer", "dept_leader", "city", "other_city"])
@pytest.mark.parametrize(
    "page",
    [
        "/watch",
        "/watch?period=30d",
        "/watch?city=330200&period=all",
        "/watch/designation",
        "/watch/designation?period=year&version=1",
        "/watch/expert_review",
        "/watch/designation_round",
        "/watch/publicity",
    ],
)
def test_every_number_is_the_length_of_the_list_it_leads_to(busy: Desk, sign_in: SignIn, who: str, page: str) -> None:
    """All links of the page with a number on them, cards, tables, tiles, stages and trend alike."""
    client = sign_in(who)
    html = _text(client, page)
    links = {(address, body) for address, body in LINK.findall(html) if "gh-watch-links" not in body}
    checked = 0
    for address, body in sorted(links):
        found = _text(client, address)
        total = int(TOTAL.findall(found)[0])
        rows = found.count("data-row") or found.count("已试")
        assert total == rows, address
        if "figure=timed" not in address and "gh-tile" not in body:
            shown = re.search(r"在办\u00a0(\d+)", body) if "<small>" in body and "<b>" in body else None
            assert (int(shown[1]) if shown else _number(body)) == total, (address, body)
            checked += 1
    assert checked > (5 if who in ("officer", "dept_leader") else 3)


def test_the_round_s_stages_lead_to_its_applications(busy: Desk, sign_in: SignIn) -> None:
    html = _text(sign_in("dept_leader"), "/watch")
    [step] = re.findall(r'<li class="gh-now" aria-current="step">(.*?)</li>', html, re.S)
    assert "填报审核" in step
    [(address, number)] = LINK.findall(step)
    assert number == "1"
    assert "示例联合实验室" in _text(sign_in("dept_leader"), address)


def test_lists_go_page_by_page_and_the_sheet_has_all(busy: Desk, world: World, sign_in: SignIn) -> None:
    with busy.database.writing(SYSTEM) as tx:
        case = cases.get(tx, world.ids["case_id"])
        for _ in range(120):
            factories.add_task(tx, case, due_on=clock.today() - timedelta(days=2))
    client = sign_in("officer")
    address: str | None = "/watch/list?figure=overdue&city=330100"
    seen: list[str] = []
    pages = 0
    while address:
        html = _text(client, address)
        seen += re.findall(r'name="task" value="([^"]+)"', html)
        following = re.search(r'rel="next" href="([^"]+)"', html)
        address, pages = following[1] if following else None, pages + 1
    assert (len(seen), len(set(seen)), pages) == (123, 123, 3)
    answer = client.get("/watch/list/export?figure=overdue&city=330100")
    assert _rows(answer.data) == 124


@pytest.mark.parametrize("figure", ["open", "finished", "started", "stuck", "arrived", "ended", "running"])
def test_every_kind_of_list_can_be_taken_along(busy: Desk, sign_in: SignIn, figure: str) -> None:
    client = sign_in("officer")
    total = int(TOTAL.findall(_text(client, f"/watch/list?figure={figure}"))[0])
    answer = client.get(f"/watch/list/export?figure={figure}")
    assert _rows(answer.data) == total + 1
    assert total > 0


# -------------------------------------------------------------------------------------- the cost of a page


@contextmanager
def _statements(app: Desk) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("SELECT"):
            sent.append(statement)

    engines = {app.database.engine, app.database._readers} if app.database.is_sqlite else {app.database.engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield sent
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("address", ["/watch", "/watch/designation", "/watch/list?figure=open", "/watch/live"])
def test_the_cost_of_a_page_does_not_depend_on_the_rows(
    busy: Desk, world: World, sign_in: SignIn, address: str
) -> None:
    """At most 12 statements for figures beside what every page costs, and as many with three hundred more tasks."""
    client = sign_in("officer")
    _text(client, address)
    with _statements(busy) as before:
        _text(client, address)
    with _statements(busy) as frame:
        _text(client, "/help/start")
    with busy.database.writing(SYSTEM) as tx:
        case = cases.get(tx, world.ids["case_id"])
        for number in range(300):
            due = clock.today() + timedelta(days=number % 9 - 6)
            factories.add_task(tx, case, due_on=due, element=f"e{number % 30}", org="host-1")
    with _statements(busy) as after:
        _text(client, address)
    assert len(after) == len(before), "\n".join(after)
    assert len(before) - len(frame) <= 13, "\n".join(before)


# ---------------------------------------------------------------------------------------------- polling


def _poll(html: str) -> str:
    address = unescape(re.search(r'hx-get="(/watch/live[^"]*)"', html)[1])  # type: ignore[index]
    seen = re.search(r'id="watch-seen" name="seen" value="([^"]*)"', html)[1]  # type: ignore[index]
    return f"{address}{'&' if '?' in address else '?'}seen={seen}"


@pytest.mark.parametrize("page", ["/watch", "/watch/designation?period=3m", "/watch/expert_review?city=330100"])
def test_the_poll_brings_only_what_changed(busy: Desk, world: World, sign_in: SignIn, page: str) -> None:
    client = sign_in("officer")
    poll = _poll(_text(client, page))
    assert client.get(poll).status_code == 204
    with busy.database.writing(SYSTEM) as tx:
        case = cases.get(tx, world.ids["case_id"])
        where = {"process": "expert_review", "element": "score", "round_id": world.ids["round_id"]}
        factories.add_task(tx, case, **where)
    html = _text(client, poll)
    changed = set(re.findall(r'<div id="watch-(\w+)" hx-swap-oob="true">', html))
    assert {"figures", "steps", "cities"} <= changed
    assert "stuck" not in changed
    assert ("marks" in changed) == page.startswith("/watch/")
    seen = re.search(r'id="watch-seen" name="seen" value="([^"]*)"', html)[1]  # type: ignore[index]
    assert client.get(re.sub(r"seen=.*", f"seen={seen}", poll)).status_code == 204


@pytest.mark.parametrize("seen", ["", "x", "figures", "figures.x-late.y", "-.-.-", "%00" * 50, "a." * 400])
def test_a_poll_with_a_strange_memory_gets_everything(app: Desk, sign_in: SignIn, seen: str) -> None:
    assert 'id="watch-figures"' in _text(sign_in("officer"), f"/watch/live?seen={seen}")


def test_polling_keeps_no_session_awake(app: Desk, sign_in: SignIn) -> None:
    """A screen left alone is logged out like any other page."""
    client = sign_in("officer")
    start = clock.now()
    try:
        clock.stand_at(start + timedelta(minutes=10))
        _text(client, "/watch/live")
        clock.stand_at(start + timedelta(minutes=18))
        answer = client.get("/watch/live", headers={"HX-Request": "true"})
        assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login")
    finally:
        clock.stand_at(None)


# ------------------------------------------------------------------------------------- acts from the page


def test_late_tasks_are_urged_from_the_page(busy: Desk, sign_in: SignIn) -> None:
    client = sign_in("officer")
    html = _text(client, "/watch")
    chosen = re.findall(r'name="task" value="([^"]+)"', html)
    command_id = re.search(r'id="watch-urge".*?name="command_id" value="([^"]+)"', html, re.S)[1]  # type: ignore[index]
    back = re.search(r'id="watch-urge".*?name="back" value="([^"]+)"', html, re.S)[1]  # type: ignore[index]
    assert len(chosen) == 6
    data = {"task": chosen[:2], "command_id": command_id, "back": back, "csrf_token": token(client, "/watch")}
    for _ in range(2):  # the second click is the same command
        answer = client.post("/urge", data=data)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/watch")
    with busy.database.reading(SYSTEM) as tx:
        assert [inbox.get(tx, task_id).urged for task_id in chosen] == [1, 1, 0, 0, 0, 0]
    assert "已催办 2 件" in _text(client, "/watch")


def test_a_city_urges_its_hosts_and_itself_but_not_the_province(busy: Desk, sign_in: SignIn) -> None:
    html = _text(sign_in("city"), "/watch/list?figure=overdue")
    chosen = re.findall(r'name="task" value="([^"]+)"', html)
    with busy.database.reading(SYSTEM) as tx:
        assert {inbox.get(tx, task_id).role for task_id in chosen} == {"recommender"}
    assert TOTAL.findall(html) == ["2"]
    assert len(chosen) == 1


def test_an_incident_is_retried_from_the_page(app: Desk, sign_in: SignIn) -> None:
    """A real case, parked by hand: retrying runs it on and solves the incident; a leader sees no button."""
    with app.database.writing(SYSTEM) as tx:
        officer = people.principal_of(tx, "p-officer")
        case_id = commands.start(tx, officer, "designation_round", command_id="s" * 24).case_id
        incidents.park(tx, case_id=case_id, element="set_up", message="示例失败", next_at=None)
        cases.put(tx, cases.get(tx, case_id), status="incident")
    html = _text(sign_in("dept_leader"), "/watch")
    assert "示例失败" in html
    assert "编制工作通知" in html
    assert "立即重试" not in html
    client = sign_in("officer")
    html = _text(client, "/watch/designation_round")
    assert '"incidents": 1' in html
    form = re.search(rf'action="(/watch/incidents/{case_id}/retry)">(.*?)</form>', html, re.S)
    assert form is not None
    data = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[2]))
    answer = client.post(form[1], data=data)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/watch/designation_round")
    html = _text(client, "/watch/designation_round")
    assert "已恢复办理" in html
    assert "没有异常" in html
    with app.database.reading(SYSTEM) as tx:
        assert incidents.count_open(tx) == 0
        assert cases.get(tx, case_id).status == "open"


def test_a_retry_needs_its_command_id(busy: Desk, world: World, sign_in: SignIn) -> None:
    client = sign_in("officer")
    data = {"csrf_token": token(client, "/watch")}
    assert client.post(f"/watch/incidents/{world.ids['case_id']}/retry", data=data).status_code == 422


# --------------------------------------------------------------------------------------------- versions


def _new_release(tx: Tx, *, days: int = 0) -> str:
    """The shipped files with 审核初评 drawn under another id, and a process that no older release has."""
    current = releases.current(tx, clock.today())
    files = {name: releases.artefact(tx, digest).content for name, digest in current.manifest.items()}
    files["designation.bpmn"] = files["designation.bpmn"].replace('name="填写申报书"', 'name="填写新版申报书"')
    return releases.add(tx, files, effective_from=clock.today() + timedelta(days=days)).id


def test_versions_are_watched_together_and_apart(busy: Desk, world: World, sign_in: SignIn) -> None:
    with busy.database.writing(SYSTEM) as tx:
        newer = _new_release(tx)
        case = factories.add_case(tx, host_id="host-1", recommender_id="city-330100", city="330100", release_id=newer)
        factories.add_task(tx, case)
        old = cases.get(tx, world.ids["case_id"])
        factories.add_task(tx, old, element="gone_step", title="旧版环节")
    client = sign_in("officer")
    html = _text(client, "/watch/designation")
    options = re.findall(r'<option value="\d*"[^>]*>([^<]*版[^<]*)</option>', html)
    assert options == ["全部版本", "第 2 版（现行） · 在办 1 件", "第 1 版 · 在办 2 件"]
    assert "旧版环节" in html
    assert "仅旧版有" in html

    def total(version: str) -> int:
        page = _text(client, f"/watch/designation{version}")
        return _number(LINK.search(page)[2]) or 0  # type: ignore[index]

    assert (total(""), total("?version=1"), total("?version=2")) == (11, 10, 1)
    assert "填写新版申报书" in _text(client, "/watch/designation/diagram")
    assert "填写新版申报书" in _text(client, "/watch/designation/diagram?version=2")
    assert "填写新版申报书" not in _text(client, "/watch/designation/diagram?version=1")
    assert "填写新版申报书" in _text(client, "/watch/designation?version=2")
    assert "旧版环节" not in _text(client, "/watch/designation?version=2")


def test_a_release_to_come_is_not_shown_yet(busy: Desk, sign_in: SignIn) -> None:
    with busy.database.writing(SYSTEM) as tx:
        _new_release(tx, days=5)
    client = sign_in("officer")
    assert "填写新版申报书" not in _text(client, "/watch/designation/diagram")
    assert "版本" not in _text(client, "/watch/designation").split("全部批次")[0].split("gh-watch-choice")[1]


def test_a_process_out_of_force_is_watched_while_it_has_cases(busy: Desk, sign_in: SignIn) -> None:
    shipped = (Path(__file__).parents[2] / "bpmn/publicity.bpmn").read_text(encoding="utf-8")
    with busy.database.writing(SYSTEM) as tx:
        current = releases.current(tx, clock.today())
        files = {name: releases.artefact(tx, digest).content for name, digest in current.manifest.items()}
        once = shipped.replace('id="publicity"', 'id="hearing"').replace('"publicity"', '"hearing"')
        old = releases.add(tx, {**files, "hearing.bpmn": once}, effective_from=clock.today() - timedelta(days=9))
        releases.add(tx, files, effective_from=clock.today())
        case = factories.add_case(tx, process="hearing", release_id=old.id, host_id="host-1")
    client = sign_in("officer")
    html = _text(client, "/watch/hearing")
    assert "hearing（已停用）" in html
    assert 'id="hearing"' in _text(client, "/watch/hearing/diagram")
    with busy.database.writing(SYSTEM) as tx:
        cases.put(tx, cases.get(tx, case.id), status="done", ended_at=clock.now())
    assert client.get("/watch/hearing").status_code == 404


# -------------------------------------------------------------------------------------- pages as such


def test_the_page_works_without_scripts(busy: Desk, sign_in: SignIn) -> None:
    """Whatever is drawn also stands in a table; the choice is a plain form; no inline script, no style."""
    html = _text(sign_in("officer"), "/watch/designation")
    for table in ("各环节数据表", "查看数据表"):
        assert table in html
    assert html.count("<table") >= 5
    assert re.search(r'<form class="gh-watch-choice" method="get" action="/watch">', html)
    assert not re.search(r"<script(?![^>]*(src=|application/json))", html)
    assert " style=" not in html
    answer = sign_in("officer").get("/watch?process=designation&period=3m")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/watch/designation?period=3m")


def test_limits_come_from_the_parameters_and_mark_what_exceeds_them(busy: Desk, world: World, sign_in: SignIn) -> None:
    with busy.database.writing(SYSTEM) as tx:
        case = cases.get(tx, world.ids["case_id"])
        for _ in range(3):
            inbox.close(tx, factories.add_task(tx, case, element="formal_check"), workdays=9, done_by="p-officer")
    html = _text(sign_in("officer"), "/watch/designation")
    assert "9 超时限" in html
    assert '{"limit": 5, "median": 9.0, "name": ' in html
    assert '"formal_check": 5' in html  # the hottest colour
    limits = dict(re.findall(r'gh-row-title">(\S+?)</span>.*?data-label="时限"[^>]*><span>([^<]*)<', html, re.S))
    assert (limits["形式审查"], limits["审核初评"], limits["填写申报书"], limits["单位审核盖章"]) == (
        "5",
        "10",
        "—",
        "—",
    )


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/watch/nothing", 404),
        ("/watch/%00", 404),
        ("/watch/<script>", 404),
        ("/watch/nothing/diagram", 404),
        ("/watch?process=nothing", 404),
        ("/watch/list", 404),
        ("/watch/list?figure=nothing", 404),
        ("/watch/list?figure=applications", 404),
        ("/watch/list?figure=applications&stage=fill&round=x", 404),
        ("/watch/list?figure=open&process=nothing", 404),
        ("/watch/list?figure=open&after=x", 409),
        ("/watch/list?figure=finished&after=2027-13-01~x", 409),
        ("/watch/incidents/x/retry", 405),
        ("/watch/designation?version=99&city=x&period=x&round=x", 200),
        ("/watch/designation?version=-1&period=%00", 200),
        ("/watch/list?figure=finished&since=0001-01-01&until=9999-12-31", 200),
        ("/watch/list?figure=finished&since=x&until=2027-02-30", 200),
        ("/watch/list?figure=open&element=%27%20or%201&diagram=%25", 200),
        (f"/watch/list?figure=open&city={'9' * 3000}", 200),
    ],
)
def test_strange_addresses_get_a_clear_answer(busy: Desk, sign_in: SignIn, address: str, status: int) -> None:
    html = _text(sign_in("officer"), address, status)
    assert "Traceback" not in html
    assert re.search(r"[\u4e00-\u9fff]", html)
