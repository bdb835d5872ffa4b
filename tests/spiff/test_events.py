"""engine.md, table 2, row by row: what BPMN 2.0 says happens, saved and loaded after every move."""

from __future__ import annotations

import copy

import pytest

from tests.spiff.drawing import (
    Played,
    Room,
    boundary,
    catch,
    conditional,
    element,
    end,
    error,
    escalation,
    event_gate,
    handler,
    link,
    many,
    message,
    parallel,
    process,
    script,
    service,
    signal,
    start,
    sub,
    throw,
    timer,
    user,
)
from webapp.spiff.host import BpmnError
from webapp.spiff.workflow import Workflow

TERMINATE = "<terminateEventDefinition/>"


# ---------------------------------------------------------------------------------------------- signal, link, terminate


def test_a_signal_end_is_thrown_and_caught_in_the_same_case() -> None:
    drawn = process(
        "p",
        [start(), parallel("f"), user("u"), end("shout", signal("go")), catch("c", signal("go")), end()],
        ["start > f", "f > u", "u > shout", "f > c", "c > end"],
    )
    case = Played(drawn)
    assert case.does("u").wf.done
    assert "end" in case.trace
    assert [(t.kind, t.name) for t in case.thrown] == [("signal", "go")]


def test_a_signal_reaches_everything_that_waits() -> None:
    drawn = process(
        "p",
        [start(), parallel("f"), catch("a", signal("go")), user("u"), boundary("b", "u", signal("go")), end()],
        ["start > f", "f > a", "f > u", "a > end", "u > end", "b > end"],
    )
    case = Played(drawn)
    assert case.wf.signal("go")
    assert case.go().wf.done
    assert sorted(case.trace) == ["a", "b", "end", "end", "f", "start"]
    assert not case.wf.signal("go")


def test_links_lead_on() -> None:
    drawn = process(
        "p",
        [start(), user("u"), throw("out", link("L")), catch("into", link("L")), user("v"), end()],
        ["start > u", "u > out", "into > v", "v > end"],
    )
    case = Played(drawn).does("u")
    assert case.open == ["v"]
    assert case.trace == ["start", "u", "out", "into"]
    assert case.does("v").wf.done


def test_terminate_ends_everything_of_its_scope_and_nothing_else() -> None:
    inside = sub(
        "s",
        [start("s0"), parallel("f"), user("a"), user("b"), end("stop", TERMINATE)],
        ["s0 > f", "f > a", "f > b", "a > stop"],
    )
    case = Played(process("p", [start(), inside, user("z"), end()], ["start > s", "s > z", "z > end"]))
    assert case.does("a").open == ["z"]
    assert [(v.element, v.state) for v in case.visits][-3:] == [
        ("stop", "completed"),
        ("b", "cancelled"),
        ("s", "completed"),
    ]


# ---------------------------------------------------------------------------------------------- boundary events

TRIGGERS = {
    "timer": (timer("P1D", "timeDuration"), lambda case: case.passes(days=1)),
    "message": (message("m"), lambda case: case.hears("m", x=1)),
    "signal": (signal("go"), lambda case: (case.wf.signal("go"), case.go())),
    "conditional": (conditional("flag == 1"), lambda case: case.does("other", done=1)),
}


def _with_other(*nodes: str) -> list[str]:
    """A second branch whose user task can set a flag."""
    return [start(), parallel("f"), user("other"), script("set", "flag = 1"), end("oe"), *nodes]


@pytest.mark.parametrize("kind", TRIGGERS)
def test_an_interrupting_boundary_event_takes_effect_at_once(kind: str) -> None:
    definition, happen = TRIGGERS[kind]
    inside = sub(
        "s",
        [start("s0"), parallel("g"), user("a"), user("b"), end("s1")],
        ["s0 > g", "g > a", "g > b", "a > s1", "b > s1"],
    )
    drawn = process(
        "p",
        _with_other(inside, boundary("b1", "s", definition), user("late"), end()),
        ["start > f", "f > other", "other > set", "set > oe", "f > s", "s > end", "b1 > late", "late > end"],
    )
    case = Played(drawn, flag=0)
    happen(case)
    assert [name for name in case.open if name != "other"] == ["late"]
    cancelled = {visit.element for visit in case.visits if visit.state == "cancelled"}
    assert cancelled == {"s", "a", "b"}
    assert case.wf.timers() == []
    assert list(case.wf.awaits()) == []


