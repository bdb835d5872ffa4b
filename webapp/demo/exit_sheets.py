"""What people hand in at each step of a voluntary exit: contents right by the shipped forms, for the demonstration and for stories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any


def request(today: date, file_id: str, obligations: Iterable[Mapping[str, Any]] = (), **changes: Any) -> dict[str, Any]:
    """The host asks to leave in two months; every obligation has its plan."""
    return {
        "reason": "ended",
        "facts": "主要合作机构已于去年底终止联合研究，本单位国际合作方向调整，基地不再适宜继续运行。",
        "evidence": [file_id],
        "obligations": [{"item": row["item"], "plan": "按要求在批准前办结。"} for row in obligations],
        "intended_on": (today + timedelta(days=60)).isoformat(),
        "results": "成果归依托单位所有，资料移交档案室保存。",
        "partners": "已书面告知合作机构，在研协议执行至期满。",
        "sealed": file_id,
        "contact": "苏念青",
        "phone": "0571-87000011",
        **changes,
    }


def on_behalf(
    today: date, file_id: str, obligations: Iterable[Mapping[str, Any]] = (), **changes: Any
) -> dict[str, Any]:
    """The department asks for a host that was dissolved."""
    own = {"host_state": "deregistered", "host_ended_on": "2026-01-20", "proof": [file_id]}
    return {**request(today, file_id, obligations), **own, **changes}


def opinion(today: date, **changes: Any) -> dict[str, Any]:
    return {
        "truth_checked": True,
        "facts": "经走访核实，合作已经终止，退出原因属实。",
        "officer": "审核经办人",
        "signed_on": today.isoformat(),
        **changes,
    }


def correction() -> dict[str, Any]:
    """What a return names."""
    return {"correction_items": [{"field": "合作对象的安排", "problem": "请补充合作机构的书面确认。"}]}


def examination(obligations: Iterable[Mapping[str, Any]] = (), settled: str = "yes", **changes: Any) -> dict[str, Any]:
    """Every obligation is in that state."""
    return {
        "obligations": [{"item": row["item"], "settled": settled, "note": "已核对台账。"} for row in obligations],
        "eligible": True,
        "evading": True,
        "conclusion": "退出原因属实，未了事项已处理，建议同意退出。",
        **changes,
    }


def head_review() -> dict[str, Any]:
    return {"checked": ["facts", "obligations", "arrangement", "evading"]}


def decision(today: date) -> dict[str, Any]:
    return {"meeting_type": "signed", "meeting_on": today.isoformat()}


def document(
    today: date, on: date | None = None, doc_no: str = "浙科发外〔2026〕51号", **changes: Any
) -> dict[str, Any]:
    return {
        "doc_no": doc_no,
        "title": "关于同意国际科技合作基地退出的批复",
        "issued_on": today.isoformat(),
        "effective_on": (on or today).isoformat(),
        "signer": "顾承泽",
        "recipients": "依托单位",
        "checked": True,
        **changes,
    }


def withdrawal() -> dict[str, Any]:
    return {"reason": "已与新的合作机构达成协议，继续运行", "understood": True}
