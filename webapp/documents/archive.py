"""归档包: everything of an ended case in one zip, with a list of contents and the hash of every file (电子档案).

Only what the case is: built anew it has the same bytes. The Province alone may have it, as it holds the experts' sheets.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from webapp import clock
from webapp.config import Settings
from webapp.documents import attachments, form_sheet
from webapp.documents.form_sheet import Sheet
from webapp.documents.render import render
from webapp.engine import context, forms
from webapp.engine.forms.showing import Shown
from webapp.errors import Misconfigured
from webapp.store import applications, cases, documents, files, inbox, journal, organisations, people, submissions
from webapp.store.db import Database, Tx
from webapp.store.principal import Principal
from webapp.store.tables import Case, Document, File, Submission
from webapp.store.tables.types import canonical

ACTION = "archive"
ENDED = ("done", "cancelled")
LIMIT = 8 << 30
"""Bytes of the largest package."""
ZIP = "application/zip"
COLUMNS = ("序号", "文件", "说明", "字节", "SHA-256（前16位）")


@dataclass(frozen=True)
class Item:
    """One file of the package: its bytes, or the content of the attachments' folder that they are."""

    path: str
    about: str
    content: bytes = b""
    stored: str = ""


def build(database: Database, settings: Settings, case_id: str) -> bool:
    """Whether the package was made now; an open case and one that has its package are left alone. Safe to run twice."""
    worker = Principal.system_("worker")
    with database.reading(worker) as tx:
        case = cases.get(tx, case_id)
        if case.status not in ENDED or package(tx, case_id) is not None:
            return False
        unfinished = [row.id for row in _documents(tx, case) if row.status == "rendering"]
    for document_id in unfinished:
        render(database, settings, document_id)
    folder = files.Folder(settings.files)
    with TemporaryFile() as target:
        with database.reading(worker) as tx:
            count = write(tx, cases.get(tx, case_id), target, folder, settings.fonts)
        target.seek(0)
        stored = folder.put(target, limit=LIMIT)
    with database.writing(worker) as tx:
        case = cases.lock(tx, case_id)
        if package(tx, case_id) is not None:
            return False
        name = f"归档包 {case.number}.zip"
        file_id = files.add(tx, stored, name=name, by=worker.person_id, type=ZIP, status="clean", private=True)
        after = {"file": file_id, "sha256": stored.sha256, "files": count}
        journal.append(tx, case.id, journal.Entry(ACTION, worker.person_id, after=after, private=True), case=case)
    return True


def package(tx: Tx, case_id: str) -> str | None:
    """Id of the case's package in the attachments; None while there is none."""
    entry = journal.last_of(tx, case_id, ACTION)
    return str(json.loads(entry.after or "{}")["file"]) if entry is not None else None


def write(tx: Tx, case: Case, target: IO[bytes], folder: files.Folder, fonts: Path) -> int:
    """The package of the case as the transaction sees it is in `target`; answers how many files it holds."""
    listed: list[dict[str, Any]] = []
    moment = clock.local(case.ended_at or case.started_at).timetuple()[:6]
    with ZipFile(target, "w") as package:
        for item in _items(tx, case, fonts):
            size, digest = _put(package, item, folder, moment)
            listed.append({"path": item.path, "about": item.about, "size": size, "sha256": digest})
        index = form_sheet.write(_index(case, listed), fonts)
        _put(package, Item("目录.pdf", "目录", index), folder, moment)
        listed.append({"path": "目录.pdf", "about": "目录", "size": len(index), "sha256": _sha256(index)})
        _put(
            package,
            Item("manifest.json", "", _json({"case": case.id, "number": case.number, "files": listed})),
            folder,
            moment,
        )
    return len(listed)


def _put(package: ZipFile, item: Item, folder: files.Folder, moment: Any) -> tuple[int, str]:
    """The item's (bytes, SHA-256) as they went into the package."""
    entry = ZipInfo(item.path, moment)
    entry.compress_type = ZIP_STORED if item.stored else ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    size, digest = 0, hashlib.sha256()
    pieces = folder.chunks(item.stored) if item.stored else iter([item.content])
    with package.open(entry, "w", force_zip64=True) as out:
        for piece in pieces:
            size += len(piece)
            digest.update(piece)
            out.write(piece)
    return size, digest.hexdigest()


# ------------------------------------------------------------------------------------------ what goes in


def _items(tx: Tx, case: Case, fonts: Path) -> Iterator[Item]:
    rows = submissions.of_case(tx, case.id)
    yield Item("case.json", "事项、填报、意见、公文和留痕（结构化数据）", _json(_facts(tx, case, rows)))
    words = _Words(tx, case, rows)
    for number, row in enumerate((row for row in rows if row.form), 1):
        element = words.element(row.element)
        sheet = form_sheet.of_submission(
            tx, case, row, element=element, outcome=words.outcome(row), by=words.name(row.by)
        )
        yield Item(
            f"表单/{number:03d}-{_plain(element)}.pdf",
            f"{element}（{words.name(row.by)}）",
            form_sheet.write(sheet, fonts),
        )
    issued = _documents(tx, case)
    rendered = {each for row in issued for each in (row.pdf_file, row.docx_file)}
    held = [row for row in files.of_case(tx, case.id) if row.id not in rendered]
    places = attachments.places(tx, case, rows)
    for number, attachment in enumerate(held, 1):
        about = f"附件：{places.get(attachment.id, attachments.UNNAMED)}"
        yield Item(f"附件/{number:03d}-{_plain(attachment.name)}", about, stored=attachment.sha256)
    for number, document in enumerate(issued, 1):
        yield from _papers(tx, number, document)


