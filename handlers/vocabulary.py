"""What a handler is given (`Case`, read-only) and what it may give back (`Outcome`, effects as data).

Knows nothing of databases, pages or the engine. An effect is applied by the projection, in the same transaction,
once per (case, element, visit); so a handler is safe to run twice and is tested without a database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

Facts = Mapping[str, Any]
"""A row as plain values: str, int, Decimal, bool, date, None, lists and dicts of these."""


class Calendar(Protocol):
    """Working days of Zhejiang; a year without a notice is provisional, never an error."""

    def is_workday(self, day: date) -> bool: ...
    def is_provisional(self, year: int) -> bool: ...


class Register(Protocol):
    """Read-only view of everything recorded, as of the case's today. Rows are `Facts`."""

    def bases(self, **where: Any) -> Sequence[Facts]:
        """Bases by equality, e.g. host_id=…, status="active"; keys of the base row (code name category level …)."""
        ...

    def bans(self, uscc: str) -> Sequence[Facts]:
        """Bans of a host: starts_on, ends_on, scope (host | base | host_and_leader), doc_no, base_name, leader, field,
        rescinded_on."""
        ...

    def bans_of_leader(self, name: str) -> Sequence[Facts]:
        """Bans of any host with scope host_and_leader that name this leader; same keys, and uscc."""
        ...

    def organisation(self, org_id: str) -> Facts | None:
        """id name kind (city_bureau | competent_dept | host | province) city uscc recommender_id contact…"""
        ...

    def recommender_of(self, host_id: str, on: date) -> Facts | None:
        """The recommending department that master data gives the host on that day."""
        ...

    def applications(self, **where: Any) -> Sequence[Facts]:
        """Applications by equality, e.g. round_id=…, host_id=…; keys of the application row (docs/architecture.md)."""
        ...

    def experts(self) -> Sequence[Facts]:
        """Expert pool: id name org_id org_name fields[] available load (open assignments in this round)."""
        ...

    def documents(self, doc_no: str) -> Sequence[Facts]:
        """Issued documents with that normalised number."""
        ...

    def issued(self, case_id: str) -> Sequence[Facts]:
        """Documents with a date that this case has issued, in order; keys of the document row."""
        ...

    def dishonesty(self, uscc: str) -> Facts | None:
        """Entry of the imported serious-dishonesty list; None when the list holds nothing of this unit."""
        ...

    def codes(self, kind: str) -> Mapping[str, str]:
        """A code list: code → Chinese label."""
        ...

    def indicators(self, set_code: str) -> Sequence[Facts]:
        """Indicator set: code parent name max kind (quant | qual) formula."""
        ...


@dataclass(frozen=True)
class Case:
    """All a handler may know."""

    id: str
    process: str
    number: str
    today: date
    data: Facts
    """The variables of the diagram at this element."""
    forms: Mapping[str, Facts]
    """Latest submitted content by task id (whole form), and the draft under check for the task being filled."""
    host: Facts = field(default_factory=dict)
    base: Facts = field(default_factory=dict)
    round: Facts = field(default_factory=dict)
    application: Facts = field(default_factory=dict)
    parent: Facts = field(default_factory=dict)
    """The case that this one is about, e.g. the application of a 复核: id process number title host_id end ended_on."""
    parameters: Facts = field(default_factory=dict)
    register: Register | None = None
    calendar: Calendar | None = None
    decide: Any = None
    """decide(table, **inputs) -> dict: the decision table of the case's release."""
    actor: Facts = field(default_factory=dict)
    """Who acted in this step: id name org_id role."""
    element: str = ""
    visit: int = 1
    seed: int = 0


# ---------------------------------------------------------------------------------------------- effects


@dataclass(frozen=True)
class UpdateApplication:
    """The application's summary row gets these fields (base_name, category, status, accepted_no, score …)."""

    fields: Facts
    application: str | None = None
    """Case id of the application; None: this case's own."""


@dataclass(frozen=True)
class UpdateRound:
    """The round's row gets these fields (status, window_from, window_to, recommend_by, publicity_until …)."""

    fields: Facts


@dataclass(frozen=True)
class AssignExpert:
    """The person may see and score this application until the round closes."""

    person: str
    reason: str = ""


@dataclass(frozen=True)
class ReleaseExpert:
    """The assignment ends (recusal, replacement), with reason."""

    person: str
    reason: str


@dataclass(frozen=True)
class RegisterBase:
    """A base enters the register; `facts` as the base row without its code, which the projection draws."""

    facts: Facts
    category: str
    designated_on: date
    doc_no: str
    application: str


@dataclass(frozen=True)
class IssueDocument:
    """An official document: content now, docx and PDF rendered by a job. kind: round_notice | designation | …"""

    kind: str
    title: str
    content: Facts
    doc_no: str = ""
    issued_on: date | None = None


@dataclass(frozen=True)
class CorrectDocument:
    """更正: a new document stands beside the wrong one, which keeps its words and is shown as corrected."""

    document: str
    """Id of the document that was wrong."""
    title: str
    content: Facts
    doc_no: str
    issued_on: date
    bases: Mapping[str, Facts] = field(default_factory=dict)
    """Base id → fields of the register that are right from issued_on on."""


@dataclass(frozen=True)
class OpenBan:
    """The host may not apply from starts_on to ends_on inclusive."""

    uscc: str
    scope: str
    starts_on: date
    ends_on: date
    doc_no: str
    base: str = ""


@dataclass(frozen=True)
class StartCase:
    """A case of `process` is started, exactly one per key."""

    process: str
    key: str
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class Deliver:
    """A message to another case, written to the outbox now, delivered once in a transaction of its own."""

    message: str
    to: str
    """Case id."""
    payload: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class Notify:
    """A notice (station message, mail, SMS by settings) to everyone who holds the role in the organisation."""

    role: str
    org: str
    text: str
    person: str = ""
    subject: str = ""


@dataclass(frozen=True)
class Urge:
    """The open task of this element is marked urged once more, and its holders are told."""

    element: str
    text: str


Effect = (
    UpdateApplication
    | UpdateRound
    | AssignExpert
    | ReleaseExpert
    | RegisterBase
    | IssueDocument
    | CorrectDocument
    | OpenBan
    | StartCase
    | Deliver
    | Notify
    | Urge
)


@dataclass(frozen=True)
class Outcome:
    """`data` becomes the service task's result variable; `effects` go to the projection."""

    data: Facts = field(default_factory=dict)
    effects: Sequence[Effect] = ()


class BpmnError(Exception):
    """A business error the diagram catches with a boundary event of this code."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code, self.message = code, message
