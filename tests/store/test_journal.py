"""留痕: what was written cannot be changed without its showing (security.md 5)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from tests import factories
from webapp import clock
from webapp.store import anchors, cases, journal
from webapp.store.db import Database, Tx
from webapp.store.journal import Break, Entry
from webapp.store.principal import Principal
from webapp.store.tables import Case, Journal, JournalValue, Submission

Writing = Callable[[], AbstractContextManager[Tx]]
SECRET = "installation secret"


@pytest.fixture
def chain(writing: Writing) -> str:
    """A case with five entries, written in three transactions."""
    with writing() as tx:
        case = factories.add_case(tx)
        journal.append(tx, case.id, Entry("start", "p1", org="host-1", seat="s1", reason="申报"), case=case)
    for number in range(2):
        with writing() as tx:
            case = cases.lock(tx, case.id)
            values = {"name": f"张三{number}", "mobile": "13800000000"}
            entry = Entry("submit", "p1", element="fill", before={"b": 1, "a": 2}, after="x", values=values)
            journal.append(tx, case.id, entry, case=case)
            journal.append(tx, case.id, Entry("advance", "system:command"), case=case)
    return case.id


@contextmanager
def _as_dba(database: Database) -> Iterator[Any]:
    """Somebody with the database's password, who takes the triggers away first."""
    tables = ("journal", "submission", "journal_value")
    with database.engine.begin() as connection:
        if database.is_sqlite:
            names = connection.execute(text("select name from sqlite_master where type = 'trigger'")).scalars().all()
            for name in names:
                connection.execute(text(f"drop trigger {name}"))
        else:
            for table in tables:
                connection.execute(text(f"alter table {table} disable trigger user"))
        yield connection


def _breaks(database: Database, object_id: str | None = None) -> list[Break]:
    with database.reading(Principal.system_("audit")) as tx:
        return journal.verify(tx, object_id)


def test_a_chain_follows_from_itself(database: Database, chain: str) -> None:
    with database.reading(Principal.system_("audit")) as tx:
        rows = journal.of_case(tx, chain)
        assert [row.seq for row in rows] == [1, 2, 3, 4, 5]
        assert rows[0].prev == journal.GENESIS
        assert [row.prev for row in rows[1:]] == [row.hash for row in rows[:-1]]
        assert rows[1].before == '{"a":2,"b":1}'
        assert journal.heads(tx) == {chain: (5, rows[-1].hash)}
        assert journal.verify(tx) == []
        assert journal.verify(tx, chain) == []


def test_objects_other_than_cases_have_chains_of_their_own(database: Database, writing: Writing) -> None:
    with writing() as tx:
        journal.append(tx, "parameter:review.formal_days", Entry("put", "p1", before="5", after="7"))
        journal.append(tx, "parameter:review.formal_days", Entry("put", "p1", before="7", after="5"))
        journal.append(tx, "person:1", Entry("grant", "p2"))
    with writing() as tx:
        journal.append(tx, "person:1", Entry("revoke", "p2"))
    with writing() as tx:
        assert {key: head[0] for key, head in journal.heads(tx).items()} == {
            "parameter:review.formal_days": 2,
            "person:1": 2,
        }
        assert [row.action for row in journal.of_object(tx, "person:1")] == ["grant", "revoke"]
    assert _breaks(database) == []


def test_appending_costs_one_statement_however_many(writing: Writing, chain: str) -> None:
    with writing() as tx:
        case = cases.lock(tx, chain)
        for _ in range(10):
            journal.append(tx, chain, Entry("x", "p"), case=case)
    assert tx.statements == ["cases.lock", "insert journal", "update case"]


@pytest.mark.parametrize("table", ["journal", "submission"])
@pytest.mark.parametrize("verb", ["update", "delete"])
def test_evidence_cannot_be_changed_through_the_application(
    database: Database, writing: Writing, chain: str, table: str, verb: str
) -> None:
    with writing() as tx:
        row = {"id": "s", "case_id": chain, "task_id": "t", "process": "p", "element": "e", "by": "x", "hash": "h"}
        tx.insert(Submission, [{**row, "on": clock.today(), "at": clock.now()}])
    statement = f"update {table} set element = 'y'" if verb == "update" else f"delete from {table}"
    with pytest.raises(DBAPIError, match="append-only"), database.engine.begin() as connection:
        connection.execute(text(statement))


def test_a_personal_value_cannot_be_deleted_but_erased(database: Database, writing: Writing, chain: str) -> None:
    """Retention erases the value; the chain stays whole."""
    with pytest.raises(DBAPIError, match="append-only"), database.engine.begin() as connection:
        connection.execute(delete(JournalValue.__table__))
    with writing() as tx:
        entry = journal.of_case(tx, chain)[1]
        assert journal.values_of(tx, [entry.id])[entry.id] == {"name": "张三0", "mobile": "13800000000"}
        journal.erase(tx, entry.id, ["mobile"])
        assert journal.values_of(tx, [entry.id])[entry.id] == {"name": "张三0", "mobile": None}
        journal.erase(tx, entry.id)
    assert _breaks(database) == []


def test_a_changed_entry_shows(database: Database, chain: str) -> None:
    with _as_dba(database) as connection:
        connection.execute(update(Journal.__table__).where(Journal.seq == 3).values(reason="同意"))
    assert _breaks(database) == [Break(chain, 3, "内容被改动")]


@pytest.mark.parametrize(
    "change",
    [
        {"at": clock.now()},
        {"actor": "p9"},
        {"org": "other"},
        {"private": True},
        {"before": None},
        {"article": "22"},
        {"hash": "f" * 64},
    ],
)
def test_every_column_is_under_the_hash(database: Database, chain: str, change: dict[str, Any]) -> None:
    with _as_dba(database) as connection:
        connection.execute(update(Journal.__table__).where(Journal.seq == 2).values(**change))
    assert _breaks(database, chain)


