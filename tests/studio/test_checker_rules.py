"""Every rule of the checker with a diagram that breaks it and the same one mended; rule, class and element are named."""

from __future__ import annotations

import pytest

from tests.spiff import drawing as d
from webapp.spiff.findings import Finding
from webapp.studio import checker

ALONE = checker.ALONE
P = ["start > a", "a > end"]


def findings(data: bytes, *, severity: str = "", around: checker.Surroundings = ALONE) -> list[Finding]:
    found = checker.check_text("p.bpmn", data, around)
    return [one for one in found if severity in ("", one.severity)]


def told(data: bytes, around: checker.Surroundings = ALONE) -> set[tuple[str, str, str]]:
    return {(one.rule, one.klass, one.element) for one in findings(data, around=around)}


def errors(data: bytes) -> set[tuple[str, str, str]]:
    return {(one.rule, one.klass, one.element) for one in findings(data, severity="error")}


def draw(nodes: list[str], flows: list[str], *more: str) -> bytes:
    return d.document(d.process("p", nodes, flows), *more)


def simple(*nodes: str, flows: list[str] | None = None, more: tuple[str, ...] = ()) -> bytes:
    """start > a > end with `a` as given, or a plain user task."""
    drawn = list(nodes) or [d.user("a")]
    return draw([d.start(), *drawn, d.end()], flows or P, *more)


GOOD = simple()
TIMER = d.timer("PT1H", "timeDuration")

