"""取消资格: grounds, opening, verification, decision, dates and effects, without a database."""

from __future__ import annotations

from datetime import date

import pytest

from handlers import revocation, revocation_grounds
from handlers.vocabulary import (
    Deliver,
    EndBase,
    HoldOthers,
    IssueDocument,
    OpenBan,
    ReleaseOthers,
    UpdateProceeding,
)
from tests.handlers import desk, endings, given
from webapp.demo import revocation_sheets as sheets

G3 = {"findings": [{"finding": "G3.first", "result": "found", "basis": "查实"}], "facts": "协议系伪造。"}


def opened(*grounds, **facts):
    """A file opened for these grounds, under verification."""
    forms = {"open_case": sheets.opening(*grounds), **facts.pop("forms", {})}
    data = {"open_case": {"outcome": "open"}, **facts.pop("data", {})}
    return endings.case(facts.pop("shelf", None), forms=forms, data=data, **facts)


def errors(check, form, content, **facts):
    forms = {**facts.pop("forms", {}), form: content}
    return desk.errors(check(opened(*facts.pop("grounds", ()), forms=forms, element=form, **facts)))


# ---- grounds


@pytest.mark.article("22")
def test_grounds_are_cited_in_the_order_of_the_article():
    assert revocation_grounds.cited(["G3", "G1"]) == "第二十二条第（一）项、第（三）项"
    assert revocation_grounds.cited(["G2"]) == "第十八条、第二十二条第（二）项"
    assert revocation_grounds.named(["G6", "G1"]).endswith("其他不宜继续作为国合基地存续的情形")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"ground": "G1", "facts": "未报", "source": "case-7"}, [("G1", "未报", "case-7")]),
        ({"grounds": [{"ground": "G2", "facts": "两次", "source": "e"}, {"ground": "G9"}]}, [("G2", "两次", "e")]),
        ({"grounds": "G1"}, []),
        ({}, []),
    ],
)
def test_proposals_are_read_in_either_form(data, found):
    rows = revocation_grounds.proposals(data)
    assert [(row["ground"], row["facts"], row["source"]) for row in rows] == found


# ---- opening


@pytest.mark.article("22")
def test_file_shows_proposals_and_what_the_register_knows():
    shelf = endings.Shelf(
        mark_rows=[
            {"kind": "undeclared_change", "period": "x", "text": "疑似未经审批变更", "raised_on": date(2026, 2, 1)}
        ],
        proceeding_rows=[
            endings.proceeding("annual_report", period="2025", late=True, submitted_on=None, due_on=date(2026, 1, 31)),
            endings.proceeding("evaluation", grade="unqualified", decided_on=date(2025, 6, 1)),
        ],
    )
    begun = {"ground": "G1", "facts": "2025年度报告未报。", "source": "case-7"}
    outcome = revocation.prepare(endings.case(shelf, data={"begun": begun}))
    assert [row["text"] for row in outcome.data["clues"]] == [
        "疑似未经审批变更",
        "2025年度报告未提交",
        "绩效评价：不合格",
    ]
    assert outcome.data["proposals"][0]["label"].startswith("无正当理由")
    assert "请立案审查" in desk.told(outcome, "province_officer")
    assert desk.of(revocation.prepare(endings.case()), UpdateProceeding)[0].fields == {"kind": ""}
    assert desk.told(revocation.prepare(endings.case()), "province_officer") == ""


@pytest.mark.parametrize(
    ("ground", "missing", "field"),
    [
        pytest.param("G1", "first", "first", marks=pytest.mark.article("22(1)")),
        pytest.param("G1", "second", "second", marks=pytest.mark.article("22(1)")),
        pytest.param("G3", "first", "first", marks=pytest.mark.article("22(3)")),
        pytest.param("G4", "third", "first", marks=pytest.mark.article("22(4)")),
        pytest.param("G5", "second", "second", marks=pytest.mark.article("22(5)")),
        pytest.param("G6", "first", "first", marks=pytest.mark.article("22(6)")),
    ],
)
def test_a_file_is_not_opened_on_half_a_ground(ground, missing, field):
    """第二十二条：条件缺一的不立案，提示落在缺的那一项。"""
    content = {"grounds": [sheets.card(ground, **{missing: False})], "summary": "x"}
    found = errors(revocation.check_opening, "open_case", content)
    assert set(found) == {f"grounds.0.{field}"}
    assert errors(revocation.check_opening, "open_case", sheets.opening(ground)) == {}


