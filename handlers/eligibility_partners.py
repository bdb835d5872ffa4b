"""Who counts as an overseas institution and how many there are (art. 7(2), 8(2), 25)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from itertools import combinations

from handlers import eligibility_form as form_of
from handlers.vocabulary import Facts

MAINLAND = "CHN"
HONG_KONG_MACAU_TAIWAN = frozenset({"HKG", "MAC", "TWN"})
"""第二十五条：可参照纳入。"""

_ALIKE = 0.85


@dataclass(frozen=True)
class Partner:
    """One row of the partner table as the rules see it; `group` is the same for one institution or one concern."""

    path: str
    name: str
    group: str
    country_region: str
    has_agreement: bool
    has_related_agreement: bool
    missing_files: int


def overseas(form: Facts, on: date, *, count_hmt: bool = True) -> list[Partner]:
    """The partners outside the mainland; agreements are judged on the day `on`."""
    left_out = {MAINLAND, ""} if count_hmt else {MAINLAND, "", *HONG_KONG_MACAU_TAIWAN}
    partners = [_to_partner(f"partners.{n}", row, on) for n, row in form_of.numbered(form, "partners")]
    return [partner for partner in partners if partner.country_region not in left_out]


def distinct(partners: Sequence[Partner]) -> int:
    """Institutions with an agreement that is signed, in force and closely related: one a legal body or concern."""
    return len({partner.group for partner in partners if partner.has_related_agreement})


def distinct_names(partners: Sequence[Partner]) -> int:
    """The same without merging parents and subsidiaries."""
    return len({fold(partner.name) for partner in partners if partner.has_related_agreement})


def alike(partners: Sequence[Partner]) -> list[tuple[str, str]]:
    """Pairs counted apart whose names look like two spellings of one institution."""
    return [
        (one.name, other.name)
        for one, other in combinations(partners, 2)
        if one.group != other.group and _are_alike(one.group, other.group)
    ]


def _to_partner(path: str, row: Facts, on: date) -> Partner:
    name = form_of.text(row, "name") or form_of.text(row, "name_zh")
    legal = form_of.text(row, "legal_name") or name
    in_force = [agreement for agreement in form_of.rows(row, "agreements") if _is_in_force(agreement, on)]
    return Partner(
        path=path,
        name=legal,
        group=fold(form_of.text(row, "parent") or legal),
        country_region=form_of.text(row, "country_region").upper(),
        has_agreement=bool(in_force),
        has_related_agreement=any(agreement.get("related") is True for agreement in in_force),
        missing_files=sum(not form_of.text(agreement, "file") for agreement in in_force),
    )


def _is_in_force(agreement: Facts, on: date) -> bool:
    signed = form_of.day(agreement, "signed_on")
    expires = form_of.day(agreement, "expires_on")
    return signed is not None and signed <= on and (expires is None or expires >= on)


def fold(name: str) -> str:
    """Letters and digits only, without case, width and accents."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(char for char in plain if char.isalnum())


def _are_alike(one: str, other: str) -> bool:
    if not one or not other:
        return False
    return one in other or other in one or SequenceMatcher(None, one, other).ratio() >= _ALIKE
