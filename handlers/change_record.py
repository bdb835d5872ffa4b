"""What is on record of a base before its change (第十六条): partners, core team, direction, names of places and units.

The register first; where it has nothing, the application that the base was designated by. Knows no form of a change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from handlers import messages
from handlers.eligibility_form import day, rows, text
from handlers.vocabulary import Case, Facts, Register

IDENTITY = ("name", "name_zh", "country_region", "kind", "legal_name", "parent", "relation_since")
"""What says which institution a partner is."""
_AGREEMENT = ("signed_on", "expires_on", "scope")


def register(case: Case) -> Register:
    """The case's view of the register."""
    assert case.register is not None, "the case was given no register"
    return case.register


def application(case: Case) -> Facts:
    """The application that the base was designated by, as last handed in; empty for bases from before the platform."""
    of_base = str(case.base.get("application_id") or "")
    return register(case).submitted(of_base).get("application", {}) if of_base else {}


def partners(case: Case) -> list[Facts]:
    """The approved partners as rows of the application's table; empty when nothing is on record."""
    return [as_declared(row) for row in rows(case.base, "partners") or rows(application(case), "partners")]


def core_team(case: Case) -> list[Facts]:
    """The approved core members; empty when nothing is on record."""
    return rows(case.base, "core_team") or rows(application(case), "core_team")


def direction(case: Case) -> str:
    """The approved research direction and goals."""
    return text(case.base, "direction") or text(application(case), "goals")


def as_declared(row: Facts) -> Facts:
    """A partner of the register with its one agreement as the form writes it; one of a form stays as it is."""
    if rows(row, "agreements") or not row.get("agreement"):
        return row
    agreement = {"agreement_title": row["agreement"], **{key: row[key] for key in _AGREEMENT if row.get(key)}}
    # What was approved was found closely related then; the register keeps no other agreements.
    own = {key: value for key, value in row.items() if key not in {"agreement", *_AGREEMENT}}
    return {**own, "agreements": [{**agreement, "related": True, "file": str(row.get("file") or "register")}]}


def as_registered(row: Facts) -> dict[str, Any]:
    """A partner as the register keeps it: who it is, and the related agreement that lasts longest."""
    own = {key: row[key] for key in IDENTITY if row.get(key)}
    agreements = rows(row, "agreements")
    related = [each for each in agreements if each.get("related") is True] or agreements
    if related:
        best = max(related, key=lambda each: (day(each, "expires_on") or date.max, text(each, "signed_on")))
        own["agreement"] = text(best, "agreement_title")
        own |= {key: best[key] for key in _AGREEMENT if best.get(key)}
    return own


def called(partner: Facts) -> str:
    """The institution as people call it: Chinese name with the original in brackets."""
    zh, original = text(partner, "name_zh"), text(partner, "name")
    return f"{zh}（{original}）" if zh and original and zh != original else zh or original


def unit(case: Case, org_id: Any) -> str:
    """The organisation's name; empty when there is none."""
    return str((register(case).organisation(str(org_id)) or {}).get("name", "")) if org_id else ""


def city(case: Case, code: Any) -> str:
    """The city's name; an unknown code reads as itself."""
    return register(case).codes("city").get(str(code), str(code)) if code else ""


def place(case: Case) -> str:
    """Where the base is and who recommends it."""
    where = "，".join(
        part for part in (city(case, case.base.get("city")), text(case.host, "registered_address")) if part
    )
    department = unit(case, case.base.get("recommender_id"))
    return f"{where}；组织推荐部门：{department}" if department else where


def category(case: Case) -> str:
    """The base's category in Chinese."""
    return messages.category(str(case.base.get("category") or ""))


def names(people: Iterable[Facts]) -> str:
    """Names in a row."""
    return "、".join(text(person, "name") for person in people)


def standing_marks(case: Case) -> Sequence[Facts]:
    """疑似未经审批变更 marks that stand on the base."""
    marks = register(case).marks(str(case.base.get("id", "")))
    return [mark for mark in marks if mark.get("kind") == "undeclared_change"]


def mark_key(mark: Mapping[str, Any]) -> str:
    """How a mark is told apart on a form."""
    return str(mark.get("period") or "") or "-"
