"""Commands that took effect, so that the same one sent twice takes effect once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from webapp import clock
from webapp.errors import Stale
from webapp.store.db import Tx, stmt
from webapp.store.tables import Command


def answer_of(tx: Tx, command_id: str, verb: str, actor: str) -> Any | None:
    """What the command answered when it took effect; None when it has not.

    Raises Stale when the id stands for another act or another person's: its answer is nobody else's.
    """
    with stmt("commands.answer_of"):
        found = tx.execute(select(Command.answer, Command.verb, Command.actor).where(Command.id == command_id))
        row = found.one_or_none()
    if row is None:
        return None
    if (row.verb, row.actor) != (verb, actor):
        raise Stale("操作编号已用于另一操作，请刷新页面后重试。")
    return row.answer


def record(tx: Tx, command_id: str, *, verb: str, actor: str, answer: Any, case_id: str | None = None) -> None:
    """The command took effect with this answer (not None). The commit raises Stale if it did so meanwhile elsewhere."""
    row = {"id": command_id, "verb": verb, "actor": actor, "answer": answer, "case_id": case_id, "at": clock.now()}
    tx.insert(Command, [row])


def forget_before(tx: Tx, moment: datetime) -> None:
    """Nobody can repeat a command older than this any more."""
    tx.execute(delete(Command).where(Command.at < moment))
