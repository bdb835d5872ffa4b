"""Plays a diagram in memory on a virtual clock, with the answers of a scenario (design.md 9). Never raises.

Several processes of a file are played as a collaboration: what one throws is delivered to the others, or starts them.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from handlers import deadlines
from handlers.workdays import Workdays
from webapp import clock
from webapp.spiff import rules, timers, xml
from webapp.spiff.findings import Finding, Refused, invalid
from webapp.spiff.host import BpmnError, Host, ServiceCall
from webapp.spiff.workflow import Failure, OpenTask, Thrown, Workflow, parse

EVENTS = 5_000
"""Timers, answers and messages one play may see."""
YEARS = "P50Y"
"""How far a play without `until` goes."""
Result = dict[str, Any]


class BadScenario(Exception):
    """The scenario cannot be read; the message says where."""


def play_file(
    file: Path,
    *,
    process: str | None = None,
    scenario: Path | None = None,
    until: str | None = None,
    host: Host | None = None,
) -> Result:
    """As `play`, reading the file, its scenario, and what lies beside it when the file calls for it."""
    try:
        text = json.loads(scenario.read_text(encoding="utf-8")) if scenario else None
        files = {file.name: file.read_bytes(), **_beside(file)}
    except OSError as error:
        return _refused([invalid("file", "", f"文件无法读取：{error.filename}")])
    except ValueError as error:
        return _refused([invalid("scenario", "", f"场景文件不是有效的 JSON：{error}")])
    return play(files, file.name, process=process, scenario=text, until=until, host=host)


def play(
    files: Mapping[str, bytes],
    main: str,
    *,
    process: str | None = None,
    scenario: Mapping[str, Any] | None = None,
    until: str | None = None,
    host: Host | None = None,
    events: int = EVENTS,
) -> Result:
    """What happens when file `main` is run: {"status", "trace", "data", "waiting", "incident"}; nothing is sent.

    status: completed | waiting | incident | refused. `host` answers services the scenario says nothing about. After
    `events` timers, answers and messages the play is given up as endless.
    """
    with clock.travel(clock.now()):
        try:
            stage = _Stage(files, main, process, _checked({} if scenario is None else scenario), host, events)
            stage.run(until)
            return stage.result()
        except Refused as error:
            return _refused(error.findings)
        except BadScenario as error:
            return _refused([invalid("scenario", "", f"场景有误：{error}")])
        except Exception as error:  # a file from anywhere must never show a traceback
            return _refused([invalid("play", "", f"无法试运行：{error}")])


def _refused(findings: Any) -> Result:
    found: list[Finding] = list(findings)
    first = {"element": found[0].element, "message": found[0].message} if found else {}
    shown = [{**asdict(one), "class": one.klass} for one in found]
    for one in shown:
        del one["klass"]
    return {"status": "refused", "trace": [], "data": {}, "waiting": [], "incident": first, "findings": shown}


def _beside(file: Path) -> dict[str, bytes]:
    """Diagrams and tables in the same folder, for called processes; one that repeats a process is left out."""
    found: dict[str, bytes] = {}
    if b"callActivity" not in (data := file.read_bytes()) and b"calledDecisionId" not in data:
        return found
    taken = _processes(data)
    for other in sorted(file.parent.iterdir()):
        if other == file or other.suffix not in (".bpmn", ".dmn") or other.stat().st_size > xml.MEGABYTES * 1024**2:
            continue
        data = other.read_bytes()
        ids = _processes(data) if other.suffix == ".bpmn" else set()
        if other.suffix == ".dmn" or (ids and not ids & taken):
            found[other.name] = data
            taken |= ids
    return found


def _processes(data: bytes) -> set[str]:
    try:
        return {node.get("id", "") for node in xml.read(data, "bpmn").iter(f"{rules.BPMN}process")}
    except xml.UnsafeXml:
        return set()


# ---------------------------------------------------------------------------------------------- the scenario


def _checked(scenario: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(scenario, Mapping):
        raise BadScenario("最外层应为对象")
    kinds: dict[str, type | tuple[type, ...]] = {
        "start": dict, "answers": dict, "services": dict, "messages": list, "signals": list,
        "also_start": list, "until": str, "expect": dict, "parameters": dict, "facts": dict,
    }  # fmt: skip
    for name, kind in kinds.items():
        if scenario.get(name) is not None and not isinstance(scenario[name], kind):
            raise BadScenario(f"“{name}”的类型不对")
    for name in ("messages", "signals"):
        for one in scenario.get(name) or []:
            if not isinstance(one, dict) or not isinstance(one.get("name"), str):
                raise BadScenario(f"“{name}”的每一项应为对象，且写明 name")
    return scenario


def _span(text: object) -> str:
    if not isinstance(text, str) or not timers.DURATION.fullmatch(text):
        raise BadScenario(f"“{text}”不是时长，请写形如 PT10S、P3D")
    return text


def _until(text: str | None, begin: datetime) -> datetime:
    try:
        return timers.later(begin, text) if text and timers.DURATION.fullmatch(text) else timers.moment(text)
    except timers.NoDate as error:
        raise BadScenario(str(error)) from error


@dataclass
class _Script:
    """What the scenario answers, once per time it is asked."""

    given: Mapping[str, Any]
    asked: dict[str, int] = field(default_factory=dict)

    def next(self, process: str, element: str) -> Any:
        """The answer for this time; {} when the scenario has none left, or says nothing."""
        name = f"{process}.{element}" if f"{process}.{element}" in self.given else element
        number = self.asked[name] = self.asked.get(name, 0) + 1
        answers = self.given.get(name, {})
        if isinstance(answers, list):
            return answers[number - 1] if number <= len(answers) else {}
        return answers


class _Host:
    """Facts and functions enough for any diagram; services as the scenario says, else as the real host does."""

    def __init__(self, scenario: Mapping[str, Any], real: Host | None, process: str) -> None:
        self._real, self._process = real, process
        self._services = _Script(scenario.get("services") or {})
        self._parameters = scenario.get("parameters") or {}
        self._facts = scenario.get("facts") or {}
        self._calendar = Workdays(())

    def facts(self) -> Mapping[str, Any]:
        given = self._real.facts() if self._real else {}
        return {"today": clock.today(), "begun": {}, **given, **self._facts}

    def functions(self) -> Mapping[str, Callable[..., Any]]:
        own: dict[str, Callable[..., Any]] = {
            "param": self._parameter,
            "workdays": lambda n, start=None: deadlines.workdays(int(n), _day(start), self._calendar),
            "months": lambda n, day=None: deadlines.months(int(n), _day(day)),
            "roll": lambda day: deadlines.roll(_day(day), self._calendar),
            "deadline.end_of": lambda day: deadlines.end_of(_day(day)),
            "deadline.start_of": lambda day: deadlines.start_of(_day(day)),
            "earliest": lambda *days: min(_day(day) for day in days if day),
            "latest": lambda *days: max(_day(day) for day in days if day),
        }
        return {**own, **(self._real.functions() if self._real else {})}

    def service(self, call: ServiceCall) -> Any:
        if call.element not in self._services.given and f"{self._process}.{call.element}" not in self._services.given:
            return self._real.service(call) if self._real and call.operator else None
        answer = self._services.next(self._process, call.element)
        if not isinstance(answer, dict):
            raise BadScenario(f"服务“{call.element}”的应答应为对象")
        if "error" in answer:
            raise BpmnError(str(answer["error"]), str(answer.get("message", "")))
        return answer.get("result")

    def _parameter(self, key: str) -> Any:
        if key in self._parameters:
            return self._parameters[key]
        raise ValueError(f"场景没有给出参数“{key}”")


def _day(value: object) -> date:
    if value is None:
        return clock.today()
    if isinstance(value, datetime):
        return clock.local(value).date()
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


# ---------------------------------------------------------------------------------------------- the stage


@dataclass
class _Player:
    process: str
    workflow: Workflow
    seen: set[str] = field(default_factory=set)


class _Stage:
    """All running cases, the clock, and what is still to come."""

    def __init__(
        self,
        files: Mapping[str, bytes],
        main: str,
        process: str | None,
        scenario: Mapping[str, Any],
        real: Host | None,
        events: int,
    ) -> None:
        self.files, self.scenario, self.real, self.left = files, scenario, real, events
        self.offered = _offered(files, main)
        self.main = process or _first(self.offered)
        self.players: list[_Player] = []
        self.trace: list[str] = []
        self.answers = _Script(scenario.get("answers") or {})
        self.coming: list[tuple[datetime, int, Callable[[], None]]] = []
        self.undelivered: list[Thrown] = []
        self.failure: Failure | None = None
        self.number = 0
        if process and process not in self.offered:
            raise Refused([invalid("process", process, f"文件里没有编号为“{process}”的流程")])
        for name in self.offered:  # everything that may come to run is refused before anything runs
            if name == self.main or name in (scenario.get("also_start") or []) or self._begins_with(name):
                parse(files, name)

    def run(self, until: str | None) -> None:
        """Everything up to `until` (an ISO moment or a duration) has happened."""
        begin = clock.now()
        end = _until(until or self.scenario.get("until") or YEARS, begin)
        for kind in ("messages", "signals"):
            for one in self.scenario.get(kind) or []:
                at = timers.later(begin, _span(one.get("at", "PT0S")))
                self._plan(at, lambda kind=kind, one=one: self._told(kind, one))  # type: ignore[misc]
        self._start(self.main, self.scenario.get("start") or {})
        for name in self.scenario.get("also_start") or []:
            self._start(name, {})
        self._settle()
        while not self.failure and self._next(end):
            self._spend()
            self._settle()
        if not self.failure and clock.now() < end and (until or self.scenario.get("until")):
            clock.stand_at(end)

    def result(self) -> Result:
        """The play as design.md 9 has it; with an `expect` in the scenario also what was not met."""
        done = all(player.workflow.done for player in self.players)
        waiting = [name for player in self.players for name in player.workflow.standing()]
        data: dict[str, Any] = {}
        for player in reversed(self.players):
            data.update(player.workflow.data)
        incident = {}
        if self.failure:
            incident = {name: getattr(self.failure, name) for name in ("element", "message", "detail")}
        status = "incident" if self.failure else "completed" if done else "waiting"
        result = {
            "status": status,
            "trace": self.trace,
            "data": json.loads(json.dumps(data, ensure_ascii=False, default=str)),
            "waiting": waiting,
            "incident": incident,
            "ends": [name for player in self.players for name in player.workflow.ended_at],
        }
        if self.scenario.get("expect") is not None:
            result["unmet"] = _unmet(self.scenario["expect"], result)
        return result

    # ---- one moment ----

    def _settle(self) -> None:
        """Nothing more happens at this moment without somebody's doing; people answer who answer at once."""
        moving = True
        while moving and not self.failure:
            moving = False
            for player in list(self.players):
                self._advance(player)
            moving = self._deliver_waiting() or self._answer_at_once()
            self._spend(moving)

    def _spend(self, happened: bool = True) -> None:
        """One thing more has happened; too many of them are a failure, because people who answer at once may never end."""
        self.left -= happened
        if self.left < 0 and self.failure is None:
            self.failure = Failure("", "", "计时、办理或消息的次数过多，图上可能有不会结束的循环", "")

    def _advance(self, player: _Player) -> None:
        workflow = player.workflow
        failure = workflow.advance()
        self.failure = self.failure or failure
        self.trace += [visit.element for visit in workflow.trace() if visit.state == "completed"]
        workflow.flows(), workflow.archived()
        for thrown in workflow.thrown():
            if thrown.kind == "message":
                self.undelivered.append(thrown)
            elif thrown.kind == "signal":
                self._signal(thrown.name, thrown.payload, source=player)

    def _deliver_waiting(self) -> bool:
        for thrown in list(self.undelivered):
            if self._message(thrown.name, thrown.payload if isinstance(thrown.payload, dict) else {}):
                self.undelivered.remove(thrown)
                return True
        return False

    def _answer_at_once(self) -> bool:
        for player in self.players:
            for task in player.workflow.open_tasks():
                if task.id not in player.seen:
                    player.seen.add(task.id)
                    if self._answer(player, task):
                        return True
        return False

    def _answer(self, player: _Player, task: OpenTask) -> bool:
        """Whether the task was completed on the spot."""
        answer = self.answers.next(task.process, task.element)
        if answer is None:  # the scenario leaves it open
            return False
        if not isinstance(answer, dict):
            raise BadScenario(f"任务“{task.element}”的应答应为对象")
        variable = {name: value for name, value in answer.items() if name != "$after"}
        if "$after" not in answer:
            player.workflow.complete(task.id, variable)
            return True
        self._plan(
            timers.later(clock.now(), _span(answer["$after"])), lambda: self._complete(player, task.id, variable)
        )
        return False

    @staticmethod
    def _complete(player: _Player, task_id: str, variable: dict[str, Any]) -> None:
        if any(task.id == task_id for task in player.workflow.open_tasks()):
            player.workflow.complete(task_id, variable)

    # ---- time ----

    def _plan(self, at: datetime, act: Callable[[], None]) -> None:
        self.number += 1
        heapq.heappush(self.coming, (at, self.number, act))

    def _next(self, end: datetime) -> bool:
        """The next thing in time has happened; False when there is none by `end`. Limits come before answers."""
        due = [(timer.due_at, player, timer.id) for player in self.players for timer in player.workflow.timers()]
        first = min(due, key=lambda one: one[0], default=None)
        planned = self.coming[0][0] if self.coming else None
        if first is not None and (planned is None or first[0] <= planned):
            if first[0] > end:
                return False
            clock.stand_at(max(first[0], clock.now()))
            return first[1].workflow.fire(first[2])
        if planned is None or planned > end:
            return False
        clock.stand_at(max(planned, clock.now()))
        heapq.heappop(self.coming)[2]()
        return True

    # ---- messages and signals ----

    def _told(self, kind: str, one: Mapping[str, Any]) -> None:
        payload = one.get("payload")
        if kind == "signals":
            self._signal(one["name"], payload, source=None)
        else:
            self._message(one["name"], payload if isinstance(payload, dict) else {})

    def _message(self, name: str, payload: dict[str, Any]) -> bool:
        for player in self.players:
            if player.workflow.deliver(name, payload):
                return True
        for process in self.offered:
            if name in self._begins_with(process, "message"):
                return self._start(process, {}).workflow.deliver(name, payload)
        return False

    def _signal(self, name: str, payload: Any, source: _Player | None) -> None:
        for player in list(self.players):
            if player is not source:
                player.workflow.signal(name, payload)
        for process in self.offered:
            if name in self._begins_with(process, "signal"):
                self._start(process, {}).workflow.signal(name, payload)

    def _start(self, process: str, data: Mapping[str, Any]) -> _Player:
        if process not in self.offered:
            raise BadScenario(f"文件里没有编号为“{process}”的流程")
        host = _Host(self.scenario, self.real, process)
        player = _Player(process, Workflow.start(parse(self.files, process), host, data))
        self.players.append(player)
        self._advance(player)
        return player

    def _begins_with(self, process: str, kind: str = "") -> set[str]:
        """The names of the messages or signals that start this process."""
        node = self.offered[process]
        names = set()
        for start in node.iterchildren(f"{rules.BPMN}startEvent"):
            for definition in rules.definitions(start):
                of = rules.kind(definition)
                if of in ("message", "signal") and kind in ("", of):
                    reference = (definition.get(f"{of}Ref") or "").rpartition(":")[2]
                    root = node.getroottree().getroot()
                    names |= {one.get("name") for one in root.iter(f"{rules.BPMN}{of}") if one.get("id") == reference}
        return names


