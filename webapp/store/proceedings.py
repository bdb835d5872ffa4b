"""办件摘要: one row for every procedure about a base, and what is asked of them across cases and years."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select, update

from webapp import clock
from webapp.store import pages
from webapp.store.db import Tx, stmt
from webapp.store.pages import Page
from webapp.store.tables import Base, Case, Proceeding, Task

COLUMNS = {"facts": "facts_"}
"""Names that a field has elsewhere."""


def open_for(tx: Tx, case: Case, **fields: Any) -> None:
    """The case about a base has its summary, in the base's reach."""
    own = {"id": case.id, "case_id": case.id, "base_id": case.base_id, "process": case.process, "title": case.title}
    reach = {name: getattr(case, name) for name in ("host_id", "recommender_id", "county_id", "city")}
    tx.insert(Proceeding, [{**own, **reach, "opened_on": clock.today(), **fields}])


def record(tx: Tx, key: str, **fields: Any) -> bool:
    """A summary without a case stands under this key (an imported result); False when it did before."""
    if tx.get(Proceeding, key) is not None:
        return False
    of = tx.get(Base, fields["base_id"])
    if of is None:
        raise ValueError("a proceeding needs its base")
    reach = {"host_id": of.host_id, "recommender_id": of.recommender_id, "city": of.city, "title": of.name}
    tx.insert(Proceeding, [{"id": key, **reach, "opened_on": clock.today(), **fields}])
    return True


def put(tx: Tx, proceeding_id: str, **changes: Any) -> None:
    """The summary gets these values now; `facts` are laid over those it has."""
    values = dict(changes)
    if "facts" in values:
        row = tx.get(Proceeding, proceeding_id)
        values["facts"] = {**((row.facts_ if row else None) or {}), **values["facts"]}
    with stmt("proceedings.put"):
        query = update(Proceeding).where(Proceeding.id == proceeding_id).values(**_named(values))
        tx.execute(query, execution_options={"synchronize_session": "fetch"} if "facts" in values else {})


def restore(tx: Tx, case_id: str, values: dict[str, Any]) -> None:
    """The summary has these values again, its small facts as a whole."""
    with stmt("proceedings.restore"):
        query = update(Proceeding).where(Proceeding.id == case_id).values(**_named(values))
        tx.execute(query, execution_options={"synchronize_session": "fetch"})


def facts(tx: Tx, case_id: str) -> dict[str, Any]:
    """The summary of the case; empty when it is about no base."""
    with stmt("proceedings.get"):
        row = tx.get(Proceeding, case_id, populate_existing=True)
    return row.facts() if row else {}


def where(tx: Tx, **equal: Any) -> Sequence[Proceeding]:
    """Summaries whose columns have these values, the newest first; raises AttributeError for an unknown column."""
    rules = [getattr(Proceeding, name) == value for name, value in equal.items()]
    with stmt("proceedings.where"):
        return tx.scalars(select(Proceeding).where(*rules).order_by(Proceeding.id.desc())).all()


def search(
    tx: Tx,
    text: str = "",
    *,
    open_only: bool = False,
    late_only: bool = False,
    ended_only: bool = False,
    after: str | None = None,
    limit: int = 30,
    **equal: Any,
) -> Page[Proceeding]:
    """Visible summaries whose title contains the text and whose columns have these values, the newest first."""
    query = select(Proceeding).where(*(getattr(Proceeding, name) == value for name, value in equal.items() if value))
    if text.strip():
        query = query.where(pages.containing(text, Proceeding.title, Proceeding.note))
    if open_only:
        query = query.where(Proceeding.ended_on.is_(None))
    if ended_only:
        query = query.where(Proceeding.ended_on.is_not(None))
    if late_only:
        query = query.where(Proceeding.late)
    if after:
        query = query.where(Proceeding.id < pages.parts_of(after, 1)[0])
    rows = tx.scalars(query.order_by(Proceeding.id.desc()).limit(limit + 1)).all()
    return pages.cut(rows, limit, lambda row: (row.id,))


def counts(tx: Tx, process: str, period: str) -> dict[str, dict[str, int]]:
    """How many of the process's summaries of the period stand at each status, by recommender ("" without one)."""
    query = select(Proceeding.recommender_id, Proceeding.status, func.count())
    query = query.where(Proceeding.process == process, Proceeding.period == period)
    found: dict[str, dict[str, int]] = {}
    for recommender, status, count in tx.execute(query.group_by(Proceeding.recommender_id, Proceeding.status)):
        found.setdefault(recommender or "", {})[status] = count
    return found


def periods(tx: Tx, process: str) -> list[str]:
    """The periods that the process has summaries of, the newest first."""
    query = select(Proceeding.period).where(Proceeding.process == process).distinct()
    return sorted((period for period in tx.scalars(query) if period), reverse=True)


def standing_at(tx: Tx, case_ids: Iterable[str]) -> dict[str, list[str]]:
    """The elements at which these cases wait for people."""
    query = select(Task.case_id, Task.element).where(Task.case_id.in_(sorted(case_ids)), Task.status == "open")
    found: dict[str, list[str]] = {}
    for case_id, element in tx.execute(query.order_by(Task.id)):
        found.setdefault(case_id, []).append(element)
    return found


def _named(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "facts"} | (
        {"facts_": fields["facts"]} if "facts" in fields else {}
    )
