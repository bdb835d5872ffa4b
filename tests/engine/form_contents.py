"""Contents that a form's schema allows, made by Hypothesis; for the round-trip tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from webapp.engine import forms
from webapp.engine.forms import schema as shapes

ROOT = Path(__file__).resolve().parents[2] / "forms"
NAMES = sorted(str(p.relative_to(ROOT)).removesuffix(".schema.json") for p in ROOT.rglob("*.schema.json"))
TEXT = st.characters(codec="utf-8", categories=["L", "N"], include_characters="·—（）《》<>&\"'-%")


def load(name: str) -> forms.Form:
    """The shipped form."""
    return forms.load(
        (ROOT / f"{name}.schema.json").read_text("utf-8"), (ROOT / f"{name}.ui.json").read_text("utf-8"), name=name
    )


def contents(form: forms.Form) -> st.SearchStrategy[dict[str, Any]]:
    """Contents typed as the form wants them, filled to a varying degree; without what the system fills in."""
    return _object(form.full, form.ui).map(lambda content: forms.visible(form, content))


def _object(schema: Mapping[str, Any], ui: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    parts = {}
    for name, part in schema["properties"].items():
        hint = ui.get(name, {})
        if not forms.is_readonly(part, hint) or hint.get("ui:widget") == "hidden":
            parts[name] = _value(part, hint)
    return st.fixed_dictionaries({}, optional=parts)


def _value(schema: Mapping[str, Any], ui: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if "properties" in schema:
        return _object(schema, ui).filter(bool)
    if schema.get("type") == "array":
        most = min(schema.get("maxItems", 3), 3)
        if shapes.is_table(schema):
            return st.lists(_object(schema["items"], ui.get("items", {})), min_size=1, max_size=most)
        order = list(schema["items"].get("enum", ()))
        listed = st.lists(_value(schema["items"], ui.get("items", {})), min_size=1, max_size=most, unique=True)
        # Boxes have the order of the form, whatever the order of the ticks.
        return listed.map(lambda chosen: sorted(chosen, key=order.index) if order else sorted(chosen))
    if schema.get("const") is True:
        return st.just(True)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return _scalar(schema, ui)


def _scalar(schema: Mapping[str, Any], ui: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    kind = schema.get("type")
    if kind == "boolean":
        return st.booleans() if ui.get("ui:widget") in ("radio", "select") else st.just(True)
    if kind == "integer":
        return st.integers(schema.get("minimum", 0), schema.get("maximum", 10**6))
    if kind == "number":
        return st.integers(0, int(schema.get("maximum", 10**6))).map(lambda n: n if n % 2 else _half(n))
    if schema.get("format") == "date":
        return st.dates(date(1980, 1, 1), date(2099, 12, 31)).map(date.isoformat)
    if "pattern" in schema:
        plain = schema["pattern"] if schema["pattern"].startswith("^") else ".{0,6}" + schema["pattern"]
        return st.from_regex(plain, fullmatch=True, alphabet=TEXT | st.sampled_from("-+:/.〔〕号浙科 ")).map(str.strip)
    least = schema.get("minLength", 1)
    return st.text(TEXT, min_size=least, max_size=max(least, min(schema.get("maxLength", 40), least + 20)))


def _half(n: int) -> float | int:
    return n + 0.5 if n and n < 50 else n
