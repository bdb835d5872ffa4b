"""One running case: its scopes, its tokens, and the loop that moves them. Specs are read, never written.

Corrects (engine.md 1) fault 1, a tree iterator that stops at depth 1000 and then reports completion, and fault 2, a
cost that grows with history: a finished token leaves at once, so there is no depth and no history to walk. See
docs/decisions/0010-tokens.md. Fails without it: tests/spiff/test_state.py::test_seven_hundred_rounds.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.event_definitions import NoneEventDefinition
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from webapp import clock
from webapp.spiff import events, instances, joins, scopes, timers
from webapp.spiff.environment import Engine
from webapp.spiff.host import BpmnError, Host

DEPTH = 50
"""Processes and sub-processes inside each other, at most; a process may call itself."""
STEPS = 20_000
"""Elements that one advance may run before the case counts as going in circles."""
LEFT_AS = {TaskState.COMPLETED: "completed", TaskState.WAITING: "merged"}


class TooDeep(Exception):
    """调用层次过深，流程可能在无止境地调用自身。"""


class GoesInCircles(Exception):
    """The case ran too many elements without anybody or anything to wait for."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One element was passed. state: completed | cancelled; flows: ids of the sequence flows it was left by."""

    element: str
    process: str
    task_id: str
    type: str
    state: str
    flows: tuple[str, ...]
    visit: int = 1
    key: str = ""


@dataclass(frozen=True, slots=True)
class Thrown:
    """An event for others. kind: message | signal | escalation."""

    kind: str
    name: str
    payload: Any
    element: str
    process: str


@dataclass(frozen=True, slots=True)
class Failure:
    """An element could not do its work; it stands where it stood, and the next advance tries again."""

    element: str
    task_id: str
    message: str
    detail: str
    process: str = ""


class Token(Task):  # type: ignore[misc]  # the library is untyped
    """A task of the library that does not log every change of state and knows how to queue."""

    def _set_state(self, value: int) -> None:
        self._state = value
        self.last_state_change = clock.now().timestamp()

    def run_later(self) -> None:
        """The token's turn comes when those before it have had theirs."""
        self.workflow.top_workflow.agenda.append(self)


class Scope(BpmnSubWorkflow):  # type: ignore[misc]  # the library is untyped
    """A running sub-process or called process. `owner` is the token of the activity it belongs to."""

    def __init__(self, spec: Any, owner: Token, run: Run) -> None:
        self.owner, self.own_data = owner, False
        self.written: dict[str, None] = {}
        super().__init__(spec, owner.id, run, deserializing=True)


@dataclass
class Log:
    """What happened since somebody last asked."""

    visits: list[Visit] = field(default_factory=list)
    flows: list[tuple[str, str]] = field(default_factory=list)
    thrown: list[Thrown] = field(default_factory=list)
    archive: list[dict[str, Any]] = field(default_factory=list)


