"""A grade changed by 复核 (domain.md 3.5): what it had brought about is worked out anew and undone where it falls away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from handlers import evaluation_document, evaluation_plan, evaluation_results
from handlers import round_progress as reading
from handlers.eligibility_form import part, text
from handlers.vocabulary import Case, Deliver, Effect, Facts, StartCase, UpdateProceeding

GROUND = "G2"
"""第二十二条（二）: two unqualified results running."""


def label(case: Case, grade: str) -> str:
    """The grade's Chinese name."""
    return evaluation_document.label(case, grade)


def effects(case: Case, evaluation: Facts, grade: str, reason: str, on: date) -> Sequence[Effect]:
    """The summary has the new grade, with the old one beside it; improvement, revocation and reward follow it.

    A revocation built on two unqualified results loses that ground when they are two no more.
    """
    base, before = str(evaluation.get("base_id") or ""), str(evaluation.get("grade") or "")
    grade_changed = {"from": before, "by": case.id, "number": case.number, "on": on.isoformat(), "reason": reason}
    fields = {"grade": grade, "status": grade, "facts": {**part(evaluation, "facts"), "grade_changed": grade_changed}}
    done: list[Effect] = [UpdateProceeding(fields, str(evaluation["id"]))]
    why = f"{evaluation.get('title') or '国合基地'}的评价等次经复核（{case.number}）由“{label(case, before)}”变更为“{label(case, grade)}”"
    for other in reading.register(case).open_cases(base):
        if other["process"] == "improvement" and _is_about(case, other, evaluation):
            done.append(Deliver("grade_changed", str(other["id"]), {"grade": grade, "reason": why}))
        if other["process"] == "revocation" and not _still_consecutive(case, evaluation, grade):
            done.append(Deliver("ground_removed", str(other["id"]), {"ground": GROUND, "reason": why}))
    if grade == evaluation_plan.EXCELLENT:
        done.append(_reward(evaluation, case, on))
    return done


def _still_consecutive(case: Case, evaluation: Facts, grade: str) -> bool:
    known: Any = reading.register(case).proceedings(base_id=evaluation.get("base_id"), process="evaluation")
    results = [{**row, "grade": grade} if row["id"] == evaluation["id"] else row for row in known]
    resets = bool(case.parameters.get("evaluation.skip_resets", False))
    times = reading.limit(case, "unqualified.consecutive", 2)
    return evaluation_results.is_due_for_revocation(results, times, skip_resets=resets)


def _is_about(case: Case, other: Facts, evaluation: Facts) -> bool:
    """The improvement follows from this evaluation, not from another round's."""
    own = reading.register(case).proceedings(id=str(other["id"]))
    return not own or text(part(own[0], "facts"), "evaluation") in ("", str(evaluation["id"]))


def _reward(evaluation: Facts, case: Case, on: date) -> StartCase:
    facts = part(evaluation, "facts")
    data = {
        "evaluation": evaluation["id"],
        "evaluation_number": case.parent.get("number", ""),
        "round_id": evaluation.get("period"),
        "round_name": text(facts, "round_name"),
        "grade": evaluation_plan.EXCELLENT,
        "score": part(facts, "result").get("total"),
        "doc_no": evaluation.get("doc_no") or "",
        "decided_on": on.isoformat(),
    }
    wanted = {"base_id": evaluation.get("base_id"), "title": evaluation.get("title"), "data": data}
    return StartCase("reward", f"reward:{evaluation['id']}", wanted)
