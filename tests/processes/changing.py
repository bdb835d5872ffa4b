"""What the stories of 变更 share: a base of the demonstration province, and its request at each step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Select, select

from tests.processes.story import Story, host_of
from webapp import clock
from webapp.demo import change_sheets as sheets
from webapp.errors import Invalid
from webapp.store.tables import Base, Case

ACADEMIC, COMPANY = "host-xxlg", "host-ohdq"
"""A university of 省教育厅 with a joint R&D base; a company of Wenzhou with a base of special development."""


def base_of(story: Story, host: str = ACADEMIC) -> Base:
    return story.bases(host_id=host)[0]


def begun(story: Story, host: str = ACADEMIC, *, base: Base | None = None) -> str:
    found = base or base_of(story, host)
    return story.starts("change", f"p-{host}", base_id=found.id)


def content(story: Story, kind: str, host: str = ACADEMIC, *, days_ago: int = 10, **changes: Any) -> dict[str, Any]:
    """A request of that kind; the event was so many days ago."""
    own: dict[str, Any] = {}
    if kind == "host_name":
        own = {"new_host_uscc": host_of(host).uscc, "new_host_name": f"{host_of(host).name}（新）"}
    if kind == "partner":
        own = {"partners_now": sheets.partners(clock.today(), story.file_id)}
    event = clock.today() - timedelta(days=days_ago)
    found = sheets.request(kind, clock.today(), story.file_id, event, **{**own, **changes})
    return {name: value for name, value in found.items() if value is not None}


def requested(story: Story, kind: str, host: str = ACADEMIC, **changes: Any) -> str:
    """A request that lies with its department (or asks for the conditions first)."""
    case = begun(story, host)
    story.does(case, "apply", "submit", content(story, kind, host, **changes))
    return case


def all_cases() -> Select[Any]:
    """Every case, as far as the reader sees it."""
    return select(Case)


def refusal(story: Story, case: str, element: str, content: Mapping[str, Any], **more: Any) -> Mapping[str, str]:
    """What is said of a content that cannot be handed in, by field."""
    with pytest.raises(Invalid) as error:
        story.does(case, element, str(more.pop("outcome", "submit")), content, **more)
    return error.value.fields


def open_findings(story: Story, case: str) -> list[dict[str, Any]]:
    return list(story.variables(case)["recheck"]["open"])


def rules(story: Story, case: str) -> dict[str, str]:
    """What is open in the last check: rule → status."""
    return {row["rule_id"]: row["status"] for row in open_findings(story, case)}


def agreed(story: Story, case: str, **changes: Any) -> None:
    """The department agrees."""
    found = sheets.recommender_review(clock.today(), open_findings(story, case))
    story.does(case, "recommender_review", "agree", {**found, **changes})


def reviewed(story: Story, case: str, outcome: str = "approve", **changes: Any) -> None:
    """The officer has reviewed."""
    found = sheets.officer_review(clock.today(), open_findings(story, case), **changes)
    story.does(case, "officer_review", outcome, found, "材料齐全。" if outcome != "approve" else "")


def approved(story: Story, case: str, effective_on: date | None = None) -> None:
    """Officer and head have approved, and the leader where the route asks him."""
    reviewed(story, case)
    headed(story, case, effective_on)


def headed(story: Story, case: str, effective_on: date | None = None) -> None:
    story.does(case, "head_review", "approve", sheets.decide(clock.today(), effective_on))
    if story.variables(case).get("to_leader") and story.elements(case) == ["leader_decide"]:
        story.does(case, "leader_decide", "approve", sheets.decide(clock.today(), effective_on))


def ready(story: Story, kind: str, host: str = ACADEMIC, **changes: Any) -> str:
    """A request that lies with the officer."""
    case = requested(story, kind, host, **changes)
    agreed(story, case)
    return case


def changed(story: Story, kind: str, host: str = ACADEMIC, **changes: Any) -> str:
    """A change that has taken effect."""
    case = ready(story, kind, host, **changes)
    approved(story, case)
    assert story.end(case) == "changed", story.trouble(case)
    return case
