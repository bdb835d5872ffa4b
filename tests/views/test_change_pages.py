"""变更 on its pages: the form draws itself by kind, and a department that is asked to take a base over can read the case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.processes import changing
from tests.processes.story import SYSTEM, Story
from tests.views.conftest import PASSWORD, signed_in, token
from tests.views.test_task_page import errors_of, scrape
from webapp.app import create_app
from webapp.config import Settings
from webapp.installation import Installation
from webapp.store import people
from webapp.views import passwords
from webapp.views.desk import Desk

ROOT = Path(__file__).parents[2]
PEOPLE = ("p-host-xxlg", "p-city-330100", "p-city-330200", "p-city-330300", "p-officer")


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """The demonstration province today."""
    settings = Settings(
        database=f"sqlite:///{tmp_path}/guohe.db",
        files=tmp_path / "files",
        secret="a secret of the tests, long enough",
        models=ROOT,
        profile="demo",
    )
    installation = Installation(settings, queued=False)
    installation.upgrade()
    yield Story(installation)
    installation.close()


@pytest.fixture
def app(story: Story) -> Desk:
    stored = passwords.hashed(PASSWORD)
    with story.database.writing(SYSTEM) as tx:
        for person_id in PEOPLE:
            people.put(tx, people.person(tx, person_id), password_hash=stored)
    return create_app(story.installation.settings, installation=story.installation)


def entered(app: Desk, story: Story, person_id: str) -> FlaskClient:
    with story.database.reading(SYSTEM) as tx:
        return signed_in(app, people.person(tx, person_id).login)


@pytest.mark.article("16")
def test_request_asks_for_what_its_kind_needs(app: Desk, story: Story) -> None:
    """第十六条：选定类型后出现该类型的填写项，原值、期限、逾期由系统带出，缺项逐条指明."""
    case = changing.begun(story)
    client = entered(app, story, "p-host-xxlg")
    address = f"/tasks/{story.task(case, 'apply').id}"
    page = client.get(address).get_data(as_text=True)
    assert "新负责人" not in page
    typed = {**scrape(page), "kind": "leader", "event_date": "2020-03-02", "_op": "save"}
    page = client.post(address, data={**typed, "csrf_token": token(client, address)}).get_data(as_text=True)
    for shown in ("新负责人简历", "逾期申请的原因", changing.base_of(story).leader, "2020-04-02"):
        assert shown in page
    said = errors_of(
        client.post(
            address, data={**scrape(page), "_op": "submit", "_outcome": "submit", "csrf_token": token(client, address)}
        ).get_data(as_text=True)
    )
    assert any("请上传附件" in each for each in said)
    assert any("此项必填" in each for each in said)


@pytest.mark.article("13")
def test_department_that_takes_over_reads_the_case(app: Desk, story: Story) -> None:
    """第十三条：接收部门打开待办和整件事项，其他部门打不开."""
    case = changing.ready(story, "location", "host-gzyj")
    task = story.task(case, "receive_review")
    receiver, stranger = entered(app, story, "p-city-330200"), entered(app, story, "p-city-330300")
    page = receiver.get(f"/tasks/{task.id}").get_data(as_text=True)
    assert "宁波市科学技术局" in page
    assert "经核实，变更事项属实" in page
    shown = receiver.get(f"/cases/{case}")
    assert shown.status_code == 200
    assert "浙江省光子信息研究院" in shown.get_data(as_text=True)
    assert {stranger.get(address).status_code for address in (f"/cases/{case}", f"/tasks/{task.id}")} <= {403, 404}
