"""What is measured on: a province of its own on SQLite in a folder that is gone afterwards, walked by real commands."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path
from time import thread_time
from typing import Any
from unittest import mock

from webapp import clock
from webapp.config import Settings
from webapp.demo import contents, population, sheets, world
from webapp.demo.walk import SYSTEM, Walk
from webapp.engine import commands
from webapp.installation import Installation
from webapp.store import files
from webapp.store.principal import Principal

BEGIN = date(2026, 3, 2)
OPEN = date(2026, 3, 10)
"""A day on which the round's window is open."""
OUTCOMES = {
    "fill": "submit",
    "host_approve": "approve",
    "recommender_review": "recommend",
    "recommend": "recommend",
    "formal_check": "accept",
}
STEPS = tuple(OUTCOMES)
"""The people's steps of an application, from its draft to its experts."""
EXPLAINED = [{"rule_id": "C13", "text": "本单位各方向团队、平台与合作方相互独立，分别建设。"}]
"""A host applies more than once here, which it has to explain."""
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
MODELS = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Handed:
    """One task as it is handed in."""

    task_id: str
    actor: Principal
    content: Mapping[str, Any]
    outcome: str
    command_id: str


@dataclass(frozen=True)
class Done:
    """What handing in took: statements by name, and how many commits."""

    statements: Sequence[str]
    commits: int


class Ground:
    """An installation with an open round; jobs are enqueued as in service, nobody runs them but the walk."""

    def __init__(self, folder: Path, models: Path = MODELS) -> None:
        url = f"sqlite:///{folder / 'bench.db'}"
        self.installation = Installation(
            Settings(database=url, files=folder / "files", models=models, secret="bench", anchors=folder / "anchors")  # noqa: S106  # thrown away
        )
        self.installation.upgrade()
        self.database = self.installation.database
        self.walk = Walk(self.installation)
        self.walk.at(datetime.combine(BEGIN, time(9), clock.CHINA))
        with self.database.writing(SYSTEM) as tx:
            population.populate(tx)
            stored = files.Folder(folder / "files").put(BytesIO(PDF), limit=1 << 20)
            self.file_id = files.add(tx, stored, name="佐证材料.pdf", by="p-officer", status="clean")
        self._numbers: dict[str, int] = {}
        self._number = 0

    def round(self) -> str:
        """A round whose window is open today."""
        round_id = self.walk.starts("designation_round", "p-officer", title="2026年度国合基地认定")
        self.walk.does(round_id, "set_up", "submit", sheets.set_up(clock.today()))
        self.walk.does(round_id, "approve_notice", "approve", sheets.approve_notice(clock.today()))
        self.walk.at(datetime.combine(OPEN, time(9), clock.CHINA))
        return round_id

    def application(self, round_id: str) -> tuple[str, dict[str, Any]]:
        """A new draft by the next host, and the content to fill it with."""
        hosts = [host for host in world.HOSTS if host.kind in ("university", "research_institute")]
        host = hosts[self._number % len(hosts)]
        self._number += 1
        case_id = self.walk.starts("designation", f"p-{host.id}", host_id=host.id, round_id=round_id)
        self._numbers[case_id] = self._number
        topic = f"前沿方向{self._number}"
        content = contents.application(host, "joint_rd", topic, self._number, self.file_id, clock.today())
        return case_id, content | {"explanations": [*content.get("explanations", []), *EXPLAINED]}

    def sheet(self, case_id: str, element: str, content: Mapping[str, Any]) -> Handed:
        """What the owner of the open task will hand in; his draft of it is kept, as the page does while he types."""
        task = self.walk.task(case_id, element)
        actor = self.walk.person(self.walk.owner(task))
        answer = self._answers(case_id, content)[element]()
        with self.database.writing(SYSTEM) as tx:
            commands.save_draft(tx, actor, task.id, {**answer, "_outcome": OUTCOMES[element]})
        return Handed(task.id, actor, answer, OUTCOMES[element], f"{task.id}-done")

    def hand_in(self, sheet: Handed) -> Done:
        """The task is done, in one transaction."""
        dialect, commits = self.database.engine.dialect, 0
        commit = dialect.do_commit

        def counted(connection: Any) -> None:
            nonlocal commits
            commits += 1
            commit(connection)

        with mock.patch.object(dialect, "do_commit", counted):
            statements = self.submit(sheet)
        return Done(statements, commits)

    def submit(self, sheet: Handed) -> Sequence[str]:
        """The task is done; by which statements."""
        with self.database.writing(SYSTEM) as tx:
            commands.submit(tx, sheet.actor, sheet.task_id, sheet.content, sheet.outcome, command_id=sheet.command_id)
        return tx.statements

    def _answers(self, case_id: str, content: Mapping[str, Any]) -> dict[str, Callable[[], Mapping[str, Any]]]:
        today = clock.today()

        def findings() -> list[dict[str, Any]]:
            return list((self.walk.variable(case_id, "eligibility") or {}).get("open", []))

        return {
            "fill": lambda: content,
            "host_approve": lambda: sheets.host_approve(today, self.file_id),
            "recommender_review": lambda: sheets.opinion(today, findings()),
            "recommend": lambda: sheets.recommend(today, self.file_id, self._numbers[case_id]),
            "formal_check": lambda: sheets.formal_check(findings()),
        }


@contextmanager
def folder() -> Iterator[Path]:
    """A place on disk for the time of a measurement; the clock runs again afterwards."""
    made = Path(tempfile.mkdtemp(prefix="guohe-bench-"))
    try:
        yield made
    finally:
        clock.stand_at(None)
        shutil.rmtree(made, ignore_errors=True)


def cpu_ms(act: Callable[[], object]) -> float:
    """CPU of this thread that the act took, in ms."""
    before = thread_time()
    act()
    return (thread_time() - before) * 1e3


def percentile(values: list[float], share: float) -> float:
    """The value below which that share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
