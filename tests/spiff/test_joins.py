"""Joins count tokens: in loops, nested, in every order, saved and loaded after every move."""

from __future__ import annotations

from itertools import permutations, product

import pytest

from tests.spiff.drawing import (
    Played,
    boundary,
    end,
    exclusive,
    inclusive,
    parallel,
    process,
    script,
    start,
    sub,
    timer,
    user,
)


@pytest.mark.parametrize("gate", [parallel, inclusive])
@pytest.mark.parametrize("rounds", list(product(permutations(["city", "province"]), repeat=3)))
def test_rework_loop_waits_for_both_reviews_in_every_order(gate, rounds) -> None:
    """engine.md 1 fault 3: the review that ended last in round 1 came first in round 2, and the approval opened."""
    split = ["s > city", "s > province"] if gate is parallel else ["s > city if True", "s > province if True"]
    drawn = process(
        "p",
        [
            start(),
            exclusive("m"),
            gate("s"),
            user("city"),
            user("province"),
            gate("j"),
            exclusive("g"),
            user("fix"),
            user("final"),
            end(),
        ],
        [
            "start > m",
            "m > s",
            *split,
            "city > j",
            "province > j",
            "j > g",
            "g > fix if again",
            "g > final default",
            "fix > m",
            "final > end",
        ],
    )
    case = Played(drawn, again=True)
    for number, order in enumerate(rounds):
        assert case.open == ["city", "province"]
        if number == len(rounds) - 1:
            case.wf._run.data["again"] = False
        case.does(order[0])
        assert case.open == [order[1]], "one review is still missing"
        case.does(order[1])
        if number < len(rounds) - 1:
            assert case.open == ["fix"]
            case.does("fix")
    assert case.open == ["final"]
    case.does("final")
    assert case.wf.done
    assert case.trace.count("j") == 3


def test_excess_tokens_stay_at_the_join() -> None:
    """BPMN 2.0 13.3.3: exactly one token from each incoming flow is consumed."""
    drawn = process(
        "p",
        [start(), parallel("f"), user("a"), user("b"), user("c"), exclusive("m"), parallel("j"), user("d"), end()],
        ["start > f", "f > a", "f > b", "f > c", "a > m", "b > m", "m > j", "c > j", "j > d", "d > end"],
    )
    case = Played(drawn)
    case.does("a").does("b")
    assert case.open == ["c"]
    case.does("c")
    assert case.open == ["d"]
    case.does("d")
    assert not case.wf.done, "one token waits at the join for a partner that never comes"
    assert case.open == []
    assert case.wf.standing() == case.wf.stuck() == ["j"]


def test_branches_share_data() -> None:
    drawn = process(
        "p",
        [
            start(),
            parallel("f"),
            user("a"),
            user("b"),
            script("x", "rows = rows + [a.n]"),
            script("y", "rows = rows + [b.n]"),
            parallel("j"),
            end(),
        ],
        ["start > f", "f > a", "f > b", "a > x", "b > y", "x > j", "y > j", "j > end"],
    )
    case = Played(drawn, rows=[])
    case.does("b", n=2).does("a", n=1)
    assert case.data["rows"] == [2, 1]


def test_inclusive_join_waits_only_for_what_can_come() -> None:
    drawn = process(
        "p",
        [start(), inclusive("s"), user("a"), user("b"), user("c"), inclusive("j"), end()],
        [
            "start > s",
            "s > a if n % 2 == 0",
            "s > b if n % 3 == 0",
            "s > c default",
            "a > j",
            "b > j",
            "c > j",
            "j > end",
        ],
    )
    assert Played(drawn, n=6).open == ["a", "b"]
    assert Played(drawn, n=1).open == ["c"]
    case = Played(drawn, n=6).does("a")
    assert not case.wf.done
    assert case.does("b").wf.done
    assert case.trace.count("end") == 1
    assert Played(drawn, n=2).does("a").wf.done


