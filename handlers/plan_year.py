"""Yearly rounds over all provincial bases (第十三条第三项, 第十四条第一项): who is in, who has not answered, what is told.

Shared by the openings of work plans and of supervision; a full year since designation is not asked for here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from handlers import messages, reporting_year
from handlers.eligibility_form import to_date
from handlers.vocabulary import Case, Effect, Facts, Notify, Register, StartBatch

ENDED_WITHOUT = ("ended", "base_terminal")
REMIND_BEFORE = 7
"""Calendar days before the due day on which the list of those missing goes out."""


def begin(case: Case, process: str, due_key: str, name: str) -> tuple[Facts, list[Effect]]:
    """Each active provincial base without a case of this process and year gets one; the others are listed with the reason.

    `opening` holds year, due_on, count and next_on, the day of the next list; begun by an officer it only adds.
    """
    year = case.today.year
    due_on = reporting_year.month_day(year, str(case.parameters[due_key]))
    begun = {str(row["base_id"]) for row in _register(case).proceedings(process=process, period=str(year))}
    owing: list[Facts] = []
    skipped: list[Facts] = []
    for base in _register(case).bases():
        reason = _reason(base, begun)
        if reason:
            skipped.append({"base_id": base["id"], "reason": reason})
        else:
            owing.append(_item(base, process, year, due_on))
    batch = StartBatch(process, f"{process}:{year}:{case.id}", f"{year}年{name}", owing, skipped)
    said = f"{messages.SIGN}{year}年{name}已布置{len(owing)}家，截止{messages.in_chinese(due_on)}。"
    data = {
        "year": year,
        "due_on": due_on.isoformat(),
        "count": len(owing),
        "skipped": len(skipped),
        "next_on": _next(due_on, case.today).isoformat(),
        "over": False,
    }
    return data, [batch, Notify("province_officer", "province", said, subject=f"{year}年{name}")]


def progress(
    case: Case, process: str, phrase: Callable[[int, date, Sequence[str], bool], str], name: str
) -> tuple[Facts, list[Effect]]:
    """Each department reads who of its own has not answered; after the due day the Province reads the sum as well."""
    opening = case.data.get("opening", {})
    year, due_on = int(opening["year"]), to_date(opening["due_on"]) or case.today
    owed = [
        row
        for row in _register(case).proceedings(process=process, period=str(year))
        if row.get("status") not in ENDED_WITHOUT
    ]
    missing = [row for row in reversed(owed) if not row.get("submitted_on")]
    over = case.today > due_on
    known = {str(base["id"]): str(base.get("name", "")) for base in _register(case).bases()}
    effects: list[Effect] = []
    for org, own in groupby(sorted(missing, key=_department), key=_department):
        names = [known.get(str(row["base_id"]), "") for row in own]
        if org:
            effects.append(Notify("recommender", org, phrase(year, due_on, names, over), subject=f"{name}未完成名单"))
    if over:
        said = f"{messages.SIGN}{year}年{name}应完成{len(owed)}家，已完成{len(owed) - len(missing)}家，未完成{len(missing)}家。"
        effects.append(Notify("province_officer", "province", said, subject=f"{year}年{name}完成情况"))
    following = due_on + timedelta(days=1)
    data = {**opening, "missing": len(missing), "over": over, "next_on": max(following, case.today).isoformat()}
    return data, effects


def _reason(base: Facts, begun: set[str]) -> str:
    """Why the base gets no case; "" when it gets one."""
    if str(base["id"]) in begun:
        return "本年度已布置。"
    if base.get("level") == "national":
        return "科技部国际科技合作基地，按科技部办法管理（第二十四条）。"
    return "" if base.get("status") == "active" else "已不在基地序列内。"


def _item(base: Facts, process: str, year: int, due_on: date) -> Facts:
    base_id = str(base["id"])
    return {
        "base_id": base_id,
        "key": f"{process}:{base_id}:{year}",
        "title": f"{base.get('name', '')}（{year}年度）",
        "period": str(year),
        "data": {"year": year, "due_on": due_on.isoformat()},
    }


def _next(due_on: date, today: date) -> date:
    remind = due_on - timedelta(days=REMIND_BEFORE)
    return remind if remind > today else max(due_on + timedelta(days=1), today)


def _department(row: Facts) -> str:
    return str(row.get("recommender_id") or "")


def _register(case: Case) -> Register:
    found: Any = case.register
    assert found is not None, "the case was given no register"
    register: Register = found
    return register