class Run(BpmnWorkflow):  # type: ignore[misc]  # the library is untyped
    """A case as the library's workflow, with our scheduling."""

    owner = None
    own_data = True

    def __init__(self, definition: Any, host: Host) -> None:
        self.agenda: deque[Token] = deque()
        self.log, self.changed, self.serial = Log(), False, 0
        self.visits: dict[str, int] = {}
        self.written: dict[str, None] = {}
        self.ended: list[str] = []
        self.opened = False
        super().__init__(definition.spec, definition.called, script_engine=Engine(host), deserializing=True)

    # ---- moving ----

    def advance(self) -> Failure | None:
        """Everything that can move has moved. The first failure, if any: what failed stands where it stood."""
        failed: dict[Any, Token] = {}
        first = self._begin()
        for _ in range(STEPS):
            if not self.agenda:
                trouble = self._conditions()
                first = first or trouble
                if not self.agenda:
                    break
            token = self.agenda.popleft()
            if not self.holds(token) or token.id in failed:
                continue
            trouble = self._step(token)
            if trouble is not None:
                failed[token.id] = token
                first = first or trouble
            self.settle()
        else:
            error = GoesInCircles(f"连续执行了 {STEPS} 个环节仍未停下，图上可能有没有出口的循环")
            return first or failure(self.agenda[0], error)
        self.agenda.extend(token for token in failed.values() if self.holds(token))
        return first

    def _begin(self) -> Failure | None:
        if not self.opened:
            try:
                self._open(self)
            except Exception as error:  # a start timer without a date parks the case, never the worker
                for token in list(self.tasks.values()):
                    self.release(token)
                return Failure(self.spec.process, "", f"流程未能开始：{error}", repr(error), self.spec.process)
            self.opened = True
        return None

    def _step(self, token: Token) -> Failure | None:
        try:
            if token.state == TaskState.FUTURE:
                self.enters(token)
                token.task_spec._update(token)
            elif token.state == TaskState.READY:
                token.run()
        except BpmnError as error:
            caught = self.holds(token) and events.raise_error(
                token, error.code, {"code": error.code, "message": error.message}
            )
            return None if caught else failure(token, events.Uncaught(error.code, error.message), error)
        except Exception as error:  # whatever a handler raises parks the case, never the worker
            return failure(token, error)
        return None

    def _conditions(self) -> Failure | None:
        if not self.changed:
            return None
        self.changed = False
        try:
            events.conditions(self)
        except Exception as error:  # as above
            waiting = events.waiting(self, events.ConditionalEventDefinition)
            return failure(waiting[0], error)
        self.settle()
        return None

    def settle(self) -> None:
        """Joins that can fire have fired; scopes without a token are closed, the innermost first."""
        for scope in sorted(self.scopes(), key=lambda one: -one.depth):
            if scope.completed or (scope is not self and not self.holds(scope.owner)):
                continue
            if scope.spec.joins:
                joins.fire(scope)
            if any(not token.internal_data.get("listener") for token in scope.tasks.values()):
                continue
            scope.completed = True
            for token in list(scope.tasks.values()):
                self.release(token)
            if scope is not self:
                scope.owner._set_state(TaskState.READY)
                scope.owner.run_later()

    # ---- tokens ----

    def place(self, scope: Any, spec: Any, state: int, *, parent: Token | None = None, **memory: Any) -> Token:
        """A new token stands at the element."""
        self.serial += 1
        self.changed = True  # a condition that is waited for may hold already
        token = Token(scope, spec, parent, state=state)
        token.internal_data = {"n": self.serial, **memory}
        return token

    def travel(self, scope: Any, flow: Any) -> None:
        """A token has taken this sequence flow."""
        self.record_flow(scope, flow.id)
        self.travel_to(scope, scope.spec.task_specs[flow.target], flow=flow.id)

    def travel_to(self, scope: Any, spec: Any, **memory: Any) -> None:
        """A token arrives at the element without a sequence flow: link, event sub-process, repair."""
        self.place(scope, spec, TaskState.FUTURE, **memory).run_later()

    def record_flow(self, scope: Any, flow: str) -> None:
        """This sequence flow was travelled once more."""
        self.log.flows.append((scope.spec.process, flow))

    def enters(self, token: Token) -> None:
        """The element has been reached once more."""
        memory = token.internal_data
        if "visit" not in memory and not (token.state == TaskState.FUTURE and joins.collects(token.task_spec)):
            name = f"{token.workflow.spec.process}/{token.task_spec.bpmn_id}"
            self.visits[name] = memory["visit"] = self.visits.get(name, 0) + 1

    def passed(self, token: Token, state: str, flows: Any) -> None:
        """The element is in the trace."""
        spec, memory = token.task_spec, token.internal_data
        if spec.loop is not None and not instances.is_instance(token):
            return  # its instances are in the trace
        process, key = token.workflow.spec.process, instances.key_of(token)
        visit = Visit(spec.bpmn_id, process, str(token.id), spec.type, state, tuple(flows), memory.get("visit", 1), key)
        self.log.visits.append(visit)
        if spec.type == "endEvent" and state == "completed" and self._is_of_the_case(token.workflow):
            self.ended.append(spec.bpmn_id)

    def _is_of_the_case(self, scope: Any) -> bool:
        """The process itself, or an event sub-process of it: an interrupting one ends the case with its own end."""
        return scope is self or (scope.owner.workflow is self and scope.owner.task_spec in self.spec.handlers)

    def holds(self, token: Token) -> bool:
        """Whether the token is still there."""
        return token.workflow.tasks.get(token.id) is token

    def retire(self, token: Token) -> None:
        """The token is gone, and in the archive."""
        spec, memory = token.task_spec, token.internal_data
        if not memory.get("listener"):
            self.log.archive.append(
                {
                    "element": spec.bpmn_id,
                    "process": token.workflow.spec.process,
                    "task_id": str(token.id),
                    "kind": spec.type,
                    "state": LEFT_AS.get(token.state, "cancelled"),
                    "visit": memory.get("visit", 1),
                    "at": clock.now().isoformat(),
                }
            )
        self.release(token)

    def release(self, token: Token) -> None:
        """The token is gone without a trace, as an event that did not happen."""
        parent = token.parent
        if parent is not None and token.id in parent._children:
            parent._children.remove(token.id)
        token.workflow.tasks.pop(token.id, None)

    def disarm(self, token: Token) -> None:
        """The events on the activity's edge can no longer happen."""
        for child in list(token.children):
            if not instances.is_instance(child):
                self.release(child)

    def cancel(self, token: Token) -> None:
        """The token and everything inside the activity it stands for are gone; at once."""
        if not self.holds(token):
            return
        inner = self.subprocesses.pop(token.id, None)
        for other in list(inner.tasks.values()) if inner is not None else []:
            self.cancel(other)
        for child in list(token.children):
            self.cancel(child)
        if _was_seen(token):
            self.passed(token, "cancelled", ())
            token._set_state(TaskState.CANCELLED)
            self.retire(token)
        else:
            self.release(token)

    # ---- scopes ----

    def scopes(self) -> Iterator[Any]:
        """The case itself and everything running inside it."""
        yield self
        yield from list(self.subprocesses.values())

    def open_scope(self, owner: Token, name: str, start: str = "", fired: Any = None) -> None:
        """The sub-process or called process of this activity has its first token."""
        if owner.workflow.depth >= DEPTH:
            raise TooDeep((TooDeep.__doc__ or "").strip())
        scope = Scope(self.subprocess_specs[name], owner, self)
        scope.own_data = owner.task_spec.calls
        if scope.own_data:
            scope.data = scopes.called(owner, scope.spec.io_specification)
        elif scope.spec.own:
            owner.internal_data[scopes.OWN] = dict.fromkeys(scope.spec.own)
        self._open(scope, start, fired)
        self.subprocesses[owner.id] = scope

    def close_scope(self, owner: Token) -> None:
        """The activity's inside is gone; what a called process wrote is in the caller's data."""
        scope = self.subprocesses.pop(owner.id)
        for name in scopes.returned(scope) if scope.own_data else ():
            scopes.write(owner, name, scope.data[name])

    def _open(self, scope: Any, start: str = "", fired: Any = None) -> None:
        tokens = []
        for handler in scope.spec.handlers:
            token = self.place(scope, handler, TaskState.WAITING, listener=True)
            token.internal_data.update(timers.schedule(token, handler.trigger.event_definition))
        starts = [scope.spec.task_specs[start]] if start else scope.spec.starts
        plain = [spec for spec in starts if isinstance(_trigger(spec), NoneEventDefinition)]
        race = {"race": "start"} if not plain and len(starts) > 1 else {}
        for spec in plain or starts:
            memory = {"fired": fired} if fired is not None else race
            tokens.append(self.place(scope, spec, TaskState.FUTURE, **memory))
        for token in tokens:
            token.run_later()

    # ---- events ----

    def thrown(self, kind: str, name: str, payload: Any, token: Token) -> None:
        """Something for others happened here."""
        process = token.workflow.spec.process
        self.log.thrown.append(Thrown(kind, name, copy.deepcopy(payload), token.task_spec.bpmn_id, process))

    def token(self, identity: str) -> Token:
        """The token of this id; KeyError when it is gone."""
        wanted = UUID(identity)
        for scope in self.scopes():
            if wanted in scope.tasks:
                return scope.tasks[wanted]  # type: ignore[no-any-return]
        raise KeyError(identity)

    def all_tokens(self) -> list[Token]:
        """Every token of the case, the oldest first."""
        found = [token for scope in self.scopes() for token in scope.tasks.values()]
        return sorted(found, key=lambda token: token.internal_data["n"])


def failure(token: Token, error: Exception, cause: Exception | None = None) -> Failure:
    """The failure of the element this token stands at."""
    spec, origin = token.task_spec, cause or error
    name = spec.bpmn_name or spec.bpmn_id
    text = str(error).removesuffix(". ") or type(error).__name__
    notes = "\n".join(getattr(origin, "__notes__", ()))
    detail = f"{type(origin).__name__}: {origin}\n{notes}".strip()
    message = text if name in text else f"“{name}”未能完成：{text}"
    return Failure(spec.bpmn_id, str(token.id), message, detail, token.workflow.spec.process)


def _was_seen(token: Token) -> bool:
    """Whether cancelling this token is part of the story: it had been reached, and was no mere listener."""
    memory, spec = token.internal_data, token.task_spec
    if token.state in (TaskState.FUTURE, TaskState.COMPLETED) or memory.get("listener") or memory.get("race"):
        return False
    return not joins.is_waiting(token) and not (getattr(spec, "attached", None) and token.state == TaskState.WAITING)


def _trigger(spec: Any) -> Any:
    """What a first element waits for; without start events a process begins on anything."""
    return getattr(spec, "event_definition", None) if spec.type == "startEvent" else NoneEventDefinition()
