"""How far an exit has come: each function takes a story one stage further and answers the case."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.processes import revocations as stage
from tests.processes.revocations import DEPARTMENT, HOST
from tests.processes.story import Story
from webapp import clock
from webapp.demo import exit_sheets as sheets


def begun(story: Story, person: str = f"p-{HOST}") -> str:
    """A draft."""
    return story.starts("exit", person, base_id=stage.base_of(story))


def owed(story: Story, case: str, element: str = "apply") -> list[Any]:
    """The obligations that the form lists."""
    return list(stage.prior(story, case, element)["obligations"])


def requested(story: Story, **changes: Any) -> str:
    """The request is with the department."""
    case = begun(story)
    content = sheets.request(clock.today(), story.file_id, owed(story, case), **changes)
    story.does(case, "apply", "submit", content)
    return case


def filed_by_department(story: Story) -> str:
    """The department asked for a dissolved host; the request is with the Province."""
    case = begun(story, DEPARTMENT)
    content = sheets.on_behalf(clock.today(), story.file_id, owed(story, case, "apply_on_behalf"))
    story.does(case, "apply_on_behalf", "submit", content)
    return case


def examined(story: Story, case: str = "", settled: str = "yes") -> str:
    """The request is with the head of division."""
    if not case:
        case = requested(story)
        story.does(case, "opine", "agree", sheets.opinion(clock.today()))
    content = sheets.examination(owed(story, case, "examine"), settled)
    story.does(case, "examine", "submit", content)
    return case


def approved(story: Story, case: str = "") -> str:
    """The leader approved; the document is to be registered."""
    case = examined(story, case)
    story.does(case, "head_review", "approve", sheets.head_review())
    story.does(case, "decide", "approve", sheets.decision(clock.today()))
    return case


def exited(story: Story, effective_on: date | None = None, case: str = "") -> str:
    """The approval is issued."""
    case = approved(story, case)
    story.does(case, "register_document", "issue", sheets.document(clock.today(), effective_on))
    return case