def _offered(files: Mapping[str, bytes], main: str) -> dict[str, Any]:
    try:
        tree = xml.read(files[main], "bpmn")
    except xml.UnsafeXml as error:
        raise Refused([invalid("xml", "", f"{main}：{error}")]) from error
    found: dict[str, Any] = {str(node.get("id")): node for node in tree.iter(f"{rules.BPMN}process")}
    drawn = {name: node for name, node in found.items() if any(rules.local(child) in rules.NODES for child in node)}
    if not drawn:
        raise Refused([invalid("process", "", f"{main} 里没有画出流程")])
    return drawn


def _first(offered: Mapping[str, Any]) -> str:
    """The process to begin with: one that nothing has to start, if there is one; executable ones first."""

    def rank(name: str) -> tuple[bool, bool]:
        node = offered[name]
        starts = list(node.iterchildren(f"{rules.BPMN}startEvent"))
        waits = bool(starts) and all(rules.definitions(start) for start in starts)
        return waits, node.get("isExecutable") == "false"

    return min(offered, key=rank)


# ---------------------------------------------------------------------------------------------- expectations


def _unmet(expect: Mapping[str, Any], result: Result) -> list[str]:
    """What the scenario expected and did not happen, one sentence each."""
    trace, found = result["trace"], []
    if "status" in expect and expect["status"] != result["status"]:
        found.append(f"结果应为 {expect['status']}，实为 {result['status']}")
    if "trace" in expect and list(expect["trace"]) != trace:
        found.append(f"经过应为 {expect['trace']}，实为 {trace}")
    if "trace_any_order" in expect and sorted(expect["trace_any_order"]) != sorted(trace):
        found.append(f"经过（不计次序）应为 {expect['trace_any_order']}，实为 {trace}")
    if "trace_one_of" in expect and trace not in [list(one) for one in expect["trace_one_of"]]:
        found.append(f"经过应为 {expect['trace_one_of']} 之一，实为 {trace}")
    for name, value in (expect.get("data") or {}).items():
        if name not in result["data"] or result["data"][name] != value:
            found.append(f"数据 {name} 应为 {value}，实为 {result['data'].get(name)}")
    if "ends" in expect and sorted(expect["ends"]) != sorted(result["ends"]):
        found.append(f"应结束于 {expect['ends']}，实为 {result['ends']}")
    return found
