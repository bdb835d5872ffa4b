"""What pages of an evaluation show: the expert the material, the host not what was suggested, the round its progress."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.processes.evaluating import Evaluating
from tests.processes.story import Story
from tests.views.conftest import PASSWORD, signed_in
from webapp import clock
from webapp.app import create_app
from webapp.config import Settings
from webapp.installation import Installation
from webapp.store import journal, people, submissions
from webapp.store.principal import Principal
from webapp.views import passwords

SYSTEM = Principal.system_("command")
HOST = "host-jhsf"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    settings = Settings(
        database=f"sqlite:///{tmp_path}/guohe.db",
        files=tmp_path / "files",
        secret="a secret of the tests, long enough",
        models=Path(__file__).parents[2],
        profile="demo",
    )
    installation = Installation(settings, queued=False)
    installation.upgrade()
    told = Story(installation)
    told.today("2026-03-02")
    yield told
    clock.stand_at(None)
    installation.close()


def client_of(story: Story, person: str) -> FlaskClient:
    with story.database.writing(SYSTEM) as tx:
        row = people.person(tx, person)
        people.put(tx, row, password_hash=passwords.hashed(PASSWORD), must_change=False)
        login = row.login
    return signed_in(create_app(story.installation.settings, installation=story.installation), login)


def evaluating(story: Story) -> tuple[Evaluating, str]:
    found = Evaluating(story, (HOST,))
    found.begins()
    return found, found.evaluations[HOST]


@pytest.mark.article("18")
def test_the_host_reads_where_its_figures_come_from(story: Story) -> None:
    """自评页带出定量数据、系统统计的指标和定性指标。"""
    _, case = evaluating(story)
    page = client_of(story, f"p-{HOST}").get(f"/tasks/{story.task(case, 'self_assess').id}").get_data(as_text=True)
    for text in (
        "有效协议海外机构数",
        "年报按时提交率",
        "五项管理制度与科技安全能力建设",
        "鉴湖师范大学国际科技合作基地",
    ):
        assert text in page


@pytest.mark.article("18")
def test_an_expert_reads_the_base_and_its_self_assessment(story: Story) -> None:
    """专家看到基地情况、自评材料和定性指标，不看到定量得分。"""
    found, case = evaluating(story)
    found.assesses(case)
    found.opines(case)
    task = next(each for each in story.open(case) if each.element == "score")
    client = client_of(story, str(task.person_id))
    page = client.get(f"/tasks/{task.id}").get_data(as_text=True)
    assert "鉴湖师范大学国际科技合作基地" in page
    assert "与评审对象的利害关系" in page
    story.commands("save_draft", str(task.person_id), task.id, {"conflict_declared": "none"})
    redrawn = client.get(f"/tasks/{task.id}").get_data(as_text=True)
    for text in ("五项管理制度与科技安全能力建设", "建议等次"):
        assert text in redrawn
    assert "总体意见" not in redrawn
    link = re.search(rf'href="(/cases/{case}/forms/[^"]+)">查看自评材料', page)
    assert link
    assert "联合实验室共建" in client.get(link[1]).get_data(as_text=True)


@pytest.mark.article("18")
def test_what_the_officer_suggests_is_the_province_s_own(story: Story) -> None:
    """印发前，依托单位和推荐部门看不到得分、现场考察意见和等次建议。"""
    found, case = evaluating(story)
    found.reviews(case, 0.9)
    for person in (f"p-{HOST}", "p-dept-jyt"):
        with story.database.reading(story.person(person)) as tx:
            read = {row.element for row in submissions.of_case(tx, case)}
            noted = {row.element for row in journal.of_case(tx, case)}
        assert read == {"self_assess", "host_approve", "recommender_opinion"}
        assert "suggest_grade" not in noted
    with story.database.reading(story.person("p-officer")) as tx:
        assert "suggest_grade" in {row.element for row in submissions.of_case(tx, case)}
    page = client_of(story, f"p-{HOST}").get(f"/cases/{case}").get_data(as_text=True)
    assert "等次建议" not in page.replace("提出等次建议", "")


@pytest.mark.article("18")
def test_pages_of_a_round_can_be_read(story: Story) -> None:
    """批次、综合评议、逐家决定的页面。"""
    found = Evaluating(story, (HOST,))
    found.designates("host-ywsl", date(2024, 9, 1))
    found.begins()
    case = found.evaluations[HOST]
    found.reviews(case, 0.9)
    officer = client_of(story, "p-officer")
    page = officer.get(f"/tasks/{story.task(found.round_id, 'deliberate').id}").get_data(as_text=True)
    assert "鉴湖师范大学国际科技合作基地" in page
    assert officer.get(f"/cases/{found.round_id}").status_code == 200
    progress = officer.get(f"/rounds/{found.round_id}").get_data(as_text=True)
    for text in ("评价进度", "待评议", "鉴湖师范大学国际科技合作基地", "未列入本批次", "未满2年"):
        assert text in progress
    assert "2026年度国际科技合作基地绩效评价" in officer.get("/rounds").get_data(as_text=True)
    city = client_of(story, "p-dept-jyt").get(f"/rounds/{found.round_id}").get_data(as_text=True)
    assert "鉴湖师范大学国际科技合作基地" in city
    assert "未列入本批次" not in city
    found.deliberates()
    leader = client_of(story, "p-leader")
    assert "逐家决定" in leader.get(f"/tasks/{story.task(found.round_id, 'decide').id}").get_data(as_text=True)
    found.decides()
    found.issues()
    base = client_of(story, f"p-{HOST}").get(f"/bases/{found.bases[HOST]}").get_data(as_text=True)
    assert "合格" in base


@pytest.mark.article("18")
def test_the_feedback_letter_has_words(story: Story) -> None:
    """反馈意见、评价结果、工作通知均能生成文稿。"""
    found, case = evaluating(story)
    found.grades({HOST: 0.3})
    for case_id in (case, found.round_id):
        for row in story.documents(case_id):
            story.installation.runners["render"](row.id)
    assert {row.status for case_id in (case, found.round_id) for row in story.documents(case_id)} == {"ready"}
