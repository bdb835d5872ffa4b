"""Service tasks and form checks of 取消资格 (第十八条, 第二十二条), from the file's opening to the base's end.

What a ground is, revocation_grounds says; whom a ban hits, bans; prior notice and statement are prior_notice's.
"""

from __future__ import annotations

from typing import Any

from handlers import addressees, bans, deadlines, decision_document, revocation_document, round_progress
from handlers import ending_phrases as phrases
from handlers import revocation_file as file_of
from handlers import revocation_grounds as grounds_of
from handlers.eligibility_form import day, numbered, rows, text
from handlers.revocation_grounds import GROUNDS
from handlers.vocabulary import (
    Case,
    Deliver,
    Effect,
    EndBase,
    HoldOthers,
    IssueDocument,
    OpenBan,
    Outcome,
    ReleaseOthers,
    UpdateProceeding,
)

ENDS = {"not_opened": "不予立案", "closed": "不予取消资格", "rectified": "整改到位", "ended": "基地资格终止"}
"""Ends without effect → what they are called."""
STANDING = ("active", "transferred_national")
"""A base that became a national one meanwhile can still be decided upon: transfer does not erase a ground (domain.md 3.6)."""


# ------------------------------------------------------------------------------------- opening


def prepare(case: Case) -> Outcome:
    """建立取消资格线索：列出系统提出的情形和台账线索，告知省科技厅经办。

    `file` holds what the system proposed and what the register knows; the officer is told of a proposal.
    """
    proposals = grounds_of.proposals(case.data.get("begun") or {})
    listed = [{**row, "no": str(place), "label": GROUNDS[row["ground"]]} for place, row in enumerate(proposals, 1)]
    found = [row["ground"] for row in proposals]
    said = phrases.proposed(file_of.base_name(case), grounds_of.named(found))
    effects: list[Effect] = [UpdateProceeding({"kind": ",".join(sorted(set(found)))})]
    if proposals:
        effects += addressees.officer(said, "取消资格线索")
    return Outcome({"proposals": listed, "clues": file_of.clues(case)}, effects)


def prior(case: Case) -> Outcome:
    """带出取消资格各表单的初始内容：情形、线索、核实结果和各方意见。

    What the forms of this procedure open with.
    """
    proposals = [
        {**row, "no": str(place), "label": GROUNDS[row["ground"]]}
        for place, row in enumerate(file_of.proposed(case), 1)
    ]
    verified = case.forms.get("verify", {})
    established = file_of.established(case)
    return Outcome(
        {
            "proposals": proposals,
            "cards": [
                {"ground": row["ground"], "facts": row["facts"], "source": row["source_number"] or row["source"]}
                for row in proposals
            ],
            "clues": file_of.clues(case),
            "findings": file_of.finding_rows(case),
            "opinions": file_of.opinions(case),
            "established": established,
            "labels": {ground: f"第（{grounds_of.ITEMS[ground]}）项 {GROUNDS[ground]}" for ground in established},
            "cited": grounds_of.cited(established) if established else "",
            "facts": text(verified, "facts"),
            "scope": str(case.parameters.get("ban.scope") or "host"),
            "ban_start": str(case.parameters.get("ban.start") or bans.DOCUMENT),
            "years": round_progress.limit(case, "ban.years", 3),
            "rectifications": int(case.proceeding.get("facts", {}).get("rectifications") or 0),
            "rewards": file_of.rewards(case),
            **revocation_document.prior(case),
        }
    )


def check_opening(case: Case) -> Outcome:
    """校核立案：情形要件不全、系统提出的情形未处理的，不能立案。

    What keeps the file from being opened: a condition that is missing, a proposal that nobody dealt with.
    """
    content = case.forms.get("open_case", {})
    errors, seen = dict[str, str](), set[str]()
    for place, card in numbered(content, "grounds"):
        ground = text(card, "ground")
        if ground not in GROUNDS:
            continue
        if ground in seen:
            errors[f"grounds.{place}.ground"] = "同一情形请合并为一项。"
        seen.add(ground)
        found = {part: card.get(part) is True for part in grounds_of.PARTS}
        verdict = grounds_of.judge(case, ground, found)
        if not verdict.established:
            missing = next((f.part for f in grounds_of.FINDINGS if f.ground == ground and not found[f.part]), "ground")
            errors[f"grounds.{place}.{missing}"] = verdict.message
        elif ground == "G2" and not file_of.is_unqualified_running(case, _times(case)):
            errors[f"grounds.{place}.ground"] = "台账中最近的绩效评价结果不是连续“不合格”，请核对后再立案。"
    errors |= _undealt(case, seen)
    return _checked(errors)


