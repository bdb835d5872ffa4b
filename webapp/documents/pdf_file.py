"""Papers as PDF, by typst: fonts embedded, content passed as data and never as markup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from webapp.documents.letter import Letter

TEMPLATES = Path(__file__).parent / "templates"
_lock = Lock()


def write(letter: Letter, fonts: Path) -> bytes:
    """The bytes of the letter's PDF."""
    return typeset("letter", asdict(letter), fonts)


def typeset(template: str, content: Mapping[str, Any], fonts: Path) -> bytes:
    """`templates/<template>.typ` filled with the content, which it reads as `sys.inputs.<template>`.

    Set in the office's fonts where `fonts` has them, else in the system's Chinese ones.
    """
    with _lock:
        made = _compiler(str(fonts)).compile(
            input=str(TEMPLATES / f"{template}.typ"),
            format="pdf",
            sys_inputs={template: json.dumps(content, ensure_ascii=False)},
        )
    assert isinstance(made, bytes)
    return made


@lru_cache(maxsize=2)
def _compiler(fonts: str) -> typst.Compiler:
    """Kept: the first one reads every font, later pages take milliseconds."""
    return typst.Compiler(root=str(TEMPLATES), font_paths=[fonts])
