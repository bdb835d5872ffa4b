"""Rules of 存量归类 without a database: what is proposed, wished, decided, and that nothing else changes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from handlers import legacy_category
from handlers.vocabulary import ChangeBase, UpdateProceeding, Urge
from tests.handlers import desk

BASE = {
    "id": "base-1",
    "name": "青禾国际科技合作基地",
    "host_id": "host-1",
    "recommender_id": "city-330100",
    "category": "joint_rd",
}


def case(**facts: Any) -> Any:
    return desk.case(**{"base": BASE, "round": {}, "application": {}, "number": "CL-2026-0001", **facts})


@pytest.mark.article("26", "6")
@pytest.mark.parametrize(
    ("begun", "label", "proposed"),
    [
        ({"legacy": "park"}, "科技园区", "open_service"),
        ({"legacy": "enterprise", "proposed": "special_dev"}, "企业", "special_dev"),
        ({"legacy": "", "legacy_label": "国际联合实验室"}, "国际联合实验室", "joint_rd"),
        ({}, "不详", "joint_rd"),
    ],
)
def test_proposed_category(begun, label, proposed):
    """第二十六条：导入时写明的优先，其次查判定表，都没有的为台账现有类别."""
    outcome = legacy_category.open_file(case(data={"begun": begun}))
    assert (outcome.data["legacy_label"], outcome.data["proposed"]) == (label, proposed)
    assert f"（原类别：{label}）" in desk.told(outcome, "host")
    assert desk.of(outcome, UpdateProceeding)[0].fields["kind"] == proposed


@pytest.mark.article("26")
@pytest.mark.parametrize(
    ("outcome", "content", "wish"),
    [
        ("confirm", {"category": "special_dev"}, ("open_service", "confirmed")),
        ("propose", {"category": "special_dev", "reason": "已转型"}, ("special_dev", "proposed")),
    ],
)
def test_wish(outcome, content, wish):
    data = {"filing": {"proposed": "open_service"}, "confirm_category": {"outcome": outcome, "opinion": "意见"}}
    found = legacy_category.record_wish(case(data=data, forms={"confirm_category": content})).data
    assert (found["category"], found["how"]) == wish


@pytest.mark.article("26")
def test_silence_is_the_proposed_category():
    outcome = legacy_category.take_silence(case(data={"filing": {"proposed": "open_service"}}))
    assert (outcome.data["category"], outcome.data["how"]) == ("open_service", "silent")
    assert "按建议的开放服务类" in desk.told(outcome, "host_admin")


@pytest.mark.article("26")
@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ({"category": "open_service"}, False),
        ({"category": "joint_rd"}, True),
        ({"category": "joint_rd", "reason": "未转型"}, False),
    ],
)
def test_other_decision_needs_a_reason(content, wrong):
    found = desk.errors(
        legacy_category.check_decision(case(data={"wish": {"category": "open_service"}}, forms={"decide": content}))
    )
    assert ("reason" in found) is wrong


@pytest.mark.article("26", "6")
@pytest.mark.parametrize(("decided", "changed"), [("open_service", True), ("joint_rd", False)])
def test_only_the_category_changes(decided, changed):
    outcome = legacy_category.apply(case(forms={"decide": {"category": decided, "reason": "经核实。"}}))
    effects = desk.of(outcome, ChangeBase)
    assert [(effect.fields, effect.on) for effect in effects] == (
        [({"category": decided}, date(2026, 6, 15))] if changed else []
    )
    assert "认定日期和文号不变。理由：经核实。" in desk.told(outcome, "recommender")
    wished = legacy_category.apply(
        case(base={**BASE, "recommender_id": None}, data={"wish": {"category": "special_dev"}})
    )
    assert wished.data["label"] == "特色发展类"
    assert desk.told(wished, "recommender") == ""


@pytest.mark.article("26")
def test_urging_and_the_other_end():
    assert desk.of(legacy_category.urge_recommender(case()), Urge)[0].element == "recommender_review"
    ended = legacy_category.end(case(data={"base_terminal": {"reason": "基地资格已取消"}}))
    assert "基地资格已取消，存量归类终止" in desk.told(ended, "host")
