"""The task page on real diagrams: drafts, row buttons, errors in place, one effect per command, the loser told."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.processes.stages import Stages
from tests.processes.story import Story
from tests.views.conftest import PASSWORD, for_pages, signed_in, token
from tests.views.test_filetypes import GOOD
from webapp import clock
from webapp.app import create_app
from webapp.demo.sheets import withdraw as withdrawal
from webapp.store import files, inbox, people
from webapp.store.principal import Principal
from webapp.views import passwords
from webapp.views.desk import Desk

SYSTEM = Principal.system_("command")
SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def story(stages: Stages) -> Iterator[Story]:
    """A round whose window is open."""
    told = stages.story("opened")
    yield told
    stages.end(told)
    clock.stand_at(None)


@pytest.fixture
def app(story: Story) -> Desk:
    stored = passwords.hashed(PASSWORD)
    with story.database.writing(SYSTEM) as tx:
        for person_id in (
            "p-host-jhsf",
            "p-host-jhsf-admin",
            "p-host-qjdx",
            "p-dept-jyt",
            "p-dept-jyt-head",
            "p-officer",
        ):
            people.put(tx, people.person(tx, person_id), password_hash=stored)
    return create_app(for_pages(story), installation=story.installation)


@pytest.fixture
def sign_in(app: Desk, story: Story) -> SignIn:
    def enter(person_id: str) -> FlaskClient:
        with story.database.reading(SYSTEM) as tx:
            return signed_in(app, people.person(tx, person_id).login)

    return enter


def scrape(page: str) -> dict[str, Any]:
    """What a browser would post of the page's working form."""
    form = re.search(r'<form id="work".*?</form>', page, re.S)
    assert form, page[:500]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input ([^>]*)>", form[0]):
        marks = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if "name" not in marks or marks.get("type") == "file":
            continue
        if marks.get("type") not in ("radio", "checkbox") or " checked" in tag:
            found.setdefault(html.unescape(marks["name"]), []).append(html.unescape(marks.get("value", "")))
    for name, text in re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form[0], re.S):
        found[name] = html.unescape(text)
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form[0], re.S):
        found[name] = re.findall(r'<option value="([^"]*)" selected', options) or [""]
    return found


def errors_of(page: str) -> list[str]:
    """Sentences of the summary above the form."""
    return re.findall(r'<li><a href="#[^"]*">[^<]*</a>：([^<]*)', page)


def begun(client: FlaskClient, story: Story) -> str:
    """The address of a new application's first task."""
    page = client.get("/start").get_data(as_text=True)
    command = re.search(r'name="command_id" value="([^"]+)"', page)
    assert command
    data = {"csrf_token": token(client, "/start"), "command_id": command[1], "process": "designation"}
    data["round"] = story.round_id
    answer = client.post("/start", data=data)
    assert answer.status_code == 302
    assert client.post("/start", data=data).location == answer.location, "the same command is the same case"
    return str(answer.location)


def test_application_is_drafted_saved_and_refused_in_place(story: Story, sign_in: SignIn) -> None:
    client = sign_in("p-host-jhsf")
    address = begun(client, story)
    form = scrape(client.get(address).get_data(as_text=True))
    form["base_name"] = "柔性传感国际科技合作基地"

    saved = client.post(f"{address}/draft", data=form, headers={"Accept": "application/json"})
    assert saved.json == {"saved_at": clock.local(clock.now()).strftime("%H:%M")}
    assert 'value="柔性传感国际科技合作基地"' in client.get(address).get_data(as_text=True)

    more = client.post(address, data=form | {"_op": "add:partners"}).get_data(as_text=True)
    assert 'name="partners.1._"' in more
    assert 'value="柔性传感国际科技合作基地"' in more

    part = client.post(f"{address}/form", data=form | {"_op": "add:partners"}, headers={"HX-Request": "true"})
    assert part.get_data(as_text=True).lstrip().startswith('<div id="form-body"')

    refused = client.post(address, data=form | {"_outcome": "submit", "_op": "submit"})
    assert refused.status_code == 422
    assert len(errors_of(refused.get_data(as_text=True))) > 10
    assert 'value="柔性传感国际科技合作基地"' in refused.get_data(as_text=True)


def test_uploaded_evidence_stays_when_the_form_is_refused(story: Story, sign_in: SignIn) -> None:
    client = sign_in("p-host-jhsf")
    address = begun(client, story)
    form = scrape(client.get(address).get_data(as_text=True))
    form["_attachments__file"] = (BytesIO(GOOD["认定通知.pdf"]), "说明材料.pdf")
    page = client.post(address, data=form | {"_outcome": "submit"}, content_type="multipart/form-data")
    assert page.status_code == 422
    assert "说明材料.pdf" in page.get_data(as_text=True)


