"""What happened in a case, as its pages show it: the record of opinions, the travelled path, where it stands now.

Reads as the person, so what an expert did stays hidden from host and recommender (the store's scope).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.vocabulary import Calendar
from webapp import clock
from webapp.engine import context, forms, permissions
from webapp.errors import Misconfigured, Missing
from webapp.store import flows, inbox, organisations, people, releases, submissions, visits, workdays
from webapp.store.db import Tx
from webapp.store.principal import Principal
from webapp.store.tables import Case, Submission, Task
from webapp.views import desk, labels, lights
from webapp.views.frame import moment

BACKWARD = ("return", "correct", "rediscuss")
REFUSING = ("refuse", "disagree", "dismiss", "cancel", "withdraw", "decline")


@dataclass(frozen=True)
class CaseFile:
    """A case with what a person may see of its course."""

    case: Case
    tasks: Sequence[Task]
    submissions: Sequence[Submission]
    names: Mapping[str, str]
    units: Mapping[str, str]
    elements: Mapping[str, Any]
    """Diagram elements by id, for names, outcomes and articles."""
    calendar: Calendar
    claimants: Mapping[str, str]
    """Open task → who has claimed it and still may act on it."""

    @property
    def open_tasks(self) -> list[Task]:
        """What somebody has to do now."""
        return [task for task in self.tasks if task.status == "open"]

    @property
    def process_label(self) -> tuple[str, str]:
        """Name and colour of the process."""
        return labels.tagged(labels.PROCESS, self.case.process)

    @property
    def state(self) -> tuple[str, str]:
        """Name and colour of the case's state."""
        return labels.tagged(labels.CASE_STATUS, self.case.status)

    @property
    def days(self) -> int:
        """Working days from its start until its end, or today."""
        end = clock.local(self.case.ended_at).date() if self.case.ended_at else clock.today()
        return lights.workdays_between(self.calendar, clock.local(self.case.started_at).date(), end)

    def unit(self, task: Task) -> str:
        """The organisation whose inbox the task lies in."""
        return self.units.get(task.org_id or "", "")

    def light(self, task: Task) -> lights.Light:
        """The task's limit as seen today."""
        return lights.light(self.calendar, task.due_on)

    def outcome_label(self, element: str, outcome: str | None) -> str:
        """The Chinese of an outcome, as the diagram has it."""
        found = self.elements.get(element)
        if found is None or not outcome:
            return outcome or ""
        try:
            declared = forms.parse_outcomes(found.properties.get("outcomes", ""))
        except Misconfigured:
            return outcome
        return next((each.label for each in declared if each.id == outcome), outcome)

    def timeline(self, reader: Principal, href: Any = None) -> list[dict[str, Any]]:
        """Entries for ui/record.html, newest first. `href(submission)` gives the address of a submitted form."""
        by_task = {row.task_id: row for row in self.submissions}
        shown = [
            (task.done_at or clock.now(), task.arrived_at, self._entry(task, by_task.get(task.id), reader, href))
            for task in self.tasks
            if task.status != "cancelled"
        ]
        shown += [(row.at, row.at, self._sent(row, reader, href)) for row in self.submissions if not row.task_id]
        shown.sort(key=lambda each: each[:2], reverse=True)
        return [entry for _, _, entry in shown]

    def _sent(self, row: Submission, reader: Principal, href: Any) -> dict[str, Any]:
        """What somebody sent by a button of the case's page."""
        name = self.names.get(row.by, "") + ("（我）" if row.by == reader.person_id else "")
        return {
            "title": self.element_name(row.element),
            "state": "done",
            "tag": ("已登记", "green"),
            "at": moment(row.at),
            "who": name,
            "opinion": "",
            "href": href(row) if href and row.form else "",
        }

    def element_name(self, element: str) -> str:
        """What the diagram calls the element."""
        found = self.elements.get(element)
        return str(found.name or element) if found is not None else element

    def _entry(self, task: Task, submission: Submission | None, reader: Principal, href: Any) -> dict[str, Any]:
        if task.status == "open":
            tag: tuple[str, str] = ("办理中", "blue")
            state, at, who = "now", f"{moment(task.arrived_at)} 到达", self._holder(task)
        else:
            text = self.outcome_label(task.element, task.outcome)
            state = _state(task.outcome or "")
            tag = (text, {"back": "amber", "refused": "red"}.get(state, "green"))
            at, who = moment(task.done_at), self._doer(task, reader)
        return {
            "title": task.title,
            "state": state,
            "tag": tag,
            "at": at,
            "who": who,
            "opinion": submission.opinion if submission is not None else "",
            "href": href(submission) if href and submission is not None and submission.form else "",
        }

    def _holder(self, task: Task) -> str:
        name = self.names.get(self.claimants.get(task.id) or task.person_id or "", "")
        return " · ".join(part for part in (self.unit(task), name) if part)

    def _doer(self, task: Task, reader: Principal) -> str:
        name = self.names.get(task.done_by or "", "")
        if task.done_by == reader.person_id:
            name += "（我）"
        if task.acted_for:
            name += f"（代{self.names.get(task.acted_for, '')}）"
        spent = f"用时 {task.workdays} 个工作日" if task.workdays is not None else ""
        return " · ".join(part for part in (self.unit(task), name, spent) if part)


