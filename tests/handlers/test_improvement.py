"""The improvement (第十八条): reminder, receipt, the department's plan, mid-term and closing check, ends."""

from __future__ import annotations

from typing import Any

import pytest

from handlers import improvement
from handlers.vocabulary import IssueDocument, UpdateProceeding, Urge
from tests.handlers import desk
from tests.handlers import evaluation_desk as at

PROBLEMS = [{"problem": "人员往来不足", "source": "定量指标"}, {"problem": "成果转化偏弱", "source": "专家评审"}]
BEGUN = {"evaluation": "px-01", "round_name": "2026年度评价", "doc_no": "浙科发外〔2026〕41号", "problems": PROBLEMS}
MEASURES = [
    {"problem": "人员往来不足", "measure": "增加互访", "owner": "周远", "due_on": "2026-12-31", "evidence": "记录"},
    {"problem": "成果转化偏弱", "measure": "设转化岗位", "owner": "许舟", "due_on": "2027-03-31", "evidence": "合同"},
]
PLAN = {
    "problems": PROBLEMS,
    "measures": MEASURES,
    "goals": "一年内达到平均水平",
    "support": [{"kind": "funds", "content": "专项经费"}],
    "mid_on": "2026-12-15",
    "end_on": "2027-06-15",
}


def case(**facts: Any) -> Any:
    data = {"begun": BEGUN, **facts.pop("data", {})}
    own = at.summary("improvement", 1)
    return at.case(process="improvement", proceeding=own, data=data, parameters={}, **facts)


@pytest.mark.parametrize(
    ("changes", "path"),
    [({"way": ["interview"]}, "held_on"), ({"way": ["site"]}, "held_on"), ({"way": ["letter"], "held_on": "2026-06-16"}, "held_on")],
)  # fmt: skip
def test_a_talk_needs_its_day(changes: dict[str, Any], path: str) -> None:
    assert path in desk.errors(improvement.check_notice(case(forms={"send_notice": changes})))
    assert desk.errors(improvement.check_notice(case(forms={"send_notice": {"way": ["letter"]}}))) == {}


@pytest.mark.article("18")
def test_the_reminder_is_a_document_told_to_host_and_department() -> None:
    """第十八条：以合适的方式进行提醒督促。"""
    content = {"way": ["letter", "interview"], "held_on": "2026-06-15", "title": "提醒督促通知", "content": "请整改"}
    outcome = improvement.issue_notice(case(forms={"send_notice": content}))
    (letter,) = desk.of(outcome, IssueDocument)
    assert (letter.kind, letter.content["ways"]) == ("improvement_notice", "书面通知、约谈")
    assert letter.content["problems"] == ["人员往来不足", "成果转化偏弱"]
    assert "请签收" in desk.told(outcome, "host")
    assert "请签收" in desk.told(outcome, "recommender")
    assert at.written(outcome)["facts"]["evaluation"] == "px-01"


def test_a_reminder_not_signed_for_counts_as_delivered() -> None:
    assert "视为送达" in desk.told(improvement.deem_received(case()), "recommender")


def test_the_plan_opens_with_what_was_found_and_then_with_the_draft() -> None:
    opened = improvement.prefill_plan(case()).data
    assert opened["problems"] == PROBLEMS
    assert (opened["measures"], opened["mid_on"], opened["end_on"]) == ([], "2026-12-15", "2027-06-15")
    drafted = improvement.prefill_plan(case(forms={"draft_plan": {**PLAN, "goals": "目标"}})).data
    assert (drafted["measures"], drafted["goals"]) == (MEASURES, "目标")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"measures": MEASURES[:1]}, "measures"),
        ({"measures": [{**MEASURES[0], "due_on": "2026-06-15"}, MEASURES[1]]}, "measures.0.due_on"),
    ],
)
def test_a_draft_answers_every_problem_in_time(changes: dict[str, Any], path: str) -> None:
    assert path in desk.errors(improvement.check_draft(case(forms={"draft_plan": {**PLAN, **changes}})))
    assert desk.errors(improvement.check_draft(case(forms={"draft_plan": PLAN}))) == {}


@pytest.mark.article("18", "21")
@pytest.mark.parametrize(
    ("changes", "data", "path"),
    [
        ({"support": []}, {}, "support"),
        ({"measures": []}, {}, "measures"),
        ({"mid_on": "2026-06-15"}, {}, "mid_on"),
        ({"end_on": "2026-12-15"}, {}, "end_on"),
        ({"end_on": "2027-06-16"}, {}, "end_on"),
        ({"mid_on": "2026-05-01", "end_on": "2026-06-15"}, {"mid_check": {"outcome": "adjust"}}, "end_on"),
    ],
)
def test_the_department_defines_a_whole_plan(changes: dict[str, Any], data: dict[str, Any], path: str) -> None:
    """第十八条、第二十一条：组织推荐部门明确方案并写明支持措施。"""
    own = case(forms={"define_plan": {**PLAN, **changes}}, data=data)
    assert list(desk.errors(improvement.check_plan(own))) == [path]
    assert desk.errors(improvement.check_plan(case(forms={"define_plan": PLAN}))) == {}
    adjusted = case(forms={"define_plan": {**PLAN, "mid_on": "2026-05-01"}}, data={"mid_check": {"outcome": "adjust"}})
    assert desk.errors(improvement.check_plan(adjusted)) == {}


