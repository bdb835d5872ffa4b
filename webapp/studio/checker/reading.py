"""Reads a file for checking: as far as it can be trusted, and with every fault of its form instead of the first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from webapp.spiff import parser, rules, xml
from webapp.spiff.findings import Finding, invalid, unsupported
from webapp.studio.checker.remarks import Node

BEYOND_US = ("DOCTYPE", "处理指令", "编码", "超过")
"""Words of a refusal that is our limit and not a fault of the file."""
MOST_SCHEMA_FAULTS = 20
"""One misplaced element makes the validator speak many times."""
BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"


@dataclass(frozen=True)
class Diagram:
    """A BPMN file as a tree; `broken` when ids or references are wrong, so that it can be looked at and not run."""

    name: str
    data: bytes
    tree: Any
    broken: bool = False
    nodes: Mapping[str, Node] = field(default_factory=dict)
    """Every element of the model by its id; of two with the same id the first."""

    @property
    def processes(self) -> list[Node]:
        return list(self.tree.iterchildren(f"{rules.BPMN}process"))

    @property
    def stem(self) -> str:
        return PurePosixPath(self.name).name.removesuffix(".xml").removesuffix(".bpmn")


def read(name: str, data: bytes) -> tuple[Diagram | None, list[Finding]]:
    """The diagram, None when it cannot be read at all, and what is wrong with its form."""
    try:
        tree, faults = xml.survey(data, "bpmn")
    except xml.UnsafeXml as error:
        return None, [_unreadable(error)]
    nodes: dict[str, Node] = {}
    for node in tree.iter():
        if isinstance(node.tag, str) and node.tag.startswith(rules.BPMN) and node.get("id"):
            nodes.setdefault(str(node.get("id")), node)
    diagram = Diagram(name, data, tree, bool(faults), nodes)
    return diagram, [*map(_fault, faults), *_schema(tree, {fault.element for fault in faults})]


def scopes(process: Node) -> Iterator[Node]:
    """The process and every sub-process in it: what a token can walk about in."""
    yield process
    yield from (node for node in process.iter() if isinstance(node.tag, str) and rules.local(node) in rules.SUBS)


def flow_nodes(scope: Node) -> list[Node]:
    """The activities, gateways and events drawn directly in this scope, those we do not run included."""
    return [node for node in scope if rules.local(node) in rules.NODES | rules.REFUSED.keys()]


def flows(scope: Node) -> list[Node]:
    """The sequence flows drawn directly in this scope."""
    return [node for node in scope if rules.local(node) == "sequenceFlow"]


def is_empty(diagram: Diagram) -> bool:
    """No process of the file has anything drawn in it."""
    return not any(flow_nodes(process) for process in diagram.processes)


def _unreadable(error: xml.UnsafeXml) -> Finding:
    text = str(error)
    if any(word in text for word in BEYOND_US):
        return unsupported("xml", error.element, text, "用流程设计工具重新保存为 UTF-8 的 BPMN 2.0 文件")
    return invalid("xml", error.element, text, "用流程设计工具打开并重新导出为 BPMN 2.0 文件")


def _fault(error: xml.UnsafeXml) -> Finding:
    text = str(error)
    if "重复" in text:
        return invalid("duplicate-id", error.element, text, "给其中一个换一个编号，并改正引用它的地方")
    if "超过" in text:
        return unsupported("size", error.element, text)
    if text.startswith("编号") and re.fullmatch(r"[^\W\d][\w.-]*", error.element):
        return unsupported("id", error.element, text, "编号改用英文字母、数字和下划线，中文写在名称里")
    return invalid("id", error.element, text, "编号改用英文字母、数字和下划线")


# ---------------------------------------------------------------------------------------------- the schema's words


def _schema(tree: Any, known: set[str]) -> list[Finding]:
    """One finding an element and kind of fault; an id told to be wrong already is not told again."""
    found: dict[tuple[str, str], Finding] = {}
    for line, element, words in parser.schema_faults(tree):
        if ("xs:ID" in words or "xs:NCName" in words) and element in known:
            continue
        text, fix = translated(words)
        found.setdefault((element, text), invalid("schema", element, f"第 {line} 行不符合 BPMN 2.0 格式：{text}", fix))
    return list(found.values())[:MOST_SCHEMA_FAULTS]


def translated(words: str) -> tuple[str, str]:
    """What the XSD validator says, in Chinese, and what to do about it."""
    plain = re.sub(r"\{[^}]*\}", "", words)
    for pattern, text, fix in _WORDS:
        found = re.search(pattern, plain)
        if found:
            parts = {name: _names(value) for name, value in found.groupdict().items()}
            return text.format(**parts), fix.format(**parts)
    return plain, "按 BPMN 2.0 的格式改正"


def _names(text: str) -> str:
    return "、".join(part.strip() for part in text.split(",") if part.strip())[:200]


_WORDS = [
    (
        r"Element '(?P<a>[^']+)': This element is not expected\. Expected is (?:one of )?\((?P<b>[^)]*)\)",
        "元素 {a} 不应出现在这里，此处可以是 {b}",
        "把 {a} 移到规定的位置，或删除",
    ),
    (
        r"Element '(?P<a>[^']+)': This element is not expected",
        "元素 {a} 不应出现在这里",
        "把 {a} 移到规定的位置，或删除",
    ),
    (
        r"Element '(?P<a>[^']+)': Missing child element\(s\)\. Expected is (?:one of )?\((?P<b>[^)]*)\)",
        "元素 {a} 里缺少 {b}",
        "补上 {b}",
    ),
    (r"Element '(?P<a>[^']+)': Missing child", "元素 {a} 的内容不完整", "补全内容"),
    (r"attribute '(?P<b>[^']+)' is required but missing", "缺少必填的属性 {b}", "补上 {b}"),
    (r"The attribute '(?P<b>[^']+)' is not allowed", "不允许有属性 {b}", "删除属性 {b}"),
    (
        r"attribute '(?P<a>[^']+)': .*The value '(?P<b>[^']*)' is not an element of the set",
        "属性 {a} 的值“{b}”不在允许的范围内",
        "改为规定的值",
    ),
    (
        r"attribute '(?P<a>[^']+)': '(?P<b>[^']*)' is not a valid value",
        "属性 {a} 的值“{b}”无效",
        "改为正确的值",
    ),
    (r"'(?P<b>[^']*)' is not a valid value of the atomic type", "内容“{b}”无效", "改为正确的值"),
    (r"Character content .*not allowed", "这里不应有文字", "删除多余的文字"),
    (r"type definition is abstract", "元素的种类没有写明", "写明 xsi:type，如 bpmn:tFormalExpression"),
    (r"'(?P<b>[^']+)', does not resolve", "种类 {b} 不存在", "改正 xsi:type"),
]
