"""Rules of 重大事件报告 without a database: who reports, until when, hints, what is told to whom, ground G4."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from handlers import major_event
from handlers.vocabulary import StartCase, UpdateProceeding, Urge
from tests.handlers import desk

BASE = {
    "id": "base-1",
    "name": "青禾新材料国际科技合作基地",
    "host_id": "host-1",
    "recommender_id": "city-330100",
    "designated_on": date(2021, 11, 8),
}
REPORT = {
    "kind": "leak",
    "title": "试验数据外泄",
    "occurred_on": "2026-06-14",
    "severity": "major",
    "facts": "合作方服务器被入侵",
}


def case(**facts: Any) -> Any:
    known = {"base": BASE, "round": {}, "application": {}, "number": "SJ-2026-0001"}
    return desk.case(**{**known, **facts})


def reporting(by: str = "host", outcome: str = "submit", **facts: Any) -> Any:
    data = {"reporting": {"by": by}, f"report_{by}": {"outcome": outcome}}
    return case(**{"data": data, "forms": {"major_event": REPORT}, **facts})


@pytest.mark.article("13(3)")
@pytest.mark.parametrize(
    ("org", "by"), [("host-1", "host"), ("city-330100", "recommender"), ("province", "province"), ("", "province")]
)
def test_who_reports_first(org, by):
    outcome = major_event.open_report(case(actor={"org_id": org}))
    assert (outcome.data["by"], outcome.data["due_on"]) == (by, "2026-06-16")


@pytest.mark.article("22(4)")
@pytest.mark.parametrize(
    ("hours", "day"),
    [(1, "2026-06-15"), (24, "2026-06-15"), (25, "2026-06-16"), (48, "2026-06-16"), (72, "2026-06-17")],
)
def test_hours_are_counted_in_days(hours, day):
    found = major_event.report_by(case(parameters={"major_event.report_hours": hours}), date(2026, 6, 14))
    assert found.isoformat() == day


@pytest.mark.article("22(4)")
@pytest.mark.parametrize(
    ("changes", "proceeding", "field", "said"),
    [
        ({}, {}, "", ""),
        ({"occurred_on": "2026-06-13"}, {}, "late_reason", "应在24小时内首报"),
        ({"occurred_on": "2026-06-13", "late_reason": "方才知悉"}, {}, "", ""),
        ({"occurred_on": "2026-06-13"}, {"submitted_on": date(2026, 6, 14)}, "", ""),
        ({"occurred_on": "2026-06-16"}, {}, "occurred_on", "不能晚于今天"),
        ({"occurred_on": "2021-11-07"}, {}, "occurred_on", "不能早于基地认定日期"),
        ({"known_on": "2026-06-16"}, {}, "known_on", "不能晚于今天"),
        ({"occurred_on": ""}, {}, "", ""),
    ],
)
def test_report_s_days(changes, proceeding, field, said):
    forms = {"major_event": {**REPORT, **changes}}
    found = desk.errors(major_event.check_report(case(forms=forms, proceeding=proceeding)))
    assert said in found[field] if field else found == {}


def test_words_that_may_be_secret():
    """domain.md 6.3：只提示。"""
    forms = {"major_event": {**REPORT, "partners": [{"role": "持有绝密资料"}], "n": 1}}
    outcome = major_event.check_report(case(forms=forms))
    assert [row["status"] for row in outcome.data["findings"]] == ["manual"]
    follow_up = major_event.check_follow_up(case(forms={"follow_up": {"progress": "机密与秘密"}}))
    assert len(follow_up.data["findings"]) == 2
    assert desk.errors(follow_up) == {}


@pytest.mark.article("13(3)")
@pytest.mark.parametrize(
    ("by", "told"),
    [
        ("host", {"recommender", "province_officer", "division_head"}),
        ("recommender", {"host", "host_admin", "province_officer", "division_head"}),
        ("province", {"host", "host_admin", "recommender"}),
    ],
)
def test_everybody_but_the_reporter_is_told(by, told):
    outcome = major_event.record_report(reporting(by))
    assert {effect.role for effect in outcome.effects if hasattr(effect, "role")} == told
    assert outcome.data["given"] is True


@pytest.mark.article("22(4)")
def test_lateness_is_that_of_the_first_report():
    late = {"major_event": {**REPORT, "occurred_on": "2026-06-01"}}
    first = major_event.record_report(reporting(forms=late))
    (written,) = desk.of(first, UpdateProceeding)
    assert (written.fields["late"], written.fields["submitted_on"]) == (True, desk.TODAY)
    assert "，逾时，编号SJ-2026-0001" in desk.told(first, "province_officer")
    again = major_event.record_report(
        reporting(forms=late, proceeding={"submitted_on": date(2026, 6, 2), "late": False})
    )
    assert "late" not in desk.of(again, UpdateProceeding)[0].fields
    assert again.data["late"] is False
    assert major_event.record_report(reporting(outcome="withdraw")).effects == ()


@pytest.mark.article("22(4)")
def test_serious_consequences_are_not_simply_closed():
    assert (
        "不能直接办结"
        in desk.errors(major_event.check_judgement(case(forms={"judge": {"consequences": "serious"}})))["consequences"]
    )
    assert desk.errors(major_event.check_judgement(case(forms={"judge": {"consequences": "none"}}))) == {}


@pytest.mark.article("22(4)")
def test_ground_four_is_proposed_once_and_joins():
    content = {"severity": "major", "consequences": "serious", "ground_facts": "泄露关键工艺参数"}
    outcome = major_event.propose_revocation(case(forms={"judge": content}))
    (started,) = desk.of(outcome, StartCase)
    assert (started.process, started.key, started.joins) == ("revocation", "revocation:base-1:case-1", "ground_added")
    (ground,) = started.facts["data"]["grounds"]
    assert ground == {
        "ground": "G4",
        "facts": "泄露关键工艺参数",
        "source": "case-1",
        "source_number": "SJ-2026-0001",
        "on": "2026-06-15",
    }
    assert "第（四）项" in desk.told(outcome, "division_head")
    assert desk.told(outcome, "host") == ""


@pytest.mark.article("14")
def test_follow_up_is_asked_for_and_urged():
    content = {"follow_up_about": "续报评估结论。", "follow_up_on": "2026-06-22"}
    outcome = major_event.request_follow_up(case(forms={"judge": content}))
    assert outcome.data == {"due_on": "2026-06-22", "about": "续报评估结论。"}
    assert "请于2026年6月22日前续报重大事件（SJ-2026-0001）：续报评估结论。" in desk.told(outcome, "host")
    assert desk.of(major_event.urge_host(case()), Urge)[0].element == "follow_up"
    assert desk.of(major_event.urge_recommender(case()), Urge)[0].element == "recommender_review"
    assert "已补报" in desk.told(major_event.record_supplement(case()), "province_officer")
    assert "已补充" in desk.told(major_event.record_advice(case()), "province_officer")


@pytest.mark.article("12(3)")
def test_closing_says_what_is_asked():
    closed = major_event.close_event(case(forms={"judge": {"conclusion": "责任在合作方。", "rectify": "完善协议。"}}))
    assert desk.told(closed, "host").endswith("结论：责任在合作方。整改要求：完善协议。")
    plain = major_event.close_event(
        case(base={**BASE, "recommender_id": None}, forms={"judge": {"conclusion": "无责任"}})
    )
    assert desk.told(plain, "host").endswith("结论：无责任。")
    assert desk.told(plain, "recommender") == ""
    ended = major_event.end(case(data={"base_terminal": {"reason": "基地资格已取消"}}))
    assert "基地资格已取消，重大事件报告（SJ-2026-0001）终止" in desk.told(ended, "host")
