"""All tables of the database, one file a noun."""

from __future__ import annotations

from webapp.store.tables.application import Application, ExpertAssignment
from webapp.store.tables.base import Ban, Base, BaseFact, Dishonesty
from webapp.store.tables.case import Case, Flow, Visit
from webapp.store.tables.code import Code, Counter, Indicator, Parameter, Revision, Workday
from webapp.store.tables.command import Command, Outbox
from webapp.store.tables.document import Document
from webapp.store.tables.file import File
from webapp.store.tables.incident import Incident
from webapp.store.tables.journal import Journal, JournalValue
from webapp.store.tables.model import Model, Public, Scoped
from webapp.store.tables.notice import Notice
from webapp.store.tables.organisation import Affiliation, Organisation
from webapp.store.tables.person import Delegation, Person, Role, SeatRow
from webapp.store.tables.proceeding import Batch, BatchItem, Mark, Proceeding
from webapp.store.tables.release import Artefact, ModelDraft, Release
from webapp.store.tables.round import Round
from webapp.store.tables.session import AccountRequest, AuthSession, LoginAttempt
from webapp.store.tables.submission import Draft, Submission
from webapp.store.tables.task import NO_DUE, Task
from webapp.store.tables.timer import Timer

__all__ = [
    "NO_DUE",
    "AccountRequest",
    "Affiliation",
    "Application",
    "Artefact",
    "AuthSession",
    "Ban",
    "Base",
    "BaseFact",
    "Batch",
    "BatchItem",
    "Case",
    "Code",
    "Command",
    "Counter",
    "Delegation",
    "Dishonesty",
    "Document",
    "Draft",
    "ExpertAssignment",
    "File",
    "Flow",
    "Incident",
    "Indicator",
    "Journal",
    "JournalValue",
    "LoginAttempt",
    "Mark",
    "Model",
    "ModelDraft",
    "Notice",
    "Organisation",
    "Outbox",
    "Parameter",
    "Person",
    "Proceeding",
    "Public",
    "Release",
    "Revision",
    "Role",
    "Round",
    "Scoped",
    "SeatRow",
    "Submission",
    "Task",
    "Timer",
    "Visit",
    "Workday",
]
