"""绩效评价: one base from the snapshot to the grade; supplement, no-show, postponement, returns, consequences (第十八至二十二条)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.processes.evaluating import Evaluating
from tests.processes.story import Story
from webapp import clock
from webapp.demo import evaluation_sheets as sheets
from webapp.demo import sheets as others
from webapp.errors import Forbidden, Invalid, Rejected, Stale

HOST = "host-jhsf"


def began(story: Story, *, reports: bool = True, **changes: Any) -> tuple[Evaluating, str]:
    """The evaluation of one base, published on 2 March 2026: material by 30 March, opinion by 13 April."""
    story.today("2026-03-02")
    found = Evaluating(story, (HOST,), reports=reports)
    found.begins(**changes)
    return found, found.evaluations[HOST]


def no_show(policy: str) -> dict[str, Any]:
    return {"policy": {**sheets.set_up(date(2026, 3, 2))["policy"], "no_show": policy}}


# ---------------------------------------------------------------------------------------- the ordinary way


@pytest.mark.article("18", "15", "21")
def test_the_way_of_one_evaluation(story: Story) -> None:
    """第十八条：自评由年报带出，单位盖章，推荐部门出具意见和配套支持，定量计分，专家评审，提出建议，报批次。"""
    found, case = began(story)
    assert story.proceeding(case)["facts"]["round_name"] == "2026年度国际科技合作基地绩效评价"
    assert story.told(f"p-{HOST}", "请于2026年3月30日前填报自评材料")
    assert (story.elements(case), story.task(case, "self_assess").due_on) == (["self_assess"], date(2026, 3, 30))
    found.fills(case)
    assert story.proceeding(case)["status"] == "host_approval"
    story.does(case, "host_approve", "approve", sheets.host_approve(clock.today(), story.file_id))
    assert story.proceeding(case)["submitted_on"] == clock.today()
    assert story.task(case, "recommender_opinion").due_on == date(2026, 4, 13)
    found.opines(case)
    assert story.proceeding(case)["status"] == "reviewing"
    assert len(story.panel(case)) == 5
    found.scores(case, 0.9)
    lines = story.proceeding(case)["facts"]["quant"]
    assert {line["code"] for line in lines} >= {"channels_partners", "support_recommender_funds"}
    assert all(line["formula"] and line["values"] for line in lines)
    result = story.variables(case)["result"]
    assert result["total"] == round(result["quant"] + result["expert"], 2)
    found.suggests(case)
    assert (story.elements(case), story.proceeding(case)["status"]) == ([], "ready")


@pytest.mark.article("18")
def test_the_seal_is_another_person_s(story: Story) -> None:
    """单位审核须由填报人以外的人员办理，可以退回修改。"""
    found, case = began(story)
    content = sheets.self_assessment(clock.today(), found.prior(case), story.file_id)
    with pytest.raises(Forbidden):
        story.does(case, "self_assess", "submit", content, person="p-host-ywsl")
    found.fills(case)
    story.does(case, "host_approve", "return", {}, "请补充案例。")
    assert story.elements(case) == ["self_assess"]
    found.assesses(case)
    assert story.elements(case) == ["recommender_opinion"]


@pytest.mark.article("15")
def test_a_difference_from_the_reports_needs_its_reason(story: Story) -> None:
    """第十五条：与年度报告不一致的，逐项说明原因。"""
    found, case = began(story)
    content = sheets.self_assessment(clock.today(), found.prior(case), story.file_id)
    for row in content["figures"]:
        row.pop("reason")
    with pytest.raises(Invalid) as error:
        story.does(case, "self_assess", "submit", content)
    assert "figures.0.reason" in error.value.fields


def test_a_task_is_handed_in_once(story: Story) -> None:
    """两个页面同时提交：先到的有效。"""
    found, case = began(story)
    content = sheets.self_assessment(clock.today(), found.prior(case), story.file_id)
    task = story.task(case, "self_assess")
    person = story.owner(task)
    story.commands("submit", person, task.id, content, "submit")
    with pytest.raises(Stale):
        story.commands("submit", person, task.id, content, "submit")


@pytest.mark.article("21")
def test_the_department_says_why_there_is_no_support(story: Story) -> None:
    """第二十一条：没有配套支持的，说明原因。"""
    found, case = began(story)
    found.assesses(case)
    bare = sheets.recommender_opinion(clock.today(), funds=0)
    with pytest.raises(Invalid) as error:
        story.does(case, "recommender_opinion", "confirm", {k: v for k, v in bare.items() if k != "no_support_reason"})
    assert "no_support_reason" in error.value.fields
    story.does(case, "recommender_opinion", "confirm", bare)
    points = {row["code"]: row["points"] for row in story.proceeding(case)["facts"]["quant"]}
    assert (points["support_host_funds"], points["support_recommender_funds"]) == (4, 0)


@pytest.mark.article("13(4)")
def test_the_department_returns_twice_at_most(story: Story) -> None:
    """第十三条（四）：退回修改以两次为限；再退回时只能出具意见。"""
    found, case = began(story)
    found.assesses(case)
    for round_ in (1, 2):
        story.does(case, "recommender_opinion", "return", {}, f"第{round_}次退回。")
        assert story.task(case, "self_assess").due_on == date(2026, 3, 30)
        found.assesses(case)
    with pytest.raises(Invalid):
        story.does(case, "recommender_opinion", "return", {}, "第三次退回。")
    found.opines(case)
    assert len(story.panel(case)) == 5


@pytest.mark.article("13(4)")
def test_a_return_near_the_end_leaves_its_own_time(story: Story) -> None:
    """材料截止前退回的，至少有补正时限；逾期未改的以原材料参加。"""
    found, case = began(story)
    found.assesses(case)
    story.today("2026-03-27")
    story.does(case, "recommender_opinion", "return", {}, "请补充佐证。")
    assert story.task(case, "self_assess").due_on == date(2026, 4, 13)
    story.today("2026-04-14")
    assert story.elements(case) == ["recommender_opinion"]
    with pytest.raises(Invalid):
        story.does(case, "recommender_opinion", "return", {}, "再次退回。")
    found.opines(case)
    assert len(story.panel(case)) == 5


@pytest.mark.article("13(4)", "21")
def test_a_silent_department_is_urged_and_passed_over(story: Story) -> None:
    """推荐部门逾期只催办；宽限期满，评价继续进行，配套支持按未提供计。"""
    found, case = began(story)
    found.assesses(case)
    story.today("2026-04-14")
    assert (story.elements(case), story.task(case, "recommender_opinion").urged) == (["recommender_opinion"], 1)
    story.today("2026-04-20")
    assert story.elements(case) == ["recommender_opinion"]
    story.today("2026-04-21")
    assert len(story.panel(case)) == 5
    assert story.told(f"p-{HOST}", "逾期未对鉴湖师范大学国际科技合作基地出具评价意见")
    assert story.proceeding(case)["facts"]["opinion"] == "missing"
    found.scores(case, 0.9)
    found.suggests(case)
    assert story.proceeding(case)["status"] == "ready"


# ---------------------------------------------------------------------------------------- missing reports


def without_2024(story: Story) -> tuple[Evaluating, str]:
    story.today("2026-03-02")
    found = Evaluating(story, (HOST,), reports=False)
    for year in (2022, 2023, 2025):
        found.reports(HOST, year)
    found.begins()
    return found, found.evaluations[HOST]


@pytest.mark.article("22(1)", "15")
def test_a_missing_report_is_supplemented_in_the_evaluation(story: Story) -> None:
    """第二十二条（一）：评价期间补充提交的，予以消除。"""
    found, case = without_2024(story)
    assert story.elements(case) == ["self_assess", "supplement"]
    assert story.told(f"p-{HOST}", "缺2024年年度报告")
    story.does(case, "supplement", "submit", sheets.supplement(clock.today(), {"2024": "here"}, story.file_id))
    found.reviews(case)
    assert story.proceeding(case)["status"] == "ready"
    assert found.started("revocation") == []


@pytest.mark.article("22(1)")
def test_a_report_filed_meanwhile_cures_the_rest(story: Story) -> None:
    """在年度报告中补报的，自动核销。"""
    found, case = without_2024(story)
    found.reports(HOST, 2024, late=True, submitted_on=date(2026, 3, 10), status="archived_late")
    story.delivers(case, "report_filed", {"year": 2024})
    assert story.elements(case) == ["self_assess"]
    assert found.started("revocation") == []


@pytest.mark.article("22(1)")
def test_a_report_of_another_year_leaves_the_supplement_open(story: Story) -> None:
    story.today("2026-03-02")
    found = Evaluating(story, (HOST,), reports=False)
    found.reports(HOST, 2023)
    found.begins()
    case = found.evaluations[HOST]
    found.reports(HOST, 2024, submitted_on=date(2026, 3, 10))
    story.delivers(case, "report_filed", {"year": 2024})
    assert story.elements(case) == ["self_assess", "supplement"]


@pytest.mark.article("22(1)")
def test_a_report_that_stays_missing_proposes_the_ground(story: Story) -> None:
    """第二十二条（一）：评价期满仍未补充且未说明理由，系统提出情形一；由人立案。"""
    found, case = without_2024(story)
    found.assesses(case)
    story.today("2026-03-31")
    assert story.elements(case) == ["recommender_opinion"]
    (proposed,) = found.started("revocation")
    (ground,) = story.variables(proposed)["begun"]["grounds"]
    assert (ground["ground"], ground["source"]) == ("G1", case)
    found.opines(case)
    assert len(story.panel(case)) == 5


@pytest.mark.article("22(1)")
@pytest.mark.parametrize(("outcome", "proposed"), [("valid", 0), ("invalid", 1)])
def test_a_reason_is_judged_by_a_person(story: Story, outcome: str, proposed: int) -> None:
    """第二十二条（一）：说明理由的，由省科技厅认定有无正当理由。"""
    found, case = without_2024(story)
    story.does(case, "supplement", "submit", sheets.supplement(clock.today(), {"2024": "reason"}, story.file_id))
    assert story.elements(case) == ["judge_reason", "self_assess"]
    story.does(case, "judge_reason", outcome, sheets.judge_reason(), "经核实。")
    assert len(found.started("revocation")) == proposed
    assert story.elements(case) == ["self_assess"]


# ---------------------------------------------------------------------------------------- who does not take part


@pytest.mark.article("18")
def test_who_is_late_is_dealt_with_one_by_one(story: Story) -> None:
    """第十八条：逾期未提交的由省科技厅决定；准予延期的可在新的期限内提交。"""
    _, case = began(story)
    story.today("2026-03-31")
    assert (story.elements(case), story.proceeding(case)["status"]) == (["handle_no_show"], "no_show")
    with pytest.raises(Invalid) as error:
        story.does(case, "handle_no_show", "extend", sheets.no_show(clock.today()), "同意延期。")
    assert "until" in error.value.fields
    story.does(case, "handle_no_show", "extend", sheets.no_show(date(2026, 4, 10)), "同意延期。")
    assert story.task(case, "self_assess").due_on == date(2026, 4, 10)
    assert story.told(f"p-{HOST}", "请于2026年4月10日前提交")
    story.today("2026-04-11")
    assert story.elements(case) == ["handle_no_show"]
    story.does(case, "handle_no_show", "unqualified", sheets.no_show(), "两次逾期，按不合格处理。")
    assert story.proceeding(case)["status"] == "ready"
    assert story.proceeding(case)["facts"]["result"]["veto"] == "不参加评价"


@pytest.mark.article("18")
def test_late_at_the_seal_is_late(story: Story) -> None:
    """截止前填报而未经单位审核的，同样为逾期。"""
    found, case = began(story)
    found.fills(case)
    story.today("2026-03-31")
    assert story.elements(case) == ["handle_no_show"]


@pytest.mark.article("18", "22(2)")
def test_no_show_is_unqualified_where_the_round_says_so(story: Story) -> None:
    """批次规定不参加按不合格处理的，不经逐家决定，提交批次评议后由会议决定。"""
    found, case = began(story, **no_show("unqualified"))
    story.today("2026-03-31")
    assert story.elements(case) == []
    assert story.elements(found.round_id) == ["deliberate"]
    (row,) = found.matrix()
    assert (row["veto"], row["suggested"]) == ("不参加评价", "unqualified")
    found.deliberates()
    found.decides()
    found.issues()
    assert story.end(case) == "unqualified"
    assert len(found.started("improvement")) == 1


@pytest.mark.article("18")
def test_who_refuses_says_why(story: Story) -> None:
    """书面表示不参加评价的，按批次规定处理。"""
    _, case = began(story)
    with pytest.raises(Invalid):
        story.does(case, "self_assess", "refuse", {})
    story.does(case, "self_assess", "refuse", {}, "基地停止运行。")
    assert story.elements(case) == ["handle_no_show"]
    story.does(case, "handle_no_show", "unqualified", sheets.no_show(), "按不合格处理。")
    assert "按不合格处理" in story.proceeding(case)["facts"]["result"]["note"]


@pytest.mark.article("18", "23")
def test_a_postponement_is_asked_for_and_approved(story: Story) -> None:
    """第十八条、第二十三条：因不可抗力申请延期评价，经批准不计等次，其他环节随之终止。"""
    found, case = began(story)
    with pytest.raises(Forbidden):
        story.sends(case, "request_postponement", "p-dept-jyt", sheets.postponement(story.file_id))
    story.sends(case, "request_postponement", f"p-{HOST}", sheets.postponement(story.file_id))
    assert story.elements(case) == ["decide_postponement", "self_assess"]
    story.does(case, "decide_postponement", "approve", sheets.postponement_decision(), "情况属实，同意。")
    assert (story.end(case), story.proceeding(case)["status"], story.open(case)) == ("postponed", "postponed", [])
    assert story.proceeding(case)["grade"] is None
    assert story.end(found.round_id) == "closed_empty"


@pytest.mark.article("18")
def test_a_refused_postponement_leaves_everything_as_it_was(story: Story) -> None:
    found, case = began(story)
    story.sends(case, "request_postponement", f"p-{HOST}", sheets.postponement(story.file_id))
    story.does(case, "decide_postponement", "refuse", sheets.postponement_decision(), "不属于不可抗力。")
    assert story.elements(case) == ["self_assess"]
    assert story.told(f"p-{HOST}", "未获同意")
    found.assesses(case)
    with pytest.raises(Rejected):
        story.sends(case, "request_postponement", f"p-{HOST}", sheets.postponement(story.file_id))


# ---------------------------------------------------------------------------------------- experts, visit, veto


@pytest.mark.article("18")
def test_experts_stand_aside_and_are_replaced_as_for_applications(story: Story) -> None:
    """专家回避、补抽与申报评审相同；只对定性指标评分。"""
    found, case = began(story)
    found.assesses(case)
    found.opines(case)
    first, *rest = story.panel(case)
    aside = {"conflict_declared": "cooperation", "confidentiality": True, "conflict_note": "近三年有合作项目"}
    story.does(case, "score", "decline", aside, "有合作。", key=first)
    asked = story.variables(case)["indicators"]
    for person in rest:
        story.does(case, "score", "submit", sheets.score(asked, 0.8), key=person)
    (new,) = story.panel(case)
    assert new != first
    story.does(case, "score", "submit", sheets.score(asked, 0.8), key=new)
    story.does(case, "summarise", "confirm", sheets.summary())
    assert story.elements(case) == ["suggest_grade"]
    task_sheet = story.submitted_content(case, "shared/expert_score")
    assert {row["code"] for row in task_sheet["scores"]} == set(asked)
    assert task_sheet["grade"] == "qualified"


@pytest.mark.article("12(3)", "18")
def test_a_site_visit_may_change_the_total(story: Story) -> None:
    """第十二条（三）：现场考察核实数据，调整得分须说明理由；可以再次考察。"""
    found, case = began(story)
    found.assesses(case)
    found.opines(case)
    found.scores(case, 0.9)
    before = story.variables(case)["result"]["total"]
    story.does(case, "suggest_grade", "visit", {}, "数据差异较大，需现场核实。")
    assert (story.elements(case), story.task(case, "site_visit").due_on is not None) == (["site_visit"], True)
    story.does(case, "site_visit", "submit", sheets.site_visit(clock.today(), adjustment=-2.5))
    assert story.variables(case)["result"]["total"] == pytest.approx(before - 2.5)
    found.suggests(case)
    assert story.proceeding(case)["facts"]["result"]["adjustment"] == -2.5


@pytest.mark.article("22(3)", "18")
def test_a_veto_ends_as_unqualified(story: Story) -> None:
    """第二十二条（三）：发现虚假信息的，一票否决。"""
    found, case = began(story)
    found.assesses(case)
    found.opines(case)
    found.scores(case, 0.95)
    with pytest.raises(Invalid):
        found.suggests(case, veto=["false_data"], veto_facts="年报所列专利经查系伪造，附核查材料")
    story.does(case, "suggest_grade", "submit", sheets.suggest_grade(
        "unqualified", veto=["false_data"], veto_facts="年报所列专利经查系伪造，附核查材料"))  # fmt: skip
    (row,) = found.matrix()
    assert (row["veto"], row["suggested"]) == ("提供虚假信息", "unqualified")
    found.deliberates()
    found.decides()
    found.issues()
    assert story.end(case) == "unqualified"


# ---------------------------------------------------------------------------------------- consequences


@pytest.mark.article("18", "22(2)")
def test_second_unqualified_running_proposes_revocation(story: Story) -> None:
    """第十八条、第二十二条（二）：两轮连续不合格，系统提出取消资格建议，由人立案；其间经批准暂缓的不中断。"""
    found, first = began(story)
    found.reviews(first, 0.3)
    found.deliberates()
    found.decides()
    found.issues()
    assert (story.end(first), len(found.started("revocation"))) == ("unqualified", 0)
    story.today("2029-03-02")
    for year in (2026, 2027, 2028):
        found.reports(HOST, year)
    found.begins()
    skipped = found.evaluations[HOST]
    story.sends(skipped, "request_postponement", f"p-{HOST}", sheets.postponement(story.file_id))
    story.does(skipped, "decide_postponement", "approve", sheets.postponement_decision(), "同意。")
    story.today("2030-03-04")
    found.reports(HOST, 2029)
    found.begins()
    second = found.evaluations[HOST]
    found.reviews(second, 0.3)
    found.deliberates()
    found.decides()
    found.issues("浙科发外〔2030〕9号")
    assert story.end(second) == "unqualified"
    (proposed,) = found.started("revocation")
    (ground,) = story.variables(proposed)["begun"]["grounds"]
    assert ground["ground"] == "G2"
    assert "2026年度国际科技合作基地、2030年度国际科技合作基地绩效评价中连续两次“不合格”" in ground["facts"]
    assert story.told("p-officer", "系统已提出取消资格建议")
    assert story.base(found.bases[HOST]).status == "active"


@pytest.mark.article("18", "11(4)")
def test_reconsideration_changes_the_grade_and_what_followed(story: Story) -> None:
    """第十八条：不合格的可以申请复核；变更等次的，优化提升终止，连续次数重新计算。"""
    found, case = began(story)
    found.reviews(case, 0.3)
    found.deliberates()
    found.decides()
    found.issues()
    (improving,) = found.started("improvement")
    with pytest.raises(Rejected):
        story.starts("reconsideration", "p-host-ywsl", host_id="host-ywsl", parent_id=case)
    asked = story.starts("reconsideration", f"p-{HOST}", host_id=HOST, parent_id=case)
    story.does(asked, "request", "submit", others.reconsideration_request(story.file_id))
    story.does(asked, "examine", "submit", others.reconsideration_examination(clock.today(), "change"))
    with pytest.raises(Invalid) as error:
        story.does(asked, "decide", "change", others.reconsideration_decision(clock.today()), "原计分漏计两项成果。")
    assert "grade" in error.value.fields
    content = others.reconsideration_decision(clock.today(), grade="qualified")
    story.does(asked, "decide", "change", content, "原计分漏计两项成果。")
    row = story.proceeding(case)
    assert (row["grade"], row["status"], row["facts"]["grade_changed"]["from"]) == (
        "qualified",
        "qualified",
        "unqualified",
    )
    assert story.end(improving) == "ended_grade_changed"
    assert story.told(f"p-{HOST}", "评价等次变更为“合格”")


@pytest.mark.article("18")
def test_a_good_grade_gives_no_cause_for_reconsideration(story: Story) -> None:
    found, case = began(story)
    found.reviews(case, 0.7)
    found.deliberates()
    found.decides()
    found.issues()
    with pytest.raises(Rejected):
        story.starts("reconsideration", f"p-{HOST}", host_id=HOST, parent_id=case)


# ---------------------------------------------------------------------------------------- ended from outside


@pytest.mark.article("22", "23", "24")
@pytest.mark.parametrize("where", ["assessing", "opinion", "reviewing", "ready"])
def test_the_end_of_the_base_ends_its_evaluation(story: Story, where: str) -> None:
    """第二十二条至第二十四条：基地资格终止的，评价在任何环节随之终止。"""
    found, case = began(story)
    if where != "assessing":
        found.assesses(case)
    if where in ("reviewing", "ready"):
        found.opines(case)
    if where == "ready":
        found.scores(case, 0.7)
        found.suggests(case)
    assert story.proceeding(case)["status"] == where
    story.delivers(case, "base_terminal", {"kind": "exited", "reason": "基地已主动退出"})
    assert (story.end(case), story.proceeding(case)["status"]) == ("ended", "ended")
    assert (story.open(case), story.timers(case)) == ([], {})
    assert story.told(f"p-{HOST}", "绩效评价终止。原因：基地已主动退出")
    assert story.end(found.round_id) == ("closed_empty" if where != "ready" else None)


def test_limits_hold_while_the_server_stands_still(story: Story) -> None:
    """停机期间到期的，开机后按到期日处理，次序不变。"""
    found, case = began(story)
    story.stops("2026-04-05T09:00")
    story.works()
    assert story.elements(case) == ["handle_no_show"]
    assert clock.today() == date(2026, 3, 30) + timedelta(days=6)
    assert found.started("revocation") == []
