"""Service tasks and form checks of 奖励经费 (第十九条): granted, paid, its use reported, looked at, settled.

Amounts are in 万元. The money is for self-directed international co-operation; its use counts in the next evaluation.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from handlers import addressees, deadlines, reward_money, round_progress
from handlers import ending_phrases as phrases
from handlers.eligibility_form import day, number, numbered, part, rows, text, to_date
from handlers.round_progress import register
from handlers.vocabulary import Case, Effect, Facts, Outcome, UpdateProceeding, Urge

CLOSED = "closed"
"""Where a reward stands whose use was reported and looked at."""
BASES = {"provincial": "省级绩效评价优秀", "most": "科技部绩效评价优秀"}
UNSPENT = {"recover": "收回", "keep": "不予收回", "carry": "结转继续用于国际科技合作"}


# ------------------------------------------------------------------------------------- grant


def prepare(case: Case) -> Outcome:
    """列明奖励所依据的绩效评价，以及须先评价使用成效的上一笔奖励。

    `grant` names the evaluation that earned it and the reward before, whose use must have been looked at.
    """
    begun: Any = case.data.get("begun") or {}
    round_name = str(begun.get("round_name") or begun.get("round") or "")
    fields = {
        "kind": _basis(case, begun),
        "facts": {"round_name": round_name, "evaluation": str(begun.get("evaluation") or "")},
    }
    effects: list[Effect] = [UpdateProceeding(fields)]
    if begun:
        effects += addressees.officer(phrases.reward_proposed(_base(case), round_name or "绩效评价"), "登记奖励")
    return Outcome(
        {
            "basis": _basis(case, begun),
            "round_name": round_name,
            "grade": str(begun.get("grade") or ""),
            "doc_no": str(begun.get("doc_no") or ""),
            "decided_on": str(begun.get("decided_on") or ""),
            "previous": [_shown(row) for row in _before(case)],
        },
        effects,
    )


def check_registration(case: Case) -> Outcome:
    """校核奖励登记：等次不是优秀、金额不大于0、国家级结果无对应基地的，不能上报。

    What keeps the grant from going up: a grade that is not 优秀, an amount of nothing, a national result without its base.
    """
    content = case.forms.get("register", {})
    errors: dict[str, str] = {}
    if text(content, "grade") not in ("", "excellent"):
        errors["grade"] = "只有绩效评价“优秀”的可以奖励（第十九条）。"
    if (number(content, "amount") or Decimal(0)) <= 0:
        errors["amount"] = "奖励金额应大于0。"
    if text(content, "basis") == "most" and not _is_national(case):
        errors["basis"] = "科技部评价结果只适用于科技部国际科技合作基地。"
    decided_on = day(content, "result_on")
    if decided_on and decided_on > case.today:
        errors["result_on"] = "评价结果日期不能晚于今天。"
    return _checked(errors)


def check_approval(case: Case) -> Outcome:
    """校核奖励审批：上一笔奖励的使用成效未评价的，不能同意（第十九条）。

    What keeps the head from approving: an earlier reward whose use was not yet looked at (第十九条, domain.md 3.5).
    """
    open_ones = [row for row in _before(case) if not row.get("ended_on")]
    if not open_ones:
        return _checked({})
    names = "、".join(reward_money.name(row) for row in open_ones)
    return _checked({"": f"上一次奖励（{names}）的使用情况尚未核验，核验后才能批准。"})


def decline(case: Case) -> Outcome:
    """不予奖励：告知依托单位理由。

    不予奖励: the host knows why.
    """
    reason = (text(case.data.get("register", {}), "opinion") or "详见办理意见").rstrip("。")
    fields = {"verdict": "not_awarded", "note": reason, "decided_on": case.today}
    said = phrases.reward_declined(_base(case), reason)
    return Outcome({"reason": reason}, [UpdateProceeding(fields), *addressees.host(case, said, "奖励事项")])


# ------------------------------------------------------------------------------------- payment


def check_payment(case: Case) -> Outcome:
    """校核拨付登记：拨付日期晚于今天、超过批准金额的，不能登记。

    What keeps the payment from being recorded: a day to come, more than was granted.
    """
    content, errors = case.forms.get("pay", {}), dict[str, str]()
    paid_on = day(content, "paid_on")
    if paid_on and paid_on > case.today:
        errors["paid_on"] = "拨付日期不能晚于今天。"
    granted = number(case.forms.get("register", {}), "amount") or Decimal(0)
    if (number(content, "amount") or Decimal(0)) > granted:
        errors["amount"] = f"拨付金额不能超过批准的{reward_money.plain(granted)}万元。"
    return _checked(errors)


def record_payment(case: Case) -> Outcome:
    """登记奖励拨付：记录金额和使用报告期限，告知依托单位用途要求。

    `award` has amount and the day until which the use is reported: the next evaluation; the host knows the purpose.
    """
    content, registered = case.forms.get("pay", {}), case.forms.get("register", {})
    amount = number(content, "amount") or Decimal(0)
    due = report_due(case, day(registered, "result_on") or day(content, "paid_on") or case.today)
    round_name = text(registered, "round_name") or BASES.get(text(registered, "basis"), "")
    facts = {**case.proceeding.get("facts", {}), "round_name": round_name, "paid_on": text(content, "paid_on")}
    fields = {
        "amount": amount,
        "spent": Decimal(0),
        "grade": "excellent",
        "doc_no": text(registered, "doc_no") or None,
        "decided_on": day(content, "paid_on") or case.today,
        "due_on": due,
        "kind": text(registered, "basis") or "provincial",
        "facts": facts,
    }
    said = phrases.reward_paid(_base(case), reward_money.plain(amount), due)
    data = {"amount": float(amount), "due_on": due.isoformat(), "round_name": round_name}
    return Outcome(data, [UpdateProceeding(fields), *addressees.all_sides(case, said, "奖励经费已拨付")])


def report_due(case: Case, result_on: date) -> date:
    """第十九条: by the next evaluation, a cycle after the one that earned the reward; never a day already past."""
    cycle = round_progress.limit(case, "evaluation.cycle_years", 3)
    earliest = deadlines.workdays(10, case.today, round_progress.calendar(case))
    return max(deadlines.years(cycle, result_on), earliest)


def request_report(case: Case) -> Outcome:
    """下一轮评价已启动：要求在其期限内报告奖励经费使用情况。

    The next evaluation has begun: the use is reported by its limit, whatever was foreseen.
    """
    payload: Any = case.data.get("use_report_requested") or {}
    due = day(payload, "due_on") or day(case.data.get("award", {}), "due_on") or case.today
    said = phrases.reward_due(_base(case), due)
    effects = [UpdateProceeding({"due_on": due}), *addressees.host(case, said, "报送奖励经费使用情况")]
    return Outcome({"due_on": due.isoformat(), "on": case.today.isoformat()}, effects)


def urge_report(case: Case) -> Outcome:
    """催办奖励经费使用报告：标记逾期，仍须报告。

    The report is overdue: urged and marked late; it stays due.
    """
    said = phrases.reward_overdue(_base(case))
    return Outcome({"on": case.today.isoformat()}, [Urge("report_use", said), UpdateProceeding({"late": True})])


# ------------------------------------------------------------------------------------- use


def prior(case: Case) -> Outcome:
    """带出使用报告的初始内容：奖励金额和年度报告中已报的使用情况。

    What the report opens with: the money, and what the annual reports already say of its use.
    """
    award = case.data.get("award", {})
    return Outcome(
        {
            "amount": award.get("amount"),
            "round_name": award.get("round_name", ""),
            "reported": reward_money.reported(case),
        }
    )


def share_of(case: Case | None, form: Facts) -> str:
    """Spent share of the reward in percent, one decimal, cut off."""
    amount = _awarded(case, form)
    return f"{int(_spent(form) * 1000 / amount) / 10:g}" if amount else "0"


def balance_of(case: Case | None, form: Facts) -> str:
    """What is left of the reward (万元)."""
    return reward_money.plain(_awarded(case, form) - _spent(form))


def check_use(case: Case) -> Outcome:
    """校核使用报告：支出超过拨付、日期不合理、结余未说明的，不能提交。

    What keeps the report back: more spent than was given, days before the payment or to come, no word on the rest.
    """
    content, errors = case.forms.get("report_use", {}), dict[str, str]()
    amount, spent = _awarded(case, content), _spent(content)
    paid_on = day(case.forms.get("pay", {}), "paid_on")
    if spent > amount:
        errors["items"] = (
            f"支出合计{reward_money.plain(spent)}万元，超过奖励经费{reward_money.plain(amount)}万元，请核对。"
        )
    for place, row in numbered(content, "items"):
        on = day(row, "on")
        if on and on > case.today:
            errors[f"items.{place}.on"] = "支出日期不能晚于今天。"
        elif on and paid_on and on < paid_on:
            errors[f"items.{place}.on"] = "支出日期不能早于拨付日期。"
        if text(row, "purpose") == "other" and len(text(row, "content")) < 8:
            errors[f"items.{place}.content"] = "其他支出请写明与国际科技合作的关系。"
    if spent < amount and not text(content, "unspent_plan"):
        errors["unspent_plan"] = f"尚有{reward_money.plain(amount - spent)}万元未使用，请说明原因和计划。"
    return _checked(errors)


def check_evaluation(case: Case) -> Outcome:
    """校核使用成效评价：未用部分未定处理、核定支出超过申报的，不能通过。

    What keeps the officer from accepting: an unused part that nobody decided about, an amount that is not recognised.
    """
    content, report = case.forms.get("evaluate_use", {}), case.forms.get("report_use", {})
    errors: dict[str, str] = {}
    recognised = number(content, "recognised")
    if recognised is not None and recognised > _spent(report):
        errors["recognised"] = "核定支出不能超过申报的支出合计。"
    rest = _awarded(case, report) - (recognised if recognised is not None else _spent(report))
    if rest > 0 and not text(content, "unspent"):
        errors["unspent"] = f"未使用的{reward_money.plain(rest)}万元如何处理，请选择。"
    return _checked(errors)


def close(case: Case) -> Outcome:
    """办结奖励：记录已用和结余供下一轮评价，告知依托单位结余的处理。

    已办结: spent and left stand in the summary for the next evaluation; the host knows what becomes of the rest.
    """
    content, report = case.forms.get("evaluate_use", {}), case.forms.get("report_use", {})
    recognised = number(content, "recognised")
    spent = recognised if recognised is not None else _spent(report)
    rest = _awarded(case, report) - spent
    handling = text(content, "unspent")
    unspent = f"未使用的{reward_money.plain(rest)}万元{UNSPENT.get(handling, '')}。" if rest > 0 else ""
    facts = {
        **case.proceeding.get("facts", {}),
        "by_purpose": _by_purpose(report),
        "effect": text(report, "effect")[:500],
        "effect_grade": text(content, "effect_grade"),
        "unspent": handling,
        "left": float(rest),
    }
    fields = {
        "spent": spent,
        "submitted_on": day(case.data.get("report_use", {}), "on") or case.today,
        "verdict": "evaluated",
        "note": text(content, "comment"),
        "facts": facts,
    }
    said = phrases.reward_closed(_base(case), reward_money.plain(spent), unspent)
    effects = [UpdateProceeding(fields), *addressees.all_sides(case, said, "奖励经费使用情况已核验")]
    return Outcome({"spent": float(spent), "left": float(rest), "unspent": handling}, effects)


# ------------------------------------------------------------------------------------- the base's end


def settle(case: Case) -> Outcome:
    """基地资格终止：已用的奖励经费保留，未用部分按决定处理。

    The base ended: what was spent stays, the unused part is dealt with as the decision says (domain.md 3.5).
    """
    payload: Any = case.data.get("base_terminal") or {}
    reason = text(payload, "reason") or "基地资格已终止"
    decided = _decided_unspent(case, str(payload.get("case") or ""))
    unspent = reward_money.unspent(decided) if decided else ""
    if not case.proceeding.get("amount"):
        unspent = "尚未拨付，不再拨付。"
    facts = {
        **case.proceeding.get("facts", {}),
        "unspent": text(decided, "handling"),
        "recovered": float(number(decided, "recovered") or 0),
    }
    fields = {"verdict": "ended", "note": f"{reason}。{unspent}", "facts": facts}
    said = phrases.reward_ended(_base(case), reason, unspent)
    effects = [
        UpdateProceeding(fields),
        *addressees.all_sides(case, said, "奖励事项终止"),
        *addressees.officer(said, "奖励事项终止"),
    ]
    return Outcome({"reason": reason, "unspent": unspent}, effects)


# ------------------------------------------------------------------------------------- reading the case


def _decided_unspent(case: Case, cause: str) -> Facts:
    """The line about this reward in the document that ended the base; what an exit settled needs none."""
    if not cause:
        return {}
    document = register(case).submitted(cause).get("register_document", {})
    return next((row for row in rows(document, "rewards") if text(row, "case") == case.id), {})


def _before(case: Case) -> list[Facts]:
    """Earlier rewards of the base that were paid, the newest first."""
    found = register(case).proceedings(base_id=str(case.base.get("id", "")), process="reward")
    return [row for row in found if row["id"] != case.id and row.get("amount") is not None and _is_earlier(case, row)]


def _is_earlier(case: Case, row: Facts) -> bool:
    own = to_date(case.proceeding.get("opened_on")) or case.today
    return (to_date(row.get("opened_on")) or date.min) <= own


def _shown(row: Facts) -> dict[str, str]:
    """An earlier reward as the officer's form lists it."""
    closed = "使用情况已核验" if row.get("status") == CLOSED else "已终止"
    state = closed if row.get("ended_on") else "使用情况尚未核验"
    return {
        "name": reward_money.name(row),
        "amount": reward_money.plain(row.get("amount")),
        "spent": reward_money.plain(row.get("spent")),
        "state": state,
    }


def _awarded(case: Case | None, form: Facts) -> Decimal:
    known = part(case.data, "award").get("amount") if case is not None else None
    return number({"amount": known if known is not None else form.get("amount")}, "amount") or Decimal(0)


def _spent(form: Facts) -> Decimal:
    return sum((number(row, "amount") or Decimal(0) for row in rows(form, "items")), Decimal(0))


def _by_purpose(form: Facts) -> dict[str, float]:
    found: dict[str, Decimal] = {}
    for row in rows(form, "items"):
        purpose = text(row, "purpose")
        found[purpose] = found.get(purpose, Decimal(0)) + (number(row, "amount") or Decimal(0))
    return {purpose: float(amount) for purpose, amount in found.items()}


def _basis(case: Case, begun: Facts) -> str:
    return str(begun.get("basis") or ("most" if _is_national(case) else "provincial"))


def _is_national(case: Case) -> bool:
    return case.base.get("level") == "national" or case.base.get("status") == "transferred_national"


def _base(case: Case) -> str:
    return str(case.base.get("name") or "国合基地")


def _checked(errors: dict[str, str]) -> Outcome:
    return Outcome({"errors": errors, "findings": []})
