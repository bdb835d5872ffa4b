"""A case as text and back: open tokens, data, a reference to the diagram; no diagram, no history, nothing predicted.

Corrects (engine.md 1) fault 2, fault 5, the order of keys was data, and fault 6, `typename` in a form made the case
unloadable: values are marked only where a mark cannot be mistaken. The text must be kept as TEXT. Fails without it:
tests/spiff/test_state.py.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from webapp import errors
from webapp.spiff.machine import Run, Scope, Token

FORMAT = 1
MARK = "$"
"""A dictionary with one key that starts so is a value JSON does not have; such dictionaries of people are wrapped."""


class Unreadable(errors.Misconfigured):
    """保存的流程状态与流程图版本不符，不能载入。"""


def dump(run: Run, reference: str) -> str:
    """The case as text. `reference` names the diagram it must be loaded with."""
    document = {
        "format": FORMAT,
        "engine": "spiffworkflow-3.2",
        "spec": reference,
        "serial": run.serial,
        "opened": run.opened,
        "completed": run.completed,
        "ended": run.ended,
        "visits": run.visits,
        "agenda": [str(token.id) for token in run.agenda if run.holds(token)],
        "scopes": [_scope(scope) for scope in _outer_first(run)],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def load(run: Run, reference: str, text: str) -> None:
    """The empty run stands where the saved one stood; Unreadable when the text belongs to another diagram."""
    try:
        document = json.loads(text)
        if document["format"] != FORMAT or document["spec"] != reference:
            raise Unreadable
        run.serial, run.opened, run.completed = document["serial"], document["opened"], document["completed"]
        run.ended, run.visits = document["ended"], document["visits"]
        for saved in document["scopes"]:
            _restore(run, saved)
        run.agenda.extend(run.token(identity) for identity in document["agenda"])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise Unreadable from error


def pack(value: Any) -> Any:
    """The value as JSON, told apart from any value that people can submit."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise TypeError("流程数据里的数必须有限")
        return value
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value) and not (len(value) == 1 and next(iter(value)).startswith(MARK)):
            return {key: pack(item) for key, item in value.items()}
        return {"$map": [[pack(key), pack(item)] for key, item in value.items()]}
    if isinstance(value, list):
        return [pack(item) for item in value]
    if isinstance(value, tuple):
        return {"$tuple": [pack(item) for item in value]}
    if isinstance(value, set | frozenset):
        return {"$set": [pack(item) for item in sorted(value, key=str)]}
    if isinstance(value, datetime):
        return {"$moment": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, timedelta):
        return {"$span": [value.days, value.seconds, value.microseconds]}
    raise TypeError(f"{type(value).__name__} 不能保存为流程数据")


def unpack(value: Any) -> Any:
    """What pack was given."""
    if isinstance(value, list):
        return [unpack(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        mark = next(iter(value))
        if mark.startswith(MARK):
            return _READ[mark](value[mark])
    return {key: unpack(item) for key, item in value.items()}


_READ: dict[str, Callable[[Any], Any]] = {
    "$map": lambda inner: {unpack(key): unpack(item) for key, item in inner},
    "$tuple": lambda inner: tuple(unpack(item) for item in inner),
    "$set": lambda inner: {unpack(item) for item in inner},
    "$moment": datetime.fromisoformat,
    "$date": date.fromisoformat,
    "$decimal": Decimal,
    "$span": lambda inner: timedelta(*inner),
}


def _outer_first(run: Run) -> list[Any]:
    return sorted(run.scopes(), key=lambda scope: scope.depth)


def _scope(scope: Any) -> dict[str, Any]:
    saved: dict[str, Any] = {
        "owner": str(scope.owner.id) if scope.owner else None,
        "tokens": [_token(token) for token in scope.tasks.values()],
    }
    if scope.own_data:
        saved.update(data=pack(scope.data), written=list(scope.written))
    return saved


def _token(token: Token) -> list[Any]:
    parent = str(token._parent) if token._parent else None
    return [str(token.id), token.task_spec.name, token.state, parent, pack(token.internal_data)]


def _restore(run: Run, saved: dict[str, Any]) -> None:
    scope: Any = run
    if saved["owner"] is not None:
        owner = run.token(saved["owner"])
        scope = Scope(run.subprocess_specs[owner.task_spec.spec], owner, run)
        run.subprocesses[owner.id] = scope
    if "data" in saved:
        scope.own_data, scope.data = True, unpack(saved["data"])
        scope.written = dict.fromkeys(saved["written"])
    for identity, name, state, parent, memory in saved["tokens"]:
        above = scope.tasks[UUID(parent)] if parent else None
        token = Token(scope, scope.spec.task_specs[name], above, state=state, id=UUID(identity))
        token.internal_data = unpack(memory)
