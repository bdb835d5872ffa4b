"""The annual report as a page (第十五条): prefilled, its long tables grow and are kept without JavaScript, late ones ask why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import annual_reports
from tests.processes.story import SYSTEM, Story
from tests.views.conftest import PASSWORD, signed_in
from tests.views.test_task_page import errors_of, scrape
from webapp import clock
from webapp.app import create_app
from webapp.config import Settings
from webapp.installation import Installation
from webapp.store import people
from webapp.views import passwords
from webapp.views.desk import Desk

ROOT = Path(__file__).parents[2]
ROWS = 120
"""Events of one year: more than any base has told of so far."""


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """The reports of 2025 are open."""
    settings = Settings(
        database=f"sqlite:///{tmp_path}/guohe.db",
        files=tmp_path / "files",
        secret="a secret of the tests, long enough",
        models=ROOT,
        profile="demo",
    )
    installation = Installation(settings, queued=False)
    installation.upgrade()
    told = Story(installation)
    annual_reports.opened(told)
    yield told
    clock.stand_at(None)
    installation.close()


@pytest.fixture
def app(story: Story) -> Desk:
    with story.database.writing(SYSTEM) as tx:
        people.put(tx, people.person(tx, "p-host-tmnl"), password_hash=passwords.hashed(PASSWORD))
    return create_app(story.installation.settings, installation=story.installation)


@pytest.mark.article("15")
def test_report_is_prefilled_and_its_tables_grow_without_javascript(story: Story, app: Desk) -> None:
    """第十五条：已知内容自动填入；不用脚本也能添加、保存百行以上的明细。"""
    client = signed_in(app, "host-tmnl")
    address = f"/tasks/{story.task(annual_reports.report_of(story).id, 'fill').id}"
    form = scrape(client.get(address).get_data(as_text=True))
    base = annual_reports.base_of(story)
    assert (form["current_name"], form["current_leader"]) == ([base.name], [base.leader])
    page = client.post(address, data=form | {"_op": "add:events"}).get_data(as_text=True)
    assert 'name="events.0._"' in page
    for number in range(ROWS):
        row = {"name": f"第{number}场交流", "on": "2025-05-06", "place": "杭州", "role": "host", "persons": "30"}
        form |= {f"events.{number}.{key}": value for key, value in row.items()}
    page = client.post(address, data=form | {"_op": f"remove:events.{ROWS - 1}"}).get_data(as_text=True)
    assert f"第{ROWS - 2}场交流" in page
    assert f"第{ROWS - 1}场交流" not in page
    assert f"已填 {ROWS - 1} 项" in page
    assert f"第{ROWS - 2}场交流" in client.get(address).get_data(as_text=True)


@pytest.mark.article("22(1)")
def test_late_report_asks_for_its_reason_on_the_page(story: Story, app: Desk) -> None:
    """逾期后打开的报告显示逾期原因一栏，未填不能提交。"""
    client = signed_in(app, "host-tmnl")
    address = f"/tasks/{story.task(annual_reports.report_of(story).id, 'fill').id}"
    assert 'name="late_reason"' not in client.get(address).get_data(as_text=True)
    story.today("2026-02-10")
    client = signed_in(app, "host-tmnl")
    page = client.get(address).get_data(as_text=True)
    assert 'name="late_reason"' in page
    refused = client.post(address, data=scrape(page) | {"_outcome": "submit", "_op": "submit"})
    assert refused.status_code == 422
    assert errors_of(refused.get_data(as_text=True))
