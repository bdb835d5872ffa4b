"""Service tasks and form checks of an evaluation round (第十八条), from the set-up to the 评价结果.

Reads its evaluations from the register only; what an evaluation learns, it learns by message.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from handlers import deadlines, documents, evaluation_document, evaluation_plan, evaluation_progress, evaluation_ranking
from handlers import evaluation_messages as said
from handlers import round_progress as reading
from handlers.eligibility_form import day, number, part, rows, text, to_date
from handlers.vocabulary import (
    Case,
    Deliver,
    Effect,
    Facts,
    IssueDocument,
    Notify,
    Outcome,
    StartBatch,
    UpdateRound,
)

OFFICER = ("province_officer", "province")

# ------------------------------------------------------------------------------------- checks of forms


def check_plan(case: Case) -> Outcome:
    """校核评价批次方案：日期颠倒、分数线不当、专家数非单数、范围内无基地的，不能报批。

    What keeps the plan from being reported: dates out of order, thresholds upside down, an even panel, nobody in scope.
    """
    plan, errors = evaluation_plan.plan(case), dict[str, str]()
    begins, ends = day(plan, "period_from"), day(plan, "period_to")
    if begins and ends and deadlines.years(1, begins) > ends:
        errors["period_to"] = "评价期不能短于一年。"
    if ends and ends > case.today:
        errors["period_to"] = "评价期应当已经结束，截止日期不能晚于今天。"
    due = [(key, day(plan, key)) for key in ("material_due", "opinion_due", "review_by")]
    if due[0][1] and due[0][1] <= case.today:
        errors["material_due"] = "材料截止日期应晚于今天。"
    for (_, earlier), (key, later) in itertools.pairwise(due):
        if earlier and later and later < earlier:
            errors[key] = "日期不能早于前一环节的截止日期。"
    policy = part(plan, "policy")
    best, least = number(policy, "excellent_min"), number(policy, "qualified_min")
    if best is not None and least is not None and best <= least:
        errors["policy.excellent_min"] = "优秀分数线应高于合格分数线。"
    size, smallest = number(part(plan, "expert_plan"), "per_application"), reading.limit(case, "expert.min", 5)
    if size is not None and (size < smallest or size % 2 == 0):
        errors["expert_plan.per_application"] = f"每个基地的专家数应为单数，且不少于{smallest}人。"
    if not errors and not evaluation_plan.scope(case).items:
        errors["designated_by"] = "没有符合范围的国合基地，请调整认定日期、类别、领域或者设区市。"
    return _checked(errors)


def check_late(case: Case) -> Outcome:
    """校核逾期评价的处理：未逐家处理、延长日期不晚于今天的，不能提交。

    What keeps the measures from being taken: a late evaluation without one, an extension into the past.
    """
    filled, errors = rows(case.forms.get("handle_late", {}), "rows"), dict[str, str]()
    for position, row in enumerate(filled):
        until = day(row, "extended_to")
        if row.get("action") == "wait" and (until is None or until <= case.today):
            errors[f"rows.{position}.extended_to"] = "延长后的日期应晚于今天。"
        if row.get("action") == "postpone" and not text(row, "reason"):
            errors[f"rows.{position}.reason"] = "请填写理由。"
    _complete(_listed(case, "pending", "late"), filled, errors)
    return _checked(errors)


def check_deliberation(case: Case) -> Outcome:
    """校核综合评议：漏评、改等次无理由、违反一票否决或超出优秀比例的，不能上报。

    What keeps the list from being reported: an evaluation left out, a departure without reason, a veto unheeded,
    more excellent than the cap allows.
    """
    content, errors = case.forms.get("deliberate", {}), dict[str, str]()
    matrix = _listed(case, "matrix", "rows")
    _judge(case, rows(content, "rows"), {str(row["evaluation"]): str(row["suggested"]) for row in matrix}, errors)
    held_on = day(content, "meeting_on")
    if held_on and held_on > case.today:
        errors["meeting_on"] = "评议日期不能晚于今天。"
    return _checked(errors)


def check_decisions(case: Case) -> Outcome:
    """校核会议决定：与综合评议建议比较，漏列、改动无理由的，不能形成决定。

    What keeps the decision from being formed: as the deliberation, compared with what that proposed.
    """
    content, errors = case.forms.get("decide", {}), dict[str, str]()
    proposed = rows(case.forms.get("deliberate", {}), "rows")
    before = {text(row, "evaluation"): str(row.get("grade")) for row in proposed}
    _judge(case, rows(content, "rows"), before, errors)
    held_on = day(content, "meeting_on")
    if held_on and held_on > case.today:
        errors["meeting_on"] = "会议日期不能晚于今天。"
    return _checked(errors)


def check_document(case: Case) -> Outcome:
    """校核评价结果文件：文号有误或已被使用、日期早于决定或晚于今天的，不能登记。

    What keeps the document from being issued: a number that is taken or malformed, a date ahead or before the decision.
    """
    content, errors = case.forms.get("register_document", {}), dict[str, str]()
    doc_no = documents.normalise_doc_no(text(content, "doc_no"))
    issued_on, decided_on = day(content, "issued_on"), day(case.forms.get("decide", {}), "meeting_on")
    if not documents.is_doc_no(doc_no):
        errors["doc_no"] = "发文字号应如 浙科发外〔2026〕23号。"
    elif any(
        row.get("case_id") != case.id or row.get("kind") != "evaluation_result" for row in _documents(case, doc_no)
    ):
        errors["doc_no"] = f"{doc_no}已用于其他文件，请核对。"
    if issued_on and issued_on > case.today:
        errors["issued_on"] = "成文日期不能晚于今天。"
    if issued_on and decided_on and issued_on < decided_on:
        errors["issued_on"] = "成文日期不能早于会议决定日期。"
    return _checked(errors)


def check_amend(case: Case) -> Outcome:
    """校核批次时间调整：没有改动、日期已过或先后颠倒的，不能调整。

    What keeps the dates from being moved: nothing new, a day that is past, an order that does not hold.
    """
    wish, errors = case.forms.get("amend", {}), dict[str, str]()
    known = _dates(case)
    moved = {key: to for key in known if (to := day(wish, key)) and to != known[key]}
    for key, to in moved.items():
        if to < case.today:
            errors[key] = "新的日期不能早于今天。"
    wanted = [(key, moved.get(key) or known[key]) for key in known]
    for (_, earlier), (key, later) in itertools.pairwise(wanted):
        if earlier and later and later < earlier:
            errors[key] = "日期不能早于前一环节的截止日期，请一并调整。"
    if not moved:
        errors["material_due"] = "请填写新的截止日期。"
    return _checked(errors)


# ------------------------------------------------------------------------------------- notice and beginning


def save_plan(case: Case) -> Outcome:
    """保存评价批次方案：审批人据此审核，各评价按其中的日期计算期限。

    The round's row holds the plan, for the approver to read and for the evaluations' limits to count by:
    window_to is the last day for the material, recommend_by that for the departments' opinions.
    """
    plan = evaluation_plan.plan(case)
    fields = {
        "name": text(plan, "name"),
        "year": plan.get("year") or case.today.year,
        "categories": list(plan.get("categories") or ()),
        "window_to": day(plan, "material_due"),
        "recommend_by": day(plan, "opinion_due"),
        "indicator_sets": dict(part(plan, "indicator_sets")),
        "expert_plan": dict(part(plan, "expert_plan")),
        "publicity": bool(plan.get("publicity")),
        "status": "preparing",
    }
    return Outcome({"on": case.today.isoformat(), "review_by": plan.get("review_by")}, [UpdateRound(fields)])


def publish_notice(case: Case) -> Outcome:
    """印发评价工作通知，固定本批次所用的流程、表单、指标和规则（第十八条）。

    第十八条: the 工作通知 is issued; the round's diagrams, forms, indicators and rules are pinned.
    """
    plan, approval = evaluation_plan.plan(case), case.forms.get("approve_notice", {})
    issued_on = day(approval, "issued_on") or case.today
    doc_no = documents.normalise_doc_no(text(approval, "doc_no"))
    title = text(plan, "notice_title") or f"关于组织开展{_name(case)}的通知"
    content = evaluation_document.notice(plan, approval, plan.get("categories") or ())
    return Outcome(
        {"issued_on": issued_on.isoformat(), "doc_no": doc_no},
        [
            UpdateRound({"status": "published", "window_from": case.today}),
            IssueDocument("evaluation_notice", title, content, doc_no, issued_on),
        ],
    )


def start_evaluations(case: Case) -> Outcome:
    """逐家发起绩效评价：不参加的记明原因，名单告知组织推荐部门。

    One evaluation a base in scope, begun by a job; a reason for every base that has none. The departments know.
    """
    scope, plan = evaluation_plan.scope(case), evaluation_plan.plan(case)
    effects: list[Effect] = [
        UpdateRound({"status": "open"}),
        StartBatch("evaluation", f"evaluation:{case.id}", _name(case), scope.items, scope.skipped),
    ]
    wanted = {item["base_id"] for item in scope.items}
    bases = [base for base in reading.register(case).bases(status="active") if base["id"] in wanted]
    for department in sorted({str(base["recommender_id"]) for base in bases if base.get("recommender_id")}):
        count = sum(base.get("recommender_id") == department for base in bases)
        told = said.round_begun(
            _name(case), count, day(plan, "material_due") or case.today, day(plan, "opinion_due") or case.today
        )
        effects.append(Notify("recommender", department, told, subject="绩效评价启动"))
    return Outcome({"started": len(scope.items), "skipped": len(scope.skipped)}, effects)


# ------------------------------------------------------------------------------------- waiting for reviews


def count_pending(case: Case) -> Outcome:
    """统计尚未完成的评价和其中逾期的，并定出下次统计的日期。

    How many evaluations still are under way, ready or open, and which are late.

    `next_check` is the day at whose end the round counts again by itself.
    """
    found = evaluation_progress.evaluations(case)
    unborn = evaluation_progress.unborn(case, found)
    open_rows = [row for row in found if not evaluation_progress.is_ended(row)]
    waiting = [row for row in open_rows if row.get("status") != evaluation_progress.READY]
    late = [row for row in waiting if evaluation_progress.is_late(case, row)]
    still_open = len(open_rows) + unborn
    data = {
        "pending": len(waiting) + unborn,
        "ready": len(open_rows) - len(waiting),
        "open": still_open,
        "late": [evaluation_progress.late_row(case, row) for row in late],
        "next_check": evaluation_progress.next_check(case).isoformat(),
    }
    effects: list[Effect] = [UpdateRound({"status": _stage(case, still_open)})]
    if late:
        told = said.late(len(late), _name(case), evaluation_progress.review_by(case))
        effects.append(Notify(*OFFICER, told, subject="逾期未完成评价"))
    return Outcome(data, effects)


def settle_late(case: Case) -> Outcome:
    """按省科技厅的决定处理逾期评价：延长期限等待，或者退出本批次。

    Each late evaluation is waited for until a new day, or leaves the round, as the Province decided.
    """
    settled = {**case.data.get("settled", {}).get("evaluations", {})}
    effects: list[Effect] = []
    until = evaluation_progress.review_by(case)
    for row in rows(case.forms.get("handle_late", {}), "rows"):
        evaluation, action = text(row, "evaluation"), text(row, "action")
        settled[evaluation] = action
        if action == "wait":
            until = max(until, day(row, "extended_to") or until)
        else:
            effects.append(
                Deliver("round_closed", evaluation, {"reason": text(row, "reason") or "未能在批次期限内完成评价"})
            )
    return Outcome({"evaluations": settled, "review_by": until.isoformat()}, effects)


# ------------------------------------------------------------------------------------- deliberation and decision


def build_matrix(case: Case) -> Outcome:
    """按总分排序，依等次规则和优秀比例给出每个基地的建议等次（第十八条）。

    第十八条: the evaluations ranked by total, each with the grade that the table suggests within the cap.
    """
    ready = evaluation_progress.ready(case)
    names = {str(row["host_id"]): reading.name_of(case, row["host_id"]) for row in ready if row.get("host_id")}
    policy = evaluation_plan.policy(case)
    table = evaluation_ranking.matrix(ready, policy, case.decide, names)
    caps = evaluation_ranking.caps(ready, policy)
    return Outcome({"rows": table, "caps": caps, "graded": len(table)}, [UpdateRound({"status": "deliberating"})])


def prepare_cosign(case: Case) -> Outcome:
    """列出综合评议选定的会签处室。

    The divisions that cosign, as {organisation: {name}}; as the deliberation chose them.
    """
    chosen: Any = case.data.get("deliberate", {}).get("cosign_orgs") or case.forms.get("deliberate", {}).get(
        "cosign_orgs"
    )
    return Outcome({org: {"name": reading.name_of(case, org) or org} for org in sorted(chosen or ())})


def prefill_decisions(case: Case) -> Outcome:
    """带出会议决定的初始内容：综合评议建议的等次和理由。

    The leader's rows open with what the deliberation proposed; a reason is that of the departure from it.
    """
    proposed = rows(case.forms.get("deliberate", {}), "rows")
    kept = [{key: value for key, value in row.items() if key != "reason"} for row in proposed]
    return Outcome({"rows": [{**row, "proposed": row.get("grade")} for row in kept]})


def record_decisions(case: Case) -> Outcome:
    """记录会议决定的各等次数量，正式发文前不对外公开（第十八条）。

    第十八条: how many bases have each grade; nobody outside the Province sees it yet.
    """
    taken = [str(row.get("grade")) for row in evaluation_document.decided(case).values()]
    return Outcome({grade: taken.count(grade) for grade in evaluation_document.labels(case)})


def apply_objections(case: Case) -> Outcome:
    """汇总公示期内成立的异议，交综合评议重新研究。

    `objections` begins anew; `raised` says which upheld objections the deliberation has to answer.
    """
    before: Any = case.data.get("objections") or {}
    names = {str(row["evaluation"]): row.get("base_name") for row in _listed(case, "matrix", "rows")}
    raised = [
        {"evaluation": item["application"], "base_name": names.get(item["application"], ""), "reason": item["reason"]}
        for item in before.get("upheld", ())
    ]
    return Outcome({"upheld": [], "dismissed": before.get("dismissed", 0), "raised": raised})


def issue_results(case: Case) -> Outcome:
    """印发评价结果：逐家告知等次，组织推荐部门收到所推荐基地的结果（第十八条）。

    第十八条: the 评价结果 is issued and every evaluation learns its grade; the departments read their own.
    """
    document = case.forms.get("register_document", {})
    doc_no, issued_on = documents.normalise_doc_no(text(document, "doc_no")), day(document, "issued_on") or case.today
    found = evaluation_document.graded(case)
    matrix = {str(row["evaluation"]): row for row in _listed(case, "matrix", "rows")}
    effects: list[Effect] = [
        IssueDocument(
            "evaluation_result",
            text(document, "title"),
            evaluation_document.results(case, document, doc_no, issued_on, found),
            doc_no,
            issued_on,
        ),
        UpdateRound({"status": "issued"}),
    ]
    for row, decision in found:
        ranked = matrix.get(str(row["id"]), {})
        payload = {
            "grade": decision.get("grade"),
            "reason": text(decision, "reason") or text(ranked, "basis"),
            "rank": ranked.get("rank"),
            "of": len(matrix),
            "doc_no": doc_no,
            "decided_on": issued_on.isoformat(),
        }
        effects.append(Deliver("graded", str(row["id"]), payload))
    effects += evaluation_document.for_recommenders(case, doc_no, found)
    return Outcome({"doc_no": doc_no, "issued_on": issued_on.isoformat(), "graded": len(found)}, effects)


# ------------------------------------------------------------------------------------- amendment and cancellation


def amend(case: Case) -> Outcome:
    """调整批次时间并记明理由，按需通知尚在评价的单位和部门。

    The round has its new dates, with the reason; hosts and departments with an open evaluation know, if wished.
    """
    wish = case.forms.get("amend") or case.data.get("amend_round", {})
    known = _dates(case)
    dates = {key: day(wish, key) or known[key] for key in known}
    reason = text(wish, "reason").rstrip("。")
    fields = {"window_to": dates["material_due"], "recommend_by": dates["opinion_due"]}
    told = said.round_amended(
        _name(case), dates["material_due"] or case.today, dates["opinion_due"] or case.today, reason
    )
    effects: list[Effect] = [UpdateRound(fields)]
    if wish.get("notify", True):
        effects += _tell_everybody(case, told, "批次时间调整")
    data = {key: moment.isoformat() if moment else None for key, moment in dates.items()}
    return Outcome({**data, "reason": reason, "on": case.today.isoformat()}, effects)


def cancel(case: Case) -> Outcome:
    """取消评价批次：在办的评价随之终止，告知原因。

    The round is cancelled; every open evaluation is told to end, with the reason.
    """
    wish = case.forms.get("cancel") or case.data.get("cancel_round", {})
    reason = text(wish, "reason").rstrip("。") or "见省科技厅通知"
    told = [
        Deliver("round_cancelled", str(row["id"]), {"reason": reason})
        for row in evaluation_progress.evaluations(case)
        if not evaluation_progress.is_ended(row)
    ]
    return Outcome({"reason": reason, "evaluations": len(told)}, [UpdateRound({"status": "cancelled"}), *told])


# ------------------------------------------------------------------------------------- reading the round


def _dates(case: Case) -> dict[str, date | None]:
    """The round's limits as they are now, in their order."""
    return {
        "material_due": to_date(case.round.get("window_to")),
        "opinion_due": to_date(case.round.get("recommend_by")),
        "review_by": evaluation_progress.review_by(case),
    }


