"""Service tasks of the publicity of a list before the document (第十一条第四项), and of named objections to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from handlers import deadlines, designation_document, messages
from handlers.eligibility_form import rows, text
from handlers.vocabulary import Calendar, Case, Effect, Facts, IssueDocument, Notify, Outcome, Register, UpdateRound


def publish_list(case: Case) -> Outcome:
    """公示拟认定名单，截止日写入变量 until（含当日，公布当日不计）。

    The approved list is a document that is public until `until`, that day included; the first day is not counted.
    """
    plan = case.forms.get("set_up", {})
    days = int(plan.get("publicity_days") or case.parameters.get("publicity.days", 5))
    until = _until(case, days)
    decided = _decisions(case)
    listed = [row for row in _applications(case) if decided.get(row["id"], row.get("decision")) == "approve"]
    names = [str(row.get("base_name") or "") for row in listed]
    said = f"{messages.SIGN}{_round_name(case)}拟认定名单公示至{messages.in_chinese(until)}，共{len(names)}件。"
    name = _round_name(case)
    short = name.removesuffix("认定")
    content = {"round": short, "until": until.isoformat(), "list": designation_document.listed(case, listed)}
    effects: list[Effect] = [
        UpdateRound({"status": "publicity", "publicity_until": until}),
        IssueDocument("publicity_list", f"{short}拟认定名单公示", content, issued_on=case.today),
    ]
    effects += [Notify("recommender", org, said, subject="公示") for org in _departments(listed)]
    public = [{"application": row["id"], "base_name": row.get("base_name") or ""} for row in listed]
    return Outcome({"until": until.isoformat(), "from": case.today.isoformat(), "rows": public}, effects)


def receive_objection(case: Case) -> Outcome:
    """登记实名异议，告知被异议单位将听取意见，不透露异议人。

    The named objection is registered; the unit concerned knows that it will be heard, but not by whom it came.
    """
    application = _application(case)
    base = str(application.get("base_name") or "国合基地")
    told: list[Effect] = [
        Notify("province_officer", "province", messages.objection_received(base), subject="公示异议"),
    ]
    if application.get("host_id"):
        said = f"{messages.SIGN}公示期内收到对{base}的异议，省科技厅将核查并听取你单位意见。"
        told.append(Notify("host", str(application["host_id"]), said, subject="公示异议"))
    return Outcome({"application": application.get("id", ""), "on": case.today.isoformat()}, told)


def record_objection(case: Case) -> Outcome:
    """登记异议核查结果：成立的及其理由、不成立的件数，写入变量 objections。

    `objections` gathers what was upheld, with the reason, and how many were dismissed.
    """
    before: Any = case.data.get("objections") or {}
    upheld, dismissed = list(before.get("upheld", ())), int(before.get("dismissed", 0))
    found = case.forms.get("investigate", {})
    if case.data.get("investigate", {}).get("outcome") == "uphold":
        reason = (text(found, "conclusion") or text(found, "facts") or "公示异议成立").rstrip("。")
        upheld.append({"application": _application(case).get("id", ""), "reason": f"公示异议成立：{reason}"})
    else:
        dismissed += 1
    return Outcome({"upheld": upheld, "dismissed": dismissed})


def conclude(case: Case) -> Outcome:
    """公示期满：没有异议成立的，变量 clean 为真。

    The period is over; `clean` when no objection has been upheld so far.
    """
    upheld = (case.data.get("objections") or {}).get("upheld", ())
    return Outcome({"clean": not upheld, "on": case.today.isoformat()})


def _until(case: Case, days: int) -> date:
    if case.parameters.get("publicity.unit", "workday") == "workday":
        return deadlines.workdays(days, case.today, _calendar(case))
    return deadlines.roll(case.today + timedelta(days=days), _calendar(case))


def _application(case: Case) -> Facts:
    """The application the objection is about, as the register has it."""
    sources = (case.forms.get("investigate", {}), case.data.get("objection") or {}, case.forms.get("objection", {}))
    wanted = next((given for facts in sources if (given := text(facts, "application"))), "")
    return next((row for row in _applications(case) if row.get("id") == wanted), {"id": wanted})


def _applications(case: Case) -> Sequence[Facts]:
    return _register(case).applications(round_id=case.round.get("id") or case.id)


def _decisions(case: Case) -> dict[str, str]:
    """What the leader decided in this very step: the register shows it only afterwards."""
    return {text(row, "application"): text(row, "decision") for row in rows(case.forms.get("decide", {}), "rows")}


def _departments(listed: Sequence[Facts]) -> list[str]:
    return sorted({str(row["recommender_id"]) for row in listed if row.get("recommender_id")})


def _round_name(case: Case) -> str:
    return str(case.round.get("name") or "国合基地")


def _register(case: Case) -> Register:
    assert case.register is not None, "the case was given no register"
    return case.register


def _calendar(case: Case) -> Calendar:
    assert case.calendar is not None, "the case was given no calendar"
    return case.calendar
