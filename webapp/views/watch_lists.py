"""The list behind each figure of the monitoring page: the same choice, a page at a time or whole as a sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from werkzeug.datastructures import MultiDict

from webapp import clock
from webapp.errors import Missing
from webapp.store import applications, monitor, organisations, workdays
from webapp.store.db import Tx
from webapp.store.pages import Page
from webapp.store.principal import Principal
from webapp.store.tables import Application, Case
from webapp.views import labels, lights, watch_board, watch_choice
from webapp.views.frame import moment
from webapp.views.watch_choice import Choice, Known

PAGE, MOST = 50, 5_000
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """How lists of one kind of thing are laid out as a sheet."""

    name: str
    unit: str
    heads: Sequence[str]
    cells: Callable[[Row], Sequence[Any]]


@dataclass(frozen=True)
class Wanted:
    """A list that was asked for."""

    figure: str
    title: str
    kind: Kind
    choice: Choice
    which: monitor.Filter
    stage: str = ""

    @property
    def days(self) -> str:
        """The period in words, where it matters."""
        return self.choice.period_words() if self.figure in monitor.ONGOING else ""

    def arguments(self) -> dict[str, Any]:
        """For url_for: this very list."""
        stage = {"stage": self.stage} if self.stage else {}
        return {"figure": self.figure, **stage, **self.choice.arguments()}

    def back(self) -> dict[str, Any]:
        """For url_for: the page it came from."""
        return self.choice.arguments(diagram="", element="", since=None, until=None)


def _open_cells(row: Row) -> Sequence[Any]:
    light = row["light"]
    state = f"超期 {light.overdue_days} 天" if light.overdue_days else ""
    return [row["title"], row["number"], row["process"][0], row["step"], row["owner"], row["host"], row["city"],
            row["arrived"], row["due"], state, row["urged"]]  # fmt: skip


def _done_cells(row: Row) -> Sequence[Any]:
    return [row["title"], row["number"], row["process"][0], row["step"], row["owner"], row["host"], row["city"],
            row["arrived"], row["due"], row["done"], row["done_by"], row["workdays"], "是" if row["late"] else ""]  # fmt: skip


def _case_cells(row: Row) -> Sequence[Any]:
    return [row["title"], row["number"], row["process"][0], row["host"], row["city"], row["started"], row["ended"],
            row["workdays"], row["state"][0]]  # fmt: skip


def _stuck_cells(row: Row) -> Sequence[Any]:
    return [row["title"], row["number"], row["process"][0], row["step"], row["message"], row["attempts"], row["at"],
            row["next"]]  # fmt: skip


def _application_cells(row: Row) -> Sequence[Any]:
    return [row["title"], row["number"], row["category"], row["host"], row["recommender"], row["city"], row["state"][0]]


ABOUT = ("事项", "编号", "流程", "环节", "责任单位", "依托单位", "设区市", "到达时间", "办理期限")
OPEN = Kind("open", "件", (*ABOUT, "超期", "催办次数"), _open_cells)
DONE = Kind("done", "件", (*ABOUT, "办结时间", "办理人", "用时（工作日）", "超期办结"), _done_cells)
CASES = Kind("case", "件", ("事项", "编号", "流程", "依托单位", "设区市", "发起时间", "办结时间", "历时（工作日）", "状态"),
             _case_cells)  # fmt: skip
STUCK = Kind(
    "stuck", "个", ("事项", "编号", "流程", "环节", "异常说明", "已试次数", "发生时间", "下次重试"), _stuck_cells
)
APPLICATIONS = Kind("application", "件", ("基地名称", "受理编号", "类别", "依托单位", "推荐部门", "设区市", "状态"),
                    _application_cells)  # fmt: skip

FIGURES: Mapping[str, tuple[str, Kind]] = {
    "open": ("在办", OPEN),
    "due_soon": ("即将到期", OPEN),
    "overdue": ("超期", OPEN),
    "finished": ("办结", DONE),
    "finished_late": ("超期办结", DONE),
    "timed": ("办理时长", DONE),
    "arrived": ("新到达", DONE),
    "running": ("在办事项", CASES),
    "started": ("新受理", CASES),
    "ended": ("办结事项", CASES),
    "stuck": ("异常", STUCK),
    "applications": ("申报", APPLICATIONS),
}


def wanted(args: MultiDict[str, str], known: Known) -> Wanted:
    """The list of an address; raises Missing for one that there is not."""
    figure = args.get("figure", "")
    if figure not in FIGURES:
        raise Missing("未找到该清单，请从运行监控页上的数字进入。")
    title, kind = FIGURES[figure]
    choice = watch_choice.read(args, known)
    stage = args.get("stage", "") if kind is APPLICATIONS else ""
    if kind is APPLICATIONS:
        if stage not in _STATUSES or not choice.round_id:
            raise Missing("未找到该清单，请从运行监控页上的批次进展进入。")
        title = f"申报（{_LABELS[stage]}）"
    return Wanted(figure, f"{title}清单", kind, choice, choice.filter(known), stage)


def page(tx: Tx, person: Principal, asked: Wanted, after: str | None, limit: int = PAGE) -> Page[Row]:
    """Lines ready to print."""
    if asked.kind in (OPEN, DONE):
        tasks = monitor.tasks(tx, asked.figure, asked.which, after=after, limit=limit)
        return Page(watch_board.task_rows(tx, person, tasks.rows), tasks.after)
    if asked.kind is CASES:
        cases = monitor.cases(tx, asked.figure, asked.which, after=after, limit=limit)
        return Page(_case_rows(tx, cases.rows), cases.after)
    if asked.kind is STUCK:
        stuck = monitor.stuck(tx, asked.which, after=after, limit=limit)
        return Page(watch_board.stuck_rows(tx, person, stuck.rows), stuck.after)
    found = monitor.applications(
        tx, asked.choice.round_id, _STATUSES[asked.stage], city=asked.choice.city or None, after=after, limit=limit
    )
    return Page(_application_rows(tx, found.rows), found.after)


def total(tx: Tx, asked: Wanted) -> int:
    """How long the whole list is: the figure."""
    if asked.kind is STUCK:
        return sum(monitor.stuck_at(tx, asked.which).values())
    if asked.kind is APPLICATIONS:
        counts = monitor.stages(tx, city=asked.choice.city or None).get(asked.choice.round_id, {})
        return sum(counts.get(status, 0) for status in _STATUSES[asked.stage])
    return monitor.count(tx, asked.figure, asked.which)


_STATUSES = {code: statuses for code, _, statuses in watch_board.STAGES}
_LABELS = {code: label for code, label, _ in watch_board.STAGES}


def _case_rows(tx: Tx, rows: Sequence[Case]) -> list[Row]:
    units = organisations.names(tx, [row.host_id for row in rows])
    calendar = workdays.calendar(tx)
    return [
        {
            "title": row.title or labels.tagged(labels.PROCESS, row.process)[0],
            "href": url_for("case.show", case_id=row.id),
            "number": row.number,
            "process": labels.tagged(labels.PROCESS, row.process),
            "host": units.get(row.host_id or "", ""),
            "city": labels.named(labels.CITIES, row.city),
            "started": moment(row.started_at, "full"),
            "ended": moment(row.ended_at, "full"),
            "workdays": _elapsed(calendar, row),
            "state": labels.tagged(labels.CASE_STATUS, row.status),
        }
        for row in rows
    ]


def _elapsed(calendar: Any, row: Case) -> int:
    end = clock.local(row.ended_at).date() if row.ended_at else clock.today()
    return lights.workdays_between(calendar, clock.local(row.started_at).date(), end)


def _application_rows(tx: Tx, rows: Sequence[Application]) -> list[Row]:
    units = organisations.names(tx, [each for row in rows for each in (row.host_id, row.recommender_id)])
    shown = [applications.shown_to(tx, row) for row in rows]
    return [
        {
            "title": row["base_name"] or "（尚未命名）",
            "href": url_for("case.show", case_id=row["id"]),
            "number": row["accepted_no"] or "",
            "category": labels.named(labels.CATEGORY, row["category"]),
            "host": units.get(row["host_id"], ""),
            "recommender": units.get(row["recommender_id"] or "", ""),
            "city": labels.named(labels.CITIES, row["city"]),
            "state": labels.tagged(labels.APPLICATION_STATUS, row["status"]),
        }
        for row in shown
    ]
