"""The phrases that people receive about a request for inclusion (第十七条; domain.md 6.4)."""

from __future__ import annotations

from datetime import date

from handlers.messages import SIGN, category, in_chinese

FORM = "纳入国合基地序列申请书"


def approved(base: str) -> str:
    """The inclusion was approved; the document is still to come."""
    return f"{SIGN}{base}的纳入申请已经批准，等待发文。"


def not_recommended(base: str, reason: str) -> str:
    """不同意推荐."""
    return f"{SIGN}{base}的纳入申请未获推荐。理由：{reason}。"


def refused(base: str, reason: str) -> str:
    """不予纳入; a refusal carries no ban."""
    return f"{SIGN}{base}不予纳入国合基地序列。理由：{reason}。条件具备后可再次申请。"


def withdrawn(base: str) -> str:
    """撤回."""
    return f"{SIGN}{base}的纳入申请已撤回，可重新申请。"


def lapsed(base: str, due: date | None) -> str:
    """视为撤回: the correction limit passed."""
    until = f"{in_chinese(due)}前" if due else "规定期限内"
    return f"{SIGN}{base}的纳入申请未在{until}补正，视为撤回，可重新申请。"


def stopped_by_ban(base: str, restriction: str) -> str:
    """A ban holds (第十八条、第二十二条)."""
    return f"{SIGN}{base}的纳入申请终止。{restriction}"


def included(base: str, doc_no: str, category_code: str, designated_on: date) -> str:
    """纳入通知: from the document's date the unit has a base, which reports once it has been one for a full year."""
    return (
        f"{SIGN}{base}已由{doc_no}纳入省科技厅国际科技合作基地（{category(category_code)}），"
        f"认定日期{in_chinese(designated_on)}，后续按国合基地管理，满一年后提交年度报告。"
    )
