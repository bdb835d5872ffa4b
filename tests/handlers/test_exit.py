"""主动退出: obligations, returns, dates, the texts of its ends."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from handlers import exit as exit_rules
from handlers import exit_obligations, reward_money
from handlers.vocabulary import EndBase, IssueDocument, OpenBan, UpdateProceeding, Urge
from tests.handlers import desk, endings
from webapp.demo import exit_sheets as sheets

TODAY = date(2026, 6, 15)


def case(shelf=None, form="", content=None, **facts):
    forms = dict(facts.pop("forms", {}))
    if form:
        forms[form] = content or {}
    return endings.case(shelf, forms=forms, element=form, **facts)


def checked(check, form, content, **facts):
    return desk.errors(check(case(facts.pop("shelf", None), form, content, **facts)))


# ---- obligations


@pytest.mark.article("15")
@pytest.mark.article("19")
def test_obligations_are_read_from_the_register():
    """第十五条、第十九条、第二十三条：逾期和未到期年报、奖励结余、在办事项。"""
    shelf = endings.Shelf(
        mark_rows=[{"kind": "annual_report_overdue", "period": "2024", "text": "逾期"}],
        proceeding_rows=[
            endings.proceeding("annual_report", id="r4", period="2024", due_on=date(2025, 1, 31)),
            endings.proceeding("annual_report", id="r5", period="2025", due_on=date(2026, 1, 31)),
            endings.proceeding("annual_report", id="r6", period="2026", due_on=date(2027, 1, 31)),
            endings.proceeding("annual_report", id="r3", period="2023", submitted_on=date(2024, 1, 5)),
            endings.proceeding("annual_report", id="r2", period="2022", ended_on=date(2023, 2, 5)),
            endings.proceeding(
                "reward", id="w1", amount=Decimal("50.00"), spent=Decimal("20.50"), facts={"round_name": "2024年评价"}
            ),
            endings.proceeding("reward", id="w2", amount=Decimal(30), spent=Decimal(30)),
        ],
        open_rows=[
            {"id": "r6", "process": "annual_report", "number": "NB-1"},
            {"id": "w1", "process": "reward", "number": "JL-1"},
            {"id": "c1", "process": "change", "number": "BG-1"},
            {"id": "x1", "process": "unheard_of", "number": "LC-1"},
            {"id": "m1", "process": "major_event", "number": "SJ-1"},
        ],
    )
    rows = exit_obligations.rows(case(shelf))
    assert [(row["item"], row["handling"]) for row in rows] == [
        ("2024年度报告（逾期）", "settle"),
        ("2025年度报告（逾期）", "settle"),
        ("2026年度报告（未到期）", "continue"),
        ("2024年评价奖励经费结余29.5万元", "settle"),
        ("变更申请（BG-1）", "end"),
        ("其他事项（LC-1）", "end"),
        ("重大事件报告（SJ-1）", "settle"),
    ]
    content = {
        "obligations": [
            {"item": "2024年度报告（逾期）", "settled": "yes"},
            {"item": "重大事件报告（SJ-1）", "settled": "no"},
        ]
    }
    assert exit_obligations.unsettled(case(shelf), content) == [
        "2025年度报告（逾期）",
        "2024年评价奖励经费结余29.5万元",
        "重大事件报告（SJ-1）",
    ]


@pytest.mark.article("19")
def test_spending_told_in_annual_reports_counts():
    """第十九条：年度报告已填报的支出从结余中扣除，拨付前的不算。"""
    use = [
        {"purpose": "travel", "amount": 12.5, "on": "2026-03-01"},
        {"purpose": "travel", "amount": 9, "on": "2024-01-01"},
    ]
    shelf = endings.Shelf(
        proceeding_rows=[
            endings.proceeding("annual_report", period="2025"),
            endings.proceeding("annual_report", id="i", case_id=None),
        ],
        contents={"annual_report-1": {"fill": {"reward_use": use}, "other": {}}},
    )
    reward = endings.proceeding("reward", amount=Decimal(50), spent=Decimal(0), decided_on=date(2025, 6, 1))
    assert reward_money.unused(case(shelf), reward) == Decimal("37.5")
    assert reward_money.unused(case(), reward) == Decimal(50)
    assert [row["amount"] for row in reward_money.reported(case(shelf))] == [12.5, 9]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"left": 20, "handling": "recover"}, "未使用的20万元收回。"),
        ({"left": 20.5, "handling": "part", "recovered": 10}, "未使用的20.5万元中收回10万元。"),
        ({"left": 20, "handling": "keep"}, "未使用的20万元不予收回。"),
        ({"left": 0, "handling": "recover"}, ""),
    ],
)
def test_what_becomes_of_the_rest_is_said(row, said):
    assert reward_money.unspent(row) == said


# ---- request


@pytest.mark.article("23")
@pytest.mark.parametrize(("role", "by"), [("recommender", True), ("host", False), (None, False)])
def test_who_asks(role, by):
    assert exit_rules.prepare(case(actor={"role": role, "name": "张三"})).data["by_recommender"] is by


@pytest.mark.article("23")
def test_request_has_a_day_to_come_and_a_plan_for_each_obligation():
    shelf = endings.Shelf(open_rows=[{"id": "c1", "process": "change", "number": "BG-1"}])
    content = sheets.request(TODAY, "f", intended_on="2026-06-14")
    found = checked(exit_rules.check_apply, "apply", content, shelf=shelf)
    assert found.keys() == {"intended_on", "obligations.0.plan"}
    good = sheets.request(TODAY, "f", exit_obligations.rows(case(shelf)))
    assert checked(exit_rules.check_apply, "apply", good, shelf=shelf) == {}
    assert checked(exit_rules.check_apply, "correct", good, shelf=shelf) == {}


@pytest.mark.article("13(2)")
def test_dissolved_host_has_ended_already():
    assert checked(exit_rules.check_on_behalf, "apply_on_behalf", sheets.on_behalf(TODAY, "f")) == {}
    late = sheets.on_behalf(TODAY, "f", host_ended_on="2026-06-16", intended_on="2026-06-14")
    assert checked(exit_rules.check_on_behalf, "apply_on_behalf", late).keys() == {"host_ended_on", "intended_on"}


@pytest.mark.article("23")
def test_form_opens_with_obligations_and_what_was_asked_for():
    shelf = endings.Shelf(open_rows=[{"id": "c1", "process": "change", "number": "BG-1"}])
    forms = {"apply": {"obligations": [{"item": "变更申请（BG-1）", "plan": "撤回"}]}}
    data = {"returned": {"items": [{"field": "证据", "problem": "请补充"}]}}
    found = exit_rules.prior(case(shelf, forms=forms, data=data)).data
    assert (found["obligations"][0]["plan"], found["returned"]) == ("撤回", "证据：请补充")


@pytest.mark.article("23")
def test_other_side_is_told_of_the_request():
    by_host = exit_rules.register_request(case(forms={"apply": sheets.request(TODAY, "f")}))
    assert "杭州青禾材料有限公司提出" in desk.told(by_host, "recommender")
    assert desk.of(by_host, UpdateProceeding)[0].fields["kind"] == "ended"
    for_it = exit_rules.register_request(
        case(forms={"apply_on_behalf": sheets.on_behalf(TODAY, "f")}, data={"filing": {"by_recommender": True}})
    )
    assert "杭州市科学技术局提出" in desk.told(for_it, "host")


# ---- review


@pytest.mark.article("13(4)")
def test_returns_are_counted_for_each_level():
    forms = {"opine": sheets.correction(), "examine": sheets.correction()}
    first = exit_rules.record_return(case(forms=forms))
    assert (first.data["by"], first.data["left"]) == ("recommender", {"recommender": 1, "province": 2})
    assert first.data["due_on"] == "2026-06-30"
    assert desk.of(first, UpdateProceeding)[0].fields["facts"] == {"returns_recommender": 1, "returns_province": 0}
    data = {"returned": dict(first.data), "examine": {"outcome": "return"}, "filing": {"by_recommender": True}}
    second = exit_rules.record_return(case(forms=forms, data=data))
    assert second.data["counts"] == {"recommender": 1, "province": 1}
    assert "代为提出的" in desk.told(second, "recommender")
    assert desk.told(second, "host") == ""


@pytest.mark.article("13(4)")
def test_overdue_opinion_is_urged():
    (urge,) = desk.of(exit_rules.urge_recommender(case()), Urge)
    assert urge.element == "opine"


@pytest.mark.article("13(4)")
def test_opinion_is_not_signed_ahead():
    assert checked(exit_rules.check_opinion, "opine", {"signed_on": "2026-06-16"}).keys() == {"signed_on"}
    assert checked(exit_rules.check_opinion, "opine", {"signed_on": "2026-06-15"}) == {}


@pytest.mark.article("23")
def test_what_must_be_settled_first_stops_the_report():
    shelf = endings.Shelf(mark_rows=[{"kind": "annual_report_overdue", "period": "2025", "text": ""}])
    rows = exit_obligations.rows(case(shelf))
    assert (
        "须先办结"
        in checked(exit_rules.check_examination, "examine", sheets.examination(rows, "no"), shelf=shelf)["obligations"]
    )
    assert checked(exit_rules.check_examination, "examine", sheets.examination(rows), shelf=shelf) == {}
    bare = {"obligations": [{"item": rows[0]["item"], "settled": "waived", "note": ""}]}
    assert checked(exit_rules.check_examination, "examine", bare, shelf=shelf).keys() == {"obligations.0.note"}
    gone = checked(exit_rules.check_examination, "examine", {}, base_changes={"status": "revoked"})
    assert gone.keys() == {""}


# ---- decision and ends


@pytest.mark.article("23")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"doc_no": "x"}, "doc_no"),
        ({"issued_on": "2026-06-16"}, "issued_on"),
        ({"issued_on": "2026-06-01"}, "issued_on"),
        ({"issued_on": "2026-06-12", "effective_on": "2026-06-11"}, "effective_on"),
    ],
)
def test_document_follows_the_decision(changes, field):
    forms = {"decide": {"meeting_on": "2026-06-10"}}
    content = sheets.document(TODAY, **changes)
    assert field in checked(exit_rules.check_document, "register_document", content, forms=forms)


@pytest.mark.article("23")
def test_meeting_is_not_ahead():
    assert checked(exit_rules.check_decision, "decide", {"meeting_on": "2026-06-16"}).keys() == {"meeting_on"}
    assert checked(exit_rules.check_decision, "decide", {"meeting_on": "2026-06-15"}) == {}


@pytest.mark.article("23")
def test_approval_says_from_when():
    forms = {
        "apply": sheets.request(TODAY, "f"),
        "examine": {"obligations": [{"item": "变更申请（BG-1）", "note": "撤回"}]},
        "register_document": sheets.document(TODAY, date(2026, 7, 1)),
    }
    outcome = exit_rules.issue(case(forms=forms))
    (document,) = desk.of(outcome, IssueDocument)
    assert (document.kind, document.content["effective_on"], document.content["obligations"]) == (
        "exit",
        "2026-07-01",
        ["变更申请（BG-1）：撤回"],
    )
    assert "自2026年7月1日起不再作为国合基地管理" in desk.told(outcome, "host")


@pytest.mark.article("23")
def test_leaving_makes_no_ban():
    data = {"document": {"doc_no": "浙科发外〔2026〕51号", "effective_on": "2026-06-10"}}
    outcome = exit_rules.end_base(case(data=data))
    assert desk.of(outcome, EndBase) == [EndBase("exited", date(2026, 6, 10), "浙科发外〔2026〕51号", "基地已主动退出")]
    assert desk.of(outcome, OpenBan) == []


@pytest.mark.article("23")
def test_refusal_names_reason_and_remedies():
    outcome = exit_rules.refuse(case(data={"decide": {"opinion": "任务未完成。"}}))
    assert "理由：任务未完成。" in desk.told(outcome, "host")
    assert "行政诉讼" in desk.told(outcome, "host")


@pytest.mark.article("23")
def test_withdrawal_of_a_draft_concerns_nobody_else():
    assert desk.told(exit_rules.withdraw(case()), "recommender") == ""
    sent = {"status": "opining", "submitted_on": TODAY, "facts": {}}
    given_up = exit_rules.withdraw(case(proceeding=sent, data={"withdrawn_by": {"reason": "继续运行"}}))
    assert (given_up.data["reason"], "已撤回" in desk.told(given_up, "recommender")) == ("继续运行", True)
    assert "视为撤回" in desk.told(exit_rules.lapse(case(proceeding=sent)), "host")


@pytest.mark.article("22")
@pytest.mark.parametrize(("kind", "result"), [("revoked", "moot"), ("transferred_national", "ended"), ("", "ended")])
def test_ended_base_ends_the_request(kind, result):
    outcome = exit_rules.stop(case(data={"base_terminal": {"kind": kind}}))
    assert (outcome.data["result"], outcome.data["reason"]) == (result, "基地资格已终止")
