"""Random block-structured diagrams: saved and loaded after every move, a case goes exactly as one that never is.

GUOHE_LONG=1 plays 5,000 instead of 200. A failing seed is in the test's id and message.
"""

from __future__ import annotations

import itertools
import os
import random
from datetime import timedelta
from typing import Any

import pytest

from tests.spiff.drawing import (
    START,
    Room,
    boundary,
    call,
    catch,
    document,
    element,
    end,
    error,
    escalation,
    event_gate,
    exclusive,
    handler,
    inclusive,
    loop,
    many,
    message,
    parallel,
    process,
    script,
    signal,
    start,
    sub,
    throw,
    timer,
    user,
)
from webapp import clock
from webapp.spiff.workflow import Definition, Workflow, parse

COUNT = 5_000 if os.environ.get("GUOHE_LONG") else 200
GROUP = 20
MOVES = 120


class Drawn:
    """A random diagram, grown block by block; every block has one way in and one way out."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.number = 0
        self.called: list[str] = []
        nodes, flows = self.scope(4)
        self.text = document(process("p", nodes, flows), *self.called)

    def name(self, kind: str) -> str:
        self.number += 1
        return f"{kind}{self.number}"

    def scope(self, depth: int, handlers: bool = True) -> tuple[list[str], list[str]]:
        nodes: list[str] = []
        flows: list[str] = []
        first, last = self.name("start"), self.name("end")
        entry, way_out = self.block(depth, nodes, flows)
        nodes += [start(first), end(last)]
        flows += [f"{first} > {entry}", f"{way_out} > {last}"]
        if handlers and self.random.random() < 0.35:
            nodes.append(self.handler())
        return nodes, flows

    def handler(self) -> str:
        definition = self.random.choice(
            [message("ping", "ping"), signal("wake"), timer("P9D", "timeDuration"), error("E1"), escalation("X1")]
        )
        interrupting = "error" in definition or self.random.random() < 0.4
        first, inside, last = self.name("hs"), self.name("u"), self.name("he")
        return handler(
            self.name("h"),
            [start(first, definition, isInterrupting=str(interrupting).lower()), user(inside), end(last)],
            [f"{first} > {inside}", f"{inside} > {last}"],
        )

    def block(self, depth: int, nodes: list[str], flows: list[str]) -> tuple[str, str]:
        kinds = [self.leaf, self.guarded, self.events]
        if depth > 0:
            kinds += [self.sequence] * 3 + [self.fork, self.choice, self.some, self.rework, self.inside, self.calling]
            kinds += [self.repeated]
        return self.random.choice(kinds)(depth - 1, nodes, flows)

    def leaf(self, _: int, nodes: list[str], __: list[str]) -> tuple[str, str]:
        kind = self.random.random()
        if kind < 0.6:
            name = self.name("u")
            nodes.append(user(name))
        elif kind < 0.75:
            name = self.name("s")
            nodes.append(script(name, f"d_{name} = q"))
        elif kind < 0.85:
            name = self.name("t")
            nodes.append(catch(name, timer(f"P{self.random.randint(1, 4)}D", "timeDuration")))
        elif kind < 0.92:
            name = self.name("x")
            nodes.append(throw(name, self.random.choice([signal("wake"), message("ping"), escalation("X1")])))
        else:
            name = self.name("m")
            nodes.append(catch(name, message("ping", "ping")))
        return name, name

    def guarded(self, _: int, nodes: list[str], flows: list[str]) -> tuple[str, str]:
        name, edge, way_out = self.name("u"), self.name("b"), self.name("gx")
        definition = self.random.choice(
            [timer("P2D", "timeDuration"), timer("R3/P1D", "timeCycle"), message("ping", "ping"), signal("wake")]
        )
        interrupting = self.random.random() < 0.5
        nodes += [user(name), boundary(edge, name, definition, interrupting), exclusive(way_out)]
        flows.append(f"{name} > {way_out}")
        if interrupting:
            flows.append(f"{edge} > {way_out}")
        else:
            side, last = self.name("u"), self.name("end")
            nodes += [user(side), end(last)]
            flows += [f"{edge} > {side}", f"{side} > {last}"]
        return name, way_out

    def events(self, _: int, nodes: list[str], flows: list[str]) -> tuple[str, str]:
        gate, way_out = self.name("eg"), self.name("gx")
        nodes += [event_gate(gate), exclusive(way_out)]
        for definition in (timer("P2D", "timeDuration"), timer("P5D", "timeDuration"), message("ping", "ping")):
            name = self.name("ev")
            nodes.append(catch(name, definition))
            flows += [f"{gate} > {name}", f"{name} > {way_out}"]
        return gate, way_out

    def sequence(self, depth: int, nodes: list[str], flows: list[str]) -> tuple[str, str]:
        parts = [self.block(depth, nodes, flows) for _ in range(self.random.randint(2, 3))]
        flows += [f"{one[1]} > {two[0]}" for one, two in itertools.pairwise(parts)]
        return parts[0][0], parts[-1][1]

    def fork(self, depth: int, nodes: list[str], flows: list[str]) -> tuple[str, str]:
        split, join = self.name("pf"), self.name("pj")
        nodes += [parallel(split), parallel(join)]
        for _ in range(self.random.randint(2, 3)):
            entry, way_out = self.block(depth, nodes, flows)
            flows += [f"{split} > {entry}", f"{way_out} > {join}"]
        return split, join

    def choice(self, depth: int, nodes: list[str], flows: list[str]) -> tuple[str, str]:
        split, join = self.name("xs"), self.name("xj")
        nodes += [exclusive(split), exclusive(join)]
        for condition in (" if q % 2 == 0", " default"):
            entry, way_out = self.block(depth, nodes, flows)
            flows += [f"{split} > {entry}{condition}", f"{way_out} > {join}"]
        return split, join

    def some(self, depth: int, nodes: list[str], flows: list[str]) -> tuple[str, str]:
        split, join = self.name("is"), self.name("ij")
        nodes += [inclusive(split), inclusive(join)]
        for condition in (" if q % 2 == 0", " if q % 3 == 0", " default"):
            entry, way_out = self.block(depth, nodes, flows)
            flows += [f"{split} > {entry}{condition}", f"{way_out} > {join}"]
        return split, join

    def rework(self, depth: int, nodes: list[str], flows: list[str]) -> tuple[str, str]:
        begin, merge, count, gate, way_out = (self.name(kind) for kind in ("li", "lm", "lc", "lg", "lo"))
        entry, last = self.block(depth, nodes, flows)
        variable = f"n_{begin}"
        nodes += [script(begin, f"{variable} = 0"), exclusive(merge), script(count, f"{variable} = {variable} + 1")]
        nodes += [exclusive(gate), exclusive(way_out)]
        flows += [f"{begin} > {merge}", f"{merge} > {entry}", f"{last} > {count}", f"{count} > {gate}"]
        flows += [f"{gate} > {merge} if {variable} < {self.random.randint(2, 3)}", f"{gate} > {way_out} default"]
        return begin, way_out

    def inside(self, depth: int, nodes: list[str], flows: list[str]) -> tuple[str, str]:
        name = self.name("sp")
        inner = self.scope(depth)
        if self.random.random() < 0.3:  # one way out throws an error or escalates to the edge
            definition = self.random.choice([error("E1"), escalation("X1")])
            bad, gate, edge, way_out = (self.name(kind) for kind in ("bad", "xs", "b", "gx"))
            last = next(flow for flow in reversed(inner[1]) if not flow.startswith("hs"))
            source, target = last.split(" > ")
            inner[1].remove(last)
            inner[1].extend([f"{source} > {gate}", f"{gate} > {bad} if q % 3 == 1", f"{gate} > {target} default"])
            inner[0].extend([exclusive(gate), end(bad, definition)])
            nodes += [sub(name, *inner), boundary(edge, name, definition), exclusive(way_out)]
            flows += [f"{name} > {way_out}", f"{edge} > {way_out}"]
            return name, way_out
        repeat = self.random.choice(["", "", many("people", item=f"p_{name}"), loop("q % 2 == 0", maximum=2)])
        nodes.append(sub(name, *inner, inner=repeat))
        return name, name

    def calling(self, depth: int, nodes: list[str], _: list[str]) -> tuple[str, str]:
        name, target = self.name("ca"), self.name("proc")
        self.called.append(process(target, *self.scope(min(depth, 2))))
        nodes.append(call(name, target))
        return name, name

    def repeated(self, _: int, nodes: list[str], __: list[str]) -> tuple[str, str]:
        name = self.name("mi")
        sequential = self.random.random() < 0.5
        until = self.random.choice(["", "numberOfCompletedInstances >= 2"])
        if self.random.random() < 0.7:
            nodes.append(user(name, many("people", item=f"p_{name}", sequential=sequential, until=until)))
        else:
            nodes.append(element("receiveTask", name, many(cardinality="2", sequential=True), messageRef="m_ping"))
        return name, name


def play(definition: Definition, seed: int, saving: bool) -> tuple[list[Any], dict[str, Any], bool]:
    """The moves a seed decides on, and all that could be seen of the case after each."""
    choose = random.Random(seed)
    clock.stand_at(START)
    case = Workflow.start(definition, Room(), {"q": seed % 6, "people": {"a": 1, "b": 2, "c": 3}})
    seen: list[Any] = []
    for move in range(MOVES):
        happened = _drained(case)
        if saving:  # also between what somebody does and what follows from it
            case = Workflow.load(definition, Room(), case.dump())
        failure = case.advance()
        happened += _drained(case)
        seen.append((happened, _look(case), failure and (failure.element, failure.message)))
        if case.done or failure:
            break
        assert _can_go_on(case), f"seed {seed}, move {move}: nothing is open and the case is not done"
        if saving:
            before = _look(case)
            case = Workflow.load(definition, Room(), case.dump())
            assert _look(case) == before, f"seed {seed}, move {move}: what is loaded is not what was saved"
        _move(case, choose, move)
    if case.done:
        assert not case._run.all_tokens(), f"seed {seed}: tokens are left behind"
    return seen, case.data, case.done


def _drained(case: Workflow) -> list[Any]:
    visits = [(one.element, one.process, one.state, one.flows, one.visit, one.key) for one in case.trace()]
    return [*visits, *case.flows(), *case.thrown()]


def _can_go_on(case: Workflow) -> bool:
    return bool(case.open_tasks() or case.timers() or case.awaits() or case.awaited_others())


def _look(case: Workflow) -> tuple[Any, ...]:
    tasks = [(task.element, task.key, task.process, task.visit) for task in case.open_tasks()]
    timers = [(timer.element, timer.due_at, timer.interrupting) for timer in case.timers()]
    awaits = [(one.message, one.element) for one in case.awaits()]
    return tasks, timers, awaits, case.awaited_others(), case.data, case.ended_at, case.done


def _move(case: Workflow, choose: random.Random, move: int) -> None:
    tasks, timers, awaits = case.open_tasks(), case.timers(), case.awaits()
    dice = choose.random()
    if awaits and (dice < 0.12 or not (tasks or timers)):
        case.deliver(choose.choice(awaits).message, {"move": move})
    elif dice < 0.17 and case.awaited_others():
        case.signal("wake", {"move": move})
    elif timers and (dice < 0.35 or not tasks):
        clock.stand_at(max(clock.now(), timers[0].due_at) + timedelta(hours=choose.randrange(48)))
        for due in [one for one in case.timers() if one.due_at <= clock.now()]:
            case.fire(due.id)
    elif tasks:
        task = choose.choice(tasks)
        case.complete(task.id, {"move": move, "value": choose.randrange(99)})
        case._run.data["q"] = choose.randrange(6)
    else:
        case.signal("wake", {"move": move})


@pytest.mark.parametrize("first", range(0, COUNT, GROUP))
def test_saving_changes_nothing(first: int) -> None:
    ended = 0
    for seed in range(first, first + GROUP):
        drawn = Drawn(seed)
        definition = parse({"p.bpmn": drawn.text}, "p")
        plain = play(definition, seed, False)
        saved = play(definition, seed, True)
        for number, (one, other) in enumerate(zip(plain[0], saved[0], strict=False)):
            assert one == other, f"seed {seed}, move {number}"
        assert plain == saved, f"seed {seed}"
        failure = plain[0][-1][-1]
        assert failure is None or "E1" in failure[1], f"seed {seed}: {failure}"
        ended += plain[2]
    assert ended >= GROUP // 2, f"seeds {first}…: only {ended} of {GROUP} came to an end"
