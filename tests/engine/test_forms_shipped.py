"""What the shipped forms of the designation ask for, case by case (domain.md 4.2-4.5)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.engine import form_contents
from webapp.engine import forms

MATRIX = {
    "matrix": [
        {
            "application": "a1",
            "rank": 1,
            "base_name": "中德膜材料国际科技合作基地",
            "category": "joint_rd",
            "score": 88.5,
        },
        {
            "application": "a2",
            "rank": 2,
            "base_name": "中日海洋装备国际科技合作基地",
            "category": "special_dev",
            "score": 85.1,
        },
    ]
}
DIVISIONS = {"cosign_divisions": {"d1": "监督处", "d2": "法规处"}}
INDICATORS = {
    "case": {"process": "designation"},
    "indicators": [{"code": "A", "name": "合作基础", "max": 25}, {"code": "B", "name": "布局契合度", "max": 5}],
}
COMMENT = "合作渠道稳定，合作方水平高，协议执行情况良好，成果明确。"


def filled(name: str, facts: dict[str, Any], **given: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """The content as the engine would keep it, and what is wrong with it."""
    form = form_contents.load(name)
    start = forms.prefill(form, facts)
    content = forms.compute(form, {**start, **given}, facts)
    return content, forms.validate(form, content, choices=forms.choices(form, facts))


def rows(*cells: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"application": f"a{i}", **cell} for i, cell in enumerate(cells, 1)]


@pytest.mark.article("11(3)")
def test_an_order_against_the_scores_needs_its_reason() -> None:
    """第十一条（三）：综合评议调整排序的，须写明理由。"""
    name, facts = "designation_round/deliberate", MATRIX | DIVISIONS
    first = {"suggestion": "recommend", "order": 1}
    _, errors = filled(name, facts, rows=rows(first, {"suggestion": "recommend", "order": 2}))
    assert not any(path.startswith("rows") for path in errors)
    _, errors = filled(name, facts, rows=rows({**first, "order": 2}, {"suggestion": "recommend", "order": 1}))
    assert errors["rows.0.reason"] == "中德膜材料国际科技合作基地 · 理由：此项必填"
    assert "rows.1.reason" in errors
    content, errors = filled(name, facts, rows=rows({**first, "order": 2, "reason": "区域布局需要"}, first))
    assert content["rows"][0]["reason"] == "区域布局需要"
    assert "rows.0.reason" not in errors


def test_deliberation_names_the_cosigning_divisions_to_the_diagram() -> None:
    form = form_contents.load("designation_round/deliberate")
    assert forms.variables(form, {"cosign_orgs": ["d1", "d2"]}) == {"cosign_orgs": {"d1": {}, "d2": {}}}
    _, errors = filled("designation_round/deliberate", MATRIX | DIVISIONS)
    assert errors["cosign_orgs"] == "会签处室：请至少选择 1 个会签处室"
    _, errors = filled("designation_round/deliberate", MATRIX | DIVISIONS, cosign_orgs=["d9"])
    assert "cosign_orgs.0" in errors or "cosign_orgs" in errors


@pytest.mark.article("11(4)")
@pytest.mark.parametrize(
    ("suggestion", "decision", "needs_reason"),
    [
        ("recommend", "approve", False),
        ("recommend", "defer", True),
        ("recommend", "refuse", True),
        ("reserve", "approve", True),
        ("not_suggested", "refuse", True),
    ],
)
def test_a_decision_against_the_application_or_the_suggestion_needs_its_reason(
    suggestion: str, decision: str, needs_reason: bool
) -> None:
    proposed = [{"application": "a1", "base_name": "甲基地", "suggestion": suggestion}]
    facts = {"forms": {"deliberate": {"rows": proposed}}}
    _, errors = filled("designation_round/decide", facts, rows=[{"application": "a1", "decision": decision}])
    assert ("rows.0.reason" in errors) is needs_reason


def test_every_application_is_decided() -> None:
    facts = {
        "forms": {"deliberate": {"rows": [{"application": "a1", "base_name": "甲基地", "suggestion": "recommend"}]}}
    }
    _, errors = filled("designation_round/decide", facts)
    assert errors["rows.0.decision"] == "甲基地 · 决定：此项必填"


@pytest.mark.article("11(3)")
def test_a_score_keeps_to_its_indicator() -> None:
    given = {"conflict_declared": "none"}
    scores = [{"code": "A", "score": 25.5, "comment": COMMENT}, {"code": "B", "score": 4.3, "comment": "好"}]
    content, errors = filled("shared/expert_score", INDICATORS, **given, scores=scores)
    assert errors["scores.0.score"] == "合作基础 · 得分：不能大于满分（25）"
    assert errors["scores.1.score"] == "布局契合度 · 得分：请按 0.5 分递增填写"
    assert errors["scores.1.comment"] == "布局契合度 · 评语：至少 20 个字（现有 1 个字）"
    assert content["total"] == 29.8


def test_a_complete_score_sheet_stands_and_names_its_total() -> None:
    given = {
        "conflict_declared": "none",
        "confidentiality": True,
        "scores": [{"code": "A", "score": 20.5, "comment": COMMENT}, {"code": "B", "score": 0, "comment": COMMENT}],
        "overall": "recommend",
        "strengths": COMMENT,
        "problems": "国际化人才偏少，需加强引进。",
    }
    content, errors = filled("shared/expert_score", INDICATORS, **given)
    assert errors == {}
    form = form_contents.load("shared/expert_score")
    assert forms.variables(form, content) == {"score": 20.5, "overall": "recommend", "grade": None}


@pytest.mark.article("18")
def test_an_expert_grades_a_base_where_he_would_recommend_an_application() -> None:
    """第十八条：绩效评价的评分表以“优秀、合格、不合格”代替是否认定。"""
    given = {"conflict_declared": "none", "confidentiality": True, "strengths": COMMENT, "problems": COMMENT}
    scores = [{"code": "A", "score": 20, "comment": COMMENT}, {"code": "B", "score": 4, "comment": COMMENT}]
    facts = {**INDICATORS, "case": {"process": "evaluation"}}
    _, errors = filled("shared/expert_score", facts, **given, scores=scores)
    assert list(errors) == ["grade"]
    content, errors = filled("shared/expert_score", facts, **given, scores=scores, grade="qualified")
    assert (errors, content["grade"], "overall" in content) == ({}, "qualified", False)


def test_an_expert_with_a_conflict_scores_nothing() -> None:
    """回避：有利害关系的无需评分，填过的也不保留。"""
    content, errors = filled(
        "shared/expert_score",
        INDICATORS,
        conflict_declared="kinship",
        confidentiality=True,
        scores=[{"code": "A", "score": 3}],
    )
    assert errors == {"conflict_note": "关系说明：此项必填"}
    assert "scores" not in content


@pytest.mark.article("11(4)")
@pytest.mark.parametrize("typed", ["浙科发外[2026]23号", "浙科发外（2026） 023 号", "浙科发外【2026】23号"])
def test_a_document_number_is_brought_into_its_printed_form(typed: str) -> None:
    form = form_contents.load("designation_round/register_document")
    content = forms.parse(form, [("doc_no", typed)])
    assert content == {"doc_no": "浙科发外〔2026〕23号"}
    assert "doc_no" not in forms.validate(form, content)


def test_a_wrong_document_number_says_how_it_should_look() -> None:
    form = form_contents.load("designation_round/register_document")
    errors = forms.validate(form, forms.parse(form, [("doc_no", "科发23")]))
    assert errors["doc_no"] == "发文字号：格式不正确，应如 浙科发外〔2026〕23号"


def test_the_list_to_issue_holds_what_was_approved() -> None:
    decided = [
        {"application": "a1", "decision": "approve", "base_name": "甲"},
        {"application": "a2", "decision": "defer"},
    ]
    content, _ = filled("designation_round/register_document", {"forms": {"decide": {"rows": decided}}})
    assert [row["application"] for row in content["rows"]] == ["a1"]


@pytest.mark.article("11(1)")
def test_the_dates_of_a_round_follow_one_another() -> None:
    given = {"window_from": "2026-05-01", "window_to": "2026-04-30", "recommend_by": "2026-04-01"}
    _, errors = filled("designation_round/set_up", {"today": date(2026, 3, 1)}, **given)
    assert errors["window_to"] == "申报截止日期：不能早于申报开始日期（2026-05-01）"
    assert errors["recommend_by"] == "推荐截止日期：不能早于申报截止日期（2026-04-30）"


def test_a_round_without_publicity_has_no_period() -> None:
    content, errors = filled("designation_round/set_up", {"today": date(2026, 3, 1)}, publicity=False, publicity_days=5)
    assert "publicity_days" not in content
    assert "publicity_days" not in errors
    assert forms.variables(form_contents.load("designation_round/set_up"), content) == {"publicity": False}


@pytest.mark.article("11(2)")
@pytest.mark.parametrize("name", ["shared/recommend_opinion", "designation/formal_check"])
def test_to_return_needs_the_items_and_nothing_else(name: str) -> None:
    form = form_contents.load(name)
    assert forms.validate(form, {}, outcome="return").keys() == {"correction_items"}
    item = {"field": "partners", "problem": "缺协议扫描件", "required": "补充上传"}
    assert forms.validate(form, {"correction_items": [item]}, outcome="return") == {}
    assert forms.validate(form, {}, outcome="refuse") == {}
    assert "truth_checked" in forms.validate(form, {}) or "ban_checked" in forms.validate(form, {})


def test_open_findings_stand_ready_to_be_confirmed() -> None:
    found = [
        {"rule_id": "C10", "article": "7(1)", "status": "manual", "message": "诚信情况需核验。", "evidence": ["uscc"]}
    ]
    content, _ = filled("shared/recommend_opinion", {"eligibility": {"open": found}, "actor": {"name": "沈亦舟"}})
    assert content["eligibility_confirmed"] == [{k: found[0][k] for k in ("rule_id", "article", "status", "message")}]
    assert content["officer"] == "沈亦舟"


@pytest.mark.parametrize(("action", "asked"), [("extend", "extended_to"), ("take_over", "reason"), ("close", "reason")])
def test_each_measure_for_a_silent_department_asks_for_its_own(action: str, asked: str) -> None:
    facts = {"pending": {"silent": [{"application": "a1", "base_name": "甲基地"}]}}
    _, errors = filled("designation_round/handle_silent", facts, rows=[{"application": "a1", "action": action}])
    assert list(errors) == [f"rows.0.{asked}"]


def test_appointed_experts_enter_the_case_as_keys() -> None:
    form = form_contents.load("expert_review/appoint_experts")
    content = {"experts": [{"person": "p1"}, {"person": "p2", "note": "领域专家"}], "lead": "p1"}
    assert forms.variables(form, content) == {"experts": {"p1": {}, "p2": {}}, "lead": "p1"}


def test_an_objection_is_named_and_evidenced() -> None:
    form = form_contents.load("publicity/objection")
    errors = forms.validate(form, {"objector_kind": "organisation"})
    assert {"objector_name", "contact", "phone", "content", "evidence", "named"} <= errors.keys()
