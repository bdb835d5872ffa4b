"""公文: the list of those one may read, each with its text and, once rendered, docx and PDF."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Blueprint, Response, render_template, request, send_file, url_for

from webapp.errors import Missing, Rejected
from webapp.store import documents, files, pages_cases, rounds
from webapp.store.db import Tx
from webapp.store.tables import Document
from webapp.views import desk, filetypes, labels, policies, uploads

log = structlog.get_logger("documents")
bp = Blueprint("documents", __name__, url_prefix="/documents")

PAGE = 30
SHORT = 40
"""Characters of a value that stands beside others."""


def load(tx: Tx, document_id: str) -> Document:
    """The document named in the address."""
    return documents.get(tx, document_id)


@bp.get("", policy=policies.DOCUMENT_LIST)
def show_all() -> str:
    """One page of the list, the newest first."""
    query = request.args.get("q", "").strip()[:60]
    kind = request.args.get("kind", "")
    kind = kind if kind in labels.DOCUMENT_KIND else ""
    with desk.reading() as tx:
        page = documents.search(
            tx, query, kind=kind or None, after=request.args.get("after", "")[:60] or None, limit=PAGE
        )
    return render_template(
        "documents/list.html",
        rows=page.rows,
        query=query,
        kind=kind,
        next=url_for(".show_all", q=query or None, kind=kind or None, after=page.after) if page.after else None,
        labels=labels,
    )


@bp.get("/<document_id>", policy=policies.DOCUMENT_READ, loads=load)
def show() -> str:
    """One document: number, date, its text as data, the files."""
    row: Document = desk.loaded()
    with desk.reading() as tx:
        round_row = _round(tx, row)
        corrections = documents.corrections_of(tx, row.id)
        has_case = bool(row.case_id) and bool(pages_cases.visible(tx, [row.case_id or ""]))
    return render_template(
        "documents/show.html",
        row=row,
        corrections=corrections,
        may_correct=policies.DOCUMENT_CORRECT.allows(desk.principal(), row) and bool(row.case_id and row.issued_on),
        round=round_row,
        has_case=has_case,
        pairs=_pairs(row),
        tables=_tables(row),
        labels=labels,
    )


@bp.get("/<document_id>/<kind>", policy=policies.DOCUMENT_READ, loads=load)
def download(kind: str) -> Any:
    """The docx or PDF; whoever may read the document may have it."""
    row: Document = desk.loaded()
    file_id = {"docx": row.docx_file, "pdf": row.pdf_file}.get(kind)
    if kind not in ("docx", "pdf"):
        raise Missing
    if not file_id:
        raise Rejected("文件正在生成，请稍后再试。")
    with desk.system_reading() as tx:
        held = files.get(tx, file_id)
    stream = files.Folder(desk.settings().files).open(held.sha256)
    response: Response = send_file(stream, mimetype=filetypes.BY_ENDING[kind], conditional=False)
    response.headers["Content-Disposition"] = desk.download_name(f"{row.title}.{kind}")
    response.headers["Content-Security-Policy"] = uploads.SANDBOX
    response.headers["Cache-Control"] = "private, no-store"
    log.info("download", document=row.id, kind=kind)
    return response


def _round(tx: Tx, row: Document) -> Any:
    try:
        return rounds.get(tx, row.round_id) if row.round_id else None
    except Missing:
        return None


def _pairs(row: Document) -> list[tuple[str, str] | tuple[str, str, str]]:
    """The plain values of the content, for readers who need no file; what is long has a line of its own."""
    return [
        (CONTENT[name], str(value), "all") if len(str(value)) > SHORT else (CONTENT[name], str(value))
        for name, value in (row.content or {}).items()
        if isinstance(value, str | int | float) and not isinstance(value, bool) and name in CONTENT
    ]


def _tables(row: Document) -> list[tuple[str, list[str], list[list[str]]]]:
    found = []
    for name, value in (row.content or {}).items():
        if not isinstance(value, list) or not value or not isinstance(value[0], dict):
            continue
        columns = [key for key in value[0] if key in COLUMNS]
        if columns:
            lines = [[_cell(key, each.get(key)) for key in columns] for each in value if isinstance(each, dict)]
            found.append((CONTENT.get(name, "名单"), [COLUMNS[key] for key in columns], lines))
    return found


def _cell(name: str, value: Any) -> str:
    if name == "category":
        return labels.named(labels.CATEGORY, value)
    if name == "city":
        return labels.named(labels.CITIES, value)
    return "" if value is None else str(value)


CONTENT = {
    "title": "标题",
    "doc_no": "文号",
    "body": "正文",
    "text": "正文",
    "window_from": "申报开始",
    "window_to": "申报截止",
    "recommend_by": "推荐截止",
    "publicity_until": "公示截止",
    "contact": "联系人",
    "bases": "认定名单",
    "list": "名单",
    "rows": "名单",
}
COLUMNS = {
    "code": "编号",
    "base_name": "基地名称",
    "name": "基地名称",
    "category": "类别",
    "host_name": "依托单位",
    "host": "依托单位",
    "leader": "负责人",
    "city": "设区市",
    "recommender_name": "组织推荐部门",
    "reason": "理由",
}
