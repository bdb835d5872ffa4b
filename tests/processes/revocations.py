"""How far a revocation has come: each function takes a story one stage further and answers the case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.demo import revocation_sheets as sheets
from webapp.engine import commands
from webapp.engine import sheets as engine_sheets
from webapp.engine.running import runtime_of
from webapp.store import cases, register
from webapp.store.tables import Ban

HOST = "host-ydcl"
"""Its base: 磁性材料国际科技合作基地, designated 2021-11-08, recommended by 宁波."""
DEPARTMENT = "p-city-330200"
G3 = ("G3.first",)
LEAD = {"ground": "G3", "facts": "评审专家反映年度报告所列协议不实。", "source_number": "NB-2026-0007"}


def base_of(story: Story, host: str = HOST) -> str:
    """The id of the host's base."""
    return str(story.bases(host_id=host)[0].id)


def begun(story: Story, host: str = HOST) -> str:
    """The officer looks into something of himself."""
    return story.starts("revocation", "p-officer", base_id=base_of(story, host))


def proposed(story: Story, *grounds: Mapping[str, Any], host: str = HOST, key: str = "lead-1") -> str:
    """The system proposed these grounds."""
    data = {"grounds": [dict(ground) for ground in grounds or (LEAD,)]}
    with story.database.writing(SYSTEM) as tx:
        answer = commands.start(
            tx, SYSTEM, "revocation", command_id=key, key=key, base_id=base_of(story, host), begun=data
        )
    story.works()
    return answer.case_id


def opened(story: Story, *grounds: str, case: str = "") -> str:
    """立案: department and divisions are asked."""
    case = case or begun(story)
    story.does(case, "open_case", "open", sheets.opening(*(grounds or ("G3",))))
    return case


def cosigned(story: Story, case: str, outcome: str = "agree", opinion: str = "") -> None:
    """Every division asked has cosigned."""
    while "cosign" in story.elements(case):
        task = story.task(case, "cosign")
        story.does(case, "cosign", outcome, sheets.cosign(), opinion, key=task.key)


def asked(story: Story, *grounds: str, case: str = "") -> str:
    """All opinions are there, the officer verifies."""
    case = opened(story, *grounds, case=case)
    story.does(case, "opine", "support", sheets.opinion(clock.today()))
    cosigned(story, case)
    return case


def notified(story: Story, case: str, *grounds: str) -> None:
    """The prior notice was drafted and signed."""
    story.does(case, "draft_notice", "submit", sheets.notice(*(grounds or ("G3",))))
    story.does(case, "approve_notice", "approve", sheets.notice_approval())


def told(story: Story, case: str = "") -> str:
    """The host has the prior notice for G3."""
    case = asked(story, case=case)
    story.does(case, "verify", "proceed", sheets.verification(*G3))
    notified(story, case)
    return case


def heard(story: Story, case: str = "") -> str:
    """The host waived its statement; the decision is to be made."""
    case = told(story, case)
    story.does(case, "statement", "waive", {"waiver": story.file_id})
    return case


def decided(story: Story, scope: str = "host", case: str = "") -> str:
    """The collective decision is to revoke."""
    case = heard(story, case)
    story.does(case, "decide", "revoke", sheets.decision(clock.today(), "G3", scope=scope))
    return case


def revoked(story: Story, scope: str = "host", case: str = "", **changes: Any) -> str:
    """Issued and served on one day."""
    case = decided(story, scope, case)
    story.does(case, "register_document", "issue", sheets.document(clock.today(), **changes))
    story.does(case, "serve", "served", sheets.service(clock.today(), story.file_id))
    return case


def prior(story: Story, case: str, element: str) -> Mapping[str, Any]:
    """What the task's form opens with."""
    with story.database.reading(SYSTEM) as tx:
        row = story.task(case, element)
        return engine_sheets.prior(runtime_of(tx, cases.get(tx, case), SYSTEM), row)


def bans_of(story: Story, host: str = HOST) -> list[Ban]:
    """The host's bans, the latest first."""
    with story.database.reading(SYSTEM) as tx:
        return list(register.bans(tx, str(_uscc(story, host))))


def _uscc(story: Story, host: str) -> Any:
    with story.database.reading(SYSTEM) as tx:
        return register.base_facts(tx, base_of(story, host))["uscc"]
