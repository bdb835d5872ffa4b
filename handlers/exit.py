"""Service tasks and form checks of 主动退出 (第二十三条): from the request to the day the base leaves.

What the base still owes, exit_obligations says. An exit leaves no ban.
"""

from __future__ import annotations

from typing import Any

from handlers import addressees, deadlines, decision_document, exit_obligations, messages, round_progress
from handlers import ending_phrases as phrases
from handlers.eligibility_form import day, numbered, rows, text
from handlers.vocabulary import Case, Effect, EndBase, IssueDocument, Outcome, UpdateProceeding, Urge

REASONS = {"force_majeure": "不可抗力", "adjustment": "依托单位调整", "ended": "合作中止", "other": "其他"}
LEVELS = ("recommender", "province")
"""Who may return a request for correction."""


# ------------------------------------------------------------------------------------- the request


def prepare(case: Case) -> Outcome:
    """判断退出由谁提出：依托单位，或者代不再运行的依托单位提出的组织推荐部门。

    `filing` says who asks: the host, or the recommending department for a host that no longer acts (domain.md 3.7).
    """
    by_recommender = case.actor.get("role") == "recommender"
    return Outcome({"by_recommender": by_recommender, "by": case.actor.get("name") or "", "on": case.today.isoformat()})


def prior(case: Case) -> Outcome:
    """带出退出申请的初始内容：截至今天的未了事项和此前填写的安排。

    What the forms open with: the obligations as of today, with the arrangement that was named before.
    """
    planned: Any = _request(case).get("obligations") or ()
    plans = {str(row.get("item")): str(row.get("plan") or "") for row in planned}
    obligations = [{**row, "plan": plans.get(row["item"], "")} for row in exit_obligations.rows(case)]
    return Outcome(
        {
            "obligations": obligations,
            "returned": "；".join(
                f"{row.get('field', '')}：{row.get('problem', '')}"
                for row in case.data.get("returned", {}).get("items", ())
            ),
        }
    )


def check_apply(case: Case) -> Outcome:
    """校核退出申请：拟退出日期已过、未了事项没有安排的，不能提交。

    What keeps the host's request back: a day already past, an obligation without an arrangement.
    """
    content = case.forms.get(case.element) or case.forms.get("apply", {})
    return _checked({**_wrong_day(case, content), **_unplanned(case, content)})


def check_on_behalf(case: Case) -> Outcome:
    """校核代为提出的退出申请：除未了事项安排外，须说明依托单位不能自行提出的原因。

    The same for the department's request; it says why the host does not ask itself.
    """
    content = case.forms.get("apply_on_behalf", {})
    errors = {**_wrong_day(case, content), **_unplanned(case, content)}
    gone_on = day(content, "host_ended_on")
    if gone_on and gone_on > case.today:
        errors["host_ended_on"] = "注销或者停止运行的日期不能晚于今天。"
    return _checked(errors)


def register_request(case: Case) -> Outcome:
    """登记退出申请和提交日期，告知依托单位或者组织推荐部门。

    The request is on record with its day; who has to do with the base knows.
    """
    by_recommender = bool(case.data.get("filing", {}).get("by_recommender"))
    who = (
        _department(case) if by_recommender else str(case.base.get("host_name") or case.host.get("name") or "依托单位")
    )
    said = phrases.exit_requested(_base(case), who)
    content = _request(case)
    told = addressees.host(case, said, "退出申请") if by_recommender else addressees.department(case, said, "退出申请")
    fields = {
        "kind": text(content, "reason"),
        "submitted_on": case.proceeding.get("submitted_on") or case.today,
        "event_on": day(content, "intended_on"),
    }
    return Outcome({"on": case.today.isoformat(), "who": who}, [UpdateProceeding(fields), *told])


# ------------------------------------------------------------------------------------- review


def check_opinion(case: Case) -> Outcome:
    """校核退出审核意见：签署日期晚于今天的，不能同意。

    What keeps the department from agreeing: a day that lies ahead.
    """
    signed_on = day(case.forms.get("opine", {}), "signed_on")
    late = signed_on is not None and signed_on > case.today
    return _checked({"signed_on": "签署日期不能晚于今天。"} if late else {})


def urge_recommender(case: Case) -> Outcome:
    """催办组织推荐部门审核退出申请，不因此终止申请。

    The overdue opinion is urged; nothing is ended by it.
    """
    said = messages.overdue("审核退出申请", _base(case))
    return Outcome({"on": case.today.isoformat()}, [Urge("opine", said)])


