"""What people hand in at each step of designation: contents right by the shipped forms, for the demonstration and for stories."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any


def set_up(today: date, **changes: Any) -> dict[str, Any]:
    """A round over all categories: window of five weeks from next week, recommendations three weeks later."""
    opens = today + timedelta(days=7)
    closes = opens + timedelta(days=32)
    return {
        "name": f"{today.year}年度国际科技合作基地认定",
        "year": today.year,
        "categories": ["joint_rd", "open_service", "special_dev"],
        "window_from": opens.isoformat(),
        "window_to": closes.isoformat(),
        "recommend_by": (closes + timedelta(days=21)).isoformat(),
        "expert_plan": {
            "per_application": 5,
            "days": 10,
            "max_load": 30,
            "method": "draw",
            "recusal": ["same_host", "partner", "co_author", "declared"],
        },
        "publicity": True,
        "publicity_days": 5,
        "notice_title": f"关于组织开展{today.year}年度浙江省国际科技合作基地认定工作的通知",
        "notice_recipients": "各设区市科技局，省级有关部门，各有关单位",
        "notice_body": "根据《省科技厅国际科技合作基地管理办法》，现组织开展本年度国际科技合作基地认定工作，请各单位按要求组织申报，"
        "并由组织推荐部门审核后在规定时间内推荐至我厅。",
        "notice_contact": "沈予安",
        "notice_phone": "0571-87000000",
    } | changes


def approve_notice(today: date) -> dict[str, Any]:
    return {
        "checked": ["window", "categories", "quotas", "indicators", "text"],
        "issued_on": today.isoformat(),
        "signer": "陆景行",
    }


def host_approve(today: date, file_id: str) -> dict[str, Any]:
    return {
        "checked": ["truth", "secrecy", "partner", "support", "integrity"],
        "internal_procedure": "executive",
        "procedure_on": today.isoformat(),
        "approver": "单位管理员",
        "sealed_on": today.isoformat(),
        "sealed_form": file_id,
    }


def opinion(today: date, findings: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {
        "eligibility_confirmed": confirmed(findings),
        "truth_checked": True,
        "basis": 88,
        "plan": 85,
        "guarantee": 86,
        "comment": "申报单位合作基础扎实，建设方案可行，保障条件落实到位，同意推荐。",
        "support_funds": 100,
        "support_policy": "按市级平台政策予以配套",
        "officer": "初评经办人",
        "signed_on": today.isoformat(),
    }


def correction(today: date, *, field: str = "goals") -> dict[str, Any]:
    """A return with one marked item."""
    return opinion(today) | {
        "correction_items": [{"field": field, "problem": "目标不够具体", "required": "补充可考核的指标"}],
    }


def recommend(today: date, file_id: str, rank: int) -> dict[str, Any]:
    return {
        "rank": rank,
        "letter_no": "科推〔2026〕3号",
        "letter": file_id,
        "reason": "经审核，材料真实完整，符合申报条件，同意推荐。",
        "head": "部门负责人",
        "signed_on": today.isoformat(),
        "checked": True,
    }


def formal_check(findings: list[dict[str, Any]] | None = None, *, correct: str = "") -> dict[str, Any]:
    parts = ("form", "plan", "agreements", "evidence", "systems", "letter")
    content: dict[str, Any] = {
        "eligibility_confirmed": confirmed(findings),
        "materials": {part: {"state": "complete"} for part in parts},
        "ban_checked": True,
        "integrity_checked": True,
        "duplicate_checked": True,
    }
    if correct:
        content["correction_items"] = [{"field": correct, "problem": "缺少说明", "required": "请补充说明"}]
    return content


def confirmed(findings: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Every item that a person has to judge, judged in favour."""
    return [{"rule_id": f["rule_id"], "confirmed": True, "note": "已核实"} for f in findings or []]


def score(indicators: list[dict[str, Any]], share: float) -> dict[str, Any]:
    """A sheet giving each indicator `share` of its maximum, in steps of half a point."""
    return {
        "conflict_declared": "none",
        "confidentiality": True,
        "scores": [
            {
                "code": row["code"],
                "score": round(float(row["max"]) * share * 2) / 2,
                "comment": "材料支撑充分，合作内容具体，预期成果明确，可操作性较强。",
            }
            for row in indicators
        ],
        "overall": "recommend" if share >= 0.6 else "not_recommend",
        "strengths": "合作渠道稳定，海外机构水平较高，团队结构合理，前期联合研究成果突出。",
        "problems": "成果转化指标可进一步细化，建议补充分年度的量化目标和考核办法。",
    }


def summary(*, disagreement: bool = False) -> dict[str, Any]:
    content = {
        "opinion": "专家组认为，该申报单位合作基础较好，建设目标明确，研究内容与全省产业需求结合紧密，保障措施到位，"
        "建议予以认定并加强成果转化。",
        "strengths": "合作渠道稳定",
        "problems": "指标可细化",
        "conclusion": "recommend",
    }
    return content | (
        {"disagreement": "个别专家对成果转化预期判断不同，经复议后意见趋于一致。"} if disagreement else {}
    )


