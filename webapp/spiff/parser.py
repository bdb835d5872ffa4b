"""Turns diagrams into definitions: read hardened, checked against the XSD, built once and shared by all cases.

Corrects (engine.md 1) fault 4, attributes without namespace were read as None, and fault 14, parsing recursed along the
flow: here all elements are made first and connected afterwards. Sequence flows keep their ids, so what was travelled is
known exactly. Fails without it: tests/spiff/test_parser.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath
from threading import RLock
from typing import Any, ClassVar

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.event_definitions import MultipleEventDefinition, NoneEventDefinition
from SpiffWorkflow.spiff.parser.event_parsers import SpiffEventDefinitionParser
from SpiffWorkflow.spiff.parser.process import VALIDATOR, SpiffBpmnParser, SpiffProcessParser
from SpiffWorkflow.spiff.parser.task_spec import BusinessRuleTaskParser

from webapp.spiff import decisions, events, nodes, rules, xml
from webapp.spiff.findings import Finding, Refused, invalid, unsupported
from webapp.spiff.instances import Loop

BPMN = rules.BPMN


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a diagram, as others may know it. `parent`: the sub-process around it, "" if none."""

    id: str
    name: str
    type: str
    lane: str
    properties: Mapping[str, str]
    documentation: str
    form: str
    operator: str
    process: str
    parent: str = ""


@dataclass(frozen=True)
class Definition:
    """A process and everything it calls, at one content; shared by all its cases and never changed.

    `elements` holds those of the process itself and, where the id is free, of the processes it calls; `element` finds
    them all. `messages`: name of a caught message → ids of the events that catch it.
    """

    process: str
    content_hash: str
    elements: Mapping[str, Element]
    messages: Mapping[str, tuple[str, ...]]
    spec: Any = field(repr=False, compare=False)
    called: Mapping[str, Any] = field(repr=False, compare=False)
    all_elements: Mapping[tuple[str, str], Element] = field(repr=False, compare=False)
    name: str = ""

    @property
    def reference(self) -> str:
        """What a saved case says about the diagram it runs."""
        return f"{self.process}@{self.content_hash}"

    def element(self, process: str, identity: str) -> Element:
        """The element of that process, the called ones included."""
        return self.all_elements[process, identity]


def parse(files: Mapping[str, bytes], process: str) -> Definition:
    """The definition of this process; `files` by name (`change.bpmn`, `grade.dmn`) may hold more than it uses.

    The same content gives the same object. Refused carries every finding, classes invalid and unsupported only.
    """
    sources = {name: data for name, data in files.items() if PurePosixPath(name).suffix in (".bpmn", ".xml", ".dmn")}
    used = _used({name: _read(name, data) for name, data in sources.items()}, process)
    digest = hashlib.sha256(process.encode())
    for name in used:
        digest.update(name.encode() + b"\0" + hashlib.sha256(sources[name]).digest())
    return _build(tuple((name, sources[name]) for name in used), process, digest.hexdigest())


def processes(data: bytes, name: str = "diagram.bpmn") -> list[str]:
    """The ids of the processes in one file, in its order."""
    return [node.get("id") for node in _read(name, data).iter(f"{BPMN}process")]


def _read(name: str, data: bytes) -> Any:
    root = "dmn" if name.endswith(".dmn") else "bpmn"
    try:
        return _tree(data, root)
    except xml.UnsafeXml as error:
        raise Refused([invalid("xml", "", f"{name}：{error}")]) from error


@lru_cache(maxsize=64)
def _tree(data: bytes, root: str) -> Any:
    return xml.read(data, root)


def _used(trees: Mapping[str, Any], process: str) -> list[str]:
    """Names of the files that the process needs, sorted."""
    homes: dict[str, str] = {}
    tables: dict[str, str] = {}
    for name, tree in trees.items():
        if name.endswith(".dmn"):
            tables.update((node.get("id"), name) for node in tree.iter("{*}decision"))
            continue
        for node in tree.iter(f"{BPMN}process"):
            if homes.setdefault(node.get("id"), name) != name:
                raise Refused([invalid("duplicate", node.get("id"), f"流程“{node.get('id')}”在两个文件里都有")])
    if process not in homes:
        raise Refused([invalid("process", process, f"没有编号为“{process}”的流程")])
    used, seen, todo = set(), {process}, [process]
    while todo:
        name = homes[todo.pop()]
        used.add(name)
        for call in trees[name].iter(f"{BPMN}callActivity"):
            target = call.get("calledElement", "").rpartition(":")[2]
            if target in homes and target not in seen:
                seen.add(target)
                todo.append(target)
        for reference in trees[name].iter(f"{rules.SPIFF}calledDecisionId"):
            if (reference.text or "").strip() in tables:
                used.add(tables[(reference.text or "").strip()])
    return sorted(used)


