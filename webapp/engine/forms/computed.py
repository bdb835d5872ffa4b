"""What the system fills in: read-only fields, prepared rows, computed fields, options; and what enters the case."""

from __future__ import annotations

import copy
import re
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import Any, cast

from webapp.engine.forms.checking import Choices
from webapp.engine.forms.posting import blank
from webapp.engine.forms.schema import (
    MOST_MERGED,
    Content,
    Form,
    Schema,
    all_properties,
    effective,
    is_readonly,
    is_table,
    row_key,
    visible,
)
from webapp.spiff import expressions

Facts = Mapping[str, Any]
Functions = Mapping[str, Callable[..., Any]]

_CALL = re.compile(r"call:([a-z_]+)\.([a-z][a-z0-9_]*)")
_FOLD = re.compile(r"(sum|count):([a-z0-9_.*]+)")
NOTHING: Mapping[str, Any] = {}
"""The hints of a field that has none; always this one, for what is known of a field goes by it."""
CASE = "@case"
"""Name under which the facts carry the handlers' read-only `Case`, for `call:`."""
DIGITS = 15
"""Significant digits a JSON number keeps exactly."""


def prefill(
    form: Form, facts: Facts, previous: Mapping[str, Any] | None = None, functions: Functions | None = None
) -> Content:
    """The content a form opens with: what was there (`previous`: a draft, the last round, the returned version), else
    what is known (`ui:prefill`), else defaults, with a first row in tables that may not be empty."""
    start = _known_part(form.full, previous or {})
    fresh = previous is None
    content = _fill(form, form.schema, form.ui, start, facts, functions, fresh)
    if fresh and form.conditions:  # what is known may open further questions, which may be known too
        content = _fill(form, form.schema, form.ui, content, facts, functions, fresh)
    return compute(form, content, facts, functions)


def _known_part(schema: Schema, value: Any) -> Any:
    if isinstance(value, Mapping) and "properties" in schema:
        return {n: _known_part(schema["properties"][n], v) for n, v in value.items() if n in schema["properties"]}
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        return [_known_part(schema["items"], v) for v in value]
    return copy.deepcopy(value)


def _fill(
    form: Form,
    schema: Schema,
    ui: Mapping[str, Any],
    value: Content,
    facts: Facts,
    functions: Functions | None,
    fresh: bool,
) -> Content:
    shape = effective(form, schema, value)
    required = shape.get("required", ())
    for name, part in shape.get("properties", {}).items():
        hint = ui.get(name, {})
        if "properties" in part:
            inner = _fill(form, part, hint, dict(value.get(name) or {}), facts, functions, fresh)
            if inner:
                value[name] = inner
        elif name in value or row_key(hint):
            continue
        elif fresh and "ui:prefill" in hint:
            _put(value, name, _plain(_evaluate(hint["ui:prefill"], facts, functions)))
        elif fresh and "default" in part:
            value[name] = copy.deepcopy(part["default"])
        elif is_table(part) and (part.get("minItems") or name in required):
            value[name] = [blank(part["items"])]
    return value


def _put(value: Content, name: str, found: Any) -> None:
    if found not in (None, "", [], {}):
        value[name] = found


def compute(form: Form, content: Mapping[str, Any], facts: Facts, functions: Functions | None = None) -> Content:
    """The content without hidden parts; what the system fills is put in anew from the facts, whatever was posted.

    Expressions read the facts, the fields by name (absent: None), and `form`; decimals exactly, dates as dates. One
    that has no value yet leaves its field absent.
    """
    result: Content = copy.deepcopy({k: v for k, v in content.items() if k not in form.computed})
    for _ in range(2):  # a computed cell may open a question; a question that closed must not count in a computed one
        _system(form, form.schema, form.ui, result, facts, functions)
        result = visible(form, result)
    fresh: Content = {}
    names = _scope(fresh, _Names(form, form.schema, {**result}), facts)
    for name, ui in form.computed.items():
        found = _plain(_calculate(form, str(ui.get("ui:compute", "")), result, names, functions))
        _put(result, name, found)
        fresh[name] = result.get(name)
    return result


def _system(
    form: Form, schema: Schema, ui: Mapping[str, Any], value: Content, facts: Facts, functions: Functions | None
) -> None:
    for name, part in effective(form, schema, value).get("properties", {}).items():
        hint = ui.get(name, NOTHING)
        if not _is_filled(form, part, hint):
            continue
        if row_key(hint) and "ui:prefill" in hint:
            rows = _rows(_evaluate(hint["ui:prefill"], facts, functions), row_key(hint) or "")
            if rows is not None:
                value[name] = _fixed(part["items"], hint, rows, value.get(name) or [])
        elif is_readonly(part, hint) and "ui:prefill" in hint:
            found = _plain(_evaluate(hint["ui:prefill"], facts, functions))
            _put(value, name, found)
        if isinstance(value.get(name), dict) and "properties" in part:
            _system(form, part, hint, value[name], facts, functions)
        for row in value[name] if is_table(part) and isinstance(value.get(name), list) else ():
            if isinstance(row, dict):
                _system(form, part["items"], hint.get("items", NOTHING), row, facts, functions)
    for name in effective(form, schema, value).get("properties", {}):
        source = ui.get(name, NOTHING).get("ui:compute")
        if source:
            value.pop(name, None)
            names = _scope({}, _Names(form, schema, {**value}), facts)
            _put(value, name, _plain(_calculate(form, source, value, names, functions)))


