"""Which cases a page may link to, and what lists call them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from webapp.store.db import Tx
from webapp.store.tables import Application, Case, Round, Task


def visible(tx: Tx, case_ids: Iterable[str]) -> set[str]:
    """Those of the cases that the transaction's principal may see."""
    return _visible(tx, Case, case_ids)


def visible_tasks(tx: Tx, task_ids: Iterable[str]) -> set[str]:
    """Those of the tasks that the transaction's principal may see."""
    return _visible(tx, Task, task_ids)


def visible_rounds(tx: Tx, round_ids: Iterable[str]) -> set[str]:
    """Those of the rounds that the transaction's principal may see."""
    return _visible(tx, Round, round_ids)


def _visible(tx: Tx, model: type[Case | Task | Round], ids: Iterable[str]) -> set[str]:
    wanted = sorted(set(ids))
    return set(tx.scalars(select(model.id).where(model.id.in_(wanted)))) if wanted else set()


def numbers(tx: Tx, object_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Process and number of those objects that are cases."""
    wanted = sorted(set(object_ids))
    query = select(Case.id, Case.process, Case.number).where(Case.id.in_(wanted))
    return {row.id: (row.process, row.number) for row in tx.execute(query)} if wanted else {}


def base_names(tx: Tx, case_ids: Iterable[str]) -> dict[str, str]:
    """Names of the bases applied for, by case, as far as visible and already given."""
    wanted = sorted(set(case_ids))
    if not wanted:
        return {}
    query = select(Application.id, Application.base_name).where(Application.id.in_(wanted), Application.base_name != "")
    return {row.id: row.base_name for row in tx.execute(query)}
