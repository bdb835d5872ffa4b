"""Is a form one that we can show, check and keep? Findings are in Chinese, for the analyst who writes forms.

The keyword list is closed: what the renderer does not know is refused rather than ignored. Size, depth and references
are bounded, and nothing is fetched (security.md 2.2).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

from webapp.spiff import expressions

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20
MAX_NODES = 20_000
"""After references are resolved."""
MAX_PATTERN = 200
MAX_CHOICES = 500

Finding = dict[str, str]

TYPES = ("object", "array", "string", "number", "integer", "boolean")
FORMATS = ("date", "email", "uri", "file-id")
KEYWORDS = {
    "$schema", "$id", "$defs", "$ref", "$comment", "title", "description", "type", "properties", "required",
    "items", "enum", "enumNames", "const", "oneOf", "anyOf", "allOf", "not", "if", "then", "else", "default",
    "examples", "readOnly", "format", "pattern", "minLength", "maxLength", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems", "contains",
    "additionalProperties", "unevaluatedProperties", "version",
}  # fmt: skip
WIDGETS = {
    "text", "textarea", "money", "cards", "table", "file", "files", "radio", "checkboxes", "select", "date",
    "month", "person", "hidden", "email", "number", "checkbox", "tags", "multiselect",
}  # fmt: skip
UI = {
    "ui:groups", "ui:order", "ui:span", "ui:widget", "ui:unit", "ui:refresh", "ui:enumNames",
    "ui:enumDescriptions", "ui:help", "ui:placeholder", "ui:prefill", "ui:variables", "ui:article", "ui:title",
    "ui:description", "ui:codes", "ui:choices", "ui:compute", "ui:decimals", "ui:rounding", "ui:rowKey",
    "ui:rowLabel", "ui:itemTitle", "ui:add", "ui:accept", "ui:maxSize", "ui:rows", "ui:messages", "ui:opinion",
    "ui:attachments", "ui:layout", "ui:options", "ui:field", "ui:autofocus", "ui:readonly", "ui:column",
    "ui:notice", "ui:personal", "ui:classNames", "ui:summary", "ui:maxMb", "ui:lines", "ui:normalise", "ui:format",
    "ui:atLeast", "ui:atMost", "ui:past", "ui:lenient", "ui:requires",
}  # fmt: skip
_SHORT = re.compile(r"check|call:[a-z_]+\.[a-z][a-z0-9_]*|(sum|count):[a-z0-9_.*]+")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


class Unresolvable(Exception):
    """A reference that is not local, not there, or turns in a circle; or a form that grows beyond all measure."""


def resolve(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with every `#/$defs/…` written out. Raises Unresolvable."""
    budget = [MAX_NODES]
    result = _resolve(schema, schema.get("$defs", {}), (), budget)
    result.pop("$defs", None)
    return result  # type: ignore[no-any-return]


def _resolve(part: Any, defs: Mapping[str, Any], trail: tuple[str, ...], budget: list[int]) -> Any:
    budget[0] -= 1
    if budget[0] < 0:
        raise Unresolvable(f"展开后超过 {MAX_NODES} 个节点")
    if isinstance(part, list):
        return [_resolve(p, defs, trail, budget) for p in part]
    if not isinstance(part, Mapping):
        return part
    reference = part.get("$ref")
    if reference is None or not isinstance(reference, str):
        return {key: value if key == "$defs" else _resolve(value, defs, trail, budget) for key, value in part.items()}
    name = reference.removeprefix("#/$defs/")
    if name == reference or not isinstance(defs, Mapping) or name not in defs:
        raise Unresolvable(f"引用 {reference[:80]} 不存在；只能引用本文件的 #/$defs/…")
    if name in trail:
        raise Unresolvable(f"引用 {reference[:80]} 循环")
    beside = {key: _resolve(value, defs, trail, budget) for key, value in part.items() if key != "$ref"}
    return {**_resolve(defs[name], defs, (*trail, name), budget), **beside}


