"""What is decided about a change and what follows: the register, letters, grounds for revocation, every end (第十六条)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from handlers import change_readers as readers
from handlers import change_record as record
from handlers import change_request as request
from handlers import change_review as review
from handlers import change_texts as texts
from handlers import messages, round_progress
from handlers.eligibility_form import day, part, text
from handlers.vocabulary import (
    BpmnError,
    Case,
    ChangeBase,
    ChangeHost,
    ClearMark,
    Effect,
    Facts,
    IssueDocument,
    Outcome,
    RaiseMark,
    StartCase,
    UpdateProceeding,
)

LATE_GROUND = "第二十二条第五项：重大事项变更未及时申请，影响国合基地正常运行"
OTHER_GROUND = "第二十二条第六项：依托单位迁出浙江省，不再符合第七条第一项，不宜继续作为国合基地存续"


# ------------------------------------------------------------------------------------- approved


def record_decision(case: Case) -> Outcome:
    """记录变更批准和生效日期：未另行指定的，自决定之日起生效。

    `decision` holds the day of effect: the day of the decision unless a later one was stated; the host knows it.
    """
    task = "leader_decide" if case.data.get("to_leader") else "head_review"
    stated = day(case.forms.get(task, {}), "effective_on") or case.today
    effective = max(stated, case.today)
    waits = effective > case.today
    data = {"effective_on": effective.isoformat(), "decided_on": case.today.isoformat(), "waits": waits, "by": task}
    effects: list[Effect] = [UpdateProceeding({"decided_on": case.today, "verdict": "approved"})]
    if waits:
        said = texts.approved_for_later(request.base_name(case), request.called(case), effective)
        effects += [UpdateProceeding({"status": "awaiting_effect"}), *readers.host(case, said, "变更已批准")]
    return Outcome(data, effects)


def apply_change(case: Case) -> Outcome:
    """完成变更：生效前再次核验，自生效日起更新台账、发出同意通知（第十六条）。

    第十六条“完成变更”: the register has the new value from the day of effect, and everybody concerned knows.

    Raises BpmnError("blocked") when a condition that held at the review fails now.
    """
    failed = _failed(case)
    if failed:
        raise BpmnError("blocked", "；".join(failed))
    form = request.content(case)
    on = day(case.data.get("decision", {}), "effective_on") or case.today
    old, new = request.old_value(case, form), request.new_value(case, form)
    said = texts.approved(request.base_name(case), request.called(case), request.short(old), request.short(new), on)
    title = f"关于同意{request.base_name(case)}变更{request.called(case)}的通知"
    letter = {**_letter(case, old, new), "effective_on": on.isoformat()}
    effects: list[Effect] = [
        *_register_effects(case, form, on),
        *_cleared(case, form),
        IssueDocument("change_approval", title, letter, issued_on=case.today),
        *readers.host(case, said, "变更完成"),
        *readers.department(case, said, "变更完成"),
        *_told_newcomers(case, form, on, said),
    ]
    return Outcome({"end": "changed", "on": on.isoformat()}, effects)


def report_blocked(case: Case) -> Outcome:
    """变更生效前核验未通过的，告知省科技厅经办原因，退回重新审核。

    The officer learns what failed at the moment of effect and reviews the request again.
    """
    failed = _failed(case)
    said = texts.blocked(request.base_name(case), request.called(case), "；".join(failed))
    effects: list[Effect] = [UpdateProceeding({"decided_on": None, "verdict": None})]
    return Outcome({"reasons": failed}, [*effects, *readers.officer(said, "变更生效前核验未通过")])


def _failed(case: Case) -> list[str]:
    settled = review.overridden(case)
    found = review.rejections(review.findings_now(case))
    failed = [finding.message for finding in found if finding.rule_id not in settled]
    if request.kind(request.content(case)) == "host_entity" and review.new_host(case) is None:
        failed.append("新依托单位尚未在平台登记")
    return failed


def _register_effects(case: Case, form: Facts, on: date) -> list[Effect]:
    """What the register and master data say from the day of effect on, by kind."""
    match request.kind(form):
        case "host_name":
            return [ChangeHost({"name": text(form, "new_host_name")}, on)]
        case "location":
            return _moved(case, form, on)
        case _:
            fields = _fields(case, form)
            return [ChangeBase(fields, on)] if fields else []


def _fields(case: Case, form: Facts) -> dict[str, Any]:
    match request.kind(form):
        case "base_name":
            return {"name": text(form, "new_base_name")}
        case "leader":
            return {"leader": text(part(form, "new_leader"), "name")}
        case "partner":
            return {"partners": [record.as_registered(row) for row in request.partners_after(case, form)]}
        case "host_entity":
            unit = review.new_host(case) or {}
            known = {"host_id": unit.get("id"), "city": unit.get("city"), "recommender_id": unit.get("recommender_id")}
            return {name: value for name, value in known.items() if value}
        case "category":
            return {"category": text(form, "new_category")}
        case "direction":
            return {"direction": text(form, "new_direction")}
        case "core_team":
            return {"core_team": request.team_after(case, form)}
    return {}  # 其他重大事项 is on record with this case and its letter


def _moved(case: Case, form: Facts, on: date) -> list[Effect]:
    """domain.md 3.7 no. 1: the host is elsewhere from that day; its bases of the same place go with it."""
    receiver = request.receiver(case, form)
    fields: dict[str, Any] = {"city": text(form, "new_city")}
    if receiver:
        fields["recommender_id"] = receiver
    master = {"city": text(form, "new_city"), "county": text(form, "new_county") or None}
    master["registered_address"] = text(form, "new_address")
    same = {"host_id": case.base.get("host_id"), "status": "active", "city": case.base.get("city")}
    others = record.register(case).bases(**same, recommender_id=case.base.get("recommender_id"))
    along = [str(row["id"]) for row in others if row.get("id") != case.base.get("id")]
    return [
        ChangeBase(fields, on),
        *(ChangeBase(fields, on, base=other) for other in along),
        ChangeHost(master, on, recommender=receiver),
    ]


def _told_newcomers(case: Case, form: Facts, on: date, said: str) -> list[Effect]:
    """Departments that hand over and take over, and the new host, read about it too."""
    told: list[Effect] = []
    receiver = request.receiver(case, form)
    if receiver:
        old, new = record.unit(case, case.base.get("recommender_id")), record.unit(case, receiver)
        handed = texts.handed_over(request.base_name(case), old, new, on)
        told += [*readers.department(case, handed, "组织推荐部门变更"), *readers.host(case, handed, "组织推荐部门变更")]
        told += readers.department(case, handed, "组织推荐部门变更", receiver)
    unit = review.new_host(case) if request.kind(form) == "host_entity" else None
    if unit:
        told += readers.host(case, said, "变更完成", unit.get("id"))
        if unit.get("recommender_id") != case.base.get("recommender_id"):
            told += readers.department(case, said, "变更完成", unit.get("recommender_id"))
    return told


def _cleared(case: Case, form: Facts) -> list[Effect]:
    """Marks that the host answered with this request are gone (settled.md 28)."""
    answered = {str(each) for each in form.get("answers") or ()}
    marks = [mark for mark in record.standing_marks(case) if record.mark_key(mark) in answered]
    reason = f"已按第十六条办理变更（{case.number}）"
    return [ClearMark("undeclared_change", str(mark.get("period") or ""), reason) for mark in marks]


# ------------------------------------------------------------------------------------- not approved


def record_refusal(case: Case) -> Outcome:
    """变更不予批准：发出通知，请依托单位确认维持原状（第十六条）。

    第十六条“审批不通过的，不得擅自调整”: the host reads the reason and is asked to confirm that it stays as it was.
    """
    task = "leader_decide" if case.data.get("leader_decide", {}).get("outcome") == "refuse" else "head_review"
    reason = _opinion(case, task)
    form, days = request.content(case), round_progress.limit(case, "change.confirm_days", 10)
    said = texts.refused(request.base_name(case), request.called(case), reason, days)
    said += messages.reconsideration(round_progress.limit(case, "reconsideration.days", 10))
    title = f"关于不同意{request.base_name(case)}变更{request.called(case)}的通知"
    letter = {**_letter(case, request.old_value(case, form), request.new_value(case, form)), "reason": reason}
    letter["confirm_days"] = days
    effects: list[Effect] = [
        UpdateProceeding({"decided_on": case.today, "verdict": "refused"}),
        IssueDocument("change_refusal", title, letter, issued_on=case.today),
        *readers.host(case, said, "变更未获批准"),
        *readers.department(case, said, "变更未获批准"),
    ]
    return Outcome({"end": "refused", "reason": reason, "on": case.today.isoformat()}, effects)


def note_changed(case: Case) -> Outcome:
    """未确认维持原状或者已自行调整的，给基地作标记，转省科技厅核实。

    The host did not confirm, or has changed already: the base carries a mark, and the Province looks into it.
    """
    answered = case.data.get("confirm_unchanged", {}).get("outcome") == "changed"
    how = "依托单位答复已经调整" if answered else "依托单位逾期未确认维持原状"
    said = texts.not_unchanged(request.base_name(case), request.called(case), case.number, how)
    effects: list[Effect] = [
        RaiseMark("undeclared_change", case.number, f"变更{request.called(case)}未获批准，{how}"),
        *readers.officer(said, "变更未获批准后的核实"),
        *readers.department(case, said, "变更未获批准后的核实"),
    ]
    return Outcome({"end": "refused_unconfirmed", "how": how, "on": case.today.isoformat()}, effects)


def record_disagreement(case: Case) -> Outcome:
    """组织推荐部门未同意变更：申请办结，理由告知依托单位和省科技厅（第十六条）。

    第十六条“经组织推荐部门审核同意后”: without that the request ends; host and Province read the reason.
    """
    receiving = case.data.get("receive_review", {}).get("outcome") == "object"
    task = "receive_review" if receiving else "recommender_review"
    change, reason = case.data.get("change", {}), _opinion(case, task)
    org = change.get("receiver") if receiving else case.base.get("recommender_id")
    department, base, what = record.unit(case, org) or "组织推荐部门", request.base_name(case), request.called(case)
    ground = bool(change.get("late")) and change.get("influence") == "some"
    said = texts.disagreed(base, what, department, reason)
    told = texts.disagreed_to_province(base, what, department, reason, ground)
    effects = [*readers.host(case, said, "变更申请未获同意"), *readers.officer(told, "变更申请未获推荐部门同意")]
    if receiving:
        effects += readers.department(case, said, "变更申请未获同意")
    fields = UpdateProceeding({"decided_on": case.today, "verdict": "disagreed"})
    return Outcome({"end": "disagreed", "reason": reason, "on": case.today.isoformat()}, [fields, *effects])


def withdraw(case: Case) -> Outcome:
    """撤回变更申请：原登记内容不变，告知已收到申请的部门。

    The host gave the request up; nothing changes.
    """
    said = texts.withdrawn(request.base_name(case), request.called(case))
    return _end_early(case, "withdrawn", said, "变更申请撤回")


def lapse(case: Case) -> Outcome:
    """逾期未补正变更申请的，视为撤回，并告知各方。

    视为撤回: the correction limit passed without a new submission.
    """
    due = day(case.data.get("correction", {}), "due_on")
    said = texts.lapsed(request.base_name(case), request.called(case), due)
    ended = _end_early(case, "withdrawn", said, "变更申请视为撤回")
    return Outcome(ended.data, [UpdateProceeding({"status": "withdrawn"}), *ended.effects])


def end_with_base(case: Case) -> Outcome:
    """基地资格终止：变更申请随之终止，此前已生效的变更不受影响。

    The base has ended, and the request with it; a change that took effect before stays.
    """
    reason = str(case.data.get("base_terminal", {}).get("reason") or "").rstrip("。")
    said = texts.ended(request.base_name(case), request.called(case), reason)
    return Outcome({"end": "ended", "reason": reason}, readers.host(case, said, "变更申请终止"))


# ------------------------------------------------------------------------------------- grounds for revocation


def propose_ground(case: Case) -> Outcome:
    """逾期申请且影响正常运行的，提出取消资格建议，变更继续办理（第二十二条第五项）。

    第二十二条（五）: late *and* in the way of normal operation, confirmed by the officer; the change goes on.
    """
    content = case.forms.get("confirm_ground", {})
    form, change = request.content(case), case.data.get("change", {})
    facts = (
        f"{request.called(case)}于{change.get('event_on')}发生，应于{change.get('due_on')}前申请，"
        f"逾期{change.get('days_late')}天；{text(content, 'facts') or text(form, 'influence_text')}"
    )
    return _propose(case, "G5", LATE_GROUND, facts, content)


def propose_departure(case: Case) -> Outcome:
    """依托单位迁出浙江省又不主动退出的，提出取消资格建议（第二十二条第六项）。

    第七条（一）、第二十二条（六）: the host left the province and does not exit by itself.
    """
    content = case.forms.get("handle_departure", {})
    facts = f"{request.new_value(case, request.content(case))}。{text(content, 'facts')}"
    return _propose(case, "G6", OTHER_GROUND, facts, content)


def advise_exit(case: Case) -> Outcome:
    """建议依托单位主动退出，并告知答复期限（第二十三条）。

    第二十三条: the host is advised to exit by itself, which bans it from nothing.
    """
    days = round_progress.limit(case, "change.departure_days", 20)
    said = texts.exit_advised(request.base_name(case), days)
    effects = [*readers.host(case, said, "建议申请主动退出"), *readers.department(case, said, "建议申请主动退出")]
    return Outcome({"on": case.today.isoformat(), "days": days}, effects)


def start_exit(case: Case) -> Outcome:
    """依托单位同意退出的，为其发起主动退出申请。

    The host agreed: its exit is begun in its own inbox.
    """
    facts = f"依托单位迁出浙江省（变更申请{case.number}）：{request.new_value(case, request.content(case))}"
    data = {"reason": "host_adjustment", "facts": facts, "source": case.id, "source_number": case.number}
    begun = StartCase("exit", f"exit:{case.base.get('id')}:{case.id}", {**_about(case), "data": data})
    return Outcome({"end": "exit_advised", "on": case.today.isoformat()}, [begun])


def _propose(case: Case, ground: str, label: str, facts: str, content: Facts) -> Outcome:
    data = {
        "ground": ground,
        "facts": facts,
        "evidence": list(content.get("evidence") or ()),
        "source": case.id,
        "source_number": case.number,
        "on": case.today.isoformat(),
    }
    key = f"revocation:{case.base.get('id')}:{case.id}:{ground}"
    said = texts.ground_proposed(request.base_name(case), label, case.number)
    effects: list[Effect] = [StartCase("revocation", key, {**_about(case), "data": data}, joins="ground_added")]
    return Outcome({"ground": ground, "facts": facts}, [*effects, *readers.officer(said, "取消资格建议")])


# ------------------------------------------------------------------------------------- reading the case


def _about(case: Case) -> dict[str, Any]:
    return {"base_id": case.base.get("id"), "host_id": case.base.get("host_id"), "title": case.base.get("name")}


def _letter(case: Case, old: str, new: str) -> dict[str, Any]:
    """What both letters say of the request."""
    change = case.data.get("change", {})
    host, department = text(case.host, "name"), record.unit(case, case.base.get("recommender_id"))
    return {
        "recipients": "，".join(name for name in (host, department) if name),
        "number": case.number,
        "host_name": host,
        "recommender": department,
        "base_name": request.base_name(case),
        "base_code": text(case.base, "code"),
        "item": request.called(case),
        "old": old,
        "new": new,
        "event_on": change.get("event_on", ""),
        "requested_on": _iso(case.proceeding.get("submitted_on") or case.today),
        "late_days": change.get("days_late", 0),
    }


def _end_early(case: Case, end: str, said: str, subject: str) -> Outcome:
    """Before anything was decided; whoever has seen the request learns that it is gone."""
    told = readers.host(case, said, subject)
    if case.proceeding.get("submitted_on"):
        told += readers.department(case, said, subject)
    if case.data.get("correction", {}).get("returned_by") == "province":
        told += readers.officer(said, subject)
    return Outcome({"end": end, "on": case.today.isoformat()}, told)


def _opinion(case: Case, task: str) -> str:
    """The reason an adverse outcome was given with."""
    sources: tuple[Mapping[str, Any], ...] = (case.data.get(task, {}), case.forms.get(task, {}))
    given = next((said for facts in sources for key in ("reason", "opinion") if (said := text(facts, key))), "")
    return (given or "详见办理意见").rstrip("。")


def _iso(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")
