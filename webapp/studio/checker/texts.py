"""Every expression written in a diagram, where it stands and what it is for. The rules on them are in expressions.py."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from webapp.spiff import rules, timers
from webapp.studio.checker import reading
from webapp.studio.checker.reading import Diagram
from webapp.studio.checker.remarks import SPIFF_TEXTS, Node, operator, properties

PROPERTY_EXPRESSIONS = ("due", "unlock")
DAYS_LISTED = re.compile(r"\d{1,3}(\s*,\s*\d{1,3})*")
"""Reminders written out; else they are an expression."""


@dataclass(frozen=True)
class Text:
    """`what`: 条件 计时 循环 脚本 参数 期限 …; `process`: id of the process it stands in."""

    node: Node
    what: str
    source: str
    process: str
    is_script: bool = False


def written(diagram: Diagram) -> Iterator[Text]:
    """All expressions and scripts of the file that are read by us."""
    for process in diagram.processes:
        name = process.get("id") or ""
        for scope in reading.scopes(process):
            for node in [*reading.flow_nodes(scope), *reading.flows(scope)]:
                for what, source, is_script in _of(node):
                    if source.strip():
                        yield Text(node, what, source.strip(), name, is_script)


def _of(node: Node) -> Iterator[tuple[str, str, bool]]:
    if rules.local(node) == "sequenceFlow":
        yield "条件", rules.condition(node) or "", False
        return
    yield from _events(node)
    for tag in ("loopCardinality", "loopDataInputRef", "loopCondition", "completionCondition"):
        for child in node.iterfind(f"*/{rules.BPMN}{tag}"):
            yield "循环", child.text or "", False
    if rules.local(node) == "scriptTask":
        yield "脚本", node.findtext(f"{rules.BPMN}script") or "", True
    for name in ("preScript", "postScript"):
        yield "脚本", node.findtext(f"{rules.BPMN}extensionElements/{rules.SPIFF}{name}") or "", True
    called = operator(node)
    if called is not None:
        for parameter in called.iter(f"{rules.SPIFF}parameter"):
            yield "参数", parameter.get("value") or "", False
    yield from _properties(node)


def _events(node: Node) -> Iterator[tuple[str, str, bool]]:
    for definition in rules.definitions(node):
        for child in definition:
            source = (child.text or "").strip()
            if rules.local(child) in ("timeDate", "timeDuration", "timeCycle") and not timers.is_literal(source):
                yield "计时", source, False
            elif rules.local(child) == "condition":
                yield "条件", source, False
        for holder in (node, definition):
            for tag in SPIFF_TEXTS:
                yield "消息内容", holder.findtext(f"{rules.BPMN}extensionElements/{rules.SPIFF}{tag}") or "", False


def _properties(node: Node) -> Iterator[tuple[str, str, bool]]:
    for name, value in properties(node).items():
        if name == "reminders" and "(" in value:
            yield "提醒", value, False
        if name in PROPERTY_EXPRESSIONS or name.startswith("when."):
            yield {"due": "办理时限", "unlock": "可改内容"}.get(name, f"出现条件（{name}）"), value, False
