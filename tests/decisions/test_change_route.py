"""变更办理路线 change_route, row by row (domain.md 2.8a; settled.md 28), and that every input has exactly one answer."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from tests import tables

KINDS = ("base_name", "leader", "partner", "host_name", "host_entity", "location", "category", "direction", "core_team",
         "other", "", "?")  # fmt: skip
OUTPUTS = {"rules", "to_leader", "cosign_with", "two_departments", "wants_conditions", "departs", "route_note"}


def route(kind: str, action: str = "", *, leaves: bool = False, changes: bool = False) -> dict[str, Any]:
    change = {"kind": kind, "partner_action": action, "leaves_province": leaves, "recommender_changes": changes}
    return dict(tables.decide("change_route", change=change))


@pytest.mark.article("16", "12(2)")
@pytest.mark.parametrize(
    ("kind", "action", "rules", "to_leader"),
    [
        ("base_name", "", "N1", True),
        ("leader", "", "C14,J1b", False),
        ("partner", "add", "P1", False),
        ("partner", "replace", "P1,J6,C6", False),
        ("partner", "remove", "J6,C6", False),
        ("host_name", "", "H1", True),  # settled.md 28: to the leader
        ("host_entity", "", "C1,C2,C3,C4,C9,CAT,J*,O*,S*", True),
        ("category", "", "*", True),
        ("direction", "", "", False),
        ("core_team", "", "", False),
        ("other", "", "", False),
    ],
)
def test_rules_and_levels(kind, action, rules, to_leader):
    """第十六条：各类变更的复核规则与审批层级."""
    found = route(kind, action)
    assert (found["rules"], found["to_leader"]) == (rules, to_leader)
    assert (found["two_departments"], found["departs"]) == (False, False)


@pytest.mark.article("16", "13")
def test_location():
    """第十三条、第七条（一）：换推荐部门的须接收；迁出省外的转退出或取消资格."""
    assert route("location")["two_departments"] is False
    assert route("location", changes=True)["two_departments"] is True
    out = route("location", leaves=True)
    assert (out["departs"], out["rules"], out["two_departments"]) == (True, "C3", False)


@pytest.mark.article("16", "12(2)")
def test_another_legal_person_is_cosigned_and_described():
    """第十六条：主体变更由法规处室会签，并按新单位填报条件；类别变更填报条件."""
    assert {kind: route(kind)["cosign_with"] for kind in KINDS if route(kind)["cosign_with"]} == {
        "host_entity": "province-fg"
    }
    assert [kind for kind in KINDS if route(kind)["wants_conditions"]] == ["host_entity", "category"]


def test_every_input_has_exactly_one_answer():
    """UNIQUE raises on two hits; nothing may be left without a route."""
    assert tables.load("change_route").policy == "UNIQUE"
    assert tables.load("change_route").names == {"change"}
    for kind, action, leaves, changes in product(KINDS, ("add", "replace", "remove", ""), (True, False), (True, False)):
        found = route(kind, action, leaves=leaves, changes=changes)
        assert found.keys() == OUTPUTS
        assert found["route_note"], (kind, action)
