"""Which conditions are checked again for a change (第十六条 with 第六至十条), by the rules that exist and four of its own.

N1 name in use, P1 the new partner's agreement, H1 the same legal person, R1 the department that will recommend.
The table `change_route` names the rules: ids separated by commas, `J*` for all that begin so, `*` for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from handlers import change_record as record
from handlers import change_request as request
from handlers import eligibility, uscc
from handlers.eligibility_finding import Finding, Rule
from handlers.eligibility_form import part, rows, text
from handlers.eligibility_partners import overseas
from handlers.vocabulary import Case, Facts, Register

N1 = Rule("N1", "16", ("new_base_name",))
P1 = Rule("P1", "8(2)", ("partner_new",))
H1 = Rule("H1", "16", ("new_host_uscc",))
R1 = Rule("R1", "13", ("new_recommender",))
J1B = Rule("J1b", "8(1)", ("new_leader", "leader_projects"))

IN_REQUEST = frozenset({"C1", "C2", "C3", "C4", "C9", "CAT"})
"""Rules of a new host or category that the request alone can answer; the others read the conditions that follow."""
_PLACES: Mapping[str, Mapping[str, str]] = {
    "leader": {"leader": "new_leader", "leader.name": "new_leader.name", "leader.full_time": "new_leader.full_time",
               "past_projects": "leader_projects"},
    "partner": {"partners": "partner_action"},
    "location": {"registered_in": "new_registered_in", "registered_address": "new_address", "uscc": "new_address"},
    "host_entity": {name: f"new_host.{name}" for name in ("uscc", "entity_type", "entity_status", "registered_in",
                                                          "registered_address", "host_kind")},
    "category": {"category": "new_category", "host_kind": "new_category"},
}  # fmt: skip
"""Kind → field of an application → where the request asks for it."""


@dataclass(frozen=True)
class Others:
    """The register without the base itself, which is no second base beside its own changed self."""

    whole: Register
    base_id: str

    def bases(self, **where: Any) -> Sequence[Facts]:
        """Bases by equality, all but this one."""
        return [row for row in self.whole.bases(**where) if row.get("id") != self.base_id]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.whole, name)


def check(case: Case, form: Facts, rules: str, conditions: Facts | None = None) -> list[Finding]:
    """What the named rules say of the base as it would be; `conditions` None: they are still to be filled in."""
    if not rules.strip():
        return []
    found = [*_own(case, form), *_eligibility(case, form, conditions or {})]
    wanted = [finding for finding in found if is_named(rules, finding.rule_id)]
    if request.wants_conditions(form):
        if conditions is not None:
            return wanted
        wanted = [finding for finding in wanted if finding.rule_id in IN_REQUEST]
    return [_placed(finding, request.kind(form)) for finding in wanted]


def is_named(rules: str, rule_id: str) -> bool:
    """Whether the list of rules names this one."""
    given = [each.strip() for each in rules.split(",") if each.strip()]
    return any(rule_id == each or (each.endswith("*") and rule_id.startswith(each[:-1])) for each in given)


def explanations(form: Facts, conditions: Facts) -> dict[str, str]:
    """The host's texts by rule id, of both forms."""
    return {**eligibility.explanations(conditions), **eligibility.explanations(form)}


def as_application(case: Case, form: Facts, conditions: Facts) -> dict[str, Any]:
    """The base as an application would describe it once the change has taken effect."""
    declared = record.application(case)
    base = {
        "base_name": case.base.get("name"),
        "category": case.base.get("category"),
        "field_code": case.base.get("field_code"),
        "leader": _leader(case, declared),
        "core_team": record.core_team(case),
        "partners": request.partners_after(case, form),
    }
    content = {**_host(case), **declared, **base, **conditions}
    return {**content, **_changed(form, content)}


def _host(case: Case) -> dict[str, Any]:
    """The host as master data know it."""
    names = ("uscc", "host_kind", "entity_type", "entity_status", "registered_address", "founded_on")
    known = {name: case.host[name] for name in names if case.host.get(name)}
    return {"registered_in": "zhejiang", "entity_status": "active", "host_name": case.host.get("name"), **known}


def _leader(case: Case, declared: Facts) -> Facts:
    """The leader on record, with what the application said of that very person."""
    name, said = text(case.base, "leader"), part(declared, "leader")
    return said if text(said, "name") == name else {"name": name, "full_time": True}


def _changed(form: Facts, content: Facts) -> dict[str, Any]:
    match request.kind(form):
        case "base_name":
            return {"base_name": text(form, "new_base_name")}
        case "leader":
            leader = part(form, "new_leader")
            own = {"leader_role": "base_leader", "leader": text(leader, "name")}
            led = [{**row, **own} for row in rows(form, "leader_projects")]
            return {"leader": leader, "past_projects": [*rows(content, "past_projects"), *led]}
        case "host_entity":
            unit = part(form, "new_host")
            return {"host_name": text(unit, "name"), **{key: value for key, value in unit.items() if key != "name"}}
        case "location":
            return {"registered_in": text(form, "new_registered_in"), "registered_address": text(form, "new_address")}
        case "category":
            return {"category": text(form, "new_category")}
    return {}


# ---------------------------------------------------------------------------------------------- its own rules


def _own(case: Case, form: Facts) -> list[Finding]:
    match request.kind(form):
        case "base_name":
            return [_name(case, form)]
        case "partner" if text(form, "partner_action") in ("add", "replace"):
            return [_agreement(case, form)]
        case "host_name":
            return [_same_person(case, form)]
        case "location" if not request.leaves_province(form):
            return [_department(case, form)]
    return []


