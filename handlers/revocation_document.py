"""What the documents of a revocation say: 责令整改, 不予取消, 取消资格 (第十八条, 第二十二条)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from handlers import bans, decision_document, reward_money
from handlers import revocation_file as file_of
from handlers import revocation_grounds as grounds_of
from handlers.eligibility_form import rows, text
from handlers.round_progress import limit
from handlers.vocabulary import Case, Facts

REVIEWED = {"accepted": "采纳", "partly": "部分采纳", "rejected": "不采纳"}
"""What became of a point of the statement."""
UNHEARD = {"waived": "书面放弃陈述、申辩", "silent": "在告知的期限内未提出陈述、申辩，视为放弃"}


def prior(case: Case) -> dict[str, Any]:
    """What the forms of decision and document show of what was told and heard."""
    notice, decided = case.data.get("notice", {}), case.forms.get("decide", {})
    told = [ground for ground in notice.get("grounds", ()) if ground not in file_of.withdrawn(case)]
    return {
        "told": [{"id": ground, "name": f"第（{grounds_of.ITEMS[ground]}）项"} for ground in told],
        "told_ids": told,
        "heard": heard(case),
        "intended": str(notice.get("intended") or ""),
        "points": points(case),
        "decided_scope": text(decided, "ban_scope"),
        "decided_reason": text(decided, "reason"),
        "title": f"关于取消{file_of.base_name(case)}资格的决定",
        "host_name": str(case.base.get("host_name") or case.host.get("name") or ""),
    }


def heard(case: Case) -> str:
    """In a sentence, how the host was heard."""
    hearing = case.data.get("hearing", {})
    if not hearing:
        return ""
    if hearing.get("how") in UNHEARD:
        return f"你单位{UNHEARD[hearing['how']]}。"
    held = "并要求听证，我厅依法组织了听证" if hearing.get("hearing") else ""
    return f"你单位提出陈述、申辩{held}。我厅已逐条复核。"


def points(case: Case) -> list[dict[str, str]]:
    """Every point of the statement with what became of it and why; empty when there was none."""
    if case.data.get("hearing", {}).get("how") != "heard":
        return []
    return [
        {"point": text(row, "point"), "result": REVIEWED.get(text(row, "result"), ""), "reason": text(row, "reason")}
        for row in rows(case.forms.get("review_statement", {}), "points")
    ]


def rectification(case: Case, items: Sequence[Facts], due: date) -> dict[str, Any]:
    """The content of the 责令整改通知书."""
    grounds = file_of.current(case)
    return {
        **_head(case),
        "grounds": grounds_of.named(grounds),
        "facts": text(case.forms.get("verify", {}), "facts"),
        "items": list(items),
        "due_on": due.isoformat(),
    }


def not_revoked(case: Case, reason: str) -> dict[str, Any]:
    """The content of the decision that leaves the base its title, after a prior notice."""
    return {
        **_head(case),
        "heard": heard(case),
        "reason": reason,
        "told_on": str(case.data.get("notice", {}).get("on") or ""),
    }


def decision(case: Case, doc_no: str, issued_on: date) -> dict[str, Any]:
    """The content of the 取消资格决定: facts, hearing, grounds, decision with the scope of the ban, remedies."""
    decided, content = case.forms.get("decide", {}), case.forms.get("register_document", {})
    grounds = sorted(str(ground) for ground in decided.get("grounds") or ())
    scope = text(decided, "ban_scope") or str(case.parameters.get("ban.scope") or "host")
    policy = str(case.parameters.get("ban.start") or bans.DOCUMENT)
    period = bans.period(case, issued_on)
    counted = policy == bans.DOCUMENT
    return {
        **_head(case),
        "doc_no": doc_no,
        "issued_on": issued_on.isoformat(),
        "signer": text(content, "signer"),
        "copies": text(content, "copies"),
        "grounds": grounds,
        "cited": f"{decision_document.REGULATION}{grounds_of.cited(grounds)}",
        "grounds_text": grounds_of.named(grounds),
        "facts": text(case.forms.get("verify", {}), "facts"),
        "told_on": str(case.data.get("notice", {}).get("on") or ""),
        "heard": heard(case),
        "points": points(case),
        "meeting": decision_document.meeting(decided),
        "reason": text(decided, "reason"),
        "scope": scope,
        "scope_text": bans.SCOPES.get(scope, scope),
        "years": limit(case, "ban.years", 3),
        "from_text": bans.STARTS.get(policy, bans.STARTS[bans.DOCUMENT]),
        "until": period.ends_on.isoformat() if counted else "",
        "allowed": period.first_day_allowed.isoformat() if counted else "",
        "rewards": [_reward(row) for row in rows(content, "rewards")],
        "remedies": decision_document.remedies(case),
    }


def _reward(row: Facts) -> str:
    return f"{text(row, 'title')}：{reward_money.unspent(row)}"


def _head(case: Case) -> dict[str, Any]:
    host = str(case.base.get("host_name") or case.host.get("name") or "")
    return {"recipients": host, "host_name": host, "base_name": file_of.base_name(case), "number": case.number}
