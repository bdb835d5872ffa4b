"""评价批次的页面: how far each recommending department's bases are, each base's stage or grade, who was left out and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template

from webapp.errors import Missing
from webapp.store import batches, cases, documents, organisations, proceedings, register, workdays
from webapp.store.db import Tx
from webapp.store.tables import Proceeding, Round
from webapp.views import desk, labels, lights

STAGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("自评中", ("open", "assessing", "host_approval")),
    ("未提交", ("no_show",)),
    ("出具意见", ("opinion",)),
    ("专家评审", ("reviewing",)),
    ("考察、建议", ("site_visit", "suggesting")),
    ("待评议", ("ready",)),
    ("暂缓、终止", ("postponed", "ended", "round_cancelled", "")),
)
"""Columns of the progress table: label and the statuses counted in it; the rest has a result."""
RESULT = "有结果"
PROCESS = "evaluation"


def page(row: Round) -> str:
    """The page of one evaluation round, as far as the reader sees its evaluations."""
    with desk.reading() as tx:
        found = sorted(proceedings.where(tx, process=PROCESS, period=row.id), key=lambda each: each.title)
        progress = proceedings.counts(tx, PROCESS, row.id)
        names = organisations.names(tx, {each.host_id or "" for each in found} | set(progress))
        issued = documents.of_round(tx, row.id)
        calendar = workdays.calendar(tx)
        readable = _is_readable(tx, row.id)
        skipped = _skipped(tx, row.id)
    return render_template(
        "rounds/evaluation.html",
        row=row,
        readable=readable,
        heads=[*(label for label, _ in STAGES), RESULT],
        progress=_progress(progress, names),
        rows=[(each, _stage(each)) for each in found],
        skipped=skipped,
        names=names,
        documents=issued,
        material=lights.light(calendar, row.window_to),
        opinion=lights.light(calendar, row.recommend_by),
        stats=_stats(progress),
        labels=labels,
    )


def _is_readable(tx: Tx, case_id: str) -> bool:
    """Whether the reader may open the round's own case."""
    try:
        return cases.get(tx, case_id) is not None
    except Missing:
        return False


def _skipped(tx: Tx, round_id: str) -> list[tuple[str, str]]:
    """Name and reason of the bases that the batch left out; the Province only sees batches."""
    made = next((each for each in batches.recent(tx, 200) if each.from_case == round_id), None)
    if made is None:
        return []
    left = batches.items(tx, made.id, status="skipped", limit=500)
    bases = {base.id: base.name for base in register.with_ids(tx, {each.base_id for each in left if each.base_id})}
    return [(bases.get(each.base_id or "", ""), each.note) for each in left]


def _progress(progress: Mapping[str, Mapping[str, int]], names: Mapping[str, str]) -> list[dict[str, Any]]:
    lines = []
    for org_id, counts in progress.items():
        cells = _cells(counts)
        lines.append({"name": names.get(org_id, "") or "尚未确定推荐部门", "cells": cells, "total": sum(cells)})
    return sorted(lines, key=lambda line: (-line["total"], line["name"]))


def _stats(progress: Mapping[str, Mapping[str, int]]) -> list[tuple[str, int]]:
    columns = [_cells(counts) for counts in progress.values()]
    heads = [*(label for label, _ in STAGES), RESULT]
    return [(label, sum(cells[place] for cells in columns)) for place, label in enumerate(heads)]


def _cells(counts: Mapping[str, int]) -> list[int]:
    staged = [sum(counts.get(status, 0) for status in statuses) for _, statuses in STAGES]
    return [*staged, sum(counts.values()) - sum(staged)]


def _stage(row: Proceeding) -> Sequence[str]:
    """Label and colour of where the evaluation stands: its grade once it has one."""
    if row.grade:
        return labels.tagged(labels.GRADE, row.grade)
    named = next((label for label, statuses in STAGES if row.status in statuses), row.status)
    return named, "" if row.ended_on else "blue"
