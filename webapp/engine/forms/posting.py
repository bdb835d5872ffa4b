"""What a browser posts → typed content, and the row buttons that work without JavaScript.

Field names are paths: `partners.0.agreements.1.signed_on`. Names that begin with `_` are the page's own.
"""

from __future__ import annotations

import copy
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from handlers import documents
from webapp.engine.forms.schema import (
    Content,
    Form,
    Schema,
    is_free_list,
    is_readonly,
    is_table,
    row_key,
    schema_of,
    ui_of,
)
from webapp.errors import Invalid

MAX_PAIRS = 5_000
MAX_TEXT = 2_000_000
"""Characters of all values together."""
MAX_NAME = 200
MAX_ROWS = 200
MAX_VALUE = 100_000

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,10})?")
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_MONTH = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?")
_TRUE, _FALSE = {"true", "on", "1", "是", "yes"}, {"false", "off", "0", "否", "no"}
_SPLIT = re.compile(r"[、，,；;\n]+")
FILE_SUFFIX = "__file"
PAGE_FIELDS = frozenset({"csrf_token", "command_id"})
"""What the page sends beside the form, like every name that begins with `_`."""
NORMALISERS: Mapping[str, Callable[[str], str]] = {"doc_no": documents.normalise_doc_no}
"""`ui:normalise`: how a text is brought into its printed form before it is checked."""


def parse(
    form: Form, pairs: Iterable[tuple[str, str]], files: Mapping[str, Sequence[str] | str] | None = None
) -> Content:
    """The typed content of a posted form. `files`: ids of the files just stored, by field path.

    Raises Invalid for unknown fields and for a post that is too large. What the person may not fill is skipped.
    """
    root: dict[Any, Any] = {}
    unknown: dict[str, str] = {}
    size = 0
    for count, (name, value) in enumerate(pairs):
        size += len(value)
        if count >= MAX_PAIRS or size > MAX_TEXT:
            raise Invalid({"": "填写内容过多，无法保存，请删减表格行数或改为上传附件"})
        if name.startswith("_") or name in PAGE_FIELDS:
            continue
        if not _place(form, root, name, value):
            unknown[name[:80]] = "表单中没有这个填写项，请刷新页面后重试"
        if len(unknown) >= 20:
            break
    for name, ids in (files or {}).items():
        for file_id in [ids] if isinstance(ids, str) else ids:
            if not _place(form, root, name.removesuffix(FILE_SUFFIX), file_id, append=True):
                unknown[name[:80]] = "表单中没有这个附件项，请刷新页面后重试"
    if unknown:
        raise Invalid(unknown)
    content = _settle(form.full, form.ui, root)
    assert isinstance(content, dict)
    return content


def _place(form: Form, root: dict[Any, Any], name: str, value: str, append: bool = False) -> bool:
    """Puts the raw text where its path says; False: there is no such field."""
    if len(name) > MAX_NAME:
        return False
    segments = name.split(".")
    marker = segments[-1] == "_"  # a row's presence, so that a row of empty fields is still a row
    if marker:
        segments.pop()
        if not segments or not segments[-1].isdigit():
            return False
    schema, ui = schema_of(form, segments), ui_of(form.ui, segments)
    if schema is None or not all(_in_bounds(segment) for segment in segments):
        return False
    if not marker and ("properties" in schema or is_table(schema)):
        return False
    if is_readonly(schema, ui) and row_key(ui_of(form.ui, segments[:-2])) != segments[-1]:
        return True
    place: Any = root
    for segment in segments if marker else segments[:-1]:
        place = place.setdefault(int(segment) if segment.isdigit() else segment, {})
        if not isinstance(place, dict):
            return False
    if marker:
        return True
    last: Any = int(segments[-1]) if segments[-1].isdigit() else segments[-1]
    if schema.get("type") == "array":
        held = place.setdefault(last, {})
        if isinstance(held, dict):
            held[max(held, default=-1) + 1] = value
        return isinstance(held, dict)
    if isinstance(last, int) and append:
        last = max(place, default=-1) + 1
    place[last] = value
    return True


def _in_bounds(segment: str) -> bool:
    return not segment.isdigit() or (len(segment) <= 4 and segment.isascii() and int(segment) < 10 * MAX_ROWS)


def _settle(schema: Schema, ui: Mapping[str, Any], raw: Any) -> Any:
    """Raw texts in numbered dicts → typed values in lists; None: absent."""
    if schema.get("type") == "array":
        items, inner = schema.get("items", {}), ui.get("items", {})
        rows = [_settle(items, inner, raw[i]) for i in sorted(raw)] if isinstance(raw, dict) else []
        if not is_table(schema):
            rows = [value for value in rows if value is not None]
            if is_free_list(schema, ui):
                rows = [word for value in rows for word in (w.strip() for w in _SPLIT.split(value)) if word]
            return rows or None
        return [row if row is not None else {} for row in rows]
    if "properties" in schema:
        if not isinstance(raw, dict):
            return None
        known = {n: _settle(part, ui.get(n, {}), raw[n]) for n, part in schema["properties"].items() if n in raw}
        return {name: value for name, value in known.items() if value is not None}
    return typed(schema, ui, raw) if isinstance(raw, str) else None


