"""成批发起 killed at random moments: exactly one case for each base (jobs.md, fault test 12)."""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.faults import load
from tests.faults.nursery import Nursery
from tests.faults.roles import PROCESS, SYSTEM
from webapp.demo import world
from webapp.store import batches, register
from webapp.store.db import Database
from webapp.store.tables import Case, Proceeding

pytestmark = pytest.mark.slow

KILLS = 20
BASES = 2_000 if load.LONG else 240
PATIENCE = 300 if load.LONG else 90


def test_every_base_has_one_case_however_often_the_job_is_killed(database: Database, tmp_path: Path) -> None:
    """每个基地恰好一件；中断后自动继续；不发起的留有原因."""
    url = database.url.render_as_string(hide_password=False)
    load.ground(url, tmp_path)
    batch_id = _batch(database)
    rng = random.Random(20261129)
    options = {"url": url, "folder": str(tmp_path), "slot": "embedded", "every": 0.5, "patience": 0.0}
    with Nursery(tmp_path) as nursery:
        for _ in range(KILLS):
            worker = nursery.spawn("worker", **options)
            time.sleep(rng.uniform(0.2, 1.2))
            nursery.kill(worker)
        worker = nursery.spawn("worker", **options)
        deadline = time.monotonic() + PATIENCE
        while not _is_done(database, batch_id):
            assert time.monotonic() < deadline, f"{_progress(database, batch_id)}; see {nursery.log}"
            time.sleep(0.5)
        nursery.kill(worker)
    with database.reading(SYSTEM) as tx:
        started = Counter(tx.scalars(select(Case.base_id).where(Case.process == PROCESS)))
        assert set(started.values()) == {1}
        assert len(started) == BASES
        assert tx.scalar(select(func.count()).select_from(Proceeding)) == BASES
    assert _progress(database, batch_id) == {"started": BASES, "skipped": 1}


def _batch(database: Database) -> str:
    with database.writing(SYSTEM) as tx:
        made = [
            register.add_base(
                tx,
                code=f"ZJGH-2020-J{number:04d}",
                name=f"第{number}基地",
                category="joint_rd",
                host_id=world.HOSTS[number % len(world.HOSTS)].id,
                designated_on=date(2020, 5, 6),
            )
            for number in range(BASES)
        ]
        items = [
            {"base_id": row.id, "key": f"{PROCESS}:{row.id}", "payload": {"period": "2026", "data": {}}} for row in made
        ]
        skipped = [{"base_id": made[0].id, "reason": "认定未满一年"}]
        found = batches.add(
            tx,
            key="batch",
            process=PROCESS,
            title="成批",
            items=items,
            skipped=skipped,
            from_case=None,
            made_by="p-officer",
        )
    assert found is not None
    return found


def _is_done(database: Database, batch_id: str) -> bool:
    with database.reading(SYSTEM) as tx:
        found = batches.get(tx, batch_id)
        return found is not None and found.status == "done"


def _progress(database: Database, batch_id: str) -> dict[str, int]:
    with database.reading(SYSTEM) as tx:
        return batches.progress(tx, [batch_id])[batch_id]
