"""Applications that meet every condition, to be changed in one place; a register of plain rows."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
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
        {
            "year": year,
            "sales": Decimal(sales),
            "rd_total": Decimal(rd),
            "rd_domestic": Decimal(domestic or rd),
            "audit_file": "f",
        }
        for year, sales, rd in years
    ]


_COMMON = {
    "base_name": "青禾新材料国际科技合作基地",
    "host_name": "杭州青禾材料有限公司",
    "uscc": COMPANY,
    "host_kind": "enterprise",
    "entity_type": "company",
    "entity_status": "active",
    "legal_representative": "周远",
    "business_licence": "f0",
    "host_profile": "杭州青禾材料有限公司从事新型涂层与树脂的研究、生产和销售，"
    "建有省级企业研究院，与多国科研机构保持长期合作，产品用于风电、船舶和桥梁。",
    "city": "330100",
    "recommender": "city-330100",
    "keywords": ["涂层", "树脂"],
    "main_regions": ["DEU", "NLD"],
    "registered_in": "zhejiang",
    "registered_address": "浙江省杭州市滨江区江南大道1号",
    "founded_on": "2012-05-01",
    "field_code": "new_materials",
    "service_capacity": "设有国际合作部，专职五人，负责对外联络和外事服务。",
    "facilities": "实验室三间、洽谈室两间、中试线一条",
    "team_count": 25,
    "site_area": 800,
    "annual_budget": 300,
    "leader": {
        "name": "周远",
        "gender": "male",
        "birth": "1975-08",
        "title": "正高级工程师",
        "mobile": "13800000000",
        "email": "zhouyuan@example.com",
        "nationality": "CHN",
        "years_at_host": 14,
        "full_time": True,
    },
    "contact": {"name": "许舟", "mobile": "13900000000", "email": "xuzhou@example.com"},
    "core_team": [
        {"name": name, "unit": "杭州青禾材料有限公司", "role": "课题负责", "time_share": 50}
        for name in ("林溪", "陈屿", "沈岸")
    ],
    "partners": [
        partner("Nordlicht Universität"),
        partner("Delta Institute", "NLD"),
        partner("Harbour University", "HKG"),
    ],
    "management_systems": {code: {"state": "in_place", "file": "f"} for code in SYSTEMS},
    "goals": "三年内建成面向海洋工程防护材料的联合研究平台，与三个国家的机构开展联合攻关，"
    "形成两项标志性成果，培养一支稳定的国际合作团队。",
    "operating_mechanism": "设理事会和学术委员会，实行主任负责制，年度计划由理事会审定。",
    "construction_plan": "f2",
    "tasks": [{"task": "technology", "measure": "联合攻关耐蚀涂层", "output": "标准一项", "year": 2028}],
    "budget": [{"source": "host", "year": 2027, "amount": 300}],
    "guarantee": "依托单位每年安排专项经费，配备专职管理人员和固定场地。",
    "expected_results": [{"indicator": "联合论文", "unit": "篇", "y1": 2, "y2": 3, "y3": 4}],
    "commitments": ["truth", "no_secret", "partner_consent", "integrity"],
    "signed_by": "许舟",
    "signed_on": "2026-06-15",
}

_PARTS: dict[str, dict[str, Any]] = {
    "joint_rd": {
        "research_conditions": "拥有材料合成、表征和服役评价的完整条件，团队具备联合研发经验。",
        "equipment": [{"name": "电镜", "quantity": 1}],
        "ip_rights": [
            {
                "kind": "invention",
                "name": "一种涂层",
                "number": "ZL2020 1 0000001.1",
                "granted_on": "2022-03-01",
                "owner": "杭州青禾材料有限公司",
            }
        ],
        "products": [{"name": "耐蚀涂层", "ip_number": "zl202010000001.1"}],
        "market_advantage": "海上风电防护涂层国内占有率连续三年居首，客户覆盖主要整机企业。",
        "market_evidence": ["f3"],
        "finance3": finance((2023, "3000", "150"), (2024, "4000", "200"), (2025, "5000", "250")),
    },
    "open_service": {
        "reserve_projects": [{"name": "传感器技术", "source": "Delta Institute", "country_region": "NLD"}],
        "incubation_site": {
            "address": "杭州市滨江区",
            "area": 1200,
            "tenure": "leased",
            "tenure_file": "f",
            "function": "项目孵化、路演与引智服务",
        },
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
            "location_reason": "所在城市集聚多所材料学科高校和企业研发总部。",
            "staff": 18,
            "direct_share": 40,
            "indirect_share": Decimal("20.5"),
            "certificate_no": "N3300202100001",
            "certificate_file": "f",
            "synergy": "与省内依托单位共用配方数据库，联合开发并在浙江中试。",
            "results": [{"name": "新型固化剂", "on": "2024-05"}],
        },
        "foreign_rd": {
            "foreign_share": 60,
            "parent": "Nordlicht AG",
            "parent_country_region": "DEU",
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
    project = {
        "name": "省重点研发",
        "level": "provincial",
        "leader": "周远",
        "leader_role": "base_leader",
        "started_on": "2023-01-01",
        "amount": 120,
    }
    own = {
        "host_kind": "research_institute",
        "entity_type": "public_institution",
        "uscc": INSTITUTE,
        "past_projects": [project],
    }
    content = form("joint_rd", **{**own, **changes})
    enterprise = ("ip_rights", "products", "market_advantage", "market_evidence", "finance3")
    return {key: value for key, value in content.items() if key not in enterprise}


def by_rule(findings: Any) -> Mapping[str, Any]:
    """Findings by rule id; the last one where a rule says several things."""
    return {finding.rule_id: finding for finding in findings}
