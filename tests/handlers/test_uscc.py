"""Unified social credit codes: known codes, false positives, and every code we compose."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import uscc

LETTERS = st.text(uscc.ALPHABET, min_size=8, max_size=8)


@pytest.mark.parametrize(
    "code",
    ["12100000470095016Q", "12440600MB2C07549J", "92141127MA0KD1Y64A", "91330108MAXXXX0151", "12330000MBXXXX019U",
     "52330200MJXXXX018D", "91310115MAXXXX023P", "92330106MAXXXX031N", "91330300MAXXXX0660", "91330300MAXXXX04X5"],
)  # fmt: skip
def test_both_check_characters_hold(code):
    """Real and constructed codes, among them check value 0 and organisation check X."""
    assert uscc.fault(code) is None
    assert uscc.is_valid(code)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("362322198709086409", "主体标识码"),  # a citizen number that passes character 18
        ("111111111111111111", "主体标识码"),
        ("91330108MAXXXX0152", "末位"),
        ("91330108MAXXXX0251", "主体标识码"),
        ("91330108MAXXXX015", "现为17位"),
        ("", "现为0位"),
        ("91330108MAXXXXO151", "“O”"),
        ("91330108MAXXXX01五1", "“五”"),
    ],
)
def test_wrong_codes_say_what_is_wrong(code, says):
    """A person can find the mistyped place."""
    assert says in (uscc.fault(code) or "")
    assert not uscc.is_valid(code)


def test_citizen_number_passes_the_outer_check_alone():
    """Why both checks are needed."""
    assert uscc.check("36232219870908640") == "9"


@pytest.mark.parametrize(
    "typed", ["91330108maxxxx0151", " 9133 0108 MAXX XX01 51\n", "９１３３０１０８ＭＡＸＸＸＸ０１５１"]
)
def test_case_width_and_blanks_do_not_matter(typed):
    """Folded before checking."""
    assert uscc.normalise(typed) == "91330108MAXXXX0151"
    assert uscc.is_valid(typed)


def test_kind_and_region():
    """Characters 1-2 and 3-8."""
    assert uscc.kind_of("12100000470095016q") == "12"
    assert uscc.region_of("12100000470095016Q") == uscc.CENTRAL
    assert uscc.region_of("91310115MAXXXX023P") == "310115"


@given(
    st.sampled_from(["11", "12", "51", "52", "53", "91", "92", "93", "N1", "Y1", "A1"]),
    st.sampled_from(["330100", "100000", "310115"]),
    LETTERS,
)
def test_composed_codes_are_valid(kind, region, body):
    """Round trip over every authority."""
    code = uscc.compose(kind, region, body)
    assert uscc.is_valid(code)
    assert (uscc.kind_of(code), uscc.region_of(code), code[8:16]) == (kind, region, body)


@given(LETTERS, st.integers(0, 17), st.sampled_from(uscc.ALPHABET))
def test_one_mistyped_character_is_caught(body, position, char):
    """31 is prime and no weight is 0, so a single substitution never passes."""
    code = uscc.compose("91", "330100", body)
    typed = code[:position] + char + code[position + 1 :]
    assert uscc.is_valid(typed) is (typed == code)
