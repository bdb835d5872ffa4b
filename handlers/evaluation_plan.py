"""第十八条: whom an evaluation round is about and by which rules, as its set-up form says; why a base gets no case.

Reads the form and the register's rows; decides about no task.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from handlers import deadlines, messages, round_progress
from handlers.eligibility_form import day, number, part, text, to_date
from handlers.vocabulary import Case, Facts

EXCELLENT, QUALIFIED, UNQUALIFIED = "excellent", "qualified", "unqualified"


@dataclass(frozen=True)
class Policy:
    """The round's rules for grades; points of 100, the cap as a share of the bases that are graded."""

    excellent_min: Decimal
    qualified_min: Decimal
    cap: Decimal
    by_category: bool
    no_show: str
    """unqualified | manual"""


@dataclass(frozen=True)
class Scope:
    """The bases of a round, and those that a reason keeps out of it."""

    items: Sequence[Facts]
    skipped: Sequence[Facts]


def plan(case: Case) -> Facts:
    """The set-up form of the round."""
    return case.forms.get("set_up", {})


def policy(case: Case) -> Policy:
    """The rules that the form gives; where it is silent, the parameters."""
    given = part(plan(case), "policy")
    share = number(given, "excellent_cap")
    return Policy(
        excellent_min=number(given, "excellent_min") or _parameter(case, "evaluation.excellent_min", 85),
        qualified_min=number(given, "qualified_min") or _parameter(case, "evaluation.qualified_min", 60),
        cap=share / 100 if share is not None else _parameter(case, "evaluation.excellent_cap", "0.15"),
        by_category=text(given, "cap_by") == "category",
        no_show=text(given, "no_show") or str(case.parameters.get("evaluation.no_show", "manual")),
    )


def scope(case: Case) -> Scope:
    """Active bases that the round is meant for: one item each, or the reason why there is none."""
    register, wanted = round_progress.register(case), plan(case)
    busy = {process: _open(case, process) for process in ("exit", "evaluation")}
    recent = _graded_in_cycle(case) if wanted.get("skip_recent", True) else {}
    items: list[Facts] = []
    skipped: list[Facts] = []
    for base in register.bases(status="active"):
        if not _is_meant(base, wanted):
            continue
        reason = _reason(case, base, busy, recent)
        if reason:
            skipped.append({"base_id": base["id"], "reason": reason})
        else:
            items.append(_item(case, base))
    return Scope(items, skipped)


def preview(case: Case, form: Facts) -> str:
    """What the set-up page says of the scope while it is being filled."""
    if not form.get("categories") or not form.get("designated_by"):
        return ""
    found = scope(_with_form(case, form))
    said = f"列入评价{len(found.items)}家"
    return (
        f"{said}，另有{len(found.skipped)}家因认定时间、退出在办等原因本轮不评价，发起时逐家列明。"
        if found.skipped
        else f"{said}。"
    )


def _with_form(case: Case, form: Facts) -> Case:
    return Case(**{**vars(case), "forms": {**dict(case.forms), "set_up": form}})


def _is_meant(base: Facts, wanted: Facts) -> bool:
    """The base is of a category, field and city that the round names; none named means all."""
    asked = {"categories": "category", "fields": "field_code", "cities": "city"}
    return all(not wanted.get(key) or base.get(column) in wanted[key] for key, column in asked.items())


def _reason(case: Case, base: Facts, busy: dict[str, set[str]], recent: dict[str, date]) -> str:
    if base.get("level") == "national":
        return "科技部国际科技合作基地，按科技部相关办法评价（第二十四条）。"
    since, until = to_date(base.get("designated_on")), day(plan(case), "designated_by")
    if since is None:
        return "台账没有认定日期，请补录后列入下一批次。"
    if until and since > until:
        return f"认定于{messages.in_chinese(since)}，晚于本批次的范围（{messages.in_chinese(until)}）。"
    least = int(_parameter(case, "evaluation.first_after_years", 2))
    if deadlines.years(least, since) > case.today:
        return f"认定于{messages.in_chinese(since)}，未满{least}年，经批准本轮免评。"
    if base["id"] in busy["exit"]:
        return "退出申请正在办理，本轮评价延期。"
    if base["id"] in busy["evaluation"]:
        return "另一批次的绩效评价尚未办结。"
    if base["id"] in recent:
        return f"本评价周期内已于{messages.in_chinese(recent[str(base['id'])])}评价。"
    return ""


def _item(case: Case, base: Facts) -> Facts:
    """What the base's case begins with; the round's rules as they are at its publishing (settled.md 18)."""
    wanted, rules = plan(case), policy(case)
    data: dict[str, Any] = {
        "round_name": text(wanted, "name"),
        "period_from": wanted.get("period_from"),
        "period_to": wanted.get("period_to"),
        "no_show": rules.no_show,
        "excellent_min": float(rules.excellent_min),
        "qualified_min": float(rules.qualified_min),
    }
    return {
        "base_id": base["id"],
        "key": f"evaluation:{case.id}:{base['id']}",
        "title": base.get("name") or "",
        "round_id": case.id,
        "data": data,
    }


def _open(case: Case, process: str) -> set[str]:
    """Bases with an unended case of the process."""
    rows = round_progress.register(case).proceedings(process=process)
    return {str(row["base_id"]) for row in rows if row.get("ended_on") is None and row.get("case_id")}


def _graded_in_cycle(case: Case) -> dict[str, date]:
    """Bases graded within the cycle, counted in calendar years, with the day of the result."""
    years = int(_parameter(case, "evaluation.cycle_years", 3))
    found: dict[str, date] = {}
    for row in round_progress.register(case).proceedings(process="evaluation"):
        decided = to_date(row.get("decided_on"))
        if row.get("grade") and decided and row.get("kind") != "national" and decided.year + years > case.today.year:
            found.setdefault(str(row["base_id"]), decided)
    return found


def _parameter(case: Case, key: str, otherwise: int | str) -> Decimal:
    return Decimal(str(case.parameters.get(key, otherwise)))
