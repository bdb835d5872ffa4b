"""Further conditions of special development bases 特色发展类: one of two branches suffices (art. 10)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from handlers import eligibility_form as form_of
from handlers import eligibility_intensity as intensity
from handlers.eligibility_finding import Finding, Rule, without_effect
from handlers.eligibility_partners import MAINLAND
from handlers.vocabulary import Case, Facts

S = Rule("S", "10", ("special_branch",))
A1 = Rule("S-A1", "10(1)", ("overseas_body.country_region", "overseas_body.certificate_file"))
A2 = Rule("S-A2", "10(1)", ("overseas_body.direct_share", "overseas_body.indirect_share"))
A3 = Rule("S-A3", "10(1)", ("overseas_body.location_reason",))
A4 = Rule("S-A4", "10(1)", ("overseas_body.synergy", "overseas_body.results"))
B1 = Rule("S-B1", "10(2)", ("foreign_rd.foreign_share", "entity_type"))
B2 = Rule("S-B2", "10(2)", ("foreign_rd.site_area", "foreign_rd.equipment", "foreign_rd.staff"))
B3 = Rule("S-B3", "10(2)", ("foreign_rd.organisation_chart",))
B4 = Rule("S-B4", "10(2)", ("finance3",))
B5 = Rule("S-B5", "10(2)", ("foreign_rd.global_projects", "foreign_rd.parent_letter"))

_CONTROL = 50
_WHOLE = 100
_OTHER_HOLDS = "该情形不成立，另一情形成立，不影响申报"


def check(case: Case, form: Facts, on: date) -> list[Finding]:
    """Findings of the branches applied for; a failed branch decides nothing when the other one holds."""
    branches = {"overseas_body": _overseas_body, "foreign_rd": _foreign_rd}
    asked = form_of.text(form, "special_branch")
    chosen = [run(case, form, on) for name, run in branches.items() if asked in (name, "both")]
    if not chosen:
        return [S.says("reject", "请选择申报情形：企业海外研发机构或外资研发中心")]
    if not any(_holds(branch) for branch in chosen):
        return [S.says("reject", "第十条所列情形均不成立"), *_flat(chosen)]
    kept = [branch if _holds(branch) else [_stripped(finding) for finding in branch] for branch in chosen]
    return [S.says("pass", "至少符合第十条所列情形之一"), *_flat(kept)]


def _overseas_body(_case: Case, form: Facts, on: date) -> list[Finding]:
    body = form_of.part(form, "overseas_body")
    return [_presence(body, on), _control(body), _location(body), _strength(body)]


def _presence(body: Facts, on: date) -> Finding:
    established = form_of.day(body, "established_on")
    country = form_of.text(body, "country_region").upper()
    absent = [
        name
        for name, given in (
            ("海外研发机构名称", form_of.text(body, "name")),
            ("所在国家（地区）", country),
            ("设立方式", form_of.text(body, "mode") in ("established", "acquired")),
            ("设立或并购日期", established),
            ("企业境外投资证书", form_of.text(body, "certificate_no") and form_of.text(body, "certificate_file")),
        )
        if not given
    ]
    if absent:
        return A1.says("reject", f"缺少{'、'.join(absent)}")
    if country == MAINLAND:
        return A1.says("reject", "研发机构不在海外")
    if established and established > on:
        return A1.says("reject", f"设立或并购日期{established}晚于申报日")
    return A1.says("pass", f"已{'设立' if body['mode'] == 'established' else '并购'}海外研发机构{body['name']}")


def _control(body: Facts) -> Finding:
    direct, indirect = (form_of.number(body, key) or Decimal(0) for key in ("direct_share", "indirect_share"))
    share = direct + indirect
    if share > _WHOLE:
        return A2.says("manual", f"直接与间接持股比例合计{share}%，超过100%，请核验")
    if share > _CONTROL:
        return A2.says("pass", f"持股比例合计{share}%，形成控股关系")
    if share > 0 and form_of.text(body, "control_agreement"):
        return A2.says("manual", f"持股比例合计{share}%，未超过50%，请核验控制协议是否形成控股关系")
    return A2.says("reject", f"持股比例合计{share}%，未超过50%且没有控制协议，未形成控股关系")


def _location(body: Facts) -> Finding:
    place = form_of.text(body, "country_region") or "（未填写）"
    return A3.says("manual", f"请核验所在地（{place}）是否为海外创新资源富集地区")


def _strength(body: Facts) -> Finding:
    results = len(form_of.rows(body, "results"))
    if not results or not form_of.text(body, "synergy"):
        return A4.says("reject", "缺少标志性研发成果" if not results else "缺少与省内依托单位技术协同的说明")
    return A4.says("manual", f"标志性研发成果{results}项，请核验研发能力、技术协同关系和成果水平")


def _foreign_rd(case: Case, form: Facts, on: date) -> list[Finding]:
    centre = form_of.part(form, "foreign_rd")
    return [
        _foreign_invested(form, centre),
        _conditions(centre),
        _department(centre),
        *intensity.check(case, form, B4, on),
        _synergy(centre),
    ]


def _foreign_invested(form: Facts, centre: Facts) -> Finding:
    if form_of.is_positive(centre, "foreign_share"):
        return B1.says("pass", f"外资比例{form_of.number(centre, 'foreign_share')}%")
    if form_of.text(form, "entity_type") == "foreign_company":
        return B1.says("pass", "登记类型为外商投资企业")
    return B1.says("reject", "不是外资企业（外资比例为0）")


def _conditions(centre: Facts) -> Finding:
    absent = [] if form_of.is_positive(centre, "site_area") and form_of.text(centre, "site_address") else ["研发场地"]
    if not form_of.rows(centre, "equipment"):
        absent.append("仪器设备")
    if not form_of.is_positive(centre, "staff"):
        absent.append("研发人员")
    if absent:
        return B2.says("reject", f"缺少固定、完整的研发条件：{'、'.join(absent)}")
    return B2.says("pass", "研发场地、仪器设备和人员齐备")


def _department(centre: Facts) -> Finding:
    absent = [
        name
        for key, name in (("department", "研发部门名称"), ("organisation_chart", "组织架构图"))
        if not form_of.text(centre, key)
    ]
    if absent:
        return B3.says("reject", f"缺少{'、'.join(absent)}，不能证明设有相对独立的研发部门")
    return B3.says("pass", f"设有研发部门{form_of.text(centre, 'department')}")


def _synergy(centre: Facts) -> Finding:
    projects = len(form_of.rows(centre, "global_projects"))
    if not projects or not form_of.text(centre, "parent_letter"):
        return B5.says("reject", "缺少承担的母体企业全球研发项目" if not projects else "缺少母体企业证明函")
    return B5.says("manual", f"承担母体企业全球研发项目{projects}项，请核验技术协同体系和所承担的关键环节")


def _holds(branch: Sequence[Finding]) -> bool:
    return all(finding.status != "reject" for finding in branch)


def _stripped(finding: Finding) -> Finding:
    return without_effect(finding, _OTHER_HOLDS) if finding.status != "pass" else finding


def _flat(branches: Sequence[Sequence[Finding]]) -> list[Finding]:
    return [finding for branch in branches for finding in branch]
