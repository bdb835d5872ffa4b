"""成批发起 and what begins by the calendar: many cases by a job that may be killed and repeated, each case once."""

from __future__ import annotations

from datetime import date

from webapp import clock
from webapp.engine import beginnings, commands, context
from webapp.errors import Rejected
from webapp.store import batches, cases, parameters, releases
from webapp.store.db import Tx
from webapp.store.principal import Principal
from webapp.store.tables import BatchItem

CHUNK = 10
"""Cases in one transaction: short enough that pages and people's commands come in between."""
CATCH_UP_DAYS = 45
"""A yearly procedure whose day was missed (the system stood still) begins this long after it, not later."""


def go_through(tx: Tx, actor: Principal, batch_id: str) -> bool:
    """Whether something is left: the next chunk of the batch has its cases, each item exactly one.

    An item that is refused is skipped with the reason, one that breaks is `failed` and holds up nobody.
    """
    batch = batches.lock(tx, batch_id)
    if batch is None or batch.status != "running":
        return False
    chunk = batches.waiting(tx, batch_id, CHUNK)
    process = batch.process
    for item in chunk:
        try:
            _start(tx, actor, process, item)
        except Rejected as refusal:
            return _leave_out(tx, item, "skipped", refusal.message)
        except Exception as error:
            return _leave_out(tx, item, "failed", f"{type(error).__name__}: {error}")
    if not chunk:
        batches.end(tx, batch_id)
    return bool(chunk)


def begin_yearly(tx: Tx, actor: Principal) -> int:
    """What begins every year on a day has begun, once a year; answers how many began now."""
    today, begun = clock.today(), 0
    values = parameters.at(tx, today)
    for begin in beginnings.all_of(tx, releases.current(tx, today).id):
        if not begin.yearly or not isinstance(values.get(begin.yearly), str):
            continue
        month, day = map(int, values[begin.yearly].split("-"))
        late = (today - date(today.year, month, day)).days
        key = f"{begin.process}:{today.year}"
        if 0 <= late <= CATCH_UP_DAYS and cases.by_key(tx, key) is None:
            commands.start(
                tx, actor, begin.process, command_id=f"yearly:{key}", key=key, title=f"{today.year}年{begin.name}"
            )
            begun += 1
    return begun


def start_again(tx: Tx, batch_id: str) -> int:
    """The failed items of the batch are tried once more; answers how many."""
    found = batches.again(tx, batch_id)
    if found:
        context.of(tx).jobs.enqueue(tx, "batch", f"{batch_id}:{clock.now().timestamp():.0f}")
    return found


def _start(tx: Tx, actor: Principal, process: str, item: BatchItem) -> None:
    wanted = {name: item.payload[name] for name in ("round_id", "title", "period") if item.payload.get(name)}
    answer = commands.start(
        tx,
        actor,
        process,
        command_id=f"batch:{item.batch_id}:{item.position}",
        key=item.key,
        base_id=item.base_id,
        begun=item.payload.get("data") or {},
        **wanted,
    )
    batches.settle(tx, item, "started", case_id=answer.case_id)


def _leave_out(tx: Tx, item: BatchItem, status: str, note: str) -> bool:
    """Only this: what the chunk had started is undone with it and comes again in the next one."""
    tx.undo()
    batches.settle(tx, item, status, note=note[:500])
    return True