@pytest.mark.parametrize("kind", TRIGGERS)
def test_a_non_interrupting_boundary_event_leaves_the_activity_alone(kind: str) -> None:
    definition, happen = TRIGGERS[kind]
    drawn = process(
        "p",
        _with_other(user("u"), boundary("b1", "u", definition, False), user("side"), end("e2"), end()),
        ["start > f", "f > other", "other > set", "set > oe", "f > u", "u > end", "b1 > side", "side > e2"],
    )
    case = Played(drawn, flag=0)
    happen(case)
    assert [name for name in case.open if name != "other"] == ["side", "u"]
    case.does("u").does("side")
    if "other" in case.open:
        case.does("other")
    assert case.wf.done


def test_a_non_interrupting_message_may_come_again() -> None:
    drawn = process(
        "p",
        [
            start(),
            user("u"),
            boundary("b", "u", message("m", "told"), False),
            script("n", "k = k + told.n"),
            end("e2"),
            end(),
        ],
        ["start > u", "u > end", "b > n", "n > e2"],
    )
    case = Played(drawn, k=0).hears("m", n=2).hears("m", n=3)
    assert case.data["k"] == 5
    assert case.does("u").wf.done
    assert not case.wf.deliver("m", {})


@pytest.mark.parametrize("kind", ["error", "escalation"])
def test_a_code_is_caught_by_its_own_boundary_event_before_the_one_for_any(kind: str) -> None:
    make = {"error": error, "escalation": escalation}[kind]
    inside = sub("s", [start("s0"), user("a"), end("bad", make("E1"))], ["s0 > a", "a > bad"])
    nodes = [start(), inside, boundary("any", "s", make()), boundary("own", "s", make("E1")), end("x"), end("y"), end()]
    case = Played(process("p", nodes, ["start > s", "s > end", "any > x", "own > y"])).does("a")
    assert case.wf.ended_at == ["y"]
    nodes[1] = sub("s", [start("s0"), user("a"), end("bad", make("E2"))], ["s0 > a", "a > bad"])
    other = Played(process("p", nodes, ["start > s", "s > end", "any > x", "own > y"])).does("a")
    assert other.wf.ended_at == ["x"]


def test_a_non_interrupting_escalation_lets_the_sub_process_go_on() -> None:
    inside = sub(
        "s", [start("s0"), throw("up", escalation("E")), user("a"), end("s1")], ["s0 > up", "up > a", "a > s1"]
    )
    drawn = process(
        "p",
        [start(), inside, boundary("b", "s", escalation("E"), False), user("told"), end("e2"), end()],
        ["start > s", "s > end", "b > told", "told > e2"],
    )
    case = Played(drawn)
    assert case.open == ["a", "told"]
    assert case.thrown == []


def test_an_interrupting_escalation_stops_the_thrower_where_it_is() -> None:
    inside = sub(
        "s",
        [start("s0"), throw("up", escalation("E")), script("x", "y = 1"), end("s1")],
        ["s0 > up", "up > x", "x > s1"],
    )
    drawn = process(
        "p",
        [start(), inside, boundary("b", "s", escalation("E")), end("e2"), end()],
        ["start > s", "s > end", "b > e2"],
    )
    case = Played(drawn)
    assert case.wf.ended_at == ["e2"]
    assert "y" not in case.data
    assert "up__x" not in case.flows


def test_an_uncaught_error_is_an_incident_and_an_uncaught_escalation_is_recorded() -> None:
    bad = Played(process("p", [start(), end("bad", error("E1"))], ["start > bad"]))
    assert bad.failure is not None
    assert (bad.failure.element, bad.wf.done) == ("bad", False)
    assert "E1" in bad.failure.message
    up = Played(process("p", [start(), end("up", escalation("X1"))], ["start > up"]))
    assert up.failure is None
    assert up.wf.done
    assert [(one.kind, one.name, one.element) for one in up.thrown] == [("escalation", "X1", "up")]


def test_an_error_passes_through_called_processes_and_repeated_activities() -> None:
    inner = process("inner", [start("i0"), service("h", "m.f"), end("i1")], ["i0 > h", "h > i1"])
    repeated = element("callActivity", "c", many("people", item="who"), calledElement="inner")
    outer = process(
        "p",
        [start(), repeated, boundary("b", "c", error("E1")), end("failed"), end()],
        ["start > c", "c > end", "b > failed"],
    )

    def raising(call):
        if call.data["who"] == "b":
            raise BpmnError("E1")
        return

    case = Played(outer, inner, room=Room({"m.f": raising}), people={"a": "a", "b": "b"})
    assert case.failure is None
    assert case.wf.ended_at == ["failed"]


# ---------------------------------------------------------------------------------------------- event sub-processes

