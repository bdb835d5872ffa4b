"""One application (第十一条): its checks, its way, every end."""

from __future__ import annotations

from datetime import date

import pytest

from handlers import designation
from handlers.vocabulary import BpmnError, Notify, Urge
from tests.handlers import desk, given

FORM = given.form("joint_rd")
BAN = {
    "uscc": given.COMPANY,
    "scope": "host",
    "starts_on": date(2024, 1, 10),
    "ends_on": date(2027, 1, 10),
    "doc_no": "浙科发外〔2024〕3号",
}


def manual(case):
    """Rows that tick every item a person has to judge."""
    findings = designation.check_application(case).data["findings"]
    return [{"rule_id": f["rule_id"], "confirmed": True} for f in findings if f["status"] == "manual"]


def with_form(shelf=None, form=FORM, **facts):
    forms = {"application": form, **facts.pop("forms", {})}
    return desk.case(shelf, forms=forms, **facts)


# ---- check_application


@pytest.mark.article("11(1)")
def test_complete_application_may_be_handed_in():
    assert desk.errors(designation.check_application(with_form())) == {}


@pytest.mark.article("22")
def test_ban_keeps_the_application_back_and_says_until_when():
    errors = desk.errors(designation.check_application(with_form(desk.Shelf(ban_rows=[BAN]))))
    assert "2027-01-11起可再次申报" in errors["uscc"]


@pytest.mark.article("8(2)")
def test_two_partners_need_an_explanation_and_then_pass():
    """第八条（二）“一般应”：不足三个要说明，说明后可提交。"""
    form = given.form("joint_rd", partners=FORM["partners"][:2])
    assert "J6" not in str(desk.errors(designation.check_application(with_form(form=form))))
    assert "explanations" in desk.errors(designation.check_application(with_form(form=form)))
    explained = {**form, "explanations": [{"rule_id": "J6", "text": "第三家机构的协议正在续签，预计年内完成。"}]}
    assert desk.errors(designation.check_application(with_form(form=explained))) == {}


def test_findings_are_plain_values_with_their_article():
    findings = designation.check_application(with_form()).data["findings"]
    assert {"rule_id", "status", "article", "message", "evidence"} <= set(findings[0])


def test_two_faults_of_one_field_are_told_together():
    form = given.form("joint_rd", uscc="111111111111111111", entity_status="deregistered")
    errors = desk.errors(designation.check_application(with_form(form=form)))
    assert "entity_status" in errors
    assert errors["uscc"]


# ---- the recommender


@pytest.mark.article("11(2)")
def test_opinion_needs_every_manual_item_ticked_and_the_truth_confirmed():
    bare = with_form(forms={"recommend_opinion": {}})
    assert set(desk.errors(designation.check_opinion(bare))) == {"eligibility_confirmed", "truth_checked"}
    opinion = {"eligibility_confirmed": manual(with_form()), "truth_checked": True}
    assert desk.errors(designation.check_opinion(with_form(forms={"recommend_opinion": opinion}))) == {}


def test_recommender_cannot_pass_a_failed_condition():
    form = given.form("joint_rd", entity_status="deregistered")
    opinion = {"eligibility_confirmed": manual(with_form(form=form)), "truth_checked": True}
    errors = desk.errors(designation.check_opinion(with_form(form=form, forms={"recommend_opinion": opinion})))
    assert "不符合条件的不能推荐" in errors["eligibility_confirmed"]


@pytest.mark.parametrize(("rank", "fault"), [(None, True), (0, True), ("1.5", True), (1, False), (7, False)])
def test_rank_is_a_whole_number_from_one(rank, fault):
    case = with_form(forms={"recommend": {"rank": rank, "letter": "f"}})
    assert ("rank" in desk.errors(designation.check_recommendation(case))) is fault


