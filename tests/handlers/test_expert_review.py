"""The expert review of an application: who scores, who is replaced, what the scores give."""

from __future__ import annotations

from decimal import Decimal

import pytest

from handlers import expert_review
from handlers.vocabulary import AssignExpert, BpmnError, Notify, ReleaseExpert, UpdateProceeding, Urge
from tests.handlers import desk, given
from tests.handlers import evaluation_desk as evaluations
from tests.handlers.test_panel import expert

FORM = given.form("joint_rd")
PLAN = {"id": "round-1", "expert_plan": {"per_application": 5, "days": 7, "max_load": 12}}


def case(pool=12, **facts):
    experts = pool if isinstance(pool, list) else [expert(n) for n in range(1, pool + 1)]
    forms = {"application": FORM, **facts.pop("forms", {})}
    known = {"round": PLAN, "seed": 3, "application": {"id": "case-1", "field_code": "new_materials"}}
    return desk.case(desk.Shelf(expert_rows=experts), forms=forms, **{**known, **facts})


def answers(*persons, score=80, **more):
    return {person: {"outcome": "submit", "score": score, "overall": "recommend"} for person in persons} | more


def asked(*persons):
    return {person: {"name": person.upper()} for person in persons}


FIVE = ("p1", "p2", "p3", "p4", "p5")


# ---- drawing


@pytest.mark.article("11(3)")
def test_five_experts_are_assigned_with_reason_and_told_until_when():
    outcome = expert_review.assign_experts(case())
    assert len(outcome.data) == 5
    assert all("随机抽取（种子3）" in effect.reason for effect in desk.of(outcome, AssignExpert))
    assert {effect.person for effect in desk.of(outcome, Notify)} == set(outcome.data)
    assert "2026年6月25日" in desk.told(outcome, "expert")  # seven working days, 端午节 not counted
    assert desk.fields(outcome)["status"] == "reviewing"


def test_the_draw_is_repeatable():
    assert expert_review.assign_experts(case()).data == expert_review.assign_experts(case()).data


def test_an_even_plan_gives_an_odd_panel():
    plan = {"id": "round-1", "expert_plan": {"per_application": 6}}
    assert len(expert_review.assign_experts(case(round=plan)).data) == 7


def test_without_a_plan_the_parameters_hold():
    outcome = expert_review.assign_experts(case(round={}, parameters={"expert.min": 3}))
    assert len(outcome.data) == 3


def test_who_must_stand_aside_is_not_drawn():
    pool = [expert(n) for n in range(1, 6)] + [expert(6, org_id="host-1"), expert(7, conflicts=["host-1"])]
    assert set(expert_review.assign_experts(case(pool)).data) == set(FIVE)


def test_too_few_eligible_experts_are_an_error_for_the_diagram():
    with pytest.raises(BpmnError) as error:
        expert_review.assign_experts(case(4))
    assert error.value.code == "not_enough"
    assert "需5人，现有4人" in error.value.message


def test_four_of_six_would_be_even_and_is_not_enough():
    with pytest.raises(BpmnError):
        expert_review.assign_experts(case(6, round={"expert_plan": {"per_application": 7}}))


def test_appointed_experts_are_assigned_as_they_are():
    chosen = {"experts": [{"person": person} for person in FIVE], "lead": "p2"}
    outcome = expert_review.assign_experts(case(5, forms={"appoint_experts": chosen}))
    assert set(outcome.data) == set(FIVE)
    assert {effect.reason for effect in desk.of(outcome, AssignExpert)} == {"指定"}


# ---- appointment


def appointment(*persons, lead="p1", pool=12, **facts):
    content = {"experts": [{"person": person} for person in persons], "lead": lead}
    return desk.errors(expert_review.check_appointment(case(pool, forms={"appoint_experts": content}, **facts)))


def test_five_free_experts_may_be_appointed():
    assert appointment(*FIVE) == {}


def test_four_or_six_experts_may_not():
    assert "单数" in appointment(*FIVE[:4])["experts"]
    assert "现为6人" in appointment(*FIVE, "p6")["experts"]


def test_one_more_to_four_who_scored_makes_five():
    panel = {"scores": [{"person": p, "name": p, "score": 80} for p in FIVE[:4]], "missing": []}
    assert appointment("p6", data={"panel": panel}) == {}


def test_an_expert_of_the_host_may_not_be_appointed():
    pool = [expert(1, org_id="host-1"), *(expert(n) for n in range(2, 9))]
    assert "应当回避" in appointment(*FIVE, lead="p2", pool=pool)["experts.0.person"]


def test_an_expert_who_declined_may_not_be_appointed_again():
    panel = {"declined": [{"person": "p5", "reason": "师生关系"}]}
    assert "师生关系" in appointment(*FIVE, data={"panel": panel})["experts.4.person"]