def _stage(case: Case, open_evaluations: int) -> str:
    """The round's status after a count: nothing open ends it, whatever came before."""
    if open_evaluations == 0:
        return "closed_all"
    return str(case.round["status"]) if case.round.get("status") in ("issued", "publicity") else "reviewing"


def _judge(case: Case, filled: Sequence[Facts], before: Mapping[str, str], errors: dict[str, str]) -> None:
    for place in evaluation_ranking.unreasoned(filled, before):
        errors[f"rows.{place}.reason"] = "等次与建议不一致，请说明理由。"
    for place in evaluation_ranking.unheeded(filled):
        errors[f"rows.{place}.grade"] = "存在一票否决情形的，应为不合格。"
    policy = evaluation_plan.policy(case)
    caps = case.data.get("matrix", {}).get("caps", {})
    if wrong := evaluation_ranking.beyond_cap(filled, caps, by_category=policy.by_category):
        errors["rows"] = wrong
    _complete(_listed(case, "matrix", "rows"), filled, errors)


def _complete(wanted: Sequence[Facts], filled: Sequence[Facts], errors: dict[str, str]) -> None:
    missing = {row["evaluation"] for row in wanted} - {row.get("evaluation") for row in filled}
    if missing:
        errors["rows"] = f"尚有{len(missing)}家没有列入，请补全。"


def _documents(case: Case, doc_no: str) -> Sequence[Facts]:
    return reading.register(case).documents(doc_no)


def _name(case: Case) -> str:
    return str(case.round.get("name") or text(evaluation_plan.plan(case), "name") or "国合基地绩效评价")


def _listed(case: Case, variable: str, key: str) -> list[Facts]:
    found = case.data.get(variable, {}).get(key)
    return list(found) if isinstance(found, list | tuple) else []


def _tell_everybody(case: Case, told: str, subject: str) -> list[Effect]:
    """Hosts and departments with an open evaluation, and the Province."""
    open_rows = [row for row in evaluation_progress.evaluations(case) if not evaluation_progress.is_ended(row)]
    hosts = sorted({str(row["host_id"]) for row in open_rows if row.get("host_id")})
    departments = sorted({str(row["recommender_id"]) for row in open_rows if row.get("recommender_id")})
    return [
        *[Notify("host", org, told, subject=subject) for org in hosts],
        *[Notify("recommender", org, told, subject=subject) for org in departments],
        Notify(*OFFICER, told, subject=subject),
    ]


def _checked(errors: Mapping[str, str]) -> Outcome:
    return Outcome({"errors": dict(errors), "findings": []})
