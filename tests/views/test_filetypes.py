"""Uploads: type × size × inner build. What is dangerous is refused with a sentence that says what to do."""

from __future__ import annotations

import io
import zipfile

import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from webapp.errors import Invalid
from webapp.views import filetypes

MEGA = 1024 * 1024


def pdf(*, script: bool = False, attachment: bool = False, password: str = "") -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    if script:
        action = DictionaryObject(
            {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
        )
        writer.root_object[NameObject("/OpenAction")] = writer._add_object(action)
    if attachment:
        writer.add_attachment("evil.exe", b"MZ")
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def archive(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return out.getvalue()


def docx(extra: dict[str, bytes] | None = None) -> bytes:
    out = io.BytesIO()
    Document().save(out)
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    return archive(parts | (extra or {}))


RELATION = (
    b'<Relationships><Relationship Id="r1" Type="http://x/%s" Target="http://evil.example/t" TargetMode="External"/>'
    b"</Relationships>"
)

GOOD = {
    "认定通知.pdf": pdf(),
    "申报书.docx": docx(),
    "台账.xlsx": archive({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}),
    "公文.ofd": archive({"OFD.xml": b"<OFD/>"}),
    "照片.PNG": b"\x89PNG\r\n\x1a\n" + b"0" * 20,
    "照片.jpeg": b"\xff\xd8\xff\xe0" + b"0" * 20,
    "链接.docx": docx({"word/_rels/more.xml.rels": RELATION % b"hyperlink"}),
}

BAD = {
    "program.exe": b"MZ",
    "page.html": b"<html>",
    "picture.svg": b"<svg onload=alert(1)>",
    "empty.pdf": b"",
    "html.pdf": b"<html><script>alert(1)</script>",
    "cut.pdf": pdf()[:60],
    "script.pdf": pdf(script=True),
    "attachment.pdf": pdf(attachment=True),
    "locked.pdf": pdf(password="x"),
    "exe in zip.docx": archive({"[Content_Types].xml": b"", "evil.exe": b"MZ"}),
    "plain zip.docx": archive({"a.txt": b"a"}),
    "excel.docx": archive({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}),
    "macro.docx": docx({"word/vbaProject.bin": b"x"}),
    "object.docx": docx({"word/embeddings/oleObject1.bin": b"x"}),
    "template.docx": docx({"word/_rels/settings.xml.rels": RELATION % b"attachedTemplate"}),
    "bomb.xlsx": archive({"[Content_Types].xml": b"", "xl/workbook.xml": b"0" * 60 * MEGA}),
    "ratio.xlsx": archive({"[Content_Types].xml": b"", "xl/workbook.xml": b"0" * 20 * MEGA}),
    "many.xlsx": archive({f"{n}": b"" for n in range(2_001)}),
    "traversal.docx": archive({"[Content_Types].xml": b"", "../../etc/passwd": b"x"}),
    "broken.docx": docx()[:-30],
    "eicar.pdf": b"%PDF-1.4\n" + b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
    "double.pdf.exe": pdf(),
    "noending": pdf(),
}


@pytest.mark.parametrize("name", GOOD)
def test_honest_file_is_accepted(name: str) -> None:
    accepted = filetypes.check(name, GOOD[name], max_bytes=MEGA)
    assert accepted.name == name
    assert accepted.type == filetypes.BY_ENDING[name.rpartition(".")[2].lower()]


@pytest.mark.parametrize("name", BAD)
def test_dangerous_file_is_refused_in_chinese(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        filetypes.check(name, BAD[name], max_bytes=100 * MEGA)
    assert refused.value.message.endswith("。")


def test_too_large_file_is_refused_with_the_limit() -> None:
    with pytest.raises(Invalid, match="1 MB"):
        filetypes.check("a.png", b"\x89PNG\r\n\x1a\n" + b"0" * MEGA, max_bytes=MEGA)


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\x\\认定.pdf", "认定.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("evil\u202efdp.exe", "evilfdp.exe"),
        ("a\x00.pdf", "a.pdf"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
        ("...", "未命名"),
        ("", "未命名"),
    ],
)
def test_names_are_kept_as_people_know_them_without_tricks(given_name: str, kept: str) -> None:
    assert filetypes.clean_name(given_name) == kept


@given(st.text(max_size=300))
def test_any_name_becomes_a_short_printable_one(name: str) -> None:
    clean = filetypes.clean_name(name)
    assert 0 < len(clean) <= filetypes.LONGEST_NAME
    assert "/" not in clean
    assert not any(ord(char) < 0x20 for char in clean)


@given(st.binary(max_size=2_000))
def test_random_bytes_never_break_the_checker(content: bytes) -> None:
    for start in (b"", b"%PDF-1.7\n", b"PK\x03\x04"):
        try:
            filetypes.check("a.pdf", start + content, max_bytes=MEGA)
        except Invalid:
            continue