_building = RLock()  # a schema of lxml keeps its last error in itself


@lru_cache(maxsize=256)
def _build(sources: tuple[tuple[str, bytes], ...], process: str, content_hash: str) -> Definition:
    with _building:
        trees = {name: xml.read(data, "dmn" if name.endswith(".dmn") else "bpmn") for name, data in sources}
        diagrams = {name: tree for name, tree in trees.items() if not name.endswith(".dmn")}
        wanted = _called(diagrams, process)
        findings = [finding for node in wanted.values() for finding in rules.check(node)]
        findings += [finding for node in wanted.values() for finding in _calls(node, wanted)]
        for name, tree in diagrams.items():
            findings += [invalid("schema", *_told(name, fault)) for fault in schema_faults(tree)[:1]]
        if findings:
            raise Refused(findings)
        parser = Parser({name: data for name, data in sources if name.endswith(".dmn")})
        try:
            for name, tree in diagrams.items():
                parser.add_bpmn_xml(tree, name)
            specs = {name: parser.get_spec(name) for name in wanted}
        except ValidationException as error:
            raise Refused([invalid("library", str(error.id or ""), f"流程图无法读取：{error}")]) from error
        specs.update({name: one.spec for name, one in parser.process_parsers.items() if one.spec is not None})
    return _definition(process, content_hash, specs, wanted)


def _called(diagrams: Mapping[str, Any], process: str) -> dict[str, Any]:
    """The process and all it calls, directly or not: id → node."""
    known = {node.get("id"): node for tree in diagrams.values() for node in tree.iter(f"{BPMN}process")}
    wanted, todo = {process: known[process]}, [process]
    while todo:
        for call in known[todo.pop()].iter(f"{BPMN}callActivity"):
            target = call.get("calledElement", "").rpartition(":")[2]
            if target in known and target not in wanted:
                wanted[target] = known[target]
                todo.append(target)
    return wanted


def _calls(process: Any, wanted: Mapping[str, Any]) -> list[Finding]:
    found = []
    for call in process.iter(f"{BPMN}callActivity"):
        target = call.get("calledElement", "").rpartition(":")[2]
        if target not in wanted:
            label = call.get("name") or call.get("id")
            message = f"要调用的流程“{target}”不存在" if target else "没有写要调用的流程"
            message = f"调用活动“{label}”{message}"
            found.append(unsupported("call", call.get("id"), message))
    return found


def schema_faults(tree: Any) -> list[tuple[int, str, str]]:
    """Where the file breaks the XSD of BPMN 2.0: line, id of the nearest element that has one, its words."""
    with _building:
        VALIDATOR.preprocess(tree)
        if VALIDATOR.validator.validate(tree):
            return []
        faults = [(error.line, error.path, error.message) for error in VALIDATOR.validator.error_log]
    prefixes = {prefix: uri for node in tree.iter() for prefix, uri in node.nsmap.items() if prefix}
    return [(line, _nearest(tree, path, prefixes), words) for line, path, words in faults]


def _nearest(tree: Any, path: str | None, prefixes: Mapping[str, str]) -> str:
    try:
        node = next(iter(tree.getroottree().xpath(path, namespaces=prefixes)), None) if path else None
    except etree.XPathError:  # a prefix that stands for two namespaces
        return ""
    while node is not None and not node.get("id"):
        node = node.getparent()
    return "" if node is None else str(node.get("id"))


def _told(name: str, fault: tuple[int, str, str]) -> tuple[str, str]:
    line, element, words = fault
    return element, f"{name} 第 {line} 行不符合 BPMN 2.0 格式：{words}"


