"""Service tasks and form checks of a designation round (第十一条), from the 工作通知 to the 认定通知.

Reads its applications from the register only; what an application learns, it learns by message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from handlers import deliberation, designation_document, documents, messages, round_progress
from handlers.eligibility_form import day, number, rows, text, to_date
from handlers.vocabulary import (
    BpmnError,
    Case,
    Deliver,
    Effect,
    Facts,
    IssueDocument,
    Notify,
    Outcome,
    UpdateApplication,
    UpdateRound,
)

OFFICER = ("province_officer", "province")


# ------------------------------------------------------------------------------------- checks of forms


def check_plan(case: Case) -> Outcome:
    """校核批次方案：日期先后正确，至少一个类别，专家人数为单数且不少于下限。

    What keeps the plan from being reported: dates out of order, no category, an even or too small panel.
    """
    plan, errors = case.forms.get("set_up", {}), dict[str, str]()
    opens, closes, recommend_by = (day(plan, key) for key in ("window_from", "window_to", "recommend_by"))
    if opens and opens < case.today:
        errors["window_from"] = "申报开始日期不能早于今天。"
    if opens and closes and closes < opens:
        errors["window_to"] = "申报截止日期不能早于开始日期。"
    if closes and recommend_by and recommend_by < closes:
        errors["recommend_by"] = "推荐截止日期不能早于申报截止日期。"
    if not plan.get("categories"):
        errors["categories"] = "请至少选择一个类别。"
    size, least = number(plan.get("expert_plan") or {}, "per_application"), round_progress.limit(case, "expert.min", 5)
    if size is not None and (size < least or size % 2 == 0):
        errors["expert_plan.per_application"] = f"每份申报的专家数应为单数，且不少于{least}人。"
    return _checked(errors)


def check_silent(case: Case) -> Outcome:
    """校核逾期未推荐的处理：每件须有处理意见，延长的日期须晚于今天。

    What keeps the measures from being taken: a silent application without one, an extension into the past.
    """
    filled, errors = rows(case.forms.get("handle_silent", {}), "rows"), dict[str, str]()
    for position, row in enumerate(filled):
        until = day(row, "extended_to")
        if row.get("action") == "extend" and (until is None or until <= case.today):
            errors[f"rows.{position}.extended_to"] = "延长后的日期应晚于今天。"
        if row.get("action") in ("take_over", "close") and not text(row, "reason"):
            errors[f"rows.{position}.reason"] = "请填写理由。"
    missing = {row["application"] for row in _listed(case, "pending", "silent")} - {
        row.get("application") for row in filled
    }
    if missing:
        errors["rows"] = f"尚有{len(missing)}件逾期未推荐的申报没有处理意见。"
    return _checked(errors)


def check_deliberation(case: Case) -> Outcome:
    """校核综合评议：申报须全部列入，排序不重复，排在高分之前的须说明理由。

    What keeps the list from cosigning: applications left out, an order used twice or changed without a reason.
    """
    filled, errors = rows(case.forms.get("deliberate", {}), "rows"), dict[str, str]()
    _complete(case, filled, errors)
    for position in deliberation.repeated(filled):
        errors[f"rows.{position}.order"] = "建议排序不能重复。"
    for position in deliberation.unreasoned(filled):
        errors[f"rows.{position}.reason"] = "排在得分更高的申报之前，请说明理由。"
    return _checked(errors)


def check_decisions(case: Case) -> Outcome:
    """校核决定：每件申报须有决定，暂缓或不同意的须写理由，会议日期不能晚于今天。

    What keeps the decisions from being recorded: no decision for an application, no reason for an adverse one.
    """
    content, errors = case.forms.get("decide", {}), dict[str, str]()
    filled = rows(content, "rows")
    _complete(case, filled, errors)
    for position, row in enumerate(filled):
        if row.get("decision") not in designation_document.DECISIONS:
            errors[f"rows.{position}.decision"] = "请作出决定。"
        elif row["decision"] != "approve" and not text(row, "reason"):
            errors[f"rows.{position}.reason"] = "暂缓或不同意的，请填写理由。"
    held_on = day(content, "meeting_on")
    if held_on and held_on > case.today:
        errors["meeting_on"] = "会议日期不能晚于今天。"
    return _checked(errors)


def check_document(case: Case) -> Outcome:
    """校核认定文件登记：文号规范且未被使用，成文日期不晚于今天、不早于决策会议。

    What keeps the document from being issued: a malformed or used 文号, a date to come or before the decision.
    """
    content, errors = case.forms.get("register_document", {}), dict[str, str]()
    doc_no = documents.normalise_doc_no(text(content, "doc_no"))
    if not documents.is_doc_no(doc_no):
        errors["doc_no"] = "发文字号应形如“浙科发外〔2027〕15号”。"
    elif _taken(case, doc_no):
        errors["doc_no"] = f"发文字号{doc_no}已用于其他文件，请核对。"
    issued_on, held_on = day(content, "issued_on"), day(case.forms.get("decide", {}), "meeting_on")
    if issued_on and issued_on > case.today:
        errors["issued_on"] = "成文日期不能晚于今天。"
    elif issued_on and held_on and issued_on < held_on:
        errors["issued_on"] = "成文日期不能早于决策会议日期。"
    return _checked(errors)


def check_blocked(case: Case) -> Outcome:
    """校核剔除名单：未通过发文前核验的申报须全部列入。

    What keeps the exclusion from being made: an application that failed the last checks and is not listed.
    """
    listed = {row.get("application") for row in rows(case.forms.get("exclude_blocked", {}), "rows")}
    left = [row for row in designation_document.blocked(case) if row["application"] not in listed]
    errors = (
        {"rows": f"{'、'.join(row['base_name'] for row in left)}未通过发文前核验，请列入剔除名单。"} if left else {}
    )
    return _checked(errors)


def check_amend(case: Case) -> Outcome:
    """校核延期或调整：日期须有变化、不早于今天，申报已截止的不能再调整截止日期。

    What keeps the dates from being moved: nothing new, a day that is past, a window that has closed.
    """
    wish, errors = case.forms.get("amend", {}), dict[str, str]()
    wanted = {key: to for key in ("window_to", "recommend_by") if (to := day(wish, key))}
    moved = {key: to for key, to in wanted.items() if to != to_date(case.round.get(key))}
    for key, to in moved.items():
        if to < case.today:
            errors[key] = "新的日期不能早于今天。"
    if "window_to" in moved and case.round.get("status") not in ("preparing", "published", "open"):
        errors["window_to"] = "申报已截止，不能再调整申报截止日期。"
    if not moved:
        errors["window_to"] = "请填写新的申报截止日期或者推荐截止日期。"
    return _checked(errors)


# ------------------------------------------------------------------------------------- notice and window


def save_plan(case: Case) -> Outcome:
    """把批次方案写入批次信息，供审批查看、计时使用。

    The round's row holds the plan, for the approver to read and for the timers to count by.
    """
    plan = case.forms.get("set_up", {})
    quotas: dict[str, Any] = {text(row, "recommender"): row.get("quota") for row in rows(plan, "quotas")}
    if plan.get("quota_default") is not None:
        quotas["default"] = plan["quota_default"]
    fields = {
        "name": text(plan, "name"),
        "year": plan.get("year") or case.today.year,
        "categories": list(plan.get("categories") or ()),
        **{key: day(plan, key) for key in ("window_from", "window_to", "recommend_by")},
        "quotas": quotas,
        "indicator_sets": dict(plan.get("indicator_sets") or {}),
        "expert_plan": dict(plan.get("expert_plan") or {}),
        "publicity": bool(plan.get("publicity")),
        "status": "preparing",
    }
    return Outcome({"on": case.today.isoformat()}, [UpdateRound(fields)])


def publish_notice(case: Case) -> Outcome:
    """发布工作通知，固定本批次的图、表单和规则版本（第十一条第一项）。

    第十一条（一）: the 工作通知 is issued; the round's diagrams, forms and rules are pinned.
    """
    plan, approval = case.forms.get("set_up", {}), case.forms.get("approve_notice", {})
    issued_on = day(approval, "issued_on") or case.today
    doc_no = documents.normalise_doc_no(text(approval, "doc_no"))
    title = text(plan, "notice_title") or f"关于组织申报{_name(case)}的通知"
    content = {
        "recipients": text(plan, "notice_recipients"),
        "body": text(plan, "notice_body"),
        "contact": text(plan, "notice_contact"),
        "phone": text(plan, "notice_phone"),
        "files": list(plan.get("notice_files") or ()),
        "signer": text(approval, "signer"),
        "round": _name(case),
        "categories": [messages.category(code) for code in plan.get("categories") or ()],
        **{key: _iso(day(plan, key)) for key in ("window_from", "window_to", "recommend_by")},
    }
    return Outcome(
        {"issued_on": issued_on.isoformat(), "doc_no": doc_no},
        [
            UpdateRound({"status": "published"}),
            IssueDocument("round_notice", title, content, doc_no, issued_on),
            Notify("province_officer", "province", f"{messages.SIGN}{_name(case)}工作通知已发布。", subject=title),
        ],
    )


def open_window(case: Case) -> Outcome:
    """开放申报窗口，依托单位可以开始申报。

    Hosts may begin applications.
    """
    return Outcome({"on": case.today.isoformat()}, [UpdateRound({"status": "open"})])


def close_window(case: Case) -> Outcome:
    """申报截止：未报送的草稿逐件关闭，已报送的继续办理。

    Drafts not handed in are told to close; what was handed in goes on.
    """
    found = round_progress.applications(case)
    drafts = [row for row in found if row.get("status") in round_progress.DRAFTS and not row.get("submitted_on")]
    told = [Deliver("round_closed", str(row["id"]), {"on": case.today.isoformat()}) for row in drafts]
    return Outcome({"closed": len(told)}, [UpdateRound({"status": "closed"}), *told])


# ------------------------------------------------------------------------------------- waiting for reviews


def count_pending(case: Case) -> Outcome:
    """统计批次进度：在评、已评、在办件数和逾期未推荐名单写入变量。

    How many applications still are under way, reviewed or open, and which are silent (逾期未推荐).

    `next_check` is the day at whose end the round counts again by itself.
    """
    found = round_progress.applications(case)
    open_rows = [row for row in found if row.get("status") not in round_progress.ENDED]
    waiting = [row for row in open_rows if row.get("status") not in ("ready", "decided")]
    silent = [row for row in waiting if round_progress.is_silent(case, row)]
    data = {
        "pending": len(waiting),
        "ready": sum(row.get("status") == "ready" for row in open_rows),
        "open": len(open_rows),
        "silent": [round_progress.silent_row(case, row) for row in silent],
        "next_check": round_progress.next_check(case).isoformat(),
    }
    effects: list[Effect] = [UpdateRound({"status": round_progress.stage(case, data)})]
    if silent:
        said = messages.silent(len(silent), _name(case), round_progress.recommend_by(case) or case.today)
        effects.append(Notify(*OFFICER, said, subject="逾期未推荐"))
    return Outcome(data, effects)


def settle_silent(case: Case) -> Outcome:
    """落实逾期未推荐的处理：延长、代为办理或不再受理。

    Each silent application is extended, taken over or closed, as the Province decided.
    """
    measures = {text(row, "application"): row for row in rows(case.forms.get("handle_silent", {}), "rows")}
    settled = {**case.data.get("settled", {}).get("applications", {})}
    effects: list[Effect] = []
    until = round_progress.recommend_by(case)
    for application, row in measures.items():
        action, reason = text(row, "action"), text(row, "reason")
        settled[application] = action
        if action == "extend":
            until = max(filter(None, (until, day(row, "extended_to"))), default=None)
        else:
            name = "taken_over" if action == "take_over" else "silent_closed"
            effects.append(Deliver(name, application, {"reason": reason or "推荐部门逾期未推荐"}))
    if until != round_progress.recommend_by(case):
        effects.append(UpdateRound({"recommend_by": until}))
    return Outcome({"applications": settled, "recommend_by": _iso(until)}, effects)


# ------------------------------------------------------------------------------------- deliberation and decision


def build_deliberation_matrix(case: Case) -> Outcome:
    """生成综合评议表：已评审的申报按得分排序，附国别、领域、地市、类别（第十一条第三项）。

    第十一条（三）: the reviewed applications ranked by score, with country, field, city and category.
    """
    ready = [row for row in round_progress.applications(case) if row.get("status") in ("ready", "decided")]
    register = round_progress.register(case)
    hosts = {str(row["host_id"]): str((register.organisation(row["host_id"]) or {}).get("name", "")) for row in ready}
    table = deliberation.matrix(ready, hosts, register.codes("country_region"))
    ranks = [UpdateApplication({"rank": row["rank"]}, row["application"]) for row in table]
    return Outcome({"rows": table}, [UpdateRound({"status": "deliberating"}), *ranks])


def prepare_cosign(case: Case) -> Outcome:
    """按综合评议选定的处室生成会签名单，作为多实例的键。

    The divisions that cosign, as {organisation: {name}}; as the deliberation chose them.
    """
    chosen: Any = case.data.get("deliberate", {}).get("cosign_orgs") or case.forms.get("deliberate", {}).get(
        "cosign_orgs"
    )
    register = round_progress.register(case)
    return Outcome({org: {"name": (register.organisation(org) or {}).get("name", org)} for org in sorted(chosen or ())})


def record_decisions(case: Case) -> Outcome:
    """登记每件申报的决定和理由，印发前不对外显示（第十一条第四项）。

    第十一条（四）: each application has its own decision and reason; nobody outside the Province sees it yet.
    """
    decided = {text(row, "application"): row for row in rows(case.forms.get("decide", {}), "rows")}
    written = [
        UpdateApplication({"decision": row["decision"], "decision_reason": text(row, "reason") or None}, application)
        for application, row in decided.items()
    ]
    taken = [row["decision"] for row in decided.values()]
    counts = {decision: taken.count(decision) for decision in designation_document.DECISIONS}
    return Outcome(counts, written)


def apply_objections(case: Case) -> Outcome:
    """公示异议成立的，把予以认定改为不予认定，并写明理由。

    An upheld objection turns the approval into a refusal with its reason.
    """
    upheld = {item["application"]: item["reason"] for item in case.data.get("objections", {}).get("upheld", ())}
    refused = [
        UpdateApplication({"decision": "refuse", "decision_reason": reason}, application)
        for application, reason in upheld.items()
    ]
    return Outcome({"refused": sorted(upheld)}, refused)


# ------------------------------------------------------------------------------------- the document


def list_blocked(case: Case) -> Outcome:
    """列出未通过发文前核验的申报及原因，写入变量 blocked。

    `blocked` names every approved application that failed the last checks, with the reason.
    """
    return Outcome({"rows": designation_document.blocked(case)})


def issue_designation(case: Case) -> Outcome:
    """印发认定文件：基地进入台账，公文生效，逐件告知结果；核验未通过的抛出错误 blocked（第十一条第四项）。

    第十一条（四）: the bases stand in the register, the document is issued, every application knows its result.

    Raises BpmnError("blocked") when an approved application fails the last checks and was not excluded.
    """
    document = case.forms.get("register_document", {})
    doc_no, issued_on = documents.normalise_doc_no(text(document, "doc_no")), day(document, "issued_on") or case.today
    excluded = designation_document.excluded(case)
    blocked = [row for row in designation_document.blocked(case) if row["application"] not in excluded]
    if blocked:
        raise BpmnError("blocked", "；".join(f"{row['base_name']}：{row['reason']}" for row in blocked))
    results = [designation_document.result(row, excluded) for row in designation_document.decided(case)]
    approved = [row for row, decision, _ in results if decision == "approve"]
    return Outcome(
        {"doc_no": doc_no, "issued_on": issued_on.isoformat(), "designated": len(approved)},
        [
            *[designation_document.base(row, doc_no, issued_on) for row in approved],
            IssueDocument(
                "designation",
                text(document, "title"),
                designation_document.notice(case, document, doc_no, issued_on, approved),
                doc_no,
                issued_on,
            ),
            UpdateRound({"status": "issued"}),
            *[effect for row, decision, reason in results for effect in _told(row, decision, reason, doc_no)],
            *designation_document.results_for_recommenders(case, doc_no, results),
        ],
    )


# ------------------------------------------------------------------------------------- amendment and cancellation


def amend(case: Case) -> Outcome:
    """调整批次日期：写入新的申报、推荐截止日期和原因，通知省厅和有在办申报的单位、部门。

    The round has its new dates, with the reason; the Province and every department with an application know.
    """
    wish = case.forms.get("amend") or case.data.get("amend_round", {})
    changed = {key: moved for key in ("window_to", "recommend_by") if (moved := day(wish, key))}
    dates = {key: changed.get(key) or to_date(case.round.get(key)) for key in ("window_to", "recommend_by")}
    if dates["window_to"] and dates["recommend_by"] and dates["recommend_by"] < dates["window_to"]:
        changed["recommend_by"] = dates["recommend_by"] = dates["window_to"]
    reason = text(wish, "reason").rstrip("。")
    said = messages.round_amended(
        _name(case), dates["window_to"] or case.today, dates["recommend_by"] or case.today, reason
    )
    return Outcome(
        {**{key: _iso(value) for key, value in changed.items()}, "reason": reason, "on": case.today.isoformat()},
        [UpdateRound(changed), *(_tell_everybody(case, said, "批次时间调整") if wish.get("notify", True) else ())],
    )


def cancel(case: Case) -> Outcome:
    """取消批次：逐件通知在办申报终止，写明原因。

    The round is cancelled; every open application is told to end, with the reason.
    """
    wish = case.forms.get("cancel") or case.data.get("cancel_round", {})
    reason = text(wish, "reason").rstrip("。") or "见省科技厅通知"
    told = [
        Deliver("round_cancelled", str(row["id"]), {"reason": reason})
        for row in round_progress.applications(case)
        if row.get("status") not in round_progress.ENDED
    ]
    return Outcome({"reason": reason, "applications": len(told)}, [UpdateRound({"status": "cancelled"}), *told])


# ------------------------------------------------------------------------------------- reading the round


def _taken(case: Case, doc_no: str) -> bool:
    """Another document has the number; this round's own notice and result do not clash with themselves."""
    found = round_progress.register(case).documents(doc_no)
    return any(row.get("case_id") != case.id or row.get("kind") != "designation" for row in found)


