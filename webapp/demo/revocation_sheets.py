"""What people hand in at each step of a revocation: contents right by the shipped forms, for the demonstration and for stories."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

CARDS: dict[str, dict[str, Any]] = {
    "G1": {"first": True, "second": True, "report_years": "2025"},
    "G2": {"first": True, "rounds": "2023年度、2026年度绩效评价（浙科发外〔2026〕20号）"},
    "G3": {"first": True, "material": "annual_report", "falsehood": "所列三项合作协议中两项系伪造，合作方书面否认。"},
    "G4": {
        "first": False,
        "second": True,
        "third": True,
        "conduct": ["leak"],
        "consequence": "关键工艺数据外泄，造成严重影响。",
    },
    "G5": {
        "first": True,
        "second": True,
        "change_item": "主要合作对象终止合作",
        "changed_on": "2026-01-10",
        "effect": "联合研究停顿，年度任务未能完成。",
    },
    "G6": {"first": True, "why": "依托单位已停止国际合作业务，无人员和经费保障。"},
}
"""A card of each ground with every condition found."""


def card(ground: str, **changes: Any) -> dict[str, Any]:
    """One ground with facts and evidence."""
    return {
        "ground": ground,
        "facts": "经初步核查，情况属实，详见证据材料。",
        "evidence_list": "1.核查笔录；2.合作方来函；3.台账记载。",
        "source": "NB-2026-0001",
        **CARDS[ground],
        **changes,
    }


def opening(*grounds: str, **changes: Any) -> dict[str, Any]:
    """The file is opened for these grounds."""
    return {
        "grounds": [card(ground) for ground in grounds],
        "summary": "线索具体，证据初步成立，应予立案核实。",
        **changes,
    }


def opinion(today: date) -> dict[str, Any]:
    """The department looked into it."""
    return {
        "checked_on": today.isoformat(),
        "methods": ["visit", "talk"],
        "facts": "经实地核查并约谈依托单位负责人，所列事实基本属实。",
        "support_given": "2025年以来提醒两次，约谈一次。",
        "advice": "建议按规定程序处理，听取单位意见。",
    }


def cosign() -> dict[str, Any]:
    return {"aspects": ["facts", "law"], "opinion_text": "事实清楚，程序合规。"}


def verification(*findings: str, against: tuple[str, ...] = (), **changes: Any) -> dict[str, Any]:
    """Every finding found, but for those in `against`."""
    return {
        "findings": [
            {
                "finding": finding,
                "result": "not_found" if finding in against else "found",
                "basis": "经核对证据材料和当事人陈述认定。",
            }
            for finding in findings
        ],
        "facts": "经核实，该基地在年度报告中所列的三项合作协议有两项系伪造，合作方已书面否认。",
        **changes,
    }


def rectification_order(today: date, days: int = 30) -> dict[str, Any]:
    """What the host has to put right until when."""
    return {
        "rectify_items": [{"item": "数据管理制度不落实", "requirement": "修订制度，完成全员培训并通过检查。"}],
        "rectify_until": (today + timedelta(days=days)).isoformat(),
    }


def rectification_report(today: date, file_id: str) -> dict[str, Any]:
    return {
        "items": [
            {"item": "数据管理制度不落实", "done": "已修订制度并完成培训，检查合格。", "done_on": today.isoformat()}
        ],
        "summary": "已按要求完成整改，建立季度检查机制，落实专人负责。",
        "sealed": file_id,
        "contact": "苏念青",
        "phone": "0571-87000011",
    }


def notice(*grounds: str) -> dict[str, Any]:
    return {
        "grounds": list(grounds),
        "facts": "经核实，该基地在年度报告中所列的三项合作协议有两项系伪造，合作方已书面否认。",
        "intended": "拟取消国合基地资格，依托单位三年内不得再次申报。",
        "rights": True,
        "contact": "沈予安",
        "phone": "0571-87000000",
        "address": "杭州市环城西路33号",
    }


def notice_approval() -> dict[str, Any]:
    return {"checked": ["facts", "basis", "procedure", "rights"]}


def statement(file_id: str, *, hearing: bool = False) -> dict[str, Any]:
    content = {
        "content": "其中一项协议系合作方更名后重新签署，并非伪造，附合作方说明；其余一项系经办人员工作失误。",
        "evidence": [file_id],
        "hearing": hearing,
        "sealed": file_id,
        "person": "苏念青",
        "phone": "0571-87000011",
    }
    return content | ({"hearing_reason": "对协议真实性的认定有异议"} if hearing else {})


def hearing(today: date) -> dict[str, Any]:
    return {
        "notified_on": (today - timedelta(days=14)).isoformat(),
        "held_on": today.isoformat(),
        "place": "省科技厅301会议室",
        "chair": "吕书宁",
        "participants": "依托单位代表二人，案件承办人员，记录人",
        "points": "协议是否伪造，是否造成影响。",
        "summary": "双方就协议真实性充分陈述、质证，依托单位承认一项协议不实。",
        "record": "",
    }


def review(result: str = "partly") -> dict[str, Any]:
    return {
        "points": [
            {
                "point": "一项协议系更名后重签",
                "result": "accepted",
            },
            {"point": "另一项系工作失误", "result": result, "reason": "材料由依托单位盖章承诺，不能以失误免责。"},
        ],
        "conclusion": "一项采纳，另一项不足以推翻认定，情形仍然成立。",
        "proposal": "revoke",
    }


def law_review() -> dict[str, Any]:
    return {
        "checked": ["authority", "facts", "basis", "procedure", "proportion"],
        "opinion_text": "程序合法，依据适当。",
    }


def decision(today: date, *grounds: str, scope: str = "host", **changes: Any) -> dict[str, Any]:
    return {
        "meeting_type": "office_meeting",
        "meeting_on": today.isoformat(),
        "minutes_no": "厅长办公会纪要〔2026〕12号",
        "grounds": list(grounds),
        "reason": "提供虚假信息事实清楚，证据充分，经陈述申辩不改变认定",
        "ban_scope": scope,
        **changes,
    }


def document(today: date, doc_no: str = "浙科发外〔2026〕45号", **changes: Any) -> dict[str, Any]:
    return {
        "doc_no": doc_no,
        "title": "关于取消国际科技合作基地资格的决定",
        "issued_on": today.isoformat(),
        "signer": "顾承泽",
        "recipients": "依托单位",
        "copies": "各设区市科技局",
        "checked": True,
        **changes,
    }


def service(today: date, file_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "method": "direct",
        "served_on": today.isoformat(),
        "recipient": "苏念青",
        "receipt": file_id,
        **changes,
    }


def withdrawal() -> dict[str, Any]:
    return {"reason_kind": "no_ground", "reason": "经复查线索与该基地无关", "understood": True}
