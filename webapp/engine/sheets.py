"""What a person hands in with a task: the outcome chosen, the form's content, and whether both may stand."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from typing import Any

from webapp.engine import context, followups, forms
from webapp.engine.facts import CaseFacts, LazyFacts, plain
from webapp.engine.runtime import Runtime
from webapp.errors import Forbidden, Invalid
from webapp.spiff import expressions
from webapp.store import organisations
from webapp.store.db import Tx
from webapp.store.principal import Principal
from webapp.store.tables import Case, Task

DEFAULT_OUTCOMES = "submit:提交"
APPLICATION = "shared/application"


def outcomes_of(properties: Mapping[str, str]) -> list[forms.Outcome]:
    """The buttons of the task, as the diagram declares them."""
    return forms.parse_outcomes(properties.get("outcomes", DEFAULT_OUTCOMES))


def chosen(
    properties: Mapping[str, str], outcome: str, opinion: str, facts: Mapping[str, Any], functions: Mapping[str, Any]
) -> str:
    """The chosen outcome's id; raises Invalid when the task has none such, not now (`when.<id>`), or lacks its opinion."""
    for declared in outcomes_of(properties):
        if declared.id == outcome:
            if not holds(properties.get(f"when.{outcome}", ""), facts, functions):
                raise Invalid({"outcome": f"现在不能选择“{declared.label}”，请选择其他办理结果。"})
            if declared.opinion_required and not opinion.strip():
                raise Invalid({"opinion": f"选择“{declared.label}”时必须填写意见。"})
            return outcome
    raise Invalid({"outcome": "请选择办理结果。"})


def holds(source: str, facts: Mapping[str, Any], functions: Mapping[str, Any]) -> bool:
    """Whether the condition is true; an empty one is, and one that cannot be worked out is not (it fails closed)."""
    if not source:
        return True
    try:
        return bool(expressions.compile_expression(source).evaluate(facts, functions))
    except expressions.ExpressionError:
        return False


def form_of(tx: Tx, case: Case, name: str) -> forms.Form | None:
    """The form as the case's release has it; None when the task has none."""
    catalog = context.of(tx).catalog
    return catalog.form(tx, case.release_id or "", name) if catalog.has_form(tx, case.release_id or "", name) else None


def facts_of(tx: Tx, case: Case, runtime: Runtime, row: Task, actor: Principal) -> Mapping[str, Any]:
    """What a form's expressions read beside its own fields: the diagram's variables, the case's facts, lists to choose from.

    Fetched only when an expression asks for it.
    """
    facts = runtime.facts
    loaders: dict[str, Callable[[], Any]] = {
        "actor": lambda: {"id": actor.person_id, "name": actor.name, "org_id": actor.org_id},
        "forms": lambda: dict(facts.forms),
        "@case": lambda: runtime.host.case_of(row.element, runtime.open_task(row.id).data, None),
        "codes": lambda: facts.register.codes,
        "indicators": lambda: facts.register.indicators(_indicator_set(facts)),
        "expert_pool": facts.register.experts,
        "cosign_divisions": lambda: {
            o.id: o.name
            for o in organisations.of_kind(tx, "province")
            if o.parent_id == "province" and o.id != "experts"
        },
        "fields": lambda: _field_names(tx, case),
        "prior": lambda: prior(runtime, row),
        "issued_documents": lambda: followups.issued(tx, case.parent_id or case.id),
    }
    return ChainMap(
        dict(runtime.open_task(row.id).data),
        facts.names,  # type: ignore[arg-type]  # read-only, and so is the chain
        LazyFacts(loaders),  # type: ignore[arg-type]
    )


def validated(
    form: forms.Form | None,
    content: Mapping[str, Any],
    facts: Mapping[str, Any],
    functions: Mapping[str, Any],
    outcome: str,
) -> dict[str, Any]:
    """The content complete with computed values, plain and right by the form; raises Invalid by field path."""
    if form is None:
        if content:
            raise Invalid(dict.fromkeys(content, "该环节没有此填写项。"))
        return {}
    unknown = [path for path in content if path not in form.full["properties"] and path not in form.computed]
    if unknown:
        raise Invalid(dict.fromkeys(unknown, "该环节没有此填写项。"))
    complete = forms.compute(form, dict(content), facts, functions)
    options = forms.choices(form, facts, functions)
    errors = forms.validate(form, complete, choices=options, outcome=outcome)
    if errors:
        raise Invalid(errors)
    found: dict[str, Any] = plain(complete)
    return found


