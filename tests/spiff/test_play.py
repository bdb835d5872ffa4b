"""guohe play: scenarios of every kind, on the virtual clock."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.spiff.drawing import (
    boundary,
    call,
    catch,
    document,
    end,
    error,
    exclusive,
    message,
    process,
    script,
    service,
    signal,
    start,
    throw,
    timer,
    user,
)
from webapp.spiff.play import play, play_file


def run(*processes: str, scenario: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return play({"p.bpmn": document(*processes)}, "p.bpmn", scenario=scenario, **more)


REVIEW = process(
    "p",
    [start(), user("fill"), user("review"), exclusive("g"), end()],
    ["start > fill", "fill > review", "review > g", 'g > fill if review.outcome == "return"', "g > end default"],
)


def test_answers_are_given_in_turn() -> None:
    result = run(REVIEW, scenario={"answers": {"review": [{"outcome": "return"}, {"outcome": "pass"}]}})
    assert result["status"] == "completed"
    assert result["trace"] == ["start", "fill", "review", "g", "fill", "review", "g", "end"]
    assert result["data"] == {"fill": {}, "review": {"outcome": "pass"}}
    assert result["waiting"] == []
    assert result["incident"] == {}


def test_a_missing_answer_leaves_a_condition_without_value() -> None:
    result = run(REVIEW)
    assert result["status"] == "incident"
    assert result["incident"]["element"] == "g"


def test_an_answer_may_come_later_than_a_limit() -> None:
    late = process(
        "p",
        [start(), user("u"), boundary("b", "u", timer("PT1H", "timeDuration")), end(), end("late")],
        ["start > u", "u > end", "b > late"],
    )
    assert run(late, scenario={"answers": {"u": None}, "until": "PT1M"})["waiting"] == ["u"]
    assert run(late, scenario={"answers": {"u": {"$after": "PT59M"}}})["trace"] == ["start", "u", "end"]
    assert run(late, scenario={"answers": {"u": {"$after": "PT2H"}}})["trace"] == ["start", "b", "late"]
    assert run(late, scenario={"answers": {"u": {"$after": "PT1H"}}})["trace"] == ["start", "b", "late"]


def test_until_stops_the_clock() -> None:
    waits = process("p", [start(), catch("t", timer("P3D", "timeDuration")), end()], ["start > t", "t > end"])
    result = run(waits, scenario={"until": "P2D"})
    assert (result["status"], result["waiting"], result["trace"]) == ("waiting", ["t"], ["start"])
    assert run(waits, until="P4D")["status"] == "completed"


def test_services_answer_as_the_scenario_says() -> None:
    drawn = process(
        "p",
        [start(), service("s", "m.f", "r"), boundary("b", "s", error("E1")), end(), end("failed")],
        ["start > s", "s > end", "b > failed"],
    )
    assert run(drawn, scenario={"services": {"s": {"result": {"x": 1}}}})["data"] == {"r": {"x": 1}}
    assert run(drawn, scenario={"services": {"s": {"error": "E1"}}})["ends"] == ["failed"]
    assert run(drawn)["status"] == "completed"
    uncaught = run(drawn, scenario={"services": {"s": [{"error": "E2"}]}})
    assert (uncaught["status"], uncaught["incident"]["element"]) == ("incident", "s")


def test_a_collaboration_talks_by_messages() -> None:
    buyer = process(
        "buyer",
        [start("b0"), throw("ask", message("order", payload="{'n': 3}")), catch("get", message("goods")), end("b1")],
        ["b0 > ask", "ask > get", "get > b1"],
    )
    seller = process(
        "seller",
        [start("s0", message("order", "order")), user("pack"), end("s1", message("goods"))],
        ["s0 > pack", "pack > s1"],
    )
    result = run(seller, buyer)
    assert result["status"] == "completed"
    assert result["trace"] == ["b0", "ask", "s0", "pack", "s1", "get", "b1"]
    assert result["data"]["order"] == {"n": 3}


def test_messages_and_signals_come_from_outside() -> None:
    drawn = process(
        "p",
        [start(), catch("m", message("go", "told")), catch("s", signal("all")), end()],
        ["start > m", "m > s", "s > end"],
    )
    scenario = {
        "messages": [{"at": "PT1H", "name": "go", "payload": {"a": 1}}],
        "signals": [{"at": "PT2H", "name": "all"}],
    }
    result = run(drawn, scenario=scenario)
    assert (result["status"], result["data"]) == ("completed", {"told": {"a": 1}})
    assert run(drawn)["waiting"] == ["m"]


def test_also_start_and_expect() -> None:
    one = process("one", [start("a"), script("x", "n = 1"), end("b")], ["a > x", "x > b"])
    two = process("two", [start("c"), end("d")], ["c > d"])
    expect = {"status": "completed", "trace_any_order": ["a", "x", "b", "c", "d"], "data": {"n": 2}}
    result = run(one, two, scenario={"also_start": ["two"], "expect": expect})
    assert result["unmet"] == ["数据 n 应为 2，实为 1"]


def test_a_called_process_may_lie_in_a_file_beside(tmp_path: Path) -> None:
    inner = document(process("inner", [start("i0"), script("s", "done = 1"), end("i1")], ["i0 > s", "s > i1"]))
    outer = document(process("outer", [start(), call("c", "inner"), end()], ["start > c", "c > end"]))
    (tmp_path / "outer.bpmn").write_bytes(outer)
    refused = play_file(tmp_path / "outer.bpmn")
    assert (refused["status"], refused["findings"][0]["element"]) == ("refused", "c")
    (tmp_path / "inner.bpmn").write_bytes(inner)
    result = play_file(tmp_path / "outer.bpmn")
    assert result["trace"] == ["start", "i0", "s", "i1", "c", "end"]
    assert result["data"] == {"done": 1}


def test_nothing_ever_shows_a_traceback(tmp_path: Path) -> None:
    for number, text in enumerate([b"", b"<a/>", b"\x00\xff", document(), b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"]):
        file = tmp_path / f"{number}.bpmn"
        file.write_bytes(text)
        result = play_file(file)
        assert result["status"] == "refused", text
        assert result["incident"]["message"]
        json.dumps(result)
    good = tmp_path / "good.bpmn"
    good.write_bytes(document(REVIEW))
    scenario = tmp_path / "s.json"
    for text in ("[", "[]", '{"answers": []}', '{"messages": [3]}', '{"until": "soon"}', '{"answers": {"fill": 7}}'):
        scenario.write_text(text)
        assert play_file(good, scenario=scenario)["status"] == "refused", text
    assert play_file(tmp_path / "none.bpmn")["status"] == "refused"
    assert play_file(good, process="nobody")["status"] == "refused"


def test_a_circle_without_a_wait_ends() -> None:
    drawn = process(
        "p",
        [start(), exclusive("m"), script("s", "n = 1"), end()],
        ["start > m", "m > s", "s > m if n == 1", "s > end default"],
    )
    result = run(drawn)
    assert result["status"] == "incident"
    assert "循环" in result["incident"]["message"]


def test_people_who_answer_at_once_in_a_circle_are_given_up() -> None:
    drawn = process(
        "p",
        [start(), exclusive("m"), user("a"), exclusive("g"), end()],
        ["start > m", "m > a", "a > g", 'g > end if a.get("ok")', "g > m default"],
    )
    result = play({"p.bpmn": document(drawn)}, "p.bpmn", events=50)
    assert result["status"] == "incident"
    assert "循环" in result["incident"]["message"]
