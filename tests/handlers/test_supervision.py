"""Rules of the yearly supervision (第十三条第三项)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from handlers import supervision
from handlers.vocabulary import Case, StartCase, UpdateProceeding, Urge
from tests.handlers import annual, desk
from webapp.demo import supervision_sheets as sheets

TODAY = date(2026, 9, 15)


def _case(today: date = TODAY, **facts: Any) -> Case:
    data = {"begun": {"year": 2026, "due_on": "2026-10-31"}, **facts.pop("data", {})}
    known = {"proceeding": {"recommender_id": "city-330100", "facts": {}}, **facts}
    return annual.case(known.pop("shelf", None), today=today, data=data, **known)


def _fields(outcome: Any) -> dict[str, Any]:
    return {key: value for effect in desk.of(outcome, UpdateProceeding) for key, value in effect.fields.items()}


def _confirms(*findings: dict[str, Any], **states: Any) -> Case:
    return _case(forms={"confirm": sheets.confirmation(TODAY, *findings, **states)})


@pytest.mark.article("13(3)")
def test_department_sees_what_the_base_stated() -> None:
    """确认时显示基地最近一次年报自报的情况；没有年报的为未报。"""
    row = {"base_id": "base-1", "process": "annual_report", "submitted_on": date(2026, 1, 20), "case_id": "r"}
    systems = {"ip": {"state": "in_place"}, "ethics": {"state": "drafting"}}
    shelf = annual.Shelf(proceeding_rows=[row], contents={"r": {"annual_report": {"systems": systems}}})
    stated = supervision.prefill(_case(shelf=shelf)).data["stated"]
    assert (stated["ip"], stated["ethics"], stated["secrecy"]) == ("有", "制定中", "未报")
    assert set(supervision.prefill(_case()).data["stated"].values()) == {"未报"}
    assert set(supervision.prefill(_case(base={})).data["stated"]) == set(supervision.SYSTEMS)


@pytest.mark.article("13(3)")
@pytest.mark.parametrize(
    ("states", "paths"),
    [
        ({}, []),
        ({"secrecy": "missing"}, ["findings"]),
        ({"ethics": "not_applicable"}, ["systems.ethics.note"]),
        ({"ip": "not_applicable"}, ["systems.ip.state", "systems.ip.note"]),
    ],
)
def test_confirmation_agrees_with_itself(states: dict[str, str], paths: list[str]) -> None:
    """未健全、未落实的列出问题；不涉及的说明原因，且只限数据跨境、人类遗传资源、科研伦理。"""
    assert list(desk.errors(supervision.check_confirmation(_confirms(**states)))) == paths
    listed = _confirms(sheets.finding("secrecy"), secrecy="missing")
    assert desk.errors(supervision.check_confirmation(listed)) == {}


def test_days_do_not_lie_ahead() -> None:
    case = _case(forms={"confirm": sheets.confirmation(date(2026, 9, 16))})
    assert list(desk.errors(supervision.check_confirmation(case))) == ["visited_on", "signed_on"]


@pytest.mark.article("13(3)")
def test_confirmation_is_recorded_with_what_was_found() -> None:
    """确认结果记入台账，告知依托单位；逾期照记。"""
    found = supervision.record_confirmation(_confirms(sheets.finding("ip"), sheets.finding("other", "专家手续受阻。")))
    assert [row["finding"] for row in found.data["findings"]] == ["f1", "f2"]
    assert (_fields(found)["verdict"], _fields(found)["facts"]["findings"]) == ("findings", 2)
    assert "发现问题2项：知识产权管理制度：制度已建立但未按要求登记备案；其他：专家手续受阻。" in desk.told(
        found, "host"
    )
    late = supervision.record_confirmation(_case(date(2026, 11, 1), forms={"confirm": sheets.confirmation(TODAY)}))
    assert (late.data["late"], _fields(late)["verdict"]) == (True, "sound")


def _handles(*ways: str) -> Case:
    listed = supervision.record_confirmation(_confirms(*(sheets.finding("ip") for _ in ways))).data["findings"]
    forms = {"handle_findings": sheets.handling(listed, *ways)}
    return _case(data={"confirmation": {"findings": listed}}, forms=forms)


@pytest.mark.article("13(3)")
def test_each_finding_is_dealt_with_in_its_way() -> None:
    """逐项处理：知悉、整改、转困难协调、转重大事件报告；转办的每项一件。"""
    found = supervision.apply_handling(_handles("note", "rectify", "difficulty", "major_event"))
    assert (found.data["rectify"], len(found.data["problems"])) == (True, 1)
    assert [(effect.process, effect.key) for effect in desk.of(found, StartCase)] == [
        ("difficulty", "difficulty:case-1:f3"),
        ("major_event", "major_event:case-1:f4"),
    ]
    assert desk.of(found, StartCase)[0].facts["data"]["number"] == "NB-2026-0001"
    assert _fields(found)["facts"] == {"rectify": 1, "followed_up": ["difficulty", "major_event"]}
    assert supervision.apply_handling(_handles("note")).data == {"rectify": False, "problems": [], "followed_up": []}


def test_no_finding_is_left_out() -> None:
    case = _handles("note", "")
    assert list(desk.errors(supervision.check_handling(case))) == ["rows"]
    assert desk.errors(supervision.check_handling(_handles("note"))) == {}


@pytest.mark.article("13(3)")
def test_limits_urge_and_ends_are_told() -> None:
    """截止、整改期满只催办；整改到位、年末未确认、资格终止逐一告知。"""
    assert desk.of(supervision.note_late(_case()), Urge)[0].element == "confirm"
    assert desk.of(supervision.urge_rectification(_case()), Urge)[0].element == "rectify"
    assert "2026年10月31日前" in desk.told(supervision.open_supervision(_case()), "recommender")
    assert "已整改到位" in desk.told(supervision.record_rectification(_case()), "host")
    assert "至年末未完成" in desk.told(supervision.close_unconfirmed(_case()), "province_officer")
    assert supervision.stop_terminal(_case()).data["reason"] == "基地资格已终止"
    assert desk.told(supervision.open_supervision(_case(base={}, proceeding={})), "recommender") == ""
