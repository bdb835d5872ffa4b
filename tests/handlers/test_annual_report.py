"""Rules behind the steps of one annual report: late or not, returned, differing from the register, judged, missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from handlers import annual_lateness, annual_report, undeclared
from handlers.vocabulary import Case, ClearMark, Notify, RaiseMark, TellBase, UpdateProceeding, Urge
from tests.handlers import annual, desk
from webapp.demo import annual_report_sheets as sheets

NAME = "柔性传感国际科技合作基地"


def _report(**changes: Any) -> dict[str, Any]:
    return sheets.report(date(2026, 1, 10), NAME, "周远", "f", **changes)


def _case(today: str = "2026-01-15", **facts: Any) -> Case:
    data = {**annual.case().data, "report": {"returned_by": "", "returns": {}}, **facts.pop("data", {})}
    forms = {"annual_report": _report(**facts.pop("report", {})), **facts.pop("forms", {})}
    shelf = facts.pop("shelf", None)
    return annual.case(shelf, today=date.fromisoformat(today), data=data, forms=forms, **facts)


def _fields(outcome: Any) -> dict[str, Any]:
    return {key: value for effect in desk.of(outcome, UpdateProceeding) for key, value in effect.fields.items()}


def _proceeding(**fields: Any) -> dict[str, Any]:
    return {"period": "2025", "recommender_id": "city-330100", "facts": {}, **fields}


# ---------------------------------------------------------------------------------------------- opened and handed in


@pytest.mark.article("15")
def test_report_opens_with_its_year_and_due_day() -> None:
    """第十五条：登记年度与截止日期，告知依托单位；没有奖励经费的不填使用情况。"""
    found = annual_report.open_report(_case())
    assert _fields(found) == {"period": "2025", "due_on": date(2026, 1, 31)}
    assert (found.data["rewarded"], found.data["reward_left"]) == (False, None)
    assert found.data["returns_left"] == {"recommender": 2, "province": 2}
    assert "2025年度报告已开放填报，请于2026年1月31日前提交" in desk.told(found, "host")


@pytest.mark.article("19")
def test_rewarded_base_reports_what_it_spent() -> None:
    """第十九条：未用完的奖励经费逐年报告使用情况。"""
    rows = [
        {"base_id": "base-1", "process": "reward", "amount": 50, "spent": 12.5, "ended_on": None},
        {"base_id": "base-1", "process": "reward", "amount": 30, "spent": 30, "ended_on": date(2024, 1, 1)},
        {"base_id": "base-1", "process": "reward", "amount": None},
    ]
    found = annual_report.open_report(_case(shelf=annual.Shelf(proceeding_rows=rows)))
    assert (found.data["rewarded"], found.data["reward_left"]) == (True, 37.5)


@pytest.mark.article("15")
@pytest.mark.parametrize(
    ("today", "due", "roll", "late"),
    [
        ("2026-01-31", "01-31", True, False),
        ("2026-02-02", "01-31", True, False),
        ("2026-02-03", "01-31", True, True),
        ("2026-02-01", "01-31", False, True),
        ("2026-02-18", "02-15", True, False),
        ("2026-02-19", "02-15", True, True),
    ],
)
def test_first_submission_is_late_after_the_last_day(today: str, due: str, *, roll: bool, late: bool) -> None:
    """第十五条：顺延后的最后一日当天为按期，次日起为逾期；截止日移动的按移动后计。"""
    parameters = {**annual.PARAMETERS, "annual_report.due": due, "annual_report.roll": roll}
    found = annual_report.submit_report(_case(today, parameters=parameters))
    assert (_fields(found)["late"], found.data["late"]) == (late, late)
    kind = RaiseMark if late else ClearMark
    assert [effect.kind for effect in desk.of(found, kind)][0 if late else -1] == annual_lateness.OVERDUE
    assert found.data["route"] == "recommender"


@pytest.mark.article("15")
@pytest.mark.parametrize("late", [True, False])
def test_later_submissions_change_nothing_of_that(*, late: bool) -> None:
    """首次报送的时间决定是否逾期。"""
    case = _case("2026-04-01", proceeding=_proceeding(submitted_on=date(2026, 1, 20), late=late))
    found = annual_report.submit_report(replace(case, data={**case.data, "report": {"returned_by": "province"}}))
    assert (found.data["late"], found.data["on"], found.data["route"]) == (late, "2026-01-20", "province")
    assert desk.of(found, UpdateProceeding) == []
    assert desk.errors(annual_report.check_seal(case)) == {}
    told = replace(case, data={**case.data, "submission": {"reason": "出差"}})
    assert annual_report.submit_report(told).data["reason"] == "出差"


@pytest.mark.article("22(1)")
def test_evaluation_hears_of_a_report_that_it_asked_for() -> None:
    """评价期间补充提交的，告知该基地在办的评价。"""
    case = _case(
        "2026-05-20",
        proceeding=_proceeding(
            late=True, due_on=date(2026, 1, 31), facts={"supplement": "asked", "until": "2026-05-29"}
        ),
    )
    found = annual_report.submit_report(case)
    assert desk.of(found, TellBase) == [TellBase("report_filed", {"year": 2025, "case": case.id, "late": True})]
    assert _fields(found)["facts"] == {"supplement": "done", "until": "2026-05-29"}
    assert desk.of(annual_report.submit_report(_case()), TellBase) == []


@pytest.mark.article("22(1)")
def test_seal_asks_why_when_the_report_has_become_late() -> None:
    """填报后逾期的，盖章时说明；盖章日期不能晚于今天。"""
    errors = desk.errors(
        annual_report.check_seal(_case("2026-02-03", forms={"host_approve": {"sealed_on": "2026-02-04"}}))
    )
    assert errors == {"late_reason": "报送已逾期，请说明逾期原因。", "sealed_on": "盖章日期不能晚于今天。"}
    assert (
        desk.errors(annual_report.check_seal(_case("2026-02-03", forms={"host_approve": {"late_reason": "出差"}})))
        == {}
    )
    assert desk.errors(annual_report.check_seal(_case("2026-02-03", report={"late_reason": "合并"}))) == {}


def test_check_shows_what_stands_out() -> None:
    """自动核对给出须说明的事项。"""
    found = annual_report.check_report(_case(report={"current_leader": "钱某"}))
    assert [row["rule_id"] for row in found.data["findings"]] == ["leader", "partner"]
    assert list(found.data["errors"]) == ["explanations"]
    assert annual_report.prefill(_case()).data["plan_items"] == []


# ---------------------------------------------------------------------------------------------- differences


def _with_partners(*names: str, cases: list[dict[str, Any]] | None = None, kind: str = "") -> Case:
    shelf = annual.Shelf(case_rows=cases or [])
    if cases and kind:
        shelf.proceeding_rows = [{"base_id": "base-1", "process": "change", "case_id": cases[0]["id"], "kind": kind}]
    base = {**annual.BASE, "partners": [{"name": name} for name in names]}
    return _case(shelf=shelf, base=base)


@pytest.mark.article("16")
@pytest.mark.parametrize(
    ("registered", "said"),
    [
        (("Delft University of Technology",), ""),
        (("ＤＥＬＦＴ university  of technology",), ""),
        (("代尔夫特理工大学",), ""),
        (("TU Wien",), "新增代尔夫特理工大学；不再列入TU Wien"),
        (("代尔夫特理工大学", "TU Wien"), "不再列入TU Wien"),
    ],
)
def test_partners_are_compared_by_name(registered: tuple[str, ...], said: str) -> None:
    """第十六条：合作对象按中文名或原文名比对，全半角、大小写、空格不算差异。"""
    found = undeclared.undeclared(undeclared.differences(_with_partners(*registered), _report()))
    assert bool(found) is bool(said)
    assert said in undeclared.mark_text(found)


def test_register_without_partners_is_not_compared() -> None:
    """台账未登记合作对象的不作比对，也不标记。"""
    (found,) = undeclared.differences(_case(), _report())
    assert (found.status, found.rule_id) == ("na", "partner")
    assert undeclared.differences(_case(), _report(partners=[])) == []


@pytest.mark.article("16")
@pytest.mark.parametrize(("kind", "status"), [("partner", "manual"), ("", "manual"), ("leader", "explain")])
def test_change_under_way_is_noted_instead_of_marked(kind: str, status: str) -> None:
    """domain.md 3.6：同一事项的变更正在办理的，只作提示。"""
    case = _with_partners(
        "TU Wien",
        cases=[{"id": "c", "number": "BG-2026-0003", "process": "change"}, {"id": "x", "process": "exit"}],
        kind=kind,
    )
    (found,) = undeclared.differences(case, _report())
    assert found.status == status
    assert ("BG-2026-0003" in found.message) is (status == "manual")


def test_difference_of_a_base_that_is_not_known_is_none() -> None:
    assert undeclared.differences(_case(base={}), _report(partners=[])) == []
    case = replace(_case(), register=None)
    assert [each.rule_id for each in undeclared.differences(case, _report(current_leader="钱某", partners=[]))] == [
        "leader"
    ]


@pytest.mark.article("22(5)")
def test_mark_stands_as_long_as_the_newest_content_differs() -> None:
    """有差异即标记，补正一致即消除。"""
    found = annual_report.submit_report(_case(report={"current_leader": "钱某"}))
    (mark,) = [effect for effect in desk.of(found, RaiseMark) if effect.kind == undeclared.MARK]
    assert (mark.period, "疑似未经审批变更" in mark.text) == ("NB-2026-0001", True)
    assert [row["rule_id"] for row in found.data["findings"]] == ["leader"]
    cleared = desk.of(annual_report.submit_report(_case()), ClearMark)
    assert undeclared.MARK in {effect.kind for effect in cleared}


# ---------------------------------------------------------------------------------------------- returned


@pytest.mark.article("15")
@pytest.mark.parametrize(("by", "task"), [("recommender", "recommender_review"), ("province", "archive")])
def test_return_counts_its_level_and_names_the_limit(by: str, task: str) -> None:
    """每级退回分别计数；补正期10个工作日。"""
    forms = {task: {"correction_items": [{"field": "funds", "problem": "口径", "required": "核对"}]}}
    found = annual_report.record_return(_case(data={task: {"outcome": "return"}}, forms=forms))
    assert (found.data["returned_by"], found.data["returns"], found.data["due_on"]) == (by, {by: 1}, "2026-01-29")
    assert found.data["returns_left"][by] == 1
    assert found.data["items"][0] == {"field": "funds", "required": "核对"}
    assert [row["field"] for row in found.data["items"]] == ["funds", "explanations"]
    open_already = {task: {"correction_items": [{"field": "explanations", "required": "写明"}]}}
    again = annual_report.record_return(_case(data={task: {"outcome": "return"}}, forms=open_already))
    assert again.data["items"] == [{"field": "explanations", "required": "写明"}]
    assert "需补正1处，请于2026年1月29日前修改后重新提交" in desk.told(found, "host")


def test_return_through_the_department_opens_no_correction() -> None:
    """退回推荐部门的，此后的补正再经推荐部门。"""
    found = annual_report.return_to_recommender(_case(data={"report": {"returned_by": "province", "items": [1]}}))
    assert (found.data["returned_by"], found.data["items"], found.effects) == ("recommender", [], ())


def test_limits_that_pass_only_urge() -> None:
    """审核期满、补正期满只催办。"""
    review = annual_report.urge_recommender(_case())
    assert [effect.element for effect in desk.of(review, Urge)] == ["recommender_review"]
    assert "代为审核" in desk.told(review, "province_officer")
    correction = annual_report.urge_correction(_case())
    assert [effect.element for effect in desk.of(correction, Urge)] == ["correct"]
    assert "请督促依托单位" in desk.told(correction, "recommender")
    assert "代为审核" in desk.told(annual_report.take_over(_case()), "recommender")


def test_base_without_department_tells_nobody_there() -> None:
    case = _case(proceeding=_proceeding(recommender_id=None), base={**annual.BASE, "recommender_id": None})
    assert desk.told(annual_report.take_over(case), "recommender") == ""


# ---------------------------------------------------------------------------------------------- late, missing


@pytest.mark.article("22(1)")
def test_overdue_mark_is_for_reports_not_handed_in() -> None:
    """最后一日届满：未交的标记并告知各方；按期的不标记；停机期间逾期报送的只标记。"""
    found = annual_report.mark_overdue(_case("2026-02-03"))
    assert _fields(found) == {"late": True, "due_on": date(2026, 1, 31)}
    assert {effect.role for effect in desk.of(found, Notify)} == {
        "host",
        "host_admin",
        "recommender",
        "province_officer",
    }
    in_time = annual_report.mark_overdue(_case(proceeding=_proceeding(submitted_on=date(2026, 1, 20), late=False)))
    assert in_time.effects == []
    late = annual_report.mark_overdue(_case(proceeding=_proceeding(submitted_on=date(2026, 2, 3), late=True)))
    assert [type(effect) for effect in late.effects] == [RaiseMark]


def test_day_that_passed_in_a_year_of_extension_stays() -> None:
    """移到2月15日的年度，参数恢复后已过的截止日不回退。"""
    case = _case("2026-05-01", proceeding=_proceeding(late=True, due_on=date(2026, 2, 15)))
    (mark,) = desk.of(annual_report.submit_report(case), RaiseMark)
    assert "应于2026年2月15日前提交" in mark.text


@pytest.mark.article("22(1)")
def test_evaluation_asks_until_its_day() -> None:
    """第二十二条（一）：要求补充提交，写明截止日；没有写明的为10个工作日；未逾期、已报送的不受影响。"""
    asked = {"supplement_request": {"until": "2026-05-29", "evaluation": "ev"}}
    late = _proceeding(late=True, due_on=date(2026, 1, 31))
    found = annual_report.ask_supplement(_case("2026-05-11", data=asked, proceeding=late))
    assert found.data == {"missing": True, "until": "2026-05-29"}
    assert _fields(found)["facts"] == {"supplement": "asked", "until": "2026-05-29", "evaluation": "ev"}
    assert [effect.element for effect in desk.of(found, Urge)] == ["fill", "host_approve"]
    assert annual_report.ask_supplement(_case("2026-05-11", proceeding=late)).data["until"] == "2026-05-25"
    for other in (_proceeding(submitted_on=date(2026, 4, 1), late=True), _proceeding()):
        spared = annual_report.ask_supplement(_case(data=asked, proceeding=other))
        assert (spared.data["missing"], spared.effects) == (False, ())


@pytest.mark.article("22(1)")
@pytest.mark.parametrize(
    ("facts", "submitted_on", "missing"),
    [
        ({"supplement": "asked", "until": "2026-05-29"}, None, True),
        ({}, None, False),
        ({"supplement": "lapsed", "until": "2026-05-29"}, None, False),
        ({"supplement": "asked", "until": "2026-06-30"}, None, False),
        ({"supplement": "done", "until": "2026-05-29"}, date(2026, 5, 28), False),
    ],
)
def test_supplement_lapses_once(facts: dict[str, Any], submitted_on: date | None, *, missing: bool) -> None:
    """期满未交的提请认定；已交的、已改期的不提请。"""
    case = _case(
        "2026-05-30",
        data={"supplement": {"until": "2026-05-29"}},
        proceeding=_proceeding(facts=facts, submitted_on=submitted_on),
    )
    found = annual_report.lapse_supplement(case)
    assert found.data["missing"] is missing
    assert (_fields(found).get("facts", {}).get("supplement") == "lapsed") is missing


@pytest.mark.article("22(1)")
@pytest.mark.parametrize(
    ("today", "fields", "said"),
    [
        ("2026-03-01", {}, "尚可补报"),
        ("2026-03-01", {"facts": {"supplement": "asked"}}, "尚可补报"),
        ("2026-06-01", {"facts": {"supplement": "lapsed"}}, ""),
        ("2026-12-31", {}, "尚可补报"),
        ("2027-01-01", {}, ""),
        ("2027-01-01", {"submitted_on": date(2026, 5, 1)}, "报告已提交"),
    ],
)
def test_missing_only_when_nothing_can_be_supplemented(today: str, fields: dict[str, Any], said: str) -> None:
    """第二十二条（一）的“且”：评价补充期届满，或下一年度已开放，才可按缺报办结。"""
    errors = desk.errors(annual_report.check_judgement(_case(today, proceeding=_proceeding(**fields))))
    assert said in errors.get("", "")
    assert bool(errors) is bool(said)


@pytest.mark.article("22(1)")
@pytest.mark.parametrize(
    ("outcome", "submitted_on", "missing", "status"),
    [
        ("missing", None, True, None),
        ("keep", None, False, "filling"),
        ("keep", date(2026, 5, 1), False, "reviewing"),
        ("missing", date(2026, 5, 1), False, "reviewing"),
    ],
)
def test_judgement_stands_in_the_summary(
    outcome: str, submitted_on: date | None, status: str | None, *, missing: bool
) -> None:
    """认定结果记入台账；只有未交且认定缺报的才办结。"""
    forms = {"judge_missing": sheets.finding(date(2026, 5, 1), valid=False)}
    found = annual_report.record_judgement(
        _case(
            data={"judge_missing": {"outcome": outcome}}, forms=forms, proceeding=_proceeding(submitted_on=submitted_on)
        )
    )
    assert (found.data["missing"], _fields(found)["verdict"], _fields(found).get("status")) == (
        missing,
        "invalid",
        status,
    )
    assert "无正当理由" in desk.told(found, "host")


@pytest.mark.article("22(1)")
def test_missing_report_is_told_to_the_evaluation() -> None:
    """缺报办结：记入台账并告知在办的评价，由评价决定是否提出取消资格。"""
    found = annual_report.close_missing(_case(proceeding=_proceeding(verdict="invalid")))
    assert desk.of(found, TellBase)[0].payload == {"year": 2025, "case": "case-1", "verdict": "invalid"}
    assert found.data == {"end": "missing", "verdict": "invalid"}
    judged = annual_report.close_missing(_case(data={"judgement": {"verdict": "valid"}}))
    assert judged.data["verdict"] == "valid"


@pytest.mark.article("22(1)")
def test_finding_is_recorded_with_its_reason() -> None:
    """有/无正当理由的认定告知依托单位；认定日期不能晚于今天。"""
    forms = {"find_reason": sheets.finding(date(2026, 2, 10), valid=True)}
    found = annual_report.record_finding(_case("2026-02-10", forms=forms))
    assert _fields(found)["verdict"] == "valid"
    assert "经认定有正当理由" in desk.told(found, "host")
    case = replace(_case("2026-02-09", forms=forms), element="find_reason")
    assert desk.errors(annual_report.check_finding(case)) == {"found_on": "认定日期不能晚于今天。"}


# ---------------------------------------------------------------------------------------------- ends


@pytest.mark.article("15")
@pytest.mark.parametrize(("late", "end"), [(False, "archived"), (True, "archived_late")])
@pytest.mark.parametrize(("handling", "cleared"), [("mistaken", True), ("declared", True), ("confirmed", False)])
def test_archive_ends_what_is_settled(end: str, handling: str, *, late: bool, cleared: bool) -> None:
    """归档消除逾期标记；与台账的差异属实的，标记保留。"""
    forms = {"archive": {"quality": "b", "differences": [{"rule_id": "leader", "handling": handling}]}}
    found = annual_report.conclude(_case(forms=forms, proceeding=_proceeding(late=late)))
    assert (found.data["end"], _fields(found)["grade"]) == (end, "b")
    kinds = {effect.kind for effect in desk.of(found, ClearMark)}
    assert (annual_lateness.OVERDUE in kinds, undeclared.MARK in kinds) == (True, cleared)
    assert ("逾期补报" in desk.told(found, "host")) is late
    assert "B（良）" in desk.told(found, "recommender")


@pytest.mark.article("16")
def test_archive_waits_for_each_difference() -> None:
    """与台账不一致的逐项处理后才能归档。"""
    case = _case(
        data={"submission": {"findings": [{"rule_id": "leader"}, {"rule_id": "partner"}]}},
        forms={"archive": {"differences": [{"rule_id": "leader", "handling": "mistaken"}]}},
    )
    assert desk.errors(annual_report.check_archive(case)) == {"differences": "请逐项处理与台账不一致的情况。"}
    assert desk.errors(annual_report.check_archive(_case())) == {}


@pytest.mark.article("22")
def test_report_of_a_base_that_has_ended_is_owed_no_more() -> None:
    """基地资格终止：报告终止并消除逾期标记。"""
    found = annual_report.stop_terminal(_case(data={"base_terminal": {"reason": "基地已主动退出。"}}))
    assert found.data == {"end": "ended", "reason": "基地已主动退出。"}
    assert [effect.period for effect in desk.of(found, ClearMark)] == ["2025"]
    assert "不再办理。原因：基地已主动退出。" in desk.told(found, "host_admin")
    assert annual_report.stop_terminal(_case()).data["reason"] == "基地资格已终止"
