"""存量基地和评价结果的导入 (第二十六条、第十九条): all rows or, when the officer says so, the right ones; on record.

Each is one command: bases, units and results in one transaction, the cases that follow by jobs, one a base.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from webapp import clock
from webapp.engine import administration, context, effects, imported_bases, imported_results, permissions
from webapp.engine.cells import Grid
from webapp.engine.imported_bases import Wanted
from webapp.engine.imported_results import Result
from webapp.engine.imported_rows import Table
from webapp.engine.running import Answer, once
from webapp.errors import Forbidden, Invalid
from webapp.store import batches, organisations, outbox, proceedings, register
from webapp.store.db import Tx
from webapp.store.principal import Principal

READERS = {"bases": imported_bases.read, "results": imported_results.read}
"""What can be imported → how its table is read; also for the preview."""
JOURNAL = {"bases": "import:bases", "results": "import:results"}


def import_bases(
    tx: Tx, actor: Principal, grid: Grid, source: str, *, file: str = "", only_right: bool = False, command_id: str
) -> Answer:
    """The bases are in the register with their old days and documents, their units too; a job begins 存量归类 for each
    that the Province manages. Raises Forbidden, Invalid (`source`, `rows.<line>.<n>`)."""

    def work() -> Answer:
        table = _checked(tx, actor, "bases", grid, source, only_right)
        rows = sorted(imported_bases.wanted(tx, table), key=lambda row: "code" not in row.base)  # given codes first
        units: dict[str, str] = {}
        made = [(row, _add_base(tx, row, units)) for row in rows]
        cases = _begin_sorting(tx, actor, made, command_id)
        notes = {**_counted(table, len(made)), "units": len(units), "cases": cases}
        _record(tx, actor, "bases", notes, source, file, [base_id for _, base_id in made])
        return Answer(notes=notes)

    return once(tx, actor, "import_bases", command_id, work)


def import_results(
    tx: Tx, actor: Principal, grid: Grid, source: str, *, file: str = "", only_right: bool = False, command_id: str
) -> Answer:
    """The results stand in the register as summaries without a case; the ministry's 优秀 begins a reward, once.

    Raises Forbidden, Invalid (`source`, `rows.<line>.<n>`).
    """

    def work() -> Answer:
        table = _checked(tx, actor, "results", grid, source, only_right)
        rows = imported_results.wanted(tx, table)
        for row in rows:
            proceedings.record(tx, row.key, **row.fields)
        rewards = [row for row in rows if row.reward]
        for row in rewards:
            _begin_reward(tx, row)
        notes = {**_counted(table, len(rows)), "rewards": len(rewards)}
        _record(tx, actor, "results", notes, source, file, [row.key for row in rows])
        return Answer(notes=notes)

    return once(tx, actor, "import_results", command_id, work)


def _checked(tx: Tx, actor: Principal, kind: str, grid: Grid, source: str, only_right: bool) -> Table:
    """The table, read against the register as it is now; raises unless it may be imported."""
    if not permissions.has_role(actor, "province_officer"):
        raise Forbidden("只有省科技厅经办人员可以导入。")
    if not source.strip():
        raise Invalid({"source": "请填写表格来源（文件名称、文号或者日期）。"})
    table = READERS[kind](tx, grid)
    refused = table.faults and not (only_right and table.right)
    if refused or not table.right:
        found = {f"rows.{fault.line}.{place}": fault.text for place, fault in enumerate(table.told)}
        raise Invalid(found or {"rows": "没有可以导入的行。"})
    return table


def _counted(table: Table, imported: int) -> dict[str, int]:
    return {"rows": len(table.lines), "imported": imported, "left_out": len(table.lines) - imported}


def _record(
    tx: Tx, actor: Principal, kind: str, notes: dict[str, int], source: str, file: str, made: Sequence[str]
) -> None:
    after = {**notes, "source": source.strip(), "file": file, "made": list(made)}
    administration.record(tx, actor, JOURNAL[kind], f"{kind}.import", after=after)


# ---------------------------------------------------------------------------------------------- bases


def _add_base(tx: Tx, row: Wanted, units: dict[str, str]) -> str:
    """The base's id; `units` gathers the units that had to be registered, by code."""
    fields, designated_on = dict(row.base), row.base["designated_on"]
    host_id = str(row.host["id"] or units.get(str(row.host["uscc"]), ""))
    if not host_id:
        host_id = units[str(row.host["uscc"])] = _add_unit(tx, row)
    code = fields.pop("code", "") or effects.next_code(tx, row.base["level"], row.proposed, designated_on.year)
    status, status_on = fields.pop("status"), fields.pop("status_on")
    ended_later = status_on > designated_on
    base = register.add_base(tx, code=code, host_id=host_id, status="active" if ended_later else status, **fields)
    if ended_later:
        register.change(tx, base.id, status_on, status=status)
    return base.id


def _add_unit(tx: Tx, row: Wanted) -> str:
    known = {name: row.host[name] for name in ("name", "uscc", "city", "host_kind")}
    unit = organisations.add(tx, kind="host", **known)
    if row.host["recommender_id"]:
        organisations.affiliate(tx, unit.id, str(row.host["recommender_id"]), row.base["designated_on"], "存量导入")
    return unit.id


def _begin_sorting(tx: Tx, actor: Principal, made: Sequence[tuple[Wanted, str]], cause: str) -> int:
    """How many bases will be sorted into the new categories by a batch; the others have their reason there."""
    sorted_ones = [(row, base_id) for row, base_id in made if row.base["status"] == "active"]
    items = [
        {
            "base_id": base_id,
            "key": f"legacy_category:{base_id}",
            "payload": {"title": row.base["name"], "data": {"legacy": row.legacy, "proposed": row.proposed}},
        }
        for row, base_id in sorted_ones
    ]
    kept = {base_id for _, base_id in sorted_ones}
    skipped = [
        {"base_id": base_id, "reason": "国家级基地，不归类" if row.base["level"] == "national" else "已终止，不归类"}
        for row, base_id in made
        if base_id not in kept
    ]
    if items:
        batch_id = batches.add(
            tx,
            key=f"legacy_category:{cause}",
            process="legacy_category",
            title=f"存量归类（{clock.today():%Y-%m-%d} 导入）",
            items=items,
            skipped=skipped,
            from_case=None,
            made_by=actor.person_id,
        )
        if batch_id is not None:
            context.of(tx).jobs.enqueue(tx, "batch", batch_id)
    return len(items)


# ---------------------------------------------------------------------------------------------- results


def _begin_reward(tx: Tx, row: Result) -> None:
    fields = row.fields
    data: dict[str, Any] = {
        "evaluation": row.key,
        "source": "most",
        "round_name": fields["facts"]["round_name"],
        "grade": fields["grade"],
        "score": None if fields["score"] is None else float(fields["score"]),
        "doc_no": fields["doc_no"],
        "decided_on": fields["decided_on"].isoformat(),
    }
    payload = {"base_id": row.base.id, "title": row.base.name, "data": data}
    sent = outbox.add(tx, key=f"reward:{row.key}", message="start:reward", to_case=None, payload=payload)
    if sent is not None:
        context.of(tx).jobs.enqueue(tx, "deliver", sent.id)
