"""What a process may not contain, looked at in its XML before the library sees it. One pass, every finding reported.

Only what BPMN 2.0 forbids and what we do not run; the rules of the house are the studio's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

from webapp.spiff import expressions, timers
from webapp.spiff.findings import Finding, invalid, unsupported

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
SPIFF = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"
TASKS = {"task", "userTask", "manualTask", "scriptTask", "serviceTask", "businessRuleTask", "sendTask", "receiveTask"}
SUBS = {"subProcess", "transaction"}
ACTIVITIES = TASKS | SUBS | {"callActivity"}
GATEWAYS = {"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"}
EVENTS = {"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"}
NODES = ACTIVITIES | GATEWAYS | EVENTS
FOREIGN = ("${", "#{", "=")
ALLOWED = {
    "startEvent": {"message", "signal", "timer", "conditional"},
    "endEvent": {"message", "signal", "error", "escalation", "terminate", "cancel"},
    "intermediateCatchEvent": {"message", "signal", "timer", "conditional", "link"},
    "intermediateThrowEvent": {"message", "signal", "escalation", "link"},
    "boundaryEvent": {"message", "signal", "timer", "conditional", "error", "escalation", "cancel"},
}
HANDLED = {"message", "signal", "timer", "conditional", "error", "escalation"}
REFUSED = {
    "complexGateway": "复杂网关",
    "adHocSubProcess": "临时（ad hoc）子流程",
    "dataStoreReference": "数据存储",
    "choreographyTask": "编排任务",
    "subChoreography": "编排子流程",
    "callChoreography": "编排调用",
}

Node = Any


def local(node: Node) -> str:
    """The element's name without namespace; "" for what is not an element of BPMN."""
    tag = node.tag
    return tag[len(BPMN) :] if isinstance(tag, str) and tag.startswith(BPMN) else ""


def definitions(node: Node) -> list[Node]:
    """The event definitions written directly in this event."""
    return [child for child in node if local(child).endswith("EventDefinition")]


def kind(definition: Node) -> str:
    """message, timer …"""
    return local(definition).removesuffix("EventDefinition")


def check(process: Node) -> list[Finding]:
    """Everything in this process that cannot run, sub-processes included."""
    found: list[Finding] = []
    for scope in _scopes(process):
        children = {child.get("id"): child for child in scope if local(child)}
        for rule in (_refused, _flows, _gateways, _events, _starts, _repeats, _texts):
            found.extend(rule(scope, children))
    return found


def _scopes(process: Node) -> Iterator[Node]:
    yield process
    yield from (node for node in process.iter(etree.Element) if local(node) in SUBS)


def _name(node: Node) -> str:
    return f"“{node.get('name') or node.get('id')}”"


# ---------------------------------------------------------------------------------------------- not run here


def _refused(_scope: Node, children: dict[str, Node]) -> Iterator[Finding]:
    for node in children.values():
        name = local(node)
        if name in REFUSED:
            yield unsupported("construct", node.get("id"), f"不支持{REFUSED[name]}{_name(node)}，请改用其他画法")
        if node.get("isForCompensation") == "true" or any(kind(one) == "compensate" for one in definitions(node)):
            yield unsupported("compensation", node.get("id"), f"不支持补偿{_name(node)}，请画出撤销步骤")
        for attribute in ("startQuantity", "completionQuantity"):
            if node.get(attribute, "1") != "1":
                yield unsupported("quantity", node.get("id"), f"{_name(node)}的 {attribute} 只能是 1")
        if node.get("instantiate") == "true":
            yield unsupported("instantiate", node.get("id"), f"{_name(node)}不能启动流程，请改画开始事件")
        if len(definitions(node)) > 1 or node.get("parallelMultiple") == "true":
            yield unsupported("multiple", node.get("id"), f"{_name(node)}含多个事件定义，请拆成几个事件")


# ---------------------------------------------------------------------------------------------- flows


