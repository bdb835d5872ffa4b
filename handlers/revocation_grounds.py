"""取消资格的情形 G1 to G6 (第十八条, 第二十二条): the conditions of each, when it is established, how it is cited.

A ground of several conditions stands only when the table `revocation_ground` says so of all of them together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.eligibility_form import rows, text
from handlers.vocabulary import Case, Facts

GROUNDS: Mapping[str, str] = {
    "G1": "无正当理由不按时填写年度报告，且在绩效评价期间未补充提交",
    "G2": "连续两次绩效评价结果为“不合格”",
    "G3": "在申报、提交年度报告或绩效评价材料过程中提供虚假信息",
    "G4": "发生重大外交事故，或出现影响科技安全的有关行为，并造成严重影响及后果",
    "G5": "重大事项变更未及时申请，影响国合基地正常运行",
    "G6": "其他不宜继续作为国合基地存续的情形",
}
ITEMS: Mapping[str, str] = {"G1": "一", "G2": "二", "G3": "三", "G4": "四", "G5": "五", "G6": "六"}
"""The item of 第二十二条 that a ground is."""
SENSITIVE = frozenset({"G3", "G4"})
"""Grounds that the division of integrity and security cosigns."""
PARTS = ("first", "second", "third")
"""The columns of the table `revocation_ground`."""


@dataclass(frozen=True)
class Finding:
    """One condition of a ground, to be found or not; `part` is its column in the table."""

    ground: str
    part: str
    text: str

    @property
    def id(self) -> str:
        """`G5.second`: how forms name it."""
        return f"{self.ground}.{self.part}"


FINDINGS: Sequence[Finding] = (
    Finding("G1", "first", "无正当理由不按时填写年度报告"),
    Finding("G1", "second", "在绩效评价期间未补充提交相关资料"),
    Finding("G2", "first", "连续两次绩效评价结果为“不合格”"),
    Finding("G3", "first", "在申报、提交年度报告或绩效评价材料过程中提供虚假信息"),
    Finding("G4", "first", "发生重大外交事故"),
    Finding("G4", "second", "出现影响科技安全的有关行为（泄露与滥用、违背科研诚信和科技伦理等）"),
    Finding("G4", "third", "造成严重影响及后果"),
    Finding("G5", "first", "重大事项变更未及时申请"),
    Finding("G5", "second", "影响国合基地正常运行"),
    Finding("G6", "first", "其他不宜继续作为国合基地存续的情形"),
)


@dataclass(frozen=True)
class Verdict:
    """Whether a ground is established, with the article or why not."""

    ground: str
    established: bool
    message: str


def judge(case: Case, ground: str, found: Mapping[str, bool]) -> Verdict:
    """What the table says of the ground; `found`: part → whether that condition was found, absent ones were not."""
    answer = case.decide("revocation_ground", ground=ground, **{part: bool(found.get(part)) for part in PARTS})
    return Verdict(ground, bool(answer["established"]), str(answer["message"]))


def findings_of(grounds: Iterable[str]) -> list[Finding]:
    """The conditions to be looked into, in the order of the article."""
    wanted = set(grounds)
    return [finding for finding in FINDINGS if finding.ground in wanted]


def verdicts(case: Case, content: Facts) -> list[Verdict]:
    """The grounds of the form's table `findings` ({finding, result}), judged in the order of the article."""
    found = {text(row, "finding"): text(row, "result") == "found" for row in rows(content, "findings")}
    grounds = sorted({name.partition(".")[0] for name in found} & GROUNDS.keys())
    return [judge(case, ground, _parts(ground, found)) for ground in grounds]


def established(case: Case, content: Facts) -> list[str]:
    """The grounds that the form's findings establish."""
    return [verdict.ground for verdict in verdicts(case, content) if verdict.established]


def proposals(data: Facts) -> list[dict[str, str]]:
    """What a system's proposal names: {"grounds": [{ground, facts, source, source_number, on}]} or one of these alone."""
    listed: Any = data.get("grounds")
    single = [data] if data.get("ground") else []
    found = [each for each in (listed if isinstance(listed, list | tuple) else single) if isinstance(each, Mapping)]
    keys = ("ground", "facts", "source", "source_number", "on")
    return [{key: str(each.get(key) or "") for key in keys} for each in found if each.get("ground") in GROUNDS]


def cited(grounds: Sequence[str]) -> str:
    """第二十二条第（一）项、第（三）项; two unqualified results in a row rest on 第十八条 as well."""
    items = "、".join(f"第（{ITEMS[ground]}）项" for ground in sorted(grounds))
    return ("第十八条、" if "G2" in grounds else "") + f"第二十二条{items}"


def named(grounds: Sequence[str]) -> str:
    """The grounds in the article's words."""
    return "；".join(GROUNDS[ground] for ground in sorted(grounds) if ground in GROUNDS)


def _parts(ground: str, found: Mapping[str, bool]) -> dict[str, bool]:
    return {part: found.get(f"{ground}.{part}", False) for part in PARTS}