def test_inclusive_join_goes_on_when_the_missing_token_takes_another_way() -> None:
    drawn = process(
        "p",
        [start(), inclusive("s"), user("a"), user("b"), exclusive("x"), end("out"), inclusive("j"), user("z"), end()],
        [
            "start > s",
            "s > a if True",
            "s > b if True",
            "a > j",
            "b > x",
            "x > j if b.back",
            "x > out default",
            "j > z",
            "z > end",
        ],
    )
    case = Played(drawn).does("a")
    assert case.open == ["b"]
    case.does("b", back=False)
    assert case.open == ["z"]
    other = Played(drawn).does("a").does("b", back=True)
    assert other.open == ["z"]


def test_inclusive_join_does_not_wait_for_a_token_upstream_of_one_it_has() -> None:
    """13.3.4: a token that can also reach an input which holds one is not waited for."""
    drawn = process(
        "p",
        [
            start(),
            parallel("f"),
            user("a"),
            user("b"),
            exclusive("m"),
            user("c"),
            exclusive("x"),
            inclusive("j"),
            user("z"),
            end(),
        ],
        [
            "start > f",
            "f > a",
            "f > b",
            "a > m",
            "m > c",
            "c > x",
            "x > m if c.again",
            "x > j default",
            "b > j",
            "j > z",
            "z > end",
        ],
    )
    case = Played(drawn).does("b")
    assert case.open == ["a"]
    case.does("a").does("c", again=True)
    assert case.open == ["c"]
    case.does("c", again=False)
    assert case.open == ["z"]


def test_a_join_waits_for_a_boundary_way_too() -> None:
    drawn = process(
        "p",
        [
            start(),
            inclusive("s"),
            user("a"),
            user("b"),
            boundary("t", "b", timer("P1D", "timeDuration")),
            user("late"),
            inclusive("j"),
            end(),
        ],
        ["start > s", "s > a if True", "s > b if True", "a > j", "b > j", "t > late", "late > j", "j > end"],
    )
    case = Played(drawn).does("a").passes(days=2)
    assert case.open == ["late"]
    assert case.does("late").wf.done
    assert case.trace.count("j") == 1


@pytest.mark.parametrize("order", list(permutations(["a", "b", "c"])))
def test_nested_joins_in_any_order(order) -> None:
    drawn = process(
        "p",
        [start(), parallel("f"), parallel("g"), user("a"), user("b"), user("c"), parallel("i"), parallel("j"), end()],
        ["start > f", "f > g", "f > c", "g > a", "g > b", "a > i", "b > i", "i > j", "c > j", "j > end"],
    )
    case = Played(drawn)
    for number, name in enumerate(order):
        assert not case.wf.done, number
        case.does(name)
    assert case.wf.done
    assert (case.trace.count("i"), case.trace.count("j")) == (1, 1)


def test_joins_of_two_runs_of_a_sub_process_do_not_mix() -> None:
    inside = sub(
        "s",
        [start("s0"), parallel("f"), user("a"), user("b"), parallel("j"), end("s1")],
        ["s0 > f", "f > a", "f > b", "a > j", "b > j", "j > s1"],
    )
    drawn = process("p", [start(), parallel("k"), inside, end()], ["start > k", "k > s", "s > end"])
    twice = drawn.replace(
        '<sequenceFlow id="k__s"', '<sequenceFlow id="k__s2" sourceRef="k" targetRef="s"/><sequenceFlow id="k__s"'
    )
    case = Played(twice)
    assert case.open == ["a", "a", "b", "b"]
    first, second = (task.id for task in case.wf.open_tasks() if task.element == "a")
    case.wf.complete(first, {})
    case.go()
    case.wf.complete(second, {})
    case.go()
    assert case.trace.count("j") == 0
    case.does("b")
    assert case.trace.count("j") == 1
    assert case.does("b").wf.done
