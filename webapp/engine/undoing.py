"""取回: which steps can be undone as a whole, and what undoing them restores besides the place.

A step that has told somebody, written a document, a base or another case's row, or sent a message stays done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from handlers import vocabulary as v
from webapp.engine.step import Applied
from webapp.store import applications, proceedings, rounds
from webapp.store.db import Tx
from webapp.store.tables import Application, Case, Proceeding, Round

OF_CASE = ("title", "recommender_id")
"""Columns of the case's own row that effects on its application change along."""
BEFORE_PUBLISHING = "preparing"


def can_be_undone(case: Case, effects: Sequence[Applied], overwritten: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether all that the step's effects did was to overwrite the case's own summary."""
    return all(_only_overwrites(case, applied.effect, overwritten) for applied in effects)


def restore(tx: Tx, case: Case, undo: Mapping[str, Mapping[str, Any]]) -> None:
    """The case's rows have again what the step overwrote."""
    for name, value in undo.get("case", {}).items():
        setattr(case, name, value)
    if fields := undo.get("application"):
        applications.put(tx, case.id, **Application.typed(fields))
    if fields := undo.get("round"):
        rounds.put(tx, case.id, **Round.typed(fields))
    if fields := undo.get("proceeding"):
        proceedings.put(tx, case.id, **Proceeding.typed(fields))


def _only_overwrites(case: Case, effect: v.Effect, overwritten: Mapping[str, Mapping[str, Any]]) -> bool:
    match effect:
        case v.UpdateApplication(application=other):
            return other in (None, case.id)
        case v.UpdateProceeding(fields=fields, case=other):
            return other in (None, case.id) and "facts" not in fields  # those are laid over what was there
        case v.UpdateRound(fields=fields):
            was = overwritten.get("round", {}).get("status", BEFORE_PUBLISHING)
            return bool(was == fields.get("status", was) == BEFORE_PUBLISHING)
    return False
