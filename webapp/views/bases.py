"""基地台账: the register as of any day, and one base's file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for

from webapp import clock
from webapp.engine import beginnings
from webapp.store import cases, codes, marks, organisations, pages_cases, proceedings, register
from webapp.store.db import Tx
from webapp.store.tables import Base, Case, Mark
from webapp.views import desk, labels, policies, spreadsheet

bp = Blueprint("bases", __name__, url_prefix="/bases")

PAGE, MOST = 30, 5_000
FIELDS: Mapping[str, str] = {
    "name": "基地名称",
    "category": "类别",
    "level": "级别",
    "host_id": "依托单位",
    "leader": "负责人",
    "city": "设区市",
    "recommender_id": "组织推荐部门",
    "field_code": "领域",
    "regions": "合作国别（地区）",
    "designated_on": "认定日期",
    "doc_no": "认定文号",
    "status": "状态",
}
BESIDE: Mapping[str, str] = {
    "direction": "研究方向",
    "contact": "联系人",
    "partners": "合作机构",
    "core_team": "核心团队",
    "national_type": "国家级基地类型",
}
"""Dated facts that the history shows and the list does not."""


def load(tx: Tx, base_id: str) -> Base:
    """The base named in the address."""
    return register.base(tx, base_id)


@bp.get("", policy=policies.BASE_LIST)
def show_all() -> str:
    """The register: as it is now a page at a time; as of another day all at once."""
    chosen = _chosen()
    with desk.reading() as tx:
        rows, after = _rows(tx, chosen, request.args.get("after", "")[:100] or None, PAGE)
        shown = _all_shown(tx, rows)
    return render_template(
        "bases/list.html",
        rows=shown,
        chosen=chosen,
        cities=labels.CITIES,
        next=url_for(".show_all", **_kept(chosen), after=after) if after else None,
        export=url_for(".export", **_kept(chosen)),
        today=clock.today(),
        labels=labels,
    )


@bp.get("/export", policy=policies.BASE_LIST)
def export() -> Any:
    """Exactly what is filtered, as xlsx."""
    chosen = _chosen()
    with desk.reading() as tx:
        rows, _ = _rows(tx, chosen, None, MOST)
        shown = _all_shown(tx, rows)
    heads = ("编号", *FIELDS.values())
    return spreadsheet.answer("基地台账", heads, [[row["code"], *(row[name] for name in FIELDS)] for row in shown])


@bp.get("/<base_id>", policy=policies.BASE_READ, loads=load)
def show() -> str:
    """One base as of a day: facts, their history, its cases and its host's bans."""
    row: Base = desk.loaded()
    on = _day(request.args.get("on", ""))
    with desk.reading() as tx:
        facts = register.as_of(tx, row.id, on)
        past = register.history(tx, row.id)
        host = organisations.facts(tx, row.host_id)
        bans = register.bans(tx, host["uscc"]) if host.get("uscc") else []
        running = cases.of_base(tx, row.id)
        then = [{**facts, "id": row.id, "code": row.code, "level": row.level}] if facts else []
        shown = next(iter(_all_shown(tx, then)), None)
        names = _names(tx, past)
        sources = pages_cases.visible(tx, [each.source_case for each in past if each.source_case])
        standing = marks.of_base(tx, row.id, open_only=False)
        done = proceedings.where(tx, base_id=row.id)
    with desk.system_reading() as tx:
        offers = beginnings.offered(tx, desk.principal(), register.base(tx, row.id))
    return render_template(
        "bases/show.html",
        row=row,
        shown=shown,
        on=on,
        fields=FIELDS,
        history=[_fact(each, names, sources) for each in past],
        host=host,
        bans=bans,
        cases=running,
        states=_states(running, standing),
        marks=standing,
        proceedings=done,
        offers=offers,
        may_certify=policies.CERTIFICATE.allows(desk.principal(), row) and row.status == "active" and bool(row.doc_no),
        today=clock.today(),
        labels=labels,
    )


def _states(running: Sequence[Case], standing: Sequence[Mark]) -> list[tuple[str, str]]:
    """What follows from open cases and standing marks, and is stored nowhere (domain.md 3.3)."""
    open_now = {case.process for case in running if case.ended_at is None}
    found = [labels.UNDERWAY[process] for process in labels.UNDERWAY if process in open_now]
    return found + [labels.tagged(labels.MARK, mark.kind) for mark in standing if mark.cleared_on is None]


