"""第十八条, 第二十二条（二）: what a base's results over the rounds come to (domain.md 3.5).

Works on summaries of evaluations, also those of other rounds and imported ones; says nothing to anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from handlers.eligibility_form import part, text, to_date
from handlers.evaluation_plan import UNQUALIFIED
from handlers.vocabulary import Facts


def run_of_unqualified(results: Sequence[Facts], *, skip_resets: bool = False) -> list[Facts]:
    """The latest unqualified results without another grade between them, the oldest first.

    A round skipped with approval neither counts nor resets, unless `skip_resets`. Results under the old rules, or of
    another authority, do not count unless the import says so (settled.md 28).
    """
    run: list[Facts] = []
    for row in sorted(results, key=_place, reverse=True):
        if not _counts(row):
            continue
        if row.get("grade"):
            if row["grade"] != UNQUALIFIED:
                break
            run.append(row)
        elif skip_resets and row.get("status") == "postponed":
            break
    return run[::-1]


def is_due_for_revocation(results: Sequence[Facts], times: int, *, skip_resets: bool = False) -> bool:
    """The base was unqualified so many times running that 第二十二条（二） applies."""
    return times > 0 and len(run_of_unqualified(results, skip_resets=skip_resets)) >= times


def with_result(results: Sequence[Facts], own: str, grade: str, decided_on: date, name: str) -> list[Facts]:
    """The results as they are once the evaluation `own` has this grade: the register shows it after the step only."""
    mine = {"id": own, "case_id": own, "grade": grade, "decided_on": decided_on, "facts": {"round_name": name}}
    known = next((row for row in results if row["id"] == own), {})
    return [*(row for row in results if row["id"] != own), {**known, **mine}]


def round_name(row: Facts) -> str:
    """What the result's round is called."""
    decided = to_date(row.get("decided_on"))
    return text(part(row, "facts"), "round_name") or (f"{decided.year}年" if decided else "前一轮")


def _counts(row: Facts) -> bool:
    """An imported result (no case) counts only when the import says that it was given under these rules."""
    return row.get("case_id") is not None or part(row, "facts").get("counts") is True


def _place(row: Facts) -> tuple[date, str]:
    return to_date(row.get("decided_on")) or to_date(row.get("opened_on")) or date.min, str(row["id"])
