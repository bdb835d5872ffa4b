"""Rules of work plans, of the overall plan and of the yearly openings (第十三条第三项, 第十四条第一项)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from handlers import supervision_opening, work_plan, work_plan_opening
from handlers.vocabulary import Case, Notify, StartBatch, UpdateProceeding, Urge
from tests.handlers import annual, desk
from webapp.demo import work_plan_sheets as sheets

PARAMETERS = {**annual.PARAMETERS, "workplan.due": "03-31", "supervision.due": "10-31", "correction.max_rounds": 2}


def _case(today: str = "2026-03-10", **facts: Any) -> Case:
    data = {"begun": {"year": 2026, "due_on": "2026-03-31"}, **facts.pop("data", {})}
    forms = {"fill": sheets.plan(date(2026, 3, 10)), **facts.pop("forms", {})}
    known = {"parameters": PARAMETERS, "proceeding": {"recommender_id": "city-330100", "facts": {}}, **facts}
    return annual.case(known.pop("shelf", None), today=date.fromisoformat(today), data=data, forms=forms, **known)


def _fields(outcome: Any) -> dict[str, Any]:
    return {key: value for effect in desk.of(outcome, UpdateProceeding) for key, value in effect.fields.items()}


@pytest.mark.article("14(1)")
def test_plan_opens_with_the_last_report_s_next_plan() -> None:
    """带入上年度报告的下一年度计划；没有上年报告的为空。"""
    row = {
        "base_id": "base-1",
        "process": "annual_report",
        "period": "2025",
        "submitted_on": date(2026, 1, 20),
        "case_id": "r",
    }
    report = {"next_goals": "目标", "next_plan": [{"task": "models", "measure": "举措"}]}
    shelf = annual.Shelf(proceeding_rows=[row], contents={"r": {"annual_report": report}})
    assert work_plan.prefill(_case(shelf=shelf)).data == {
        "goals": "目标",
        "items": [{"task": "models", "measure": "举措"}],
    }
    assert work_plan.prefill(_case()).data == {"goals": "", "items": []}
    assert work_plan.prefill(_case(base={})).data["items"] == []


@pytest.mark.article("14(1)")
def test_plan_lists_each_measure_once() -> None:
    """同一举措只列一次；填报日期不能晚于今天。"""
    assert desk.errors(work_plan.check_plan(_case())) == {}
    twice = sheets.plan(
        date(2026, 3, 11), items=[sheets.item("models", "总结做法", "q1"), sheets.item("models", "总结做法", "q2")]
    )
    errors = desk.errors(work_plan.check_plan(_case(forms={"fill": twice})))
    assert list(errors) == ["items.1.measure", "signed_on"]


@pytest.mark.article("14(1)")
@pytest.mark.parametrize(("today", "late"), [("2026-03-31", False), ("2026-04-01", True)])
def test_first_submission_decides_whether_the_plan_is_late(today: str, *, late: bool) -> None:
    """首次报送日期决定是否逾期，再次报送不改。"""
    assert _fields(work_plan.submit_plan(_case(today)))["late"] is late
    again = work_plan.submit_plan(_case(today, proceeding={"submitted_on": date(2026, 3, 10)}))
    assert again.effects == ()


@pytest.mark.article("14(1)")
def test_lateness_is_noted_only_while_nothing_was_sent() -> None:
    """逾期未报送的作记录；已报送的不记。"""
    found = work_plan.note_late(_case("2026-04-01"))
    assert (found.data["late"], _fields(found)) == (True, {"late": True})
    assert "请尽快补报" in desk.told(found, "recommender")
    assert work_plan.note_late(_case(proceeding={"submitted_on": date(2026, 3, 10)})).effects == ()


@pytest.mark.article("13(2)")
def test_return_is_counted_and_told() -> None:
    """退回意见告知依托单位；次数有限。"""
    found = work_plan.record_return(_case(data={"plan": {"returns": 1}, "review": {"opinion": "目标不清。"}}))
    assert (found.data["returns"], found.data["returns_left"]) == (2, 0)
    assert "意见：目标不清。" in desk.told(found, "host")
    assert "详见审核意见" in desk.told(work_plan.record_return(_case()), "host")
    assert [effect.element for effect in desk.of(work_plan.urge_review(_case()), Urge)] == ["review"]


@pytest.mark.article("14(1)")
def test_filed_plan_stands_in_the_summary() -> None:
    """备案后记录项数和预算。"""
    found = work_plan.file_plan(_case())
    assert _fields(found)["facts"] == {"items": 4, "budget": "210.5"}
    assert _fields(found)["status"] == "filed"


@pytest.mark.article("14(1)")
@pytest.mark.parametrize(
    ("today", "quarter", "refused"),
    [("2026-03-10", "q1", False), ("2026-03-31", "q2", True), ("2026-04-01", "q2", False), ("2026-04-01", "", False)],
)
def test_quarter_that_has_not_begun_cannot_be_reported(today: str, quarter: str, *, refused: bool) -> None:
    """未开始的季度不能填报进展。"""
    errors = desk.errors(work_plan.check_progress(_case(today, forms={"progress": {"quarter": quarter}})))
    assert bool(errors) is refused


@pytest.mark.article("14(1)")
def test_progress_is_the_mean_of_its_lines() -> None:
    """季度进展取各项平均；再次填报同一季度的以后一次为准。"""
    proceeding = {"facts": {"progress": {"q1": 10}}, "recommender_id": "city-330100"}
    told = {"progress_told": sheets.progress("q1", 40, 61)}
    found = work_plan.record_progress(_case(data=told, proceeding=proceeding))
    assert (found.data, _fields(found)["facts"]) == ({"quarter": "q1", "mean": 50}, {"progress": {"q1": 50}})
    assert "第一季度工作计划进展50%" in desk.told(found, "recommender")
    assert work_plan.record_progress(_case(data={"progress_told": {"quarter": "q2"}})).data["mean"] == 0


def test_ends_of_a_plan() -> None:
    """年末结束、未报送、资格终止。"""
    assert work_plan.open_plan(_case()).data == {"year": 2026, "returns_left": 2, "returns": 0}
    assert work_plan.close_plan(_case(proceeding={"facts": {"progress": {"q1": 3}}})).data == {
        "end": "completed",
        "progress": {"q1": 3},
    }
    assert "本年度已结束" in desk.told(work_plan.close_unfiled(_case()), "host")
    assert work_plan.stop_terminal(_case()).data["reason"] == "基地资格已终止"
    assert desk.told(work_plan.close_unfiled(_case(base={}, proceeding={})), "recommender") == ""


@pytest.mark.article("14(1)")
def test_overall_plan_takes_effect_on_its_day() -> None:
    """方案更新自执行日起；执行日不能早于认定日期。"""
    assert work_plan.open_update(_case(data={"begun": {}})).data["returns_left"] == 2
    early = _case(forms={"update": {"effective_on": "2020-01-01"}})
    assert "不能早于认定日期" in desk.errors(work_plan.check_update(early))["effective_on"]
    found = work_plan.record_update(_case(forms={"update": {"effective_on": "2026-05-01"}}))
    assert _fields(found)["event_on"] == date(2026, 5, 1)
    assert "自2026年5月1日起执行" in desk.told(found, "province_officer")
    assert desk.errors(work_plan.check_update(_case(forms={"update": {}}))) == {}


# ---------------------------------------------------------------------------------------------- openings


BASES = [
    annual.BASE,
    {**annual.BASE, "id": "base-2", "name": "乙基地", "recommender_id": None},
    {**annual.BASE, "id": "base-3", "level": "national"},
    {**annual.BASE, "id": "base-4", "status": "revoked"},
    {**annual.BASE, "id": "base-5"},
]


def _rows(process: str) -> list[dict[str, Any]]:
    row = {"process": process, "period": "2026", "status": "open", "submitted_on": None}
    return [
        {**row, "base_id": "base-1", "recommender_id": "city-330100"},
        {**row, "base_id": "base-2", "recommender_id": None},
        {**row, "base_id": "base-5", "recommender_id": "city-330200", "submitted_on": date(2026, 3, 1)},
        {**row, "base_id": "base-4", "recommender_id": "city-330200", "status": "ended"},
    ]


@pytest.mark.article("14(1)")
@pytest.mark.parametrize(
    ("opening", "process", "today", "due", "next_on"),
    [
        (work_plan_opening, "work_plan", "2026-03-01", "2026-03-31", "2026-03-24"),
        (supervision_opening, "supervision", "2026-09-01", "2026-10-31", "2026-10-24"),
    ],
)
def test_opening_reaches_each_provincial_base(opening: Any, process: str, today: str, due: str, next_on: str) -> None:
    """每个在册省级基地一件；其余写明原因。"""
    shelf = annual.Shelf(base_rows=BASES, proceeding_rows=[{**_rows(process)[2]}])
    found = opening.list_bases(_case(today, shelf=shelf))
    (batch,) = desk.of(found, StartBatch)
    assert [item["base_id"] for item in batch.items] == ["base-1", "base-2"]
    assert batch.items[0]["data"] == {"year": 2026, "due_on": due}
    assert {row["base_id"]: row["reason"][:4] for row in batch.skipped} == {
        "base-3": "科技部国",
        "base-4": "已不在基",
        "base-5": "本年度已",
    }
    assert (found.data["due_on"], found.data["next_on"], found.data["count"]) == (due, next_on, 2)


@pytest.mark.article("13(4)")
@pytest.mark.parametrize(
    ("today", "over", "next_on"),
    [("2026-03-24", False, "2026-04-01"), ("2026-04-01", True, "2026-04-01"), ("2026-05-01", True, "2026-05-01")],
)
def test_lists_go_to_departments_and_at_the_end_to_the_province(today: str, next_on: str, *, over: bool) -> None:
    """截止前告知名单；截止后另向省厅汇总。"""
    shelf = annual.Shelf(base_rows=BASES, proceeding_rows=_rows("work_plan"))
    case = _case(today, shelf=shelf, data={"opening": {"year": 2026, "due_on": "2026-03-31"}})
    found = work_plan_opening.report_progress(case)
    assert (found.data["over"], found.data["next_on"], found.data["missing"]) == (over, next_on, 2)
    assert [effect.org for effect in desk.of(found, Notify) if effect.role == "recommender"] == ["city-330100"]
    assert ("应完成3家，已完成1家，未完成2家" in desk.told(found, "province_officer")) is over


def test_opening_after_the_due_day_looks_again_at_once() -> None:
    """停机补开时已过截止日的，当日即汇总。"""
    found = work_plan_opening.list_bases(_case("2026-04-10", shelf=annual.Shelf()))
    assert found.data["next_on"] == "2026-04-10"
    case = replace(
        _case("2026-11-02", shelf=annual.Shelf(base_rows=BASES, proceeding_rows=_rows("supervision"))),
        data={"opening": {"year": 2026, "due_on": "2026-10-31"}},
    )
    assert "未完成2026年度督导确认（已过截止日）" in desk.told(supervision_opening.report_progress(case), "recommender")
