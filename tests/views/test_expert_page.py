"""What an expert sees of the application that he is to score, and what he does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.story import Story
from tests.views.conftest import PASSWORD, signed_in
from webapp import clock
from webapp.app import create_app
from webapp.config import Settings
from webapp.installation import Installation
from webapp.store import people
from webapp.store.principal import Principal
from webapp.views import passwords

SYSTEM = Principal.system_("command")


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """An application whose experts have been drawn."""
    settings = Settings(
        database=f"sqlite:///{tmp_path}/guohe.db",
        files=tmp_path / "files",
        secret="a secret of the tests, long enough",
        models=Path(__file__).parents[2],
        profile="demo",
    )
    installation = Installation(settings, queued=False)
    installation.upgrade()
    yield Story(installation)
    clock.stand_at(None)
    installation.close()


def test_an_expert_reads_the_summary_and_the_whole_application(story: Story) -> None:
    story.opened_round()
    case_id = story.submits()
    story.recommends(case_id)
    story.accepts(case_id)
    task = next(each for each in story.open(case_id) if each.element == "score")
    with story.database.writing(SYSTEM) as tx:
        row = people.person(tx, task.person_id or "")
        people.put(tx, row, password_hash=passwords.hashed(PASSWORD))
        login = row.login
    app = create_app(story.installation.settings, installation=story.installation)
    client = signed_in(app, login)
    page = client.get(f"/tasks/{task.id}").get_data(as_text=True)
    assert "申报摘要" in page
    assert story.application(case_id).base_name in page
    link = re.search(rf'href="(/cases/{case_id}/forms/[^"]+)">查看完整申报书', page)
    assert link
    answer = client.get(link[1])
    assert answer.status_code == 200
    assert story.application(case_id).base_name in answer.get_data(as_text=True)
