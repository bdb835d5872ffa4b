"""Activities that are repeated: multi-instance (parallel, sequential) and standard loops, over any activity.

Corrects table 2 of engine.md: results came in the order of completion, a second visit failed, an interrupting timer
threw partial results away. Here a result is stored under its key as soon as its instance is done, and a second visit
starts with an empty collection. Fails without it: tests/spiff/test_multi_instance.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.util.task import TaskState

from webapp.spiff import scopes, services
from webapp.spiff.services import REPEATED

MOST = 10_000
"""Instances one activity may have."""


@dataclass(frozen=True, slots=True)
class Loop:
    """How an activity is repeated; names are variables, `cardinality` and `condition` expressions."""

    multi: bool
    sequential: bool = True
    cardinality: str | None = None
    collection: str | None = None
    item: str | None = None
    output: str | None = None
    output_item: str | None = None
    condition: str | None = None
    test_before: bool = False
    maximum: int | None = None


class Unrepeatable(Exception):
    """The collection or the number of repetitions cannot be used."""


def is_instance(token: Any) -> bool:
    """Whether this token is one run of a repeated activity (and not the repeated activity as a whole)."""
    return REPEATED in token.internal_data


def key_of(token: Any) -> str:
    """The key of the innermost multi-instance this token runs in; "" when there is none."""
    at = token
    while at is not None:
        if is_instance(at) and scopes.LOCAL in at.internal_data:
            return str(at.internal_data[REPEATED])
        at = at.workflow.owner
    return ""


def begin(spec: Any, token: Any) -> bool | None:
    """The repeated activity starts. True: there is nothing to repeat, it may go on at once."""
    if not spec.loop.multi:
        more = not spec.loop.test_before or _again(token, spec.loop, 0)
        token.internal_data["loop"] = {"done": 0}
        if more:
            _spawn(spec, token, 0, None)
    else:
        keys, items, keyed = _collection(token, spec.loop)
        memory: dict[str, Any] = {"keys": keys, "keyed": keyed, "done": 0, "next": len(keys)}
        target = _target(spec)
        if target:
            scopes.write(token, target, _empty(spec, keyed))
        token.internal_data["loop"] = memory
        if spec.loop.sequential and len(keys) > 1:
            memory.update(items=items, next=1)
        for index in range(memory["next"]):
            _spawn(spec, token, index, items[index], keys[index])
        more = bool(keys)
    if not more:
        token.internal_data["ran"] = True
    return None if more else True


def collect(spec: Any, token: Any) -> None:
    """What one instance gave is stored, and whether the rest is still wanted is known; may raise and be repeated."""
    body, memory, loop = token.parent, token.internal_data, spec.loop
    state = body.internal_data["loop"]
    if not loop.multi:
        memory["again"] = _again(token, loop, state["done"] + 1)
        return
    if not memory.get("collected"):
        _keep(spec, body, token)
        memory["collected"] = True
    memory["enough"] = bool(loop.condition) and bool(services.evaluate(token, loop.condition, _counts(body)))


def finished(spec: Any, token: Any) -> None:
    """One instance is done and gone: the next one starts, or the activity as a whole may go on."""
    body, memory = token.parent, token.internal_data
    state = body.internal_data["loop"]
    state["done"] += 1
    if not spec.loop.multi:
        if memory.get("again"):
            _spawn(spec, body, state["done"], None)
        else:
            _end(body)
    elif memory.get("enough"):
        _end(body)
    else:
        _proceed(spec, body, state)


def dropped(spec: Any, body: Any) -> None:
    """An operator took one instance away."""
    state = body.internal_data["loop"]
    state["done"] += 1
    if spec.loop.multi:
        _proceed(spec, body, state)
    else:
        _end(body)


def _proceed(spec: Any, body: Any, state: dict[str, Any]) -> None:
    index = state["next"]
    if index < len(state["keys"]):
        state["next"] = index + 1
        _spawn(spec, body, index, state["items"][index], state["keys"][index])
    elif state["done"] >= len(state["keys"]):
        _end(body)


def _end(body: Any) -> None:
    run = body.workflow.top_workflow
    for child in list(body.children):
        if is_instance(child):
            run.cancel(child)
    body.internal_data["ran"] = True
    body.internal_data.pop("loop", None)
    body._set_state(TaskState.READY)
    body.run_later()


def _spawn(spec: Any, body: Any, index: int, item: Any, key: Any = None) -> None:
    memory: dict[str, Any] = {REPEATED: index if key is None else key, "visit": body.internal_data.get("visit", 1)}
    if spec.loop.multi:
        memory["index"] = index
        memory[scopes.LOCAL] = {"loopCounter": index, **({spec.loop.item: item} if spec.loop.item else {})}
    run = body.workflow.top_workflow
    run.place(body.workflow, spec, TaskState.FUTURE, parent=body, **memory).run_later()


def _again(token: Any, loop: Loop, done: int) -> bool:
    if loop.maximum is not None and done >= loop.maximum:
        return False
    return loop.condition is None or bool(services.evaluate(token, loop.condition, {"loopCounter": done}))


def _collection(token: Any, loop: Loop) -> tuple[list[Any], list[Any], bool]:
    if loop.cardinality is not None:
        count = services.evaluate(token, loop.cardinality)
        if type(count) is float and count.is_integer():
            count = int(count)
        if type(count) is not int or not 0 <= count <= MOST:
            raise Unrepeatable(f"多实例的次数应为 0 到 {MOST} 的整数，得到的是“{count}”")
        return [str(index) for index in range(count)], list(range(count)), False
    whole = services.evaluate(token, loop.collection)
    if isinstance(whole, Mapping):
        keys, items = list(whole.keys()), list(whole.values())
    elif isinstance(whole, list | tuple | set | frozenset):
        items = list(whole) if isinstance(whole, list | tuple) else sorted(whole, key=str)
        distinct = all(isinstance(item, str) for item in items) and len(set(items)) == len(items)
        keys = list(items) if distinct else [str(index) for index in range(len(items))]
    else:
        raise Unrepeatable(f"多实例的集合“{loop.collection}”应为字典或列表，请检查")
    if len(keys) > MOST:
        raise Unrepeatable(f"多实例的集合“{loop.collection}”超过 {MOST} 项")
    return keys, items, isinstance(whole, Mapping)


def _target(spec: Any) -> str | None:
    if spec.loop.output:
        return str(spec.loop.output)
    return _own_result(spec)


def _own_result(spec: Any) -> str | None:
    """The variable that the element itself writes."""
    if spec.result == "element":
        return str(spec.bpmn_id)
    if spec.result == "message":
        return str(spec.event_definition.message_var or spec.event_definition.name)
    return getattr(spec, "result_variable", None) or None


def _empty(spec: Any, keyed: bool) -> Any:
    return [] if spec.loop.output and not keyed else {}


def _keep(spec: Any, body: Any, token: Any) -> None:
    target = _target(spec)
    if target is None:
        return
    state, local = body.internal_data["loop"], token.internal_data[scopes.LOCAL]
    value = _value(spec, local)
    if spec.loop.output and not state["keyed"]:
        results = state.setdefault("results", {})
        results[str(token.internal_data["index"])] = value
        scopes.write(body, target, [results[index] for index in sorted(results, key=int)])
        return
    so_far = scopes.visible(body).get(target)
    scopes.write(body, target, {**(so_far if isinstance(so_far, dict) else {}), token.internal_data[REPEATED]: value})


def _value(spec: Any, local: dict[str, Any]) -> Any:
    item, own = spec.loop.output_item, _own_result(spec)
    given = local.get(own) if own else None
    if item:
        if item in local:
            return local[item]
        return given[item] if isinstance(given, dict) and item in given else given
    if own and own in local:
        return given
    return {name: value for name, value in local.items() if name not in (spec.loop.item, "loopCounter")}


def _counts(body: Any) -> dict[str, int]:
    state = body.internal_data["loop"]
    total, done = len(state["keys"]), state["done"] + 1
    active = state["next"] - done
    return {
        "numberOfInstances": total,
        "numberOfCompletedInstances": done,
        "numberOfActiveInstances": active,
        "nrOfInstances": total,
        "nrOfCompletedInstances": done,
        "nrOfActiveInstances": active,
    }