# ---------------------------------------------------------------------------------------------- building


class Spec(BpmnProcessSpec):  # type: ignore[misc]  # the library is untyped
    """A process or sub-process: only what is drawn, without the library's own Start, End and joins."""

    def __init__(self, identity: str, name: str, process: str) -> None:
        super().__init__(name=identity, description=name)
        self.task_specs.clear()  # an element may well be called Start
        self.process = process
        self.joins = False
        self.starts: list[Any] = []
        self.handlers: list[Any] = []
        self.own: tuple[str, ...] = ()


class Process(SpiffProcessParser):  # type: ignore[misc]
    """Makes all elements of one process or sub-process, then connects them."""

    def _parse(self) -> None:
        process = self.parent.spec.process if self.parent is not None else self.bpmn_id
        self.spec = Spec(self.bpmn_id, self.get_name(), process)
        if self.node.find(f"{BPMN}ioSpecification") is not None and self.parent is None:
            self.spec.io_specification = self.parse_io_spec()
        if self.parent is not None:
            self.spec.own = tuple(node.get("name") or node.get("id") for node in self.node.findall(f"{BPMN}property"))
        drawn = [node for node in self.node if node.tag in Parser.OVERRIDE_PARSER_CLASSES]
        for node in drawn:
            reader, spec_class = Parser.OVERRIDE_PARSER_CLASSES[node.tag]
            reader(self, spec_class, node, self.nsmap, lane=self.get_lane_name(node.get("id")) or self.lane).create()
        self._connect()

    def _connect(self) -> None:
        specs = self.spec.task_specs
        flows = [self._flow(node) for node in self.node if node.tag == full_tag("sequenceFlow")]
        for spec in specs.values():
            spec.flows = tuple(flow for flow in flows if flow.source == spec.name)
            spec.arriving = tuple(flow for flow in flows if flow.target == spec.name)
            spec.inputs = [specs[flow.source] for flow in spec.arriving]
            spec.outputs = [specs[flow.target] for flow in spec.flows]
            spec.boundary = tuple(one for one in specs.values() if getattr(one, "attached", None) == spec.name)
        for spec in specs.values():
            spec.next = tuple(dict.fromkeys(other.name for other in nodes.reach(spec)))
        self.spec.joins = any(spec.is_join and len(spec.arriving) > 1 for spec in specs.values())
        self.spec.handlers = [spec for spec in specs.values() if isinstance(spec, nodes.EventSub)]
        starts = [spec for spec in specs.values() if isinstance(spec, nodes.Start)]
        self.spec.starts = starts or [spec for spec in specs.values() if _begins(spec)]

    def _flow(self, node: Any) -> nodes.Flow:
        source = self.get_node_by_id(node.get("sourceRef"))
        default = source.get("default") == node.get("id")
        condition = None if default else rules.condition(node)
        return nodes.Flow(node.get("id"), node.get("sourceRef"), node.get("targetRef"), condition, default)


def _begins(spec: Any) -> bool:
    """Without a start event a token begins on everything that nothing leads to (BPMN 2.0 10.5.2)."""
    special = isinstance(spec, nodes.Boundary | nodes.EventSub) or getattr(spec, "catches_link", None) is not None
    return not spec.arriving and not special


