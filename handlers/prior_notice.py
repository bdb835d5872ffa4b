"""事先告知与陈述申辩 before a revocation: notice, statement, hearing, review of the statement (省政府令第348号 art. 5).

Called by the procedure that is to decide; `notice` says what was told, `hearing` how the host was heard.
"""

from __future__ import annotations

from typing import Any

from handlers import addressees, deadlines, decision_document, messages, round_progress
from handlers import ending_phrases as phrases
from handlers import revocation_file as file_of
from handlers import revocation_grounds as grounds_of
from handlers.eligibility_form import day, numbered, rows, text
from handlers.vocabulary import Case, Effect, IssueDocument, Outcome, UpdateProceeding

MOST_REVIEWS = 2
"""The law division's disagreement sends the review back once; then it goes to the decision as it stands."""


def check_draft(case: Case) -> Outcome:
    """校核事先告知书：没有情形、或者列入未经核实成立的情形的，不能报批。

    What keeps the notice from going up: a ground that the verification did not establish, none at all.
    """
    content = case.forms.get("draft_notice", {})
    wanted: Any = content.get("grounds") or ()
    established = file_of.established(case)
    wrong = sorted(ground for ground in wanted if ground not in established)
    errors = {"grounds": f"{grounds_of.cited(wrong)}未经核实成立，不能写入告知书。"} if wrong else {}
    return _checked(errors)


def give(case: Case) -> Outcome:
    """送达事先告知书：列明情形和陈述申辩的最后一日，期限自次日起算。

    The host has the 事先告知书; `notice` names its grounds and the last day for a statement, the first day not counted.
    """
    content, base = case.forms.get("draft_notice", {}), file_of.base_name(case)
    days = round_progress.limit(case, "revocation.statement_days", 10)
    due = deadlines.workdays(days, case.today, round_progress.calendar(case))
    grounds = sorted(str(ground) for ground in content.get("grounds") or ())
    host = str(case.base.get("host_name") or case.host.get("name") or "")
    letter = {
        "recipients": host,
        "host_name": host,
        "base_name": base,
        "number": case.number,
        "facts": text(content, "facts"),
        "grounds_text": grounds_of.named(grounds),
        "cited": f"{decision_document.REGULATION}{grounds_of.cited(grounds)}",
        "intended": text(content, "intended"),
        "days": days,
        "due_on": due.isoformat(),
        "contact": text(content, "contact"),
        "phone": text(content, "phone"),
        "address": text(content, "address"),
        "told_on": case.today.isoformat(),
    }
    said = phrases.notice_given(messages.revocation_intended(base, days).rstrip("。") + "。", due)
    effects: list[Effect] = [
        IssueDocument("revocation_notice", f"关于拟取消{base}资格的事先告知书", letter, issued_on=case.today),
        UpdateProceeding({"due_on": due}),
        *addressees.host(case, said, "取消资格事先告知"),
    ]
    data = {
        "on": case.today.isoformat(),
        "due_on": due.isoformat(),
        "days": days,
        "grounds": grounds,
        "facts": letter["facts"],
        "cited": letter["cited"],
        "intended": letter["intended"],
        "contact": letter["contact"],
        "phone": letter["phone"],
    }
    return Outcome(data, effects)


def check_statement(case: Case) -> Outcome:
    """校核陈述申辩：期限届满后不能提出。

    What keeps the statement from being handed in: its period is over.
    """
    due = day(case.data.get("notice", {}), "due_on")
    over = due is not None and case.today > due
    said = f"陈述、申辩期限已于{messages.in_chinese(due)}届满，视为放弃。" if over and due else ""
    return _checked({"": said} if said else {})


def waive(case: Case, silent: bool) -> Outcome:
    """记录依托单位放弃陈述申辩：书面放弃，或者逾期未提出。

    The host gave no statement: it said so in writing, or let the period pass.
    """
    said = phrases.statement_waived(file_of.base_name(case), silent=silent)
    data = {"how": "silent" if silent else "waived", "on": case.today.isoformat(), "hearing": False, "again": False}
    return Outcome(data, addressees.officer(said, "陈述申辩"))


def check_hearing(case: Case) -> Outcome:
    """校核听证笔录：听证日期晚于今天、距通知不足规定工作日的，不能登记。

    What keeps the record back: a hearing to come, one too soon after its notice, a chair who verified the facts.
    """
    content = case.forms.get("hold_hearing", {})
    errors: dict[str, str] = {}
    held_on, told_on = day(content, "held_on"), day(content, "notified_on")
    if held_on and held_on > case.today:
        errors["held_on"] = "听证日期不能晚于今天。"
    if held_on and told_on:
        days = round_progress.limit(case, "revocation.hearing_notice_days", 7)
        first = deadlines.workdays(days, told_on, round_progress.calendar(case))
        if held_on < first:
            errors["held_on"] = f"听证须在举行{days}个工作日前通知，最早为{messages.in_chinese(first)}。"
    return _checked(errors)


def check_review(case: Case) -> Outcome:
    """校核陈述申辩的复核：不采纳或部分采纳而未写明理由的，不能提交。

    What keeps the review from going on: a point that is not accepted without a reason.
    """
    errors = {
        f"points.{place}.reason": "不采纳或者部分采纳的，请写明理由。"
        for place, row in numbered(case.forms.get("review_statement", {}), "points")
        if text(row, "result") in ("partly", "rejected") and len(text(row, "reason")) < 4
    }
    return _checked(errors)


def ask_law(case: Case) -> Outcome:
    """列出负责法制审核的处室。

    The division that reviews the law of it, {organisation: {name}}.
    """
    listed: Any = case.parameters.get("revocation.cosign") or {}
    orgs = sorted(listed.get("law") or ("province-fg",))
    return Outcome({org: {"name": round_progress.name_of(case, org) or org} for org in orgs})


def collect_law(case: Case) -> Outcome:
    """汇总法制审核意见，判断是否须重新复核一次。

    `hearing` says that the host was heard, what the divisions said, and whether the review goes back once more.
    """
    given: Any = case.data.get("law_review") or {}
    against = sorted(org for org, row in given.items() if row.get("outcome") == "disagree")
    before = case.data.get("hearing", {})
    # A second notice begins anew: what an earlier one counted is not this one's.
    same = before.get("notice_on") == case.data.get("notice", {}).get("on")
    reviews = (int(before.get("reviews") or 0) if same else 0) + 1
    opinions = [
        {
            "who": round_progress.name_of(case, org) or org,
            "opinion": file_of.said_by(row),
            "view": str(row.get("outcome") or ""),
        }
        for org, row in sorted(given.items())
    ]
    data = {
        "how": "heard",
        "hearing": bool(case.data.get("statement", {}).get("hearing")),
        "results": [text(row, "result") for row in rows(case.forms.get("review_statement", {}), "points")],
        "opinions": opinions,
        "disagreed": bool(against),
        "reviews": reviews,
        "again": bool(against) and reviews < MOST_REVIEWS,
        "notice_on": case.data.get("notice", {}).get("on"),
        "on": case.today.isoformat(),
    }
    return Outcome(data)


def _checked(errors: dict[str, str]) -> Outcome:
    return Outcome({"errors": errors, "findings": []})
