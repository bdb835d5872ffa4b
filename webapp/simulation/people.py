"""The simulated people at their desks: they see their open tasks, take their time, and hand them in by real commands."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from random import Random
from typing import Any

from handlers import deadlines
from webapp import clock
from webapp.demo.walk import PROVINCE, SYSTEM, Walk
from webapp.demo.world import Host
from webapp.engine import commands, forms, sheets
from webapp.engine.running import runtime_of
from webapp.engine.runtime import Runtime
from webapp.errors import Forbidden, Invalid, Rejected
from webapp.simulation import after_designation, filling, habits
from webapp.simulation.situation import Situation
from webapp.store import cases, codes, inbox, people, workdays
from webapp.store.db import Tx
from webapp.store.principal import Principal
from webapp.store.tables import Case, Task

TRIES = 3
BANNED = "不得申报"
"""Who reads this gives up where he may: nothing that he writes would let him apply."""
MENDINGS = 3
"""How often a content is written anew after what the rules beyond the form said."""


class Desks:
    """Everybody's desk at once; `unable` counts what nobody managed to hand in, with the last reason."""

    def __init__(self, walk: Walk, rng: Random, file_id: str, hosts: Sequence[Host]) -> None:
        self._walk, self._rng, self._file_id, self._hosts = walk, rng, file_id, hosts
        self._qualities: dict[str, float] = {}
        self._luck = Random(rng.getrandbits(32))  # noqa: S311  # its own, so that nothing else is drawn anew
        self._pack: list[float] = []
        self._agenda: dict[date, list[str]] = defaultdict(list)
        self._known: set[str] = set()
        self._since = clock.now()
        self._owners: dict[tuple[str, str], list[str]] = {}
        self._numbers = 0
        self.applications: dict[str, Mapping[str, Any]] = {}
        """What the host wants to apply with, by case."""
        self.done: Counter[str] = Counter()
        self.unable: dict[tuple[str, str], str] = {}
        self.failed: Counter[tuple[str, str]] = Counter()

    def look(self) -> None:
        """New tasks are on somebody's agenda."""
        with self._walk.database.reading(SYSTEM) as tx:
            fresh = [row for row in inbox.arrived_since(tx, self._since) if row.id not in self._known]
            fresh.sort(key=lambda row: (row.arrived_at, row.number, row.element, row.key or ""))  # the same each time
            calendar = workdays.calendar(tx)
        self._since = clock.now()
        for row in fresh:
            self._known.add(row.id)
            days = self._days(row)
            when = deadlines.workdays(days, clock.today(), calendar) if days else clock.today()
            self._agenda[when].append(row.id)

    def work(self) -> int:
        """What is on today's agenda is handed in; answers how many tasks."""
        count = 0
        while today := self._agenda.pop(clock.today(), []):
            for task_id in today:
                count += self._hand_in(task_id)
            self.look()
        return count

    def _days(self, row: Task) -> int:
        if row.process == "annual_report" and row.role == "host" and row.visit == 1 and row.due_on:
            return self._report_days(row.due_on)
        return habits.delay(row.process, row.element, row.role, self._rng)

    def _report_days(self, due_on: date) -> int:
        """domain.md 7: 15 % before 15 January, 25 % until the 28th, 60 % in the last three days, 4 % late."""
        left = max(0, round((due_on - clock.today()).days * 5 / 7))
        draw = self._rng.random()
        if draw < 0.04:
            return left + 8
        if draw < 0.19:
            return self._rng.randrange(0, max(1, left // 2))
        if draw < 0.44:
            return self._rng.randrange(left // 2, max(left // 2 + 1, left - 2))
        return max(0, left - self._rng.randrange(0, 3))

    def _hand_in(self, task_id: str) -> int:
        reason = ""
        for attempt in range(TRIES):
            try:
                name = self._try(task_id, safe=attempt > 0, gives_up=BANNED in reason)
            except (Invalid, filling.Unfillable, Forbidden) as error:
                reason = str(error.fields) if isinstance(error, Invalid) else str(error)
                continue
            except Rejected as error:
                if "暂停" in error.message:
                    self._agenda[_next(clock.today())].append(task_id)  # looks again every day until it is released
                return 0
            if name:
                self.done[name] += 1
                self._walk.works()
            return 1 if name else 0
        with self._walk.database.reading(SYSTEM) as tx:
            row = inbox.get(tx, task_id)
        self.unable[row.process, row.element] = reason
        self.failed[row.process, row.element] += 1
        return 0

    def _try(self, task_id: str, *, safe: bool, gives_up: bool) -> str:
        with self._walk.database.writing(SYSTEM) as tx:
            row = inbox.get(tx, task_id)
            if row.status != "open":
                return ""
            actor = self._actor(row, other=safe)
            case = cases.get(tx, row.case_id)
            outcome, content = self._filled(tx, case, row, actor, safe, gives_up)
            commands.submit(tx, actor, row.id, content, outcome, "经研究，意见如上。", command_id=f"sim:{task_id}")
            return f"{row.process}.{row.element}"

    def _filled(
        self, tx: Tx, case: Case, row: Task, actor: Principal, safe: bool, gives_up: bool
    ) -> tuple[str, dict[str, Any]]:
        runtime = runtime_of(tx, case, actor)
        opened = runtime.open_task(row.id)
        facts, functions = sheets.facts_of(tx, case, runtime, row, actor), runtime.facts.functions()
        offered = [
            each.id
            for each in sheets.outcomes_of(opened.properties)
            if sheets.holds(opened.properties.get(f"when.{each.id}", ""), facts, functions)
        ]
        outcome = offered[0] if safe else habits.chosen(row.process, row.element, offered, row.visit, self._rng)
        if gives_up and "withdraw" in offered:
            outcome = "withdraw"
        form = sheets.form_of(tx, case, row.form)
        if form is None:
            return outcome, {}
        self._numbers += 1
        situation = Situation(
            process=row.process, element=row.element, title=row.title, outcome=outcome, today=clock.today(),
            file_id=self._file_id, data=opened.data, indicators=lambda: self._indicators(tx, case),
            number=self._numbers, visit=row.visit, host_id=case.host_id or "", hosts=self._hosts, rng=self._rng,
            prior=lambda: sheets.prior(runtime, row), quality=self._quality(row.case_id) if case.process == "evaluation" else 0.0,
        )  # fmt: skip
        given = (
            dict(self.applications.get(row.case_id) or {})
            if row.form == "shared/application"
            else {**_before(runtime, row, opened.properties), **habits.given(situation)}
        )
        known = set(form.full["properties"])
        given = {name: value for name, value in given.items() if name in known}
        exact = (row.process, row.element) in habits.EXACT or row.form == "shared/application"
        content: dict[str, Any] = {}
        for _ in range(MENDINGS):
            content = (
                forms.compute(form, dict(given), facts, functions)
                if exact
                else filling.fill(
                    form, facts, functions, outcome, today=clock.today(), file_id=self._file_id, given=given
                )
            )
            said = sheets.verdict(runtime, row, content, outcome)
            if not said.get("errors") or "explanations" not in known:
                break
            given["explanations"] = habits.explained(given.get("explanations", ()), said.get("findings", ()))
        return outcome, content

    def _quality(self, case_id: str) -> float:
        """How well the base of that case does: dealt from a shuffled pack, so that a small round has its shares too."""
        if case_id not in self._qualities:
            if not self._pack:
                self._pack = [value for value, cards in after_designation.QUALITIES for _ in range(cards)]
                self._luck.shuffle(self._pack)
            self._qualities[case_id] = self._pack.pop()
        return self._qualities[case_id]

    def _indicators(self, tx: Tx, case: Case) -> list[dict[str, Any]]:
        runtime = runtime_of(tx, case, SYSTEM)
        from_application = runtime.facts.names["application"].get("category")
        category = from_application or runtime.facts.names["base"].get("category", "joint_rd")
        prefix = "evaluation" if case.process == "evaluation" else "application"
        return [{"code": each.code, "max": each.maximum} for each in codes.indicators(tx, f"{prefix}_{category}")]

    def _actor(self, row: Task, *, other: bool) -> Principal:
        if row.person_id:
            return self._walk.person(row.person_id)
        if row.role in PROVINCE:
            return self._walk.person(PROVINCE[row.role])
        key = row.role, row.org_id or ""
        if key not in self._owners:
            with self._walk.database.reading(SYSTEM) as tx:
                self._owners[key] = [each.id for each in people.holders(tx, *key)]
        holders = self._owners[key]
        if not holders:
            raise Forbidden(f"没有人担任 {row.role}@{row.org_id}")
        return self._walk.person(holders[-1 if other else 0])


def _before(runtime: Runtime, row: Task, properties: Mapping[str, str]) -> Mapping[str, Any]:
    """In a correction, what was handed in: only the marked fields are written anew."""
    return runtime.facts.forms.get(row.form.removeprefix("shared/"), {}) if "unlock" in properties else {}


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
