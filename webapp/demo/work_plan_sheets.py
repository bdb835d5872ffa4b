"""What people hand in with a work plan and with a change of the overall plan: contents right by the shipped forms."""

from __future__ import annotations

from datetime import date
from typing import Any


def plan(today: date, **changes: Any) -> dict[str, Any]:
    """The year's plan over the four tasks of 第五条."""
    content = {
        "goals": f"{today.year}年新增海外合作机构1家，联合申报国家级项目1项，举办国际论坛1场。",
        "items": [
            item("channels", "与海外高校签署新协议", "q2"),
            item("technology", "联合研发第二代样机", "q4", budget=150),
            item("models", "总结推广双向联合实验室做法", "q3"),
            item("openness", "举办国际传感技术论坛", "q4", budget=60.5),
        ],
        "guarantee": "依托单位安排专项经费和专职人员，按季度调度。",
        "monitoring": "每季度末核对进展，年中评估一次。",
        "signed_by": "许知远",
        "signed_on": today.isoformat(),
    }
    return content | changes


def item(task: str, measure: str, quarter: str, **more: Any) -> dict[str, Any]:
    return {"task": task, "measure": measure, "output": "按计划形成成果", "quarter": quarter, "owner": "许知远", **more}


def review(today: date) -> dict[str, Any]:
    return {
        "comment": "计划可行，同意备案。",
        "support": "协调对接海外高校",
        "officer": "审核经办人",
        "signed_on": today.isoformat(),
    }


def progress(quarter: str, *shares: int) -> dict[str, Any]:
    """How far each line is, in percent."""
    rows = [
        {"item": f"计划项{number}", "done_percent": share, "note": "按计划推进"}
        for number, share in enumerate(shares, 1)
    ]
    return {"quarter": quarter, "rows": rows}


def update(today: date, file_id: str, **changes: Any) -> dict[str, Any]:
    """The overall plan changes from today on."""
    content = {
        "reason": "合作方调整研发布局，需相应调整建设重点。",
        "goals": "围绕柔性传感建设双向联合实验室，三年内形成标志性成果。",
        "tasks": [{"task": "technology", "before": "联合研发第一代样机", "after": "联合研发第二代样机并中试"}],
        "plan_file": file_id,
        "effective_on": today.isoformat(),
        "signed_by": "许知远",
    }
    return content | changes