def _flows(_scope: Node, children: dict[str, Node]) -> Iterator[Finding]:
    for flow in (node for node in children.values() if local(node) == "sequenceFlow"):
        for attribute in ("sourceRef", "targetRef"):
            end = children.get(flow.get(attribute))
            if end is None or local(end) not in NODES | REFUSED.keys():
                message = f"顺序流{_name(flow)}的一端“{flow.get(attribute)}”不在同一流程内"
                yield invalid("flow-end", flow.get("id"), message)
        source, target = (children.get(flow.get(attribute)) for attribute in ("sourceRef", "targetRef"))
        if source is not None and local(source) == "endEvent":
            yield invalid("end-out", source.get("id"), f"结束事件{_name(source)}不能有出口")
        if target is not None and local(target) in ("startEvent", "boundaryEvent"):
            yield invalid("event-in", target.get("id"), f"{_name(target)}不能有入口")
        for end in (source, target):
            if end is not None and end.get("triggeredByEvent") == "true":
                yield invalid("handler-flow", end.get("id"), f"事件子流程{_name(end)}不能连顺序流")


def _out(scope: Node, node: Node) -> list[Node]:
    return [flow for flow in scope if local(flow) == "sequenceFlow" and flow.get("sourceRef") == node.get("id")]


def _in(scope: Node, node: Node) -> list[Node]:
    return [flow for flow in scope if local(flow) == "sequenceFlow" and flow.get("targetRef") == node.get("id")]


def condition(flow: Node) -> str | None:
    """The flow's condition; None when there is none."""
    text = flow.findtext(f"{BPMN}conditionExpression")
    return text.strip() if text and text.strip() else None


def _gateways(scope: Node, children: dict[str, Node]) -> Iterator[Finding]:
    for node in children.values():
        name, out = local(node), _out(scope, node) if local(node) in NODES else []
        default = node.get("default")
        if default and default not in {flow.get("id") for flow in out}:
            yield invalid("default", node.get("id"), f"{_name(node)}的默认出口“{default}”不是它的出口")
        if name in ("exclusiveGateway", "inclusiveGateway") and len(out) > 1:
            for flow in out:
                if condition(flow) is None and flow.get("id") != default:
                    fix = "给它写条件，或设为默认出口"
                    yield invalid("no-condition", flow.get("id"), f"网关{_name(node)}的出口{_name(flow)}没有条件", fix)
        if name == "eventBasedGateway":
            yield from _event_gateway(scope, node, out, children)


def _event_gateway(scope: Node, node: Node, out: list[Node], children: dict[str, Node]) -> Iterator[Finding]:
    if len(out) < 2:
        yield invalid("event-gateway", node.get("id"), f"事件网关{_name(node)}至少要有两个出口")
    if node.get("eventGatewayType", "Exclusive") != "Exclusive":
        yield unsupported("event-gateway", node.get("id"), f"事件网关{_name(node)}只支持先到先得")
    for flow in out:
        target = children.get(flow.get("targetRef"))
        if target is None:
            continue
        if local(target) not in ("intermediateCatchEvent", "receiveTask"):
            yield invalid("event-gateway", target.get("id"), f"事件网关{_name(node)}之后只能是捕获事件或接收任务")
        elif len(_in(scope, target)) > 1:
            yield invalid("event-gateway", target.get("id"), f"事件网关之后的{_name(target)}不能有别的入口")
        if condition(flow) is not None:
            yield invalid("event-gateway", flow.get("id"), f"事件网关的出口{_name(flow)}不能有条件")


# ---------------------------------------------------------------------------------------------- events


