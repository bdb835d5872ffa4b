"""Where a variable lives: in the case, in a called process, or in one instance of a repeated activity.

Corrects faults 11 and 12 of engine.md 1: SpiffWorkflow copies all data from token to token and merges it back by
position at joins, so parallel branches overwrite each other and lists interleave. Here, as in BPMN 2.0 10.4, data
belong to the scope; a value is assigned whole. Fails without it: tests/spiff/test_joins.py::test_branches_share_data.
"""

from __future__ import annotations

import copy
from typing import Any

Frame = dict[str, Any]
LOCAL = "local"
"""Key in a token's internal data: the variables of one instance of a repeated activity."""
OWN = "own"
"""Key in the internal data of a running sub-process's token: the variables it declares as its own (`bpmn:property`)."""


def frames(token: Any, kinds: tuple[str, ...] = (LOCAL, OWN)) -> list[Frame]:
    """The variables this token sees, innermost first; the last frame is the case's (or the called process's) own."""
    found: list[Frame] = []
    while True:
        found += [token.internal_data[kind] for kind in kinds if token.internal_data.get(kind) is not None]
        scope = token.workflow
        if scope.own_data:
            found.append(scope.data)
            return found
        token = scope.owner


def visible(token: Any) -> Frame:
    """Everything this token sees as one dictionary; to be read only."""
    found = frames(token)
    if len(found) == 1:
        return found[0]
    merged: Frame = {}
    for frame in reversed(found):
        merged.update(frame)
    return merged


def write(token: Any, name: str, value: Any) -> None:
    """The variable has this value in the innermost frame that knows it, or in the innermost one when it is new."""
    found = frames(token)
    target = next((frame for frame in found if name in frame), None)
    # What a sub-process has not declared is not its own: it is new in what lies around it.
    _put(token, frames(token, (LOCAL,))[0] if target is None else target, found, name, value)


def declare(token: Any, name: str, value: Any) -> None:
    """The variable has this value in the innermost frame; what an element of that name wrote outside stays."""
    found = frames(token)
    _put(token, found[0], found, name, value)


def store(token: Any, before: Frame, after: Frame) -> None:
    """What a script changed, from `before` to `after`, is written."""
    found = frames(token)
    # A script that is itself repeated shares new variables with what is around it; its own are the loop's.
    open_ones = frames(token, (LOCAL,))
    around = open_ones[1] if LOCAL in token.internal_data else open_ones[0]
    for name, value in after.items():
        if name not in before or (before[name] is not value and not _same(before[name], value)):
            new = found[0] if LOCAL in token.internal_data and name == token.task_spec.loop.output_item else around
            target = next((frame for frame in found if name in frame), new)
            _put(token, target, found, name, value)


def _same(left: Any, right: Any) -> bool:
    return type(left) is type(right) and bool(left == right)


def enclosing(token: Any) -> Any:
    """The scope whose own data this token writes to in the end: the case, or the called process."""
    scope = token.workflow
    while not scope.own_data:
        scope = scope.owner.workflow
    return scope


class MissingInput(Exception):
    """The called process declares an input that the caller has not got."""


def called(token: Any, declared: Any) -> Frame:
    """A copy of what the caller sees, to be a called process's own data: its declared inputs, or everything."""
    seen = visible(token)
    names = [one.bpmn_id for one in declared.data_inputs] if declared is not None else []
    for name in names:
        if name not in seen:
            raise MissingInput(f"调用的流程需要数据“{name}”，但此处没有")
    return copy.deepcopy({name: seen[name] for name in names} if names else seen)


def returned(scope: Any) -> list[str]:
    """The names of what a called process gives back: its declared outputs, or all that it wrote."""
    declared = scope.spec.io_specification
    names = [one.bpmn_id for one in declared.data_outputs] if declared is not None else []
    return [name for name in names or scope.written if name in scope.data]


def _put(token: Any, target: Frame, found: list[Frame], name: str, value: Any) -> None:
    target[name] = copy.deepcopy(value)
    token.workflow.top_workflow.changed = True
    if target is found[-1]:
        enclosing(token).written.setdefault(name)