def test_dangerous_attachment_is_refused_and_the_rest_is_kept(story: Story, sign_in: SignIn) -> None:
    client = sign_in("p-host-jhsf")
    address = begun(client, story)
    form = scrape(client.get(address).get_data(as_text=True))
    form |= {"base_name": "柔性传感国际科技合作基地", "_attachments__file": (BytesIO(b"MZ"), "evil.exe")}
    page = client.post(address, data=form, content_type="multipart/form-data")
    assert page.status_code == 422
    assert "不支持该文件类型" in page.get_data(as_text=True)
    assert 'value="柔性传感国际科技合作基地"' in page.get_data(as_text=True)


def test_same_submit_twice_is_one_and_another_person_is_told_who_was_first(story: Story, sign_in: SignIn) -> None:
    """Double click: one effect. A colleague who comes later reads who and when, and keeps what he typed."""
    case_id = story.drafts()
    story.does(case_id, "fill", "submit", story.content())
    client = sign_in("p-host-jhsf-admin")
    address = f"/tasks/{story.task(case_id, 'host_approve').id}"
    form = scrape(client.get(address).get_data(as_text=True)) | {"_outcome": "return", "_opinion": "请完善建设目标。"}
    first = client.post(address, data=form)
    assert first.status_code == 302, errors_of(first.get_data(as_text=True))
    assert client.post(address, data=form).status_code == 302
    late = client.post(address, data=form | {"command_id": "another-command-00"})
    text = late.get_data(as_text=True)
    assert late.status_code == 409
    assert "已由" in text
    assert "请完善建设目标。" in text
    assert story.elements(case_id) == ["fill"]
    page = client.get(f"/cases/{case_id}").get_data(as_text=True)
    assert "请完善建设目标。" in page
    assert "退回修改" in page


def test_opinion_is_asked_for_where_the_outcome_needs_it(story: Story, sign_in: SignIn) -> None:
    case_id = story.drafts()
    story.does(case_id, "fill", "submit", story.content())
    client = sign_in("p-host-jhsf-admin")
    address = f"/tasks/{story.task(case_id, 'host_approve').id}"
    form = scrape(client.get(address).get_data(as_text=True))
    page = client.post(address, data=form | {"_outcome": "return"})
    assert page.status_code == 422
    assert "必须填写意见" in page.get_data(as_text=True)
    nothing = client.post(address, data=form | {"_outcome": ""})
    assert nothing.status_code == 422
    assert "请选择办理结果" in nothing.get_data(as_text=True)


def test_page_counts_as_opened_only_when_it_says_so(story: Story, sign_in: SignIn) -> None:
    client = sign_in("p-host-jhsf")
    address = begun(client, story)
    task_id = address.rpartition("/")[2]
    client.get(address)
    assert _task(story, task_id).opened_at is None
    assert client.post(f"{address}/opened", data={"csrf_token": token(client, "/")}).status_code == 204
    assert _task(story, task_id).opened_by == "p-host-jhsf"


def test_claim_and_release(story: Story, sign_in: SignIn) -> None:
    client = sign_in("p-host-jhsf")
    address = begun(client, story)
    data = {"csrf_token": token(client, "/"), "command_id": "claim-000000000001"}
    client.post(f"{address}/claim", data=data)
    assert _task(story, address.rpartition("/")[2]).claimed_by == "p-host-jhsf"
    assert "您已签收" in client.get(address).get_data(as_text=True)
    client.post(f"{address}/release", data=data | {"command_id": "claim-000000000002"})
    assert _task(story, address.rpartition("/")[2]).claimed_by is None


def test_the_claim_of_somebody_who_left_is_not_shown(story: Story, sign_in: SignIn) -> None:
    """Neither on the task's page nor on the case's; the colleague may claim it."""
    client, case_id = sign_in("p-host-jhsf"), story.drafts()
    task = story.task(case_id, "fill")
    with story.database.writing(SYSTEM) as tx:
        inbox.put(tx, task.id, claimed_by="p-host-qjdx")
    page = client.get(f"/tasks/{task.id}").get_data(as_text=True)
    assert "需其释放后" not in page
    assert f"/tasks/{task.id}/claim" in page
    assert story.person("p-host-qjdx").name not in client.get(f"/cases/{case_id}").get_data(as_text=True)


def test_taking_back_is_offered_only_for_what_can_be_undone(story: Story, sign_in: SignIn) -> None:
    case_id = story.drafts()
    story.does(case_id, "fill", "submit", story.content())
    story.minutes_pass(5)
    story.approves(case_id)
    assert "取回" in sign_in("p-host-jhsf-admin").get(f"/cases/{case_id}").get_data(as_text=True)
    story.recommends(case_id)
    story.minutes_pass(5)
    story.does(case_id, "formal_check", "return", story.formal_check(case_id, correct="goals"), "缺少考核指标。")
    assert "取回" not in sign_in("p-officer").get(f"/cases/{case_id}").get_data(as_text=True)


