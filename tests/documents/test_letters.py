"""Official letters read back: what stands in the docx and in the PDF is what the document's row says."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from pypdf import PdfReader

from webapp.documents import docx_file, kinds, pdf_file
from webapp.documents.letter import Letter, chinese_date
from webapp.errors import Misconfigured

FONTS = Path("/usr/share/fonts")
LIST = [
    {
        "number": 1,
        "base_name": "柔性传感国际科技合作基地",
        "category": "联合研发类",
        "host_name": "鉴湖师范大学",
        "leader": "钱逸尘",
        "city": "绍兴市",
        "recommender": "浙江省教育厅",
    },
    {
        "number": 2,
        "base_name": "𠮷山材料国际科技合作基地",
        "category": "特色发展类",
        "host_name": "镜湖纺织新材料有限公司",
    },
]


def designation(**changes: Any) -> Letter:
    content = {
        "recipients": "各设区市科技局，省级有关部门",
        "basis": "《省科技厅国际科技合作基地管理办法》第十一条",
        "round": "2026年度",
        "list": LIST,
        **changes,
    }
    title = "关于公布2026年度浙江省国际科技合作基地认定名单的通知"
    return kinds.letter("designation", title, "浙科发外〔2026〕12号", date(2026, 3, 2), content, "a1b2c3d4e5f60718")


def pdf_text(data: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages).replace("\n", "").replace(" ", "")


@pytest.mark.article("11(4)")
def test_designation_names_every_base_in_docx_and_pdf() -> None:
    """第十一条（四）：发文认定。"""
    letter = designation()
    document = Document(BytesIO(docx_file.write(letter)))
    paragraphs = "".join(p.text for p in document.paragraphs)
    table = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    pdf = pdf_text(pdf_file.write(letter, FONTS))
    for text in ("浙科发外〔2026〕12号", "2026年3月2日", "浙江省科学技术厅", "现认定“柔性传感国际科技合作基地”等2家"):
        assert text in paragraphs
        assert text in pdf
    assert table[0] == [label for _, label in kinds.LIST_COLUMNS]
    assert table[1][:4] == ["1", "柔性传感国际科技合作基地", "联合研发类", "鉴湖师范大学"]
    assert "鉴湖师范大学" in pdf
    assert "留痕校验码a1b2c3d4e5f60718" in pdf


@pytest.mark.article("11(1)")
def test_round_notice_states_window_and_deadline() -> None:
    """第十一条（一）：工作通知。"""
    content = {
        "recipients": "各有关单位",
        "body": "现组织开展认定工作。\n请认真组织。",
        "categories": ["联合研发类", "开放服务类"],
        "window_from": "2026-03-09",
        "window_to": "2026-04-10",
        "recommend_by": "2026-05-01",
        "contact": "沈予安",
        "phone": "0571-87000000",
    }
    letter = kinds.letter("round_notice", "关于组织申报的通知", None, date(2026, 3, 2), content, "")
    text = pdf_text(pdf_file.write(letter, FONTS))
    for part in ("2026年3月9日至2026年4月10日", "2026年5月1日前", "联合研发类、开放服务类", "联系人：沈予安"):
        assert part in text


def test_data_is_never_markup() -> None:
    """What a host typed cannot run in the PDF's typesetter nor break the docx."""
    evil = '#read("/etc/hostname") $x$ *粗* _斜_ <script> {{7*7}} \\ "引号"'
    letter = designation(list=[{**LIST[0], "base_name": evil}])
    text = pdf_text(pdf_file.write(letter, FONTS))
    assert '#read("/etc/hostname")' in text
    assert "{{7*7}}" in text
    table = Document(BytesIO(docx_file.write(letter))).tables[0]
    assert table.rows[1].cells[1].text == evil


def test_fonts_are_embedded() -> None:
    reader = PdfReader(BytesIO(pdf_file.write(designation(), FONTS)))
    fonts = reader.pages[0]["/Resources"]["/Font"]  # type: ignore[index]  # the page has text
    assert all("+" in str(font.get_object()["/BaseFont"]) for font in fonts.values())


def test_a_kind_without_words_is_refused() -> None:
    with pytest.raises(Misconfigured, match="没有“unknown”类公文"):
        kinds.letter("unknown", "", None, None, {}, "")


def test_dates_have_no_leading_zeros() -> None:
    """GB/T 9704-2012, 7.3.5.4."""
    assert chinese_date(date(2026, 3, 2)) == "2026年3月2日"
