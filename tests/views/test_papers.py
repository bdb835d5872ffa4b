"""Certificate, archive, correction, reconsideration and verification, as people meet them on the pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from tests.processes.stages import Stages
from tests.processes.story import Story
from tests.views.conftest import PASSWORD, for_pages, signed_in
from webapp import clock
from webapp.app import create_app
from webapp.demo import sheets
from webapp.documents import certificate
from webapp.store import inbox, people, register
from webapp.store.principal import Principal
from webapp.views import passwords
from webapp.views.desk import Desk

DOC_NO = "浙科发外〔2026〕12号"
SYSTEM = Principal.system_("command")
HOST = "host-jhsf"

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def story(stages: Stages) -> Iterator[Story]:
    """Of three applications one is designated, one deferred and one refused; the document is rendered."""
    told = stages.story("deciding")
    _, deferred, refused = told.applications.values()
    told.decides({deferred: "defer", refused: "refuse"})
    told.days_pass(12)
    told.issues()
    for row in told.documents(told.round_id):
        told.installation.runners["render"](row.id)
    yield told
    stages.end(told)
    clock.stand_at(None)


@pytest.fixture
def desk_app(story: Story) -> Desk:
    app = create_app(for_pages(story), installation=story.installation)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def enter(story: Story, desk_app: Desk) -> SignIn:
    """A browser in which the person with that id has logged in."""

    def entered(person_id: str) -> FlaskClient:
        with story.database.writing(SYSTEM) as tx:
            person = people.person(tx, person_id)
            people.put(tx, person, password_hash=passwords.hashed(PASSWORD), password_at=clock.now(), must_change=False)
            login = person.login
        return signed_in(desk_app, login)

    return entered


def text(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.get_data(as_text=True)


def command(page: str) -> dict[str, str]:
    found = re.search(r'name="command_id" value="([^"]+)"', page)
    assert found
    return {"command_id": found[1]}


@pytest.mark.article("11(4)")
def test_host_asks_for_reconsideration_from_the_page(story: Story, enter: SignIn) -> None:
    """第十一条（四）：不利决定的事项页有“申请复核”和最后日期；他人没有；逾期后没有且不能发起。"""
    refused = list(story.applications.values())[2]
    host = str(story.application(refused).host_id)
    client = enter(f"p-{host}")
    page = text(client, f"/cases/{refused}")
    assert "申请复核（" in page
    assert "申请复核（" not in text(enter("p-officer"), f"/cases/{refused}")
    answer = client.post(f"/cases/{refused}/reconsideration", data=command(page))
    assert answer.status_code == 302
    assert "/tasks/" in answer.location
    task = text(client, answer.location)
    assert "填写复核申请" in task
    assert "合作协议支撑不足" in task
    page = text(client, f"/cases/{refused}")
    assert "申请复核（" not in page
    assert "本决定已申请复核" in page
    deferred = list(story.applications.values())[1]
    other = enter(f"p-{story.application(deferred).host_id}")
    page = text(other, f"/cases/{deferred}")
    story.days_pass(30)
    assert "申请复核（" not in text(enter(f"p-{story.application(deferred).host_id}"), f"/cases/{deferred}")
    late = enter(f"p-{story.application(deferred).host_id}").post(
        f"/cases/{deferred}/reconsideration", data=command(page)
    )
    assert late.status_code == 409
    assert "不再受理" in late.get_data(as_text=True)


@pytest.mark.article("11(4)")
def test_officer_corrects_a_document_from_its_page(story: Story, enter: SignIn) -> None:
    """第十一条（四）：公文页的“更正”带出该公文；更正后原件标明已更正并指向更正通知。"""
    wrong = next(row for row in story.documents(story.round_id) if row.kind == "designation")
    officer = enter("p-officer")
    page = text(officer, f"/documents/{wrong.id}")
    assert "已更正" not in page
    answer = officer.post(f"/documents/{wrong.id}/correction", data=command(page))
    assert answer.status_code == 302
    form = text(officer, answer.location)
    assert re.search(rf'<option value="{wrong.id}"[^>]*selected', form)
    task_id = answer.location.rpartition("/")[2]
    proposal = sheets.correction_proposal(wrong.id, ("doc_no", DOC_NO, "浙科发外〔2026〕21号"))
    story.commands("submit", "p-officer", task_id, proposal, "submit")
    with story.database.reading(SYSTEM) as tx:
        correction = inbox.get(tx, task_id).case_id
    story.does(correction, "approve", "approve", sheets.correction_approval())
    story.does(correction, "register", "issue", sheets.correction_registration(clock.today()))
    page = text(officer, f"/documents/{wrong.id}")
    assert "已更正" in page
    assert "浙科发外〔2026〕31号" in page
    assert "更正" in text(officer, f"/documents/{story.documents(correction)[0].id}")


@pytest.mark.article("11(4)")
def test_certificate_is_for_the_host_and_the_province(story: Story, enter: SignIn) -> None:
    """第十一条（四）：认定证书由本单位和省科技厅下载；二维码指向验证页。"""
    base = story.bases(doc_no=DOC_NO)[0]
    host = enter(f"p-{HOST}")
    assert "认定证书" in text(host, f"/bases/{base.id}")
    for client in (host, enter("p-officer")):
        answer = client.get(f"/bases/{base.id}/certificate")
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert base.code in PdfReader(BytesIO(answer.data)).pages[0].extract_text()
    for person in ("p-host-hyxy", "p-dept-jyt"):
        assert enter(person).get(f"/bases/{base.id}/certificate").status_code in (403, 404)


@pytest.mark.article("11(4)")
def test_printed_form_and_approval_sheet_carry_their_codes(story: Story, enter: SignIn) -> None:
    """domain.md 6.1：打印件带表单版本、二维码；审批单带留痕校验值和二维码。"""
    case = story.applications[HOST]
    client = enter(f"p-{HOST}")
    page = text(client, f"/cases/{case}")
    address = next(each for each in re.findall(rf'href="(/cases/{case}/forms/[^"]+)"', page))
    form = text(client, address)
    assert 'src="data:image/svg+xml;base64,' in form
    assert "表单版本" in form
    pdf = client.get(f"{address}/pdf")
    assert pdf.mimetype == "application/pdf"
    sheet = text(client, f"/cases/{case}/approval")
    assert 'src="data:image/svg+xml;base64,' in sheet
    assert story.journal(case)[-1].hash[:16] in sheet


def test_package_is_downloaded_by_the_province(story: Story, enter: SignIn) -> None:
    case = story.applications[HOST]
    officer = enter("p-officer")
    page = text(officer, f"/cases/{case}")
    assert "生成归档包" in page
    assert officer.get(f"/cases/{case}/archive").status_code == 409
    assert officer.post(f"/cases/{case}/archive").status_code == 302
    assert "生成归档包" not in text(officer, f"/cases/{case}")
    answer = officer.get(f"/cases/{case}/archive")
    assert "manifest.json" in ZipFile(BytesIO(answer.data)).namelist()
    host = enter(f"p-{HOST}")
    assert f"/cases/{case}/archive" not in text(host, f"/cases/{case}")
    assert host.get(f"/cases/{case}/archive").status_code == 403


@pytest.mark.article("11(4)")
def test_anybody_verifies_a_paper_and_learns_nothing_else(story: Story, desk_app: Desk) -> None:
    """第十一条（四）：不登录即可查验；文号或验证码不符时答复相同；查验次数受限。"""
    base = story.bases(doc_no=DOC_NO)[0]
    with story.database.reading(SYSTEM) as tx:
        mark = certificate.of_base(tx, register.base(tx, base.id)).mark
    visitor = desk_app.test_client()
    assert mark in text(visitor, f"/verify?number={DOC_NO}&mark={mark}")
    found = visitor.post("/verify", data={"number": DOC_NO, "mark": mark}).get_data(as_text=True)
    assert f"认定证书 {base.code}" in found
    assert "有效" in found
    assert base.name not in found
    assert "鉴湖师范大学" not in found
    for number, wrong in ((DOC_NO, "0" * 16), ("浙科发外〔2026〕99号", mark)):
        page = visitor.post("/verify", data={"number": number, "mark": wrong}).get_data(as_text=True)
        assert "未查到与该文号和验证码一致的公文" in page
    codes = [visitor.post("/verify", data={"number": DOC_NO, "mark": "1" * 16}).status_code for _ in range(31)]
    assert codes[0] == 200
    assert codes[-1] == 429
