"""A base of rows for the rules of reports, plans and supervision: its summaries, history and what was handed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from handlers.vocabulary import Case
from handlers.workdays import Row, Workdays
from tests.handlers import desk

CALENDAR = Workdays([Row(date(2026, 2, 16), "holiday"), Row(date(2026, 2, 17), "holiday")])
BASE = {
    "id": "base-1",
    "code": "ZJGH-2023-J001",
    "name": "柔性传感国际科技合作基地",
    "leader": "周远",
    "host_id": "host-1",
    "recommender_id": "city-330100",
    "status": "active",
    "level": "provincial",
    "designated_on": date(2023, 6, 15),
    "status_on": date(2023, 6, 15),
    "partners": [],
}
PARAMETERS = {
    "annual_report.due": "01-31",
    "annual_report.open": "01-01",
    "annual_report.roll": True,
    "annual_report.full_year_anchor": "deadline",
    "annual_report.full_year_day": "01-31",
}


@dataclass
class Shelf(desk.Shelf):
    """The desk's register, with what is recorded about bases."""

    proceeding_rows: list[dict[str, Any]] = field(default_factory=list)
    history_rows: list[dict[str, Any]] = field(default_factory=list)
    case_rows: list[dict[str, Any]] = field(default_factory=list)
    contents: dict[str, dict[str, Any]] = field(default_factory=dict)

    def proceedings(self, **where: Any) -> list[dict[str, Any]]:
        return [row for row in self.proceeding_rows if all(row.get(k) == v for k, v in where.items())]

    def history(self, base_id: str) -> list[dict[str, Any]]:
        return [row for row in self.history_rows if row["base_id"] == base_id]

    def open_cases(self, base_id: str) -> list[dict[str, Any]]:
        return self.case_rows

    def submitted(self, case_id: str) -> dict[str, Any]:
        return self.contents.get(case_id, {})

    def codes(self, kind: str) -> dict[str, str]:
        return {"leader": "负责人"} if kind == "change_kind" else super().codes(kind)


def case(shelf: Shelf | None = None, **facts: Any) -> Case:
    """The report of 2025 of base-1, on 15 January 2026."""
    known: dict[str, Any] = {
        "today": date(2026, 1, 15),
        "calendar": CALENDAR,
        "number": "NB-2026-0001",
        "base": BASE,
        "parameters": PARAMETERS,
        "data": {"begun": {"year": 2025, "period_start": "2025-01-01", "period_end": "2025-12-31"}},
        "proceeding": {"period": "2025", "recommender_id": "city-330100", "facts": {}},
    }
    return desk.case(shelf or Shelf(), **{**known, **facts})
