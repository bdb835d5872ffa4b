"""A story: a whole case told step by step, through the real commands, store, diagrams and rules.

Every step is a transaction of its own, so the case is saved and loaded again between any two of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from inspect import signature
from io import BytesIO
from itertools import count
from typing import Any

from sqlalchemy import delete

from handlers import deadlines
from webapp import clock
from webapp.demo import contents, population, sheets, world
from webapp.engine import commands, forms, shipped
from webapp.engine.running import Answer, runtime_of
from webapp.errors import Invalid
from webapp.installation import Installation
from webapp.store import (
    applications,
    assignments,
    batches,
    cases,
    codes,
    documents,
    files,
    inbox,
    incidents,
    journal,
    marks,
    notices,
    organisations,
    outbox,
    parameters,
    people,
    proceedings,
    register,
    releases,
    rounds,
    submissions,
    timers,
)
from webapp.store.db import Tx
from webapp.store.principal import Principal
from webapp.store.tables import (
    Affiliation,
    Application,
    Base,
    Case,
    Document,
    Incident,
    Journal,
    Notice,
    Round,
    Task,
    Timer,
)

SYSTEM = Principal.system_("command")
DEFAULT_PEOPLE = {
    "province_officer": "p-officer",
    "division_head": "p-head",
    "dept_leader": "p-leader",
}


class Story:
    """The demonstration province, a clock that stands where the story puts it, and nobody but its people."""

    def __init__(self, installation: Installation, file_id: str = "", told: int = 0) -> None:
        """`file_id` names the attachment of a province that stands already; `told` counts the commands given before."""
        self.installation = installation
        self.database = installation.database
        self._commands = count(told + 1)
        self.file_id = file_id or self._founded()
        self.round_id = ""
        self.applications: dict[str, str] = {}
        """Host → case of the application that the usual beginning made."""

    def _founded(self) -> str:
        with self.database.writing(SYSTEM) as tx:
            population.populate(tx)
            stored = files.Folder(self.installation.settings.files).put(_pdf(), limit=1 << 20)
            return files.add(tx, stored, name="佐证材料.pdf", by="p-host-xxlg", status="clean")

    # ---- time ----

    def today(self, day: str, at: str = "09:00") -> None:
        """The clock stands at that moment in Zhejiang; what was due until then fires, in order of its due time."""
        self.passes(datetime.fromisoformat(f"{day}T{at}").replace(tzinfo=clock.CHINA))

    def passes(self, moment: datetime) -> None:
        while True:
            with self.database.reading(SYSTEM) as tx:
                due = [row.due_at for row in _armed(tx, moment)]
                due += [row.next_at for row in incidents.due(tx, moment) if row.next_at]
            if not due:
                break
            clock.stand_at(max(min(due), clock.now()))
            self.works()
        clock.stand_at(moment)
        self.works()

    def days_pass(self, days: int) -> None:
        self.passes(clock.now() + timedelta(days=days))

    def minutes_pass(self, minutes: int) -> None:
        self.passes(clock.now() + timedelta(minutes=minutes))

    def stops(self, moment: str) -> None:
        """The server is down until then: nothing that falls due meanwhile is done."""
        clock.stand_at(datetime.fromisoformat(moment).replace(tzinfo=clock.CHINA))

    def works(self) -> None:
        """The worker has done everything that is due and delivered everything that was sent."""
        for _ in range(300):
            work = self._work()
            if not work:
                return
            for kind, ref in work:
                self.installation.runners[kind](ref)
        raise AssertionError(f"the worker never comes to rest: {work}")

    def _work(self) -> list[tuple[str, str]]:
        now = clock.now()
        with self.database.reading(SYSTEM) as tx:
            work = [("wake", f"{row.id}:{row.generation}") for row in _armed(tx, now)]
            work += [("batch", row.id) for row in batches.running(tx, now + timedelta(seconds=1))]
            work += [("deliver", row.id) for row in outbox.pending(tx, now + timedelta(seconds=1))]
            return work + [("retry", f"{row.id}:{row.attempts}") for row in incidents.due(tx, now)]

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
        try:
            with self.database.writing(SYSTEM) as tx:
                answer = commands.submit(tx, actor, task.id, content or {}, outcome, opinion, command_id=self._id())
        except Invalid as error:
            error.add_note(str(error.fields))
            raise
        self.works()
        return answer

    def does_all(self, element: str, outcome: str, contents: Mapping[str, Mapping[str, Any]], *, person: str) -> Answer:
        """One act over the element's task of each case: `contents` by case id."""
        given = {self.task(case_id, element).id: content for case_id, content in contents.items()}
        with self.database.writing(SYSTEM) as tx:
            answer = commands.submit_all(tx, self.person(person), given, outcome, command_id=self._id())
        self.works()
        return answer

    def commands(self, verb: str, person: str, *args: Any, **more: Any) -> Any:
        """Any other command by its name: `story.commands("claim", "p-head", task_id)`."""
        command = getattr(commands, verb)
        if "command_id" in signature(command).parameters:
            more = {"command_id": self._id(), **more}
        with self.database.writing(SYSTEM) as tx:
            answer = command(tx, self.person(person), *args, **more)
        self.works()
        return answer

    def sends(self, case_id: str, message: str, person: str, content: Mapping[str, Any] | None = None) -> Answer:
        with self.database.writing(SYSTEM) as tx:
            answer = commands.send(tx, self.person(person), case_id, message, content or {}, command_id=self._id())
        self.works()
        return answer

    def delivers(self, case_id: str, message: str, payload: Mapping[str, Any]) -> None:
        """Another part of the system tells the case something."""
        with self.database.writing(SYSTEM) as tx:
            outbox.add(
                tx, key=f"{case_id}:{message}:{self._id()}", message=message, to_case=case_id, payload=dict(payload)
            )
        self.works()

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
        assert found, (
            f"{element} is not open; open are {self.elements(case_id)}; case is {self.case(case_id).status} "
            + (self.trouble(case_id))
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

    def base(self, base_id: str) -> Base:
        with self.database.reading(SYSTEM) as tx:
            return register.base(tx, base_id)

    def proceeding(self, case_id: str) -> Mapping[str, Any]:
        """The summary of a case about a base."""
        with self.database.reading(SYSTEM) as tx:
            return proceedings.facts(tx, case_id)

    def marks(self, base_id: str) -> dict[str, str]:
        """The standing marks of the base: kind → period."""
        with self.database.reading(SYSTEM) as tx:
            return {row.kind: row.period for row in marks.of_base(tx, base_id)}

    def cases_of(self, base_id: str, *, open_only: bool = False) -> list[Case]:
        """The cases about the base, oldest first."""
        with self.database.reading(SYSTEM) as tx:
            return list(reversed(cases.of_base(tx, base_id, open_only=open_only)))

    def documents(self, case_id: str) -> list[Document]:
        with self.database.reading(SYSTEM) as tx:
            return list(documents.of_case(tx, case_id))

    def notices(self, person: str) -> list[Notice]:
        actor = self.person(person)
        with self.database.reading(SYSTEM) as tx:
            return list(notices.of_principal(tx, actor, limit=100).rows)

    def seen(self, case_id: str, element: str, *, key: str | None = None) -> Mapping[str, Any]:
        """The variables that the open task sees: also those of a called process that still runs."""
        task = self.task(case_id, element, key=key)
        with self.database.reading(SYSTEM) as tx:
            return runtime_of(tx, cases.get(tx, case_id), SYSTEM).open_task(task.id).data

    def variables(self, case_id: str) -> Mapping[str, Any]:
        with self.database.reading(SYSTEM) as tx:
            return commands.variables(tx, cases.get(tx, case_id))

    def submitted_content(self, case_id: str, form: str = "shared/application") -> Mapping[str, Any]:
        """The newest content of the form."""
        with self.database.reading(SYSTEM) as tx:
            return next(row.content for row in reversed(submissions.of_case(tx, case_id)) if row.form == form)

    def findings(self, case_id: str) -> dict[str, str]:
        """What is open in the last check of the application: rule → status."""
        return {row["rule_id"]: row["status"] for row in self.variables(case_id)["eligibility"]["open"]}

    def timers(self, case_id: str, kind: str = "token") -> dict[str, datetime]:
        """What the case waits for: element → moment in Zhejiang."""
        with self.database.reading(SYSTEM) as tx:
            return {row.element: clock.local(row.due_at) for row in timers.of_case(tx, case_id) if row.kind == kind}

    def reminders(self, case_id: str) -> list[Timer]:
        with self.database.reading(SYSTEM) as tx:
            return [row for row in timers.of_case(tx, case_id) if row.kind == "reminder"]

    def assignments(self, case_id: str) -> list[Any]:
        with self.database.reading(SYSTEM) as tx:
            return list(assignments.of_application(tx, case_id))

    def journal(self, case_id: str) -> list[Journal]:
        with self.database.reading(SYSTEM) as tx:
            return list(journal.of_case(tx, case_id))

    def incidents(self, case_id: str) -> list[Incident]:
        with self.database.reading(SYSTEM) as tx:
            return list(incidents.of_case(tx, case_id))

    def told(self, person: str, text: str) -> bool:
        """Whether a notice of the person says so."""
        return any(text in notice.text for notice in self.notices(person))

    def panel(self, case_id: str) -> list[str]:
        """Who is still to score, in order of arrival."""
        return [str(task.key) for task in self.open(case_id) if task.element == "score"]

    def journal_is_whole(self) -> bool:
        with self.database.reading(SYSTEM) as tx:
            return journal.verify(tx) == []

    # ---- what happens outside of the cases ----

    def bans(self, host: str, starts_on: date, doc_no: str = "浙科发外〔2026〕30号", **fields: Any) -> str:
        with self.database.writing(SYSTEM) as tx:
            ends_on = deadlines.ban_period(starts_on).ends_on
            facts = {"uscc": host_of(host).uscc, "host_id": host, "scope": "host", **fields}
            return register.add_ban(tx, starts_on=starts_on, ends_on=ends_on, doc_no=doc_no, **facts).id

    def affiliates(self, host: str, recommender: str | None) -> None:
        """Master data give the host this department from today, or none any more."""
        with self.database.writing(SYSTEM) as tx:
            tx.execute(delete(Affiliation).where(Affiliation.host_id == host))
            if recommender:
                organisations.affiliate(tx, host, recommender, clock.today())

    def sets(self, key: str, value: Any, valid_from: date) -> None:
        """An administrator changes a parameter from that day."""
        with self.database.writing(SYSTEM) as tx:
            parameters.put(tx, key, value, valid_from, source="测试")

    def issued_elsewhere(self, doc_no: str) -> None:
        """Another document has this number."""
        with self.database.writing(SYSTEM) as tx:
            facts = {"kind": "notice", "title": "其他通知", "issued_on": clock.today(), "content": {}}
            documents.add(tx, case_id=self.applications["host-jhsf"], doc_no=doc_no, **facts)

    def active_experts(self) -> list[str]:
        with self.database.reading(SYSTEM) as tx:
            return [person.id for person in people.experts(tx)]

    def works_at(self, person: str, org: str) -> bool:
        with self.database.reading(SYSTEM) as tx:
            return people.person(tx, person).expert_org == org

    def keeps_experts(self, number: int, *, at: str = "") -> None:
        """Only so many experts stay active, none of a host; and one more who now works at that host."""
        strangers = [expert.id for expert in world.EXPERTS if not expert.org.startswith("host-")]
        with self.database.writing(SYSTEM) as tx:
            for place, expert in enumerate([*strangers, *(e.id for e in world.EXPERTS if e.id not in strangers)]):
                people.put(tx, people.person(tx, expert), active=place < number or (bool(at) and place == 39))
            if at:
                people.put(tx, people.person(tx, expert), expert_org=at)

    def releases(self, **changed: str) -> str:
        """A release in force from today: the shipped files but for these (`designation__bpmn` → designation.bpmn)."""
        with self.database.writing(SYSTEM) as tx:
            texts = shipped.files(self.installation.settings.models)
            texts |= {name.replace("__", "."): text for name, text in changed.items()}
            return releases.add(tx, texts, effective_from=clock.today(), note="修改", made_by="p-analyst").id

    # ---- the usual beginning ----

    def opened_round(self, **changes: Any) -> str:
        """A round whose window is open: set up on 2 March 2026, published, open from 9 March to 10 April."""
        self.today("2026-03-02")
        self.round_id = self.starts("designation_round", "p-officer", title="2026年度国合基地认定")
        self.does(self.round_id, "set_up", "submit", sheets.set_up(clock.today(), **changes))
        self.does(self.round_id, "approve_notice", "approve", sheets.approve_notice(clock.today()))
        self.today("2026-03-09")
        return self.round_id

    def content(
        self,
        host: str = "host-jhsf",
        category: str = "joint_rd",
        topic: str = "柔性传感",
        number: int = 1,
        **changes: Any,
    ) -> dict[str, Any]:
        """A complete application as of the story's today."""
        return {**contents.application(host_of(host), category, topic, number, self.file_id, clock.today()), **changes}

    def drafts(self, host: str = "host-jhsf", round_id: str = "") -> str:
        """An application stands in draft."""
        case_id = self.starts("designation", f"p-{host}", host_id=host, round_id=round_id or self.round_id)
        self.applications[host] = case_id
        return case_id

    def submits(
        self,
        host: str = "host-jhsf",
        category: str = "joint_rd",
        topic: str = "柔性传感",
        number: int = 1,
        **changes: Any,
    ) -> str:
        """An application is with its recommender: filled and approved by the host's administrator."""
        case_id = self.drafts(host)
        self.does(case_id, "fill", "submit", self.content(host, category, topic, number, **changes))
        self.approves(case_id)
        return case_id

    def approves(self, case_id: str) -> None:
        """The host's administrator approves and seals."""
        self.does(case_id, "host_approve", "approve", sheets.host_approve(clock.today(), self.file_id))

    def opinion(self, case_id: str) -> dict[str, Any]:
        """The recommender's first opinion, every item that needs a person's judgement confirmed."""
        return sheets.opinion(clock.today(), self.variables(case_id)["eligibility"]["open"])

    def opines(self, case_id: str) -> None:
        self.does(case_id, "recommender_review", "recommend", self.opinion(case_id))

    def recommends(self, case_id: str, rank: int = 1) -> None:
        """The application is with the Province: first opinion, then the head's recommendation."""
        self.opines(case_id)
        self.does(case_id, "recommend", "recommend", sheets.recommend(clock.today(), self.file_id, rank))

    def formal_check(self, case_id: str, **changes: Any) -> dict[str, Any]:
        return sheets.formal_check(self.variables(case_id)["eligibility"]["open"], **changes)

    def accepts(self, case_id: str) -> None:
        """The Province has accepted; the experts are drawn."""
        self.does(case_id, "formal_check", "accept", self.formal_check(case_id))

    def score(self, case_id: str, points: float) -> dict[str, Any]:
        """A sheet of about that many points of 100."""
        with self.database.reading(SYSTEM) as tx:
            category = self.application(case_id).category
            rows = [{**row.facts(), "max": row.maximum} for row in codes.indicators(tx, f"application_{category}")]
        return sheets.score(rows, points / 100)

    def scores(self, case_id: str, *points: float) -> None:
        """The experts who are still to score do so, in order of arrival."""
        for person, value in zip(self.panel(case_id), points, strict=True):
            self.does(case_id, "score", "submit", self.score(case_id, value), key=person)

    def reviews(self, case_id: str, *points: float) -> None:
        """The experts have scored and their lead has summed up: the application is ready."""
        self.scores(case_id, *(points or (80, 82, 84, 86, 88)))
        self.does(case_id, "summarise", "confirm", sheets.summary())

    def typed(self, name: str, field: str, text: str) -> Any:
        """What the page makes of a text typed into a field of the form."""
        with self.database.reading(SYSTEM) as tx:
            form = self.installation.catalog.form(tx, releases.current(tx, clock.today()).id, name)
        return forms.parse(form, [(field, text)], {})[field]

    def matrix(self) -> list[dict[str, Any]]:
        return list(self.variables(self.round_id)["matrix"]["rows"])

    def deliberates(self, **changes: Any) -> None:
        self.does(self.round_id, "deliberate", "submit", {**sheets.deliberate(clock.today(), self.matrix()), **changes})

    def cosigns(self, outcome: str = "agree", opinion: str = "") -> None:
        """All divisions that are asked cosign alike."""
        for task in [task for task in self.open(self.round_id) if task.element == "cosign"]:
            self.does(self.round_id, "cosign", outcome, sheets.cosign(), opinion, key=task.key)

    def heads_approve(self) -> None:
        self.does(self.round_id, "head_review", "approve", sheets.head_review())

    def decides(self, otherwise: dict[str, str] | None = None) -> None:
        """Approve all but those that `otherwise` names: case → defer, refuse."""
        self.does(self.round_id, "decide", "decide", sheets.decide(clock.today(), self.matrix(), otherwise))

    def issues(self, **changes: Any) -> None:
        self.does(self.round_id, "register_document", "issue", {**sheets.register_document(clock.today()), **changes})

    def _id(self) -> str:
        return f"story-{next(self._commands)}"


def host_of(host_id: str) -> world.Host:
    return next(host for host in world.HOSTS if host.id == host_id)


def expert_of(person: str) -> world.Expert:
    return next(expert for expert in world.EXPERTS if expert.id == person)


def _armed(tx: Tx, until: datetime) -> list[Timer]:
    """Timers due by then, but for those of suspended and parked cases, which wait."""
    return [row for row in timers.due(tx, until, 1000) if cases.get(tx, row.case_id).status == "open"]


def _pdf() -> Any:
    return BytesIO(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
