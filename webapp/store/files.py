"""Attachments: rows here, bytes in a folder by content. A row never points at bytes that are not safely on disk."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import bindparam, select, update

from webapp import clock, failpoints
from webapp.errors import Full, Invalid, Missing
from webapp.store.db import Tx, stmt
from webapp.store.ids import new_id
from webapp.store.tables import File

_ROW = File.plain().c
_LINKING = (
    update(File.plain())
    .where(_ROW.id.in_(bindparam("files", expanding=True)), _ROW.case_id.is_(None))
    .values(case_id=bindparam("case"), private=bindparam("hidden"))
)

CHUNK = 1 << 20
LONGEST_NAME = 120
_NO_SPACE = {28, 122}  # ENOSPC, EDQUOT
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True)
class Stored:
    """Bytes that are safely on disk; `size` in bytes."""

    sha256: str
    size: int


class Folder:
    """Bytes by their SHA-256, two levels of folders; equal contents are stored once."""

    def __init__(self, path: Path) -> None:
        """The folder is made when the first bytes come."""
        self.path = path

    def put(self, stream: BinaryIO, *, limit: int) -> Stored:
        """The bytes are on disk under their hash. Raises Invalid past `limit` bytes or for none, Full without space.

        A half-written file is never visible under its final name; a crash leaves only a `.part` for `sweep`.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        part = self.path / f"{secrets.token_hex(16)}.part"
        try:
            stored = self._write(part, stream, limit)
            failpoints.hit("file_written")
            target = self._place(stored.sha256)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(part, target)
            _sync_folder(target.parent)
            failpoints.hit("file_renamed")
            return stored
        except OSError as error:
            if error.errno in _NO_SPACE:
                raise Full from error
            raise
        finally:
            part.unlink(missing_ok=True)

    def open(self, sha256: str) -> BinaryIO:
        """The bytes, read from the start; raises Missing."""
        try:
            return self._place(sha256).open("rb")
        except OSError:
            raise Missing("附件内容已丢失，请联系系统管理员。") from None

    def chunks(self, sha256: str) -> Iterator[bytes]:
        """The bytes, a piece at a time."""
        with self.open(sha256) as stream:
            while piece := stream.read(CHUNK):
                yield piece

    def is_whole(self, sha256: str) -> bool:
        """Whether the bytes are there and still have their hash."""
        try:
            digest = hashlib.sha256()
            for piece in self.chunks(sha256):
                digest.update(piece)
        except Missing:
            return False
        return digest.hexdigest() == sha256

    def sweep(self, known: Iterable[str], *, older_than: float) -> int:
        """Bytes that no row names, and halves, last touched before that time (epoch s), are gone; answers how many."""
        keep, gone = set(known), 0
        for path in self.path.rglob("*"):
            if path.is_file() and path.name not in keep and path.stat().st_mtime < older_than:
                path.unlink(missing_ok=True)
                gone += 1
        return gone

    def _place(self, sha256: str) -> Path:
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise Missing("附件标识无效。")
        return self.path / sha256[:2] / sha256[2:4] / sha256

    def _write(self, part: Path, stream: BinaryIO, limit: int) -> Stored:
        digest, size = hashlib.sha256(), 0
        with part.open("xb") as target:
            while piece := stream.read(CHUNK):
                size += len(piece)
                if size > limit:
                    raise Invalid({"file": f"文件超过 {limit // CHUNK} MB，请压缩或拆分后重新上传。"})
                digest.update(piece)
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
        if not size:
            raise Invalid({"file": "文件是空的，请重新选择。"})
        return Stored(digest.hexdigest(), size)


def add(tx: Tx, stored: Stored, *, name: str, by: str, **fields: Any) -> str:
    """A row for bytes already in the folder; answers its id. status is received unless said."""
    row = {"id": new_id(), "sha256": stored.sha256, "size": stored.size, "name": clean_name(name), "by": by}
    tx.insert(File, [{"at": clock.now(), **row, **fields}])
    return str(row["id"])


def get(tx: Tx, file_id: str) -> File:
    """The file's row; raises Missing."""
    row = tx.get(File, file_id)
    if row is None:
        raise Missing("未找到该附件，可能尚未通过安全检查或不在您的权限范围内。")
    return row


def open(tx: Tx, folder: Folder, file_id: str) -> tuple[File, BinaryIO]:
    """The row and its bytes, as far as the principal may see it; raises Missing, and Invalid when it was refused."""
    row = get(tx, file_id)
    if row.status == "refused":
        raise Invalid({"file": "该附件未通过安全检查，不能下载。"})
    return row, folder.open(row.sha256)


def link(tx: Tx, file_ids: Iterable[str], *, case_id: str, private: bool = False) -> None:
    """The files belong to the case, as far as they belonged to none."""
    wanted = list(file_ids)
    if wanted:
        with stmt("files.link"):
            tx.change(_LINKING, {"files": wanted, "case": case_id, "hidden": private})


def judged(tx: Tx, file_id: str, status: str) -> None:
    """The check for malware said so. status: quarantined, clean, refused."""
    tx.execute(update(File).where(File.id == file_id).values(status=status))


def of_case(tx: Tx, case_id: str) -> Sequence[File]:
    """The case's visible files, in order."""
    return tx.scalars(select(File).where(File.case_id == case_id).order_by(File.id)).all()


def many(tx: Tx, file_ids: Iterable[str]) -> dict[str, File]:
    """The visible ones of these files by id."""
    wanted = [file_id for file_id in file_ids if file_id]
    if not wanted:
        return {}
    return {row.id: row for row in tx.scalars(select(File).where(File.id.in_(wanted)))}


def hashes(tx: Tx) -> set[str]:
    """The contents that rows name."""
    return set(tx.scalars(select(File.sha256).distinct()))


def clean_name(name: str) -> str:
    """The name as data: NFC, no path, no control or direction marks, at most 120 characters with its ending."""
    plain = _FORBIDDEN.sub("", unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if dot and len(ending) <= 10:
        return (stem[: LONGEST_NAME - len(ending) - 1] + dot + ending) or "附件"
    return plain[:LONGEST_NAME] or "附件"


def _sync_folder(path: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
