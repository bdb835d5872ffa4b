"""The desk every page is handed over: one policy per route, one answer per error, the same headers on every response.

A route without a policy stops the start; an answer without a recorded decision becomes a 500 (security.md 3.4 A).
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

import structlog
from flask import Flask, Response, current_app, g, redirect, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import HTTPException, SecurityError

from webapp.config import Settings
from webapp.errors import (
    Busy,
    Denied,
    Forbidden,
    Full,
    GuoheError,
    Incident,
    Invalid,
    Misconfigured,
    Missing,
    Rejected,
    Stale,
)
from webapp.store.db import Database, Tx
from webapp.store.principal import Principal
from webapp.views.policies import Policy

log = structlog.get_logger("desk")

STATUS: Mapping[type[GuoheError], int] = {
    Forbidden: 403,
    Missing: 404,
    Invalid: 422,
    Stale: 409,
    Busy: 503,
    Full: 507,
    Rejected: 409,
    Incident: 500,
    Denied: 500,
    Misconfigured: 500,
}
"""The one place where errors become numbers."""

CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; {attributes}img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
ONE_YEAR = 31_536_000
NUL = "\x00"
COMMAND_ID = re.compile(r"[0-9A-Za-z_-]{16,64}")

Loader = Callable[[Tx, str], Any]
"""Finds the object of an id as the person's transaction sees it; None or Missing when it does not."""
_ARGUMENT = re.compile(r"<(?:[^<>:]+:)?(\w+)>")


@dataclass(frozen=True)
class Rule:
    """What a route declared: its policy, and how the object named in its address is found (None: there is none)."""

    policy: Policy
    loads: Loader | None = None
    argument: str = ""
    """Name of the first argument of the address: the object's id, which the gate takes and the view does not get."""
    while_locked: bool = False
    """True: also open to somebody who must first change his password or enter his code."""


class Desk(Flask):
    """Flask that refuses a route which does not say who may use it."""

    def __init__(self, settings: Settings, database: Database) -> None:
        super().__init__("webapp", static_folder=None)
        self.rules: dict[str, Rule] = {}
        self.settings, self.database = settings, database

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Any = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """The route exists and its policy is known; raises Misconfigured without `policy=`."""
        policy, loads = options.pop("policy", None), options.pop("loads", None)
        while_locked = options.pop("while_locked", False)
        if not isinstance(policy, Policy):
            raise Misconfigured(f"页面 {rule} 未声明访问规则（policy=），系统不能启动。")
        if policy.relation and loads is None:
            raise Misconfigured(f"页面 {rule} 的访问规则“{policy.name}”需要对象，但未声明如何读取（loads=）。")
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)
        name = endpoint or cast(Callable[..., Any], view_func).__name__
        found = _ARGUMENT.search(rule)
        self.rules[name] = Rule(policy, loads, found[1] if found else "", while_locked)


# ------------------------------------------------------------------------------------- for the views


def desk() -> Desk:
    """The application of this request."""
    return cast(Desk, current_app)


def settings() -> Settings:
    """Settings of this installation."""
    return desk().settings


def signed_in() -> Principal | None:
    """The person of this request with the acting seat; None for a visitor."""
    return cast("Principal | None", g.get("principal"))


def principal() -> Principal:
    """The person of this request; Denied where there is none, which only a wrong policy can cause."""
    found = signed_in()
    if found is None:
        raise Denied
    return found


def reading() -> AbstractContextManager[Tx]:
    """A transaction that reads, as the person of this request."""
    return desk().database.reading(principal())


def writing() -> AbstractContextManager[Tx]:
    """A transaction over the person's own rows only: notices read, sessions ended."""
    return desk().database.writing(principal())


def system_reading() -> AbstractContextManager[Tx]:
    """Reads as the system, for what a page must know beyond its reader's own rows; the gate has judged before."""
    principal()
    return desk().database.reading(Principal.system_("command"))


def commanding() -> AbstractContextManager[Tx]:
    """The transaction of one command; the command itself judges the actor, `principal()`."""
    principal()
    return desk().database.writing(Principal.system_("command"))


def loaded() -> Any:
    """The object named in the address, found and judged before the view ran."""
    return g.thing


