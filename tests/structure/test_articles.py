"""条文对照: every executable paragraph of the regulation has what carries it out, and a test (house.md I.8)."""

from __future__ import annotations

from pathlib import Path

import pytest

from webapp.studio import articles

ROOT = Path(__file__).parents[2]
PARAGRAPHS = articles.collect(ROOT)


def test_all_26_articles_are_listed_in_order() -> None:
    heads = [int(each.ref) for each in PARAGRAPHS if each.ref.isdigit()]
    assert heads == list(range(1, 27))


@pytest.mark.parametrize("paragraph", [each for each in PARAGRAPHS if each.executable], ids=lambda each: each.ref)
def test_executable_paragraph_has_what_carries_it_out_and_a_test(paragraph: articles.Paragraph) -> None:
    assert paragraph.gaps == []


@pytest.mark.parametrize("paragraph", [each for each in PARAGRAPHS if not each.executable], ids=lambda each: each.ref)
def test_other_paragraph_says_why_not(paragraph: articles.Paragraph) -> None:
    assert paragraph.why


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("第十一条（二）审核推荐", ["11(2)"]),
        ("第十八条、第二十二条（二）", ["18", "22(2)"]),
        ("第二十条", ["20"]),
        ("第九条 第九条", ["9"]),
        ("没有", []),
    ],
)
def test_quotations_are_understood(text: str, expected: list[str]) -> None:
    assert articles.references(text) == expected
