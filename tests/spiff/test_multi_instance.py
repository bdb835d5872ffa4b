"""Repeated activities: keyed results, every kind of activity, second visits, interrupts."""

from __future__ import annotations

import pytest

from tests.spiff.drawing import (
    Played,
    Room,
    boundary,
    element,
    end,
    exclusive,
    loop,
    many,
    process,
    script,
    service,
    start,
    sub,
    timer,
    user,
)

EXPERTS = {"e1": {"name": "甲"}, "e2": {"name": "乙"}, "e3": {"name": "丙"}}


def repeated(activity: str, *more: str, flows: tuple[str, ...] = ()) -> str:
    return process("p", [start(), activity, end(), *more], ["start > a", "a > end", *flows])


@pytest.mark.parametrize("sequential", [False, True])
def test_a_task_over_people_is_keyed_by_person(sequential: bool) -> None:
    lanes = {"评审专家": ["a"]}
    drawn = process(
        "p",
        [start(), user("a", many("experts", item="who", sequential=sequential)), end()],
        ["start > a", "a > end"],
        lanes,
    )
    case = Played(drawn, experts=EXPERTS)
    assert len(case.open) == (1 if sequential else 3)
    for key in ("e1", "e2", "e3") if sequential else ("e3", "e1", "e2"):
        task = case.task("a", key)
        assert (task.lane, task.data["who"]["name"]) == ("评审专家", EXPERTS[key]["name"])
        case.does("a", key, score=ord(key[1]))
    assert case.wf.done
    assert case.data["a"] == {"e1": {"score": 49}, "e2": {"score": 50}, "e3": {"score": 51}}
    assert "who" not in case.data
    assert case.trace == ["start", "a", "a", "a", "end"]


def test_a_second_visit_starts_afresh() -> None:
    drawn = process(
        "p",
        [start(), exclusive("m"), user("a", many("experts")), exclusive("g"), end()],
        ["start > m", "m > a", "a > g", "g > m if a.e1.again", "g > end default"],
    )
    case = Played(drawn, experts={"e1": {}, "e2": {}})
    case.does("a", "e1", again=True).does("a", "e2", again=True)
    assert case.data["a"] == {}
    assert case.task("a", "e1").visit == 2
    case.does("a", "e2", again=False)
    assert case.data["a"] == {"e2": {"again": False}}
    assert case.does("a", "e1", again=False).wf.done


def test_partial_results_are_kept_when_time_runs_out() -> None:
    drawn = repeated(
        user("a", many("experts")),
        boundary("t", "a", timer("P10D", "timeDuration")),
        user("next"),
        flows=("t > next", "next > end"),
    )
    case = Played(drawn, experts=EXPERTS).does("a", "e2", score=7).passes(days=11)
    assert case.open == ["next"]
    assert case.data["a"] == {"e2": {"score": 7}}
    assert [v.key for v in case.visits if v.state == "cancelled"] == ["e1", "e3"]


def test_completion_condition_ends_the_rest() -> None:
    drawn = repeated(user("a", many("experts", until="numberOfCompletedInstances >= 2 or a.stop")))
    case = Played(drawn, experts=EXPERTS).does("a", "e3", stop=False)
    assert not case.wf.done
    case.does("a", "e1", stop=False)
    assert case.wf.done
    assert case.data["a"] == {"e3": {"stop": False}, "e1": {"stop": False}}
    assert Played(drawn, experts=EXPERTS).does("a", "e2", stop=True).wf.done


def test_lists_and_numbers() -> None:
    by_name = Played(repeated(user("a", many("orgs"))), orgs=["fin", "law"])
    assert sorted(task.key for task in by_name.wf.open_tasks()) == ["fin", "law"]
    by_place = Played(repeated(user("a", many("rows", item="row"))), rows=[{"n": 1}, {"n": 2}])
    assert [(task.key, task.data["row"]) for task in by_place.wf.open_tasks()] == [("0", {"n": 1}), ("1", {"n": 2})]
    by_number = Played(repeated(user("a", many(cardinality="n + 1"))), n=1)
    assert [task.key for task in by_number.wf.open_tasks()] == ["0", "1"]
    by_number.does("a", "1", x=1).does("a", "0", x=0)
    assert by_number.data["a"] == {"1": {"x": 1}, "0": {"x": 0}}


def test_nothing_to_repeat_goes_on_at_once() -> None:
    for drawn in (repeated(user("a", many("experts"))), repeated(user("a", many(cardinality="0")))):
        case = Played(drawn, experts={})
        assert case.wf.done
        assert case.data["a"] == {}
        assert case.trace == ["start", "end"]


@pytest.mark.parametrize("data", [{}, {"experts": 3}, {"experts": "text"}, {"experts": None}])
def test_what_cannot_be_repeated_is_a_failure(data) -> None:
    case = Played(repeated(user("a", many("experts"))), **data)
    assert case.failure is not None
    assert case.failure.element == "a"
    for number in (-1, "x", 1.5, 10**9):
        broken = Played(repeated(user("a", many(cardinality="n"))), n=number)
        assert broken.failure is not None
        assert broken.failure.element == "a"


