"""Draws small diagrams for tests: elements are functions, flows are text (`a > b`, `a > b if n`, `a > b default`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from webapp import clock
from webapp.spiff.host import ServiceCall
from webapp.spiff.workflow import Definition, OpenTask, Workflow, parse

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="http://guohe/test" id="defs"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core">'
)
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def element(tag: str, identity: str, inner: str = "", extension: str = "", **attributes: object) -> str:
    """One element; in attribute names a trailing underscore is dropped."""
    shown = " ".join(f"{name.rstrip('_')}={quoteattr(str(value))}" for name, value in attributes.items())
    extra = f"<extensionElements>{extension}</extensionElements>" if extension else ""
    return f'<{tag} id="{identity}" {shown}>{extra}{inner}</{tag}>'


def properties(**values: str) -> str:
    shown = "".join(
        f"<spiffworkflow:property name={quoteattr(name)} value={quoteattr(value)}/>" for name, value in values.items()
    )
    return f"<spiffworkflow:properties>{shown}</spiffworkflow:properties>"


def start(identity: str = "start", inner: str = "", **more: object) -> str:
    return element("startEvent", identity, inner, **more)


def end(identity: str = "end", inner: str = "", **more: object) -> str:
    return element("endEvent", identity, inner, **more)


def user(identity: str, inner: str = "", **more: Any) -> str:
    return element("userTask", identity, inner, **more)


def script(identity: str, text: str, inner: str = "", **more: Any) -> str:
    return element("scriptTask", identity, f"{inner}<script>{escape(text)}</script>", **more)


def service(identity: str, operator: str, result: str = "", inner: str = "", **parameters: str) -> str:
    given = "".join(
        f'<spiffworkflow:parameter id="{name}" type="any" value={quoteattr(value)}/>'
        for name, value in parameters.items()
    )
    into = f' resultVariable="{result}"' if result else ""
    extension = (
        f'<spiffworkflow:serviceTaskOperator id="{operator}"{into}><spiffworkflow:parameters>{given}'
        "</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>"
    )
    return element("serviceTask", identity, inner, extension)


def exclusive(identity: str) -> str:
    return element("exclusiveGateway", identity)


def parallel(identity: str) -> str:
    return element("parallelGateway", identity)


def inclusive(identity: str) -> str:
    return element("inclusiveGateway", identity)


def event_gate(identity: str) -> str:
    return element("eventBasedGateway", identity)


def catch(identity: str, inner: str) -> str:
    return element("intermediateCatchEvent", identity, inner)


def throw(identity: str, inner: str) -> str:
    return element("intermediateThrowEvent", identity, inner)


def boundary(identity: str, on: str, inner: str, interrupting: bool = True, **more: Any) -> str:
    return element("boundaryEvent", identity, inner, attachedToRef=on, cancelActivity=str(interrupting).lower(), **more)


def sub(
    identity: str, nodes: list[str], flows: list[str], inner: str = "", tag: str = "subProcess", **more: Any
) -> str:
    return element(tag, identity, inner + _body(nodes, flows), **more)


def handler(identity: str, nodes: list[str], flows: list[str]) -> str:
    """An event sub-process."""
    return sub(identity, nodes, flows, triggeredByEvent="true")


def call(identity: str, process: str, inner: str = "") -> str:
    return element("callActivity", identity, inner, calledElement=process)


def timer(text: str, kind: str = "timeDate") -> str:
    return f'<timerEventDefinition><{kind} xsi:type="tFormalExpression">{escape(text)}</{kind}></timerEventDefinition>'


def message(name: str, variable: str = "", payload: str = "") -> str:
    parts = f"<spiffworkflow:messagePayload>{escape(payload)}</spiffworkflow:messagePayload>" if payload else ""
    parts += f"<spiffworkflow:messageVariable>{variable}</spiffworkflow:messageVariable>" if variable else ""
    inner = f"<extensionElements>{parts}</extensionElements>" if parts else ""
    return f'<messageEventDefinition messageRef="m_{name}">{inner}</messageEventDefinition>'


def signal(name: str) -> str:
    return f'<signalEventDefinition signalRef="s_{name}"/>'


def error(name: str = "") -> str:
    return f'<errorEventDefinition errorRef="e_{name}"/>' if name else "<errorEventDefinition/>"


def escalation(name: str = "") -> str:
    return f'<escalationEventDefinition escalationRef="x_{name}"/>' if name else "<escalationEventDefinition/>"


def conditional(text: str) -> str:
    inner = f'<condition xsi:type="tFormalExpression">{escape(text)}</condition>'
    return f"<conditionalEventDefinition>{inner}</conditionalEventDefinition>"


def link(name: str) -> str:
    return f'<linkEventDefinition name="{name}"/>'


def many(
    collection: str = "",
    cardinality: str = "",
    item: str = "",
    sequential: bool = False,
    until: str = "",
    output: str = "",
    output_item: str = "",
) -> str:
    parts = f'<loopCardinality xsi:type="tFormalExpression">{cardinality}</loopCardinality>' if cardinality else ""
    parts += f"<loopDataInputRef>{collection}</loopDataInputRef>" if collection else ""
    parts += f"<loopDataOutputRef>{output}</loopDataOutputRef>" if output else ""
    parts += f'<inputDataItem id="{item}" name="{item}"/>' if item else ""
    parts += f'<outputDataItem id="{output_item}" name="{output_item}"/>' if output_item else ""
    if until:
        parts += f'<completionCondition xsi:type="tFormalExpression">{escape(until)}</completionCondition>'
    kind = str(sequential).lower()
    return f'<multiInstanceLoopCharacteristics isSequential="{kind}">{parts}</multiInstanceLoopCharacteristics>'


def loop(condition: str = "", before: bool = False, maximum: int | None = None) -> str:
    inner = f'<loopCondition xsi:type="tFormalExpression">{escape(condition)}</loopCondition>' if condition else ""
    most = f' loopMaximum="{maximum}"' if maximum is not None else ""
    return (
        f'<standardLoopCharacteristics testBefore="{str(before).lower()}"{most}>{inner}</standardLoopCharacteristics>'
    )


def _body(nodes: list[str], flows: list[str]) -> str:
    defaults = {text.split(">")[0].strip(): _flow_id(text) for text in flows if text.endswith(" default")}
    drawn = []
    for node in nodes:
        identity = node.split('id="', 1)[1].split('"', 1)[0]
        if identity in defaults:
            node = node.replace(f'id="{identity}"', f'id="{identity}" default="{defaults[identity]}"', 1)
        drawn.append(node)
    return "".join(drawn) + "".join(map(_flow, flows))


def _flow_id(text: str) -> str:
    source, target = (part.strip() for part in text.removesuffix(" default").split(" if ")[0].split(">"))
    return f"{source}__{target}"


def _flow(text: str) -> str:
    path, _, condition = text.removesuffix(" default").partition(" if ")
    source, target = (part.strip() for part in path.split(">"))
    inner = f'<conditionExpression xsi:type="tFormalExpression">{escape(condition)}</conditionExpression>'
    return (
        f'<sequenceFlow id="{_flow_id(text)}" sourceRef="{source}" targetRef="{target}">'
        f"{inner if condition else ''}</sequenceFlow>"
    )


def process(identity: str, nodes: list[str], flows: list[str], lanes: Mapping[str, list[str]] | None = None) -> str:
    drawn = ""
    for number, (name, members) in enumerate((lanes or {}).items()):
        refs = "".join(f"<flowNodeRef>{member}</flowNodeRef>" for member in members)
        drawn += f'<lane id="{identity}_lane_{number}" name="{name}">{refs}</lane>'
    laned = f'<laneSet id="{identity}_lanes">{drawn}</laneSet>' if drawn else ""
    return f'<process id="{identity}" isExecutable="true">{laned}{_body(nodes, flows)}</process>'


def document(*processes: str) -> bytes:
    """A file with these processes; messages, signals, errors and escalations are declared as they are used."""
    import re

    body = "".join(processes)
    roots = ""
    for prefix, tag, code in (
        ("m", "message", ""),
        ("s", "signal", ""),
        ("e", "error", "errorCode"),
        ("x", "escalation", "escalationCode"),
    ):
        for name in sorted(set(re.findall(rf'Ref="{prefix}_(\w+)"', body))):
            given = f' {code}="{name}"' if code else ""
            roots += f'<{tag} id="{prefix}_{name}" name="{name}"{given}/>'
    return (HEAD + roots + body + "</definitions>").encode()


class Room:
    """A host for tests: handlers by operator, functions and facts as given; remembers what it was asked."""

    def __init__(self, handlers: Mapping[str, Callable[[ServiceCall], Any]] | None = None, **facts: Any) -> None:
        self.handlers, self._facts = dict(handlers or {}), facts
        self.calls: list[ServiceCall] = []

    def facts(self) -> Mapping[str, Any]:
        return self._facts

    def functions(self) -> Mapping[str, Callable[..., Any]]:
        return {
            "deadline.end_of": lambda day: (
                (datetime.fromisoformat(str(day)) + timedelta(days=1)).isoformat() + "+08:00"
            ),
            "deadline.start_of": lambda day: datetime.fromisoformat(str(day)).isoformat() + "+08:00",
        }

    def service(self, call: ServiceCall) -> Any:
        self.calls.append(call)
        return self.handlers[call.operator](call)


class Played:
    """A case under test that is saved and loaded after every move."""

    def __init__(self, *drawn: str | bytes, room: Room | None = None, main: str = "p", **data: Any) -> None:
        texts = [one for one in drawn if isinstance(one, str)]
        self.definition: Definition = parse({"p.bpmn": document(*texts)}, main)
        self.room = room or Room()
        self.trace: list[str] = []
        self.visits: list[Any] = []
        self.flows: list[str] = []
        self.thrown: list[Any] = []
        clock.stand_at(START)
        self.wf = Workflow.start(self.definition, self.room, data)
        self.failure = None
        self.go()

    def go(self) -> Played:
        self.failure = self.wf.advance()
        visits = self.wf.trace()
        self.visits += visits
        self.trace += [visit.element for visit in visits if visit.state == "completed"]
        self.flows += [flow for _, flow in self.wf.flows()]
        self.thrown += self.wf.thrown()
        self.wf.archived()
        return self.reload()

    def reload(self) -> Played:
        self.wf = Workflow.load(self.definition, self.room, self.wf.dump())
        return self

    def task(self, name: str, key: str = "") -> OpenTask:
        return next(task for task in self.wf.open_tasks() if task.element == name and (not key or task.key == key))

    def does(self, name: str, key: str = "", **variable: Any) -> Played:
        self.wf.complete(self.task(name, key).id, variable)
        return self.go()

    def hears(self, name: str, **payload: Any) -> Played:
        assert self.wf.deliver(name, payload), f"nobody waits for {name}"
        return self.go()

    def passes(self, **span: float) -> Played:
        """Time passes; every timer that has become due goes off, one after the other."""
        until = clock.now() + timedelta(**span)
        while due := [one for one in self.wf.timers() if one.due_at <= until]:
            clock.stand_at(max(due[0].due_at, clock.now()))
            assert self.wf.fire(due[0].id)
            self.go()
        clock.stand_at(until)
        return self

    @property
    def open(self) -> list[str]:
        return sorted(task.element for task in self.wf.open_tasks())

    @property
    def data(self) -> dict[str, Any]:
        return self.wf.data