def _is_filled(form: Form, schema: Schema, ui: Mapping[str, Any]) -> bool:
    """Whether the system fills the field or anything in it; worked out once, for most fields are people's alone."""
    known = form.filled.get((id(schema), id(ui)))
    if known is None:
        if len(form.filled) >= MOST_MERGED:
            form.filled.clear()
        known = form.filled[id(schema), id(ui)] = _fills(schema, ui), schema, ui
    return known[0]


def _fills(schema: Schema, ui: Mapping[str, Any]) -> bool:
    if "ui:compute" in ui or ("ui:prefill" in ui and (row_key(ui) or is_readonly(schema, ui))):
        return True
    inner, hints = (schema["items"], ui.get("items", NOTHING)) if is_table(schema) else (schema, ui)
    return any(_fills(part, hints.get(name, NOTHING)) for name, part in all_properties(inner).items())


def _rows(found: Any, key: str) -> list[Mapping[str, Any]] | None:
    if isinstance(found, Mapping):
        found = [{key: name, **(row if isinstance(row, Mapping) else {})} for name, row in found.items()]
    if not isinstance(found, Sequence) or isinstance(found, str):
        return None
    return [row for row in found if isinstance(row, Mapping) and row.get(key) not in (None, "")]


def _fixed(schema: Schema, ui: Mapping[str, Any], rows: list[Mapping[str, Any]], typed: list[Any]) -> list[Content]:
    """One row for each fact row, in that order, with the cells that people typed under the same key."""
    key = str(row_key(ui))
    by_key = {str(row.get(key)): row for row in typed if isinstance(row, Mapping)}
    result = []
    for fact in rows:
        row: Content = {}
        old = by_key.get(str(fact[key]))
        for name, part in all_properties(schema).items():
            own = name == key or is_readonly(part, ui.get("items", {}).get(name, {}))
            source = fact if own or old is None else old
            _put(row, name, _plain(source.get(name)))
            if old is None and name not in row and "default" in part:
                row[name] = part["default"]
        result.append(row)
    return result


# ---------------------------------------------------------------------------------------------- expressions


def _calculate(form: Form, source: str, value: Mapping[str, Any], names: Facts, functions: Functions | None) -> Any:
    """A computed field: an expression, or the short forms `sum:rows.*.amount`, `count:rows`, `call:module.function`."""
    if source == "check":  # the page shows the verdict of the task's own check
        return None
    fold, call = _FOLD.fullmatch(source), _CALL.fullmatch(source)
    if fold:
        found = list(_collect(exact(form, value), fold[2].split(".")))
        if fold[1] == "count":
            return sum(len(v) if isinstance(v, list) else 1 for v in found)
        return sum((v for v in found if isinstance(v, Decimal | int) and not isinstance(v, bool)), Decimal(0))
    if call:
        function = called(call[1], call[2])
        case = names.get(CASE)
        return function(case, exact(form, value)) if function and case is not None else None
    return _evaluate(source, names, functions)


def called(module: str, name: str) -> Callable[..., Any] | None:
    """The public function of handlers/ that `call:module.name` means; None: there is none (lint says so)."""
    try:
        function = getattr(import_module(f"handlers.{module}"), name)
    except (ImportError, AttributeError):
        return None
    return function if callable(function) and str(getattr(function, "__module__", "")).startswith("handlers.") else None


def _collect(value: Any, segments: Sequence[str]) -> Iterator[Any]:
    if not segments:
        yield value
    elif segments[0] == "*":
        for row in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
            yield from _collect(row, segments[1:])
    elif isinstance(value, Mapping) and value.get(segments[0]) is not None:
        yield from _collect(value[segments[0]], segments[1:])


def _evaluate(source: str, names: Facts, functions: Functions | None) -> Any:
    """The value, or None while something it reads is not there yet."""
    try:
        return expressions.compile_expression(source).evaluate(names, functions or {})
    except expressions.ExpressionError:
        return None


def _scope(fresh: Content, own: Facts, facts: Facts) -> Facts:
    """The form's names before the facts, without fetching a fact that nothing reads."""
    return ChainMap(fresh, cast(MutableMapping[str, Any], own), cast(MutableMapping[str, Any], facts))