class Reader(SpiffEventDefinitionParser):  # type: ignore[misc]
    """Reads one element of any kind."""

    get_decision_ref = staticmethod(BusinessRuleTaskParser.get_decision_ref)

    @property
    def bpmn_attributes(self) -> dict[str, Any]:
        documentation = self.node.findtext(f"{BPMN}documentation")
        return {
            "description": rules.local(self.node),
            "lane": self.lane,
            "bpmn_name": self.node.get("name"),
            "documentation": documentation.strip() if documentation else None,
        }

    def create(self) -> Any:
        """The element's spec, registered in its process and not yet connected."""
        extensions = self.parse_extensions()
        arguments = {**self.bpmn_attributes, **self._arguments(extensions)}
        spec = self.spec_class(self.spec, self.bpmn_id, **arguments)
        spec.extensions = extensions
        spec.type = rules.local(self.node)
        spec.properties = dict(extensions.get("properties") or {})
        spec.loop = self._loop()
        spec.prescript = extensions.get("preScript")
        spec.postscript = extensions.get("postScript")
        self._finish(spec, extensions)
        return spec

    def _arguments(self, extensions: dict[str, Any]) -> dict[str, Any]:
        if issubclass(self.spec_class, nodes.Script):
            return {"script": self.node.findtext(f"{BPMN}script") or ""}
        if issubclass(self.spec_class, nodes.Service):
            operator = extensions.get("serviceTaskOperator") or {"name": "", "parameters": {}, "resultVariable": None}
            return {
                "operation_name": operator["name"],
                "operation_params": operator["parameters"],
                "result_variable": operator["resultVariable"],
            }
        if issubclass(self.spec_class, nodes.Rule):
            return {"dmnEngine": None}
        if issubclass(self.spec_class, nodes.Call):
            return {"subworkflow_spec": self.node.get("calledElement").rpartition(":")[2]}
        if issubclass(self.spec_class, nodes.Sub):
            return {"subworkflow_spec": self.bpmn_id}
        if issubclass(self.spec_class, nodes.EventGate):
            return {"event_definition": MultipleEventDefinition()}
        if issubclass(self.spec_class, nodes.Boundary):
            definition = self._definition()
            always = isinstance(definition, events.ErrorEventDefinition | events.CancelEventDefinition)
            cancels = always or self.node.get("cancelActivity", "true") != "false"
            return {"event_definition": definition, "cancel_activity": cancels}
        if issubclass(self.spec_class, nodes.Catching | nodes.Throw | nodes.Send | nodes.Receive):
            return {"event_definition": self._definition()}
        return {}

    def _finish(self, spec: Any, extensions: dict[str, Any]) -> None:
        if isinstance(spec, nodes.Service):
            spec.result_variable = (extensions.get("serviceTaskOperator") or {}).get("resultVariable") or None
        elif isinstance(spec, nodes.Rule):
            spec.decision = self.process_parser.parser.decision(self.get_decision_ref(self.node), self.node)
            spec.result_variable = None
        elif isinstance(spec, nodes.Boundary):
            spec.attached = self.node.get("attachedToRef")
        elif isinstance(spec, nodes.Catch):
            spec.catches_link = rules.link_name(self.node)
        elif isinstance(spec, nodes.Start):
            spec.interrupting = self.node.get("isInterrupting", "true") != "false"
        elif isinstance(spec, nodes.Sub) and not isinstance(spec, nodes.Call):
            self._inside(spec)

    def _inside(self, spec: Any) -> None:
        parser = self.process_parser.parser
        parser.create_parser(self.node, filename=self.filename, lane=self.lane)
        inside = parser.process_parsers[self.bpmn_id]
        inside.parent = self.process_parser
        inner = inside.get_spec()
        if isinstance(spec, nodes.EventSub):
            spec.trigger = inner.starts[0]

    def _definition(self) -> Any:
        if self.node.get("messageRef"):
            return self.parse_message_event(self.node)
        for node in rules.definitions(self.node):
            if rules.kind(node) == "link":
                return events.Link(rules.link_name(self.node) or "")
            return getattr(self, f"parse_{rules.kind(node)}_event")(node)
        return NoneEventDefinition()

    def _loop(self) -> Loop | None:
        standard = self.node.find(f"{BPMN}standardLoopCharacteristics")
        if standard is not None:
            maximum = standard.get("loopMaximum")
            return Loop(
                multi=False,
                condition=_text(standard, "loopCondition"),
                test_before=standard.get("testBefore") == "true",
                maximum=int(maximum) if maximum else None,
            )
        multi = self.node.find(f"{BPMN}multiInstanceLoopCharacteristics")
        if multi is None:
            return None
        item, output = multi.find(f"{BPMN}inputDataItem"), multi.find(f"{BPMN}outputDataItem")
        return Loop(
            multi=True,
            sequential=multi.get("isSequential") == "true",
            cardinality=_text(multi, "loopCardinality"),
            collection=_text(multi, "loopDataInputRef"),
            item=item.get("id") if item is not None else None,
            output=_text(multi, "loopDataOutputRef"),
            output_item=output.get("id") if output is not None else None,
            condition=_text(multi, "completionCondition"),
        )


