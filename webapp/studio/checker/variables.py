"""What a diagram reads must be written somewhere: variables, outcomes of tasks, process variables of forms."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from webapp.engine import forms
from webapp.errors import Misconfigured
from webapp.spiff import decisions, expressions, rules, xml
from webapp.spiff.findings import Finding
from webapp.studio.checker import expressions as languages
from webapp.studio.checker import reading, texts
from webapp.studio.checker.reading import Diagram
from webapp.studio.checker.remarks import Node, extension, house, label, operator, properties
from webapp.studio.checker.surroundings import FACTS, Surroundings
from webapp.studio.checker.texts import Text

ANSWERED = frozenset({"outcome", "by", "on"})
"""What every submitted task's variable holds (design.md 6a)."""
OVER_RESULTS = frozenset({"count", "all_are", "any_is"})


@dataclass
class Written:
    """Names that processes write; `tasks`: user tasks by the variable they write; `open`: also what nobody can foresee."""

    names: set[str] = field(default_factory=set)
    tasks: dict[str, Node] = field(default_factory=dict)
    open: bool = False


def check(diagram: Diagram, around: Surroundings) -> Iterator[Finding]:
    """Reads without a write; outcomes and fields that nothing declares; outcomes that lead nowhere."""
    known = _everything_written(diagram, around)
    for text in texts.written(diagram):
        yield from _unwritten(text, known)
        if not text.is_script:
            yield from _comparisons(text, known, around)
    for process in diagram.processes:
        for scope in reading.scopes(process):
            yield from _unused_outcomes(scope)


# ---------------------------------------------------------------------------------------------- what is written


def _everything_written(diagram: Diagram, around: Surroundings) -> Written:
    """By the file itself, by what it calls, and by what calls it."""
    known = Written()
    here = {process.get("id") for process in diagram.processes}
    for process in diagram.processes:
        _add(process, known, around)
    for name, text in around.files.items():
        if not name.endswith(".bpmn") or name == diagram.name:
            continue
        other, _ = reading.read(name, text.encode()) if _is_related(diagram, name, text, here) else (None, [])
        for process in other.processes if other else ():
            _add(process, known, around)
    return known


def _is_related(diagram: Diagram, name: str, text: str, here: set[str | None]) -> bool:
    called = {node.get("calledElement") for node in diagram.tree.iter(f"{rules.BPMN}callActivity")}
    return name.removesuffix(".bpmn") in called or any(f'calledElement="{process}"' in text for process in here)


def _add(process: Node, known: Written, around: Surroundings) -> None:
    for node in process.iter():
        if isinstance(node.tag, str) and rules.local(node):
            _add_node(node, known, around)


def _add_node(node: Node, known: Written, around: Surroundings) -> None:
    kind = rules.local(node)
    if kind in ("userTask", "manualTask", "task") and node.get("id"):
        known.names.add(node.get("id"))
        if kind == "userTask":
            known.tasks[_result_of(node)] = node
    elif kind in ("dataObject", "dataInput", "dataOutput"):
        known.names |= {one for one in (node.get("id"), node.get("name")) if one}
    elif kind == "dataObjectReference":
        known.names |= {one for one in (node.get("dataObjectRef"),) if one}
    elif kind in ("inputDataItem", "outputDataItem") and node.get("id"):
        known.names.add(node.get("id"))
    elif kind == "loopDataOutputRef" and node.text:
        known.names.add(node.text.strip())
    elif kind == "businessRuleTask":
        known.names |= _outputs(extension(node, "calledDecisionId"), around)
    if kind in rules.EVENTS | {"receiveTask", "sendTask"}:
        known.names |= _received(node)
    called = operator(node)
    if called is not None and called.get("resultVariable"):
        known.names.add(called.get("resultVariable"))
    elif kind == "serviceTask" and node.get("id"):
        known.names.add(node.get("id"))
    for source in _scripts(node):
        _add_script(source, known)


def _result_of(task: Node) -> str:
    output = task.findtext(f"{rules.BPMN}multiInstanceLoopCharacteristics/{rules.BPMN}loopDataOutputRef")
    return (output or "").strip() or str(task.get("id"))


def _scripts(node: Node) -> Iterator[str]:
    if rules.local(node) == "scriptTask":
        yield node.findtext(f"{rules.BPMN}script") or ""
    for name in ("preScript", "postScript"):
        yield extension(node, name)


def _add_script(source: str, known: Written) -> None:
    try:
        known.names |= expressions.compile_script(source).writes if source.strip() else set()
    except expressions.ExpressionError:
        known.open = True


def _received(node: Node) -> set[str]:
    """What a message, signal or error that arrives here is called in the data."""
    found: set[str] = set()
    root = node.getroottree().getroot()
    references = [(rules.kind(one), one, one.get(f"{rules.kind(one)}Ref")) for one in rules.definitions(node)]
    references.append(("message", node, node.get("messageRef")))
    for kind, holder, reference in references:
        named = {extension(holder, "messageVariable"), extension(holder, "variableName")}
        found |= {name for name in named if name}
        plain = (reference or "").rpartition(":")[2]
        found |= {one.get("name") for one in root.iter(f"{rules.BPMN}{kind}") if plain and one.get("id") == plain}
    return {name for name in found if name}


def _outputs(table: str, around: Surroundings) -> set[str]:
    home = around.table_of(table)
    try:
        found = decisions.parse_all(around.files[home].encode()).get(table) if home else None
    except (decisions.DecisionError, xml.UnsafeXml):
        return set()
    return {output.name for output in found.outputs} if found else set()


