"""What an expert sees of the application that he is to score, and what he does not."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.processes.stages import Stages
from tests.processes.story import Story
from tests.views.conftest import PASSWORD, for_pages, signed_in
from webapp import clock
from webapp.app import create_app
from webapp.store import people
from webapp.store.principal import Principal
from webapp.views import passwords

SYSTEM = Principal.system_("command")


@pytest.fixture
def story(stages: Stages) -> Iterator[Story]:
    """An application whose experts have been drawn."""
    told = stages.story("accepted")
    yield told
    stages.end(told)
    clock.stand_at(None)


def test_an_expert_reads_the_summary_and_the_whole_application(story: Story) -> None:
    case_id = next(iter(story.applications.values()))
    task = next(each for each in story.open(case_id) if each.element == "score")
    with story.database.writing(SYSTEM) as tx:
        row = people.person(tx, task.person_id or "")
        people.put(tx, row, password_hash=passwords.hashed(PASSWORD))
        login = row.login
    app = create_app(for_pages(story), installation=story.installation)
    client = signed_in(app, login)
    page = client.get(f"/tasks/{task.id}").get_data(as_text=True)
    assert "申报摘要" in page
    assert story.application(case_id).base_name in page
    link = re.search(rf'href="(/cases/{case_id}/forms/[^"]+)">查看完整申报书', page)
    assert link
    answer = client.get(link[1])
    assert answer.status_code == 200
    assert story.application(case_id).base_name in answer.get_data(as_text=True)
