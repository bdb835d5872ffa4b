"""统一社会信用代码 (GB 32100-2015) with the organisation code inside it (GB 11714).

Knows the code's own arithmetic; what a kind of register means for an application is the table `legal_person`.
"""

from __future__ import annotations

import unicodedata

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""No I O S V Z."""

LENGTH = 18
CENTRAL = "100000"
"""Region of a unit registered with a central authority."""

_MODULUS = len(ALPHABET)
_WEIGHTS = [3**n % _MODULUS for n in range(LENGTH - 1)]
_BODY_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_BODY_MODULUS = 11
_BODY_CHECKS = "0123456789X0"


def normalise(text: str) -> str:
    """Upper case, half width, without any blank: the form in which codes are stored and compared."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())


def fault(text: str) -> str | None:
    """What is wrong with the code, in Chinese; None when both check characters hold."""
    code = normalise(text)
    if len(code) != LENGTH:
        return f"统一社会信用代码应为18位，现为{len(code)}位"
    strange = [char for char in code if char not in ALPHABET]
    if strange:
        return f"统一社会信用代码含有不允许的字符“{strange[0]}”（不使用 I、O、S、V、Z）"
    if organisation_check(code[8:16]) != code[16]:
        return "统一社会信用代码第9至17位（主体标识码）校验不通过，请核对"
    if check(code[:17]) != code[17]:
        return "统一社会信用代码末位校验不通过，请核对"
    return None


def is_valid(text: str) -> bool:
    """Both check characters hold. The outer check alone lets citizen numbers through."""
    return fault(text) is None


def kind_of(text: str) -> str:
    """Registering authority and kind, characters 1-2, e.g. `91` 企业, `12` 事业单位."""
    return normalise(text)[:2]


def region_of(text: str) -> str:
    """Region of the *registering authority*, characters 3-8: it stays when the unit moves."""
    return normalise(text)[2:8]


def compose(kind: str, region: str, body: str) -> str:
    """The full code of kind (2), region (6) and organisation body (8 characters), with both check characters."""
    first = kind + region + body + organisation_check(body)
    return first + check(first)


def check(first: str) -> str:
    """Character 18 for the first 17."""
    total = sum(ALPHABET.index(char) * weight for char, weight in zip(first, _WEIGHTS, strict=True))
    return ALPHABET[(_MODULUS - total % _MODULUS) % _MODULUS]


def organisation_check(body: str) -> str:
    """Character 17 for characters 9-16."""
    total = sum(_BODY_ALPHABET.index(char) * weight for char, weight in zip(body, _BODY_WEIGHTS, strict=True))
    return _BODY_CHECKS[_BODY_MODULUS - total % _BODY_MODULUS]
