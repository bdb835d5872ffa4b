"""The phrases of an evaluation that people receive, in Chinese (domain.md 6.4): what happened and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from handlers.messages import SIGN, in_chinese


def begun(base: str, round_name: str, due: date) -> str:
    """The host is asked for its self-assessment."""
    return (
        f"{SIGN}{base}已列入{round_name}，请于{in_chinese(due)}前填报自评材料，经单位审核后提交。逾期按批次规定处理。"
    )


def supplement(base: str, years: Sequence[int], due: date) -> str:
    """第二十二条（一）: annual reports are missing and can still be supplemented."""
    listed = "、".join(f"{year}年" for year in years)
    return (
        f"{SIGN}{base}缺{listed}年度报告，请于{in_chinese(due)}前补充提交或者说明正当理由。"
        "无正当理由且评价期间未补充提交的，依据第二十二条第一项处理。"
    )


def ground_missing_reports(base: str, years: Sequence[int], round_name: str) -> str:
    """第二十二条（一）: the facts of the ground as the system proposes it."""
    listed = "、".join(f"{year}年" for year in years)
    return (
        f"{base}未按时填写{listed}年度报告，在{round_name}期间经要求仍未补充提交，且无正当理由。依据第二十二条第一项。"
    )


def no_show(base: str, reason: str) -> str:
    """The host did not take part."""
    return f"{SIGN}{base}{reason}，按批次规定处理，处理结果另行通知。"


def extended(base: str, due: date) -> str:
    """The Province lets the host hand in later."""
    return f"{SIGN}准予{base}延期提交自评材料，请于{in_chinese(due)}前提交。"


def returned(base: str, due: date, reason: str) -> str:
    """The recommender wants the self-assessment mended."""
    return f"{SIGN}{base}的自评材料需修改，请于{in_chinese(due)}前重新提交。意见：{reason}。逾期未提交的，以原提交的材料参加评价。"


def opinion_missing(base: str, department: str) -> str:
    """The recommender stayed silent; the evaluation goes on without it."""
    return f"{SIGN}{department}逾期未对{base}出具评价意见，评价继续进行，配套支持按未提供计。"


def postponed(base: str, round_name: str, reason: str) -> str:
    """免评、延期: neither counted nor reset (domain.md 3.5)."""
    return f"{SIGN}{base}不再参加{round_name}，转入以后批次评价，本轮不计等次。原因：{reason}。"


def postponement_refused(base: str, reason: str) -> str:
    """The host has to take part."""
    return f"{SIGN}{base}的延期评价申请未获同意，请按期提交自评材料。理由：{reason}。"


def ended(base: str, reason: str) -> str:
    """The base has ended; so has its evaluation."""
    return f"{SIGN}{base}的绩效评价终止。原因：{reason}。"


def round_cancelled(base: str, round_name: str, reason: str) -> str:
    """批次取消."""
    return f"{SIGN}{round_name}已取消，{base}的绩效评价随之终止。原因：{reason}。"


def graded(base: str, round_name: str, grade: str, doc_no: str) -> str:
    """The result, with the letter to read."""
    return f"{SIGN}{base}在{round_name}中的结果为“{grade}”（{doc_no}），评价结果反馈意见可在公文中查看。"


def reconsideration(days: int) -> str:
    """The 复核 text that ends an adverse result."""
    return f"对本结果有异议的，可自收到本通知之日起{days}个工作日内向省科技厅申请复核，并附书面理由和证据。"


def results_for(department: str, doc_no: str, listed: Sequence[tuple[str, str]]) -> str:
    """The results as a recommending department reads them: base and grade."""
    bases = "、".join(f"{base}（{grade}）" for base, grade in listed) or "无"
    return f"{SIGN}{department}：{doc_no}已印发。贵部门推荐的国合基地评价结果：{bases}。"


def round_begun(name: str, bases: int, material_due: date, opinion_due: date) -> str:
    """The round as a recommending department reads it."""
    return (
        f"{SIGN}{name}已启动，贵部门推荐的{bases}家国合基地参加评价，材料截止{in_chinese(material_due)}，"
        f"评价意见截止{in_chinese(opinion_due)}。"
    )


def round_amended(name: str, material_due: date, opinion_due: date, reason: str) -> str:
    """批次时间调整."""
    return f"{SIGN}{name}时间调整：材料截止{in_chinese(material_due)}，评价意见截止{in_chinese(opinion_due)}。原因：{reason}。"


def late(count: int, name: str, review_by: date) -> str:
    """The round's last day has passed with evaluations under way."""
    return f"{SIGN}{name}评审截止日{in_chinese(review_by)}已过，尚有{count}家未完成评价，请处理。"
