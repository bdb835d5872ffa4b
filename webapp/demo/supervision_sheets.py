"""What people hand in with a supervision: contents right by the shipped forms, for the demonstration and for stories."""

from __future__ import annotations

from datetime import date
from typing import Any

SYSTEMS = ("ip", "cross_border_data", "human_genetic", "ethics", "secrecy", "security_monitoring")


def confirmation(today: date, *findings: dict[str, Any], **states: Any) -> dict[str, Any]:
    """All six sound, save those that `states` names: system → state."""
    content: dict[str, Any] = {
        "method": ["visit", "documents"],
        "visited_on": today.isoformat(),
        "systems": {code: {"state": states.get(code, "sound")} for code in SYSTEMS},
        "capability": "adequate",
        "guidance": "组织保密和数据合规培训一次，逐项查阅制度文件。",
        "officer": "督导经办人",
        "signed_on": today.isoformat(),
    }
    return content | ({"findings": list(findings)} if findings else {})


def finding(system: str, problem: str = "制度已建立但未按要求登记备案。") -> dict[str, Any]:
    return {"system": system, "problem": problem, "requirement": "一个月内补办登记并报送情况。", "severe": False}


def handling(findings: list[dict[str, Any]], *ways: str) -> dict[str, Any]:
    """Each finding dealt with in its way."""
    rows = [{"finding": row["finding"], "handling": way} for row, way in zip(findings, ways, strict=True)]
    return {"rows": rows, "comment": "按要求处理，推荐部门跟踪。"}


def rectification(today: date) -> dict[str, Any]:
    return {
        "measures": [{"problem": "未登记备案", "measure": "补办登记并完善台账", "result": "已全部登记"}],
        "finished_on": today.isoformat(),
        "signed_by": "许知远",
    }


def verification(today: date) -> dict[str, Any]:
    return {
        "comment": "已查阅登记台账，整改到位。",
        "visited": True,
        "officer": "督导经办人",
        "signed_on": today.isoformat(),
    }
