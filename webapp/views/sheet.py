"""What a task page shows of its form: content it opens with, options, what is locked, and what the check says now.

Reads as the system, after the gate has let the person through to this very task; so a form may be filled with facts
that its reader could not list by himself.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from webapp import clock
from webapp.engine import commands, context, forms, sheets
from webapp.engine.runtime import Runtime
from webapp.errors import Rejected
from webapp.store import cases, codes, drafts, files, organisations, submissions
from webapp.store.db import Tx
from webapp.store.principal import Principal
from webapp.store.tables import Case, Task

OUTCOME, OPINION, ATTACHMENTS = "_outcome", "_opinion", "_attachments"
"""What every task has beside its form; in a draft they lie among the content under these names."""
LONGEST_OPINION = 5_000
RESULTS = {"pass": "ok", "reject": "bad", "explain": "warn", "manual": "warn", "na": "ok"}
ORDER = ("reject", "explain", "manual", "pass", "na")
NOTES = {"explain": "需补充说明", "manual": "需人工核验", "na": "不适用"}


@dataclass(frozen=True)
class Sheet:
    """A task's form and the rest of what its holder fills in."""

    form: forms.Form | None
    content: dict[str, Any]
    choices: forms.Choices
    outcomes: Sequence[forms.Outcome]
    properties: Mapping[str, str]
    outcome: str = ""
    opinion: str = ""
    attachments: Sequence[str] = ()
    saved_at: datetime | None = None
    unlocked: Sequence[str] | None = None
    marks: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, Any] = field(default_factory=dict)
    previous: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_check(self) -> bool:
        """The task names a handler that judges the content."""
        return bool(self.properties.get("check"))

    def read(self, posted: MultiDict[str, str], stored: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """The typed content of a post: locked fields as they were, system fields as the system says. Raises Invalid."""
        if self.form is None:
            return {}
        content = forms.parse(self.form, posted.items(multi=True), stored)
        operation = posted.get("_op", "")
        if ":" in operation:
            content = forms.operate(self.form, content, operation)
        if self.unlocked is not None:
            content = forms.restrict(self.form, content, self.previous, self.unlocked)
        return forms.compute(self.form, content, self.facts, self.functions)


def of_task(tx: Tx, actor: Principal, task: Task) -> Sheet:
    """The sheet as it opens: the person's draft, else what was submitted before, else what is known."""
    case = cases.get(tx, task.case_id)
    form = sheets.form_of(tx, case, task.form) if task.form else None
    runtime = Runtime(tx, context.of(tx).catalog, case, commands_facts(actor))
    open_task = runtime.open_task(task.id)
    draft = drafts.get(tx, task.id, actor.person_id)
    kept = dict(draft.content) if draft is not None else {}
    extra = {name: kept.pop(name, None) for name in (OUTCOME, OPINION, ATTACHMENTS)}
    facts = ChainMap({"codes": lambda kind: labels_of(tx, kind)}, sheets.facts_of(tx, case, runtime, task, actor))  # type: ignore[arg-type]  # read-only
    functions = runtime.facts.functions()
    previous = _submitted_before(tx, case, task)
    start = kept if draft is not None and form is not None else previous
    unlocked, marks = _correction(open_task.properties, open_task.data, form)
    content = forms.prefill(form, facts, start or None, functions) if form is not None else {}
    return Sheet(
        form=form,
        content=content,
        choices=_choices(tx, form, content, facts, functions),
        outcomes=_offered(open_task.properties, facts, functions),
        properties=open_task.properties,
        outcome=str(extra[OUTCOME] or ""),
        opinion=str(extra[OPINION] or ""),
        attachments=list(extra[ATTACHMENTS] or ()),
        saved_at=draft.updated_at if draft is not None else None,
        unlocked=unlocked,
        marks=marks,
        facts=facts,
        functions=functions,
        previous=previous,
    )


def of_message(tx: Tx, actor: Principal, case_id: str, name: str) -> tuple[forms.Form | None, forms.Choices, Any]:
    """The form of a message that people may send, its options, and the facts it opens with."""
    case = cases.get(tx, case_id)
    form = sheets.form_of(tx, case, name) if name else None
    runtime = Runtime(tx, context.of(tx).catalog, case, commands_facts(actor))
    facts = _facts(tx, runtime, runtime.data, actor)
    return form, _choices(tx, form, {}, facts, runtime.facts.functions()), facts


def with_typed(
    current: Sheet,
    content: dict[str, Any],
    *,
    outcome: str,
    opinion: str,
    attachments: Sequence[str],
    choices: forms.Choices | None = None,
) -> Sheet:
    """The same sheet, filled with what was posted."""
    return replace(
        current,
        content=content,
        outcome=outcome or (current.outcomes[0].id if len(current.outcomes) == 1 else ""),
        opinion=opinion,
        attachments=list(attachments),
        choices=choices if choices is not None else current.choices,
    )


def findings(tx: Tx, actor: Principal, task: Task, content: Mapping[str, Any]) -> list[dict[str, str]]:
    """What the task's check says of the content now, the gravest first; empty when it cannot be judged yet."""
    try:
        verdict = commands.check(tx, actor, task.id, content)
    except Rejected:
        return []
    return shown(verdict.get("findings", ()))


def shown(found: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Findings as the list of checks prints them, citing the article."""
    rows = sorted(found, key=lambda each: ORDER.index(str(each.get("status", "na"))))
    return [
        {
            "result": RESULTS.get(str(each.get("status")), "warn"),
            "text": str(each.get("message", "")),
            "note": " · ".join(
                part
                for part in (forms.article(str(each.get("article", ""))), NOTES.get(str(each.get("status")), ""))
                if part
            ),
        }
        for each in rows
    ]


def commands_facts(actor: Principal) -> dict[str, Any]:
    """The actor as handlers and forms know him."""
    return {"id": actor.person_id, "name": actor.name, "org_id": actor.org_id or None, "role": actor.role or None}


def _offered(
    properties: Mapping[str, str], facts: Mapping[str, Any], functions: Mapping[str, Any]
) -> list[forms.Outcome]:
    """The outcomes that may be chosen now: `when.<id>` is a condition; one that cannot be read leaves the button."""
    found = sheets.outcomes_of(properties)
    return [each for each in found if sheets.holds(properties.get(f"when.{each.id}", ""), facts, functions)]


def _facts(tx: Tx, runtime: Runtime, data: Mapping[str, Any], actor: Principal) -> dict[str, Any]:
    known = {name: runtime.facts.names[name] for name in runtime.facts.names}
    people = {"actor": {**commands_facts(actor), "org_name": actor.seat.org_name if actor.seat else ""}}
    return {**data, **known, **people, "codes": lambda kind: labels_of(tx, kind)}


def _choices(
    tx: Tx,
    form: forms.Form | None,
    content: Mapping[str, Any],
    facts: Mapping[str, Any],
    functions: Mapping[str, Any],
) -> forms.Choices:
    if form is None:
        return {}
    found = dict(forms.choices(form, facts, functions))
    found["@files"] = file_names(tx, forms.file_ids(form, content))
    return found


def labels_of(tx: Tx, kind: str) -> Mapping[str, str]:
    """A code list, or the names of organisations where a form asks for them (`recommender`)."""
    if kind == "recommender":
        return {row.id: row.name for row in organisations.of_kind(tx, "city_bureau", "competent_dept")}
    return codes.labels(tx, kind)


def file_names(tx: Tx, ids: Iterable[str]) -> dict[str, str]:
    """Names of these attachments by id."""
    return {key: row.name for key, row in files.many(tx, ids).items()}


def _submitted_before(tx: Tx, case: Case, task: Task) -> dict[str, Any]:
    """The latest content of the same form in this case: what was returned is not typed again."""
    if not task.form:
        return {}
    same = [
        row
        for row in submissions.of_case(tx, case.id)
        if row.form == task.form and row.key == task.key and row.process == task.process
    ]
    return dict(same[-1].content) if same else {}


def _correction(
    properties: Mapping[str, str], data: Mapping[str, Any], form: forms.Form | None
) -> tuple[list[str] | None, dict[str, str]]:
    """Fields that a correction round opens (property `unlock` names the variable), and what was asked about each."""
    source = properties.get("unlock", "")
    if not source or form is None:
        return None, {}
    value: Any = data
    for part in source.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    marks = {
        str(item.get("field", "")): str(item.get("required", ""))
        for item in value or ()
        if isinstance(item, Mapping) and item.get("field")
    }
    return (list(marks), marks) if marks else (None, {})


def saved_now() -> str:
    """The moment of saving as the page says it."""
    return clock.local(clock.now()).strftime("%H:%M")
