"""How far a seat reaches: the conditions that several tables share.

Inner tables are plain, outer columns are the caller's.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Table, and_, false, literal_column, or_, select, true

from webapp.store.principal import Principal
from webapp.store.tables.model import Model

WORKING = ("active", "scored")
"""Statuses of an expert's assignment that open the material; access ends with the round (settled 21)."""


def case_rule(principal: Principal, row: Any) -> ColumnElement[bool]:
    """Which rows that carry host_id, recommender_id, county_id and id of a case the seat sees."""
    org = principal.org_id
    match principal.scope:
        case "all":
            return true()
        case "own_host":
            return row.host_id == org  # type: ignore[no-any-return]
        case "recommended":
            return or_(row.recommender_id == org, row.id.in_(guest(principal, "case_id")))
        case "county":
            return row.county_id == org  # type: ignore[no-any-return]
        case "cosigned":
            task = _table("task").c
            return row.id.in_(select(task.case_id).where(task.org_id == org))  # type: ignore[no-any-return]
        case "assigned":
            return row.id.in_(assigned(principal))  # type: ignore[no-any-return]
    return false()


def guest(principal: Principal, column: str) -> Any:
    """That column of the tasks a department was given in cases of another's (属地变化的接收部门); ix_task_guest."""
    task = _table("task").c
    foreign = and_(task.role == literal_column("'recommender'"), task.recommender_id != task.org_id)
    return select(task[column]).where(task.org_id == principal.org_id, foreign)


def province_only(principal: Principal) -> ColumnElement[bool]:
    """Every row for the Province, none for others."""
    return true() if principal.scope == "all" else false()


def assigned(principal: Principal) -> Any:
    """Ids of the applications that an expert works on now."""
    work = _table("expert_assignment").c
    return select(work.application_id).where(work.person_id == principal.person_id, work.status.in_(WORKING))


def through_case(principal: Principal, case_id: Any) -> ColumnElement[bool]:
    """Rows that belong to a case the seat sees."""
    if principal.scope == "all":
        return true()
    if principal.scope not in {"own_host", "recommended", "county", "cosigned", "assigned"}:
        return false()
    case = _table("case").c
    return case_id.in_(select(case.id).where(case_rule(principal, case)))  # type: ignore[no-any-return]


def base_rule(principal: Principal, row: Any) -> ColumnElement[bool]:
    """Which rows that carry host_id and recommender_id of a base the seat sees."""
    match principal.scope:
        case "all":
            return true()
        case "own_host":
            return row.host_id == principal.org_id  # type: ignore[no-any-return]
        case "recommended":
            return row.recommender_id == principal.org_id  # type: ignore[no-any-return]
    return false()


def through_base(principal: Principal, base_id: Any) -> ColumnElement[bool]:
    """Rows that belong to a base the seat sees."""
    if principal.scope == "all":
        return true()
    base = _table("base").c
    return base_id.in_(select(base.id).where(base_rule(principal, base)))  # type: ignore[no-any-return]


def hosts_of(principal: Principal) -> Any:
    """Ids of the hosts that the acting recommender recommends, at any time."""
    bond = _table("affiliation").c
    return select(bond.host_id).where(bond.recommender_id == principal.org_id)


def known_hosts(principal: Principal) -> Any | None:
    """Ids of the hosts, besides his own, that a seat deals with; None when there are none."""
    match principal.scope:
        case "recommended":
            return hosts_of(principal).union(guest(principal, "host_id"))
        case "county" | "cosigned" | "assigned":
            case = _table("case").c
            return select(case.host_id).where(case_rule(principal, case), case.host_id.is_not(None))
    return None


def open_or_private(principal: Principal, row: Any, author: Any) -> ColumnElement[bool]:
    """Within a visible case: what an expert did is private to him, to the Province and to the panel's lead."""
    case_rows = through_case(principal, row.case_id)
    if principal.scope == "all":
        return case_rows
    mine = author == principal.person_id
    if principal.scope != "assigned":
        return and_(case_rows, row.private.is_(False))
    return or_(mine, and_(case_rows, row.private.is_(False)), row.case_id.in_(led(principal)))


def led(principal: Principal) -> Any:
    """Ids of the cases in which the person is, or was, given the lead's task."""
    task = _table("task").c
    return select(task.case_id).where(task.person_id == principal.person_id, task.role == "expert_lead")


def _table(name: str) -> Table:
    return Model.metadata.tables[name]