def test_what_somebody_sent_is_in_the_record_and_can_be_read(story: Story, sign_in: SignIn) -> None:
    case_id = story.submits()
    story.minutes_pass(5)
    story.sends(case_id, "withdraw", "p-host-jhsf", withdrawal())
    client = sign_in("p-host-jhsf-admin")
    page = client.get(f"/cases/{case_id}").get_data(as_text=True)
    record = page[page.index("办理记录") :]
    assert "撤回申报" in record
    assert story.person("p-host-jhsf").name in record
    address = re.findall(rf'href="(/cases/{case_id}/forms/[^"]+)"', record)[0]
    assert "合作协议尚在续签" in client.get(address).get_data(as_text=True)


def test_attachments_on_the_case_s_page_name_their_field(story: Story, sign_in: SignIn) -> None:
    """Several files may have one name; the form and the field tell them apart."""
    case_id = story.drafts()
    given = _files(story, ["协议.pdf", "协议.pdf", "其他.pdf"])
    content = story.content()
    content["business_licence"], content["partners"][0]["agreements"][0]["file"] = given[0], given[1]
    task = story.task(case_id, "fill")
    story.commands("submit", "p-host-jhsf", task.id, content, "submit", attachments=[given[2]])
    page = sign_in("p-host-jhsf").get(f"/cases/{case_id}").get_data(as_text=True)
    listed = dict(re.findall(r'href="/files/([^"]+)">.*?</a> <span>([^<]+)</span>', page))
    assert listed[given[0]].endswith(" · 营业执照或法人证书")
    assert re.search(r" · 海外合作机构 1 · .+ 1 · ", listed[given[1]])
    assert listed[given[2]] == "办理附件"


def _files(story: Story, names: list[str]) -> list[str]:
    folder = files.Folder(story.installation.settings.files)
    with story.database.writing(SYSTEM) as tx:
        stored = [folder.put(BytesIO(b"%PDF-1.4"), limit=1 << 20) for _ in names]
        return [
            files.add(tx, each, name=name, by="p-host-jhsf", status="clean")
            for name, each in zip(names, stored, strict=True)
        ]


def test_command_needs_its_id(story: Story, sign_in: SignIn) -> None:
    client = sign_in("p-host-jhsf")
    address = begun(client, story)
    for wrong in ("", "short", "x" * 65, "<script>", "含中文的编号含中文的编号含中文"):
        answer = client.post(f"{address}/claim", data={"csrf_token": token(client, "/"), "command_id": wrong})
        assert answer.status_code == 422, wrong


def test_another_host_finds_nothing(story: Story, sign_in: SignIn) -> None:
    address = begun(sign_in("p-host-jhsf"), story)
    other = sign_in("p-host-qjdx")
    assert other.get(address).status_code == 404
    assert other.post(address, data={"csrf_token": token(other, "/")}).status_code == 404


def test_diagram_and_sheet_of_the_case(story: Story, sign_in: SignIn) -> None:
    case_id = story.drafts()
    story.does(case_id, "fill", "submit", story.content())
    client = sign_in("p-host-jhsf")
    xml = client.get(f"/cases/{case_id}/diagram")
    assert xml.content_type.startswith("application/xml")
    assert b'id="host_approve"' in xml.data
    marks = client.get(f"/cases/{case_id}/diagram.json").json
    assert marks["current"] == ["host_approve"]
    assert "fill" in marks["done"]
    assert marks["flows"]
    assert client.get(f"/cases/{case_id}/diagram?process=../../etc/passwd").status_code == 404
    assert "审批单" in client.get(f"/cases/{case_id}/approval").get_data(as_text=True)
    page = client.get(f"/cases/{case_id}").get_data(as_text=True)
    form = re.search(rf"/cases/{case_id}/forms/(\w+)", page)
    assert form
    assert "柔性传感" in client.get(form[0]).get_data(as_text=True)


def test_withdrawing_through_the_drawn_message(story: Story, sign_in: SignIn) -> None:
    case_id = story.drafts()
    story.does(case_id, "fill", "submit", story.content())
    client = sign_in("p-host-jhsf")
    page = client.get(f"/cases/{case_id}").get_data(as_text=True)
    offered = re.search(rf"/cases/{case_id}/messages/(\w+)", page)
    assert offered, "the diagram offers the host to withdraw"
    assert client.get(offered[0]).status_code == 200
    assert client.get(f"/cases/{case_id}/messages/decided").status_code == 409, "no message for people"


def _task(story: Story, task_id: str) -> Any:
    with story.database.reading(SYSTEM) as tx:
        return inbox.get(tx, task_id)
