"""The outcomes a task offers, as its diagram writes them: `recommend:同意推荐|return!:退回修改`."""

from __future__ import annotations

import re
from typing import NamedTuple

from webapp.errors import Misconfigured

_OUTCOME = re.compile(r"([a-z][a-z0-9_]*)(!?):([^|:!]{1,40})")


class Outcome(NamedTuple):
    """A button: its id in conditions, its Chinese label, and whether it needs words."""

    id: str
    label: str
    opinion_required: bool


def parse_outcomes(text: str) -> list[Outcome]:
    """The outcomes in the order of the buttons; an empty property gives the single 提交. Raises Misconfigured."""
    if not text.strip():
        return [Outcome("submit", "提交", False)]
    found = []
    for part in text.split("|"):
        match = _OUTCOME.fullmatch(part.strip().replace("：", ":").replace("！", "!"))
        if not match:
            raise Misconfigured(f"办理结果“{part.strip()}”写法不对，应为“标识:按钮文字”，如 return!:退回修改")
        found.append(Outcome(match[1], match[3].strip(), bool(match[2])))
    if len({o.id for o in found}) != len(found):
        raise Misconfigured(f"办理结果的标识重复：{text}")
    return found
