"""The frame around every page: the menu a person may use, the counts on it, who he is. Also formats for templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import flask_login
from flask import Flask, g, request, url_for

from webapp import assets, clock
from webapp.store import inbox, notices
from webapp.store.principal import Principal
from webapp.views import desk, policies
from webapp.views.policies import Policy

WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class Entry:
    """A line of the menu: shown to whoever its policy admits."""

    label: str
    endpoint: str
    icon: str
    policy: Policy
    arguments: Mapping[str, Any] | None = None
    count: str = ""
    """Name of the count that stands beside it."""
    short: str = ""


MENU: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "办理中心",
        (
            Entry("待我办理", "inbox.show", "inbox", policies.INBOX, None, "todo", "待办"),
            Entry("发起事项", "start.show", "send", policies.START, None, "", "发起"),
            Entry("我已办理", "inbox.show", "checks", policies.INBOX, {"tab": "done"}),
            Entry("我发起的", "inbox.show", "user-circle", policies.INBOX, {"tab": "mine"}),
            Entry("待阅消息", "notices.show", "mail", policies.SIGNED_IN, None, "unread"),
        ),
    ),
    (
        "基地管理",
        (
            Entry("批次", "rounds.show_all", "calendar-event", policies.ROUND_LIST),
            Entry("申报", "applications.show_all", "file-text", policies.APPLICATION_LIST),
            Entry("基地台账", "bases.show_all", "database", policies.BASE_LIST),
            Entry("办件一览", "proceedings.show_all", "clipboard-list", policies.PROCEEDING_LIST),
            Entry("公文", "documents.show_all", "file-certificate", policies.DOCUMENT_LIST),
            Entry("导入", "imports.show", "file-import", policies.IMPORTS_READ, {"what": "bases"}),
        ),
    ),
    (
        "流程管理",
        (
            Entry("运行监控", "watch.show", "chart-bar", policies.WATCH, None, "", "监控"),
            Entry("条文对照", "articles.show", "book-2", policies.STUDIO_READ),
            Entry("成批发起", "batches.show_all", "versions", policies.BATCH_LIST),
            Entry("流程设计", "studio.show", "sitemap", policies.STUDIO_READ, None, "", "流程"),
        ),
    ),
    (
        "系统管理",
        (
            Entry("单位", "organisations.show_all", "building", policies.ORGANISATION_LIST),
            Entry("人员与任职", "people.show_all", "users", policies.PEOPLE_LIST),
            Entry("开户申请", "requests.show_all", "user-plus", policies.REQUESTS_DECIDE),
            Entry("参数", "settings.parameters_page", "adjustments", policies.PARAMETERS_READ),
            Entry("工作日历", "reference.calendar", "calendar-event", policies.CALENDAR_READ),
            Entry("失信名单", "reference.dishonesty", "ban", policies.DISHONESTY_READ),
            Entry("流程异常", "operations.show_all", "alert-triangle", policies.OPERATE),
            Entry("操作留痕", "settings.journal", "history", policies.JOURNAL_READ),
        ),
    ),
)

ONE_PAGE: Mapping[str, frozenset[str]] = {
    "settings.parameters_page": frozenset(
        {"settings.parameters_page", "reference.parameter", "reference.set_parameter"}
    ),
    "settings.journal": frozenset({"settings.journal"}),
    "reference.calendar": frozenset({"reference.calendar", "reference.import_calendar"}),
    "reference.dishonesty": frozenset({"reference.dishonesty", "reference.import_dishonesty"}),
}
"""Entries whose file also holds pages of other entries: the pages at which they are lit."""


def install(app: Flask) -> None:
    """Templates know the frame's variables, the built assets and the formats."""
    app.context_processor(_variables)
    app.jinja_env.globals.update(
        asset=lambda name: url_for("static", filename=assets.asset_path(name)),
        preloads=lambda name: [url_for("static", filename=path) for path in assets.preloads(name)],
        icon_href=lambda name: f"{url_for('static', filename=assets.asset_path('icons.svg'))}#{name}",
        command_id=desk.new_command_id,
        admits=lambda policy: getattr(policies, policy).admits(desk.signed_in()),
        exists=lambda endpoint: endpoint in app.view_functions,
    )
    app.jinja_env.filters.update(moment=moment, day=day, chinese_day=chinese_day, number=number)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _variables() -> dict[str, Any]:
    person = desk.signed_in()
    footer = [line for line in desk.settings().footer.replace("；", "\n").splitlines() if line]
    if person is None or desk.is_partial():
        return {"footer": footer, "current_user": flask_login.current_user}
    counts = _counts(person)
    return {
        "footer": footer,
        "nav": menu(person, counts),
        "notice_count": counts.get("unread", 0),
        "links": _links(person),
        "side_note": person.seat.org_name if person.seat else "",
    }