def open_file(case: Case) -> Outcome:
    """取消资格立案：列明情形，暂缓基地的其他事项，告知各方。

    立案: `filing` names the grounds; other procedures are held, host and department know.
    """
    grounds = file_of.current(case)
    base = file_of.base_name(case)
    said = phrases.filed(base, case.number, grounds_of.named(grounds))
    effects: list[Effect] = [
        HoldOthers(f"取消资格程序已立案（{case.number}）"),
        UpdateProceeding({"kind": ",".join(grounds), "event_on": case.today, "submitted_on": case.today}),
        *addressees.all_sides(case, said, "取消资格立案"),
    ]
    data = {"grounds": grounds, "cited": grounds_of.cited(grounds), "on": case.today.isoformat()}
    return Outcome(data, effects)


def prepare_cosign(case: Case) -> Outcome:
    """列出会签处室：第三、四项情形必须有法制、诚信和安全处室。

    The divisions that cosign, {organisation: {name}}: always law, integrity and security for G3 and G4.
    """
    chosen: Any = case.forms.get("open_case", {}).get("cosign_orgs") or ()
    return Outcome(file_of.cosigners(case, file_of.current(case), chosen))


def add_ground(case: Case) -> Outcome:
    """把新提出的情形并入在办的取消资格案件，告知省科技厅经办。

    Further grounds are in the one open case (domain.md 3.6); who handles it knows.
    """
    found = grounds_of.proposals(case.data.get("ground_added") or {})
    known = list(case.data.get("added", {}).get("proposals") or ())
    told = str(case.proceeding.get("status")) in file_of.TOLD
    said = phrases.joined(file_of.base_name(case), grounds_of.named([row["ground"] for row in found]), told=told)
    kinds = sorted({*file_of.current(case), *(row["ground"] for row in found)})
    effects: list[Effect] = [UpdateProceeding({"kind": ",".join(kinds)}), *addressees.officer(said, "并入新的情形")]
    return Outcome({"proposals": [*known, *found]}, effects if found else ())


def remove_ground(case: Case) -> Outcome:
    """撤回不再成立的情形；全部撤回的，案件撤案。

    A ground fell away (domain.md 3.5); with none left the case is withdrawn.
    """
    payload = case.data.get("ground_removed") or {}
    ground, reason = text(payload, "ground"), text(payload, "reason") or "情形不再成立"
    gone = sorted({*file_of.withdrawn(case), ground} & GROUNDS.keys())
    rest = [each for each in file_of.current(case) if each not in gone]
    said = phrases.ground_gone(file_of.base_name(case), grounds_of.named([ground]), reason.rstrip("。"))
    effects: list[Effect] = [UpdateProceeding({"kind": ",".join(rest)}), *addressees.officer(said, "情形撤回")]
    if not rest:
        effects.append(Deliver("withdraw_case", case.id, {"reason": reason}))
    return Outcome({"grounds": gone, "left": rest}, effects)


# ------------------------------------------------------------------------------------- verification


def check_opinion(case: Case) -> Outcome:
    """校核组织推荐部门的核实意见：核实日期晚于今天的，不能提交。

    What keeps the department's opinion back: a day of looking into it that lies ahead.
    """
    return _checked(_not_ahead(case, "opine", "checked_on", "核实日期不能晚于今天。"))


def record_opinion(case: Case) -> Outcome:
    """记录组织推荐部门的核实意见；逾期未提出的，记为未提出。

    The department's view, or that it gave none in time.
    """
    given = case.data.get("opine", {})
    view = str(given.get("outcome") or "")
    advice = text(case.forms.get("opine", {}), "advice") if view else ""
    said = "；".join(part.rstrip("。") for part in (str(given.get("opinion") or ""), advice) if part)
    return Outcome({"given": bool(view), "view": view, "opinion": said})


