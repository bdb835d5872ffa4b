"""What a token asks of the outside: values of expressions, scripts, handlers and decision tables, over what it sees.

Corrects fault 7 of engine.md 1: `call_service` buried a handler's real failure under a NameError, and a business error
raised by a handler was not caught by the boundary event drawn for it (table 2). Fails without it: tests/spiff/
test_workflow.py::test_a_handlers_error_is_caught_by_its_boundary_event and the tests beside it.
"""

from __future__ import annotations

import json
from typing import Any

from webapp.spiff import decisions, scopes

REPEATED = "key_or_index"
"""Key in a token's internal data that the library, too, uses: this token is one instance of a repeated activity."""


def evaluate(token: Any, expression: str | None, extra: dict[str, Any] | None = None) -> Any:
    """The value of the expression over everything the token sees."""
    seen = scopes.visible(token)
    token.data = {**seen, **extra} if extra else seen
    return token.workflow.script_engine.evaluate(token, expression or "")


def execute(token: Any, script: str) -> None:
    """The script has run and its writes are stored; a script that fails has written nothing."""
    before = scopes.visible(token)
    token.data = dict(before)
    token.workflow.script_engine.execute(token, script)
    scopes.store(token, before, token.data)


def call(spec: Any, token: Any) -> None:
    """The handler was called; its result, if it gave one, is in the result variable.

    A foreign service task without an operator is the host's to answer; its result has the element's name.
    """
    token.data = scopes.visible(token)
    engine = token.workflow.script_engine
    parameters = spec.evaluate_params(token)
    answer = json.loads(engine.call_service(token, operation_name=spec.operation_name, operation_params=parameters))
    target = spec.result_variable or ("" if spec.operation_name else spec.bpmn_id)
    if target and answer is not None:
        result(token, target, answer)


def decide(spec: Any, token: Any) -> None:
    """The decision table's outputs are in the data."""
    token.data = scopes.visible(token)
    for name, value in decisions.decide(spec.decision, token).items():
        result(token, name, value)


def result(token: Any, name: str, value: Any) -> None:
    """The element's result has this value; an instance of a repeated activity keeps it to itself."""
    if REPEATED in token.internal_data:
        scopes.declare(token, name, value)
    else:
        scopes.write(token, name, value)