BROKEN: list[tuple[str, bytes, tuple[str, str, str]]] = [
    ("not xml", b"<definitions", ("xml", "invalid", "")),
    ("not bpmn", b"<html/>", ("xml", "invalid", "")),
    ("doctype", b"<!DOCTYPE d>" + GOOD.split(b"?>", 1)[1], ("xml", "unsupported", "")),
    ("encoding", GOOD.replace(b"UTF-8", b"GBK", 1), ("xml", "unsupported", "")),
    ("duplicate id", simple(d.user("a"), d.user("a")), ("duplicate-id", "invalid", "a")),
    ("id with a blank", GOOD.replace(b'"a"', b'"a b"'), ("id", "invalid", "a b")),
    ("id in Chinese", GOOD.replace(b'"a"', '"评审"'.encode()), ("id", "unsupported", "评审")),
    ("nothing drawn", d.document('<process id="p"/>'), ("empty", "invalid", "p")),
    ("schema", GOOD.replace(b'<userTask id="a" >', b'<userTask id="a" ><nonsense/>'), ("schema", "invalid", "a")),
    (
        "choreography",
        GOOD.replace(b"</definitions>", b'<choreography id="c"/></definitions>'),
        ("construct", "unsupported", "c"),
    ),
    (
        "global task",
        GOOD.replace(b"</definitions>", b'<globalUserTask id="g"/></definitions>'),
        ("construct", "unsupported", "g"),
    ),
    ("complex gateway", simple(d.element("complexGateway", "a")), ("construct", "unsupported", "a")),
    ("ad hoc", simple(d.sub("a", [d.user("x")], [], tag="adHocSubProcess")), ("construct", "unsupported", "a")),
    ("data store", simple(d.user("a"), d.element("dataStoreReference", "s")), ("construct", "unsupported", "s")),
    (
        "compensation",
        simple(d.user("a"), d.boundary("b", "a", '<compensateEventDefinition id="c"/>')),
        ("compensation", "unsupported", "b"),
    ),
    ("start quantity", simple(d.user("a", startQuantity=2)), ("quantity", "unsupported", "a")),
    (
        "two starts",
        draw([d.start(), d.start("s2"), d.user("a"), d.end()], [*P, "s2 > a"]),
        ("two-starts", "unsupported", "s2"),
    ),
    ("flow to nowhere", simple(flows=["start > a", "a > ghost"]), ("flow-end", "invalid", "a__ghost")),
    ("into a start", simple(flows=[*P, "a > start"]), ("event-in", "invalid", "start")),
    ("out of an end", simple(flows=[*P, "end > a"]), ("end-out", "invalid", "end")),
    (
        "flow into a sub-process",
        simple(d.sub("a", [d.start("s"), d.user("x"), d.end("e")], ["s > x", "x > e"]), flows=[*P, "start > x"]),
        ("flow-end", "invalid", "start__x"),
    ),
    ("gateway without a way out", draw([d.start(), d.exclusive("a")], ["start > a"]), ("gateway-out", "invalid", "a")),
    (
        "condition after a parallel gateway",
        draw([d.start(), d.parallel("g"), d.end()], ["start > g", "g > end if x"]),
        ("useless-condition", "invalid", "g__end"),
    ),
    (
        "condition after a start",
        simple(flows=["start > a if x > 1", "a > end"]),
        ("useless-condition", "invalid", "start__a"),
    ),
    (
        "exclusive way without a condition",
        draw([d.start(), d.exclusive("g"), d.user("a"), d.end()], ["start > g", "g > a", "g > end if x", "a > end"]),
        ("no-condition", "invalid", "g__a"),
    ),
    ("default of another", simple(d.user("a", default="ghost")), ("default", "invalid", "a")),
    (
        "boundary on nothing",
        simple(d.user("a"), d.boundary("b", "ghost", TIMER), flows=[*P, "b > end"]),
        ("attached", "invalid", "b"),
    ),
    ("boundary without a way out", simple(d.user("a"), d.boundary("b", "a", TIMER)), ("boundary-out", "invalid", "b")),
    (
        "error that does not interrupt",
        simple(d.user("a"), d.boundary("b", "a", d.error("x"), interrupting=False), flows=[*P, "b > end"]),
        ("interrupting", "invalid", "b"),
    ),
    ("intermediate event of nothing", simple(d.catch("a", "")), ("event-none", "invalid", "a")),
    ("event of a wrong kind", simple(d.catch("a", d.error("x"))), ("event-kind", "invalid", "a")),
    (
        "unknown message",
        simple(d.catch("a", '<messageEventDefinition messageRef="gone"/>')),
        ("reference", "invalid", "a"),
    ),
    ("signal without a name", simple(d.catch("a", "<signalEventDefinition/>")), ("no-signal", "invalid", "a")),
    (
        "error end of nothing",
        simple(d.user("a"), d.end("e2", d.error()), flows=[*P, "a > e2"]),
        ("no-error", "invalid", "e2"),
    ),
    ("unknown message of a task", simple(d.element("sendTask", "a", messageRef="gone")), ("reference", "invalid", "a")),
    ("receive without a message", simple(d.element("receiveTask", "a")), ("receive", "invalid", "a")),
    ("link without a catch", simple(d.throw("a", d.link("L")), flows=["start > a"]), ("link", "invalid", "a")),
    (
        "two catching links",
        draw(
            [d.start(), d.throw("a", d.link("L")), d.catch("b", d.link("L")), d.catch("c", d.link("L")), d.end()],
            ["start > a", "b > end", "c > end"],
        ),
        ("link", "invalid", "c"),
    ),
    (
        "link that is entered",
        draw(
            [d.start(), d.user("u"), d.throw("a", d.link("L")), d.catch("b", d.link("L")), d.end()],
            ["start > u", "u > a", "u > b", "b > end"],
        ),
        ("link", "invalid", "b"),
    ),
    (
        "event gateway before a task",
        draw(
            [d.start(), d.event_gate("g"), d.user("a"), d.catch("c", TIMER), d.end()],
            ["start > g", "g > a", "g > c", "a > end", "c > end"],
        ),
        ("event-gateway", "invalid", "a"),
    ),
    (
        "event gateway of messages and receive tasks",
        draw(
            [
                d.start(),
                d.event_gate("g"),
                d.catch("a", d.message("m")),
                d.element("receiveTask", "r", messageRef="m_n"),
                d.end(),
            ],
            ["start > g", "g > a", "g > r", "a > end", "r > end"],
        ),
        ("event-gateway", "invalid", "g"),
    ),
    ("timer without a time", simple(d.catch("a", "<timerEventDefinition/>")), ("timer", "invalid", "a")),
    ("bad duration", simple(d.catch("a", d.timer("P1X", "timeDuration"))), ("timer", "invalid", "a")),
    ("bad duration in quotes", simple(d.catch("a", d.timer('"10 days"', "timeDuration"))), ("timer", "invalid", "a")),
    ("no such day", simple(d.catch("a", d.timer("2026-02-30T00:00:00"))), ("timer", "invalid", "a")),
    ("cron", simple(d.catch("a", d.timer("0 0 9 * * ?", "timeCycle"))), ("timer", "unsupported", "a")),
    ("cycle without an interval", simple(d.catch("a", d.timer("R3/tomorrow", "timeCycle"))), ("timer", "invalid", "a")),
    ("many of nothing", simple(d.user("a", d.many())), ("multi", "invalid", "a")),
    ("negative number of times", simple(d.user("a", d.many(cardinality="-2"))), ("multi", "invalid", "a")),
    ("endless loop", simple(d.user("a", d.loop())), ("loop", "invalid", "a")),
    ("call of nothing", simple(d.call("a", "ghost")), ("call", "unsupported", "a")),
    ("table of nothing", simple(d.element("businessRuleTask", "a")), ("table", "unsupported", "a")),
    ("bad script", simple(d.script("a", "x = = 1")), ("expression", "invalid", "a")),
    ("foreign script", simple(d.script("a", "x = 1", scriptFormat="groovy")), ("language", "unsupported", "a")),
    (
        "JUEL",
        draw([d.start(), d.exclusive("g"), d.end(), d.end("e2")], ["start > g", "g > end if ${ok}", "g > e2 default"]),
        ("language", "unsupported", "g__end"),
    ),
    (
        "FEEL",
        draw([d.start(), d.exclusive("g"), d.end(), d.end("e2")], ["start > g", "g > end if =x > 1", "g > e2 default"]),
        ("language", "unsupported", "g__end"),
    ),
    (
        "FEEL by declaration",
        draw(
            [d.start(), d.exclusive("g"), d.end(), d.end("e2")], ["start > g", "g > end if x > 1", "g > e2 default"]
        ).replace(b' id="defs"', b' id="defs" expressionLanguage="http://www.omg.org/spec/FEEL/20140401"'),
        ("language", "unsupported", "g__end"),
    ),
    (
        "function nobody registered",
        draw(
            [d.start(), d.exclusive("g"), d.end(), d.end("e2")], ["start > g", "g > end if summon(1)", "g > e2 default"]
        ),
        ("function", "unsupported", "g__end"),
    ),
    ("unreadable limit", simple(d.user("a", extension=d.properties(due="workdays("))), ("expression", "invalid", "a")),
    (
        "two or one into a parallel join",
        draw(
            [d.start(), d.exclusive("g"), d.user("a"), d.user("b"), d.parallel("j"), d.end()],
            ["start > g", "g > a if x", "g > b default", "a > j", "b > j", "j > end"],
        ),
        ("deadlock", "invalid", "j"),
    ),
    (
        "pool of nothing",
        d.document(
            '<collaboration id="c"><participant id="pool" processRef="gone"/></collaboration>',
            d.process("p", [d.start(), d.end()], ["start > end"]),
        ),
        ("reference", "invalid", "pool"),
    ),
    (
        "message flow inside a pool",
        d.document(
            '<collaboration id="c"><participant id="pool" processRef="p"/><messageFlow id="f" sourceRef="a" targetRef="b"/></collaboration>',
            d.process("p", [d.start(), d.user("a"), d.user("b"), d.end()], ["start > a", "a > b", "b > end"]),
        ),
        ("message-flow", "invalid", "f"),
    ),
    (
        "message flow to nowhere",
        d.document(
            '<collaboration id="c"><participant id="pool" processRef="p"/><messageFlow id="f" sourceRef="a" targetRef="gone"/></collaboration>',
            d.process("p", [d.start(), d.user("a"), d.end()], P),
        ),
        ("message-flow", "invalid", "f"),
    ),
    (
        "lane of nothing",
        d.document(d.process("p", [d.start(), d.user("a"), d.end()], P, {"甲": ["a", "ghost"]})),
        ("lane", "invalid", "p_lane_0"),
    ),
    (
        "in two lanes",
        d.document(d.process("p", [d.start(), d.user("a"), d.end()], P, {"甲": ["a"], "乙": ["a"]})),
        ("lane", "invalid", "a"),
    ),
    (
        "written way in that is not there",
        simple(d.user("a", "<incoming>gone</incoming>")),
        ("reference", "invalid", "a"),
    ),
    (
        "cancel outside a transaction",
        simple(d.user("a"), d.end("e2", "<cancelEventDefinition/>"), flows=[*P, "a > e2"]),
        ("cancel", "invalid", "e2"),
    ),
    (
        "handler sub-process with a flow",
        simple(d.user("a"), d.handler("h", [d.start("s", d.message("m")), d.end("e")], ["s > e"]), flows=[*P, "a > h"]),
        ("handler-flow", "invalid", "h"),
    ),
]


