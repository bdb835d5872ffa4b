"""What a file is checked against: the installation's roles, handlers, forms, tables and diagrams, as names."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from webapp.engine import catalog, forms, shipped
from webapp.errors import Misconfigured
from webapp.store import parameters, releases, roles, seeding
from webapp.store.db import Tx
from webapp.store.seed import lists

FUNCTIONS = frozenset(
    {
        "param",
        "workdays",
        "months",
        "roll",
        "deadline.end_of",
        "deadline.start_of",
        "deadline.due",
        "earliest",
        "latest",
    }
)
"""What expressions may call beside the built-in functions (engine/facts.py)."""
FACTS = frozenset(
    {"case", "host", "recommender", "base", "round", "application", "proceeding", "parent", "begun", "today"}
)
"""What every diagram may read and none may write (design.md 6a)."""


@dataclass(frozen=True)
class Surroundings:
    """`files`: name → text of everything of the installation, the files under check laid over them.

    `standalone`: nothing is known of an installation; its rules are advice (settled.md 13).
    """

    files: Mapping[str, str] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()
    handlers: Mapping[str, catalog.HandlerCard] = field(default_factory=dict)
    parameters: frozenset[str] = frozenset()
    standalone: bool = True

    def with_files(self, files: Mapping[str, str]) -> Surroundings:
        """The same, as it would be with these files."""
        return replace(self, files={**self.files, **files})

    def form(self, name: str) -> forms.Form | None:
        """The form `designation/fill`, None when there is none or it cannot be used."""
        schema = self.files.get(f"forms/{name}.schema.json")
        if schema is None:
            return None
        try:
            return forms.load(schema, self.files.get(f"forms/{name}.ui.json", "{}"), name=name)
        except Misconfigured:
            return None

    def home_of(self, process: str) -> str:
        """The name of the file that draws this process; "" when none does."""
        return self._homes.get(process, "")

    def table_of(self, decision: str) -> str:
        """The name of the file that holds this decision table; "" when none does."""
        return self._tables.get(decision, "")

    @cached_property
    def _homes(self) -> Mapping[str, str]:
        return _ids(self.files, ".bpmn", _PROCESS)

    @cached_property
    def _tables(self) -> Mapping[str, str]:
        return _ids(self.files, ".dmn", _DECISION)

    def has_form(self, name: str) -> bool:
        return f"forms/{name}.schema.json" in self.files


ALONE = Surroundings()

_PROCESS = re.compile(r"""<(?:[\w.-]+:)?process\b[^>]*?\bid=["']([^"']+)["']""")
_DECISION = re.compile(r"""<(?:[\w.-]+:)?decision\b[^>]*?\bid=["']([^"']+)["']""")


def _ids(files: Mapping[str, str], ending: str, pattern: re.Pattern[str]) -> dict[str, str]:
    return {key: name for name, text in files.items() if name.endswith(ending) for key in pattern.findall(text)}


def shipped_with(root: Path) -> Surroundings:
    """The installation as it ships in this folder; no database is opened."""
    try:
        files = shipped.files(root)
    except (Misconfigured, OSError, ValueError):
        files = {}
    known = frozenset(str(row["key"]) for row in lists.parameters())
    names = frozenset(role[1] for role in seeding.ROLES)
    return Surroundings(files, names, _handlers(), known, standalone=False)


def installed(tx: Tx, release_id: str) -> Surroundings:
    """The installation as its database has it, with the files of that release."""
    manifest = releases.get(tx, release_id).manifest
    files = {name: releases.artefact(tx, digest).content for name, digest in manifest.items()}
    names = frozenset(row.name for row in roles.all_of(tx))
    known = frozenset(row.key for row in parameters.listed(tx))
    return Surroundings(files, names, _handlers(), known, standalone=False)


@lru_cache(maxsize=1)
def _handlers() -> Mapping[str, Any]:
    """Handlers that service tasks and checks may name; a task's `check` gives another kind of answer."""
    return {card.name: card for card in catalog.handler_cards()}


def parsed_json(text: str) -> Any:
    """The JSON value; ValueError whatever is wrong with it."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("嵌套过深") from None
