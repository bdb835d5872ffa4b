"""Further conditions of open service bases 开放服务类 (art. 9)."""

from __future__ import annotations

from decimal import Decimal

from handlers import eligibility_form as form_of
from handlers.eligibility_finding import Finding, Rule
from handlers.vocabulary import Facts

O1 = Rule("O1", "9(1)", ("reserve_projects",))
O2 = Rule("O2", "9(1)", ("incubation_site",))
O3 = Rule("O3", "9(1)", ("operating_funds",))
O4 = Rule("O4", "9(2)", ("service_team",))
O5 = Rule("O5", "9(2)", ("transfer_cases",))

_SITE = {"address": "地址", "function": "功能说明", "tenure_file": "产权或租赁证明"}


def check(form: Facts) -> list[Finding]:
    """O1 to O5."""
    return [_resources(form), _site(form), _funds(form), _team(form), _cases(form)]


def _resources(form: Facts) -> Finding:
    reserve = form_of.rows(form, "reserve_projects")
    if not reserve:
        return O1.says("reject", "没有储备的海外技术与项目")
    return O1.says("manual", f"储备海外技术与项目{len(reserve)}项，请核验资源是否稳定优质、技术是否先进")


def _site(form: Facts) -> Finding:
    site = form_of.part(form, "incubation_site")
    absent = [name for key, name in _SITE.items() if not form_of.text(site, key)]
    if not form_of.is_positive(site, "area"):
        absent.append("面积")
    if absent:
        return O2.says("reject", f"项目孵化、智力引进场所缺少{'、'.join(absent)}")
    return O2.says("pass", f"有项目孵化、智力引进场所{form_of.number(site, 'area')}平方米")


def _funds(form: Facts) -> Finding:
    funds = form_of.part(form, "operating_funds")
    last, this = (form_of.number(funds, key) or Decimal(0) for key in ("last_year", "this_year"))
    if last + this <= 0:
        return O3.says("reject", "上年度和本年度运营经费均为0万元")
    return O3.says("manual", f"上年度运营经费{last}万元、本年度{this}万元，请核验是否充足")


def _team(form: Facts) -> Finding:
    team = form_of.rows(form, "service_team")
    full_time = sum(row.get("full_time") is True for row in team)
    if not full_time:
        return O4.says("reject", f"专业管理团队{len(team)}人，没有专职人员" if team else "没有专业管理团队")
    return O4.says("manual", f"专业管理团队{len(team)}人，其中专职{full_time}人，请核验专业能力和工作成效")


def _cases(form: Facts) -> Finding:
    cases = form_of.rows(form, "transfer_cases")
    if not cases:
        return O5.says("reject", "没有技术、人才项目双向转移转化的成功案例")
    return O5.says("pass", f"有技术、人才项目双向转移转化成功案例{len(cases)}个")