def _papers(tx: Tx, number: int, row: Document) -> Iterator[Item]:
    about = f"{row.doc_no or ''} {row.title}".strip()
    yield Item(f"公文/{number:03d}.json", f"{about}（内容）", _json(row.facts()))
    found: Mapping[str, File] = files.many(tx, [each for each in (row.pdf_file, row.docx_file) if each])
    for ending, file_id in (("pdf", row.pdf_file), ("docx", row.docx_file)):
        if file_id and file_id in found:
            yield Item(f"公文/{number:03d}-{_plain(row.title)}.{ending}", about, stored=found[file_id].sha256)


def _documents(tx: Tx, case: Case) -> list[Document]:
    """Documents of the case, the one that decided on it, and what corrected any of them."""
    found = {row.id: row for row in documents.of_case(tx, case.id)}
    doc_no = applications.facts(tx, case.id).get("doc_no")
    decided = documents.by_doc_no(tx, str(doc_no)) if doc_no else None
    if decided is not None:
        found[decided.id] = decided
    return [found[key] for key in sorted(found)]


def _facts(tx: Tx, case: Case, rows: Sequence[Submission]) -> Mapping[str, Any]:
    names = (
        "id", "number", "process", "title", "status", "end", "release_id", "parameters_on", "host_id", "recommender_id",
        "round_id", "base_id", "parent_id", "city", "started_at", "started_by", "ended_at",
    )  # fmt: skip
    history = [entry for entry in journal.of_case(tx, case.id) if entry.action != ACTION]
    tasks = sorted(inbox.of_case(tx, case.id), key=lambda task: (task.arrived_at, task.id))
    return {
        "case": {name: getattr(case, name) for name in names},
        "application": applications.facts(tx, case.id),
        "host": organisations.names(tx, [case.host_id]).get(case.host_id or "", ""),
        "recommender": organisations.names(tx, [case.recommender_id]).get(case.recommender_id or "", ""),
        "forms": dict(context.of(tx).catalog.manifest(tx, case.release_id or "")),
        "tasks": [task.facts() for task in tasks],
        "submissions": [row.facts() for row in rows],
        "documents": [
            {"id": row.id, "kind": row.kind, "doc_no": row.doc_no, "hash": row.hash} for row in _documents(tx, case)
        ],
        "attachments": [{"id": row.id, "name": row.name, "sha256": row.sha256} for row in files.of_case(tx, case.id)],
        "journal": [entry.facts() for entry in history],
        "journal_head": history[-1].hash if history else "",
    }


class _Words:
    """Names of the case's people, steps and outcomes."""

    def __init__(self, tx: Tx, case: Case, rows: Sequence[Submission]) -> None:
        self._names = people.names(tx, {row.by for row in rows})
        try:
            self._elements = context.of(tx).catalog.definition(tx, case.release_id or "", case.process).elements
        except Misconfigured:
            self._elements = {}

    def name(self, person_id: str) -> str:
        return self._names.get(person_id, person_id)

    def element(self, element: str) -> str:
        found = self._elements.get(element)
        return str(found.name or element) if found is not None else element

    def outcome(self, row: Submission) -> str:
        found = self._elements.get(row.element)
        declared = found.properties.get("outcomes", "") if found is not None else ""
        try:
            known = {each.id: each.label for each in forms.parse_outcomes(declared)}
        except Misconfigured:
            known = {}
        return known.get(row.outcome or "", row.outcome or "")


def _index(case: Case, listed: Sequence[Mapping[str, Any]]) -> Sheet:
    rows = tuple(
        (str(number), str(each["path"]), str(each["about"]), str(each["size"]), str(each["sha256"])[:16])
        for number, each in enumerate(listed, 1)
    )
    meta = [("编号", case.number), ("事项", case.title), ("结束", _day(case)), ("件数", str(len(rows)))]
    foot = "manifest.json 列有全部文件的 SHA-256，可据以核对"
    return Sheet("归档目录", meta, [Shown("", "", "", COLUMNS, rows)], foot)


def _day(case: Case) -> str:
    return clock.local(case.ended_at).strftime("%Y-%m-%d %H:%M:%S") if case.ended_at else ""


def _plain(name: str) -> str:
    return files.clean_name(name)


def _json(value: Any) -> bytes:
    """Readable and always in the same order; dates and decimals as the journal writes them."""
    return json.dumps(json.loads(canonical(value)), ensure_ascii=False, indent=1, sort_keys=True).encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
