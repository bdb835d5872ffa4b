"""Parallel and inclusive joins, by counting tokens on incoming flows (BPMN 2.0 13.3.3 and 13.3.4, settled.md 14).

Corrects fault 3 of engine.md 1: the library looks for finished ancestors in the task tree, so in a rework loop an
arrival of the previous round stood in for a missing one and the final approval opened too early. Here an arrival is a
token that waits; firing consumes it, so it cannot count twice. Fails without it: tests/spiff/test_joins.py::
test_rework_loop_waits_for_both_reviews_in_every_order.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import InclusiveGateway
from SpiffWorkflow.util.task import TaskState


def arrive(token: Any) -> bool | None:
    """A token has come to a gateway. True: it may go on, the tokens it waited for are consumed."""
    if not collects(token.task_spec):
        return True
    token._set_state(TaskState.WAITING)
    return None


def fire(scope: Any) -> None:
    """Every join of this scope that has what it needs goes on, with one token for those it consumed."""
    run = scope.top_workflow
    for spec, tokens in _waiting(scope).items():
        oldest: dict[str, Any] = {}
        for token in sorted(tokens, key=lambda one: one.internal_data["n"]):
            oldest.setdefault(token.internal_data.get("flow", ""), token)
        empty = [flow for flow in spec.arriving if flow.id not in oldest]
        if isinstance(spec, InclusiveGateway):
            if empty and _may_come(scope, spec, empty, list(oldest)):
                continue
        elif empty:
            continue
        last = max(oldest.values(), key=lambda one: one.internal_data["n"])
        for token in oldest.values():
            if token is not last:
                run.retire(token)
        last._ready()
        run.enters(last)


def collects(spec: Any) -> bool:
    """Whether this element waits for more than one token."""
    return bool(spec.is_join) and len(spec.arriving) > 1


def is_waiting(token: Any) -> bool:
    """Whether this token is an arrival at a join that has not fired."""
    return token.state == TaskState.WAITING and collects(token.task_spec)


def _waiting(scope: Any) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for token in scope.tasks.values():
        if is_waiting(token):
            found.setdefault(token.task_spec, []).append(token)
    return found


def _may_come(scope: Any, gate: Any, empty: list[Any], full: list[str]) -> bool:
    """Whether some token can reach an empty input and cannot reach one that holds a token already."""
    sources = {flow.source for flow in empty}
    holding = {flow.source for flow in gate.arriving if flow.id in full}
    for token in scope.tasks.values():
        spec = token.task_spec
        idle = getattr(spec, "attached", None) and token.state == TaskState.WAITING
        if (
            spec is gate
            and token.state == TaskState.FUTURE
            and any(flow.id == token.internal_data.get("flow") for flow in empty)
        ):
            return True  # it stands on the flow and has not been looked at yet
        if spec is gate or idle or token.internal_data.get("listener"):
            continue
        reached = _reach(token.task_spec, gate)
        if reached & sources and not reached & holding:
            return True
    return False


def _reach(start: Any, gate: Any) -> set[str]:
    """The names of all elements a token at `start` can be at without passing the gate."""
    tasks = start._wf_spec.task_specs
    seen, todo = {start.name}, [start.name]
    while todo:
        for name in tasks[todo.pop()].next:
            if name not in seen and name != gate.name:
                seen.add(name)
                todo.append(name)
    return seen
