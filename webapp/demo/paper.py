"""One small PDF that stands for every attachment of the demonstration."""

from __future__ import annotations

from pathlib import Path

from webapp.documents import pdf_file
from webapp.documents.letter import Letter


def evidence(fonts: Path) -> bytes:
    """A page that says that it is a sample."""
    page = Letter(
        "佐证材料（样例）",
        "",
        "",
        ("本页为演示数据所用的样例材料，不代表任何真实单位或个人。",),
        (),
        "演示省份",
        "",
        "",
    )
    return pdf_file.write(page, fonts)
