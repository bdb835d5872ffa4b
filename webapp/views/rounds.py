"""批次: where a round stands, each recommending department's progress, and batch recommendation (settled.md 23)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from webapp import clock
from webapp.engine import commands
from webapp.errors import Invalid, Missing, Stale
from webapp.store import applications, cases, documents, inbox, organisations, proceedings, rounds, workdays
from webapp.store.db import Tx
from webapp.store.tables import Application, Case, Round, Task
from webapp.views import desk, evaluation_rounds, labels, lights, policies, uploads

bp = Blueprint("rounds", __name__, url_prefix="/rounds")

STAGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("填报中", ("drafting", "host_approval")),
    ("初评中", ("recommending",)),
    ("待汇总", ("ranked",)),
    ("补正中", ("correcting",)),
    (
        "已报省厅",
        ("formal_check", "reviewing", "ready", "decided", "designated", "refused", "deferred", "not_accepted"),
    ),
    ("未推荐", ("not_recommended", "not_submitted", "withdrawn", "banned")),
)
"""Columns of the progress table: label and the statuses counted in it."""
BATCH = "recommend"
"""Element id of the batch act in `designation`."""
MOST = 100
EVALUATION = "evaluation"
"""Kind of a round of evaluations; any other is one of designation."""


def load(tx: Tx, round_id: str) -> Round:
    """The round named in the address."""
    return rounds.get(tx, round_id)


@bp.get("", policy=policies.ROUND_LIST)
def show_all() -> str:
    """All rounds one may see, the latest first."""
    with desk.reading() as tx:
        rows = [*rounds.list(tx), *rounds.list(tx, kind=EVALUATION)]
        counts = {row.id: _total(_counts(tx, row)) for row in rows}
    return render_template("rounds/list.html", rows=rows, counts=counts, labels=labels)


@bp.get("/<round_id>", policy=policies.ROUND_READ, loads=load)
def show() -> str:
    """One round: its dates, the departments' progress, applications or evaluations, documents."""
    row: Round = desk.loaded()
    if row.kind == EVALUATION:
        return evaluation_rounds.page(row)
    person = desk.principal()
    with desk.reading() as tx:
        progress = applications.progress(tx, row.id)
        found = applications.of_round(tx, row.id)
        names = organisations.names(tx, _units(found, progress))
        issued = documents.of_round(tx, row.id)
        pending = _batch_tasks(tx, row.id) if policies.ROUND_RECOMMEND.admits(person) else []
        calendar = workdays.calendar(tx)
        case = _case(tx, row)
        mine = [applications.shown_to(tx, each) for each in found]
    return render_template(
        "rounds/show.html",
        row=row,
        case=case,
        stages=[label for label, _ in STAGES],
        progress=_progress(row, progress, names),
        applications=mine,
        names=names,
        documents=issued,
        pending=len(pending),
        window=lights.light(calendar, row.window_to),
        recommend=lights.light(calendar, row.recommend_by),
        stats=_stats(progress),
        labels=labels,
    )


@bp.get("/<round_id>/recommend", policy=policies.ROUND_RECOMMEND, loads=load)
def batch() -> str:
    """The department's applications that wait to be ranked and sent up."""
    return _batch_page({})


@bp.post("/<round_id>/recommend", policy=policies.ROUND_RECOMMEND, loads=load)
def recommend() -> Any:
    """The chosen applications are sent up in one act with their ranks and the letter: all of them or none."""
    row: Round = desk.loaded()
    command_id = desk.command_id()
    chosen = request.form.getlist("task")[:MOST]
    try:
        sheets = _sheets(row, chosen)
        with desk.commanding() as tx:
            answer = commands.submit_all(tx, desk.principal(), sheets, BATCH, command_id=command_id)
    except Invalid as refusal:
        return _batch_page(refusal.fields), 422
    except Stale as late:
        return _batch_page({"task": late.message}), 409
    flash(f"已推荐上报 {answer.notes.get('done', len(chosen))} 件。", "success")
    return redirect(url_for(".show", round_id=row.id))


