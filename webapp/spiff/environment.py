"""The script engine of every workflow: all the library evaluates or executes goes through our own language.

The library calls the engine in most places but its *environment* in some (correlations, ad-hoc conditions), and
both default to eval and exec. Constructed here and nowhere else; a test greps for it.
"""

import copy
import json
from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.exceptions import WorkflowTaskException
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.script_engine.python_environment import BasePythonScriptEngineEnvironment

from webapp.spiff.expressions import ExpressionError, callable_as, compile_expression, compile_script
from webapp.spiff.host import BpmnError, Host, ServiceCall

Data = dict[str, Any]


class Environment(BasePythonScriptEngineEnvironment):  # type: ignore[misc]  # the library is untyped
    """Evaluates and executes over data it is handed, which may also be a message's payload."""

    def __init__(self, host: Host) -> None:
        super().__init__({})
        self.host = host
        self._callable: set[str] = set()

    def evaluate(self, expression: str, context: Data, external_context: Mapping[str, Any] | None = None) -> Any:
        """The value over the context, then data objects, then facts.

        The library calls this directly with payloads, whose own `round` or `application` is meant there; that no
        *task data* shadows a fact is the engine's check.
        """
        compiled = compile_expression(expression)
        facts, outer = self.host.facts(), external_context or {}
        names = {}  # only what is read: merging whole dictionaries would cost more than the evaluation
        for name in compiled.names:
            for known in (context, outer, facts):
                if name in known:
                    names[name] = known[name]
                    break
        return compiled.evaluate(names, self.functions())

    def execute(self, script: str, context: Data, external_context: Mapping[str, Any] | None = None) -> bool:
        """The context holds what the script wrote; if it fails, nothing in the context has changed."""
        facts = {**self.host.facts(), **(external_context or {})}
        # In place: the library holds on to this very dictionary.
        context.update(compile_script(script).execute(context, facts, self.functions()))
        return True

    def refuse_shadows(self, data: Data) -> None:
        """ExpressionError if a process variable has the name of a fact."""
        shadows = self.host.facts().keys() & data.keys()
        if shadows:
            raise ExpressionError(f"流程数据不能使用案件信息的名称：{'、'.join(sorted(shadows))}，请改名")

    def functions(self) -> Mapping[str, Any]:
        """The host's functions; ValueError if one has a name that could never be called."""
        functions = self.host.functions()
        if not functions.keys() <= self._callable:
            for name in functions:
                if not callable_as(name):
                    raise ValueError(f"函数名 {name} 与内置函数或方法重名，永远不会被调用")
            self._callable.update(functions)
        return functions


class Engine(PythonScriptEngine):  # type: ignore[misc]  # the library is untyped
    """Our script engine for one running case. Failures name the element; BpmnError leaves as it is."""

    environment: Environment

    def __init__(self, host: Host) -> None:
        super().__init__(Environment(host))
        self.host = host

    def validate(self, expression: str) -> None:
        """Nothing, if the expression can be read; else ExpressionError."""
        compile_expression(expression)

    def evaluate(self, task: Any, expression: str, external_context: Mapping[str, Any] | None = None) -> Any:
        """The value over the task's data; WorkflowTaskException with line and text if it has none."""
        try:
            self.environment.refuse_shadows(task.data)
            return self.environment.evaluate(expression, task.data, external_context)
        except ExpressionError as error:
            raise _task_failure("表达式", task, expression, error) from error

    def execute(self, task: Any, script: str, external_context: Mapping[str, Any] | None = None) -> bool:
        """The task's data hold what the script wrote; WorkflowTaskException, and no write at all, if it fails."""
        try:
            self.environment.refuse_shadows(task.data)
            return self.environment.execute(script, task.data, external_context)
        except ExpressionError as error:
            raise _task_failure("脚本", task, script, error) from error

    def known(self, task: Any) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """All names and all functions an expression of this task could use, for tables whose cells are many."""
        self.environment.refuse_shadows(task.data)
        return {**self.host.facts(), **task.data}, self.environment.functions()

    def call_service(self, task: Any, **operation: Any) -> str:
        """The host's answer as the JSON text the library expects.

        Whatever the host raises leaves unchanged, BpmnError included; the library's own method would bury it under a
        NameError (it names a variable that does not exist).
        """
        spec = task.task_spec
        key = task.internal_data.get("key_or_index")
        call = ServiceCall(
            operator=operation["operation_name"],
            parameters={name: given["value"] for name, given in operation["operation_params"].items()},
            element=getattr(spec, "bpmn_id", None) or spec.name,
            task_id=str(task.id),
            data=copy.deepcopy(task.data),
            key=None if key is None else str(key),
        )
        try:
            result = self.host.service(call)
        except BpmnError:
            raise
        except Exception as error:
            error.add_note(f"服务任务“{spec.bpmn_name or call.element}”（{call.element}）调用 {call.operator} 时出错")
            raise
        try:
            return json.dumps(result, ensure_ascii=False, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise WorkflowTaskException(
                f"服务 {call.operator} 的结果不能保存为流程数据：{error}", task=task, exception=error
            ) from error


def _task_failure(what: str, task: Any, source: str, error: ExpressionError) -> WorkflowTaskException:
    name = task.task_spec.bpmn_name or getattr(task.task_spec, "bpmn_id", None) or task.task_spec.name
    lines = source.splitlines()
    return WorkflowTaskException(
        f"“{name}”的{what}出错：{error}",
        task=task,
        exception=error,
        line_number=error.line,
        offset=error.column,
        error_line=lines[error.line - 1] if 0 < error.line <= len(lines) else source.strip(),
    )
