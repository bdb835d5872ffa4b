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

    def base(self, base_id: str) -> Facts | None:
        """The base as it is now, with `uscc` and `host_name`; None when there is none."""
        ...

    def base_on(self, base_id: str, day: date) -> Facts:
        """Every dated field of the base as it was on that day; empty before it was one."""
        ...

    def history(self, base_id: str) -> Sequence[Facts]:
        """All dated facts of the base: field value valid_from valid_to source_case, by field and beginning."""
        ...

    def proceedings(self, **where: Any) -> Sequence[Facts]:
        """Summaries of cases about bases by equality, e.g. base_id=…, process="annual_report", period="2026"; newest
        first; keys of the proceeding row (docs/architecture.md 8)."""
        ...

    def marks(self, base_id: str, *, open_only: bool = True) -> Sequence[Facts]:
        """Marks on the base: kind period text raised_on cleared_on."""
        ...

    def open_cases(self, base_id: str) -> Sequence[Facts]:
        """Unended cases about the base but this one: id number process title status started_on held_by elements."""
        ...

    def submitted(self, case_id: str) -> Mapping[str, Facts]:
        """Latest content handed in with another case, by task id and by name of a shared form."""
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

    def host_with(self, uscc: str) -> Facts | None:
        """The host that master data know by this unified social credit code; None when there is none."""
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
    proceeding: Facts = field(default_factory=dict)
    """The summary of this case about a base: period kind status due_on submitted_on late … (docs/architecture.md 8)."""
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
class RescindBan:
    """The ban is lifted by that document and stays on record."""

    ban: str
    on: date
    doc_no: str


@dataclass(frozen=True)
class ChangeBase:
    """From `on` the base has these values in the register; the days before keep theirs."""

    fields: Facts
    on: date
    base: str | None = None
    """None: the case's base."""


@dataclass(frozen=True)
class ChangeHost:
    """第十六条: the host's master data get these values (name, uscc, city …); from `on` that department recommends it."""

    fields: Facts
    on: date
    recommender: str = ""
    host: str | None = None
    """None: the case's host."""


@dataclass(frozen=True)
class EndBase:
    """The base has ended (revoked, exited, transferred_national); its other open cases are dealt with at once, as the
    table `meeting` says."""

    status: str
    on: date
    doc_no: str
    reason: str


@dataclass(frozen=True)
class RestoreBase:
    """The base is active again from `on`; its history stays."""

    on: date
    doc_no: str
    reason: str


@dataclass(frozen=True)
class UpdateProceeding:
    """The summary of this case about a base (or of another one) gets these fields."""

    fields: Facts
    case: str | None = None


@dataclass(frozen=True)
class RecordProceeding:
    """A summary without a case stands in the register, e.g. an imported result; once per key."""

    key: str
    fields: Facts
    """base_id, process, period, grade, …"""


@dataclass(frozen=True)
class RaiseMark:
    """The base carries this mark until it is cleared; one open mark per kind and period."""

    kind: str
    period: str
    text: str
    base: str | None = None


@dataclass(frozen=True)
class ClearMark:
    """The open mark of this kind and period is gone, with reason."""

    kind: str
    period: str
    reason: str
    base: str | None = None


@dataclass(frozen=True)
class HoldOthers:
    """Open cases of the base that the table `meeting` holds for this process are suspended by this case."""

    reason: str


@dataclass(frozen=True)
class ReleaseOthers:
    """The cases that this one suspended go on by themselves."""

    reason: str


@dataclass(frozen=True)
class TellBase:
    """Every other open case of the base that waits for this message has it, in the same transaction."""

    message: str
    payload: Facts = field(default_factory=dict)
    base: str | None = None


@dataclass(frozen=True)
class StartCase:
    """A case of `process` is started, exactly one per key; its diagram reads `facts["data"]` as `begun`."""

    process: str
    key: str
    facts: Facts = field(default_factory=dict)
    """host_id, base_id, round_id, parent_id, title, data."""
    joins: str = ""
    """A message that an open case of this process about the same base gets with the data, instead of a second case."""


@dataclass(frozen=True)
class StartBatch:
    """One case of `process` per item is started by a job in chunks, exactly one per item's key."""

    process: str
    key: str
    title: str
    items: Sequence[Facts]
    """base_id, key; title, round_id, data when wanted."""
    skipped: Sequence[Facts] = ()
    """base_id, reason: why a base gets no case."""


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
    | RescindBan
    | ChangeBase
    | ChangeHost
    | EndBase
    | RestoreBase
    | UpdateProceeding
    | RecordProceeding
    | RaiseMark
    | ClearMark
    | HoldOthers
    | ReleaseOthers
    | TellBase
    | StartCase
    | StartBatch
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
