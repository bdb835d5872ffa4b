"""What people hand in at each step of a reward: contents right by the shipped forms, for the demonstration and for stories."""

from __future__ import annotations

from datetime import date
from typing import Any


def registration(today: date, amount: float = 50, **changes: Any) -> dict[str, Any]:
    return {
        "basis": "provincial",
        "round_name": "2026年度绩效评价",
        "grade": "excellent",
        "doc_no": "浙科发外〔2026〕20号",
        "result_on": today.isoformat(),
        "amount": amount,
        "source": "省科技发展专项资金",
        "fund_rule": True,
        **changes,
    }


def approval() -> dict[str, Any]:
    return {"checked": ["grade", "amount", "previous"]}


def payment(today: date, amount: float = 50, **changes: Any) -> dict[str, Any]:
    return {
        "amount": amount,
        "paid_on": today.isoformat(),
        "voucher": "2026-03-0012",
        "payee": "甬东新材料研究所",
        **changes,
    }


def use(today: date, file_id: str, *amounts: float, **changes: Any) -> dict[str, Any]:
    """A line for each amount."""
    purposes = ("travel", "conference", "joint_research", "hosting")
    lines = [
        {
            "purpose": purposes[place % len(purposes)],
            "content": "赴合作机构开展联合实验",
            "amount": amount,
            "on": today.isoformat(),
        }
        for place, amount in enumerate(amounts or (30, 20))
    ]
    return {
        "items": lines,
        "effect": "与合作机构联合完成两项实验，举办国际研讨会一次，引进专家一名。",
        "outcomes": [{"name": "国际研讨会", "kind": "event", "number": 1}],
        "sealed": file_id,
        "contact": "苏念青",
        "phone": "0571-87000011",
        **changes,
    }


def evaluation(**changes: Any) -> dict[str, Any]:
    return {
        "checked": ["purpose", "evidence", "effect"],
        "effect_grade": "a",
        "comment": "用途合规，成效明显。",
        **changes,
    }
