"""What the tests of process handlers share: a register with organisations, experts and documents, and a calendar."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from handlers.vocabulary import Case, Notify, Outcome, UpdateApplication
from handlers.workdays import Row, Workdays
from tests.handlers import given

TODAY = date(2026, 6, 15)
CALENDAR = Workdays([Row(date(2026, 6, 19), "holiday")])
"""2026 with no other holiday than 端午节."""
ORGANISATIONS: dict[str, dict[str, Any]] = {
    "host-1": {"id": "host-1", "name": "杭州青禾材料有限公司", "uscc": given.COMPANY, "entity_status": "active"},
    "host-2": {"id": "host-2", "name": "宁波海岳科技有限公司", "uscc": given.INSTITUTE, "entity_status": "active"},
    "city-330100": {"id": "city-330100", "name": "杭州市科学技术局", "kind": "city_bureau"},
    "city-330200": {"id": "city-330200", "name": "宁波市科学技术局", "kind": "city_bureau"},
    "province-jd": {"id": "province-jd", "name": "科技监督与诚信处"},
    "province-fg": {"id": "province-fg", "name": "政策法规处"},
}
CODES = {"country_region": {"DEU": "德国", "HKG": "中国香港"}, "city": {"330100": "杭州市", "330200": "宁波市"}}


@dataclass
class Shelf(given.Shelf):
    """The rules' register, with what processes read besides."""

    expert_rows: list[dict[str, Any]] = field(default_factory=list)
    document_rows: list[dict[str, Any]] = field(default_factory=list)
    recommenders: dict[str, str] = field(default_factory=lambda: {"host-1": "city-330100", "host-2": "city-330200"})

    def organisation(self, org_id: str) -> dict[str, Any] | None:
        return ORGANISATIONS.get(org_id)

    def recommender_of(self, host_id: str, on: date) -> dict[str, Any] | None:
        return ORGANISATIONS.get(self.recommenders.get(host_id, ""))

    def experts(self) -> list[dict[str, Any]]:
        return self.expert_rows

    def documents(self, doc_no: str) -> list[dict[str, Any]]:
        return [row for row in self.document_rows if row["doc_no"] == doc_no]

    def issued(self, case_id: str) -> list[dict[str, Any]]:
        return [row for row in self.document_rows if row.get("case_id") == case_id]

    def codes(self, kind: str) -> dict[str, str]:
        return CODES.get(kind, {})


def case(shelf: Shelf | None = None, **facts: Any) -> Case:
    """A case of host-1 in round-1 on Monday 15 June 2026."""
    known: dict[str, Any] = {
        "calendar": CALENDAR,
        "host": ORGANISATIONS["host-1"],
        "round": {"id": "round-1", "name": "2026年度国合基地认定", "recommend_by": date(2026, 6, 30)},
        "application": {"id": "case-1", "round_id": "round-1", "recommender_id": "city-330100"},
    }
    return given.case(shelf or Shelf(), **{**known, **facts})


def application(number: int, **changes: Any) -> dict[str, Any]:
    """The row of an application of round-1 that the experts have reviewed."""
    row = {
        "id": f"case-{number}",
        "round_id": "round-1",
        "host_id": "host-1" if number % 2 else "host-2",
        "uscc": given.COMPANY if number % 2 else given.INSTITUTE,
        "base_name": f"第{number}国际科技合作基地",
        "category": "joint_rd",
        "field_code": f"field-{number}",
        "main_regions": ["DEU", "HKG"],
        "leader": f"负责人{number}",
        "city": "330100" if number % 2 else "330200",
        "recommender_id": "city-330100" if number % 2 else "city-330200",
        "status": "ready",
        "accepted_no": f"SL-{number}",
        "recommend_rank": number,
        "score": None,
        "decision": None,
    }
    return {**row, **changes}


def of(outcome: Outcome, kind: type) -> list[Any]:
    """The outcome's effects of that kind, in order."""
    return [effect for effect in outcome.effects if isinstance(effect, kind)]


def fields(outcome: Outcome) -> dict[str, Any]:
    """What the outcome writes into its own application's row."""
    own = [effect.fields for effect in of(outcome, UpdateApplication) if effect.application is None]
    return {name: value for written in own for name, value in written.items()}


def told(outcome: Outcome, role: str) -> str:
    """What holders of the role read."""
    return "\n".join(effect.text for effect in of(outcome, Notify) if effect.role == role)


def errors(outcome: Outcome) -> dict[str, str]:
    """Path → message of a check."""
    return dict(outcome.data["errors"])


def names(effects: Iterable[Any]) -> list[str]:
    """Kinds of the effects."""
    return [type(effect).__name__ for effect in effects]
