"""Expressions: languages that are not ours, and functions that nobody registered. Syntax itself is judged in spiff/rules.py."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from webapp.spiff import expressions, rules
from webapp.spiff.findings import UNSUPPORTED, Finding, invalid, unsupported
from webapp.studio.checker import texts
from webapp.studio.checker.reading import Diagram
from webapp.studio.checker.remarks import Node, label
from webapp.studio.checker.surroundings import FUNCTIONS
from webapp.studio.checker.texts import Text

FOREIGN_LANGUAGES = ("feel", "juel", "groovy", "javascript", "ecmascript", "mvel", "java", "xquery", "spel", "ruby")
NEVER_READ_BY_SPIFF = ("办理时限", "可改内容", "出现条件", "消息内容")
"""Texts that running the diagram reads and parsing it does not."""


def check(diagram: Diagram) -> Iterator[Finding]:
    """Foreign languages declared for the whole file, unknown functions, and texts that only run time would read."""
    declared = (diagram.tree.get("expressionLanguage") or "").lower()
    foreign = next((name for name in re.split(r"[/:#.]", declared) if name in FOREIGN_LANGUAGES), "")
    for text in texts.written(diagram):
        where = text.node.get("id") or ""
        if foreign and text.what == "条件" and not _has_language(text.node):
            message = f"{label(text.node)}的条件按文件声明是 {foreign} 语言，本系统不支持"
            yield unsupported("language", where, message, suggestion(text.source))
            continue
        yield from _unknown_functions(text)
        if text.what.startswith(NEVER_READ_BY_SPIFF):
            yield from _unreadable(text)


def with_fix(diagram: Diagram, finding: Finding) -> Finding:
    """A finding about what another product writes in its own way, with our way."""
    node = diagram.nodes.get(finding.element)
    if finding.rule == "multi" and node is not None and (found := foreign_collection(node)):
        message = f"{label(node)}的办理人集合是其他产品的写法，本系统不读取"
        fix = f"改写为 <loopDataInputRef>{found[0]}</loopDataInputRef>"
        return replace(finding, klass=UNSUPPORTED, message=message, fix=fix)
    if finding.rule != "language" or finding.fix or node is None:
        return finding
    condition = rules.condition(node) if rules.local(node) == "sequenceFlow" else None
    return replace(finding, fix=suggestion(condition or ""))


def foreign_collection(node: Node) -> tuple[str, str] | None:
    """The variable that another product's multi-instance runs over, and the name of one item; None when it has none."""
    loop = node.find(f"{rules.BPMN}multiInstanceLoopCharacteristics")
    if loop is None or loop.find(f"{rules.BPMN}loopDataInputRef") is not None:
        return None
    given = {
        str(name).rpartition("}")[2]: str(value) for name, value in loop.attrib.items() if str(name).startswith("{")
    }
    over = rewritten(given.get("collection", ""))
    return (over, given.get("elementVariable", "")) if over.isidentifier() else None


def suggestion(source: str) -> str:
    """What to write instead, as advice."""
    text = rewritten(source)
    return f"改写为：{text}" if text else '改写为本系统的表达式，如 review.outcome == "approve"'


def rewritten(source: str) -> str:
    """The expression of another product in ours, where the difference is one of signs only; else ""."""
    text = source.strip()
    found = re.fullmatch(r"[$#]\{(.*)\}", text, re.DOTALL)
    text = found[1].strip() if found else text.removeprefix("=").strip()
    parts = re.split(r"(\"[^\"]*\"|'[^']*')", text)
    text = "".join(part if index % 2 else _signs(part) for index, part in enumerate(parts)).strip()
    try:
        expressions.compile_expression(text)
    except expressions.ExpressionError:
        return ""
    return text


def _signs(text: str) -> str:
    for pattern, ours in (
        (r"&&", " and "),
        (r"\|\|", " or "),
        (r"!(?!=)", " not "),
        (r"(?<![<>=!])=(?!=)", "=="),
        (r"\btrue\b", "True"),
        (r"\bfalse\b", "False"),
        (r"\bnull\b", "None"),
        (r"\beq\b", "=="),
        (r"\bne\b", "!="),
        (r"\bempty\b", "not"),
    ):
        text = re.sub(pattern, ours, text)
    return re.sub(r"[ \t]{2,}", " ", text)


def _has_language(node: Node) -> bool:
    expression = node.find(f"{rules.BPMN}conditionExpression")
    return expression is not None and bool(expression.get("language"))


def _unknown_functions(text: Text) -> Iterator[Finding]:
    try:
        called = compiled(text).functions
    except expressions.ExpressionError:
        return
    for name in sorted(called - FUNCTIONS):
        message = f"{label(text.node)}的{text.what}调用了没有登记的函数“{name}”"
        fix = f"可用的函数：{'、'.join(sorted(FUNCTIONS))}，以及 count、all_are、any_is、len、min、max 等"
        yield unsupported("function", text.node.get("id") or "", message, fix)


def _unreadable(text: Text) -> Iterator[Finding]:
    try:
        expressions.compile_expression(text.source)
    except expressions.ExpressionError as error:
        yield invalid("expression", text.node.get("id") or "", f"{label(text.node)}的{text.what}有误：{error}")


def compiled(text: Text) -> expressions.Expression | expressions.Script:
    """The text compiled as what it is; ExpressionError when it cannot be read."""
    return expressions.compile_script(text.source) if text.is_script else expressions.compile_expression(text.source)
