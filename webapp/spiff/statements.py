"""Turns the syntax tree of a script into closures: the statements, on top of the expressions of interpreter.py.

Scripts write only into the variables they are given; expressions.py hands them a copy.
"""

# ruff: noqa: ARG001, ARG005 - all closures share one signature

import ast
from collections.abc import Callable
from typing import Any, Final

from webapp.spiff.budget import Run, check, weigh
from webapp.spiff.faults import FAULTS, ExpressionError, kind_of, located, no_field, unknown
from webapp.spiff.interpreter import Code, Compiler, Names
from webapp.spiff.library import BINARY, METHODS, MUTATOR_NAMES, MUTATORS, members

Store = Callable[[Names, Run, Any], None]
BREAK: Final = "break"
CONTINUE: Final = "continue"


class ScriptCompiler(Compiler):
    """One script being compiled. `writes` holds every variable written, also inside its value."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.writes: set[str] = set()
        self._statements: dict[type[ast.AST], Callable[[Any, int], Code]] = {
            ast.Expr: self._expression_statement,
            ast.Pass: lambda node, depth: lambda names, run: None,
            ast.Break: lambda node, depth: lambda names, run: BREAK,
            ast.Continue: lambda node, depth: lambda names, run: CONTINUE,
            ast.Assign: self._assign,
            ast.AugAssign: self._augment,
            ast.If: self._if,
            ast.For: self._for,
        }

    def block(self, nodes: list[ast.stmt], depth: int = 0) -> Code:
        """The code that executes these statements and returns BREAK or CONTINUE if it met one."""
        steps = [self._statement(node, depth) for node in nodes]

        def execute(names: Names, run: Run) -> Any:
            for step in steps:
                run.spend()
                signal = step(names, run)
                if signal is not None:
                    return signal
            return None

        return execute

    def _statement(self, node: ast.stmt, depth: int) -> Code:
        self._enter(node, depth)
        make = self._statements.get(type(node))
        return make(node, depth + 1) if make else self._refuse(node)

    def _expression_statement(self, node: ast.Expr, depth: int) -> Code:
        code = self.expression(node.value, depth)

        def execute(names: Names, run: Run) -> None:
            code(names, run)

        return execute

    def _assign(self, node: ast.Assign, depth: int) -> Code:
        code = self.expression(node.value, depth)
        stores = [self._store(target, depth) for target in node.targets]

        def execute(names: Names, run: Run) -> None:
            value = code(names, run)
            for store in stores:
                store(names, run, value)

        return execute

    def _augment(self, node: ast.AugAssign, depth: int) -> Code:
        operation, place = BINARY.get(type(node.op)), self._place(node)
        if operation is None:
            self._fail(node, "不支持这个运算符，可用 += -= *= /= //= %= **=")
        slot, code = self._slot(node.target, depth), self.expression(node.value, depth)
        appends = isinstance(node.op, ast.Add)
        if isinstance(node.target, ast.Name):
            self._assigned.add(node.target.id)

        def execute(names: Names, run: Run) -> None:
            container, key = slot(names, run)
            try:
                current, more = check(container[key]), code(names, run)
                if appends and type(current) is list:  # in place, as in Python
                    current.extend(list(members(more, run)))
                    check(current)
                else:
                    container[key] = operation(current, more, run)
            except KeyError:
                raise unknown(str(key), place) from None
            except FAULTS as error:
                raise located(error, place) from None

        return execute

    def _if(self, node: ast.If, depth: int) -> Code:
        test, before = self.expression(node.test, depth), set(self._assigned)
        then, after_then = self.block(node.body, depth), self._assigned
        self._assigned = set(before)
        otherwise = self.block(node.orelse, depth)
        self._assigned &= after_then  # certain only if both branches write it
        return lambda names, run: (then if test(names, run) else otherwise)(names, run)

    def _for(self, node: ast.For, depth: int) -> Code:
        if node.orelse:
            self._fail(node, "for 之后不支持 else")
        source, before, place = self.expression(node.iter, depth), set(self._assigned), self._place(node)
        bind = self._target(node.target, None)
        body = self.block(node.body, depth)
        self._assigned = before  # the body may never run

        def execute(names: Names, run: Run) -> None:
            values = source(names, run)
            try:
                snapshot = list(members(values, run))  # a loop over the list it appends to must end
                for value in snapshot:
                    run.spend()
                    bind(names, value)
                    if body(names, run) is BREAK:
                        break
            except FAULTS as error:
                raise located(error, place) from None

        return execute

    def _store(self, target: ast.expr, depth: int) -> Store:
        if isinstance(target, ast.Name | ast.Tuple | ast.List):
            bind, spot = self._target(target, None), self._place(target)

            def rebind(names: Names, run: Run, value: Any) -> None:
                try:
                    bind(names, value)
                except FAULTS as error:
                    raise located(error, spot) from None

            return rebind
        slot, place = self._slot(target, depth), self._place(target)

        def put(names: Names, run: Run, value: Any) -> None:
            container, key = slot(names, run)
            try:
                container[key] = value
                check(container)
            except FAULTS as error:
                raise no_field(error, key, container, place) from None

        return put

    def _slot(self, target: ast.expr, depth: int) -> Callable[[Names, Run], tuple[Any, Any]]:
        """Where an assignment goes: the variables themselves, or a dict or list among their values, and the key."""
        if isinstance(target, ast.Name):
            key, before = target.id, set(self._assigned)
            self._free(target, key)
            self.writes.add(key)
            if key not in before:
                self.reads.add(key)
            return lambda names, run: (names, key)
        if not isinstance(target, ast.Attribute | ast.Subscript) or (root := _root(target)) is None:
            self._fail(target, "只能给变量、变量的字段或 [...] 赋值")
        if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Slice):
            self._fail(target, "不能给一段列表赋值，请给出整个新列表")
        if isinstance(target, ast.Attribute) and target.attr.startswith("__"):
            self._fail(target, f"字段“{target.attr}”不可使用")
        self._free(target, root)
        self.writes.add(root)
        holder, place = self.expression(target.value, depth), self._place(target)
        index: Code
        if isinstance(target, ast.Subscript):
            index, kinds = self.expression(target.slice, depth), (dict, list)
        else:
            field = target.attr
            index, kinds = (lambda names, run: field), (dict,)  # type: ignore[assignment]

        def locate(names: Names, run: Run) -> tuple[Any, Any]:
            container, key = holder(names, run), index(names, run)
            run.spend()
            if type(container) not in kinds:
                raise ExpressionError(f"{kind_of(container)}不能写入字段，只有字典和列表可以", *place)
            return container, weigh(key, run)

        return locate

    def _methods(self, function: ast.Attribute) -> dict[tuple[type, str], Callable[..., Any]]:
        if function.attr in MUTATOR_NAMES and (root := _root(function.value)) is not None:
            self._free(function, root)
            self.writes.add(root)
        return METHODS | MUTATORS

    def _written(self, key: str) -> None:
        self.writes.add(key)
        self._assigned.add(key)


def _root(node: ast.expr) -> str | None:
    """The variable whose value `a.b[0].setdefault(k, [])` leads into."""
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value
        else:
            return None
    return node.id
