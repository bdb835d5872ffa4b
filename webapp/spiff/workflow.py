"""A running case for everybody outside this room: plain ids, plain data, no SpiffWorkflow (docs/architecture.md 4).

wf = Workflow.start(parse(files, "designation"), host)
wf.advance();  wf.complete(wf.open_tasks()[0].id, {"outcome": "submit"});  wf.advance();  text = wf.dump()
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from SpiffWorkflow.util.task import TaskState

from webapp import clock, errors
from webapp.spiff import events, instances, machine, nodes, scopes, services, state, timers
from webapp.spiff.findings import Finding, Refused
from webapp.spiff.host import BpmnError, Host, ServiceCall
from webapp.spiff.machine import Failure, Thrown, Visit
from webapp.spiff.parser import Definition, Element, parse, processes

__all__ = [
    "Awaited",
    "BpmnError",
    "Definition",
    "Element",
    "Failure",
    "Finding",
    "Host",
    "NotOpen",
    "OpenTask",
    "OpenTimer",
    "Refused",
    "ServiceCall",
    "Thrown",
    "Visit",
    "Workflow",
    "parse",
    "processes",
]


class NotOpen(errors.Stale):
    """该任务已办结或已取消。"""


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that waits for a person. `key`: of the multi-instance it belongs to, else ""; `data`: what it sees."""

    id: str
    element: str
    process: str
    name: str
    lane: str
    key: str
    properties: Mapping[str, str]
    visit: int
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OpenTimer:
    """A timer that runs. `attached_to`: id of the activity it sits on, else ""."""

    id: str
    element: str
    due_at: datetime
    interrupting: bool
    attached_to: str
    process: str = ""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A message that somebody could send now. `scope`: the event sub-process or activity it belongs to, else ""."""

    message: str
    element: str
    process: str
    properties: Mapping[str, str]
    interrupting: bool
    scope: str = ""
    name: str = ""


class Workflow:
    """One case. After complete, fire, deliver and the repairs, call advance."""

    def __init__(self, definition: Definition, host: Host) -> None:
        self.definition = definition
        self._run = machine.Run(definition, host)

    @classmethod
    def start(cls, definition: Definition, host: Host, data: Mapping[str, Any] | None = None) -> Workflow:
        """A new case that has not moved yet. A start event that waits for something is waited for."""
        case = cls(definition, host)
        case._run.data = copy.deepcopy(dict(data or {}))
        return case

    @classmethod
    def load(cls, definition: Definition, host: Host, text: str) -> Workflow:
        """The case as it was when dump made this text; state.Unreadable when it ran another diagram."""
        case = cls(definition, host)
        state.load(case._run, definition.reference, text)
        return case

    def dump(self) -> str:
        """The case as text; to be kept as it is, never as JSONB. What is still to be drained is not in it."""
        return state.dump(self._run, self.definition.reference)

    # ---- moving ----

    def advance(self) -> Failure | None:
        """Everything that can move has moved. The first failure, if any: that element stands ready to be retried."""
        return self._run.advance()

    def open_tasks(self) -> list[OpenTask]:
        """What waits for people, the oldest first."""
        return [self._open_task(token) for token in self._run.all_tokens() if _is_open(token)]

    def complete(self, task_id: str, variable: Mapping[str, Any]) -> None:
        """The task is done and its variable, named like the element, is this, whole. NotOpen if it is not open."""
        token = self._token(task_id)
        if token is None or not _is_open(token):
            raise NotOpen
        given = state.unpack(state.pack(dict(variable)))
        if instances.is_instance(token):
            scopes.declare(token, token.task_spec.bpmn_id, given)
        else:
            scopes.write(token, token.task_spec.bpmn_id, given)
        token.internal_data["ran"] = True
        token.run_later()

    def timers(self) -> list[OpenTimer]:
        """The timers that run, the earliest first."""
        found = []
        for token in self._run.all_tokens():
            due = timers.due_of(token)
            if due is not None and token.state == TaskState.WAITING:
                spec = events.event_of(token)
                attached = getattr(spec, "attached", "") or ""
                process = token.workflow.spec.process
                found.append(OpenTimer(str(token.id), spec.bpmn_id, due, events.interrupts(token), attached, process))
        return sorted(found, key=lambda timer: timer.due_at)

    def fire(self, timer_id: str) -> bool:
        """The timer has gone off; False when it is not due yet or no longer runs."""
        token = self._token(timer_id)
        due = timers.due_of(token) if token is not None and token.state == TaskState.WAITING else None
        if token is None or due is None or due > clock.now():
            return False
        events.fire(token, None)
        return True

    def reschedule(self, timer_id: str, due_at: datetime) -> None:
        """The timer is due at that moment (aware) instead; NotOpen when it no longer runs."""
        token = self._token(timer_id)
        if token is None or timers.due_of(token) is None:
            raise NotOpen
        token.internal_data["due"] = due_at.astimezone(UTC).isoformat()

    def rearm(self) -> list[str]:
        """Timers whose expression gives another moment now are due then; their ids. For changed facts (settled.md 10)."""
        moved = []
        for token in self._run.all_tokens():
            if timers.due_of(token) is None or token.state != TaskState.WAITING:
                continue
            spec = events.event_of(token)
            sits_on = token.workflow.spec.task_specs.get(getattr(spec, "attached", "") or "")
            if timers.rearm(token, events.definition_of(token), sits_on):
                moved.append(str(token.id))
        return moved

    def awaits(self) -> list[Awaited]:
        """The messages that something waits for, event sub-processes and boundary events included."""
        return [_awaited(token) for token in events.waiting(self._run, events.MessageEventDefinition)]

    def awaited_others(self) -> list[str]:
        """The elements that wait for a signal or a condition."""
        kinds = events.SignalEventDefinition | events.ConditionalEventDefinition
        return [events.event_of(token).bpmn_id for token in events.waiting(self._run, kinds)]

    def deliver(self, message: str, payload: Mapping[str, Any]) -> bool:
        """Everything that waits for the message has it; False when nothing does."""
        return events.deliver(self._run, message, copy.deepcopy(dict(payload)))

    def signal(self, name: str, payload: Any = None) -> bool:
        """Everything that waits for the signal has it; False when nothing does."""
        return events.broadcast(self._run, name, copy.deepcopy(payload))

    # ---- what happened (drained) ----

    def thrown(self) -> list[Thrown]:
        """What was thrown and concerns others, since the last call."""
        return _drain(self._run.log.thrown)

    def trace(self) -> list[Visit]:
        """The elements passed since the last call, in order of completion."""
        return _drain(self._run.log.visits)

    def flows(self) -> list[tuple[str, str]]:
        """The sequence flows travelled since the last call, as (process, flow id), in order."""
        return _drain(self._run.log.flows)

    def archived(self) -> list[dict[str, Any]]:
        """The tokens that left since the last call: element, process, task_id, kind, state, visit, at."""
        return _drain(self._run.log.archive)

    # ---- how it stands ----

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return bool(self._run.completed)

    @property
    def ended_at(self) -> list[str]:
        """The end events of the process that were reached."""
        return list(self._run.ended)

    @property
    def data(self) -> dict[str, Any]:
        """The variables of the case; a copy."""
        return copy.deepcopy(self._run.data)

    def standing(self) -> list[str]:
        """The elements where tokens stand: tasks, events, joins; not what merely listens on an edge or in a scope."""
        tokens = [token for token in self._run.all_tokens() if not _only_holds(token)]
        return list(dict.fromkeys(token.task_spec.bpmn_id for token in tokens))

    def stuck(self) -> list[str]:
        """The joins that wait for a token that cannot come any more: nothing else is open and the case is not done."""
        open_elsewhere = self.open_tasks() or self.timers() or self.awaits() or self.awaited_others()
        moving = [token for token in self._run.agenda if self._run.holds(token)]
        return [] if self.done or open_elsewhere or moving else self.standing()

    def evaluate(self, task_id: str, expression: str) -> Any:
        """The value of an expression (`due`, a condition) as the task sees it; NotOpen when there is no such task."""
        token = self._token(task_id)
        if token is None:
            raise NotOpen
        return services.evaluate(token, expression)

    # ---- repairs ----

    def terminate(self) -> None:
        """Everything open is gone, timers and messages too; the case is done."""
        for token in self._run.all_tokens():
            self._run.cancel(token)
        self._run.agenda.clear()
        self._run.opened = self._run.completed = True

    def cancel(self, task_ids: Iterable[str]) -> None:
        """These tasks are gone, as if their branches had ended. An operator's repair."""
        for task_id in task_ids:
            token = self._token(task_id)
            if token is None:
                raise NotOpen
            body = token.parent if instances.is_instance(token) else None
            self._run.cancel(token)
            if body is not None:
                instances.dropped(token.task_spec, body)
        self._run.settle()

    def jump(self, task_id: str, element: str) -> None:
        """The task's token stands at another element of the same process or sub-process. An operator's repair."""
        token = self._token(task_id)
        token = token.parent if token is not None and instances.is_instance(token) else token
        if token is None:
            raise NotOpen
        target = token.workflow.spec.task_specs.get(element)
        if target is None or isinstance(target, nodes.Boundary | nodes.EventSub | nodes.Start):
            raise errors.Rejected(f"不能跳转到“{element}”，请选择同一流程中的任务")
        self._run.travel_to(token.workflow, target)
        self._run.cancel(token)

    # ---- private ----

    def _token(self, identity: str) -> Any:
        try:
            return self._run.token(identity)
        except (KeyError, ValueError):
            return None

    def _open_task(self, token: Any) -> OpenTask:
        spec = token.task_spec
        return OpenTask(
            id=str(token.id),
            element=spec.bpmn_id,
            process=token.workflow.spec.process,
            name=spec.bpmn_name or spec.bpmn_id,
            lane=spec.lane or "",
            key=instances.key_of(token),
            properties=spec.properties,
            visit=token.internal_data.get("visit", 1),
            data=dict(scopes.visible(token)),
        )


def _is_open(token: Any) -> bool:
    person = isinstance(token.task_spec, nodes.Person)
    return person and token.state == TaskState.READY and not token.internal_data.get("ran")


def _only_holds(token: Any) -> bool:
    """A listener, or an activity whose inside is where things stand."""
    edge = getattr(token.task_spec, "attached", None) and token.state == TaskState.WAITING
    return bool(edge) or bool(token.internal_data.get("listener")) or token.state == TaskState.STARTED


def _awaited(token: Any) -> Awaited:
    spec = events.event_of(token)
    attached = getattr(spec, "attached", "") or ""
    scope = token.task_spec.bpmn_id if token.internal_data.get("listener") else attached
    process, name = token.workflow.spec.process, spec.bpmn_name or ""
    message = events.definition_of(token).name
    return Awaited(message, spec.bpmn_id, process, spec.properties, events.interrupts(token), scope, name)


def _drain(items: list[Any]) -> list[Any]:
    taken = items[:]
    items.clear()
    return taken
