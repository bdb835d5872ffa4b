"""Attachments: bytes are safely on disk before a row names them."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests import factories
from webapp import failpoints
from webapp.errors import Full, Invalid, Missing
from webapp.store import files
from webapp.store.db import Tx
from webapp.store.files import Folder

Writing = Callable[[], AbstractContextManager[Tx]]
MB = 1 << 20


def test_bytes_come_back_as_they_were(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "files")
    content = os.urandom(3 * MB + 17)
    stored = folder.put(io.BytesIO(content), limit=5 * MB)
    assert stored.size == len(content)
    assert b"".join(folder.chunks(stored.sha256)) == content
    assert folder.is_whole(stored.sha256)
    assert folder.put(io.BytesIO(content), limit=5 * MB) == stored
    found = [path.relative_to(folder.path).parts for path in folder.path.rglob("*") if path.is_file()]
    assert found == [(stored.sha256[:2], stored.sha256[2:4], stored.sha256)]


@pytest.mark.parametrize(("content", "limit"), [(b"", MB), (b"x" * (MB + 1), MB)])
def test_nothing_and_too_much_are_refused_and_leave_nothing(tmp_path: Path, content: bytes, limit: int) -> None:
    folder = Folder(tmp_path)
    with pytest.raises(Invalid):
        folder.put(io.BytesIO(content), limit=limit)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_no_space_is_said(tmp_path: Path) -> None:
    class Unwritable(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(28, "No space left on device")

    with pytest.raises(Full):
        Folder(tmp_path).put(Unwritable(), limit=MB)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63])
def test_only_hashes_are_opened(tmp_path: Path, name: str) -> None:
    with pytest.raises(Missing):
        Folder(tmp_path).open(name)


def test_damaged_bytes_are_noticed(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    stored = folder.put(io.BytesIO(b"seal"), limit=MB)
    next(path for path in tmp_path.rglob(stored.sha256)).write_bytes(b"seat")
    assert not folder.is_whole(stored.sha256)
    assert not folder.is_whole("0" * 64)


def test_sweeping_takes_orphans_and_halves_only(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    kept, orphan = (folder.put(io.BytesIO(each), limit=MB) for each in (b"kept", b"orphan"))
    (tmp_path / "x.part").write_bytes(b"half")
    assert folder.sweep([kept.sha256], older_than=time.time() - 3600) == 0
    assert folder.sweep([kept.sha256], older_than=time.time() + 1) == 2
    assert folder.is_whole(kept.sha256)
    assert not folder.is_whole(orphan.sha256)


def test_rows_belong_to_one_case_and_refused_ones_are_never_opened(writing: Writing, tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    stored = folder.put(io.BytesIO(b"agreement"), limit=MB)
    with writing() as tx:
        one, two = factories.add_case(tx).id, factories.add_case(tx).id
        file_id = files.add(tx, stored, name="合作协议.pdf", by="p", owner_org="o", type="application/pdf")
        files.link(tx, [file_id], case_id=one)
        files.link(tx, [file_id], case_id=two)
        files.link(tx, [], case_id=two)
    with writing() as tx:
        row, stream = files.open(tx, folder, file_id)
        with stream:
            assert (row.case_id, row.size, stream.read()) == (one, 9, b"agreement")
        assert [each.id for each in files.of_case(tx, one)] == [file_id]
        assert list(files.many(tx, [file_id, "", "other"])) == [file_id]
        assert files.many(tx, []) == {}
        assert files.hashes(tx) == {stored.sha256}
        files.judged(tx, file_id, "refused")
    with writing() as tx:
        with pytest.raises(Invalid):
            files.open(tx, folder, file_id)
        with pytest.raises(Missing):
            files.get(tx, "nowhere")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("认定通知.pdf", "认定通知.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\申报书.docx", "申报书.docx"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
        ("e\u0301.pdf", "\u00e9.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("x" * 300, "x" * 120),
        ("...", "附件"),
        ("", "附件"),
    ],
)
def test_names_are_data(given: str, kept: str) -> None:
    """security.md 4."""
    assert files.clean_name(given) == kept


PROGRAM = """
import io, sys
from pathlib import Path
from webapp.store.files import Folder
Folder(Path(sys.argv[1])).put(io.BytesIO(b"content"), limit=100)
"""


@pytest.mark.parametrize("name", ["file_written", "file_renamed"])
def test_a_crash_leaves_a_half_or_the_whole(tmp_path: Path, name: str) -> None:
    assert name in failpoints.NAMES
    run = subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path)], env={**os.environ, "GUOHE_FAILPOINT": name})
    assert run.returncode == failpoints.EXIT_CODE
    found = [path.suffix for path in tmp_path.rglob("*") if path.is_file()]
    assert found == ([".part"] if name == "file_written" else [""])
