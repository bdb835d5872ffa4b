"""What can be mended without asking: mechanical changes that keep the meaning. Answers the new text, or None."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from itertools import count

from lxml import etree

from webapp.spiff import rules, xml
from webapp.studio.checker import expressions, reading
from webapp.studio.checker.remarks import Node

LAST = ("extensionElements", "incoming", "outgoing")
"""Children that stand before all others in a flow node, in this order, after documentation."""
DECLARED = re.compile(rb"""^<\?xml[^>]*encoding=["']([\w.-]+)["'][^>]*\?>""")


def repaired(data: bytes) -> tuple[bytes, list[str]] | None:
    """The diagram with everything mechanical mended, and what was done; None when there was nothing to do."""
    text, done = _as_utf8(data)
    text, more = _without_instructions(text)
    done += more
    try:
        tree, _ = xml.survey(text, "bpmn")
    except xml.UnsafeXml:
        return (text, done) if done else None
    for mend in (_namespace, _ids, _ends, _languages, _collections, _defaults, _order):
        done += mend(tree)
    if not done:
        return None
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8"), done


def _as_utf8(data: bytes) -> tuple[bytes, list[str]]:
    """A file in one of the Chinese encodings, in UTF-8."""
    plain = data.removeprefix(codecs.BOM_UTF8)
    found = DECLARED.match(plain)
    name = found[1].decode("ascii", "replace").upper() if found else "UTF-8"
    if name in xml.ENCODINGS:
        return data, []
    try:
        text = plain.decode(name)
    except (LookupError, UnicodeDecodeError):
        return data, []
    return DECLARED.sub(b'<?xml version="1.0" encoding="UTF-8"?>', text.encode()), [f"编码由 {name} 改为 UTF-8"]


def _without_instructions(data: bytes) -> tuple[bytes, list[str]]:
    mended = re.sub(rb"<\?(?!xml\s)[^?]*\?>\s*", b"", data)
    return mended, ["删除处理指令"] if mended != data else []


def _namespace(tree: Node) -> list[str]:
    if tree.get("targetNamespace"):
        return []
    tree.set("targetNamespace", "urn:guohe")
    return ["补上 targetNamespace"]


def _ids(tree: Node) -> list[str]:
    """Flow nodes and flows without an id get one."""
    known = {node.get("id") for node in tree.iter() if isinstance(node.tag, str)}
    numbers, done = count(1), []
    for node in _drawn(tree):
        if not node.get("id"):
            name = next(name for number in numbers if (name := f"{rules.local(node)}_{number}") not in known)
            node.set("id", name)
            done.append(f"补上编号 {name}")
    return done


def _drawn(tree: Node) -> Iterator[Node]:
    for process in tree.iter(f"{rules.BPMN}process"):
        for scope in reading.scopes(process):
            yield from reading.flow_nodes(scope)
            yield from reading.flows(scope)


def _ends(tree: Node) -> list[str]:
    """<incoming> and <outgoing> say what the flows say, where they say anything."""
    done = []
    for process in tree.iter(f"{rules.BPMN}process"):
        for scope in reading.scopes(process):
            for node in reading.flow_nodes(scope):
                if _rewrite_ends(scope, node):
                    done.append(f"{node.get('id')} 的入口、出口与连线一致")
    return done


def _rewrite_ends(scope: Node, node: Node) -> bool:
    changed = False
    for tag, attribute in (("incoming", "targetRef"), ("outgoing", "sourceRef")):
        written = list(node.iterchildren(f"{rules.BPMN}{tag}"))
        real = [flow.get("id") for flow in reading.flows(scope) if flow.get(attribute) == node.get("id")]
        if not written or sorted((one.text or "").strip() for one in written) == sorted(map(str, real)):
            continue
        changed = True
        for one in written:
            node.remove(one)
        for name in real:
            etree.SubElement(node, f"{rules.BPMN}{tag}").text = name
    return changed


def _order(tree: Node) -> list[str]:
    """Children stand in the order of the schema."""
    done = []
    for node in _drawn(tree):
        children = list(node)
        wanted = sorted(children, key=lambda child: _rank(rules.local(child)))
        if wanted != children:
            node[:] = wanted
            done.append(f"{node.get('id')} 的内容按规定排序")
    return done


def _rank(name: str) -> int:
    order = ("documentation", *LAST)
    if name in order:
        return order.index(name)
    if name.endswith("LoopCharacteristics"):
        return 9
    if name == "laneSet":
        return 10
    if name in ("association", "group", "textAnnotation"):
        return 20
    if name in ("script", "conditionExpression") or name.endswith("EventDefinition"):
        return 15
    return 12


def _languages(tree: Node) -> list[str]:
    """Conditions that differ from ours in signs only."""
    done = []
    for expression in tree.iter(f"{rules.BPMN}conditionExpression"):
        source = (expression.text or "").strip()
        if not source.startswith(rules.FOREIGN):
            continue
        ours = expressions.rewritten(source)
        if ours:
            expression.text = ours
            expression.attrib.pop("language", None)
            done.append(f"条件 {source[:40]} 改写为 {ours[:40]}")
    return done


def _collections(tree: Node) -> list[str]:
    """A multi-instance over another product's collection runs over the same variable in ours."""
    done = []
    for node in _drawn(tree):
        found = expressions.foreign_collection(node)
        loop = node.find(f"{rules.BPMN}multiInstanceLoopCharacteristics")
        if found is None or loop is None or loop.find(f"{rules.BPMN}loopCardinality") is not None:
            continue
        item = etree.Element(f"{rules.BPMN}loopDataInputRef")
        item.text = found[0]
        after = loop.find(f"{rules.BPMN}completionCondition")
        loop.insert(len(loop) if after is None else loop.index(after), item)
        if found[1].isidentifier():
            item.addnext(etree.Element(f"{rules.BPMN}inputDataItem", id=found[1], name=found[1]))
        done.append(f"{node.get('id')} 的集合改写为 loopDataInputRef {found[0]}")
    return done


def _defaults(tree: Node) -> list[str]:
    """A default that is no way out of its gateway is no default."""
    done = []
    for process in tree.iter(f"{rules.BPMN}process"):
        for scope in reading.scopes(process):
            for node in reading.flow_nodes(scope):
                out = {flow.get("id") for flow in reading.flows(scope) if flow.get("sourceRef") == node.get("id")}
                if node.get("default") and node.get("default") not in out:
                    done.append(f"{node.get('id')} 的默认出口 {node.attrib.pop('default')} 不存在，已删除")
    return done
