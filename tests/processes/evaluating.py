"""What stories of evaluations share: a province with designated bases, a round about them, and each step of both.

A thin layer over `Story`; reports of earlier years stand in the register as imported summaries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from tests.processes.story import SYSTEM, Story, host_of
from webapp import clock
from webapp.demo import evaluation_sheets as sheets
from webapp.engine import sheets as engine_sheets
from webapp.engine.running import runtime_of
from webapp.store import batches, cases, inbox, organisations, proceedings, register

ROOT = Path(__file__).parents[2]
HOSTS = ("host-jhsf", "host-ywsl", "host-ygzn", "host-txsw")
CATEGORIES = ("joint_rd", "open_service", "special_dev", "joint_rd")
QUALITY = ((0.85, 200, 600), (0.6, 5, 120), (0.0, 0, 0))
"""From this share of the experts' points on: every figure, and the matching support in 万元."""


STUB = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="d" targetNamespace="urn:guohe">
 <bpmn:collaboration id="c"><bpmn:participant id="p" processRef="PROCESS" /></bpmn:collaboration>
 <bpmn:process id="PROCESS" name="PROCESS" isExecutable="true">
 <bpmn:laneSet id="l"><bpmn:lane id="o" name="省科技厅经办"><bpmn:flowNodeRef>s</bpmn:flowNodeRef>
 <bpmn:flowNodeRef>t</bpmn:flowNodeRef><bpmn:flowNodeRef>e</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>
 <bpmn:startEvent id="s"><bpmn:extensionElements><spiffworkflow:properties>
 <spiffworkflow:property name="about" value="base" /></spiffworkflow:properties></bpmn:extensionElements>
 <bpmn:outgoing>f</bpmn:outgoing></bpmn:startEvent>
 <bpmn:userTask id="t" name="办理"><bpmn:extensionElements><spiffworkflow:properties>
 <spiffworkflow:property name="formJsonSchemaFilename" value="shared/opinion.schema.json" />
 </spiffworkflow:properties></bpmn:extensionElements><bpmn:incoming>f</bpmn:incoming><bpmn:outgoing>g</bpmn:outgoing></bpmn:userTask>
 <bpmn:endEvent id="e"><bpmn:incoming>g</bpmn:incoming></bpmn:endEvent>
 <bpmn:sequenceFlow id="f" sourceRef="s" targetRef="t" /><bpmn:sequenceFlow id="g" sourceRef="t" targetRef="e" />
 </bpmn:process></bpmn:definitions>"""


class Evaluating:
    """A round of evaluations in a story; `bases` by host, `evaluations` by host once the round has begun."""

    def __init__(self, story: Story, hosts: Sequence[str] = HOSTS, *, reports: bool = True) -> None:
        """Bases of these hosts designated on 1 June 2022, with reports of 2023 to 2025 on record unless not `reports`."""
        self.story = story
        self.round_id = ""
        self._closes_the_others()
        stubs = {
            n: STUB.replace("PROCESS", n)
            for n in ("reward", "revocation")
            if not (ROOT / "bpmn" / f"{n}.bpmn").exists()
        }
        if stubs:
            story.releases(**{f"{name}__bpmn": text for name, text in stubs.items()})
        self.bases = {host: self.designates(host) for host in hosts}
        if reports:
            for host in hosts:
                for year in (2022, 2023, 2024, 2025):
                    self.reports(host, year)

    # ---- the province before the round

    def _closes_the_others(self) -> None:
        """The bases that the demonstration province has are none any more: what is counted is the story's own."""
        with self.story.database.writing(SYSTEM) as tx:
            for base in register.bases(tx, status="active"):
                register.change(tx, base.id, clock.today(), status="exited")

    def designates(self, host: str, on: date = date(2022, 6, 1), **fields: Any) -> str:
        """The host has a base since that day."""
        known = host_of(host)
        number = len(self.story.bases()) + 1
        category = CATEGORIES[HOSTS.index(host) % len(CATEGORIES)] if host in HOSTS else "joint_rd"
        with self.story.database.writing(SYSTEM) as tx:
            values = {
                "code": f"ZJGH-{on.year}-T{number:03d}",
                "name": f"{known.name}国际科技合作基地",
                "category": category,
                "host_id": host,
                "leader": "周知远",
                "city": known.city,
                "recommender_id": self._recommender(tx, host),
                "field_code": "new_materials",
                "regions": ["DEU"],
                "designated_on": on,
                "doc_no": "浙科发外〔2022〕9号",
                "origin": "designation",
                **fields,
            }
            return register.add_base(tx, **values).id

    def reports(self, host: str, year: int, **fields: Any) -> None:
        """The annual report of that year is on record, handed in on time unless said otherwise."""
        facts = {
            "base_id": self.bases[host],
            "process": "annual_report",
            "period": str(year),
            "status": "archived",
            "submitted_on": date(year + 1, 1, 20),
            "ended_on": date(year + 1, 2, 20),
            "grade": "a",
            **fields,
        }
        with self.story.database.writing(SYSTEM) as tx:
            proceedings.record(tx, f"report-{self.bases[host]}-{year}", **facts)

    def records(self, host: str, key: str, **facts: Any) -> None:
        """Any other summary on record."""
        with self.story.database.writing(SYSTEM) as tx:
            proceedings.record(tx, f"{key}-{self.bases[host]}", base_id=self.bases[host], **facts)

    # ---- the round

    def begins(self, **changes: Any) -> str:
        """The round is published and every base in scope has its evaluation."""
        round_id = self.plans(**changes)
        self.publishes(round_id)
        return round_id

    def plans(self, **changes: Any) -> str:
        self.round_id = self.story.starts("evaluation_round", "p-officer", title="绩效评价")
        self.story.does(self.round_id, "set_up", "submit", sheets.set_up(clock.today(), **changes))
        return self.round_id

    def publishes(self, round_id: str = "") -> None:
        self.story.does(round_id or self.round_id, "approve_notice", "approve", sheets.approve_notice(clock.today()))

    @property
    def evaluations(self) -> dict[str, str]:
        """Host → case of its evaluation in this round."""
        with self.story.database.reading(SYSTEM) as tx:
            rows = cases.of_round(tx, self.round_id, process="evaluation")
            return {str(row.host_id): row.id for row in rows}

    def batch_id(self) -> str:
        """The batch that started this round's evaluations."""
        with self.story.database.reading(SYSTEM) as tx:
            return next(row.id for row in batches.recent(tx) if row.from_case == self.round_id)

    def skipped(self) -> dict[str, str]:
        """Host → why its base has no evaluation in this round."""
        hosts = {base: host for host, base in self.bases.items()}
        with self.story.database.reading(SYSTEM) as tx:
            rows = batches.items(tx, self.batch_id(), status="skipped")
            return {hosts.get(str(row.base_id), str(row.base_id)): row.note for row in rows}

    # ---- one base

    def prior(self, case_id: str, element: str = "self_assess") -> Mapping[str, Any]:
        """What the open form is opened with."""
        task = self.story.task(case_id, element)
        with self.story.database.reading(SYSTEM) as tx:
            runtime = runtime_of(tx, cases.get(tx, case_id), SYSTEM)
            return engine_sheets.prior(runtime, inbox.get(tx, task.id))

    def assesses(self, case_id: str, **changes: Any) -> None:
        """The host has filled and sealed its self-assessment."""
        self.fills(case_id, **changes)
        self.story.does(case_id, "host_approve", "approve", sheets.host_approve(clock.today(), self.story.file_id))

    def fills(self, case_id: str, **changes: Any) -> None:
        content = sheets.self_assessment(clock.today(), self.prior(case_id), self.story.file_id, **changes)
        self.story.does(case_id, "self_assess", "submit", content)

    def opines(self, case_id: str, *, funds: int = 300) -> None:
        self.story.does(
            case_id, "recommender_opinion", "confirm", sheets.recommender_opinion(clock.today(), funds=funds)
        )

    def scores(self, case_id: str, share: float) -> None:
        """All experts give that share, and their lead sums up."""
        asked = self.story.variables(case_id)["indicators"]
        for person in self.story.panel(case_id):
            self.story.does(case_id, "score", "submit", sheets.score(asked, share), key=person)
        self.story.does(case_id, "summarise", "confirm", sheets.summary())

    def suggests(self, case_id: str, **changes: Any) -> None:
        level = self.story.variables(case_id)["result"]["level"]
        self.story.does(case_id, "suggest_grade", "submit", sheets.suggest_grade(level, **changes))

    def reviews(self, case_id: str, share: float = 0.9) -> None:
        """From the self-assessment to the round: material, opinion, experts and suggestion, all of that quality."""
        figure, funds = next(pair for least, *pair in QUALITY if share >= least)
        self.assesses(case_id, figure=figure, funds=funds)
        self.opines(case_id, funds=funds)
        self.scores(case_id, share)
        self.suggests(case_id)

    # ---- the decision

    def matrix(self) -> list[dict[str, Any]]:
        return list(self.story.variables(self.round_id)["matrix"]["rows"])

    def deliberates(self, otherwise: Mapping[str, str] | None = None) -> None:
        """Deliberated, cosigned, approved by the head."""
        self.story.does(
            self.round_id, "deliberate", "submit", sheets.deliberate(clock.today(), self.matrix(), otherwise)
        )
        self.cosigns()
        self.story.does(self.round_id, "head_review", "approve", sheets.head_review())

    def cosigns(self, outcome: str = "agree", opinion: str = "") -> None:
        for task in [task for task in self.story.open(self.round_id) if task.element == "cosign"]:
            self.story.does(self.round_id, "cosign", outcome, sheets.cosign(), opinion, key=task.key)

    def decides(self, otherwise: Mapping[str, str] | None = None) -> None:
        rows = self.prior(self.round_id, "decide")["rows"]
        self.story.does(self.round_id, "decide", "decide", sheets.decide(clock.today(), rows, otherwise))

    def issues(self, doc_no: str = "浙科发外〔2026〕41号") -> None:
        self.story.does(self.round_id, "register_document", "issue", sheets.register_document(clock.today(), doc_no))

    def grades(self, shares: Mapping[str, float], doc_no: str = "浙科发外〔2026〕41号") -> None:
        """Every evaluation is reviewed with that share (by host), and the round decides as the table suggests."""
        for host, share in shares.items():
            self.reviews(self.evaluations[host], share)
        self.deliberates()
        self.decides()
        self.issues(doc_no)

    def started(self, process: str) -> list[str]:
        """Ids of the cases of that process that the story has, in order."""
        found = [case for base in self.bases.values() for case in self.story.cases_of(base)]
        return [case.id for case in found if case.process == process]

    def _recommender(self, tx: Any, host: str) -> str | None:
        return organisations.recommender_of(tx, host, clock.today())
