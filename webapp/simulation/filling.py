"""Fills any form as a person would who reads its error messages: what is known first, then what is still missing.

Knows the form language only, no procedure; what a rule wants beyond the form is habits' matter.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, MutableMapping
from datetime import date
from decimal import Decimal
from typing import Any

from webapp.engine import forms
from webapp.engine.forms.schema import schema_of

ATTEMPTS = 14
TEXT = "已按要求核实，情况属实，材料齐备，相关工作按计划推进，成效符合预期。"
SAMPLES: tuple[tuple[str, str], ...] = (
    ("文号", "浙科发外〔2026〕1号"),
    ("uscc", "91330108MAXXXX0151"),
    ("mobile", "13800000000"),
    ("phone", "0571-87000000"),
    ("email", "contact@example.cn"),
    ("base_name", "海洋生物国际科技合作基地"),
)


class Unfillable(Exception):  # said once by the simulation, with what the form still wanted
    """A form that these habits cannot fill."""


def fill(
    form: forms.Form,
    facts: Mapping[str, Any],
    functions: Mapping[str, Any],
    outcome: str,
    *,
    today: date,
    file_id: str,
    given: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A content that the form accepts for the outcome, `given` laid over what is known; raises Unfillable."""
    content = forms.prefill(form, facts, None, functions)
    _lay(content, given or {})
    errors: Mapping[str, str] = {}
    for _ in range(ATTEMPTS):
        content = forms.compute(form, content, facts, functions)
        options = forms.choices(form, facts, functions)
        errors = forms.validate(form, content, choices=options, outcome=outcome)
        if not errors:
            return content
        for path in errors:
            _answer(form, content, path, options, today, file_id)
    raise Unfillable("；".join(f"{path}: {text}" for path, text in errors.items()))


def _answer(
    form: forms.Form, content: dict[str, Any], path: str, options: forms.Choices, today: date, file_id: str
) -> None:
    segments = path.split(".")
    schema = schema_of(form, segments)
    if schema is None:
        return
    place: Any = content
    for segment in segments[:-1]:
        place = _step(place, segment)
        if place is None:
            return
    last = segments[-1]
    before = place.get(last) if isinstance(place, Mapping) else None
    offered = options.get(".".join(each for each in segments if not each.isdigit()))
    value = _value(schema, last, before, offered, today, file_id)
    if isinstance(place, MutableMapping):
        place[last] = value
    elif isinstance(place, list) and last.isdigit() and int(last) < len(place):
        place[int(last)] = value


def _step(place: Any, segment: str) -> Any:
    if isinstance(place, list):
        return place[int(segment)] if segment.isdigit() and int(segment) < len(place) else None
    if isinstance(place, MutableMapping):
        if not isinstance(place.get(segment), MutableMapping | list):
            place[segment] = {}
        return place[segment]
    return None


def _value(schema: Mapping[str, Any], name: str, before: Any, offered: Any, today: date, file_id: str) -> Any:
    if offered:
        first = next(iter(offered))
        return [first] if schema.get("type") == "array" else first
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "boolean":
        return True
    if kind in ("integer", "number"):
        return _number(schema)
    if kind == "array":
        return _rows(schema, before, today, file_id)
    if kind == "object":
        return {
            part: _value(schema["properties"][part], part, None, None, today, file_id)
            for part in schema.get("required", ())
        }
    return _text(schema, name, today, file_id)


def _rows(schema: Mapping[str, Any], before: Any, today: date, file_id: str) -> list[Any]:
    items, rows = schema.get("items", {}), list(before or [])
    wanted = max(int(schema.get("minItems", 1)), 1)
    allowed = list(items.get("enum", ()))
    while len(rows) < wanted:
        free = [each for each in allowed if each not in rows]
        rows.append(free[0] if free else _value(items, "", None, None, today, file_id))
    return rows


def _number(schema: Mapping[str, Any]) -> int | float:
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    value = Decimal(str(least)) + (1 if "exclusiveMinimum" in schema else 0)
    most = schema.get("maximum")
    if most is not None:
        value = min(value, Decimal(str(most)))
    return int(value) if schema.get("type") == "integer" or value == value.to_integral_value() else float(value)


def _text(schema: Mapping[str, Any], name: str, today: date, file_id: str) -> str:
    if schema.get("format") == "date":
        return today.isoformat()
    if schema.get("format") == "file-id":
        return file_id
    pattern = str(schema.get("pattern", ""))
    if schema.get("format") == "email":
        return "contact@example.cn"
    if "〔" in pattern or "浙科" in pattern or name.endswith("doc_no"):
        return f"浙科发外〔{today.year}〕{today.timetuple().tm_yday}号"
    if pattern:
        for sign, sample in SAMPLES:
            if sign in name:
                return sample
        if "-(0" in pattern or "-[0-9]{2}" in pattern:  # a month
            return f"{today.year:04d}-{today.month:02d}"
        if pattern.startswith("^1"):
            return "13800000000"
        return f"{today.year}"
    least, most = int(schema.get("minLength", 0)), int(schema.get("maxLength", 200))
    text = TEXT * (least // len(TEXT) + 1)
    return text[: max(least, min(most, 24))]


def _lay(content: dict[str, Any], given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if isinstance(value, Mapping) and isinstance(content.get(name), dict):
            _lay(content[name], value)
        else:
            content[name] = copy.deepcopy(value)