def record_return(case: Case) -> Outcome:
    """登记退出申请退回修改：列明事项、退回层级和期限，累计各级次数。

    `returned` names the items, who returned the request and the last day; counted for each level.
    """
    by = "province" if case.data.get("examine", {}).get("outcome") == "return" else "recommender"
    content = case.forms.get("examine" if by == "province" else "opine", {})
    items = [{key: text(row, key) for key in ("field", "problem")} for row in rows(content, "correction_items")]
    before = case.data.get("returned", {}).get("counts", {})
    counts = {level: int(before.get(level, 0)) + (level == by) for level in LEVELS}
    most = round_progress.limit(case, "correction.max_rounds", 2)
    due = deadlines.workdays(
        round_progress.limit(case, "correction.days", 10), case.today, round_progress.calendar(case)
    )
    facts = {**case.proceeding.get("facts", {}), **{f"returns_{level}": counts[level] for level in LEVELS}}
    effects: list[Effect] = [UpdateProceeding({"due_on": due, "facts": facts})]
    if case.data.get("filing", {}).get("by_recommender"):
        said = phrases.exit_returned_to_department(max(len(items), 1), _base(case))
        effects += addressees.department(case, said, "退出申请退回修改")
    else:
        said = messages.SIGN + phrases.exit_returned(max(len(items), 1), due)
        effects += addressees.host(case, said, "退出申请退回修改")
    data = {
        "by": by,
        "items": items,
        "due_on": due.isoformat(),
        "counts": counts,
        "left": {level: max(most - counts[level], 0) for level in LEVELS},
    }
    return Outcome(data, effects)


def check_examination(case: Case) -> Outcome:
    """校核退出审查：须先办结的未了事项未处理的，不能上报。

    What keeps the officer from reporting: an obligation that is to be settled first (第十五条, 第十九条, 第二十二条).
    """
    content = case.forms.get("examine", {})
    errors: dict[str, str] = {}
    left = exit_obligations.unsettled(case, content)
    if left:
        errors["obligations"] = f"{'、'.join(left)}须先办结；确需不办结的，选“不再要求”并写明理由。"
    for place, row in numbered(content, "obligations"):
        if text(row, "settled") == "waived" and len(text(row, "note")) < 4:
            errors[f"obligations.{place}.note"] = "不再要求的，请写明理由。"
    return _checked(errors | _not_active(case))


# ------------------------------------------------------------------------------------- decision


def check_decision(case: Case) -> Outcome:
    """校核退出批准：决定日期晚于今天、基地已不在册的，不能批准。

    What keeps the leader from approving: a meeting to come, a base that is no longer one.
    """
    return _checked(decision_document.meeting_faults(case, case.forms.get("decide", {})) | _not_active(case))


def refuse(case: Case) -> Outcome:
    """退出申请不予批准：告知理由和救济途径，基地继续运行。

    不予批准: the host knows why and what it can do; the base goes on.
    """
    reason = _opinion(case, "decide")
    said = phrases.exit_refused(_base(case), reason) + decision_document.remedies(case)
    fields = {"verdict": "refused", "note": reason, "decided_on": case.today}
    effects = [UpdateProceeding(fields), *addressees.all_sides(case, said, "退出申请不予批准")]
    return Outcome({"result": "refused", "reason": reason, "on": case.today.isoformat()}, effects)


def check_document(case: Case) -> Outcome:
    """校核退出批复：文号、日期有误，生效早于成文的，不能登记。

    What keeps the approval from being issued: number and dates; it takes effect on its date at the earliest.
    """
    content = case.forms.get("register_document", {})
    decided_on = day(case.forms.get("decide", {}), "meeting_on") or day(case.data.get("decide", {}), "on")
    errors = decision_document.faults(case, content, decided_on)
    issued_on, effective_on = day(content, "issued_on"), day(content, "effective_on")
    if issued_on and effective_on and effective_on < issued_on:
        errors["effective_on"] = "退出生效日期不能早于成文日期。"
    return _checked(errors | _not_active(case))


def issue(case: Case) -> Outcome:
    """印发退出批复，告知各方退出生效日期。

    The approval is issued and told with the day from which it holds.
    """
    content, request, base = case.forms.get("register_document", {}), _request(case), _base(case)
    doc_no, issued_on = decision_document.number(content), day(content, "issued_on") or case.today
    on = day(content, "effective_on") or issued_on
    listed: Any = case.forms.get("examine", {}).get("obligations") or ()
    letter = {
        "recipients": text(content, "recipients") or str(case.base.get("host_name") or ""),
        "copies": text(content, "copies"),
        "signer": text(content, "signer"),
        "base_name": base,
        "number": case.number,
        "reason": f"{REASONS.get(text(request, 'reason'), '')}。{text(request, 'facts')}",
        "arrangement": "；".join(
            said.rstrip("。") for key in ("results", "partners", "staff_assets") if (said := text(request, key))
        ),
        "effective_on": on.isoformat(),
        "obligations": [f"{row.get('item')}：{row.get('note') or row.get('label') or ''}" for row in listed],
    }
    effects: list[Effect] = [
        IssueDocument("exit", text(content, "title") or f"关于同意{base}退出的批复", letter, doc_no, issued_on),
        UpdateProceeding({"doc_no": doc_no, "decided_on": issued_on, "event_on": on, "status": "waiting"}),
        *addressees.all_sides(case, phrases.exit_approved(base, doc_no, on), "退出申请已批准"),
    ]
    return Outcome({"doc_no": doc_no, "issued_on": issued_on.isoformat(), "effective_on": on.isoformat()}, effects)


