"""Papers made for whoever asks: the certificate of a base, a submitted form, the archive package of an ended case."""

from __future__ import annotations

from io import BytesIO
from typing import Any, BinaryIO

import structlog
from flask import Blueprint, Response, flash, redirect, send_file, url_for

from webapp.documents import archive, certificate, form_sheet
from webapp.errors import Missing, Rejected
from webapp.store import cases, files, register, submissions
from webapp.store.db import Tx
from webapp.store.tables import Base, Case
from webapp.views import casefile, desk, policies, uploads

log = structlog.get_logger("papers")
bp = Blueprint("papers", __name__)

PDF = "application/pdf"


def load_base(tx: Tx, base_id: str) -> Base:
    """The base named in the address."""
    return register.base(tx, base_id)


def load_case(tx: Tx, case_id: str) -> Case:
    """The case named in the address."""
    return cases.get(tx, case_id)


@bp.get("/bases/<base_id>/certificate", policy=policies.CERTIFICATE, loads=load_base)
def base_certificate() -> Response:
    """认定证书 as PDF, as the register is today."""
    row: Base = desk.loaded()
    with desk.system_reading() as tx:
        made = certificate.of_base(tx, row)
    address = url_for("verify.ask", number=made.doc_no, mark=made.mark, _external=True)
    return _download(BytesIO(certificate.write(made, address, desk.settings().fonts)), f"认定证书 {made.code}.pdf", PDF)


@bp.get("/cases/<case_id>/forms/<submission_id>/pdf", policy=policies.CASE_READ, loads=load_case)
def form(submission_id: str) -> Response:
    """The submitted form as PDF, with its version and the code that ties a sealed scan to it."""
    case: Case = desk.loaded()
    with desk.reading() as tx:
        row = submissions.get(tx, submission_id)
        if row.case_id != case.id:
            raise Missing
        file = casefile.of_case(tx, case)
    with desk.system_reading() as tx:
        sheet = form_sheet.of_submission(
            tx,
            case,
            row,
            element=file.elements[row.element].name if row.element in file.elements else row.element,
            outcome=file.outcome_label(row.element, row.outcome),
            by=file.names.get(row.by, ""),
        )
    content = form_sheet.write(sheet, desk.settings().fonts)
    return _download(BytesIO(content), f"{case.number} {sheet.title}.pdf", PDF)


@bp.get("/cases/<case_id>/archive", policy=policies.CASE_ARCHIVE, loads=load_case)
def package() -> Response:
    """The archive package, once it is made."""
    case: Case = desk.loaded()
    with desk.system_reading() as tx:
        found = archive.package(tx, case.id)
        row = files.get(tx, found) if found else None
    if row is None:
        raise Rejected("归档包尚未生成，请稍后再试。")
    return _download(files.Folder(desk.settings().files).open(row.sha256), row.name, archive.ZIP)


@bp.post("/cases/<case_id>/archive", policy=policies.CASE_ARCHIVE, loads=load_case)
def make_package() -> Any:
    """The package is there, made now if the job has not made it."""
    case: Case = desk.loaded()
    if case.status not in archive.ENDED:
        raise Rejected("事项办结后才能归档。")
    archive.build(desk.desk().database, desk.settings(), case.id)
    flash("归档包已生成。", "success")
    return redirect(url_for("case.show", case_id=case.id))


def _download(stream: BinaryIO, name: str, kind: str) -> Response:
    response: Response = send_file(stream, mimetype=kind, conditional=False)
    response.headers["Content-Disposition"] = desk.download_name(files.clean_name(name))
    response.headers["Content-Security-Policy"] = uploads.SANDBOX
    response.headers["Cache-Control"] = "private, no-store"
    log.info("download", name=name)
    return response