def test_strangers_doubles_and_outside_leads_are_refused():
    assert "专家库" in appointment(*FIVE[:4], "nobody")["experts.4.person"]
    assert appointment("p1", "p1", "p2", "p3", "p4", "p5")["experts"] == "同一专家不能重复。"
    assert "lead" in appointment(*FIVE, lead="p9")


# ---- sheets


def sheet(**content):
    return desk.errors(expert_review.check_score(case(forms={"expert_score": content})))


def test_a_conflict_of_interest_must_be_declared_by_declining():
    assert "申请回避" in sheet(conflict_declared="cooperation")["conflict_declared"]
    assert sheet(conflict_declared="none") == {}


def test_scores_stay_within_their_maximum():
    rows = [{"code": "a", "score": 26, "max": 25}, {"code": "b", "max": 25}, {"code": "c", "score": 25, "max": 25}]
    assert set(sheet(conflict_declared="none", scores=rows)) == {"scores.0.score", "scores.1.score"}


# ---- collecting


def test_five_scores_are_enough():
    outcome = expert_review.collect_scores(case(data={"experts": asked(*FIVE), "score": answers(*FIVE)}))
    assert outcome.data["enough"] is True
    assert outcome.data["scores"][0] == {"person": "p1", "name": "P1", "score": 80.0, "overall": "recommend"}
    assert not outcome.effects


def test_a_sheet_without_a_score_does_not_count():
    given_ = answers(*FIVE[:4], p5={"outcome": "submit"})
    outcome = expert_review.collect_scores(case(data={"experts": asked(*FIVE), "score": given_}))
    assert len(outcome.data["scores"]) == 4
    assert outcome.data["enough"] is False


def test_a_declined_sheet_is_released_with_its_reason_and_not_enough():
    given_ = answers(*FIVE[:4], p5={"outcome": "decline", "opinion": "师生关系"})
    outcome = expert_review.collect_scores(case(data={"experts": asked(*FIVE), "score": given_}))
    assert outcome.data["enough"] is False
    assert desk.of(outcome, ReleaseExpert) == [ReleaseExpert("p5", "师生关系")]


def test_the_replacement_joins_the_four_and_the_released_is_not_released_twice():
    first = expert_review.collect_scores(
        case(data={"experts": asked(*FIVE), "score": answers(*FIVE[:4], p5={"outcome": "decline"})})
    ).data
    second = expert_review.collect_scores(
        case(data={"panel": first, "experts": asked("p6"), "score": answers("p6", score=70)})
    )
    assert second.data["enough"] is True
    assert [row["person"] for row in second.data["scores"]] == ["p1", "p2", "p3", "p4", "p6"]
    assert not second.effects


def test_six_of_seven_are_even_and_not_enough_five_of_seven_are():
    seven = (*FIVE, "p6", "p7")
    one = answers(*seven[:6], p7={"outcome": "decline"})
    assert expert_review.collect_scores(case(data={"experts": asked(*seven), "score": one})).data["enough"] is False
    two = answers(*seven[:5], p6={"outcome": "decline"}, p7={"outcome": "decline"})
    assert expert_review.collect_scores(case(data={"experts": asked(*seven), "score": two})).data["enough"] is True


def test_a_late_expert_named_by_the_officer_is_replaced_the_other_goes_on():
    data = {
        "experts": asked(*FIVE),
        "score": answers(*FIVE[:3]),
        "replace_late": {"persons": ["p4"], "reason": "逾期"},
    }
    outcome = expert_review.collect_scores(case(data=data))
    assert outcome.data["missing"] == ["p5"]
    assert outcome.data["enough"] is False
    assert desk.of(outcome, ReleaseExpert) == [ReleaseExpert("p4", "逾期未评，予以替换")]
    again = expert_review.replace_experts(case(data={"panel": outcome.data}))
    assert "p5" in again.data
    assert len(again.data) == 2
    assert not set(again.data) & {"p1", "p2", "p3", "p4"}
    assert [effect.person for effect in desk.of(again, AssignExpert)] == [p for p in again.data if p != "p5"]


def test_no_replacement_left_is_an_error_for_the_diagram():
    panel = expert_review.collect_scores(
        case(data={"experts": asked(*FIVE), "score": answers(*FIVE[:4], p5={"outcome": "decline"})})
    ).data
    with pytest.raises(BpmnError):
        expert_review.replace_experts(case(5, data={"panel": panel}))


def test_reopening_asks_everybody_who_scored():
    panel = {"scores": [{"person": p, "name": p.upper(), "score": 80} for p in FIVE]}
    outcome = expert_review.reopen_scores(case(data={"panel": panel}))
    assert outcome.data == asked(*FIVE)
    assert len(desk.of(outcome, Notify)) == 5


def test_after_reopening_the_new_scores_count():
    panel = {"scores": [{"person": p, "name": p, "score": 40} for p in FIVE], "names": dict.fromkeys(FIVE, "")}
    data = {"panel": panel, "experts": asked(*FIVE), "score": answers(*FIVE, score=75)}
    assert {row["score"] for row in expert_review.collect_scores(case(data=data)).data["scores"]} == {75.0}


