"""Decision tables (DMN): every cell read, every column counted, the hit policy known, rows that can never be hit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from lxml import etree

from webapp.spiff import cells, decisions, expressions, xml
from webapp.spiff.findings import Finding, invalid, unsupported
from webapp.studio.checker.reading import BEYOND_US
from webapp.studio.checker.remarks import house, warning
from webapp.studio.checker.surroundings import Surroundings

FOREIGN = ("feel", "juel", "groovy", "javascript", "python3")
BLANK = ("", "-")


def check(name: str, data: bytes, around: Surroundings) -> Iterator[Finding]:
    """Everything wrong with the file; never raises."""
    try:
        tree, faults = xml.survey(data, "dmn")
    except xml.UnsafeXml as error:
        make = unsupported if any(word in str(error) for word in BEYOND_US) else invalid
        yield make("xml", error.element, str(error), "用判定表工具重新保存为 UTF-8 的 DMN 文件")
        return
    yield from (invalid("id", fault.element, str(fault)) for fault in faults)
    tables = [node for node in tree.iterchildren() if _kind(node) == "decision"]
    if not tables:
        yield invalid("empty", "", "文件里没有判定表", "新建一张判定表")
    told = bool(faults)
    for table in tables:
        found = list(_decision(table))
        told = told or any(one.severity == "error" for one in found)
        yield from found
    if not told and tables:
        yield from _as_run(data, tables)
    yield from _house(name, tables, around)


def _kind(node: Any) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def _children(node: Any, name: str) -> list[Any]:
    return [child for child in node if _kind(child) == name]


def _text(node: Any) -> str:
    return next(("".join(child.itertext()).strip() for child in _children(node, "text")), "")


def _title(table: Any) -> str:
    return f"判定表“{table.get('name') or table.get('id') or '（未命名）'}”"


def _decision(node: Any) -> Iterator[Finding]:
    where, title = node.get("id") or "", _title(node)
    if not where.isidentifier():
        yield invalid("id", where, f"{title}的编号缺失或不是英文标识符", "编号用英文字母、数字和下划线")
    table = next(iter(_children(node, "decisionTable")), None)
    if table is None:
        kinds = "、".join(_kind(child) for child in node if _kind(child) not in ("description", "variable")) or "空"
        yield unsupported("construct", where, f"{title}不是决策表（{kinds}）", "改为决策表形式")
        return
    yield from _policy(table, where, title)
    inputs, outputs = _children(table, "input"), _children(table, "output")
    if not outputs:
        yield invalid("output", where, f"{title}没有输出列", "加一个输出列")
    yield from _columns(inputs, outputs, where, title)
    rows = _children(table, "rule")
    for number, row in enumerate(rows, 1):
        yield from _row(row, number, len(inputs), len(outputs), where, title)
    if not rows:
        yield warning("rows", where, f"{title}没有任何行", "至少写一行")
    yield from _hidden(table, rows, where, title)


def _policy(table: Any, where: str, title: str) -> Iterator[Finding]:
    policy = (table.get("hitPolicy") or "UNIQUE").upper()
    aggregation = (table.get("aggregation") or "").upper()
    if policy not in decisions.POLICIES:
        message = f"{title}的命中策略“{policy[:20]}”不存在"
        yield invalid("policy", where, message, f"可用 {'、'.join(decisions.POLICIES)}")
    if aggregation and (policy != "COLLECT" or aggregation not in decisions.AGGREGATIONS):
        message = f"{title}的汇总方式“{aggregation[:20]}”不能这样用"
        yield invalid("policy", where, message, "汇总只用于 COLLECT：SUM、MIN、MAX、COUNT")
    if aggregation and len(_children(table, "output")) > 1:
        yield invalid("policy", where, f"{title}汇总时只能有一个输出列", "删除多余的输出列")
    outputs = _children(table, "output")
    if policy in ("PRIORITY", "OUTPUT ORDER") and not any(_children(one, "outputValues") for one in outputs):
        message = f"{title}的命中策略 {policy} 需要输出列写明允许值"
        yield invalid("policy", where, message, "在输出列写允许值，按优先级从高到低")


def _columns(inputs: list[Any], outputs: list[Any], where: str, title: str) -> Iterator[Finding]:
    for column in inputs:
        expression = next(iter(_children(column, "inputExpression")), None)
        text = "" if expression is None else _text(expression)
        name = column.get("label") or text or column.get("id") or ""
        if not text:
            yield invalid("input", where, f"{title}的输入列“{name}”没有写输入的内容", "写变量名或表达式")
        else:
            language = "" if expression is None else expression.get("expressionLanguage") or ""
            yield from _readable(text, f"{title}的输入列“{name}”", where, language)
    names = [column.get("name") or "" for column in outputs]
    for name in names:
        if name and not name.isidentifier():
            message = f"{title}的输出名“{name[:40]}”不能作变量名"
            yield invalid("output", where, message, "只用字母、汉字、数字和下划线")
    if len(outputs) > 1 and len(set(names)) < len(names):
        yield invalid("output", where, f"{title}的输出名重复或缺失", "给每个输出列不同的名称")
    for column in outputs:
        for part in _children(column, "defaultOutputEntry"):
            yield from _readable(_text(part), f"{title}的默认输出", where)


def _row(row: Any, number: int, inputs: int, outputs: int, where: str, title: str) -> Iterator[Finding]:
    tests, results = _children(row, "inputEntry"), _children(row, "outputEntry")
    if (len(tests), len(results)) != (inputs, outputs):
        message = f"{title}第 {number} 行的单元格与列数不一致"
        yield invalid("row", row.get("id") or where, message, "补齐或删除单元格")
    for cell in tests:
        try:
            cells.compile_cell(_text(cell))
        except expressions.ExpressionError as error:
            message = f"{title}第 {number} 行的条件“{_text(cell)[:40]}”无法读取：{error}"
            yield invalid("cell", cell.get("id") or where, message, '写形如 "university"、>= 5、[1..3]、-')
    for cell in results:
        if _text(cell):
            yield from _readable(_text(cell), f"{title}第 {number} 行的结果", cell.get("id") or where)


def _readable(text: str, what: str, where: str, language: str = "") -> Iterator[Finding]:
    plain = language.lower().rpartition("/")[2]
    if any(name in plain for name in FOREIGN[1:]) or text.startswith(("${", "#{")):
        yield unsupported("language", where, f"{what}用了不支持的语言", "改写为本系统的表达式")
        return
    if len(text) > cells.LONGEST:
        yield unsupported("size", where, f"{what}超过 {cells.LONGEST} 个字符", "缩短")
        return
    try:
        expressions.compile_expression(text)
    except expressions.ExpressionError as error:
        yield invalid("cell", where, f"{what}“{text[:40]}”无法读取：{error}", "文字加引号，变量名不加")


def _hidden(table: Any, rows: list[Any], where: str, title: str) -> Iterator[Finding]:
    """Two rows with the same conditions: the second is never asked (FIRST) or always contradicts (UNIQUE)."""
    policy = (table.get("hitPolicy") or "UNIQUE").upper()
    seen: dict[tuple[str, ...], int] = {}
    open_row = 0
    for number, row in enumerate(rows, 1):
        tests = tuple("" if _text(cell) in BLANK else _text(cell) for cell in _children(row, "inputEntry"))
        if policy in ("FIRST", "UNIQUE") and tests in seen:
            message = f"{title}第 {number} 行与第 {seen[tests]} 行的条件相同"
            yield house("same-rows", row.get("id") or where, message, "删除其中一行，或改条件")
        elif policy == "FIRST" and open_row:
            message = f"{title}第 {number} 行永远不会命中：第 {open_row} 行已包含所有情况"
            yield house("same-rows", row.get("id") or where, message, "把最宽的一行放在最后")
        seen.setdefault(tests, number)
        open_row = open_row or (number if tests and not any(tests) else 0)


def _as_run(data: bytes, tables: list[Any]) -> Iterator[Finding]:
    """What reading the tables for a case would refuse and nothing above said."""
    try:
        decisions.parse_all(data)
    except (decisions.DecisionError, xml.UnsafeXml) as error:
        yield invalid("table", tables[0].get("id") or "", str(error))


def _house(name: str, tables: list[Any], around: Surroundings) -> Iterator[Finding]:
    stem = PurePosixPath(name).name.removesuffix(".dmn")
    ids = [table.get("id") or "" for table in tables]
    if not around.standalone and ids and stem not in ids:
        message = f"判定表编号“{ids[0]}”与文件名“{stem}”不一致，流程会找不到它"
        yield house("process-name", ids[0], message, "改为一致")
