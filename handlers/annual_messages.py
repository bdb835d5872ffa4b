"""The phrases of annual reports, work plans and supervision (第十三至十五条), in Chinese (domain.md 6.4).

Knows no recipients and no channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from handlers.messages import SIGN, in_chinese

LISTED = 50
"""So many names stand in one notice; the rest is a number."""


def named(names: Sequence[str]) -> str:
    """The names as a notice lists them."""
    shown = "、".join(names[:LISTED])
    return f"{shown}等{len(names)}家" if len(names) > LISTED else shown


# ---- annual report (第十五条)


def report_opened(base: str, year: int, due_on: date, hint: str) -> str:
    """年报开放填报."""
    return f"{SIGN}{base}{year}年度报告已开放填报，请于{in_chinese(due_on)}前提交。{hint}"


def reports_missing(year: int, due_on: date, names: Sequence[str]) -> str:
    """A department's list of those that have not handed in yet."""
    return f"{SIGN}贵部门所属基地尚有{len(names)}家未提交{year}年度报告：{named(names)}。截止{in_chinese(due_on)}，请督促。"


def reports_overdue(year: int, names: Sequence[str]) -> str:
    """A department's list after the last day."""
    return f"{SIGN}贵部门所属基地有{len(names)}家{year}年度报告逾期未提交：{named(names)}。请督促补报并说明原因。"


def reports_summary(year: int, total: int, handed_in: int, missing: Sequence[str], *, over: bool) -> str:
    """The Province's summary at the due day and after the last day."""
    state = "已逾期" if over else "尚未提交"
    rest = f"，{state}{len(missing)}家：{named(missing)}" if missing else "，全部提交"
    return f"{SIGN}{year}年度报告应报{total}家，已提交{handed_in}家{rest}。"


def report_returned(year: int, places: int, due_on: date) -> str:
    """退回修改: a report is never withdrawn, so what follows from being late again is said instead."""
    return (
        f"您提交的《{year}年度报告》需补正{places}处，请于{in_chinese(due_on)}前修改后重新提交。"
        "补正不影响首次提交时间的认定。"
    )


def report_archived(base: str, year: int, grade: str, *, late: bool) -> str:
    """归档."""
    return f"{SIGN}{base}{year}年度报告已归档，质量等次{grade}。" + ("本报告系逾期补报，已记录。" if late else "")


def finding_told(base: str, year: int, *, valid: bool, reason: str) -> str:
    """逾期理由认定 (第二十二条第一项)."""
    found = "有正当理由" if valid else "无正当理由"
    return f"{SIGN}{base}{year}年度报告逾期，经认定{found}。说明：{reason.rstrip('。')}。"


def supplement_asked(base: str, year: int, until: date) -> str:
    """绩效评价期间补充提交 (第二十二条第一项)."""
    return (
        f"{SIGN}{base}{year}年度报告至今未提交，请在绩效评价期间于{in_chinese(until)}前补充提交。"
        "无正当理由且逾期未补充提交的，按第二十二条第一项处理。"
    )


def supplement_lapsed(base: str, year: int, until: date) -> str:
    """补充提交期届满."""
    return f"{SIGN}{base}{year}年度报告在绩效评价补充提交期（至{in_chinese(until)}）内仍未提交，请认定是否缺报。"


def report_missing(base: str, year: int) -> str:
    """缺报办结 (第二十二条第一项)."""
    return f"{SIGN}{base}{year}年度报告按缺报办结，将作为绩效评价和动态管理的依据。"


def report_ended(base: str, year: int, reason: str) -> str:
    """基地资格终止: nothing is owed any more."""
    return f"{SIGN}{base}{year}年度报告不再办理。原因：{reason.rstrip('。')}。"
