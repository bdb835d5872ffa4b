"""国家级基地 (第十九条、第二十四条): the ministry's types, and how the register says that the Province manages it no more."""

from __future__ import annotations

STATUS = "transferred_national"
"""The status of every national base, transferred or never provincial: it is managed by the ministry's rules."""
TYPES = {
    "innovation_park": "国际创新园",
    "joint_centre": "国际联合研究中心",
    "transfer_centre": "国际技术转移中心",
    "demonstration": "示范型国际科技合作基地",
}
"""Types of the ministry's bases (domain.md 4.7)."""


def type_name(code: str) -> str:
    """The type's name; an unknown code reads as itself."""
    return TYPES.get(code, code)