@pytest.mark.article("22(2)")
@pytest.mark.parametrize(
    ("grades", "opens"),
    [
        (["unqualified", "unqualified"], True),
        (["unqualified", "excellent", "unqualified"], False),
        (["unqualified"], False),
        (["excellent", "unqualified", "unqualified"], False),
        ([], False),
    ],
)
def test_two_results_running_stand_in_the_register(grades, opens):
    """`grades`: the latest first."""
    rows = [
        endings.proceeding("evaluation", id=f"e{n}", grade=grade, decided_on=date(2026 - n, 6, 1))
        for n, grade in enumerate(grades)
    ]
    shelf = endings.Shelf(proceeding_rows=rows)
    found = errors(revocation.check_opening, "open_case", sheets.opening("G2"), shelf=shelf)
    assert (found == {}) is opens


@pytest.mark.article("22(2)")
def test_results_imported_from_the_old_rules_do_not_count_unless_the_import_says_so():
    old = endings.proceeding("evaluation", id="old", case_id=None, grade="unqualified", decided_on=date(2020, 1, 1))
    new = endings.proceeding("evaluation", grade="unqualified", decided_on=date(2026, 1, 1))
    shelf = endings.Shelf(proceeding_rows=[old, new])
    assert errors(revocation.check_opening, "open_case", sheets.opening("G2"), shelf=shelf)
    counted = endings.Shelf(proceeding_rows=[{**old, "facts": {"counts": True}}, new])
    assert errors(revocation.check_opening, "open_case", sheets.opening("G2"), shelf=counted) == {}


@pytest.mark.article("22")
def test_one_ground_is_one_card_and_every_proposal_is_answered():
    twice = {"grounds": [sheets.card("G3"), sheets.card("G3")]}
    assert "请合并" in errors(revocation.check_opening, "open_case", twice)["grounds.1.ground"]
    data = {"file": {"proposals": [{"ground": "G5", "facts": "x", "source": "", "source_number": "", "on": ""}]}}
    found = errors(revocation.check_opening, "open_case", sheets.opening("G3"), data=data)
    assert "proposals.0.handling" in found
    aside = sheets.opening("G3", proposals=[{"no": "1", "handling": "not_taken", "reason": "未影响运行"}])
    assert errors(revocation.check_opening, "open_case", aside, data=data) == {}


@pytest.mark.article("22")
def test_opening_holds_the_others_and_tells_the_sides():
    outcome = revocation.open_file(opened("G3"))
    assert desk.of(outcome, HoldOthers)
    assert "立案（CX-2026-0001）" in desk.told(outcome, "host")
    assert desk.told(outcome, "recommender")
    assert outcome.data["cited"] == "第二十二条第（三）项"


@pytest.mark.article("22(4)")
@pytest.mark.parametrize(
    ("grounds", "chosen", "orgs"),
    [
        (("G5",), [], ["province-fg"]),
        (("G3",), [], ["province-fg", "province-jd"]),
        (("G4", "G5"), ["province-zg"], ["province-fg", "province-jd", "province-zg"]),
    ],
)
def test_who_cosigns_is_a_parameter(grounds, chosen, orgs):
    value = {"all": ["province-fg"], "G3": ["province-jd"], "G4": ["province-jd"]}
    case = opened(*grounds, parameters={"revocation.cosign": value})
    case.forms["open_case"]["cosign_orgs"] = chosen
    assert list(revocation.prepare_cosign(case).data) == orgs


@pytest.mark.article("22")
def test_grounds_come_and_go():
    case = opened(
        "G3", data={"ground_added": {"ground": "G5", "facts": "x"}}, proceeding={"status": "deciding", "facts": {}}
    )
    added = revocation.add_ground(case)
    assert "须退回核实并另行告知" in desk.told(added, "province_officer")
    assert desk.of(added, UpdateProceeding)[0].fields == {"kind": "G3,G5"}
    assert revocation.add_ground(opened("G3", data={"ground_added": {"x": 1}})).effects == ()
    gone = revocation.remove_ground(opened("G3", data={"added": dict(added.data), "ground_removed": {"ground": "G3"}}))
    assert (gone.data["left"], desk.of(gone, Deliver)) == (["G5"], [])
    last = revocation.remove_ground(opened("G3", data={"ground_removed": {"ground": "G3", "reason": "更正"}}))
    assert desk.of(last, Deliver) == [Deliver("withdraw_case", "case-1", {"reason": "更正"})]


# ---- verification


