"""What people read when a base is to lose its title, gives it up, has it back, or is rewarded (domain.md 6.4).

Knows no recipients and no channels; dates are business dates, limits are working days.
"""

from __future__ import annotations

from datetime import date

from handlers.messages import SIGN, in_chinese

# ---- 取消资格 (第十八条, 第二十二条)


def proposed(base: str, grounds: str) -> str:
    """The system found a ground: the Province looks into it."""
    return f"{SIGN}{base}出现{grounds}的情形，请立案审查。"


def joined(base: str, grounds: str, *, told: bool) -> str:
    """A further ground was merged into the open case."""
    after = "已作事先告知，新情形须退回核实并另行告知后方可作为依据。" if told else "请一并核实。"
    return f"{SIGN}{base}的取消资格程序并入新的情形：{grounds}。{after}"


def ground_gone(base: str, grounds: str, reason: str) -> str:
    """A ground fell away, e.g. a grade was corrected."""
    return f"{SIGN}{base}的情形“{grounds}”已撤回。原因：{reason}。"


def filed(base: str, number: str, grounds: str) -> str:
    """立案."""
    return (
        f"{SIGN}{base}因涉嫌{grounds}，已于本日立案（{number}）。变更、优化提升、退出和奖励暂缓办理，"
        "年度报告和绩效评价照常进行。作出决定前将事先告知并听取陈述、申辩。"
    )


def not_filed(base: str, reason: str) -> str:
    """不予立案."""
    return f"{SIGN}{base}的取消资格线索经审查不予立案。理由：{reason}。"


def not_revoked(base: str, reason: str) -> str:
    """不予取消."""
    return f"{SIGN}{base}的取消资格程序已办结：不予取消资格。理由：{reason}。暂缓的事项恢复办理。"


def rectified(base: str, reason: str) -> str:
    """整改到位."""
    return f"{SIGN}{base}已整改到位，取消资格程序办结。{reason}。暂缓的事项恢复办理。"


def revocation_moot(base: str, reason: str) -> str:
    """The base ended otherwise meanwhile."""
    return f"{SIGN}{base}的取消资格程序终止。原因：{reason}。"


def rectification_ordered(base: str, due: date) -> str:
    """责令整改."""
    return f"{SIGN}{base}须限期整改，请于{in_chinese(due)}前报送整改情况。逾期由省科技厅核查后处理。"


def notice_given(said: str, due: date) -> str:
    """事先告知 with the last day for a statement."""
    return f"{SIGN}{said}期限至{in_chinese(due)}。"


def statement_waived(base: str, *, silent: bool) -> str:
    """The host gave no statement."""
    how = "期限内未提出陈述、申辩，视为放弃" if silent else "书面放弃陈述、申辩"
    return f"{SIGN}{base}{how}，请按程序报集体决定。"


def issued(base: str, doc_no: str) -> str:
    """The decision is made and is to be served."""
    return f"{SIGN}取消{base}资格的决定（{doc_no}）已印发，即送达你单位。"


def revoked(base: str, doc_no: str, on: date, cited: str, scope: str, last: date, allowed: date) -> str:
    """取消资格: the base's end with article, scope and last day of the ban."""
    return (
        f"{SIGN}依据{cited}，{base}自{in_chinese(on)}起取消国合基地资格（{doc_no}）。{scope}至{in_chinese(last)}不得再次申报，"
        f"{in_chinese(allowed)}起可再次申报。"
    )


# ---- 主动退出 (第二十三条)


def exit_requested(base: str, who: str) -> str:
    """退出申请已提交."""
    return f"{SIGN}{who}提出{base}主动退出，请审核。批准生效前仍应履行各项义务。"


def exit_returned(places: int, due: date) -> str:
    """退出申请退回修改."""
    return f"您提交的《退出申请》需补正{places}处，请于{in_chinese(due)}前修改后重新提交。逾期未提交视为撤回。"


def exit_returned_to_department(places: int, base: str) -> str:
    """A request filed on behalf of the host came back."""
    return f"{SIGN}贵部门代为提出的{base}退出申请需补正{places}处，请修改后重新提交。"


def exit_withdrawn(base: str, *, lapsed: bool) -> str:
    """撤回, or 视为撤回."""
    how = "逾期未修改，视为撤回" if lapsed else "已撤回"
    return f"{SIGN}{base}的退出申请{how}，仍作为国合基地管理。"


def exit_refused(base: str, reason: str) -> str:
    """不予批准."""
    return f"{SIGN}{base}的退出申请未获批准，仍作为国合基地管理。理由：{reason}。"


def exit_approved(base: str, doc_no: str, on: date) -> str:
    """批准退出, with the day it takes effect."""
    return (
        f"{SIGN}{base}的退出申请已批准（{doc_no}），自{in_chinese(on)}起不再作为国合基地管理。此前到期的义务仍应履行。"
    )


def exited(base: str, doc_no: str, on: date) -> str:
    """已退出; no ban follows."""
    return f"{SIGN}{base}自{in_chinese(on)}起退出国合基地序列（{doc_no}），不产生限制申报。"


def exit_moot(base: str, reason: str) -> str:
    """The base ended otherwise meanwhile."""
    return f"{SIGN}{base}的退出申请不再办理。原因：{reason}。"


# ---- 恢复资格 (settled 28)


def restored(base: str, doc_no: str, on: date, years: str) -> str:
    """恢复资格 with what is waived."""
    waived = f"取消期间到期的{years}年度报告免报。" if years else ""
    return f"{SIGN}{base}自{in_chinese(on)}起恢复国合基地资格（{doc_no}），限制申报已解除，可以再次申报。{waived}"


def not_restored(base: str, reason: str) -> str:
    """不予恢复."""
    return f"{SIGN}{base}不予恢复国合基地资格，原决定继续有效。理由：{reason}。"


# ---- 奖励经费 (第十九条)


def reward_proposed(base: str, round_name: str) -> str:
    """评为优秀."""
    return f"{SIGN}{base}在{round_name}中评为优秀，请登记奖励。"


def reward_paid(base: str, amount: str, due: date) -> str:
    """已拨付, what the money is for and until when its use is reported."""
    return (
        f"{SIGN}{base}的奖励经费{amount}万元已拨付，用于自主开展国际科技合作交流支出，"
        f"请于{in_chinese(due)}前报送使用情况和成效，作为下一轮绩效评价的重点内容。"
    )


def reward_declined(base: str, reason: str) -> str:
    """不予奖励."""
    return f"{SIGN}{base}本次不予奖励。理由：{reason}。"


def reward_due(base: str, due: date) -> str:
    """下一轮评价要求报送."""
    return f"{SIGN}新一轮绩效评价已开始，请于{in_chinese(due)}前报送{base}奖励经费使用情况和成效。"


def reward_overdue(base: str) -> str:
    """逾期未报."""
    return f"{SIGN}{base}的奖励经费使用情况报告已逾期，请立即报送。"


def reward_closed(base: str, spent: str, unspent: str) -> str:
    """核验通过."""
    return f"{SIGN}{base}的奖励经费使用情况已核验，支出{spent}万元。{unspent}"


def reward_ended(base: str, reason: str, unspent: str) -> str:
    """基地资格终止, and what becomes of the rest."""
    return f"{SIGN}{base}的奖励事项终止。原因：{reason}。{unspent}"
