"""Service tasks and form checks of 恢复资格: a revocation undone by 复核, 复议 or judgment (settled 28, domain.md 3.3).

Nothing is deleted: the base is active again from a day, the ban stands in the register as lifted.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from handlers import addressees, deadlines, decision_document, messages
from handlers import ending_phrases as phrases
from handlers.eligibility_form import day, text, to_date
from handlers.round_progress import register
from handlers.vocabulary import (
    Case,
    ClearMark,
    Effect,
    Facts,
    IssueDocument,
    Outcome,
    RescindBan,
    RestoreBase,
    UpdateProceeding,
)

INSTRUMENTS = {"reconsideration": "复核决定", "review": "行政复议决定", "judgment": "行政判决"}
CONCLUSIONS = {"annulled": "撤销了", "changed": "变更了", "unlawful": "确认违法并责令重新处理"}
OVERDUE = "annual_report_overdue"


def prepare(case: Case) -> Outcome:
    """列明拟撤销的取消资格决定、限制申报期和不在册起始日期。

    `file` holds the revocation that is to be undone, its ban, and since when the base has been none.
    """
    revocation, ban = _revocation(case), _ban(case)
    ended_on = to_date(case.base.get("status_on"))
    return Outcome(
        {
            "revocation": str(revocation.get("id") or ""),
            "doc_no": str(revocation.get("doc_no") or (ban or {}).get("doc_no") or ""),
            "revoked_on": ended_on.isoformat() if ended_on else "",
            "reason": str(revocation.get("note") or ""),
            "ban": str((ban or {}).get("id") or ""),
            "ban_doc_no": str((ban or {}).get("doc_no") or ""),
            "ban_until": _iso((ban or {}).get("ends_on")),
        }
    )


def check_application(case: Case) -> Outcome:
    """校核恢复依据：文书早于取消决定或晚于今天、名称已被使用的，不能上报。

    What keeps it from going up: an instrument before the revocation or to come, a name that is taken by now.
    """
    content = case.forms.get("apply", {})
    errors: dict[str, str] = {}
    made_on, valid_on = day(content, "instrument_on"), day(content, "valid_on")
    revoked_on = day(case.data.get("file", {}), "revoked_on")
    if made_on and made_on > case.today:
        errors["instrument_on"] = "文书日期不能晚于今天。"
    elif made_on and revoked_on and made_on < revoked_on:
        errors["instrument_on"] = f"文书日期不能早于取消资格的{messages.in_chinese(revoked_on)}。"
    if valid_on and (valid_on > case.today or (made_on and valid_on < made_on)):
        errors["valid_on"] = "生效日期不能早于文书日期，也不能晚于今天；尚未生效的不能据以恢复。"
    same = [
        row
        for row in register(case).bases(host_id=case.base.get("host_id"), status="active")
        if row.get("name") == case.base.get("name") and row.get("id") != case.base.get("id")
    ]
    if same:
        errors[""] = f"该单位已另有同名的在册基地（{same[0].get('code')}），请先处理后再恢复。"
    return _checked(errors | _not_revoked(case))


def check_decision(case: Case) -> Outcome:
    """校核恢复决定：会议日期晚于今天的，不能恢复。

    What keeps the leader from restoring: a meeting to come.
    """
    return _checked(decision_document.meeting_faults(case, case.forms.get("decide", {})))


def refuse(case: Case) -> Outcome:
    """不予恢复：取消资格决定继续有效，告知依托单位理由和救济途径。

    不予恢复: the revocation stands, the host knows why and what it can do.
    """
    reason = (text(case.data.get("decide", {}), "opinion") or "详见办理意见").rstrip("。")
    said = phrases.not_restored(_base(case), reason) + decision_document.remedies(case)
    fields = {"verdict": "refused", "note": reason, "decided_on": case.today}
    effects = [UpdateProceeding(fields), *addressees.all_sides(case, said, "不予恢复资格")]
    return Outcome({"result": "refused", "reason": reason, "on": case.today.isoformat()}, effects)


def check_document(case: Case) -> Outcome:
    """校核恢复文件：文号、日期有误，恢复日期不晚于取消日期的，不能登记。

    What keeps the decision from being issued: number and dates; a base is restored after it was revoked.
    """
    content = case.forms.get("register_document", {})
    decided_on = day(case.forms.get("decide", {}), "meeting_on")
    errors = decision_document.faults(case, content, decided_on)
    on, revoked_on = day(content, "restored_on"), day(case.data.get("file", {}), "revoked_on")
    if on and on > case.today:
        errors["restored_on"] = "恢复日期不能晚于今天。"
    elif on and revoked_on and on <= revoked_on:
        # The days without the title stay on record, so they are not written over.
        errors["restored_on"] = f"恢复日期须晚于取消资格的{messages.in_chinese(revoked_on)}。"
    return _checked(errors | _not_revoked(case))


def restore(case: Case) -> Outcome:
    """恢复基地资格：撤销限制申报，免除取消期间应交的年度事项，告知各方。

    已恢复: base, ban, marks and everybody concerned, in one transaction; the years that fell due meanwhile are waived.
    """
    content, file, base = case.forms.get("register_document", {}), case.data.get("file", {}), _base(case)
    doc_no, issued_on = decision_document.number(content), day(content, "issued_on") or case.today
    on = day(content, "restored_on") or issued_on
    years = waived_years(case, day(file, "revoked_on") or on, on)
    ban = _ban(case)
    effects: list[Effect] = [
        RestoreBase(on, doc_no, _instrument(case)),
        *([RescindBan(str(ban["id"]), on, doc_no)] if ban else []),
        *[
            ClearMark(OVERDUE, str(row["period"]), "恢复资格，取消期间到期的年度报告免报")
            for row in register(case).marks(str(case.base.get("id", "")))
            if row["kind"] == OVERDUE and str(row["period"]) in years
        ],
        IssueDocument("reinstatement", _title(case, content), _letter(case, content, on, years), doc_no, issued_on),
        UpdateProceeding(
            {
                "verdict": "restored",
                "doc_no": doc_no,
                "decided_on": issued_on,
                "event_on": on,
                "note": _instrument(case),
                "facts": {
                    "waived": years,
                    "ban": str((ban or {}).get("id") or ""),
                    "revocation": file.get("revocation", ""),
                },
            }
        ),
        *addressees.all_sides(case, phrases.restored(base, doc_no, on, "、".join(years)), "恢复国合基地资格"),
        *addressees.officer(phrases.restored(base, doc_no, on, "、".join(years)), "恢复国合基地资格"),
    ]
    return Outcome({"result": "restored", "on": on.isoformat(), "doc_no": doc_no, "waived": years}, effects)


def waived_years(case: Case, first: date, last: date) -> list[str]:
    """Report years whose due day lay in the gap: on or after the first day without the title, before the last (第十五条)."""
    month, of_month = (int(part) for part in str(case.parameters.get("annual_report.due") or "01-31").split("-"))
    due = {year: _due(year + 1, month, of_month) for year in range(first.year - 1, last.year + 1)}
    return [str(year) for year, on in due.items() if first <= on < last]


def _not_revoked(case: Case) -> dict[str, str]:
    return {} if case.base.get("status") == "revoked" else {"": "该基地不在取消资格状态，无需恢复。"}


def _due(year: int, month: int, of_month: int) -> date:
    start = date(year, month, 1)
    return min(start + timedelta(days=of_month - 1), deadlines.months(1, start) - timedelta(days=1))


def _title(case: Case, content: Facts) -> str:
    return text(content, "title") or f"关于恢复{_base(case)}资格的决定"


def _letter(case: Case, content: Facts, on: date, years: list[str]) -> dict[str, Any]:
    apply, file = case.forms.get("apply", {}), case.data.get("file", {})
    return {
        "recipients": text(content, "recipients") or str(case.base.get("host_name") or ""),
        "copies": text(content, "copies"),
        "signer": text(content, "signer"),
        "base_name": _base(case),
        "number": case.number,
        "authority": text(apply, "authority"),
        "instrument": INSTRUMENTS.get(text(apply, "instrument"), "决定"),
        "instrument_no": text(apply, "instrument_no"),
        "instrument_on": text(apply, "instrument_on"),
        "conclusion": CONCLUSIONS.get(text(apply, "conclusion"), "撤销了"),
        "revocation_doc_no": file.get("doc_no", ""),
        "ban_doc_no": file.get("ban_doc_no", ""),
        "reason": text(case.forms.get("decide", {}), "reason") or text(apply, "facts"),
        "on": on.isoformat(),
        "waived": [f"{year}年度" for year in years],
    }


def _instrument(case: Case) -> str:
    apply = case.forms.get("apply", {})
    kind = INSTRUMENTS.get(text(apply, "instrument"), "决定")
    return f"{text(apply, 'authority')}{kind}（{text(apply, 'instrument_no')}）"


def _revocation(case: Case) -> Facts:
    """The summary of the revocation that ended the base; empty when it was before this system."""
    found = register(case).proceedings(base_id=str(case.base.get("id", "")), process="revocation")
    return next((row for row in found if row.get("verdict") == "revoked"), {})


def _ban(case: Case) -> Facts | None:
    """The ban that came with the revocation and still stands; it follows the code that the host had then."""
    known: Any = _revocation(case).get("facts") or {}
    codes = {str(known.get("uscc") or ""), str(case.base.get("uscc") or "")} - {""}
    found = [ban for code in sorted(codes) for ban in register(case).bans(code)]
    mine = (ban for ban in found if ban.get("base_id") == case.base.get("id") and not ban.get("rescinded_on"))
    return next(mine, None)


def _base(case: Case) -> str:
    return str(case.base.get("name") or "国合基地")


def _iso(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _checked(errors: dict[str, str]) -> Outcome:
    return Outcome({"errors": errors, "findings": []})