@pytest.mark.parametrize(
    ("data", "expected"), [(data, want) for _, data, want in BROKEN], ids=[name for name, *_ in BROKEN]
)
def test_a_broken_diagram_is_told_with_its_element(data: bytes, expected: tuple[str, str, str]) -> None:
    assert expected in errors(data), errors(data)
    for one in findings(data, severity="error"):
        assert any("\u4e00" <= char <= "\u9fff" for char in one.message)


RIGHT: list[tuple[str, bytes]] = [
    ("plain", GOOD),
    (
        "exclusive with default",
        draw(
            [d.start(), d.exclusive("g"), d.user("a"), d.end()],
            ["start > g", "g > a if x", "g > end default", "a > end"],
        ),
    ),
    (
        "parallel",
        draw(
            [d.start(), d.parallel("g"), d.user("a"), d.user("b"), d.parallel("j"), d.end()],
            ["start > g", "g > a", "g > b", "a > j", "b > j", "j > end"],
        ),
    ),
    (
        "inclusive",
        draw(
            [d.start(), d.inclusive("g"), d.user("a"), d.user("b"), d.inclusive("j"), d.end()],
            ["start > g", "g > a if x", "g > b if y", "a > j", "b > j", "j > end"],
        ),
    ),
    (
        "rework loop around a parallel block",
        draw(
            [
                d.start(),
                d.exclusive("m"),
                d.parallel("g"),
                d.user("a"),
                d.user("b"),
                d.parallel("j"),
                d.exclusive("x"),
                d.end(),
            ],
            ["start > m", "m > g", "g > a", "g > b", "a > j", "b > j", "j > x", "x > m if redo", "x > end default"],
        ),
    ),
    ("boundary timer", simple(d.user("a"), d.boundary("b", "a", TIMER, interrupting=False), flows=[*P, "b > end"])),
    ("quoted timer", simple(d.catch("a", d.timer('"PT1H"', "timeDuration")))),
    (
        "cycle",
        simple(
            d.user("a"),
            d.boundary("b", "a", d.timer("R3/PT1H", "timeCycle"), interrupting=False),
            flows=[*P, "b > end"],
        ),
    ),
    (
        "links",
        draw([d.start(), d.throw("a", d.link("L")), d.catch("b", d.link("L")), d.end()], ["start > a", "b > end"]),
    ),
    (
        "event gateway",
        draw(
            [d.start(), d.event_gate("g"), d.catch("a", d.message("m")), d.catch("c", TIMER), d.end()],
            ["start > g", "g > a", "g > c", "a > end", "c > end"],
        ),
    ),
    ("sub-process", simple(d.sub("a", [d.start("s"), d.user("x"), d.end("e")], ["s > x", "x > e"]))),
    (
        "transaction",
        simple(
            d.sub("a", [d.start("s"), d.end("e", "<cancelEventDefinition/>")], ["s > e"], tag="transaction"),
            d.boundary("b", "a", "<cancelEventDefinition/>"),
            flows=[*P, "b > end"],
        ),
    ),
    ("handler sub-process", simple(d.user("a"), d.handler("h", [d.start("s", d.message("m")), d.end("e")], ["s > e"]))),
    (
        "conditional flows from a task",
        draw([d.start(), d.user("a"), d.user("b"), d.end()], ["start > a", "a > b if x", "a > end default", "b > end"]),
    ),
    (
        "several ways in",
        draw(
            [d.start(), d.exclusive("g"), d.user("a"), d.user("b"), d.user("c"), d.end()],
            ["start > g", "g > a if x", "g > b default", "a > c", "b > c", "c > end"],
        ),
    ),
    ("multi-instance", simple(d.user("a", d.many(collection="people", item="person")))),
    ("loop", simple(d.user("a", d.loop("not done", maximum=3)))),
    (
        "signals and errors",
        simple(d.user("a"), d.boundary("b", "a", d.signal("x")), d.end("e2", d.error("bad")), flows=[*P, "b > e2"]),
    ),
    (
        "call inside the file",
        simple(d.call("a", "q"), more=(d.process("q", [d.start("qs"), d.end("qe")], ["qs > qe"]),)),
    ),
    (
        "two pools that talk",
        d.document(
            '<collaboration id="c"><participant id="p1" processRef="p"/><participant id="p2" processRef="q"/>'
            '<messageFlow id="f" sourceRef="a" targetRef="qs"/></collaboration>',
            d.process("p", [d.start(), d.throw("a", d.message("m")), d.end()], P),
            d.process("q", [d.start("qs", d.message("m")), d.end("qe")], ["qs > qe"]),
        ),
    ),
    (
        "terminate",
        draw(
            [d.start(), d.parallel("g"), d.user("a"), d.user("b"), d.end(), d.end("t", "<terminateEventDefinition/>")],
            ["start > g", "g > a", "g > b", "a > end", "b > t"],
        ),
    ),
    (
        "several starting events",
        draw(
            [d.start("s1", d.message("m")), d.start("s2", d.signal("x")), d.user("a"), d.end()],
            ["s1 > a", "s2 > a", "a > end"],
        ),
    ),
    ("no start, no end", draw([d.user("a"), d.user("b")], ["a > b"])),
]


