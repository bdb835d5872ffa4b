"""Content as people read it: codes as labels, money with thousands, tables as tables; what changed between versions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from webapp.engine.forms import messages
from webapp.engine.forms.articles import article
from webapp.engine.forms.checking import Choices
from webapp.engine.forms.schema import Form, Schema, all_properties, effective, groups, is_table, row_key, visible

EMPTY = "—"
FILES = "@files"
"""Key of the choices under which file ids have their names."""


class Shown(NamedTuple):
    """One line of a read-only view; a table has columns and rows instead of a value."""

    group: str
    label: str
    value: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    path: str = ""


class Difference(NamedTuple):
    """A field that changed; "" where there was nothing."""

    path: str
    label: str
    old: str
    new: str


def labels(schema: Schema, ui: Mapping[str, Any], offered: Mapping[str, str] | None = None) -> dict[Any, str]:
    """Value → label of a field with options, in order; empty for a free field."""
    if offered is not None:
        return dict(offered)
    if schema.get("type") == "array":
        inner = {**ui, **ui.get("items", {})}
        return labels(schema.get("items", {}), inner) if "properties" not in schema.get("items", {}) else {}
    if isinstance(schema.get("oneOf"), list):
        return {c["const"]: str(c.get("title", c["const"])) for c in schema["oneOf"]}
    values = schema.get("enum") or ([True, False] if schema.get("type") == "boolean" else [])
    names = ui.get("ui:enumNames") or schema.get("enumNames") or (["是", "否"] if values == [True, False] else values)
    return {value: str(name) for value, name in zip(values, [*names, *values[len(names) :]], strict=False)}


def display(schema: Schema, ui: Mapping[str, Any], value: Any, offered: Mapping[str, str] | None = None) -> str:
    """One value in Chinese; «—» when absent."""
    if value is None or value == [] or value == "":
        return EMPTY
    if isinstance(value, list):
        return "、".join(display(schema.get("items", {}), {**ui, **ui.get("items", {})}, v, offered) for v in value)
    named = labels(schema, ui, offered)
    if named and value in named:
        return named[value]
    if ui.get("ui:widget") in ("file", "files"):
        return "附件"
    if ui.get("ui:format") == "article":
        return article(str(value))
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float | Decimal):
        return _number(schema, ui, value)
    return str(value)


def _number(schema: Schema, ui: Mapping[str, Any], value: int | float | Decimal) -> str:
    unit = str(ui.get("ui:unit", ""))
    exact = Decimal(str(value))
    if ui.get("ui:widget") == "money" or "ui:decimals" in ui:
        step = Decimal(1).scaleb(-int(ui.get("ui:decimals", 2)))
        # A ratio that just misses its threshold must not read as if it met it (domain.md 2.9): cut, do not round.
        down = unit == "%" or ui.get("ui:rounding") == "down"
        exact = exact.quantize(step, ROUND_DOWN if down else ROUND_HALF_UP)
        text = f"{exact:,f}"
    else:
        text = f"{exact:f}" if schema.get("type") == "integer" and not unit else f"{exact:,f}"
    return f"{text}{'' if unit in ('%', '') else ' '}{unit}"


def summary(form: Form, content: Mapping[str, Any], choices: Choices | None = None) -> list[Shown]:
    """The content for reading and printing, group by group; hidden and empty optional parts are left out."""
    shown = visible(form, content)
    shape = effective(form, form.schema, shown)
    result: list[Shown] = []
    placed: set[str] = set()
    listed = groups(form)
    for title, names, _ in listed:
        for name in names:
            placed.add(name)
            result += _entry(form, title, name, shape, shown, choices or {})
    last = listed[-1][0] if listed else ""
    for name in shape["properties"]:
        if name not in placed:
            result += _entry(form, last, name, shape, shown, choices or {})
    return result


def _entry(
    form: Form, group: str, name: str, shape: Schema, content: Mapping[str, Any], choices: Choices
) -> Iterator[Shown]:
    if name.startswith("@"):
        ui = form.computed.get(name[1:], {})
        if content.get(name[1:]) is not None:
            yield Shown(
                group,
                str(ui.get("ui:title") or ui.get("title") or name[1:]),
                display({}, ui, content[name[1:]]),
                path=name[1:],
            )
    elif name in shape["properties"]:
        part, ui = shape["properties"][name], form.ui.get(name, {})
        if ui.get("ui:widget") != "hidden":
            yield from _shown(group, _title(part, ui, name), part, ui, content.get(name), name, name, choices, form)


def _title(part: Schema, ui: Mapping[str, Any], name: str) -> str:
    return str(ui.get("ui:title") or part.get("title") or name)


def _shown(
    group: str,
    label: str,
    part: Schema,
    ui: Mapping[str, Any],
    value: Any,
    path: str,
    template: str,
    choices: Choices,
    form: Form,
) -> Iterator[Shown]:
    if "properties" in part:
        whole = value if isinstance(value, Mapping) else {}
        for name, inner in effective(form, part, whole)["properties"].items():
            hint = ui.get(name, {})
            if name in whole:
                yield from _shown(
                    group, f"{label} · {_title(inner, hint, name)}", inner, hint, whole[name],
                    f"{path}.{name}", f"{template}.{name}", choices, form,
                )  # fmt: skip
    elif is_table(part):
        yield from _table(
            group, label, part, ui, value if isinstance(value, list) else [], path, template, choices, form
        )
    else:
        yield Shown(group, label, display(part, ui, value, _offered(ui, template, choices)), path=path)


def _offered(ui: Mapping[str, Any], template: str, choices: Choices) -> Mapping[str, str] | None:
    return choices.get(FILES) if ui.get("ui:widget") in ("file", "files") else choices.get(template)


def _table(
    group: str,
    label: str,
    part: Schema,
    ui: Mapping[str, Any],
    rows: Sequence[Any],
    path: str,
    template: str,
    choices: Choices,
    form: Form,
) -> Iterator[Shown]:
    items, hints = part["items"], ui.get("items", {})
    columns = list(all_properties(items).items())
    if not rows:
        yield Shown(group, label, EMPTY, path=path)
    elif any(is_table(p) or "properties" in p for _, p in columns):
        for place, row in enumerate(rows):
            yield from _shown(
                group, f"{label} {place + 1}", items, hints, row, f"{path}.{place}", template, choices, form
            )
    else:
        shown = [(n, p) for n, p in columns if hints.get(n, {}).get("ui:widget") != "hidden"]
        yield Shown(
            group,
            label,
            "",
            tuple(_title(p, hints.get(n, {}), n) for n, p in shown),
            tuple(
                tuple(
                    display(p, hints.get(n, {}), row.get(n), _offered(hints.get(n, {}), f"{template}.{n}", choices))
                    for n, p in shown
                )
                for row in rows
            ),
            path,
        )


# ---------------------------------------------------------------------------------------------- differences


def differences(
    form: Form, old: Mapping[str, Any], new: Mapping[str, Any], choices: Choices | None = None
) -> list[Difference]:
    """What changed, field by field in the form's order; rows are matched by their key, else by their content."""
    found: list[Difference] = []
    order = [n.removeprefix("@") for _, names, _ in groups(form) for n in names]
    for name in dict.fromkeys([*order, *form.full["properties"]]):
        part = form.full["properties"].get(name, {})
        ui = form.ui.get(name) or form.computed.get(name, {})
        found += _changes(form, part, ui, old.get(name), new.get(name), name, name, choices or {})
    return found


