"""What stands in the file of a revocation: its grounds as they come and go, the opinions asked for, what is established.

Reads the case; decides nothing and tells nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from handlers import revocation_grounds as grounds_of
from handlers import reward_money
from handlers.eligibility_form import part, rows, text, to_date
from handlers.revocation_grounds import GROUNDS
from handlers.round_progress import name_of, register
from handlers.vocabulary import Case, Facts

TOLD = ("statement", "hearing", "reviewing_statement", "deciding")
"""Stages after the prior notice: a new ground needs a notice of its own."""
VIEWS = {"support": "建议取消资格", "rectify": "建议责令整改", "oppose": "建议不予取消"}
COSIGNED = {"agree": "同意", "remark": "同意并提出意见", "disagree": "不同意"}
UNQUALIFIED = "unqualified"


def base_name(case: Case) -> str:
    """The base as the file calls it."""
    return str(case.base.get("name") or "国合基地")


def proposed(case: Case) -> list[dict[str, str]]:
    """What the system proposed, at the beginning and since."""
    first = case.data.get("file", {}).get("proposals") or grounds_of.proposals(case.data.get("begun") or {})
    return [*first, *(case.data.get("added", {}).get("proposals") or ())]


def cards(case: Case) -> list[Facts]:
    """The grounds that the file was opened for, as the officer wrote them; empty before it was opened."""
    if case.data.get("open_case", {}).get("outcome") != "open":
        return []
    return rows(case.forms.get("open_case", {}), "grounds")


def current(case: Case) -> list[str]:
    """The grounds in question: those the file was opened for (proposed ones until then), merged ones, less withdrawn ones."""
    opened = [text(card, "ground") for card in cards(case)]
    found = set(opened) if opened else {row["ground"] for row in proposed(case)}
    found |= {row["ground"] for row in case.data.get("added", {}).get("proposals") or ()}
    return sorted((found & GROUNDS.keys()) - set(withdrawn(case)))


def withdrawn(case: Case) -> list[str]:
    """Grounds that fell away, e.g. by a corrected grade."""
    return list(case.data.get("removed", {}).get("grounds") or ())


def established(case: Case) -> list[str]:
    """The grounds that the verification found, as far as none fell away since."""
    return [g for g in grounds_of.established(case, case.forms.get("verify", {})) if g not in withdrawn(case)]


def finding_rows(case: Case) -> list[dict[str, str]]:
    """The table of the verification: one line for every condition of the grounds in question."""
    return [
        {"finding": finding.id, "ground": f"第（{grounds_of.ITEMS[finding.ground]}）项", "text": finding.text}
        for finding in grounds_of.findings_of(current(case))
    ]


def clues(case: Case) -> list[dict[str, str]]:
    """What the register knows that bears on the grounds: marks, late and missing reports, grades."""
    base_id, known = str(case.base.get("id", "")), register(case)
    found = [
        {"kind": "标记", "text": str(row["text"]), "on": _iso(row.get("raised_on"))} for row in known.marks(base_id)
    ]
    for row in known.proceedings(base_id=base_id, process="annual_report"):
        if row.get("late") or row.get("status") == "missing":
            how = "未提交" if not row.get("submitted_on") else "逾期提交"
            found.append(
                {"kind": "年度报告", "text": f"{row.get('period')}年度报告{how}", "on": _iso(row.get("due_on"))}
            )
    for row in graded(case):
        label = known.codes("grade").get(str(row["grade"]), str(row["grade"]))
        name = text(part(row, "facts"), "round_name") or "绩效评价"
        found.append({"kind": "绩效评价", "text": f"{name}：{label}", "on": _iso(row.get("decided_on"))})
    return found


def graded(case: Case) -> list[Facts]:
    """The base's graded evaluations, the latest first; imported ones only when the import says that they count."""
    found = register(case).proceedings(base_id=str(case.base.get("id", "")), process="evaluation")
    counted = [r for r in found if r.get("grade") and (r.get("case_id") or part(r, "facts").get("counts") is True)]
    return sorted(counted, key=lambda row: (to_date(row.get("decided_on")) or date.min, str(row["id"])), reverse=True)


def is_unqualified_running(case: Case, times: int) -> bool:
    """第二十二条（二）: the latest results are unqualified, that many times running."""
    latest = [str(row["grade"]) for row in graded(case)[:times]]
    return len(latest) == times and set(latest) == {UNQUALIFIED}


def opinions(case: Case) -> list[dict[str, str]]:
    """What the department and the cosigning divisions said, for those who decide."""
    given = case.data.get("opinion", {})
    found = []
    if given:
        view = VIEWS.get(str(given.get("view")), "逾期未提出意见")
        department = name_of(case, case.base.get("recommender_id"))
        found.append({"who": department or "组织推荐部门", "view": view, "opinion": str(given.get("opinion") or "")})
    signed: Any = case.data.get("cosign") or {}
    for org, row in signed.items():
        view = COSIGNED.get(str(row.get("outcome")), "")
        found.append({"who": name_of(case, org) or org, "view": view, "opinion": said_by(row)})
    return found


def said_by(row: Facts) -> str:
    """What a division wrote: its opinion on the form, and why when it does not simply agree."""
    parts = (text(row, "opinion"), text(row, "opinion_text"))
    return "；".join(part.rstrip("。") for part in parts if part)


def cosigners(case: Case, grounds: Sequence[str], chosen: Sequence[str] = ()) -> dict[str, dict[str, str]]:
    """The divisions that cosign, {organisation: {name}}: those of the parameter for all and for each ground, and the chosen."""
    listed: Any = case.parameters.get("revocation.cosign") or {}
    wanted = {*listed.get("all", ()), *chosen, *(org for ground in grounds for org in listed.get(ground, ()))}
    return {org: {"name": name_of(case, org) or org} for org in sorted(wanted)}


def rewards(case: Case) -> list[dict[str, Any]]:
    """Rewards of the base that were paid and not settled, with what is left of them (万元)."""
    return [
        {"case": row["id"], "title": reward_money.name(row), "left": float(reward_money.unused(case, row))}
        for row in reward_money.of_base(case)
        if reward_money.unused(case, row) > 0
    ]


def _iso(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")
