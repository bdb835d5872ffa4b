"""Service tasks and form checks of one base's evaluation (第十八条), from the snapshot to the grade.

What the grade brings about stands in evaluation_consequences. The round is told by message and tells its decision so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from handlers import deadlines, evaluation_assessment, evaluation_consequences, evaluation_score, messages
from handlers import evaluation_messages as said
from handlers import evaluation_reports as reports
from handlers import round_progress as reading
from handlers.eligibility_form import day, number, rows, text
from handlers.evaluation_figures import plain
from handlers.vocabulary import (
    Case,
    ClearMark,
    Effect,
    Notify,
    Outcome,
    TellBase,
    UpdateProceeding,
    Urge,
)

OFFICER = ("province_officer", "province")
OVERDUE = "annual_report_overdue"
"""The mark of a base whose annual report is late (第十五条)."""
VETOES = {"false_data": "提供虚假信息", "incident": "发生重大事故并造成严重后果", "no_show": "不参加评价"}
"""Why a base is unqualified whatever its points (domain.md 4.3)."""


# ------------------------------------------------------------------------------------- the beginning


def snapshot(case: Case) -> Outcome:
    """固定评价所用的事实，启动基地的绩效评价，请依托单位自评（第十八条）。

    第十八条: the facts are frozen in the summary; `assessment` says what the diagram needs of them. The host is asked.
    """
    frozen = evaluation_assessment.snapshot(case)
    missing = reports.missing(case)
    due = day(case.round, "window_to") or case.today
    fields = {"period": str(case.round.get("id") or ""), "status": "assessing", "due_on": due, "facts": frozen}
    told = said.begun(_base(case), _round_name(case), due)
    data = {
        "on": frozen["on"],
        "missing": missing,
        "rewarded": bool(frozen["rewards"]),
        "submitted": False,
        "returns": 0,
        "returns_left": _returns_left(case, 0),
        "due_on": None,
        "reason": "",
    }
    # 第十九条：奖励经费的实施情况及成效是本轮评价的重点内容。
    use = {"evaluation": case.id, "round_name": _round_name(case), "until": due.isoformat()}
    asked = [TellBase("use_report_requested", use)] if frozen["rewards"] else []
    return Outcome(data, [UpdateProceeding(fields), *asked, *_tell_host(case, told, "绩效评价自评")])


def prefill_assessment(case: Case) -> Outcome:
    """带出自评材料的初始内容：评价期内的年度报告和台账数据。

    What the self-assessment opens with.
    """
    return Outcome(evaluation_assessment.prefilled(case))


def prefill_background(case: Case) -> Outcome:
    """预填评价背景：评价开始时台账、年报、变更、奖励的记载，供推荐部门和经办查阅。

    What was on record when the evaluation began, for the department and the officer.
    """
    return Outcome({"background": evaluation_assessment.background(case)})


# ------------------------------------------------------------------------------------- missing annual reports


def request_supplement(case: Case) -> Outcome:
    """要求补充提交缺少的年度报告，告知截止日期（第二十二条第一项）。

    第二十二条（一）: open reports of the base hear that the evaluation waits for them; the host is told by when.
    """
    years, until = reports.missing(case), day(case.round, "window_to") or case.today
    wanted = [{"year": str(year), "case": _open_report(case, year)} for year in years]
    effects: list[Effect] = [
        TellBase("supplement_request", {"evaluation": case.id, "until": until.isoformat()}),
        *_tell_host(case, said.supplement(_base(case), years, until), "补充提交年度报告"),
        *_tell_recommender(case, said.supplement(_base(case), years, until), "补充提交年度报告"),
    ]
    return Outcome({"rows": wanted, "until": until.isoformat()}, effects)


def check_supplement(case: Case) -> Outcome:
    """校核补充提交：称已报送而未报送的、在办年度报告另行补交的，不能提交。

    What keeps the supplement from being handed in: a year said to be filed where it is not, or filed beside an open
    report of its own.
    """
    content, errors = case.forms.get("supplement", {}), dict[str, str]()
    left = set(reports.missing(case))
    for place, row in enumerate(rows(content, "rows")):
        year = int(text(row, "year") or 0)
        if row.get("way") == "reported" and year in left:
            errors[f"rows.{place}.way"] = f"{year}年度报告尚未报送，请先在年度报告中提交，或者在此补充提交。"
        if row.get("way") == "here" and _open_report(case, year):
            errors[f"rows.{place}.way"] = f"{year}年度报告正在办理，请在该年度报告中补报。"
    return Outcome({"errors": errors, "findings": []})


def review_supplement(case: Case) -> Outcome:
    """判断补充提交的情况：已补齐、尚在办理、说明理由或者仍然缺报。

    `state`: cured · open (a report was filed, others may still be) · claimed (a reason is given) · missing.
    """
    submitted = case.data.get("supplement", {}).get("outcome") == "submit"
    filled = rows(case.forms.get("supplement", {}), "rows") if submitted else []
    ways = {int(text(row, "year") or 0): row.get("way") for row in filled}
    missing = reports.missing(case)
    here, left = [y for y in missing if ways.get(y) == "here"], [y for y in missing if ways.get(y) != "here"]
    claimed = [year for year in left if ways.get(year) == "reason"]
    until = day(case.round, "window_to") or case.today
    state = "cured"
    if left:
        state = "open" if not submitted and case.today <= until else "claimed" if claimed else "missing"
    cleared = [ClearMark(OVERDUE, str(year), "绩效评价期间已补充提交。") for year in here]
    return Outcome({"state": state, "left": left, "claimed": claimed, "on": case.today.isoformat()}, cleared)


def propose_missing_reports(case: Case) -> Outcome:
    """缺报年度报告的，提出取消资格建议，由人立案决定（第二十二条第一项）。

    第二十二条（一）: the ground is proposed; a person decides about it in the revocation (or it joins an open one).
    """
    years = [int(year) for year in case.data.get("supplemented", {}).get("left", ())]
    facts = said.ground_missing_reports(_base(case), years, _round_name(case))
    proposed = evaluation_consequences.revocation(case, "G1", facts)
    return Outcome({"years": years, "on": case.today.isoformat()}, [proposed])


# ------------------------------------------------------------------------------------- self-assessment


def check_self_assessment(case: Case) -> Outcome:
    """校核自评材料：差异未说明、奖励经费使用情况未填的，不能提交。

    What keeps the self-assessment from being handed in: unexplained differences, a reward without its use.
    """
    sheet = case.forms.get("self_assessment", {})
    return Outcome({"errors": evaluation_assessment.errors(case, sheet), "findings": []})


def check_seal(case: Case) -> Outcome:
    """校核单位审核盖章：盖章日期晚于今天的，不能报送。

    What keeps the unit from sending it: a day of sealing that lies ahead.
    """
    sealed = day(case.forms.get("host_approve", {}), "sealed_on")
    ahead = sealed is not None and sealed > case.today
    return Outcome({"errors": {"sealed_on": "盖章日期不能晚于今天。"} if ahead else {}, "findings": []})


def register_assessment(case: Case) -> Outcome:
    """登记自评材料提交：首次提交日期不变，转组织推荐部门审核。

    The self-assessment has left the unit; the first day stands. The department reads it next.
    """
    on = case.proceeding.get("submitted_on") or case.today
    fields = {"submitted_on": on}
    told = messages.SIGN + f"{_base(case)}的绩效评价自评材料已提交，请审核并填写配套支持情况。"
    before = _assessment(case)
    data = {**before, "on": str(on), "submitted": True, "due_on": None}
    return Outcome(data, [UpdateProceeding(fields), *_tell_recommender(case, told, "绩效评价自评材料")])


def record_return(case: Case) -> Outcome:
    """登记自评材料退回修改：重新计算期限，减少一次退回机会。

    The department wants it mended: a new limit, one return less.
    """
    before = _assessment(case)
    returns = int(before.get("returns", 0)) + 1
    due = deadlines.workdays(reading.limit(case, "correction.days", 10), case.today, reading.calendar(case))
    reason = text(case.data.get("recommender_opinion", {}), "opinion").rstrip("。")
    data = {**before, "returns": returns, "returns_left": _returns_left(case, returns), "due_on": due.isoformat()}
    told = said.returned(_base(case), due, reason or "见退回意见")
    return Outcome(data, [*_tell_host(case, told, "自评材料退回修改")])


def miss(case: Case) -> Outcome:
    """提交期届满：已交过的以原材料参评，从未提交的按未参加处理。

    The limit has passed: what was handed in before counts; who handed in nothing did not take part.
    """
    before = _assessment(case)
    submitted = bool(before.get("submitted"))
    reason = "未在规定期限内提交自评材料"
    effects: list[Effect] = []
    if not submitted:
        effects = [
            UpdateProceeding({"status": "no_show", "late": True}),
            *_tell_host(case, said.no_show(_base(case), reason), "逾期未提交自评材料"),
            *_tell_recommender(case, said.no_show(_base(case), reason), "逾期未提交自评材料"),
        ]
    # 退回后逾期未改的不再退回，以原材料参加评价。
    data = {**before, "submitted": submitted, "returns_left": 0, "due_on": None, "reason": reason}
    return Outcome(data, effects)


def record_refusal(case: Case) -> Outcome:
    """记录依托单位表示不参加评价，告知组织推荐部门。

    The host says that it will not take part.
    """
    reason = text(case.data.get("self_assess", {}), "opinion").rstrip("。") or "书面表示不参加评价"
    told = said.no_show(_base(case), f"表示不参加评价（{reason}）")
    effects: list[Effect] = [UpdateProceeding({"status": "no_show"}), *_tell_recommender(case, told, "不参加绩效评价")]
    return Outcome({**_assessment(case), "submitted": False, "reason": reason, "due_on": None}, effects)


def check_no_show(case: Case) -> Outcome:
    """校核未参加评价的处理：准予延期的日期应晚于今天。

    What keeps an extension from being granted: a day that is not ahead, or after the round's reviews end.
    """
    until = day(case.forms.get("handle_no_show", {}), "until")
    late = until is None or until <= case.today
    return Outcome({"errors": {"until": "延期后的日期应晚于今天。"} if late else {}, "findings": []})


def grant_extension(case: Case) -> Outcome:
    """准予延期提交自评材料，告知依托单位新的期限。

    The host may still hand in, until the day that the Province grants.
    """
    until = day(case.forms.get("handle_no_show", {}), "until") or case.today
    effects: list[Effect] = [
        UpdateProceeding({"status": "assessing", "due_on": until}),
        *_tell_host(case, said.extended(_base(case), until), "准予延期提交"),
    ]
    return Outcome({**_assessment(case), "submitted": False, "due_on": until.isoformat(), "reason": ""}, effects)


def mark_no_show(case: Case) -> Outcome:
    """认定为不参加评价：一票否决，建议不合格，交评价批次决定。

    不参加评价: without points, unqualified by veto; the round decides as about all others.
    """
    found = {
        "quant": None,
        "expert": None,
        "adjustment": None,
        "total": None,
        "veto": VETOES["no_show"],
        "note": _why(case),
    }
    facts = {"result": {**found, "suggested": "unqualified"}}
    return Outcome(found, [UpdateProceeding({"status": "ready", "facts": facts})])


# ------------------------------------------------------------------------------------- postponement


def check_postponement(case: Case) -> Outcome:
    """校核延期评价申请：未说明情况的，不能提交。

    What keeps a postponement from being asked for: nothing but an empty request; the Province judges the ground.
    """
    wish = case.forms.get("request_postponement", {})
    return Outcome({"errors": {} if text(wish, "facts") else {"facts": "请说明情况。"}, "findings": []})


def refuse_postponement(case: Case) -> Outcome:
    """延期评价申请不予同意：告知理由，依托单位须参加本轮评价。

    The host has to take part, and reads why.
    """
    reason = text(case.data.get("decide_postponement", {}), "opinion").rstrip("。")
    told = said.postponement_refused(_base(case), reason or "见办理意见")
    return Outcome({"approved": False}, [*_tell_host(case, told, "延期评价申请未获同意")])


def record_postponed(case: Case) -> Outcome:
    """经批准暂缓评价：批次不再等待该基地，本轮既不计入也不中断连续次数。

    免评、延期 with approval: the round goes on without the base; it neither counts nor resets (domain.md 3.5).
    """
    asked = case.data.get("decide_postponement", {}).get("outcome") == "approve"
    given = case.data.get("decide_postponement" if asked else "handle_no_show", {})
    return _left_round(case, text(given, "opinion").rstrip("。") or "经批准暂缓评价")


def stop_closed(case: Case) -> Outcome:
    """评价批次不再等待：该基地的评价按省科技厅决定退出本轮。

    The round goes on without this evaluation, as the Province decided.
    """
    return _left_round(
        case, text(case.data.get("round_closed", {}), "reason").rstrip("。") or "未能在批次期限内完成评价"
    )


def stop_cancelled(case: Case) -> Outcome:
    """评价批次取消：该基地的评价随之终止，告知各方原因。

    The round was cancelled.
    """
    reason = text(case.data.get("round_cancelled", {}), "reason").rstrip("。") or "见省科技厅通知"
    told = said.round_cancelled(_base(case), _round_name(case), reason)
    return Outcome({"end": "round_cancelled", "reason": reason}, [
        UpdateProceeding({"note": reason}), *_tell_host(case, told, "绩效评价批次取消"),
        *_tell_recommender(case, told, "绩效评价批次取消"),
    ])  # fmt: skip


def stop_terminal(case: Case) -> Outcome:
    """基地资格终止（退出、取消、转国家级）：评价终止，不评等次。

    The base is one no more (退出、取消、转国家级): its evaluation ends without a grade.
    """
    reason = text(case.data.get("base_terminal", {}), "reason").rstrip("。") or "基地资格已终止"
    told = said.ended(_base(case), reason)
    return Outcome(
        {"end": "ended", "reason": reason},
        [UpdateProceeding({"note": reason}), *_tell_host(case, told, "绩效评价终止")],
    )


# ------------------------------------------------------------------------------------- the department's opinion


def check_opinion(case: Case) -> Outcome:
    """校核评价意见：没有配套支持又未说明原因的，不能出具（第二十一条）。

    What keeps the opinion from being given: figures that nobody confirmed, support without a document.
    """
    content, errors = case.forms.get("recommender_opinion", {}), dict[str, str]()
    if not rows(content, "support") and not text(content, "no_support_reason"):
        errors["no_support_reason"] = "没有配套支持的，请说明原因（第二十一条）。"
    signed = day(content, "signed_on")
    if signed and signed > case.today:
        errors["signed_on"] = "签署日期不能晚于今天。"
    return Outcome({"errors": errors, "findings": []})


def urge_recommender(case: Case) -> Outcome:
    """催办组织推荐部门出具评价意见和配套支持情况。

    The department's limit has passed: it is urged, nothing is ended by it.
    """
    told = f"{messages.SIGN}您有1件待办已到期：出具评价意见和配套支持情况（{_base(case)}），请尽快办理。"
    return Outcome({"on": case.today.isoformat()}, [Urge("recommender_opinion", told)])


def record_silence(case: Case) -> Outcome:
    """宽限期已过仍无评价意见：记录缺失，评价继续进行，告知各方。

    The grace is over too: the evaluation goes on without the department, and says so.
    """
    department = reading.name_of(case, case.proceeding.get("recommender_id")) or "组织推荐部门"
    told = said.opinion_missing(_base(case), department)
    effects: list[Effect] = [
        UpdateProceeding({"facts": {"opinion": "missing"}}),
        *_tell_recommender(case, told, "逾期未出具评价意见"),
        *_tell_host(case, told, "组织推荐部门未出具评价意见"),
        Notify(*OFFICER, told, subject="逾期未出具评价意见"),
    ]
    return Outcome({"silent": True, "on": case.today.isoformat()}, effects)


# ------------------------------------------------------------------------------------- points


def quant_score(case: Case) -> Outcome:
    """计算定量指标得分：逐项列出公式、数据和分值。

    The quantitative points with formula and figures of every line, kept in the summary (`facts.quant`).
    """
    found = evaluation_score.earned(evaluation_assessment.lines_of(case), evaluation_assessment.values(case))
    points = evaluation_score.total(found)
    most = sum((each.line.max for each in found), Decimal(0))
    facts = {"quant": [each.row() for each in found]}
    return Outcome({"total": plain(points), "max": plain(most)}, [UpdateProceeding({"facts": facts})])


def prepare_review(case: Case) -> Outcome:
    """列出由专家评分的指标，即没有计算公式的各项。

    The lines that experts score, by code: what no formula gives.
    """
    return Outcome(evaluation_score.for_experts(evaluation_assessment.lines_of(case)))


def check_visit(case: Case) -> Outcome:
    """校核现场考察意见：考察日期晚于今天、调整得分未说明理由的，不能登记。

    What keeps the visit from being recorded: a day ahead, an adjustment without reason.
    """
    content, errors = case.forms.get("site_visit", {}), dict[str, str]()
    visited = day(content, "visited_on")
    if visited and visited > case.today:
        errors["visited_on"] = "考察日期不能晚于今天。"
    if (number(content, "adjustment") or 0) != 0 and not text(content, "adjustment_reason"):
        errors["adjustment_reason"] = "调整得分的，请说明理由。"
    return Outcome({"errors": errors, "findings": []})


def total_score(case: Case) -> Outcome:
    """汇总得分：定量得分、专家平均分和考察调整相加，限于0至100分。

    `result`: the system's points, the experts' mean and the adjustment after a visit, added up between 0 and 100.
    """
    quant = Decimal(str(case.data.get("quant", {}).get("total") or 0))
    expert = Decimal(str(case.data.get("review", {}).get("mean") or 0))
    adjustment = number(case.forms.get("site_visit", {}), "adjustment") or Decimal(0)
    total = min(max(quant + expert + adjustment, Decimal(0)), Decimal(100))
    level = case.decide("grade", veto=False, total=total, within_cap=True, **_thresholds(case))
    found = {"quant": plain(quant), "expert": plain(expert), "adjustment": plain(adjustment), "total": plain(total)}
    return Outcome({**found, "level": level["grade"]})


def check_suggestion(case: Case) -> Outcome:
    """校核等次建议：一票否决未写明事实、否决后未建议不合格的，不能提出。

    What keeps the suggestion from being made: a veto without its facts, a grade against the veto.
    """
    content, errors = case.forms.get("suggest_grade", {}), dict[str, str]()
    if content.get("veto") and not text(content, "veto_facts"):
        errors["veto_facts"] = "请写明一票否决情形的事实和依据。"
    if content.get("veto") and content.get("suggested") != "unqualified":
        errors["suggested"] = "存在一票否决情形的，应建议不合格。"
    return Outcome({"errors": errors, "findings": []})


def finish_review(case: Case) -> Outcome:
    """完成单个基地的评审：得分、一票否决情形和建议等次提交评价批次。

    The evaluation is ready for the round, with its points, its veto and the officer's suggestion.
    """
    content, found = case.forms.get("suggest_grade", {}), case.data.get("result", {})
    vetoes = "、".join(VETOES.get(str(code), str(code)) for code in content.get("veto") or ())
    result = {
        **{key: found.get(key) for key in ("quant", "expert", "adjustment", "total")},
        "veto": vetoes,
        "note": "；".join(part for part in (text(content, "veto_facts"), text(content, "note")) if part),
        "suggested": text(content, "suggested") or found.get("level"),
    }
    return Outcome({"veto": vetoes}, [UpdateProceeding({"status": "ready", "facts": {"result": result}})])


# ------------------------------------------------------------------------------------- reading the case


def _left_round(case: Case, reason: str) -> Outcome:
    told = said.postponed(_base(case), _round_name(case), reason)
    effects: list[Effect] = [
        UpdateProceeding({"status": "postponed", "note": reason}),
        *_tell_host(case, told, "暂缓评价"),
        *_tell_recommender(case, told, "暂缓评价"),
    ]
    return Outcome({"end": "postponed", "reason": reason}, effects)


def _thresholds(case: Case) -> Mapping[str, Decimal]:
    begun = case.data.get("begun", {})
    return {
        name: number(begun, name) or Decimal(str(case.parameters.get(f"evaluation.{name}", otherwise)))
        for name, otherwise in (("excellent_min", 85), ("qualified_min", 60))
    }


def _why(case: Case) -> str:
    opinion = text(case.data.get("handle_no_show", {}), "opinion")
    return opinion or text(case.data.get("assessment") or {}, "reason") or "未参加评价"


def _assessment(case: Case) -> Mapping[str, Any]:
    found: Mapping[str, Any] = case.data.get("assessment") or {}
    return found


def _returns_left(case: Case, returns: int) -> int:
    return max(reading.limit(case, "correction.max_rounds", 2) - returns, 0)


def _open_report(case: Case, year: int) -> str:
    """Number of the base's open report case for that year; "" when there is none."""
    known = reading.register(case).proceedings(
        base_id=str(case.base.get("id")), process="annual_report", period=str(year)
    )
    return next((str(row["id"]) for row in known if row.get("case_id") and row.get("ended_on") is None), "")


def _base(case: Case) -> str:
    return str(case.base.get("name") or "国合基地")


def _round_name(case: Case) -> str:
    return str(case.round.get("name") or text(case.data.get("begun", {}), "round_name") or "绩效评价")


def _tell_host(case: Case, told: str, subject: str) -> Sequence[Effect]:
    org = str(case.host.get("id", ""))
    return [Notify(role, org, told, subject=subject) for role in ("host", "host_admin")]


def _tell_recommender(case: Case, told: str, subject: str) -> Sequence[Effect]:
    department = str(case.proceeding.get("recommender_id") or case.base.get("recommender_id") or "")
    return [Notify("recommender", department, told, subject=subject)] if department else []