def lint(schema: Any, ui: Any) -> list[Finding]:
    """Everything wrong with the form; severity error = it cannot be used. Never raises, whatever it is given."""
    try:
        return list(_lint(schema, ui))
    except RecursionError:
        return [_finding("form-depth", "error", "", f"嵌套过深，超过 {MAX_DEPTH} 层", "减少嵌套")]


def _finding(rule: str, severity: str, element: str, message: str, fix: str = "") -> Finding:
    return {"rule": rule, "class": "house", "severity": severity, "element": element, "message": message, "fix": fix}


def _lint(schema: Any, ui: Any) -> Iterator[Finding]:
    if not isinstance(schema, Mapping) or not isinstance(ui, Mapping):
        yield _finding("form-type", "error", "", "表单和界面文件都应是 JSON 对象", "最外层写成 { … }")
        return
    size = max(len(json.dumps(part, ensure_ascii=False, default=str).encode()) for part in (schema, ui))
    if size > MAX_BYTES:
        yield _finding("form-size", "error", "", f"文件超过 {MAX_BYTES // 1024} KB", "拆成几个表单")
        return
    if _depth(schema) > MAX_DEPTH * 2 or _depth(ui) > MAX_DEPTH * 2:
        yield _finding("form-depth", "error", "", f"嵌套过深，超过 {MAX_DEPTH} 层", "减少嵌套")
        return
    if schema.get("type") != "object" or not isinstance(schema.get("properties"), Mapping):
        yield _finding("form-type", "error", "", "表单最外层应为 type: object 并列出 properties", "")
        return
    try:
        resolved = resolve(schema)
    except Unresolvable as problem:
        yield _finding("form-ref", "error", "", str(problem), "改为引用本文件 $defs 中的定义")
        return
    found = [
        *_schema(resolved, "", 0),
        *(f for name, d in _defs(schema) for f in _schema(resolve_one(d, schema), name, 1)),
    ]
    yield from found
    if any(f["severity"] == "error" for f in found):
        return
    try:
        jsonschema_rs.Draft202012Validator(resolved, retriever=_refuse)
    except (ValueError, jsonschema_rs.ValidationError) as error:
        yield _finding("form-schema", "error", "", f"JSON Schema 无效：{str(error)[:200]}", "")
        return
    yield from _ui(resolved, ui)


def _defs(schema: Mapping[str, Any]) -> list[tuple[str, Any]]:
    defs = schema.get("$defs", {})
    return [(f"$defs.{n}", d) for n, d in defs.items() if isinstance(d, Mapping)] if isinstance(defs, Mapping) else []


