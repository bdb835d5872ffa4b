"""Times written in timers: ISO 8601 where a literal stands, deadline.* where a limit of the house stands."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from webapp.spiff import expressions, rules, timers
from webapp.spiff.findings import Finding, invalid, unsupported
from webapp.studio.checker import reading
from webapp.studio.checker.reading import Diagram
from webapp.studio.checker.remarks import Node, house, label, properties, warning

KINDS = {"timeDate": "时刻", "timeDuration": "时长", "timeCycle": "周期"}
LOOKS = {
    "timeDate": re.compile(r"\d{4}-\d|\d{8}T?"),
    "timeDuration": re.compile(r"-?P[\dT]|\d+\s*(?:d|h|m|s|days?|hours?|minutes?|天|小时|分钟)\b", re.IGNORECASE),
    "timeCycle": re.compile(r"R\d*/|R\d*$|R\d*P"),
}
"""What was meant as a literal, well written or not."""
CRON = re.compile(r"([\d*/?,\-LW#]+\s+){4,6}[\d*/?,\-LW#A-Z]+", re.IGNORECASE)
EXAMPLES = {"timeDate": "2026-01-31T00:00:00+08:00", "timeDuration": "P10D、PT2H", "timeCycle": "R3/P7D"}


def check(diagram: Diagram) -> Iterator[Finding]:
    """Every timer of the file."""
    for process in diagram.processes:
        for scope in reading.scopes(process):
            children = {node.get("id"): node for node in reading.flow_nodes(scope)}
            for node in children.values():
                for kind, text in times(node):
                    yield from _literal(node, kind, text)
                    yield from _house(node, kind, text, children)


def times(node: Node) -> Iterator[tuple[str, str]]:
    """Kind and text of each time the event's timer gives."""
    for definition in rules.definitions(node):
        if rules.kind(definition) == "timer":
            for child in definition:
                text = (child.text or "").strip()
                if rules.local(child) in KINDS and text:
                    yield rules.local(child), text


def _literal(node: Node, kind: str, text: str) -> Iterator[Finding]:
    value = quoted(text) if quoted(text) is not None else text
    assert value is not None
    if CRON.fullmatch(value.strip()):
        message = f"{label(node)}的周期“{value[:40]}”是 cron 写法，本系统不支持"
        yield unsupported("timer", node.get("id"), message, f"改写为 {EXAMPLES['timeCycle']}")
        return
    looks = next((name for name, pattern in LOOKS.items() if pattern.match(value)), None)
    if looks is None or not _is_text(text):
        if quoted(text) is not None:
            message = f"{label(node)}的{KINDS[kind]}“{value[:40]}”不是 ISO 8601 的写法"
            yield invalid("timer", node.get("id"), message, f"写形如 {EXAMPLES[kind]}")
        return
    problem = fault(kind, value)
    if problem:
        message = f"{label(node)}的{KINDS[kind]}“{value[:40]}”有误：{problem}"
        yield invalid("timer", node.get("id"), message, f"写形如 {EXAMPLES[kind]}")


def quoted(text: str) -> str | None:
    """The text between quotes, when the expression is nothing else."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, str) else None


def _is_text(text: str) -> bool:
    """It is a literal and no expression: `P1` could be a variable, `P1D` hardly."""
    return quoted(text) is not None or not re.search(r"[()\[\]]", text)


def fault(kind: str, value: str) -> str:
    """What is wrong with the literal as a time of this kind; "" when nothing is."""
    if kind == "timeDuration":
        return "" if timers.DURATION.fullmatch(value) else "不是有效的时长"
    if kind == "timeDate":
        if timers.DURATION.fullmatch(value):
            return "这里应是时刻，时长请选“时长”"
        return _no_moment(value)
    found = timers.CYCLE.fullmatch(value)
    if found is None:
        return "" if timers.DURATION.fullmatch(value) else "不是有效的周期"
    parts = [part for part in (found["first"], found["second"]) if part]
    if not any(timers.DURATION.fullmatch(part) for part in parts):
        return "没有写间隔"
    wrong = (_no_moment(part) for part in parts if not timers.DURATION.fullmatch(part))
    return next((text for text in wrong if text), "")


def _no_moment(value: str) -> str:
    if not timers.MOMENT.fullmatch(value):
        return "不是有效的日期"
    try:
        timers.moment(value)
    except (timers.NoDate, OverflowError):
        return "没有这一天或这一时刻"
    return ""


# ---------------------------------------------------------------------------------------------- the house's limits


def _house(node: Node, kind: str, text: str, children: dict[str, Node]) -> Iterator[Finding]:
    if kind == "timeCycle":
        if re.match(r"[\"']?R/", text):
            yield warning(
                "endless-timer", node.get("id"), f"{label(node)}的周期没有次数，会一直触发", "写明次数，如 R3/P7D"
            )
        return
    used = _functions(text)
    if not any(name.startswith("deadline.") for name in used):
        message = f"{label(node)}的时间没有用 deadline.* 写，工作日和“当日截止”会算错"
        fix = "任务的期限写 deadline.due()，其他日期写 deadline.end_of(日期)"
        yield house("deadline", node.get("id"), message, fix)
    if "deadline.due" in used:
        host = children.get(node.get("attachedToRef"))
        if host is None:
            message = f"{label(node)}不附在任务上，不能用 deadline.due()"
            yield house("deadline", node.get("id"), message, "写 deadline.end_of(日期)")
        elif not properties(host).get("due", "").strip():
            message = f"{label(node)}用了 deadline.due()，但{label(host)}没有写办理时限"
            yield house("deadline", node.get("id"), message, "给任务写办理时限（due）")


def _functions(text: str) -> frozenset[str]:
    try:
        return expressions.compile_expression(text).functions
    except expressions.ExpressionError:
        return frozenset()