def of_case(tx: Tx, case: Case) -> CaseFile:
    """Everything the page of this case needs, read as the transaction's person."""
    tasks = inbox.of_case(tx, case.id)
    persons = {
        each for task in tasks for each in (task.done_by, task.acted_for, task.claimed_by, task.person_id) if each
    }
    sent = submissions.of_case(tx, case.id)
    persons |= {row.by for row in sent}
    units = {each for each in (case.host_id, case.recommender_id, case.county_id) if each}
    units |= {task.org_id for task in tasks if task.org_id}
    return CaseFile(
        case=case,
        tasks=tasks,
        submissions=sent,
        names=people.names(tx, persons | ({case.started_by} if case.started_by else set())),
        units=organisations.names(tx, units),
        elements=_elements(tx, case),
        calendar=workdays.calendar(tx),
        claimants=claimants(tasks),
    )


def claimants(tasks: Sequence[Task]) -> dict[str, str]:
    """Open task → who has claimed it and still may act on it; whoever asks."""
    claimed = [task for task in tasks if task.status == "open" and task.claimed_by]
    if not claimed:
        return {}
    with desk.system_reading() as tx:
        found = {task.id: permissions.claimant(tx, task) for task in claimed}
    return {task_id: person for task_id, person in found.items() if person}


def marks(tx: Tx, file: CaseFile, process: str) -> dict[str, Any]:
    """What the diagram paints: passed elements, travelled flows, where the case stands, how often."""
    passed = Counter(row.element for row in visits.of_case(tx, file.case.id) if row.process == process)
    current = Counter(task.element for task in file.open_tasks if task.process == process)
    called = {task.process for task in file.open_tasks} - {process}
    for element in file.elements.values():
        if element.process == process and element.type == "callActivity" and element.id not in passed and called:
            current[element.id] += 1
    badges = {element: f"{times} 次" for element, times in passed.items() if times > 1}
    badges |= {element: f"{count} 件" for element, count in current.items() if count > 1}
    return {
        "done": sorted(passed.keys() - current.keys()),
        "current": sorted(current),
        "flows": sorted(flows.of_case(tx, file.case.id).get(process, {})),
        "badges": badges,
    }


def processes(tx: Tx, case: Case) -> list[str]:
    """The case's diagram and those it has called so far."""
    called = {row.process for row in visits.of_case(tx, case.id)}
    return [case.process, *sorted(called - {case.process})]


def diagram(tx: Tx, case: Case, process: str) -> str:
    """The diagram's XML as the case's release has it; raises Missing."""
    manifest = context.of(tx).catalog.manifest(tx, case.release_id or "")
    digest = manifest.get(f"{process}.bpmn")
    if digest is None:
        raise Missing("未找到该流程图。")
    return releases.artefact(tx, digest).content


def _elements(tx: Tx, case: Case) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = context.of(tx).catalog.definition(tx, case.release_id or "", case.process).elements
    except Misconfigured:
        return {}
    return found


def _state(outcome: str) -> str:
    if outcome.startswith(BACKWARD):
        return "back"
    return "refused" if outcome.startswith(REFUSING) else "done"