STARTS = {
    "timer": (timer("P1D", "timeDuration"), lambda case: case.passes(days=1)),
    "message": (message("m", "told"), lambda case: case.hears("m", x=1)),
    "signal": (signal("go"), lambda case: (case.wf.signal("go"), case.go())),
    "conditional": (conditional("flag == 1"), lambda case: case.does("raise_flag")),
    "error": (error("E1"), lambda case: case.does("fail")),
    "escalation": (escalation("E1"), lambda case: case.does("escalate")),
}


def _case(kind: str, interrupting: bool) -> Played:
    definition, _ = STARTS[kind]
    attribute = {"isInterrupting": str(interrupting).lower()}
    h = handler("h", [start("h0", definition, **attribute), user("inside"), end("h1")], ["h0 > inside", "inside > h1"])
    nodes = [
        start(),
        parallel("f"),
        user("work"),
        user("raise_flag"),
        script("set", "flag = 1"),
        user("fail"),
        end("bad", error("E1")),
        user("escalate"),
        throw("up", escalation("E1")),
        end(),
        h,
    ]
    flows = [
        "start > f",
        "f > work",
        "f > raise_flag",
        "f > fail",
        "f > escalate",
        "work > end",
        "raise_flag > set",
        "set > end",
        "fail > bad",
        "escalate > up",
        "up > end",
    ]
    return Played(process("p", nodes, flows), flag=0)


@pytest.mark.parametrize("kind", STARTS)
def test_an_interrupting_event_sub_process_replaces_what_ran(kind: str) -> None:
    case = _case(kind, True)
    STARTS[kind][1](case)
    assert case.open == ["inside"]
    assert case.wf.timers() == []
    assert case.wf.awaits() == []
    assert case.does("inside").wf.done
    assert case.trace[-3:] == ["inside", "h1", "h"]


@pytest.mark.parametrize("kind", [kind for kind in STARTS if kind != "error"])
def test_a_non_interrupting_event_sub_process_runs_beside(kind: str) -> None:
    case = _case(kind, False)
    before = case.open
    STARTS[kind][1](case)
    gone = {"conditional": "raise_flag", "escalation": "escalate"}.get(kind)
    assert case.open == sorted([*(name for name in before if name != gone), "inside"])
    for name in [one for one in case.open if one not in ("inside", "fail")]:
        case.does(name)
    case.wf.cancel([case.task("fail").id])
    case.go()
    assert not case.wf.done, "the case ends when the handler has ended too"
    assert case.does("inside").wf.done


def test_the_shared_spec_is_untouched_by_an_event_sub_process() -> None:
    """Stock: the next case of the same spec started the handler at once."""
    first = _case("message", False)
    before = copy.deepcopy(
        {name: (spec.flows, spec.next, spec._outputs) for name, spec in first.definition.spec.task_specs.items()}
    )
    first.hears("m", x=1).hears("m", x=2)
    assert first.open.count("inside") == 2
    after = {name: (spec.flows, spec.next, spec._outputs) for name, spec in first.definition.spec.task_specs.items()}
    assert after == before
    second = Workflow.start(first.definition, Room(), {"flag": 0})
    assert second.advance() is None
    assert "inside" not in [task.element for task in second.open_tasks()]


def test_a_handler_sees_and_changes_the_data_of_its_scope() -> None:
    h = handler(
        "h",
        [start("h0", message("amend", "change"), isInterrupting="false"), script("x", "limit = change.to"), end("h1")],
        ["h0 > x", "x > h1"],
    )
    case = Played(process("p", [start(), user("u"), end(), h], ["start > u", "u > end"]), limit=1)
    case.hears("amend", to=9)
    assert case.data["limit"] == 9
    assert [(one.message, one.element, one.interrupting, one.scope) for one in case.wf.awaits()] == [
        ("amend", "h0", False, "h")
    ]


def test_an_event_sub_process_inside_a_sub_process_interrupts_only_that() -> None:
    h = handler("h", [start("h0", message("m")), script("x", "y = 1"), end("h1")], ["h0 > x", "x > h1"])
    inside = sub("s", [start("s0"), user("a"), end("s1"), h], ["s0 > a", "a > s1"])
    drawn = process(
        "p",
        [start(), parallel("f"), inside, user("b"), user("c"), end()],
        ["start > f", "f > s", "f > b", "s > c", "b > end", "c > end"],
    )
    case = Played(drawn).hears("m")
    assert case.open == ["b", "c"]


def test_an_error_in_a_handler_is_not_caught_by_the_handler_itself() -> None:
    h = handler("h", [start("h0", error("E1")), end("again", error("E1"))], ["h0 > again"])
    case = Played(process("p", [start(), end("bad", error("E1")), h], ["start > bad"]))
    assert case.failure is not None
    assert case.failure.element == "again"


# ---------------------------------------------------------------------------------------------- gateways, transactions