def command_id() -> str:
    """The id the page was drawn with, so that a second click is the same command; Invalid when it was tampered with."""
    value = request.form.get("command_id", "")
    if not COMMAND_ID.fullmatch(value):
        raise Invalid({"command_id": "页面已过期，请刷新后重新提交。"})
    return value


def new_command_id() -> str:
    """For the hidden field `command_id` of a form."""
    return secrets.token_urlsafe(18)


def inner_path(target: str | None, otherwise: str) -> str:
    """`target` when it is a path of ours, else `otherwise`: `next=` never leads away."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return otherwise
    if any(ord(char) < 0x20 or char == "\\" for char in target):
        return otherwise
    return target


def is_partial() -> bool:
    """htmx asks for a piece of the page."""
    return request.headers.get("HX-Request") == "true"


def client() -> str:
    """Where the request came from, for the journal: address and a short agent."""
    return f"{request.remote_addr or ''} {request.user_agent.string[:120]}"


def allow_style_attributes() -> None:
    """This response may carry style attributes (settled.md 5: the studio's pages only)."""
    g.style_attributes = True


# ------------------------------------------------------------------------------------------ the gate


def install(app: Desk) -> None:
    """Every request passes the gate, every answer the headers, every error the one page."""
    app.before_request(_number)
    app.before_request(_gate)
    app.before_request(_take_out_nul)
    app.after_request(_no_answer_without_decision)
    app.after_request(_headers)
    app.register_error_handler(GuoheError, _tell)
    app.register_error_handler(HTTPException, _tell_http)
    app.register_error_handler(Exception, _tell_surprise)


def _number() -> None:
    g.request_id = secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=g.request_id)


def _gate() -> Any:
    """Decides before the view runs: signed in, role, then the relation to the object. Records the decision."""
    if request.url_rule is None or request.endpoint is None:
        return None
    if NUL in request.path:
        raise Missing
    rule = desk().rules.get(request.endpoint)
    if rule is None:
        raise Denied
    person = signed_in()
    if not rule.policy.public and person is None:
        g.decision = "sign in first"
        return _to_login()
    if not rule.policy.public and not rule.while_locked and session.get("must"):
        g.decision = "finish signing in first"
        return redirect(url_for(session["must"]))
    if not rule.policy.admits(person):
        _refused(rule.policy, person)
        raise Forbidden
    if rule.loads is not None and person is not None:
        g.thing = _load(rule, person)
        if not rule.policy.allows(person, g.thing):
            _refused(rule.policy, person)
            raise Missing  # not 403: whether it exists is nobody's business
    g.decision = rule.policy.name
    return None


def _take_out_nul() -> None:
    """No text that was sent holds a NUL: nobody types one, PostgreSQL keeps none, and both databases keep the same."""
    if request.url_rule is None:
        return
    for name in ("args", "form"):
        given: MultiDict[str, str] = getattr(request, name)
        if any(NUL in part for pair in given.items(multi=True) for part in pair):
            setattr(request, name, ImmutableMultiDict(_texts(given)))


def _texts(given: MultiDict[str, str]) -> list[tuple[str, str]]:
    return [(name.replace(NUL, ""), value.replace(NUL, "")) for name, value in given.items(multi=True)]


def _load(rule: Rule, person: Principal) -> Any:
    object_id = str((request.view_args or {}).pop(rule.argument, ""))
    with desk().database.reading(person) as tx:
        thing = rule.loads(tx, object_id) if rule.loads else None
    if thing is None:
        raise Missing
    return thing


def _to_login() -> Any:
    """A person is asked to sign in and comes back here; a script is told 401."""
    if request.method == "GET" and not is_partial():
        return redirect(url_for("auth.login", next=request.full_path.rstrip("?")))
    answer = Response("登录已失效，请重新登录。", 401, mimetype="text/plain")
    if is_partial():
        answer.headers["HX-Redirect"] = url_for("auth.login")
    return answer


def _refused(policy: Policy, person: Principal | None) -> None:
    log.warning("refused", policy=policy.name, person=person.person_id if person else None, path=request.path)


def _no_answer_without_decision(response: Response) -> Response:
    if response.status_code < 400 and request.url_rule is not None and not g.get("decision"):
        log.error("answer without decision", endpoint=request.endpoint)
        return _page(500, Denied().message)
    return response


