"""Fills an installation's reference tables from what ships, without touching what people have edited since."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import func, select

from webapp.store import codes, organisations, reference, roles
from webapp.store.db import Tx
from webapp.store.seed import lists, workdays
from webapp.store.tables import Indicator, Organisation, Parameter, Workday

SINCE_EVER = date(2000, 1, 1)

ROLES: list[dict[str, str]] = [
    {"code": code, "name": name, "resolver": resolver, "scope": scope}
    for code, name, resolver, scope in (
        ("host", "依托单位", "case.host", "own_host"),
        ("host_admin", "依托单位管理员", "case.host", "own_host"),
        ("recommender", "组织推荐部门", "case.recommender", "recommended"),
        ("recommender_head", "组织推荐部门负责人", "case.recommender", "recommended"),
        ("county", "县级科技部门", "case.county", "county"),
        ("province_officer", "省科技厅经办", "org:province", "all"),
        ("division_head", "处室负责人", "org:province", "all"),
        ("dept_leader", "厅领导", "org:province", "all"),
        ("cosign_division", "协同处室", "key.org", "cosigned"),
        ("expert", "评审专家", "key.person", "assigned"),
        ("expert_lead", "专家组长", 'expression:"person:" + review.lead', "assigned"),
        ("sysadmin", "系统管理员", "org:province", "accounts"),
        ("secadmin", "安全管理员", "org:province", "accounts"),
        ("auditadmin", "审计管理员", "org:province", "logs"),
        ("analyst", "流程分析师", "org:province", "models"),
    )
]
"""The roles of docs/architecture.md 1; an administrator adds and edits rows."""


def load(tx: Tx) -> None:
    """Roles, code lists, indicator sets, parameters, calendar, cities and departments are there; edits are kept."""
    _roles(tx)
    _codes(tx)
    _indicators(tx)
    _parameters(tx)
    _calendar(tx)
    _offices(tx)


def _roles(tx: Tx) -> None:
    known = {row.code for row in roles.all_of(tx)}
    for position, row in enumerate(ROLES):
        if row["code"] not in known:
            roles.put(tx, **row, position=position)


def _codes(tx: Tx) -> None:
    known = set(codes.kinds(tx))
    for kind, rows in groupby(lists.codes(), key=lambda row: str(row["kind"])):
        if kind not in known:
            codes.replace(tx, kind, [{k: v for k, v in row.items() if k not in ("kind", "position")} for row in rows])


def _indicators(tx: Tx) -> None:
    known = set(tx.scalars(select(Indicator.set_code).distinct()))
    for set_code, rows in groupby(lists.indicators(), key=lambda row: str(row["set_code"])):
        if set_code not in known:
            codes.replace_indicators(tx, set_code, [{k: v for k, v in r.items() if k not in ("set_code", "position")} for r in rows])


def _parameters(tx: Tx) -> None:
    known = set(tx.scalars(select(Parameter.key).distinct()))
    fresh: list[dict[str, Any]] = [
        {
            "key": row["key"],
            "value": row["value"],
            "valid_from": SINCE_EVER,
            "source": f"管理办法第{row['article']}条" if row.get("article") else "随附缺省值",
            "current": bool(row.get("current")),
        }
        for row in lists.parameters()
        if row["key"] not in known
    ]
    if fresh:
        tx.insert(Parameter, fresh)
        reference.changed(tx)


def _calendar(tx: Tx) -> None:
    if tx.scalar(select(func.count()).select_from(Workday)):
        return
    rows = [{"day": r.day, "kind": r.kind, "source": workdays.SOURCE, "provisional": False} for r in workdays.notices()]
    tx.insert(Workday, rows)
    reference.changed(tx)


def _offices(tx: Tx) -> None:
    """The Province itself, its cosigning divisions' parent, the bureaus and the departments (domain.md 5.1, 5.2)."""
    known = set(tx.scalars(select(Organisation.id)))
    rows = [{"id": "province", "name": "浙江省科学技术厅", "kind": "province"}, *lists.recommenders()]
    for row in rows:
        if row["id"] not in known:
            organisations.add(tx, **{k: v for k, v in row.items() if k in ("id", "name", "kind", "city")})
