"""办件一览: procedures about bases by kind, year and stage; who is late, with the telephone of his contact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template, request, url_for

from webapp.engine import context
from webapp.store import cases, organisations, proceedings, register
from webapp.store.db import Tx
from webapp.store.tables import Organisation, Proceeding
from webapp.views import desk, labels, policies, spreadsheet

bp = Blueprint("proceedings", __name__, url_prefix="/proceedings")

PAGE, MOST = 30, 5_000
STATES: Mapping[str, str] = {"open": "办理中", "late": "逾期", "ended": "已办结"}
HEADS = (
    "基地",
    "编号",
    "程序",
    "年度、批次",
    "阶段或结果",
    "依托单位",
    "联系人",
    "电话",
    "推荐部门",
    "设区市",
    "时限",
    "提交",
    "逾期",
    "等级",
    "得分",
    "金额（万元）",
    "文号",
    "办结",
)


@bp.get("", policy=policies.PROCEEDING_LIST)
def show_all() -> str:
    """One page of the list."""
    chosen = _chosen()
    with desk.reading() as tx:
        after = request.args.get("after", "")[:100] or None
        page = proceedings.search(tx, **_filters(chosen), after=after, limit=PAGE)
        rows = _shown(tx, page.rows)
        known = proceedings.periods(tx, chosen["process"]) if chosen["process"] else []
    return render_template(
        "proceedings/list.html",
        rows=rows,
        chosen=chosen,
        processes=[(code, labels.PROCESS[code][0]) for code in ABOUT_BASES],
        periods=[each for each in known if each.isdigit()],
        states=STATES,
        next=url_for(".show_all", **_kept(chosen), after=page.after) if page.after else None,
        export=url_for(".export", **_kept(chosen)),
        labels=labels,
    )


@bp.get("/export", policy=policies.PROCEEDING_LIST)
def export() -> Any:
    """The filtered list as xlsx, with what this person may see and nothing more."""
    chosen = _chosen()
    with desk.reading() as tx:
        rows = _shown(tx, proceedings.search(tx, **_filters(chosen), limit=MOST).rows)
    return spreadsheet.answer("办件一览", HEADS, [[row[name] for name in HEADS] for row in rows])


ABOUT_BASES = (
    "annual_report",
    "change",
    "evaluation",
    "improvement",
    "reward",
    "work_plan",
    "supervision",
    "exit",
    "revocation",
    "reinstatement",
    "national_transfer",
    "major_event",
    "difficulty",
    "legacy_category",
)


def _shown(tx: Tx, rows: Sequence[Proceeding]) -> list[dict[str, Any]]:
    bases = {row.id: row for row in register.with_ids(tx, {row.base_id for row in rows})}
    units = organisations.with_ids(tx, {each for row in rows for each in (row.host_id, row.recommender_id) if each})
    standing = cases.open_titles(tx, [row.case_id for row in rows if row.case_id and row.ended_on is None])
    return [_line(tx, row, bases.get(row.base_id), units, standing) for row in rows]


def _line(
    tx: Tx, row: Proceeding, base: Any, units: Mapping[str, Organisation], standing: Mapping[str, list[str]]
) -> dict[str, Any]:
    host = units.get(row.host_id or "")
    recommender = units.get(row.recommender_id or "")
    stage = "、".join(standing.get(row.case_id or "", [])) if row.ended_on is None else end_name(tx, row)
    return {
        "case": row.case_id,
        "base": row.base_id,
        "基地": base.name if base else row.title,
        "编号": base.code if base else "",
        "程序": labels.tagged(labels.PROCESS, row.process)[0],
        "年度、批次": row.period if row.period.isdigit() else "",
        "阶段或结果": stage or row.note,
        "依托单位": host.name if host else "",
        "联系人": host.contact_name if host else "",
        "电话": host.contact_phone if host else "",
        "推荐部门": recommender.name if recommender else "",
        "设区市": labels.named(labels.CITIES, row.city),
        "时限": row.due_on,
        "提交": row.submitted_on,
        "逾期": "逾期" if row.late else "",
        "等级": labels.tagged(labels.GRADE, row.grade)[0],
        "得分": row.score,
        "金额（万元）": row.amount,
        "文号": row.doc_no or "",
        "办结": row.ended_on,
    }


def end_name(tx: Tx, row: Proceeding) -> str:
    """The end that the procedure reached, in the words of its diagram."""
    if row.case_id is None:
        return "导入"
    case = cases.get(tx, row.case_id)
    with desk.system_reading() as system:
        definition = context.of(system).catalog.definition(system, case.release_id or "", case.process)
    element = definition.elements.get(case.end or "")
    return element.name if element else labels.tagged(labels.CASE_STATUS, case.status)[0]


def _filters(chosen: Mapping[str, str]) -> dict[str, Any]:
    state = chosen["state"]
    return {
        "text": chosen["query"],
        "process": chosen["process"],
        "period": chosen["period"],
        "city": chosen["city"],
        "open_only": state == "open",
        "late_only": state == "late",
        "ended_only": state == "ended",
    }


def _chosen() -> dict[str, str]:
    args = request.args
    return {
        "query": args.get("q", "").strip()[:60],
        "process": args.get("process", "") if args.get("process") in ABOUT_BASES else "",
        "period": args.get("period", "")[:40] if args.get("period", "").isdigit() else "",
        "city": args.get("city", "") if args.get("city") in labels.CITIES else "",
        "state": args.get("state", "") if args.get("state") in STATES else "",
    }


def _kept(chosen: Mapping[str, str]) -> dict[str, Any]:
    names = {"query": "q"}
    return {names.get(name, name): value for name, value in chosen.items() if value}
