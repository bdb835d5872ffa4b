"""Ranking for the comprehensive deliberation (第十一条第三项): the order by scores, ties, and departures from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from handlers.vocabulary import Facts

SUGGESTIONS = {"recommend": "recommend", "defer": "reserve", "not_recommend": "not_suggested"}
"""What the experts' lead concluded → what is proposed to the deliberation: 建议认定, 备选, 不建议认定."""


def matrix(applications: Sequence[Facts], hosts: Mapping[str, str], regions: Mapping[str, str]) -> list[Facts]:
    """One row an application, best score first; equal scores share a rank (1, 2, 2, 4) and stand in the recommenders'
    order, then by 受理编号. Without a score an application stands last.

    `hosts` are names by organisation id, `regions` labels by country or region code.
    """
    ordered = sorted(applications, key=_place)
    rows: list[Facts] = []
    for order, application in enumerate(ordered, 1):
        rank, tied_with = _rank(ordered, order - 1)
        row = {
            "application": application["id"],
            "rank": rank,
            "accepted_no": application.get("accepted_no") or "",
            "base_name": application.get("base_name") or "",
            "host_name": hosts.get(str(application.get("host_id")), ""),
            "category": application.get("category"),
            "city": application.get("city"),
            "field_code": application.get("field_code"),
            "country_region": "、".join(regions.get(code, code) for code in application.get("main_regions") or ()),
            "score": _plain(application.get("score")),
            "score_sd": _plain(application.get("score_sd")),
            "spread_alert": bool(application.get("spread_alert")),
            "suggestion": SUGGESTIONS.get(str(application.get("suggestion")), "reserve"),
            "order": order,
        }
        rows.append(row | {"reason": f"与“{tied_with}”得分并列，按推荐排序列后。"} if order != rank else row)
    return rows


def unreasoned(rows: Sequence[Facts]) -> list[int]:
    """Positions of rows put before an application with a higher score without a reason (domain.md 4.4)."""
    scores = [_number(row.get("score")) for row in rows]
    orders = [_number(row.get("order")) for row in rows]
    return [
        mine
        for mine, row in enumerate(rows)
        if not str(row.get("reason") or "").strip()
        and any(orders[mine] < orders[other] and scores[mine] < scores[other] for other in range(len(rows)))
    ]


def repeated(rows: Sequence[Facts]) -> list[int]:
    """Positions of rows whose order another row has already taken."""
    seen: set[Decimal] = set()
    found = []
    for position, row in enumerate(rows):
        order = _number(row.get("order"))
        if order in seen:
            found.append(position)
        seen.add(order)
    return found


def _place(application: Facts) -> tuple[Decimal, int, str]:
    rank = application.get("recommend_rank")
    return (
        -_number(application.get("score")),
        rank if rank is not None else 10**6,
        str(application.get("accepted_no")),
    )


def _rank(ordered: Sequence[Facts], position: int) -> tuple[int, str]:
    """The rank that equal scores share, and the name of the first application that has it."""
    score = _number(ordered[position].get("score"))
    first = next(n for n, other in enumerate(ordered) if _number(other.get("score")) == score)
    return first + 1, str(ordered[first].get("base_name") or "")


def _number(value: object) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return Decimal(-1)


def _plain(value: object) -> float | None:
    return float(str(value)) if value is not None else None
