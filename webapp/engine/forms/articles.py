"""References to the regulation as it is quoted: `8(2)` → 第八条（二）."""

from __future__ import annotations

_FIGURES = "零一二三四五六七八九"


def article(reference: str) -> str:
    """`8(2)` as 第八条（二）, a list of them joined by 、."""
    return "、".join(_one_article(part.strip()) for part in reference.split(",") if part.strip())


def _one_article(reference: str) -> str:
    number, _, item = reference.partition("(")
    number = number.split(".")[0]
    if not number.isdigit():
        return reference
    item = item.rstrip(")")
    return f"第{_chinese(int(number))}条" + (f"（{_chinese(int(item))}）" if item.isdigit() else "")


def _chinese(number: int) -> str:
    if number < 10:
        return _FIGURES[number]
    tens, ones = divmod(number, 10)
    return f"{_FIGURES[tens] if tens > 1 else ''}十{_FIGURES[ones] if ones else ''}"
