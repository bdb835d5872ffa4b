"""奖励经费: who may be rewarded, when the use is due, what is spent and left, how it ends."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from handlers import reward
from handlers.vocabulary import UpdateProceeding, Urge
from tests.handlers import desk, endings
from webapp.demo import reward_sheets as sheets

TODAY = date(2026, 6, 15)
AWARD = {"amount": 50.0, "due_on": "2029-06-15"}


def case(shelf=None, form="", content=None, **facts):
    forms = dict(facts.pop("forms", {}))
    if form:
        forms[form] = content or {}
    proceeding = {"status": "using", "amount": Decimal(50), "opened_on": TODAY, "facts": {"spare": 1}}
    return endings.case(shelf, forms=forms, element=form, **{"proceeding": proceeding, **facts})


def checked(check, form, content, **facts):
    return desk.errors(check(case(facts.pop("shelf", None), form, content, **facts)))


@pytest.mark.article("19")
@pytest.mark.parametrize(
    ("begun", "base", "basis"),
    [
        ({"round_name": "2026年度评价", "grade": "excellent"}, {}, "provincial"),
        ({}, {"level": "national"}, "most"),
        ({}, {"status": "transferred_national"}, "most"),
        ({"basis": "most"}, {}, "most"),
    ],
)
def test_grant_names_what_earned_it(begun, base, basis):
    outcome = reward.prepare(case(data={"begun": begun}, base_changes=base))
    assert outcome.data["basis"] == basis
    assert bool(desk.told(outcome, "province_officer")) is bool(begun)


@pytest.mark.article("19")
@pytest.mark.parametrize(
    ("changes", "base", "fields"),
    [
        ({}, {}, set()),
        ({"grade": "qualified"}, {}, {"grade"}),
        ({"amount": 0}, {}, {"amount"}),
        ({"basis": "most"}, {}, {"basis"}),
        ({"basis": "most"}, {"level": "national"}, set()),
        ({"result_on": "2026-06-16"}, {}, {"result_on"}),
    ],
)
def test_registration(changes, base, fields):
    content = sheets.registration(TODAY, **changes)
    assert checked(reward.check_registration, "register", content, base_changes=base).keys() == fields


@pytest.mark.article("19")
@pytest.mark.parametrize(
    ("row", "may"),
    [
        ({"amount": 50}, False),
        ({"amount": 50, "status": "closed", "ended_on": TODAY}, True),
        ({"amount": 50, "status": "ended", "ended_on": TODAY}, True),
        ({"amount": None}, True),
        ({"amount": 50, "opened_on": date(2026, 6, 16)}, True),
        ({"amount": 50, "id": "case-1"}, True),
    ],
)
def test_second_reward_waits_for_the_first(row, may):
    """domain.md 3.5."""
    shelf = endings.Shelf(proceeding_rows=[endings.proceeding("reward", **row)])
    assert (desk.errors(reward.check_approval(case(shelf))) == {}) is may


@pytest.mark.article("19")
def test_earlier_rewards_are_shown_with_their_state():
    rows = [
        endings.proceeding(
            "reward", id=f"r{n}", amount=50, spent=20, status=status, ended_on=ended, facts={"round_name": name}
        )
        for n, (status, ended, name) in enumerate(
            [("using", None, "甲"), ("closed", TODAY, "乙"), ("ended", TODAY, "丙")]
        )
    ]
    shown = reward.prepare(case(endings.Shelf(proceeding_rows=rows))).data["previous"]
    assert [(row["name"], row["state"]) for row in shown] == [
        ("甲", "使用情况尚未核验"),
        ("乙", "使用情况已核验"),
        ("丙", "已终止"),
    ]


@pytest.mark.article("19")
def test_payment_is_at_most_what_was_granted():
    forms = {"register": sheets.registration(TODAY)}
    assert checked(reward.check_payment, "pay", sheets.payment(TODAY, 50), forms=forms) == {}
    wrong = sheets.payment(TODAY, 50.01, paid_on="2026-06-16")
    assert checked(reward.check_payment, "pay", wrong, forms=forms).keys() == {"amount", "paid_on"}


@pytest.mark.article("19")
@pytest.mark.parametrize(
    ("result", "years", "due"),
    [
        (date(2026, 6, 15), 3, date(2029, 6, 15)),
        (date(2024, 2, 29), 3, date(2027, 2, 28)),
        (date(2022, 1, 1), 3, date(2026, 6, 30)),  # long past: ten working days from now
    ],
)
def test_use_is_due_by_the_next_evaluation(result, years, due):
    assert reward.report_due(case(parameters={"evaluation.cycle_years": years}), result) == due


@pytest.mark.article("19")
def test_payment_tells_purpose_and_limit():
    forms = {"register": sheets.registration(TODAY), "pay": sheets.payment(TODAY, 40)}
    outcome = reward.record_payment(case(forms=forms))
    (fields,) = [effect.fields for effect in desk.of(outcome, UpdateProceeding)]
    assert (fields["amount"], fields["spent"], fields["due_on"]) == (Decimal(40), 0, date(2029, 6, 15))
    assert fields["facts"]["spare"] == 1
    assert "奖励经费40万元已拨付，用于自主开展国际科技合作交流支出" in desk.told(outcome, "host")


@pytest.mark.article("19")
@pytest.mark.parametrize(
    ("amounts", "spent", "share", "balance"),
    [((30, 20), "50", "100", "0"), ((33.33,), "33.33", "66.6", "16.67"), ((0.01,), "0.01", "0", "49.99")],
)
def test_totals_are_computed(amounts, spent, share, balance):
    """比例舍去，不进位。"""
    form = sheets.use(TODAY, "f", *amounts)
    known = case(data={"award": AWARD})
    assert (reward.share_of(known, form), reward.balance_of(known, form)) == (share, balance)
    assert reward.share_of(None, {"items": []}) == "0"
    assert spent


@pytest.mark.article("19")
def test_report_opens_with_what_was_told_before():
    found = reward.prior(case(data={"award": {**AWARD, "round_name": "甲"}})).data
    assert found == {"amount": 50.0, "round_name": "甲", "reported": []}


@pytest.mark.article("19")
def test_use_is_checked_line_by_line():
    forms = {"pay": sheets.payment(TODAY)}
    known = {"data": {"award": AWARD}, "forms": forms}
    assert checked(reward.check_use, "report_use", sheets.use(TODAY, "f"), **known) == {}
    assert checked(reward.check_use, "report_use", sheets.use(TODAY, "f", 60), **known).keys() == {"items"}
    part = sheets.use(TODAY, "f", 30)
    part["items"][0] |= {"on": "2026-06-14", "purpose": "other", "content": "杂费"}
    assert checked(reward.check_use, "report_use", part, **known).keys() == {
        "items.0.on",
        "items.0.content",
        "unspent_plan",
    }
    part["items"][0]["on"] = "2026-06-16"
    assert "items.0.on" in checked(reward.check_use, "report_use", part, **known)


@pytest.mark.article("19")
def test_evaluation_decides_about_the_rest():
    known = {"data": {"award": AWARD}, "forms": {"report_use": sheets.use(TODAY, "f", 50)}}
    assert checked(reward.check_evaluation, "evaluate_use", sheets.evaluation(), **known) == {}
    less = sheets.evaluation(recognised=40)
    assert checked(reward.check_evaluation, "evaluate_use", less, **known).keys() == {"unspent"}
    more = sheets.evaluation(recognised=51)
    assert checked(reward.check_evaluation, "evaluate_use", more, **known).keys() == {"recognised"}


@pytest.mark.article("19")
@pytest.mark.parametrize(
    ("content", "spent", "left", "said"),
    [
        (sheets.evaluation(), Decimal(50), 0.0, "支出50万元。"),
        (
            sheets.evaluation(recognised=40, unspent="carry"),
            Decimal(40),
            10.0,
            "未使用的10万元结转继续用于国际科技合作",
        ),
    ],
)
def test_closing_keeps_figures_for_the_next_evaluation(content, spent, left, said):
    forms = {"report_use": sheets.use(TODAY, "f", 30, 20), "evaluate_use": content}
    outcome = reward.close(case(forms=forms, data={"award": AWARD, "report_use": {"on": "2026-06-14"}}))
    (fields,) = [effect.fields for effect in desk.of(outcome, UpdateProceeding)]
    assert (fields["spent"], fields["facts"]["left"], fields["submitted_on"]) == (spent, left, date(2026, 6, 14))
    assert fields["facts"]["by_purpose"] == {"travel": 30.0, "conference": 20.0}
    assert said in desk.told(outcome, "host")


@pytest.mark.article("19")
def test_report_is_asked_for_and_urged():
    asked = reward.request_report(case(data={"use_report_requested": {"due_on": "2028-06-30"}, "award": AWARD}))
    assert asked.data["due_on"] == "2028-06-30"
    assert reward.request_report(case(data={"award": AWARD})).data["due_on"] == "2029-06-15"
    urged = reward.urge_report(case())
    assert desk.of(urged, Urge)[0].element == "report_use"
    assert desk.of(urged, UpdateProceeding)[0].fields == {"late": True}


@pytest.mark.article("22")
@pytest.mark.parametrize(
    ("rows", "payload", "amount", "said"),
    [
        ([{"case": "case-1", "left": 30, "handling": "recover"}], {"case": "cx"}, 50, "未使用的30万元收回"),
        ([{"case": "other", "left": 30, "handling": "recover"}], {"case": "cx"}, 50, "原因：基地资格已终止"),
        ([], {}, 50, "原因：基地资格已终止"),
        ([], {"case": "cx", "reason": "基地资格已取消"}, None, "尚未拨付，不再拨付"),
    ],
)
def test_ended_base_settles_the_rest_as_its_decision_says(rows, payload, amount, said):
    shelf = endings.Shelf(contents={"cx": {"register_document": {"rewards": rows}}})
    proceeding = {"status": "using", "amount": amount, "facts": {}}
    outcome = reward.settle(case(shelf, data={"base_terminal": payload}, proceeding=proceeding))
    assert said in desk.told(outcome, "host")


@pytest.mark.article("19")
def test_no_reward_has_its_reason():
    outcome = reward.decline(case(data={"register": {"opinion": "未安排资金。"}}))
    assert "理由：未安排资金。" in desk.told(outcome, "host")
