"""The letter as docx, to be finished in WPS or Word: margins, type sizes and line pitch of GB/T 9704-2012."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from webapp.documents.letter import Letter, Table

BODY, TITLE, HEADING = "仿宋_GB2312", "方正小标宋简体", "黑体"
"""Names of the office's own fonts: the file carries names only; WPS and Word use what the office has installed."""


def write(letter: Letter) -> bytes:
    """The bytes of the docx."""
    document = Document()
    _page(document)
    if letter.doc_no:
        _line(document, letter.doc_no, align=WD_ALIGN_PARAGRAPH.CENTER, after=20)
    _line(document, letter.title, font=TITLE, size=22, align=WD_ALIGN_PARAGRAPH.CENTER, after=28, pitch=34)
    if letter.recipients:
        _line(document, letter.recipients)
    for paragraph in letter.paragraphs:
        _line(document, paragraph, indent=True)
    for number, table in enumerate(letter.tables, 1):
        _line(document, f"附件{number if len(letter.tables) > 1 else ''}：{table.title}", indent=True)
    _signature(document, letter)
    for number, table in enumerate(letter.tables, 1):
        _annex(document, table, number if len(letter.tables) > 1 else None)
    document.core_properties.title = letter.title
    document.core_properties.author = letter.signer
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text in ("— ", None, " —"):
        run = footer.add_run(text or "")
        run.font.size = Pt(14)
        if text is None:
            for kind, value in (("begin", None), (None, "PAGE"), ("end", None)):
                run._r.append(_field(kind, value))


def _field(kind: str | None, value: str | None) -> Any:
    element = OxmlElement("w:instrText" if value else "w:fldChar")
    if value:
        element.text = value
    else:
        element.set(qn("w:fldCharType"), kind or "")
    return element


def _line(
    parent: Any,
    text: str,
    *,
    font: str = BODY,
    size: float = 16,
    align: Any = None,
    indent: bool = False,
    after: float = 0,
    pitch: float = 28,
    bold: bool = False,
) -> Any:
    paragraph = parent.add_paragraph()
    paragraph.alignment = align
    layout = paragraph.paragraph_format
    layout.space_before, layout.space_after = Pt(0), Pt(after)
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(pitch)
    if indent:
        layout.first_line_indent = Pt(size * 2)
    _run(paragraph, text, font, size, bold)
    return paragraph


def _run(paragraph: Any, text: str, font: str, size: float, bold: bool = False) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.bold, run.font.name = Pt(size), bold, "Times New Roman"
    run.font.color.rgb = RGBColor(0, 0, 0)
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def _signature(document: Any, letter: Letter) -> None:
    _line(document, "")
    for text in (letter.signer, letter.issued_on):
        if text:
            _line(document, text, align=WD_ALIGN_PARAGRAPH.RIGHT).paragraph_format.right_indent = Pt(64)
    if letter.contact:
        _line(document, f"（{letter.contact}）", indent=True)


def _annex(document: Any, table: Table, number: int | None) -> None:
    document.add_page_break()
    _line(document, f"附件{number or ''}", font=HEADING)
    _line(document, table.title, font=TITLE, size=18, align=WD_ALIGN_PARAGRAPH.CENTER, after=14, pitch=30)
    grid = document.add_table(rows=1, cols=len(table.columns))
    grid.style = "Table Grid"
    for cell, label in zip(grid.rows[0].cells, table.columns, strict=True):
        _cell(cell, label, bold=True)
    for row in table.rows:
        for cell, text in zip(grid.add_row().cells, row, strict=True):
            _cell(cell, text)


def _cell(cell: Any, text: str, *, bold: bool = False) -> None:
    _run(cell.paragraphs[0], text, HEADING if bold else BODY, 12, bold)