def deliberate(today: date, rows: list[dict[str, Any]], reserve: frozenset[str] = frozenset()) -> dict[str, Any]:
    return {
        "meeting_type": "meeting",
        "meeting_on": today.isoformat(),
        "minutes_no": "国合处纪要〔2026〕5号",
        "participants": "国合处经办人员、各组专家组长",
        "rows": [
            {
                "application": row["application"],
                "suggestion": "reserve" if row["application"] in reserve else "recommend",
                "order": row["rank"],
                **({"reason": "综合考虑国别与区域布局，列为备选"} if row["application"] in reserve else {}),
            }
            for row in rows
        ],
        "layout_analysis": "本批申报覆盖欧洲、亚洲主要创新国家，领域与区域分布较为均衡，与全省布局需求相符。",
        "overall_opinion": "经综合评议，建议名单结构合理，符合条件，建议按程序报批。",
        "cosign_orgs": ["province-jd", "province-fg", "province-zg"],
    }


def cosign() -> dict[str, Any]:
    return {"aspects": ["integrity", "law"]}


def head_review() -> dict[str, Any]:
    return {"checked": ["procedure", "order", "cosign", "integrity"], "note": "同意报批"}


def decide(today: date, rows: list[dict[str, Any]], otherwise: dict[str, str] | None = None) -> dict[str, Any]:
    """Approve all, but for those that `otherwise` names with defer or refuse."""
    other = otherwise or {}
    return {
        "meeting_type": "office_meeting",
        "meeting_on": today.isoformat(),
        "minutes_no": "厅长办公会纪要〔2026〕8号",
        "rows": [
            {
                "application": row["application"],
                "decision": other.get(row["application"], "approve"),
                **({"reason": "合作协议支撑不足，建议完善后再行申报"} if row["application"] in other else {}),
            }
            for row in rows
        ],
    }


def register_document(today: date, doc_no: str = "浙科发外〔2026〕12号") -> dict[str, Any]:
    return {
        "doc_no": doc_no,
        "title": f"关于公布{today.year}年度浙江省国际科技合作基地认定名单的通知",
        "issued_on": today.isoformat(),
        "signer": "顾承泽",
        "recipients": "各设区市科技局，省级有关部门，各有关单位",
        "checked": True,
    }


def amend(window_to: date, recommend_by: date) -> dict[str, Any]:
    return {
        "window_to": window_to.isoformat(),
        "recommend_by": recommend_by.isoformat(),
        "reason": "应部分申报单位请求，适当延长申报时间",
        "notify": True,
    }


def cancel() -> dict[str, Any]:
    return {"reason": "因管理办法修订，本批次取消，另行通知", "understood": True}


def withdraw() -> dict[str, Any]:
    return {"reason_kind": "not_ready", "reason": "合作协议尚在续签", "understood": True}


def objection(application: str, today: date, file_id: str) -> dict[str, Any]:
    return {
        "objector_kind": "person",
        "objector_name": "周以宁",
        "phone": "13857100001",
        "application": application,
        "content": "反映该单位申报材料中一项合作协议已于申报前终止，与实际情况不符，请予核查。",
        "received_on": today.isoformat(),
        "received_by": "letter",
        "evidence": [file_id],
        "named": True,
    }


def investigate(today: date) -> dict[str, Any]:
    return {
        "investigators": [{"name": "何清扬", "unit": "国际合作处"}, {"name": "韩明澈", "unit": "科技监督与诚信建设处"}],
        "method": ["review", "talk"],
        "investigated_from": today.isoformat(),
        "investigated_to": today.isoformat(),
        "facts": "经调阅协议原件并与合作方函询，协议终止情况与异议所述一致。",
        "basis": "管理办法第八条第二项",
        "conclusion": "异议处理意见已经集体研究形成。",
        "reply": "您反映的情况已调查处理，感谢监督。",
    }


def reconsideration_request(file_id: str) -> dict[str, Any]:
    return {
        "demand": "review",
        "grounds": ["facts", "evidence"],
        "statement": "原决定认为合作协议支撑不足，现补充与合作方新签的三年期联合研究协议及经费到账证明，请予复核。",
        "evidence": [file_id],
        "sealed": file_id,
        "contact": "苏念青",
        "phone": "0571-87000011",
    }


def reconsideration_examination(today: date, proposal: str = "uphold") -> dict[str, Any]:
    return {
        "recused": True,
        "applicant_confirmed": proposal != "not_accept",
        "heard": ["written", "applicant", "original"],
        "facts": "经核对申报材料原件、听取申请单位和原承办人员意见，协议签署日期在申报截止之后。",
        "basis": "《省科技厅国际科技合作基地管理办法》第八条、第十一条",
        "proposal": proposal,
        "proposal_reason": "申报截止前的材料不能证明协议有效，补充材料不改变原审查结论。",
        "examined_on": today.isoformat(),
    }


def reconsideration_decision(today: date, **changes: Any) -> dict[str, Any]:
    return {
        "reason": "补充协议签署于申报截止之后，不能作为本批次的评审依据",
        "basis": "《省科技厅国际科技合作基地管理办法》第八条、第十一条",
        "signed_on": today.isoformat(),
        **changes,
    }


def correction_proposal(document: str, *items: tuple[str, str, str]) -> dict[str, Any]:
    """Lines of (part, old, new)."""
    return {
        "document": document,
        "items": [{"part": part, "old": old, "new": new} for part, old, new in items],
        "reason": "登记时录入有误，以签发件为准",
    }


def correction_approval() -> dict[str, Any]:
    return {"checked": ["document", "items", "basis", "register"]}


def correction_registration(today: date, doc_no: str = "浙科发外〔2026〕31号") -> dict[str, Any]:
    return {
        "doc_no": doc_no,
        "title": "关于更正2026年度浙江省国际科技合作基地认定名单的通知",
        "issued_on": today.isoformat(),
        "signer": "顾承泽",
        "recipients": "各设区市科技局，省级有关部门，各有关单位",
        "checked": True,
    }
