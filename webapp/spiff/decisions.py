"""Decision tables (DMN) with their hit policies held exactly: read from XML, asked alone or by a business rule task.

A table that answers against its own policy is a DecisionError naming the rules, never a silent first answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from webapp.spiff.budget import EXPANDED, Run, check, expand
from webapp.spiff.cells import LITERALS, LONGEST, Cell, compile_cell, same, split
from webapp.spiff.expressions import Expression, ExpressionError, compile_expression
from webapp.spiff.library import NUMBERS, aligned
from webapp.spiff.xml import read

POLICIES: Final = {
    "UNIQUE": "唯一",
    "FIRST": "首个",
    "ANY": "任一",
    "PRIORITY": "优先级",
    "COLLECT": "收集",
    "RULE ORDER": "规则顺序",
    "OUTPUT ORDER": "输出顺序",
}
SEVERAL: Final = frozenset({"COLLECT", "RULE ORDER", "OUTPUT ORDER"})
AGGREGATIONS: Final = {"SUM": "+", "MIN": "<", "MAX": ">", "COUNT": "#"}

Row = dict[str, Any]
Functions = Mapping[str, Callable[..., Any]]


class DecisionError(ValueError):
    """A table cannot be read, or answers against its hit policy; the message names the table and the rules."""

    def __init__(self, table: str, message: str, rules: Sequence[int] = ()) -> None:
        super().__init__(f"判定表“{table}”：{message}")
        self.table, self.rules = table, tuple(rules)


@dataclass(frozen=True, slots=True)
class Input:
    """One input column."""

    label: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class Output:
    """One output column; `order` are its allowed values, best first, `default` is used when no rule fits."""

    name: str
    order: tuple[Any, ...]
    default: Expression | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One row, counted from 1."""

    number: int
    id: str
    tests: tuple[Cell, ...]
    results: tuple[Expression | None, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision table and the decisions it builds on, whose answers its cells read by their ids."""

    id: str
    name: str
    policy: str
    aggregation: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    requires: tuple[Decision, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The variables the caller must have: what the cells read, without the answers of required decisions."""
        read = frozenset[str]().union(*(text.names for text in self._texts())) - LITERALS.keys()
        own = read - {required.id for required in self.requires}
        return own.union(*(required.names for required in self.requires))

    @property
    def functions(self) -> frozenset[str]:
        """The registered functions the cells call."""
        called = frozenset[str]().union(*(text.functions for text in self._texts()))
        return called.union(*(required.functions for required in self.requires))

    def decide(self, inputs: Mapping[str, Any], functions: Functions | None = None) -> Row | list[Row]:
        """The answer: one row of outputs, or a list of rows for RULE ORDER, OUTPUT ORDER and COLLECT without + < > #.

        A row maps output names to values. If no rule fits, outputs have their defaults (else None); a list is empty.
        DecisionError if the rules that fit contradict the hit policy, or a cell has no value.
        """
        known, called = {**inputs, **LITERALS}, functions or {}
        for required in self.requires:
            known[required.id] = required.answer(inputs, called)
        hits = self._hits(known, called)
        if self.policy in ("UNIQUE", "FIRST"):
            if len(hits) > 1:
                raise self._error("同时命中，但命中策略是“唯一”，请让各行互不重叠", hits)
            return self._row(hits[0], known, called) if hits else self._defaults(known, called)
        rows = [self._row(rule, known, called) for rule in hits]
        if self.policy in ("PRIORITY", "OUTPUT ORDER"):
            rows = self._ranked(hits, rows)
        if self.policy == "ANY" and any(not _equal(rows[0], row) for row in rows):
            raise self._error("同时命中而结果不同，但命中策略是“任一”，请使结果一致", hits)
        if self.aggregation:
            return {self.outputs[0].name: self._aggregate(hits, [row[self.outputs[0].name] for row in rows])}
        if self.policy in SEVERAL:
            return rows
        return rows[0] if rows else self._defaults(known, called)

    def answer(self, inputs: Mapping[str, Any], functions: Functions | None = None) -> Any:
        """The answer as another decision reads it: with a single output the values themselves instead of rows."""
        answer = self.decide(inputs, functions)
        if len(self.outputs) > 1:
            return answer
        name = self.outputs[0].name
        return [row[name] for row in answer] if isinstance(answer, list) else answer[name]

    def result(self, task: Any) -> Row:
        """The outputs for a business rule task, several rows turned into one list for each output.

        Under this name a Decision can stand where the library expects its own engine.
        """
        names, functions = task.workflow.script_engine.known(task)
        answer = self.decide(names, functions)
        if isinstance(answer, list):
            return {output.name: [row[output.name] for row in answer] for output in self.outputs}
        return answer

    def _hits(self, known: Mapping[str, Any], functions: Functions) -> list[Rule]:
        values = []
        for column in self.inputs:
            try:
                value = column.expression.evaluate(known, functions)
                values.append(expand(value, Run(left=EXPANDED)))
            except ExpressionError as error:
                raise DecisionError(self.name, f"输入“{column.label}”没有值：{error}") from error
        hits = []
        for rule in self.rules:
            if self._fits(rule, values, known, functions):
                hits.append(rule)
                if self.policy == "FIRST":
                    break
        return hits

    def _fits(self, rule: Rule, values: list[Any], known: Mapping[str, Any], functions: Functions) -> bool:
        for column, test, value in zip(self.inputs, rule.tests, values, strict=True):
            try:
                if not test.matches(value, known, functions):
                    return False
            except ExpressionError as error:
                message = f"第 {rule.number} 行“{column.label}”（{test.source[:40]}）无法判断：{error}"
                raise DecisionError(self.name, message, [rule.number]) from error
        return True

    def _row(self, rule: Rule, known: Mapping[str, Any], functions: Functions) -> Row:
        return {
            output.name: self._value(result, known, functions, f"第 {rule.number} 行“{output.name}”")
            for output, result in zip(self.outputs, rule.results, strict=True)
        }

    def _defaults(self, known: Mapping[str, Any], functions: Functions) -> Row:
        return {
            output.name: self._value(output.default, known, functions, f"“{output.name}”的默认值")
            for output in self.outputs
        }

    def _value(self, text: Expression | None, known: Mapping[str, Any], functions: Functions, where: str) -> Any:
        try:
            return None if text is None else text.evaluate(known, functions)
        except ExpressionError as error:
            raise DecisionError(self.name, f"{where}没有值：{error}") from error

    def _ranked(self, hits: list[Rule], rows: list[Row]) -> list[Row]:
        """The rows by the order of the output values, column by column; equal ones stay in the order of the rules."""

        def rank(place: int) -> list[int]:
            ranks = []
            for output in self.outputs:
                found = [n for n, value in enumerate(output.order) if same(value, rows[place][output.name])]
                if output.order and not found:
                    raise self._error(f"的“{output.name}”不在允许的输出值里，无法排优先级", [hits[place]])
                ranks += found[:1]
            return ranks

        return [rows[place] for place in sorted(range(len(rows)), key=rank)]

    def _aggregate(self, hits: list[Rule], values: list[Any]) -> Any:
        if self.aggregation == "COUNT":
            return len(values)
        if not values:  # DMN: there is no sum of nothing
            return None
        wrong = [rule for rule, value in zip(hits, values, strict=True) if type(value) not in NUMBERS - {bool}]
        if wrong:
            raise self._error(f"的输出不是数字，不能用“{AGGREGATIONS[self.aggregation]}”汇总", wrong)
        total = values[0]
        for value in values[1:]:
            left, right = aligned(total, value)
            if self.aggregation == "SUM":
                total = check(left + right)
            elif right < left if self.aggregation == "MIN" else right > left:
                total = value
        return total

    def _texts(self) -> Iterable[Expression | Cell]:
        for column in self.inputs:
            yield column.expression
        for rule in self.rules:
            yield from rule.tests
            yield from (result for result in rule.results if result is not None)
        yield from (output.default for output in self.outputs if output.default is not None)

    def _error(self, message: str, rules: list[Rule]) -> DecisionError:
        rows = "、".join(str(rule.number) for rule in rules)
        return DecisionError(self.name, f"第 {rows} 行{message}", [rule.number for rule in rules])


def parse(data: bytes) -> Decision:
    """The decision a file is about: the first that no other decision of the file builds on."""
    found = parse_all(data)
    required = {part.id for decision in found.values() for part in decision.requires}
    return next(decision for decision in found.values() if decision.id not in required)


def parse_all(*documents: bytes) -> dict[str, Decision]:
    """All decisions of these files by id; a decision may build on one in another file. UnsafeXml or DecisionError."""
    elements: dict[str, etree._Element] = {}
    for document in documents:
        root = read(document, "dmn")
        for element in root.iterchildren(f"{{{etree.QName(root).namespace}}}decision"):
            identifier = element.get("id") or ""
            if not identifier.isidentifier() or identifier in elements:
                raise DecisionError(identifier, "编号缺失、重复或不是英文标识符，请更正")
            elements[identifier] = element
    if not elements:
        raise DecisionError("", "文件里没有决策，请检查")
    done: dict[str, Decision] = {}
    for identifier in elements:
        _resolve(identifier, elements, done, ())
    return {identifier: done[identifier] for identifier in elements}


def decide(decision: Decision, task: Any) -> Row:
    """The outputs of the decision over what the task sees, through the task's own script engine."""
    return decision.result(task)


def _resolve(
    identifier: str, elements: Mapping[str, etree._Element], done: dict[str, Decision], above: tuple[str, ...]
) -> Decision:
    if identifier in above:
        raise DecisionError(identifier, "判定表互相引用成环，请断开其中一处")
    if identifier not in elements:
        raise DecisionError(above[-1], f"引用的判定表“{identifier[:60]}”不存在，请一并提供")
    if identifier not in done:
        element = elements[identifier]
        links = [link.get("href", "") for link in element.iter(_tag(element, "requiredDecision"))]
        parts = [_resolve(link.rpartition("#")[2], elements, done, (*above, identifier)) for link in links]
        done[identifier] = _Table(element).decision(tuple(parts))
    return done[identifier]


class _Table:
    """One <decision> being read."""

    def __init__(self, element: etree._Element) -> None:
        self.element = element
        self.id = element.get("id", "")
        self.name = element.get("name") or self.id

    def decision(self, requires: tuple[Decision, ...]) -> Decision:
        table = self.element.find(_tag(self.element, "decisionTable"))
        if table is None:
            raise self._error("没有决策表（只支持决策表形式的决策）")
        policy, aggregation = (table.get("hitPolicy") or "UNIQUE").upper(), (table.get("aggregation") or "").upper()
        if policy not in POLICIES:
            raise self._error(f"不支持命中策略“{policy[:20]}”，可用 {'、'.join(POLICIES)}")
        if aggregation and (policy != "COLLECT" or aggregation not in AGGREGATIONS):
            raise self._error(f"汇总方式“{aggregation[:20]}”只能是 {'、'.join(AGGREGATIONS)}，且命中策略须为 COLLECT")
        inputs = tuple(self._input(column) for column in table.iterchildren(_tag(table, "input")))
        outputs = tuple(self._output(column) for column in table.iterchildren(_tag(table, "output")))
        if not outputs or len({output.name for output in outputs}) < len(outputs):
            raise self._error("至少要有一个输出，且名称不能重复")
        if aggregation and len(outputs) > 1:
            raise self._error("汇总时只能有一个输出")
        if policy in ("PRIORITY", "OUTPUT ORDER") and not any(output.order for output in outputs):
            raise self._error(f"命中策略 {policy} 需要在输出列写明允许的输出值（按优先级从高到低）")
        rules = tuple(
            self._rule(number, row, len(inputs), len(outputs))
            for number, row in enumerate(table.iterchildren(_tag(table, "rule")), 1)
        )
        return Decision(self.id, self.name, policy, aggregation, inputs, outputs, rules, requires)

    def _input(self, column: etree._Element) -> Input:
        expression = column.find(_tag(column, "inputExpression"))
        text = "" if expression is None else _text(expression)
        label = column.get("label") or text
        return Input(label, self._expression(text, f"输入“{label}”"))

    def _output(self, column: etree._Element) -> Output:
        name = column.get("name") or self.id
        if not name.isidentifier():
            raise self._error(f"输出名“{name[:40]}”不能作变量名，请只用字母、汉字、数字和 _")
        values, default = column.find(_tag(column, "outputValues")), column.find(_tag(column, "defaultOutputEntry"))
        where = f"输出“{name}”"
        try:
            parts = [] if values is None else [part for part in split(_text(values)) if part]
            ranks = tuple(compile_expression(part).evaluate(LITERALS) for part in parts)
        except ExpressionError as error:
            raise self._error(f"{where}的允许值无法读取：{error}") from error
        return Output(name, ranks, None if default is None else self._expression(_text(default), where))

    def _rule(self, number: int, row: etree._Element, inputs: int, outputs: int) -> Rule:
        tests = [_text(cell) for cell in row.iterchildren(_tag(row, "inputEntry"))]
        results = [_text(cell) for cell in row.iterchildren(_tag(row, "outputEntry"))]
        if len(tests) != inputs or len(results) != outputs:
            raise self._error(f"第 {number} 行的单元格与列数不一致", [number])
        where = f"第 {number} 行"
        return Rule(
            number,
            row.get("id") or "",
            tuple(self._cell(text, where) for text in tests),
            tuple(self._expression(text, where) if text else None for text in results),
        )

    def _cell(self, text: str, where: str) -> Cell:
        try:
            return compile_cell(text)
        except ExpressionError as error:
            raise self._error(f"{where}的条件“{text[:40]}”无法读取：{error}") from error

    def _expression(self, text: str, where: str) -> Expression:
        if len(text) > LONGEST:
            raise self._error(f"{where}的单元格超过 {LONGEST} 个字符，请缩短")
        try:
            return compile_expression(text)
        except ExpressionError as error:
            raise self._error(f"{where}的内容“{text[:40]}”无法读取：{error}") from error

    def _error(self, message: str, rules: Sequence[int] = ()) -> DecisionError:
        return DecisionError(self.name, message, rules)


def _equal(left: Row, right: Row) -> bool:
    return all(same(left[name], right[name]) for name in left)


def _tag(element: etree._Element, name: str) -> str:
    return f"{{{etree.QName(element).namespace}}}{name}"


def _text(element: etree._Element) -> str:
    return (element.findtext(_tag(element, "text")) or "").strip()
