"""What a journal entry says was done, in the words of the diagram that the case had then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.engine import context, forms
from webapp.errors import Misconfigured
from webapp.store import pages_cases
from webapp.store.db import Tx
from webapp.store.tables import Journal
from webapp.views import labels


@dataclass(frozen=True)
class Told:
    """One entry for people: what was done, at which step, about what."""

    act: str
    element: str
    about: str


def told(tx: Tx, rows: Sequence[Journal]) -> dict[str, Told]:
    """Every entry in words, by its id; a code for which the diagram has no word stays as it is."""
    cases = pages_cases.numbers(tx, [row.object_id for row in rows])
    return {row.id: _told(tx, row, *cases.get(row.object_id, ("", ""))) for row in rows}


def _told(tx: Tx, row: Journal, process: str, number: str) -> Told:
    definition = _definition(tx, row.release_id or "", process) if process else None
    verb, _, rest = row.action.partition(" ")
    said = labels.named(labels.VERBS, verb)
    element = definition.elements.get(row.element or "") if definition else None
    if rest and definition:
        rest = _outcome(element, rest) if verb == "submit" else _message(definition, rest)
    return Told(f"{said}：{rest}" if rest else said, element.name if element else "", number or row.object_id)


def _outcome(element: Any, code: str) -> str:
    try:
        declared = forms.parse_outcomes(element.properties.get("outcomes", "")) if element else []
    except Misconfigured:
        declared = []
    return next((each.label for each in declared if each.id == code), code)


def _message(definition: Any, name: str) -> str:
    """The button's label, or the name of the event that catches it."""
    found = [definition.elements[each] for each in definition.messages.get(name, ()) if each in definition.elements]
    words: Mapping[str, None] = {each.properties.get("label") or each.name: None for each in found}
    return next((word for word in words if word), name)


def _definition(tx: Tx, release_id: str, process: str) -> Any:
    try:
        return context.of(tx).catalog.definition(tx, release_id, process)
    except Misconfigured:
        return None
