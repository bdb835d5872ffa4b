"""待办、已办、我发起的: lists a page at a time, most pressing first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from handlers.vocabulary import Calendar
from webapp import clock
from webapp.engine import commands
from webapp.store import inbox, organisations, pages_cases, workdays
from webapp.store.db import Tx
from webapp.store.principal import Seat
from webapp.store.tables import Case, Task
from webapp.views import desk, frame, labels, lights, policies
from webapp.views.frame import chinese_day, moment

bp = Blueprint("inbox", __name__)

TITLES = {"todo": "待我办理", "claimed": "我已签收", "done": "我已办理", "mine": "我发起的"}
LIGHTS = ("red", "amber", "green")
PAGE = 20
MOST_URGED = 50
MOST_SEATS = 6


@dataclass(frozen=True)
class Row:
    """A line of the list, ready to print."""

    id: str
    title: str
    href: str
    number: str
    process: tuple[str, str]
    step: str
    host: str
    city: str
    at: str
    light: lights.Light
    state: tuple[str, str]
    tags: Sequence[tuple[str, str]]
    unread: bool


@dataclass(frozen=True)
class Known:
    """What rows of a page need beyond their own columns."""

    hosts: Mapping[str, str]
    bases: Mapping[str, str]
    calendar: Calendar


@bp.get("/", policy=policies.SIGNED_IN)
def show() -> Any:
    """One page of one tab; whoever has no inbox (administrators, analysts) is led to his own first page."""
    if not policies.INBOX.admits(desk.principal()):
        return redirect(frame.first_page(desk.principal()))
    tab = request.args.get("tab", "todo")
    tab = tab if tab in TITLES else "todo"
    chosen = _chosen()
    with desk.reading() as tx:
        page, counts = _page(tx, tab, chosen)
        by_process = inbox.processes(tx, desk.principal()) if tab == "todo" else {}
        rows = _rows(tx, tab, page.rows)
    return render_template(
        "inbox/show.html",
        tab=tab,
        title=TITLES[tab],
        subtitle=_subtitle(tab, counts),
        rows=rows,
        stats=_stats(tab, counts, chosen),
        processes=_process_tabs(tab, by_process, chosen),
        chosen=chosen,
        next=url_for(".show", **_arguments(tab, chosen), after=page.after) if page.after else None,
        summary=f"本页 {len(rows)} 件",
        elsewhere=_elsewhere(),
        nothing=_nothing(tab, chosen),
    )


def _elsewhere() -> list[tuple[Seat, int]]:
    """The person's other seats in which work waits, with how much."""
    person = desk.principal()
    others = [seat for seat in person.seats if person.seat is None or seat.id != person.seat.id]
    if not others:
        return []
    with desk.system_reading() as tx:
        waiting = [(seat, inbox.counts(tx, person.acting(seat.id))["todo"]) for seat in others[:MOST_SEATS]]
    return [(seat, count) for seat, count in waiting if count]


@bp.post("/urge", policy=policies.TASKS_URGE)
def urge() -> Any:
    """The chosen tasks are urged, all by one command."""
    task_ids = request.form.getlist("task")[:MOST_URGED]
    if not task_ids:
        flash("请先勾选要催办的事项。", "warning")
        return redirect(desk.inner_path(request.form.get("back"), url_for(".show")))
    command_id = desk.command_id()
    with desk.commanding() as tx:
        answer = commands.urge(tx, desk.principal(), task_ids, command_id=command_id)
    flash(f"已催办 {answer.notes.get('urged', 0)} 件，承办人会收到站内消息。", "success")
    return redirect(desk.inner_path(request.form.get("back"), url_for(".show")))


def _chosen() -> dict[str, str]:
    light = request.args.get("light", "")
    return {
        "process": request.args.get("process", "")[:60],
        "query": request.args.get("q", "").strip()[:60],
        "light": light if light in LIGHTS else "",
        "after": request.args.get("after", "")[:200],
    }


def _arguments(tab: str, chosen: Mapping[str, str]) -> dict[str, Any]:
    found = {"tab": tab if tab != "todo" else "", "process": chosen["process"]}
    found |= {"q": chosen["query"], "light": chosen["light"]}
    return {name: value for name, value in found.items() if value}


def _page(tx: Tx, tab: str, chosen: Mapping[str, str]) -> tuple[Any, Mapping[str, int]]:
    person = desk.principal()
    counts = inbox.counts(tx, person)
    after = chosen["after"] or None
    if tab == "mine":
        return inbox.started_by(tx, person.person_id, after=after, limit=PAGE), counts
    page = inbox.for_seat(
        tx,
        person,
        tab=tab,
        process=chosen["process"] or None,
        query=chosen["query"],
        light=chosen["light"] or None,
        after=after,
        limit=PAGE,
    )
    return page, counts


