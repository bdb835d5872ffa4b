"""What a form file may contain: the closed keyword list, bounded size, local references, names that exist."""

from __future__ import annotations

import copy
import json
import time
from typing import Any

import pytest

from tests.engine.test_forms import SCHEMA, UI
from webapp.engine import forms
from webapp.errors import Misconfigured


def rules(schema: Any, ui: Any = None) -> set[str]:
    return {f["rule"] for f in forms.lint(schema, ui if ui is not None else {}) if f["severity"] == "error"}


def with_field(**part: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": {"title": "甲", **part}}}


def test_a_good_form_has_no_findings() -> None:
    assert forms.lint(SCHEMA, UI) == []


@pytest.mark.parametrize(
    ("schema", "rule"),
    [
        ([], "form-type"),
        ({"type": "array"}, "form-type"),
        ({"type": "object", "properties": {"a": 3}}, "form-type"),
        (with_field(type="string", patternProperties={}), "form-keyword"),
        (with_field(type="string", **{"$dynamicRef": "#"}), "form-keyword"),
        (with_field(type="null"), "form-field-type"),
        (with_field(type=["string", "null"]), "form-field-type"),
        (with_field(), "form-field-type"),
        (with_field(type="string", format="regex"), "form-format"),
        (with_field(type="string", pattern="a" * 201), "form-pattern"),
        (with_field(type="string", pattern="(a"), "form-pattern"),
        (with_field(type="string", pattern=r"(a)\1"), "form-pattern"),
        (with_field(type="string", enum=[str(i) for i in range(501)]), "form-choices"),
        (with_field(type="string", oneOf=[{"minLength": 3}]), "form-choices"),
        (with_field(type="array"), "form-items"),
        (with_field(**{"$ref": "https://example.org/a.json"}), "form-ref"),
        (with_field(**{"$ref": "file:///etc/passwd"}), "form-ref"),
        (with_field(**{"$ref": "#/properties/a"}), "form-ref"),
        (
            {**with_field(**{"$ref": "#/$defs/a"}), "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}},
            "form-ref",
        ),
        ({"type": "object", "properties": {"A b": {"type": "string"}}}, "form-name"),
        ({"type": "object", "properties": {"a.b": {"type": "string"}}}, "form-name"),
        ({"type": "object", "properties": {"0": {"type": "string"}}}, "form-name"),
        ({"type": "object", "properties": {}, "title": "x" * 300_000}, "form-size"),
    ],
)
def test_what_a_schema_may_not_say(schema: Any, rule: str) -> None:
    assert rule in rules(schema)


@pytest.mark.parametrize(
    ("ui", "rule"),
    [
        ({"nobody": {}}, "ui-unknown-field"),
        ({"partners": {"items": {"nobody": {}}}}, "ui-unknown-field"),
        ({"ui:groups": [{"title": "x", "fields": ["nobody"]}]}, "ui-unknown-field"),
        ({"ui:groups": [{"title": "x", "fields": ["name", "name"]}]}, "ui-groups"),
        ({"ui:groups": [{"title": "x", "fields": ["@nothing"]}]}, "ui-unknown-field"),
        ({"ui:groups": {"x": 1}}, "ui-groups"),
        ({"ui:variables": ["nobody"]}, "ui-variables"),
        ({"ui:variables": 3}, "ui-variables"),
        ({"name": {"ui:widget": "<script>"}}, "ui-widget"),
        ({"name": {"ui:span": 13}}, "ui-span"),
        ({"name": {"ui:prefill": "__import__('os')"}}, "ui-expression"),
        ({"name": {"ui:prefill": 3}}, "ui-expression"),
        ({"name": {"ui:compute": "a +"}}, "ui-expression"),
        ({"@sum": {"ui:title": "x"}}, "ui-computed"),
        ({"@name": {"ui:compute": "1"}}, "ui-computed"),
        ({"name": 3}, "form-type"),
        ([], "form-type"),
    ],
)
def test_what_a_ui_file_may_not_say(ui: Any, rule: str) -> None:
    assert rule in rules(SCHEMA, ui)


def test_unknown_ui_keywords_of_other_systems_are_only_mentioned() -> None:
    findings = forms.lint(SCHEMA, {"name": {"ui:foreign": 1}})
    assert [(f["rule"], f["severity"]) for f in findings] == [("ui-keyword", "warning")]


def test_a_missing_title_is_mentioned() -> None:
    assert [f["rule"] for f in forms.lint({"type": "object", "properties": {"a": {"type": "string"}}}, {})] == [
        "form-title"
    ]


def test_bombs_are_refused_at_once() -> None:
    started = time.perf_counter()
    doubling: dict[str, Any] = {"a0": {"type": "string"}}
    for i in range(1, 40):
        ref = {"$ref": f"#/$defs/a{i - 1}"}
        doubling[f"a{i}"] = {"type": "object", "properties": {"x": ref, "y": ref}}
    assert "form-ref" in rules({"type": "object", "properties": {"a": {"$ref": "#/$defs/a39"}}, "$defs": doubling})
    deep: dict[str, Any] = {"type": "object", "properties": {}}
    inner = deep
    for _ in range(400):
        inner["properties"]["a"] = {"type": "object", "properties": {}}
        inner = inner["properties"]["a"]
    assert "form-depth" in rules(deep)
    assert time.perf_counter() - started < 5


def test_a_slow_pattern_costs_nothing() -> None:
    form = forms.load(json.dumps(with_field(type="string", pattern="^(a+)+$")))
    started = time.perf_counter()
    assert "a" in forms.validate(form, {"a": "a" * 5000 + "b"})
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"type":"object"}', "9" * 5000, "[" * 100_000])
def test_an_unusable_form_refuses_to_load(text: str) -> None:
    with pytest.raises(Misconfigured):
        forms.load(text, "{}", name="broken")


def test_references_are_written_out() -> None:
    schema = copy.deepcopy(SCHEMA)
    schema["$defs"] = {"money": {"type": "number", "title": "金额", "minimum": 0}}
    schema["properties"]["grant"] = {"$ref": "#/$defs/money", "title": "拨款"}
    form = forms.load(json.dumps(schema))
    assert forms.validate(form, {"grant": -1})["grant"] == "拨款：不能小于 0"