@pytest.mark.parametrize("data", [data for _, data in RIGHT], ids=[name for name, _ in RIGHT])
def test_a_right_diagram_has_no_error_and_nothing_but_the_house_to_say(data: bytes) -> None:
    assert [one for one in findings(data) if one.severity == "error" or one.klass != "house"] == []


HOUSE: list[tuple[str, bytes, tuple[str, str]]] = [
    ("no start", draw([d.user("a"), d.end()], ["a > end"]), ("start", "p")),
    ("no end", draw([d.start(), d.user("a")], ["start > a"]), ("end", "p")),
    ("orphan", simple(d.user("a"), d.user("o")), ("orphan", "o")),
    ("dead end", simple(d.user("a"), d.user("b"), flows=[*P, "a > b"]), ("dead-end", "b")),
    ("unreachable", simple(d.user("a"), d.user("b"), d.user("c"), flows=[*P, "b > c", "c > b"]), ("unreachable", "b")),
    (
        "no way out",
        draw(
            [d.start(), d.exclusive("g"), d.user("a"), d.user("b"), d.end()],
            ["start > g", "g > end if x", "g > a default", "a > b", "b > a"],
        ),
        ("no-way-out", "a"),
    ),
    (
        "no default",
        draw(
            [d.start(), d.exclusive("g"), d.user("a"), d.end()], ["start > g", "g > a if x", "g > end if y", "a > end"]
        ),
        ("no-default", "g"),
    ),
    (
        "may be stuck",
        draw(
            [d.start(), d.parallel("g"), d.exclusive("x"), d.user("a"), d.parallel("j"), d.end(), d.end("e2")],
            ["start > g", "g > x", "g > a", "x > j if ok", "x > e2 default", "a > j", "j > end"],
        ),
        ("maybe-stuck", "j"),
    ),
    (
        "walked twice",
        draw(
            [d.start(), d.parallel("g"), d.user("a"), d.user("b"), d.user("c"), d.end()],
            ["start > g", "g > a", "g > b", "a > c", "b > c", "c > end"],
        ),
        ("twice", "c"),
    ),
    (
        "gateway for nothing",
        draw([d.start(), d.exclusive("g"), d.end()], ["start > g", "g > end"]),
        ("superfluous-gateway", "g"),
    ),
    ("article", simple(d.user("a")), ("article", "a")),
    ("articles written wrongly", simple(d.user("a", extension=d.properties(articles="第十一条"))), ("articles", "a")),
    ("outcomes", simple(d.user("a", extension=d.properties(outcomes="同意"))), ("outcomes", "a")),
    ("limit that is a moment", simple(d.user("a", extension=d.properties(due="deadline.end_of(today)"))), ("due", "a")),
    ("limit that is fixed", simple(d.user("a", extension=d.properties(due="10"))), ("due", "a")),
    ("reminders", simple(d.user("a", extension=d.properties(due="workdays(3)", reminders="七天"))), ("reminders", "a")),
    ("timer without deadline", simple(d.catch("a", TIMER)), ("deadline", "a")),
    (
        "deadline.due without a limit",
        simple(d.user("a"), d.boundary("b", "a", d.timer("deadline.due()")), flows=[*P, "b > end"]),
        ("deadline", "b"),
    ),
    (
        "timer for ever",
        simple(
            d.user("a"), d.boundary("b", "a", d.timer("R/PT1H", "timeCycle"), interrupting=False), flows=[*P, "b > end"]
        ),
        ("endless-timer", "b"),
    ),
    (
        "read and never written",
        draw(
            [d.start(), d.exclusive("g"), d.end(), d.end("e2")], ["start > g", "g > end if ghost > 1", "g > e2 default"]
        ),
        ("unwritten", "g__end"),
    ),
    (
        "outcome nobody declares",
        draw(
            [
                d.start(),
                d.user("a", extension=d.properties(outcomes="approve:同意|return!:退回")),
                d.exclusive("g"),
                d.end(),
                d.end("e2"),
            ],
            ["start > a", "a > g", 'g > end if a.outcome == "accept"', "g > e2 default"],
        ),
        ("outcome", "g__end"),
    ),
    (
        "outcome over many that nobody declares",
        draw(
            [
                d.start(),
                d.user("a", d.many(collection="people"), extension=d.properties(outcomes="agree:同意")),
                d.exclusive("g"),
                d.end(),
                d.end("e2"),
            ],
            ["start > a", "a > g", 'g > end if any_is(a, "disagree")', "g > e2 default"],
        ),
        ("outcome", "g__end"),
    ),
    (
        "outcome that leads nowhere",
        draw(
            [
                d.start(),
                d.user("a", extension=d.properties(outcomes="approve:同意|return!:退回|refuse!:不同意")),
                d.exclusive("g"),
                d.end(),
                d.end("e2"),
            ],
            ["start > a", "a > g", 'g > end if a.outcome == "approve"', 'g > e2 if a.outcome == "return"'],
        ),
        ("outcome", "g"),
    ),
    ("no drawing", GOOD, ("shape", "")),
    (
        "vendor's class",
        simple(d.element("serviceTask", "a")).replace(
            b'<serviceTask id="a"',
            b'<serviceTask xmlns:c="http://camunda.org/schema/1.0/bpmn" c:class="org.Foo" id="a"',
        ),
        ("vendor", "a"),
    ),
]