def end_base(case: Case) -> Outcome:
    """退出生效：基地自生效日起不再在册，其他事项随之办结，不限制再次申报。

    已退出: the base is none from its day on, its other matters end with it, nobody is banned.
    """
    document, base = case.data.get("document", {}), _base(case)
    doc_no, on = str(document.get("doc_no") or ""), day(document, "effective_on") or case.today
    said = phrases.exited(base, doc_no, on)
    effects: list[Effect] = [
        UpdateProceeding({"status": "exited", "verdict": "exited"}),
        EndBase("exited", on, doc_no, "基地已主动退出"),
        *addressees.all_sides(case, said, "已退出国合基地序列"),
        *addressees.officer(said, "基地已退出"),
    ]
    return Outcome({"result": "exited", "on": on.isoformat()}, effects)


# ------------------------------------------------------------------------------------- other ends


def withdraw(case: Case) -> Outcome:
    """撤回退出申请：告知已收到申请的各方，基地继续运行。

    撤回: whoever had the request knows; the base goes on.
    """
    return _withdrawn(case, lapsed=False)


def lapse(case: Case) -> Outcome:
    """逾期未补正退出申请的，视为撤回，并告知各方。

    视为撤回: the correction limit passed.
    """
    return _withdrawn(case, lapsed=True)


def stop(case: Case) -> Outcome:
    """基地已被取消资格或者转为国家级：退出申请随之终止。

    The base ended otherwise: revoked (the request is moot) or a national one.
    """
    payload = case.data.get("base_terminal", {})
    reason = text(payload, "reason") or "基地资格已终止"
    moot = text(payload, "kind") == "revoked"
    fields = {"verdict": "moot" if moot else "ended", "note": reason}
    effects = [
        UpdateProceeding(fields),
        *addressees.all_sides(case, phrases.exit_moot(_base(case), reason), "退出申请终止"),
    ]
    return Outcome({"result": fields["verdict"], "reason": reason, "on": case.today.isoformat()}, effects)


# ------------------------------------------------------------------------------------- reading the case


def _withdrawn(case: Case, *, lapsed: bool) -> Outcome:
    said = phrases.exit_withdrawn(_base(case), lapsed=lapsed)
    why = "逾期未修改" if lapsed else text(case.data.get("withdrawn_by", {}), "reason") or "申请人撤回"
    effects: list[Effect] = [UpdateProceeding({"status": "withdrawn", "verdict": "withdrawn", "note": why})]
    if case.proceeding.get("submitted_on"):  # a draft given up concerns nobody else
        effects += addressees.all_sides(case, said, "退出申请撤回")
    return Outcome({"result": "withdrawn", "reason": why, "on": case.today.isoformat()}, effects)


def _request(case: Case) -> dict[str, Any]:
    """The newest request, whoever wrote it."""
    by_recommender = case.data.get("filing", {}).get("by_recommender")
    names = ("apply_on_behalf",) if by_recommender else ("correct", "apply")
    return next((dict(case.forms[name]) for name in names if case.forms.get(name)), {})


def _wrong_day(case: Case, content: Any) -> dict[str, str]:
    intended = day(content, "intended_on")
    return {"intended_on": "拟退出日期不能早于今天。"} if intended and intended < case.today else {}


def _unplanned(case: Case, content: Any) -> dict[str, str]:
    """Obligations that the request does not say what becomes of."""
    planned = {text(row, "item"): text(row, "plan") for row in rows(content, "obligations")}
    return {
        f"obligations.{place}.plan": f"请写明{row['item']}如何处理。"
        for place, row in enumerate(exit_obligations.rows(case))
        if not planned.get(row["item"])
    }


def _not_active(case: Case) -> dict[str, str]:
    return {} if case.base.get("status") == "active" else {"": "该基地已不在册，退出申请不能再批准。"}


def _opinion(case: Case, task: str) -> str:
    return (text(case.data.get(task, {}), "opinion") or "详见办理意见").rstrip("。")


def _base(case: Case) -> str:
    return str(case.base.get("name") or "国合基地")


def _department(case: Case) -> str:
    return round_progress.name_of(case, case.base.get("recommender_id")) or "组织推荐部门"


def _checked(errors: dict[str, str]) -> Outcome:
    return Outcome({"errors": errors, "findings": []})
