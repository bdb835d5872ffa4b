"""A form as a tree of fields for Jinja: what stands where, with which value, words and buttons. Knows no request."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from webapp.engine import forms
from webapp.engine.forms import schema as shapes
from webapp.engine.forms import showing

MAX_OPEN_CHOICES = 24
"""More options than this are a list to scroll rather than boxes to tick."""
DEFAULT_MB = 50


@dataclass(frozen=True)
class Option:
    """One choice; `note` explains it."""

    value: str
    label: str
    note: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class StoredFile:
    """An attachment already there; `place` is its path, which the remove button names."""

    id: str
    name: str
    place: str

    @property
    def href(self) -> str:
        """Where it is downloaded, by those who may."""
        return f"/files/{self.id}"


@dataclass(frozen=True)
class Row:
    """A row of a table or a card of a group."""

    path: str
    title: str
    fields: list[Field]
    first: bool
    last: bool


@dataclass(frozen=True)
class Field:
    """All that a template needs to know of one field."""

    path: str
    id: str
    kind: str
    """text textarea number month date email select multiselect radio checkbox checkboxes tags file files table cards
    fieldset matrix computed check readonly hidden; absent: a cell that the row's answers hide"""
    label: str
    value: str = ""
    shown: str = ""
    required: bool = False
    error: str = ""
    help: str = ""
    mark: str = ""
    """What a reviewer asked to correct here."""
    article: str = ""
    unit: str = ""
    span: int = 6
    placeholder: str = ""
    latest: str = ""
    """The last day or month that may be chosen."""
    refresh: bool = False
    inputmode: str = ""
    maxlength: int | None = None
    lines: int = 4
    accept: str = ""
    max_mb: int = DEFAULT_MB
    options: list[Option] = field(default_factory=list)
    files: list[StoredFile] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)
    columns: list[Field] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    row_key: str = ""
    add_label: str = ""
    can_add: bool = False
    can_remove: bool = False
    can_move: bool = False
    count_note: str = ""
    locked: bool = False

    @property
    def described_by(self) -> str:
        """Ids of the texts that explain this field, for aria-describedby."""
        parts = [("help", self.help), ("mark", self.mark), ("error", self.error)]
        return " ".join(f"{self.id}-{name}" for name, text in parts if text)

    @property
    def is_wide(self) -> bool:
        return self.kind in ("table", "cards", "fieldset", "matrix", "files", "check")


@dataclass(frozen=True)
class Condition:
    """Fields that an answer brought up, under the title of their branch."""

    title: str
    fields: list[Field]


@dataclass(frozen=True)
class Group:
    """A section of the form."""

    id: str
    title: str
    article: str
    help: str
    fields: list[Field]
    conditions: list[Condition]
    errors: int


@dataclass(frozen=True)
class FormTree:
    """The whole form; `errors` as (id of the field or "", place, message) for the summary at the top."""

    name: str
    title: str
    help: str
    hash: str
    groups: list[Group]
    errors: list[tuple[str, str, str]]
    redraw: str
    wants_opinion: bool
    wants_attachments: bool


def build(
    form: forms.Form,
    content: Mapping[str, Any],
    errors: Mapping[str, str] | None = None,
    *,
    choices: forms.Choices | None = None,
    unlocked: Collection[str] | None = None,
    marks: Mapping[str, str] | None = None,
    redraw: str = "",
) -> FormTree:
    """The tree of a form filled with `content`.

    `unlocked`: in a correction round only these paths are fields, the rest is text. `marks`: path → what to correct.
    `redraw`: address that answers a POST of the whole form with the form anew (row buttons, `ui:refresh`).
    """
    return _Builder(form, content, errors or {}, choices or {}, unlocked, marks or {}).tree(redraw)


def element_id(path: str) -> str:
    """`partners.0.name` → `f-partners-0-name`."""
    return "f-" + path.replace(".", "-")


