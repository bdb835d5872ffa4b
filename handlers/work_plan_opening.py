"""Opening the year's work plans (第十四条第一项): one for each provincial base, lists of those not yet filed."""

from __future__ import annotations

from handlers import annual_messages, plan_year
from handlers.vocabulary import Case, Outcome

NAME = "年度工作计划"


def list_bases(case: Case) -> Outcome:
    """开启年度工作计划：在册省级基地逐家发起，其余列明不发起的原因。

    Each active provincial base has its plan to write, the others are listed with the reason.
    """
    return Outcome(*plan_year.begin(case, "work_plan", "workplan.due", NAME))


def report_progress(case: Case) -> Outcome:
    """告知各组织推荐部门尚未备案年度工作计划的基地名单，不产生其他后果。

    Each department reads which of its bases have not filed their plan; nothing else follows from it.
    """
    return Outcome(*plan_year.progress(case, "work_plan", annual_messages.plans_missing, NAME))
