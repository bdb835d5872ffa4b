"""One case in memory: load, complete a task, run to the next wait, and say what happened as a `Step`.

Between the engine's own kinds (webapp.spiff) and plain values; knows no tables and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from handlers.vocabulary import (
    BpmnError,
    Case,
    ChangeBase,
    Effect,
    Outcome,
    UpdateApplication,
    UpdateProceeding,
    UpdateRound,
)
from webapp import clock
from webapp.engine import catalog as catalogs
from webapp.engine import undoing
from webapp.engine.catalog import Catalog
from webapp.engine.facts import CaseFacts, Late, as_date, plain
from webapp.engine.step import Applied, ArmedTimer, Fault, OpenedTask, Owner, Passed, Sent, Step
from webapp.errors import Misconfigured, Stale
from webapp.spiff import host, workflow
from webapp.store.db import Tx
from webapp.store.tables import Case as CaseRow
from webapp.store.tables import Role


class CaseHost:
    """What the engine asks of the house while it runs a case (spiff.host.Host); gathers the handlers' effects."""

    def __init__(self, case: CaseRow, facts: CaseFacts, actor: Mapping[str, Any]) -> None:
        self._case, self._facts, self._actor = case, facts, actor
        self._visits: dict[str, int] = {}
        self.effects: list[Applied] = []
        self.overwritten: dict[str, dict[str, Any]] = {}
        """Row (application, round, proceeding, case) → field → value before this step's effects."""

    def facts(self) -> Mapping[str, Any]:
        return self._facts.names

    def functions(self) -> Mapping[str, Callable[..., Any]]:
        return self._facts.functions()

    def service(self, call: host.ServiceCall) -> Any:
        """The result of the handler that the service task names; its effects wait for the projection."""
        outcome = self.run(call.operator, call.element, call.data, call.parameters)
        for effect in outcome.effects:
            self.effects.append(Applied(effect, call.element))
            self._foresee(effect)
        return plain(outcome.data)

    def _foresee(self, effect: Effect) -> None:
        """Effects are written after the step, but the next element already reads `round` and `application` as they will be."""
        if isinstance(effect, UpdateRound):
            self._overlay("round", effect.fields)
        if isinstance(effect, UpdateProceeding) and effect.case in (None, self._case.id):
            self._overlay("proceeding", effect.fields)
        if isinstance(effect, ChangeBase) and effect.base in (None, self._case.base_id) and effect.on <= clock.today():
            self._facts.names.overlay("base", effect.fields)
        if isinstance(effect, UpdateApplication) and effect.application in (None, self._case.id):
            own = self.overwritten.setdefault("case", {})
            own |= {name: getattr(self._case, name) for name in undoing.OF_CASE if name not in own}
            self._overlay("application", effect.fields)
            # 第十三条（一）：收件部门按报送当日的主数据，待办随之归其所有。
            self._case.recommender_id = effect.fields.get("recommender_id", self._case.recommender_id)

    def _overlay(self, name: str, fields: Mapping[str, Any]) -> None:
        row, kept = self._facts.names[name], self.overwritten.setdefault(name, {})
        kept |= {field: row.get(field) for field in fields if field not in kept}
        self._facts.names.overlay(name, fields)

    def run(
        self,
        operator: str,
        element: str,
        data: Mapping[str, Any],
        parameters: Mapping[str, Any],
        forms: Mapping[str, Any] | None = None,
    ) -> Outcome:
        """The handler's outcome, with `forms` laid over what was submitted before."""
        self._visits[element] = self._visits.get(element, 0) + 1
        try:
            return catalogs.handler(operator)(self.case_of(element, data, forms), **parameters)
        except BpmnError as error:
            raise host.BpmnError(error.code, error.message) from error

    def case_of(self, element: str, data: Mapping[str, Any], forms: Mapping[str, Any] | None = None) -> Case:
        """All that a handler may know, at this element."""
        facts, case = self._facts, self._case
        return Case(
            id=case.id,
            process=case.process,
            number=case.number,
            today=clock.today(),
            data=data,
            forms=Late(lambda: {**facts.forms, **(forms or {})}),
            host=facts.late("host"),
            base=facts.late("base"),
            round=facts.late("round"),
            application=facts.late("application"),
            proceeding=facts.late("proceeding"),
            parent=facts.late("parent"),
            parameters=facts.parameters,
            register=facts.register,
            calendar=facts.calendar,
            decide=facts.decide,
            actor=self._actor,
            element=element,
            visit=self._visits.get(element, 1),
            seed=int(case.id[-6:], 36) if case.id[-6:].isalnum() else 0,
        )


