"""奖励经费 (第十九条) as the summaries of rewards keep it, in 万元: what was paid, what was spent, what is left."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from handlers.eligibility_form import number, rows, text, to_date
from handlers.round_progress import register
from handlers.vocabulary import Case, Facts

LINE = ("purpose", "content", "amount", "on", "evidence")
"""What a line of use says."""


def of_base(case: Case) -> list[Facts]:
    """Rewards of the case's base that were paid and are not settled, the newest first."""
    found = register(case).proceedings(base_id=str(case.base.get("id", "")), process="reward")
    return [row for row in found if row.get("amount") is not None and not row.get("ended_on")]


def left(row: Facts) -> Decimal:
    """What is left of the reward."""
    return (number(row, "amount") or Decimal(0)) - (number(row, "spent") or Decimal(0))


def unused(case: Case, row: Facts) -> Decimal:
    """What is left when the base's annual reports already tell of more spending than the summary does."""
    paid_on = to_date(row.get("decided_on"))
    told = [line for line in reported(case) if paid_on is None or (to_date(line.get("on")) or paid_on) >= paid_on]
    spent = sum((number(line, "amount") or Decimal(0) for line in told), Decimal(0))
    amount = number(row, "amount") or Decimal(0)
    return min(left(row), max(amount - spent, Decimal(0)))


def reported(case: Case) -> list[dict[str, Any]]:
    """Lines on the reward's use that the base's annual reports have (第十五条), the newest report first."""
    found: list[dict[str, Any]] = []
    for report in register(case).proceedings(base_id=str(case.base.get("id", "")), process="annual_report"):
        if not report.get("case_id"):
            continue
        contents = register(case).submitted(str(report["case_id"])).values()
        filled = next((content for content in contents if content.get("reward_use")), {})
        found += [{key: row[key] for key in LINE if key in row} for row in rows(filled, "reward_use")]
    return found


def plain(amount: Any) -> str:
    """The amount without needless zeros."""
    exact = Decimal(str(amount or 0)).normalize()
    return f"{exact:f}"


def name(row: Facts) -> str:
    """What the reward is called: its evaluation round."""
    known: Any = row.get("facts")
    return (text(known, "round_name") if isinstance(known, Mapping) else "") or str(row.get("title") or "奖励经费")


def unspent(row: Facts) -> str:
    """What becomes of the unused part, in a sentence; `row`: {left, handling, recovered}."""
    rest, handling = plain(row.get("left")), text(row, "handling")
    if rest == "0":
        return ""
    if handling == "recover":
        return f"未使用的{rest}万元收回。"
    if handling == "part":
        return f"未使用的{rest}万元中收回{plain(row.get('recovered'))}万元。"
    return f"未使用的{rest}万元不予收回。"
