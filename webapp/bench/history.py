"""Does a step cost more the longer its case is? One case of a loop that is walked round ten thousand times."""

from __future__ import annotations

import shutil
from pathlib import Path
from statistics import median
from typing import Any

from webapp.bench.ground import MODELS, Ground, cpu_ms
from webapp.demo.walk import SYSTEM
from webapp.engine import commands
from webapp.store import cases, inbox

PROCESS = "bench_loop"
SAMPLE = 9
"""Completions measured around each point; the median counts."""
DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="definitions" targetNamespace="http://bench">
  <bpmn:process id="bench_loop" name="循环" isExecutable="true">
    <bpmn:laneSet id="lanes"><bpmn:lane id="lane" name="省科技厅经办">
      <bpmn:flowNodeRef>begin</bpmn:flowNodeRef><bpmn:flowNodeRef>again</bpmn:flowNodeRef>
      <bpmn:flowNodeRef>enough</bpmn:flowNodeRef><bpmn:flowNodeRef>over</bpmn:flowNodeRef>
    </bpmn:lane></bpmn:laneSet>
    <bpmn:startEvent id="begin"><bpmn:extensionElements><spiffworkflow:properties>
      <spiffworkflow:property name="start" value="开始" />
    </spiffworkflow:properties></bpmn:extensionElements><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="again" />
    <bpmn:userTask id="again" name="再来一次">
      <bpmn:extensionElements><spiffworkflow:properties>
        <spiffworkflow:property name="outcomes" value="more:继续|stop:结束" />
        <spiffworkflow:property name="due" value="workdays(5)" />
      </spiffworkflow:properties></bpmn:extensionElements>
      <bpmn:incoming>f1</bpmn:incoming><bpmn:incoming>f3</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:sequenceFlow id="f2" sourceRef="again" targetRef="enough" />
    <bpmn:exclusiveGateway id="enough" default="f3">
      <bpmn:incoming>f2</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing><bpmn:outgoing>f4</bpmn:outgoing>
    </bpmn:exclusiveGateway>
    <bpmn:sequenceFlow id="f3" sourceRef="enough" targetRef="again" />
    <bpmn:sequenceFlow id="f4" sourceRef="enough" targetRef="over">
      <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">again.outcome == "stop"</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:endEvent id="over"><bpmn:incoming>f4</bpmn:incoming></bpmn:endEvent>
  </bpmn:process>
</bpmn:definitions>
"""


def models(folder: Path) -> Path:
    """The shipped models and the loop, side by side."""
    made = folder / "models"
    for name in ("bpmn", "forms"):
        shutil.copytree(MODELS / name, made / name)
    (made / "bpmn" / f"{PROCESS}.bpmn").write_text(DIAGRAM, encoding="utf-8")
    return made


def measure(ground: Ground, points: tuple[int, ...]) -> dict[str, Any]:
    """CPU ms of one completion after so many completed tasks of the case, and the size of its state."""
    loop = _Loop(ground)
    figures: dict[str, Any] = {}
    statements: dict[int, int] = {}
    for point in points:
        while loop.done < point:
            loop.complete()
        spent = []
        for _ in range(SAMPLE):
            spent.append(cpu_ms(loop.complete))
        figures[str(point)] = median(spent)
        statements[point] = loop.statements
    if {"10", "1000"} <= figures.keys():
        figures["ratio_1000_10"] = figures["1000"] / figures["10"]
    figures |= {"ratio_last_first": figures[str(points[-1])] / figures[str(points[0])]}
    figures |= {"sql": {str(point): number for point, number in statements.items()}, "state_bytes": loop.state_bytes()}
    return figures


class _Loop:
    """The case, and how often its task was completed."""

    def __init__(self, ground: Ground) -> None:
        self._database = ground.database
        self._actor = ground.walk.person("p-officer")
        self.case_id = ground.walk.starts(PROCESS, "p-officer", title="循环")
        self.done = self.statements = 0
        with self._database.reading(SYSTEM) as tx:
            self._task = inbox.of_case(tx, self.case_id, open_only=True)[0].id

    def complete(self) -> None:
        """Once round the loop; the answer names the task that opened."""
        self.done += 1
        with self._database.writing(SYSTEM) as tx:
            answer = commands.submit(tx, self._actor, self._task, {}, "more", command_id=f"loop-{self.done}")
        self._task, self.statements = answer.task_ids[0], tx.sql_count

    def state_bytes(self) -> int:
        with self._database.reading(SYSTEM) as tx:
            return len(cases.get(tx, self.case_id).state.encode())
