"""Attachments: taken in after a look inside, handed out only to whom the store shows them, always as a download."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

import structlog
from flask import Blueprint, Response, jsonify, request, send_file
from werkzeug.datastructures import FileStorage

from webapp import clock
from webapp.errors import Invalid, Missing, Rejected
from webapp.store import files, parameters
from webapp.store.db import Tx
from webapp.store.tables import File
from webapp.views import desk, filetypes, policies
from webapp.views.filetypes import ACCEPT

log = structlog.get_logger("files")
bp = Blueprint("files", __name__, url_prefix="/files")

__all__ = ["ACCEPT", "bp", "max_mb", "must_be_own", "own", "posted", "store"]

SANDBOX = "sandbox; default-src 'none'"


def load(tx: Tx, file_id: str) -> File:
    """The attachment named in the address, if the person may see it."""
    return files.get(tx, file_id)


@bp.post("", policy=policies.FILE_PUT)
def put() -> Any:
    """One file is stored and may be named in a form; JSON with its id."""
    given = request.files.get("file")
    if given is None or not given.filename:
        raise Invalid({"file": "请选择要上传的文件。"})
    return jsonify(id=store(given), name=filetypes.clean_name(given.filename))


@bp.get("/<file_id>", policy=policies.FILE_READ, loads=load)
def get() -> Any:
    """The bytes, as a download that no browser will run; pictures and PDF on request as a preview."""
    row: File = desk.loaded()
    if row.status == "refused":
        raise Missing("该文件未通过安全查验，不能下载。")
    if row.status != "clean" and row.by != desk.principal().person_id:
        raise Rejected("该文件正在查验，请稍后再试。")
    stream = files.Folder(desk.settings().files).open(row.sha256)
    response: Response = send_file(stream, mimetype=row.type or "application/octet-stream", conditional=False)
    inline = request.args.get("view") == "1" and row.type in filetypes.PREVIEWED
    disposition = desk.download_name(row.name)
    response.headers["Content-Disposition"] = disposition.replace("attachment", "inline", 1) if inline else disposition
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "private, no-store"
    log.info("download", file=row.id)
    return response


def store(given: FileStorage) -> str:
    """The file is stored; gives its random id. Raises Invalid for what is not allowed or not what it says."""
    limit = max_mb() * 1024 * 1024
    content = given.stream.read(limit + 1)
    accepted = filetypes.check(given.filename or "", content, max_bytes=limit)
    person = desk.principal()
    stored = files.Folder(desk.settings().files).put(BytesIO(content), limit=limit)
    known = {"type": accepted.type, "owner_org": person.org_id or None, "private": person.scope == "assigned"}
    with desk.commanding() as tx:
        row_id = files.add(tx, stored, name=accepted.name, by=person.person_id, status="clean", **known)
    log.info("upload", file=row_id, size=len(content), type=accepted.type)
    return row_id


def posted() -> dict[str, list[str]]:
    """Ids of the files that came with this post, stored now, by the path of their field. Raises Invalid."""
    stored: dict[str, list[str]] = {}
    for name, given in request.files.items(multi=True):
        if given and given.filename:
            path = name.removesuffix("__file")
            try:
                stored.setdefault(path, []).append(store(given))
            except Invalid as refusal:
                raise Invalid({path[:200]: next(iter(refusal.fields.values()), refusal.message)}) from None
    return stored


def must_be_own(named: Mapping[str, str], known: Iterable[str]) -> None:
    """Raises Invalid, by path, for attachments that were not there before and that the person may not see."""
    before = set(known)
    fresh = {path: file_id for path, file_id in named.items() if file_id not in before}
    with desk.reading() as tx:
        seen = files.many(tx, [str(file_id)[:60] for file_id in fresh.values()])
    foreign = [path for path, file_id in fresh.items() if file_id not in seen]
    if foreign:
        raise Invalid(dict.fromkeys(foreign, "附件不存在或您无权使用，请重新上传。"))


def own(ids: Iterable[str]) -> list[str]:
    """Those of the ids that name attachments the person may see; a forged id is dropped."""
    wanted = [each[:60] for each in ids][:100]
    with desk.reading() as tx:
        known = files.many(tx, wanted)
    return [each for each in wanted if each in known]


def max_mb() -> int:
    """Size limit of one attachment (parameter `attachment.max_mb`)."""
    with desk.system_reading() as tx:
        return int(parameters.at(tx, clock.today()).get("attachment.max_mb", 50))
