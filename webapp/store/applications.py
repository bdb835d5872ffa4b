"""申报: the summary rows that lists, ranking and rules read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Update, bindparam, func, select, update

from webapp import clock
from webapp.errors import Missing
from webapp.store import pages
from webapp.store.db import Tx, stmt
from webapp.store.pages import Page
from webapp.store.tables import Application, Case

CONFIDENTIAL = ("score", "score_sd", "spread_alert", "rank", "suggestion", "decision", "decision_reason", "doc_no")
"""What hosts, recommenders and experts learn only when the application has been decided."""
_SIBLINGS = "applications.siblings"
DECIDED = ("designated", "refused", "deferred", "decided")


def add(tx: Tx, **fields: Any) -> Application:
    """The application of a case; its id is the case's."""
    row = Application(**{"status": "drafting", "updated_at": clock.now(), **fields})
    tx.save(row)
    tx.context.pop(_SIBLINGS, None)
    return row


def get(tx: Tx, application_id: str) -> Application:
    """The application; raises Missing."""
    with stmt("applications.get"):
        row = tx.get(Application, application_id)
    if row is None:
        raise Missing("未找到该申报，可能不在您的权限范围内。")
    return row


def put(tx: Tx, application_id: str, **changes: Any) -> None:
    """The application gets these values now."""
    values = {"updated_at": clock.now(), **changes}
    with stmt("applications.put"):
        tx.change(_putting(frozenset(values)), {"application": application_id, **values})
    tx.settle(Application, application_id, values)


@cache
def _putting(names: frozenset[str]) -> Update:
    table = Application.plain()
    values = {name: bindparam(name, type_=table.c[name].type) for name in sorted(names)}
    return update(table).where(table.c.id == bindparam("application")).values(values)


def facts(tx: Tx, application_id: str | None) -> dict[str, Any]:
    """The application's columns; empty when there is none."""
    row = tx.get(Application, application_id) if application_id else None
    return row.facts() if row else {}


def shown_to(tx: Tx, row: Application) -> dict[str, Any]:
    """The columns as the transaction's principal may see them: outside the Province no score before the decision."""
    columns = row.facts()
    principal = tx.principal
    if principal.system or principal.scope == "all" or row.status in DECIDED:
        return columns
    return {name: None if name in CONFIDENTIAL else value for name, value in columns.items()}


def of_round(tx: Tx, round_id: str, *, status: str | None = None) -> Sequence[Application]:
    """The round's visible applications by recommender and the rank it gave, then by age."""
    query = select(Application).where(Application.round_id == round_id)
    if status:
        query = query.where(Application.status == status)
    order = (Application.recommender_id, Application.recommend_rank, Application.id)
    with stmt("applications.of_round"):
        return tx.scalars(query.order_by(*order)).all()


def where(tx: Tx, **equal: Any) -> Sequence[Application]:
    """Applications whose columns have these values, by age; raises AttributeError for an unknown column."""
    rules = [getattr(Application, name) == value for name, value in equal.items()]
    if (known := tx.context.get(_SIBLINGS)) and known[0] == equal:
        return known[1]  # type: ignore[no-any-return]
    with stmt("applications.where"):
        return tx.scalars(select(Application).where(*rules).order_by(Application.id)).all()


def remember_siblings(tx: Tx, case: Case, rows: Sequence[Application]) -> None:
    """This transaction has read the applications of the case's host in the case's round."""
    tx.context[_SIBLINGS] = {"round_id": case.round_id, "host_id": case.host_id}, rows


def search(
    tx: Tx,
    text: str = "",
    *,
    round_id: str | None = None,
    status: str | None = None,
    after: str | None = None,
    limit: int = 20,
) -> Page[Application]:
    """Visible applications, the newest first."""
    query = select(Application)
    if text.strip():
        query = query.where(pages.containing(text, Application.base_name, Application.accepted_no, Application.leader))
    if round_id:
        query = query.where(Application.round_id == round_id)
    if status:
        query = query.where(Application.status == status)
    if after:
        query = query.where(Application.id < pages.parts_of(after, 1)[0])
    rows = tx.scalars(query.order_by(Application.id.desc()).limit(limit + 1)).all()
    return pages.cut(rows, limit, lambda row: (row.id,))


def progress(tx: Tx, round_id: str) -> dict[str, dict[str, int]]:
    """How many of the round's applications stand at each status, by recommending department ("" without one)."""
    query = select(Application.recommender_id, Application.status, func.count()).where(Application.round_id == round_id)
    found: dict[str, dict[str, int]] = {}
    with stmt("applications.progress"):
        rows = tx.execute(query.group_by(Application.recommender_id, Application.status)).all()
    for recommender, status, count in rows:
        found.setdefault(recommender or "", {})[status] = count
    return found