# ---- result


def review(*scores, **data):
    panel = {"scores": [{"person": f"p{n}", "name": "", "score": s} for n, s in enumerate(scores, 1)]}
    return expert_review.compute_scores(case(data={"panel": panel, **data}))


@pytest.mark.article("11(3)")
def test_the_row_has_the_exact_mean_the_variable_the_figures():
    outcome = review(90, 80, 70, 85, 60)
    assert desk.fields(outcome) == {"score": Decimal("78.33"), "score_sd": Decimal("12.04"), "spread_alert": True}
    assert outcome.data == {
        "mean": 78.33, "sd": 12.04, "n": 5, "dropped": [60.0, 90.0], "spread_alert": True, "lead": "p1",
        "rediscussed": False,
    }  # fmt: skip


def test_a_narrow_spread_raises_no_alert():
    assert review(80, 82, 84, 81, 83).data["spread_alert"] is False


def test_the_second_result_is_marked_as_rediscussed():
    assert review(80, 82, 84, 81, 83, summarise={"outcome": "rediscuss"}).data["rediscussed"] is True


def test_the_lead_is_whom_the_officer_named_if_he_scored():
    panel = {"scores": [{"person": p, "name": "", "score": 80} for p in FIVE]}
    for named, lead in (("p3", "p3"), ("p9", "p1")):
        found = expert_review.compute_scores(case(data={"panel": panel}, forms={"appoint_experts": {"lead": named}}))
        assert found.data["lead"] == lead


def test_a_wide_spread_needs_a_word_in_the_summary():
    wide = {"data": {"review": {"spread_alert": True}}}
    assert "disagreement" in desk.errors(expert_review.check_summary(case(**wide)))
    spoken = case(**wide, forms={"summarise": {"disagreement": "一名专家对成果归属有保留。"}})
    assert desk.errors(expert_review.check_summary(spoken)) == {}
    assert desk.errors(expert_review.check_summary(case(data={"review": {"spread_alert": False}}))) == {}


def test_closing_makes_the_application_ready_with_the_suggestion():
    outcome = expert_review.close_review(case(data={"summarise": {"outcome": "confirm", "conclusion": "defer"}}))
    assert desk.fields(outcome) == {"status": "ready", "suggestion": "defer"}


def test_urging_marks_the_open_sheets():
    (urge,) = expert_review.urge_experts(case()).effects
    assert isinstance(urge, Urge)
    assert urge.element == "score"


# ---- an evaluation's experts


@pytest.mark.article("18")
def test_experts_of_an_evaluation_stand_aside_by_the_register():
    """第十八条：评价专家的回避以台账的依托单位、合作机构、负责人、核心成员为准。"""
    base = {**evaluations.BASE, "partners": [{"name": "Delta Institute"}], "core_team": [{"name": "林溪"}]}
    pool = [
        {"id": "e1", "name": "甲", "org_id": "host-1", "org_name": "x", "fields": ["new_materials"]},
        {"id": "e2", "name": "乙", "org_id": "o", "org_name": "Delta Institute", "fields": []},
        {"id": "e3", "name": "林溪", "org_id": "o", "org_name": "y", "fields": []},
        *[
            {"id": f"f{n}", "name": f"专家{n}", "org_id": "o", "org_name": "z", "fields": ["new_materials"]}
            for n in range(5)
        ],
    ]
    shelf = evaluations.Shelf(expert_rows=pool)
    outcome = expert_review.assign_experts(evaluations.case(shelf=shelf, base=base, parameters={}))
    assert set(outcome.data) == {f"f{n}" for n in range(5)}
    (standing,) = desk.of(outcome, UpdateProceeding)
    assert standing.fields == {"status": "reviewing"}
    assert "请评审青禾新材料国际科技合作基地的自评材料" in desk.of(outcome, Notify)[0].text


@pytest.mark.parametrize(("asked", "wide"), [({"a": {"max": 25}}, True), ({"a": {"max": 100}}, False), ({}, False)])
def test_the_spread_is_judged_by_the_points_that_experts_give(asked, wide):
    scores = [{"person": f"e{n}", "score": points, "name": ""} for n, points in enumerate((10, 12, 14, 15, 16))]
    data = {"panel": {"scores": scores}, "indicators": asked}
    outcome = expert_review.compute_scores(evaluations.case(data=data, parameters={}))
    assert outcome.data["spread_alert"] is wide
    assert outcome.effects == []


def test_a_reviewed_evaluation_goes_on_to_its_total():
    closed = expert_review.close_review(evaluations.case(data={"summarise": {"outcome": "confirm"}}))
    assert closed.effects == []
    again = expert_review.reopen_scores(evaluations.case(data={"panel": {"scores": [{"person": "e1", "name": "甲"}]}}))
    assert "自评材料重新评分" in desk.of(again, Notify)[0].text
