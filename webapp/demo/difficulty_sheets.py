"""What people hand in about a difficulty (第十三条第二项): contents right by the shipped forms."""

from __future__ import annotations

from datetime import date
from typing import Any


def ask(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "foreign_affairs",
        "subject": "外方专家来访签证办理周期过长",
        "content": "合作方三名专家拟于下月来访开展联合试验，签证邀请手续办理周期过长，影响试验安排。",
        "tried": "已向所在地外事部门咨询并提交材料。",
        "wanted": "请协调外事部门加快办理邀请函。",
        "contact": "国际合作办公室",
        "phone": "0571-88880000",
        **changes,
    }


def answer(today: date, **changes: Any) -> dict[str, Any]:
    return {
        "result": "solved",
        "answer": "已会同外事部门开通绿色通道，邀请函三个工作日内办结。",
        "coordinated": "市外事办公室",
        "officer": "协调经办人",
        "signed_on": today.isoformat(),
        **changes,
    }


def pass_on() -> dict[str, Any]:
    return {"pass_on_reason": "涉及省级外事审批权限，建议由省科技厅商省外办协调。"}


def confirm() -> dict[str, Any]:
    return {"satisfied": "satisfied", "comment": "问题已经解决。"}


def ask_again() -> dict[str, Any]:
    return {"again": "其中一名专家的邀请函仍未办结，请继续协调。"}


def withdraw() -> dict[str, Any]:
    return {"reason": "合作方调整了来访安排", "understood": True}