class _Names(Mapping[str, Any]):
    """Field names as variables: absent ones None (rows: an empty list), so that a condition need not ask first.

    An expression reads two or three of them, so each is made exact when it is asked for.
    """

    def __init__(self, form: Form, schema: Schema, value: Mapping[str, Any]) -> None:
        self._schema, self._value = effective(form, schema, value), value
        self._fields: Schema = self._schema.get("properties", {})

    def __getitem__(self, name: str) -> Any:
        if name in ("form", "row"):
            return _exact(self._schema, self._value, complete=True)
        if name in self._value:
            return _exact(self._fields.get(name, NOTHING), self._value[name], complete=True)
        return [] if self._fields[name].get("type") == "array" else None

    def __contains__(self, name: object) -> bool:
        return name in self._value or name in self._fields or name in ("form", "row")

    def __iter__(self) -> Iterator[str]:
        return iter({"form": 0, "row": 0, **self._fields, **self._value})

    def __len__(self) -> int:
        return len({"form", "row", *self._fields, *self._value})


def exact(form: Form, content: Mapping[str, Any]) -> Content:
    """The content as one computes with it: decimals exactly as typed, dates as dates."""
    return _exact(form.full, content)  # type: ignore[no-any-return]


def _exact(schema: Schema, value: Any, complete: bool = False) -> Any:
    if isinstance(value, str):
        return _day(value) if schema.get("format") == "date" else value
    if isinstance(value, Mapping):
        shape = schema.get("properties", {})
        known = {n: _exact(shape.get(n, {}), v, complete) for n, v in value.items()}
        absent: dict[str, Any] = {
            n: ([] if p.get("type") == "array" else None) for n, p in shape.items() if n not in known
        }
        return {**absent, **known} if complete else known
    if isinstance(value, list):
        return [_exact(schema.get("items", {}), v, complete) for v in value]
    return Decimal(repr(value)) if isinstance(value, float) else value


def _day(text: str) -> date | str:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, Decimal):
        if not value.is_finite():
            return None
        return (
            int(value)
            if value == value.to_integral_value() and abs(value) < 10**DIGITS
            else float(f"{value:.{DIGITS}g}")
        )
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(v) for v in (value if isinstance(value, list | tuple) else sorted(value, key=str))]
    return value


# ---------------------------------------------------------------------------------------------- options and variables


def choices(form: Form, facts: Facts, functions: Functions | None = None) -> Choices:
    """Options known only at run time, by path without row numbers: code lists (`ui:codes`: facts["codes"][kind]) and
    `ui:choices` expressions over the facts (a dict id → label, rows with `id` and `name`, or plain texts)."""
    result: dict[str, Mapping[str, str]] = {}
    codes = facts.get("codes", {})
    for path, ui in _hints(form.full, form.ui):
        if "ui:codes" in ui:
            found = codes(ui["ui:codes"]) if callable(codes) else codes.get(ui["ui:codes"])
            if found:
                result[path] = found
        elif "ui:choices" in ui:
            found = _options(_evaluate(ui["ui:choices"], facts, functions))
            if found is not None:
                result[path] = found
    return result


def _hints(schema: Schema, ui: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    if schema.get("type") == "array":
        schema, ui = schema.get("items", {}), ui.get("items", {})
    for name, part in schema.get("properties", {}).items():
        where = f"{path}.{name}".lstrip(".")
        yield where, ui.get(name, {})
        yield from _hints(part, ui.get(name, {}), where)


def _options(found: Any) -> dict[str, str] | None:
    if isinstance(found, Mapping):
        return {str(k): str(v.get("name", k) if isinstance(v, Mapping) else v) for k, v in found.items()}
    if isinstance(found, list | tuple):
        rows = [(r.get("id"), r.get("name", r.get("id"))) if isinstance(r, Mapping) else (r, r) for r in found]
        return {str(code): str(label) for code, label in rows if code is not None}
    return None


def variables(form: Form, content: Mapping[str, Any]) -> dict[str, Any]:
    """The decisions that enter the case's data, under the names that `ui:variables` declares; nothing else ever does.

    A source `rows.*.person` gathers a column; `orgs{}` turns a list of ids into the keys of a dict, which is what a
    multi-instance task loops over.
    """
    wanted = form.ui.get("ui:variables", [])
    named = dict(wanted) if isinstance(wanted, Mapping) else {name: name for name in wanted}
    result: dict[str, Any] = {}
    for variable, source in named.items():
        value: Any = content
        for segment in str(source).removesuffix("{}").split("."):
            value = _step(value, segment)
        if value is None:
            part = form.full["properties"].get(str(source).removesuffix("{}"), {})
            value = False if part.get("type") == "boolean" else None
        result[variable] = {str(v): {} for v in value or ()} if str(source).endswith("{}") else copy.deepcopy(value)
    return result


def _step(value: Any, segment: str) -> Any:
    if segment == "*":
        return list(value.values()) if isinstance(value, Mapping) else value
    if isinstance(value, list):
        return [row[segment] for row in value if isinstance(row, Mapping) and row.get(segment) is not None]
    return value.get(segment) if isinstance(value, Mapping) else None
