"""The API of docs/architecture.md 4, and what a case does when something fails."""

from __future__ import annotations

import pytest

from tests.spiff.drawing import (
    Played,
    Room,
    boundary,
    call,
    document,
    end,
    error,
    exclusive,
    inclusive,
    parallel,
    process,
    properties,
    script,
    service,
    start,
    sub,
    timer,
    user,
)
from webapp.spiff import state
from webapp.spiff.host import BpmnError, ServiceCall
from webapp.spiff.workflow import NotOpen, Workflow, parse


def test_a_task_writes_one_variable_whole() -> None:
    case = Played(process("p", [start(), user("u"), end()], ["start > u", "u > end"]), u={"old": 1}, k=2)
    case.does("u", outcome="submit", rows=[1, 2])
    assert case.data == {"u": {"outcome": "submit", "rows": [1, 2]}, "k": 2}
    assert case.wf.done
    assert case.wf.ended_at == ["end"]


def test_open_task_says_what_the_inbox_needs() -> None:
    task = user("u", extension=properties(outcomes="a:甲|b:乙", due="today"), name="填报")
    drawn = process("p", [start(), task, end()], ["start > u", "u > end"], {"依托单位": ["u"]})
    case = Played(drawn)
    (found,) = case.wf.open_tasks()
    assert (found.element, found.process, found.name, found.lane, found.key, found.visit) == (
        "u",
        "p",
        "填报",
        "依托单位",
        "",
        1,
    )
    assert found.properties["outcomes"] == "a:甲|b:乙"
    element = case.definition.elements["u"]
    assert (element.type, element.lane, element.form, element.process) == ("userTask", "依托单位", "p/u", "p")


