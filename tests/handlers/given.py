"""Applications that meet every condition, to be changed in one place; a register of plain rows."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from handlers.eligibility_conditions import SYSTEMS
from handlers.vocabulary import Case
from tests import tables

TODAY = date(2026, 6, 15)
COMPANY = "91330108MAXXXX0151"
INSTITUTE = "12330000MBXXXX019U"


@dataclass
class Shelf:
    """A register whose rows are lists."""

    base_rows: list[dict[str, Any]] = field(default_factory=list)
    ban_rows: list[dict[str, Any]] = field(default_factory=list)
    application_rows: list[dict[str, Any]] = field(default_factory=list)
    dishonest: dict[str, dict[str, Any]] = field(default_factory=dict)

    def bases(self, **where):
        return _matching(self.base_rows, where)

    def bans(self, uscc):
        return _matching(self.ban_rows, {"uscc": uscc})

    def bans_of_leader(self, name):
        return _matching(self.ban_rows, {"leader": name, "scope": "host_and_leader"})

    def applications(self, **where):
        return _matching(self.application_rows, where)

    def dishonesty(self, uscc):
        return self.dishonest.get(uscc)


def _matching(rows, where):
    return [row for row in rows if all(row.get(key) == value for key, value in where.items())]


def case(shelf: Shelf | None = None, today: date = TODAY, **facts: Any) -> Case:
    """An application case of host `host-1` in round `round-1`, with the tables that ship."""
    known = {
        "id": "case-1",
        "process": "designation",
        "number": "GJ2026-0001",
        "data": {},
        "forms": {},
        "host": {"id": "host-1", "uscc": facts.pop("uscc", COMPANY)},
        "round": {"id": "round-1"},
        "register": shelf or Shelf(),
        "decide": tables.decide,
    }
    return Case(today=today, **{**known, **facts})


def partner(name: str, country: str = "DEU", **changes: Any) -> dict[str, Any]:
    """A partner with one agreement in force that is closely related."""
    agreement = {
        "agreement_title": "联合研究协议",
        "signed_on": "2024-03-01",
        "related": True,
        "file": "f1",
        "scope": "联合研究",
    }
    row = {"name": name, "name_zh": name, "country_region": country, "kind": "university", "agreements": [agreement]}
    return {**row, **changes}


def finance(*years: tuple[int, str, str], domestic: str | None = None) -> list[dict[str, Any]]:
    """Rows (year, sales, R&D) in 万元, all of the R&D spent at home unless `domestic` is given for every year."""
    return [
        {"year": year, "sales": sales, "rd_total": rd, "rd_domestic": domestic or rd, "audit_file": "f"}
        for year, sales, rd in years
    ]


_COMMON = {
    "base_name": "青禾新材料国际科技合作基地",
    "host_name": "杭州青禾材料有限公司",
    "uscc": COMPANY,
    "host_kind": "enterprise",
    "entity_type": "company",
    "entity_status": "active",
    "registered_in": "zhejiang",
    "registered_address": "浙江省杭州市滨江区江南大道1号",
    "founded_on": "2012-05-01",
    "field_code": "new_materials",
    "service_capacity": "设有国际合作部，专职五人。",
    "facilities": "实验室与洽谈室",
    "team_count": 25,
    "site_area": 800,
    "annual_budget": 300,
    "leader": {"name": "周远", "full_time": True},
    "core_team": [{"name": name, "unit": "杭州青禾材料有限公司"} for name in ("林溪", "陈屿", "沈岸")],
    "partners": [
        partner("Nordlicht Universität"),
        partner("Delta Institute", "NLD"),
        partner("Harbour University", "HKG"),
    ],
    "management_systems": {code: {"state": "in_place", "file": "f"} for code in SYSTEMS},
    "goals": "三年目标",
    "operating_mechanism": "理事会负责",
    "construction_plan": "f2",
    "signed_on": "2026-06-15",
}

_PARTS: dict[str, dict[str, Any]] = {
    "joint_rd": {
        "research_conditions": "条件齐备",
        "equipment": [{"name": "电镜", "quantity": 1}],
        "ip_rights": [{"kind": "invention", "name": "一种涂层", "number": "ZL2020 1 0000001.1"}],
        "products": [{"name": "耐蚀涂层", "ip_number": "zl202010000001.1"}],
        "market_advantage": "国内占有率第一",
        "market_evidence": ["f3"],
        "finance3": finance((2023, "3000", "150"), (2024, "4000", "200"), (2025, "5000", "250")),
    },
    "open_service": {
        "reserve_projects": [{"name": "传感器技术", "source": "Delta Institute", "country_region": "NLD"}],
        "incubation_site": {"address": "杭州市滨江区", "area": 1200, "tenure_file": "f", "function": "孵化"},
        "operating_funds": {"last_year": 100, "this_year": 120},
        "service_team": [{"name": "许舟", "duty": "技术经理", "full_time": True}],
        "transfer_cases": [{"title": "电池回收技术引进", "kind": "technology", "direction": "inbound", "year": 2025}],
    },
    "special_dev": {
        "special_branch": "both",
        "overseas_body": {
            "name": "Qinghe R&D GmbH",
            "country_region": "DEU",
            "mode": "acquired",
            "established_on": "2021-01-10",
            "direct_share": 40,
            "indirect_share": "20.5",
            "certificate_no": "N3300202100001",
            "certificate_file": "f",
            "synergy": "联合开发",
            "results": [{"name": "新型固化剂"}],
        },
        "foreign_rd": {
            "foreign_share": 60,
            "parent": "Nordlicht AG",
            "department": "研发中心",
            "organisation_chart": "f",
            "site_address": "宁波市北仑区",
            "site_area": 3000,
            "equipment": [{"name": "拉力机", "quantity": 2}],
            "staff": 60,
            "global_projects": [{"name": "Next Coat", "key_link": "配方"}],
            "parent_letter": "f",
        },
        "finance3": finance((2023, "3000", "150"), (2024, "4000", "200"), (2025, "5000", "250")),
    },
}  # fmt: skip


def form(category: str = "joint_rd", **changes: Any) -> dict[str, Any]:
    """A complete application; a change `a__b` goes into the object `a`."""
    content = deepcopy({**_COMMON, "category": category, **_PARTS.get(category, {})})
    for path, value in changes.items():
        *outer, key = path.split("__")
        place: Any = content
        for name in outer:
            place = place[name]
        place[key] = value
    return content


def academic(**changes: Any) -> dict[str, Any]:
    """A joint R&D application of a provincial institute with a project led by its leader."""
    project = {"name": "省重点研发", "level": "provincial", "leader": "周远", "leader_role": "base_leader"}
    own = {
        "host_kind": "research_institute",
        "entity_type": "public_institution",
        "uscc": INSTITUTE,
        "past_projects": [project],
    }
    return form("joint_rd", **{**own, **changes})


def by_rule(findings: Any) -> Mapping[str, Any]:
    """Findings by rule id; the last one where a rule says several things."""
    return {finding.rule_id: finding for finding in findings}