@pytest.mark.parametrize(
    ("data", "expected"), [(data, want) for _, data, want in HOUSE], ids=[name for name, *_ in HOUSE]
)
def test_a_rule_of_the_house_is_advice_when_standing_alone(data: bytes, expected: tuple[str, str]) -> None:
    assert (expected[0], "house", expected[1]) in told(data), told(data)
    assert not [one for one in findings(data, severity="error") if one.klass == "house"]


def test_all_faults_of_a_file_are_told_at_once() -> None:
    data = simple(
        d.user("a"),
        d.user("a"),
        d.boundary("b", "a", d.timer("P1X", "timeDuration")),
        d.call("c", "ghost"),
        d.user("q", startQuantity=2),
        flows=[*P, "a > nowhere", "start > c if ${x}"],
    )
    rules = {rule for rule, _, _ in errors(data)}
    assert {"quantity", "duplicate-id", "boundary-out", "timer", "call", "flow-end", "language"} <= rules


def test_a_simple_foreign_condition_is_offered_in_our_words() -> None:
    data = draw(
        [d.start(), d.exclusive("g"), d.end(), d.end("e2")],
        ["start > g", "g > end if ${ok == true && !late}", "g > e2 default"],
    )
    fix = next(one.fix for one in findings(data) if one.rule == "language")
    assert fix == "改写为：ok == True and not late"