def _name(case: Case) -> str:
    return str(case.round.get("name") or text(case.forms.get("set_up", {}), "name") or "国合基地认定")


def _listed(case: Case, variable: str, key: str) -> list[Facts]:
    found = case.data.get(variable, {}).get(key)
    return list(found) if isinstance(found, list | tuple) else []


# ------------------------------------------------------------------------------------- saying so


def _told(row: Facts, decision: str, reason: str, doc_no: str) -> list[Effect]:
    application = str(row["id"])
    fields = {"decision": decision, "decision_reason": reason or None, "status": "decided", "doc_no": doc_no}
    payload = {"decision": decision, "reason": reason, "doc_no": doc_no}
    return [UpdateApplication(fields, application), Deliver("decided", application, payload)]


def _tell_everybody(case: Case, said: str, subject: str) -> list[Effect]:
    """Hosts and departments with an open application, and the Province."""
    open_rows = [row for row in round_progress.applications(case) if row.get("status") not in round_progress.ENDED]
    hosts = sorted({str(row["host_id"]) for row in open_rows if row.get("host_id")})
    departments = sorted({str(row["recommender_id"]) for row in open_rows if row.get("recommender_id")})
    return [
        *[Notify("host", org, said, subject=subject) for org in hosts],
        *[Notify("recommender", org, said, subject=subject) for org in departments],
        Notify(*OFFICER, said, subject=subject),
    ]


def _complete(case: Case, filled: Sequence[Facts], errors: dict[str, str]) -> None:
    """Every application of the matrix has its row."""
    missing = {row["application"] for row in _listed(case, "matrix", "rows")} - {
        row.get("application") for row in filled
    }
    if missing:
        errors["rows"] = f"尚有{len(missing)}件申报没有列入，请补全。"


def _checked(errors: Mapping[str, str]) -> Outcome:
    return Outcome({"errors": dict(errors), "findings": []})


def _iso(value: date | None) -> str | None:
    return value.isoformat() if value else None
