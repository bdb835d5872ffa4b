"""Every scenario of tests/scenarios is played by the real engine; together they reach every end of every diagram."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from webapp import clock
from webapp.spiff import play

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "tests" / "scenarios").glob("*.json"))
DIAGRAMS = (
    "designation",
    "designation_round",
    "expert_review",
    "publicity",
    "reconsideration",
    "correction",
    "revocation",
    "prior_notice",
    "exit",
    "reinstatement",
    "reward",
)
BEGIN = datetime(2026, 11, 23, 2, tzinfo=UTC)
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenario_ends_as_expected(path: Path) -> None:
    process = path.name.split(".")[0]
    with clock.travel(BEGIN):
        result = play.play_file(ROOT / "bpmn" / f"{process}.bpmn", process=process, scenario=path)
    assert result["incident"] == {}
    assert result["unmet"] == []


@pytest.mark.parametrize("process", DIAGRAMS)
def test_scenarios_reach_every_end(process: str) -> None:
    tree = etree.parse(ROOT / "bpmn" / f"{process}.bpmn")
    drawn = {str(node.get("id")) for node in tree.iter(f"{BPMN}endEvent")}
    files = [json.loads(path.read_text(encoding="utf-8")) for path in SCENARIOS if path.name.startswith(f"{process}.")]
    assert drawn == {end for scenario in files for end in scenario["expect"]["ends"]}


@pytest.mark.parametrize("process", DIAGRAMS)
def test_scenarios_pass_every_element(process: str) -> None:
    tree = etree.parse(ROOT / "bpmn" / f"{process}.bpmn")
    kinds = ("userTask", "serviceTask", "callActivity", "intermediateCatchEvent", "boundaryEvent", "exclusiveGateway")
    drawn = {str(node.get("id")) for kind in kinds for node in tree.iter(f"{BPMN}{kind}")}
    seen: set[str] = set()
    for path in SCENARIOS:
        if path.name.startswith(f"{process}."):
            with clock.travel(BEGIN):
                seen |= set(play.play_file(ROOT / "bpmn" / f"{process}.bpmn", scenario=path)["trace"])
    assert drawn - seen == set()
