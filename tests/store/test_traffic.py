"""What moves between cases and people: timers, messages, incidents, notices, documents, drafts, assignments."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import pytest

from tests import factories
from webapp import clock
from webapp.errors import Missing, Stale
from webapp.store import (
    applications,
    assignments,
    cases,
    documents,
    drafts,
    incidents,
    models,
    notices,
    outbox,
    rounds,
    submissions,
    timers,
)
from webapp.store.db import Database, Tx
from webapp.store.principal import Principal

Writing = Callable[[], AbstractContextManager[Tx]]
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def case(writing: Writing) -> str:
    with writing() as tx:
        return factories.add_case(tx).id


def _timer(case: str, name: str, at: datetime = NOON, **fields: object) -> dict[str, object]:
    return {"id": name, "case_id": case, "element": name, "due_at": at, **fields}


# ------------------------------------------------------------------------------------------ timers


def test_a_timer_fires_once_and_never_early(writing: Writing, case: str) -> None:
    with writing() as tx:
        later = NOON + timedelta(seconds=1)
        assert timers.put(tx, [_timer(case, "a"), _timer(case, "b", later)]) == [("a", 1, NOON), ("b", 1, later)]
        assert timers.put(tx, []) == []
    with writing() as tx:
        assert timers.due(tx, NOON - timedelta(microseconds=1)) == []
        [row] = timers.due(tx, NOON)
        assert timers.next_at(tx) == NOON
        assert timers.fired(tx, row)
        assert not timers.fired(tx, row)
    with writing() as tx:
        assert timers.due(tx, NOON) == []
        assert [timer.id for timer in timers.due(tx, NOON + timedelta(days=400))] == ["b"]
        assert timers.late(tx, NOON + timedelta(minutes=1)) == 1
        assert timers.get(tx, "a").status == "fired"


def test_a_moved_timer_is_a_new_generation(writing: Writing, case: str) -> None:
    """A job of the old generation is a no-op."""
    later = NOON + timedelta(days=5)
    with writing() as tx:
        timers.put(tx, [_timer(case, "a")])
        assert timers.put(tx, [_timer(case, "a")]) == []
        assert timers.put(tx, [_timer(case, "a", later)]) == [("a", 2, later)]
        assert not timers.fire(tx, "a", 1)
        assert timers.reschedule(tx, "a", NOON, date(2027, 3, 1)) == 3
        assert timers.fire(tx, "a", 3)
        assert timers.reschedule(tx, "a", later) is None
        assert timers.put(tx, [_timer(case, "a")]) == [("a", 4, NOON)]


def test_cancelling_timers(writing: Writing, case: str) -> None:
    with writing() as tx:
        reminder = _timer(case, "r", kind="reminder", task_id="t")
        timers.put(tx, [*(_timer(case, name) for name in "abcd"), reminder])
        assert timers.cancel(tx, ["a"]) == 1
        assert timers.cancel_others(tx, case, ["b"]) == 2
        assert [timer.id for timer in timers.waiting_of_case(tx, case)] == ["b", "r"]
        assert timers.cancel_reminders(tx, ["t"]) == 1
        assert timers.cancel_of_cases(tx, [case]) == 1
        assert len(timers.of_case(tx, case, waiting_only=False)) == 5


# ------------------------------------------------------------------------------------------ messages


def test_a_message_is_sent_once_per_key(writing: Writing, case: str) -> None:
    with writing() as tx:
        sent = outbox.add(tx, key="k", message="decided", to_case="other", from_case=case, payload={"on": NOON.date()})
        assert outbox.add(tx, key="k", message="decided", to_case="other") is None
    with writing() as tx:
        row = outbox.get(tx, sent.id)
        assert (row.payload, row.status) == ({"on": "2027-03-01"}, "pending")
        assert [each.id for each in outbox.pending(tx, clock.now())] == [sent.id]
        assert outbox.late(tx, clock.now()) == 1
        outbox.tried(tx, sent.id, "对方忙")
        outbox.settle(tx, row, "delivered")
    with writing() as tx:
        assert outbox.pending(tx, clock.now()) == []
        assert outbox.get(tx, sent.id).attempts == 2
        assert len(outbox.of_case(tx, case)) == 1
        assert len(outbox.of_case(tx, "other")) == 1
        assert outbox.get(tx, "nothing") is None


def test_an_incident_counts_its_attempts(writing: Writing, case: str) -> None:
    with writing() as tx:
        assert incidents.attempts_of(tx, case, "accept") == 0
        first = incidents.park(tx, case_id=case, element="accept", message="x", next_at=NOON)
        assert incidents.park(tx, case_id=case, element="accept", message="y", next_at=None) == first
        other = incidents.park(tx, case_id=case, element="conclude", message="z", next_at=NOON)
    with writing() as tx:
        assert incidents.attempts_of(tx, case, "accept") == 2
        assert [row.id for row in incidents.due(tx, NOON)] == [other]
        assert [row.message for row in incidents.open_ones(tx)] == ["y", "z"]
        assert incidents.count_open(tx) == 2
        assert incidents.solve_of_case(tx, case, "p") == 2
        assert incidents.solve_of_case(tx, case) == 0
        assert incidents.get(tx, first).solved_by == "p"
        assert len(incidents.of_case(tx, case)) == 2
        assert incidents.park(tx, case_id=case, element="accept", message="x", next_at=NOON) != first
        with pytest.raises(Missing):
            incidents.get(tx, "nothing")


def test_notices_reach_their_addressee(database: Database, writing: Writing, case: str) -> None:
    with writing() as tx:
        factories.add_roles(tx)
        factories.add_host(tx, id="one")
        mine, other = (factories.principal(tx, role="host", org="one") for _ in range(2))
        notices.add(tx, person_id=mine.person_id, text="个人", case_id=case)
        shared = notices.add(tx, role="host", org_id="one", text="岗位", key="once")
        notices.add(tx, role="host", org_id="two", text="他人")
    with pytest.raises(Stale), writing() as tx:
        notices.add(tx, role="host", org_id="one", text="岗位", key="once")
    with database.reading(mine) as tx:
        first = notices.of_principal(tx, mine, limit=1)
        rest = notices.of_principal(tx, mine, limit=1, after=first.after)
        assert [row.text for row in [*first.rows, *rest.rows]] == ["岗位", "个人"]
        assert notices.unread(tx, mine) == 2
    with writing() as tx:
        notices.read(tx, mine, [shared])
        notices.channel(tx, shared, "mail", "sent")
    with database.reading(other) as tx:
        assert notices.unread(tx, other) == 0
        assert notices.of_principal(tx, mine, unread_only=True).rows == []
    with writing() as tx:
        notices.read(tx, mine)
        assert notices.unread(tx, mine) == 0
        assert [row.channels for row in notices.unsent(tx, clock.now() - timedelta(hours=1))][1] == {"mail": "sent"}


# ------------------------------------------------------------------------------------------ documents


def test_a_document_is_written_once_and_rendered_later(writing: Writing, case: str) -> None:
    with writing() as tx:
        row = documents.add(tx, case_id=case, kind="designation", title="认定通知", content={"a": 1}, key="c:1")
        assert documents.add(tx, kind="designation", title="认定通知", key="c:1").id == row.id
        assert [each.id for each in documents.rendering(tx, clock.now())] == [row.id]
        before = row.hash
        documents.put(tx, row.id, doc_no="浙科发外〔2027〕1号", issued_on=date(2027, 3, 1))
        assert row.hash == documents.hash_of(row) != before
        documents.failed(tx, row.id)
        documents.rendered(tx, row.id, docx_file="d", pdf_file="p")
        correction = documents.add(tx, kind="correction", title="更正", corrects_id=row.id, round_id="r")
    with writing() as tx:
        assert documents.get(tx, row.id).status == "ready"
        assert [each.id for each in documents.of_case(tx, case)] == [row.id]
        assert [each.id for each in documents.of_round(tx, "r", "correction")] == [correction.id]
        assert documents.by_doc_no(tx, "浙科发外〔2027〕1号").id == row.id
        assert [each.id for each in documents.search(tx, "通知", kind="designation").rows] == [row.id]
        page = documents.search(tx, limit=1)
        assert [each.id for each in documents.search(tx, limit=1, after=page.after).rows] == [row.id]
        with pytest.raises(Missing):
            documents.get(tx, "nothing")
    with pytest.raises(Stale), writing() as tx:
        documents.add(tx, kind="x", title="x", doc_no="浙科发外〔2027〕1号")


# ------------------------------------------------------------------------------------------ written by people


def test_a_draft_is_one_per_person_and_goes_with_the_task(writing: Writing) -> None:
    with writing() as tx:
        one, two = factories.add_person(tx).id, factories.add_person(tx).id
        drafts.put(tx, "t", one, {"a": 1})
        drafts.put(tx, "t", one, {"a": 2})
        drafts.put(tx, "t", two, {"a": 3})
        assert drafts.get(tx, "t", one).content == {"a": 2}
        drafts.delete(tx, "t", one)
        assert drafts.get(tx, "t", one) is None
        drafts.delete_of_task(tx, "t")
        assert drafts.get(tx, "t", two) is None


def test_submissions_say_which_was_last(writing: Writing, case: str) -> None:
    with writing() as tx:
        common = {"case_id": case, "process": "designation", "form_hash": "f"}
        first, digest = submissions.add(tx, task_id="1", element="fill", by="a", content={"x": 1}, **common)
        submissions.add(tx, task_id="2", element="fill", by="b", content={"x": 2}, **common)
        submissions.add(tx, task_id="3", element="correct", by="c", **common)
    with writing() as tx:
        assert digest == submissions.hash_of({"x": 1}, "", "", "f")
        assert submissions.get(tx, first).hash == digest
        assert [row.by for row in submissions.of_case(tx, case)] == ["a", "b", "c"]
        assert submissions.latest(tx, case)["fill"].content == {"x": 2}
        assert submissions.last_by(tx, case, ["fill"]) == "b"
        assert submissions.last_by(tx, case, ["nothing"]) is None
        assert submissions.of_task(tx, "1").id == first
        assert submissions.of_task(tx, "9") is None
        with pytest.raises(Missing):
            submissions.get(tx, "nothing")


def test_model_drafts(writing: Writing) -> None:
    with writing() as tx:
        author = factories.add_person(tx).id
        row = models.add(tx, name="exit.bpmn", content="<a/>", author=author)
        models.put(tx, row, status="submitted", content="<b/>")
    with writing() as tx:
        assert models.get(tx, row.id).content == "<b/>"
        assert [each.id for each in models.listed(tx, status="submitted", name="exit.bpmn")] == [row.id]
        assert models.listed(tx, status="draft") == []
        with pytest.raises(Missing):
            models.get(tx, "nothing")


# ------------------------------------------------------------------------------------------ rounds


def test_a_round_and_its_applications(writing: Writing) -> None:
    with writing() as tx:
        factories.add_roles(tx)
        factories.add_city(tx)
        factories.add_host(tx, id="one", recommender="city-330100")
        round_ = factories.add_round(tx)
        rounds.put(tx, round_.id, window_to=date(2027, 4, 1), quotas={"city-330100": 3})
        rows = [factories.add_application(tx, round=round_, host="one", recommender="city-330100") for _ in range(3)]
        bare = cases.add(tx, process="designation", number="x", title="x", round_id=round_.id)
        applications.add(tx, id=bare.id, round_id=round_.id, host_id="one")
        applications.put(tx, rows[0].id, status="recommending", recommend_rank=1)
    with writing() as tx:
        assert rounds.get(tx, round_.id).window_to == date(2027, 4, 1)
        assert rounds.facts(tx, round_.id)["quotas"] == {"city-330100": 3}
        assert rounds.facts(tx, None) == {}
        assert [row.id for row in rounds.list(tx, status="open")] == [round_.id]
        assert applications.progress(tx, round_.id) == {
            "city-330100": {"drafting": 2, "recommending": 1},
            "": {"drafting": 1},
        }
        assert len(applications.of_round(tx, round_.id)) == 4
        assert [row.id for row in applications.of_round(tx, round_.id, status="recommending")] == [rows[0].id]
        assert len(applications.where(tx, host_id="one", status="drafting")) == 3
        assert applications.facts(tx, rows[0].id)["recommend_rank"] == 1
        assert applications.facts(tx, "nothing") == {}
        page = applications.search(tx, round_id=round_.id, limit=3)
        assert len(applications.search(tx, round_id=round_.id, limit=3, after=page.after).rows) == 1
        found = applications.search(tx, rows[1].base_name, status="drafting").rows
        assert [row.id for row in found] == [rows[1].id]
        assert len(cases.of_round(tx, round_.id, "designation")) == 4
        assert len(cases.of_round(tx, round_.id)) == 4
        for missing in (rounds.get, applications.get):
            with pytest.raises(Missing):
                missing(tx, "nothing")


def test_assignments(writing: Writing) -> None:
    with writing() as tx:
        factories.add_host(tx, id="one")
        round_ = factories.add_round(tx)
        application = factories.add_application(tx, round=round_, host="one").id
        one, two = factories.add_person(tx).id, factories.add_person(tx).id
        for person in (one, two):
            assignments.add(tx, application_id=application, person_id=person, round_id=round_.id, reason="抽取")
        assignments.end(tx, application_id=application, person_id=two, reason="回避", status="declined")
        assignments.scored(tx, application_id=application, person_id=one)
        assignments.scored(tx, application_id=application, person_id=two)
        assert {row.person_id: row.status for row in assignments.of_application(tx, application)} == {
            one: "scored",
            two: "declined",
        }
        assert assignments.loads(tx, round_.id) == {one: 1}
        assignments.add(tx, application_id=application, person_id=two, round_id=round_.id)
        assert assignments.loads(tx, None) == {one: 1, two: 1}
    with writing() as tx:
        assert [row.status for row in assignments.of_person(tx, two, round_.id)] == ["active"]
        assignments.close_round(tx, round_.id)
        assert assignments.of_person(tx, one) == []


# ------------------------------------------------------------------------------------------ cases


def test_finding_cases(writing: Writing) -> None:
    with writing() as tx:
        factories.add_host(tx, id="one")
        base = factories.add_base(tx, host="one").id
        first = factories.add_case(tx, process="change", base_id=base, host_id="one", key="k", title="变更负责人")
        child = factories.add_case(tx, process="exit", base_id=base, host_id="one", parent_id=first.id)
        assert cases.by_key(tx, "k").id == first.id
        assert cases.by_key(tx, "x") is None
        cases.put(tx, child, status="cancelled", end="revoked", ended_at=clock.now())
    with writing() as tx:
        assert [row.id for row in cases.of_base(tx, base)] == [child.id, first.id]
        assert [row.id for row in cases.of_base(tx, base, open_only=True)] == [first.id]
        assert len(cases.of_host(tx, "one")) == 2
        assert len(cases.of_host(tx, "one", open_only=True)) == 1
        assert [row.id for row in cases.children(tx, first.id)] == [child.id]
        assert [row.id for row in cases.search(tx, "负责人", process="change").rows] == [first.id]
        page = cases.search(tx, "", limit=1)
        assert [row.id for row in cases.search(tx, "", limit=1, after=page.after).rows] == [first.id]
        assert cases.get(tx, child.id).version == 2
        assert cases.running_on(tx, "r") == {}
        with pytest.raises(Missing):
            cases.get(tx, "nothing")


def test_a_key_starts_one_case(writing: Writing) -> None:
    with writing() as tx:
        factories.add_case(tx, key="annual:2027:b1")
    with pytest.raises(Stale), writing() as tx:
        factories.add_case(tx, key="annual:2027:b1")


def test_a_page_of_nobody_is_empty(database: Database) -> None:
    with database.reading(Principal("nobody")) as tx:
        assert cases.search(tx, "").rows == []
