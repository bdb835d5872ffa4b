"""申报: the list of those one may see, by round and status, to be searched and taken along as a sheet."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from webapp.store import applications, organisations, rounds
from webapp.views import desk, labels, policies, spreadsheet

bp = Blueprint("applications", __name__, url_prefix="/applications")

PAGE, MOST = 30, 2_000


@bp.get("", policy=policies.APPLICATION_LIST)
def show_all() -> str:
    """One page of the list."""
    chosen = _chosen()
    with desk.reading() as tx:
        after = request.args.get("after", "")[:100] or None
        page = applications.search(tx, **_filters(chosen), after=after, limit=PAGE)
        rows = [applications.shown_to(tx, row) for row in page.rows]
        names = organisations.names(tx, [each for row in rows for each in (row["host_id"], row["recommender_id"])])
        known = rounds.list(tx)
    return render_template(
        "applications/list.html",
        rows=rows,
        names=names,
        rounds=known,
        chosen=chosen,
        next=url_for(".show_all", **_kept(chosen), after=page.after) if page.after else None,
        export=url_for(".export", **_kept(chosen)),
        labels=labels,
    )


@bp.get("/export", policy=policies.APPLICATION_LIST)
def export() -> Any:
    """The filtered list as xlsx, with what this person may see and nothing more."""
    chosen = _chosen()
    with desk.reading() as tx:
        page = applications.search(tx, **_filters(chosen), limit=MOST)
        rows = [applications.shown_to(tx, row) for row in page.rows]
        names = organisations.names(tx, [each for row in rows for each in (row["host_id"], row["recommender_id"])])
    return spreadsheet.answer("申报一览表", HEADS, [_cells(row, names) for row in rows])


HEADS = (
    "基地名称",
    "类别",
    "依托单位",
    "推荐部门",
    "设区市",
    "负责人",
    "状态",
    "受理编号",
    "推荐排序",
    "得分",
    "决定",
    "文号",
)


def _cells(row: dict[str, Any], names: dict[str, str]) -> list[Any]:
    return [
        row["base_name"],
        labels.named(labels.CATEGORY, row["category"]),
        names.get(row["host_id"], ""),
        names.get(row["recommender_id"] or "", ""),
        labels.named(labels.CITIES, row["city"]),
        row["leader"],
        labels.tagged(labels.APPLICATION_STATUS, row["status"])[0],
        row["accepted_no"],
        row["recommend_rank"],
        row["score"],
        labels.tagged(labels.DECISION, row["decision"])[0],
        row["doc_no"],
    ]


def _chosen() -> dict[str, str]:
    status = request.args.get("status", "")
    return {
        "query": request.args.get("q", "").strip()[:60],
        "round": request.args.get("round", "")[:60],
        "status": status if status in labels.APPLICATION_STATUS else "",
    }


def _filters(chosen: dict[str, str]) -> dict[str, Any]:
    return {"text": chosen["query"], "round_id": chosen["round"] or None, "status": chosen["status"] or None}


def _kept(chosen: dict[str, str]) -> dict[str, Any]:
    kept = {"q": chosen["query"], "round": chosen["round"], "status": chosen["status"]}
    return {name: value for name, value in kept.items() if value}
