"""Opening the year's supervision (第十三条第三项): one confirmation for each provincial base, lists of those not yet done."""

from __future__ import annotations

from handlers import annual_messages, plan_year
from handlers.vocabulary import Case, Outcome

NAME = "年度督导确认"


def list_bases(case: Case) -> Outcome:
    """开启年度督导：在册省级基地逐家发起，其余列明不发起的原因。

    Each active provincial base is to be confirmed by its department, the others are listed with the reason.
    """
    return Outcome(*plan_year.begin(case, "supervision", "supervision.due", NAME))


def report_progress(case: Case) -> Outcome:
    """告知各组织推荐部门尚未确认督导的基地名单。

    Each department reads which of its bases it has not confirmed yet.
    """
    return Outcome(*plan_year.progress(case, "supervision", annual_messages.supervision_missing, NAME))
