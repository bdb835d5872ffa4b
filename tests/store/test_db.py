"""What a transaction is: all or nothing, once, and said in Chinese when the database refuses."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests import factories
from webapp import clock, failpoints
from webapp.errors import Busy, Denied, Full, Missing, Rejected, Stale
from webapp.store import cases, commands, migrations, notices, submissions
from webapp.store.db import Database, Tx, stmt
from webapp.store.ids import new_id
from webapp.store.principal import Principal
from webapp.store.tables import Case, Command, Draft, Model, Notice, Organisation, Task

Writing = Callable[[], AbstractContextManager[Tx]]


def test_what_a_block_wrote_is_there_after_it(database: Database, writing: Writing) -> None:
    with writing() as tx:
        case_id = factories.add_case(tx, title="认定申报").id
    with database.reading(Principal.system_("command")) as tx:
        assert cases.get(tx, case_id).title == "认定申报"


def test_a_block_that_raises_leaves_nothing(writing: Writing) -> None:
    with pytest.raises(Rejected), writing() as tx:  # noqa: PT012
        factories.add_organisation(tx, id="gone")
        tx.insert(Organisation, [{"id": "gone too", "name": "x", "kind": "host"}])
        raise Rejected
    with writing() as tx:
        assert tx.scalars(select(Organisation)).all() == []


def test_reading_cannot_write(database: Database) -> None:
    with (
        pytest.raises((DBAPIError, Denied)),
        database.reading(Principal.system_("command")) as tx,
    ):
        factories.add_organisation(tx)


def test_only_the_end_of_the_block_commits(writing: Writing) -> None:
    with writing() as tx, pytest.raises(Denied):
        tx.commit()


def test_hooks_run_after_the_commit_and_only_then(database: Database, writing: Writing) -> None:
    seen: list[int] = []

    def look() -> None:
        with database.reading(Principal.system_("command")) as tx:
            seen.append(len(tx.scalars(select(Organisation)).all()))

    with writing() as tx:
        factories.add_organisation(tx)
        tx.after_commit(look)
        assert seen == []
    assert seen == [1]
    with pytest.raises(Rejected), writing() as tx:  # noqa: PT012
        tx.after_commit(look)
        raise Rejected
    assert seen == [1]


def test_a_failing_hook_does_not_undo_what_is_committed(writing: Writing) -> None:
    with writing() as tx:
        factories.add_organisation(tx)
        tx.after_commit(lambda: 1 / 0)
    with writing() as tx:
        assert len(tx.scalars(select(Organisation)).all()) == 1


def test_gathered_rows_are_seen_by_every_later_query(writing: Writing) -> None:
    """Inserts wait, one statement a table, but nobody may notice."""
    with writing() as tx:
        case = factories.add_case(tx)
        task_id = factories.add_task(tx, case)
        notices.add(tx, text="甲", person_id=None)
        notices.add(tx, text="乙", person_id=None)
        before = tx.sql_count
        assert tx.get(Task, task_id) is not None
        assert tx.sql_count == before + 3, "two notices and a task: one statement a table, then the query"
        assert len(tx.scalars(select(Notice)).all()) == 2
        assert tx.sql_count == before + 4


def test_statements_are_counted_and_named(writing: Writing) -> None:
    with writing() as tx:
        with stmt("of my own"):
            tx.scalars(select(Case)).all()
        with tx.labelled("job.enqueue"):
            tx.raw_session().execute(text("select 1"))
        tx.scalars(select(Draft)).all()
        assert (tx.sql_count, tx.statements) == (3, ["of my own", "job.enqueue", "select draft"])


def test_a_built_statement_changes_rows_and_says_how_many(writing: Writing) -> None:
    table = Task.plain()
    moving = update(table).where(table.c.id == bindparam("task")).values(title=bindparam("title"))
    with writing() as tx:
        task_id = factories.add_task(tx, factories.add_case(tx), title="旧")
        assert tx.known(Task, task_id) is None
        assert tx.change(moving, {"task": task_id, "title": "新"}) == 1, "gathered rows are written before"
        assert tx.change(moving, {"task": "none", "title": "新"}) == 0
        row = tx.get(Task, task_id)
        tx.change(moving, {"task": task_id, "title": "更新"})
        tx.settle(Task, task_id, {"title": "更新"})
        assert row is tx.known(Task, task_id)
        assert row.title == "更新"
        assert not tx.dirty


def test_what_comes_last_is_done_before_the_commit_or_not_at_all(writing: Writing) -> None:
    done: list[str] = []
    with pytest.raises(Rejected), writing() as tx:  # noqa: PT012
        tx.before_commit(lambda: done.append("refused"))
        raise Rejected
    with writing() as tx:
        tx.before_commit(lambda: done.append("undone"))
        tx.context["what"] = "it knew"
        tx.undo()
        assert not tx.context
        tx.after_commit(lambda: done.append("after"))
        tx.before_commit(lambda: done.append("before"))
    assert done == ["before", "after"]


def test_an_unknown_column_is_a_programming_error(writing: Writing) -> None:
    with writing() as tx, pytest.raises(TypeError):
        tx.insert(Task, [{"nonsense": 1}])


def test_a_naive_moment_never_reaches_the_database(writing: Writing) -> None:
    with pytest.raises(Exception, match="time zone"), writing() as tx:
        factories.add_case(tx, started_at=datetime(2027, 1, 1))  # noqa: DTZ001  # the very mistake


def test_moments_come_back_aware_in_utc(database: Database, writing: Writing) -> None:
    at = datetime(2027, 1, 31, 23, 59, 59, 123456, tzinfo=clock.CHINA)
    with writing() as tx:
        case_id = factories.add_case(tx, started_at=at).id
    with database.reading(Principal.system_("command")) as tx:
        assert cases.get(tx, case_id).started_at == at
        assert cases.get(tx, case_id).started_at.tzinfo is UTC


def test_the_same_command_recorded_twice_is_stale(database: Database, writing: Writing) -> None:
    with writing() as tx:
        commands.record(tx, "c1", verb="submit", actor="p", answer={"case": "x"})
        assert commands.answer_of(tx, "c1", "submit", "p") == {"case": "x"}
        assert commands.answer_of(tx, "c2", "submit", "p") is None
    with pytest.raises(Stale), writing() as tx:
        commands.record(tx, "c1", verb="submit", actor="p", answer={})
    with writing() as tx:
        commands.forget_before(tx, clock.now())
        assert tx.scalars(select(Command)).all() == []


def test_a_broken_reference_is_no_rejection(writing: Writing) -> None:
    """That is a fault of ours and must show."""
    with pytest.raises(IntegrityError), writing() as tx:
        submissions.add(tx, case_id="nowhere", task_id="t", process="p", element="e", by="x")


def test_a_lost_update_is_stale(database: Database, writing: Writing) -> None:
    with writing() as tx:
        case_id = factories.add_case(tx).id
    with pytest.raises(Stale), writing() as tx:  # noqa: PT012
        case = cases.get(tx, case_id)
        tx.execute(Case.__table__.update().values(version=99))
        cases.put(tx, case, title="晚了")


def test_a_case_is_updated_once_and_its_version_counts(writing: Writing) -> None:
    with writing() as tx:
        case_id = factories.add_case(tx).id
    with writing() as tx:
        case = cases.lock(tx, case_id)
        cases.put(tx, case, state="{}")
        cases.put(tx, case, steps=3)
    assert tx.statements == ["cases.lock", "update case"]
    with writing() as tx:
        assert (cases.get(tx, case_id).version, cases.get(tx, case_id).steps) == (2, 3)


def test_locking_a_case_that_is_not_there_is_missing(writing: Writing) -> None:
    with writing() as tx:
        with pytest.raises(Missing):
            cases.lock(tx, "nowhere")
        with pytest.raises(Missing):
            cases.lock_task(tx, "nowhere")


def test_two_writers_of_one_case_wait_for_each_other(database: Database, writing: Writing) -> None:
    """Read, add, write from eight threads loses no update."""
    with writing() as tx:
        case_id = factories.add_case(tx).id

    def work() -> None:
        for _ in range(5):
            with database.writing(Principal.system_("command")) as tx:
                case = cases.lock(tx, case_id)
                cases.put(tx, case, steps=case.steps + 1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    with writing() as tx:
        assert cases.get(tx, case_id).steps == 40


def test_several_cases_are_locked_in_order(database: Database, writing: Writing) -> None:
    """settled 8: opposite orders of asking do not deadlock."""
    with writing() as tx:
        ids = [factories.add_case(tx).id for _ in range(3)]

    failures: list[Exception] = []

    def work(order: list[str]) -> None:
        try:
            for _ in range(10):
                with database.writing(Principal.system_("command")) as tx:
                    for case in cases.lock_many(tx, order):
                        cases.put(tx, case, steps=case.steps + 1)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(order,)) for order in (ids, ids[::-1])]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert failures == []
    with writing() as tx:
        assert [case.steps for case in cases.lock_many(tx, ids)] == [20, 20, 20]


def test_a_lock_held_too_long_is_busy(database: Database, monkeypatch: pytest.MonkeyPatch, writing: Writing) -> None:
    with writing() as tx:
        case_id = factories.add_case(tx).id
    other = _impatient(database)
    with writing() as holder:
        cases.lock(holder, case_id)
        with pytest.raises(Busy, match="稍后"), other.writing(Principal.system_("command")) as tx:
            cases.lock(tx, case_id)
    other.close()


def test_a_full_disk_is_said_and_reading_goes_on(new_database: Callable[[str], Database]) -> None:
    """jobs.md fault test 4, with SQLite's own page limit: no partial row, and it recovers by itself."""
    database = new_database("sqlite")
    with database.engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
    limited = Database(str(database.url), pool=1)
    with limited.engine.connect() as connection:
        connection.connection.dbapi_connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(Full, match="存储空间"), limited.writing(Principal.system_("command")) as tx:  # noqa: PT012  # noqa: PT012
        for number in range(200):
            tx.insert(Organisation, [{"id": str(number), "name": "字" * 2000, "kind": "host"}])
            tx.write_deferred()
    with limited.reading(Principal.system_("command")) as tx:
        assert tx.scalars(select(Organisation)).all() == []
    with limited.engine.connect() as connection:
        connection.connection.dbapi_connection.execute("PRAGMA max_page_count = 1000000")
    with limited.writing(Principal.system_("command")) as tx:
        factories.add_organisation(tx)
    limited.close()