def check_verification(case: Case) -> Outcome:
    """校核核实认定：没有一项情形全部要件成立的，不能拟取消资格。

    What keeps the officer from giving notice: no ground of which every condition was found.
    """
    content = case.forms.get("verify", {})
    verdicts = [v for v in grounds_of.verdicts(case, content) if v.ground not in file_of.withdrawn(case)]
    errors: dict[str, str] = {}
    if not any(verdict.established for verdict in verdicts):
        why = "".join(verdict.message for verdict in verdicts if not verdict.established)
        errors["findings"] = f"没有成立的情形，不能拟取消资格。{why}"
    return _checked(errors)


def order_rectification(case: Case) -> Outcome:
    """责令整改：向依托单位发出整改通知，列明事项和期限。

    责令整改: the host has its items and limit in writing.
    """
    content, base = case.forms.get("verify", {}), file_of.base_name(case)
    due = max(day(content, "rectify_until") or case.today, case.today)
    items = [
        {"item": text(row, "item"), "requirement": text(row, "requirement")} for row in rows(content, "rectify_items")
    ]
    times = int(case.proceeding.get("facts", {}).get("rectifications") or 0) + 1
    letter = revocation_document.rectification(case, items, due)
    facts = {**case.proceeding.get("facts", {}), "rectifications": times}
    effects: list[Effect] = [
        UpdateProceeding({"due_on": due, "facts": facts}),
        IssueDocument("rectification_order", f"责令{base}限期整改通知书", letter, issued_on=case.today),
        *addressees.all_sides(case, phrases.rectification_ordered(base, due), "责令整改"),
    ]
    return Outcome({"items": items, "due_on": due.isoformat(), "round": times}, effects)


def check_rectification(case: Case) -> Outcome:
    """校核整改情况报告：完成日期晚于今天的，不能提交。

    What keeps the report back: an item without an answer, a day that lies ahead.
    """
    content = case.forms.get("rectify", {})
    errors = {
        f"items.{place}.done_on": "完成日期不能晚于今天。"
        for place, row in numbered(content, "items")
        if (done := day(row, "done_on")) and done > case.today
    }
    return _checked(errors)


def close(case: Case, result: str) -> Outcome:
    """办结而不取消资格：告知各方原因，恢复办理暂缓的事项。

    The procedure ends without effect on the base: everybody concerned knows why, what was held goes on.
    """
    base, reason = file_of.base_name(case), _reason(case, result)
    fields = {"status": result, "verdict": result, "note": reason, "decided_on": case.today}
    effects: list[Effect] = [UpdateProceeding(fields), ReleaseOthers(f"取消资格程序已办结：{ENDS[result]}")]
    if result == "not_opened":
        effects += addressees.officer(phrases.not_filed(base, reason), "不予立案")
    elif result == "rectified":
        effects += addressees.all_sides(case, phrases.rectified(base, reason), "取消资格程序办结")
    elif result == "ended":
        effects += addressees.officer(phrases.revocation_moot(base, reason), "取消资格程序终止")
    else:
        effects += addressees.all_sides(case, phrases.not_revoked(base, reason), "不予取消资格")
        if case.data.get("notice"):
            letter = revocation_document.not_revoked(case, reason)
            effects.append(
                IssueDocument("revocation_closed", f"关于不予取消{base}资格的决定", letter, issued_on=case.today)
            )
    return Outcome({"result": result, "label": ENDS[result], "reason": reason, "on": case.today.isoformat()}, effects)


# ------------------------------------------------------------------------------------- decision and document


