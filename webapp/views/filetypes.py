"""Is an uploaded file what it says, and harmless? Decided by its bytes and its inner build, never by its name alone.

Allowed: PDF, Word, Excel (OOXML only), PNG, JPEG, OFD. Rules of security.md 4. Knows nothing of requests or rows.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from typing import Any

from pypdf import PdfReader
from pypdf.generic import IndirectObject

from webapp.errors import Invalid

LONGEST_NAME = 120
UNPACKED = 50 * 1024 * 1024
RATIO = 100
MEMBERS = 2_000
PDF_OBJECTS = 200_000

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OFD = "application/ofd"

BY_ENDING = {"pdf": PDF, "docx": DOCX, "xlsx": XLSX, "png": PNG, "jpg": JPEG, "jpeg": JPEG, "ofd": OFD}
ACCEPT = ",".join(f".{ending}" for ending in BY_ENDING)
NAMED = "PDF、Word（docx）、Excel（xlsx）、OFD、PNG、JPG"
PREVIEWED = frozenset({PDF, PNG, JPEG})

_BIDI = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_EXTERNAL = re.compile(rb'TargetMode\s*=\s*["\']External["\']', re.IGNORECASE)
_LINK = re.compile(rb'Type\s*=\s*["\'][^"\']*/hyperlink["\']', re.IGNORECASE)
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>", re.IGNORECASE)
_ACTIVE = ("/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/RichMedia", "/XFA")
_ACTIONS = ("/JavaScript", "/Launch", "/ImportData", "/SubmitForm")
_PROGRAMS = (".zip", ".exe", ".dll", ".js", ".vbs", ".bat", ".cmd", ".scr", ".jar")
_HIDDEN = ("vbaproject", "/activex/", "/embeddings/")
_EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR"


@dataclass(frozen=True)
class Accepted:
    """A file that passed: its clean name and the type it really has."""

    name: str
    type: str


def check(name: str, content: bytes, *, max_bytes: int) -> Accepted:
    """The file may be stored under that name and type; raises Invalid with what to do instead."""
    clean = clean_name(name)
    ending = clean.rpartition(".")[2].lower()
    wanted = BY_ENDING.get(ending)
    if wanted is None:
        raise _refuse(f"不支持该文件类型，请上传 {NAMED} 文件。")
    if not content:
        raise _refuse("文件是空的，请重新选择。")
    if len(content) > max_bytes:
        raise _refuse(f"文件超过 {max_bytes // 1024 // 1024} MB，请压缩或拆分后上传。")
    if _EICAR in content:
        raise _refuse("文件含有病毒特征，已拒绝。")
    if _sniff(content) != wanted:
        raise _refuse(f"文件内容与扩展名“.{ending}”不符，请重新导出后上传。")
    return Accepted(clean, wanted)


def clean_name(name: str) -> str:
    """The last part of the path, NFC, without control and direction characters, at most 120 characters, never empty."""
    text = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    text = _BIDI.sub(
        "", "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp"))
    ).strip(" .")
    stem, dot, ending = text.rpartition(".")
    if len(text) > LONGEST_NAME and dot and len(ending) < 10:
        text = f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"
    return text[:LONGEST_NAME] or "未命名"


def _sniff(content: bytes) -> str | None:
    """The type that the content proves; Invalid when it is a known type with something dangerous inside."""
    if content[:5] == b"%PDF-":
        _check_pdf(content)
        return PDF
    if content[:8] == b"\x89PNG\r\n\x1a\n":
        return PNG
    if content[:3] == b"\xff\xd8\xff":
        return JPEG
    if content[:4] == b"PK\x03\x04":
        return _sniff_zip(content)
    return None


def _check_pdf(content: bytes) -> None:
    """Readable, not encrypted, nothing in it that acts (scripts, launches, embedded files)."""
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise _refuse("PDF 已加密，请去除口令后上传。")
        found = _active_names(reader)
    except Invalid:
        raise
    except Exception:  # a parser fed hostile bytes may raise anything
        raise _refuse("PDF 无法打开，请重新导出后上传。") from None
    if found:
        raise _refuse("PDF 含有脚本、启动动作或内嵌文件，请另存为普通 PDF 后上传。")


def _active_names(reader: PdfReader) -> bool:
    """Looks into every object, compressed ones included; the number of objects is bounded."""
    root: Any = reader.trailer["/Root"].get_object()
    if any(name in root for name in ("/OpenAction", "/AA")) and _acts(root):
        return True
    count = 0
    for generation, entries in reader.xref.items():
        for number in entries:
            count += 1
            if count > PDF_OBJECTS:
                raise ValueError("too many objects")
            if _is_active(reader, number, generation):
                return True
    return any(_is_active(reader, number, 0) for number in list(reader.xref_objStm)[:PDF_OBJECTS])


def _acts(root: object) -> bool:
    return any(name in str(root) for name in _ACTIVE)


def _is_active(reader: PdfReader, number: int, generation: int) -> bool:
    from_table: Any = reader.get_object(_reference(reader, number, generation))
    keys = getattr(from_table, "keys", None)
    if keys is None or from_table is None:
        return False
    names = {str(key) for key in keys()}
    if names & set(_ACTIVE):
        return True
    kind = from_table.raw_get("/S") if "/S" in names else None
    return (
        str(kind) in ("/JavaScript", "/Launch", "/ImportData", "/SubmitForm")
        or str(from_table.get("/Type")) == "/EmbeddedFile"
    )


def _reference(reader: PdfReader, number: int, generation: int) -> IndirectObject:
    return IndirectObject(number, generation, reader)


def _sniff_zip(content: bytes) -> str | None:
    """DOCX, XLSX or OFD by their parts; Invalid for macros, bombs, nested archives and links to the outside."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = _check_members(archive, len(content))
            if "OFD.xml" in names:
                return OFD
            if "[Content_Types].xml" not in names:
                return None
            _check_office(archive, names)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise _refuse("文件已损坏或已加密，请重新导出后上传。") from None
    if "word/document.xml" in names:
        return DOCX
    return XLSX if "xl/workbook.xml" in names else None


def _check_members(archive: zipfile.ZipFile, packed: int) -> set[str]:
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if len(members) > MEMBERS or unpacked > UNPACKED or unpacked > packed * RATIO:
        raise _refuse("文件解压后过大，请精简后上传。")
    names = [member.filename for member in members]
    if len(set(names)) != len(names) or any(name.startswith("/") or ".." in name.split("/") for name in names):
        raise _refuse("文件结构异常，请重新导出后上传。")
    if any(
        name.lower().endswith((".zip", ".exe", ".dll", ".js", ".vbs", ".bat", ".cmd", ".scr", ".jar")) for name in names
    ):
        raise _refuse("文件内嵌了压缩包或程序，请去除后上传。")
    return set(names)


def _check_office(archive: zipfile.ZipFile, names: set[str]) -> None:
    if any(
        "vbaproject" in name.lower() or "/activex/" in name.lower() or "/embeddings/" in name.lower() for name in names
    ):
        raise _refuse("文件含有宏、控件或内嵌对象，请另存为不含宏的文件后上传。")
    for name in names:
        if name.endswith(".rels"):
            _check_relations(archive.read(name))


def _check_relations(text: bytes) -> None:
    """Only hyperlinks may point outside; templates, pictures and data from elsewhere are fetched without asking."""
    for relation in _RELATION.findall(text):
        if _EXTERNAL.search(relation) and not _LINK.search(relation):
            raise _refuse("文件引用了外部模板或图片，请将内容嵌入后上传。")


def _refuse(message: str) -> Invalid:
    return Invalid({"file": message}, message)
