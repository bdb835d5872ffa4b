"""Is the content complete and right? And what a correction round lets one touch."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from webapp import clock
from webapp.engine.forms import messages
from webapp.engine.forms.schema import Content, Form, Schema, effective, is_readonly, schema_of, ui_of, visible

Choices = Mapping[str, Mapping[str, str]]
"""Options known only at run time: path without row numbers (`partners.country_region`) → code → label."""

_UNFINISHED = {"required", "minItems", "minLength", "const", "exclusiveMinimum", "contains"}
"""What a draft may lack."""
_ELSEWHERE = {"additionalProperties", "unevaluatedProperties"}
"""Unknown fields are named one by one by `_unknown`; these keywords would name the whole form."""
MAX_ERRORS = 200


def validate(
    form: Form,
    content: Mapping[str, Any],
    *,
    partial: bool = False,
    choices: Choices | None = None,
    outcome: str = "",
) -> dict[str, str]:
    """Field path → Chinese sentence with place and remedy, in the order of the form; empty when all is well.

    `partial`: a draft, where only what is wrong counts, not what is missing. Hidden parts are not checked.
    `outcome`: the chosen one; those in `ui:lenient` (to return, to give up) need nothing but what `ui:requires` names.
    """
    partial = partial or outcome in form.ui.get("ui:lenient", ())
    shown = visible(form, content)
    complete = _completed(form, form.schema, shown)
    found: dict[str, str] = dict.fromkeys(_unknown(form, content), "表单中没有这个填写项，请刷新页面后重试")
    for error in form.validator.iter_errors({k: v for k, v in complete.items() if k in form.full["properties"]}):
        kind = error.kind.name
        if kind in _ELSEWHERE or (partial and kind in _UNFINISHED):
            continue
        segments = [str(s) for s in error.instance_path] + ([error.kind.property] if kind == "required" else [])
        path = ".".join(segments)
        if is_readonly(schema_of(form, segments) or {}, ui_of(form.ui, segments)):
            continue
        found.setdefault(path, messages.phrase(form, path, kind, getattr(error.kind, "value", None), error.instance))
        if len(found) >= MAX_ERRORS:
            break
    for path, value in _leaves(form.full, shown):
        offered = (choices or {}).get(_template(path))
        if offered is not None and value not in offered and path not in found:
            found[path] = "请从列表中选择"
    for path, text in [*_compared(form, form.full, form.ui, shown, ""), *_demanded(form, shown, outcome)]:
        found.setdefault(path, text)
    order = {path: place for place, path in enumerate(_paths(form))}
    ranked = sorted(found.items(), key=lambda item: _rank(item[0], order))
    return {path: _sentence(form, path, text, content) for path, text in ranked}


def _sentence(form: Form, path: str, text: str, content: Mapping[str, Any]) -> str:
    place = messages.location(form, path, content)
    return f"{place}：{text}" if place else text


def _compared(form: Form, schema: Schema, ui: Mapping[str, Any], value: Any, path: str) -> Iterator[tuple[str, str]]:
    """`ui:atLeast`, `ui:atMost`: a field of the same row that this one may not fall below or exceed; `ui:past`: today."""
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        for place, row in enumerate(value):
            yield from _compared(form, schema["items"], ui.get("items", {}), row, f"{path}.{place}")
    if not isinstance(value, Mapping) or "properties" not in schema:
        return
    for name, given in value.items():
        part, hint = schema["properties"].get(name, {}), ui.get(name, {})
        where = f"{path}.{name}".lstrip(".")
        yield from _compared(form, part, hint, given, where)
        for key in ("ui:atLeast", "ui:atMost"):
            other = value.get(hint.get(key, ""))
            if other is not None and _is_beyond(given, other, upper=key == "ui:atMost"):
                called = schema["properties"].get(hint[key], {}).get("title", hint[key])
                yield where, messages.beyond(str(called), other, upper=key == "ui:atMost")
        if hint.get("ui:past") and (latest := latest_of(part)) is not None and _is_beyond(given, latest, upper=True):
            yield where, messages.ahead(latest)


def latest_of(schema: Schema) -> str | int | None:
    """The latest day, month or year that has happened, as the field writes it; None for what is none of these."""
    today = clock.today()
    if schema.get("type") == "integer":
        return today.year
    if schema.get("format") == "date":
        return today.isoformat()
    return f"{today:%Y-%m}" if "pattern" in schema else None


def _is_beyond(given: Any, other: Any, *, upper: bool) -> bool:
    """Compares dates with dates and numbers with numbers; what is neither was refused already."""
    if isinstance(given, str) and isinstance(other, str):
        return given > other if upper else given < other
    if any(isinstance(v, bool) or not isinstance(v, int | float) for v in (given, other)):
        return False
    exact, limit = Decimal(str(given)), Decimal(str(other))
    return exact > limit if upper else exact < limit


def _demanded(form: Form, content: Mapping[str, Any], outcome: str) -> Iterator[tuple[str, str]]:
    for name in form.ui.get("ui:requires", {}).get(outcome, ()):
        if content.get(name) in (None, [], [{}], {}, False):
            yield name, messages.phrase(form, name, "required", None, None)


def _completed(form: Form, schema: Schema, value: Any) -> Any:
    """Required parts that are absent are put in empty, so that what is missing is named field by field."""
    if isinstance(value, Mapping) and "properties" in schema:
        shape = effective(form, schema, value)
        result = {n: _completed(form, shape["properties"].get(n, {}), v) for n, v in value.items()}
        for name in shape.get("required", ()):
            part = shape["properties"].get(name, {})
            if name not in result and "properties" in part and not is_readonly(part, {}):
                result[name] = _completed(form, part, {})
        return result
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        return [_completed(form, schema["items"], part) for part in value]
    return float(value) if isinstance(value, Decimal) else value


def _unknown(form: Form, content: Mapping[str, Any]) -> Iterator[str]:
    for path, known in _known(form.full, content, ""):
        if not known and path not in form.computed:
            yield path


def _known(schema: Schema, value: Any, path: str) -> Iterator[tuple[str, bool]]:
    if isinstance(value, Mapping) and "properties" in schema:
        for name, part in value.items():
            where = f"{path}.{name}".lstrip(".")
            if name in schema["properties"]:
                yield from _known(schema["properties"][name], part, where)
            else:
                yield where[:80], False
    elif isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        for place, part in enumerate(value):
            yield from _known(schema["items"], part, f"{path}.{place}")


def _leaves(schema: Schema, value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and "properties" in schema:
        for name, part in value.items():
            if name in schema["properties"]:
                yield from _leaves(schema["properties"][name], part, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        for place, part in enumerate(value):
            yield from _leaves(schema["items"], part, f"{path}.{place}")
    elif isinstance(value, str):
        yield path, value


def _template(path: str) -> str:
    return ".".join(s for s in path.split(".") if not s.isdigit())


def _paths(form: Form) -> Iterator[str]:
    """Field templates in the order they stand on the page."""
    from_groups = [n for g in form.ui.get("ui:groups", ()) for n in g["fields"]]
    for name in dict.fromkeys([*from_groups, *form.full["properties"]]):
        if name in form.full["properties"]:
            yield from _below(form.full["properties"][name], name)


def _below(schema: Schema, path: str) -> Iterator[str]:
    yield path
    inner = schema.get("items", schema) if schema.get("type") == "array" else schema
    for name, part in inner.get("properties", {}).items():
        yield from _below(part, f"{path}.{name}")


def _rank(path: str, order: Mapping[str, int]) -> tuple[Any, ...]:
    """Fields in page order, rows in theirs: partners.0.* before partners.1.*."""
    rank: list[int] = []
    template = ""
    for segment in path.split("."):
        if segment.isdigit():
            rank.append(int(segment))
        else:
            template = f"{template}.{segment}".lstrip(".")
            rank.append(order.get(template, -1))
    return tuple(rank)


# ---------------------------------------------------------------------------------------------- corrections


def restrict(form: Form, content: Mapping[str, Any], previous: Mapping[str, Any], unlocked: Collection[str]) -> Content:
    """`previous` with only the unlocked paths taken from `content`; a forged post cannot touch the rest.

    An unlocked table or object is unlocked whole. Fields that an unlocked answer newly brings up may be filled.
    """
    result = _take(previous, content, "", set(unlocked))
    assert isinstance(result, dict)
    before = effective(form, form.schema, previous)["properties"]
    after = effective(form, form.schema, result)["properties"]
    for name in after.keys() - before.keys():
        if name in content:
            result[name] = copy.deepcopy(content[name])
    return result


def is_unlocked(path: str, unlocked: Collection[str] | None) -> bool:
    """May this very path be edited? None: nothing is locked."""
    return unlocked is None or any(path == u or path.startswith(f"{u}.") for u in unlocked)


def leads_to_unlocked(path: str, unlocked: Collection[str]) -> bool:
    """Does something below this path stand open?"""
    return any(u.startswith(f"{path}.") for u in unlocked)


def _take(old: Any, new: Any, path: str, unlocked: set[str]) -> Any:
    if path and is_unlocked(path, unlocked):
        return copy.deepcopy(new)
    if path and not leads_to_unlocked(path, unlocked):
        return copy.deepcopy(old)
    if isinstance(old, Mapping) or (old is None and isinstance(new, Mapping)):
        was, now = old or {}, new if isinstance(new, Mapping) else {}
        taken = {
            n: _take(was.get(n), now.get(n), f"{path}.{n}".lstrip("."), unlocked) for n in [*was, *(now.keys() - was)]
        }
        return {name: value for name, value in taken.items() if value is not None}
    if isinstance(old, list):
        rows = new if isinstance(new, list) else []
        return [_take(v, rows[i] if i < len(rows) else None, f"{path}.{i}", unlocked) or {} for i, v in enumerate(old)]
    return copy.deepcopy(old)


def file_ids(form: Form, content: Mapping[str, Any]) -> list[str]:
    """The ids of every attachment in the content."""
    return list(file_places(form, content).values())


def file_places(form: Form, content: Mapping[str, Any]) -> dict[str, str]:
    """Path → id of every attachment in the content."""
    found = {}
    for path, value in _leaves(form.full, content):
        segments = path.split(".")
        holder = segments[:-1] if segments[-1].isdigit() else segments
        if ui_of(form.ui, holder).get("ui:widget") in ("file", "files"):
            found[path] = value
    return found
