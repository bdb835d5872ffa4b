"""Types a content into the form on the page, through its real fields, row buttons and file choosers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from playwright.sync_api import Locator, Page, expect

Leaf = tuple[str, Any]
NAMES = """() => Object.fromEntries([...document.querySelectorAll('#form-body [name]')].map(field =>
  [field.name, field.tagName === 'SELECT' ? (field.multiple ? 'many' : 'one') : (field.type || 'text')]))"""
WATCH_REDRAW = """() => { const root = document.documentElement; delete root.dataset.drawing;
  if (root.dataset.watched) return; root.dataset.watched = '1';
  document.addEventListener('htmx:before:request', () => root.dataset.drawing = 'asked');
  document.addEventListener('htmx:after:swap', () => root.dataset.drawing = 'done'); }"""
REDRAWING = "() => [...document.querySelectorAll('#form-body [hx-post][name]:not(button)')].map(field => field.name)"


def fill(page: Page, content: dict[str, Any], site: Any) -> None:
    """Every leaf of the content that the form shows is in its field; fields filled by the system are left alone."""
    first = [path for path in page.evaluate(REDRAWING) if not _is_numbered(path)]
    for path, value in leaves(content):
        if path in first:
            _answer(page, path, value, site)
    for path, wanted in tables(content):
        _rows(page, path, wanted)
    kinds, redrawing = page.evaluate(NAMES), set(page.evaluate(REDRAWING))
    for path, value in leaves(content):
        if path in first:
            continue
        if path in redrawing:
            _answer(page, path, value, site)
            kinds = page.evaluate(NAMES)
        else:
            _enter(page, path, value, site, kinds.get(path) or kinds.get(f"{path}__file", ""))


def _answer(page: Page, path: str, value: Any, site: Any) -> None:
    """An answer that others hang on: it is entered and the form has been drawn anew."""
    _redraws(page, lambda: _enter(page, path, value, site, page.evaluate(NAMES).get(path, "")))


def leaves(content: Any, path: str = "") -> Iterator[Leaf]:
    """(path, value) of every single answer; a list of plain values is one answer."""
    if isinstance(content, dict):
        for name, value in content.items():
            yield from leaves(value, f"{path}.{name}" if path else name)
    elif isinstance(content, list) and content and isinstance(content[0], dict):
        for number, row in enumerate(content):
            yield from leaves(row, f"{path}.{number}")
    elif content is not None:
        yield path, content


def tables(content: Any, path: str = "") -> Iterator[tuple[str, int]]:
    """(path, rows wanted) of every list of rows, outer ones first."""
    if isinstance(content, dict):
        for name, value in content.items():
            yield from tables(value, f"{path}.{name}" if path else name)
    elif isinstance(content, list) and content and isinstance(content[0], dict):
        yield path, len(content)
        for number, row in enumerate(content):
            yield from tables(row, f"{path}.{number}")


def _is_numbered(path: str) -> bool:
    return any(part.isdigit() for part in path.split("."))


def _rows(page: Page, path: str, wanted: int) -> None:
    """The table has so many rows, by its own button."""
    for _ in range(wanted):
        if _count(page, path) >= wanted:
            return
        button = page.locator(f'button[name=_op][value="add:{path}"]')
        if not button.count():
            return  # its rows are given
        _redraws(page, button.click)
    assert _count(page, path) >= wanted, f"{path}: {_count(page, path)} rows of {wanted}"


def _count(page: Page, path: str) -> int:
    return page.evaluate(
        """path => new Set([...document.querySelectorAll(`#form-body [name^="${path}."]`)]
             .map(field => field.name.slice(path.length + 1).split('.')[0])).size""",
        path,
    )


def _redraws(page: Page, act: Callable[[], None]) -> None:
    """The act is done and, where it asks for it, htmx has drawn the form anew."""
    page.evaluate(WATCH_REDRAW)
    act()
    expect(page.locator("html"), "the form was not drawn anew").not_to_have_attribute("data-drawing", "asked")


def _enter(page: Page, path: str, value: Any, site: Any, kind: str) -> None:
    field = page.locator(f'#form-body [name="{path}"]')
    if kind in ("", "hidden"):
        return  # shown only, or filled by the system
    if kind == "file":
        page.locator(f'#form-body [name="{path}__file"]').set_input_files(site.pdf)
    elif kind == "radio":
        page.locator(f'#form-body [name="{path}"][value="{_text(value)}"]').check()
    elif kind == "checkbox":
        _tick(page, path, value)
    elif kind == "one":
        field.select_option(_text(value))
    elif kind == "many":
        field.select_option([_text(each) for each in value])
    else:
        _type(field, "、".join(value) if isinstance(value, list) else _text(value))


def _tick(page: Page, path: str, value: Any) -> None:
    for each in value if isinstance(value, list) else [value]:
        if each is not False:
            page.locator(f'#form-body [name="{path}"][value="{_text(each)}"]').check()


def _type(field: Locator, text: str) -> None:
    if field.input_value() != text:
        field.fill(text)


def _text(value: Any) -> str:
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
