"""What the monitoring page shows, region by region, as plain data: the page draws it, the poll compares it.

A figure and the address of its list are made from the same choice, so that they count the same.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for

from handlers.vocabulary import Calendar
from webapp import clock
from webapp.engine import commands, context, permissions
from webapp.store import monitor, organisations, parameters, people, releases, workdays
from webapp.store.db import Tx
from webapp.store.monitor import Board, Figures
from webapp.store.pages import Page
from webapp.store.principal import Principal
from webapp.store.tables import Round, Task
from webapp.views import casefile, labels, lights, policies
from webapp.views.frame import moment
from webapp.views.watch_choice import Choice, Known

LATE_SHOWN, STUCK_SHOWN, STUCK_READ, BARS = 8, 6, 100, 10
USUAL_LIMIT = 10
"""Working days that the heat of an element without a limit is measured by."""
STAGES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("fill", "填报审核", ("drafting", "host_approval", "correcting")),
    ("recommend", "推荐", ("recommending", "ranked")),
    ("check", "形式审查", ("formal_check",)),
    ("review", "专家评审", ("reviewing",)),
    ("deliberate", "评议决定", ("ready",)),
    ("issue", "公示发文", ("decided",)),
    (
        "ended",
        "已办结",
        (
            "designated",
            "refused",
            "deferred",
            "not_recommended",
            "not_accepted",
            "not_submitted",
            "withdrawn",
            "banned",
            "round_cancelled",
        ),
    ),
)
"""Steps of a round with the statuses of applications that stand there: code, label, statuses."""
STAGE_OF_ROUND: Mapping[str, str] = {
    "open": "fill",
    "closed": "recommend",
    "reviewing": "review",
    "deliberating": "deliberate",
    "publicity": "issue",
    "issued": "issue",
}
PAST_ROUNDS = ("closed_all", "cancelled")
CALL = re.compile(r"<(?:\w+:)?callActivity\b([^>]*)>")
ATTRIBUTE = re.compile(r'\b(id|calledElement)="([^"]*)"')
PARAMETER = re.compile(r'param\("([\w.]+)"\)')
BY_THE_ROUND = re.compile(r"(?:^|else\s+)(?:date\()?round\.")
"""A limit that usually is a date of the round has no number of days."""


@dataclass(frozen=True)
class Step:
    """An element of a diagram that people work at."""

    process: str
    element: str
    name: str
    lane: str
    limit: int | None
    figures: Figures
    calls: str = ""
    """Name of the process that it calls."""
    gone: bool = False
    """Today's diagram no longer has it."""
    stuck: int = 0


def regions(tx: Tx, person: Principal, choice: Choice, known: Known) -> dict[str, Any]:
    """Everything of the page that changes, by region."""
    which = choice.filter(known)
    board = monitor.board(tx, which)
    sees_stuck = person.scope == "all"
    parked = monitor.stuck(tx, which, limit=STUCK_READ) if sees_stuck else Page[Any](())
    stuck = monitor.stuck_at(tx, which) if parked.after else Counter(incident.element for incident, _ in parked.rows)
    steps = _steps(tx, choice, known, board, stuck)
    found = {
        "figures": _figures(choice, board.total, stuck if sees_stuck else None),
        "late": _late(tx, person, choice, which, board.total.overdue),
        "cities": _cities(tx, person, choice, which, board),
        "trend": _trend(tx, choice, known, which),
        "durations": _durations(steps),
        "steps": [_row(choice, step) for step in steps],
    }
    if sees_stuck:
        found["stuck"] = _stuck(tx, person, choice, parked.rows, stuck)
    if choice.process:
        found["marks"] = _marks(steps)
    else:
        found["rounds"] = _rounds(tx, choice, known)
    return found


def digests(found: Mapping[str, Any]) -> dict[str, str]:
    """A short mark of each region's data; equal marks, equal data."""
    return {name: _digest(data) for name, data in found.items()}


def _digest(data: Any) -> str:
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _list(choice: Choice, figure: str, **changes: Any) -> str:
    """Address of the list behind a figure."""
    return url_for("watch.listing", figure=figure, **choice.arguments(**changes))


