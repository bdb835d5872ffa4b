"""A saved case: small, flat in history, safe against what people submit."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.spiff.drawing import Played, Room, end, exclusive, parallel, process, script, start, sub, user
from webapp.spiff import state
from webapp.spiff.workflow import Workflow

ROUNDS = process(
    "p",
    [
        start(),
        script("s", "n = 0"),
        exclusive("m"),
        user("fill"),
        parallel("f"),
        user("city"),
        user("province"),
        parallel("j"),
        script("count", "n = n + 1"),
        exclusive("g"),
        end(),
    ],
    [
        "start > s",
        "s > m",
        "m > fill",
        "fill > f",
        "f > city",
        "f > province",
        "city > j",
        "province > j",
        "j > count",
        "count > g",
        "g > m if n < limit",
        "g > end default",
    ],
)


def test_seven_hundred_rounds() -> None:
    """engine.md 1 faults 1 and 2: stock stopped after 400 steps and called itself completed; cost grew with history."""
    case = Played(ROUNDS, limit=750)
    sizes, spent = [], []
    for number in range(750):
        assert case.open == ["fill"], number
        began = time.process_time()
        case.does("fill", n=number)
        case.does("province" if number % 2 else "city").does("city" if number % 2 else "province")
        spent.append(time.process_time() - began)
        sizes.append(len(case.wf.dump()))
        assert len(case.wf._run.tasks) <= 3
    assert case.wf.done
    assert case.trace.count("j") == 750
    assert max(sizes[10:]) - min(sizes[10:-1]) < 60, "only counters may grow by a digit"
    assert max(sizes) < 3000
    late, early = sorted(spent[650:])[50], sorted(spent[50:150])[50]
    assert late < 1.5 * early + 0.002


def test_the_work_of_a_step_does_not_grow() -> None:
    """In tokens touched, not in time: an advance looks at the open tokens only."""
    case = Played(ROUNDS, limit=10**6)
    counts = []
    for _ in range(30):
        case.does("fill").does("city").does("province")
        counts.append((len(case.wf._run.all_tokens()), case.wf.dump().count('"flow"')))
    assert len(set(counts)) == 1


def test_nothing_finished_is_saved() -> None:
    case = Played(ROUNDS, limit=3).does("fill")
    saved = json.loads(case.wf.dump())
    names = [token[1] for scope in saved["scopes"] for token in scope["tokens"]]
    assert sorted(names) == ["city", "province"]
    assert saved["format"] == state.FORMAT
    assert saved["spec"] == case.definition.reference


def test_finished_tokens_go_to_the_archive() -> None:
    case = Workflow.start(Played(ROUNDS, limit=1).definition, Room(), {"limit": 1})
    case.advance()
    rows = case.archived()
    assert [(row["element"], row["state"], row["visit"]) for row in rows] == [
        ("start", "completed", 1),
        ("s", "completed", 1),
        ("m", "completed", 1),
    ]
    assert case.archived() == []


NASTY = [
    {"typename": "x"},
    {"typename": "timedelta", "days": 1, "seconds": 0},
    {"typename": "Task"},
    {"$date": "2026-01-01"},
    {"$map": [[1, 2]]},
    {"$nonsense": 1},
    {"a": {"$moment": "x", "b": 1}},
    {"": [{"$tuple": []}]},
    {"__class__": "x", "data_objects": {}},
]


@pytest.mark.parametrize("value", NASTY)
def test_what_people_submit_is_never_taken_for_a_class(value: dict[str, object]) -> None:
    """engine.md 1 fault 6."""
    case = Played(process("p", [start(), user("u"), user("v"), end()], ["start > u", "u > v", "v > end"]))
    case.does("u", form=value).reload()
    assert case.data["u"] == {"form": value}
    task = case.task("v").id
    case.wf.complete(task, value)
    assert case.go().data["v"] == value


def test_values_that_json_does_not_have_come_back() -> None:
    value = {
        "day": date(2026, 2, 28),
        "moment": datetime(2026, 2, 28, 1, 2, 3, tzinfo=UTC),
        "money": Decimal("1.10"),
        "pair": (1, "二"),
        "set": {1, 2},
        "span": timedelta(days=2, seconds=3),
        3: {None: [True, 1.5]},
    }
    back = state.unpack(json.loads(json.dumps(state.pack(value))))
    assert back == value
    assert [type(item) for item in back.values()] == [type(item) for item in value.values()]
    for bad in (object(), float("nan"), float("inf"), b"x"):
        with pytest.raises(TypeError):
            state.pack({"x": bad})


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=3) | st.sampled_from(["$map", "$date", "typename", "$"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(ANY)
def test_anything_packed_comes_back(value: object) -> None:
    assert state.unpack(json.loads(json.dumps(state.pack(value)))) == value


def test_the_order_of_keys_is_kept_and_not_needed() -> None:
    """engine.md 1 fault 5."""
    case = Played(process("p", [start(), user("u"), user("v"), end()], ["start > u", "u > v", "v > end"]), z=1, a=2)
    case.does("u", b=1, a=2)
    assert list(case.data) == ["z", "a", "u"]
    assert list(case.data["u"]) == ["b", "a"]

    def turned(value):
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in sorted(value, reverse=True)}
        return [turned(item) for item in value] if isinstance(value, list) else value

    shuffled = json.dumps(turned(json.loads(case.wf.dump())))
    again = Workflow.load(case.definition, Room(), shuffled)
    assert again.data == case.data
    assert [task.element for task in again.open_tasks()] == ["v"]


def test_deep_nesting_is_saved_and_loaded() -> None:
    body = sub("s0", [start("a0"), user("u"), end("b0")], ["a0 > u", "u > b0"])
    for number in range(1, 12):
        inner = f"s{number - 1}"
        body = sub(
            f"s{number}",
            [start(f"a{number}"), body, end(f"b{number}")],
            [f"a{number} > {inner}", f"{inner} > b{number}"],
        )
    case = Played(process("p", [start(), body, end()], ["start > s11", "s11 > end"]))
    assert case.open == ["u"]
    assert case.does("u").wf.done


def test_a_thousand_open_instances_cost_a_thousand() -> None:
    from tests.spiff.drawing import many

    drawn = process("p", [start(), user("u", many(cardinality="1000")), end()], ["start > u", "u > end"])
    case = Played(drawn)
    assert len(case.open) == 1000
    assert len(case.wf.dump()) < 300_000
    case.does("u", "999", x=1)
    assert len(case.open) == 999
