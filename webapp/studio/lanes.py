"""The role table as the analyst extends it: a new lane needs a row and no code (settled.md 15)."""

from __future__ import annotations

import re

from webapp.engine import permissions
from webapp.engine.running import Answer, once
from webapp.errors import Forbidden, Invalid
from webapp.spiff import expressions
from webapp.store import journal, organisations, roles
from webapp.store.db import Tx
from webapp.store.principal import Principal

RESOLVERS = {
    "case.host": "本件的依托单位",
    "case.recommender": "本件的组织推荐部门",
    "case.county": "本件所在县（市、区）的科技部门",
    "key.org": "多人办理时，每一项的单位",
    "key.person": "多人办理时，每一项的人员",
}
SCOPES = {
    "own_host": "本单位的事项",
    "recommended": "本部门推荐的事项",
    "county": "本县（市、区）的事项",
    "all": "全省的事项",
    "assigned": "分派给本人的事项",
    "cosigned": "送本处室会签的事项",
}
CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")


def add(tx: Tx, actor: Principal, code: str, name: str, resolver: str, scope: str, *, command_id: str) -> Answer:
    """A lane of this name now has an owner; people get the role from the system administrator. Raises Invalid."""

    def work() -> Answer:
        if not permissions.has_role(actor, "analyst"):
            raise Forbidden("只有流程分析师可以登记泳道角色。")
        wrong = _faults(tx, code, name.strip(), resolver.strip(), scope)
        if wrong:
            raise Invalid(wrong)
        position = 1 + max((row.position for row in roles.all_of(tx)), default=0)
        fields = {"code": code, "name": name.strip(), "resolver": resolver.strip(), "scope": scope}
        roles.put(tx, **fields, position=position)
        seat = actor.seat
        entry = journal.Entry(
            action="role.add",
            actor=actor.person_id,
            org=seat.org_id if seat else None,
            seat=seat.id if seat else None,
            after=fields,
        )
        journal.append(tx, "model:roles", entry)
        return Answer(notes={"role": code})

    return once(tx, actor, "role.add", command_id, work)


def _faults(tx: Tx, code: str, name: str, resolver: str, scope: str) -> dict[str, str]:
    wrong = {}
    if not CODE.fullmatch(code):
        wrong["code"] = "编号用小写英文和下划线，如 defence_panel。"
    elif roles.coded(tx, code) is not None:
        wrong["code"] = "该编号已登记。"
    if not 1 < len(name) <= 20:
        wrong["name"] = "名称为 2 至 20 个字，与泳道名称一致。"
    elif roles.named(tx, name) is not None:
        wrong["name"] = "该名称已登记。"
    if scope not in SCOPES:
        wrong["scope"] = "请选择查看范围。"
    problem = _resolver_fault(tx, resolver)
    if problem:
        wrong["resolver"] = problem
    return wrong


def _resolver_fault(tx: Tx, resolver: str) -> str:
    if resolver in RESOLVERS:
        return ""
    kind, _, rest = resolver.partition(":")
    if kind == "org" and rest:
        return "" if organisations.names(tx, [rest]) else "没有这个单位，请写单位编号，如 org:province。"
    if kind == "expression" and rest:
        try:
            expressions.compile_expression(rest)
        except expressions.ExpressionError as error:
            return f"表达式有误：{error}"
        return ""
    return "请选择办理单位，或写 org:单位编号、expression:表达式。"
