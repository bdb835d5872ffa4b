"""What people hand in along a change 重大事项变更: contents right by the shipped forms, for the demonstration and stories."""

from __future__ import annotations

from datetime import date
from typing import Any

from webapp.demo import contents, sheets
from webapp.demo.world import Host, person_name

NEW_PARTNER = ("北海海事研究所", "North Sea Maritime Institute", "NOR")
"""Name, original name and country of an institution that nobody cooperates with yet."""


def request(kind: str, today: date, file_id: str, event: date, **changes: Any) -> dict[str, Any]:
    """A request of that kind; of what the system fills in nothing."""
    content = {
        "kind": kind,
        "event_date": event.isoformat(),
        "reason": "因工作需要和实际情况发生变化，按规定申请变更，变更后建设目标和任务不变。",
        "influence": "none",
        "sealed_form": file_id,
        "commitments": ["truth", "no_secret", "no_early_change"],
        "signed_by": "填报人",
        "signed_on": today.isoformat(),
    }
    part = {
        "base_name": _base_name,
        "leader": _leader,
        "partner": partner_added,
        "host_name": _host_name,
        "host_entity": _host_entity,
        "location": _location,
        "category": _category,
        "direction": _direction,
        "core_team": _core_team,
        "other": _other,
    }[kind]
    return content | part(today, file_id) | changes


def partner(today: date, file_id: str, name: tuple[str, str, str] = NEW_PARTNER) -> dict[str, Any]:
    """An overseas institution with an agreement in force."""
    zh, original, region = name
    agreement = {
        "agreement_title": f"科技合作协议（{zh}）",
        "signed_on": date(today.year - 1, 9, 1).isoformat(),
        "expires_on": date(today.year + 4, 8, 31).isoformat(),
        "scope": "联合研究、人员交流与成果共享",
        "related": True,
        "file": file_id,
    }
    own = {"name_zh": zh, "name": original, "country_region": region, "kind": "research_institute"}
    return {**own, "agreements": [agreement]}


def partners(today: date, file_id: str, number: int = 3) -> list[dict[str, Any]]:
    """The partners of the demonstration's applications, for a base of which none are on record."""
    return [partner(today, file_id, name) for name in contents.PARTNERS[:number]]


def partner_added(today: date, file_id: str) -> dict[str, Any]:
    """One more partner."""
    return {"partner_action": "add", "partner_new": partner(today, file_id)}


def partner_removed(file_id: str, name: str) -> dict[str, Any]:
    """That partner no more."""
    return {"partner_action": "remove", "partner_removed": name, "termination_file": file_id, "partner_new": None}


def new_host(host: Host) -> dict[str, Any]:
    """Another legal person as a request names it."""
    return {
        "name": host.name,
        "uscc": host.uscc,
        "host_kind": host.kind,
        "entity_type": contents.ENTITY_TYPES[host.entity_type],
        "entity_status": "active",
        "registered_in": "zhejiang",
        "registered_address": host.address,
        "city": host.city,
        "founded_on": host.founded,
        "legal_representative": person_name(contents.hash_of(host.id)),
        "contact_name": "接续联系人",
        "contact_phone": "13857000001",
    }


def conditions(host: Host, category: str, topic: str, file_id: str, today: date) -> dict[str, Any]:
    """The conditions of the base under that host or category; of what the system fills in nothing."""
    content = contents.application(host, category, topic, 7, file_id, today)
    filled = {"base_name", "category", "host_name", "uscc", "host_kind", "entity_type", "entity_status"}
    filled |= {"registered_in", "registered_address", "founded_on", "city", "legal_representative", "business_licence"}
    other = {"host_profile", "recommender", "keywords", "main_regions", "contact", "tasks", "budget", "guarantee"}
    other |= {"expected_results", "commitments", "exchanges"}
    kept = {name: value for name, value in content.items() if name not in filled | other}
    leader = {name: kept["leader"][name] for name in ("name", "title", "position", "full_time")}
    return {**kept, "leader": leader}