def test_a_completed_task_is_not_run_again() -> None:
    case = Played(process("p", [start(), user("u"), user("v"), end()], ["start > u", "u > v", "v > end"]))
    stale = case.task("u").id
    case.does("u", n=1)
    with pytest.raises(NotOpen):
        case.wf.complete(stale, {"n": 2})
    assert case.data["u"] == {"n": 1}
    for nonsense in ("", "x", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(NotOpen):
            case.wf.complete(nonsense, {})


def test_a_double_submit_before_advance_counts_once() -> None:
    case = Played(process("p", [start(), user("u"), end()], ["start > u", "u > end"]))
    task = case.task("u").id
    case.wf.complete(task, {"n": 1})
    with pytest.raises(NotOpen):
        case.wf.complete(task, {"n": 2})
    assert case.wf.open_tasks() == []
    case.go()
    assert case.data["u"] == {"n": 1}


SERVICE = process(
    "p",
    [start(), user("u"), service("s", "m.f", "r", n="u.n"), user("v"), end()],
    ["start > u", "u > s", "s > v", "v > end"],
)


def test_a_failing_service_is_left_ready_for_retry() -> None:
    answers = iter([RuntimeError("register is down"), {"ok": True}])

    def handler(call: ServiceCall) -> object:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return {**answer, "n": call.parameters["n"]}

    case = Played(SERVICE, room=Room({"m.f": handler}))
    case.does("u", n=7)
    assert case.failure is not None
    assert (case.failure.element, case.failure.process) == ("s", "p")
    assert "register is down" in case.failure.detail
    assert case.data["u"] == {"n": 7}, "the person's step is kept"
    assert (case.open, case.wf.done) == ([], False)
    case.go()
    assert case.failure is None
    assert case.data["r"] == {"ok": True, "n": 7}
    assert case.open == ["v"]
    assert case.trace == ["start", "u", "s"]


def test_a_failing_branch_does_not_stop_the_others() -> None:
    def broken(_: ServiceCall) -> object:
        raise RuntimeError("no")

    drawn = process(
        "p",
        [start(), parallel("f"), service("s", "m.f"), script("x", "y = 1"), user("u"), end()],
        ["start > f", "f > s", "f > x", "x > u", "s > end", "u > end"],
    )
    case = Played(drawn, room=Room({"m.f": broken}))
    assert case.failure is not None
    assert case.failure.element == "s"
    assert (case.open, case.data["y"]) == (["u"], 1)
    case.does("u")
    assert case.failure is not None
    assert not case.wf.done


def test_a_service_is_not_repeated_when_what_follows_it_fails() -> None:
    drawn = process(
        "p",
        [start(), service("s", "m.f", "r"), user("u"), user("v"), end()],
        ["start > s", "s > u if missing", "s > v default", "u > end", "v > end"],
    )
    room = Room({"m.f": lambda _: 1})
    case = Played(drawn, room=room)
    assert case.failure is not None
    assert case.failure.element == "s"
    case.go()
    assert len(room.calls) == 1
    assert case.data == {"r": 1}


def test_a_failing_script_leaves_nothing_behind() -> None:
    case = Played(process("p", [start(), script("s", "a = 1\nb = 1 / 0"), end()], ["start > s", "s > end"]), a=0)
    assert case.failure is not None
    assert "除数为零" in case.failure.message
    assert case.data == {"a": 0}


def test_a_handlers_error_is_caught_by_its_boundary_event() -> None:
    def banned(_: ServiceCall) -> object:
        raise BpmnError("banned", "申报单位在禁止期内")

    drawn = process(
        "p",
        [start(), service("s", "m.f", "r"), boundary("b", "s", error("banned")), user("u"), end()],
        ["start > s", "s > end", "b > u", "u > end"],
    )
    case = Played(drawn, room=Room({"m.f": banned}))
    assert case.failure is None
    assert case.open == ["u"]
    assert [(visit.element, visit.state) for visit in case.visits] == [
        ("start", "completed"),
        ("s", "cancelled"),
        ("b", "completed"),
    ]
    assert case.flows == ["start__s", "b__u"]


def test_a_handlers_error_that_nothing_catches_is_a_failure() -> None:
    def other(_: ServiceCall) -> object:
        raise BpmnError("other", "另一种错误")

    drawn = process(
        "p",
        [start(), service("s", "m.f"), boundary("b", "s", error("banned")), end()],
        ["start > s", "s > end", "b > end"],
    )
    case = Played(drawn, room=Room({"m.f": other}))
    assert case.failure is not None
    assert case.failure.element == "s"
    assert "另一种错误" in case.failure.message


def test_only_travelled_flows_are_recorded() -> None:
    drawn = process(
        "p",
        [start(), exclusive("g"), script("a", "x = 'a'"), script("b", "x = 'b'"), exclusive("m"), end()],
        ["start > g", "g > a if n == 1", "g > b default", "a > m", "b > m", "m > end"],
    )
    case = Played(drawn, n=2)
    assert case.flows == ["start__g", "g__b", "b__m", "m__end"]
    assert {visit.element: visit.flows for visit in case.visits}["g"] == ("g__b",)


def test_conditional_and_default_flows_leave_a_task_as_from_a_gateway() -> None:
    nodes = [start(), user("u"), script("a", "x = 1"), script("b", "y = 1"), script("c", "z = 1"), end()]
    flows = ["start > u", "u > a if u.n > 1", "u > b if u.n > 2", "u > c default", "a > end", "b > end", "c > end"]
    both = Played(process("p", nodes, flows)).does("u", n=3)
    assert sorted(both.flows) == sorted(["start__u", "u__a", "u__b", "a__end", "b__end"])
    none = Played(process("p", nodes, flows)).does("u", n=0)
    assert none.flows == ["start__u", "u__c", "c__end"]


def test_several_incoming_flows_without_a_gateway_let_each_token_run_on() -> None:
    drawn = process(
        "p",
        [start(), parallel("f"), script("a", "n = n + 1"), script("b", "n = n + 1"), script("m", "k = k + 1"), end()],
        ["start > f", "f > a", "f > b", "a > m", "b > m", "m > end"],
    )
    case = Played(drawn, n=0, k=0)
    assert case.data == {"n": 2, "k": 2}
    assert case.wf.done


def test_no_way_out_is_a_failure_naming_the_gateway() -> None:
    for gate in (exclusive("g"), inclusive("g")):
        drawn = process(
            "p",
            [start(), gate, end("a"), end("b")],
            ["start > g", "g > a if n == 1", "g > b if n == 2"],
        )
        case = Played(drawn, n=3)
        assert case.failure is not None
        assert case.failure.element == "g"
        assert "没有一条出口" in case.failure.message


def test_a_called_process_has_its_own_lanes_and_returns_what_it_wrote() -> None:
    inner = process(
        "inner",
        [start("i0"), user("score"), script("x", "total = base + score.n"), end("i1")],
        ["i0 > score", "score > x", "x > i1"],
        {"评审专家": ["score"]},
    )
    outer = process("p", [start(), call("c", "inner"), user("u"), end()], ["start > c", "c > u", "u > end"])
    case = Played(outer, inner, base=1, other=5)
    task = case.task("score")
    assert (task.lane, task.process, task.element) == ("评审专家", "inner", "score")
    assert case.definition.elements["score"].process == "inner"
    case.does("score", n=4)
    assert case.data == {"base": 1, "other": 5, "score": {"n": 4}, "total": 5}
    assert case.trace == ["start", "i0", "score", "x", "i1", "c"]
    assert [v.process for v in case.visits] == ["p", "inner", "inner", "inner", "inner", "p"]


def test_a_called_process_takes_and_gives_what_it_declares() -> None:
    declared = (
        '<ioSpecification><dataInput id="a"/><dataOutput id="b"/><inputSet><dataInputRefs>a</dataInputRefs></inputSet>'
        "<outputSet><dataOutputRefs>b</dataOutputRefs></outputSet></ioSpecification>"
    )
    inner = process("inner", [start("i0"), script("x", "b = a + 1\nc = 1"), end("i1")], ["i0 > x", "x > i1"])
    inner = inner.replace('isExecutable="true">', f'isExecutable="true">{declared}')
    outer = process("p", [start(), call("k", "inner"), end()], ["start > k", "k > end"])
    assert Played(outer, inner, a=1, secret=2).data == {"a": 1, "secret": 2, "b": 2}
    missing = Played(outer, inner)
    assert missing.failure is not None
    assert (missing.failure.element, "“a”" in missing.failure.message) == ("k", True)


def test_a_process_that_calls_itself_for_ever_is_a_failure() -> None:
    drawn = process("p", [start(), call("c", "p"), end()], ["start > c", "c > end"])
    case = Played(drawn)
    assert case.failure is not None
    assert "调用层次过深" in case.failure.message


def test_a_branch_beside_a_call_keeps_what_it_wrote() -> None:
    inner = process("inner", [start("i0"), user("w"), end("i1")], ["i0 > w", "w > i1"])
    outer = process(
        "p",
        [start(), parallel("f"), call("c", "inner"), user("u"), parallel("j"), end()],
        ["start > f", "f > c", "f > u", "c > j", "u > j", "j > end"],
    )
    case = Played(outer, inner, u="before")
    case.does("u", n=1).does("w")
    assert case.data["u"] == {"n": 1}


def test_an_embedded_sub_process_shares_the_data_around_it() -> None:
    inside = sub("s", [start("a"), script("x", "n = n + 1"), user("u"), end("b")], ["a > x", "x > u", "u > b"])
    case = Played(process("p", [start(), inside, end()], ["start > s", "s > end"]), n=1)
    assert case.data["n"] == 2
    assert case.task("u").process == "p"
    case.does("u")
    assert case.trace == ["start", "a", "x", "u", "b", "s", "end"]


def test_pre_and_post_scripts_run_once() -> None:
    scripts = "<spiffworkflow:preScript>n = n + 1</spiffworkflow:preScript>"
    scripts += "<spiffworkflow:postScript>m = u.x</spiffworkflow:postScript>"
    case = Played(process("p", [start(), user("u", extension=scripts), end()], ["start > u", "u > end"]), n=0)
    case.does("u", x=3)
    assert case.data == {"n": 1, "u": {"x": 3}, "m": 3}


def test_an_operator_can_cancel_and_jump() -> None:
    drawn = process(
        "p",
        [start(), user("a"), boundary("t", "a", timer("P1D", "timeDuration")), user("b"), end()],
        ["start > a", "a > b", "b > end", "t > end"],
    )
    case = Played(drawn)
    case.does("a")
    case.wf.jump(case.task("b").id, "a")
    case.go()
    assert case.open == ["a"]
    assert case.task("a").visit == 2
    case.wf.cancel([case.task("a").id])
    case.go()
    assert case.wf.done
    assert case.wf.timers() == []
    other = Played(drawn)
    other.wf.terminate()
    assert (other.wf.done, other.wf.open_tasks(), other.wf.timers()) == (True, [], [])


def test_a_state_of_another_diagram_is_refused() -> None:
    one = Played(process("p", [start(), user("u"), end()], ["start > u", "u > end"]))
    other = parse({"p.bpmn": document(process("p", [start(), user("v"), end()], ["start > v", "v > end"]))}, "p")
    with pytest.raises(state.Unreadable):
        Workflow.load(other, Room(), one.wf.dump())
    for text in ("", "[]", "{}", '{"format":1}'):
        with pytest.raises(state.Unreadable):
            Workflow.load(one.definition, Room(), text)


def test_the_same_content_is_parsed_once() -> None:
    text = document(process("p", [start(), user("u"), end()], ["start > u", "u > end"]))
    first, second = parse({"a.bpmn": text}, "p"), parse({"a.bpmn": bytes(bytearray(text)), "b.bpmn": document()}, "p")
    assert first is second
    assert first.content_hash == second.content_hash


def test_without_start_and_end_events_a_process_runs_from_what_nothing_leads_to() -> None:
    case = Played(process("p", [user("a"), user("b"), script("c", "x = 1")], ["a > c"]))
    assert case.open == ["a", "b"]
    case.does("a").does("b")
    assert case.wf.done
    assert case.data["x"] == 1
