"""Basic conditions of every base: guarantee, channels, goals, management systems (art. 7)."""

from __future__ import annotations

from typing import cast

from handlers import eligibility_form as form_of
from handlers import eligibility_partners as partners_of
from handlers.eligibility_finding import Finding, Rule, Status, soft
from handlers.vocabulary import Case, Facts

C5 = Rule("C5", "7(1)", ("service_capacity", "team_count", "facilities", "site_area", "annual_budget"))
C6 = Rule("C6", "7(2)", ("partners",))
C7 = Rule("C7", "7(3)", ("goals", "operating_mechanism", "construction_plan"))

SYSTEMS = {
    "ip": "知识产权管理制度",
    "cross_border_data": "数据跨境管理制度",
    "human_genetic": "人类遗传资源管理制度",
    "ethics": "科研伦理管理制度",
    "secrecy": "保密管理制度",
    "security_monitoring": "科技安全预警监测与评估应对机制",
}
"""第七条第三项: the six systems; each is a rule `C8.<code>`."""


def check(case: Case, form: Facts, partners: list[partners_of.Partner]) -> list[Finding]:
    """C5 to C8."""
    return [_guarantee(form), _channels(case, partners), _plan(form), *(_system(case, form, code) for code in SYSTEMS)]


def system_reasons(form: Facts) -> dict[str, str]:
    """What the host wrote beside a system, as explanations of its rule."""
    systems = form_of.part(form, "management_systems")
    return {f"C8.{code}": form_of.text(form_of.part(systems, code), "reason") for code in SYSTEMS}


def _guarantee(form: Facts) -> Finding:
    absent = _absent(form, {"service_capacity": "服务保障能力", "facilities": "设施条件"})
    numbers = {"team_count": "团队人数", "site_area": "场地面积", "annual_budget": "年度运行经费"}
    absent |= {key: name for key, name in numbers.items() if not form_of.is_positive(form, key)}
    if absent:
        return C5.says("reject", f"缺少建设运行保障条件：{'、'.join(absent.values())}", *absent)
    team, budget = form_of.number(form, "team_count"), form_of.number(form, "annual_budget")
    return C5.says("manual", f"团队{team}人、年度运行经费{budget}万元，请核验服务保障能力和条件是否满足需要")


def _channels(case: Case, partners: list[partners_of.Partner]) -> Finding:
    if not partners:
        return C6.says("reject", "没有海外合作机构，应有相对稳定的国际科技合作渠道与合作伙伴")
    in_force = sum(partner.has_agreement for partner in partners)
    if not in_force:
        said = f"海外合作机构{len(partners)}个，均没有有效期内的合作协议，请说明情况"
        return C6.says(soft(case, "partners.agreement"), said)
    return C6.says("pass", f"海外合作机构{len(partners)}个，其中{in_force}个有有效期内的合作协议")


def _plan(form: Facts) -> Finding:
    absent = _absent(
        form, {"goals": "发展目标", "operating_mechanism": "运行机制", "construction_plan": "建设总体方案"}
    )
    if absent:
        return C7.says("reject", f"缺少{'、'.join(absent.values())}", *absent)
    return C7.says("pass", "发展目标、运行机制和建设总体方案齐全")


def _system(case: Case, form: Facts, code: str) -> Finding:
    path = f"management_systems.{code}"
    rule = Rule(f"C8.{code}", "7(3)", (f"{path}.state", f"{path}.file"))
    row = form_of.part(form_of.part(form, "management_systems"), code)
    state = form_of.text(row, "state")
    if not state:
        return rule.says("reject", f"{SYSTEMS[code]}：请选择建设情况")
    answer = case.decide("management_system", system=code, state=state, has_file=bool(form_of.text(row, "file")))
    return rule.says(cast(Status, answer["status"]), f"{SYSTEMS[code]}：{answer['message']}")


def _absent(form: Facts, fields: dict[str, str]) -> dict[str, str]:
    return {key: name for key, name in fields.items() if not form_of.text(form, key)}
