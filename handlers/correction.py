"""更正 of an issued document: a document of its own stands beside the wrong one (settled.md 25; domain.md 3.7 no. 11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from handlers import documents, messages, round_progress
from handlers.eligibility_form import day, numbered, rows, text, to_date
from handlers.vocabulary import Case, CorrectDocument, Effect, Facts, Notify, Outcome, UpdateApplication

PARTS = {"doc_no": "发文字号", "issued_on": "成文日期", "title": "标题", "base_name": "基地名称", "text": "其他文字"}
"""What of a document can be wrong → its name in the 更正通知."""
FIELDS = {"doc_no": "doc_no", "issued_on": "designated_on", "base_name": "name"}
"""What of a document stands in the register → the base's field."""


def check_proposal(case: Case) -> Outcome:
    """校核更正申请：原文须确为公文所载，更正后的内容须能成立。

    What keeps the proposal from going up: an old text the document does not have, a new one that cannot stand.
    """
    content = case.forms.get(case.element, {})
    wrong = _document(case, text(content, "document"))
    if wrong is None:
        return Outcome({"errors": {"document": "请选择一件已印发的公文。"}, "findings": []})
    errors: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for place, row in numbered(content, "items"):
        field, said = _fault(case, wrong, row)
        if (key := (text(row, "part"), text(row, "old"))) in seen:
            field, said = "old", "同一处只能更正一次，请合并。"
        seen.add(key)
        if said:
            errors[f"items.{place}.{field}"] = said
    return Outcome({"errors": errors, "findings": []})


def check_registration(case: Case) -> Outcome:
    """校核更正通知登记：文号未被使用，日期不早于原公文、不晚于今天。

    What keeps the 更正通知 from being issued: a number in use, a date before the document's own or after today.
    """
    content = case.forms.get(case.element, {})
    number, issued_on = documents.normalise_doc_no(text(content, "doc_no")), day(content, "issued_on")
    wrong, errors = _wrong(case), dict[str, str]()
    renumbered = [text(row, "new") for row in _items(case) if row.get("part") == "doc_no"]
    if number and (_taken(case, number) or number in renumbered):
        errors["doc_no"] = f"文号{number}已被使用，请核对发文登记簿。"
    if issued_on and issued_on > case.today:
        errors["issued_on"] = "成文日期不能晚于今天。"
    original = to_date((wrong or {}).get("issued_on"))
    if issued_on and original and issued_on < original:
        errors["issued_on"] = f"更正通知的成文日期不能早于原公文（{messages.in_chinese(original)}）。"
    return Outcome({"errors": errors, "findings": []})


def issue(case: Case) -> Outcome:
    """印发更正通知：台账自该日起为正确内容，通知相关单位。

    The 更正通知 is issued; the register is right from its date on, and everybody concerned knows.
    """
    content, wrong = case.forms.get("register", {}), _wrong(case)
    if wrong is None:
        raise LookupError("未找到被更正的公文，请核对后重试。")
    number, issued_on = documents.normalise_doc_no(text(content, "doc_no")), day(content, "issued_on") or case.today
    changes, applications = _register_changes(case, wrong)
    title = text(content, "title") or f"关于更正《{wrong.get('title', '')}》的通知"
    letter = {
        "recipients": text(content, "recipients"),
        "corrects_title": wrong.get("title", ""),
        "corrects_doc_no": wrong.get("doc_no") or "",
        "corrects_on": _iso(wrong.get("issued_on")),
        "reason": text(case.forms.get("propose", {}), "reason"),
        "items": [
            {"part": PARTS.get(text(row, "part"), ""), "old": text(row, "old"), "new": text(row, "new")}
            for row in _items(case)
        ],
    }
    effects: list[Effect] = [
        CorrectDocument(str(wrong["id"]), title, letter, number, issued_on, changes),
        *(UpdateApplication(fields, application) for application, fields in applications.items()),
        *_told(case, wrong, number, changes),
    ]
    return Outcome({"doc_no": number, "issued_on": issued_on.isoformat(), "bases": sorted(changes)}, effects)


