"""One base's evaluation (第十八条): snapshot, supplement, self-assessment, no-show, opinion, points, consequences."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from handlers import evaluation, evaluation_assessment, evaluation_consequences, evaluation_reports
from handlers.vocabulary import ClearMark, IssueDocument, Notify, StartCase, TellBase, UpdateProceeding, Urge
from tests import tables
from tests.handlers import desk
from tests.handlers import evaluation_desk as at
from tests.handlers.test_evaluation_score import REPORT

ALL = [at.report(year) for year in (2022, 2023, 2024, 2025)]


def case(*summaries: dict[str, Any], **facts: Any) -> Any:
    return at.case(*(summaries or ALL), **{"decide": tables.decide, "parameters": {}, **facts})


# ---- which reports were owed


@pytest.mark.article("15", "22(1)")
@pytest.mark.parametrize(
    ("designated", "today", "owed"),
    [
        (date(2022, 6, 1), date(2026, 6, 15), [2023, 2024, 2025]),
        (date(2024, 1, 31), date(2026, 6, 15), [2024, 2025]),
        (date(2024, 2, 1), date(2026, 6, 15), [2025]),
        (date(2022, 6, 1), date(2026, 2, 2), [2023, 2024]),
        (date(2022, 6, 1), date(2026, 2, 3), [2023, 2024, 2025]),
    ],
)
def test_years_that_owed_a_report(designated: date, today: date, owed: list[int]) -> None:
    """第十五条：认定满一年的，1月31日（顺延后）过后才算应交；2026年1月31日顺延至2月2日。"""
    own = case(base={**at.BASE, "designated_on": designated}, today=today)
    assert evaluation_reports.owed(own) == owed


@pytest.mark.article("22(1)")
@pytest.mark.parametrize(
    ("row", "missing"),
    [
        (at.report(2024), []),
        (at.report(2024, late=True, submitted_on=date(2025, 3, 1), status="archived_late"), []),
        (at.report(2024, submitted_on=date(2026, 6, 10), status="reviewing", ended_on=None), []),
        (at.report(2024, submitted_on=None, status="filling", ended_on=None), [2024]),
        (at.report(2024, submitted_on=None, status="missing"), [2024]),
        (at.report(2024, submitted_on=None, status="missing", verdict="valid"), []),
        (at.report(2024, submitted_on=None, status="missing", verdict="invalid"), [2024]),
        (at.report(2024, submitted_on=None, status="ended"), []),
    ],
)
def test_years_that_miss_their_report(row: dict[str, Any], missing: list[int]) -> None:
    """第二十二条（一）：未提交且没有正当理由的才是缺报。"""
    assert evaluation_reports.missing(case(at.report(2023), row, at.report(2025))) == missing
    assert evaluation_reports.missing(case(at.report(2023), at.report(2025))) == [2024]


@pytest.mark.parametrize(
    ("designated", "years"),
    [(date(2022, 6, 1), "3"), (date(2024, 1, 1), "2"), (date(2024, 7, 1), "1.5"), (date(2025, 9, 1), "1")],
)
def test_the_data_period_begins_with_the_designation(designated: date, years: str) -> None:
    assert evaluation_reports.years(case(base={**at.BASE, "designated_on": designated})) == Decimal(years)


# ---- snapshot


@pytest.mark.article("15", "18", "19")
def test_the_snapshot_freezes_what_is_on_record() -> None:
    """固定台账、年报、变更、奖励、提升方案和标记；要求在办奖励报送使用情况。"""
    others = [
        at.result(1, "excellent", date(2023, 5, 1)),
        at.summary("reward", 1, opened_on=date(2023, 6, 1), amount=Decimal(50), spent=Decimal(30), decided_on=date(2023, 9, 1)),
        at.summary("reward", 0, opened_on=date(2020, 6, 1), amount=Decimal(20), spent=Decimal(20)),
        at.summary("change", 1, kind="leader", event_on=date(2024, 3, 1), late=True, ended_on=date(2024, 5, 1)),
        at.summary("change", 2, kind="partner", event_on=date(2026, 5, 1)),
        at.summary("improvement", 1, status="unfinished"),
        at.summary("major_event", 1, event_on=date(2025, 3, 1)),
    ]  # fmt: skip
    shelf = at.Shelf(mark_rows=[{"base_id": "base-1", "kind": "undeclared_change", "text": "负责人与台账不一致"}])
    outcome = evaluation.snapshot(case(*ALL, *others, shelf=shelf))
    frozen = at.written(outcome)["facts"]
    assert frozen["base"]["designated_on"] == "2022-06-01"
    assert [row["year"] for row in frozen["reports"]] == [2023, 2024, 2025]
    assert frozen["changes"] == {"all": 2, "late": 1, "pending": ["partner"]}
    assert frozen["rewards"] == [{"amount": 50, "spent": 30, "decided_on": "2023-09-01"}]
    assert (frozen["improvement"], frozen["incidents"]) == ("unfinished", 1)
    assert frozen["marks"] == [{"kind": "undeclared_change", "text": "负责人与台账不一致"}]
    assert at.written(outcome)["status"] == "assessing"
    assert outcome.data["missing"] == []
    assert (outcome.data["rewarded"], outcome.data["returns_left"], outcome.data["submitted"]) == (True, 2, False)
    (asked,) = desk.of(outcome, TellBase)
    assert (asked.message, asked.payload["until"]) == ("use_report_requested", "2026-07-10")
    assert "请于2026年7月10日前填报自评材料" in desk.told(outcome, "host")


def test_without_a_reward_nobody_is_asked_for_its_use() -> None:
    assert desk.of(evaluation.snapshot(case()), TellBase) == []


@pytest.mark.article("16", "18")
def test_the_background_names_what_is_under_way() -> None:
    """第十六条：在办变更、标记、上一轮优化提升和重大事件列给推荐部门和经办。"""
    frozen = {
        "reports": [
            {"year": 2024, "submitted_on": "2025-01-20", "late": True},
            {"year": 2025, "submitted_on": "", "late": False},
        ],
        "changes": {"all": 2, "late": 1, "pending": ["partner"]},
        "improvement": "unfinished",
        "incidents": 1,
        "marks": [{"kind": "undeclared_change", "text": "负责人与台账不一致"}],
    }
    known = at.summary("evaluation", 1, id="px-01", facts=frozen)
    rows = {
        row["item"]: row["content"] for row in evaluation.prefill_background(case(proceeding=known)).data["background"]
    }
    assert rows == {
        "年度报告": "评价期内已提交1份，其中逾期1份",
        "重大事项变更": "2项，其中逾期申请1项；正在办理：partner",
        "上一轮优化提升": "未完成",
        "重大事件": "1件",
        "台账标记": "负责人与台账不一致",
    }
    bare = evaluation.prefill_background(case(proceeding=at.summary("evaluation", 1))).data["background"]
    assert [row["content"] for row in bare][2:] == ["无", "0件", "无"]


# ---- supplement


def supplement(*rows: dict[str, Any], outcome: str = "submit", today: date = at.TODAY, **facts: Any) -> Any:
    data = {"supplement": {"outcome": outcome}} if outcome else {}
    summaries = facts.pop("summaries", [at.report(2023), at.report(2025)])
    return case(*summaries, today=today, forms={"supplement": {"rows": list(rows)}}, data=data)


@pytest.mark.article("22(1)")
def test_missing_reports_are_asked_for_once_more() -> None:
    """第二十二条（一）：评价期间要求补充提交，在办的年报同时收到，依托单位和推荐部门知悉。"""
    standing = at.report(2025, submitted_on=None, status="filling", ended_on=None)
    outcome = evaluation.request_supplement(case(at.report(2023), standing))
    assert outcome.data["rows"] == [{"year": "2024", "case": ""}, {"year": "2025", "case": standing["id"]}]
    (asked,) = desk.of(outcome, TellBase)
    assert (asked.message, asked.payload) == ("supplement_request", {"evaluation": "px-01", "until": "2026-07-10"})
    for role in ("host", "recommender"):
        assert "缺2024年、2025年年度报告" in desk.told(outcome, role)


def test_a_supplement_names_what_is_so() -> None:
    said = desk.errors(evaluation.check_supplement(supplement({"year": "2024", "way": "reported"})))
    assert "尚未报送" in said["rows.0.way"]
    standing = at.report(2024, submitted_on=None, status="filling", ended_on=None)
    both = [at.report(2023), standing, at.report(2025)]
    beside = desk.errors(evaluation.check_supplement(supplement({"year": "2024", "way": "here"}, summaries=both)))
    assert "请在该年度报告中补报" in beside["rows.0.way"]
    assert desk.errors(evaluation.check_supplement(supplement({"year": "2024", "way": "here"}))) == {}
    assert desk.errors(evaluation.check_supplement(supplement({"year": "2024", "way": "reason"}))) == {}


@pytest.mark.article("22(1)")
@pytest.mark.parametrize(
    ("rows", "outcome", "today", "state"),
    [
        ([{"year": "2024", "way": "here"}], "submit", at.TODAY, "cured"),
        ([{"year": "2024", "way": "reason"}], "submit", at.TODAY, "claimed"),
        ([], "", date(2026, 7, 10), "open"),
        ([], "", date(2026, 7, 11), "missing"),
        ([{"year": "2024", "way": "here"}], "", date(2026, 7, 11), "missing"),
    ],
)
def test_what_a_supplement_comes_to(rows: list[dict[str, Any]], outcome: str, today: date, state: str) -> None:
    """已补充的消除；说明理由的由人认定；期满未补充的为缺报。草稿不算。"""
    found = evaluation.review_supplement(supplement(*rows, outcome=outcome, today=today))
    assert found.data["state"] == state
    assert [e.period for e in desk.of(found, ClearMark)] == (["2024"] if state == "cured" else [])


def test_a_report_filed_meanwhile_cures() -> None:
    assert evaluation.review_supplement(supplement(outcome="", summaries=ALL)).data["state"] == "cured"


@pytest.mark.article("22(1)")
def test_missing_reports_propose_the_first_ground() -> None:
    """第二十二条（一）：系统提出情形一，已有程序的并入。"""
    outcome = evaluation.propose_missing_reports(case(data={"supplemented": {"left": [2024]}}))
    (proposed,) = desk.of(outcome, StartCase)
    assert (proposed.process, proposed.key, proposed.joins) == ("revocation", "revocation:G1:px-01", "ground_added")
    (ground,) = proposed.facts["data"]["grounds"]
    assert (ground["ground"], ground["source"]) == ("G1", "px-01")
    assert "2024年年度报告" in ground["facts"]
    assert "第二十二条第一项" in ground["facts"]


# ---- self-assessment


def with_report(**facts: Any) -> Any:
    shelf = at.Shelf(contents={at.report(2025)["id"]: {"annual_report": REPORT}})
    return case(*ALL, *facts.pop("others", []), shelf=shelf, **facts)


@pytest.mark.article("15", "18")
def test_the_assessment_opens_with_what_the_reports_say() -> None:
    """数据由年度报告带出；系统统计的另列；定性指标逐项说明。"""
    prior = evaluation.prefill_assessment(with_report()).data
    figures = {row["code"]: row["reported"] for row in prior["figures"]}
    assert (figures["partners_in_force"], figures["visits"], figures["project_funds"]) == (2, 20, 200.5)
    assert {row["code"] for row in prior["known"]} == {"changes_on_time", "reports_on_time", "report_quality"}
    assert [row["code"] for row in prior["statements"]][:2] == ["channels_network", "technology_landmark"]
    assert [row["state"] for row in prior["reports"]] == ["按时提交"] * 3
    assert prior["rewarded"] is False
    late = [at.report(2023, late=True), at.report(2024, submitted_on=None)]
    states = [row["state"] for row in evaluation.prefill_assessment(case(*late)).data["reports"]]
    assert states == ["逾期提交", "未提交"]


@pytest.mark.article("19")
def test_a_rewarded_base_also_reports_the_reward() -> None:
    """第十九条：奖励经费的实施情况及成效是重点内容。"""
    paid = at.summary("reward", 1, amount=Decimal(40), spent=Decimal(10))
    prior = evaluation.prefill_assessment(case(*ALL, paid)).data
    assert (prior["rewarded"], prior["reward_amount"], prior["reward_spent"]) == (True, 40, 10)
    assert {"code": "reward_spent", "name": "奖励经费支出比例", "unit": "%", "value": 25} in prior["known"]
    own = case(*ALL, paid, forms={"self_assessment": {}})
    assert "reward_effect" in desk.errors(evaluation.check_self_assessment(own))


@pytest.mark.parametrize(
    ("sheet", "path"),
    [
        ({"figures": [{"code": "visits", "reported": 10, "value": 20}]}, "figures.0.reason"),
        ({"figures": [{"code": "visits", "reported": 10, "value": -1, "reason": "x"}]}, "figures.0.value"),
        ({"statements": [{"code": "a", "max": 3, "self_score": 3.5}]}, "statements.0.self_score"),
        ({"signed_on": "2026-06-16"}, "signed_on"),
    ],
)
def test_an_assessment_that_cannot_stand(sheet: dict[str, Any], path: str) -> None:
    assert path in desk.errors(evaluation.check_self_assessment(case(forms={"self_assessment": sheet})))


def test_an_explained_difference_stands() -> None:
    sheet = {"figures": [{"code": "visits", "reported": 10, "value": 20, "reason": "补计视频会议"},
                         {"code": "events", "reported": 2, "value": 2}],
             "statements": [{"code": "a", "max": 3, "self_score": 3}], "signed_on": "2026-06-15"}  # fmt: skip
    assert desk.errors(evaluation.check_self_assessment(case(forms={"self_assessment": sheet}))) == {}


def test_the_first_day_of_handing_in_stands() -> None:
    first = evaluation.register_assessment(case())
    assert at.written(first) == {"submitted_on": at.TODAY}
    assert (first.data["submitted"], first.data["due_on"]) == (True, None)
    known = at.summary("evaluation", 1, id="px-01", submitted_on=date(2026, 6, 1))
    assert at.written(evaluation.register_assessment(case(proceeding=known))) == {"submitted_on": date(2026, 6, 1)}


def test_a_seal_of_tomorrow_is_refused() -> None:
    assert "sealed_on" in desk.errors(evaluation.check_seal(case(forms={"host_approve": {"sealed_on": "2026-06-16"}})))
    assert desk.errors(evaluation.check_seal(case(forms={"host_approve": {"sealed_on": "2026-06-15"}}))) == {}


def test_a_return_has_a_limit_and_is_counted() -> None:
    """退回修改：次数和时限按参数。"""
    before = {"assessment": {"submitted": True, "returns": 1, "returns_left": 1}}
    data = {**before, "recommender_opinion": {"outcome": "return", "opinion": "数据有误。"}}
    outcome = evaluation.record_return(case(data=data))
    assert (outcome.data["returns"], outcome.data["returns_left"], outcome.data["due_on"]) == (2, 0, "2026-06-30")
    assert "意见：数据有误。" in desk.told(outcome, "host")


# ---- who does not take part


def test_who_handed_in_nothing_did_not_take_part() -> None:
    outcome = evaluation.miss(case(data={"assessment": {"submitted": False, "returns_left": 2}}))
    assert at.written(outcome) == {"status": "no_show", "late": True}
    assert "未在规定期限内提交自评材料" in desk.told(outcome, "host")
    assert (outcome.data["submitted"], outcome.data["reason"]) == (False, "未在规定期限内提交自评材料")


def test_who_did_not_mend_takes_part_with_what_there_is() -> None:
    """退回后逾期未改的，以原材料参加，不再退回。"""
    outcome = evaluation.miss(case(data={"assessment": {"submitted": True, "returns": 1, "returns_left": 1}}))
    assert outcome.effects == []
    assert (outcome.data["submitted"], outcome.data["returns_left"]) == (True, 0)


def test_who_refuses_is_noted_with_the_reason() -> None:
    data = {"assessment": {"missing": [2024]}, "self_assess": {"outcome": "refuse", "opinion": "基地停止运行。"}}
    outcome = evaluation.record_refusal(case(data=data))
    assert (outcome.data["reason"], outcome.data["missing"]) == ("基地停止运行", [2024])
    assert at.written(outcome) == {"status": "no_show"}


def test_an_extension_ends_after_today() -> None:
    assert "until" in desk.errors(evaluation.check_no_show(case(forms={"handle_no_show": {}})))
    assert "until" in desk.errors(evaluation.check_no_show(case(forms={"handle_no_show": {"until": "2026-06-15"}})))
    granted = case(forms={"handle_no_show": {"until": "2026-06-30"}})
    assert desk.errors(evaluation.check_no_show(granted)) == {}
    outcome = evaluation.grant_extension(granted)
    assert (outcome.data["due_on"], at.written(outcome)["status"]) == ("2026-06-30", "assessing")


@pytest.mark.article("18")
def test_no_show_is_unqualified_by_veto_and_decided_by_the_round() -> None:
    """不参加评价：一票否决，提交批次评议。"""
    outcome = evaluation.mark_no_show(case(data={"assessment": {"reason": "未在规定期限内提交自评材料"}}))
    result = at.written(outcome)["facts"]["result"]
    assert (result["veto"], result["total"], result["suggested"]) == ("不参加评价", None, "unqualified")
    assert result["note"] == "未在规定期限内提交自评材料"
    assert at.written(outcome)["status"] == "ready"


@pytest.mark.article("18")
@pytest.mark.parametrize(
    ("run", "data", "said"),
    [
        (
            evaluation.record_postponed,
            {"decide_postponement": {"outcome": "approve", "opinion": "台风受灾。"}},
            "台风受灾",
        ),
        (evaluation.record_postponed, {"handle_no_show": {"outcome": "postpone", "opinion": "同意暂缓。"}}, "同意暂缓"),
        (evaluation.stop_closed, {"round_closed": {"reason": "专家未齐"}}, "专家未齐"),
        (evaluation.stop_closed, {}, "未能在批次期限内完成评价"),
    ],
)
def test_a_postponed_evaluation_has_no_grade(run: Any, data: dict[str, Any], said: str) -> None:
    """3.5：经批准未参加的，不计等次。"""
    outcome = run(case(data=data))
    fields = at.written(outcome)
    assert (fields["status"], fields["note"], "grade" in fields) == ("postponed", said, False)
    assert "本轮不计等次" in desk.told(outcome, "host")


def test_a_refused_postponement_says_why() -> None:
    assert "facts" in desk.errors(evaluation.check_postponement(case(forms={"request_postponement": {}})))
    data = {"decide_postponement": {"outcome": "refuse", "opinion": "不属于不可抗力。"}}
    assert "理由：不属于不可抗力。" in desk.told(evaluation.refuse_postponement(case(data=data)), "host")


@pytest.mark.parametrize(
    ("run", "data", "end", "said"),
    [
        (
            evaluation.stop_terminal,
            {"base_terminal": {"kind": "exited", "reason": "基地已主动退出"}},
            "ended",
            "基地已主动退出",
        ),
        (evaluation.stop_terminal, {}, "ended", "基地资格已终止"),
        (evaluation.stop_cancelled, {"round_cancelled": {"reason": "办法修订"}}, "round_cancelled", "办法修订"),
    ],
)
def test_what_ends_from_outside_is_told(run: Any, data: dict[str, Any], end: str, said: str) -> None:
    outcome = run(case(data=data))
    assert outcome.data == {"end": end, "reason": said}
    assert said in desk.told(outcome, "host")


# ---- the department


@pytest.mark.article("21")
def test_the_department_states_its_own_support_or_why_there_is_none() -> None:
    """第二十一条：组织推荐部门的配套支持。"""
    none = desk.errors(evaluation.check_opinion(case(forms={"recommender_opinion": {"signed_on": "2026-06-16"}})))
    assert set(none) == {"no_support_reason", "signed_on"}
    given = {"support": [{"kind": "funds", "amount": 30}]}
    assert desk.errors(evaluation.check_opinion(case(forms={"recommender_opinion": given}))) == {}


def test_a_silent_department_is_urged_and_then_passed_over() -> None:
    urged = evaluation.urge_recommender(case())
    assert [e.element for e in desk.of(urged, Urge)] == ["recommender_opinion"]
    silent = evaluation.record_silence(case())
    for role in ("recommender", "host", "province_officer"):
        assert "逾期未对青禾新材料国际科技合作基地出具评价意见" in desk.told(silent, role)


# ---- points


@pytest.mark.article("18", "21")
def test_points_count_what_was_stated_confirmed_and_recorded() -> None:
    """自评数优先于年报数；配套支持由依托单位和推荐部门分别填报；系统统计的自动计入。"""
    sheet = {"figures": [{"code": "joint_papers", "value": 15}], "support": [{"kind": "funds", "amount": 150}]}
    forms = {"self_assessment": sheet, "recommender_opinion": {"support": [{"kind": "funds", "amount": 30}]}}
    own = with_report(forms=forms)
    values = evaluation_assessment.values(own)
    assert (values["joint_papers"], values["visits"], values["host_support"], values["recommender_support"]) == (15, 20, 150, 30)  # fmt: skip
    assert (values["reports_on_time"], values["report_quality"], values["changes_on_time"]) == (100, 100, 100)
    outcome = evaluation.quant_score(own)
    lines = {row["code"]: row["points"] for row in at.written(outcome)["facts"]["quant"]}
    assert (lines["technology_papers"], lines["support_host_funds"], lines["support_recommender_funds"]) == (5, 4, 1.5)
    assert outcome.data["total"] == pytest.approx(sum(lines.values()))
    assert outcome.data["max"] + sum(row["max"] for row in evaluation.prepare_review(own).data.values()) == 100


def test_a_missing_report_is_not_on_time() -> None:
    assert evaluation_assessment.counted(case(at.report(2023), at.report(2025)))["reports_on_time"] == Decimal("66.67")


@pytest.mark.parametrize(
    ("quant", "mean", "adjustment", "total", "level"),
    [(60, 20.5, None, 80.5, "qualified"), (70, 20, 2.5, 92.5, "excellent"), (40, 10, -10, 40, "unqualified"), (98, 20, 5, 100, "excellent")],
)  # fmt: skip
def test_the_total_adds_up_between_nothing_and_a_hundred(
    quant: float, mean: float, adjustment: float | None, total: float, level: str
) -> None:
    forms = {"site_visit": {"adjustment": adjustment}} if adjustment is not None else {}
    found = evaluation.total_score(case(data={"quant": {"total": quant}, "review": {"mean": mean}}, forms=forms)).data
    assert (found["total"], found["level"]) == (total, level)


def test_a_visit_that_changes_points_says_why() -> None:
    visit = {"visited_on": "2026-06-16", "adjustment": -2}
    assert set(desk.errors(evaluation.check_visit(case(forms={"site_visit": visit})))) == {
        "visited_on",
        "adjustment_reason",
    }
    assert desk.errors(evaluation.check_visit(case(forms={"site_visit": {"adjustment": 0}}))) == {}


@pytest.mark.article("22(3)", "22(4)")
def test_a_veto_needs_its_facts_and_the_lowest_grade() -> None:
    """一票否决须有事实，且建议不合格。"""
    wish = {"veto": ["false_data"], "suggested": "qualified"}
    assert set(desk.errors(evaluation.check_suggestion(case(forms={"suggest_grade": wish})))) == {
        "veto_facts",
        "suggested",
    }
    sound = {"veto": ["false_data"], "veto_facts": "年报专利系伪造", "suggested": "unqualified", "note": "已约谈"}
    data = {"result": {"quant": 60, "expert": 20, "adjustment": 0, "total": 80, "level": "qualified"}}
    own = case(forms={"suggest_grade": sound}, data=data)
    assert desk.errors(evaluation.check_suggestion(own)) == {}
    result = at.written(evaluation.finish_review(own))["facts"]["result"]
    assert (result["veto"], result["note"], result["suggested"], result["total"]) == (
        "提供虚假信息", "年报专利系伪造；已约谈", "unqualified", 80,
    )  # fmt: skip


# ---- consequences

QUANT = [
    {"code": "c", "group": "合作渠道与网络", "name": "渠道", "max": 3, "points": 1, "formula": "f", "values": "v"},
    {
        "code": "a",
        "group": "合作渠道与网络",
        "name": "人员往来",
        "max": 3,
        "points": 0.5,
        "formula": "f",
        "values": "v",
    },
    {
        "code": "b",
        "group": "合作渠道与网络",
        "name": "合作国家（地区）",
        "max": 4,
        "points": 4,
        "formula": "f",
        "values": "v",
    },
]


def graded(grade: str, *summaries: dict[str, Any], **facts: Any) -> Any:
    told = {
        "grade": grade,
        "reason": "总分低于合格分数线",
        "rank": 9,
        "of": 12,
        "doc_no": "浙科发外〔2026〕41号",
        "decided_on": "2026-06-12",
    }
    result = {
        "quant": 40,
        "expert": 10.5,
        "adjustment": 0,
        "total": 50.5,
        "veto": "",
        "note": "国际合作停滞",
        "suggested": grade,
    }
    standing = at.summary("evaluation", 1, id="px-01", period="round-1", facts={"quant": QUANT, "result": result})
    forms = {"summarise": {"problems": "成果转化偏弱", "strengths": "渠道稳定", "opinion": "同意评价结果"}}
    return case(
        *(summaries or [standing]), **{"proceeding": standing, "data": {"graded": told}, "forms": forms, **facts}
    )


@pytest.mark.article("18")
def test_the_grade_is_recorded_with_its_document_and_told_with_the_remedy() -> None:
    """第十八条：等次、得分、文号、日期入台账；反馈意见列明得分；不合格的告知复核。"""
    outcome = evaluation_consequences.record_grade(graded("unqualified"))
    fields = at.written(outcome)
    assert (fields["grade"], fields["score"], fields["doc_no"], fields["decided_on"], fields["period"], fields["status"]) == (
        "unqualified", Decimal("50.5"), "浙科发外〔2026〕41号", date(2026, 6, 12), "round-1", "unqualified",
    )  # fmt: skip
    assert fields["facts"]["round_name"] == "2026年度国合基地绩效评价"
    assert fields["facts"]["quant"] == QUANT
    (letter,) = desk.of(outcome, IssueDocument)
    assert letter.kind == "evaluation_feedback"
    assert letter.content["grade"] == "不合格"
    assert letter.content["lines"] == QUANT
    assert "连续两次评价“不合格”" in letter.content["follows"]
    assert "申请复核" in letter.content["reconsideration"]
    assert "10个工作日内向省科技厅申请复核" in desk.told(outcome, "host")
    good = evaluation_consequences.record_grade(graded("qualified"))
    assert "复核" not in desk.told(good, "host")


@pytest.mark.article("19")
def test_excellent_begins_one_reward() -> None:
    (started,) = desk.of(evaluation_consequences.start_reward(graded("excellent")), StartCase)
    assert (started.process, started.key, started.facts["base_id"]) == ("reward", "reward:px-01", "base-1")
    assert started.facts["data"]["doc_no"] == "浙科发外〔2026〕41号"


@pytest.mark.article("18")
def test_unqualified_begins_one_improvement_with_what_was_found_wanting() -> None:
    """第十八条：优化提升带出薄弱指标、专家和省科技厅指出的问题。"""
    (started,) = desk.of(evaluation_consequences.start_improvement(graded("unqualified")), StartCase)
    assert (started.process, started.key) == ("improvement", "improvement:px-01")
    assert started.facts["data"]["problems"] == [
        {"problem": "合作渠道与网络：渠道、人员往来得分偏低，得1.5分（满分6分）。", "source": "定量指标"},
        {"problem": "成果转化偏弱", "source": "专家评审"},
        {"problem": "国际合作停滞", "source": "省科技厅"},
    ]


@pytest.mark.article("18", "22(2)")
def test_the_second_unqualified_running_proposes_the_second_ground() -> None:
    """第十八条、第二十二条（二）：连续两次不合格，系统提出建议。"""
    before = at.result(0, "unqualified", date(2023, 5, 1), facts={"round_name": "2023年度评价"})
    own = graded("unqualified", before)
    found = evaluation_consequences.check_consecutive(own)
    assert found.data == {"times": 2, "due": True, "rounds": ["2023年度评价", "2026年度国合基地绩效评价"]}
    outcome = evaluation_consequences.propose_revocation(graded("unqualified", before, data={
        "graded": own.data["graded"], "consecutive": found.data}))  # fmt: skip
    (proposed,) = desk.of(outcome, StartCase)
    assert (proposed.key, proposed.joins) == ("revocation:G2:px-01", "ground_added")
    assert proposed.facts["data"]["grounds"][0]["ground"] == "G2"
    assert "在2023年度评价、2026年度国合基地绩效评价中连续两次“不合格”" in desk.told(outcome, "province_officer")
    assert desk.of(outcome, Notify)[0].role == "province_officer"


def test_the_first_unqualified_proposes_nothing() -> None:
    found = evaluation_consequences.check_consecutive(graded("unqualified")).data
    assert (found["times"], found["due"]) == (1, False)
    assert desk.of(evaluation_consequences.record_grade(graded("qualified")), UpdateProceeding)