@pytest.mark.article("22")
def test_notice_needs_an_established_ground():
    assert errors(revocation.check_verification, "verify", G3, grounds=("G3",)) == {}
    none = {"findings": [{"finding": "G3.first", "result": "not_found"}]}
    assert "没有成立的情形" in errors(revocation.check_verification, "verify", none, grounds=("G3",))["findings"]
    removed = {"removed": {"grounds": ["G3"]}}
    assert errors(revocation.check_verification, "verify", G3, grounds=("G3",), data=removed)


@pytest.mark.article("12(3)")
def test_rectification_is_ordered_in_writing():
    verify = {**G3, "rectify_items": [{"item": "制度缺失", "requirement": "建立制度"}], "rectify_until": "2026-07-15"}
    outcome = revocation.order_rectification(opened("G3", forms={"verify": verify}))
    assert (outcome.data["due_on"], outcome.data["round"]) == ("2026-07-15", 1)
    (document,) = desk.of(outcome, IssueDocument)
    assert (document.kind, document.content["items"]) == (
        "rectification_order",
        [{"item": "制度缺失", "requirement": "建立制度"}],
    )
    past = revocation.order_rectification(opened("G3", forms={"verify": {**verify, "rectify_until": "2026-01-01"}}))
    assert past.data["due_on"] == "2026-06-15"


@pytest.mark.article("22")
@pytest.mark.parametrize(
    ("result", "data", "reason"),
    [
        ("not_opened", {"open_case": {"outcome": "decline", "opinion": "线索不实。"}}, "线索不实"),
        ("closed", {"verify": {"outcome": "close", "opinion": "不成立。"}}, "不成立"),
        (
            "closed",
            {"decide": {"outcome": "not_revoke", "opinion": "情节轻微"}, "notice": {"on": "2026-06-01"}},
            "情节轻微",
        ),
        ("closed", {"withdraw_case": {"reason": "重复立案"}, "verify": {"opinion": "x"}}, "重复立案"),
        ("rectified", {"verify": {"opinion": "已到位"}}, "已到位"),
        ("ended", {"base_terminal": {"reason": "基地已主动退出"}}, "基地已主动退出"),
        ("closed", {}, "详见办理意见"),
    ],
)
def test_every_end_without_effect_says_why_and_releases(result, data, reason):
    outcome = revocation.close(endings.case(data=data), result)
    assert outcome.data["reason"] == reason
    (fields,) = [effect.fields for effect in desk.of(outcome, UpdateProceeding)]
    assert (fields["status"], fields["note"]) == (result, reason)
    assert desk.of(outcome, ReleaseOthers)
    assert bool(desk.of(outcome, IssueDocument)) is ("notice" in data)


# ---- decision, document, service


@pytest.mark.article("22")
def test_decision_rests_on_what_was_told():
    notice = {"grounds": ["G3"], "on": "2026-06-01"}
    case = {"data": {"notice": notice}, "grounds": ("G3",)}
    content = sheets.decision(date(2026, 6, 15), "G3")
    assert errors(revocation.check_decision, "decide", content, **case) == {}
    assert (
        "未经事先告知"
        in errors(revocation.check_decision, "decide", {**content, "grounds": ["G3", "G5"]}, **case)["grounds"]
    )
    early = errors(revocation.check_decision, "decide", {**content, "meeting_on": "2026-05-31"}, **case)
    assert early == {"meeting_on": "决定不能早于事先告知。"}
    gone = errors(revocation.check_decision, "decide", content, base_changes={"status": "exited"}, **case)
    assert gone.keys() == {""}
    assert (
        errors(revocation.check_decision, "decide", content, base_changes={"status": "transferred_national"}, **case)
        == {}
    )


@pytest.mark.article("24")
def test_transfer_does_not_erase_a_ground():
    """domain.md 3.6：已转国家级的，由经办决定是否继续；作出决定的只产生限制申报，不改国家级的记载。"""
    data = {"effect": {"on": "2026-06-10", "ends_on": "2029-06-10"}, "document": {"doc_no": "x", "scope": "host"}}
    outcome = revocation.take_effect(endings.case(data=data, base_changes={"status": "transferred_national"}))
    assert (len(desk.of(outcome, OpenBan)), desk.of(outcome, EndBase)) == (1, [])