def within_marks(
    runtime: Runtime, row: Task, properties: Mapping[str, str], form: forms.Form | None, content: Mapping[str, Any]
) -> Mapping[str, Any]:
    """In a correction round (property `unlock`) only the marked fields are what was typed, the rest is as handed in before."""
    source = properties.get("unlock", "")
    if not source or form is None:
        return content
    value: Any = runtime.open_task(row.id).data
    for part in source.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    marked = [str(item["field"]) for item in value or () if isinstance(item, Mapping) and item.get("field")]
    previous = runtime.facts.forms.get(row.form.removeprefix("shared/"))
    return forms.restrict(form, content, previous, marked) if marked and previous else content


def prior(runtime: Runtime, row: Task) -> Mapping[str, Any]:
    """What the handler gives that the task's property `prefill` names; nothing of it enters the case's data."""
    task = runtime.open_task(row.id)
    operator = task.properties.get("prefill")
    return runtime.host.run(operator, row.element, task.data, {}).data if operator else {}


def _field_names(tx: Tx, case: Case) -> dict[str, str]:
    """Fields by name, for marking what is to be corrected: of the form that the case's correction round opens."""
    catalog = context.of(tx).catalog
    definition = catalog.definition(tx, case.release_id or "", case.process)
    corrected = (each.form for each in definition.elements.values() if each.properties.get("unlock"))
    form = catalog.form(tx, case.release_id or "", next(corrected, APPLICATION))
    named = form.full["properties"].items()
    return {n: str(part.get("title", n)) for n, part in named if not forms.is_readonly(part, form.ui.get(n, {}))}


def _indicator_set(facts: CaseFacts) -> str:
    """The set that the round pinned for the application's category (settled.md 18)."""
    category = str(facts.names["application"].get("category", ""))
    pinned = facts.names["round"].get("indicator_sets") or {}
    return str(pinned.get(category) or f"application_{category}")


def verdict(runtime: Runtime, row: Task, content: Mapping[str, Any], outcome: str | None) -> Mapping[str, Any]:
    """What the handler says that the task's property `check` names: {"errors": {path: message}, "findings": […]}.

    It judges the affirmative outcome, the first one declared: to return or to give up, nothing needs to be right.
    `outcome` None asks for advice on a draft.
    """
    task = runtime.open_task(row.id)
    operator = task.properties.get("check")
    if not operator or (outcome is not None and outcome != outcomes_of(task.properties)[0].id):
        return {}
    overlay = {row.element: content, row.form.removeprefix("shared/"): content}
    return dict(runtime.host.run(operator, row.element, task.data, {}, overlay).data)


def message_errors(
    runtime: Runtime, element: str, properties: Mapping[str, str], content: Mapping[str, Any]
) -> Mapping[str, str]:
    """What the handler objects to that a message people send names as its `check`; messages by field path."""
    operator = properties.get("check")
    if not operator:
        return {}
    form = properties.get("form", "").rpartition("/")[2]
    found: Mapping[str, str] = runtime.host.run(operator, element, runtime.data, {}, {form: content}).data.get(
        "errors", {}
    )
    return found


def must_be_second_person(actor: Principal, facts: CaseFacts, properties: Mapping[str, str]) -> None:
    """Four eyes: raises Forbidden when this person was the last to hand in any of the elements named by `four_eyes`.

    domain.md 2.8, 3.7 no. 5.
    """
    elements = {e.strip() for e in properties.get("four_eyes", "").split(",") if e.strip()}
    if not elements:
        return
    last = {row.element: row.by for row in facts.submitted if row.element in elements}
    if actor.person_id in last.values():
        raise Forbidden("填报与审核须由不同人员办理，请由本单位另一位有权限的人员审核。")
