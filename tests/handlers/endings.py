"""A base of host-1 and what is on record about it, for the rules of revocation, exit, reinstatement and reward."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from handlers.vocabulary import Case
from tests.handlers import desk, given

BASE: dict[str, Any] = {
    "id": "base-1",
    "code": "ZJGH-2021-J001",
    "name": "青禾新材料国际科技合作基地",
    "status": "active",
    "status_on": date(2021, 11, 8),
    "level": "provincial",
    "host_id": "host-1",
    "host_name": "杭州青禾材料有限公司",
    "uscc": given.COMPANY,
    "leader": "周远",
    "field_code": "new_materials",
    "recommender_id": "city-330100",
}


@dataclass
class Shelf(desk.Shelf):
    """The register with summaries, marks, open cases and what was handed in with them."""

    proceeding_rows: list[dict[str, Any]] = field(default_factory=list)
    mark_rows: list[dict[str, Any]] = field(default_factory=list)
    open_rows: list[dict[str, Any]] = field(default_factory=list)
    contents: dict[str, dict[str, Any]] = field(default_factory=dict)

    def proceedings(self, **where: Any) -> list[dict[str, Any]]:
        return [row for row in self.proceeding_rows if all(row.get(key) == value for key, value in where.items())]

    def marks(self, base_id: str, *, open_only: bool = True) -> list[dict[str, Any]]:
        return self.mark_rows

    def open_cases(self, base_id: str) -> list[dict[str, Any]]:
        return self.open_rows

    def submitted(self, case_id: str) -> dict[str, Any]:
        return self.contents.get(case_id, {})

    def codes(self, kind: str) -> dict[str, str]:
        return {"excellent": "优秀", "unqualified": "不合格"} if kind == "grade" else super().codes(kind)


def proceeding(process: str, **changes: Any) -> dict[str, Any]:
    """A summary of the base."""
    row = {
        "id": f"{process}-1",
        "case_id": f"{process}-1",
        "base_id": "base-1",
        "process": process,
        "period": "",
        "status": "open",
        "title": BASE["name"],
        "opened_on": date(2025, 1, 1),
        "ended_on": None,
        "facts": {},
    }
    return {**row, **changes}


def case(shelf: Shelf | None = None, **facts: Any) -> Case:
    """A case about the base on Monday 15 June 2026."""
    base = {**BASE, **facts.pop("base_changes", {})}
    known = {"base": base, "proceeding": {"status": "open", "facts": {}}, "number": "CX-2026-0001"}
    return desk.case(shelf or Shelf(), **{**known, **facts})
