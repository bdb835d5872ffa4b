"""The letter as PDF, by typst: fonts embedded, content passed as data and never as markup."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from threading import Lock

import typst

from webapp.documents.letter import Letter

TEMPLATES = Path(__file__).parent / "templates"
_lock = Lock()


def write(letter: Letter, fonts: Path) -> bytes:
    """The bytes of the PDF, set in the office's fonts where `fonts` has them, else in the system's Chinese ones."""
    with _lock:
        made = _compiler(str(fonts)).compile(
            input=str(TEMPLATES / "letter.typ"),
            format="pdf",
            sys_inputs={"letter": json.dumps(asdict(letter), ensure_ascii=False)},
        )
    assert isinstance(made, bytes)
    return made


@lru_cache(maxsize=2)
def _compiler(fonts: str) -> typst.Compiler:
    """Kept: the first one reads every font, later pages take milliseconds."""
    return typst.Compiler(root=str(TEMPLATES), font_paths=[fonts])
