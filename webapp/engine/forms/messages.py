"""What a validator's error means to the person who filled in the form, and where it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from webapp.engine.forms.schema import Form, Schema, is_table, schema_of, ui_of

REQUIRED = "此项必填"


def location(form: Form, path: str, content: Mapping[str, Any] | None = None) -> str:
    """`partners.2.agreements.0.signed_on` → «海外合作机构 3 · 科技合作协议 1 · 签署日期».

    Rows of a fixed table are called by their name (`ui:rowLabel`) when the content is given.
    """
    names: list[str] = []
    part: Schema | None = form.full
    value: Any = content
    segments = path.split(".")
    for place, segment in enumerate(segments):
        value = _step(value, segment)
        if segment.isdigit():
            label = ui_of(form.ui, segments[:place]).get("ui:rowLabel")
            called = value.get(label) if label and isinstance(value, Mapping) else None
            if names:
                names[-1] = str(called) if called else f"{names[-1]} {int(segment) + 1}"
            part = part.get("items") if part else None
            continue
        part = part.get("properties", {}).get(segment) if part else None
        if part is None:
            computed = form.computed.get(segment, {})
            return " · ".join([*names, str(computed.get("ui:title") or computed.get("title") or segment)])
        names.append(str(ui_of(form.ui, segments[: place + 1]).get("ui:title") or part.get("title") or segment))
    return " · ".join(names)


def _step(value: Any, segment: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(segment)
    if isinstance(value, list) and segment.isdigit() and int(segment) < len(value):
        return value[int(segment)]
    return None


def phrase(form: Form, path: str, kind: str, limit: Any, instance: Any) -> str:
    """The sentence for one broken keyword; says what to do."""
    segments = path.split(".")
    schema, ui = schema_of(form, segments) or {}, ui_of(form.ui, segments)
    own = ui.get("ui:messages", {}).get(kind)
    if own:
        return str(own)
    if kind in ("required", "minItems") and ui.get("ui:widget") in ("file", "files"):
        return "请上传附件"
    say = _PHRASES.get(kind)
    return say(schema, limit, instance) if say else "填写内容不符合要求，请检查"


def beyond(called: str, other: Any, *, upper: bool) -> str:
    """A field that contradicts its neighbour: a date before its start, a score above its maximum."""
    if isinstance(other, str):
        return f"不能{'晚' if upper else '早'}于{called}（{other}）"
    return f"不能{'大' if upper else '小'}于{called}（{number(other)}）"


def ahead(latest: str | int) -> str:
    """What has happened cannot have happened after today."""
    if isinstance(latest, int):
        return f"不能晚于今年（{latest}年）"
    return f"不能晚于{'今天' if len(latest) == 10 else '本月'}（{latest}）"


def _required(schema: Schema, _: Any, __: Any) -> str:
    if schema.get("const") is True:
        return "请勾选确认"
    if schema.get("type") == "array":
        free = "enum" not in schema.get("items", {}) and not is_table(schema)
        return (
            f"至少{'提供' if free else '填写' if is_table(schema) else '选择'} {max(1, schema.get('minItems', 1))} 项"
        )
    return REQUIRED


def _min_items(schema: Schema, limit: Any, instance: Any) -> str:
    have = len(instance) if isinstance(instance, list) else 0
    return f"至少{'填写' if is_table(schema) else '提供'} {limit} 项（现有 {have} 项）"


def _type(schema: Schema, _: Any, given: Any) -> str:
    wanted = str(schema.get("type"))
    if wanted in ("number", "integer"):
        if isinstance(given, str) and sum(c.isdigit() for c in given) > 15:
            return "数字位数过多，请检查单位（不超过 15 位）"
        return "请填写整数" if wanted == "integer" else "请填写数字"
    return {"boolean": "请选择“是”或“否”", "array": "请逐项填写"}.get(wanted, "填写的内容格式不正确，请重新填写")


def _multiple(_: Schema, limit: Any, __: Any) -> str:
    decimals = {0.01: 2, 0.1: 1, 0.001: 3, 0.0001: 4}.get(limit)
    return f"最多保留 {decimals} 位小数" if decimals else f"应为 {number(limit)} 的整数倍"


def _format(_: Schema, limit: Any, __: Any) -> str:
    return {
        "date": "日期不正确，请按“年-月-日”填写，如 2026-03-18",
        "email": "电子邮箱格式不正确，如 name@example.org",
        "uri": "网址格式不正确，请以 http:// 或 https:// 开头",
    }.get(str(limit), "格式不正确")


def number(value: Any) -> str:
    """A limit as people read it: 5.0 → 5."""
    return str(int(value)) if isinstance(value, float) and value == int(value) else str(value)


_PHRASES: Mapping[str, Callable[[Schema, Any, Any], str]] = {
    "required": _required,
    "minItems": _min_items,
    "type": _type,
    "multipleOf": _multiple,
    "format": _format,
    "maxItems": lambda _, limit, given: f"最多 {limit} 项（现有 {len(given)} 项），请删除多余的项",
    "uniqueItems": lambda _, __, ___: "有重复的项，请删除重复内容",
    "minLength": lambda _, limit, given: f"至少 {limit} 个字（现有 {len(given)} 个字）" if given else REQUIRED,
    "maxLength": lambda _, limit, given: f"不超过 {limit} 个字（现有 {len(given)} 个字）",
    "pattern": lambda schema, _, __: f"格式不正确，{schema.get('description') or '请按示例填写'}",
    "minimum": lambda _, limit, __: f"不能小于 {number(limit)}",
    "maximum": lambda _, limit, __: f"不能大于 {number(limit)}",
    "exclusiveMinimum": lambda _, limit, __: f"应大于 {number(limit)}",
    "exclusiveMaximum": lambda _, limit, __: f"应小于 {number(limit)}",
    "enum": lambda _, __, ___: "请从列表中选择",
    "oneOfNotValid": lambda _, __, ___: "请从列表中选择",
    "anyOf": lambda _, __, ___: "请从列表中选择",
    "const": lambda _, limit, __: "请勾选确认" if limit is True else f"应为“{limit}”",
}