def _rows(
    tx: Tx, chosen: Mapping[str, Any], after: str | None, limit: int
) -> tuple[Sequence[Mapping[str, Any]], str | None]:
    equal = {name: chosen[name] for name in ("status", "category", "city") if chosen[name]}
    if chosen["on"] == clock.today():
        page = register.search(tx, chosen["query"], **equal, after=after, limit=limit)
        return [row.facts() for row in page.rows], page.after
    found = register.all_as_of(tx, chosen["on"], **equal)
    now = {row.id: row for row in register.bases(tx)}
    rows = [{**facts, "id": key, "code": now[key].code, "level": now[key].level} for key, facts in found.items()]
    wanted = chosen["query"].lower()
    rows = [row for row in rows if wanted in f"{row['code']} {row.get('name')} {row.get('leader')}".lower()]
    return sorted(rows, key=lambda row: row["code"])[:MOST], None


def _all_shown(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows with codes and ids in words."""
    units = organisations.names(tx, [row.get(name) for row in rows for name in ("host_id", "recommender_id")])
    regions, fields = codes.labels(tx, "country_region"), codes.labels(tx, "field")
    return [_shown(row, units, regions, fields) for row in rows]


def _shown(
    row: Mapping[str, Any], units: Mapping[str, str], regions: Mapping[str, str], fields: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "id": row["id"],
        "code": row["code"],
        "name": row.get("name"),
        "category": labels.named(labels.CATEGORY, row.get("category")),
        "level": labels.named(labels.LEVEL, row.get("level")),
        "host_id": units.get(row.get("host_id") or "", ""),
        "leader": row.get("leader"),
        "city": labels.named(labels.CITIES, row.get("city")),
        "recommender_id": units.get(row.get("recommender_id") or "", ""),
        "field_code": fields.get(row.get("field_code") or "", row.get("field_code") or ""),
        "regions": "、".join(regions.get(each, each) for each in row.get("regions") or ()),
        "designated_on": row.get("designated_on"),
        "doc_no": row.get("doc_no"),
        "status": labels.tagged(labels.BASE_STATUS, row.get("status"))[0],
        "state": labels.tagged(labels.BASE_STATUS, row.get("status")),
    }


def _names(tx: Tx, past: Sequence[Any]) -> dict[str, str]:
    return organisations.names(tx, [each.value for each in past if each.field in ("host_id", "recommender_id")])


def _fact(row: Any, names: Mapping[str, str], sources: Collection[str]) -> dict[str, Any]:
    value = row.value
    if row.field == "status":
        value = labels.tagged(labels.BASE_STATUS, value)[0]
    elif row.field == "category":
        value = labels.named(labels.CATEGORY, value)
    elif row.field == "city":
        value = labels.named(labels.CITIES, value)
    elif isinstance(value, list):
        value = "、".join(_named(each) for each in value)
    return {
        "field": {**FIELDS, **BESIDE}.get(row.field, row.field),
        "value": names.get(str(value), value),
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "source_case": row.source_case if row.source_case in sources else None,
    }


def _named(each: Any) -> str:
    """A partner or a member by name, anything else as it is."""
    if isinstance(each, Mapping):
        return str(each.get("name_zh") or each.get("name") or "")
    return str(each)


def _chosen() -> dict[str, Any]:
    args = request.args
    return {
        "query": args.get("q", "").strip()[:60],
        "status": args.get("status", "") if args.get("status") in labels.BASE_STATUS else "",
        "category": args.get("category", "") if args.get("category") in labels.CATEGORY else "",
        "city": args.get("city", "") if args.get("city") in labels.CITIES else "",
        "on": _day(args.get("on", "")),
    }


def _kept(chosen: Mapping[str, Any]) -> dict[str, Any]:
    kept = {"q": chosen["query"], **{name: chosen[name] for name in ("status", "category", "city")}}
    if chosen["on"] != clock.today():
        kept["on"] = chosen["on"].isoformat()
    return {name: value for name, value in kept.items() if value}


def _day(text: str) -> date:
    """The day asked for; today for none, for nonsense and for the future."""
    try:
        return min(date.fromisoformat(text[:10]), clock.today()) if text else clock.today()
    except ValueError:
        return clock.today()
