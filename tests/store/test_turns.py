"""Writers of an embedded database take turns: the longest waiting first, nobody starved, no turn lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import sleep

import pytest

from tests import factories
from webapp.errors import Busy, Rejected
from webapp.store import cases, db
from webapp.store.db import Database
from webapp.store.principal import Principal
from webapp.store.turns import Turns

SYSTEM = Principal.system_("command")
PATIENCE = 20.0


def _queued(turns: Turns, names: str, came: list[str]) -> list[threading.Thread]:
    """Threads that wait for their turn in this order and note when it came."""
    threads = []
    for name in names:

        def wait(name: str = name) -> None:
            assert turns.take(PATIENCE)
            came.append(name)
            turns.give()

        threads.append(threading.Thread(target=wait))
        threads[-1].start()
        while len(turns._waiting) < len(threads):
            sleep(0.001)
    return threads


def test_whoever_waited_longest_is_next() -> None:
    turns, came = Turns(), list[str]()
    assert turns.take(0)
    threads = _queued(turns, "abcdef", came)
    turns.give()
    for thread in threads:
        thread.join()
    assert came == list("abcdef")
    assert turns.take(0), "the last one gave it back"


def test_one_who_gave_up_is_passed_over() -> None:
    turns, came = Turns(), list[str]()
    assert turns.take(0)
    assert not turns.take(0.01)
    [thread] = _queued(turns, "a", came)
    turns.give()
    thread.join()
    assert came == ["a"]


def test_every_transaction_gives_its_turn_back_however_it_ends(
    new_database: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "BUSY_MS", 300)
    database = Database(str(new_database("sqlite").url), pool=2)
    with database.writing(SYSTEM) as tx:
        case_id = factories.add_case(tx).id
    with pytest.raises(Rejected), database.writing(SYSTEM) as tx:  # noqa: PT012
        cases.lock(tx, case_id)
        raise Rejected
    with database.writing(SYSTEM) as tx:
        cases.lock(tx, case_id)
        tx.undo()
        cases.lock(tx, case_id)
    with database.writing(SYSTEM) as tx:
        cases.lock(tx, case_id)
        with pytest.raises(Busy), database.writing(SYSTEM) as other:
            cases.lock(other, case_id)
    with database.writing(SYSTEM):
        pass  # begins nothing and needs no turn
    with database.writing(SYSTEM) as tx:
        assert cases.lock(tx, case_id).id == case_id
    database.close()


def test_no_writer_is_starved(new_database: Callable[[str], Database]) -> None:
    """Eight write as fast as they can; nobody is far behind when the first has done."""
    database = new_database("sqlite")
    with database.writing(SYSTEM) as tx:
        case_id = factories.add_case(tx).id
    counts = dict.fromkeys(range(8), 0)
    enough, barrier = threading.Event(), threading.Barrier(8)

    def work(number: int) -> None:
        barrier.wait()
        while not enough.is_set():
            with database.writing(SYSTEM) as tx:
                case = cases.lock(tx, case_id)
                cases.put(tx, case, steps=case.steps + 1)
            counts[number] += 1
            if counts[number] == 25:
                enough.set()

    threads = [threading.Thread(target=work, args=(number,)) for number in counts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert min(counts.values()) >= 20, counts
    with database.writing(SYSTEM) as tx:
        assert cases.lock(tx, case_id).steps == sum(counts.values())
