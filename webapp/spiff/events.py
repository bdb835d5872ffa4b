"""Throwing and catching: messages, signals, errors, escalations, conditions, links, terminate and cancel.

Corrects (engine.md 1 fault 4 and table 2): an interrupting event sub-process did not interrupt and changed the spec all
cases share; signals and escalations let the interrupted part run on; signal ends and links were lost; an uncaught error
ended as a normal completion. Here a listener is a token of its own scope, and an interrupt removes tokens at once.
Fails without it: every row of tests/spiff/test_events.py.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions import CancelEventDefinition, TerminateEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.conditional import ConditionalEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import CodeEventDefinition
from SpiffWorkflow.spiff.specs.event_definitions import (
    ErrorEventDefinition,
    EscalationEventDefinition,
    MessageEventDefinition,
    SignalEventDefinition,
)
from SpiffWorkflow.util.task import TaskState

from webapp.spiff import instances, scopes, services, timers

__all__ = [
    "CancelEventDefinition",
    "ConditionalEventDefinition",
    "ErrorEventDefinition",
    "EscalationEventDefinition",
    "MessageEventDefinition",
    "SignalEventDefinition",
]


class Link(EventDefinition):  # type: ignore[misc]  # the library is untyped
    """A link event: the token goes on at the catching link of the same name in the same scope."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Link) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)


class Uncaught(Exception):
    """A business error that nothing in the diagram catches."""

    def __init__(self, code: str | None, message: str = "") -> None:
        super().__init__(message or f"错误“{code or '未命名'}”没有边界事件或事件子流程捕获，请在图上补画")
        self.code = code


# ---------------------------------------------------------------------------------------------- throwing


def prepare(token: Any, definition: Any) -> None:
    """What the event will carry is worked out; an error that nobody catches fails here, before anything moved."""
    memory = token.internal_data
    expression = getattr(definition, "expression", None)
    if isinstance(definition, MessageEventDefinition | SignalEventDefinition | CodeEventDefinition):
        memory["payload"] = services.evaluate(token, expression) if expression else None
    if isinstance(definition, ErrorEventDefinition) and catcher(token, ErrorEventDefinition, definition.code) is None:
        raise Uncaught(definition.code)


def throw(token: Any, definition: Any) -> None:
    """The event has happened, inside this case and, if nothing here catches it, outside."""
    run, payload = token.workflow.top_workflow, token.internal_data.get("payload")
    if isinstance(definition, MessageEventDefinition):
        payload = payload if payload is not None else {}
        if not deliver(run, definition.name, payload):
            run.thrown("message", definition.name, payload, token)
    elif isinstance(definition, SignalEventDefinition):
        run.thrown("signal", definition.name, payload, token)
        broadcast(run, definition.name, payload)
    elif isinstance(definition, ErrorEventDefinition):
        raise_error(token, definition.code, payload)
    elif isinstance(definition, EscalationEventDefinition):
        found = catcher(token, EscalationEventDefinition, definition.code)
        if found is None:
            run.thrown("escalation", definition.code or definition.name, payload, token)
        else:
            fire(found, payload)
    elif isinstance(definition, TerminateEventDefinition):
        _clear(token.workflow, keep=token)
    elif isinstance(definition, CancelEventDefinition):
        _cancel_transaction(token)
    elif isinstance(definition, Link):
        _jump(token, definition)


def raise_error(token: Any, code: str | None, payload: Any) -> bool:
    """The nearest error event with this code, or for any code, has it; False when there is none."""
    found = catcher(token, ErrorEventDefinition, code)
    if found is None:
        return False
    fire(found, payload)
    return True


def catcher(token: Any, kind: Any, code: str | None) -> Any:
    """The nearest token listening for this error or escalation: the element's own edge, its scope, the edge of that …

    At one level an event with the code comes before an event for any code.
    """
    at = token
    while at is not None:
        body = at.parent if instances.is_instance(at) else at
        edge = [child for child in body.children if _catches(child, kind, code)]
        around = [one for one in at.workflow.tasks.values() if one.internal_data.get("listener")]
        inner = [one for one in around if _catches(one, kind, code)]
        for level in (edge, inner):
            if level:
                return min(level, key=lambda one: (not definition_of(one).code, one.internal_data["n"]))
        at = at.workflow.owner
    return None


def _catches(token: Any, kind: Any, code: str | None) -> bool:
    definition = definition_of(token)
    return (
        token.state == TaskState.WAITING
        and isinstance(definition, kind)
        and (not definition.code or definition.code == code)
    )


# ---------------------------------------------------------------------------------------------- catching