def _changes(
    form: Form, part: Schema, ui: Mapping[str, Any], old: Any, new: Any, path: str, template: str, choices: Choices
) -> Iterator[Difference]:
    if old == new:
        return
    if "properties" in part:
        was, now = (v if isinstance(v, Mapping) else {} for v in (old, new))
        for name, inner in part["properties"].items():
            yield from _changes(
                form,
                inner,
                ui.get(name, {}),
                was.get(name),
                now.get(name),
                f"{path}.{name}",
                f"{template}.{name}",
                choices,
            )
    elif is_table(part):
        yield from _row_changes(form, part, ui, old or [], new or [], path, template, choices)
    else:
        offered = _offered(ui, template, choices)
        shown = ["" if v is None else display(part, ui, v, offered) for v in (old, new)]
        if _is_file(ui) and shown[0] == shown[1]:
            shown[1] = f"{shown[1]}（已更换）"
        yield Difference(path, messages.location(form, path), *shown)


def _is_file(ui: Mapping[str, Any]) -> bool:
    return ui.get("ui:widget") in ("file", "files")


def _row_changes(
    form: Form,
    part: Schema,
    ui: Mapping[str, Any],
    old: list[Any],
    new: list[Any],
    path: str,
    template: str,
    choices: Choices,
) -> Iterator[Difference]:
    for left, right in _pairs(old, new, row_key(ui)):
        place = right if right is not None else left
        where = f"{path}.{place}"
        if left is not None and right is not None:
            yield from _changes(
                form, part["items"], ui.get("items", {}), old[left], new[right], where, template, choices
            )
        else:
            row = old[left] if left is not None else new[right or 0]
            text = _row_text(part["items"], ui.get("items", {}), row, template, choices)
            label = messages.location(form, where)
            yield (
                Difference(where, label, text, "（已删除）") if left is not None else Difference(where, label, "", text)
            )


def _pairs(old: list[Any], new: list[Any], key: str | None) -> Iterator[tuple[int | None, int | None]]:
    if key:
        places = {str(row.get(key)): i for i, row in enumerate(old)}
        matched = [(places.pop(str(row.get(key)), None), i) for i, row in enumerate(new)]
        yield from matched
        yield from ((i, None) for i in places.values())
        return
    texts = [[json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows] for rows in (old, new)]
    for _, a, b, c, d in SequenceMatcher(None, texts[0], texts[1], autojunk=False).get_opcodes():
        for step in range(max(b - a, d - c)):
            yield (a + step if a + step < b else None), (c + step if c + step < d else None)


def _row_text(items: Schema, ui: Mapping[str, Any], row: Any, template: str, choices: Choices) -> str:
    parts = []
    for name, part in items.get("properties", {}).items():
        if (
            isinstance(row, Mapping)
            and row.get(name) not in (None, [], "")
            and not is_table(part)
            and "properties" not in part
        ):
            hint = ui.get(name, {})
            parts.append(display(part, hint, row[name], _offered(hint, f"{template}.{name}", choices)))
    return "；".join(parts) or "空行"