def _as_of_now(choice: Choice, figure: str, **changes: Any) -> str:
    """The same for figures that no period applies to."""
    return _list(replace(choice, period=Choice.period), figure, **changes)


# --------------------------------------------------------------------------------------------- figures


def _figures(choice: Choice, total: Figures, stuck: Mapping[str, int] | None) -> list[dict[str, Any]]:
    period = choice.period_words()
    share = f"占在办 {total.overdue * 100 / total.open:.0f}%" if total.open else "没有在办事项"
    found = [
        _figure("在办", total.open, "件", "全部环节的待办", "list-check", "", _as_of_now(choice, "open")),
        _figure("即将到期", total.due_soon, "件", "今日至三个工作日内", "clock", "amber", _as_of_now(choice, "due_soon")),
        _figure("超期", total.overdue, "件", share, "alert-circle", "red", _as_of_now(choice, "overdue")),
        _figure("办结", total.finished, "件", f"{period}，超期办结 {total.finished_late} 件", "checks", "",
                _list(choice, "finished")),
        _figure("中位办理时长", _days(total.median_workdays) or "—", "工作日", f"{period} {total.timed} 件",
                "clock-hour-4", "", _list(choice, "timed")),
    ]  # fmt: skip
    if stuck is not None:
        note = "需要人工处理" if stuck else "系统运行正常"
        found.append(
            _figure("异常", sum(stuck.values()), "个", note, "alert-triangle", "red", _as_of_now(choice, "stuck"))
        )
    return found


def _figure(label: str, value: Any, unit: str, note: str, icon: str, colour: str, href: str) -> dict[str, Any]:
    shown = {"label": label, "value": value, "unit": unit, "note": note, "icon": icon, "href": href}
    return shown | {"colour": colour if value else ""}


def _days(value: float | None) -> str:
    """A median without an idle .0; empty when unknown."""
    if value is None:
        return ""
    return f"{value:.0f}" if value == int(value) else f"{value:.1f}"


# --------------------------------------------------------------------------------------------- elements


def _steps(tx: Tx, choice: Choice, known: Known, board: Board, stuck: Mapping[str, int]) -> list[Step]:
    """The elements of the chosen diagram in its order, then those that only older versions have; all, when none is."""
    found: list[Step] = []
    for process in [choice.process] if choice.process else known.processes:
        release_id = known.release_of(replace(choice, process=process))
        drawn = _drawn(tx, release_id, process, board, stuck)
        here = {step.element for step in drawn}
        gone = [
            Step(process, element, board.titles[process, element], "", None, figures, gone=True)
            for (diagram, element), figures in sorted(board.elements.items())
            if diagram == process and element not in here
        ]
        found += [*drawn, *gone]
    if choice.process:
        return found
    return [step for step in found if not step.calls and (step.figures.open or step.figures.finished)]


def _drawn(tx: Tx, release_id: str, process: str, board: Board, stuck: Mapping[str, int]) -> list[Step]:
    definition = context.of(tx).catalog.definition(tx, release_id, process)
    calls = called_by(tx, release_id, process)
    limits = parameters.at(tx, clock.today())
    found = []
    for (owner, identity), element in definition.all_elements.items():
        if owner != process or not (element.type == "userTask" or identity in calls or identity in stuck):
            continue
        figures = board.elements.get((process, identity), Figures())
        if identity in calls:
            figures = _of_process(board, calls[identity])
        limit = _limit(element.properties.get("due", ""), limits)
        name = " ".join(element.name.split()) or identity
        stands = stuck.get(identity, 0)
        found.append(Step(process, identity, name, element.lane, limit, figures, calls.get(identity, ""), stuck=stands))
    return found


def _of_process(board: Board, process: str) -> Figures:
    found = Figures()
    for (diagram, _), figures in board.elements.items():
        if diagram == process:
            found.add(figures)
    return found


def diagram_xml(tx: Tx, release_id: str, process: str) -> str:
    """The diagram as the release has it."""
    return releases.artefact(tx, _digest_of(tx, release_id, process)).content