@pytest.mark.article("22")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"doc_no": "科发23"}, "doc_no"),
        ({"doc_no": "浙科发外〔2026〕8号"}, "doc_no"),
        ({"issued_on": "2026-06-16"}, "issued_on"),
        ({"issued_on": "2026-06-09"}, "issued_on"),
        ({"issued_on": "2026-06-12", "effective_on": "2026-06-11"}, "effective_on"),
        ({"rewards": [{"case": "r", "left": 20, "handling": "part", "recovered": 21}]}, "rewards.0.recovered"),
        ({"rewards": [{"case": "r", "left": 20, "handling": "part", "recovered": 0}]}, "rewards.0.recovered"),
    ],
)
def test_document_has_a_free_number_and_possible_dates(changes, field):
    shelf = endings.Shelf(document_rows=[{"doc_no": "浙科发外〔2026〕8号"}])
    content = sheets.document(date(2026, 6, 15), **changes)
    forms = {"decide": {"meeting_on": "2026-06-10"}}
    assert field in errors(revocation.check_document, "register_document", content, shelf=shelf, forms=forms)


@pytest.mark.article("18")
@pytest.mark.parametrize(
    ("policy", "on", "ends", "allowed"),
    [
        ("document_date", "2026-04-10", "2029-04-10", "2029-04-11"),
        ("service_date", "2026-04-16", "2029-04-16", "2029-04-17"),
        ("effective_date", "2026-05-01", "2029-05-01", "2029-05-02"),
    ],
)
def test_dates_of_the_ban(policy, on, ends, allowed):
    """domain.md 3.1."""
    forms = {"register_document": {"effective_on": "2026-05-01"}, "serve": {"served_on": "2026-04-16"}}
    data = {"document": {"issued_on": "2026-04-10"}}
    found = revocation.fix_dates(endings.case(forms=forms, data=data, parameters={"ban.start": policy})).data
    assert (found["on"], found["ends_on"], found["first_day_allowed"]) == (on, ends, allowed)


@pytest.mark.article("18")
def test_leap_day_of_the_ban():
    data = {"document": {"issued_on": "2028-02-29"}}
    found = revocation.fix_dates(endings.case(data=data, today=date(2028, 2, 29))).data
    assert (found["ends_on"], found["first_day_allowed"]) == ("2031-02-28", "2031-03-01")


@pytest.mark.article("22")
def test_service_follows_the_document():
    data = {"document": {"issued_on": "2026-06-10"}}
    for day, field in (("2026-06-09", "served_on"), ("2026-06-16", "served_on")):
        assert field in errors(revocation.check_service, "serve", {"served_on": day}, data=data)
    assert errors(revocation.check_service, "serve", {"served_on": "2026-06-12"}, data=data) == {}


@pytest.mark.article("22")
@pytest.mark.parametrize(("scope", "stopped"), [("host", 2), ("base", 1), ("host_and_leader", 3)])
def test_everything_happens_at_once(scope, stopped):
    """第二十二条：资格、限制、受限申报、告知在同一步。"""
    rows = [
        desk.application(1, uscc=given.COMPANY),
        desk.application(2, leader="周远"),
        desk.application(3, uscc=given.COMPANY, leader="周远"),
    ]
    data = {
        "effect": {"on": "2026-06-10", "ends_on": "2029-06-10"},
        "document": {"doc_no": "浙科发外〔2026〕45号", "scope": scope},
    }
    facts = {"grounds": ["G2"], "spare": 1}
    case = endings.case(
        endings.Shelf(application_rows=rows), data=data, proceeding={"status": "serving", "facts": facts}
    )
    outcome = revocation.take_effect(case)
    (ban,) = desk.of(outcome, OpenBan)
    assert ban == OpenBan(given.COMPANY, scope, date(2026, 6, 10), date(2029, 6, 10), "浙科发外〔2026〕45号", "base-1")
    (end,) = desk.of(outcome, EndBase)
    assert (end.status, end.on, end.doc_no) == ("revoked", date(2026, 6, 10), "浙科发外〔2026〕45号")
    assert len(desk.of(outcome, Deliver)) == stopped
    assert {message.message for message in desk.of(outcome, Deliver)} == {"base_host_banned"}
    assert desk.names(outcome.effects).index("OpenBan") < desk.names(outcome.effects).index("EndBase")
    said = desk.told(outcome, "host")
    assert "依据第十八条、第二十二条第（二）项" in said
    assert "2029年6月11日起可再次申报" in said
    assert "60日内依法向浙江省人民政府申请行政复议" in said
    (fields,) = [effect.fields for effect in desk.of(outcome, UpdateProceeding)]
    assert fields["facts"]["ban_until"] == "2029-06-10"
    assert fields["facts"]["spare"] == 1


# ---- what forms open with, what the papers say