def test_a_changed_personal_value_shows(database: Database, chain: str) -> None:
    with _as_dba(database) as connection:
        changed = update(JournalValue.__table__).where(JournalValue.field == "name").values(value="李四")
        connection.execute(changed)
    assert {each.what for each in _breaks(database)} == {"字段 name 的值被改动"}
    with _as_dba(database) as connection:
        connection.execute(delete(JournalValue.__table__))
    assert {each.what for each in _breaks(database)} == {"内容被改动"}


def test_a_missing_entry_shows(database: Database, chain: str) -> None:
    with _as_dba(database) as connection:
        connection.execute(delete(JournalValue.__table__))
        connection.execute(delete(Journal.__table__).where(Journal.seq == 1))
    assert Break(chain, 2, "第 1 条缺失") in _breaks(database)


def test_a_cut_tail_shows_by_the_cases_head(database: Database, chain: str) -> None:
    with _as_dba(database) as connection:
        connection.execute(delete(Journal.__table__).where(Journal.seq == 5))
    assert _breaks(database) == [Break(chain, 5, "末尾被截断或链头被改动")]


def _recompute(connection: Any, chain: str, upto: int) -> None:
    """What a clever administrator does: changes the past and makes every hash fit again, head included."""
    rows = connection.execute(select(Journal.__table__).order_by(Journal.seq)).mappings().all()
    prev = journal.GENESIS
    for row in rows[:upto]:
        changed = {**row, "reason": "同意" if row["seq"] == 2 else row["reason"], "prev": prev}
        found = connection.execute(
            select(JournalValue.__table__).where(JournalValue.journal_id == row["id"])
        ).mappings()
        values = {each["field"]: each["hash"] for each in found}
        changed["hash"] = prev = journal._link(prev, changed, values)
        connection.execute(update(Journal.__table__).where(Journal.id == row["id"]).values(**changed))
    for row in rows[upto:]:
        connection.execute(delete(JournalValue.__table__).where(JournalValue.journal_id == row["id"]))
        connection.execute(delete(Journal.__table__).where(Journal.id == row["id"]))
    head = update(Case.__table__).where(Case.id == chain)
    connection.execute(head.values(journal_seq=min(upto, len(rows)), journal_hash=prev))


@pytest.mark.parametrize(("upto", "what"), [(5, "留痕被整体重算"), (4, "末尾被截断")])
def test_only_the_anchor_shows_what_the_chain_cannot(
    database: Database, chain: str, tmp_path: Path, upto: int, what: str
) -> None:
    """security.md finding 10: recomputed, or cut with its head set back, the chain alone says all is well."""
    with database.reading(Principal.system_("audit")) as tx:
        assert anchors.write(tx, tmp_path, SECRET) == 1
        assert anchors.verify_all(tx, tmp_path, SECRET) == []
    with _as_dba(database) as connection:
        _recompute(connection, chain, upto)
    assert _breaks(database) == []
    with database.reading(Principal.system_("audit")) as tx:
        found = anchors.verify(tx, tmp_path, SECRET)
    assert [each.object_id for each in found] == [chain]
    assert what in found[0].what


def test_an_anchor_holds_only_what_grew(database: Database, writing: Writing, chain: str, tmp_path: Path) -> None:
    with writing() as tx:
        other = factories.add_case(tx)
        journal.append(tx, other.id, Entry("start", "p"), case=other)
    with clock.travel(clock.now() + timedelta(hours=1)):
        with database.reading(Principal.system_("audit")) as tx:
            assert anchors.write(tx, tmp_path, SECRET) == 2
            assert anchors.write(tx, tmp_path, SECRET) == 0
        with writing() as tx:
            journal.append(tx, chain, Entry("x", "p"), case=cases.lock(tx, chain))
    with clock.travel(clock.now() + timedelta(hours=2)), database.reading(Principal.system_("audit")) as tx:
        assert anchors.write(tx, tmp_path, SECRET) == 1
        assert anchors.verify(tx, tmp_path, SECRET) == []
    assert sorted(anchors.read(tmp_path, SECRET).heads) == sorted([chain, other.id])


@pytest.mark.parametrize(
    ("tamper", "what"),
    [
        (lambda lines: [lines[0].replace('"heads": {', '"heads": {"x": [1, "y"], '), *lines[1:]], "签名不符"),
        (lambda lines: lines[1:], "缺失"),
        (lambda lines: ["not json", *lines[1:]], "无法读取"),
        (lambda lines: [lines[1], lines[0]], "缺失"),
    ],
)
def test_changed_anchors_show(
    database: Database, chain: str, tmp_path: Path, tamper: Callable[[list[str]], list[str]], what: str
) -> None:
    with database.reading(Principal.system_("audit")) as tx:
        anchors.write(tx, tmp_path, SECRET)
        anchors.write(tx, tmp_path, SECRET)
        path = next(tmp_path.glob("*.jsonl"))
        path.write_text("\n".join(tamper(path.read_text().splitlines())) + "\n")
        found = anchors.verify(tx, tmp_path, SECRET)
    assert any(what in each.what for each in found)


def test_anchors_of_another_secret_are_refused(database: Database, chain: str, tmp_path: Path) -> None:
    with database.reading(Principal.system_("audit")) as tx:
        anchors.write(tx, tmp_path, SECRET)
        assert anchors.verify(tx, tmp_path, "guessed")
    line = json.loads(next(tmp_path.glob("*.jsonl")).read_text())
    assert set(line) == {"at", "heads", "prev", "mac"}
    assert anchors.short_hash(line["mac"]) == line["mac"][:16]
