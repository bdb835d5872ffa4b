"""单位: offices and hosts, their people, bases and applications."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from webapp import clock
from webapp.engine import administration
from webapp.errors import Invalid
from webapp.store import applications, codes, organisations, people, register, roles
from webapp.store.db import Tx
from webapp.store.tables import Organisation
from webapp.views import desk, labels, policies

bp = Blueprint("organisations", __name__, url_prefix="/organisations")

PAGE = 30


def load(tx: Tx, org_id: str) -> Organisation:
    """The organisation named in the address."""
    return organisations.get(tx, org_id)


@bp.get("", policy=policies.ORGANISATION_LIST)
def show_all() -> str:
    """One page of the list."""
    query, kind = request.args.get("q", "").strip()[:60], request.args.get("kind", "")
    kind = kind if kind in labels.ORGANISATION_KIND else ""
    after = request.args.get("after", "")[:60] or None
    with desk.reading() as tx:
        page = organisations.search(tx, query, kind=kind or None, after=after, limit=PAGE)
    return render_template(
        "organisations/list.html",
        rows=page.rows,
        query=query,
        kind=kind,
        next=url_for(".show_all", q=query or None, kind=kind or None, after=page.after) if page.after else None,
        labels=labels,
    )


@bp.get("/<org_id>", policy=policies.ORGANISATION_READ, loads=load)
def show() -> str:
    """One organisation with what belongs to it, as far as the person may see it."""
    row: Organisation = desk.loaded()
    with desk.reading() as tx:
        bond = organisations.recommender_of(tx, row.id, clock.today()) if row.kind == "host" else None
        staff = people.of_organisation(tx, row.id)
        names = organisations.names(tx, [bond] if bond else [])
        names_of_roles = {row.code: row.name for row in roles.all_of(tx)}
        bases = register.bases(tx, host_id=row.id) if row.kind == "host" else []
        sent = applications.where(tx, host_id=row.id) if row.kind == "host" else []
    return render_template(
        "organisations/show.html",
        row=row,
        recommender=names.get(bond or "", ""),
        staff=staff,
        roles=names_of_roles,
        bases=bases,
        applications=sent,
        today=clock.today(),
        labels=labels,
        may_write=policies.ORGANISATION_WRITE.admits(desk.principal()),
    )


@bp.get("/<org_id>/edit", policy=policies.ORGANISATION_WRITE, loads=load)
def edit() -> str:
    """The unit's facts and, for a host, its recommending department, to be changed."""
    return _edit_page({}, {})


@bp.post("/<org_id>/edit", policy=policies.ORGANISATION_WRITE, loads=load)
def save() -> Any:
    """The unit has the new facts; old and new stand in its journal."""
    row: Organisation = desk.loaded()
    try:
        changes = _typed(row)
        reason, command_id = request.form.get("reason", "").strip()[:200], desk.command_id()
        with desk.commanding() as tx:
            administration.edit_organisation(tx, desk.principal(), row.id, changes, reason, command_id=command_id)
    except Invalid as refusal:
        return _edit_page(request.form, refusal.fields), 422
    flash("单位信息已更新。", "success")
    return redirect(url_for(".show", org_id=row.id))


@bp.post("/<org_id>/recommender", policy=policies.ORGANISATION_WRITE, loads=load)
def set_recommender() -> Any:
    """Another department recommends the host from that day."""
    row: Organisation = desk.loaded()
    form = request.form
    try:
        first = _day(form.get("valid_from", ""), "valid_from")
        if first is None:
            raise Invalid({"valid_from": "请填写生效日期。"})
        wanted, source = form.get("recommender", ""), form.get("source", "").strip()[:200]
        command_id = desk.command_id()
        with desk.commanding() as tx:
            administration.set_recommender(tx, desk.principal(), row.id, wanted, first, source, command_id=command_id)
    except Invalid as refusal:
        return _edit_page(form, refusal.fields), 422
    flash("组织推荐部门已登记，在办申报仍由原部门办理。", "success")
    return redirect(url_for(".show", org_id=row.id))


def _typed(row: Organisation) -> dict[str, Any]:
    """What was typed of the unit's facts; raises Invalid for a day that is none."""
    form = request.form
    texts = [name for name in administration.ORGANISATION_FIELDS if name not in ("founded_on", "active")]
    changes: dict[str, Any] = {name: form.get(name, "").strip()[:200] for name in texts if name in form}
    if "founded_on" in form:
        changes["founded_on"] = _day(form["founded_on"], "founded_on")
    return {**changes, "active": "active" in form} if row.kind == "host" else changes


def _edit_page(typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    row: Organisation = desk.loaded()
    with desk.reading() as tx:
        bonds = organisations.bonds(tx, row.id) if row.kind == "host" else []
        recommenders = organisations.of_kind(tx, "city_bureau", "competent_dept") if row.kind == "host" else []
        names = organisations.names(tx, [bond.recommender_id for bond in bonds])
        kinds = codes.labels(tx, "host_kind")
    return render_template(
        "organisations/edit.html",
        row=row,
        bonds=bonds,
        names=names,
        recommenders=recommenders,
        kinds=kinds,
        typed=typed,
        errors=errors,
        today=clock.today(),
        labels=labels,
    )


def _day(text: str, name: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()[:10]) if text.strip() else None
    except ValueError:
        raise Invalid({name: "日期格式应为年-月-日。"}) from None
