"""The elements of a diagram: what a token does when it arrives, works and leaves. Subclasses of SpiffWorkflow's specs.

Corrects (engine.md 1) fault 9, a stale second submit runs a completed task again, and fault 13, an exception leaves the
task in ERROR for ever: what may fail is worked out before anything moves, and a phase that succeeded is not repeated.
Also runs conditional and default flows on any element, as BPMN 2.0 13.3.2 says. Fails without it:
tests/spiff/test_workflow.py (test_a_completed_task_is_not_run_again, test_a_failing_service_is_left_ready_for_retry).
The subclassed library is untyped, hence the marks for mypy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults as plain
from SpiffWorkflow.bpmn.specs.event_definitions import NoneEventDefinition
from SpiffWorkflow.spiff.specs import defaults as spiff
from SpiffWorkflow.util.task import TaskState

from webapp.spiff import events, instances, joins, services, timers


@dataclass(frozen=True, slots=True)
class Flow:
    """One sequence flow; `condition` None: always taken, unless it is the default."""

    id: str
    source: str
    target: str
    condition: str | None = None
    default: bool = False


class NoWay(Exception):
    """没有一条出口的条件成立，也没有默认出口，请检查条件或画一条默认出口。"""

    def __init__(self) -> None:
        super().__init__((self.__doc__ or "").strip())


class Node:
    """Every element. Set once by the parser and shared by all cases: flows, arriving, boundary, loop."""

    prescript: str | None = None
    postscript: str | None = None
    flows: tuple[Flow, ...] = ()
    arriving: tuple[Flow, ...] = ()
    boundary: tuple[Any, ...] = ()
    loop: instances.Loop | None = None
    next: tuple[str, ...] = ()
    """Names of the elements a token here can be at next, by a flow, an event on the edge or a link."""
    properties: dict[str, str]
    type: str
    manual: bool
    result = ""
    """Where the element's own result goes: "element" (its id), "message" (the message's variable), or ""."""
    is_join = False
    calls = False

    # ---- life of a token, called by SpiffWorkflow's Task ----

    def _update_hook(self, _token: Any) -> bool | None:
        """The token arrives. True: it may run at once."""
        return True

    def _on_ready(self, token: Any) -> None:
        if not self.manual or token.internal_data.get("ran"):
            token.run_later()

    def _run(self, token: Any) -> bool:
        memory = token.internal_data
        if not memory.get("ran"):
            self.work(token)
            memory["ran"] = True
        if self.postscript and not memory.get("post"):
            services.execute(token, self.postscript)
            memory["post"] = True
        if instances.is_instance(token):
            instances.collect(self, token)
        else:
            memory["out"] = [flow.id for flow in self.leaving(token)]
        return True

    def _on_complete(self, token: Any) -> None:
        run, scope = token.workflow.top_workflow, token.workflow
        out = token.internal_data.get("out", ())
        run.passed(token, "completed", out)
        run.disarm(token)
        self.effect(token)
        if not run.holds(token):  # the effect interrupted the scope it came from
            return
        run.retire(token)
        if instances.is_instance(token):
            instances.finished(self, token)
            return
        for flow in self.flows:
            if flow.id in out:
                run.travel(scope, flow)

    # ---- what differs ----

    def effect(self, token: Any) -> None:
        """What the finished element does to others; never fails."""

    def work(self, token: Any) -> None:
        """The element does what it is for; may raise, and is then repeated by a retry."""

    def leaving(self, token: Any) -> list[Flow]:
        """The flows the token leaves by: unconditional ones, those whose condition holds, else the default (13.3.2)."""
        return _inclusive(token, self.flows)


def _holds(token: Any, flow: Flow) -> bool:
    return bool(services.evaluate(token, flow.condition))


def _inclusive(token: Any, flows: tuple[Flow, ...]) -> list[Flow]:
    chosen = [flow for flow in flows if not flow.default and (flow.condition is None or _holds(token, flow))]
    conditional = any(flow.condition is not None for flow in flows if not flow.default)
    if not any(flow.condition is not None for flow in chosen) and (conditional or not chosen):
        chosen += [flow for flow in flows if flow.default]
    if flows and not chosen:
        raise NoWay
    return chosen


# ---------------------------------------------------------------------------------------------- gateways


class Exclusive(Node, plain.ExclusiveGateway):  # type: ignore[misc]
    """The first flow, as drawn in the file, whose condition holds; else the default; else an incident."""

    def leaving(self, token: Any) -> list[Flow]:
        for flow in self.flows:
            if not flow.default and (flow.condition is None or _holds(token, flow)):
                return [flow]
        default = [flow for flow in self.flows if flow.default]
        if self.flows and not default:
            raise NoWay
        return default


class Parallel(Node, plain.ParallelGateway):  # type: ignore[misc]
    """Waits for one token on every incoming flow, then leaves by every outgoing one."""

    is_join = True

    def _update_hook(self, token: Any) -> bool | None:
        return joins.arrive(token)

    def leaving(self, _token: Any) -> list[Flow]:
        return list(self.flows)


class Inclusive(Node, plain.InclusiveGateway):  # type: ignore[misc]
    """Waits for every token that can still come, then leaves by every flow whose condition holds."""

    is_join = True

    def _update_hook(self, token: Any) -> bool | None:
        return joins.arrive(token)


class EventGate(Node, plain.EventBasedGateway):  # type: ignore[misc]
    """The first of the events that follow decides; the others are forgotten."""

    def connect(self, child: Any) -> None:
        """The library takes the event definitions away from the events that follow (fault 8: one timer only)."""

    def _update_hook(self, token: Any) -> bool | None:
        scope = token.workflow
        waits = [(scope.spec.task_specs[flow.target], flow) for flow in self.flows]
        for spec, _ in waits:
            token.internal_data.setdefault("dues", {})[spec.name] = timers.schedule(token, spec.event_definition)
        return True

    def leaving(self, _token: Any) -> list[Flow]:
        return []

    def _on_complete(self, token: Any) -> None:
        run, scope = token.workflow.top_workflow, token.workflow
        dues = token.internal_data.get("dues", {})
        run.passed(token, "completed", ())
        run.retire(token)
        for flow in self.flows:
            memory = {"race": str(token.id), "flow": flow.id, **dues.get(flow.target, {})}
            waiting = run.place(scope, scope.spec.task_specs[flow.target], TaskState.WAITING, **memory)
            run.enters(waiting)


# ---------------------------------------------------------------------------------------------- activities


class Activity(Node):
    """A task or sub-process: may be repeated, and may carry boundary events."""

    def _update_hook(self, token: Any) -> bool | None:
        memory = token.internal_data
        if instances.is_instance(token):
            return self._started(token, self.begin(token))
        if self.prescript and not memory.get("pre"):
            services.execute(token, self.prescript)
            memory["pre"] = True
        dues = [(event, timers.schedule(token, event.event_definition, self)) for event in self.boundary]
        ready = instances.begin(self, token) if self.loop else self.begin(token)
        run = token.workflow.top_workflow
        for event, due in dues:
            run.place(token.workflow, event, TaskState.WAITING, parent=token, **due)
        return self._started(token, ready)

    @staticmethod
    def _started(token: Any, ready: bool | None) -> bool | None:
        if ready is None and token.state == TaskState.FUTURE:
            token._set_state(TaskState.STARTED)
        return ready

    def begin(self, _token: Any) -> bool | None:
        """The activity proper starts. True: it may run; None: something else will end it."""
        return True


class Person(Activity):
    """A task that a person completes."""

    result = "element"


class User(Person, spiff.UserTask):  # type: ignore[misc]
    """A user task."""


class Manual(Person, spiff.ManualTask):  # type: ignore[misc]
    """A manual task."""


class Plain(Person, spiff.NoneTask):  # type: ignore[misc]
    """A task of no kind; a person ticks it off, as in the library."""


class Script(Activity, spiff.ScriptTask):  # type: ignore[misc]
    """A script, run on a copy of the data: a failing one leaves nothing behind (fault 11)."""

    def work(self, token: Any) -> None:
        services.execute(token, self.script)


class Service(Activity, spiff.ServiceTask):  # type: ignore[misc]
    """A handler of ours."""

    def work(self, token: Any) -> None:
        services.call(self, token)


class Rule(Activity, spiff.BusinessRuleTask):  # type: ignore[misc]
    """A decision table."""

    decision: Any
    result_variable: str | None

    def work(self, token: Any) -> None:
        services.decide(self, token)


class Send(Activity, spiff.SendTask):  # type: ignore[misc]
    """Sends a message."""

    event_definition: Any

    def work(self, token: Any) -> None:
        events.prepare(token, self.event_definition)

    def effect(self, token: Any) -> None:
        events.throw(token, self.event_definition)


class Receive(Activity, spiff.ReceiveTask):  # type: ignore[misc]
    """Waits for a message."""

    event_definition: Any
    result = "message"

    def begin(self, token: Any) -> bool | None:
        token._set_state(TaskState.WAITING)
        return None

    def work(self, token: Any) -> None:
        events.receive(token, self.event_definition)


class Sub(Activity, spiff.SubWorkflowTask):  # type: ignore[misc]
    """An embedded sub-process; it shares the data around it."""

    result = "element"

    def begin(self, token: Any) -> bool | None:
        token.workflow.top_workflow.open_scope(token, self.spec)
        return None

    def work(self, token: Any) -> None:
        token.workflow.top_workflow.close_scope(token)


class Call(Sub, spiff.CallActivity):  # type: ignore[misc]
    """Another process, on a copy of the data; what it wrote comes back."""

    calls = True


class Transaction(Sub, spiff.TransactionSubprocess):  # type: ignore[misc]
    """A sub-process that a cancel end event can undo."""


class EventSub(Sub, spiff.EventSubprocess):  # type: ignore[misc]
    """A sub-process started by an event of the scope it lies in."""

    trigger: Any

    def begin(self, token: Any) -> bool | None:
        start = self.trigger.name
        token.workflow.top_workflow.open_scope(token, self.spec, start, token.internal_data.get("fired", [None]))
        return None


# ---------------------------------------------------------------------------------------------- events


class Catching(Node):
    """An event that waits: due times are worked out once, on arrival, and kept (fault 8)."""

    event_definition: Any

    def _update_hook(self, token: Any) -> bool | None:
        if isinstance(self.event_definition, NoneEventDefinition | events.Link) or "fired" in token.internal_data:
            # fired already: the start event of an event sub-process
            return True
        token.internal_data.update(timers.schedule(token, self.event_definition))
        token._set_state(TaskState.WAITING)
        return None

    def work(self, token: Any) -> None:
        events.receive(token, self.event_definition)


class Start(Catching, plain.StartEvent):  # type: ignore[misc]
    """A start event."""

    interrupting: bool = True


class Catch(Catching, plain.IntermediateCatchEvent):  # type: ignore[misc]
    """An intermediate catching event; `catches_link` is the name of the link that leads here."""

    catches_link: str | None = None


class Boundary(Catching, plain.BoundaryEvent):  # type: ignore[misc]
    """An event on the edge of an activity; `attached` is that activity's id."""

    attached: str = ""


class Throw(Node, plain.IntermediateThrowEvent):  # type: ignore[misc]
    """An intermediate throwing event."""

    event_definition: Any

    def work(self, token: Any) -> None:
        events.prepare(token, self.event_definition)

    def effect(self, token: Any) -> None:
        events.throw(token, self.event_definition)


class End(Throw, plain.EndEvent):  # type: ignore[misc]
    """An end event."""


def reach(spec: Any) -> Any:
    """The specs a token here can go to next, boundary events and links included."""
    tasks = spec._wf_spec.task_specs
    yield from (tasks[flow.target] for flow in spec.flows)
    yield from spec.boundary
    definition = getattr(spec, "event_definition", None)
    if isinstance(definition, events.Link) and isinstance(spec, Throw):
        yield from (other for other in tasks.values() if getattr(other, "catches_link", None) == definition.name)
