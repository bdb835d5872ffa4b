"""What an annual report opens with (第十四条第一项, 第十五条, 第十六条): nobody types again what is on record.

Read from the register, the year's work plan and the report of the year before; all of it may be changed by the host
but for the list of changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers import annual_report_rules as rules
from handlers.annual_figures import going_on
from handlers.eligibility_form import rows, text, to_date
from handlers.vocabulary import Case, Facts, Register

QUARTERS = {"q1": "第一季度", "q2": "第二季度", "q3": "第三季度", "q4": "第四季度", "year": "全年"}


def known(case: Case) -> Facts:
    """The tables and numbers by the names that the form's prefill reads under `prior`."""
    last = rules.last_report(case)
    plan = _plan_of(case, rules.year(case))
    return {
        "partners": _known_partners(case, last),
        "plan_items": [_to_completion(row) for row in rows(plan, "items") or rows(last, "next_plan")],
        "contact": last.get("contact") or _contact(case),
        "overseas_platforms": [dict(row) for row in rows(last, "overseas_platforms")],
        "joint_projects": [_to_project(row) for row in rows(last, "joint_projects") if row.get("state") == "running"],
        "staff": last.get("staff"),
        "staff_full_time": last.get("staff_full_time"),
        "systems": _known_systems(last),
        "changes": _changes(case),
    }


def _known_partners(case: Case, last: Facts) -> list[Facts]:
    """The register's partners, else those that went on last year; each is 存续 until the host says otherwise."""
    registered: Any = case.base.get("partners") or ()
    known = [_to_partner(row) for row in registered if isinstance(row, Mapping)]
    kept = ("name_zh", "name", "country_region", "agreement_title", "signed_on", "expires_on")
    source = known or [{key: row[key] for key in kept if row.get(key)} for row in going_on(last)]
    return [{**row, "state": "kept"} for row in source]


def _to_partner(row: Facts) -> Facts:
    """A partner of the register as the report's table has it."""
    name = text(row, "name")
    found = {
        "name_zh": text(row, "name_zh") or name,
        "name": name,
        "country_region": text(row, "country_region"),
        "agreement_title": text(row, "agreement"),
        "signed_on": text(row, "signed_on"),
        "expires_on": text(row, "expires_on"),
    }
    return {key: value for key, value in found.items() if value}


def _plan_of(case: Case, year: int) -> Facts:
    """The work plan filed for that year (第十四条第一项)."""
    found = _register(case).proceedings(base_id=str(case.base.get("id", "")), process="work_plan", period=str(year))
    row = next((each for each in found if each.get("submitted_on") and each.get("case_id")), None)
    return _register(case).submitted(str(row["case_id"])).get("fill", {}) if row else {}


def _to_project(row: Facts) -> Facts:
    """A project that goes on: this year's money and evidence are this year's."""
    return {key: row[key] for key in ("name", "number", "level", "partner", "state") if row.get(key)}


def _to_completion(row: Facts) -> Facts:
    planned = "；".join(part for part in (text(row, "measure"), text(row, "output")) if part)
    return {"task": text(row, "task"), "item": planned, "planned": QUARTERS.get(text(row, "quarter"), "")}


def _contact(case: Case) -> Facts:
    """The contact of the base, else of its host."""
    named = {
        "name": case.base.get("contact") or case.host.get("contact_name"),
        "mobile": case.host.get("contact_phone"),
    }
    return {key: value for key, value in named.items() if value}


def _known_systems(last: Facts) -> Facts:
    systems = last.get("systems")
    known = systems if isinstance(systems, Mapping) else {}
    return {key: {"state": row.get("state")} for key, row in known.items() if isinstance(row, Mapping)}


def _changes(case: Case) -> list[Facts]:
    """第十六条: changes that happened in the period and those still under way."""
    first, last = rules.period(case)
    kinds = _register(case).codes("change_kind")
    found: list[Facts] = []
    for row in _register(case).proceedings(base_id=str(case.base.get("id", "")), process="change"):
        on = to_date(row.get("event_on")) or to_date(row.get("opened_on"))
        if (on and first <= on <= last) or not row.get("ended_on"):
            found.append(
                {
                    "case": str(row.get("id") or ""),
                    "what": kinds.get(str(row.get("kind")), str(row.get("kind") or "变更")),
                    "on": on.isoformat() if on else "",
                    "state": "已办结" if row.get("ended_on") else "正在办理",
                }
            )
    return found


def _register(case: Case) -> Register:
    assert case.register is not None, "the case was given no register"
    return case.register
