"""How findings are worded: the rules of this house, and what an element is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.spiff import rules
from webapp.spiff.findings import HOUSE, Finding

Node = Any
SPIFF_TEXTS = ("messagePayload", "payloadExpression")
"""Extensions of an event definition that hold an expression."""

TYPES: Mapping[str, str] = {
    "task": "任务",
    "userTask": "用户任务",
    "serviceTask": "服务任务",
    "sendTask": "发送任务",
    "receiveTask": "接收任务",
    "scriptTask": "脚本任务",
    "manualTask": "线下任务",
    "businessRuleTask": "规则任务",
    "callActivity": "调用活动",
    "subProcess": "子流程",
    "transaction": "事务子流程",
    "exclusiveGateway": "排他网关",
    "parallelGateway": "并行网关",
    "inclusiveGateway": "包容网关",
    "eventBasedGateway": "事件网关",
    "startEvent": "开始事件",
    "endEvent": "结束事件",
    "intermediateCatchEvent": "中间捕获事件",
    "intermediateThrowEvent": "中间抛出事件",
    "boundaryEvent": "边界事件",
    "sequenceFlow": "顺序流",
    "lane": "泳道",
    "process": "流程",
}


def house(rule: str, element: str | None, message: str, fix: str = "", severity: str = "error") -> Finding:
    """A finding of this house's own rules."""
    return Finding(rule, HOUSE, severity, element or "", message, fix)


def warning(rule: str, element: str | None, message: str, fix: str = "") -> Finding:
    """A finding of this house that does not stop publishing."""
    return house(rule, element, message, fix, severity="warning")


def label(node: Node) -> str:
    """“名称” or “编号” with the kind in front: 用户任务“审核初评”."""
    name = node.get("name") or node.get("id") or "（未命名）"
    return f"{TYPES.get(rules.local(node), '')}“{' '.join(str(name).split())[:60]}”"


def properties(node: Node) -> dict[str, str]:
    """The element's spiffworkflow properties."""
    path = f"{rules.BPMN}extensionElements/{rules.SPIFF}properties/{rules.SPIFF}property"
    return {one.get("name", ""): one.get("value", "") for one in node.iterfind(path)}


def operator(node: Node) -> Node | None:
    """The element's serviceTaskOperator, None when it has none."""
    return node.find(f"{rules.BPMN}extensionElements/{rules.SPIFF}serviceTaskOperator")


def documentation(node: Node) -> str:
    """Everything the element's documentation says."""
    return " ".join("".join(one.itertext()) for one in node.iterfind(f"{rules.BPMN}documentation"))


def extension(node: Node, name: str) -> str:
    """The text of a spiffworkflow extension such as messageVariable; "" when there is none."""
    return (node.findtext(f"{rules.BPMN}extensionElements/{rules.SPIFF}{name}") or "").strip()
