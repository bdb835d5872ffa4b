"""How far a round's evaluations are: which still are under way, which are ready, which are late.

Reads the summaries of the register; knows no task and no message.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from handlers import deadlines, round_progress
from handlers.eligibility_form import day, to_date
from handlers.evaluation_plan import plan
from handlers.vocabulary import Case, Facts

READY = "ready"
STAGES = {
    "assessing": "填报自评",
    "host_approval": "单位审核",
    "no_show": "逾期未提交，待处理",
    "opinion": "组织推荐部门出具意见",
    "reviewing": "专家评审",
    "site_visit": "现场考察",
    "suggesting": "提出等次建议",
    READY: "待评议",
}
"""Stages of an evaluation under way → what people read."""


def evaluations(case: Case) -> Sequence[Facts]:
    """All evaluations of the round, by age."""
    found = round_progress.register(case).proceedings(process="evaluation", period=case.id)
    return sorted(found, key=lambda row: str(row["id"]))


def is_ended(row: Facts) -> bool:
    """The evaluation has reached an end."""
    return row.get("ended_on") is not None


def ready(case: Case) -> list[Facts]:
    """The evaluations that wait for the round's decision."""
    return [row for row in evaluations(case) if row.get("status") == READY and not is_ended(row)]


def unborn(case: Case, found: Sequence[Facts]) -> int:
    """How many evaluations the batch still has to start; after the round's last day none are waited for."""
    started = int(case.data.get("started", {}).get("started", 0))
    return max(started - len(found), 0) if case.today <= review_by(case) else 0


def review_by(case: Case) -> date:
    """The last day of reviews, with every extension."""
    days = (
        day(plan(case), "review_by"),
        day(case.data.get("amendment", {}), "review_by"),
        day(case.data.get("settled", {}), "review_by"),
    )
    return max((moment for moment in days if moment), default=case.today)


def is_late(case: Case, row: Facts) -> bool:
    """The round's last day is over and the evaluation is neither ready nor told that the round goes on without it."""
    told = case.data.get("settled", {}).get("evaluations", {}).get(row["id"]) == "postpone"
    return case.today > review_by(case) and not is_ended(row) and row.get("status") != READY and not told


def next_check(case: Case) -> date:
    """The day at whose end the round counts again: the last day of reviews, then every working day."""
    until = review_by(case)
    return until if until >= case.today else deadlines.workdays(1, case.today, round_progress.calendar(case))


def late_row(case: Case, row: Facts) -> dict[str, Any]:
    """The late evaluation as the Province's form lists it."""
    return {
        "evaluation": row["id"],
        "base_name": row.get("title") or "",
        "host_name": round_progress.name_of(case, row.get("host_id")),
        "recommender_name": round_progress.name_of(case, row.get("recommender_id")),
        "stage": STAGES.get(str(row.get("status")), "办理中"),
        "opened_on": str(to_date(row.get("opened_on")) or ""),
    }
