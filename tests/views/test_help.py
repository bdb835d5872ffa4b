"""Help within the application: each role's page leads to its manual, which is the file of docs/ itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from webapp.views import help as helping
from webapp.views import manual

DOCS = Path(__file__).parents[2] / "docs"

SignIn = Callable[[str], FlaskClient]


def test_every_page_leads_to_its_manuals(sign_in: SignIn) -> None:
    client = sign_in("analyst")
    for page in helping.PAGES:
        shown = client.get(f"/help/{page}").get_data(as_text=True)
        for name in helping.FURTHER.get(page, (page,)):
            assert f'href="/help/manual/{name}"' in shown, page
    assert 'href="/help/manual/analyst"' in client.get("/help/analyst").get_data(as_text=True)


@pytest.mark.parametrize("name", helping.MANUALS)
def test_every_manual_opens_whole(sign_in: SignIn, name: str) -> None:
    file, title = helping.MANUALS[name]
    shown = sign_in("analyst").get(f"/help/manual/{name}").get_data(as_text=True)
    assert title in shown
    for line in (DOCS / file).read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            assert f"<h2>{line[3:]}</h2>" in shown
    assert "**" not in shown


def test_every_guide_is_reachable() -> None:
    known = {file for file, _ in helping.MANUALS.values()}
    signposts = {"guide/analyst.md"}  # leads to docs/analyst.md
    assert {f"guide/{path.name}" for path in DOCS.glob("guide/*.md")} - known == signposts


def test_links_between_manuals_stay_within_the_application(sign_in: SignIn) -> None:
    client = sign_in("officer")
    assert 'href="/help/manual/forms"' in client.get("/help/manual/analyst").get_data(as_text=True)
    assert 'href="/help/manual/operator"' in client.get("/help/manual/province").get_data(as_text=True)
    assert client.get("/help/manual/secret").status_code == 404
    assert client.get("/help/manual/..%2Fprogress").status_code == 404


def test_manuals_are_read_block_by_block() -> None:
    blocks = manual.read(
        "# 标题\n\n第一行\n第二行 `a|b`\n\n"
        "- 甲：\n  续行\n   - 子一；\n   - **子二**。\n- 乙\n\n"
        "1. 一\n2. 二\n\n"
        "| 名 | 义 |\n| --- | --- |\n| `x\\|y` | 见[手册](analyst.md) |\n"
        "```\n<b>原样</b>\n\n第二段\n```\n"
    )
    assert [block.kind for block in blocks] == ["h1", "p", "ul", "ol", "table", "code"]
    assert [(span.kind, span.text) for span in blocks[1].spans] == [("text", "第一行第二行 "), ("code", "a|b")]
    first, second = blocks[2].items
    assert first.spans[0].text == "甲：续行"
    assert first.inner is not None
    assert [item.spans[0].kind for item in first.inner.items] == ["text", "strong"]
    assert (second.spans[0].text, second.inner) == ("乙", None)
    heading, row = blocks[4].rows
    assert [cell[0].text for cell in heading] == ["名", "义"]
    assert (row[0][0].kind, row[0][0].text) == ("code", "x|y")
    assert row[1][1] == manual.Span("link", "手册", "analyst.md")
    assert blocks[5].text == "<b>原样</b>\n\n第二段"


def test_nothing_of_a_manual_is_markup(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "analyst.md").write_text("# x\n<script>alert(1)</script> [坏](javascript:alert)\n", "utf-8")
    monkeypatch.setattr(helping, "_folder", lambda: tmp_path)
    shown = sign_in("analyst").get("/help/manual/analyst").get_data(as_text=True)
    assert "<script>alert" not in shown
    assert "javascript:" not in shown
    assert sign_in("analyst").get("/help/manual/forms").status_code == 404