def test_rank_taken_by_another_application_of_the_department_is_refused():
    others = [desk.application(3, recommend_rank=1), desk.application(2, recommend_rank=2)]
    case = with_form(desk.Shelf(application_rows=others), forms={"recommend": {"rank": 1, "letter": "f"}})
    assert "第3国际科技合作基地" in desk.errors(designation.check_recommendation(case))["rank"]


@pytest.mark.parametrize(
    ("quotas", "parameter", "refused"),
    [
        ({"city-330100": 1}, {}, True),
        ({"city-330100": 2}, {}, False),
        ({"default": 1}, {}, True),
        ({"city-330200": 1}, {}, False),
        ({}, {"default": 1}, True),
        ({}, {}, False),
        ({"city-330100": 0}, {}, True),
    ],
)
def test_quota_of_the_round_or_of_the_parameter_limits_the_department(quotas, parameter, refused):
    case = with_form(
        desk.Shelf(application_rows=[desk.application(3)]),
        forms={"recommend": {"rank": 1, "letter": "f"}},
        round={"id": "round-1", "quotas": quotas},
        parameters={"quota.by_recommender": parameter},
    )
    assert ("" in desk.errors(designation.check_recommendation(case))) is refused


def test_letter_of_recommendation_is_required():
    assert "letter" in desk.errors(designation.check_recommendation(with_form(forms={"recommend": {"rank": 1}})))


# ---- the Province


@pytest.mark.article("11(2)")
def test_province_may_overrule_a_failed_condition_with_its_reason():
    form = given.form("joint_rd", entity_status="deregistered")
    check = {"eligibility_confirmed": manual(with_form(form=form))}
    assert "overrides" in desk.errors(designation.check_formal(with_form(form=form, forms={"formal_check": check})))
    check["overrides"] = [{"rule_id": "C4", "reason": "登记机关已更正，附证明"}]
    officer = {"id": "p1", "name": "方宁", "role": "province_officer"}
    case = with_form(form=form, forms={"formal_check": check}, actor=officer)
    assert desk.errors(designation.check_formal(case)) == {}
    clerk = with_form(form=form, forms={"formal_check": check}, actor={**officer, "role": "recommender"})
    assert "overrides" in desk.errors(designation.check_formal(clerk))


def test_province_ticks_every_manual_item():
    assert "eligibility_confirmed" in desk.errors(designation.check_formal(with_form(forms={"formal_check": {}})))


def test_accept_numbers_the_application_and_tells_the_host():
    outcome = designation.accept(with_form())
    assert desk.fields(outcome)["accepted_no"] == "SL-GJ2026-0001"
    assert desk.fields(outcome)["status"] == "reviewing"
    assert "SL-GJ2026-0001" in desk.told(outcome, "host")


def test_accept_keeps_the_number_when_it_runs_again():
    case = with_form(application={"id": "case-1", "accepted_no": "SL-7"})
    assert desk.fields(designation.accept(case))["accepted_no"] == "SL-7"


@pytest.mark.article("22")
def test_ban_that_began_midway_stops_acceptance():
    with pytest.raises(BpmnError) as error:
        designation.accept(with_form(desk.Shelf(ban_rows=[BAN])))
    assert error.value.code == "banned"
    assert "浙科发外〔2024〕3号" in error.value.message


def test_ban_that_ended_yesterday_does_not_stop_acceptance():
    over = {**BAN, "ends_on": date(2026, 6, 14)}
    assert designation.accept(with_form(desk.Shelf(ban_rows=[over]))).data["accepted_no"]


# ---- its way


def test_register_application_writes_the_summary_row():
    fields = desk.fields(designation.register_application(with_form()))
    assert fields["base_name"] == "青禾新材料国际科技合作基地"
    assert fields["leader"] == "周远"
    assert fields["main_regions"] == ["DEU", "NLD"]
    assert fields["status"] == "host_approval"


