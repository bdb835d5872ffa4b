"""One name, five places: processes, tables, handlers, forms and roles that a diagram names exist."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from webapp.engine import catalog
from webapp.errors import Misconfigured
from webapp.spiff import rules
from webapp.spiff.findings import Finding, unsupported
from webapp.studio.checker import reading, variables
from webapp.studio.checker.reading import Diagram
from webapp.studio.checker.remarks import Node, extension, house, label, operator, properties, warning
from webapp.studio.checker.surroundings import Surroundings

VENDORS = {
    "camunda.org": "Camunda",
    "camunda.com": "Camunda",
    "flowable.org": "Flowable",
    "activiti.org": "Activiti",
    "zeebe": "Camunda 8",
    "signavio": "Signavio",
    "bizagi": "Bizagi",
    "omg.org/bpmn/jbpm": "jBPM",
    "jboss.org": "jBPM",
    "drools": "jBPM",
}
MEANING = (
    "class",
    "expression",
    "delegateExpression",
    "type",
    "topic",
    "collection",
    "formKey",
    "decisionRef",
    "resource",
)
"""Attributes of other products that say what is to be done."""


def check(diagram: Diagram, around: Surroundings) -> Iterator[Finding]:
    """Calls and tables always; handlers, forms and roles where an installation is known."""
    for process in diagram.processes:
        for node in process.iter():
            if not isinstance(node.tag, str):
                continue
            kind = rules.local(node)
            if kind == "callActivity":
                yield from _call(diagram, node, around)
            elif kind == "businessRuleTask":
                yield from _table(node, around)
            yield from _vendor(node, kind)
            if not around.standalone:
                yield from _installed(node, kind, around)


def _call(diagram: Diagram, node: Node, around: Surroundings) -> Iterator[Finding]:
    target = (node.get("calledElement") or "").rpartition(":")[2]
    if not target:
        yield unsupported("call", node.get("id") or "", f"{label(node)}没有写要调用的流程", "选择要调用的流程")
    elif target not in {process.get("id") for process in diagram.processes} and not around.home_of(target):
        message = f"{label(node)}要调用的流程“{target}”不存在"
        yield unsupported("call", node.get("id") or "", message, f"一并提供 {target}.bpmn，或改正编号")


def _table(node: Node, around: Surroundings) -> Iterator[Finding]:
    table = extension(node, "calledDecisionId")
    if not table:
        message = f"{label(node)}没有指明判定表"
        yield unsupported("table", node.get("id") or "", message, "选择判定表（calledDecisionId）")
    elif not around.table_of(table):
        message = f"{label(node)}引用的判定表“{table}”不存在"
        yield unsupported("table", node.get("id") or "", message, f"一并提供 {table}.dmn，或改正编号")


def _vendor(node: Node, kind: str) -> Iterator[Finding]:
    """What another product's modeller wrote beside BPMN is not read; said where it matters."""
    if kind not in rules.ACTIVITIES | rules.EVENTS:
        return
    loop = node.find(f"{rules.BPMN}multiInstanceLoopCharacteristics")
    holders = [node, *([loop] if loop is not None else []), *rules.definitions(node)]
    found = {}
    for holder in holders:
        for name, value in holder.attrib.items():
            namespace, _, plain = str(name).rpartition("}")
            vendor = next((words for mark, words in VENDORS.items() if mark in namespace), "")
            if vendor and plain in MEANING:
                found[plain] = (vendor, value)
    for plain, (vendor, value) in found.items():
        message = f"{label(node)}的 {vendor} 设置 {plain}=“{str(value)[:60]}”不会被执行"
        yield house("vendor", node.get("id"), message, VENDOR_FIXES.get(plain, "在属性面板中改用本系统的处理器"))


VENDOR_FIXES = {
    "formKey": "在属性面板中选择本系统的表单",
    "decisionRef": "在属性面板中选择判定表",
    "collection": "改写为 loopDataInputRef",
}


# ---------------------------------------------------------------------------------------------- of the installation


def _installed(node: Node, kind: str, around: Surroundings) -> Iterator[Finding]:
    if kind == "lane":
        yield from _role(node, node.get("name") or "", around)
    elif kind == "serviceTask":
        yield from _handler(node, around)
    elif kind == "userTask":
        yield from _user_task(node, around)
    if kind in ("startEvent", "boundaryEvent", "intermediateCatchEvent"):
        yield from _human_message(node, around)


def _role(node: Node, name: str, around: Surroundings) -> Iterator[Finding]:
    if name not in around.roles:
        message = f"泳道“{name}”没有对应的角色" if name else "泳道没有名称"
        yield house("role", node.get("id"), message, "在角色表中登记，或改为已有的角色名称")


