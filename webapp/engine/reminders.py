"""What a reminder says: the diagram may give a task words of its own (property `reminder`, domain.md 6.4)."""

from __future__ import annotations

from handlers import messages
from webapp.engine import context
from webapp.store import proceedings, register
from webapp.store.db import Tx
from webapp.store.tables import Case, Task


def text(tx: Tx, case: Case, task: Task) -> str:
    """The task's own words with `{base}`, `{period}` and `{due}` filled in; "" when the diagram gives it none."""
    definition = context.of(tx).catalog.definition(tx, case.release_id or "", case.process)
    element = definition.all_elements.get((task.process, task.element))
    words = element.properties.get("reminder", "") if element else ""
    if not words:
        return ""
    known = {
        "base": register.base(tx, case.base_id).name if case.base_id else case.title,
        "period": str(proceedings.facts(tx, case.id).get("period", "")) if case.base_id else "",
        "due": messages.in_chinese(task.due_on) if task.due_on else "",
    }
    for name, value in known.items():
        words = words.replace(f"{{{name}}}", value)
    return words
