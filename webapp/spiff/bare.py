"""SpiffWorkflow as it comes, for comparison in the benchmarks only: its own parser, engine and serializer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine, TaskDataEnvironment
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.util.task import TaskState

_CONDITION = re.compile(rb"(<bpmn:conditionExpression[^>]*>)([^<]*)")
_FIELD = re.compile(rb"\b([a-z_]+)\.([a-z_]+)\b")


class Bare:
    """One process run by the library alone. `names`: what its expressions may read and call."""

    def __init__(self, files: Mapping[str, bytes], process: str, names: Mapping[str, Any]) -> None:
        parser = SpiffBpmnParser()
        for name, content in files.items():
            tree = etree.parse(BytesIO(_CONDITION.sub(_in_plain_python, content)))
            if name.endswith(".dmn"):
                parser.add_dmn_xml(tree.getroot(), filename=name)
            else:
                parser.add_bpmn_xml(tree.getroot(), filename=name)
        self._spec, self._called = parser.get_spec(process), parser.get_subprocess_specs(process)
        self._engine = _Engine(dict(names))
        self._serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))
        self._specs: tuple[Any, Any] | None = None

    def start(self) -> str:
        """A new case at its first wait, as text."""
        workflow = BpmnWorkflow(self._spec, self._called, script_engine=self._engine)
        _run(workflow)
        return str(self._serializer.serialize_json(workflow))

    def complete(self, text: str, element: str, variable: Mapping[str, Any]) -> str:
        """Load, complete the task, run to the next wait, dump; the text carries the specification, as it comes."""
        workflow = self._serializer.deserialize_json(text)
        self._complete(workflow, element, variable)
        return str(self._serializer.serialize_json(workflow))

    def complete_light(self, text: str, element: str, variable: Mapping[str, Any]) -> str:
        """The same with texts that leave the specification out (`light`): the least the library can do."""
        assert self._specs is not None
        found = json.loads(text)
        found["spec"], found["subprocess_specs"] = self._specs
        workflow = self._serializer.from_dict(found)
        self._complete(workflow, element, variable)
        found = self._serializer.to_dict(workflow)
        found.pop("spec"), found.pop("subprocess_specs")
        return json.dumps(found)

    def light(self, text: str) -> str:
        """The text without its specification, which is kept aside."""
        found = json.loads(text)
        self._specs = found.pop("spec"), found.pop("subprocess_specs")
        return json.dumps(found)

    def open(self, text: str) -> Sequence[str]:
        """Elements of the user tasks that wait."""
        workflow = self._serializer.deserialize_json(text)
        return [task.task_spec.bpmn_id for task in workflow.get_tasks(state=TaskState.READY, manual=True)]

    def _complete(self, workflow: Any, element: str, variable: Mapping[str, Any]) -> None:
        workflow.script_engine = self._engine
        task = next(t for t in workflow.get_tasks(state=TaskState.READY) if t.task_spec.bpmn_id == element)
        task.data[element] = dict(variable)
        task.run()
        _run(workflow)


class _Engine(PythonScriptEngine):  # type: ignore[misc]
    """Services do nothing and answer what `services` says."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._services: Mapping[str, Callable[[], Any]] = names.pop("@services", {})
        super().__init__(environment=TaskDataEnvironment(names))

    def call_service(self, _task: Any, **call: Any) -> str:
        return json.dumps(self._services[call.get("operation_name", "")]())


def _run(workflow: Any) -> None:
    workflow.refresh_timers()
    workflow.do_engine_steps()


def _in_plain_python(found: re.Match[bytes]) -> bytes:
    """`fill.outcome` becomes `fill["outcome"]`: the library evaluates conditions as Python over dicts."""
    return found[1] + _FIELD.sub(rb'\1["\2"]', found[2])