def _events(scope: Node, children: dict[str, Node]) -> Iterator[Finding]:
    root = scope.getroottree().getroot()
    handler = scope.get("triggeredByEvent") == "true"
    for node in children.values():
        name = local(node)
        if name not in EVENTS and name not in ("sendTask", "receiveTask"):
            continue
        kinds = [kind(one) for one in definitions(node)]
        allowed = HANDLED if handler and name == "startEvent" else ALLOWED.get(name, {"message"})
        for one in kinds:
            if one not in allowed and one != "compensate":
                yield invalid("event-kind", node.get("id"), f"{_name(node)}不能使用这种事件（{one}）")
        if not kinds and (name in ("boundaryEvent", "intermediateCatchEvent") or (handler and name == "startEvent")):
            yield invalid("event-none", node.get("id"), f"{_name(node)}没有说明等什么事件")
        for definition in definitions(node):
            yield from _definition(root, node, definition)
        if name == "receiveTask" and not kinds and not node.get("messageRef"):
            yield invalid("receive", node.get("id"), f"接收任务{_name(node)}没有指明消息")
        if name == "boundaryEvent":
            yield from _boundary(node, kinds, children)
        if "cancel" in kinds and name == "endEvent" and local(scope) != "transaction":
            yield invalid("cancel", node.get("id"), f"取消结束事件{_name(node)}只能画在事务子流程里")
        if "link" in kinds and name == "intermediateThrowEvent" and not _link_target(node, children):
            yield invalid("link", node.get("id"), f"链接{_name(node)}没有同名的接收链接")


def _boundary(node: Node, kinds: list[str], children: dict[str, Node]) -> Iterator[Finding]:
    host = children.get(node.get("attachedToRef"))
    if host is None or local(host) not in ACTIVITIES | REFUSED.keys():
        yield invalid("attached", node.get("id"), f"边界事件{_name(node)}没有附在任务或子流程上")
    elif "cancel" in kinds and local(host) != "transaction":
        yield invalid("cancel", node.get("id"), f"取消边界事件{_name(node)}只能附在事务子流程上")


def _link_target(node: Node, children: dict[str, Node]) -> bool:
    wanted = link_name(node)
    return any(local(other) == "intermediateCatchEvent" and link_name(other) == wanted for other in children.values())


def link_name(node: Node) -> str | None:
    """The name that ties two link events together; None when the event is no link."""
    for definition in definitions(node):
        if kind(definition) == "link":
            return str(definition.get("name") or node.get("name") or "")
    return None


def _definition(root: Node, node: Node, definition: Node) -> Iterator[Finding]:
    name = kind(definition)
    reference = definition.get(f"{name}Ref")
    if reference and not any(one.get("id") == _plain(reference) for one in root.iter(f"{BPMN}{name}")):
        yield invalid("reference", node.get("id"), f"{_name(node)}引用的“{reference}”不存在")
    if name == "message" and not reference and not node.get("name"):
        yield invalid("message", node.get("id"), f"{_name(node)}没有指明消息")
    if name == "timer":
        times = [child for child in definition if local(child) in ("timeDate", "timeDuration", "timeCycle")]
        if len(times) != 1 or not (times[0].text or "").strip():
            yield invalid("timer", node.get("id"), f"计时事件{_name(node)}没有写时间")
    if name == "conditional" and not (definition.findtext(f"{BPMN}condition") or "").strip():
        yield invalid("condition", node.get("id"), f"条件事件{_name(node)}没有写条件")


def _plain(reference: str) -> str:
    return reference.rpartition(":")[2]


def _starts(scope: Node, children: dict[str, Node]) -> Iterator[Finding]:
    starts = [node for node in children.values() if local(node) == "startEvent"]
    plain = [node for node in starts if not definitions(node)]
    if len(plain) > 1:
        yield unsupported("two-starts", plain[1].get("id"), f"{_name(scope)}有多个无条件的开始事件，请合并为一个")
    if scope.get("triggeredByEvent") == "true" and len(starts) != 1:
        yield invalid("handler-start", scope.get("id"), f"事件子流程{_name(scope)}必须恰有一个开始事件")
    elif local(scope) in SUBS and scope.get("triggeredByEvent") != "true":
        for node in starts:
            if definitions(node):
                yield invalid("sub-start", node.get("id"), f"子流程的开始事件{_name(node)}不能等待事件")