# ---------------------------------------------------------------------------------------------- what is read


def _unwritten(text: Text, known: Written) -> Iterator[Finding]:
    if known.open:
        return
    try:
        code = languages.compiled(text)
    except expressions.ExpressionError:
        return
    read = code.reads - code.writes if isinstance(code, expressions.Script) else code.names
    for name in sorted(read - known.names - known.tasks.keys() - FACTS):
        message = f"{label(text.node)}的{text.what}读取变量“{name}”，但没有任何环节写入它"
        fix = "检查拼写；任务的结果写作 任务编号.outcome，服务任务的结果写作它的结果变量"
        yield house("unwritten", text.node.get("id"), message, fix)


def _comparisons(text: Text, known: Written, around: Surroundings) -> Iterator[Finding]:
    try:
        tree = ast.parse(text.source.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known.tasks:
            yield from _field(text, known.tasks[node.value.id], node.attr, around)
        elif isinstance(node, ast.Compare):
            yield from _compared(text, node, known)
        elif isinstance(node, ast.Call):
            yield from _over_results(text, node, known)


def _field(text: Text, task: Node, name: str, around: Surroundings) -> Iterator[Finding]:
    """`fill.category` is a process variable of the task's form."""
    if name in ANSWERED or name in ("get", "keys", "values", "items"):
        return
    form = around.form(form_of(task))
    if form is None or task.find(f"{rules.BPMN}multiInstanceLoopCharacteristics") is not None:
        return
    declared = form.ui.get("ui:variables", [])
    names = {str(one).removesuffix("{}").split(".")[-1] for one in declared}
    if name not in names:
        message = f"{label(text.node)}的{text.what}读取 {task.get('id')}.{name}，但{label(task)}的表单没有这个流程变量"
        fix = f"在表单的界面文件 ui:variables 里加上“{name}”" + (f"，已有：{'、'.join(sorted(names))}" if names else "")
        yield house("form-variable", text.node.get("id"), message, fix)


def form_of(task: Node) -> str:
    """The name of the task's form: what it says, else <process>/<task>."""
    named = properties(task).get("formJsonSchemaFilename", "")
    process = next(task.iterancestors(f"{rules.BPMN}process"), None)
    own = f"{'' if process is None else process.get('id')}/{task.get('id')}"
    return named.removeprefix("forms/").removesuffix(".schema.json") or own


def _compared(text: Text, node: ast.Compare, known: Written) -> Iterator[Finding]:
    sides = [node.left, *node.comparators]
    for side, other in [(sides[0], sides[1]), (sides[1], sides[0])]:
        if (
            isinstance(side, ast.Attribute)
            and side.attr == "outcome"
            and isinstance(side.value, ast.Name)
            and side.value.id in known.tasks
        ):
            yield from _outcome(text, known.tasks[side.value.id], _constants(other))


def _over_results(text: Text, node: ast.Call, known: Written) -> Iterator[Finding]:
    """count(score, "decline") and its kin."""
    if not isinstance(node.func, ast.Name) or node.func.id not in OVER_RESULTS or len(node.args) < 2:
        return
    over = node.args[0]
    if isinstance(over, ast.Name) and over.id in known.tasks:
        yield from _outcome(text, known.tasks[over.id], _constants(node.args[1]))


def _constants(node: ast.AST) -> list[str]:
    parts = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def _outcome(text: Text, task: Node, wanted: list[str]) -> Iterator[Finding]:
    declared = outcomes_of(task)
    if declared is None:
        return
    for name in wanted:
        if name not in declared:
            message = f"{label(text.node)}的{text.what}读取办理结果“{name}”，但{label(task)}没有这个结果"
            shown = "、".join(f"{key}（{words}）" for key, words in declared.items())
            yield house("outcome", text.node.get("id"), message, f"改为已有的结果：{shown}")


def outcomes_of(task: Node) -> Mapping[str, str] | None:
    """Id → words of the task's outcomes; None when they cannot be read."""
    try:
        return {one.id: one.label for one in forms.parse_outcomes(properties(task).get("outcomes", ""))}
    except Misconfigured:
        return None


def _unused_outcomes(scope: Node) -> Iterator[Finding]:
    """A gateway right behind a task has a way out for each of its outcomes."""
    nodes = {node.get("id"): node for node in reading.flow_nodes(scope)}
    for task in nodes.values():
        behind = [flow for flow in reading.flows(scope) if flow.get("sourceRef") == task.get("id")]
        if rules.local(task) != "userTask" or len(behind) != 1:
            continue
        gateway = nodes.get(behind[0].get("targetRef"))
        declared = outcomes_of(task)
        if gateway is None or rules.local(gateway) != "exclusiveGateway" or not declared or gateway.get("default"):
            continue
        out = [flow for flow in reading.flows(scope) if flow.get("sourceRef") == gateway.get("id")]
        conditions = " ".join(rules.condition(flow) or "" for flow in out)
        if len(out) < 2 or f"{task.get('id')}.outcome" not in conditions:
            continue
        for name, words in declared.items():
            if f'"{name}"' not in conditions and f"'{name}'" not in conditions:
                message = f"{label(task)}的办理结果“{words}”（{name}）在{label(gateway)}没有出口"
                yield house("outcome", gateway.get("id"), message, "给它画一个出口，或设一个默认出口")
