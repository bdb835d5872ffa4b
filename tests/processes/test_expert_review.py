"""专家评审: draw, recusal, replacement, blind scores, drop-extremes mean, spread, one rediscussion."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.processes.story import Story, expert_of
from webapp.demo import sheets
from webapp.errors import Forbidden, Invalid
from webapp.store import submissions

HOST = "host-jhsf"


def _case(story: Story) -> str:
    return story.applications[HOST]


def _declines(story: Story, person: str) -> None:
    sheet = {
        "conflict_declared": "cooperation",
        "conflict_note": "与负责人近三年合作发表论文。",
        "confidentiality": True,
    }
    story.does(_case(story), "score", "decline", sheet, "与负责人有合作关系。", key=person)


@pytest.mark.article("11(3)")
@pytest.mark.stage("accepted")
def test_five_experts_are_drawn_none_of_the_host(story: Story) -> None:
    """第十一条（三）：抽取5名专家，本单位、合作方专家回避；抽取理由留痕，专家收到邀请。"""
    panel = story.panel(_case(story))
    assert len(set(panel)) == 5
    assert all(expert_of(person).org != HOST for person in panel)
    assert {row.person_id for row in story.assignments(_case(story))} == set(panel)
    assert all("随机抽取" in row.reason for row in story.assignments(_case(story)))
    assert all(story.told(person, "请评审柔性传感国际科技合作基地") for person in panel)


@pytest.mark.article("11(3)")
@pytest.mark.stage("accepted")
def test_experts_score_for_themselves_only(story: Story) -> None:
    """第十一条（三）：专家只能提交本人的评分表。"""
    mine, other = story.panel(_case(story))[:2]
    with pytest.raises(Forbidden):
        story.does(_case(story), "score", "submit", story.score(_case(story), 80), key=mine, person=other)
    with pytest.raises(Forbidden):
        story.does(_case(story), "score", "submit", story.score(_case(story), 80), key=mine, person="p-officer")


@pytest.mark.article("11(3)")
@pytest.mark.stage("accepted")
def test_declining_expert_is_replaced(story: Story) -> None:
    """第十一条（三）：申请回避的专家由新抽取的专家替换，仍为5份有效评分。"""
    before = story.panel(_case(story))
    declared = {
        **story.score(_case(story), 80),
        "conflict_declared": "cooperation",
        "conflict_note": "近三年合作论文。",
    }
    with pytest.raises(Invalid) as error:
        story.does(_case(story), "score", "submit", declared, key=before[0])
    assert error.value.fields
    _declines(story, before[0])
    for person, points in zip(before[1:], (80, 82, 84, 86), strict=True):
        story.does(_case(story), "score", "submit", story.score(_case(story), points), key=person)
    (fresh,) = story.panel(_case(story))
    assert fresh not in before
    assert {row.person_id: row.status for row in story.assignments(_case(story))}[before[0]] in ("declined", "replaced")
    story.scores(_case(story), 88)
    assert story.elements(_case(story)) == ["summarise"]
    assert story.seen(_case(story), "summarise")["review"]["n"] == 5


@pytest.mark.article("11(3)")
@pytest.mark.stage("accepted")
def test_second_recusal_is_replaced_again(story: Story) -> None:
    """第十一条（三）：替换的专家又回避的，再次替换，不重复抽取已回避的人。"""
    seen = story.panel(_case(story))
    _declines(story, seen[0])
    for person in seen[1:]:
        story.does(_case(story), "score", "submit", story.score(_case(story), 80), key=person)
    (second,) = story.panel(_case(story))
    _declines(story, second)
    (third,) = story.panel(_case(story))
    assert third not in {*seen, second}
    story.scores(_case(story), 80)
    assert story.elements(_case(story)) == ["summarise"]


@pytest.mark.article("11(3)")
@pytest.mark.stage("accepted")
def test_late_expert_is_urged_and_then_replaced(story: Story) -> None:
    """第十一条（三）：到期自动催办；省厅替换逾期专家，已提交的评分保留。"""
    late, *others = story.panel(_case(story))
    for person, points in zip(others, (80, 82, 84, 86), strict=True):
        story.does(_case(story), "score", "submit", story.score(_case(story), points), key=person)
    story.today("2026-03-24")
    assert story.task(_case(story), "score", key=late).urged == 1
    assert story.told(late, "已到期")
    with pytest.raises(Forbidden):
        story.sends(_case(story), "replace_late", "p-dept-jyt", {"persons": [late], "reason": "逾期未提交评分。"})
    story.sends(
        _case(story), "replace_late", "p-officer", {"persons": [late], "reason": "逾期未提交，经催办仍未完成。"}
    )
    (fresh,) = story.panel(_case(story))
    assert fresh not in {late, *others}
    assert {row.person_id: row.status for row in story.assignments(_case(story))}[late] == "replaced"
    story.scores(_case(story), 88)
    assert story.application(_case(story)).score == Decimal("84.00")


@pytest.mark.article("11(3)")
@pytest.mark.stage("accepted")
def test_only_some_of_the_late_are_replaced(story: Story) -> None:
    """第十一条（三）：只替换所选的逾期专家，其余逾期专家继续评分。"""
    first, second, *others = story.panel(_case(story))
    for person in others:
        story.does(_case(story), "score", "submit", story.score(_case(story), 80), key=person)
    story.today("2026-03-24")
    story.sends(
        _case(story), "replace_late", "p-officer", {"persons": [first], "reason": "逾期未提交，经催办仍未完成。"}
    )
    assert second in story.panel(_case(story))
    assert len(story.panel(_case(story))) == 2
    story.scores(_case(story), 80, 80)
    assert story.elements(_case(story)) == ["summarise"]


@pytest.mark.article("11(3)")
@pytest.mark.stage("recommended")
def test_too_few_experts_are_appointed_by_the_officer(story: Story) -> None:
    """第十一条（三）：合格专家不足时由经办指定；应回避的、重复的、双数的不能指定。"""
    story.keeps_experts(4, at=HOST)
    story.accepts(_case(story))
    assert story.elements(_case(story)) == ["appoint_experts"]
    story.keeps_experts(6, at=HOST)
    *free, own = sorted(story.active_experts(), key=lambda person: story.works_at(person, HOST))
    sheet = {"lead": free[0], "reason": "专家库合格专家不足，经处室研究指定。", "recusal_checked": True}

    def appoints(persons: list[str]) -> None:
        rows = [{"person": person} for person in persons]
        story.does(_case(story), "appoint_experts", "submit", {**sheet, "experts": rows})

    for wrong in (free[:4], free[:6], [*free[:4], free[0]], [*free[:4], own]):
        with pytest.raises(Invalid) as error:
            appoints(wrong)
        assert any(path.startswith("experts") for path in error.value.fields)
    appoints(free[:5])
    assert set(story.panel(_case(story))) == set(free[:5])
    for reader in (f"p-{HOST}", "p-dept-jyt", free[1]):  # 双向匿名: only the Province reads who was appointed
        with story.database.reading(story.person(reader)) as tx:
            assert "appoint_experts" not in {row.element for row in submissions.of_case(tx, _case(story))}
    story.scores(_case(story), 80, 82, 84, 86, 88)
    assert story.task(_case(story), "summarise").person_id == free[0]


@pytest.mark.article("11(3)")
@pytest.mark.stage("accepted")
def test_highest_and_lowest_are_dropped(story: Story) -> None:
    """第十一条（三）：5份及以上评分去掉最高、最低后平均。"""
    story.scores(_case(story), 70, 80, 82, 84, 99)
    seen = story.seen(_case(story), "summarise")
    review, points = seen["review"], sorted(row["score"] for row in seen["panel"]["scores"])
    middle = points[1:4]
    assert sorted(review["dropped"]) == [points[0], points[4]]
    assert story.application(_case(story)).score == (sum(map(Decimal, map(str, middle))) / 3).quantize(Decimal("0.01"))
    assert review["spread_alert"] is True


@pytest.mark.article("11(3)")
@pytest.mark.stage("accepted")
def test_wide_spread_may_be_rediscussed_once(story: Story) -> None:
    """第十一条（三）：评分分歧较大的须说明或组织复议，复议只有一次，之后须确认。"""
    story.scores(_case(story), 55, 70, 80, 90, 95)
    assert story.application(_case(story)).spread_alert is True
    with pytest.raises(Invalid) as error:
        story.does(_case(story), "summarise", "confirm", sheets.summary())
    assert "disagreement" in error.value.fields
    story.does(_case(story), "summarise", "rediscuss", sheets.summary(), "分歧较大，组织复议。")
    assert len(story.panel(_case(story))) == 5
    story.scores(_case(story), 60, 70, 80, 85, 95)
    with pytest.raises(Invalid) as error:
        story.does(_case(story), "summarise", "rediscuss", sheets.summary(), "再议一次。")
    assert "outcome" in error.value.fields
    story.does(_case(story), "summarise", "confirm", sheets.summary(disagreement=True))
    assert story.application(_case(story)).status == "ready"


@pytest.mark.article("11(3)")
@pytest.mark.stage("accepted")
def test_score_beyond_the_maximum_is_refused(story: Story) -> None:
    """第十一条（三）：评分不得超过该项满分，漏评不能提交。"""
    sheet = story.score(_case(story), 80)
    person = story.panel(_case(story))[0]
    rows = [{**sheet["scores"][0], "score": 100}, *sheet["scores"][1:]]
    with pytest.raises(Invalid) as error:
        story.does(_case(story), "score", "submit", {**sheet, "scores": rows}, key=person)
    assert "scores.0.score" in error.value.fields
    with pytest.raises(Invalid):
        story.does(_case(story), "score", "submit", {**sheet, "scores": sheet["scores"][1:]}, key=person)


@pytest.mark.article("11(3)")
@pytest.mark.stage("accepted")
def test_indicators_and_days_are_those_of_the_round(story: Story) -> None:
    """第十一条（三）：评分时限按批次方案。"""
    task = story.task(_case(story), "score", key=story.panel(_case(story))[0])
    assert task.due_on is not None
    assert task.due_on.isoformat() == "2026-03-23"
