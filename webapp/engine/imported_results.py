"""The table of evaluation results from elsewhere: the ministry's of national bases (第十九条), the Province's old ones.

Results under the old rules do not count for 连续两次不合格 unless the row says so (settled.md 28).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from webapp import clock
from webapp.engine import imported_rows
from webapp.engine.cells import Grid
from webapp.engine.imported_rows import Column, Line, Table
from webapp.store import codes, organisations, proceedings, register
from webapp.store.db import Tx
from webapp.store.tables import Base

SOURCES = {"most": "科技部", "province": "省科技厅（原办法）"}


@dataclass(frozen=True)
class Result:
    """A row that may be imported."""

    line: int
    key: str
    base: Base
    fields: Mapping[str, Any]
    """Of the summary row."""
    reward: bool
    """第十九条: the ministry's 优秀 begins a reward."""


def columns(tx: Tx) -> Sequence[Column]:
    """The template's columns, with the lists as they are now."""
    today = clock.today()
    text = imported_rows.text
    spelled = {"省科技厅": "province", "省级": "province"}
    return (
        Column("source", "来源", imported_rows.one_of(SOURCES, spelled), True, "科技部 或者 省科技厅（原办法）", "科技部"),
        Column("code", "基地编号", text(30, 4), hint="编号、名称至少填一项"),
        Column("name", "基地名称", text(100, 4), hint="与台账一致", example="国家级柔性电子国际联合研究中心"),
        Column("host_name", "依托单位", text(100, 2), hint="名称有重复时填写"),
        Column("period", "评价年度", imported_rows.year(today.year), True, "", "2025"),
        Column("round_name", "评价名称", text(60, 2), hint="不填按年度", example="2025年度国家国际科技合作基地绩效评价"),
        Column("grade", "等次", imported_rows.one_of(codes.labels(tx, "grade")), True, "优秀、合格、不合格", "优秀"),
        Column("score", "得分", imported_rows.number(100)),
        Column("doc_no", "公布文号", imported_rows.doc_no, True, "", "国科办外〔2026〕15号"),
        Column("decided_on", "公布日期", imported_rows.day(today), True, "", "2026-02-10"),
        Column("counts", "计入连续不合格", imported_rows.yes_no, hint="只用于省科技厅；不填为“否”", example="否"),
        Column("reward", "发起奖励", imported_rows.yes_no, hint="只用于科技部优秀；不填为“是”", example="是"),
    )  # fmt: skip


def read(tx: Tx, grid: Grid) -> Table:
    """The table with every fault, also those that only the register or another row shows."""
    table = imported_rows.read(columns(tx), grid)
    if table.is_readable:
        _judge(tx, table)
    return table


def wanted(tx: Tx, table: Table) -> list[Result]:
    """What the right rows ask for, in their order."""
    known = _Known(tx)
    found = [(line, known.base_of(line.values)) for line in table.right]
    return [_result(line, base) for line, base in found if isinstance(base, Base)]


class _Known:
    """The register's bases by code and by name."""

    def __init__(self, tx: Tx) -> None:
        rows = register.bases(tx)
        self._by_code = {row.code: row for row in rows}
        self._by_name: dict[str, list[Base]] = {}
        for row in rows:
            self._by_name.setdefault(row.name, []).append(row)
        self._hosts = organisations.names(tx, [row.host_id for row in rows])

    def base_of(self, values: Mapping[str, Any]) -> Base | str:
        """The base that the row means, or what is wrong with how it is named."""
        if values["code"]:
            return self._by_code.get(str(values["code"])) or f"台账中没有编号{values['code']}。"
        if not values["name"]:
            return "请填写基地编号或者基地名称。"
        found = self._by_name.get(str(values["name"]), [])
        if values["host_name"]:
            found = [row for row in found if self._hosts.get(row.host_id) == values["host_name"]]
        if not found:
            return "台账中没有该基地，请核对名称；国家级基地请先登记。"
        return found[0] if len(found) == 1 else "有多个同名基地，请填写基地编号或者依托单位。"


def _judge(tx: Tx, table: Table) -> None:
    known, seen = _Known(tx), dict[str, int]()
    before = {row.id for row in proceedings.where(tx, process="evaluation") if row.case_id is None}
    for line in table.lines:
        values, base = line.values, known.base_of(line.values)
        if isinstance(base, str):
            table.add(line.number, "code" if values["code"] else "name", base)
            continue
        if values["source"] == "most" and base.level != "national":
            table.add(line.number, "name", "该基地不是国家级基地，科技部结果只能用于国家级基地。")
        if values["source"] == "province" and base.level == "national" and base.origin == "national":
            table.add(line.number, "name", "该基地未经省级认定，没有省级评价结果。")
        if values["source"] and values["period"]:
            key = _key(values, base)
            if key in before:
                table.add(line.number, "period", "该年度的结果已经导入。")
            elif key in seen:
                table.add(line.number, "period", f"与第 {seen[key]} 行重复。")
            seen.setdefault(key, line.number)
        _judge_day(table, line, base.designated_on)


def _judge_day(table: Table, line: Line, designated_on: date | None) -> None:
    decided_on, period = line.values["decided_on"], line.values["period"]
    if decided_on and designated_on and decided_on < designated_on:
        table.add(line.number, "decided_on", f"早于基地认定日期（{designated_on}）。")
    if decided_on and period and decided_on.year < int(period):
        table.add(line.number, "decided_on", "早于评价年度。")


def _result(line: Line, base: Base) -> Result:
    values = line.values
    national = values["source"] == "most"
    fields = {
        "base_id": base.id,
        "process": "evaluation",
        "period": values["period"],
        "kind": values["source"],
        "status": values["grade"],
        "grade": values["grade"],
        "score": values["score"],
        "doc_no": values["doc_no"],
        "decided_on": values["decided_on"],
        "opened_on": values["decided_on"],
        "ended_on": values["decided_on"],
        "note": f"{SOURCES[str(values['source'])]}评价结果，导入",
        "facts": {
            "source": values["source"],
            "level": "national" if national else "provincial",
            "round_name": values["round_name"] or f"{values['period']}年度绩效评价",
            "counts": not national and values["counts"] is True,
        },
    }
    reward = national and values["grade"] == "excellent" and values["reward"] is not False
    return Result(line.number, _key(values, base), base, fields, reward)


def _key(values: Mapping[str, Any], base: Base) -> str:
    return f"result:{values['source']}:{base.id}:{values['period']}"