def called_by(tx: Tx, release_id: str, process: str) -> Mapping[str, str]:
    """Call activities of the diagram with the processes they call. It was checked when it was released."""
    digest = _digest_of(tx, release_id, process)
    if digest not in _calls:
        found = [dict(ATTRIBUTE.findall(each)) for each in CALL.findall(diagram_xml(tx, release_id, process))]
        _calls[digest] = {each["id"]: each["calledElement"].rpartition(":")[2] for each in found if len(each) == 2}
    return _calls[digest]


_calls: dict[str, Mapping[str, str]] = {}
"""By the diagram's hash, so never out of date."""


def _digest_of(tx: Tx, release_id: str, process: str) -> str:
    return context.of(tx).catalog.manifest(tx, release_id)[f"{process}.bpmn"]


def _limit(due: str, known: Mapping[str, Any]) -> int | None:
    names = PARAMETER.findall(due)
    if not names or BY_THE_ROUND.search(due):
        return None
    value = known.get(names[-1])
    return int(value) if isinstance(value, int | float) else None


def _row(choice: Choice, step: Step) -> dict[str, Any]:
    """A line of the table that says what the diagram paints, each number with its list."""
    at = {
        "process": choice.process,
        "diagram": step.calls or step.process,
        "element": "" if step.calls else step.element,
    }
    figures = step.figures
    names = (("open", figures.open), ("due_soon", figures.due_soon), ("overdue", figures.overdue))
    return {
        "element": step.element,
        "name": step.name,
        "process": "" if choice.process else labels.tagged(labels.PROCESS, step.process)[0],
        "lane": step.lane,
        "gone": step.gone,
        "calls": url_for("watch.show_process", **choice.arguments(process=step.calls, version=0)) if step.calls else "",
        "counts": {name: (value, _as_of_now(choice, name, **at)) for name, value in names},
        "finished": (figures.finished, _list(choice, "finished", **at)),
        "late": (figures.finished_late, _list(choice, "finished_late", **at)),
        "median": _days(figures.median_workdays),
        "limit": step.limit,
        "over": bool(step.limit and (figures.median_workdays or 0) > step.limit),
        "stuck": step.stuck,
    }


def _marks(steps: Sequence[Step]) -> dict[str, Any]:
    """What viewer.js paints: open tasks, overdue ones, median days, incidents; heat by the share of the limit used."""
    counts = {}
    heat = {}
    for step in steps:
        figures = step.figures
        count: dict[str, Any] = {"open": figures.open, "overdue": figures.overdue, "incidents": step.stuck}
        if figures.median_workdays and not step.calls:
            count["days"] = float(_days(figures.median_workdays))
            heat[step.element] = _heat(figures.median_workdays, step.limit)
        if any(count.values()) and not step.gone:
            counts[step.element] = {name: value for name, value in count.items() if value}
    return {"counts": counts, "heat": heat}


def _heat(spent: float, limit: int | None) -> int:
    """1 to 5: quarters of the limit, 5 when it is exceeded. Without a limit a usual one serves, and nothing is 5."""
    quarters = max(1, math.ceil(spent * 4 / (limit or USUAL_LIMIT)))
    return min(quarters, 5 if limit else 4)


