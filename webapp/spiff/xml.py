"""Reads an uploaded diagram or decision table into an lxml tree that the rest of the room may trust.

The only place that parses foreign XML. Knows the size and shape a file may have, not what a diagram means.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from lxml import etree

MEGABYTES: Final = 5
ELEMENTS: Final = 20_000
ATTRIBUTES: Final = 200  # of one element
DEPTH: Final = 100
FLOW_NODES: Final = 400  # of one process: the library walks the flow by recursion
TEXT: Final = 20_000  # characters of one text or attribute
CHUNK: Final = 65_536  # bytes fed at a time, so that a file of too many elements is dropped early

BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DMN: Final = frozenset(
    {
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    }
)
ROOTS: Final[dict[str, frozenset[str]]] = {
    "bpmn": frozenset({f"{{{BPMN}}}definitions"}),
    "dmn": frozenset(f"{{{namespace}}}definitions" for namespace in DMN),
}
KINDS: Final = {"bpmn": "BPMN 2.0 流程图", "dmn": "DMN 决策表"}
ENCODINGS: Final = frozenset({"UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE", "US-ASCII", "ASCII"})

# The library pastes ids into XPath texts, so a quote in one is an injection.
IDENTIFIER: Final = re.compile(r"[A-Za-z_][\w.-]*")
REFERENCE: Final = re.compile(r"([A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*")
REFERENCES: Final = ("sourceRef", "targetRef", "attachedToRef", "default", "processRef", "bpmnElement", "dataObjectRef")
REFERRING: Final = frozenset({"incoming", "outgoing", "flowNodeRef", "sourceRef", "targetRef"})
# Only the model's own elements have ids that are unique: an operator is named by every task that calls it.
MODEL: Final = DMN | {BPMN}
FLOW_NODE: Final = re.compile(r"(.*[tT]ask|.*Event|.*Gateway|subProcess|transaction|adHocSubProcess|callActivity)")


class UnsafeXml(ValueError):
    """The file is not read; the message says why and what to do. `element`: the id it is about, "" for the file."""

    def __init__(self, message: str, element: str = "") -> None:
        super().__init__(message)
        self.element = element


def read(data: bytes, root: str) -> etree._Element:
    """The root element of a "bpmn" or "dmn" file, comments removed; UnsafeXml if it is not one or breaks a limit."""
    tree, faults = survey(data, root)
    if faults:
        raise faults[0]
    return tree


def survey(data: bytes, root: str) -> tuple[etree._Element, list[UnsafeXml]]:
    """As `read`, with every fault of its elements instead of the first: such a tree may be looked at, and not run."""
    if len(data) > MEGABYTES * 1024 * 1024:
        raise UnsafeXml(f"文件超过 {MEGABYTES} MB，请拆分后再上传")
    if not data.strip():
        raise UnsafeXml("文件是空的，请重新导出")
    tree = _parse(data)
    _check_document(tree.getroottree(), root)
    return tree, list(_faults(tree))


def _parse(data: bytes) -> etree._Element:
    parser = etree.XMLPullParser(
        events=("start", "end", "pi"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        recover=False,
        collect_ids=False,
    )
    elements = depth = 0
    try:
        for start in range(0, len(data), CHUNK):
            parser.feed(data[start : start + CHUNK])
            for event, _ in parser.read_events():
                if event == "pi":
                    raise UnsafeXml("文件含有处理指令（<?…?>），请删除后再上传")
                elements += event == "start"
                depth += 1 if event == "start" else -1
                if elements > ELEMENTS:
                    raise UnsafeXml(f"文件超过 {ELEMENTS} 个元素，请拆分后再上传")
                if depth > DEPTH:
                    raise UnsafeXml(f"文件嵌套超过 {DEPTH} 层，请检查是否损坏")
        return parser.close()
    except (etree.XMLSyntaxError, UnicodeError, LookupError) as error:
        line = getattr(error, "lineno", None)
        raise UnsafeXml(f"文件不是完整的 XML{f'（第 {line} 行）' if line else ''}，请重新导出") from None


def _check_document(document: etree._ElementTree, root: str) -> None:
    if bool(document.docinfo.internalDTD):
        raise UnsafeXml("文件含有 DOCTYPE 声明，请删除后再上传")
    if (document.docinfo.encoding or "UTF-8").upper() not in ENCODINGS:
        raise UnsafeXml(f"不支持编码 {str(document.docinfo.encoding)[:20]}，请另存为 UTF-8")
    if document.getroot().tag not in ROOTS[root]:
        raise UnsafeXml(f"这不是{KINDS[root]}文件，请上传正确的文件")


def _faults(tree: etree._Element) -> Iterator[UnsafeXml]:
    seen: set[str] = set()
    nodes: Counter[etree._Element] = Counter()
    for element in tree.iter(etree.Element):
        name = etree.QName(element)
        identifier = element.get("id") if name.namespace in MODEL else None
        owner = identifier or _owner(element)
        yield from (UnsafeXml(message, owner) for message in _sizes(element))
        yield from (UnsafeXml(message, owner) for message in _references(element, name.localname))
        if identifier is not None:
            if not IDENTIFIER.fullmatch(identifier):
                shown = f"编号“{identifier[:40]}”（第 {element.sourceline} 行）"
                yield UnsafeXml(f"{shown}只能用字母、数字、_ . -，且以字母或 _ 开头", identifier)
            if identifier in seen:
                message = f"编号“{identifier}”重复（第 {element.sourceline} 行），每个元素的编号必须不同"
                yield UnsafeXml(message, identifier)
            seen.add(identifier)
        if name.namespace == BPMN and FLOW_NODE.fullmatch(name.localname):
            process = next(element.iterancestors(f"{{{BPMN}}}process"), tree)
            nodes[process] += 1
            if nodes[process] == FLOW_NODES + 1:
                message = f"一个流程超过 {FLOW_NODES} 个节点，请用调用活动拆成几个流程"
                yield UnsafeXml(message, process.get("id", ""))


def _owner(element: etree._Element) -> str:
    """The id of the nearest element around that has one."""
    return next((parent.get("id", "") for parent in element.iterancestors() if parent.get("id")), "")


def _sizes(element: etree._Element) -> Iterator[str]:
    if len(element.attrib) > ATTRIBUTES:
        yield f"第 {element.sourceline} 行的元素超过 {ATTRIBUTES} 个属性，请检查是否损坏"
    texts = [*element.attrib.values(), element.text or "", element.tail or ""]
    if any(len(text) > TEXT for text in texts):
        yield f"第 {element.sourceline} 行的文字超过 {TEXT} 个字符，请缩短"


def _references(element: etree._Element, name: str) -> Iterator[str]:
    references = [element.get(attribute) for attribute in REFERENCES]
    if name in REFERRING and element.text and element.text.strip():
        references.append(element.text.strip())
    for reference in references:
        if reference and not REFERENCE.fullmatch(reference):
            yield f"引用“{reference[:40]}”（第 {element.sourceline} 行）不是有效的编号，请检查"
