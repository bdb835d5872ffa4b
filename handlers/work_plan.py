"""Service tasks and form checks of a base's yearly work plan, and of a change of its overall plan (第十四条第一项).

Filed, not judged: being late has no consequence but the note of it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from handlers import annual_messages, messages
from handlers.eligibility_form import day, number, numbered, rows, text, to_date
from handlers.vocabulary import Case, Effect, Facts, Notify, Outcome, UpdateProceeding, Urge

QUARTERS = ("q1", "q2", "q3", "q4")


# ------------------------------------------------------------------------------------- the yearly plan


def prefill(case: Case) -> Outcome:
    """带出年度工作计划的初始内容：上年度报告中对本年度的安排。

    The plan opens with what the report of last year announced for this one.
    """
    last = _last_report(case)
    return Outcome({"goals": text(last, "next_goals"), "items": [dict(row) for row in rows(last, "next_plan")]})


def check_plan(case: Case) -> Outcome:
    """校核年度工作计划：同一举措重复填写、填报日期晚于今天的，不能报送。

    What keeps the plan from being filed: a line written twice, a day of signing that lies ahead.
    """
    plan, errors = case.forms.get("fill", {}), dict[str, str]()
    seen: set[tuple[str, str]] = set()
    for place, row in numbered(plan, "items"):
        key = (text(row, "task"), text(row, "measure"))
        if key in seen:
            errors[f"items.{place}.measure"] = "同一举措只列一次，请合并。"
        seen.add(key)
    signed_on = day(plan, "signed_on")
    if signed_on and signed_on > case.today:
        errors["signed_on"] = "填报日期不能晚于今天。"
    return Outcome({"errors": errors, "findings": []})


def open_plan(case: Case) -> Outcome:
    """开放年度工作计划填报：记录年度和应报日期，通知依托单位。

    The plan may be written; its summary shows the year and the due day, the host knows.
    """
    year, due_on = _year(case), _due_on(case)
    said = annual_messages.plan_opened(_base(case), year, due_on)
    data = {"year": year, "returns_left": _returns_left(case, 0), "returns": 0}
    fields = {"period": str(year), "kind": "yearly", "due_on": due_on}
    return Outcome(data, [UpdateProceeding(fields), *_tell_host(case, said, f"{year}年度工作计划")])


def note_late(case: Case) -> Outcome:
    """年度工作计划逾期未报：记录并提醒，不产生其他后果。

    The due day has passed without a plan: noted and told, nothing follows (domain.md 8 no. 14).
    """
    if case.proceeding.get("submitted_on"):
        return Outcome({"late": False})
    said = annual_messages.plan_late(_base(case), _year(case))
    told = [*_tell_host(case, said, "年度工作计划未报送"), *_tell_recommender(case, said, "年度工作计划未报送")]
    return Outcome({"late": True}, [UpdateProceeding({"late": True}), *told])


def submit_plan(case: Case) -> Outcome:
    """报送年度工作计划：首次报送日期决定是否逾期。

    The plan has left the unit; the first time decides whether it is late.
    """
    if case.proceeding.get("submitted_on"):
        return Outcome({"on": case.today.isoformat()})
    late = case.today > _due_on(case)
    return Outcome({"on": case.today.isoformat()}, [UpdateProceeding({"submitted_on": case.today, "late": late})])


def record_return(case: Case) -> Outcome:
    """登记年度工作计划退回修改：告知依托单位理由，累计退回次数。

    The host reads why the plan came back; `plan` counts the returns.
    """
    before: Facts = case.data.get("plan", {})
    returns = int(before.get("returns", 0)) + 1
    reason = text(case.data.get("review", {}), "opinion") or "详见审核意见"
    said = annual_messages.plan_returned(_base(case), _year(case), reason)
    data = {**before, "returns": returns, "returns_left": _returns_left(case, returns)}
    return Outcome(data, _tell_host(case, said, "年度工作计划退回修改"))


def urge_review(case: Case) -> Outcome:
    """催办组织推荐部门审核年度工作计划。

    The department's limit has passed: it is urged.
    """
    said = messages.overdue("审核年度工作计划", _base(case))
    return Outcome({"on": case.today.isoformat()}, [Urge("review", said)])


def file_plan(case: Case) -> Outcome:
    """年度工作计划备案：告知依托单位和省科技厅，此后可以填报进展。

    备案: the plan stands for the year, the host and the Province know; progress may be reported from now on.
    """
    year, items = _year(case), rows(case.forms.get("fill", {}), "items")
    budget = sum((number(row, "budget") or 0 for row in items), 0)
    said = annual_messages.plan_filed(_base(case), year, len(items))
    effects: list[Effect] = [
        UpdateProceeding(
            {"status": "filed", "decided_on": case.today, "facts": {"items": len(items), "budget": str(budget)}}
        ),
        *_tell_host(case, said, "年度工作计划已备案"),
        Notify("province_officer", "province", said, subject="年度工作计划备案"),
    ]
    return Outcome({"items": len(items)}, effects)


def check_progress(case: Case) -> Outcome:
    """校核进展填报：尚未开始的季度不能填报。

    What keeps progress from being reported: a quarter that has not begun.
    """
    quarter = text(case.forms.get("progress", {}), "quarter")
    errors = {}
    if quarter in QUARTERS and date(_year(case), QUARTERS.index(quarter) * 3 + 1, 1) > case.today:
        errors["quarter"] = "该季度尚未开始。"
    return Outcome({"errors": errors, "findings": []})


def record_progress(case: Case) -> Outcome:
    """登记季度进展：记录各项任务的平均完成程度，告知组织推荐部门。

    The quarter's mean of the lines' progress stands in the summary; the department knows.
    """
    told: Facts = case.data.get("progress_told", {})
    quarter, shares = text(told, "quarter"), [number(row, "done_percent") or 0 for row in rows(told, "rows")]
    mean = round(float(sum(shares) / len(shares))) if shares else 0
    facts: dict[str, Any] = {"progress": {**(_facts(case).get("progress") or {}), quarter: mean}}
    said = annual_messages.plan_progress(_base(case), _year(case), quarter, mean)
    return Outcome(
        {"quarter": quarter, "mean": mean},
        [UpdateProceeding({"facts": facts}), *_tell_recommender(case, said, "工作计划进展")],
    )


def close_plan(case: Case) -> Outcome:
    """年度结束：工作计划办结，执行情况带入年度报告。

    The year is over; the plan goes into the annual report.
    """
    return Outcome({"end": "completed", "progress": _facts(case).get("progress") or {}})


def close_unfiled(case: Case) -> Outcome:
    """年度结束仍未报送工作计划：按未报送办结。

    The year is over and no plan was sent.
    """
    said = annual_messages.plan_unfiled(_base(case), _year(case))
    return Outcome(
        {"end": "not_filed"},
        [*_tell_host(case, said, "年度工作计划未报送"), *_tell_recommender(case, said, "年度工作计划未报送")],
    )


# ------------------------------------------------------------------------------------- the overall plan


def check_update(case: Case) -> Outcome:
    """校核总体方案更新：执行日期早于基地认定日期的，不能提交。

    What keeps the change from being sent: a day of taking effect before the base was one.
    """
    wish, errors = case.forms.get("update", {}), {}
    effective_on, designated_on = day(wish, "effective_on"), to_date(case.base.get("designated_on"))
    if effective_on and designated_on and effective_on < designated_on:
        errors["effective_on"] = f"不能早于认定日期（{messages.in_chinese(designated_on)}）。"
    return Outcome({"errors": errors, "findings": []})


def open_update(case: Case) -> Outcome:
    """发起建设总体方案更新，在摘要中标明计划种类。

    The summary shows what kind of plan this is.
    """
    return Outcome({"returns": 0, "returns_left": _returns_left(case, 0)}, [UpdateProceeding({"kind": "overall"})])


def record_update(case: Case) -> Outcome:
    """总体方案更新生效：告知依托单位和省科技厅。

    The overall plan in force is the new one; the host and the Province know.
    """
    effective_on = day(case.forms.get("update", {}), "effective_on") or case.today
    said = annual_messages.overall_plan_updated(_base(case), effective_on)
    effects: list[Effect] = [
        UpdateProceeding({"submitted_on": case.today, "decided_on": case.today, "event_on": effective_on}),
        *_tell_host(case, said, "建设总体方案已更新"),
        Notify("province_officer", "province", said, subject="建设总体方案更新"),
    ]
    return Outcome({"effective_on": effective_on.isoformat()}, effects)


def stop_terminal(case: Case) -> Outcome:
    """基地资格终止：工作计划随之终止。

    The base is one no more: nothing is to be planned.
    """
    reason = text(case.data.get("base_terminal", {}), "reason") or "基地资格已终止"
    said = f"{messages.SIGN}{_base(case)}工作计划不再办理。原因：{reason.rstrip('。')}。"
    return Outcome(
        {"end": "ended", "reason": reason},
        [UpdateProceeding({"note": reason}), *_tell_host(case, said, "工作计划终止")],
    )


# ------------------------------------------------------------------------------------- reading the case


def _year(case: Case) -> int:
    return int(case.data.get("begun", {}).get("year") or case.today.year)


def _due_on(case: Case) -> date:
    return day(case.data.get("begun", {}), "due_on") or case.today


def _last_report(case: Case) -> Facts:
    """The report of the year before, which announces this year's plan."""
    if case.register is None or not case.base.get("id"):
        return {}
    wanted = {"base_id": str(case.base["id"]), "process": "annual_report", "period": str(_year(case) - 1)}
    row = next((each for each in case.register.proceedings(**wanted) if each.get("submitted_on")), None)
    return case.register.submitted(str(row["case_id"])).get("annual_report", {}) if row and row.get("case_id") else {}


def _returns_left(case: Case, returns: int) -> int:
    return max(int(case.parameters.get("correction.max_rounds", 2)) - returns, 0)


def _facts(case: Case) -> Facts:
    found: Facts = case.proceeding.get("facts") or {}
    return found


def _base(case: Case) -> str:
    return str(case.base.get("name") or "国合基地")


def _tell_host(case: Case, said: str, subject: str) -> list[Effect]:
    org = str(case.host.get("id", ""))
    return [Notify(role, org, said, subject=subject) for role in ("host", "host_admin")]


def _tell_recommender(case: Case, said: str, subject: str) -> list[Effect]:
    org = str(case.proceeding.get("recommender_id") or case.base.get("recommender_id") or "")
    return [Notify("recommender", org, said, subject=subject)] if org else []
