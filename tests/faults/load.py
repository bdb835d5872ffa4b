"""A loaded run: the ground it stands on, and what must be true of it afterwards, whatever was done to it meanwhile."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.faults.roles import PROCESS
from tests.jobs.conftest import ROOT, settings
from webapp.bench.history import DIAGRAM
from webapp.config import Settings
from webapp.demo import population
from webapp.installation import Installation
from webapp.store import journal
from webapp.store.db import Database
from webapp.store.principal import Principal
from webapp.store.tables import Case, Command, Journal, Submission, Task, Timer, Visit

SYSTEM = Principal.system_("command")
LONG = bool(os.environ.get("GUOHE_LONG"))
EXPECTED = ["start", "submit go", "timer", "submit go", "timer"]
"""The journal of a whole walk; the package that a job makes afterwards may or may not be there yet."""
WALK = """
    <bpmn:startEvent id="begin"><bpmn:extensionElements><spiffworkflow:properties>
      <spiffworkflow:property name="start" value="开始" />
    </spiffworkflow:properties></bpmn:extensionElements><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="first" />
    {first}
    <bpmn:sequenceFlow id="f2" sourceRef="first" targetRef="pause" />
    {pause}
    <bpmn:sequenceFlow id="f3" sourceRef="pause" targetRef="second" />
    {second}
    <bpmn:sequenceFlow id="f4" sourceRef="second" targetRef="rest" />
    {rest}
    <bpmn:sequenceFlow id="f5" sourceRef="rest" targetRef="over" />
    <bpmn:endEvent id="over"><bpmn:incoming>f5</bpmn:incoming></bpmn:endEvent>"""


def ground(url: str, folder: Path) -> None:
    """A database with the province and the diagram that the run walks; nothing is running."""
    shutil.copytree(ROOT / "bpmn", folder / "models" / "bpmn", dirs_exist_ok=True)
    shutil.copytree(ROOT / "forms", folder / "models" / "forms", dirs_exist_ok=True)
    (folder / "models" / "bpmn" / f"{PROCESS}.bpmn").write_text(_diagram(), encoding="utf-8")
    (folder / "acks").touch()
    made: Settings = settings(url, folder)
    installation = Installation(Settings(**{**vars(made), "models": folder / "models"}))
    installation.upgrade()
    with installation.database.writing(SYSTEM) as tx:
        population.populate(tx)
    installation.close()


def faults_of(url: str, folder: Path, goal: int) -> list[str]:
    """Everything that is not as it should be: lost, doubled, with a gap, or not whole."""
    database = Database(url)
    with database.reading(SYSTEM) as tx:
        cases = {case.id: case for case in tx.scalars(select(Case).where(Case.process == PROCESS))}
        found = [f"{len(cases)} cases of {goal}"] if len(cases) != goal else []
        found += [f"{case.number} is {case.status}" for case in cases.values() if case.status != "done"]
        known = set(tx.scalars(select(Command.id)))
        acknowledged = (folder / "acks").read_text().split()
        found += [f"lost: {each}" for each in acknowledged if each not in known]
        for case_id in cases:
            found += [f"{cases[case_id].number}: {each}" for each in _of_case(tx, case_id)]
        found += [f"journal: {each}" for each in journal.verify(tx)]
    database.close()
    return found


def _of_case(tx: Any, case_id: str) -> list[str]:
    entries = tx.execute(
        select(Journal.action, Journal.seq).where(Journal.object_id == case_id).order_by(Journal.seq)
    ).all()
    found = []
    actions = [action for action, _ in entries]
    if actions not in (EXPECTED, [*EXPECTED, "archive"]) or [seq for _, seq in entries] != [
        *range(1, len(entries) + 1)
    ]:
        found.append(f"journal says {entries}")
    for model, wanted in ((Submission, 2), (Timer, 2), (Task, 2)):
        count = len(tx.scalars(select(model.id).where(model.case_id == case_id)).all())
        if count != wanted:
            found.append(f"{count} rows of {model.__tablename__}")
    if any(status != "fired" for status in tx.scalars(select(Timer.status).where(Timer.case_id == case_id))):
        found.append("a timer has not fired")
    passed = Counter(tx.scalars(select(Visit.element).where(Visit.case_id == case_id)))
    if any(count != 1 for count in passed.values()):
        found.append(f"passed twice: {passed}")
    return found


def _diagram() -> str:
    """The loop's frame around a walk of two people's steps, each followed by a timer that is due at once."""
    head, _, rest = DIAGRAM.partition('<bpmn:startEvent id="begin">')
    nodes = "".join(
        f"<bpmn:flowNodeRef>{n}</bpmn:flowNodeRef>" for n in ("begin", "first", "pause", "second", "rest", "over")
    )
    lanes = f'<bpmn:lane id="lane" name="省科技厅经办">{nodes}</bpmn:lane></bpmn:laneSet>'
    head = head.partition('<bpmn:lane id="lane"')[0].replace("bench_loop", PROCESS) + lanes
    walk = WALK.format(
        first=_user("first", "f1", "f2"),
        pause=_timer("pause", "f2", "f3"),
        second=_user("second", "f3", "f4"),
        rest=_timer("rest", "f4", "f5"),
    )
    return head + walk + "</bpmn:process>" + rest.partition("</bpmn:process>")[2]


def _user(name: str, came: str, goes: str) -> str:
    return (
        f'<bpmn:userTask id="{name}" name="办理{name}"><bpmn:extensionElements><spiffworkflow:properties>'
        '<spiffworkflow:property name="outcomes" value="go:继续" /></spiffworkflow:properties></bpmn:extensionElements>'
        f"<bpmn:incoming>{came}</bpmn:incoming><bpmn:outgoing>{goes}</bpmn:outgoing></bpmn:userTask>"
    )


def _timer(name: str, came: str, goes: str) -> str:
    return (
        f'<bpmn:intermediateCatchEvent id="{name}" name="等待{name}"><bpmn:incoming>{came}</bpmn:incoming>'
        f'<bpmn:outgoing>{goes}</bpmn:outgoing><bpmn:timerEventDefinition id="{name}_at">'
        '<bpmn:timeDate xsi:type="bpmn:tFormalExpression">deadline.start_of(today)</bpmn:timeDate>'
        "</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
    )
