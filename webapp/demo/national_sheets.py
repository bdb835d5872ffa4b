"""What the Province hands in about national bases (第十九条、第二十四条): contents right by the shipped forms."""

from __future__ import annotations

from datetime import date
from typing import Any


def transfer(today: date, file_id: str, **changes: Any) -> dict[str, Any]:
    """The ministry's document of that day; nothing of the base is open."""
    return {
        "doc_no": "国科发外〔2026〕316号",
        "recognised_on": today.isoformat(),
        "national_type": "joint_centre",
        "national_name": "国家级智能网联汽车国际联合研究中心",
        "effective_on": today.isoformat(),
        "file": file_id,
        "checked": True,
        **changes,
    }


def choice(
    case_id: str, chosen: str, reason: str = "经核实，依托单位申请退出系因转为国家级，与取消资格情形无关。"
) -> dict[str, Any]:
    """What becomes of an open exit or revocation."""
    return {"case": case_id, "choice": chosen, "reason": reason}


def confirm_transfer() -> dict[str, Any]:
    return {"checked": ["document", "others", "grounds"]}


def choose_again() -> dict[str, Any]:
    return {"reason": "依托单位已撤回退出意向"}


def base(host_id: str, city: str, file_id: str, **changes: Any) -> dict[str, Any]:
    """A base of the ministry's that never was provincial."""
    return {
        "host_id": host_id,
        "name": "中德先进制造国际联合研究中心",
        "national_type": "joint_centre",
        "doc_no": "国科外字〔2014〕82号",
        "recognised_on": "2014-11-20",
        "leader": "顾思齐",
        "contact": "沈书宁",
        "city": city,
        "field_code": "other",
        "main_regions": ["DEU"],
        "direction": "先进制造装备与工艺的联合研究。",
        "file": file_id,
        "checked": True,
        **changes,
    }


def confirm_base() -> dict[str, Any]:
    return {"checked": ["document", "never_provincial"]}
