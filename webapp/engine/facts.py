"""What expressions and handlers of one case may read, fetched only when something asks for it.

All of it is read-only and as of now, except that parameters are those the case is pinned to (settled.md 18).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any

from handlers import deadlines
from handlers.vocabulary import Calendar, Facts
from webapp import clock
from webapp.engine.catalog import Catalog
from webapp.store import (
    applications,
    cases,
    organisations,
    parameters,
    proceedings,
    register,
    rounds,
    submissions,
    workdays,
)
from webapp.store.db import Tx
from webapp.store.tables import Case as CaseRow
from webapp.store.tables import Submission

NAMES = ("case", "host", "recommender", "base", "round", "application", "proceeding", "parent", "today")


class LazyFacts(Mapping[str, Any]):
    """A mapping whose values are fetched at first use and then kept."""

    def __init__(self, loaders: Mapping[str, Callable[[], Any]]) -> None:
        self._loaders = loaders
        self._values: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            self._values[name] = self._loaders[name]()
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._loaders

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaders)

    def __len__(self) -> int:
        return len(self._loaders)

    def overlay(self, name: str, fields: Mapping[str, Any]) -> None:
        """What an effect will write is true for the rest of this step already."""
        self._values[name] = {**self[name], **fields}


class Late(Mapping[str, Any]):
    """A mapping that is fetched as a whole when somebody first looks into it."""

    def __init__(self, load: Callable[[], Mapping[str, Any]]) -> None:
        self._load = load
        self._found: Mapping[str, Any] | None = None

    @property
    def _values(self) -> Mapping[str, Any]:
        if self._found is None:
            self._found = self._load()
        return self._found

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class Over(Mapping[str, Any]):
    """What is laid over a mapping that is only asked for what is not in it."""

    def __init__(self, above: Mapping[str, Any], below: Mapping[str, Any]) -> None:
        self._above, self._below = above, below

    def __getitem__(self, name: str) -> Any:
        return self._above[name] if name in self._above else self._below[name]

    def __contains__(self, name: object) -> bool:
        return name in self._above or name in self._below

    def __iter__(self) -> Iterator[str]:
        yield from self._above
        yield from (name for name in self._below if name not in self._above)

    def __len__(self) -> int:
        return len({*self._above, *self._below})


class CaseFacts:
    """The readable surroundings of one case within one transaction."""

    def __init__(self, tx: Tx, catalog: Catalog, case: CaseRow) -> None:
        self._tx, self._catalog, self._case = tx, catalog, case
        self._handed_in: dict[str, Facts] = {}
        self._forms_before = Late(self._submitted_forms)
        self.names = LazyFacts(
            {
                "case": self._case_facts,
                "host": lambda: organisations.facts(tx, case.host_id),
                "recommender": lambda: organisations.facts(tx, case.recommender_id),
                "base": lambda: register.base_facts(tx, case.base_id),
                "round": lambda: rounds.facts(tx, case.round_id),
                "application": lambda: applications.facts(tx, case.id),
                "proceeding": lambda: proceedings.facts(tx, case.id) if case.base_id else {},
                "parent": lambda: cases.parent_facts(tx, case.parent_id),
                "today": clock.today,
            }
        )

    @cached_property
    def calendar(self) -> Calendar:
        return workdays.calendar(self._tx)

    @cached_property
    def parameters(self) -> Facts:
        return parameters.at(self._tx, self._case.parameters_on)

    @cached_property
    def register(self) -> register.View:
        return register.View(self._tx, clock.today(), self._case.round_id, self._case.id)

    @property
    def forms(self) -> Mapping[str, Facts]:
        """Latest submitted content by task id; a shared form's also by its name (`application`: fill or correct)."""
        return Over(self._handed_in, self._forms_before)

    @cached_property
    def submitted(self) -> Sequence[Submission]:
        """Everything handed in before this step, in order."""
        return submissions.of_case(self._tx, self._case.id)

    def late(self, name: str) -> Late:
        """The facts of this name, fetched when somebody looks into them."""
        return Late(lambda: self.names[name])

    def handed_in(self, element: str, form: str, content: Facts) -> None:
        """What was submitted in this step is the latest content for whoever reads on."""
        submissions.file_under(self._handed_in, element, form, content)

    def _submitted_forms(self) -> Mapping[str, Facts]:
        found: dict[str, Facts] = {}
        for row in self.submitted:
            submissions.file_under(found, row.element, row.form, row.content)
        return found

    def decide(self, table: str, **inputs: Any) -> Any:
        return self._catalog.decide(self._tx, self._case.release_id or "", table, inputs)

    def functions(self) -> Mapping[str, Callable[..., Any]]:
        """The registered functions of design.md 6a; working-day limits count from today, when the task arrives."""
        return {
            "param": self._parameter,
            "workdays": lambda n, start=None: deadlines.workdays(
                int(n), as_date(start) or clock.today(), self.calendar
            ),
            "months": lambda n, day: deadlines.months(int(n), as_day(day)),
            "roll": lambda day: deadlines.roll(as_day(day), self.calendar),
            "deadline.end_of": lambda day: deadlines.end_of(as_day(day)),
            "deadline.start_of": lambda day: deadlines.start_of(as_day(day)),
            "earliest": lambda *days: min(d for d in map(as_date, days) if d),
            "latest": lambda *days: max(d for d in map(as_date, days) if d),
        }

    def _parameter(self, key: str) -> Any:
        if key not in self.parameters:
            raise KeyError(f"参数“{key}”未设置")
        return self.parameters[key]

    def _case_facts(self) -> Facts:
        case = self._case
        return {
            "id": case.id,
            "number": case.number,
            "process": case.process,
            "title": case.title,
            "started_on": clock.local(case.started_at).date(),
            "started_by": case.started_by,
        }


def as_date(value: Any) -> date | None:
    """A business date from a date, an aware moment or ISO text; None stays None."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return clock.local(value).date()
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def as_day(value: Any) -> date:
    """As `as_date`, where a day is needed; raises ValueError when there is none."""
    day = as_date(value)
    if day is None:
        raise ValueError("缺少日期")
    return day


def plain(value: Any) -> Any:
    """The value as JSON has it, so that what a handler saw is what is stored."""
    return json.loads(json.dumps(value, ensure_ascii=False, default=_text))


def _text(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset | tuple):
        return sorted(value) if isinstance(value, set | frozenset) else list(value)
    return str(value)
