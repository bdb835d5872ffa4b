"""What one version of a file changed against another, element by element or line by line."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from lxml import etree

from webapp.spiff import rules, xml
from webapp.studio.checker.remarks import Node, label, properties

LINES = 400
"""Lines of a text comparison that are shown."""
KINDS = {"added": ("新增", "green"), "removed": ("删除", "red"), "changed": ("修改", "amber")}
DRAWN = (
    rules.NODES | rules.REFUSED.keys() | {"sequenceFlow", "lane", "message", "signal", "error", "escalation", "process"}
)


@dataclass(frozen=True)
class Change:
    """One element (or, with `id` empty, one line): kind added | removed | changed, what of it."""

    kind: str
    id: str
    name: str
    what: str = ""


def between(name: str, old: str, new: str) -> list[Change]:
    """Everything that differs; empty when the texts mean the same."""
    if old == new:
        return []
    if name.endswith(".bpmn"):
        try:
            return _elements(old, new)
        except xml.UnsafeXml:
            pass
    return _lines(old, new)


def _elements(old: str, new: str) -> list[Change]:
    before, after = _table(old), _table(new)
    found = [Change("added", key, label(node)) for key, node in after.items() if key not in before]
    found += [Change("removed", key, label(node)) for key, node in before.items() if key not in after]
    for key, node in after.items():
        if key in before and (what := _what(before[key], node)):
            found.append(Change("changed", key, label(node), "；".join(what)))
    return found


def _table(text: str) -> dict[str, Node]:
    if not text.strip():
        return {}
    tree, _ = xml.survey(text.encode(), "bpmn")
    return {
        str(node.get("id")): node
        for node in tree.iter()
        if isinstance(node.tag, str) and rules.local(node) in DRAWN and node.get("id")
    }


def _what(old: Node, new: Node) -> list[str]:
    """Sentences on what changed in the element itself."""
    found = []
    for attribute, word in ATTRIBUTES.items():
        if old.get(attribute) != new.get(attribute):
            found.append(f"{word}：{old.get(attribute) or '（无）'} → {new.get(attribute) or '（无）'}")
    was, now = properties(old), properties(new)
    for key in sorted(was.keys() | now.keys()):
        if was.get(key) != now.get(key):
            found.append(f"{PROPERTIES.get(key, key)}：{was.get(key) or '（无）'} → {now.get(key) or '（无）'}")
    if not found and rules.local(new) != "process" and _rest(old) != _rest(new):
        found.append("内容有修改")
    return found


def _rest(node: Node) -> bytes:
    """The element without its nested elements that are told by themselves, and without what the drawing writes along."""
    copied = etree.fromstring(etree.tostring(node, with_tail=False))
    for child in list(copied):
        if rules.local(child) in DRAWN | {"incoming", "outgoing", "laneSet"}:
            copied.remove(child)
    for child in copied.iter():
        child.text, child.tail = (child.text or "").strip() or None, None
    return etree.tostring(copied, method="c14n")


ATTRIBUTES = {
    "name": "名称",
    "sourceRef": "起点",
    "targetRef": "终点",
    "default": "默认出口",
    "calledElement": "调用流程",
    "attachedToRef": "附着",
    "cancelActivity": "中断",
    "messageRef": "消息",
}
PROPERTIES = {
    "outcomes": "办理结果",
    "due": "办理时限",
    "reminders": "提醒",
    "articles": "依据条文",
    "formJsonSchemaFilename": "表单",
    "check": "提交前检查",
}


def _lines(old: str, new: str) -> list[Change]:
    found = []
    for line in difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0):
        if line.startswith(("+++", "---", "@@")):
            continue
        found.append(Change("added" if line.startswith("+") else "removed", "", line[1:]))
        if len(found) == LINES:
            break
    return found