def _links(person: Principal) -> Mapping[str, str]:
    return {
        "home": "/",
        "help": url_for("help.show", page="start"),
        "notices": url_for("notices.show"),
        "profile": url_for("account.show"),
        "seats": url_for("auth.seats") if len(person.seats) > 1 else "",
        "logout": url_for("auth.logout"),
    }


def _counts(person: Principal) -> Mapping[str, int]:
    if "counts" not in g:
        with desk.desk().database.reading(person) as tx:
            g.counts = {
                "todo": inbox.counts(tx, person)["todo"] if person.seat else 0,
                "unread": notices.unread(tx, person),
            }
    found: Mapping[str, int] = g.counts
    return found


def first_page(person: Principal) -> str:
    """Where somebody without an inbox begins: the first page of his menu that is about his work."""
    own = [item["href"] for group in menu(person, {}) for item in group["items"]]
    mail = url_for("notices.show")
    return next((href for href in own if href != mail), url_for("account.show"))


def menu(person: Principal, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Groups of the menu with what this person may open; a page that is not built in is left out."""
    app = desk.desk()
    groups = []
    for title, entries in MENU:
        items = [
            _item(entry, counts)
            for entry in entries
            if entry.endpoint in app.view_functions and entry.policy.admits(person)
        ]
        if items:
            groups.append({"title": title, "items": items})
    return groups


def _item(entry: Entry, counts: Mapping[str, int]) -> dict[str, Any]:
    address = url_for(entry.endpoint, **(entry.arguments or {}))
    return {
        "label": entry.label,
        "short": entry.short or entry.label,
        "href": address,
        "icon": entry.icon,
        "count": counts.get(entry.count, 0),
        "hot": entry.count == "todo",
        "active": _is_here(entry),
    }


def _is_here(entry: Entry) -> bool:
    endpoint = request.endpoint or ""
    if entry.endpoint == "inbox.show":
        if endpoint == "inbox.show":
            return str((entry.arguments or {}).get("tab", "todo")) == request.args.get("tab", "todo")
        return endpoint.startswith("task.") and entry.arguments is None
    if entry.endpoint in ONE_PAGE:
        return endpoint in ONE_PAGE[entry.endpoint]
    return endpoint.split(".")[0] == entry.endpoint.split(".")[0]


# ---------------------------------------------------------------------------------------------- formats


def moment(value: datetime | None, style: str = "short") -> str:
    """A moment as read on the wall in Zhejiang: `11-19 17:02`; with style "full" the year too."""
    if value is None:
        return ""
    local = clock.local(value)
    same_year = local.year == clock.today().year
    return local.strftime("%m-%d %H:%M" if style == "short" and same_year else "%Y-%m-%d %H:%M")


def day(value: date | None) -> str:
    """A business date as 2026-11-26."""
    return value.isoformat() if value else ""


def chinese_day(value: date | None, weekday: bool = False) -> str:
    """A business date as 2026年11月26日, on request with 星期四."""
    if value is None:
        return ""
    text = f"{value.year}年{value.month}月{value.day}日"
    return f"{text} 星期{WEEKDAYS[value.weekday()]}" if weekday else text


def number(value: Any, places: int = 2) -> str:
    """A decimal figure with thousands separators; an empty text for nothing."""
    if value is None or value == "":
        return ""
    return f"{Decimal(str(value)):,.{places}f}"