def _user_task(node: Node, around: Surroundings) -> Iterator[Finding]:
    process = next(node.iterancestors(f"{rules.BPMN}process"))
    if lane_of(process, node) is None:
        yield house("role", node.get("id"), f"{label(node)}不在任何泳道里，不知道由谁办理", "把它放进一条泳道")
    form = variables.form_of(node)
    if not around.has_form(form):
        message = f"{label(node)}的表单“{form}”不存在"
        yield house("form", node.get("id"), message, f"新建 forms/{form}.schema.json，或选择已有的表单")
    elif around.form(form) is None:
        yield house("form", node.get("id"), f"{label(node)}的表单“{form}”不能使用", "先改正表单")
    checker = properties(node).get("check")
    if checker and not _exists(checker):
        message = f"{label(node)}的提交前检查“{checker}”不存在"
        yield house("handler", node.get("id"), message, "从处理器一览中选择")


def _exists(name: str) -> bool:
    try:
        catalog.handler(name)
    except Misconfigured:
        return False
    return True


def lane_of(process: Node, node: Node) -> Node | None:
    """The innermost lane of the process that holds the node, or the sub-process around it."""
    inside = {node.get("id"), *(one.get("id") for one in node.iterancestors() if rules.local(one) in rules.SUBS)}
    found = None
    for lane in process.iter(f"{rules.BPMN}lane"):
        names = {(one.text or "").strip() for one in lane.iterchildren(f"{rules.BPMN}flowNodeRef")}
        found = lane if names & inside else found
    return found


def _handler(node: Node, around: Surroundings) -> Iterator[Finding]:
    called = operator(node)
    name = "" if called is None else called.get("id") or ""
    if not name:
        yield house("handler", node.get("id"), f"{label(node)}没有选择处理器", "从处理器一览中选择")
        return
    if name not in around.handlers:
        near = [card for card in around.handlers if card.rpartition(".")[0] == name.rpartition(".")[0]]
        fix = f"从处理器一览中选择，如 {'、'.join(near[:5])}" if near else "从处理器一览中选择"
        yield house("handler", node.get("id"), f"{label(node)}的处理器“{name}”没有登记", fix)
        return
    yield from _parameters(node, called, name)
    if called is not None and not called.get("resultVariable"):
        message = f"{label(node)}没有写结果变量，处理器的结果不会保存"
        yield warning("result", node.get("id"), message, "写结果变量（英文）")


def _parameters(node: Node, called: Node, name: str) -> Iterator[Finding]:
    signature = inspect.signature(catalog.handler(name))
    accepted = list(signature.parameters.values())[1:]
    names = {one.name for one in accepted if one.kind is not one.VAR_KEYWORD}
    takes_all = any(one.kind is one.VAR_KEYWORD for one in accepted)
    needed = {one.name for one in accepted if one.default is one.empty and one.name in names}
    given = {one.get("id") or "" for one in called.iter(f"{rules.SPIFF}parameter")}
    for missing in sorted(needed - given):
        message = f"{label(node)}的处理器“{name}”缺少参数“{missing}”"
        yield house("parameter", node.get("id"), message, f"写上参数 {missing}")
    for extra in sorted(given - names) if not takes_all else ():
        message = f"{label(node)}的处理器“{name}”没有参数“{extra}”"
        yield house("parameter", node.get("id"), message, f"删除它；可用参数：{'、'.join(sorted(names)) or '无'}")


def _human_message(node: Node, around: Surroundings) -> Iterator[Finding]:
    """A message with a lane is a button for people (architecture.md 5)."""
    given = properties(node)
    if "lane" not in given:
        return
    if given["lane"] not in around.roles:
        message = f"{label(node)}的角色“{given['lane']}”没有登记"
        yield house("role", node.get("id"), message, "改为已有的角色名称")
    if not given.get("label", "").strip():
        yield house("label", node.get("id"), f"{label(node)}没有写按钮文字", "写属性 label")
    if given.get("form") and not around.has_form(given["form"]):
        yield house("form", node.get("id"), f"{label(node)}的表单“{given['form']}”不存在", "新建该表单，或选择已有的")


def process_names(diagram: Diagram, around: Surroundings) -> Iterator[Finding]:
    """The process is called like its file (I.5), and is drawn to be run."""
    names = [str(process.get("id")) for process in diagram.processes if reading.flow_nodes(process)]
    if not around.standalone and names and diagram.stem not in names:
        yield house("process-name", names[0], f"流程编号“{names[0]}”与文件名“{diagram.stem}”不一致", "改为一致")
    for process in diagram.processes:
        if process.get("isExecutable") == "false" and reading.flow_nodes(process) and not around.standalone:
            message = f"{label(process)}标为不可执行"
            yield warning("executable", process.get("id"), message, "勾选“可执行”")
