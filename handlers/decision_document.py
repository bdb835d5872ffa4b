"""The document that carries a decision about one base: its number, its dates, what every one of them says of remedies."""

from __future__ import annotations

from datetime import date

from handlers import documents, messages
from handlers.eligibility_form import day, text
from handlers.round_progress import limit, register
from handlers.vocabulary import Case, Facts

REGULATION = "《省科技厅国际科技合作基地管理办法》"
MEETINGS = {"office_meeting": "厅长办公会", "party_meeting": "厅党组会", "special_meeting": "厅领导专题会"}


def faults(case: Case, content: Facts, decided_on: date | None) -> dict[str, str]:
    """What keeps the document from being issued: a malformed or used 文号, a date to come or before the decision."""
    errors: dict[str, str] = {}
    doc_no = number(content)
    if not documents.is_doc_no(doc_no):
        errors["doc_no"] = "发文字号应形如“浙科发外〔2027〕15号”。"
    elif register(case).documents(doc_no) or register(case).bases(doc_no=doc_no):
        errors["doc_no"] = f"发文字号{doc_no}已用于其他文件，请核对发文登记簿。"
    issued_on = day(content, "issued_on")
    if issued_on and issued_on > case.today:
        errors["issued_on"] = "成文日期不能晚于今天。"
    elif issued_on and decided_on and issued_on < decided_on:
        errors["issued_on"] = f"成文日期不能早于作出决定的{messages.in_chinese(decided_on)}。"
    return errors


def meeting_faults(case: Case, content: Facts) -> dict[str, str]:
    """What is wrong with the meeting that decided: a day to come."""
    held_on = day(content, "meeting_on")
    return {"meeting_on": "会议日期不能晚于今天。"} if held_on and held_on > case.today else {}


def number(content: Facts) -> str:
    """The document's number as it is printed."""
    return documents.normalise_doc_no(text(content, "doc_no"))


def remedies(case: Case) -> str:
    """复核、复议、诉讼: how an adverse decision about a base can be contested (行政复议法, 行政诉讼法)."""
    return (
        messages.reconsideration(limit(case, "reconsideration.days", 10)) + "也可以自知道本决定之日起"
        f"{limit(case, 'appeal.review_days', 60)}日内依法向浙江省人民政府申请行政复议，或者自知道本决定之日起"
        f"{limit(case, 'appeal.suit_months', 6)}个月内依法向人民法院提起行政诉讼。"
    )


def meeting(content: Facts) -> str:
    """The meeting in words: kind, date, number of its minutes."""
    held_on = day(content, "meeting_on")
    kind = MEETINGS.get(text(content, "meeting_type"), "集体研究")
    when = messages.in_chinese(held_on) if held_on else ""
    minutes = text(content, "minutes_no")
    return f"{when}{kind}" + (f"（{minutes}）" if minutes else "")
