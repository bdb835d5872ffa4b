from datetime import timedelta
from tests import factories as f
from webapp import clock
from webapp.store import cases, inbox, timers, journal, submissions, drafts, people, commands, visits, flows


def test_all(database, writing):
    with writing() as tx:
        f.add_roles(tx)
        f.add_city(tx)
        f.add_province(tx)
        h = f.add_host(tx, recommender="city-330100")
        p = f.principal(tx, role="host", org=h.id)
        c = f.add_case(tx, host_id=h.id)
        t = f.add_task(tx, c)
    with writing() as tx:
        assert commands.answer_of(tx, "x") is None
        task, case = inbox.lock(tx, t)
        inbox.close(tx, t, outcome="submit", done_by=p.person_id)
        submissions.add(
            tx, case_id=case.id, task_id=t, process="designation", element="fill", by=p.person_id, content={"a": 1}
        )
        f.add_task(tx, case)
        timers.cancel_others(tx, case.id, [])
        got = timers.put(
            tx, [{"id": "t1", "case_id": case.id, "element": "e", "due_at": clock.now() + timedelta(days=1)}]
        )
        assert got[0][1] == 1
        visits.add_many(
            tx, case.id, [{"seq": 1, "process": "d", "element": "x"}, {"seq": 2, "process": "d", "element": "y"}]
        )
        flows.add_many(tx, case.id, [("d", "f1"), ("d", "f1")])
        journal.append(tx, case.id, journal.Entry("submit", p.person_id, values={"n": "张"}), case=case)
        journal.append(tx, case.id, journal.Entry("advance", "system"), case=case)
        cases.put(tx, case, state="{}", steps=2)
        drafts.delete(tx, t, p.person_id)
        commands.record(tx, "x", verb="submit", actor=p.person_id, answer={"ok": 1}, case_id=case.id)
    print(tx.sql_count, tx.statements)
    with database.reading(p) as tx:
        assert len(inbox.for_seat(tx, p).rows) == 1
        assert inbox.counts(tx, p)["todo"] == 1
        assert len(inbox.done_by(tx, p.person_id).rows) == 1
        assert flows.of_case(tx, c.id) == {"d": {"f1": 2}}
        assert len(journal.of_case(tx, c.id)) == 2
    with writing() as tx:
        assert journal.verify(tx) == []
