"""A form as read: `$ref` resolved, branches merged, conditions compiled. Everything else asks here what a field is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, reduce
from typing import Any

import jsonschema_rs

from webapp.engine.forms import linting
from webapp.errors import Misconfigured

Schema = Mapping[str, Any]
Content = dict[str, Any]
MOST_MERGED = 1_000


class Condition:
    """A compiled `if`, which is shown only the fields that it names: handing over a whole content is what costs."""

    def __init__(self, schema: Schema) -> None:
        self._validator, self._names = compile_schema(schema), _named(schema)

    def is_valid(self, value: Any) -> bool:
        """Whether the value is as the condition says."""
        if self._names is not None and isinstance(value, Mapping):
            value = {name: value[name] for name in self._names if name in value}
        return bool(self._validator.is_valid(value))


def _named(schema: Schema) -> frozenset[str] | None:
    """The fields of an object that can change the condition; None: perhaps any."""
    names: set[str] = set()
    for key, part in schema.items():
        if key in ("properties", "required"):
            names.update(part)
        elif key in ("anyOf", "allOf", "oneOf", "not"):
            inner = [_named(each) for each in ([part] if key == "not" else part) if isinstance(each, Mapping)]
            if None in inner:
                return None
            names.update(*(each for each in inner if each is not None))
        elif key != "type":
            return None
    return frozenset(names)


@dataclass(frozen=True, eq=False)
class Form:
    """One version of a form; `hash` is that of both files together, and is printed on paper."""

    name: str
    hash: str
    schema: Schema
    """As written, references resolved."""
    full: Schema
    """With the fields of every branch, whether it applies or not."""
    ui: Mapping[str, Any]
    validator: Any = field(repr=False)
    conditions: Mapping[int, Condition] = field(repr=False)
    """Compiled `if` by the id() of its schema."""
    merged: dict[tuple[int, ...], tuple[Schema, Any]] = field(repr=False, default_factory=dict)
    """Schemas with their branches merged in, by the ids of both; made once, for a form is asked many times a step.

    What the ids stand for is kept beside, so that an id is never another's.
    """
    filled: dict[tuple[int, int], tuple[bool, Schema, Any]] = field(repr=False, default_factory=dict)
    """Whether the system fills anything in a part, by the ids of schema and hints, kept beside (computed.py)."""

    @property
    def title(self) -> str:
        return str(self.schema.get("title") or self.name)

    @cached_property
    def computed(self) -> Mapping[str, Mapping[str, Any]]:
        """Computed fields that stand beside the schema, by name without `@`."""
        return {name[1:]: ui for name, ui in self.ui.items() if name.startswith("@") and isinstance(ui, Mapping)}

    @property
    def wants_opinion(self) -> bool:
        """Every task has an opinion unless its form says `"ui:opinion": false`."""
        return self.ui.get("ui:opinion") is not False

    @property
    def wants_attachments(self) -> bool:
        """Every task takes attachments unless its form says `"ui:attachments": false`."""
        return self.ui.get("ui:attachments") is not False


@lru_cache(maxsize=512)
def load(schema_text: str, ui_text: str = "{}", name: str = "") -> Form:
    """The form of the two files; the same texts give the same object. Raises Misconfigured naming the first errors."""
    try:
        schema, ui = json.loads(schema_text), json.loads(ui_text or "{}")
    except (ValueError, RecursionError) as error:
        raise Misconfigured(f"表单“{name}”不是有效的 JSON：{error}") from None
    findings = [f for f in linting.lint(schema, ui) if f["severity"] == "error"]
    if findings:
        raise Misconfigured(
            f"表单“{name}”不能使用：" + "；".join(f"{f['element']} {f['message']}" for f in findings[:5])
        )
    digest = hashlib.sha256(f"{schema_text}\0{ui_text}".encode()).hexdigest()
    resolved = linting.resolve(schema)
    conditions: dict[int, Condition] = {}
    for part in _objects(resolved):
        for rule in part.get("allOf", ()):
            if "if" in rule:
                conditions[id(rule["if"])] = Condition(rule["if"])
    return Form(name, digest, resolved, _merge_all(resolved), ui, compile_schema(resolved), conditions)


def compile_schema(schema: Schema) -> Any:
    """A validator that fetches nothing; formats are checked."""
    return jsonschema_rs.Draft202012Validator(
        dict(schema), validate_formats=True, retriever=_refuse, pattern_options=jsonschema_rs.RegexOptions()
    )


def _refuse(uri: str) -> Any:
    raise ValueError(f"refused: {uri}")


def _objects(schema: Schema) -> Iterator[Schema]:
    """Every sub-schema, outermost first."""
    yield schema
    for key in ("properties",):
        for part in schema.get(key, {}).values():
            yield from _objects(part)
    for part in (schema.get("items"), schema.get("then"), schema.get("else"), *schema.get("allOf", ())):
        if isinstance(part, Mapping):
            yield from _objects(part)


# ---------------------------------------------------------------------------------------------- merging


def effective(form: Form, schema: Schema, value: Any) -> Schema:
    """The object schema as it applies to this value: the branches that hold are merged in."""
    if "allOf" not in schema:
        return schema
    branches = [_branch(form, rule, value) for rule in schema["allOf"]]
    parts = [effective(form, branch, value) for branch in branches if branch]
    key = id(schema), *map(id, parts)
    known = form.merged.get(key)
    if known is None:
        if len(form.merged) >= MOST_MERGED:
            form.merged.clear()
        known = form.merged[key] = reduce(merge, parts, schema), (schema, parts)
    return known[0]


def _branch(form: Form, rule: Schema, value: Any) -> Schema | None:
    if "if" not in rule:
        return rule
    chosen = rule.get("then" if form.conditions[id(rule["if"])].is_valid(value) else "else")
    return chosen if isinstance(chosen, Mapping) else None


def _merge_all(schema: Schema) -> Schema:
    """What a branch says of a field that stands outside it are limits, which hold only while the branch does."""
    known: dict[str, Any] = dict(schema.get("properties", {}))
    for rule in schema.get("allOf", ()):
        for branch in (rule.get("then"), rule.get("else"), rule):
            for name, part in (_merge_all(branch).get("properties", {}) if isinstance(branch, Mapping) else {}).items():
                if name not in known or ("type" not in known[name] and "type" in part):
                    known[name] = part
    merged: dict[str, Any] = {**schema}
    if known or "properties" in schema:
        merged["properties"] = {name: _merge_all(part) for name, part in known.items()}
    if isinstance(schema.get("items"), Mapping):
        merged["items"] = _merge_all(schema["items"])
    return merged


def merge(schema: Schema, more: Schema) -> Schema:
    """Both at once: properties are united, what `more` says about the same field is added, required fields add up."""
    result = {**schema}
    for key, value in more.items():
        if key in ("allOf", "if", "then", "else", "title") and key in schema:
            continue
        if key == "properties":
            known = dict(schema.get("properties", {}))
            for name, part in value.items():
                known[name] = merge(known[name], part) if name in known else part
            result["properties"] = known
        elif key == "required":
            result["required"] = [
                *schema.get("required", ()),
                *(n for n in value if n not in schema.get("required", ())),
            ]
        elif key == "items" and isinstance(schema.get("items"), Mapping):
            result["items"] = merge(schema["items"], value)
        else:
            result[key] = value
    return result


def visible(form: Form, content: Mapping[str, Any]) -> Content:
    """The content without what its own answers hide; computed fields stay."""
    kept: Any = content
    for _ in range(10):  # an answer may hide the question that another answer hangs on
        pruned = _prune(form, form.schema, kept, set(form.computed))
        if pruned == kept:
            break
        kept = pruned
    return dict(kept)


def _prune(form: Form, schema: Schema, value: Any, extra: set[str] | None = None) -> Any:
    if isinstance(value, Mapping) and "properties" in schema:
        shape = effective(form, schema, value)["properties"]
        return {
            name: _prune(form, shape[name], part) if name in shape else part
            for name, part in value.items()
            if name in shape or name in (extra or ())
        }
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        return [_prune(form, schema["items"], part) for part in value]
    return value


# ---------------------------------------------------------------------------------------------- asking


def is_table(schema: Schema) -> bool:
    """A list of rows with fields."""
    return schema.get("type") == "array" and "properties" in schema.get("items", {})


def all_properties(schema: Schema) -> Mapping[str, Any]:
    """The fields of an object with those of every branch, once each."""
    found: Mapping[str, Any] = _merge_all(schema).get("properties", {})
    return found


def is_free_list(schema: Schema, ui: Mapping[str, Any]) -> bool:
    """Words typed into one field and parted by 、 or ; (keywords); not files, not boxes to tick."""
    items = schema.get("items", {})
    return (
        schema.get("type") == "array"
        and items.get("type") == "string"
        and not {"enum", "oneOf"} & items.keys()
        and not {"ui:codes", "ui:choices"} & ui.keys()
        and ui.get("ui:widget", "tags") in ("tags", "text", "textarea")
        and items.get("format") != "file-id"
    )


def is_readonly(schema: Schema, ui: Mapping[str, Any]) -> bool:
    """Filled by the system, never by the person."""
    return bool(schema.get("readOnly") or ui.get("ui:readonly") or "ui:compute" in ui)


def ui_of(ui: Mapping[str, Any], segments: Sequence[str]) -> Mapping[str, Any]:
    """The ui part of a path; row numbers step into `items`."""
    for segment in segments:
        ui = ui.get("items" if segment.isdigit() else segment) or {}
    return ui


def schema_of(form: Form, segments: Sequence[str]) -> Schema | None:
    """The schema of a path in the full form; None: there is no such field."""
    part: Schema = form.full
    for segment in segments:
        inner = part.get("items") if segment.isdigit() else part.get("properties", {}).get(segment)
        if inner is None:
            return None
        part = inner
    return part


def row_key(ui: Mapping[str, Any]) -> str | None:
    """The field that tells the rows of a fixed table apart; None: people add and remove the rows themselves."""
    key = ui.get("ui:rowKey")
    return str(key) if key else None


def groups(form: Form) -> list[tuple[str, list[str], Mapping[str, Any]]]:
    """(title, field names as listed, group as written); fields that no group lists are put last."""
    listed = [(str(g.get("title", "")), list(g.get("fields", ())), g) for g in form.ui.get("ui:groups", ())]
    named = {name for _, names, _ in listed for name in names}
    conditional = set(form.full["properties"]) - set(form.schema.get("properties", {}))
    order = form.ui.get("ui:order") or list(form.full.get("properties", {}))
    rest = [name for name in order if name not in named and name not in conditional and name in form.full["properties"]]
    rest += [f"@{name}" for name in form.computed if f"@{name}" not in named]
    if rest:
        listed.append(("其他" if listed else "", rest, {}))
    return listed


def fields(form: Form) -> dict[str, str]:
    """Path → «分组 · 字段» of every field a reviewer may mark for correction: the top level, objects one level down."""
    group_of = {name: title for title, names, _ in groups(form) for name in names}
    result: dict[str, str] = {}
    for name, part in form.full["properties"].items():
        if is_readonly(part, form.ui.get(name, {})):
            continue
        head = " · ".join(t for t in (group_of.get(name, ""), str(part.get("title", name))) if t)
        result[name] = head
        if "properties" in part:
            result |= {f"{name}.{n}": f"{head} · {p.get('title', n)}" for n, p in part["properties"].items()}
    return result