def recommender_review(today: date, findings: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The department agrees, every item that needs a person's judgement confirmed."""
    return {
        "findings_confirmed": sheets.confirmed(findings),
        "truth_checked": True,
        "influence_checked": "none",
        "comment": "经核实，变更事项属实，材料齐全，同意报送省科技厅。",
        "officer": "审核经办人",
        "signed_on": today.isoformat(),
    }


def receive_review(today: date) -> dict[str, Any]:
    """The receiving department consents."""
    return {
        "consent_checked": True,
        "comment": "同意接收该国合基地，按规定履行组织推荐部门职责。",
        "officer": "接收经办人",
        "signed_on": today.isoformat(),
    }


def marked(field: str) -> dict[str, Any]:
    """A return with one marked item."""
    return {"correction_items": [{"field": field, "problem": "内容不完整", "required": "请补充完整"}]}


def officer_review(today: date, findings: list[dict[str, Any]] | None = None, **changes: Any) -> dict[str, Any]:
    """The officer proposes approval."""
    content = {
        "findings_confirmed": sheets.confirmed(findings),
        "integrity_checked": True,
        "comment": "经审核，材料齐全，符合规定条件，建议同意变更。",
        "signed_on": today.isoformat(),
    }
    return content | changes


def override(rule_id: str) -> list[dict[str, Any]]:
    """The Province's recorded reason for letting the change pass against a rule."""
    return [{"rule_id": rule_id, "reason": "已会商有关处室，确有依据，予以同意。"}]


def decide(today: date, effective_on: date | None = None) -> dict[str, Any]:
    """Head or leader approves."""
    return {
        "checked": ["procedure", "conditions", "department"],
        "effective_on": (effective_on or today).isoformat(),
        "signed_on": today.isoformat(),
    }


def cosign() -> dict[str, Any]:
    """The law division's opinion."""
    return {"aspects": ["entity", "succession", "ban"], "note": "主体资格和承继安排符合规定。"}


def confirm_ground(today: date) -> dict[str, Any]:
    """What the officer found of a late change that is said to be in the way of operation."""
    return {
        "checked_with": ["materials", "host"],
        "facts": "负责人离任后合作项目停滞三个月，两项联合研究未按计划推进。",
        "basis": "合作方来函与项目月报",
        "signed_on": today.isoformat(),
    }


def handle_departure(today: date) -> dict[str, Any]:
    """The officer has found that the host left the province."""
    return {"verified_on": today.isoformat(), "facts": "经查企业登记信息，依托单位住所已迁至上海市。"}


def confirm_exit(today: date) -> dict[str, Any]:
    """The host will exit by itself."""
    return {
        "understood": True,
        "arrangement": "在研合作由原团队继续完成，成果归属按协议执行。",
        "signed_by": "填报人",
        "signed_on": today.isoformat(),
    }


def confirm_unchanged(today: date) -> dict[str, Any]:
    """The host stays as it was."""
    return {"unchanged": True, "signed_by": "填报人", "signed_on": today.isoformat()}


# ------------------------------------------------------------------------------------------ parts by kind


def _base_name(_: date, file_id: str) -> dict[str, Any]:
    return {"new_base_name": "智能网联与低空出行国际科技合作基地", "name_decision": file_id}


def _leader(today: date, file_id: str) -> dict[str, Any]:
    project = {
        "name": "省重点研发计划国际合作项目",
        "level": "provincial",
        "started_on": date(today.year - 2, 1, 1).isoformat(),
        "amount": 120,
    }
    return {
        "leader_cause": "transfer",
        "new_leader": {
            "name": person_name(777),
            "gender": "female",
            "birth": "1980-05",
            "title": "教授",
            "mobile": "13857123456",
            "email": "new.leader@example.cn",
            "nationality": "CHN",
            "years_at_host": 9,
            "full_time": True,
        },
        "leader_projects": [project],
        "leader_cv": file_id,
        "leader_appointment": file_id,
        "leader_consent": file_id,
    }


def _host_name(_: date, file_id: str) -> dict[str, Any]:
    return {"new_host_name": "西溪理工大学（杭州）", "host_notice": file_id, "host_licence": file_id}


def _host_entity(_: date, file_id: str) -> dict[str, Any]:
    return {
        "entity_cause": "merger",
        "succession": "合作协议、团队、场地、经费和知识产权由新依托单位全部承继，限制申报一并承继。",
        "entity_decision": file_id,
        "host_notice": file_id,
        "host_licence": file_id,
    }


def _location(_: date, file_id: str) -> dict[str, Any]:
    return {
        "new_registered_in": "zhejiang",
        "new_city": "330200",
        "new_county": "鄞州区",
        "new_address": "浙江省宁波市鄞州区创新路18号",
        "new_recommender": "city-330200",
        "host_licence": file_id,
    }


def _category(_: date, file_id: str) -> dict[str, Any]:
    return {"new_category": "open_service", "category_evidence": file_id}


def _direction(_: date, file_id: str) -> dict[str, Any]:
    text = "聚焦智能网联汽车与低空出行的感知、决策和测试评价，与德国、瑞典机构开展联合研究和标准研制。"
    return {"new_direction": text, "direction_evidence": [file_id]}


def _core_team(_: date, file_id: str) -> dict[str, Any]:
    team = [
        {"name": person_name(780 + n), "unit": "西溪理工大学", "title": "教授", "role": role, "time_share": 50}
        for n, role in enumerate(("联合研究", "合作联络", "成果转化"))
    ]
    return {"team_joined": team, "team_decision": file_id}


def _other(_: date, file_id: str) -> dict[str, Any]:
    return {
        "other_item": "共建单位",
        "other_old": "无共建单位",
        "other_new": "增加省标准化研究院为共建单位",
        "other_evidence": [file_id],
    }
