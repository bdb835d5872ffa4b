"""Who may apply at all: legal person, place, bans, integrity, other bases, leader (art. 4, 6, 7(1), 22, 24)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from handlers import bans, uscc
from handlers import eligibility_form as form_of
from handlers.eligibility_finding import Finding, Rule, Status, soft
from handlers.vocabulary import Case, Facts, Register

C1 = Rule("C1", "7(1)", ("uscc",))
C2 = Rule("C2", "7(1)", ("entity_type", "uscc"))
C3 = Rule("C3", "7(1)", ("registered_in", "registered_address", "uscc"))
C4 = Rule("C4", "7(1)", ("entity_status",))
C9 = Rule("C9", "22", ("uscc", "leader.name"))
C10 = Rule("C10", "7(1)", ("uscc",))
C10B = Rule("C10b", "7(1)", ("leader.name",))
C11 = Rule("C11", "4", ("base_name", "field_code"))
C12 = Rule("C12", "24", ("base_name",))
C13 = Rule("C13", "11(1)", ("category",))
C14 = Rule("C14", "7(1)", ("leader.full_time", "leader.name"))
CATEGORY = Rule("CAT", "6", ("category", "host_kind"))

FELL_OUT = frozenset(
    {
        "withdrawn",
        "not_submitted",
        "not_recommended",
        "not_accepted",
        "refused",
        "banned",
        "round_cancelled",
        "cancelled",
    }
)
"""Ends of an application that leave its place in the round free."""

# Other provincial regions, as a registered address begins; "浙江" and its cities are not among them.
_ELSEWHERE = (
    "北京", "天津", "河北", "山西", "内蒙古", "辽宁", "吉林", "黑龙江", "上海", "江苏", "安徽", "福建", "江西", "山东",
    "河南", "湖北", "湖南", "广东", "广西", "海南", "重庆", "四川", "贵州", "云南", "西藏", "陕西", "甘肃", "青海",
    "宁夏", "新疆", "香港", "澳门", "台湾",
)  # fmt: skip


def check(case: Case, form: Facts) -> list[Finding]:
    """C1 to C4, C9 to C14 and category against host kind, in that order."""
    return [
        *_legal_person(case, form),
        _status(form),
        *_history(case, form),
        _leader(case, form),
        _category(case, form),
    ]


def _legal_person(case: Case, form: Facts) -> list[Finding]:
    code = form_of.text(form, "uscc")
    first = _code(case, code)
    if first.status == "reject":
        unknown = "统一社会信用代码有误，暂不能核验"
        return [first, C2.says("na", unknown), C3.says("na", unknown)]
    return [first, _entity(case, form, code), _place(case, form, code)]


def _code(case: Case, code: str) -> Finding:
    fault = uscc.fault(code)
    if fault:
        return C1.says("reject", fault)
    own = str(case.host.get("uscc") or code)
    if uscc.normalise(own) != uscc.normalise(code):
        return C1.says("reject", f"统一社会信用代码{uscc.normalise(code)}与本单位登记的{uscc.normalise(own)}不一致")
    return C1.says("pass", f"统一社会信用代码{uscc.normalise(code)}校验通过")


def _entity(case: Case, form: Facts, code: str) -> Finding:
    answer = case.decide("legal_person", kind=uscc.kind_of(code), entity_type=form_of.text(form, "entity_type"))
    return C2.says(cast(Status, answer["status"]), answer["message"])


def _place(case: Case, form: Facts, code: str) -> Finding:
    registered_in = _registered_in(form)
    if not registered_in:
        return C3.says("reject", "请填写登记住所所在地")
    region = uscc.region_of(code)
    answer = case.decide("registered_place", region=_region(region), registered_in=registered_in)
    return C3.says(cast(Status, answer["status"]), f"{answer['message']}（登记机关区划{region}）")


def _registered_in(form: Facts) -> str:
    """As declared, unless the address itself begins with another province."""
    address = form_of.text(form, "registered_address").removeprefix("中国")
    return "elsewhere" if address.startswith(_ELSEWHERE) else form_of.text(form, "registered_in")


def _region(code: str) -> str:
    # Only the province's prefix: districts were merged and renamed and live on in old codes.
    if code.startswith("33"):
        return "zhejiang"
    return "central" if code == uscc.CENTRAL else "other"


def _status(form: Facts) -> Finding:
    status = form_of.text(form, "entity_status")
    if status == "active":
        return C4.says("pass", "登记状态为存续（在业）")
    if status in ("deregistered", "licence_revoked"):
        return C4.says("reject", f"登记状态为{'已注销' if status == 'deregistered' else '已吊销'}，不具备申报资格")
    return C4.says("manual", "登记状态不明，请核验是否存续")


def _history(case: Case, form: Facts) -> list[Finding]:
    if case.register is None:
        return [rule.says("manual", "未连接台账，请人工核验") for rule in (C9, C10, C10B, C11, C12, C13)]
    code = uscc.normalise(str(case.host.get("uscc") or form_of.text(form, "uscc")))
    bases = case.register.bases(host_id=case.host.get("id"))
    return [
        *_ban(case, form, case.register, code),
        *_integrity(form, case.register, code),
        _portfolio(case, form, bases),
        _national(form, bases),
        _duplicate(case, form, case.register),
    ]


def _ban(case: Case, form: Facts, register: Register, code: str) -> list[Finding]:
    wish = {
        "uscc": code,
        "base_name": form_of.text(form, "base_name"),
        "leader": _leader_name(form),
        "field_code": form_of.text(form, "field_code"),
    }
    found = bans.in_force(register, code, _leader_name(form), case.today)
    if not found:
        answer = bans.verdict(case, None, wish)
        return [C9.says(cast(Status, answer["status"]), answer["message"])]
    findings = []
    for ban in found:
        answer = bans.verdict(case, ban, wish)
        findings.append(C9.says(cast(Status, answer["status"]), f"{_ban_text(ban, code)}{answer['message']}"))
    return findings


def _ban_text(ban: Facts, code: str) -> str:
    last = form_of.to_date(ban["ends_on"])
    who = "贵单位" if uscc.normalise(str(ban.get("uscc", code))) == code else f"负责人{ban.get('leader')}"
    after = last + timedelta(days=1) if last else "限制期满"
    return f"{who}因{ban.get('doc_no') or '取消资格决定'}自{ban['starts_on']}起三年内不得申报，{after}起可再次申报。"


def _integrity(form: Facts, register: Register, code: str) -> list[Finding]:
    listed = register.dishonesty(code)
    if listed:
        return [
            C10.says(
                "reject", f"依托单位列入{listed.get('list') or '严重失信名单'}（{listed.get('on') or '日期不详'}）"
            )
        ]
    person = _leader_name(form) or "（未填写）"
    return [
        C10.says("pass", "依托单位未列入严重失信名单"),
        C10B.says("manual", f"请核验负责人{person}是否有严重失信记录"),
    ]


def _portfolio(case: Case, form: Facts, bases: Sequence[Facts]) -> Finding:
    active = [base for base in bases if base.get("status") == "active"]
    name, field = form_of.text(form, "base_name"), form_of.text(form, "field_code")
    if name and any(base.get("name") == name for base in active):
        return C11.says("reject", f"本单位已有同名国合基地“{name}”", "base_name")
    same_field = [base for base in active if field and base.get("field_code", base.get("field")) == field]
    if same_field:
        names = _names(same_field)
        return C11.says(
            soft(case, "portfolio.same_field"), f"本单位在同一领域已有国合基地{names}，请说明重复布局的必要性"
        )
    if active:
        return C11.says(
            soft(case, "portfolio.other_base"),
            f"本单位已有国合基地{len(active)}个（{_names(active)}），请说明如何集约布局",
        )
    return C11.says("pass", "本单位没有其他在管的国合基地")


def _national(form: Facts, bases: Sequence[Facts]) -> Finding:
    name = form_of.text(form, "base_name")
    national = [
        base for base in bases if base.get("level") == "national" or base.get("status") == "transferred_national"
    ]
    if name and any(base.get("name") == name for base in national):
        return C12.says("reject", f"“{name}”已是科技部国际科技合作基地，不再作为省科技厅国合基地管理")
    return C12.says("pass", "未被认定为科技部国际科技合作基地")


def _duplicate(case: Case, form: Facts, register: Register) -> Finding:
    others = [row for row in _applied(case, register) if row.get("id") != case.id and row.get("status") not in FELL_OUT]
    name, category = form_of.text(form, "base_name"), form_of.text(form, "category")
    if name and any(row.get("base_name") == name for row in others):
        return C13.says("reject", f"本单位在本批次已申报同名的“{name}”", "base_name")
    same = [row for row in others if category and row.get("category") == category]
    if same:
        said = f"本单位在本批次已申报同类别的{_names(same, 'base_name')}，请说明情况"
        return C13.says(soft(case, "round.duplicate"), said)
    return C13.says("pass", "本批次同类别没有重复申报")


def _applied(case: Case, register: Register) -> Sequence[Facts]:
    """The host's applications in this round."""
    round_id = case.round.get("id")
    return register.applications(round_id=round_id, host_id=case.host.get("id")) if round_id else ()


def _leader(case: Case, form: Facts) -> Finding:
    leader = form_of.part(form, "leader")
    name = _leader_name(form)
    said = [] if leader.get("full_time") is True else ["负责人不是依托单位全职在岗人员"]
    if case.register is not None and name:
        led = case.register.bases(leader=name, status="active")
        said += [f"负责人{name}已担任{_names(led)}负责人"] if led else []
    if said:
        return C14.says(soft(case, "leader"), "；".join(said) + "，请说明情况")
    return C14.says("pass", "负责人全职在岗，未担任其他国合基地负责人")


def _category(case: Case, form: Facts) -> Finding:
    category, kind = form_of.text(form, "category"), form_of.text(form, "host_kind")
    if not category or not kind:
        return CATEGORY.says("reject", "请选择基地类别和依托单位类型")
    answer = case.decide(
        "category_host", category=category, host_kind=kind, entity_type=form_of.text(form, "entity_type")
    )
    return CATEGORY.says(cast(Status, answer["status"]), answer["message"])


def _leader_name(form: Facts) -> str:
    return form_of.text(form_of.part(form, "leader"), "name")


def _names(rows: Sequence[Facts], key: str = "name") -> str:
    return "、".join(f"“{row.get(key)}”" for row in rows)
