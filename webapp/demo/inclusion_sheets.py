"""What people hand in when a title is included as a base (第十七条): contents right by the shipped forms."""

from __future__ import annotations

from datetime import date
from typing import Any

from webapp.demo import contents, sheets
from webapp.demo.world import Host

BASIC = (
    "base_name", "host_name", "uscc", "host_kind", "entity_type", "entity_status", "registered_in", "registered_address",
    "city", "founded_on", "legal_representative", "business_licence", "host_profile", "recommender", "field_code",
    "keywords", "main_regions", "service_capacity", "facilities", "team_count", "site_area", "annual_budget", "leader",
    "contact", "core_team", "partners", "past_projects", "exchanges", "management_systems", "goals",
    "operating_mechanism", "construction_plan", "commitments", "signed_by", "signed_on",
)  # fmt: skip
"""Blocks A to C and E of an application, which a request for inclusion asks for as well (domain.md 4.7)."""

CATEGORIES = {"incubator": "open_service", "overseas_rd": "special_dev", "foreign_rd_center": "special_dev"}
NAMES = {
    "incubator": "浙江德国慕尼黑海外创新孵化中心",
    "overseas_rd": "欧洲海外研发中心",
    "foreign_rd_center": "中国外资研发中心",
}


def request(
    host: Host, title: str, topic: str, number: int, file_id: str, today: date, **changes: Any
) -> dict[str, Any]:
    """The content of `forms/shared/inclusion` for this host and title; `file_id` stands for every attachment."""
    whole = contents.application(host, CATEGORIES[title], topic, number, file_id, today)
    explained = [row for row in whole.get("explanations", ()) if row["rule_id"] in ("C11", "CAT")]
    return {
        "source_title": title,
        "title_name": NAMES[title],
        "title_doc_no": "浙科发外〔2019〕128号",
        "title_issued_on": "2019-12-20",
        "title_issuer": "浙江省科学技术厅",
        "title_document": file_id,
        "title_in_force": "in_force",
        "category": CATEGORIES[title],
        **{name: whole[name] for name in BASIC},
        **_details(title, file_id, today),
        **({"explanations": explained} if explained else {}),
        **changes,
    }


def _details(title: str, file_id: str, today: date) -> dict[str, Any]:
    if title == "incubator":
        return {
            "incubator": {
                "stage": "created",
                "country_region": "DEU",
                "place": "慕尼黑市高新区创新大楼三层",
                "opened": "2018-05",
                "area": 1200,
                "projects": 26,
                "landed": 9,
            }
        }
    incentives = [
        {
            "year": today.year - 1,
            "document": "浙科发资〔2025〕41号",
            "amount": 120.5,
            "paid_on": f"{today.year - 1}-11-20",
            "evidence": file_id,
        }
    ]
    if title == "overseas_rd":
        body = {
            "name": "欧洲研发中心（慕尼黑）",
            "country_region": "DEU",
            "mode": "established",
            "established_on": "2019-04-01",
            "share": 100,
            "certificate_no": "N3300201900007",
            "staff": 32,
            "rd_spend": 1260,
        }
        return {"overseas_rd": body, "incentives": incentives}
    centre = {
        "parent": "Alpine Automation AG",
        "parent_country_region": "CHE",
        "foreign_share": 75,
        "department": "中国研发中心",
        "staff": 58,
        "rd_spend": 2100,
    }
    return {"foreign_rd_center": centre, "incentives": incentives}


def host_approve(today: date, file_id: str) -> dict[str, Any]:
    """The unit's administrator has checked and sealed."""
    return {**sheets.host_approve(today, file_id), "checked": ["truth", "title", "secrecy", "partner", "integrity"]}


def review(today: date, findings: list[dict[str, Any]] | None = None, *, correct: str = "") -> dict[str, Any]:
    """The department agrees; with `correct` it marks one item to be corrected."""
    content = {
        "eligibility_confirmed": sheets.confirmed(findings),
        "truth_checked": True,
        "title_checked": True,
        "comment": "原有资格运行情况良好，国际合作渠道稳定，基本条件落实到位，同意推荐纳入。",
        "officer": "审核经办人",
        "signed_on": today.isoformat(),
    }
    return content | _corrections(correct)


def source_check(
    findings: list[dict[str, Any]] | None = None, category: str = "open_service", *, correct: str = "", **changes: Any
) -> dict[str, Any]:
    """The officer found the title in the records."""
    content = {
        "eligibility_confirmed": sheets.confirmed(findings),
        "title_found": "confirmed",
        "record": "浙科发外〔2019〕128号附件第3项",
        "incentive_found": "confirmed",
        "incentive_record": "2025年度激励拨付清单第12项",
        "category": category,
        "ban_checked": True,
        "integrity_checked": True,
        "duplicate_checked": True,
        "conclusion": "原有资格和基本条件经核验一致，建议纳入。",
    }
    return content | _corrections(correct) | changes


def head_review(*, to_leader: bool = False) -> dict[str, Any]:
    return {"checked": ["title", "conditions", "category", "integrity"], "to_leader": to_leader}


def leader_decide(today: date) -> dict[str, Any]:
    return {"decided_on": today.isoformat(), "minutes_no": "厅长办公会纪要〔2026〕9号"}


def register_document(today: date, doc_no: str = "浙科发外〔2026〕18号", **changes: Any) -> dict[str, Any]:
    return {
        "doc_no": doc_no,
        "title": "关于同意纳入省科技厅国际科技合作基地序列的通知",
        "issued_on": today.isoformat(),
        "signer": "顾承泽",
        "recipients": "有关依托单位",
        "checked": True,
        **changes,
    }


def withdraw() -> dict[str, Any]:
    return {"reason_kind": "not_ready", "reason": "激励证明尚在补办", "understood": True}


def _corrections(field: str) -> dict[str, Any]:
    marked = {"field": field, "problem": "内容不够具体", "required": "请补充具体情况"}
    return {"correction_items": [marked]} if field else {}