def definition_of(token: Any) -> Any:
    """The event definition this token waits for; of an event sub-process's listener, that of its start event."""
    return getattr(event_of(token), "event_definition", None)


def event_of(token: Any) -> Any:
    """The event element this waiting token stands for."""
    return token.task_spec.trigger if token.internal_data.get("listener") else token.task_spec


def interrupts(token: Any) -> bool:
    """Whether something is cancelled when this waiting token fires."""
    spec = event_of(token)
    return bool(getattr(spec, "cancel_activity", getattr(spec, "interrupting", False)))


def waiting(run: Any, kind: Any, name: str | None = None) -> list[Any]:
    """Every token of the case that waits for such an event, the longest waiting first."""
    found = [
        token
        for scope in run.scopes()
        for token in scope.tasks.values()
        if token.state == TaskState.WAITING
        and isinstance(definition := definition_of(token), kind)
        and (name is None or definition.name == name)
    ]
    return sorted(found, key=lambda token: token.internal_data["n"])


def deliver(run: Any, name: str, payload: Any) -> bool:
    """Everything that waits for this message has it; False when nothing does."""
    return _all(run, waiting(run, MessageEventDefinition, name), payload)


def broadcast(run: Any, name: str, payload: Any) -> bool:
    """Everything that waits for this signal has it; False when nothing does."""
    return _all(run, waiting(run, SignalEventDefinition, name), payload)


def _all(run: Any, tokens: list[Any], payload: Any) -> bool:
    for token in tokens:
        if run.holds(token):
            fire(token, payload)
    return bool(tokens)


def conditions(run: Any) -> None:
    """Every conditional event whose condition has become true fires; one that stays true does not fire again."""
    for token in waiting(run, ConditionalEventDefinition):
        if not run.holds(token):
            continue
        true = bool(services.evaluate(token, definition_of(token).expression))
        before, token.internal_data["was"] = token.internal_data.get("was", False), true
        if true and not before:
            fire(token, None)


def fire(token: Any, payload: Any) -> None:
    """The event this token waits for has happened; what it interrupts is gone when this returns."""
    run, scope = token.workflow.top_workflow, token.workflow
    memory = token.internal_data
    if memory.get("listener"):
        again = _again(token)
        if interrupts(token):
            _clear(scope, keep=None)
        run.travel_to(scope, token.task_spec, fired=[payload])
        if not interrupts(token) and not again:
            run.retire(token)
    elif getattr(token.task_spec, "attached", None):
        if token.task_spec.cancel_activity:
            run.cancel(token.parent)
            _ready(run.place(scope, token.task_spec, TaskState.WAITING), payload)
        else:
            again = _again(token)
            _ready(run.place(scope, token.task_spec, TaskState.WAITING), payload)
            if not again:
                run.retire(token)
    else:
        race = memory.get("race")
        for other in [one for one in scope.tasks.values() if race and one.internal_data.get("race") == race]:
            if other is not token:
                run.retire(other)
        if memory.get("flow") and race:
            run.record_flow(scope, memory["flow"])
        _ready(token, payload)


def receive(token: Any, definition: Any) -> None:
    """What the event carried is in the data, under the name the diagram gives it."""
    payload = token.internal_data.get("fired", [None])[0]
    if isinstance(definition, MessageEventDefinition):
        scopes.write(token, definition.message_var or definition.name, payload if payload is not None else {})
    elif getattr(definition, "variable", None):
        scopes.write(token, definition.variable, payload)


def _again(token: Any) -> bool:
    """Whether a non-interrupting event goes on waiting after it fired."""
    if "due" not in token.internal_data:
        return True
    following = timers.next_cycle(token.internal_data)
    if following is None:
        return False
    token.internal_data.update(following)
    return True


def _ready(token: Any, payload: Any) -> None:
    token.internal_data["fired"] = [payload]
    token.internal_data.pop("due", None)
    token._set_state(TaskState.READY)
    token.run_later()


def _clear(scope: Any, keep: Any) -> None:
    run = scope.top_workflow
    for other in list(scope.tasks.values()):
        if other is not keep:
            run.cancel(other)


def _cancel_transaction(token: Any) -> None:
    owner = token.workflow.owner
    for child in owner.children:
        if isinstance(definition_of(child), CancelEventDefinition):
            fire(child, None)
            return


def _jump(token: Any, definition: Link) -> None:
    for spec in token.workflow.spec.task_specs.values():
        if spec is not token.task_spec and getattr(spec, "catches_link", None) == definition.name:
            token.workflow.top_workflow.travel_to(token.workflow, spec)
            return
