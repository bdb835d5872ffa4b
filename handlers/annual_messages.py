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


# ---- work plan (第十四条第一项)


def plan_opened(base: str, year: int, due_on: date) -> str:
    """年度工作计划布置."""
    return f"{SIGN}请填报{base}{year}年度工作计划，于{in_chinese(due_on)}前报送组织推荐部门备案。"


def plan_late(base: str, year: int) -> str:
    """逾期: no consequence follows."""
    return f"{SIGN}{base}{year}年度工作计划尚未报送，请尽快补报。"


def plan_returned(base: str, year: int, reason: str) -> str:
    """退回修改."""
    return f"{SIGN}{base}{year}年度工作计划退回修改。意见：{reason.rstrip('。')}。"


def plan_filed(base: str, year: int, items: int) -> str:
    """备案."""
    return f"{SIGN}{base}{year}年度工作计划已备案，共{items}项。可在事项页按季度填报进展。"


def plan_progress(base: str, year: int, quarter: str, mean: int) -> str:
    """季度进展."""
    named_quarter = {"q1": "第一", "q2": "第二", "q3": "第三", "q4": "第四"}.get(quarter, "")
    return f"{SIGN}{base}{year}年{named_quarter}季度工作计划进展{mean}%。"


def plan_unfiled(base: str, year: int) -> str:
    """The year is over without a plan."""
    return f"{SIGN}{base}{year}年度工作计划未报送，本年度已结束。"


def plans_missing(year: int, due_on: date, names: Sequence[str], over: bool) -> str:
    """A department's list of bases without a plan."""
    state = "已过截止日" if over else f"截止{in_chinese(due_on)}"
    return f"{SIGN}贵部门所属基地有{len(names)}家未报送{year}年度工作计划（{state}）：{named(names)}。请督促。"


def overall_plan_updated(base: str, effective_on: date) -> str:
    """建设总体方案更新."""
    return f"{SIGN}{base}建设总体方案已更新并备案，自{in_chinese(effective_on)}起执行。"


# ---- supervision (第十三条第三项)


def supervision_missing(year: int, due_on: date, names: Sequence[str], over: bool) -> str:
    """A department's list of bases that it has not confirmed."""
    state = "已过截止日" if over else f"截止{in_chinese(due_on)}"
    return f"{SIGN}贵部门尚有{len(names)}家基地未完成{year}年度督导确认（{state}）：{named(names)}。请及时确认。"
