"""What stories about annual reports share: the year's opening, and the usual steps of one report."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.demo import annual_report_sheets as sheets
from webapp.store import cases
from webapp.store.tables import Base, Case

CODE = "ZJGH-2021-J001"
"""天目农林大学竹基复合材料; designated on 8 November 2021, recommended by 省教育厅."""


def opened(story: Story, day: str = "2026-01-01") -> str:
    """The system has opened the year's reports on 1 January 2026; answers the report case of CODE."""
    story.today(day, "08:00")
    story.installation.runners["yearly"]("")
    story.works()
    return report_of(story).id


def base_of(story: Story, code: str = CODE) -> Base:
    return next(row for row in story.bases() if row.code == code)


def report_of(story: Story, base: Base | None = None, year: int = 2025) -> Case:
    found = [row for row in story.cases_of((base or base_of(story)).id) if row.process == "annual_report"]
    return next(row for row in found if story.proceeding(row.id)["period"] == str(year))


def opening_of(story: Story, year: int = 2026) -> str:
    with story.database.reading(SYSTEM) as tx:
        found = cases.by_key(tx, f"annual_opening:{year}")
    assert found is not None
    return found.id


def content(story: Story, **changes: Any) -> dict[str, Any]:
    base = base_of(story)
    return sheets.report(min(clock.today(), date(2026, 12, 31)), base.name, base.leader, story.file_id, **changes)


def fills(story: Story, case: str, **changes: Any) -> None:
    story.does(case, "fill", "submit", content(story, **changes))


def seals(story: Story, case: str, **changes: Any) -> None:
    story.does(case, "host_approve", "approve", sheets.seal(clock.today(), story.file_id, **changes))


def confirms(story: Story, case: str) -> None:
    story.does(case, "recommender_review", "confirm", sheets.review(clock.today()))


def archives(story: Story, case: str, **more: Any) -> None:
    findings = story.variables(case)["submission"]["findings"]
    story.does(case, "archive", "archive", sheets.archive(findings, **more))


def handed_in(story: Story, day: str = "2026-01-12") -> str:
    """A report that its recommender reads."""
    case = opened(story)
    story.today(day)
    fills(story, case)
    seals(story, case)
    return case


def overdue(story: Story) -> str:
    case = opened(story)
    story.today("2026-02-10")
    return case


def asks_supplement(story: Story, case: str, until: str) -> None:
    story.delivers(case, "supplement_request", {"until": until, "evaluation": "ev-1"})
