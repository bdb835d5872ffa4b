"""Two at once, twice at once, late, early, in the wrong order: one effect each, and the loser is told by whom."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.faults import load
from tests.faults.roles import PROCESS
from tests.jobs.conftest import settings
from webapp import clock
from webapp.engine import commands
from webapp.engine.running import Answer
from webapp.errors import Busy, Stale
from webapp.installation import Installation
from webapp.store import inbox, journal, people, timers
from webapp.store.db import Database
from webapp.store.principal import Principal
from webapp.store.tables import Journal, Submission, Timer

pytestmark = pytest.mark.slow

SYSTEM = Principal.system_("command")
WORKER = Principal.system_("worker")
RACES = 1000 if load.LONG else 200
DELIVERIES = 10


@pytest.fixture
def installation(database: Database, tmp_path: Path) -> Iterator[Installation]:
    url = database.url.render_as_string(hide_password=False)
    load.ground(url, tmp_path)
    opened = Installation(settings(url, tmp_path))
    yield opened
    opened.close()


def test_a_double_submit_has_one_effect_and_the_same_answer_twice(installation: Installation) -> None:
    officer = _person(installation, "p-officer")
    for number, task_id in enumerate(_open_tasks(installation, RACES)):
        answers = _at_once(
            lambda task_id=task_id: _submit(installation, officer, task_id, f"double-{task_id}"),
            lambda task_id=task_id: _submit(installation, officer, task_id, f"double-{task_id}"),
        )
        assert answers[0] == answers[1], f"race {number}"
        assert isinstance(answers[0], Answer)
    assert set(_submissions(installation).values()) == {1}
    assert _journal_is_whole(installation)


def test_of_two_users_one_wins_and_the_other_is_told_who(installation: Installation) -> None:
    first, second = _person(installation, "p-officer"), _person(installation, "p-officer2")
    won: Counter[str] = Counter()
    for task_id in _open_tasks(installation, RACES):
        answers = _at_once(
            lambda task_id=task_id: _submit(installation, first, task_id, f"first-{task_id}"),
            lambda task_id=task_id: _submit(installation, second, task_id, f"second-{task_id}"),
        )
        loser = next(each for each in answers if isinstance(each, Stale))
        winner = first if isinstance(answers[0], Answer) else second
        assert isinstance(answers[0] if winner is first else answers[1], Answer)
        assert winner.name in loser.message
        assert loser.at is not None
        won[winner.name] += 1
    assert sum(won.values()) == RACES
    assert set(_submissions(installation).values()) == {1}
    assert _journal_is_whole(installation)


def test_a_timer_delivered_often_late_early_and_stale_fires_once(installation: Installation) -> None:
    """Duplicate, reordered and outdated deliveries, as a job engine may make them."""
    rng = random.Random(1)
    officer = _person(installation, "p-officer")
    for task_id in _open_tasks(installation, DELIVERIES):
        _submit(installation, officer, task_id, f"go-{task_id}")
    with installation.database.reading(SYSTEM) as tx:
        rows = list(tx.scalars(select(Timer).where(Timer.status == "waiting")))
    assert len(rows) == DELIVERIES
    moved = rows[0]
    with installation.database.writing(SYSTEM) as tx:
        generation = timers.reschedule(tx, moved.id, clock.now() + timedelta(days=1))
    wakes = [f"{row.id}:{row.generation}" for row in rows for _ in range(DELIVERIES)]
    rng.shuffle(wakes)
    wake = installation.runners["wake"]
    _at_once(*[lambda part=wakes[n::4]: [_patient(lambda ref=ref: wake(ref)) for ref in part] for n in range(4)])
    assert _fired(installation) == {row.id for row in rows[1:]}, "the moved one waits for its new day"
    clock.stand_at(clock.now() + timedelta(days=2))
    try:
        assert wake(f"{moved.id}:{moved.generation}") is False, "outdated for ever"
        assert wake(f"{moved.id}:{generation}") is True
        assert wake(f"{moved.id}:{generation}") is False
    finally:
        clock.stand_at(None)
    with installation.database.reading(SYSTEM) as tx:
        entries = Counter(tx.scalars(select(Journal.object_id).where(Journal.action == "timer")))
    assert set(entries.values()) == {1}
    assert len(entries) == DELIVERIES
    assert _journal_is_whole(installation)


def _open_tasks(installation: Installation, count: int) -> list[str]:
    officer = _person(installation, "p-officer")
    found = []
    for number in range(count):
        with installation.database.writing(SYSTEM) as tx:
            case = commands.start(tx, officer, PROCESS, command_id=f"race-{number}", title=f"并发{number}").case_id
            found.append(inbox.of_case(tx, case, open_only=True)[0].id)
    return found


def _submit(installation: Installation, actor: Principal, task_id: str, command_id: str) -> Answer:
    return _patient(lambda: _once(installation, actor, task_id, command_id))  # type: ignore[no-any-return]


def _once(installation: Installation, actor: Principal, task_id: str, command_id: str) -> Answer:
    with installation.database.writing(SYSTEM) as tx:
        return commands.submit(tx, actor, task_id, {}, "go", command_id=command_id)


def _patient(act: Callable[[], Any]) -> Any:
    while True:
        with suppress(Busy):
            return act()


def _at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act answered or raised, all let go at the same moment."""
    barrier = threading.Barrier(len(acts))
    found: list[Any] = [None] * len(acts)

    def run(place: int) -> None:
        barrier.wait()
        try:
            found[place] = acts[place]()
        except Exception as error:
            found[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _person(installation: Installation, person_id: str) -> Principal:
    with installation.database.reading(SYSTEM) as tx:
        return people.principal_of(tx, person_id)


def _submissions(installation: Installation) -> Counter[str]:
    with installation.database.reading(SYSTEM) as tx:
        return Counter(tx.scalars(select(Submission.task_id)))


def _fired(installation: Installation) -> set[str]:
    with installation.database.reading(SYSTEM) as tx:
        return set(tx.scalars(select(Timer.id).where(Timer.status == "fired")))


def _journal_is_whole(installation: Installation) -> bool:
    with installation.database.reading(SYSTEM) as tx:
        return journal.verify(tx) == []