def test_eligibility_says_who_returned_it_and_how_many_returns_are_left():
    first = designation.register_application(with_form()).data
    assert (first["returned_by"], first["returns_left"]) == ("", {"recommender": 2, "province": 2})
    later = {"correction": {"returned_by": "province", "returns": {"recommender": 1, "province": 2}}}
    second = designation.check_eligibility(with_form(data=later)).data
    assert (second["returned_by"], second["returns_left"]) == ("province", {"recommender": 1, "province": 0})


@pytest.mark.article("11(1)")
def test_routing_follows_master_data_and_keeps_the_first_day_of_submission():
    outcome = designation.route_recommender(with_form())
    assert outcome.data["recommender"] == "city-330100"
    assert desk.fields(outcome)["submitted_on"] == desk.TODAY
    again = with_form(application={"id": "case-1", "submitted_on": date(2026, 6, 1)})
    assert "submitted_on" not in desk.fields(designation.route_recommender(again))


def test_routing_without_master_data_is_an_error_that_says_what_to_do():
    with pytest.raises(LookupError, match="请省科技厅"):
        designation.route_recommender(with_form(desk.Shelf(recommenders={})))


def test_urging_marks_the_opinion_and_ends_nothing():
    (urge,) = designation.urge_recommender(with_form()).effects
    assert isinstance(urge, Urge)
    assert urge.element == "recommender_review"


def test_opinion_makes_the_application_ranked():
    outcome = designation.record_opinion(with_form(forms={"recommend_opinion": {"basis": 90, "plan": 85}}))
    assert desk.fields(outcome) == {"status": "ranked"}
    assert outcome.data["basis"] == 90


def test_recommendation_carries_its_rank_to_the_province():
    case = with_form(forms={"recommend": {"rank": 3}}, data={"routing": {"name": "杭州市科学技术局"}})
    outcome = designation.record_recommendation(case)
    assert desk.fields(outcome) == {"status": "formal_check", "recommend_rank": 3}
    assert "杭州市科学技术局" in desk.told(outcome, "host")


def test_taken_over_application_has_no_rank():
    outcome = designation.record_recommendation(with_form(data={"taken_over": {"reason": "逾期"}}))
    assert desk.fields(outcome)["recommend_rank"] is None
    assert outcome.data["taken_over"] is True
    assert "代为办理" in desk.told(outcome, "host")


def test_first_return_counts_for_the_recommender_and_names_the_last_day():
    items = [{"field": "partners", "problem": "缺扫描件", "required": "补充协议扫描件"}]
    case = with_form(
        forms={"recommend_opinion": {"correction_items": items}}, data={"recommender_review": {"outcome": "return"}}
    )
    outcome = designation.record_return(case)
    assert outcome.data["returned_by"] == "recommender"
    assert outcome.data["returns"] == {"recommender": 1, "province": 0}
    assert outcome.data["items"] == [{"field": "partners", "required": "补充协议扫描件"}]
    assert outcome.data["due_on"] == "2026-06-30"  # 端午节 19 June is a rest day
    assert desk.fields(outcome) == {"status": "correcting"}
    assert "需补正1处，请于2026年6月30日前" in desk.told(outcome, "host")


def test_second_return_by_the_province_keeps_the_first_count():
    data = {"correction": {"returns": {"recommender": 1, "province": 0}}, "formal_check": {"outcome": "return"}}
    outcome = designation.record_return(with_form(data=data))
    assert outcome.data["returned_by"] == "province"
    assert outcome.data["returns"] == {"recommender": 1, "province": 1}


def test_return_by_the_recommender_after_the_province_gave_it_back_is_the_recommenders():
    outcome = designation.record_return(with_form(data={"formal_check": {"outcome": "return_recommender"}}))
    assert outcome.data["returned_by"] == "recommender"


# ---- ends


@pytest.mark.article("11(4)")
def test_designated_host_reads_document_and_category():
    outcome = designation.conclude(
        with_form(data={"decided": {"decision": "approve", "doc_no": "浙科发外〔2026〕15号"}})
    )
    assert desk.fields(outcome)["status"] == "designated"
    assert "由浙科发外〔2026〕15号认定为省科技厅国际科技合作基地（联合研发类）" in desk.told(outcome, "host")
    assert "复核" not in desk.told(outcome, "host")


