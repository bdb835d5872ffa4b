"""Further conditions of joint R&D bases 联合研发类 (art. 8)."""

from __future__ import annotations

from datetime import date

from handlers import eligibility_form as form_of
from handlers import eligibility_intensity as intensity
from handlers import eligibility_partners as partners_of
from handlers.eligibility_finding import Finding, Rule, soft
from handlers.vocabulary import Case, Facts

J1 = Rule("J1", "8(1)", ("past_projects",))
J1B = Rule("J1b", "8(1)", ("past_projects", "leader", "core_team"))
J2 = Rule("J2", "8(1)", ("ip_rights", "products"))
J3 = Rule("J3", "8(1)", ("market_advantage", "market_evidence"))
J4 = Rule("J4", "8(1)", ("finance3",))
J5 = Rule("J5", "8(2)", ("research_conditions", "core_team", "equipment"))
J6 = Rule("J6", "8(2)", ("partners",))
J6B = Rule("J6b", "8(2)", ("partners",))

_ACADEMIC = frozenset({"university", "research_institute"})
_PROVINCIAL_OR_ABOVE = frozenset({"national", "provincial"})
_MIN_PARTNERS = 3


def check(case: Case, form: Facts, partners: list[partners_of.Partner], on: date) -> list[Finding]:
    """J1 to J6; J1 for universities and institutes, J2 to J4 for enterprises; `on` is the day of the application."""
    kind = form_of.text(form, "host_kind")
    own: list[Finding] = []
    if kind in _ACADEMIC:
        own = _projects(case, form)
    elif kind == "enterprise":
        own = [_own_ip(form), _market(form), *intensity.check(case, form, J4, on)]
    return [*own, _capacity(form), *_agreements(case, partners)]


def _projects(case: Case, form: Facts) -> list[Finding]:
    high = [row for row in form_of.rows(form, "past_projects") if form_of.text(row, "level") in _PROVINCIAL_OR_ABOVE]
    if not high:
        said = "未填写省级及以上科技计划项目（第八条第一项“原则上”），请说明情况"
        return [J1.says(soft(case, "joint.project"), said), J1B.says("na", "没有省级及以上科技计划项目")]
    found = J1.says("pass", f"承担省级及以上科技计划项目{len(high)}项")
    if any(_is_led_by_base(row, form) for row in high):
        return [found, J1B.says("pass", "项目负责人为国合基地负责人或核心成员")]
    said = "省级及以上科技计划项目的负责人都不是国合基地负责人或核心成员，请说明情况"
    return [found, J1B.says(soft(case, "joint.project_leader"), said)]


def _is_led_by_base(project: Facts, form: Facts) -> bool:
    """By declared relation and record, never by an equal name alone."""
    name, relation = form_of.text(project, "leader"), form_of.text(project, "leader_role")
    if relation == "base_leader":
        return bool(name) and name == form_of.text(form_of.part(form, "leader"), "name")
    unit = form_of.text(project, "leader_unit") or form_of.text(form, "host_name")
    members = {(form_of.text(row, "name"), form_of.text(row, "unit")) for row in form_of.rows(form, "core_team")}
    return relation == "core_member" and (name, unit) in members


def _own_ip(form: Facts) -> Finding:
    rights = {_number(row, "number") for row in form_of.rows(form, "ip_rights")} - {""}
    if not rights:
        return J2.says("reject", "没有自主知识产权，企业应拥有具有自主知识产权的产品和成果", "ip_rights")
    products = [row for row in form_of.rows(form, "products") if _number(row, "ip_number") in rights]
    if not products:
        said = f"有自主知识产权{len(rights)}项，但没有与之对应的产品或成果"
        return J2.says("reject", said, "products")
    return J2.says("pass", f"有自主知识产权{len(rights)}项，对应产品和成果{len(products)}项")


def _number(row: Facts, key: str) -> str:
    return "".join(form_of.text(row, key).upper().split())


def _market(form: Facts) -> Finding:
    given = form_of.text(form, "market_advantage") and form.get("market_evidence")
    said = "请核验是否形成较为明显的市场竞争优势"
    return J3.says("manual", said if given else f"市场竞争优势的说明或证明材料不全，{said}")


def _capacity(form: Facts) -> Finding:
    team, equipment = (len(form_of.rows(form, key)) for key in ("core_team", "equipment"))
    said = f"核心团队{team}人、主要仪器设备{equipment}项，请核验开展高水平合作研发的条件、能力和人才团队"
    return J5.says("manual", said)


def _agreements(case: Case, partners: list[partners_of.Partner]) -> list[Finding]:
    minimum = int(case.parameters.get("joint.min_partners", _MIN_PARTNERS))
    signed = partners_of.distinct(partners)
    if not partners:
        return [J6.says("reject", f"已签协议的海外机构0个，少于{minimum}个（第八条第二项）")]
    if signed >= minimum:
        return [J6.says("pass", f"已签协议的海外机构{signed}个，不少于{minimum}个"), _relatedness(partners)]
    said = f"已签协议的海外机构{signed}个，少于{minimum}个（第八条第二项“一般应”），请说明情况"
    apart = partners_of.distinct_names(partners)
    if apart > signed:
        said += f"（母子公司、同一集团合并计为1个，合并前{apart}个）"
    return [J6.says(soft(case, "joint.min_partners"), said), _relatedness(partners)]


def _relatedness(partners: list[partners_of.Partner]) -> Finding:
    said = ["请核验各协议与国合基地建设内容是否紧密相关"]
    missing = sum(partner.missing_files for partner in partners)
    if missing:
        said.append(f"{missing}份协议未上传扫描件")
    said += [f"“{one}”与“{other}”名称相近，请核验是否为同一机构" for one, other in partners_of.alike(partners)]
    return J6B.says("manual", "；".join(said))
