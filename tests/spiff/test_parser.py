"""What cannot run is refused before it runs, in Chinese, naming the element; what can is read once."""

from __future__ import annotations

import re

import pytest

from tests.spiff.drawing import (
    Played,
    boundary,
    call,
    catch,
    conditional,
    document,
    element,
    end,
    error,
    event_gate,
    exclusive,
    handler,
    link,
    many,
    message,
    parallel,
    process,
    script,
    service,
    start,
    sub,
    throw,
    timer,
    user,
)
from webapp.spiff.findings import Refused
from webapp.spiff.workflow import parse


def around(*nodes: str, flows: list[str] | None = None) -> str:
    """A process with these nodes beside start > u > end."""
    return process("p", [start(), user("u"), end(), *nodes], ["start > u", "u > end", *(flows or [])])


COMPENSATE = "<compensateEventDefinition/>"
REFUSED = {
    "complex gateway": (around(element("complexGateway", "x")), "x", "unsupported"),
    "ad hoc": (around(element("adHocSubProcess", "x")), "x", "unsupported"),
    "data store": (around(element("dataStoreReference", "x")), "x", "unsupported"),
    "compensation throw": (around(throw("x", COMPENSATE), flows=["u > x"]), "x", "unsupported"),
    "compensation boundary": (around(boundary("x", "u", COMPENSATE)), "x", "unsupported"),
    "compensation handler": (around(user("x", isForCompensation="true")), "x", "unsupported"),
    "start quantity": (around(user("x", startQuantity="2"), flows=["u > x"]), "x", "unsupported"),
    "instantiate": (around(element("receiveTask", "x", instantiate="true", messageRef="m_a")), "x", "unsupported"),
    "two plain starts": (around(start("x"), flows=["x > u"]), "x", "unsupported"),
    "two definitions": (
        around(catch("x", timer("P1D", "timeDuration") + message("a")), flows=["u > x"]),
        "x",
        "unsupported",
    ),
    "unknown process": (around(call("x", "nobody"), flows=["u > x"]), "x", "unsupported"),
    "no process": (around(element("callActivity", "x"), flows=["u > x"]), "x", "unsupported"),
    "unknown table": (around(element("businessRuleTask", "x"), flows=["u > x"]), "x", "unsupported"),
    "foreign condition": (around(end("x"), flows=["u > x if ${a}"]), "u__x", "unsupported"),
    "feel": (around(script("x", "= a + 1"), flows=["u > x"]), "x", "unsupported"),
    "behavior": (
        around(user("x", many("c").replace("isSequential", 'behavior="None" isSequential')), flows=["u > x"]),
        "x",
        "unsupported",
    ),
    "bad expression": (around(end("x"), flows=["u > x if a =="]), "u__x", "invalid"),
    "bad script": (around(script("x", "import os"), flows=["u > x"]), "x", "invalid"),
    "bad parameter": (around(service("x", "m.f", a="1 +"), flows=["u > x"]), "x", "invalid"),
    "bad timer": (around(catch("x", timer("P1 D", "timeDuration")), flows=["u > x"]), "x", "invalid"),
    "empty timer": (around(catch("x", "<timerEventDefinition/>"), flows=["u > x"]), "x", "invalid"),
    "empty condition": (around(catch("x", conditional("")), flows=["u > x"]), "x", "invalid"),
    "flow to nowhere": (around(flows=["u > nowhere"]), "u__nowhere", "invalid"),
    "flow out of the sub-process": (
        around(sub("s", [start("a"), end("x")], ["a > x"]), flows=["u > x"]),
        "u__x",
        "invalid",
    ),
    "flow into a start": (around(flows=["u > start"]), "start", "invalid"),
    "flow out of an end": (around(flows=["end > u"]), "end", "invalid"),
    "flow into a boundary event": (around(boundary("x", "u", error()), flows=["u > x"]), "x", "invalid"),
    "boundary on nothing": (around(boundary("x", "nothing", error())), "x", "invalid"),
    "boundary on a gateway": (around(exclusive("g"), boundary("x", "g", error()), flows=["u > g"]), "x", "invalid"),
    "boundary without event": (around(boundary("x", "u", "")), "x", "invalid"),
    "catch without event": (around(catch("x", ""), flows=["u > x"]), "x", "invalid"),
    "error caught in the middle": (around(catch("x", error("E")), flows=["u > x"]), "x", "invalid"),
    "timer thrown": (around(throw("x", timer("P1D", "timeDuration")), flows=["u > x"]), "x", "invalid"),
    "cancel outside a transaction": (around(end("x", "<cancelEventDefinition/>"), flows=["u > x"]), "x", "invalid"),
    "cancel on a task": (around(boundary("x", "u", "<cancelEventDefinition/>")), "x", "invalid"),
    "link to nowhere": (around(throw("x", link("L")), flows=["u > x"]), "x", "invalid"),
    "condition missing": (
        around(exclusive("g"), end("a"), end("b"), flows=["u > g", "g > a if n", "g > b"]),
        "g__b",
        "invalid",
    ),
    "one event": (around(event_gate("x"), catch("c", message("a")), flows=["u > x", "x > c"]), "x", "invalid"),
    "event gateway to a task": (
        around(event_gate("g"), catch("c", message("a")), user("x"), flows=["u > g", "g > c", "g > x"]),
        "x",
        "invalid",
    ),
    "handler with a flow": (
        around(handler("x", [start("a", message("m")), end("b")], ["a > b"]), flows=["u > x"]),
        "x",
        "invalid",
    ),
    "handler without start": (around(handler("x", [user("a")], [])), "x", "invalid"),
    "handler without event": (around(handler("h", [start("x"), end("b")], ["x > b"])), "x", "invalid"),
    "waiting start inside": (
        around(sub("s", [start("x", message("m")), end("b")], ["x > b"]), flows=["u > s"]),
        "x",
        "invalid",
    ),
    "error at the start": (process("p", [start("x", error("E")), end()], ["x > end"]), "x", "invalid"),
    "collection missing": (around(user("x", many()), flows=["u > x"]), "x", "invalid"),
    "loop without end": (around(user("x", "<standardLoopCharacteristics/>"), flows=["u > x"]), "x", "invalid"),
    "unknown default": (around(element("exclusiveGateway", "x", default="nope"), flows=["u > x"]), "x", "invalid"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_naming_the_element(case: str) -> None:
    drawn, named, klass = REFUSED[case]
    with pytest.raises(Refused) as caught:
        parse({"p.bpmn": document(drawn)}, "p")
    found = {(one.element, one.klass) for one in caught.value.findings}
    assert (named, klass) in found
    for one in caught.value.findings:
        assert one.severity == "error"
        assert re.search("[一-鿿]", one.message)
        assert "Traceback" not in one.message


def test_every_finding_is_reported_at_once() -> None:
    drawn = around(element("complexGateway", "a"), user("b", isForCompensation="true"), flows=["u > nowhere"])
    with pytest.raises(Refused) as caught:
        parse({"p.bpmn": document(drawn)}, "p")
    assert {"a", "b", "u__nowhere"} <= {one.element for one in caught.value.findings}


def test_what_is_no_diagram_is_refused() -> None:
    good = document(around())
    bad = {
        "empty": b"",
        "text": b"hello",
        "html": b"<html/>",
        "cut off": good[:-20],
        "doctype": good.replace(b"<definitions", b"<!DOCTYPE x><definitions"),
        "against the schema": good.replace(b'sourceRef="start"', b'sourceRef="start" color="red"'),
    }
    for name, data in bad.items():
        with pytest.raises(Refused) as caught:
            parse({"p.bpmn": data}, "p")
        assert caught.value.findings[0].klass == "invalid", name
    with pytest.raises(Refused):
        parse({"p.bpmn": good}, "q")
    with pytest.raises(Refused):
        parse({}, "p")


def test_three_hundred_tasks_in_a_row_are_parsed() -> None:
    """engine.md 1 fault 14: the library recursed along the flow."""
    names = [f"s{number}" for number in range(390)]
    flows = [f"{one} > {two}" for one, two in zip(["start", *names], [*names, "end"], strict=True)]
    case = Played(process("p", [start(), *(script(name, "n = n + 1") for name in names), end()], flows), n=0)
    assert case.wf.done
    assert case.data["n"] == 390


def test_elements_may_have_the_librarys_own_names() -> None:
    case = Played(process("p", [start("Start"), user("Root"), end("End")], ["Start > Root", "Root > End"]))
    assert case.does("Root").trace == ["Start", "Root", "End"]


def test_the_innermost_lane_counts_also_inside_sub_processes_and_repeated_tasks() -> None:
    inside = sub("s", [start("a"), user("v", many("people")), end("b")], ["a > v", "v > b"])
    drawn = process("p", [start(), inside, user("u"), end()], ["start > s", "s > u", "u > end"], {"甲": ["s", "u"]})
    nested = drawn.replace(
        "<flowNodeRef>u</flowNodeRef></lane>",
        '<flowNodeRef>u</flowNodeRef><childLaneSet id="c"><lane id="c1" name="乙"><flowNodeRef>u</flowNodeRef></lane>'
        "</childLaneSet></lane>",
    )
    case = Played(nested, people={"x": 1})
    assert case.definition.elements["v"].lane == "甲"
    assert case.task("v").lane == "甲"
    assert case.definition.elements["u"].lane == "乙"
    assert case.definition.elements["v"].parent == "s"


def test_messages_and_elements_of_called_processes_are_known() -> None:
    inner = process("inner", [start(), catch("c", message("hello")), end()], ["start > c", "c > end"])
    outer = process("p", [start(), call("k", "inner"), end()], ["start > k", "k > end"])
    text = document(outer) + b""
    found = parse({"p.bpmn": text, "i.bpmn": document(inner)}, "p")
    assert dict(found.messages) == {"hello": ("c",)}
    assert found.elements["start"].process == "p"
    assert found.element("inner", "start").process == "inner"
    other = parse({"p.bpmn": text, "i.bpmn": document(inner.replace("hello", "bye"))}, "p")
    assert other.content_hash != found.content_hash


def test_a_fork_may_leave_by_a_drawn_gateway_or_not() -> None:
    drawn = [start(), parallel("f"), user("a"), user("b"), end()]
    with_gate = Played(process("p", drawn, ["start > f", "f > a", "f > b", "a > end", "b > end"]))
    without = Played(
        process("p", [start(), user("a"), user("b"), end()], ["start > a", "start > b", "a > end", "b > end"])
    )
    assert with_gate.open == without.open == ["a", "b"]
