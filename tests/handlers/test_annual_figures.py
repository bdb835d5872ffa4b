"""The figures of an annual report and what is asked of its content (第五条, 第十五条)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from handlers import annual_figures, annual_prior
from handlers import annual_report_rules as rules
from handlers.vocabulary import Case
from tests.handlers import annual
from webapp.demo import annual_report_sheets as sheets

LAST = {
    "id": "case-0",
    "case_id": "case-0",
    "base_id": "base-1",
    "process": "annual_report",
    "period": "2024",
    "submitted_on": date(2025, 1, 20),
}


def report(**changes: Any) -> dict[str, Any]:
    return sheets.report(date(2026, 1, 10), "柔性传感国际科技合作基地", "周远", "f", **changes)


def with_last(**last: Any) -> Case:
    """A case whose base handed in a report the year before."""
    shelf = annual.Shelf(proceeding_rows=[LAST], contents={"case-0": {"annual_report": report(**last)}})
    return annual.case(shelf)


@pytest.mark.article("5")
def test_figures_are_counted_from_the_tables() -> None:
    """第五条：指标由明细计出，评价沿用同一口径。"""
    partners = [
        sheets.partner("甲", "A", "DEU"),
        sheets.partner("乙", "B", "HKG"),
        sheets.partner("丙", "C", "FRA", state="ended"),
        sheets.partner("丁", "D", "DEU"),
    ]
    found = annual_figures.figures(report(partners=partners))
    assert (found["partners"], found["regions"], found["funds"], found["project_funds"]) == (
        3,
        2,
        Decimal("250.5"),
        Decimal("120.5"),
    )
    assert found.keys() == annual_figures.FIGURES.keys()
    assert set(annual_figures.figures({}).values()) == {Decimal(0)}


@pytest.mark.article("15")
@pytest.mark.parametrize(
    ("last", "now", "said"),
    [
        (8, 12, ""),
        (8, 13, "合作论文13篇，上年8篇，增加62%。"),
        (8, 4, ""),
        (8, 3, "合作论文3篇，上年8篇，减少62%。"),
        (0, 9, ""),
        (8, 0, "合作论文0篇，上年8篇，减少100%。"),
    ],
)
def test_deviation_above_half_is_named(last: int, now: int, said: str) -> None:
    """增减超过50%的须说明；恰为50%、上年为0的不须。"""
    found = annual_figures.deviations(report(joint_papers=now), report(joint_papers=last), Decimal(50))
    assert "".join(each.said for each in found) == said


def test_limit_of_deviation_is_a_parameter() -> None:
    """幅度由参数规定。"""
    case = with_last(joint_papers=10)
    assert rules.findings(case, report(joint_papers=14)) == rules.findings(case, report(joint_papers=10))
    strict = replace(case, parameters={**annual.PARAMETERS, "annual_report.deviation_percent": 30})
    assert "joint_papers" in {each.rule_id for each in rules.findings(strict, report(joint_papers=14))}


@pytest.mark.article("15")
@pytest.mark.parametrize(
    ("changes", "path", "said"),
    [
        ({"incident_count": 1}, "incident_count", "科技安全事件填1次，明细0行"),
        ({"drill_count": 0}, "drill_count", "演练、检查填0次，明细1行"),
        ({"signed_on": "2026-01-16"}, "signed_on", "不能晚于今天"),
        (
            {"awards": [{"name": "奖", "level": "national", "on": "2026-01-02"}]},
            "awards.0.on",
            "应在报告期内（2025年1月1日至2025年12月31日）",
        ),
        (
            {"partners": [sheets.partner("甲", "TU Delft", "NLD"), sheets.partner("乙", "tu  delft", "NLD")]},
            "partners.1.name",
            "只填一次",
        ),
        ({"partners": [sheets.partner("甲", "A", "NLD", state="ended")]}, "explanations", "没有存续的海外合作机构"),
        ({"current_leader": "钱某"}, "explanations", "填报的负责人“钱某”"),
    ],
)
def test_what_keeps_a_report_from_being_handed_in(changes: dict[str, Any], path: str, said: str) -> None:
    """数与明细一致、日期在报告期内、机构不重复、异常逐项说明。"""
    found = rules.errors(annual.case(), report(**changes))
    assert said in found[path]
    assert len(found) == 1


def test_right_report_has_no_errors() -> None:
    assert rules.errors(annual.case(), report()) == {}
    assert rules.errors(annual.case(), {}) == {}


@pytest.mark.article("15")
def test_explained_deviation_passes() -> None:
    """须说明的事项写明后可以提交。"""
    case = with_last(visits_in=10)
    assert "explanations" in rules.errors(case, report())
    said = [{"rule_id": "visits_in", "text": "承办国际论坛，来访明显增加。"}, {"rule_id": "", "text": "x"}]
    assert rules.errors(case, report(explanations=said)) == {}


@pytest.mark.article("19")
def test_reward_money_is_not_overspent() -> None:
    """第十九条：本年度支出不超过奖励经费余额。"""
    use = [{"purpose": "travel", "amount": 12.5, "on": "2025-05-01"}, {"purpose": "hosting", "amount": 8}]
    case = annual.case(data={"begun": {"year": 2025}, "report": {"reward_left": 20}})
    assert "支出合计20.5万元，超过奖励经费余额20万元" in rules.errors(case, report(reward_use=use))["reward_use"]
    assert rules.errors(case, report(reward_use=use[:1])) == {}


def test_last_report_is_the_one_that_was_handed_in() -> None:
    """没有报送过上年报告的不比。"""
    shelf = annual.Shelf(
        proceeding_rows=[{**LAST, "submitted_on": None}], contents={"case-0": {"annual_report": report()}}
    )
    assert rules.last_report(annual.case(shelf)) == {}
    assert rules.last_report(annual.case(annual.Shelf(proceeding_rows=[{**LAST, "case_id": None}]))) == {}
    assert rules.last_report(annual.case(base={})) == {}
    assert rules.last_report(with_last())["joint_papers"] == 8


def test_period_is_the_calendar_year_when_the_case_says_nothing() -> None:
    assert rules.period(annual.case(data={})) == (date(2025, 1, 1), date(2025, 12, 31))


# ---------------------------------------------------------------------------------------------- what a report opens with


@pytest.mark.article("14(1)")
def test_report_opens_with_register_plan_and_last_year() -> None:
    """合作对象取自台账，计划完成情况取自备案的工作计划，其余取自上年报告。"""
    plan = {
        "id": "plan",
        "case_id": "plan",
        "base_id": "base-1",
        "process": "work_plan",
        "period": "2025",
        "submitted_on": date(2025, 3, 20),
    }
    items = [{"task": "channels", "measure": "签署新协议", "output": "协议1份", "quarter": "q2"}]
    shelf = annual.Shelf(
        proceeding_rows=[LAST, plan],
        contents={"case-0": {"annual_report": report()}, "plan": {"fill": {"items": items}}},
    )
    base = {
        **annual.BASE,
        "partners": [{"name": "Delft University of Technology", "country_region": "NLD", "agreement": "合作协议"}, "x"],
    }
    found = annual_prior.known(annual.case(shelf, base=base))
    assert found["partners"] == [
        {
            "name_zh": "Delft University of Technology",
            "name": "Delft University of Technology",
            "country_region": "NLD",
            "agreement_title": "合作协议",
            "state": "kept",
        }
    ]
    assert found["plan_items"] == [{"task": "channels", "item": "签署新协议；协议1份", "planned": "第二季度"}]
    assert found["joint_projects"][0].keys() == {"name", "number", "level", "partner", "state"}
    assert (found["staff"], found["contact"]["name"], found["systems"]["ip"]) == (32, "许知远", {"state": "in_place"})


def test_first_report_opens_with_the_host_s_contact() -> None:
    """没有上年报告的，联系人取自依托单位。"""
    host = {"id": "host-1", "contact_name": "王景行", "contact_phone": "13800000002"}
    found = annual_prior.known(annual.case(host=host))
    assert found["contact"] == {"name": "王景行", "mobile": "13800000002"}
    assert (found["partners"], found["plan_items"], found["systems"]) == ([], [], {})


@pytest.mark.article("16")
def test_changes_of_the_year_are_listed() -> None:
    """第十六条：报告期内的变更和在办的变更列入，其余不列。"""
    rows = [
        {"id": "1", "kind": "leader", "event_on": date(2025, 4, 1), "ended_on": date(2025, 5, 1)},
        {"id": "2", "kind": "", "event_on": None, "opened_on": date(2024, 2, 1), "ended_on": None},
        {"id": "3", "kind": "leader", "event_on": date(2024, 2, 1), "ended_on": date(2024, 3, 1)},
    ]
    shelf = annual.Shelf(proceeding_rows=[{**row, "base_id": "base-1", "process": "change"} for row in rows])
    found = annual_prior.known(annual.case(shelf))["changes"]
    assert [(row["case"], row["what"], row["state"]) for row in found] == [
        ("1", "负责人", "已办结"),
        ("2", "变更", "正在办理"),
    ]


# ---------------------------------------------------------------------------------------------- each paragraph's figures


@pytest.mark.article("5(1),5(2),5(3),5(4),14(2),14(3)")
@pytest.mark.parametrize(
    ("article", "codes"),
    [
        ("5(1)", {"partners", "regions", "visits_in", "visits_out"}),
        ("5(2)", {"joint_projects", "project_funds", "joint_papers", "patents"}),
        ("5(3)", {"cases"}),
        ("5(4)", {"events", "transfers", "projects_landed", "firms_served", "talents", "training"}),
        ("14(2)", {"staff"}),
        ("14(3)", {"funds", "rd_spend"}),
    ],
)
def test_each_task_of_a_base_has_its_figures(article: str, codes: set[str]) -> None:
    """第五条四项任务、第十四条团队与保障条件，在年报中各有指标。"""
    assert {code for code, figure in annual_figures.FIGURES.items() if figure.article == article} == codes
    assert all(annual_figures.figures(report())[code] > 0 for code in codes)
