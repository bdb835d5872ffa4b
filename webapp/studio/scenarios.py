"""试运行: plays a draft in memory with a scenario; nothing is stored and nothing is sent."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from webapp import clock
from webapp.errors import Invalid
from webapp.spiff import play, rules
from webapp.store import parameters, releases
from webapp.store.db import Tx
from webapp.studio.checker import reading, texts, variables
from webapp.studio.checker.remarks import Node, operator

LARGEST = 200_000
UNTIL = "P400D"
EVENTS = 300
"""What a trial run may see happen; nobody waits longer for a page."""


def run(tx: Tx, name: str, content: str, scenario_text: str) -> Mapping[str, Any]:
    """What happens when the draft is played: {"status", "trace", "data", "waiting", "incident", …}; raises Invalid.

    Tables and called processes are those of the newest release; parameters those of today, the scenario's before them.
    """
    scenario = _read(scenario_text)
    release = releases.current(tx, clock.today())
    files = {
        one: releases.artefact(tx, digest).content.encode()
        for one, digest in release.manifest.items()
        if one.endswith((".bpmn", ".dmn"))
    }
    files[name] = content.encode()
    scenario["parameters"] = {**parameters.at(tx, None), **(scenario.get("parameters") or {})}
    scenario["facts"] = _dated(scenario.get("facts") or {})
    until = scenario.get("until") or UNTIL
    return play.play(files, name, process=name.removesuffix(".bpmn"), scenario=scenario, until=until, events=EVENTS)


def template(content: str) -> dict[str, Any]:
    """A scenario to start from: each person takes his first outcome, services and messages say what is read of them."""
    diagram, _ = reading.read("draft.bpmn", content.encode())
    answers: dict[str, Any] = {}
    services: dict[str, Any] = {}
    messages: list[Any] = []
    read = _fields_read(diagram) if diagram else {}
    for node in (node for process in diagram.processes for node in process.iter()) if diagram else ():
        kind = rules.local(node) if isinstance(node.tag, str) else ""
        name, called = str(node.get("id")), operator(node)
        if kind == "userTask":
            outcomes = variables.outcomes_of(node) or {}
            answers[name] = {**read.get(name, {}), "outcome": next(iter(outcomes), "submit")}
        elif kind == "serviceTask" and called is not None:
            services[name] = {"result": read.get(called.get("resultVariable") or "", {})}
        elif kind == "intermediateCatchEvent" and (message := _message(node)):
            messages.append({"at": f"P{100 + len(messages)}D", "name": message, "payload": read.get(message, {})})
    known = {name: {**read.get(name, {}), **sample} for name, sample in facts().items()}
    sample = {"answers": answers, "services": services, "messages": messages, "facts": known, "until": UNTIL}
    return {key: value for key, value in sample.items() if value}


def _message(node: Node) -> str:
    """The name of the message that the event catches."""
    for definition in rules.definitions(node):
        reference = definition.get("messageRef")
        for one in node.getroottree().getroot().iter(f"{rules.BPMN}message"):
            if reference and one.get("id") == reference:
                return one.get("name") or ""
    return ""


def _fields_read(diagram: reading.Diagram) -> dict[str, Any]:
    """Variable → sample of the fields that expressions read of it."""
    found: dict[str, Any] = {}
    for text in texts.written(diagram):
        try:
            tree: ast.AST = (
                ast.parse(text.source, mode="exec") if text.is_script else ast.parse(text.source, mode="eval")
            )
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        if text.what == "循环" and text.source.isidentifier():
            found.setdefault(text.source, {}).setdefault("sample", {})
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare):
                _put(found, node.left, _like(node.comparators[0]))
            elif isinstance(node, ast.Call):
                for argument in node.args:
                    _put(found, argument, (clock.today() + timedelta(days=7)).isoformat())
        for node in ast.walk(tree):
            _put(found, node, True)
    return found


def _like(node: ast.AST) -> Any:
    """A value that a comparison with this one makes sense with."""
    value = node.value if isinstance(node, ast.Constant) else None
    return "" if isinstance(value, str) else 1 if isinstance(value, int) and not isinstance(value, bool) else True


def _put(found: dict[str, Any], node: ast.AST, value: Any) -> None:
    """`a.b.c` has this value in the sample, unless it has one."""
    path: list[str] = []
    while isinstance(node, ast.Attribute):
        path.insert(0, node.attr)
        node = node.value
    if not path or not isinstance(node, ast.Name):
        return
    place = found.setdefault(node.id, {})
    for part in path[:-1]:
        inner = place.get(part)
        place[part] = inner if isinstance(inner, dict) else {}
        place = place[part]
    place.setdefault(path[-1], value)


def _dated(value: Any) -> Any:
    """Dates written as text are dates, as the facts of a real case are."""
    if isinstance(value, dict):
        return {key: _dated(one) for key, one in value.items()}
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


def facts() -> dict[str, Any]:
    """Sample facts, so that limits and conditions have something to read."""
    today = clock.today()
    return {
        "case": {
            "id": "sample",
            "number": "RD-0000",
            "process": "",
            "title": "试运行",
            "started_on": today.isoformat(),
        },
        "host": {"id": "host-sample", "name": "示例依托单位", "kind": "university"},
        "round": {
            "window_from": today.isoformat(),
            "window_to": (today + timedelta(days=30)).isoformat(),
            "recommend_by": (today + timedelta(days=45)).isoformat(),
            "publicity": True,
            "expert_plan": {},
        },
        "application": {"category": "joint_rd", "status": "drafting"},
    }


def _read(text: str) -> dict[str, Any]:
    if len(text) > LARGEST:
        raise Invalid({"scenario": "场景过大，请精简。"})
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise Invalid({"scenario": f"场景不是有效的 JSON：{error}"}) from None
    if not isinstance(found, dict):
        raise Invalid({"scenario": "场景最外层应为对象 { … }。"})
    return found