@pytest.mark.article("22")
def test_forms_open_with_the_file():
    verify = {"findings": [{"finding": "G3.first", "result": "found"}], "facts": "协议系伪造。"}
    data = {
        "opinion": {"given": True, "view": "support", "opinion": "属实"},
        "cosign": {"province-jd": {"outcome": "remark", "opinion": "补充证据。", "opinion_text": "程序合规。"}},
        "notice": {"grounds": ["G3", "G5"], "intended": "拟取消", "on": "2026-06-01"},
        "removed": {"grounds": ["G5"]},
        "hearing": {"how": "heard", "hearing": True},
        "file": {"proposals": [{"ground": "G3", "facts": "x", "source": "c", "source_number": "", "on": ""}]},
    }
    review = {"points": [{"point": "一", "result": "rejected", "reason": "不成立"}]}
    reward = endings.proceeding("reward", amount=50, spent=20, facts={"round_name": "2024年评价"})
    spent = endings.proceeding("reward", id="r2", amount=50, spent=50)
    case = opened(
        "G3",
        shelf=endings.Shelf(proceeding_rows=[reward, spent]),
        forms={"verify": verify, "review_statement": review, "decide": {"ban_scope": "base"}},
        data=data,
        parameters={"ban.scope": "base", "ban.start": "service_date"},
    )
    found = revocation.prior(case).data
    assert [row["view"] for row in found["opinions"]] == ["建议取消资格", "同意并提出意见"]
    assert found["opinions"][1]["opinion"] == "补充证据；程序合规"
    assert (found["established"], found["told_ids"], found["scope"]) == (["G3"], ["G3"], "base")
    assert (found["ban_start"], found["decided_scope"], found["years"]) == ("service_date", "base", 3)
    assert found["points"] == [{"point": "一", "result": "不采纳", "reason": "不成立"}]
    assert found["rewards"] == [{"case": "reward-1", "title": "2024年评价", "left": 30.0}]
    assert found["cards"][0]["source"] == "c"
    assert revocation.prior(endings.case()).data["cited"] == ""


@pytest.mark.article("13(4)")
def test_silent_department_is_on_record():
    assert revocation.record_opinion(opened("G3")).data == {"given": False, "view": "", "opinion": ""}
    given_view = revocation.record_opinion(
        opened("G3", data={"opine": {"outcome": "oppose", "opinion": "教育为主"}})
    ).data
    assert (given_view["given"], given_view["view"], given_view["opinion"]) == (True, "oppose", "教育为主")
    assert errors(revocation.check_opinion, "opine", {"checked_on": "2026-06-16"}).keys() == {"checked_on"}


@pytest.mark.article("12(3)")
def test_rectified_items_are_done_already():
    items = [{"item": "一", "done_on": "2026-06-16"}, {"item": "二", "done_on": "2026-06-15"}, {"item": "三"}]
    assert errors(revocation.check_rectification, "rectify", {"items": items}).keys() == {"items.0.done_on"}


@pytest.mark.article("22")
@pytest.mark.parametrize(
    ("policy", "until", "from_text"),
    [("document_date", "2029-06-10", "决定成文之日"), ("service_date", "", "决定送达之日"), ("x", "", "决定成文之日")],
)
def test_decision_prints_scope_period_and_remedies(policy, until, from_text):
    forms = {
        "verify": {"facts": "协议系伪造。"},
        "decide": sheets.decision(date(2026, 6, 15), "G3", scope="host_and_leader"),
        "register_document": sheets.document(
            date(2026, 6, 10), title="", rewards=[{"case": "r", "title": "2024年评价", "left": 20, "handling": "keep"}]
        ),
    }
    outcome = revocation.issue(opened("G3", forms=forms, parameters={"ban.start": policy}))
    (document,) = desk.of(outcome, IssueDocument)
    assert document.title == "关于取消青禾新材料国际科技合作基地资格的决定"
    content = document.content
    assert (content["until"], content["from_text"]) == (until, from_text)
    assert content["scope_text"] == "依托单位和基地负责人"
    assert content["meeting"] == "2026年6月15日厅长办公会（厅长办公会纪要〔2026〕12号）"
    assert content["rewards"] == ["2024年评价：未使用的20万元不予收回。"]
    assert "6个月内依法向人民法院提起行政诉讼" in content["remedies"]


@pytest.mark.article("22")
def test_unreadable_cards_are_the_form_s_to_refuse():
    assert errors(revocation.check_opening, "open_case", {"grounds": [{"facts": "x"}]}) == {}
