"""The phrases people receive, in Chinese (domain.md 6.4); each says what happened and what to do next.

Knows no recipients and no channels; dates are business dates, limits are working days.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

SIGN = "【国合基地】"

CATEGORIES = {"joint_rd": "联合研发类", "open_service": "开放服务类", "special_dev": "特色发展类"}
"""第六条：category → Chinese label."""


def in_chinese(day: date) -> str:
    """The date as letters write it, without leading zeros."""
    return f"{day.year}年{day.month}月{day.day}日"


def category(code: str) -> str:
    """第六条: the category's label; an unknown code reads as itself."""
    return CATEGORIES.get(code, code)


# ---- tasks


def todo(item: str, unit: str, due: date) -> str:
    """待办提醒."""
    return f"{SIGN}您有1件待办：{item}（{unit}），请于{in_chinese(due)}前办理。"


def overdue(item: str, unit: str) -> str:
    """催办: the limit has passed, the task stays open."""
    return f"{SIGN}您有1件待办已到期：{item}（{unit}），请尽快办理。"


def correction(form: str, places: int, due: date) -> str:
    """退回修改."""
    return f"您提交的《{form}》需补正{places}处，请于{in_chinese(due)}前修改后重新提交。逾期未提交视为撤回。"


# ---- eligibility and bans


def banned(doc_no: str, starts_on: date, first_day_allowed: date) -> str:
    """限制申报 (第十八条、第二十二条)."""
    return f"贵单位因{doc_no}自{in_chinese(starts_on)}起三年内不得申报，{in_chinese(first_day_allowed)}起可再次申报。"


def revocation_intended(base: str, days: int) -> str:
    """取消资格告知: prior notice of a revocation, with the working days for a statement."""
    return f"拟取消{base}资格，你单位有权在收到本告知之日起{days}个工作日内提出陈述、申辩，逾期视为放弃。"


def unqualified_twice(base: str, first_round: str, second_round: str) -> str:
    """连续不合格 (第十八条、第二十二条第二项)."""
    return f"{base}在{first_round}、{second_round}绩效评价中连续两次“不合格”，依据第十八条、第二十二条第二项。"


# ---- annual report and change


def report_due(base: str, year: int, due_on: date | None = None) -> str:
    """年报催报 (第十五条); `due_on` where it is not the 31 January of the law."""
    return f"{SIGN}{base}{year}年度报告尚未提交，截止{in_chinese(due_on or date(year + 1, 1, 31))}，请尽快填报。"


def report_overdue(base: str, year: int) -> str:
    """年报逾期 (第十五条)."""
    return f"{SIGN}{base}{year}年度报告已逾期，请立即补报并说明原因。"


def change_due(item: str, happened_on: date, due: date) -> str:
    """变更到期 (第十六条)."""
    return f"{item}发生于{in_chinese(happened_on)}，依据第十六条应于{in_chinese(due)}前提出变更申请。"


def change_late(days: int) -> str:
    """变更逾期 (第十六条)."""
    return f"本申请晚于规定期限{days}天，请说明原因。"


# ---- an application's way


def recommended(base: str, department: str) -> str:
    """The application went to the Province."""
    return f"{SIGN}{base}的申报已由{department}推荐至省科技厅，请等候形式审查。"


def accepted(base: str, accepted_no: str) -> str:
    """受理通知."""
    return f"{SIGN}{base}的申报已受理，受理编号：{accepted_no}。"


def not_recommended(base: str, reason: str) -> str:
    """不予推荐 (第十一条第二项)."""
    return f"{SIGN}{base}的申报未获推荐。理由：{reason}。"


def not_accepted(base: str, reason: str) -> str:
    """不予受理."""
    return f"{SIGN}{base}的申报不予受理。理由：{reason}。"


def not_submitted(base: str, round_name: str) -> str:
    """The window closed before the unit had sent its application."""
    return f"{SIGN}{round_name}申报已截止，{base}的申报未在规定时间内报送，本批次不再受理，可在下一批次申报。"


def withdrawn(base: str) -> str:
    """撤回."""
    return f"{SIGN}{base}的申报已撤回，可在下一批次重新申报。"


def lapsed(base: str, due: date | None) -> str:
    """视为撤回: the correction limit passed."""
    until = f"{in_chinese(due)}前" if due else "规定期限内"
    return f"{SIGN}{base}的申报未在{until}补正，视为撤回，可在下一批次重新申报。"