def check_decision(case: Case) -> Outcome:
    """校核取消决定：情形未经告知、会议早于告知或晚于今天的，不能作出。

    What keeps the leader from revoking: a ground that was not told of, no ground, a meeting to come or too early.
    """
    content, notice = case.forms.get("decide", {}), case.data.get("notice", {})
    errors = decision_document.meeting_faults(case, content)
    chosen: Any = content.get("grounds") or ()
    told = [ground for ground in notice.get("grounds", ()) if ground not in file_of.withdrawn(case)]
    untold = [ground for ground in chosen if ground not in told]
    if untold:
        errors["grounds"] = f"{grounds_of.cited(untold)}未经事先告知或者已撤回，不能作为决定依据，请退回补充核实。"
    held_on, given_on = day(content, "meeting_on"), day(notice, "on")
    if held_on and given_on and held_on < given_on:
        errors["meeting_on"] = "决定不能早于事先告知。"
    if case.base.get("status") not in STANDING:
        errors[""] = "该基地已不在册，不能再取消资格。"
    return _checked(errors)


def check_document(case: Case) -> Outcome:
    """校核取消决定文件：文号、日期有误，奖励经费未定处理的，不能登记。

    What keeps the decision from being issued: its number, its dates, a reward nobody decided about.
    """
    content = case.forms.get("register_document", {})
    errors = decision_document.faults(case, content, day(case.forms.get("decide", {}), "meeting_on"))
    issued_on, effective_on = day(content, "issued_on"), day(content, "effective_on")
    if effective_on and issued_on and effective_on < issued_on:
        errors["effective_on"] = "生效日期不能早于成文日期。"
    for place, row in numbered(content, "rewards"):
        if text(row, "handling") == "part" and not 0 < float(row.get("recovered") or 0) <= float(row.get("left") or 0):
            errors[f"rewards.{place}.recovered"] = "收回金额应大于0，且不超过未使用部分。"
    return _checked(errors)


def issue(case: Case) -> Outcome:
    """印发取消资格决定：写明理由、限制申报范围和救济途径，告知依托单位。

    The decision is issued with its reasons, the scope of the ban and the remedies; the host knows that it comes.
    """
    content, base = case.forms.get("register_document", {}), file_of.base_name(case)
    doc_no, issued_on = decision_document.number(content), day(content, "issued_on") or case.today
    decision = revocation_document.decision(case, doc_no, issued_on)
    title = text(content, "title") or f"关于取消{base}资格的决定"
    facts = {**case.proceeding.get("facts", {}), "grounds": decision["grounds"], "scope": decision["scope"]}
    effects: list[Effect] = [
        IssueDocument("revocation", title, decision, doc_no, issued_on),
        UpdateProceeding({"doc_no": doc_no, "decided_on": issued_on, "facts": facts}),
        *addressees.host(case, phrases.issued(base, doc_no), "取消资格决定"),
    ]
    return Outcome({"doc_no": doc_no, "issued_on": issued_on.isoformat(), "scope": decision["scope"]}, effects)


def check_service(case: Case) -> Outcome:
    """校核送达：送达日期早于成文日期或晚于今天的，不能登记。

    What keeps the service from being recorded: a day before the document or to come.
    """
    errors = _not_ahead(case, "serve", "served_on", "送达日期不能晚于今天。")
    served_on = day(case.forms.get("serve", {}), "served_on")
    issued_on = day(case.data.get("document", {}), "issued_on")
    if served_on and issued_on and served_on < issued_on:
        errors["served_on"] = "送达日期不能早于成文日期。"
    return _checked(errors)


def fix_dates(case: Case) -> Outcome:
    """确定取消资格的生效日期和限制申报的起止日期。

    `effect`: the day from which the base has lost its title, first and last banned day (domain.md 3.1, 3.4).
    """
    content = case.forms.get("register_document", {})
    issued_on = day(case.data.get("document", {}), "issued_on") or case.today
    served_on = day(case.forms.get("serve", {}), "served_on") or case.today
    policy = str(case.parameters.get("ban.start") or bans.DOCUMENT)
    on = bans.start(policy, issued_on, served_on, day(content, "effective_on"))
    period = bans.period(case, on)
    return Outcome(
        {
            "on": on.isoformat(),
            "ends_on": period.ends_on.isoformat(),
            "first_day_allowed": period.first_day_allowed.isoformat(),
            "served_on": served_on.isoformat(),
        }
    )


