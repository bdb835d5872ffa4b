"""What the processes of a loaded run do: users work until all cases are done, workers run jobs until they are stopped."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from tests.jobs.conftest import settings
from webapp import failpoints
from webapp.engine import commands
from webapp.errors import Rejected
from webapp.installation import Installation
from webapp.jobs.worker import Worker
from webapp.store import files, people
from webapp.store.db import Tx
from webapp.store.principal import Principal
from webapp.store.tables import Case, Task

PROCESS = "fault_walk"
SYSTEM = Principal.system_("command")
OFFICER = "p-officer"


def user(url: str, folder: str, goal: int, seed: int) -> None:
    """Starts cases up to the goal and hands in whatever is open, until every case has ended."""
    rng = random.Random(seed)
    place = Path(folder)
    installation = Installation(settings(url, place))
    actor = _patiently(lambda: _person(installation))
    acks = os.open(place / "acks", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    while not _patiently(lambda: _act(installation, actor, goal, rng, place, acks)):
        pass


def worker(url: str, folder: str, slot: str, every: float = 30.0, patience: float = 20.0) -> None:
    """Runs jobs until SIGTERM."""
    installation = Installation(settings(url, Path(folder)))
    running = Worker(
        installation.database,
        slot,
        installation.runners,
        sweep_every=every,
        patience=timedelta(seconds=patience),
    )
    signal.signal(signal.SIGTERM, lambda *_: _leave())
    running.start()
    try:
        while True:
            time.sleep(1)
    except SystemExit:
        running.stop(5)


def _leave() -> None:
    raise SystemExit


def _patiently(act: Any) -> Any:
    """The act's answer; a database that is away or busy for a while is waited for, as people do."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return act()
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _person(installation: Installation) -> Principal:
    with installation.database.reading(SYSTEM) as tx:
        return people.principal_of(tx, OFFICER)


def _act(installation: Installation, actor: Principal, goal: int, rng: random.Random, folder: Path, acks: int) -> bool:
    """One thing a person does; True when there is nothing left to do."""
    with installation.database.reading(SYSTEM) as tx:
        started, running, open_now = _seen(tx)
    if started >= goal and not running:
        return True
    if started < goal and (not open_now or rng.random() < 0.4):
        _start(installation, actor, started, folder, acks)
    elif open_now:
        _hand_in(installation, actor, rng.choice(open_now), rng, acks)
    else:
        time.sleep(0.05)
    return False


def _seen(tx: Tx) -> tuple[int, int, list[str]]:
    started = tx.scalar(select(func.count(Case.id)).where(Case.process == PROCESS)) or 0
    running = tx.scalar(select(func.count(Case.id)).where(Case.process == PROCESS, Case.status != "done")) or 0
    query = select(Task.id).where(Task.root == PROCESS, Task.status == "open").limit(20)
    return started, running, list(tx.scalars(query))


def _start(installation: Installation, actor: Principal, number: int, folder: Path, acks: int) -> None:
    command_id, key = f"start-{number}", f"case-{number}"
    files.Folder(folder / "files").put(BytesIO(f"attachment {number}".encode()), limit=1000)
    with suppress(Rejected):  # another user may have the same number at the same moment
        with installation.database.writing(SYSTEM) as tx:
            commands.start(tx, actor, PROCESS, command_id=command_id, title=f"案卷{number}", key=key)
        _acknowledge(acks, command_id)


def _hand_in(installation: Installation, actor: Principal, task_id: str, rng: random.Random, acks: int) -> None:
    """Sometimes under the same id as a colleague's click, sometimes under its own: a race either way."""
    command_id = f"submit-{task_id}" if rng.random() < 0.7 else f"submit-{task_id}-{os.getpid()}-{rng.random()}"
    for _ in range(2 if rng.random() < 0.2 else 1):
        with suppress(Rejected):
            with installation.database.writing(SYSTEM) as tx:
                commands.submit(tx, actor, task_id, {}, "go", command_id=command_id)
            _acknowledge(acks, command_id)


def _acknowledge(acks: int, command_id: str) -> None:
    """What a browser has been told cannot be taken back: written as one piece, whatever happens next."""
    failpoints.hit("before_reply")
    os.write(acks, f"{command_id}\n".encode())
