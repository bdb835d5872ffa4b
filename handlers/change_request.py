"""Reading a change request 变更申请 (第十六条): its kind and items, old and new value, its due day.

Some of it are computed fields of the form `shared/change_request` (`call:change_request.…`). A draft may lack anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from handlers import change_record as record
from handlers import deadlines, messages, uscc
from handlers.eligibility_form import day, part, rows, text
from handlers.eligibility_partners import fold
from handlers.vocabulary import Case, Facts

KINDS: Mapping[str, str] = {
    "base_name": "基地名称",
    "leader": "负责人",
    "partner": "合作对象",
    "host_name": "依托单位名称",
    "host_entity": "依托单位主体",
    "location": "所在地",
    "category": "基地类别",
    "direction": "研究方向",
    "core_team": "核心团队",
    "other": "其他重大事项",
}
"""Code list change_kind."""
PARTNER_ACTIONS = {"add": "新增", "replace": "更换", "remove": "减少"}
MARKABLE = {
    "event_date": "变更事项发生日期",
    "late_reason": "逾期申请的原因",
    "reason": "变更理由",
    "influence": "对正常运行的影响",
    "influence_text": "影响情况和应对措施",
    "explanations": "需说明事项",
    "attachments": "其他佐证材料",
    "sealed_form": "盖章的变更申请",
}
"""Fields of every request that may be marked for correction; the kind itself may not."""
MARKABLE_OF: Mapping[str, Mapping[str, str]] = {
    "base_name": {"new_base_name": "变更后的基地名称", "name_decision": "更名决定"},
    "leader": {
        "new_leader": "新负责人",
        "leader_cause": "负责人变更原因",
        "leader_projects": "新负责人主持的省级及以上项目",
        "leader_cv": "新负责人简历",
        "leader_appointment": "任命文件",
        "leader_consent": "新负责人同意书",
    },
    "partner": {
        "partner_action": "合作对象变更方式",
        "partners_now": "现有全部合作机构",
        "partner_removed": "不再合作的机构",
        "partner_new": "新合作机构",
        "termination_file": "终止合作的证明",
    },
    "host_name": {
        "new_host_name": "变更后的单位名称",
        "new_host_uscc": "变更后的统一社会信用代码",
        "host_notice": "登记机关变更通知书",
        "host_licence": "变更后的营业执照或法人证书",
    },
    "host_entity": {
        "entity_cause": "主体变更情形",
        "new_host": "新依托单位",
        "succession": "权利义务承继安排",
        "entity_decision": "主体变更的批准文件或协议",
        "host_notice": "登记机关通知书",
        "host_licence": "新依托单位营业执照或法人证书",
    },
    "location": {
        "new_registered_in": "变更后的住所所在地",
        "new_city": "变更后的设区市",
        "new_county": "变更后的县（市、区）",
        "new_address": "变更后的登记住所",
        "new_recommender": "变更后的组织推荐部门",
        "host_licence": "变更后的营业执照或法人证书",
    },
    "category": {"new_category": "变更后的基地类别", "category_evidence": "类别调整论证材料"},
    "direction": {"new_direction": "变更后的研究方向和目标", "direction_evidence": "论证意见"},
    "core_team": {"team_left": "退出成员", "team_joined": "新增成员", "team_decision": "团队调整的决定"},
    "other": {"other_item": "变更事项", "other_old": "变更前", "other_new": "变更后", "other_evidence": "证明材料"},
}
SHORT = 200
"""How much of an old or new value lists and notices show."""


def content(case: Case) -> Facts:
    """The newest request, whichever task it was written in."""
    return case.forms.get("change_request", {})


def wants_conditions(form: Facts) -> bool:
    """A new host or category is judged by conditions that a form of their own asks for."""
    return kind(form) in ("host_entity", "category")


def conditions(case: Case) -> Facts:
    """The conditions that were filled in for a new host or category; empty for other kinds."""
    return case.forms.get("conditions", {}) if wants_conditions(content(case)) else {}


def kind(form: Facts) -> str:
    """The kind of change; empty while nothing was chosen."""
    return text(form, "kind")


def title(form: Facts) -> str:
    """The change as people call it: 合作对象（减少）."""
    name = KINDS.get(kind(form), "重大事项")
    action = PARTNER_ACTIONS.get(text(form, "partner_action"), "") if kind(form) == "partner" else ""
    own = action or (text(form, "other_item") if kind(form) == "other" else "")
    return f"{name}（{own}）" if own else name


def called(case: Case) -> str:
    """The change as notices call it."""
    return str(case.data.get("change", {}).get("title") or title(content(case)))


def base_name(case: Case) -> str:
    """The base as notices call it, by its name before the change."""
    return text(case.base, "name") or "国合基地"


def markable(form: Facts) -> dict[str, str]:
    """Fields of this kind of request that a reviewer may mark for correction → their titles."""
    return {**MARKABLE, **MARKABLE_OF.get(kind(form), {})}


def items(form: Facts) -> list[str]:
    """What the change touches: two open changes may not share one (domain.md 3.6).

    Each partner is an item of its own, and so is each further matter; of everything else a base has one.
    """
    match kind(form):
        case "partner":
            concerned = {fold(text(form, "partner_removed")), fold(text(part(form, "partner_new"), "name"))}
            return [f"partner:{name}" for name in sorted(concerned - {""})]
        case "other":
            return [f"other:{fold(text(form, 'other_item'))}"]
        case found:
            return [found] if found else []


# ---------------------------------------------------------------------------------------------- the limit


def due_on(case: Case, form: Facts) -> date | None:
    """第十六条：变更事项发生一个月内, rolled over rest days; None while the day of the event is unknown."""
    event = day(form, "event_date")
    if event is None:
        return None
    last = deadlines.months(int(case.parameters.get("change.period_months", 1)), event)
    rolls = case.parameters.get("change.roll", True) is True and case.calendar is not None
    return deadlines.roll(last, case.calendar) if rolls and case.calendar is not None else last


def handed_in_on(case: Case) -> date:
    """The day that counts for the limit: of the first submission, else today."""
    return day(case.proceeding, "submitted_on") or case.today


def days_late(case: Case, form: Facts) -> int:
    """Calendar days by which the request came after its due day; 0 when it came in time."""
    due = due_on(case, form)
    return max((handed_in_on(case) - due).days, 0) if due else 0


def late(case: Case, form: Facts) -> bool | None:
    """Whether the request comes after its due day; None while the day of the event is unknown."""
    return None if due_on(case, form) is None else days_late(case, form) > 0


def deadline_note(case: Case, form: Facts) -> str:
    """The limit in words, and by how much it was missed."""
    event, due = day(form, "event_date"), due_on(case, form)
    if event is None or due is None:
        return ""
    said = messages.change_due(title(form), event, due)
    behind = days_late(case, form)
    return said + (messages.change_late(behind) if behind else "")


# ---------------------------------------------------------------------------------------------- old and new


def old_value(case: Case, form: Facts) -> str:
    """What is on record now, in words; empty while no kind was chosen."""
    match kind(form):
        case "base_name":
            return text(case.base, "name")
        case "leader":
            return text(case.base, "leader")
        case "partner":
            return _old_partner(case, form)
        case "host_name" | "host_entity":
            return f"{text(case.host, 'name')}（{text(case.host, 'uscc')}）"
        case "location":
            return record.place(case)
        case "category":
            return record.category(case)
        case "direction":
            return record.direction(case) or "台账中没有记录"
        case "core_team":
            return record.names(record.core_team(case)) or "台账中没有名单"
        case "other":
            return text(form, "other_old")
    return ""


def new_value(case: Case, form: Facts) -> str:
    """What the host asks for, in words; empty while it is not filled in."""
    match kind(form):
        case "base_name":
            return text(form, "new_base_name")
        case "leader":
            return text(part(form, "new_leader"), "name")
        case "partner":
            return _new_partner(case, form)
        case "host_name":
            return text(form, "new_host_name")
        case "host_entity":
            unit = part(form, "new_host")
            return f"{text(unit, 'name')}（{uscc.normalise(text(unit, 'uscc'))}）" if text(unit, "name") else ""
        case "location":
            return _new_place(case, form)
        case "category":
            return messages.category(text(form, "new_category"))
        case "direction":
            return text(form, "new_direction")
        case "core_team":
            return record.names(team_after(case, form))
        case "other":
            return text(form, "other_new")
    return ""


def known_partners(case: Case, _form: Facts) -> int:
    """How many partners are on record."""
    return len(record.partners(case))


def known_members(case: Case, _form: Facts) -> int:
    """How many core members are on record."""
    return len(record.core_team(case))


def open_marks(case: Case, _form: Facts) -> int:
    """How many marks 疑似未经审批变更 stand on the base."""
    return len(record.standing_marks(case))


def partners_after(case: Case, form: Facts) -> list[Facts]:
    """The partners once this change has taken effect, upon what is on record then."""
    now = record.partners(case) or rows(form, "partners_now")
    if kind(form) != "partner":
        return now
    action = text(form, "partner_action")
    gone = fold(text(form, "partner_removed")) if action in ("replace", "remove") else ""
    new = part(form, "partner_new") if action in ("add", "replace") else {}
    kept = [row for row in now if not gone or fold(text(row, "name")) != gone]
    if new and text(new, "name"):
        kept = [row for row in kept if fold(text(row, "name")) != fold(text(new, "name"))] + [new]
    return kept


def team_after(case: Case, form: Facts) -> list[Facts]:
    """The core members once this change has taken effect."""
    gone = {str(name) for name in form.get("team_left") or ()}
    joined = rows(form, "team_joined")
    again = {text(row, "name") for row in joined}
    kept = [row for row in record.core_team(case) if text(row, "name") not in gone | again]
    return [*kept, *joined]


def leaves_province(form: Facts) -> bool:
    """第七条（一）: the host moves out of Zhejiang."""
    return kind(form) == "location" and text(form, "new_registered_in") == "elsewhere"


def receiver(case: Case, form: Facts) -> str:
    """The department that is to recommend the base from now on; empty when it stays with the one it has."""
    if kind(form) != "location" or leaves_province(form):
        return ""
    wanted = text(form, "new_recommender")
    return wanted if wanted and wanted != case.base.get("recommender_id") else ""


def route_inputs(case: Case, form: Facts) -> dict[str, Any]:
    """What the table `change_route` asks of a request."""
    return {
        "kind": kind(form),
        "partner_action": text(form, "partner_action") if kind(form) == "partner" else "",
        "leaves_province": leaves_province(form),
        "recommender_changes": bool(receiver(case, form)),
    }


def route(case: Case, form: Facts) -> Facts:
    """第十六条: the rules to check again and the levels that decide, by the table `change_route`."""
    found: Facts = case.decide("change_route", change=route_inputs(case, form))
    return found


def route_text(case: Case, form: Facts) -> str:
    """What happens to a request of this kind, in words; empty while no kind was chosen."""
    return str(route(case, form).get("route_note") or "") if kind(form) else ""


def short(value: str) -> str:
    """The value as lists show it."""
    flat = " ".join(value.split())
    return flat if len(flat) <= SHORT else flat[: SHORT - 1] + "…"


def _old_partner(case: Case, form: Facts) -> str:
    known = record.partners(case)
    gone = fold(text(form, "partner_removed"))
    if text(form, "partner_action") in ("replace", "remove") and gone:
        found = next((row for row in known if fold(text(row, "name")) == gone), None)
        return record.called(found) if found else text(form, "partner_removed")
    if not known:
        return "台账中没有合作机构名单"
    return f"现有合作机构{len(known)}个：" + "、".join(record.called(row) for row in known)


def _new_partner(case: Case, form: Facts) -> str:
    new, action = part(form, "partner_new"), text(form, "partner_action")
    if action == "remove":
        count = len(partners_after(case, form))
        return f"不再作为合作机构，变更后合作机构{count}个" if text(form, "partner_removed") else ""
    if not text(new, "name"):
        return ""
    region = record.register(case).codes("country_region").get(text(new, "country_region"), "")
    return f"{record.called(new)}，{region}" if region else record.called(new)


def _new_place(case: Case, form: Facts) -> str:
    if leaves_province(form):
        return f"浙江省外：{text(form, 'new_address')}"
    where = "，".join(p for p in (record.city(case, text(form, "new_city")), text(form, "new_address")) if p)
    department = record.unit(case, receiver(case, form) or case.base.get("recommender_id"))
    return f"{where}；组织推荐部门：{department}" if where and department else where