def _text(node: Any, tag: str) -> str | None:
    return (node.findtext(f"{BPMN}{tag}") or "").strip() or None


class SubReader(Reader):
    """Reads a sub-process; one started by an event is another class (the library looks for the attribute in vain)."""

    def create(self) -> Any:
        if self.node.get("triggeredByEvent") == "true":
            self.spec_class = nodes.EventSub
        return super().create()


class Parser(SpiffBpmnParser):  # type: ignore[misc]
    """The library's parser with our elements."""

    PROCESS_PARSER_CLASS = Process
    OVERRIDE_PARSER_CLASSES: ClassVar[dict[str, tuple[Any, Any]]] = {
        full_tag(tag): (SubReader if tag == "subProcess" else Reader, spec_class)
        for tag, spec_class in {
            "startEvent": nodes.Start,
            "endEvent": nodes.End,
            "intermediateCatchEvent": nodes.Catch,
            "intermediateThrowEvent": nodes.Throw,
            "boundaryEvent": nodes.Boundary,
            "task": nodes.Plain,
            "userTask": nodes.User,
            "manualTask": nodes.Manual,
            "scriptTask": nodes.Script,
            "serviceTask": nodes.Service,
            "businessRuleTask": nodes.Rule,
            "sendTask": nodes.Send,
            "receiveTask": nodes.Receive,
            "exclusiveGateway": nodes.Exclusive,
            "parallelGateway": nodes.Parallel,
            "inclusiveGateway": nodes.Inclusive,
            "eventBasedGateway": nodes.EventGate,
            "subProcess": nodes.Sub,
            "transaction": nodes.Transaction,
            "callActivity": nodes.Call,
        }.items()
    }

    def __init__(self, tables: Mapping[str, bytes]) -> None:
        super().__init__()
        self.tables = tables
        self.read_tables: Mapping[str, decisions.Decision] | None = None

    def decision(self, reference: str | None, node: Any) -> Any:
        """The decision table that a business rule task names; Refused when there is none or it cannot be read."""
        label = node.get("name") or node.get("id")
        try:
            if self.read_tables is None:
                self.read_tables = decisions.parse_all(*self.tables.values()) if self.tables else {}
        except (decisions.DecisionError, xml.UnsafeXml) as error:
            raise Refused([invalid("table", node.get("id"), str(error))]) from error
        found = self.read_tables.get((reference or "").strip())
        if found is None:
            message = f"业务规则任务“{label}”引用的判定表“{reference or ''}”不存在"
            raise Refused([unsupported("table", node.get("id"), message)])
        return found


def _definition(process: str, content_hash: str, specs: Mapping[str, Any], wanted: Mapping[str, Any]) -> Definition:
    found: dict[tuple[str, str], Element] = {}
    caught: dict[str, list[str]] = {}
    for spec in specs.values():
        inside = spec.name if spec.name not in wanted else ""
        for one in spec.task_specs.values():
            found[spec.process, one.bpmn_id] = _element(one, spec.process, inside)
            definition = getattr(one, "event_definition", None)
            catches = isinstance(one, nodes.Catching | nodes.Receive)
            if catches and isinstance(definition, events.MessageEventDefinition):
                caught.setdefault(definition.name, []).append(one.bpmn_id)
    elements = {identity: element for (home, identity), element in found.items() if home == process}
    for (_, identity), element in found.items():
        elements.setdefault(identity, element)
    messages = {name: tuple(ids) for name, ids in caught.items()}
    name = wanted[process].get("name") or process
    return Definition(process, content_hash, elements, messages, specs[process], dict(specs), found, name)


def _element(spec: Any, process: str, inside: str) -> Element:
    form = spec.properties.get("formJsonSchemaFilename", "")
    if not form and isinstance(spec, nodes.User):
        form = f"{process}/{spec.bpmn_id}"
    return Element(
        id=spec.bpmn_id,
        name=spec.bpmn_name or "",
        type=spec.type,
        lane=spec.lane or "",
        properties=spec.properties,
        documentation=spec.documentation or "",
        form=form.removesuffix(".schema.json") or spec.properties.get("form", ""),
        operator=getattr(spec, "operation_name", "") or "",
        process=process,
        parent=inside,
    )