def _durations(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The slowest elements by median, for the chart: each name once."""
    known = [step for step in steps if step.figures.median_workdays is not None and not step.calls]
    known.sort(key=lambda step: (-(step.figures.median_workdays or 0), step.process, step.element))
    return [
        {"name": step.name, "median": float(_days(step.figures.median_workdays)), "limit": step.limit}
        for step in known[:BARS]
    ]


# ----------------------------------------------------------------------------------------------- lists


def _late(tx: Tx, person: Principal, choice: Choice, which: monitor.Filter, total: int) -> dict[str, Any]:
    page = monitor.tasks(tx, "overdue", which, limit=LATE_SHOWN)
    return {"total": total, "href": _as_of_now(choice, "overdue"), "rows": task_rows(tx, person, page.rows)}


def task_rows(tx: Tx, person: Principal, tasks: Sequence[Task]) -> list[dict[str, Any]]:
    """Lines of tasks: what, where, whose, since when, how late; whether this person may urge it."""
    units = organisations.names(tx, [each for task in tasks for each in (task.org_id, task.host_id)])
    names = people.names(
        tx, {each for task in tasks for each in (task.person_id, task.claimed_by, task.done_by) if each}
    )
    calendar, claimants = workdays.calendar(tx), casefile.claimants(tasks)
    return [
        {
            "id": task.id,
            "title": task.base_name or task.case_title or task.title,
            "href": url_for("case.show", case_id=task.case_id),
            "number": task.number,
            "process": labels.tagged(labels.PROCESS, task.root),
            "step": task.title,
            "host": units.get(task.host_id or "", ""),
            "city": labels.named(labels.CITIES, task.city),
            "owner": _owner(task, claimants, units, names),
            "arrived": moment(task.arrived_at),
            "due": task.due_on,
            "light": lights.light(calendar, task.due_on),
            "done": moment(task.done_at),
            "done_by": names.get(task.done_by or "", ""),
            "workdays": task.workdays,
            "late": task.late,
            "open": task.status == "open",
            "urged": task.urged,
            "may_urge": task.status == "open" and _may_urge(person, task),
        }
        for task in tasks
    ]


def _owner(task: Task, claimants: Mapping[str, str], units: Mapping[str, str], names: Mapping[str, str]) -> str:
    person = names.get(claimants.get(task.id) or task.person_id or "", "")
    unit = units.get(task.org_id or "", "") or task.lane
    return " · ".join(part for part in (unit, person) if part)


def _may_urge(person: Principal, task: Task) -> bool:
    return policies.TASKS_URGE.admits(person) and commands.may_urge(person, task)


def _stuck(tx: Tx, person: Principal, choice: Choice, rows: Sequence[Any], stuck: Mapping[str, int]) -> dict[str, Any]:
    shown = stuck_rows(tx, person, rows[:STUCK_SHOWN])
    return {"total": sum(stuck.values()), "href": _as_of_now(choice, "stuck"), "rows": shown}


def stuck_rows(tx: Tx, person: Principal, rows: Sequence[tuple[Any, Any]]) -> list[dict[str, Any]]:
    """Lines of incidents: where, what was said, how often tried, when next."""
    return [
        {
            "id": incident.id,
            "case_id": case.id,
            "title": case.title or case.number,
            "href": url_for("case.show", case_id=case.id),
            "number": case.number,
            "process": labels.tagged(labels.PROCESS, case.process),
            "step": labels.JOB.get(incident.job) or _element_name(tx, case, incident.element),
            "message": incident.message,
            "attempts": incident.attempts,
            "at": moment(incident.at),
            "next": moment(incident.next_at),
            "may_retry": may_retry(person),
        }
        for incident, case in rows
    ]


def may_retry(person: Principal) -> bool:
    """Whether `commands.retry` would let this person."""
    return policies.CASE_REPAIR.admits(person) and permissions.has_role(person, "province_officer", "sysadmin")


def _element_name(tx: Tx, case: Any, element: str) -> str:
    definition = context.of(tx).catalog.definition(tx, case.release_id, case.process) if case.release_id else None
    found = definition.elements.get(element) if definition else None
    return " ".join(found.name.split()) if found is not None and found.name else element


# ------------------------------------------------------------------------------------- cities and rounds


def _cities(tx: Tx, person: Principal, choice: Choice, which: monitor.Filter, board: Board) -> dict[str, Any]:
    """The eleven cities, whatever city is chosen; bases as of today."""
    by_city = monitor.board(tx, replace(which, city=None)).cities if choice.city else board.cities
    bases = monitor.bases_by_city(tx)
    most = max((bases.get(code, 0) for code in labels.CITIES), default=0)
    tiles, rows = [], []
    for code, name in labels.CITIES.items():
        figures, count = by_city.get(code, Figures()), bases.get(code, 0)
        href = _as_of_now(choice, "open", city=code)
        note = f"在办\u00a0{figures.open}" + (f" · 超\u00a0{figures.overdue}" if figures.overdue else "")
        level = -(-count * 5 // most) if most else 0
        tiles.append({"code": code, "name": name, "value": count, "note": note, "level": level, "href": href})
        rows.append(
            {
                "name": name,
                "bases": (count, url_for("bases.show_all", status="active", city=code)),
                "open": (figures.open, href),
                "due_soon": (figures.due_soon, _as_of_now(choice, "due_soon", city=code)),
                "overdue": (figures.overdue, _as_of_now(choice, "overdue", city=code)),
                "finished": (figures.finished, _list(choice, "finished", city=code)),
            }
        )
    outside = sum(figures.open for code, figures in by_city.items() if code not in labels.CITIES)
    total = sum(bases.get(code, 0) for code in labels.CITIES)
    return {"tiles": tiles, "rows": rows, "outside": outside, "bases": total, "all": person.scope == "all"}


def _trend(tx: Tx, choice: Choice, known: Known, which: monitor.Filter) -> dict[str, Any]:
    """Twelve months: cases, or tasks of a process that has no cases of its own."""
    is_called = choice.process in known.called
    months = monitor.trend(tx, which, of="tasks" if is_called else "cases")
    begun, ended = ("arrived", "finished") if is_called else ("started", "ended")
    return {
        "unit": "环节" if is_called else "事项",
        "months": [f"{month.first.month}月" for month in months],
        "started": [month.started for month in months],
        "finished": [month.finished for month in months],
        "days": [month.days for month in months],
        "rows": [
            {
                "month": f"{month.first:%Y-%m}",
                "started": (month.started, _list(choice, begun, since=month.first, until=month.last)),
                "finished": (month.finished, _list(choice, ended, since=month.first, until=month.last)),
                "days": _days(month.days) or "—",
            }
            for month in months
        ],
    }


def _rounds(tx: Tx, choice: Choice, known: Known) -> list[dict[str, Any]]:
    """Where each round stands: the chosen one, else those that are not over, else the latest."""
    rows = [row for row in known.rounds if row.id == choice.round_id] if choice.round_id else []
    rows = rows or [row for row in known.rounds if row.status not in PAST_ROUNDS] or list(known.rounds[:1])
    counts = monitor.stages(tx, city=choice.city or None) if rows else {}
    calendar = workdays.calendar(tx)
    return [_round(row, counts.get(row.id, {}), calendar, choice) for row in rows[:3]]


def _round(row: Round, counts: Mapping[str, int], calendar: Calendar, choice: Choice) -> dict[str, Any]:
    per_stage = {code: sum(counts.get(status, 0) for status in statuses) for code, _, statuses in STAGES}
    order = [code for code, _, _ in STAGES]
    now = _stage_now(row, per_stage)
    place = order.index(now) if now in order else -1
    until, by = lights.light(calendar, row.window_to), lights.light(calendar, row.recommend_by)
    where: dict[str, Any] = {"round": row.id, **({"city": choice.city} if choice.city else {})}
    return {
        "id": row.id,
        "name": row.name or row.number,
        "href": url_for("rounds.show", round_id=row.id),
        "state": labels.tagged(labels.ROUND_STATUS, row.status),
        "total": sum(counts.values()),
        "window": until if row.status in ("published", "open") else None,
        "recommend": by if row.status in ("published", "open", "closed") else None,
        "steps": [
            {
                "label": label,
                "count": per_stage[code],
                "state": "done" if number < place else "now" if number == place else "next",
                "href": url_for("watch.listing", figure="applications", stage=code, **where),
            }
            for number, (code, label, _) in enumerate(STAGES)
        ],
    }


def _stage_now(row: Round, per_stage: Mapping[str, int]) -> str:
    """The step the round has reached: what its status says, or the furthest that an application stands at."""
    if row.status == "closed_all":
        return "ended"
    if row.status == "closed" and not per_stage["recommend"]:
        return "review" if per_stage["review"] else "check" if per_stage["check"] else "deliberate"
    return STAGE_OF_ROUND.get(row.status, "")