def resolve_one(part: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A definition with its own references written out, or as it is when that is not possible."""
    try:
        return resolve({**part, "$defs": schema.get("$defs", {})})
    except Unresolvable:
        return part


def _refuse(uri: str) -> Any:
    raise ValueError(f"refused: {uri}")


def _depth(value: Any) -> int:
    level, deepest = [value], 0
    while level and deepest <= MAX_DEPTH * 3:
        deepest += 1
        level = [
            c
            for v in level
            for c in (v.values() if isinstance(v, Mapping) else v if isinstance(v, list) else ())
            if isinstance(c, Mapping | list)
        ]
    return deepest


def _schema(part: Any, path: str, depth: int, field: bool = False) -> Iterator[Finding]:
    if not isinstance(part, Mapping):
        yield _finding("form-type", "error", path, "字段定义应是 JSON 对象", "")
        return
    if depth > MAX_DEPTH:
        yield _finding("form-depth", "error", path, f"嵌套过深，超过 {MAX_DEPTH} 层", "减少嵌套")
        return
    for key in part:
        if key not in KEYWORDS and not key.startswith("x-"):
            yield _finding(
                "form-keyword", "error", path, f"不认识的关键字“{str(key)[:40]}”", "删除它，或改用已支持的关键字"
            )
    if field and not ({"type", "const", "enum", "oneOf"} & part.keys()):
        yield _finding("form-field-type", "error", path, "字段没有类型", f"写明 type：{'、'.join(TYPES)}")
    if "type" in part and part["type"] not in TYPES:
        yield _finding(
            "form-field-type", "error", path, f"不支持的类型“{str(part['type'])[:40]}”", f"改用 {'、'.join(TYPES)}"
        )
    if field and "title" not in part:
        yield _finding("form-title", "warning", path, "字段没有中文标题", "写明 title")
    if "format" in part and part["format"] not in FORMATS:
        yield _finding(
            "form-format", "error", path, f"不支持的格式“{str(part['format'])[:40]}”", f"改用 {'、'.join(FORMATS)}"
        )
    yield from _limits(part, path)
    yield from _children(part, path, depth)


def _limits(part: Mapping[str, Any], path: str) -> Iterator[Finding]:
    pattern = part.get("pattern")
    if pattern is not None:
        if not isinstance(pattern, str) or len(pattern) > MAX_PATTERN:
            yield _finding("form-pattern", "error", path, f"校验规则超过 {MAX_PATTERN} 个字符", "简化规则")
        else:
            try:
                jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions())
            except (ValueError, jsonschema_rs.ValidationError):
                yield _finding(
                    "form-pattern", "error", path, f"校验规则“{pattern[:60]}”无法使用", "不支持反向引用和环视"
                )
    for key in ("enum", "oneOf", "enumNames"):
        if isinstance(part.get(key), list) and len(part[key]) > MAX_CHOICES:
            yield _finding("form-choices", "error", path, f"选项超过 {MAX_CHOICES} 个", "改用代码表 ui:codes")
    for choice in part.get("oneOf", ()) if isinstance(part.get("oneOf"), list) else ():
        if not isinstance(choice, Mapping) or "const" not in choice:
            yield _finding(
                "form-choices", "error", path, "oneOf 只用来列选项，每项应有 const 和 title", "条件请用 allOf/if/then"
            )


def _children(part: Mapping[str, Any], path: str, depth: int) -> Iterator[Finding]:
    properties = part.get("properties", {})
    if not isinstance(properties, Mapping):
        yield _finding("form-type", "error", path, "properties 应是 JSON 对象", "")
        return
    for name, child in properties.items():
        where = f"{path}.{name}".lstrip(".")
        if not _NAME.fullmatch(str(name)):
            yield _finding("form-name", "error", where[:80], "字段标识应为小写英文、数字和下划线，以字母开头", "改名")
        yield from _schema(
            child, where, depth + 1, field=not path.endswith(("›if", "›then", "›else", "›not")) and depth < 19
        )
    if part.get("type") == "array" and not isinstance(part.get("items"), Mapping):
        yield _finding("form-items", "error", path, "表格没有定义每行的内容", "写明 items")
    if isinstance(part.get("items"), Mapping):
        yield from _schema(part["items"], f"{path}[]", depth + 1)
    for key in ("if", "then", "else", "not", "contains"):
        if key in part:
            yield from _schema(part[key], f"{path}›{key}", depth + 1)
    for rule in part.get("allOf", ()) if isinstance(part.get("allOf"), list) else ():
        yield from _schema(rule, path, depth + 1)


# ---------------------------------------------------------------------------------------------- ui file


def _ui(schema: Mapping[str, Any], ui: Mapping[str, Any]) -> Iterator[Finding]:
    known = _names(schema)
    computed = {key for key in ui if key.startswith("@")}
    for name in computed:
        if name[1:] in known:
            yield _finding("ui-computed", "error", name, "计算项与字段同名", "改名")
        if not isinstance(ui[name], Mapping) or "ui:compute" not in ui[name]:
            yield _finding("ui-computed", "error", name, "计算项没有算式", "写明 ui:compute")
    yield from _ui_part(schema, {k: v for k, v in ui.items() if k not in computed}, "")
    for name in computed:
        if isinstance(ui[name], Mapping):
            yield from _ui_keys(ui[name], name)
    yield from _groups(ui, known, computed)
    yield from _variables(schema, ui, computed)


def _names(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Every field of an object schema with those of its branches."""
    names = dict(schema.get("properties", {}))
    for rule in schema.get("allOf", ()):
        for branch in (rule, rule.get("then"), rule.get("else")):
            if isinstance(branch, Mapping):
                for name, part in _names(branch).items():
                    if "type" in part or name not in names:
                        names.setdefault(name, part)
    return names


def _ui_part(schema: Mapping[str, Any], ui: Mapping[str, Any], path: str) -> Iterator[Finding]:
    yield from _ui_keys(ui, path)
    items = schema.get("items") if schema.get("type") == "array" else None
    known = _names(schema)
    for name, child in ui.items():
        if name.startswith("ui:") or name in ("classNames", "$schema", "$comment"):
            continue
        where = f"{path}.{name}".lstrip(".")
        target = items if name == "items" and items is not None else known.get(name)
        if target is None:
            yield _finding(
                "ui-unknown-field", "error", where, f"界面文件提到的字段“{name}”在表单中不存在", "改名或删除"
            )
        elif not isinstance(child, Mapping):
            yield _finding("form-type", "error", where, "字段的界面设置应是 JSON 对象", "")
        else:
            yield from _ui_part(target, child, where)


def _ui_keys(ui: Mapping[str, Any], path: str) -> Iterator[Finding]:
    for key, value in ui.items():
        if key.startswith("ui:") and key not in UI:
            yield _finding("ui-keyword", "warning", path, f"不认识的界面关键字“{key[:40]}”，将被忽略", "")
        elif key == "ui:widget" and value not in WIDGETS:
            yield _finding(
                "ui-widget", "error", path, f"不支持的控件“{str(value)[:40]}”", f"可用：{'、'.join(sorted(WIDGETS))}"
            )
        elif key == "ui:span" and (not isinstance(value, int) or not 1 <= value <= 12):
            yield _finding("ui-span", "error", path, "ui:span 应为 1 到 12", "")
        elif key in ("ui:compute", "ui:prefill", "ui:choices") and not _SHORT.fullmatch(str(value)):
            yield from _expression(value, path, key)


def _expression(source: Any, path: str, key: str) -> Iterator[Finding]:
    if not isinstance(source, str):
        yield _finding("ui-expression", "error", path, f"{key} 应是文本形式的算式", "")
        return
    try:
        expressions.compile_expression(source)
    except expressions.ExpressionError as error:
        yield _finding("ui-expression", "error", path, f"{key}：{error}", "")


def _groups(ui: Mapping[str, Any], known: Mapping[str, Any], computed: set[str]) -> Iterator[Finding]:
    groups, seen = ui.get("ui:groups", []), set()
    if not isinstance(groups, list) or not all(
        isinstance(g, Mapping) and isinstance(g.get("fields"), list) for g in groups
    ):
        yield _finding("ui-groups", "error", "ui:groups", "每个分组应有 title 和 fields", "")
        return
    for name in (n for g in groups for n in g["fields"]):
        if name not in known and name not in computed:
            yield _finding(
                "ui-unknown-field", "error", "ui:groups", f"分组中的字段“{str(name)[:60]}”在表单中不存在", "改名或删除"
            )
        if name in seen:
            yield _finding("ui-groups", "error", "ui:groups", f"字段“{name}”出现在两个分组中", "只保留一处")
        seen.add(name)


def _variables(schema: Mapping[str, Any], ui: Mapping[str, Any], computed: set[str]) -> Iterator[Finding]:
    wanted = ui.get("ui:variables", [])
    if not isinstance(wanted, list | Mapping):
        yield _finding("ui-variables", "error", "ui:variables", "应为字段名的列表，或 变量名: 字段名", "")
        return
    names = _names(schema).keys() | {name[1:] for name in computed}
    for source in wanted.values() if isinstance(wanted, Mapping) else wanted:
        if str(source).removesuffix("{}").split(".")[0] not in names:
            yield _finding("ui-variables", "error", "ui:variables", f"流程变量“{source}”不是本表单的字段", "改名或删除")