def _rows(tx: Tx, tab: str, found: Sequence[Any]) -> list[Row]:
    known = Known(
        hosts=organisations.names(tx, [each.host_id for each in found]),
        bases=pages_cases.base_names(tx, [each.id if tab == "mine" else each.case_id for each in found]),
        calendar=workdays.calendar(tx),
    )
    return [_case_row(each, known) if tab == "mine" else _task_row(each, known, tab) for each in found]


def _task_row(task: Task, known: Known, tab: str) -> Row:
    tags = [(f"催办 {task.urged} 次", "red")] if task.urged and task.status == "open" else []
    if task.visit > 1 and task.status == "open":
        tags.append((f"第 {task.visit} 次办理", "amber"))
    if task.claimed_by == desk.principal().person_id and task.status == "open":
        tags.append(("已签收", "blue"))
    return Row(
        id=task.id,
        title=task.base_name or known.bases.get(task.case_id) or task.case_title or task.title,
        href=url_for("task.show", task_id=task.id),
        number=task.number,
        process=labels.tagged(labels.PROCESS, task.root),
        step=task.title,
        host=known.hosts.get(task.host_id or "", ""),
        city=labels.named(labels.CITIES, task.city),
        at=moment(task.done_at if tab == "done" else task.arrived_at),
        light=lights.light(known.calendar, task.due_on),
        state=(f"用时 {task.workdays} 个工作日", "") if task.workdays is not None else ("已办", "green"),
        tags=tags,
        unread=task.status == "open" and task.opened_at is None,
    )


def _case_row(case: Case, known: Known) -> Row:
    return Row(
        id=case.id,
        title=known.bases.get(case.id) or case.title or labels.PROCESS.get(case.process, (case.process, ""))[0],
        href=url_for("case.show", case_id=case.id),
        number=case.number,
        process=labels.tagged(labels.PROCESS, case.process),
        step="",
        host=known.hosts.get(case.host_id or "", ""),
        city=labels.named(labels.CITIES, case.city),
        at=moment(case.started_at),
        light=lights.light(known.calendar, None),
        state=labels.tagged(labels.CASE_STATUS, case.status),
        tags=[],
        unread=False,
    )


def _subtitle(tab: str, counts: Mapping[str, int]) -> str:
    today = f"今天是 {chinese_day(clock.today(), weekday=True)}"
    if tab == "todo" and counts["red"]:
        return f"{today} · 已超期 {counts['red']} 件，请优先处理"
    return today


def _stats(tab: str, counts: Mapping[str, int], chosen: Mapping[str, str]) -> list[dict[str, Any]]:
    if tab not in ("todo", "claimed"):
        return []
    rows: tuple[tuple[str, str, str, str, dict[str, Any], bool, str], ...] = (
        ("全部待办", "todo", "inbox", "", {}, tab == "todo" and not chosen["light"], "本岗位的全部事项"),
        ("已超期", "red", "alert-circle", "red", {"light": "red"}, chosen["light"] == "red", "请优先办理"),
        ("即将到期", "amber", "clock", "amber", {"light": "amber"}, chosen["light"] == "amber", "今日至三个工作日内"),
        ("我已签收", "claimed", "user-check", "", {"tab": "claimed"}, tab == "claimed", "由我负责办理"),
    )
    return [
        {
            "label": label,
            "value": "99+" if counts[name] >= inbox.CAP else counts[name],
            "icon": icon,
            "colour": colour if counts[name] else "",
            "href": url_for(".show", **arguments),
            "active": active,
            "note": note,
        }
        for label, name, icon, colour, arguments, active, note in rows
    ]


def _process_tabs(tab: str, by_process: Mapping[str, int], chosen: Mapping[str, str]) -> list[dict[str, Any]]:
    if tab != "todo":
        return [
            {"label": title, "href": url_for(".show", tab=name), "count": None, "active": name == tab}
            for name, title in TITLES.items()
        ]
    arguments = _arguments(tab, {**chosen, "process": ""})
    every = {"label": "全部", "href": url_for(".show", **arguments), "count": sum(by_process.values())}
    rows = [every | {"active": not chosen["process"]}]
    for process, count in by_process.items():
        row = {"label": labels.tagged(labels.PROCESS, process)[0], "count": count}
        row["href"] = url_for(".show", **arguments, process=process)
        rows.append(row | {"active": process == chosen["process"]})
    return rows


def _nothing(tab: str, chosen: Mapping[str, str]) -> dict[str, Any]:
    if any(chosen[name] for name in ("process", "query", "light")):
        return {"title": "没有符合条件的事项", "text": "请放宽筛选条件。", "clear": url_for(".show", tab=tab)}
    texts = {
        "todo": ("待办已全部办完", "有新的事项到达时会显示在这里。"),
        "claimed": ("没有签收的事项", "在事项页点击“签收”，同事就知道由您办理。"),
        "done": ("还没有办理过事项", "办理完成的事项会留在这里，可随时查看。"),
        "mine": ("还没有发起过事项", "从“发起事项”开始一项新的申报或流程。"),
    }
    return {"title": texts[tab][0], "text": texts[tab][1], "clear": ""}