def _fault(case: Case, wrong: Facts, row: Facts) -> tuple[str, str]:
    """(field, sentence) of what is wrong with a line of the proposal; the sentence is empty when it may stand."""
    part, old, new = text(row, "part"), text(row, "old"), text(row, "new")
    if not old or not new or not part:
        return "new", ""  # the form itself asks for these
    if part == "doc_no":
        old, new = documents.normalise_doc_no(old), documents.normalise_doc_no(new)
    if old == new:
        return "new", "更正后的内容与原文相同。"
    has = {"doc_no": wrong.get("doc_no") or "", "issued_on": _iso(wrong.get("issued_on")), "title": wrong.get("title")}
    if part in has and old != has[part]:
        return "old", f"原公文的{PARTS[part]}是“{has[part]}”，请照录。"
    if part == "doc_no" and not documents.is_doc_no(new):
        return "new", "应如 浙科发外〔2026〕23号。"
    if part == "doc_no" and _taken(case, new):
        return "new", f"文号{new}已被使用，请核对发文登记簿。"
    if part == "issued_on" and (_date(new) is None or str(_date(new)) > case.today.isoformat()):
        return "new", "请填写不晚于今天的日期，如 2026-03-02。"
    if part == "base_name" and len(_bases(case, wrong, name=old)) != 1:
        return "old", "台账中没有由该公文认定的这个基地，请照录基地名称。"
    if part == "text" and not _occurs(old, wrong.get("content")):
        return "old", "原公文中没有这段文字，请照录。"
    return "", ""


def _register_changes(case: Case, wrong: Facts) -> tuple[Mapping[str, Facts], Mapping[str, Facts]]:
    """Base id → its right values, application id → its right values: only of what this document had designated."""
    changes: dict[str, dict[str, Any]] = {}
    applications: dict[str, dict[str, Any]] = {}
    for row in _items(case):
        part, new = text(row, "part"), text(row, "new")
        named = {"name": text(row, "old")} if part == "base_name" else {}
        for base in _bases(case, wrong, **named) if part in FIELDS else ():
            right: Any = _date(new) if part == "issued_on" else new
            changes.setdefault(str(base["id"]), {})[FIELDS[part]] = right
            if part == "doc_no" and base.get("application_id"):
                applications[str(base["application_id"])] = {"doc_no": new}
    return changes, applications


def _told(case: Case, wrong: Facts, number: str, changes: Mapping[str, Facts]) -> list[Effect]:
    """Hosts whose bases the register shows differently now, and their departments, read about it once each."""
    bases = [base for base in _bases(case, wrong) if str(base["id"]) in changes]
    said = messages.corrected(str(wrong.get("doc_no") or wrong.get("title", "")), number)
    seats = [("host", str(base["host_id"])) for base in bases if base.get("host_id")]
    seats += [("recommender", str(base["recommender_id"])) for base in bases if base.get("recommender_id")]
    return [Notify(role, org, said, subject="公文更正") for role, org in sorted(set(seats))]


def _items(case: Case) -> list[dict[str, Any]]:
    """The approved lines, numbers of documents in their printed form."""
    found = [dict(row) for row in rows(case.forms.get("propose", {}), "items")]
    for row in found:
        if row.get("part") == "doc_no":
            row |= {key: documents.normalise_doc_no(text(row, key)) for key in ("old", "new")}
    return found


def _wrong(case: Case) -> Facts | None:
    return _document(case, text(case.forms.get("propose", {}), "document"))


def _document(case: Case, document_id: str) -> Facts | None:
    """The issued document of the case this one is about."""
    issued = round_progress.register(case).issued(str(case.parent.get("id", "")))
    return next((row for row in issued if row.get("id") == document_id), None)


def _bases(case: Case, wrong: Facts, **where: Any) -> list[Facts]:
    """Bases that the document put into the register."""
    if not wrong.get("doc_no"):
        return []
    return list(round_progress.register(case).bases(doc_no=wrong["doc_no"], **where))


def _taken(case: Case, number: str) -> bool:
    return bool(round_progress.register(case).documents(number))


def _occurs(part: str, value: Any) -> bool:
    if isinstance(value, dict):
        return any(_occurs(part, each) for each in value.values())
    if isinstance(value, Iterable) and not isinstance(value, str):
        return any(_occurs(part, each) for each in value)
    return part in str(value or "")


def _iso(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _date(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None
