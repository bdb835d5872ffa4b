"""复核: who may ask, until when, and what the decision says."""

from __future__ import annotations

from datetime import date

import pytest

from handlers import reconsideration
from handlers.vocabulary import IssueDocument, Notify, UpdateProceeding
from tests.handlers import desk
from tests.handlers import evaluation_desk as evaluations

ENDED = date(2026, 6, 15)
FILING = {
    "base_name": "第1国际科技合作基地",
    "decision": "不予认定",
    "told_on": "2026-06-15",
    "reason": "协议不足",
    "until": "2026-06-30",
}


def case(row=None, **facts):
    known = {"id": "case-9", "number": "FH-2026-0001", "parent": {"id": "case-1", "number": "RD-1", "ended_on": ENDED}}
    shelf = desk.Shelf(application_rows=[row or desk.application(1, status="refused", decision_reason="协议不足")])
    return desk.case(shelf, **{**known, **facts})


@pytest.mark.article("11(4)")
@pytest.mark.parametrize(
    ("ended", "days", "last"),
    [
        (date(2026, 6, 15), 10, date(2026, 6, 30)),  # 端午节 19 June is not counted
        (date(2026, 6, 12), 1, date(2026, 6, 15)),  # told on a Friday
        (date(2026, 6, 18), 1, date(2026, 6, 22)),  # told before the holiday
        (date(2026, 6, 15), 0, date(2026, 6, 15)),
    ],
)
def test_last_day(ended, days, last):
    assert reconsideration.last_day(ended, days, desk.CALENDAR) == last


@pytest.mark.article("11(4)")
@pytest.mark.parametrize("status", ["refused", "deferred", "not_accepted", "not_recommended", "banned"])
def test_adverse_ends_may_be_reconsidered_until_the_last_day(status):
    row, until = desk.application(1, status=status), date(2026, 6, 30)
    assert reconsideration.refusal(row, "host-1", until, until) == ""
    assert "2026年6月30日届满" in reconsideration.refusal(row, "host-1", until, date(2026, 7, 1))
    assert "依托单位" in reconsideration.refusal(row, "host-2", until, until)


@pytest.mark.article("11(4)")
@pytest.mark.parametrize("status", ["designated", "withdrawn", "not_submitted", "round_cancelled", "reviewing"])
def test_other_ends_may_not(status):
    row = desk.application(1, status=status)
    assert "没有可以申请复核的决定" in reconsideration.refusal(row, "host-1", date(2026, 6, 30), ENDED)


@pytest.mark.article("11(4)")
def test_file_names_the_decision():
    filing = reconsideration.open_file(case()).data
    assert (filing["decision"], filing["reason"], filing["until"]) == ("不予认定", "协议不足", "2026-06-30")


@pytest.mark.article("11(4)")
def test_late_request_is_refused():
    late = case(data={"filing": FILING}, today=date(2026, 7, 1))
    assert "不再受理" in desk.errors(reconsideration.check_request(late))[""]
    assert desk.errors(reconsideration.check_request(case(data={"filing": FILING}))) == {}


@pytest.mark.article("12(2)")
@pytest.mark.parametrize(
    ("outcome", "content", "result", "says"),
    [
        ("uphold", {}, "维持原决定", "理由：材料不足"),
        ("change", {"measure": "review"}, "变更原决定", "后续：重新组织专家评审和综合评议"),
        ("not_accept", {"ground": "repeated"}, "不予受理复核申请", "对同一决定重复申请；材料不足"),
    ],
)
def test_decision_is_a_document_and_is_told(outcome, content, result, says):
    forms = {
        "decide": {"reason": "材料不足。", "basis": "第八条", "signed_on": "2026-06-15", **content},
        "request": {"statement": "请复核"},
    }
    found = reconsideration.conclude(case(data={"filing": FILING, "decide": {"outcome": outcome}}, forms=forms))
    (document,) = desk.of(found, IssueDocument)
    assert (document.kind, document.content["result"], document.issued_on) == ("reconsideration", result, ENDED)
    assert says in desk.told(found, "host")
    assert {notice.role for notice in desk.of(found, Notify)} >= {"host", "host_admin", "recommender"}
    assert ("province_officer" in {notice.role for notice in desk.of(found, Notify)}) == (outcome == "change")


@pytest.mark.article("12(2)")
def test_who_is_not_the_applicant_can_only_be_not_accepted():
    wrong = {"examine": {"proposal": "uphold", "applicant_confirmed": False, "examined_on": "2026-06-16"}}
    found = desk.errors(reconsideration.check_examination(case(forms=wrong, element="examine")))
    assert found.keys() == {"applicant_confirmed", "examined_on"}
    right = {"examine": {"proposal": "not_accept", "applicant_confirmed": False, "examined_on": "2026-06-15"}}
    assert desk.errors(reconsideration.check_examination(case(forms=right, element="examine"))) == {}


@pytest.mark.article("12(2)")
def test_decision_is_not_signed_ahead():
    ahead = case(forms={"decide": {"signed_on": "2026-06-16"}}, element="decide")
    assert desk.errors(reconsideration.check_decision(ahead)).keys() == {"signed_on"}


@pytest.mark.article("18")
def test_an_unqualified_result_can_be_reconsidered_and_its_grade_changed():
    """第十八条：不合格的可以申请复核；变更的等次入台账并告知。"""
    row = evaluations.result(
        1, "unqualified", date(2026, 6, 1), id="px-01", note="成效不足", doc_no="浙科发外〔2026〕41号"
    )
    parent = {"id": "px-01", "process": "evaluation", "number": "PX-2026-0001", "ended_on": date(2026, 6, 8)}
    own = {"parent": parent, "process": "reconsideration", "id": "fh-1", "number": "FH-2026-0001", "parameters": {}}
    filing = reconsideration.open_file(evaluations.case(row, **own)).data
    assert (filing["kind"], filing["decision"], filing["reason"]) == ("evaluation", "绩效评价结果为不合格", "成效不足")
    decided = {"grade": "qualified", "reason": "漏计两项成果", "basis": "第十八条", "signed_on": "2026-06-15"}
    data = {"filing": filing, "decide": {"outcome": "change"}}
    outcome = reconsideration.conclude(evaluations.case(row, data=data, forms={"decide": decided}, **own))
    (put,) = desk.of(outcome, UpdateProceeding)
    assert (put.case, put.fields["grade"]) == ("px-01", "qualified")
    assert "评价等次变更为“合格”" in desk.told(outcome, "host")
    upheld = {"filing": filing, "decide": {"outcome": "uphold"}}
    kept = reconsideration.conclude(evaluations.case(row, data=upheld, forms={"decide": decided}, **own))
    assert desk.of(kept, UpdateProceeding) == []


@pytest.mark.parametrize(("status", "said"), [("unqualified", ""), ("qualified", "没有可以申请复核的决定")])
def test_only_an_adverse_grade_gives_cause(status, said):
    row = evaluations.result(1, status, date(2026, 6, 1))
    assert said in reconsideration.refusal(row, "host-1", date(2026, 6, 20), date(2026, 6, 15))
