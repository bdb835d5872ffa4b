"""运行监控: one page on live data, the lists behind its figures, urging and retrying from there."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, session, url_for

from webapp import clock
from webapp.engine import commands
from webapp.store.tables import Case
from webapp.views import case, desk, labels, policies, spreadsheet, watch_board, watch_choice, watch_lists
from webapp.views.sessions import DeskSession

bp = Blueprint("watch", __name__, url_prefix="/watch")

DIAGRAM_SECONDS = 3600
POLL_SECONDS = 30
MOST_SEEN = 500


@bp.get("", policy=policies.WATCH)
def show() -> Any:
    """Everything on one page, or one process with its diagram: `?process=` leads to its own address."""
    if request.args.get("process"):
        with desk.reading() as tx:
            known = watch_choice.known(tx)
        return redirect(url_for(".show_process", **watch_choice.read(request.args, known).arguments()))
    return _page("")


@bp.get("/<process>", policy=policies.WATCH)
def show_process(process: str) -> str:
    """The page of one process."""
    return _page(process)


@bp.get("/live", policy=policies.WATCH)
def live() -> Response:
    """The regions whose data is no longer what the page has seen; 204 when there is none. Keeps no session awake."""
    cast(DeskSession, session).seen_at = clock.now()
    seen = dict(part.split(".", 1) for part in request.args.get("seen", "")[:MOST_SEEN].split("-") if "." in part)
    with desk.reading() as tx:
        known = watch_choice.known(tx)
        choice = watch_choice.read(request.args, known)
        found = watch_board.regions(tx, desk.principal(), choice, known)
    marks = watch_board.digests(found)
    changed = [name for name in found if seen.get(name) != marks[name]]
    if not changed:
        return Response(status=204)
    return make_response(
        render_template(
            "watch/live.html", changed=changed, **_shown(found, marks), choice=choice, here=_address(choice)
        )
    )


@bp.get("/<process>/diagram", policy=policies.WATCH)
def diagram(process: str) -> Response:
    """The XML of the chosen version."""
    with desk.reading() as tx:
        known = watch_choice.known(tx)
        choice = watch_choice.read(request.args, known, process)
        xml = watch_board.diagram_xml(tx, known.release_of(choice), process)
    response = Response(xml, mimetype="application/xml")
    response.headers["Cache-Control"] = f"private, max-age={DIAGRAM_SECONDS}" if choice.version else "no-cache"
    return response


@bp.get("/list", policy=policies.WATCH)
def listing() -> str:
    """A page of exactly what a figure counts."""
    with desk.reading() as tx:
        known = watch_choice.known(tx)
        wanted = watch_lists.wanted(request.args, known)
        page = watch_lists.page(tx, desk.principal(), wanted, request.args.get("after", "")[:120] or None)
        total = watch_lists.total(tx, wanted)
    arguments = wanted.arguments()
    return render_template(
        "watch/list.html",
        wanted=wanted,
        words=wanted.choice.words(known),
        rows=page.rows,
        total=total,
        next=url_for(".listing", **arguments, after=page.after) if page.after else None,
        export=url_for(".export", **arguments),
        back=url_for(".show_process" if wanted.choice.process else ".show", **wanted.back()),
        here=url_for(".listing", **arguments),
        may_urge=any(row.get("may_urge") for row in page.rows),
    )


@bp.get("/list/export", policy=policies.WATCH)
def export() -> Response:
    """The same list whole, as xlsx; a list beyond the limit says so in its last row."""
    with desk.reading() as tx:
        known = watch_choice.known(tx)
        wanted = watch_lists.wanted(request.args, known)
        page = watch_lists.page(tx, desk.principal(), wanted, None, watch_lists.MOST)
    cells = [wanted.kind.cells(row) for row in page.rows]
    if page.after:
        cells.append([f"仅导出前 {watch_lists.MOST} 行，请缩小筛选范围后分次导出。"])
    return spreadsheet.answer(wanted.title, wanted.kind.heads, cells)


@bp.post("/incidents/<case_id>/retry", policy=policies.CASE_REPAIR, loads=case.load)
def retry() -> Any:
    """The case has tried again what failed, and goes on or is parked with the new error."""
    found: Case = desk.loaded()
    command_id = desk.command_id()
    with desk.commanding() as tx:
        answer = commands.retry(tx, desk.principal(), found.id, command_id=command_id)
    if answer.parked:
        flash(f"“{found.title or found.number}”重试后仍未成功，请查看异常说明后处理。", "warning")
    else:
        flash(f"“{found.title or found.number}”已恢复办理。", "success")
    return redirect(desk.inner_path(request.form.get("back"), url_for(".show")))


def _page(process: str) -> str:
    with desk.reading() as tx:
        known = watch_choice.known(tx)
        choice = watch_choice.read(request.args, known, process)
        found = watch_board.regions(tx, desk.principal(), choice, known)
    person = desk.principal()
    versions = known.versions.get(process, ())
    here = _address(choice)
    return render_template(
        "watch/show.html",
        **_shown(found, watch_board.digests(found)),
        choice=choice,
        known=known,
        tabs=_tabs(choice, known),
        versions=[each for each in versions if each.current or each.running or each.number == choice.version],
        cities={} if person.seat and person.seat.city else labels.CITIES,
        periods=watch_choice.PERIODS,
        live=url_for(".live", **choice.arguments()),
        diagram=url_for(".diagram", **choice.arguments(process=process)) if process else "",
        here=here,
        reach="" if person.scope == "all" or person.seat is None else person.seat.org_name,
    )


def _shown(found: dict[str, Any], marks: dict[str, str]) -> dict[str, Any]:
    """What both templates read of the regions."""
    return {
        "regions": found,
        "seen": "-".join(f"{name}.{mark}" for name, mark in marks.items()),
        "now": clock.now(),
        "poll_seconds": POLL_SECONDS,
    }


def _address(choice: watch_choice.Choice) -> str:
    return url_for(".show_process" if choice.process else ".show", **choice.arguments())


def _tabs(choice: watch_choice.Choice, known: watch_choice.Known) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"label": "总览", "href": _address_of(choice, ""), "count": None, "active": not choice.process}
    ]
    for name in known.processes:
        running = sum(each.running for each in known.versions[name])
        gone = not any(each.current for each in known.versions[name])
        label = labels.tagged(labels.PROCESS, name)[0] + ("（已停用）" if gone else "")
        count = None if name in known.called else running
        found.append(
            {"label": label, "href": _address_of(choice, name), "count": count, "active": name == choice.process}
        )
    return found


def _address_of(choice: watch_choice.Choice, process: str) -> str:
    return url_for(".show_process" if process else ".show", **choice.arguments(process=process, version=0))
