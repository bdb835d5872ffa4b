"""One name, five places: what diagrams, forms, handlers, roles and scenarios call each other must exist, both ways."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from webapp.engine import catalog
from webapp.store.seeding import ROLES

ROOT = Path(__file__).parents[2]
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
SPIFF = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"
DIAGRAMS = sorted(ROOT.glob("bpmn/*.bpmn"))
SHARED_MESSAGE_FORMS = {"expert_review/replace_late", "designation/withdraw"}


def _process(path: Path) -> etree._Element:
    found = etree.parse(path).getroot().find(f"{BPMN}process")
    assert found is not None
    return found


def _properties(node: etree._Element) -> dict[str, str]:
    return {
        p.get("name", ""): p.get("value", "")
        for p in node.iterfind(f"{BPMN}extensionElements/{SPIFF}properties/{SPIFF}property")
    }


def _forms_used() -> Iterator[str]:
    for path in DIAGRAMS:
        for node in _process(path).iter():
            properties = _properties(node) if isinstance(node.tag, str) else {}
            if node.tag == f"{BPMN}userTask":
                named = properties.get("formJsonSchemaFilename", f"{path.stem}/{node.get('id')}")
                yield named.removeprefix("forms/").removesuffix(".schema.json")
            elif "form" in properties:
                yield properties["form"]


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda p: p.stem)
def test_process_id_is_the_file_s_stem(path: Path) -> None:
    assert _process(path).get("id") == path.stem


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda p: p.stem)
def test_every_lane_is_a_role(path: Path) -> None:
    names = {role[1] for role in ROLES}
    assert {lane.get("name") for lane in _process(path).iter(f"{BPMN}lane")} <= names


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda p: p.stem)
def test_every_service_task_has_its_handler(path: Path) -> None:
    for node in _process(path).iter(f"{SPIFF}serviceTaskOperator"):
        assert callable(catalog.handler(node.get("id", "")))
    for kind in ("userTask", "startEvent", "boundaryEvent"):
        for node in _process(path).iter(BPMN + kind):
            if check := _properties(node).get("check"):
                assert callable(catalog.handler(check))


def test_every_form_exists_and_is_used() -> None:
    shipped = {
        p.relative_to(ROOT / "forms").as_posix().removesuffix(".schema.json")
        for p in ROOT.glob("forms/**/*.schema.json")
    }
    used = set(_forms_used())
    assert used - shipped == set()
    assert shipped - used - {"shared/opinion"} == set()


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda p: p.stem)
def test_every_element_quotes_its_article(path: Path) -> None:
    kinds = ("userTask", "serviceTask", "callActivity", "endEvent", "businessRuleTask")
    silent = [
        node.get("id")
        for kind in kinds
        for node in _process(path).iter(BPMN + kind)
        if not re.search(r"第[一二三四五六七八九十]+条", "".join(node.xpath("*[local-name()='documentation']/text()")))
    ]
    assert silent == []


def test_every_handler_is_called() -> None:
    called = {node.get("id") for path in DIAGRAMS for node in _process(path).iter(f"{SPIFF}serviceTaskOperator")}
    called |= {
        _properties(n)["check"]
        for p in DIAGRAMS
        for kind in ("userTask", "startEvent", "boundaryEvent")
        for n in _process(p).iter(BPMN + kind)
        if "check" in _properties(n)
    }
    assert {card.name for card in catalog.handler_cards()} - called == set()


def test_every_handler_is_described_in_chinese() -> None:
    """The studio's 处理器一览 and the panel of a service task show the docstring's first line to analysts."""
    foreign = [card.name for card in catalog.handler_cards() if not re.match(r"[\u4e00-\u9fff].{5,}。$", card.title)]
    assert foreign == []
