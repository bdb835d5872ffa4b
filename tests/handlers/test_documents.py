"""Document numbers as GB/T 9704-2012 prints them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import documents


@pytest.mark.parametrize(
    "typed",
    [
        "浙科发外〔2025〕23号", "浙科发外[2025]23号", "浙科发外(2025)23号", "浙科发外（2025）23号",
        "浙科发外【2025】23号", "浙科发外［2025］２３号", " 浙科发外 〔2025〕 23 号 ", "浙科发外〔2025〕023号",
        "浙科发外〔2025〕第23号", "浙科发外〔2025〕23", "浙科发外〔2025年〕23号", "浙科发外「2025」23号",
        "浙科发外2025年第023号",
    ],
)  # fmt: skip
def test_typed_numbers_become_the_printed_form(typed: str) -> None:
    assert documents.normalise_doc_no(typed) == "浙科发外〔2025〕23号"


@pytest.mark.parametrize("real", ["浙科发外〔2017〕187号", "浙科发外〔2022〕23号", "浙科发规〔2021〕23号"])
def test_numbers_of_the_department_are_recognised(real: str) -> None:
    assert documents.is_doc_no(documents.normalise_doc_no(real))


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "通知",
        "浙科发外〔1999〕23号",
        "浙科发外〔2025〕0号",
        "浙科发外〔2025〕12345号",
        "ZKFW〔2025〕23号",
        "浙科发外〔2025〕23号补",
        "x" * 9999,
    ],
)
def test_what_is_no_number_is_left_for_the_form_to_refuse(typed: str) -> None:
    assert documents.normalise_doc_no(typed) == typed.strip()
    assert not documents.is_doc_no(documents.normalise_doc_no(typed))


@pytest.mark.parametrize("other", ["国科发火〔2016〕32号", "浙科〔2025〕1号", "浙科发外经贸合〔2025〕1号"])
def test_numbers_of_others_are_not_the_departments(other: str) -> None:
    assert not documents.is_doc_no(documents.normalise_doc_no(other))


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(typed: str) -> None:
    once = documents.normalise_doc_no(typed)
    assert documents.normalise_doc_no(once) == once
