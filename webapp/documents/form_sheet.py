"""A submitted form as a PDF to keep: what was filled in, by whom and when, with the version of the form it was filled in on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from webapp import clock
from webapp.documents import pdf_file, qr
from webapp.engine import context, forms
from webapp.engine.forms.showing import FILES, Shown
from webapp.store import codes, files, organisations
from webapp.store.db import Tx
from webapp.store.tables import Case, Submission

NARROWEST, WIDEST = 4, 24
"""Characters that a table's column counts as at least and at most."""


@dataclass(frozen=True)
class Sheet:
    """A paper of a title, a few lines under it, and groups of filled-in lines."""

    title: str
    meta: Sequence[tuple[str, str]]
    lines: Sequence[Shown]
    foot: str = ""
    code: str = ""
    """Text of the QR code; none when empty."""


def of_submission(tx: Tx, case: Case, row: Submission, *, element: str, outcome: str, by: str) -> Sheet:
    """The sheet of a submitted form; `element`, `outcome` and `by` in words."""
    form = _form(tx, case, row.form)
    meta = [("编号", case.number), ("事项", case.title), ("环节", element), ("结果", outcome)]
    meta += [("提交人", by), ("提交时间", clock.local(row.at).strftime("%Y-%m-%d %H:%M:%S"))]
    if row.opinion:
        meta.append(("意见", row.opinion))
    meta.append(("校验值", row.hash))
    foot = f"{case.number}" + (f"　表单版本 {row.form_hash[:16]}" if row.form_hash else "")
    code = qr.of_form(case.number, row.id, row.form_hash, row.hash) if row.form_hash else ""
    lines = forms.summary(form, row.content, _named(tx, form, row.content)) if form else []
    return Sheet(form.title if form else element, meta, lines, foot, code)


def write(sheet: Sheet, fonts: Path) -> bytes:
    """The bytes of the PDF; the same sheet gives the same bytes."""
    groups = [
        {"title": title, "lines": [_line(each) for each in lines]}
        for title, lines in groupby(sheet.lines, key=lambda line: line.group)
    ]
    content = {"title": sheet.title, "meta": [list(pair) for pair in sheet.meta], "groups": groups, "foot": sheet.foot}
    return pdf_file.typeset("form", {**content, "qr": qr.svg(sheet.code) if sheet.code else ""}, fonts)


def _line(shown: Shown) -> Mapping[str, Any]:
    return {
        "label": shown.label,
        "value": shown.value,
        "columns": list(shown.columns),
        "widths": _widths(shown),
        "rows": [list(row) for row in shown.rows],
    }


def _widths(shown: Shown) -> list[int]:
    """Shares of the columns by their longest text, within bounds so that no column is lost and none takes all."""
    lines = [shown.columns, *shown.rows]
    return [min(max(*(len(line[place]) for line in lines), NARROWEST), WIDEST) for place in range(len(shown.columns))]


def _form(tx: Tx, case: Case, name: str) -> forms.Form | None:
    catalog, release = context.of(tx).catalog, case.release_id or ""
    return catalog.form(tx, release, name) if name and catalog.has_form(tx, release, name) else None


def _named(tx: Tx, form: forms.Form, content: Mapping[str, Any]) -> forms.Choices:
    """Labels of the codes that the form's lists carry, and the names of its attachments."""
    known = forms.choices(form, {"codes": lambda kind: _labels(tx, kind)})
    return {**known, FILES: _file_names(tx, forms.file_ids(form, content))}


def _labels(tx: Tx, kind: str) -> Mapping[str, str]:
    if kind == "recommender":
        return {row.id: row.name for row in organisations.of_kind(tx, "city_bureau", "competent_dept")}
    return codes.labels(tx, kind)


def _file_names(tx: Tx, ids: Iterable[str]) -> dict[str, str]:
    return {key: row.name for key, row in files.many(tx, ids).items()}
