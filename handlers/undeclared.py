"""疑似未经审批变更 (第十六条, 第二十二条第五项; settled.md 28): where what a base states differs from the register.

Compares the base's name, leader and partners; says nothing of whether a change was allowed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from handlers.annual_figures import going_on
from handlers.eligibility_finding import Finding
from handlers.eligibility_form import text
from handlers.vocabulary import Case, Facts

ARTICLE = "16"
MARK = "undeclared_change"
ITEMS = {"base_name": "基地名称", "leader": "负责人", "partner": "合作对象"}
"""What may differ; the codes are those of the change kinds."""
OPEN_CHANGE = "change"


def differences(case: Case, report: Facts) -> list[Finding]:
    """One finding for each item that the report states otherwise than the register.

    `explain`: nothing was applied for; `manual`: a change is under way; `na`: the register holds nothing to compare with.
    """
    found = [
        *_single("base_name", text(report, "current_name"), str(case.base.get("name") or "")),
        *_single("leader", text(report, "current_leader"), str(case.base.get("leader") or "")),
        *_partners(case, report),
    ]
    return [_pending(case, finding) for finding in found]


def undeclared(found: Iterable[Finding]) -> list[Finding]:
    """Those that raise the mark: no change was applied for."""
    return [finding for finding in found if finding.status == "explain"]


def mark_text(found: Sequence[Finding]) -> str:
    """The mark as officers read it."""
    return "".join(finding.message for finding in found)


def _single(item: str, stated: str, registered: str) -> list[Finding]:
    if not stated or not registered or _fold(stated) == _fold(registered):
        return []
    field = {"base_name": "current_name", "leader": "current_leader"}[item]
    said = f"填报的{ITEMS[item]}“{stated}”与台账“{registered}”不一致，疑似未经审批变更，应按第十六条申请变更。"
    return [Finding(item, "explain", ARTICLE, said, (field,))]


def _partners(case: Case, report: Facts) -> list[Finding]:
    registered: Any = case.base.get("partners") or ()
    known = [row for row in registered if _names(row)]
    stated = [row for row in going_on(report) if _names(row)]
    if not known:
        said = "台账未登记合作对象，未作比对。"
        return [Finding("partner", "na", ARTICLE, said, ("partners",))] if stated else []
    added = [row for row in stated if not _among(row, known)]
    gone = [row for row in known if not _among(row, stated)]
    parts = [
        f"{verb}{'、'.join(_called(row) for row in some)}"
        for verb, some in (("新增", added), ("不再列入", gone))
        if some
    ]
    if not parts:
        return []
    message = f"填报的合作对象与台账不一致：{'；'.join(parts)}，疑似未经审批变更，应按第十六条申请变更。"
    return [Finding("partner", "explain", ARTICLE, message, ("partners",))]


def _pending(case: Case, finding: Finding) -> Finding:
    """domain.md 3.6: while a change of this item is under way the report keeps the old value and the change is noted."""
    for row in _open_changes(case):
        if row.get("kind") in (finding.rule_id, None, ""):
            said = f"{finding.message.partition('，疑似')[0]}；该项变更正在办理（{row.get('number', '')}）。"
            return Finding(finding.rule_id, "manual", finding.article, said, finding.evidence)
    return finding


def _open_changes(case: Case) -> list[Facts]:
    """Changes of the base that nobody has decided yet, with their kind and number."""
    if case.register is None or not case.base.get("id"):
        return []
    base_id = str(case.base["id"])
    kinds = {
        row.get("case_id"): row.get("kind") for row in case.register.proceedings(base_id=base_id, process=OPEN_CHANGE)
    }
    found = [row for row in case.register.open_cases(base_id) if row.get("process") == OPEN_CHANGE]
    return [{"number": row.get("number", ""), "kind": kinds.get(row.get("id"))} for row in found]


def _names(row: Facts) -> set[str]:
    """The institution's names as one compares them: in Chinese, and its own."""
    return {_fold(name) for name in (text(row, "name_zh"), text(row, "name")) if name}


def _called(row: Facts) -> str:
    return text(row, "name_zh") or text(row, "name")


def _among(row: Facts, others: Iterable[Facts]) -> bool:
    return any(_names(row) & _names(other) for other in others)


def _fold(name: str) -> str:
    """Letters and digits only, without case and width, so that spelling is no change."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(char for char in plain if char.isalnum())
