"""A form drawn by the real templates, and what a browser without scripts would post from it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lxml.html
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from lxml.html import HtmlElement

from webapp.engine import forms
from webapp.views import form_fields

TEMPLATES = Path(__file__).resolve().parents[2] / "webapp" / "templates"
PAGES = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
PAGES.globals["icon_href"] = lambda name: f"/icons.svg#{name}"
BODY = "{% from 'form/form.html' import form_body %}<form>{{ form_body(tree, checks) }}</form>"
READ = (
    "{% from 'form/read.html' import form_read, form_changes %}"
    "{{ form_read('表单', lines, 'abc') }}{{ form_changes(changes) }}"
)


def draw(form: forms.Form, content: Mapping[str, Any], errors: Mapping[str, str] | None = None, **more: Any) -> str:
    """The HTML of the form."""
    checks = more.pop("checks", ())
    tree = form_fields.build(form, content, errors, redraw="/tasks/1/draft", **more)
    return PAGES.from_string(BODY).render(tree=tree, checks=checks)


def read(lines: Any, changes: Any = ()) -> str:
    """The read-only view with its table of changes."""
    return PAGES.from_string(READ).render(lines=lines, changes=changes)


def page(html: str) -> HtmlElement:
    return lxml.html.fromstring(f"<html><body>{html}</body></html>")


def posted(html: str) -> list[tuple[str, str]]:
    """The successful controls, in order, as HTML defines them; no button was pressed."""
    pairs: list[tuple[str, str]] = []
    for control in page(html).iter("input", "select", "textarea"):
        name = control.get("name")
        if name:
            pairs += [(name, value) for value in _values(control)]
    return pairs


def _values(control: HtmlElement) -> list[str]:
    if control.tag == "textarea":
        return [(control.text or "").removeprefix("\n")]
    if control.tag == "select":
        chosen = [o.get("value", "") for o in control.iter("option") if o.get("selected") is not None]
        return chosen if chosen or control.get("multiple") is not None else [""]
    kind = control.get("type", "text")
    if kind in ("radio", "checkbox"):
        return [control.get("value", "on")] if control.get("checked") is not None else []
    return [] if kind == "file" else [control.get("value", "")]
