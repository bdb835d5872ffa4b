"""What the engine room asks of whoever runs a case: facts, functions, services. Plain data, no SpiffWorkflow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """One visit of a service task: the operator (`module.function`), its evaluated parameters and where it is called.

    `element` is the diagram's id of the task, `task_id` the id of this visit, `key` the person or organisation of a
    multi-instance child. `data` is a copy: writing to it changes nothing.
    """

    operator: str
    parameters: dict[str, Any]
    element: str
    task_id: str
    data: dict[str, Any]
    key: str | None = None


class BpmnError(Exception):
    """A service answers with a business error: the boundary event with this code catches it, otherwise an incident."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code, self.message = code, message


class Host(Protocol):
    """The running case as expressions and service tasks see it. All three are called often, so they must be cheap."""

    def facts(self) -> Mapping[str, Any]:
        """Read-only names every expression sees (case, host, base, today …), plain data; no task data may use them."""
        ...

    def functions(self) -> Mapping[str, Callable[..., Any]]:
        """Registered functions by (dotted) name; they only read, and return plain data."""
        ...

    def service(self, call: ServiceCall) -> Any:
        """The result of a service task, as JSON-able data; BpmnError is a business error, anything else an incident."""
        ...
