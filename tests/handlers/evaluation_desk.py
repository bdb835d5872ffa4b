"""What tests of evaluations share: a register with summaries of procedures, and cases of a round, an evaluation, an improvement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from handlers.vocabulary import Case, UpdateProceeding, UpdateRound
from tests.handlers import desk
from webapp.store.seed import lists

TODAY = date(2026, 6, 15)
HOST = "host-1"
BASE = {
    "id": "base-1",
    "name": "青禾新材料国际科技合作基地",
    "category": "joint_rd",
    "level": "provincial",
    "status": "active",
    "host_id": HOST,
    "host_name": "杭州青禾材料有限公司",
    "recommender_id": "city-330100",
    "city": "330100",
    "field_code": "new_materials",
    "regions": ["DEU"],
    "leader": "周远",
    "designated_on": date(2022, 6, 1),
    "doc_no": "浙科发外〔2022〕9号",
    "partners": [],
    "core_team": [],
}
ROUND = {
    "id": "round-1",
    "kind": "evaluation",
    "name": "2026年度国合基地绩效评价",
    "status": "reviewing",
    "window_to": date(2026, 7, 10),
    "recommend_by": date(2026, 7, 24),
    "indicator_sets": {},
}
PLAN = {
    "name": ROUND["name"],
    "year": 2026,
    "designated_by": "2024-12-31",
    "categories": ["joint_rd", "open_service", "special_dev"],
    "skip_recent": True,
    "period_from": "2023-01-01",
    "period_to": "2025-12-31",
    "material_due": "2026-07-10",
    "opinion_due": "2026-07-24",
    "review_by": "2026-08-28",
    "expert_plan": {"per_application": 5, "days": 10, "max_load": 12},
    "policy": {"excellent_min": 85, "qualified_min": 60, "excellent_cap": 15, "cap_by": "round", "no_show": "manual"},
    "publicity": True,
    "publicity_days": 5,
    "notice_title": "关于组织开展2026年度国合基地绩效评价的通知",
}
BEGUN = {
    "round_name": ROUND["name"],
    "period_from": "2023-01-01",
    "period_to": "2025-12-31",
    "no_show": "manual",
    "excellent_min": 85.0,
    "qualified_min": 60.0,
}
SETS: dict[str, list[dict[str, Any]]] = {}
for _row in lists.indicators():
    SETS.setdefault(str(_row["set_code"]), []).append({**_row, "max": _row["maximum"]})
GRADES = {"excellent": "优秀", "qualified": "合格", "unqualified": "不合格"}


@dataclass
class Shelf(desk.Shelf):
    """The rules' register, with summaries, marks, open cases and what other cases handed in."""

    summaries: list[dict[str, Any]] = field(default_factory=list)
    mark_rows: list[dict[str, Any]] = field(default_factory=list)
    open_rows: list[dict[str, Any]] = field(default_factory=list)
    contents: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def base(self, base_id: str) -> dict[str, Any] | None:
        return next((row for row in self.base_rows if row["id"] == base_id), None)

    def proceedings(self, **where: Any) -> Sequence[dict[str, Any]]:
        """Newest first, as the register answers."""
        found = [row for row in self.summaries if all(row.get(key) == value for key, value in where.items())]
        return sorted(found, key=lambda row: str(row["id"]), reverse=True)

    def marks(self, base_id: str, *, open_only: bool = True) -> Sequence[dict[str, Any]]:
        return [row for row in self.mark_rows if row["base_id"] == base_id]

    def open_cases(self, base_id: str) -> Sequence[dict[str, Any]]:
        return [row for row in self.open_rows if row["base_id"] == base_id]

    def submitted(self, case_id: str) -> Mapping[str, Any]:
        return self.contents.get(case_id, {})

    def codes(self, kind: str) -> dict[str, str]:
        return GRADES if kind == "evaluation_grade" else super().codes(kind)

    def indicators(self, set_code: str) -> list[dict[str, Any]]:
        return SETS.get(set_code, [])


def summary(process: str, number: int = 1, **fields: Any) -> dict[str, Any]:
    """A summary about base-1 with a case of its own; `number` orders them by age."""
    row = {
        "id": f"{process}-{number:02d}",
        "case_id": f"{process}-{number:02d}",
        "base_id": "base-1",
        "process": process,
        "host_id": HOST,
        "recommender_id": "city-330100",
        "city": "330100",
        "title": BASE["name"],
        "status": "open",
        "late": False,
        "opened_on": date(2026, 6, 1),
        "ended_on": None,
        "facts": {},
    }
    return {**row, **fields}


def report(year: int, **fields: Any) -> dict[str, Any]:
    """An annual report that was handed in on time and archived."""
    own = {
        "period": str(year),
        "status": "archived",
        "submitted_on": date(year + 1, 1, 20),
        "ended_on": date(year + 1, 2, 20),
        "grade": "a",
    }
    return summary("annual_report", year % 100, **{**own, **fields})


def result(number: int, grade: str | None, decided: date, **fields: Any) -> dict[str, Any]:
    """The result of an earlier evaluation."""
    own = {"grade": grade, "status": grade or "postponed", "decided_on": decided, "ended_on": decided}
    return summary("evaluation", number, **{**own, **fields})


def ready(
    number: int, total: float | None, *, veto: str = "", category: str = "joint_rd", **fields: Any
) -> dict[str, Any]:
    """An evaluation of round-1 that waits for the round."""
    points = {"quant": total, "expert": 0, "adjustment": 0, "total": total}
    facts = {"category": category, "result": {**points, "veto": veto, "suggested": "qualified", "note": ""}}
    own = {"id": f"px-{number:02d}", "case_id": f"px-{number:02d}", "base_id": f"base-{number}", "period": "round-1"}
    return summary(
        "evaluation", number, **{**own, "title": f"第{number}基地", "status": "ready", "facts": facts, **fields}
    )


def round_case(*summaries: dict[str, Any], bases: Sequence[dict[str, Any]] = (), **facts: Any) -> Case:
    """The case of round-1 with these evaluations."""
    shelf = Shelf(summaries=list(summaries), base_rows=list(bases))
    known: dict[str, Any] = {
        "id": "round-1",
        "process": "evaluation_round",
        "number": "PJ-2026-0001",
        "round": ROUND,
        "host": {},
        "application": {},
        "forms": {"set_up": PLAN},
    }
    forms = {**known["forms"], **facts.pop("forms", {})}
    return desk.case(facts.pop("shelf", shelf), today=facts.pop("today", TODAY), **{**known, **facts, "forms": forms})


def case(*summaries: dict[str, Any], shelf: Shelf | None = None, **facts: Any) -> Case:
    """The evaluation of base-1 in round-1."""
    own = shelf or Shelf()
    own.summaries = [*own.summaries, *summaries]
    known: dict[str, Any] = {
        "id": "px-01",
        "process": "evaluation",
        "number": "PX-2026-0001",
        "base": BASE,
        "round": ROUND,
        "proceeding": summary("evaluation", 1, id="px-01", period="round-1"),
        "data": {"begun": BEGUN},
    }
    data = {**known["data"], **facts.pop("data", {})}
    return desk.case(own, today=facts.pop("today", TODAY), **{**known, "application": {}, **facts, "data": data})


def written(outcome: Any) -> dict[str, Any]:
    """What the outcome writes into its own summary."""
    return {name: value for effect in desk.of(outcome, UpdateProceeding) for name, value in effect.fields.items()}


def rounds(outcome: Any) -> dict[str, Any]:
    """What the outcome writes into the round."""
    return {name: value for effect in desk.of(outcome, UpdateRound) for name, value in effect.fields.items()}
