"""What a command holds besides its own case, so that nobody changes what it has read (settled.md 8).

Hosts first, then bases, rounds and at last cases by id. A command that finds it needs more starts again with all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

from handlers import vocabulary as v
from webapp.engine.step import Applied
from webapp.errors import Busy
from webapp.store import cases, organisations, register
from webapp.store.db import Tx
from webapp.store.tables import Case

T = TypeVar("T")

MOST_TRIES = 5
"""How often a command starts again before its user is asked to."""
PROPERTY = "locks"
"""Of a user task: what must stay as its check reads it until the step is committed; `round`: every other case's rank."""


@dataclass(frozen=True)
class Held:
    """Ids of rows that stay as they are until the commit."""

    hosts: frozenset[str] = frozenset()
    bases: frozenset[str] = frozenset()
    """With all their cases that have not ended."""
    rounds: frozenset[str] = frozenset()
    cases: frozenset[str] = frozenset()

    def __or__(self, other: Held) -> Held:
        return Held(*(getattr(self, each.name) | getattr(other, each.name) for each in fields(self)))

    def are_missing(self, tx: Tx) -> bool:
        """Whether the transaction has not locked all of them."""
        return not (self.hosts | self.bases | self.rounds | self.cases) <= tx.held

    def lock(self, tx: Tx) -> None:
        """The transaction holds them all, taken in the house's order."""
        organisations.lock_many(tx, self.hosts)
        for base_id in sorted(self.bases):
            register.lock(tx, base_id)
        if self.rounds:
            cases.lock_many(tx, self.rounds)
        about = {row.id for base_id in self.bases for row in cases.of_base(tx, base_id, open_only=True)}
        if others := (about | self.cases) - self.rounds:
            cases.lock_many(tx, others)
        tx.held.update(self.bases)


class NeedsMore(Exception):  # not an error: the command is begun anew
    """The step reaches further than what is held."""

    def __init__(self, wanted: Held) -> None:
        super().__init__()
        self.wanted = wanted


def holding(tx: Tx, work: Callable[[], T]) -> T:
    """The answer of `work`, which is begun again with more locked whenever it finds that it needs more."""
    wanted = Held()
    for _ in range(MOST_TRIES):
        try:
            return work()
        except NeedsMore as more:
            wanted |= more.wanted
            tx.undo()
            wanted.lock(tx)
    raise Busy


def must_hold(tx: Tx, case: Case, wanted: Held) -> None:
    """Raise NeedsMore unless the transaction holds all of it."""
    if wanted.are_missing(tx):
        own = frozenset({case.id}) & tx.held  # not a case that begins in this very transaction
        raise NeedsMore(wanted | (Held(rounds=own) if case.id == case.round_id else Held(cases=own)))


def drawn(case: Case, properties: Mapping[str, str]) -> Held:
    """What the user task says must not change meanwhile."""
    asks = properties.get(PROPERTY, "") == "round" and case.round_id is not None
    return Held(rounds=frozenset({case.round_id or ""})) if asks else Held()


def reached(tx: Tx, case: Case, effects: Sequence[Applied], *, others: bool) -> Held:
    """Other cases that the effects write about, and hosts whose standing they rest on or change.

    `others`: the step also reaches the other cases of the case's base.
    """
    about, hosts = set[str](), set[str]()
    for applied in effects:
        match applied.effect:
            case v.UpdateApplication(application=other) | v.UpdateProceeding(case=other) if other:
                about.add(other)
            case v.RegisterBase(application=application, facts=base):
                about.add(application)
                hosts.update(_some(base.get("host_id")))
            case v.OpenBan(uscc=uscc):
                host = organisations.by_uscc(tx, uscc)
                hosts.update(_some(host.id if host else None))
    bases = frozenset(_some(case.base_id if others else None))
    return Held(frozenset(hosts), bases, cases=frozenset(about - {case.id}))


def _some(identity: str | None) -> Iterable[str]:
    return (identity,) if identity else ()
