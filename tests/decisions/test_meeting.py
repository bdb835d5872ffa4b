"""domain.md 3.6, cell by cell: what becomes of an open case when something else begins or ends about the same base."""

from __future__ import annotations

from itertools import product

import pytest

from tests import tables

PROCESSES = (
    "change",
    "annual_report",
    "evaluation",
    "improvement",
    "exit",
    "revocation",
    "reward",
    "work_plan",
    "supervision",
    "major_event",
    "difficulty",
    "national_transfer",
    "legacy_category",
)
ENDS = ("revoked", "exited", "transferred_national")
TOGETHER = ("goes_on", "allowed")
HELD = ("held", "allowed")
NEW_HELD = ("goes_on", "held")
REFUSED = ("goes_on", "refused")
DECIDE = ("decide", "allowed")
ENDED = ("ended", "allowed")

MATRIX = {
    "change": {
        "change": TOGETHER,  # another item; the same item is refused when it is handed in
        "annual_report": TOGETHER,
        "evaluation": TOGETHER,
        "exit": TOGETHER,
        "exited": ENDED,
        "revocation": HELD,
        "revoked": ENDED,
        "transferred_national": ENDED,
    },
    "annual_report": {
        "change": TOGETHER,
        "evaluation": TOGETHER,
        "exit": TOGETHER,
        "exited": ENDED,
        "revocation": TOGETHER,
        "revoked": ENDED,
        "transferred_national": ENDED,
    },
    "evaluation": {
        "change": TOGETHER,
        "annual_report": TOGETHER,
        "evaluation": REFUSED,
        "exit": TOGETHER,
        "exited": ENDED,
        "revocation": TOGETHER,
        "revoked": ENDED,
        "transferred_national": ENDED,
    },
    "improvement": {
        "change": TOGETHER,
        "annual_report": TOGETHER,
        "evaluation": TOGETHER,  # a new round checks the plan
        "exit": TOGETHER,
        "exited": ENDED,
        "revocation": HELD,
        "revoked": ENDED,
        "transferred_national": ENDED,
    },
    "exit": {
        "change": REFUSED,
        "annual_report": TOGETHER,  # due until the decision
        "evaluation": REFUSED,  # postponed
        "exit": REFUSED,  # one at a time
        "revocation": HELD,
        "revoked": ENDED,  # moot
        "national_transfer": DECIDE,
        "transferred_national": DECIDE,
    },
    "revocation": {
        "change": NEW_HELD,  # a draft only
        "annual_report": TOGETHER,
        "evaluation": TOGETHER,
        "exit": NEW_HELD,
        "revocation": REFUSED,  # its ground joins the one that is open
        "national_transfer": DECIDE,
        "transferred_national": DECIDE,  # a transfer does not erase a serious ground
    },
    "reward": {
        "change": TOGETHER,
        "annual_report": TOGETHER,
        "evaluation": TOGETHER,  # the use report is required there
        "exit": TOGETHER,  # unspent money is settled first: an open obligation of the exit
        "revocation": HELD,
        "revoked": ENDED,
        "transferred_national": TOGETHER,  # 第十九条
    },
}
CELLS = [(row, column, answer) for row, columns in MATRIX.items() for column, answer in columns.items()]


@pytest.mark.article("22", "23", "24")
@pytest.mark.parametrize(("standing", "event", "expected"), CELLS)
def test_cell(standing: str, event: str, expected: tuple[str, str]) -> None:
    answer = tables.decide("meeting", standing=standing, event=event)
    assert (answer["standing_case"], answer["new_case"]) == expected


@pytest.mark.parametrize(("standing", "event"), list(product(PROCESSES, (*PROCESSES, *ENDS))))
def test_every_meeting_has_one_answer_and_a_refusal_its_reason(standing: str, event: str) -> None:
    answer = tables.decide("meeting", standing=standing, event=event)
    assert answer["standing_case"] in {"goes_on", "held", "ended", "decide"}
    assert answer["new_case"] in {"allowed", "refused", "held"}
    if answer["new_case"] != "allowed" or answer["standing_case"] == "held":
        assert answer["message"]
