"""What the papers of an evaluation round say: 工作通知, 公示名单, 评价结果, and the list that goes with them (第十八条)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from handlers import evaluation_messages as said
from handlers import evaluation_progress, messages, round_progress
from handlers.eligibility_form import rows, text
from handlers.vocabulary import Case, Effect, Facts, Notify

LETTERS = "《省科技厅国际科技合作基地管理办法》"


def labels(case: Case) -> Mapping[str, str]:
    """Grades as people read them; an analyst may add one (domain.md 1.3 no. 7)."""
    return round_progress.register(case).codes("evaluation_grade")


def label(case: Case, grade: str) -> str:
    """The grade's Chinese name."""
    return labels(case).get(grade, grade)


def decided(case: Case) -> dict[str, Facts]:
    """The leader's rows by evaluation: grade, reason."""
    return {text(row, "evaluation"): row for row in rows(case.forms.get("decide", {}), "rows")}


def graded(case: Case) -> list[tuple[Facts, Facts]]:
    """Evaluations still open that have a decision, with it, in the order of the decision."""
    open_rows = {
        str(row["id"]): row for row in evaluation_progress.evaluations(case) if not evaluation_progress.is_ended(row)
    }
    return [(open_rows[key], row) for key, row in decided(case).items() if key in open_rows]


def listed(case: Case, found: Sequence[tuple[Facts, Facts]]) -> list[dict[str, Any]]:
    """The 名单: grades in their order, in each the order of the ranks."""
    order = list(labels(case))
    cities = round_progress.register(case).codes("city")
    ranked = sorted(found, key=lambda pair: (_place(order, pair[1]), pair[1].get("rank") or 10**6, str(pair[0]["id"])))
    return [
        {
            "number": number,
            "base_name": row.get("title") or "",
            "host_name": round_progress.name_of(case, row.get("host_id")),
            "category": messages.category(str(row.get("facts", {}).get("category") or "")),
            "city": cities.get(str(row.get("city")), row.get("city") or ""),
            "recommender": round_progress.name_of(case, row.get("recommender_id")),
            "grade": label(case, str(decision.get("grade"))),
        }
        for number, (row, decision) in enumerate(ranked, 1)
    ]


def notice(plan: Facts, approval: Facts, categories: Sequence[str]) -> Facts:
    """The 工作通知 of the round."""
    dates = ("designated_by", "period_from", "period_to", "material_due", "opinion_due", "review_by")
    return {
        "recipients": text(plan, "notice_recipients"),
        "body": text(plan, "notice_body"),
        "contact": text(plan, "notice_contact"),
        "phone": text(plan, "notice_phone"),
        "files": list(plan.get("notice_files") or ()),
        "signer": text(approval, "signer"),
        "round": text(plan, "name"),
        "categories": [messages.category(code) for code in categories],
        **{key: plan.get(key) for key in dates},
    }


def results(case: Case, document: Facts, doc_no: str, issued_on: date, found: Sequence[tuple[Facts, Facts]]) -> Facts:
    """The 评价结果 as it is issued."""
    return {
        "title": text(document, "title"),
        "doc_no": doc_no,
        "issued_on": issued_on.isoformat(),
        "signer": text(document, "signer"),
        "recipients": text(document, "recipients"),
        "copies": text(document, "copies"),
        "round": str(case.round.get("name") or ""),
        "basis": f"{LETTERS}第十八条",
        "list": listed(case, found),
    }


def for_recommenders(case: Case, doc_no: str, found: Sequence[tuple[Facts, Facts]]) -> list[Effect]:
    """Each department reads the results of its own bases."""
    departments = sorted({str(row["recommender_id"]) for row, _ in found if row.get("recommender_id")})
    told: list[Effect] = []
    for department in departments:
        theirs = [
            (str(row.get("title") or ""), label(case, str(decision.get("grade"))))
            for row, decision in found
            if row.get("recommender_id") == department
        ]
        text_ = said.results_for(round_progress.name_of(case, department), doc_no, theirs)
        told.append(Notify("recommender", department, text_, subject="绩效评价结果"))
    return told


def _place(order: Sequence[str], decision: Facts) -> int:
    grade = decision.get("grade")
    return order.index(grade) if grade in order else len(order)