def test_an_event_gateway_takes_the_first_and_forgets_the_rest() -> None:
    drawn = process(
        "p",
        [
            start(),
            event_gate("g"),
            catch("m", message("m", "told")),
            catch("t1", timer("P2D", "timeDuration")),
            catch("t2", timer("P1D", "timeDuration")),
            end("a"),
            end("b"),
            end("c"),
        ],
        ["start > g", "g > m", "g > t1", "g > t2", "m > a", "t1 > b", "t2 > c"],
    )
    by_message = Played(drawn).hears("m", x=1)
    assert (by_message.wf.ended_at, by_message.trace) == (["a"], ["start", "g", "m", "a"])
    assert by_message.flows == ["start__g", "g__m", "m__a"]
    assert by_message.data["told"] == {"x": 1}
    by_time = Played(drawn)
    assert len(by_time.wf.timers()) == 2
    by_time.passes(days=3)
    assert by_time.wf.ended_at == ["c"]
    assert by_time.wf.timers() == []


def test_a_transaction_can_be_cancelled_from_inside() -> None:
    inside = sub(
        "s",
        [start("s0"), parallel("f"), user("a"), user("b"), end("undo", "<cancelEventDefinition/>")],
        ["s0 > f", "f > a", "f > b", "a > undo"],
        tag="transaction",
    )
    drawn = process(
        "p",
        [start(), inside, boundary("c", "s", "<cancelEventDefinition/>"), user("undone"), end()],
        ["start > s", "s > end", "c > undone", "undone > end"],
    )
    case = Played(drawn).does("a")
    assert case.open == ["undone"]
    assert ("b", "cancelled") in [(visit.element, visit.state) for visit in case.visits]


def test_a_message_between_two_parts_of_one_case_is_delivered_inside() -> None:
    drawn = process(
        "p",
        [
            start(),
            parallel("f"),
            element("receiveTask", "r", messageRef="m_hello"),
            user("u"),
            element("sendTask", "s", messageRef="m_hello"),
            end(),
        ],
        ["start > f", "f > r", "f > u", "u > s", "s > end", "r > end"],
    )
    case = Played(drawn).does("u")
    assert case.wf.done
    assert case.thrown == []


def test_a_thrown_message_carries_its_payload() -> None:
    drawn = process("p", [start(), end("e", message("ready", payload="{'n': n + 1}"))], ["start > e"])
    case = Played(drawn, n=1)
    assert [(one.kind, one.name, one.payload, one.element) for one in case.thrown] == [
        ("message", "ready", {"n": 2}, "e")
    ]


def test_a_process_that_begins_with_a_message_waits_for_it() -> None:
    drawn = process(
        "p",
        [start("a", message("go", "told")), start("b", timer("P1D", "timeDuration")), user("u"), end()],
        ["a > u", "b > u", "u > end"],
    )
    case = Played(drawn)
    assert (case.open, [one.message for one in case.wf.awaits()]) == ([], ["go"])
    case.hears("go", n=1)
    assert (case.open, case.wf.awaits(), case.wf.timers()) == (["u"], [], [])
    assert case.data == {"told": {"n": 1}}


def test_conditions_are_seen_when_data_change() -> None:
    drawn = process(
        "p",
        [
            start(),
            parallel("f"),
            user("u"),
            script("m", "total = total + u.n"),
            catch("c", conditional("total > 10")),
            user("v"),
            end(),
        ],
        ["start > f", "f > u", "u > m", "m > v", "v > end", "f > c", "c > end"],
    )
    case = Played(drawn, total=5).does("u", n=6)
    assert "c" in case.trace
    assert "c" not in Played(drawn, total=5).does("u", n=1).trace


def test_what_a_sub_process_declares_is_each_run_s_own() -> None:
    """Two runs of one non-interrupting event sub-process keep their messages; undeclared variables are shared."""
    own = '<property id="own_note" name="note"/><property id="own_look" name="look"/>'
    keep = script("keep", "seen = seen + note.text + look.outcome")
    inside = [start("told", message("note", "note"), isInterrupting="false"), user("look"), keep, end("kept")]
    listens = sub("listens", inside, ["told > look", "look > keep", "keep > kept"], own, triggeredByEvent="true")
    drawn = process("p", [start(), user("work"), end(), listens], ["start > work", "work > end"])
    case = Played(drawn, seen="").hears("note", text="a").hears("note", text="b")
    first, second = (task for task in case.wf.open_tasks() if task.element == "look")
    for task, outcome in ((first, "1"), (second, "2")):
        case.wf.complete(task.id, {"outcome": outcome})
        case.go()
    assert case.data["seen"] == "a1b2"
    assert "note" not in case.data
