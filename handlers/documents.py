"""Numbers of official documents (文号), as GB/T 9704-2012 writes them."""

from __future__ import annotations

import re
import unicodedata

DOC_NO = re.compile(r"浙科[\u4e00-\u9fff]{1,4}〔(20\d{2})〕([1-9]\d{0,3})号")
"""Department's short name and subject, year in six-angle brackets, number without leading zeros (domain.md 4.5)."""

_TYPED = re.compile(
    r"(?P<name>[\u4e00-\u9fff]{2,8})[〔\[(【「『〈《﹝{]*(?P<year>20\d{2})年?[〕\])】」』〉》﹞}]*"
    r"第?0*(?P<number>[1-9]\d{0,3})号?"
)
_BLANKS = re.compile(r"\s+")


def normalise_doc_no(typed: str) -> str:
    """The number as it is printed: `浙科发外[2025] 023 号` → `浙科发外〔2025〕23号`.

    Accepts [ ] ( ) 【 】 and full-width forms, blanks, 第, leading zeros and a missing 号. What is no such number comes
    back trimmed and otherwise as typed, for the form to refuse.
    """
    plain = _BLANKS.sub("", unicodedata.normalize("NFKC", typed))
    match = _TYPED.fullmatch(plain)
    if match is None:
        return typed.strip()
    return f"{match['name']}〔{match['year']}〕{match['number']}号"


def is_doc_no(text: str) -> bool:
    """A document number of the department, in its printed form."""
    return DOC_NO.fullmatch(text) is not None