def _headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers[name] = value
    if "Content-Security-Policy" not in response.headers:
        attributes = "style-src-attr 'unsafe-inline'; " if g.get("style_attributes") else ""
        response.headers["Content-Security-Policy"] = CSP.format(attributes=attributes)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR}; includeSubDomains"
    response.headers["X-Request-ID"] = g.get("request_id", "")
    return response


# ---------------------------------------------------------------------------------------- the errors


def _tell(error: GuoheError) -> Any:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    if status >= 500:
        log.error("broken", error=type(error).__name__, detail=error.message, exc_info=error)
    shown = error.message if isinstance(error, Rejected | Incident) else GuoheError().message
    return _page(status, shown, todo=list(error.fields.values()) if isinstance(error, Invalid) else [])


def _tell_http(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400:
        return error  # a redirect that werkzeug raises, e.g. for a missing slash
    if isinstance(error, SecurityError):
        return _bare_page(400, "访问地址不在本系统允许的范围内，请使用系统公布的网址。")
    if isinstance(error, CSRFError):
        return _page(400, "页面已过期或来源不明，请刷新页面后重新提交。")
    page = _page(status, HTTP_TEXT.get(status, HTTP_TEXT[400]))
    for key, value in error.get_headers():
        if key in ("Allow", "Retry-After"):
            page.headers[key] = value
    return page


def _tell_surprise(error: Exception) -> Any:
    log.error("surprise", error=type(error).__name__, exc_info=error)
    return _page(500, GuoheError().message)


HEADINGS: Mapping[int, str] = {
    400: "请求无法识别",
    401: "请先登录",
    403: "没有权限",
    404: "未找到",
    405: "不支持的操作",
    409: "暂时不能办理",
    413: "内容过大",
    422: "填写有误",
    429: "操作过于频繁",
    500: "系统出错",
    503: "系统正忙",
    507: "存储空间已满",
}
HTTP_TEXT: Mapping[int, str] = {
    400: "请求内容无法识别，请返回上一页检查后重试。",
    404: "未找到该页面，请检查地址，或从左侧菜单进入。",
    405: "该页面不支持此操作，请从页面上的按钮进入。",
    413: "提交的内容过大，请减少单次上传的文件后重试。",
    414: "地址过长，请从菜单重新进入。",
    415: "不支持该内容格式。",
    429: "操作过于频繁，请稍后再试。",
    431: "请求头过大，请清除浏览器缓存后重试。",
    500: "系统出现意外错误，请稍后重试。",
}


def wants_json() -> bool:
    """A script asks, not a page."""
    return request.accept_mimetypes.best == "application/json"


def _page(status: int, message: str, todo: list[str] | None = None) -> Response:
    """The error page; a script gets `{"message": …}`, htmx the bare sentence."""
    if wants_json():
        return Response(json.dumps({"message": message}, ensure_ascii=False), status, mimetype="application/json")
    if is_partial():
        return Response(message, status, mimetype="text/plain")
    heading = HEADINGS.get(status, "请求无法处理")
    number = g.get("request_id", "")
    try:
        html = render_template(
            "error.html", code=status, heading=heading, message=message, todo=todo or [], request_id=number, home="/"
        )
    except Exception:  # the error page must never be the error
        log.exception("error page")
        return _bare_page(status, message)
    return Response(html, status, mimetype="text/html")


def _bare_page(status: int, message: str) -> Response:
    """An error page that needs no template and no address of ours."""
    heading = HEADINGS.get(status, "请求无法处理")
    head = f"<!doctype html><html lang=zh-CN><meta charset=utf-8><title>{heading}</title>"
    text = f"{head}<h1>{heading}</h1><p>{escape(message)}</p><p>{g.get('request_id', '')}</p>"
    return Response(text, status, mimetype="text/html")


def download_name(name: str) -> str:
    """Value of Content-Disposition for a file of that (clean) name, RFC 6266: ASCII stand-in and UTF-8 name."""
    plain = "".join(char if 0x20 < ord(char) < 0x7F and char not in '";\\%' else "_" for char in name) or "file"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
