"""Walks cases through the real commands on a clock that stands where it is told: for demonstration data and stories."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from webapp import clock
from webapp.engine import commands
from webapp.engine.running import Answer
from webapp.errors import Missing
from webapp.installation import Installation
from webapp.store import batches, cases, inbox, outbox, people, timers
from webapp.store.ids import new_id
from webapp.store.principal import Principal
from webapp.store.tables import Task

SYSTEM = Principal.system_("demo")
ROUNDS_OF_WORK = 500
PROVINCE = {"province_officer": "p-officer", "division_head": "p-head", "dept_leader": "p-leader"}
"""Who acts for the Province unless said otherwise."""


class Walk:
    """One installation, driven step by step; each step is a transaction of its own."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.database = installation.database
        self._prefix = new_id()
        self._numbers = count(1)
        self._people: dict[str, Principal] = {}

    # ---- time ----

    def at(self, moment: datetime) -> None:
        """The clock stands at `moment`; what fell due until then has fired, each at its own due time, in order."""
        while True:
            with self.database.reading(SYSTEM) as tx:
                due = timers.next_at(tx)
            if due is None or due > moment:
                break
            clock.stand_at(max(due, clock.now()))
            self.works()
        clock.stand_at(moment)
        self.works()

    def after(self, **span: float) -> None:
        """So much later: `after(days=3)`."""
        self.at(clock.now() + timedelta(**span))

    def works(self) -> None:
        """The worker has fired what is due and delivered what was sent."""
        runners = self.installation.runners
        for _ in range(ROUNDS_OF_WORK):
            with self.database.reading(SYSTEM) as tx:
                work = [("wake", f"{row.id}:{row.generation}") for row in timers.due(tx, clock.now())]
                work += [("batch", row.id) for row in batches.running(tx, clock.now() + timedelta(seconds=1))]
                work += [("deliver", row.id) for row in outbox.pending(tx, clock.now() + timedelta(seconds=1))]
            if not work:
                return
            for kind, ref in work:
                runners[kind](ref)

    # ---- steps ----

    def person(self, person_id: str) -> Principal:
        """The person through all his seats, as of today's clock."""
        if person_id not in self._people:
            with self.database.reading(SYSTEM) as tx:
                self._people[person_id] = people.principal_of(tx, person_id)
        return self._people[person_id]

    def starts(self, process: str, person: str, **facts: Any) -> str:
        """The person has started a case; its id."""
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
        key: str | None = None,
        person: str | None = None,
    ) -> Answer:
        """Whoever owns the open task (or `person`) has handed it in."""
        task = self.task(case_id, element, key)
        actor = self.person(person or self.owner(task))
        with self.database.writing(SYSTEM) as tx:
            answer = commands.submit(tx, actor, task.id, content or {}, outcome, opinion, command_id=self._id())
        self.works()
        return answer

    # ---- what is seen ----

    def open(self, case_id: str) -> list[Task]:
        """The case's open tasks."""
        with self.database.reading(SYSTEM) as tx:
            return list(inbox.of_case(tx, case_id, open_only=True))

    def task(self, case_id: str, element: str, key: str | None = None) -> Task:
        """The open task of this element; raises Missing, naming what is open instead."""
        rows = self.open(case_id)
        for row in rows:
            if row.element == element and key in (None, row.key):
                return row
        raise Missing(f"{element} 未打开；当前打开：{sorted(row.element for row in rows)}")

    def owner(self, task: Task) -> str:
        """A person who owns the task."""
        if task.person_id:
            return task.person_id
        if task.role in PROVINCE:
            return PROVINCE[task.role]
        with self.database.reading(SYSTEM) as tx:
            return people.holders(tx, task.role, task.org_id or "")[0].id

    def variable(self, case_id: str, name: str) -> Any:
        """A variable of the case's diagram."""
        with self.database.reading(SYSTEM) as tx:
            return commands.variables(tx, cases.get(tx, case_id)).get(name)

    def _id(self) -> str:
        return f"{self._prefix}-{next(self._numbers)}"
