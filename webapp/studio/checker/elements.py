"""What BPMN 2.0 says about elements and their places, beyond what running the diagram would refuse anyway."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from webapp.spiff import rules
from webapp.spiff.findings import Finding, invalid, unsupported
from webapp.studio.checker import reading
from webapp.studio.checker.reading import Diagram
from webapp.studio.checker.remarks import Node, label, warning

FOREIGN_ROOTS = {
    "choreography": "编排图",
    "globalChoreographyTask": "全局编排任务",
    "globalConversation": "全局会话",
    "globalTask": "全局任务",
    "globalUserTask": "全局用户任务",
    "globalManualTask": "全局线下任务",
    "globalScriptTask": "全局脚本任务",
    "globalBusinessRuleTask": "全局规则任务",
}
CANNOT_SEND = rules.GATEWAYS | {"startEvent", "intermediateCatchEvent", "boundaryEvent"}
CANNOT_RECEIVE = rules.GATEWAYS | {"endEvent", "intermediateThrowEvent"}


def check(diagram: Diagram) -> Iterator[Finding]:
    """Every finding of classes invalid and unsupported that one element, or two that refer to each other, show."""
    if reading.is_empty(diagram):
        yield from _nothing_drawn(diagram)
    yield from _roots(diagram)
    for process in diagram.processes:
        yield from rules.check(process)
        for scope in reading.scopes(process):
            children = {node.get("id"): node for node in reading.flow_nodes(scope)}
            for rule in (_without_id, _gateways, _conditions, _boundaries, _links, _repetition):
                yield from rule(scope, children)
            yield from _events(diagram, scope)
            yield from _event_gateways(scope, children)
            yield from _ends_of_flows(scope)
    yield from _references(diagram)
    yield from _lanes(diagram)
    yield from _collaboration(diagram)


def _nothing_drawn(diagram: Diagram) -> Iterator[Finding]:
    first = next((node for node in diagram.processes), None)
    where = first.get("id") or "" if first is not None else ""
    if any(rules.local(node) == "choreography" for node in diagram.tree):
        return
    yield invalid("empty", where, "文件里没有画出流程", "画上开始事件、任务和结束事件")


def _roots(diagram: Diagram) -> Iterator[Finding]:
    for node in diagram.tree:
        kind = rules.local(node)
        if kind in FOREIGN_ROOTS:
            message = f"不支持{FOREIGN_ROOTS[kind]}{label(node)}"
            yield unsupported("construct", node.get("id") or "", message, "改画成流程，用调用活动引用")


def _without_id(_scope: Node, _children: dict[str, Node]) -> Iterator[Finding]:
    for node in [*reading.flow_nodes(_scope), *reading.flows(_scope)]:
        if not node.get("id"):
            message = f"第 {node.sourceline} 行的{label(node)}没有编号"
            yield unsupported("no-id", _scope.get("id") or "", message, "给每个元素一个编号")


# ---------------------------------------------------------------------------------------------- gateways and flows


def _out(scope: Node, node: Node) -> list[Node]:
    return [flow for flow in reading.flows(scope) if flow.get("sourceRef") == node.get("id")]


def _in(scope: Node, node: Node) -> list[Node]:
    return [flow for flow in reading.flows(scope) if flow.get("targetRef") == node.get("id")]


def _gateways(scope: Node, children: dict[str, Node]) -> Iterator[Finding]:
    for node in children.values():
        if rules.local(node) not in rules.GATEWAYS:
            continue
        out, into = _out(scope, node), _in(scope, node)
        if not out and rules.local(node) != "eventBasedGateway":
            yield invalid("gateway-out", node.get("id"), f"{label(node)}没有出口", "连到下一步，或改为结束事件")
        if len(out) == 1 and len(into) == 1:
            message = f"{label(node)}只有一个入口和一个出口，没有作用"
            yield warning("superfluous-gateway", node.get("id"), message, "删除网关，直接连线")


def _conditions(scope: Node, children: dict[str, Node]) -> Iterator[Finding]:
    for flow in reading.flows(scope):
        source = children.get(flow.get("sourceRef"))
        if source is None or rules.condition(flow) is None:
            continue
        kind = rules.local(source)
        if kind == "parallelGateway" or kind in rules.EVENTS:
            message = f"{label(source)}的出口{label(flow)}不能有条件，条件不会起作用"
            yield invalid("useless-condition", flow.get("id"), message, "删除条件，或改用排他网关")
        elif source.get("default") == flow.get("id"):
            message = f"默认出口{label(flow)}上的条件不起作用"
            yield warning("default-condition", flow.get("id"), message, "删除条件")


def _boundaries(scope: Node, children: dict[str, Node]) -> Iterator[Finding]:
    for node in children.values():
        if rules.local(node) != "boundaryEvent":
            continue
        kinds = {rules.kind(one) for one in rules.definitions(node)}
        if not _out(scope, node) and "compensate" not in kinds:
            fix = "从它连到要走的下一步"
            yield invalid("boundary-out", node.get("id"), f"{label(node)}没有出口，发生后无处可去", fix)
        if kinds & {"error", "cancel"} and node.get("cancelActivity") == "false":
            message = f"{label(node)}是错误或取消事件，总是中断所附的任务"
            yield invalid("interrupting", node.get("id"), message, "去掉“非中断”")
    if scope.get("triggeredByEvent") == "true":
        for node in children.values():
            kinds = {rules.kind(one) for one in rules.definitions(node)}
            if rules.local(node) == "startEvent" and "error" in kinds and node.get("isInterrupting") == "false":
                message = f"{label(node)}由错误触发，总是中断流程"
                yield invalid("interrupting", node.get("id"), message, "去掉“非中断”")


def _links(scope: Node, children: dict[str, Node]) -> Iterator[Finding]:
    catches: Counter[str] = Counter()
    for node in children.values():
        name = rules.link_name(node)
        if name is None:
            continue
        if rules.local(node) == "intermediateCatchEvent":
            catches[name] += 1
            if _in(scope, node):
                yield invalid("link", node.get("id"), f"接收链接{label(node)}不能有入口", "删除连到它的线")
            if catches[name] > 1:
                yield invalid("link", node.get("id"), f"有两个名为“{name}”的接收链接", "每个名称只画一个接收链接")
        elif rules.local(node) == "intermediateThrowEvent" and _out(scope, node):
            yield invalid("link", node.get("id"), f"发出链接{label(node)}不能有出口", "把出口画在接收链接上")


def _repetition(_scope: Node, children: dict[str, Node]) -> Iterator[Finding]:
    for node in children.values():
        for text in node.iterfind(f"{rules.BPMN}multiInstanceLoopCharacteristics/{rules.BPMN}loopCardinality"):
            value = (text.text or "").strip()
            if value[:1] in "-.0123456789" and not value.isdigit():
                message = f"{label(node)}的重复次数“{value[:40]}”应为不小于 0 的整数"
                yield invalid("multi", node.get("id"), message, "写整数，或得出整数的表达式")


def _ends_of_flows(scope: Node) -> Iterator[Finding]:
    seen: set[tuple[str, str, str | None]] = set()
    for flow in reading.flows(scope):
        ends = (flow.get("sourceRef") or "", flow.get("targetRef") or "", rules.condition(flow))
        if ends in seen and all(ends[:2]):
            yield warning("duplicate-flow", flow.get("id"), f"{label(flow)}与另一条线重复", "删除其中一条")
        seen.add(ends)


# ---------------------------------------------------------------------------------------------- events

NEEDS_REFERENCE = {"signal": "信号", "escalation": "升级", "error": "错误"}


def _events(diagram: Diagram, scope: Node) -> Iterator[Finding]:
    for node in reading.flow_nodes(scope):
        kind = rules.local(node)
        for definition in rules.definitions(node):
            of = rules.kind(definition)
            throws = kind in ("endEvent", "intermediateThrowEvent")
            if of in NEEDS_REFERENCE and not definition.get(f"{of}Ref") and (throws or of == "signal"):
                message = f"{label(node)}没有指明是哪个{NEEDS_REFERENCE[of]}"
                yield invalid(f"no-{of}", node.get("id"), message, f"选择或新建一个{NEEDS_REFERENCE[of]}")
            yield from _named(diagram, node, definition, of, throws)


def _named(diagram: Diagram, node: Node, definition: Node, of: str, throws: bool) -> Iterator[Finding]:
    """What the definition refers to has what it takes to be told apart."""
    target = diagram.nodes.get((definition.get(f"{of}Ref") or "").rpartition(":")[2])
    if target is None or rules.local(target) != of:
        return
    if of in ("message", "signal") and not target.get("name"):
        yield warning(f"{of}-name", node.get("id"), f"{label(node)}引用的“{target.get('id')}”没有名称", "给它一个名称")
    code = {"error": "errorCode", "escalation": "escalationCode"}.get(of)
    if code and throws and not target.get(code):
        yield warning(f"{of}-code", node.get("id"), f"{label(node)}引用的“{target.get('id')}”没有代码", f"写明 {code}")


def _event_gateways(scope: Node, children: dict[str, Node]) -> Iterator[Finding]:
    for node in children.values():
        if rules.local(node) != "eventBasedGateway":
            continue
        targets = [children[flow.get("targetRef")] for flow in _out(scope, node) if flow.get("targetRef") in children]
        kinds = [{rules.kind(one) for one in rules.definitions(target)} for target in targets]
        if any("message" in kind for kind in kinds) and any(rules.local(target) == "receiveTask" for target in targets):
            message = f"{label(node)}之后不能既有消息事件又有接收任务"
            yield invalid("event-gateway", node.get("id"), message, "全部用消息捕获事件")
        for target, kind in zip(targets, kinds, strict=True):
            if "link" in kind:
                message = f"事件网关之后的{label(target)}不能是链接"
                yield invalid("event-gateway", target.get("id"), message, "改用消息、定时、信号或条件事件")


# ---------------------------------------------------------------------------------------------- references


def _references(diagram: Diagram) -> Iterator[Finding]:
    for node in diagram.nodes.values():
        kind = rules.local(node)
        if kind in ("sendTask", "receiveTask") and node.get("messageRef"):
            yield from _dangling(diagram, node, "messageRef", "消息")
        elif kind == "dataObjectReference":
            yield from _dangling(diagram, node, "dataObjectRef", "数据对象")
        elif kind == "association":
            yield from _dangling(diagram, node, "sourceRef", "元素")
            yield from _dangling(diagram, node, "targetRef", "元素")
        elif kind in rules.NODES:
            yield from _written_ends(diagram, node)


def _dangling(diagram: Diagram, node: Node, attribute: str, what: str) -> Iterator[Finding]:
    reference = node.get(attribute)
    if reference and reference.rpartition(":")[2] not in diagram.nodes:
        yield invalid("reference", node.get("id"), f"{label(node)}引用的{what}“{reference}”不存在", "改正或删除引用")


def _written_ends(diagram: Diagram, node: Node) -> Iterator[Finding]:
    """<incoming> and <outgoing> say what the flows themselves say."""
    for tag, attribute in (("incoming", "targetRef"), ("outgoing", "sourceRef")):
        for written in node.iterchildren(f"{rules.BPMN}{tag}"):
            name = (written.text or "").strip().rpartition(":")[2]
            flow = diagram.nodes.get(name)
            word = "入口" if tag == "incoming" else "出口"
            if flow is None or rules.local(flow) != "sequenceFlow":
                message = f"{label(node)}写明的{word}“{name}”不存在"
                yield invalid("reference", node.get("id"), message, "删除这一行，或补画顺序流")
            elif flow.get(attribute) != node.get("id"):
                message = f"{label(node)}写明的{word}“{name}”实际连的是“{flow.get(attribute)}”"
                yield invalid("reference", node.get("id"), message, "改正顺序流的两端")


def _lanes(diagram: Diagram) -> Iterator[Finding]:
    for process in diagram.processes:
        inside = {node.get("id") for node in process.iter() if isinstance(node.tag, str)}
        homes: dict[str, Any] = {}
        for lane in process.iter(f"{rules.BPMN}lane"):
            has_children = lane.find(f"{rules.BPMN}childLaneSet") is not None
            for reference in lane.iterchildren(f"{rules.BPMN}flowNodeRef"):
                name = (reference.text or "").strip().rpartition(":")[2]
                if name not in inside:
                    message = f"{label(lane)}里的“{name}”在本流程中不存在"
                    yield invalid("lane", lane.get("id") or "", message, "从泳道中删除它")
                elif not has_children and homes.setdefault(name, lane) is not lane:
                    message = f"“{name}”同时在两条泳道里：{label(homes[name])}、{label(lane)}"
                    yield invalid("lane", name, message, "只留在一条泳道里")


def _collaboration(diagram: Diagram) -> Iterator[Finding]:
    for pool in diagram.tree.iter(f"{rules.BPMN}participant"):
        reference = (pool.get("processRef") or "").rpartition(":")[2]
        target = diagram.nodes.get(reference)
        if reference and (target is None or rules.local(target) not in ("process", "choreography")):
            message = f"泳池{label(pool)}引用的流程“{reference}”不存在"
            yield invalid("reference", pool.get("id") or "", message, "改正 processRef，或删除泳池")
    for flow in diagram.tree.iter(f"{rules.BPMN}messageFlow"):
        yield from _message_flow(diagram, flow)


def _message_flow(diagram: Diagram, flow: Node) -> Iterator[Finding]:
    ends = {name: diagram.nodes.get((flow.get(name) or "").rpartition(":")[2]) for name in ("sourceRef", "targetRef")}
    for name, end in ends.items():
        if end is None:
            message = f"消息流{label(flow)}的一端“{flow.get(name) or ''}”不存在"
            yield invalid("message-flow", flow.get("id") or "", message, "重新连接或删除消息流")
    source, target = ends["sourceRef"], ends["targetRef"]
    if source is None or target is None:
        return
    if _pool(source) is not None and _pool(source) == _pool(target):
        message = f"消息流{label(flow)}的两端在同一个泳池里"
        yield invalid("message-flow", flow.get("id") or "", message, "同一流程内请用顺序流")
    if rules.local(source) in CANNOT_SEND:
        yield invalid("message-flow", flow.get("id") or "", f"{label(source)}不能发出消息流", "从任务或抛出事件连出")
    if rules.local(target) in CANNOT_RECEIVE:
        yield invalid("message-flow", flow.get("id") or "", f"{label(target)}不能接收消息流", "连到任务或捕获事件")


def _pool(node: Node) -> str | None:
    """The process that the end of a message flow lies in."""
    if rules.local(node) == "participant":
        return (node.get("processRef") or node.get("id") or "").rpartition(":")[2]
    process = next(node.iterancestors(f"{rules.BPMN}process"), None)
    return None if process is None else process.get("id")
