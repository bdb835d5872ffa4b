"""Where tokens can and cannot go: what is never reached, joins that are never fed, ways without an end."""

from __future__ import annotations

from collections.abc import Iterator

from webapp.spiff import rules
from webapp.spiff.findings import Finding, invalid
from webapp.studio.checker import reading, walking
from webapp.studio.checker.reading import Diagram
from webapp.studio.checker.remarks import Node, house, label, warning
from webapp.studio.checker.walking import Graph


def check(diagram: Diagram) -> Iterator[Finding]:
    """Every scope of the file; nothing is said about the ways through one whose flows do not hold together."""
    for process in diagram.processes:
        for scope in reading.scopes(process):
            if not reading.flow_nodes(scope):
                if scope is not process:
                    yield warning("empty-sub", scope.get("id"), f"{label(scope)}里什么也没有画", "画上步骤，或删除它")
                continue
            yield from _starts_and_ends(scope)
            yield from _defaults(scope)
            yield from _ways(scope)


def _starts_and_ends(scope: Node) -> Iterator[Finding]:
    nodes = reading.flow_nodes(scope)
    kinds = {rules.local(node) for node in nodes}
    if "startEvent" not in kinds:
        yield house("start", scope.get("id"), f"{label(scope)}没有画开始事件", "画一个开始事件，连到第一步")
    if "endEvent" not in kinds:
        yield house("end", scope.get("id"), f"{label(scope)}没有画结束事件", "在最后一步之后画结束事件")
        return
    leaving = {flow.get("sourceRef") for flow in reading.flows(scope)}
    for node in nodes:
        kind = rules.local(node)
        is_link = rules.link_name(node) is not None
        goes_on = (kind in rules.ACTIVITIES and node.get("triggeredByEvent") != "true") or kind in _CATCHING
        if not goes_on or is_link or node.get("isForCompensation") == "true":
            continue
        if node.get("id") not in leaving:
            message = f"{label(node)}没有出口，走到这里就停了"
            yield house("dead-end", node.get("id"), message, "连到下一步或结束事件")


_CATCHING = {"startEvent", "intermediateCatchEvent", "intermediateThrowEvent"}


def _defaults(scope: Node) -> Iterator[Finding]:
    for node in reading.flow_nodes(scope):
        if rules.local(node) not in ("exclusiveGateway", "inclusiveGateway") or node.get("default"):
            continue
        out = [flow for flow in reading.flows(scope) if flow.get("sourceRef") == node.get("id")]
        if len(out) > 1 and all(rules.condition(flow) for flow in out):
            message = f"{label(node)}没有默认出口，条件都不成立时流程会停下报错"
            yield warning("no-default", node.get("id"), message, "把其中一个出口设为默认")


# ---------------------------------------------------------------------------------------------- ways


def _ways(scope: Node) -> Iterator[Finding]:
    made = walking.graph(scope)
    begins = walking.starts(made)
    live = walking.reachable(made, [node for begin in begins for node in begin])
    yield from _orphans(made, live)
    ending = walking.finishing(made)
    trapped = [node for node in sorted(live) if node not in ending]
    if trapped:
        names = "、".join(label(made.nodes[node]) for node in trapped[:5])
        message = f"从{names}出发没有通向结束的路，流程不能办结"
        yield house("no-way-out", made.nodes[trapped[0]].get("id"), message, "画一条通向结束事件的路")
        return
    seen = walking.walk(made)
    if not seen.complete:
        return
    yield from _joins(made, seen)


def _orphans(made: Graph, live: set[int]) -> Iterator[Finding]:
    entered = set(made.target)
    for node in range(len(made.nodes)):
        if node in live or made.nodes[node].get("isForCompensation") == "true":
            continue
        if made.kinds[node] == "boundaryEvent":
            continue  # its activity is told
        if node in entered:
            message = f"{label(made.nodes[node])}从开始事件走不到"
            yield house("unreachable", made.nodes[node].get("id"), message, "从前面的步骤连过来，或删除")
        else:
            message = f"{label(made.nodes[node])}没有入口，永远不会办到"
            yield house("orphan", made.nodes[node].get("id"), message, "从前面的步骤连过来，或删除")


def _joins(made: Graph, seen: walking.Walk) -> Iterator[Finding]:
    dead = {node for node in seen.waited if node not in seen.fired}
    for node in sorted(dead):
        message = f"{label(made.nodes[node])}的入口不会同时到齐，流程会永远停在这里"
        fix = "前面是二选一时用排他网关汇合；要同时办理时前面用并行网关分开"
        yield invalid("deadlock", made.nodes[node].get("id"), message, fix)
    for node in sorted(seen.stuck & seen.waited - dead):
        message = f"有的走法会停在{label(made.nodes[node])}：入口没有到齐"
        yield warning("maybe-stuck", made.nodes[node].get("id"), message, "检查前面的分支是否都会走到这里")
    if dead:
        return
    for node in sorted(seen.doubled):
        message = f"{label(made.nodes[node])}会因前面的并行分支被走两次"
        yield warning("twice", made.nodes[node].get("id"), message, "先用并行网关汇合")