def typed(schema: Schema, ui: Mapping[str, Any], text: str) -> Any:
    """The value the text stands for by its field's type; None when empty, the text itself when it is unreadable."""
    text = _CONTROL.sub("", text[:MAX_VALUE].replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not text:
        return None
    if ui.get("ui:widget") != "textarea":
        text = " ".join(text.split("\n"))
    normalise = NORMALISERS.get(str(ui.get("ui:normalise", "")))
    if normalise:
        return normalise(text)
    kind = schema.get("type")
    plain = unicodedata.normalize("NFKC", text)
    if kind in ("number", "integer"):
        return _number(kind, plain) if _number(kind, plain) is not None else text
    if kind == "boolean":
        return True if plain.lower() in _TRUE else False if plain.lower() in _FALSE else text
    if schema.get("format") == "date":
        return _date(plain) or text
    if ui.get("ui:widget") == "month":
        match = _MONTH.fullmatch(plain)
        return f"{match[1]}-{int(match[2]):02d}" if match else text
    if isinstance(schema.get("enum"), list) and any(isinstance(e, int) for e in schema["enum"]):
        return next((e for e in schema["enum"] if str(e) == plain), text)
    return text


def _number(kind: str, text: str) -> int | float | None:
    text = text.replace(",", "").replace(" ", "")
    if not _NUMBER.fullmatch(text) or sum(c.isdigit() for c in text) > 15:
        return None
    whole, _, decimals = text.partition(".")
    if not decimals.strip("0"):
        return int(whole)
    return None if kind == "integer" else float(text)


def _date(text: str) -> str | None:
    match = _DATE.fullmatch(text) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).isoformat() if match else None
    except ValueError:
        return None


# ---------------------------------------------------------------------------------------------- row buttons


def operate(form: Form, content: Mapping[str, Any], op: str) -> Content:
    """The content after a row button: `add:partners`, `remove:partners.2`, `up:partners.2`, `down:partners.2`.

    `remove:` also takes a file away, `redraw` changes nothing. Raises Invalid when the button does not fit the form
    (stale page, full table).
    """
    if op == "redraw":
        return copy.deepcopy(dict(content))
    verb, _, path = op.partition(":")
    result = copy.deepcopy(dict(content))
    segments = path.split(".") if 0 < len(path) <= MAX_NAME else []
    if not segments or not all(_in_bounds(s) for s in segments):
        raise _stale(path)
    if verb == "add":
        _add(form, result, segments)
    elif verb in ("remove", "up", "down"):
        _move(form, result, segments, verb)
    else:
        raise _stale(path)
    return result


def _add(form: Form, content: Content, segments: Sequence[str]) -> None:
    schema = schema_of(form, segments)
    holder = _walk(content, segments[:-1], create=True)
    if schema is None or not is_table(schema) or row_key(ui_of(form.ui, segments)) or not isinstance(holder, dict):
        raise _stale(".".join(segments))
    rows = holder.setdefault(segments[-1], [])
    limit = min(schema.get("maxItems", MAX_ROWS), MAX_ROWS)
    if not isinstance(rows, list) or len(rows) >= limit:
        raise Invalid({".".join(segments): f"最多 {limit} 项，不能再添加"})
    rows.append(blank(schema["items"]))


def blank(schema: Schema) -> Content:
    """A new row: its defaults, and one row of each table inside that may not be empty."""
    row: Content = {}
    for name, part in schema.get("properties", {}).items():
        if "default" in part:
            row[name] = copy.deepcopy(part["default"])
        elif is_table(part) and part.get("minItems"):
            row[name] = [blank(part["items"])]
    return row


def _move(form: Form, content: Content, segments: Sequence[str], verb: str) -> None:
    rows, last = _walk(content, segments[:-1]), segments[-1]
    if isinstance(rows, dict) and verb == "remove" and _is_file(form, segments):
        rows.pop(last, None)
        return
    if not isinstance(rows, list) or not last.isdigit() or int(last) >= len(rows):
        raise _stale(".".join(segments))
    if row_key(ui_of(form.ui, segments[:-1])):
        raise _stale(".".join(segments))
    place = int(last)
    row = rows.pop(place)
    if verb != "remove":
        rows.insert(max(0, place - 1) if verb == "up" else place + 1, row)


def _is_file(form: Form, segments: Sequence[str]) -> bool:
    return schema_of(form, segments) is not None and ui_of(form.ui, segments).get("ui:widget") == "file"


def _walk(value: Any, segments: Sequence[str], create: bool = False) -> Any:
    for segment in segments:
        if isinstance(value, list) and segment.isdigit() and int(segment) < len(value):
            value = value[int(segment)]
        elif isinstance(value, dict) and segment in value:
            value = value[segment]
        elif isinstance(value, dict) and create and not segment.isdigit():
            value = value.setdefault(segment, {})
        else:
            return None
    return value


def _stale(path: str) -> Invalid:
    return Invalid({path: "该行已不存在或不能这样操作，请刷新页面后重试"})