def _sheets(row: Round, chosen: Sequence[str]) -> dict[str, dict[str, Any]]:
    """One sheet a task, all with the same letter and signature; raises Invalid naming what is wrong."""
    if not chosen:
        raise Invalid({"task": "请勾选要推荐上报的申报。"})
    with desk.reading() as tx:
        known = {task.id for task in _batch_tasks(tx, row.id)}
    if not set(chosen) <= known:
        raise Invalid({"task": "所选申报中有的已经办理，请刷新页面后重新勾选。"})
    ranks = {task_id: _rank(request.form.get(f"rank.{task_id}", "")) for task_id in chosen}
    if len(set(ranks.values())) != len(ranks):
        raise Invalid({"rank": "推荐排序不能重复。"})
    quota = quota_of(row, desk.principal().org_id)
    if quota is not None and len(ranks) > quota:
        raise Invalid({"task": f"本批次贵部门推荐名额为 {quota} 个，所选 {len(ranks)} 件超出名额。"})
    shared = _signature()
    return {
        task_id: {**shared, "rank": rank, "reason": request.form.get(f"reason.{task_id}", "").strip()[:1000]}
        for task_id, rank in ranks.items()
    }


def _rank(text: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:4]) < 1000 and len(text) < 4):
        raise Invalid({"rank": "请为每一件勾选的申报填写推荐排序（从 1 开始的整数）。"})
    return int(text)


def _signature() -> dict[str, Any]:
    """What is the same for all: the letter, who signed it and when."""
    form = request.form
    if form.get("checked") != "true":
        raise Invalid({"checked": "请确认已审核初评意见，并对推荐意见负责。"})
    found = {"letter_no": form.get("letter_no", "").strip()[:60], "head": form.get("head", "").strip()[:40]}
    signed = {"letter": _letter(), "signed_on": form.get("signed_on", "")[:10], "checked": True}
    return {name: value for name, value in {**found, **signed}.items() if value}


def _letter() -> str:
    given = request.files.get("letter__file")
    if given is not None and given.filename:
        return uploads.store(given)
    kept = uploads.own([request.form.get("letter", "")])
    if not kept:
        raise Invalid({"letter": "请上传加盖公章的推荐函。"})
    return kept[0]


def _batch_page(errors: Mapping[str, str]) -> str:
    row: Round = desk.loaded()
    with desk.reading() as tx:
        tasks = _batch_tasks(tx, row.id)
        found = {each.id: each for each in applications.of_round(tx, row.id)}
        names = organisations.names(tx, [each.host_id for each in found.values()])
    sent = [each for each in found.values() if each.recommend_rank is not None]
    return render_template(
        "rounds/recommend.html",
        row=row,
        rows=[(task, found.get(task.case_id)) for task in tasks],
        sent=sent,
        names=names,
        typed=request.form,
        errors=errors,
        quota=quota_of(row, desk.principal().org_id),
        today=clock.today(),
        accept=uploads.ACCEPT,
        labels=labels,
    )


def quota_of(row: Round, org_id: str) -> int | None:
    """How many the department may recommend in this round; None without a limit."""
    quotas = row.quotas
    if isinstance(quotas, Mapping):
        quotas = quotas.get(org_id, quotas.get("default"))
    return int(quotas) if isinstance(quotas, int | str) and str(quotas).isdecimal() else None


def _batch_tasks(tx: Tx, round_id: str) -> list[Task]:
    page = inbox.for_seat(tx, desk.principal(), process="designation", limit=MOST)
    return [task for task in page.rows if task.element == BATCH and task.round_id == round_id]


def _progress(row: Round, progress: Mapping[str, Mapping[str, int]], names: Mapping[str, str]) -> list[dict[str, Any]]:
    found = []
    for org_id, counts in progress.items():
        cells = [sum(counts.get(status, 0) for status in statuses) for _, statuses in STAGES]
        name = names.get(org_id, "") or "尚未确定推荐部门"
        quota = quota_of(row, org_id)
        found.append({"name": name, "cells": cells, "total": sum(counts.values()), "quota": quota, "sent": cells[4]})
    return sorted(found, key=lambda each: (-each["total"], each["name"]))


def _stats(progress: Mapping[str, Mapping[str, int]]) -> list[tuple[str, int]]:
    return [
        (label, sum(counts.get(status, 0) for counts in progress.values() for status in statuses))
        for label, statuses in STAGES
    ]


def _counts(tx: Tx, row: Round) -> Mapping[str, Mapping[str, int]]:
    if row.kind == EVALUATION:
        return proceedings.counts(tx, evaluation_rounds.PROCESS, row.id)
    return applications.progress(tx, row.id)


def _total(progress: Mapping[str, Mapping[str, int]]) -> int:
    return sum(sum(counts.values()) for counts in progress.values())


def _units(found: Sequence[Application], progress: Mapping[str, Any]) -> set[str]:
    return {each.host_id for each in found} | {each for each in progress if each}


def _case(tx: Tx, row: Round) -> Case | None:
    try:
        return cases.get(tx, row.id)
    except Missing:
        return None
