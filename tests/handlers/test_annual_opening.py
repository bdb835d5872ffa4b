"""Opening a year's reports: the batch, the lists of each day, the summary, the closing (第十五条)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from handlers import annual_opening
from handlers.vocabulary import Case, Deliver, Notify, StartBatch
from tests.handlers import annual, desk

BASES = [
    annual.BASE,
    {
        **annual.BASE,
        "id": "base-2",
        "name": "海洋观测国际科技合作基地",
        "host_id": "host-2",
        "recommender_id": "city-330200",
        "leader": "",
    },
    {
        **annual.BASE,
        "id": "base-3",
        "name": "新设国际科技合作基地",
        "designated_on": date(2025, 6, 1),
        "status_on": date(2025, 6, 1),
    },
]


def _report(number: int, **fields: Any) -> dict[str, Any]:
    base = BASES[number - 1]
    row = {
        "id": f"r-{number}",
        "base_id": base["id"],
        "host_id": base["host_id"],
        "recommender_id": base["recommender_id"],
    }
    return {
        **row,
        "process": "annual_report",
        "period": "2025",
        "status": "filling",
        "submitted_on": None,
        "title": "报告",
        "facts": {},
        **fields,
    }


def _case(today: str, reports: list[dict[str, Any]] | None = None, **facts: Any) -> Case:
    shelf = facts.pop("shelf", None) or annual.Shelf(base_rows=BASES, proceeding_rows=reports or [])
    data = {"opening": {"year": 2025, "checked_on": "2026-01-01", "count": 2}, **facts.pop("data", {})}
    return annual.case(shelf, today=date.fromisoformat(today), data=data, base={}, proceeding={}, **facts)


@pytest.mark.article("15")
def test_opening_starts_each_base_that_owes_and_lists_the_others() -> None:
    """第十五条：应报的逐个发起，不应报的写明原因。"""
    found = annual_opening.list_due_bases(_case("2026-01-01"))
    (batch,) = desk.of(found, StartBatch)
    assert [item["key"] for item in batch.items] == ["annual_report:base-1:2025", "annual_report:base-2:2025"]
    assert batch.items[0]["title"] == "柔性传感国际科技合作基地（2025年度）"
    assert batch.items[0]["data"]["year"] == 2025
    assert [row["base_id"] for row in batch.skipped] == ["base-3"]
    assert found.data == {
        "year": 2025,
        "mode": "open",
        "due_on": "2026-01-31",
        "count": 2,
        "skipped": 1,
        "checked_on": "2026-01-01",
        "next_on": "2026-01-24",
        "closes_on": "2027-01-01",
        "over": False,
    }


def test_officer_s_choice_is_followed() -> None:
    """补充发起：按所选年度和基地；已发起的跳过。"""
    chosen = {"year": 2024, "mode": "supplement", "bases": ["base-2"]}
    case = _case("2026-03-02", data={"choose": {"outcome": "submit"}}, forms={"choose": chosen})
    found = annual_opening.list_due_bases(case)
    (batch,) = desk.of(found, StartBatch)
    assert ([item["key"] for item in batch.items], found.data["mode"]) == (["annual_report:base-2:2024"], "supplement")
    again = annual_opening.list_due_bases(_case("2026-01-01", [_report(1), _report(2)]))
    assert desk.of(again, StartBatch)[0].items == []
    assert "该年度报告已发起" in desk.of(again, StartBatch)[0].skipped[0]["reason"]


def test_only_a_base_whose_status_changed_is_looked_up() -> None:
    """曾不在基地序列内的，按台账历史判断。"""
    back = {**annual.BASE, "status_on": date(2026, 3, 1)}
    gap = {
        "base_id": "base-1",
        "field": "status",
        "value": "revoked",
        "valid_from": "2025-12-01",
        "valid_to": "2026-02-28",
    }
    found = annual_opening.list_due_bases(_case("2026-03-02", shelf=annual.Shelf(base_rows=[back], history_rows=[gap])))
    assert "免报" in desk.of(found, StartBatch)[0].skipped[0]["reason"]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"year": 2026, "mode": "open"}, "year"),
        ({"year": 2025, "mode": "open"}, "mode"),
        ({"year": 2025, "mode": "supplement"}, ""),
        ({"year": 2024, "mode": "open"}, ""),
        ({}, ""),
    ],
)
def test_choice_of_the_year(content: dict[str, Any], field: str) -> None:
    """未到开放日的年度不能开启；已开启的只能补充发起。"""
    errors = desk.errors(annual_opening.check_choice(_case("2026-03-02", [_report(1)], forms={"choose": content})))
    assert list(errors) == ([field] if field else [])


def test_officer_is_offered_year_and_bases() -> None:
    found = annual_opening.suggest(_case("2026-03-02"))
    assert (found.data["year"], len(found.data["bases"])) == (2025, 3)
    assert found.data["bases"]["base-1"] == "柔性传感国际科技合作基地（ZJGH-2023-J001）"


@pytest.mark.article("13(4)")
@pytest.mark.parametrize(
    ("today", "checked", "departments", "leaders", "next_on"),
    [
        ("2026-01-24", "2026-01-01", 2, 0, "2026-01-28"),
        ("2026-01-28", "2026-01-24", 0, 2, "2026-01-30"),
        ("2026-01-30", "2026-01-28", 2, 0, "2026-02-03"),
        ("2026-01-30", "2026-01-01", 2, 2, "2026-02-03"),
        ("2026-01-26", "2026-01-25", 0, 0, "2026-01-28"),
    ],
)
def test_lists_of_the_days(today: str, checked: str, departments: int, leaders: int, next_on: str) -> None:
    """前7天、1天告知推荐部门，前3天提醒负责人；停机错过的日子合并一次。"""
    case = _case(today, [_report(1), _report(2)], data={"opening": {"year": 2025, "checked_on": checked}})
    found = annual_opening.report_progress(case)
    roles = [effect.role for effect in desk.of(found, Notify)]
    assert (roles.count("recommender"), roles.count("host_admin")) == (departments, leaders)
    assert (found.data["next_on"], found.data["over"], found.data["missing"]) == (next_on, False, 2)
    if leaders:
        assert "请转告基地负责人周远。" in desk.told(found, "host_admin")


@pytest.mark.article("15")
def test_moved_deadline_moves_the_lists() -> None:
    """截止日移到2月15日后，原定日子不再发名单，按新日子重排。"""
    parameters = {**annual.PARAMETERS, "annual_report.due": "02-15"}
    found = annual_opening.report_progress(
        _case(
            "2026-01-30",
            [_report(1)],
            parameters=parameters,
            data={"opening": {"year": 2025, "checked_on": "2026-01-24"}},
        )
    )
    assert (found.effects, found.data["next_on"], found.data["due_on"]) == ([], "2026-02-08", "2026-02-15")


@pytest.mark.article("15")
def test_summary_after_the_last_day() -> None:
    """逾期后各推荐部门收到逾期名单，省厅收到汇总；终止的不计入应报。"""
    rows = [_report(1, submitted_on=date(2026, 1, 20)), _report(2), _report(3, status="ended")]
    found = annual_opening.report_progress(_case("2026-02-03", rows))
    assert (found.data["over"], found.data["handed_in"], found.data["missing"]) == (True, 1, 1)
    assert "2025年度报告应报2家，已提交1家，已逾期1家：海洋观测国际科技合作基地。" in desk.told(
        found, "province_officer"
    )
    assert "有1家2025年度报告逾期未提交" in desk.told(found, "recommender")
    done = annual_opening.report_progress(_case("2026-02-03", rows[:1]))
    assert "应报1家，已提交1家，全部提交。" in desk.told(done, "province_officer")
    assert annual_opening.report_progress(_case("2026-01-30", rows[:1])).effects == []


def test_notice_names_no_more_than_it_can() -> None:
    """名单过长时列前50家和总数。"""
    bases = [{**annual.BASE, "id": f"b-{n}", "name": f"基地{n}"} for n in range(60)]
    rows = [{**_report(1), "id": f"r-{n}", "base_id": f"b-{n}", "recommender_id": "city-330100"} for n in range(60)]
    rows.append({**_report(1), "id": "r-x", "base_id": "gone", "recommender_id": None})
    found = annual_opening.report_progress(
        _case("2026-01-24", shelf=annual.Shelf(base_rows=bases, proceeding_rows=rows))
    )
    (notice,) = desk.of(found, Notify)
    assert "尚有60家" in notice.text
    assert notice.text.count("、") == annual_opening.annual_messages.LISTED - 1
    assert "等60家" in notice.text


@pytest.mark.article("22(1)")
def test_closing_judges_what_the_officer_put_up() -> None:
    """经办结束年度时提请认定的逐件送达；自动结束的一件也不认定。"""
    rows = [_report(1), _report(2, verdict="valid", facts={"supplement": "asked"}), _report(3, status="missing")]
    listed = annual_opening.list_missing(_case("2026-03-02", rows)).data["missing"]
    assert [(row["case"], row["verdict"], row["supplement"]) for row in listed] == [
        ("r-2", "valid", "asked"),
        ("r-1", "", ""),
    ]
    assert listed[0]["recommender_name"] == "宁波市科学技术局"
    forms = {
        "close": {"missing": [{"case": "r-1", "action": "judge"}, {"case": "r-2", "action": "keep"}], "note": "完"}
    }
    found = annual_opening.close_year(_case("2026-03-02", rows, forms=forms, data={"close": {"outcome": "submit"}}))
    assert [effect.to for effect in desk.of(found, Deliver)] == ["r-1"]
    assert found.data == {"handed_in": 1, "missing": 2, "judged": 1}
    assert desk.of(annual_opening.close_year(_case("2027-01-01", rows)), Deliver) == []
