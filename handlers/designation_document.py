"""What the designation document says and does: last checks, bases, the list, the results (第十一条第四项)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from handlers import eligibility, messages, round_progress
from handlers.eligibility_form import rows, text
from handlers.vocabulary import Case, Effect, Facts, Notify, RegisterBase

Result = tuple[Facts, str, str]
"""An application's row, the decision, its reason."""

DECISIONS = {"approve": "予以认定", "defer": "暂缓认定", "refuse": "不予认定"}


def decided(case: Case) -> list[Facts]:
    """The applications that a decision was recorded for and that still are open."""
    found = round_progress.applications(case)
    return [r for r in found if r.get("decision") in DECISIONS and r.get("status") not in round_progress.ENDED]


def blocked(case: Case) -> list[dict[str, Any]]:
    """Approved applications that fail what may have changed since acceptance (第七条第一项, 第二十二条, 第二十四条)."""
    checked = [(row, _rejections(case, row)) for row in decided(case) if row["decision"] == "approve"]
    return [
        {"application": row["id"], "base_name": row.get("base_name") or "", "reason": "；".join(reasons)}
        for row, reasons in checked
        if reasons
    ]


def excluded(case: Case) -> dict[str, str]:
    """What the officer chose to leave out, with the reason; empty unless the document is to go out without them."""
    if case.data.get("exclude_blocked", {}).get("outcome") != "exclude":
        return {}
    listed = rows(case.forms.get("exclude_blocked", {}), "rows")
    return {text(row, "application"): text(row, "reason") for row in listed}


def result(row: Facts, left_out: Mapping[str, str]) -> Result:
    """The application with its decision and reason; what was left out at the last moment is refused."""
    if row["id"] in left_out:
        return row, "refuse", left_out[row["id"]] or "发文前核验未通过"
    return row, str(row["decision"]), str(row.get("decision_reason") or "")


def base(row: Facts, doc_no: str, issued_on: date) -> RegisterBase:
    """The base that enters the register; 认定日期 is the document's date."""
    facts = {
        "name": row.get("base_name"),
        "level": "provincial",
        "host_id": row.get("host_id"),
        "leader": row.get("leader"),
        "city": row.get("city"),
        "recommender_id": row.get("recommender_id"),
        "field_code": row.get("field_code"),
        "regions": list(row.get("main_regions") or ()),
        "origin": "designation",
        "status": "active",
        "status_on": issued_on,
    }
    return RegisterBase(facts, str(row.get("category")), issued_on, doc_no, str(row["id"]))


def notice(case: Case, document: Facts, doc_no: str, issued_on: date, approved: Sequence[Facts]) -> Facts:
    """The content of the 认定通知: the list by category, in the order of the recommended ranks."""
    return {
        "title": text(document, "title"),
        "doc_no": doc_no,
        "issued_on": issued_on.isoformat(),
        "issued_on_text": messages.in_chinese(issued_on),
        "signer": text(document, "signer"),
        "recipients": text(document, "recipients"),
        "copies": text(document, "copies"),
        "round": str(case.round.get("name") or ""),
        "basis": "《省科技厅国际科技合作基地管理办法》第十一条",
        "list": listed(case, approved),
    }


def listed(case: Case, approved: Sequence[Facts]) -> list[Facts]:
    """The 名单 as the publicity and the document print it: by category, in the order of the recommended ranks."""
    cities = round_progress.register(case).codes("city")
    return [
        {
            "number": place,
            "base_name": row.get("base_name"),
            "host_name": round_progress.name_of(case, row.get("host_id")),
            "category": messages.category(str(row.get("category"))),
            "leader": row.get("leader"),
            "city": cities.get(str(row.get("city")), row.get("city")),
            "recommender": round_progress.name_of(case, row.get("recommender_id")),
        }
        for place, row in enumerate(sorted(approved, key=_in_the_list), 1)
    ]


def results_for_recommenders(case: Case, doc_no: str, results: Sequence[Result]) -> list[Effect]:
    """Each department reads how its own applications fared."""
    departments = sorted({str(row["recommender_id"]) for row, _, _ in results if row.get("recommender_id")})
    told: list[Effect] = []
    for department in departments:
        theirs = [(row, decision) for row, decision, _ in results if row.get("recommender_id") == department]
        names = [str(row.get("base_name") or "") for row, decision in theirs if decision == "approve"]
        name = round_progress.name_of(case, department)
        said = messages.results_for(name, doc_no, names, len(theirs) - len(names))
        told.append(Notify("recommender", department, said, subject="认定结果"))
    return told


def _rejections(case: Case, row: Facts) -> list[str]:
    known = round_progress.register(case).organisation(str(row.get("host_id")))
    host = known or {"id": row.get("host_id"), "uscc": row.get("uscc")}
    form = {
        "uscc": row.get("uscc") or host.get("uscc"),
        "entity_type": host.get("entity_type"),
        "entity_status": host.get("entity_status"),
        "base_name": row.get("base_name"),
        "field_code": row.get("field_code"),
        "category": row.get("category"),
        "leader": {"name": row.get("leader")},
    }
    own = replace(case, id=str(row["id"]), host=host, application=row)
    return [finding.message for finding in eligibility.check_before_document(own, form) if finding.status == "reject"]


def _in_the_list(row: Facts) -> tuple[int, int, str]:
    kinds = list(messages.CATEGORIES)
    category = row.get("category")
    return (kinds.index(category) if category in kinds else len(kinds), row.get("rank") or 10**6, str(row["id"]))
