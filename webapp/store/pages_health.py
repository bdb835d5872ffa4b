"""Figures for machines that look after the installation."""

from __future__ import annotations

from sqlalchemy import func, select

from webapp import clock
from webapp.store.db import Tx
from webapp.store.pages import literal
from webapp.store.tables import Case, Incident, Task, Timer


def gauges(tx: Tx) -> dict[str, tuple[str, int]]:
    """Name → (what it counts, how many)."""
    today, now = clock.today(), clock.now()
    is_open = Task.status == literal("open")
    found = {
        "tasks_open": ("Open tasks", select(func.count(Task.id)).where(is_open)),
        "tasks_overdue": (
            "Open tasks past their due day",
            select(func.count(Task.id)).where(is_open, Task.sort_on < today),
        ),
        "cases_open": ("Running cases", select(func.count(Case.id)).where(Case.status == literal("open"))),
        "incidents_open": ("Open incidents", select(func.count(Incident.id)).where(Incident.status == literal("open"))),
        "timers_late": (
            "Timers that should have fired",
            select(func.count(Timer.id)).where(Timer.status == literal("waiting"), Timer.due_at < now),
        ),
    }
    return {name: (text, tx.scalar(query) or 0) for name, (text, query) in found.items()}
