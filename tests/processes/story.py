"""A story: a whole case told step by step, through the real commands, store, diagrams and rules.

Every step is a transaction of its own, so the case is saved and loaded again between any two of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from io import BytesIO
from itertools import count
from typing import Any

from webapp import clock
from webapp.demo import contents, population, sheets, world
from webapp.engine import commands
from webapp.engine.running import Answer
from webapp.installation import Installation
from webapp.store import (
    applications,
    cases,
    documents,
    files,
    inbox,
    incidents,
    journal,
    notices,
    outbox,
    people,
    register,
    rounds,
    timers,
)
from webapp.store.principal import Principal
from webapp.store.tables import Application, Base, Case, Document, Notice, Round, Task

SYSTEM = Principal.system_("command")
DEFAULT_PEOPLE = {
    "province_officer": "p-officer",
    "division_head": "p-head",
    "dept_leader": "p-leader",
}


class Story:
    """The demonstration province, a clock that stands where the story puts it, and nobody but its people."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.database = installation.database
        self._commands = count(1)
        with self.database.writing(SYSTEM) as tx:
            population.populate(tx)
            stored = files.Folder(installation.settings.files).put(_pdf(), limit=1 << 20)
            self.file_id = files.add(tx, stored, name="佐证材料.pdf", by="p-host-xxlg", status="clean")

    # ---- time ----

    def today(self, day: str, at: str = "09:00") -> None:
        """The clock stands at that moment in Zhejiang; what was due until then fires, in order of its due time."""
        self.passes(datetime.fromisoformat(f"{day}T{at}").replace(tzinfo=clock.CHINA))

    def passes(self, moment: datetime) -> None:
        while True:
            with self.database.reading(SYSTEM) as tx:
                due = timers.next_at(tx)
            if due is None or due > moment:
                break
            clock.stand_at(max(due, clock.now()))
            self.works()
        clock.stand_at(moment)
        self.works()

    def days_pass(self, days: int) -> None:
        self.passes(clock.now() + timedelta(days=days))

    def works(self) -> None:
        """The worker has done everything that is due and delivered everything that was sent."""
        runners = self.installation.runners
        for _ in range(200):
            with self.database.reading(SYSTEM) as tx:
                work = [("wake", f"{t.id}:{t.generation}") for t in timers.due(tx, clock.now())]
                work += [("deliver", row.id) for row in outbox.pending(tx, clock.now() + timedelta(seconds=1))]
            if not work:
                return
            for kind, ref in work:
                runners[kind](ref)
        raise AssertionError("the worker never comes to rest")

    # ---- people ----

    def person(self, person_id: str) -> Principal:
        with self.database.reading(SYSTEM) as tx:
            return people.principal_of(tx, person_id)

    def starts(self, process: str, person: str, **facts: Any) -> str:
        with self.database.writing(SYSTEM) as tx:
            answer = commands.start(tx, self.person(person), process, command_id=self._id(), **facts)
        self.works()
        return answer.case_id

    def does(
        self,
        case_id: str,
        element: str,
        outcome: str,
        content: Mapping[str, Any] | None = None,
        opinion: str = "",
        *,
        person: str | None = None,
        key: str | None = None,
    ) -> Answer:
        """The person who owns the task (or `person`) hands it in; then the worker comes to rest."""
        task = self.task(case_id, element, key=key)
        actor = self.person(person or self.owner(task))
        with self.database.writing(SYSTEM) as tx:
            answer = commands.submit(tx, actor, task.id, content or {}, outcome, opinion, command_id=self._id())
        self.works()
        return answer

    def sends(self, case_id: str, message: str, person: str, content: Mapping[str, Any] | None = None) -> Answer:
        with self.database.writing(SYSTEM) as tx:
            answer = commands.send(tx, self.person(person), case_id, message, content or {}, command_id=self._id())
        self.works()
        return answer

    def owner(self, task: Task) -> str:
        if task.person_id:
            return task.person_id
        if task.role in DEFAULT_PEOPLE:
            return DEFAULT_PEOPLE[task.role]
        with self.database.reading(SYSTEM) as tx:
            return people.holders(tx, task.role, task.org_id or "")[0].id

    # ---- what is seen ----

    def task(self, case_id: str, element: str, *, key: str | None = None) -> Task:
        found = [t for t in self.open(case_id) if t.element == element and key in (None, t.key)]
        assert found, f"{element} is not open; open are {self.elements(case_id)}; case is {self.case(case_id).status} " + (
            self.trouble(case_id)
        )
        return found[0]

    def open(self, case_id: str) -> list[Task]:
        with self.database.reading(SYSTEM) as tx:
            return list(inbox.of_case(tx, case_id, open_only=True))

    def elements(self, case_id: str) -> list[str]:
        return sorted(task.element for task in self.open(case_id))

    def trouble(self, case_id: str) -> str:
        with self.database.reading(SYSTEM) as tx:
            return "; ".join(f"{i.element}: {i.message} {i.detail}" for i in incidents.of_case(tx, case_id))

    def case(self, case_id: str) -> Case:
        with self.database.reading(SYSTEM) as tx:
            return cases.get(tx, case_id)

    def end(self, case_id: str) -> str | None:
        return self.case(case_id).end

    def application(self, case_id: str) -> Application:
        with self.database.reading(SYSTEM) as tx:
            return applications.get(tx, case_id)

    def round(self, case_id: str) -> Round:
        with self.database.reading(SYSTEM) as tx:
            return rounds.get(tx, case_id)

    def bases(self, **where: Any) -> list[Base]:
        with self.database.reading(SYSTEM) as tx:
            return list(register.bases(tx, **where))

    def documents(self, case_id: str) -> list[Document]:
        with self.database.reading(SYSTEM) as tx:
            return list(documents.of_case(tx, case_id))

    def notices(self, person: str) -> list[Notice]:
        actor = self.person(person)
        with self.database.reading(SYSTEM) as tx:
            return list(notices.of_principal(tx, actor, limit=100).rows)

    def journal_is_whole(self) -> bool:
        with self.database.reading(SYSTEM) as tx:
            return journal.verify(tx) == []

    # ---- the usual beginning ----

    def opened_round(self, **changes: Any) -> str:
        """A round whose window is open: set up on 2 March 2026, published, open from 9 March to 10 April."""
        self.today("2026-03-02")
        case_id = self.starts("designation_round", "p-officer", title="2026年度国合基地认定")
        self.does(case_id, "set_up", "submit", sheets.set_up(clock.today(), **changes))
        self.does(case_id, "approve_notice", "approve", sheets.approve_notice(clock.today()))
        self.today("2026-03-09")
        return case_id

    def drafted(self, round_id: str, host: str = "host-jhsf", category: str = "joint_rd", topic: str = "柔性传感", number: int = 1) -> str:
        """An application in draft by this host."""
        self._content = contents.application(host_of(host), category, topic, number, self.file_id, clock.today())
        return self.starts("designation", f"p-{host}", host_id=host, round_id=round_id)

    def submitted(self, round_id: str, host: str = "host-jhsf", category: str = "joint_rd", topic: str = "柔性传感", number: int = 1, **changes: Any) -> str:
        """An application that the host's administrator has approved."""
        case_id = self.drafted(round_id, host, category, topic, number)
        self.does(case_id, "fill", "submit", {**self._content, **changes})
        self.does(case_id, "host_approve", "approve", sheets.host_approve(clock.today(), self.file_id))
        return case_id

    def content(self, host: str = "host-jhsf", category: str = "joint_rd", topic: str = "柔性传感", number: int = 1, **changes: Any) -> dict[str, Any]:
        """A complete application content as of the story's today."""
        return {**contents.application(host_of(host), category, topic, number, self.file_id, clock.today()), **changes}

    def _id(self) -> str:
        return f"story-{next(self._commands)}"


def host_of(host_id: str) -> world.Host:
    return next(host for host in world.HOSTS if host.id == host_id)


def _pdf() -> Any:
    return BytesIO(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