def take_effect(case: Case) -> Outcome:
    """取消资格生效：同时更新台账、限制申报、终止基地和受限单位的在办事项，告知各方。

    取消资格, in one transaction: base, ban, the base's other cases, applications the ban hits, everybody told.
    """
    effect, document, base = case.data.get("effect", {}), case.data.get("document", {}), file_of.base_name(case)
    on = day(effect, "on") or case.today
    period = deadlines.BanPeriod(on, day(effect, "ends_on") or bans.period(case, on).ends_on)
    scope, doc_no = str(document.get("scope") or "host"), str(document.get("doc_no") or "")
    ban = {
        "uscc": str(case.base.get("uscc") or case.host.get("uscc") or ""),
        "host_id": case.base.get("host_id"),
        "scope": scope,
        "starts_on": period.starts_on,
        "ends_on": period.ends_on,
        "doc_no": doc_no,
        "leader": case.base.get("leader"),
        "base_name": case.base.get("name"),
        "field_code": case.base.get("field_code"),
    }
    cited = grounds_of.cited(list(case.proceeding.get("facts", {}).get("grounds") or file_of.established(case)))
    last, allowed = period.ends_on, period.first_day_allowed
    said = phrases.revoked(base, doc_no, on, cited, bans.SCOPES[scope], last, allowed)
    facts = {**case.proceeding.get("facts", {}), "scope": scope, "ban_until": last.isoformat(), "uscc": ban["uscc"]}
    stopped = bans.open_wishes(case, ban, round_progress.ENDED)
    effects: list[Effect] = [
        UpdateProceeding({"verdict": "revoked", "event_on": on, "note": cited, "facts": facts}),
        OpenBan(str(ban["uscc"]), scope, period.starts_on, period.ends_on, doc_no, str(case.base.get("id", ""))),
        # 第二十四条：已转国家级的不再是省级基地，只产生限制申报。
        *([EndBase("revoked", on, doc_no, "基地资格已取消")] if case.base.get("status") == "active" else []),
        *[
            Deliver(
                "base_host_banned",
                str(row["id"]),
                {"reason": bans.told(ban, str(row.get("uscc") or "")), "doc_no": doc_no},
            )
            for row in stopped
        ],
        *addressees.all_sides(case, said + decision_document.remedies(case), "取消资格决定"),
        *addressees.officer(said + "请列入公布名单。", "取消资格已生效"),
    ]
    return Outcome({"on": on.isoformat(), "ban_until": last.isoformat(), "stopped": len(stopped)}, effects)


# ------------------------------------------------------------------------------------- reading the case


def _times(case: Case) -> int:
    return round_progress.limit(case, "unqualified.consecutive", 2)


def _undealt(case: Case, taken: set[str]) -> dict[str, str]:
    """Proposals neither taken up nor set aside with a reason."""
    handled = {text(row, "no"): row for row in rows(case.forms.get("open_case", {}), "proposals")}
    errors: dict[str, str] = {}
    for place, proposal in enumerate(file_of.proposed(case)):
        row = handled.get(str(place + 1), {})
        set_aside = text(row, "handling") == "not_taken" and text(row, "reason")
        if proposal["ground"] not in taken and not set_aside and proposal["ground"] not in file_of.withdrawn(case):
            errors[f"proposals.{place}.handling"] = "系统提出的情形须列入本案，或者选“不列入”并写明理由。"
    return errors


def _reason(case: Case, result: str) -> str:
    """Why it ends, in the words of who ended it."""
    data = case.data
    if result == "ended":
        given = text(data.get("base_terminal", {}), "reason")
    elif result == "not_opened":
        given = text(data.get("open_case", {}), "opinion")
    elif data.get("withdraw_case"):
        given = text(data["withdraw_case"], "reason")
    elif result == "closed" and data.get("decide", {}).get("outcome") == "not_revoke":
        given = text(data["decide"], "opinion")
    else:
        given = text(data.get("verify", {}), "opinion")
    return (given or "详见办理意见").rstrip("。")


def _not_ahead(case: Case, form: str, field: str, said: str) -> dict[str, str]:
    given = day(case.forms.get(form, {}), field)
    return {field: said} if given and given > case.today else {}


def _checked(errors: dict[str, str]) -> Outcome:
    return Outcome({"errors": errors, "findings": []})