def test_who_is_late_is_urged_or_passed_over() -> None:
    assert "请贵部门直接明确方案" in desk.told(improvement.note_no_draft(case()), "recommender")
    urged = improvement.urge_recommender(case())
    assert [e.element for e in desk.of(urged, Urge)] == ["define_plan"]
    assert "请贵部门直接检查" in desk.told(improvement.note_no_report(case()), "recommender")


def test_a_filed_plan_has_its_days() -> None:
    outcome = improvement.record_filed(case(forms={"define_plan": PLAN}))
    assert outcome.data == {"mid_on": "2026-12-15", "end_on": "2027-06-15", "checked": False, "extended": False}
    assert at.written(outcome)["facts"]["measures"] == 2
    assert "中期检查日期2026年12月15日" in desk.told(outcome, "host")
    again = improvement.record_filed(case(forms={"define_plan": PLAN}, data={"mid_check": {"outcome": "adjust"}}))
    assert again.data["checked"] is True
    assert "中期检查" not in desk.told(again, "host")


def test_reports_open_with_the_measures_and_what_was_said_last() -> None:
    said = {"rows": [{"measure": "增加互访", "state": "behind", "progress": "签证未办"}]}
    rows = improvement.prefill_progress(case(forms={"define_plan": PLAN, "improvement_progress": said})).data["rows"]
    assert [(row["measure"], row["state"]) for row in rows] == [("增加互访", "behind"), ("设转化岗位", None)]


def test_at_the_end_what_is_not_done_is_explained() -> None:
    said = {"rows": [{"measure": "增加互访", "state": "behind"}]}
    ending = case(element="closing_report", forms={"improvement_progress": said})
    assert "difficulties" in desk.errors(improvement.check_progress(ending))
    done = case(
        element="closing_report", forms={"improvement_progress": {"rows": [{"measure": "增加互访", "state": "done"}]}}
    )
    assert desk.errors(improvement.check_progress(done)) == {}
    midway = case(element="mid_report", forms={"improvement_progress": said})
    assert desk.errors(improvement.check_progress(midway)) == {}
    explained = case(element="closing_report", forms={"improvement_progress": {**said, "difficulties": "签证未办"}})
    assert desk.errors(improvement.check_progress(explained)) == {}


def test_the_mid_term_check_is_on_record() -> None:
    outcome = improvement.record_mid(case(forms={"mid_check": {"findings": "按计划推进"}}))
    assert outcome.data["findings"] == "按计划推进"
    assert at.written(outcome)["facts"] == {"mid_checked_on": "2026-06-15"}


@pytest.mark.parametrize(
    ("report", "close", "errors"),
    [
        ({"rows": [{"measure": "a", "state": "done"}]}, {}, set()),
        ({"rows": [{"measure": "a", "state": "behind"}]}, {}, {"materials"}),
        ({"rows": [{"measure": "a", "state": "behind"}]}, {"materials": ["f"]}, set()),
        ({}, {}, {"materials"}),
        ({}, {"materials": ["f"]}, set()),
    ],
)
def test_done_is_proven(report: dict[str, Any], close: dict[str, Any], errors: set[str]) -> None:
    own = case(forms={"closing_report": report, "close": close})
    assert set(desk.errors(improvement.check_close(own))) == errors


def test_one_extension_moves_the_closing_check() -> None:
    before = {"filed": {"mid_on": "2026-12-15", "end_on": "2026-06-15", "checked": True, "extended": False}}
    outcome = improvement.extend_once(case(data=before, forms={"close": {"until": "2026-09-30"}}))
    assert (outcome.data["end_on"], outcome.data["extended"]) == ("2026-09-30", True)
    assert "延长至2026年9月30日" in desk.told(outcome, "recommender")


@pytest.mark.article("18")
@pytest.mark.parametrize(
    ("chosen", "verdict", "said"),
    [("close", "closed", "结果：完成"), ("unfinished", "unfinished", "下一轮绩效评价时核查")],
)
def test_the_end_is_told(chosen: str, verdict: str, said: str) -> None:
    outcome = improvement.conclude(
        case(data={"close": {"outcome": chosen}}, forms={"close": {"assessment": "措施落实。"}})
    )
    assert (outcome.data["closed"], at.written(outcome)["verdict"]) == (chosen == "close", verdict)
    assert said in desk.told(outcome, "host")


@pytest.mark.parametrize(
    ("run", "data", "said"),
    [
        (improvement.stop_terminal, {"base_terminal": {"reason": "基地已主动退出"}}, "基地已主动退出"),
        (improvement.stop_terminal, {}, "基地资格已终止"),
        (
            improvement.stop_grade_changed,
            {"grade_changed": {"grade": "qualified", "reason": "等次变更为合格"}},
            "等次变更为合格",
        ),
        (improvement.stop_grade_changed, {}, "评价结果经复核变更"),
    ],
)
def test_what_ends_from_outside_is_told(run: Any, data: dict[str, Any], said: str) -> None:
    outcome = run(case(data=data))
    assert outcome.data["reason"] == said
    (put,) = desk.of(outcome, UpdateProceeding)
    assert put.fields["status"] == "ended"
    assert f"原因：{said}。" in desk.told(outcome, "host")