class Runtime:
    """A case's workflow and what it did since it was loaded."""

    def __init__(
        self, tx: Tx, catalog: Catalog, case: CaseRow, actor: Mapping[str, Any], begun: Mapping[str, Any] | None = None
    ) -> None:
        """`begun`: what a new case was begun with; its diagram reads it by that name."""
        self._tx, self._catalog, self._case = tx, catalog, case
        self.facts = CaseFacts(tx, catalog, case)
        self.host = CaseHost(case, self.facts, actor)
        self._definition = definition = catalog.definition(tx, case.release_id or "", case.process)
        if case.state:
            self._workflow = workflow.Workflow.load(definition, self.host, case.state)
        else:
            self._workflow = workflow.Workflow.start(definition, self.host, {"begun": plain(dict(begun or {}))})
        self._known = frozenset(task.id for task in self._workflow.open_tasks()) if case.state else frozenset()
        self._armed = {timer.id: timer.due_at for timer in self._workflow.timers()} if case.state else {}
        self._fault: Fault | None = None

    @property
    def data(self) -> Mapping[str, Any]:
        return self._workflow.data

    def open_task(self, task_id: str) -> workflow.OpenTask:
        """The open task with this id; raises Stale when it is open no more."""
        for task in self._workflow.open_tasks():
            if task.id == task_id:
                return task
        raise Stale

    def complete(self, task_id: str, variable: Mapping[str, Any]) -> None:
        try:
            self._workflow.complete(task_id, plain(variable))
        except workflow.NotOpen:
            raise Stale from None

    def fire(self, timer_id: str) -> bool:
        """Whether the timer was still armed and due; advance() goes on from it."""
        return self._workflow.fire(timer_id)

    def deliver(self, message: str, payload: Mapping[str, Any]) -> bool:
        """Whether something waited for the message."""
        return self._workflow.deliver(message, plain(payload))

    def may_miss(self, message: str) -> bool:
        """Whether every event that catches it says so (property `may_be_missed`): the diagram looks for itself later."""
        places = self._definition.messages.get(message, ())
        caught = [each for each in self._definition.all_elements.values() if each.id in places]
        return bool(caught) and all(each.properties.get("may_be_missed") == "true" for each in caught)

    def awaits(self) -> list[workflow.Awaited]:
        return self._workflow.awaits()

    def rearm(self) -> list[str]:
        """Timers that facts have moved since they were armed are due at the new moment; their ids (settled.md 10)."""
        self._keep_today()
        return self._workflow.rearm()

    def due_of(self, task_id: str, arrived_at: datetime) -> date | None:
        """The limit of an open task as the facts are now, counted from the day it arrived."""
        self._keep_today()
        with clock.travel(arrived_at):
            return self._due_on(self.open_task(task_id))

    def _keep_today(self) -> Mapping[str, Any]:
        """Parameters read as of today are today's, also while the clock travels to when a task arrived."""
        return self.facts.parameters

    def jump(self, task_id: str, element: str) -> None:
        self._workflow.jump(task_id, element)

    def cancel(self) -> None:
        """Every open task, timer and awaited message is gone; the case has ended."""
        self._workflow.terminate()

    def advance(self) -> None:
        """Run everything that needs no person, up to the next wait or the first failing element."""
        failure = self._workflow.advance()
        if any(isinstance(applied.effect, UpdateRound) for applied in self.host.effects):
            self.rearm()
        self._fault = Fault(failure.element, failure.message, failure.detail) if failure else None
        if failure is None and (stuck := self._workflow.stuck()):
            self._fault = Fault(stuck[0], "汇聚网关等待的分支已不可能到达，流程无法继续", "、".join(stuck))

    def step(self) -> Step:
        """Everything the projection needs to know; drains what the engine recorded."""
        wf = self._workflow
        tasks = [self._opened(task) for task in wf.open_tasks()]
        sent = [Sent(t.kind, t.name, t.payload, t.element) for t in wf.thrown()]
        return Step(
            state=wf.dump(),
            done=wf.done,
            ends=tuple(wf.ended_at),
            tasks=tasks,
            known=self._known,
            timers=[
                ArmedTimer(timer.id, timer.element, timer.due_at, clock.local(timer.due_at).date())
                for timer in wf.timers()
            ],
            armed_before=self._armed,
            passed=[Passed(v.element, v.process, v.task_id, v.type, v.state) for v in wf.trace()],
            flows=wf.flows(),
            sent=sent,
            effects=tuple(self.host.effects),
            undo=None if sent or wf.done else self._undo(),
            fault=self._fault,
        )

    def _undo(self) -> Mapping[str, Any] | None:
        before = self.host.overwritten
        found: Mapping[str, Any] = plain(before)
        return found if undoing.can_be_undone(self._case, self.host.effects, before) else None

    def _opened(self, task: workflow.OpenTask) -> OpenedTask:
        known, properties = task.id in self._known, task.properties
        role = self._catalog.role_of_lane(self._tx, task.lane)
        return OpenedTask(
            id=task.id,
            element=task.element,
            process=task.process,
            title=task.name,
            lane=task.lane,
            owner=Owner(role.code) if known else self._owner(role, task),
            key=task.key or None,
            form=form_name(task),
            due_on=None if known else self._due_on(task),
            reminders=tuple(int(n) for n in properties.get("reminders", "").split(",") if n.strip()),
            visit=task.visit,
            properties=properties,
        )

    def _owner(self, role: Role, task: workflow.OpenTask) -> Owner:
        kind, _, rest = role.resolver.partition(":")
        if kind == "case.host":
            return Owner(role.code, org_id=self._case.host_id)
        if kind == "case.recommender":
            return Owner(role.code, org_id=self._case.recommender_id)
        if kind == "case.county":
            return Owner(role.code, org_id=self._case.county_id)
        if kind == "org":
            return Owner(role.code, org_id=rest)
        if kind == "key.org":
            return Owner(role.code, org_id=task.key)
        if kind == "key.person":
            return Owner(role.code, person_id=task.key)
        if kind == "expression":
            found = str(self._evaluate(rest, task))
            person = found.removeprefix("person:")
            return Owner(role.code, person_id=person) if person != found else Owner(role.code, org_id=found)
        raise Misconfigured(f"角色“{role.name}”的归属规则“{role.resolver}”无法识别。")

    def _due_on(self, task: workflow.OpenTask) -> date | None:
        """The business date that the property `due` gives; a limit that cannot be worked out is a fault, not a lost task."""
        source = task.properties.get("due")
        if not source:
            return None
        try:
            return as_date(self._evaluate(source, task))
        except Exception as error:
            self._fault = self._fault or Fault(task.element, f"办理时限“{source}”无法计算", str(error))
            return None

    def _evaluate(self, source: str, task: workflow.OpenTask) -> Any:
        return self._workflow.evaluate(task.id, source)


def form_name(task: workflow.OpenTask) -> str:
    """`shared/application` when the task names a file, else `<process>/<task id>`."""
    named = task.properties.get("formJsonSchemaFilename", "")
    return named.removeprefix("forms/").removesuffix(".schema.json") if named else f"{task.process}/{task.element}"
