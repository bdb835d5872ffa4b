"""单位: offices and hosts, their people, bases and applications."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for

from webapp import clock
from webapp.store import applications, organisations, people, register, roles
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
    )