def _name(case: Case, form: Facts) -> Finding:
    name = text(form, "new_base_name")
    taken = [
        row for row in record.register(case).bases(name=name, status="active") if row.get("id") != case.base.get("id")
    ]
    if taken:
        return N1.says("reject", f"“{name}”已是{taken[0].get('host_name') or '其他单位'}国合基地的名称，请另定名称")
    rivals = [row for row in _open_changes(case, "base_name") if row.get("facts", {}).get("new") == name]
    if rivals:
        return N1.says("reject", f"“{name}”正由{rivals[0].get('title') or '另一基地'}申请使用，请另定名称")
    return N1.says("pass", f"“{name}”没有其他国合基地使用")


def _agreement(case: Case, form: Facts) -> Finding:
    new = part(form, "partner_new")
    counted = overseas({"partners": [new]}, case.today, count_hmt=bool(case.parameters.get("partners.count_hmt", True)))
    if not counted:
        return P1.says("reject", f"{record.called(new) or '新增机构'}不是海外机构，不能作为国合基地的合作对象")
    if not counted[0].has_agreement:
        return P1.says("reject", f"{record.called(new)}没有已签署且在有效期内的科技合作协议")
    if not counted[0].has_related_agreement:
        return P1.says("manual", f"请核验{record.called(new)}的协议与国合基地建设内容是否紧密相关")
    return P1.says("pass", f"{record.called(new)}的科技合作协议在有效期内")


def _same_person(case: Case, form: Facts) -> Finding:
    given, own = uscc.normalise(text(form, "new_host_uscc")), uscc.normalise(str(case.host.get("uscc") or ""))
    if given != own:
        said = f"更名后的统一社会信用代码{given or '（未填写）'}与现登记的{own}不同，属于依托单位主体变更，请改选“依托单位主体”"
        return H1.says("reject", said)
    return H1.says("pass", "统一社会信用代码未变，法人主体不变")


def _department(case: Case, form: Facts) -> Finding:
    wanted, new_city = text(form, "new_recommender"), text(form, "new_city")
    department = record.register(case).organisation(wanted) if wanted else None
    if department is None or department.get("kind") not in ("city_bureau", "competent_dept"):
        return R1.says("reject", "请选择变更后的组织推荐部门")
    if department.get("kind") == "city_bureau" and department.get("city") != new_city:
        said = f"{department.get('name')}不是{record.city(case, new_city)}的科技主管部门，请按属地重新选择"
        return R1.says("reject", said)
    if request.receiver(case, form):
        return R1.says("manual", f"组织推荐部门变更为{department.get('name')}，请按隶属或属地关系核验")
    return R1.says("pass", f"组织推荐部门仍为{department.get('name')}")


def _open_changes(case: Case, kind: str) -> list[Facts]:
    """Open changes of that kind of other bases, once handed in."""
    found = record.register(case).proceedings(process="change", kind=kind, ended_on=None)
    return [row for row in found if row.get("id") != case.id]


def rivals(case: Case, form: Facts) -> list[Facts]:
    """Open changes of this base that touch one of the same items (domain.md 3.6).

    Of two that were handed in at the same moment the one with the later number yields.
    """
    mine, registered = set(request.items(form)), set(case.proceeding.get("facts", {}).get("items") or ())
    found = []
    for row in _open_changes(case, request.kind(form)):
        shared = mine & set(row.get("facts", {}).get("items") or ())
        if row.get("base_id") == case.base.get("id") and shared:
            first = shared <= registered and case.id < str(row.get("id"))
            found += [] if first else [row]
    return found


def number_of(case: Case, row: Facts) -> str:
    """The number of another open case of the base, by its summary."""
    others = record.register(case).open_cases(str(case.base.get("id", "")))
    found = next((other for other in others if other.get("id") == row.get("id")), {})
    return str(found.get("number") or row.get("title") or "")


# ---------------------------------------------------------------------------------------------- the rules that exist


def _eligibility(case: Case, form: Facts, conditions: Facts) -> list[Finding]:
    """Every finding of the rules of designation over the base as it would be."""
    host = dict(case.host)
    if request.kind(form) == "host_entity":
        code = uscc.normalise(text(part(form, "new_host"), "uscc"))
        known = record.register(case).host_with(code)
        host = dict(known or {"id": None, "uscc": code})
    others = Others(record.register(case), str(case.base.get("id", "")))
    imagined = replace(case, host=host, application={}, round={}, register=cast(Register, others))
    content = as_application(case, form, conditions)
    found = [each for each in eligibility.check(imagined, content) if each.rule_id != "C13"]  # no round, no double
    if request.kind(form) == "leader" and not rows(content, "past_projects") and not record.application(case):
        # A base from before the platform: its projects are not on record.
        unknown = J1B.says("manual", "台账中没有该基地的项目资料，请核验新负责人是否为省级及以上项目负责人或核心成员")
        found = [each for each in found if each.rule_id != "J1b"]
        found += [unknown] if content.get("category") == "joint_rd" else []
    return found


def _placed(finding: Finding, kind: str) -> Finding:
    """The finding at the field of the request that it concerns."""
    places = _PLACES.get(kind, {})
    return replace(finding, evidence=tuple(places.get(each, each) for each in finding.evidence))