class _Builder:
    """Walks schema, ui and content together."""

    def __init__(
        self,
        form: forms.Form,
        content: Mapping[str, Any],
        errors: Mapping[str, str],
        choices: forms.Choices,
        unlocked: Collection[str] | None,
        marks: Mapping[str, str],
    ) -> None:
        self._form, self._content, self._errors = form, forms.visible(form, content), errors
        self._choices, self._unlocked, self._marks = choices, unlocked, marks
        self._shape = forms.effective(form, form.schema, self._content)

    def tree(self, redraw: str) -> FormTree:
        form = self._form
        return FormTree(
            name=form.name,
            title=form.title,
            help=str(form.ui.get("ui:help") or form.schema.get("description") or ""),
            hash=form.hash,
            groups=list(self._groups()),
            errors=[self._summary_line(path, text) for path, text in self._errors.items()],
            redraw=redraw,
            wants_opinion=form.wants_opinion,
            wants_attachments=form.wants_attachments,
        )

    def _summary_line(self, path: str, text: str) -> tuple[str, str, str]:
        place = forms.location(self._form, path, self._content)
        known = shapes.schema_of(self._form, path.split(".")) is not None or path in self._form.computed
        return (element_id(path) if known else "", place, text.removeprefix(f"{place}："))

    def _groups(self) -> Iterator[Group]:
        listed = shapes.groups(self._form)
        placed = {name for _, names, _ in listed for name in names}
        for number, (title, names, written) in enumerate(listed, 1):
            fields = [f for f in map(self._named, names) if f is not None]
            conditions = list(self._conditions(names, placed, last=number == len(listed)))
            if not fields and not conditions:
                continue
            paths = [n.removeprefix("@") for n in names] + [f.path for c in conditions for f in c.fields]
            wrong = sum(1 for path in self._errors if path.split(".")[0] in paths)
            yield Group(
                f"g{number}",
                title,
                str(written.get("ui:article", "")),
                str(written.get("ui:help", "")),
                fields,
                conditions,
                wrong,
            )

    def _named(self, name: str) -> Field | None:
        if name.startswith("@"):
            return self._computed(name[1:])
        part = self._shape["properties"].get(name)
        if part is None:
            return None
        return self._field(
            name, part, self._form.ui.get(name, {}), self._content.get(name), name, name, self._is_required(name)
        )

    def _is_required(self, name: str) -> bool:
        return name in self._shape.get("required", ())

    def _conditions(self, names: Sequence[str], placed: set[str], *, last: bool) -> Iterator[Condition]:
        """Branches whose fields no group lists stand below the group of the question they hang on."""
        form = self._form
        for rule in form.schema.get("allOf", ()):
            branch = rule.get("then", {})
            asked = next(iter(rule.get("if", {}).get("properties", {})), "")
            here = asked in names or (last and asked not in placed)
            own = [
                n
                for n in branch.get("properties", {})
                if n not in placed and n not in form.schema.get("properties", {})
            ]
            if not here or not own or not form.conditions[id(rule["if"])].is_valid(dict(self._content)):
                continue
            fields = [f for f in map(self._named, own) if f is not None]
            if fields:
                yield Condition(str(branch.get("title", "")), fields)

    def _computed(self, name: str) -> Field | None:
        ui = self._form.computed.get(name)
        if ui is None:
            return None
        kind = "check" if ui.get("ui:compute") == "check" else "computed"
        value = self._content.get(name)
        return Field(
            name,
            element_id(name),
            kind,
            str(ui.get("ui:title") or ui.get("title") or name),
            shown="" if value is None else forms.display({}, ui, value),
            help=str(ui.get("ui:help", "")),
            span=12 if kind == "check" else int(ui.get("ui:span", 4)),
            error=self._short_error(name),
        )

    # ------------------------------------------------------------------------------------------ one field

    def _field(
        self,
        name: str,
        part: Mapping[str, Any],
        ui: Mapping[str, Any],
        value: Any,
        path: str,
        template: str,
        required: bool,
    ) -> Field:
        kind = self._kind(part, ui, path, template)
        offered = self._offered(ui, template)
        common: dict[str, Any] = {
            "path": path,
            "id": element_id(path),
            "kind": kind,
            "label": str(ui.get("ui:title") or part.get("title") or name),
            "required": required and kind not in ("readonly", "hidden"),
            "error": self._short_error(path),
            "help": str(ui.get("ui:help") or ui.get("ui:description") or ""),
            "mark": self._marks.get(path, ""),
            "article": str(ui.get("ui:article", "")),
            "unit": str(ui.get("ui:unit", "")),
            "span": self._span(kind, ui),
            "placeholder": str(ui.get("ui:placeholder", "")),
            "latest": str(forms.latest_of(part) or "") if ui.get("ui:past") and kind in ("date", "month") else "",
            "refresh": bool(ui.get("ui:refresh")),
            "locked": self._is_locked(path),
        }
        if kind in ("table", "cards"):
            return self._repeated(part, ui, value, template, common)
        if kind in ("fieldset", "matrix"):
            return self._object(part, ui, value, template, common)
        if kind in ("file", "files"):
            return Field(**common, **self._files(part, ui, value, path))
        options = self._options(part, ui, value, offered)
        return Field(
            **common,
            value=_text(ui, value),
            shown=forms.display(part, ui, value, offered),
            options=options,
            **_limits(part, ui, kind),
        )

    def _kind(self, part: Mapping[str, Any], ui: Mapping[str, Any], path: str, template: str) -> str:
        widget = str(ui.get("ui:widget", ""))
        if widget == "hidden":
            return "hidden"
        if "properties" in part:
            return "matrix" if widget == "table" and _is_uniform(part) else "fieldset"
        if shapes.is_table(part):
            return "cards" if widget == "cards" or _is_nested(part["items"]) else "table"
        if shapes.is_readonly(part, ui) or self._is_locked(path):
            return "readonly"
        if widget in ("file", "files") or part.get("format") == "file-id":
            return "files" if part.get("type") == "array" else "file"
        return self._input_kind(part, ui, widget, template)

    def _input_kind(self, part: Mapping[str, Any], ui: Mapping[str, Any], widget: str, template: str) -> str:
        many = part.get("type") == "array"
        named = showing.labels(part, ui, self._choices.get(template))
        if shapes.is_free_list(part, ui) and not named:
            return "tags"
        if many:
            return "checkboxes" if 0 < len(named) <= MAX_OPEN_CHOICES else "multiselect"
        if part.get("type") == "boolean":
            return widget if widget in ("radio", "select") else "checkbox"
        if named:
            return "radio" if widget == "radio" else "select"
        if widget in ("textarea", "month"):
            return widget
        if part.get("type") in ("number", "integer"):
            return "number"
        if part.get("format") in ("date", "email"):
            return str(part["format"])
        return "textarea" if part.get("maxLength", 0) > 300 else "text"

    def _span(self, kind: str, ui: Mapping[str, Any]) -> int:
        if kind in ("table", "cards", "fieldset", "matrix", "files", "textarea"):
            return int(ui.get("ui:span", 12))
        return int(ui.get("ui:span", 12 if kind in ("radio", "checkboxes", "checkbox") else 6))

    def _short_error(self, path: str) -> str:
        text = self._errors.get(path, "")
        return text.removeprefix(f"{forms.location(self._form, path, self._content)}：") if text else ""

    def _is_locked(self, path: str) -> bool:
        return not forms.is_unlocked(path, self._unlocked)

    def _offered(self, ui: Mapping[str, Any], template: str) -> Mapping[str, str] | None:
        if ui.get("ui:widget") in ("file", "files"):
            return self._choices.get(showing.FILES)
        return self._choices.get(template)

    def _options(
        self, part: Mapping[str, Any], ui: Mapping[str, Any], value: Any, offered: Mapping[str, str] | None
    ) -> list[Option]:
        notes = list(ui.get("ui:enumDescriptions", ()))
        chosen = (
            {str(v) for v in value}
            if isinstance(value, list)
            else {_option_value(value)}
            if value is not None
            else set()
        )
        named = showing.labels(part, ui, offered)
        result = [
            Option(_option_value(code), label, str(notes[i]) if i < len(notes) else "", _option_value(code) in chosen)
            for i, (code, label) in enumerate(named.items())
        ]
        # A value that is no longer offered stays visible, marked, instead of silently turning into nothing.
        known = {o.value for o in result}
        listed = named or part.get("type") == "array"
        stale = [v for v in sorted(chosen) if v not in known and v] if listed and part.get("type") != "boolean" else []
        return result + [Option(v, f"{v}（已不在列表中）", chosen=True) for v in stale]

    def _files(self, part: Mapping[str, Any], ui: Mapping[str, Any], value: Any, path: str) -> dict[str, Any]:
        names = self._choices.get(showing.FILES, {})
        many = part.get("type") == "array"
        ids = [v for v in value if isinstance(v, str)] if many and isinstance(value, list) else [value] if value else []
        stored = [
            StoredFile(str(v), names.get(str(v), "已上传的附件"), f"{path}.{i}" if many else path)
            for i, v in enumerate(ids)
        ]
        return {"files": stored, "accept": str(ui.get("ui:accept", "")), "max_mb": int(ui.get("ui:maxMb", DEFAULT_MB))}

    # ------------------------------------------------------------------------------------------ rows and objects

    def _repeated(
        self, part: Mapping[str, Any], ui: Mapping[str, Any], value: Any, template: str, common: dict[str, Any]
    ) -> Field:
        path, rows = common["path"], value if isinstance(value, list) else []
        open_here = not common["locked"]
        free = open_here and not shapes.row_key(ui) and not shapes.is_readonly(part, ui)
        items, hints = part["items"], ui.get("items", {})
        least, most = int(part.get("minItems", 0)), int(part.get("maxItems", 200))
        title = str(ui.get("ui:itemTitle") or common["label"])
        built = [
            Row(
                f"{path}.{i}",
                self._row_title(row, ui, items, f"{title} {i + 1}"),
                self._row_fields(items, hints, row, f"{path}.{i}", template),
                i == 0,
                i == len(rows) - 1,
            )
            for i, row in enumerate(rows)
        ]
        note = f"已填 {len(rows)} 项" + (f"，至少 {least} 项" if least > 1 else "") if free else ""
        return Field(
            **common,
            rows=built,
            columns=self._columns(items, hints, template),
            row_key=shapes.row_key(ui) or "",
            add_label=str(ui.get("ui:add") or f"添加{title}"),
            can_add=free and len(rows) < most,
            can_remove=free,
            can_move=free and bool(ui.get("ui:rows") == "ordered"),
            count_note=note,
        )

    def _row_fields(
        self, items: Mapping[str, Any], hints: Mapping[str, Any], row: Any, path: str, template: str
    ) -> list[Field]:
        """A cell for every column, also where this row's answers hide it: then an empty, fixed one."""
        value = row if isinstance(row, Mapping) else {}
        shape = forms.effective(self._form, items, value)
        result = []
        for name, part in shapes.all_properties(items).items():
            actual = shape["properties"].get(name)
            hint = hints.get(name, {})
            if actual is not None:
                needed = name in shape.get("required", ())
                result.append(
                    self._field(name, actual, hint, value.get(name), f"{path}.{name}", f"{template}.{name}", needed)
                )
            else:
                result.append(
                    Field(
                        f"{path}.{name}",
                        element_id(f"{path}.{name}"),
                        "absent",
                        str(hint.get("ui:title") or part.get("title") or name),
                    )
                )
        return result

    def _row_title(self, row: Any, ui: Mapping[str, Any], items: Mapping[str, Any], otherwise: str) -> str:
        named = ui.get("ui:rowLabel") or next(iter(items.get("properties", {})), "")
        value = row.get(named) if isinstance(row, Mapping) else None
        return (
            str(value)
            if isinstance(value, str) and value and not showing.labels(items["properties"].get(named, {}), {})
            else otherwise
        )

    def _columns(self, items: Mapping[str, Any], hints: Mapping[str, Any], template: str) -> list[Field]:
        needed = items.get("required", ())
        return [
            self._field(
                name, part, hints.get(name, {}), None, f"{template}._.{name}", f"{template}.{name}", name in needed
            )
            for name, part in shapes.all_properties(items).items()
            if hints.get(name, {}).get("ui:widget") != "hidden"
        ]

    def _object(
        self, part: Mapping[str, Any], ui: Mapping[str, Any], value: Any, template: str, common: dict[str, Any]
    ) -> Field:
        whole = value if isinstance(value, Mapping) else {}
        shape = forms.effective(self._form, part, whole)
        order = [n for n in ui.get("ui:order", shape["properties"]) if n in shape["properties"]]
        order += [n for n in shape["properties"] if n not in order]
        path = common["path"]
        children = [
            self._field(
                n,
                shape["properties"][n],
                ui.get(n, {}),
                whole.get(n),
                f"{path}.{n}",
                f"{template}.{n}",
                n in shape.get("required", ()),
            )
            for n in order
        ]
        return Field(**common, fields=children, columns=children[0].fields if common["kind"] == "matrix" else [])


def _text(ui: Mapping[str, Any], value: Any) -> str:
    """What stands in an input."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _option_value(value)
    if isinstance(value, list):
        return "、".join(str(v) for v in value)
    if isinstance(value, int | float) and ui.get("ui:widget") == "money":
        return f"{value:,.2f}"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _limits(part: Mapping[str, Any], ui: Mapping[str, Any], kind: str) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    if kind == "number":
        limits["inputmode"] = "numeric" if part.get("type") == "integer" else "decimal"
    elif kind in ("text", "textarea", "email"):
        limits["maxlength"] = part.get("maxLength")
    if kind == "textarea":
        limits["lines"] = int(ui.get("ui:lines") or (6 if part.get("maxLength", 0) > 1000 else 4))
    return limits


def _option_value(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _is_nested(items: Mapping[str, Any]) -> bool:
    return any(shapes.is_table(part) or "properties" in part for part in shapes.all_properties(items).values())


def _is_uniform(part: Mapping[str, Any]) -> bool:
    """Objects of the same fields, which read as the rows of a table."""
    children = list(part["properties"].values())
    return bool(children) and all(
        "properties" in c and list(c["properties"]) == list(children[0]["properties"]) for c in children
    )
