"""What people hand in when a base of the old rules finds its category (第二十六条): contents right by the forms."""

from __future__ import annotations

from datetime import date
from typing import Any


def confirm(**changes: Any) -> dict[str, Any]:
    """The host confirms; with `category` and `reason` it proposes another one."""
    return {"leader_right": True, "contact": "科研秘书", "phone": "0571-88880000", **changes}


def review(today: date) -> dict[str, Any]:
    return {"comment": "同意归入的类别。", "officer": "审核经办人", "signed_on": today.isoformat()}


def decide(category: str, reason: str = "") -> dict[str, Any]:
    return {"category": category, **({"reason": reason} if reason else {})}
