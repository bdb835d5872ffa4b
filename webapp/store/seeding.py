"""Loads what every installation starts with: roles, offices, codes, indicators, parameters, the calendar.

Only what is missing is added; nothing that an administrator changed is touched, so it may run at every start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import select

from webapp.store import reference
from webapp.store.db import Tx
from webapp.store.seed import lists
from webapp.store.seed import workdays as notices
from webapp.store.tables import Code, Indicator, Model, Organisation, Parameter, Role, Workday

SINCE = date(2004, 1, 1)
"""Seeded parameters hold from here on, before any case."""

ROLES: tuple[tuple[str, str, str, str], ...] = (
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
    ("sysadmin", "系统管理员", "", "accounts"),
    ("secadmin", "安全管理员", "", "accounts"),
    ("auditadmin", "审计管理员", "", "logs"),
    ("analyst", "流程分析师", "", "models"),
)
"""code, lane name, resolver, scope (docs/architecture.md 1)."""

OFFICES: tuple[tuple[str, str, str | None], ...] = (
    ("province", "浙江省科学技术厅", None),
    ("province-wz", "对外合作处", "province"),
    ("province-jd", "科技监督与诚信建设处", "province"),
    ("province-fg", "政策法规处", "province"),
    ("province-zg", "资源配置与管理处", "province"),
)
"""id, name, parent: the Province and the divisions that may be asked to cosign."""


def load(tx: Tx) -> int:
    """Everything that ships is there; answers how many rows were missing."""
    added = _roles(tx) + _offices(tx) + _codes(tx) + _indicators(tx) + _parameters(tx) + _calendar(tx)
    if added:
        reference.changed(tx)
    return added


def _roles(tx: Tx) -> int:
    rows = [
        {"code": code, "name": name, "resolver": resolver, "scope": scope, "position": position}
        for position, (code, name, resolver, scope) in enumerate(ROLES)
    ]
    return _add(tx, Role, ("code",), rows)


def _offices(tx: Tx) -> int:
    offices = [{"id": key, "name": name, "kind": "province", "parent_id": parent} for key, name, parent in OFFICES]
    return _add(tx, Organisation, ("id",), offices[:1]) + _add(
        tx, Organisation, ("id",), [*offices[1:], *map(dict, lists.recommenders())]
    )


def _codes(tx: Tx) -> int:
    """An edited list stays as it was edited: only lists that are not there at all are added."""
    known = set(tx.scalars(select(Code.kind).distinct()))
    return _add(tx, Code, ("kind", "code"), [row for row in lists.codes() if row["kind"] not in known])


def _indicators(tx: Tx) -> int:
    known = set(tx.scalars(select(Indicator.set_code).distinct()))
    new = [row for row in lists.indicators() if row["set_code"] not in known]
    return _add(tx, Indicator, ("set_code", "code"), new)


def _parameters(tx: Tx) -> int:
    known = set(tx.scalars(select(Parameter.key).distinct()))
    new = [row for row in lists.parameters() if row["key"] not in known]
    return _add(tx, Parameter, ("key", "valid_from"), [{"valid_from": SINCE, "source": "初始值", **row} for row in new])


def _calendar(tx: Tx) -> int:
    """A year of which any day is known was imported by hand and stays."""
    known = {day.year for day in tx.scalars(select(Workday.day))}
    new: list[dict[str, Any]] = []
    for year, days in groupby(notices.notices(), key=lambda row: row.day.year):
        if year not in known:
            new += [{"day": row.day, "kind": row.kind, "source": notices.SOURCE, "provisional": False} for row in days]
    return _add(tx, Workday, ("day",), new)


def _add(tx: Tx, model: type[Model], key: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> int:
    known = {tuple(row) for row in tx.execute(select(*(getattr(model, name) for name in key)))}
    columns = model.__table__.columns.keys()
    new = [
        {name: value for name, value in row.items() if name in columns}
        for row in rows
        if tuple(row[name] for name in key) not in known
    ]
    tx.insert(model, new)
    return len(new)