# ---------------------------------------------------------------------------------------------- repetition, texts


def _repeats(_scope: Node, children: dict[str, Node]) -> Iterator[Finding]:
    for node in children.values():
        loop = node.find(f"{BPMN}standardLoopCharacteristics")
        if loop is not None:
            maximum = loop.get("loopMaximum")
            if maximum is not None and (not maximum.lstrip("+").isdigit() or int(maximum) < 1):
                yield invalid("loop", node.get("id"), f"{_name(node)}的最多循环次数应为正整数")
            if maximum is None and not (loop.findtext(f"{BPMN}loopCondition") or "").strip():
                yield invalid("loop", node.get("id"), f"循环{_name(node)}没有条件，也没有最多次数")
        multi = node.find(f"{BPMN}multiInstanceLoopCharacteristics")
        if multi is not None:
            texts = [multi.findtext(f"{BPMN}{one}") or "" for one in ("loopCardinality", "loopDataInputRef")]
            if sum(bool(text.strip()) for text in texts) != 1:
                fix = "写 loopCardinality 或 loopDataInputRef 之一"
                yield invalid("multi", node.get("id"), f"多实例{_name(node)}应写明次数或集合之一", fix)
            if multi.get("behavior", "All") != "All":
                yield unsupported("multi", node.get("id"), f"多实例{_name(node)}的 behavior 只支持 All")


def _texts(_scope: Node, children: dict[str, Node]) -> Iterator[Finding]:
    for node in children.values():
        for element, text, language, compile_text in _written(node):
            finding = _text(node, element, text, language, compile_text)
            if finding:
                yield finding


def _written(node: Node) -> Iterator[tuple[str, str, str | None, Callable[[str], object]]]:
    name = local(node)
    if name == "sequenceFlow" and condition(node):
        expression = node.find(f"{BPMN}conditionExpression")
        yield "条件", str(condition(node)), expression.get("language"), expressions.compile_expression
    if name == "scriptTask":
        script = node.findtext(f"{BPMN}script") or ""
        yield "脚本", script, node.get("scriptFormat"), expressions.compile_script
    for definition in definitions(node):
        for child in definition:
            text = (child.text or "").strip()
            if local(child) in ("timeDate", "timeDuration", "timeCycle") and text and not timers.is_literal(text):
                yield "计时", text, child.get("language"), expressions.compile_expression
            if local(child) == "condition" and text:
                yield "条件", text, child.get("language"), expressions.compile_expression
    for tag in ("loopCardinality", "loopDataInputRef", "loopCondition", "completionCondition"):
        for child in node.iterfind(f"*/{BPMN}{tag}"):
            if (child.text or "").strip():
                yield "循环", str(child.text), child.get("language"), expressions.compile_expression
    for child in node.iterfind(f"{BPMN}extensionElements/{SPIFF}*"):
        tag = etree.QName(child).localname
        if tag in ("preScript", "postScript") and (child.text or "").strip():
            yield "脚本", str(child.text), None, expressions.compile_script
        for parameter in child.iterfind(f".//{SPIFF}parameter"):
            if parameter.get("value"):
                yield "参数", str(parameter.get("value")), None, expressions.compile_expression


def _text(
    node: Node, what: str, text: str, language: str | None, compile_text: Callable[[str], object]
) -> Finding | None:
    if (language and "python" not in language.lower()) or text.lstrip().startswith(FOREIGN):
        message = f"{_name(node)}的{what}用了不支持的语言，请改写为本系统的表达式"
        return unsupported("language", node.get("id") or "", message)
    try:
        compile_text(text)
    except expressions.ExpressionError as error:
        return invalid("expression", node.get("id") or "", f"{_name(node)}的{what}有误：{error}")
    return None
