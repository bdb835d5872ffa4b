"""What a simulated person has before him when he fills a task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from webapp.demo.world import Host


@dataclass(frozen=True)
class Situation:
    """What a person has before him when he fills a task."""

    process: str
    element: str
    title: str
    outcome: str
    today: date
    file_id: str
    data: Mapping[str, Any]
    """The diagram's variables as the task sees them."""
    indicators: Callable[[], list[dict[str, Any]]]
    number: int
    """Different each time, for numbers and ranks that must not repeat."""
    visit: int
    """For how many times the task is open in its case."""
    host_id: str
    hosts: Sequence[Host]
    rng: Random
    prior: Callable[[], Mapping[str, Any]]
    """What the form opens with, beside the diagram's variables."""
    quality: float
    """How well the base does, of 1: the same for everybody who looks at it in one evaluation."""


Given = Callable[[Situation], dict[str, Any]]