def test_output_collections_keep_the_order_of_the_input() -> None:
    drawn = repeated(user("a", many("rows", item="row", output="marks", output_item="mark")))
    case = Played(drawn, rows=[5, 6, 7]).does("a", "2", mark="c").does("a", "0", mark="a").does("a", "1", mark="b")
    assert case.data["marks"] == ["a", "b", "c"]
    keyed = Played(drawn, rows={"x": 1, "y": 2}).does("a", "y", mark=2).does("a", "x", mark=1)
    assert keyed.data["marks"] == {"y": 2, "x": 1}


@pytest.mark.parametrize("sequential", [False, True])
def test_scripts_share_what_is_around_them(sequential: bool) -> None:
    drawn = repeated(script("a", "total = total + n", many("numbers", item="n", sequential=sequential)))
    case = Played(drawn, numbers=[1, 2, 3], total=0)
    assert case.data == {"numbers": [1, 2, 3], "total": 6}
    squares = repeated(script("a", "sq = n * n", many("numbers", item="n", output="squares", output_item="sq")))
    assert Played(squares, numbers=[1, 2, 3]).data["squares"] == [1, 4, 9]


def test_services_know_their_key_and_answer_by_key() -> None:
    activity = service("a", "m.f", "r", many("experts", item="who"), name="who.name")
    room = Room({"m.f": lambda call: {"key": call.key, "name": call.parameters["name"]}})
    case = Played(repeated(activity), room=room, experts=EXPERTS)
    assert case.data["r"]["e2"] == {"key": "e2", "name": "乙"}
    assert case.wf.done


@pytest.mark.parametrize("sequential", [False, True])
def test_a_sub_process_for_each_keeps_its_own_variables(sequential: bool) -> None:
    inside = sub(
        "a",
        [start("s0"), user("score"), exclusive("g"), user("explain"), end("s1"), end("s2")],
        ["s0 > score", "score > g", 'g > explain if score.outcome == "low"', "g > s1 default", "explain > s2"],
        many("experts", item="who", sequential=sequential),
    )
    case = Played(repeated(inside), experts={"e1": 1, "e2": 2})
    case.does("score", "e1", outcome="low")
    if not sequential:
        case.does("score", "e2", outcome="high")
    assert case.task("explain").key == "e1"
    case.does("explain", "e1", text="…")
    if sequential:
        case.does("score", "e2", outcome="high")
    assert case.wf.done
    assert case.data["a"] == {
        "e1": {"score": {"outcome": "low"}, "explain": {"text": "…"}},
        "e2": {"score": {"outcome": "high"}},
    }
    assert "score" not in case.data


def test_a_call_activity_for_each() -> None:
    inner = process(
        "inner", [start("i0"), user("u"), script("x", "total = u.n * 2"), end("i1")], ["i0 > u", "u > x", "x > i1"]
    )
    activity = element("callActivity", "a", many("experts", item="who"), calledElement="inner")
    case = Played(repeated(activity), inner, experts={"e1": 1, "e2": 2})
    case.does("u", "e2", n=2).does("u", "e1", n=1)
    assert case.wf.done
    assert case.data["a"] == {"e2": {"u": {"n": 2}, "total": 4}, "e1": {"u": {"n": 1}, "total": 2}}


def test_standard_loops() -> None:
    until = Played(repeated(script("a", "n = n + 1", loop("n < 3"))), n=0)
    assert (until.data["n"], until.trace) == (3, ["start", "a", "a", "a", "end"])
    at_least_once = Played(repeated(script("a", "n = n + 1", loop("n < 3"))), n=9)
    assert at_least_once.data["n"] == 10
    before = Played(repeated(script("a", "n = n + 1", loop("n < 3", before=True))), n=9)
    assert (before.data["n"], before.trace) == (9, ["start", "end"])
    most = Played(repeated(script("a", "n = n + 1", loop("True", maximum=4))), n=0)
    assert most.data["n"] == 4
    asked = Played(repeated(user("a", loop('a.outcome == "again"'))))
    asked.does("a", outcome="again").does("a", outcome="again")
    assert not asked.wf.done
    assert asked.does("a", outcome="done").wf.done
    inside = sub("a", [start("s0"), script("x", "n = n + 1"), end("s1")], ["s0 > x", "x > s1"], loop("n < 3"))
    assert Played(repeated(inside), n=0).data["n"] == 3


def test_one_instance_can_be_taken_away_by_an_operator() -> None:
    case = Played(repeated(user("a", many("experts"))), experts=EXPERTS)
    case.wf.cancel([case.task("a", "e1").id])
    case.go().does("a", "e2").does("a", "e3")
    assert case.wf.done
    assert sorted(case.data["a"]) == ["e2", "e3"]


def test_multi_instance_inside_multi_instance() -> None:
    inside = sub(
        "a",
        [start("s0"), user("u", many("group", item="who")), end("s1")],
        ["s0 > u", "u > s1"],
        many("groups", item="group"),
    )
    case = Played(repeated(inside), groups={"g1": {"x": 1}, "g2": {"y": 2, "z": 3}})
    assert sorted(task.key for task in case.wf.open_tasks()) == ["x", "y", "z"]
    for key in ("z", "x", "y"):
        case.does("u", key, n=key)
    assert case.wf.done
    assert case.data["a"]["g2"]["u"] == {"z": {"n": "z"}, "y": {"n": "y"}}
