"""Questions before an act: our own script in a real browser, without the rest of the application."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

SOURCE = Path(__file__).parents[2] / "webapp" / "frontend" / "src" / "app" / "dialogs.js"
PAGE = """<!doctype html><html lang="zh-CN"><title>问题</title>
<style>body { height: 100vh; margin: 0; display: grid; place-items: START } dialog { margin: auto }</style>
<form id="act"><button type="submit" data-confirm="终止后不能恢复，确定终止该事项？">终止</button></form>
<a href="#undo" data-dialog="undo" id="open">取回</a>
<dialog id="undo"><form id="inner"><button type="button" data-dialog-close>取消</button><button id="go">确定取回</button></form></dialog>
<script>
  window.sent = [];
  for (const form of document.forms)
    form.addEventListener('submit', event => { event.preventDefault(); window.sent.push(form.id); });
</script></html>"""


@pytest.fixture(params=["start", "center"])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    """The act's button in a corner, where its dialog does not come up, or in the middle, where it does."""
    opened = chromium.new_page()
    opened.set_content(PAGE.replace("START", request.param))
    opened.add_script_tag(content=SOURCE.read_text(encoding="utf-8"), type="module")
    opened.wait_for_function("document.readyState === 'complete'")
    yield opened
    opened.close()


def test_a_double_click_asks_once_and_neither_closes_nor_answers_the_question(page: Page) -> None:
    page.get_by_role("button", name="终止").dblclick()
    question = page.locator("dialog.gh-dialog")
    assert question.is_visible()
    assert page.locator("dialog[open]").count() == 1
    assert page.evaluate("window.sent") == []
    question.get_by_role("button", name="终止").click()
    page.wait_for_function("window.sent.length > 0")
    assert page.evaluate("window.sent") == ["act"]
    assert question.count() == 0


def test_a_double_click_on_a_link_opens_its_dialog_and_leaves_it_open(page: Page) -> None:
    page.locator("#open").dblclick()
    assert page.locator("#undo").is_visible()
    assert page.evaluate("window.sent") == []
    page.locator("#go").dblclick()
    assert page.evaluate("window.sent") == ["inner"]


def test_backdrop_escape_and_cancel_still_close(page: Page) -> None:
    for close in (
        lambda: page.mouse.click(5, 590),
        lambda: page.keyboard.press("Escape"),
        lambda: page.locator("#undo").get_by_text("取消").click(),
    ):
        page.wait_for_timeout(600)  # a click soon after another one would count as its second
        page.locator("#open").click()
        page.wait_for_timeout(600)
        assert page.locator("#undo").is_visible()
        close()
        assert not page.locator("#undo").is_visible()
