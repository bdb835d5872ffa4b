"""What one command did to a case: plain values between the runtime and the projection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from handlers.vocabulary import Effect


@dataclass(frozen=True)
class Owner:
    """Whose inbox: a role in an organisation, or one person."""

    role: str
    org_id: str | None = None
    person_id: str | None = None


@dataclass(frozen=True)
class OpenedTask:
    """A task that waits for a person."""

    id: str
    element: str
    process: str
    title: str
    lane: str
    owner: Owner
    key: str | None
    form: str
    due_on: date | None
    reminders: tuple[int, ...]
    visit: int
    properties: Mapping[str, str]


@dataclass(frozen=True)
class ArmedTimer:
    """A deadline the diagram waits for; `due_at` is aware UTC, `business_on` its date in Zhejiang."""

    id: str
    element: str
    due_at: datetime
    business_on: date


@dataclass(frozen=True)
class Passed:
    """An element that a token went through; state: completed, cancelled."""

    element: str
    process: str
    task_id: str
    type: str
    state: str


@dataclass(frozen=True)
class Sent:
    """A message or signal that the diagram threw."""

    kind: str
    name: str
    payload: Mapping[str, Any]
    element: str


@dataclass(frozen=True)
class Fault:
    """The element at which the case stopped, and why; it can be retried from there."""

    element: str
    message: str
    detail: str


@dataclass(frozen=True)
class Applied:
    """An effect with the element that asked for it."""

    effect: Effect
    element: str


@dataclass(frozen=True)
class Step:
    """The case after a command: all that the projection needs, and nothing of the engine's own kind."""

    state: str
    done: bool
    ends: tuple[str, ...]
    tasks: Sequence[OpenedTask]
    known: frozenset[str]
    """Ids of tasks that were open before already (no facts were computed for them anew)."""
    timers: Sequence[ArmedTimer]
    armed_before: Mapping[str, datetime]
    """When each timer that was armed before was due: what is as it was needs no writing."""
    passed: Sequence[Passed]
    flows: Sequence[tuple[str, str]]
    """(process, sequence flow) travelled in this step, each as often as it was."""
    sent: Sequence[Sent]
    effects: Sequence[Applied]
    undo: Mapping[str, Any] | None = None
    """What the step overwrote, by row: taking it back restores that. None: it cannot be taken back."""
    fault: Fault | None = None
