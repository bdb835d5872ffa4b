"""导入存量基地、评价结果: template, preview with every fault by row and column, then all rows or only the right ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage

from webapp.engine import administration_imports, cells, imported_bases, imported_results
from webapp.engine.imported_rows import Table
from webapp.errors import Invalid, Missing
from webapp.store import files, journal, people
from webapp.store.db import Tx
from webapp.views import desk, filetypes, policies, spreadsheet

bp = Blueprint("imports", __name__, url_prefix="/imports")

LARGEST = 5 * 1024 * 1024
"""Bytes of a table."""
SHOWN, FAULTS = 200, 300
"""Rows and faults that the preview shows."""
CSV = "text/csv"


@dataclass(frozen=True)
class Kind:
    """What can be imported."""

    title: str
    about: str
    columns: Any
    sends: Any
    done: str
    """What the page says afterwards, over the command's notes."""


KINDS: Mapping[str, Kind] = {
    "bases": Kind(
        "存量基地",
        "原办法认定的基地：认定日期、文号按原文件，尚未登记的依托单位一并登记；导入后逐个发起存量归类，由依托单位确认新类别（第二十六条）。",
        imported_bases.columns,
        administration_imports.import_bases,
        "已导入基地 {imported} 个，新登记单位 {units} 家，发起存量归类 {cases} 件，略过 {left_out} 行。",
    ),
    "results": Kind(
        "评价结果",
        "科技部对国家级基地的评价结果（优秀的发起奖励，第十九条），以及省科技厅按原办法作出的评价结果（缺省不计入连续两次不合格）。",
        imported_results.columns,
        administration_imports.import_results,
        "已导入评价结果 {imported} 条，发起奖励 {rewards} 件，略过 {left_out} 行。",
    ),
}


@bp.get("/<what>", policy=policies.IMPORTS_READ)
def show(what: str) -> str:
    """What to do, and what was imported before."""
    return _page(what, {}, {})


@bp.get("/<what>/template", policy=policies.IMPORTS_READ)
def template(what: str) -> Any:
    """An empty table, and a sheet that explains each column with an example."""
    chosen = _kind(what)
    with desk.system_reading() as tx:
        columns = chosen.columns(tx)
    explained = [[c.title, "必填" if c.required else "选填", c.hint, c.example] for c in columns]
    return spreadsheet.answer_sheets(
        f"{chosen.title}导入模板",
        [(chosen.title, [c.title for c in columns], []), ("填写说明", ("列", "要求", "说明", "示例"), explained)],
    )


@bp.post("/<what>/preview", policy=policies.IMPORTS_WRITE)
def preview(what: str) -> Any:
    """Nothing is imported: the rows as they were read and everything that is wrong with them."""
    given = request.files.get("file")
    try:
        if given is None or not given.filename:
            raise Invalid({"file": "请选择要导入的表格。"})
        file_id = _keep(given)
        table = _table(what, file_id)
    except Invalid as refusal:
        return _page(what, request.form, refusal.fields), 422
    return _preview(what, table, file_id, request.form, {})


@bp.post("/<what>", policy=policies.IMPORTS_WRITE)
def send(what: str) -> Any:
    """The table that was previewed is imported, read anew against the register as it is now."""
    chosen, typed = _kind(what), request.form
    file_id = typed.get("file", "")[:60]
    try:
        grid = _grid(file_id)
        with desk.commanding() as tx:
            answer = chosen.sends(
                tx,
                desk.principal(),
                grid,
                typed.get("source", "").strip()[:200],
                file=file_id,
                only_right=typed.get("only_right") == "1",
                command_id=desk.command_id(),
            )
    except Invalid as refusal:
        if "file" in refusal.fields:
            return _page(what, typed, refusal.fields), 422
        return _preview(what, _table(what, file_id), file_id, typed, refusal.fields), 422
    flash(chosen.done.format(**answer.notes), "success")
    return redirect(url_for(".show", what=what))


# ---------------------------------------------------------------------------------------------- pages


def _page(kind: str, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    chosen = _kind(kind)
    with desk.system_reading() as tx:
        entries = journal.of_object(tx, administration_imports.JOURNAL[kind])
        names = people.names(tx, {row.actor for row in entries})
        columns = chosen.columns(tx)
    return render_template(
        "imports/show.html",
        kind=kind,
        kinds={code: each.title for code, each in KINDS.items()},
        chosen=chosen,
        columns=columns,
        entries=[(row, names.get(row.actor, row.actor), json.loads(row.after or "{}")) for row in reversed(entries)],
        typed=typed,
        errors=errors,
        may_write=policies.IMPORTS_WRITE.admits(desk.principal()),
    )


def _preview(kind: str, table: Table, file_id: str, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    faults, lines = table.told, table.lines[:SHOWN]
    wrong = {fault.line for fault in faults}
    return render_template(
        "imports/preview.html",
        kind=kind,
        chosen=_kind(kind),
        total=len(table.lines),
        lines=lines,
        columns=[column for column in table.columns if any(column.key in line.written for line in lines)],
        wrong=wrong,
        faults=[fault.text for fault in faults[:FAULTS]],
        more=max(len(faults) - FAULTS, 0),
        right=len(table.right),
        file_id=file_id,
        typed=typed,
        errors=errors,
    )


# ---------------------------------------------------------------------------------------------- the file


def _kind(kind: str) -> Kind:
    if kind not in KINDS:
        raise Missing("没有该项导入。")
    return KINDS[kind]


def _keep(given: FileStorage) -> str:
    """The table is kept as evidence of the import; answers its id. Raises Invalid (`file`)."""
    content = given.stream.read(LARGEST + 1)
    name = given.filename or ""
    if len(content) > LARGEST:
        raise Invalid({"file": f"表格超过 {LARGEST // 1024 // 1024} MB，请分几次导入。"})
    if name.lower().endswith((".csv", ".txt")):
        cells.of_file("table.csv", content)
        accepted = filetypes.Accepted(filetypes.clean_name(name), CSV)
    else:
        accepted = filetypes.check(name, content, max_bytes=LARGEST)
        if accepted.type != filetypes.XLSX:
            raise Invalid({"file": "请上传 xlsx 或 CSV 表格。"})
    stored = files.Folder(desk.settings().files).put(BytesIO(content), limit=LARGEST)
    person = desk.principal()
    with desk.commanding() as tx:
        return files.add(
            tx,
            stored,
            name=accepted.name,
            by=person.person_id,
            status="clean",
            type=accepted.type,
            owner_org=person.org_id or None,
        )


def _grid(file_id: str) -> cells.Grid:
    """The cells of a table that this person uploaded; raises Invalid (`file`)."""
    with desk.reading() as tx:
        name, content = _content(tx, file_id)
    return cells.of_file(name, content)


def _content(tx: Tx, file_id: str) -> tuple[str, bytes]:
    try:
        row, stream = files.open(tx, files.Folder(desk.settings().files), file_id)
    except Missing:
        raise Invalid({"file": "表格已不在，请重新上传。"}) from None
    with stream:
        if row.by != desk.principal().person_id or row.type not in (CSV, filetypes.XLSX):
            raise Invalid({"file": "请重新上传表格。"})
        return "table.xlsx" if row.type == filetypes.XLSX else "table.csv", stream.read()


def _table(kind: str, file_id: str) -> Table:
    _kind(kind)
    grid = _grid(file_id)
    with desk.system_reading() as tx:
        return administration_imports.READERS[kind](tx, grid)