def stopped_by_ban(base: str, restriction: str) -> str:
    """A ban began while the application was under way."""
    return f"{SIGN}{base}的申报终止。{restriction}"


def round_cancelled(base: str, round_name: str, reason: str) -> str:
    """批次取消."""
    return f"{SIGN}{round_name}已取消，{base}的申报随之终止。原因：{reason}。"


def designated(base: str, doc_no: str, category_code: str) -> str:
    """认定通知 (第十一条第四项)."""
    return f"{base}已由{doc_no}认定为省科技厅国际科技合作基地（{category(category_code)}）。"


def deferred(base: str, reason: str) -> str:
    """暂缓认定: the application has ended, the unit may apply again."""
    return f"{SIGN}{base}本批次暂缓认定。理由：{reason}。可在下一批次再次申报，申报内容可沿用。"


def refused(base: str, reason: str) -> str:
    """不予认定; a refusal carries no ban."""
    return f"{SIGN}{base}本批次不予认定。理由：{reason}。可在下一批次再次申报。"


def reconsideration(days: int) -> str:
    """The 复核 text that ends every adverse decision."""
    return f"对本决定有异议的，可自收到本通知之日起{days}个工作日内向省科技厅申请复核，并附书面理由和证据。"


def reconsideration_received(base: str, number: str) -> str:
    """复核申请已收到."""
    return f"{SIGN}{base}的复核申请已收到，编号{number}，审查结论将书面告知。"


def reconsideration_lapsed(base: str, until: date) -> str:
    """复核期限届满."""
    return f"{SIGN}{base}申请复核的期限已于{in_chinese(until)}届满，未收到申请，原决定不变。"


def reconsidered(base: str, result: str, reason: str, measure: str) -> str:
    """复核决定 with its reasons, and what follows when the decision was changed."""
    after = f"后续：{measure}。" if measure else ""
    return f"{SIGN}{base}的复核决定：{result}。理由：{reason}。{after}复核决定书可在公文中查看。"


def reconsideration_to_carry_out(base: str, measure: str) -> str:
    """A changed decision that the Province has to carry out."""
    return f"{SIGN}{base}经复核变更原决定，请办理：{measure}。"


def corrected(number: str, by: str) -> str:
    """公文更正."""
    return f"{SIGN}{number}的有关内容已由{by}更正，请以更正后的内容为准。"


# ---- experts


def expert_assigned(base: str, due: date, what: str = "申报材料") -> str:
    """评审邀请: declaring a conflict comes before scoring."""
    return f"{SIGN}请评审{base}的{what}，先作回避声明，于{in_chinese(due)}前提交评分。"


def expert_released(base: str, reason: str) -> str:
    """The assignment has ended."""
    return f"{SIGN}您对{base}申报的评审任务已结束。原因：{reason}。"


# ---- the round


def silent(count: int, round_name: str, recommend_by: date) -> str:
    """逾期未推荐 (第十一条第二项)."""
    return f"{SIGN}{round_name}推荐截止日{in_chinese(recommend_by)}已过，尚有{count}件未推荐，请处理。"


def round_published(name: str, window_from: date, window_to: date, recommend_by: date) -> str:
    """工作通知已发布."""
    return (
        f"{SIGN}{name}工作通知已发布，申报时间{in_chinese(window_from)}至{in_chinese(window_to)}，"
        f"推荐截止{in_chinese(recommend_by)}。"
    )


def round_amended(name: str, window_to: date, recommend_by: date, reason: str) -> str:
    """批次时间调整."""
    return (
        f"{SIGN}{name}时间调整：申报截止{in_chinese(window_to)}，推荐截止{in_chinese(recommend_by)}。原因：{reason}。"
    )


def results_for(department: str, doc_no: str, designated_bases: Sequence[str], others: int) -> str:
    """The result as a recommending department reads it."""
    listed = "、".join(designated_bases) if designated_bases else "无"
    found = f"予以认定{len(designated_bases)}件（{listed}），其余{others}件未认定"
    return f"{SIGN}{department}：{doc_no}已印发。贵部门推荐的{found}。"


def objection_received(base: str) -> str:
    """公示异议."""
    return f"{SIGN}公示期内收到对{base}的实名异议，请核查。"