@pytest.mark.parametrize(("decision", "end"), [("defer", "deferred"), ("refuse", "refused")])
def test_adverse_decision_has_its_reason_and_the_way_to_reconsideration(decision, end):
    outcome = designation.conclude(with_form(data={"decided": {"decision": decision, "reason": "布局重复"}}))
    assert desk.fields(outcome) == {"status": end, "decision_reason": "布局重复"}
    assert "布局重复" in desk.told(outcome, "host")
    assert "10个工作日内向省科技厅申请复核" in desk.told(outcome, "host_admin")


@pytest.mark.parametrize(
    ("close", "data", "end", "word"),
    [
        (
            "refuse_recommendation",
            {"recommender_review": {"opinion": "合作基础薄弱。"}},
            "not_recommended",
            "合作基础薄弱",
        ),
        ("refuse_recommendation", {"silent_closed": {"reason": "逾期未推荐"}}, "not_recommended", "逾期未推荐"),
        ("refuse_acceptance", {"formal_check": {"opinion": "材料不全"}}, "not_accepted", "材料不全"),
        ("stop_cancelled", {"round_cancelled": {"reason": "政策调整"}}, "round_cancelled", "政策调整"),
        ("close_unsubmitted", {}, "not_submitted", "未在规定时间内报送"),
        ("withdraw", {}, "withdrawn", "已撤回"),
        ("lapse", {"correction": {"due_on": "2026-06-30"}}, "withdrawn", "2026年6月30日"),
        ("lapse", {}, "withdrawn", "规定期限"),
    ],
)
def test_every_end_writes_its_status_and_tells_the_host_why(close, data, end, word):
    outcome = getattr(designation, close)(with_form(data=data))
    assert outcome.data["end"] == end
    assert desk.fields(outcome)["status"] == end
    assert word in desk.told(outcome, "host")
    assert len(desk.of(outcome, Notify)) == 2


@pytest.mark.parametrize("close", ["refuse_recommendation", "refuse_acceptance", "stop_banned"])
def test_adverse_ends_name_the_way_to_reconsideration(close):
    assert "申请复核" in desk.told(getattr(designation, close)(with_form()), "host")


@pytest.mark.article("22")
def test_banned_host_reads_document_and_first_day_allowed():
    outcome = designation.stop_banned(with_form(desk.Shelf(ban_rows=[BAN])))
    assert "2027年1月11日起可再次申报" in desk.told(outcome, "host")


def test_rescinded_ban_is_not_quoted():
    lifted = {**BAN, "rescinded_on": date(2026, 1, 1)}
    data = {"base_host_banned": {"reason": "省科技厅另有决定"}}
    outcome = designation.stop_banned(with_form(desk.Shelf(ban_rows=[lifted]), data=data))
    assert outcome.data["reason"] == "省科技厅另有决定"


@pytest.mark.article("22")
def test_only_the_ban_that_hits_is_quoted():
    """domain.md 3.4：范围为另一基地的限制不作为终止理由；负责人受限的写明负责人。"""
    other = {**BAN, "scope": "base", "base_name": "另一基地", "leader": "另一人", "field_code": "other-field"}
    data = {"base_host_banned": {"reason": "见取消资格决定"}}
    outcome = designation.stop_banned(with_form(desk.Shelf(ban_rows=[other]), data=data))
    assert outcome.data["reason"] == "见取消资格决定"
    leader = {**BAN, "scope": "host_and_leader", "uscc": "91330300MAXXXX0660", "leader": given.form()["leader"]["name"]}
    outcome = designation.stop_banned(with_form(desk.Shelf(ban_rows=[leader])))
    assert outcome.data["reason"].startswith(f"负责人{leader['leader']}因")
