"""Walks tokens through one scope in every way that its drawing allows, conditions unread: what is reached, what gets stuck.

States are sets of marked flows. One token moves at a time and only its own choices branch, because the moves of others
neither help nor hinder it (a stubborn set of one); joins, ends that kill, and inclusive joins move last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from webapp.spiff import rules
from webapp.studio.checker import reading
from webapp.studio.checker.remarks import Node

WORK = 200_000
"""Tokens looked at, over all states; beyond this nothing is said."""
CROWD = 12
"""With more tokens than this it is not asked which of them meet."""
MOST = 4
"""Tokens on one flow are counted up to here."""
WIDE = 5
"""From an inclusive gateway with more ways out only one at a time, and all of them, are tried."""

JOINING = ("parallelGateway", "inclusiveGateway")

State = tuple[tuple[int, int], ...]
"""Sorted (flow, tokens) with at least one token; flow -1-n is the start of node n."""


@dataclass
class Graph:
    """The scope as numbers. `out`, `into`: flows by node; `target`, `source`: node by flow."""

    nodes: list[Node]
    kinds: list[str]
    out: list[list[int]]
    into: list[list[int]]
    source: list[int]
    target: list[int]
    conditional: list[bool]
    boundary: list[list[tuple[int, bool]]]
    """By activity: its boundary events and whether they interrupt."""
    links: dict[int, int] = field(default_factory=dict)
    """Throwing link → catching link."""
    flow_nodes: list[Node] = field(default_factory=list)


@dataclass
class Walk:
    """What was seen. `complete`: everything was tried. `stuck`: joins at which a walk can end with tokens left."""

    reached: set[int] = field(default_factory=set)
    fired: set[int] = field(default_factory=set)
    waited: set[int] = field(default_factory=set)
    """Joins that some token arrived at."""
    stuck: set[int] = field(default_factory=set)
    doubled: set[int] = field(default_factory=set)
    """Nodes that two tokens come to by different ways, one after the other."""
    completes: bool = False
    complete: bool = True


def graph(scope: Node) -> Graph:
    """The nodes and flows of the scope; what is no flow node, and event sub-processes, are left out."""
    nodes = [node for node in reading.flow_nodes(scope) if node.get("triggeredByEvent") != "true"]
    place = {node.get("id"): number for number, node in enumerate(nodes)}
    flows = [flow for flow in reading.flows(scope) if flow.get("sourceRef") in place and flow.get("targetRef") in place]
    made = Graph(nodes, [rules.local(node) for node in nodes], [], [], [], [], [], [[] for _ in nodes])
    made.out, made.into = [[] for _ in nodes], [[] for _ in nodes]
    for number, flow in enumerate(flows):
        made.source.append(place[flow.get("sourceRef")])
        made.target.append(place[flow.get("targetRef")])
        made.conditional.append(rules.condition(flow) is not None)
        made.out[made.source[-1]].append(number)
        made.into[made.target[-1]].append(number)
    made.flow_nodes = flows
    _attach(made, place)
    return made


def _attach(made: Graph, place: Mapping[str | None, int]) -> None:
    catches = {}
    for number, node in enumerate(made.nodes):
        if made.kinds[number] == "boundaryEvent" and node.get("attachedToRef") in place:
            made.boundary[place[node.get("attachedToRef")]].append((number, _interrupts(node)))
        if made.kinds[number] == "intermediateCatchEvent" and rules.link_name(node) is not None:
            catches[rules.link_name(node)] = number
    for number, node in enumerate(made.nodes):
        name = rules.link_name(node)
        if made.kinds[number] == "intermediateThrowEvent" and name in catches:
            made.links[number] = catches[name]


def _interrupts(node: Node) -> bool:
    return bool(node.get("cancelActivity") != "false")


def starts(made: Graph) -> list[list[int]]:
    """Each way to begin: one of the start events, or without any all nodes at once that nothing leads to."""
    drawn = [number for number, kind in enumerate(made.kinds) if kind == "startEvent"]
    if drawn:
        return [[number] for number in drawn]
    caught = set(made.links.values())
    free = [
        number
        for number, kind in enumerate(made.kinds)
        if not made.into[number] and kind != "boundaryEvent" and number not in caught
    ]
    return [free] if free else []


def reachable(made: Graph, begin: Sequence[int]) -> set[int]:
    """Every node that a way leads to from these, their boundary events and links included."""
    seen, todo = set(begin), list(begin)
    while todo:
        for other in _next(made, todo.pop()):
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen


def _next(made: Graph, node: int) -> Iterator[int]:
    yield from (made.target[flow] for flow in made.out[node])
    yield from (event for event, _ in made.boundary[node])
    if node in made.links:
        yield made.links[node]


def finishing(made: Graph) -> set[int]:
    """Every node from which some way leads to an end: an end event, or a node without a way out."""
    back: list[set[int]] = [set() for _ in made.nodes]
    for node in range(len(made.nodes)):
        for other in _next(made, node):
            back[other].add(node)
    ends = [n for n in range(len(made.nodes)) if not made.out[n] and n not in made.links]
    seen, todo = set(ends), list(ends)
    while todo:
        for other in back[todo.pop()]:
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen


def walk(made: Graph) -> Walk:
    """Every way through the scope, unless there are too many."""
    result, work = Walk(), 0
    seen: set[State] = set()
    upstream, ahead = _upstream(made), _ahead(made)
    todo: list[State] = [tuple((-1 - node, 1) for node in sorted(begin, reverse=True)) for begin in starts(made)]
    while todo:
        state = todo.pop()
        if state in seen:
            continue
        seen.add(state)
        work += 1 + len(state)
        if work > WORK:
            result.complete = False
            break
        _note(made, state, result, ahead)
        after = _moves(made, state, result, upstream)
        if after is None:
            result.completes |= not state
            result.stuck |= {_node(made, flow) for flow, _ in state}
            continue
        todo.extend(after)
    return result


def _node(made: Graph, flow: int) -> int:
    return -1 - flow if flow < 0 else made.target[flow]


def _note(made: Graph, state: State, result: Walk, ahead: list[list[int]]) -> None:
    for (flow, _), (other, _) in combinations(state, 2) if len(state) <= CROWD else ():
        merge = next((one for one in ahead[_node(made, flow)] if one in ahead[_node(made, other)]), None)
        if merge is not None:
            result.doubled.add(merge)
    for flow, _ in state:
        node = _node(made, flow)
        result.reached.add(node)
        if made.kinds[node] in JOINING and len(made.into[node]) > 1:
            result.waited.add(node)


def _ahead(made: Graph) -> list[list[int]]:
    """By node: the nodes with several ways in that a token comes to from here for certain, before any branch or join."""
    found: list[list[int]] = []
    for start in range(len(made.nodes)):
        met, node, seen = [], start, set[int]()
        while node not in seen and not (made.kinds[node] in JOINING and len(made.into[node]) > 1):
            seen.add(node)
            if len(made.into[node]) > 1 and made.kinds[node] != "endEvent":
                met.append(node)
            if len(made.out[node]) != 1 or made.boundary[node]:
                break
            node = made.target[made.out[node][0]]
        found.append(met)
    return found


def _moves(made: Graph, state: State, result: Walk, upstream: list[set[int]]) -> list[State] | None:
    """The states after the one token that moves now has made each of its choices; None when nothing can move."""
    marked = dict(state)
    last = None
    for flow, _ in state:
        node = _node(made, flow)
        if made.kinds[node] == "parallelGateway" and len(made.into[node]) > 1:
            if all(one in marked for one in made.into[node]):
                return _fire(made, marked, node, made.into[node], result)
        elif made.kinds[node] == "inclusiveGateway" and len(made.into[node]) > 1:
            last = last if last is not None or not _inclusive_ready(made, marked, node, upstream) else node
        elif not _kills(made.nodes[node]):
            return _fire(made, marked, node, [flow], result)
    if last is not None:
        return _fire(made, marked, last, [flow for flow in made.into[last] if flow in marked], result)
    for flow, _ in state:
        node = _node(made, flow)
        if _kills(made.nodes[node]) and made.kinds[node] == "endEvent":
            result.fired.add(node)
            return [()]
    return None


def _kills(node: Node) -> bool:
    return any(rules.kind(one) == "terminate" for one in rules.definitions(node))


def _inclusive_ready(made: Graph, marked: Mapping[int, int], node: int, upstream: list[set[int]]) -> bool:
    """No token elsewhere can still come to an empty input and to none that holds one (BPMN 2.0, 13.3.4)."""
    empty = [flow for flow in made.into[node] if flow not in marked]
    held = [flow for flow in made.into[node] if flow in marked]
    if not held:
        return False
    for flow in marked:
        if flow in held:
            continue
        at = _node(made, flow)
        to_empty = at != node and any(at in upstream[one] for one in empty)
        if to_empty and not any(at in upstream[one] for one in held):
            return False
    return True


def _upstream(made: Graph) -> list[set[int]]:
    """For each flow into an inclusive join: the nodes from which a way leads into it, not through the join itself."""
    back: list[set[int]] = [set() for _ in made.nodes]
    for node in range(len(made.nodes)):
        for other in _next(made, node):
            back[other].add(node)
    found: list[set[int]] = []
    for flow, source in enumerate(made.source):
        join = made.target[flow]
        if made.kinds[join] != "inclusiveGateway" or len(made.into[join]) < 2:
            found.append(set())
            continue
        seen, todo = {source}, [source]
        while todo:
            for other in back[todo.pop()] - seen - {join}:
                seen.add(other)
                todo.append(other)
        found.append(seen)
    return found


def _fire(made: Graph, marked: dict[int, int], node: int, taken: Sequence[int], result: Walk) -> list[State]:
    rest = dict(marked)
    for flow in taken:
        rest[flow] -= 1
        if not rest[flow]:
            del rest[flow]
    result.fired.add(node)
    return [_with(rest, flows) for flows in _choices(made, rest, node)]


def _with(rest: Mapping[int, int], flows: Sequence[int]) -> State:
    marked = dict(rest)
    for flow in flows:
        marked[flow] = min(marked.get(flow, 0) + 1, MOST)
    return tuple(sorted(marked.items()))


def _choices(made: Graph, rest: Mapping[int, int], node: int) -> list[list[int]]:
    """The sets of flows (or of nodes begun anew, as -1-n) that get a token."""
    out, kind = made.out[node], made.kinds[node]
    if node in made.links:
        return [[-1 - made.links[node]]]
    if kind in ("exclusiveGateway", "eventBasedGateway", "complexGateway") and out:
        return [[flow] for flow in out]
    if kind == "inclusiveGateway" and len(out) > 1:
        return _subsets(out)
    ways = [list(out)]
    conditional = [flow for flow in out if made.conditional[flow]]
    if conditional and kind in rules.ACTIVITIES:
        always = [flow for flow in out if flow not in conditional and not _is_default(made, node, flow)]
        default = [flow for flow in out if _is_default(made, node, flow)]
        ways = [[*always, *chosen] for chosen in _subsets(conditional)] + [[*always, *default]]
    for event, interrupts in made.boundary[node]:
        if interrupts:
            ways.append([-1 - event])
        elif -1 - event not in rest:
            ways += [[*way, -1 - event] for way in list(ways) if -1 - event not in way]
    return ways


def _is_default(made: Graph, node: int, flow: int) -> bool:
    return bool(made.nodes[node].get("default") == made.flow_nodes[flow].get("id"))


def _subsets(flows: Sequence[int]) -> list[list[int]]:
    if len(flows) > WIDE:
        return [[flow] for flow in flows] + [list(flows)]
    return [list(chosen) for size in range(1, len(flows) + 1) for chosen in combinations(flows, size)]
