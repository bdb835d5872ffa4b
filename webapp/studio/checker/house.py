"""The rules of this house on what is written at an element: article, outcomes, limit, reminders, names, its place on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator

from webapp.engine import forms
from webapp.errors import Misconfigured
from webapp.spiff import expressions, rules
from webapp.spiff.findings import Finding
from webapp.studio.checker import reading, texts
from webapp.studio.checker.reading import BPMNDI, Diagram
from webapp.studio.checker.remarks import Node, documentation, house, label, properties, warning
from webapp.studio.checker.surroundings import Surroundings

QUOTING = ("userTask", "serviceTask", "callActivity", "endEvent", "businessRuleTask")
"""Elements whose documentation quotes the article they carry out."""
ARTICLE = re.compile(r"第[一二三四五六七八九十百]+条")
ARTICLES = re.compile(r"\d{1,2}(\(\d{1,2}\)|\.\d{1,2})?(\s*,\s*\d{1,2}(\(\d{1,2}\)|\.\d{1,2})?)*")
STABLE = re.compile(r"[a-z][a-z0-9_]*")
NAMED = rules.ACTIVITIES | {"startEvent", "endEvent", "intermediateCatchEvent", "boundaryEvent"}
PARAMETER = re.compile(r"""\bparam\(\s*(["'])(?P<key>[^"']+)\1\s*\)""")


def check(diagram: Diagram, around: Surroundings) -> Iterator[Finding]:
    """Every element against the rules of the house."""
    shapes = {node.get("bpmnElement") for node in diagram.tree.iter(f"{BPMNDI}BPMNShape", f"{BPMNDI}BPMNEdge")}
    for process in diagram.processes:
        for scope in reading.scopes(process):
            for node in reading.flow_nodes(scope):
                yield from _node(node)
                yield from _shape(node, shapes)
            for flow in reading.flows(scope):
                yield from _shape(flow, shapes)
    yield from _lost_shapes(diagram, shapes)
    if not around.standalone:
        yield from _parameters(diagram, around)


def _node(node: Node) -> Iterator[Finding]:
    kind, given = rules.local(node), properties(node)
    if kind in QUOTING and not ARTICLE.search(documentation(node)):
        message = f"{label(node)}没有引用条文"
        yield house("article", node.get("id"), message, "在“说明”里引用条文，如：第十一条（二）……")
    if given.get("articles") and not ARTICLES.fullmatch(given["articles"].strip()):
        message = f"{label(node)}的依据条文“{given['articles']}”写法不对"
        yield house("articles", node.get("id"), message, "写成 11(2),13(1)")
    if node.get("id") and not STABLE.fullmatch(node.get("id")):
        message = f"{label(node)}的编号“{node.get('id')}”不是小写英文"
        yield warning("id-style", node.get("id"), message, "编号用小写英文和下划线，如 defence_interview")
    if kind in NAMED and not (node.get("name") or "").strip():
        yield warning("name", node.get("id"), f"{label(node)}没有中文名称", "写上名称")
    if kind == "userTask":
        yield from _task(node, given)


def _task(node: Node, given: dict[str, str]) -> Iterator[Finding]:
    if not given.get("outcomes", "").strip():
        message = f"{label(node)}没有写办理结果，只会有一个“提交”按钮"
        yield warning("outcomes", node.get("id"), message, "写明办理结果，如 approve:同意|return!:退回修改")
    try:
        forms.parse_outcomes(given.get("outcomes", ""))
    except Misconfigured as error:
        yield house("outcomes", node.get("id"), f"{label(node)}：{error.message}", "写成 approve:同意|return!:退回修改")
    if given.get("due"):
        yield from _due(node, given["due"])
    reminders = given.get("reminders", "").strip()
    if reminders and not texts.DAYS_LISTED.fullmatch(reminders) and "param(" not in reminders:
        message = f"{label(node)}的提醒“{reminders}”写法不对"
        yield house("reminders", node.get("id"), message, '写成 7,3,1，或 param("annual_report.reminders")')
    if reminders and not given.get("due"):
        yield house("reminders", node.get("id"), f"{label(node)}有提醒而没有办理时限", "写办理时限（due）")


def _due(node: Node, source: str) -> Iterator[Finding]:
    """The limit is a business date: workdays(…), months(…), a date of a fact; never a moment or a bare number."""
    try:
        code = expressions.compile_expression(source)
    except expressions.ExpressionError:
        return  # said by expressions.py
    if any(name.startswith("deadline.") for name in code.functions):
        message = f"{label(node)}的办理时限应得出日期，deadline.* 得出的是时刻"
        yield house("due", node.get("id"), message, 'workdays(param("review.formal_days"))')
    elif not code.names and not code.functions:
        message = f"{label(node)}的办理时限“{source[:40]}”是固定值"
        yield house("due", node.get("id"), message, '写表达式，如 workdays(param("review.formal_days"))')


def _parameters(diagram: Diagram, around: Surroundings) -> Iterator[Finding]:
    for text in texts.written(diagram):
        for found in PARAMETER.finditer(text.source):
            if found["key"] not in around.parameters:
                message = f"{label(text.node)}的{text.what}用到参数“{found['key']}”，参数表里没有"
                yield house("parameter-key", text.node.get("id"), message, "改正参数名，或先在参数表中登记")


# ---------------------------------------------------------------------------------------------- the drawing itself


def _shape(node: Node, shapes: set[str]) -> Iterator[Finding]:
    if shapes and node.get("id") and node.get("id") not in shapes:
        message = f"{label(node)}在图上没有位置，打开后看不见"
        yield warning("shape", node.get("id"), message, "在流程设计工具中重新画出")


def _lost_shapes(diagram: Diagram, shapes: set[str]) -> Iterator[Finding]:
    if not shapes and not reading.is_empty(diagram):
        yield warning("shape", "", "文件没有图形信息，打开后看不见", "用流程设计工具排版后保存")
    for name in sorted(one for one in shapes if one and one.rpartition(":")[2] not in diagram.nodes):
        yield warning("shape", "", f"图上画的“{name}”在流程中不存在", "删除这个图形")
