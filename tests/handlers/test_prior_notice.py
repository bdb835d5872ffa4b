"""事先告知与陈述申辩: what is told, until when, how the host was heard, what the law division says."""

from __future__ import annotations

from datetime import date

import pytest

from handlers import prior_notice, revocation_document
from handlers.vocabulary import IssueDocument, UpdateProceeding
from tests.handlers import desk, endings
from webapp.demo import revocation_sheets as sheets

FOUND = {"findings": [{"finding": "G3.first", "result": "found"}], "facts": "协议系伪造。"}


def case(form="", content=None, **facts):
    forms = {"open_case": sheets.opening("G3"), "verify": FOUND, **facts.pop("forms", {})}
    if form:
        forms[form] = content or {}
    data = {"open_case": {"outcome": "open"}, **facts.pop("data", {})}
    return endings.case(forms=forms, data=data, element=form, **facts)


@pytest.mark.article("22")
def test_only_established_grounds_are_told():
    assert desk.errors(prior_notice.check_draft(case("draft_notice", sheets.notice("G3")))) == {}
    wrong = desk.errors(prior_notice.check_draft(case("draft_notice", sheets.notice("G3", "G5"))))
    assert wrong == {"grounds": "第二十二条第（五）项未经核实成立，不能写入告知书。"}


@pytest.mark.article("22")
@pytest.mark.parametrize(
    ("today", "days", "due"),
    [
        (date(2026, 6, 15), 10, "2026-06-30"),  # 端午节 19 June is not counted
        (date(2026, 6, 18), 1, "2026-06-22"),
        (date(2026, 6, 12), 1, "2026-06-15"),
    ],
)
def test_period_does_not_count_its_first_day(today, days, due):
    told = prior_notice.give(
        case("draft_notice", sheets.notice("G3"), today=today, parameters={"revocation.statement_days": days})
    )
    assert (told.data["due_on"], told.data["grounds"]) == (due, ["G3"])
    (document,) = desk.of(told, IssueDocument)
    assert (document.kind, document.content["due_on"]) == ("revocation_notice", due)
    assert desk.of(told, UpdateProceeding)[0].fields == {"due_on": date.fromisoformat(due)}
    assert "逾期视为放弃。期限至" in desk.told(told, "host_admin")


@pytest.mark.article("22")
def test_statement_is_accepted_on_its_last_day_and_not_after():
    data = {"notice": {"due_on": "2026-06-15"}}
    assert desk.errors(prior_notice.check_statement(case("statement", data=data))) == {}
    late = prior_notice.check_statement(case("statement", data=data, today=date(2026, 6, 16)))
    assert "2026年6月15日届满" in desk.errors(late)[""]


@pytest.mark.article("22")
@pytest.mark.parametrize(("silent", "how", "said"), [(True, "silent", "视为放弃"), (False, "waived", "书面放弃")])
def test_waivers(silent, how, said):
    outcome = prior_notice.waive(case(), silent=silent)
    assert outcome.data["how"] == how
    assert said in desk.told(outcome, "province_officer")
    assert revocation_document.heard(case(data={"hearing": dict(outcome.data)})).startswith("你单位")


@pytest.mark.article("22")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"held_on": "2026-06-16"}, "不能晚于今天"),
        ({"held_on": "2026-06-15", "notified_on": "2026-06-05"}, "7个工作日前通知，最早为2026年6月16日"),
        ({"held_on": "2026-06-15", "notified_on": "2026-06-04"}, ""),
    ],
)
def test_hearing_is_announced(changes, said):
    found = desk.errors(prior_notice.check_hearing(case("hold_hearing", changes)))
    assert said in found.get("held_on", "")
    assert bool(found) is bool(said)


@pytest.mark.article("22")
def test_points_not_accepted_have_reasons():
    points = [
        {"point": "一", "result": "accepted"},
        {"point": "二", "result": "rejected"},
        {"point": "三", "result": "partly"},
    ]
    found = desk.errors(prior_notice.check_review(case("review_statement", {"points": points})))
    assert found.keys() == {"points.1.reason", "points.2.reason"}


@pytest.mark.article("12(2)")
def test_law_division_is_a_parameter():
    assert list(prior_notice.ask_law(case()).data) == ["province-fg"]
    other = case(parameters={"revocation.cosign": {"law": ["province-jd"]}})
    assert prior_notice.ask_law(other).data == {"province-jd": {"name": "科技监督与诚信处"}}


@pytest.mark.article("12(2)")
def test_disagreement_goes_back_once_a_notice():
    notice = {"on": "2026-06-01", "due_on": "2026-06-15"}
    against = {"law_review": {"province-fg": {"outcome": "disagree", "opinion": "证据不足"}}, "notice": notice}
    forms = {"review_statement": {"points": [{"point": "一", "result": "rejected", "reason": "理由充分"}]}}
    first = prior_notice.collect_law(case(data={**against, "statement": {"hearing": True}}, forms=forms)).data
    assert (first["again"], first["hearing"], first["results"]) == (True, True, ["rejected"])
    second = prior_notice.collect_law(case(data={**against, "hearing": dict(first)}, forms=forms)).data
    assert (second["again"], second["reviews"], second["disagreed"]) == (False, 2, True)
    anew = prior_notice.collect_law(
        case(data={**against, "hearing": {**second, "notice_on": "2026-01-01"}}, forms=forms)
    ).data
    assert anew["again"] is True
    agreed = prior_notice.collect_law(case(data={"law_review": {"province-fg": {"outcome": "agree"}}})).data
    assert (agreed["again"], agreed["disagreed"]) == (False, False)


@pytest.mark.article("22")
def test_how_the_host_was_heard_is_said_in_a_sentence():
    assert revocation_document.heard(case()) == ""
    assert "依法组织了听证" in revocation_document.heard(case(data={"hearing": {"how": "heard", "hearing": True}}))
    assert revocation_document.points(case(data={"hearing": {"how": "silent"}})) == []