def test_a_backup_is_a_whole_database(new_database: Callable[[str], Database], tmp_path: Path) -> None:
    database = new_database("sqlite")
    with database.writing(Principal.system_("command")) as tx:
        case_id = factories.add_case(tx).id
    database.backup(tmp_path / "copy.db")
    copy = Database(f"sqlite:///{tmp_path / 'copy.db'}")
    with copy.reading(Principal.system_("command")) as tx:
        assert cases.get(tx, case_id).id == case_id
    assert copy.is_current()
    copy.close()


def test_ids_grow_and_never_repeat() -> None:
    made = [new_id() for _ in range(2000)]
    assert made == sorted(set(made))
    assert all(len(each) == 26 for each in made)


# ------------------------------------------------------------------------------------------ failpoints

PROGRAM = """
import sys
from tests import factories
from webapp.store import journal
from webapp.store.db import Database
from webapp.store.principal import Principal
database = Database(sys.argv[1])
with database.writing(Principal.system_("command")) as tx:
    case = factories.add_case(tx, id="case")
    factories.add_task(tx, case, id="task")
    journal.append(tx, case.id, journal.Entry("start", "p"), case=case)
print("answered")
"""


@pytest.mark.parametrize("name", ["before_flush", "after_flush", "before_commit", "after_commit"])
def test_a_process_killed_at_any_point_leaves_all_or_nothing(database: Database, name: str) -> None:
    """jobs.md fault test 2."""
    assert name in failpoints.NAMES
    url = database.url.render_as_string(hide_password=False)
    environment = {**os.environ, "GUOHE_FAILPOINT": name}
    run = subprocess.run([sys.executable, "-c", PROGRAM, url], env=environment, capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (failpoints.EXIT_CODE, ""), run.stderr
    with database.reading(Principal.system_("command")) as tx:
        found = (tx.get(Case, "case") is not None, tx.get(Task, "task") is not None)
    assert found == ((True, True) if name == "after_commit" else (False, False))


# ------------------------------------------------------------------------------------------ migrations


def test_migrations_make_exactly_the_tables(database: Database) -> None:
    with database.engine.connect() as connection:
        assert migrations.differences(connection) == []
        assert migrations.is_current(connection)


def test_migrations_are_one_numbered_line() -> None:
    assert migrations.revisions() == [f"{number + 1:04d}" for number in range(len(migrations.revisions()))]


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    database.upgrade()
    assert database.is_current()


def test_a_fresh_file_is_made_with_its_folder(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'deep' / 'down' / 'guohe.db'}")
    database.upgrade()
    assert database.is_current()
    database.close()


def test_every_table_has_a_docstring_and_every_foreign_key_an_owner() -> None:
    for mapper in Model.registry.mappers:
        assert mapper.class_.__doc__, mapper
        for key in mapper.local_table.foreign_keys:
            assert key.column.table is not None


def _impatient(database: Database) -> Database:
    """The same database, through connections that wait 100 ms for a lock."""
    other = Database(database.url.render_as_string(hide_password=False), pool=1)
    with other.engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        raw.execute("PRAGMA busy_timeout = 100" if database.is_sqlite else "SET lock_timeout = '100ms'")
        if not database.is_sqlite:
            raw.commit()
    return other
