"""One user task completed, as the engine does it: how many statements, and which (settled 29)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from tests import factories
from webapp import clock
from webapp.store import (
    cases,
    commands,
    drafts,
    flows,
    inbox,
    journal,
    notices,
    parameters,
    submissions,
    timers,
    visits,
    workdays,
)
from webapp.store.db import Database, Tx

Writing = Callable[[], AbstractContextManager[Tx]]
MOST = 12


def _complete(tx: Tx, task_id: str, number: int) -> str:
    task, case = inbox.lock(tx, task_id)
    parameters.at(tx, case.parameters_on)
    workdays.calendar(tx)
    inbox.close(tx, task.id, outcome="submit", done_by="p", workdays=2)
    submissions.add(
        tx, case_id=case.id, task_id=task.id, process="designation", element="fill", by="p", content={"a": 1}
    )
    drafts.delete(tx, task.id, "p")
    moment = clock.now() + timedelta(days=3)
    now, before = ({"id": f"{case.id}:{n}", "case_id": case.id, "due_at": moment} for n in (number, number - 1))
    timers.put(tx, [{**now, "element": "late"}], [before] if number else [])
    opened = factories.add_task(tx, case)
    notices.add(tx, role="host", org_id=case.host_id, text="请审核", task_id=opened)
    seqs = range(case.steps + 1, case.steps + 6)
    visits.add_many(tx, case.id, [{"seq": seq, "process": "designation", "element": f"e{seq}"} for seq in seqs])
    flows.add_many(tx, case.id, [("designation", f"f{n}") for n in range(5)])
    for action in ("submit", "advance"):
        journal.append(tx, case.id, journal.Entry(action, "p", before="x", after="y"), case=case)
    cases.put(tx, case, state="{}" * 100, steps=case.steps + 5)
    commands.record(tx, f"command-{number}", verb="submit", actor="p", answer={"task": opened}, case_id=case.id)
    return opened


@pytest.fixture
def task(writing: Writing) -> str:
    with writing() as tx:
        factories.add_host(tx, id="one")
        factories.add_person(tx, id="p")
        return factories.add_task(tx, factories.add_case(tx, host_id="one"))


def test_a_completion_stays_within_its_statements(database: Database, writing: Writing, task: str) -> None:
    """≤ 14, constant in the length of the history; reference data costs nothing after the first time."""
    counts = []
    for number in range(12):
        with writing() as tx:
            drafts.put(tx, task, "p", {"a": 1})
        with writing() as tx:
            task = _complete(tx, task, number)
        counts.append(tx.sql_count)
    assert counts[0] <= MOST + 2, tx.statements
    assert set(counts[1:]) == {MOST}, tx.statements
    assert tx.statements == [
        "inbox.lock",
        "inbox.close",
        "drafts.delete",
        "timers.put",
        *tx.statements[4:],
    ]
    with writing() as tx:
        case = cases.get(tx, inbox.get(tx, task).case_id)
        assert (case.steps, case.journal_seq) == (60, 24)
        assert flows.of_case(tx, case.id)["designation"]["f1"] == 12
        assert [visit.seq for visit in visits.of_case(tx, case.id)] == list(range(1, 61))
        assert len(timers.waiting_of_case(tx, case.id)) == 1
        assert journal.verify(tx) == []
        assert submissions.last_by(tx, case.id, ["fill"]) == "p"
        assert submissions.latest(tx, case.id)["fill"].content == {"a": 1}
