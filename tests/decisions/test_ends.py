"""The tables of how a base ends, row by row, and that every input has exactly one answer (domain.md chapter 5 P7, P8)."""

from __future__ import annotations

from itertools import product

import pytest

from tests import tables

GROUNDS = ("G1", "G2", "G3", "G4", "G5", "G6")


@pytest.mark.parametrize(
    ("ground", "first", "second", "third", "established"),
    [
        pytest.param("G1", True, True, False, True, marks=pytest.mark.article("22(1)")),
        pytest.param("G1", True, False, False, False, marks=pytest.mark.article("22(1)")),
        pytest.param("G1", False, True, False, False, marks=pytest.mark.article("22(1)")),
        pytest.param("G2", True, False, False, True, marks=pytest.mark.article("22(2)")),
        pytest.param("G2", False, True, True, False, marks=pytest.mark.article("22(2)")),
        pytest.param("G3", True, False, False, True, marks=pytest.mark.article("22(3)")),
        pytest.param("G3", False, False, False, False, marks=pytest.mark.article("22(3)")),
        pytest.param("G4", True, False, False, True, marks=pytest.mark.article("22(4)")),
        pytest.param("G4", False, True, True, True, marks=pytest.mark.article("22(4)")),
        pytest.param("G4", False, True, False, False, marks=pytest.mark.article("22(4)")),
        pytest.param("G4", False, False, True, False, marks=pytest.mark.article("22(4)")),
        pytest.param("G5", True, True, False, True, marks=pytest.mark.article("22(5)")),
        pytest.param("G5", True, False, False, False, marks=pytest.mark.article("22(5)")),
        pytest.param("G5", False, True, False, False, marks=pytest.mark.article("22(5)")),
        pytest.param("G6", True, False, False, True, marks=pytest.mark.article("22(6)")),
        pytest.param("G6", False, False, False, False, marks=pytest.mark.article("22(6)")),
    ],
)
def test_revocation_ground(ground: str, first: bool, second: bool, third: bool, established: bool) -> None:
    """第二十二条：并列条件缺一不可。"""
    answer = tables.decide("revocation_ground", ground=ground, first=first, second=second, third=third)
    assert answer["established"] is established
    assert answer["message"].startswith("第十八条、" if ground == "G2" and established else "第二十二条（")


def test_every_ground_has_one_answer() -> None:
    for ground, first, second, third in product(GROUNDS, *[(True, False)] * 3):
        answer = tables.decide("revocation_ground", ground=ground, first=first, second=second, third=third)
        assert isinstance(answer["established"], bool)


@pytest.mark.article("23")
@pytest.mark.parametrize(
    ("kind", "process", "handling"),
    [
        ("report_overdue", "annual_report", "settle"),
        ("report_open", "annual_report", "continue"),
        ("reward_balance", "reward", "settle"),
        ("open_case", "reward", "end"),
        ("open_case", "revocation", "hold"),
        ("open_case", "major_event", "settle"),
        ("open_case", "change", "end"),
        ("open_case", "evaluation", "end"),
        ("open_case", "improvement", "end"),
        ("open_case", "work_plan", "end"),
        ("open_case", "anything", "end"),
    ],
)
def test_open_obligations(kind: str, process: str, handling: str) -> None:
    """第二十三条：退出前的未了事项。"""
    answer = tables.decide("open_obligations", kind=kind, process=process)
    assert answer["handling"] == handling
    assert answer["message"]
