"""Turns the syntax tree of an expression into closures over plain data, and notes what it reads and calls.

No bytecode is ever made from user text, and getattr is never called on a value: whatever is not in the tables here
and in library.py is refused when the text is compiled.
"""

# ruff: noqa: ARG002, ARG005 - all methods over nodes, and all closures, share one signature

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NoReturn

from webapp.spiff.budget import (
    COLLECTIONS,
    DEPTH,
    ITEMS,
    NODES,
    Run,
    check,
    expand,
    weigh,
)
from webapp.spiff.faults import (
    FAULTS,
    BudgetExceeded,
    ExpressionError,
    Place,
    UnknownName,
    kind_of,
    located,
    no_field,
    unknown,
)
from webapp.spiff.library import (
    BINARY,
    COMPARE,
    FIELDS,
    FORMAT,
    FUNCTIONS,
    METHOD_NAMES,
    METHODS,
    MUTATOR_NAMES,
    UNARY,
    aligned,
    grow,
    members,
    text_of,
)

Names = dict[str, Any]
Code = Callable[[Names, Run], Any]
Bind = Callable[[Names, Any], None]


HINTS: Final[dict[type[ast.AST], str]] = {
    ast.Lambda: "lambda（匿名函数）",
    ast.NamedExpr: ":= 赋值",
    ast.Starred: "* 展开",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.FunctionDef: "def（自定义函数）",
    ast.ClassDef: "class（自定义类）",
    ast.Import: "import（导入）",
    ast.ImportFrom: "import（导入）",
    ast.While: "while（循环），请用 for",
    ast.Try: "try（异常处理）",
    ast.With: "with",
    ast.Delete: "del（删除）",
    ast.Global: "global",
    ast.Match: "match",
    ast.Raise: "raise（抛出异常）",
    ast.Assert: "assert",
    ast.Return: "return",
}


class Compiler:
    """One expression being compiled. `reads` and `functions` are complete once the code has been made."""

    def __init__(self, source: str, first_line: int = 1) -> None:
        self.reads: set[str] = set()
        self.functions: set[str] = set()
        self._lines, self._first_line = source.split("\n"), first_line
        self._nodes = 0
        self._scopes: list[set[str]] = []  # variables of the comprehensions around the node
        self._assigned: set[str] = set()  # variables the script has certainly written before the node
        self._expressions: dict[type[ast.AST], Callable[[Any, int], Code]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Subscript: self._subscript,
            ast.BinOp: self._binary,
            ast.UnaryOp: self._unary,
            ast.BoolOp: self._logical,
            ast.Compare: self._compare,
            ast.IfExp: self._conditional,
            ast.List: self._list,
            ast.Tuple: self._tuple,
            ast.Set: self._set,
            ast.Dict: self._dict,
            ast.JoinedStr: self._joined,
            ast.FormattedValue: self._formatted,
            ast.Call: self._call,
            ast.ListComp: self._list_comprehension,
            ast.GeneratorExp: self._list_comprehension,
            ast.SetComp: self._set_comprehension,
            ast.DictComp: self._dict_comprehension,
        }

    def expression(self, node: ast.expr, depth: int = 0) -> Code:
        """The code that computes this node; ExpressionError if the language does not have it."""
        self._enter(node, depth)
        make = self._expressions.get(type(node))
        return make(node, depth + 1) if make else self._refuse(node)

    # ---- values -----------------------------------------------------------------------------------------------------

    def _constant(self, node: ast.Constant, depth: int) -> Code:
        value = node.value
        if type(value) not in (bool, int, float, str, type(None)):
            self._fail(node, "不支持这种常量，请使用文本、数字、True、False 或 None")
        try:
            check(value)
            if type(value) is str:
                value.encode()  # a lone surrogate could not be saved
        except (ExpressionError, UnicodeError) as error:
            raise located(error, self._place(node)) from None
        return lambda names, run: value

    def _name(self, node: ast.Name, depth: int) -> Code:
        key, place = node.id, self._place(node)
        if key.startswith("__"):
            self._fail(node, f"名称“{key}”不可使用，请改用不以两个下划线开头的名称")
        if key not in self._assigned and not any(key in scope for scope in self._scopes):
            self.reads.add(key)

        def read(names: Names, run: Run) -> Any:
            run.left -= 1  # spend() written out: the busiest node
            if run.left < 0:
                run.spend(0)
            try:
                return check(names[key])
            except KeyError:
                if key in FUNCTIONS:
                    raise UnknownName(f"“{key}”是函数，请写成 {key}(...)", *place) from None
                raise unknown(key, place) from None
            except ExpressionError as error:
                raise error.at(*place) from None

        return read

    def _attribute(self, node: ast.Attribute, depth: int) -> Code:
        holder, key, place = self.expression(node.value, depth), node.attr, self._place(node)
        if key.startswith("__"):
            self._fail(node, f"字段“{key}”不可使用")

        def read(names: Names, run: Run) -> Any:
            value = holder(names, run)
            try:
                run.spend()
                if type(value) is dict:
                    return check(value[key])
                field = FIELDS.get((type(value), key))
            except FAULTS as error:
                raise no_field(error, key, value, place) from None
            if field is None:
                raise ExpressionError(f"{kind_of(value)}没有字段“{key}”，请检查变量和字段的拼写", *place)
            return field(value)

        return read

    def _subscript(self, node: ast.Subscript, depth: int) -> Code:
        if isinstance(node.slice, ast.Slice):
            return self._slice(node, node.slice, depth)
        holder, index, place = self.expression(node.value, depth), self.expression(node.slice, depth), self._place(node)

        def read(names: Names, run: Run) -> Any:
            value, key = holder(names, run), index(names, run)
            try:
                run.spend()
                if type(value) not in (dict, list, tuple, str):
                    raise ExpressionError(f"{kind_of(value)}不能用 [...] 取值")
                return check(value[weigh(key, run)])
            except FAULTS as error:
                raise no_field(error, key, value, place) from None

        return read

    def _slice(self, node: ast.Subscript, bounds: ast.Slice, depth: int) -> Code:
        holder, place = self.expression(node.value, depth), self._place(node)
        parts = [self.expression(part, depth) if part else None for part in (bounds.lower, bounds.upper, bounds.step)]

        def read(names: Names, run: Run) -> Any:
            value = holder(names, run)
            cut = slice(*[part(names, run) if part else None for part in parts])
            try:
                if type(value) not in (str, list, tuple):
                    raise ExpressionError(f"{kind_of(value)}不能截取一段")
                run.spend(1 + len(value) // 16)
                return value[cut]
            except FAULTS as error:
                raise located(error, place) from None

        return read

    def _list(self, node: ast.List, depth: int) -> Code:
        return self._display(node, depth, list)

    def _tuple(self, node: ast.Tuple, depth: int) -> Code:
        return self._display(node, depth, tuple)

    def _set(self, node: ast.Set, depth: int) -> Code:
        return self._display(node, depth, set)

    def _display(self, node: ast.List | ast.Tuple | ast.Set, depth: int, make: type) -> Code:
        codes, place = [self.expression(element, depth) for element in node.elts], self._place(node)

        def build(names: Names, run: Run) -> Any:
            run.spend(len(codes))
            values = [code(names, run) for code in codes]
            try:
                return make(weigh(values, run) if make is set else values)
            except FAULTS as error:
                raise located(error, place) from None

        return build

    def _dict(self, node: ast.Dict, depth: int) -> Code:
        pairs = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                self._fail(node, "不支持 ** 展开，请逐项写出")
            pairs.append((self.expression(key, depth), self.expression(value, depth)))
        place = self._place(node)

        def build(names: Names, run: Run) -> Any:
            run.spend(len(pairs))
            try:
                return {weigh(key(names, run), run): value(names, run) for key, value in pairs}
            except FAULTS as error:
                raise located(error, place) from None

        return build

    def _joined(self, node: ast.JoinedStr, depth: int) -> Code:
        codes, place = [self.expression(part, depth) for part in node.values], self._place(node)

        def join(names: Names, run: Run) -> str:
            parts = [code(names, run) for code in codes]
            try:
                grow(sum(map(len, parts)), run)
            except ExpressionError as error:
                raise error.at(*place) from None
            return "".join(parts)

        return join

    def _formatted(self, node: ast.FormattedValue, depth: int) -> Code:
        code, form, place = self.expression(node.value, depth), "", self._place(node)
        if node.conversion != -1:
            self._fail(node, "不支持 !r、!s、!a，请去掉")
        if isinstance(node.format_spec, ast.JoinedStr):
            for part in node.format_spec.values:
                if not isinstance(part, ast.Constant):
                    self._fail(node, "格式里不能再嵌套变量，请写成固定格式")
                form += str(part.value)
        if not FORMAT.fullmatch(form):
            self._fail(node, f"不支持格式“{form[:20]}”，可用的例如 :.2f、:,.1f、:03d、:.1%")

        def show(names: Names, run: Run) -> str:
            value = code(names, run)
            try:
                return text_of(value, run, form)
            except FAULTS as error:
                raise located(error, place) from None

        return show

    # ---- operators --------------------------------------------------------------------------------------------------

    def _binary(self, node: ast.BinOp, depth: int) -> Code:
        operation = BINARY.get(type(node.op))
        if operation is None:
            self._fail(node, "不支持这个运算符，可用 + - * / // % ** & |")
        left, right, place = self.expression(node.left, depth), self.expression(node.right, depth), self._place(node)

        def apply(names: Names, run: Run) -> Any:
            first, second = left(names, run), right(names, run)
            try:
                run.spend()
                return operation(first, second, run)
            except TypeError:
                message = f"{kind_of(first)}与{kind_of(second)}不能这样运算，请先转换类型"
                raise ExpressionError(message, *place) from None
            except FAULTS as error:
                raise located(error, place) from None

        return apply

    def _unary(self, node: ast.UnaryOp, depth: int) -> Code:
        operation, code, place = UNARY.get(type(node.op)), self.expression(node.operand, depth), self._place(node)
        if operation is None:
            self._fail(node, "不支持运算符 ~")

        def apply(names: Names, run: Run) -> Any:
            value = code(names, run)
            try:
                run.spend()
                return operation(value)
            except FAULTS as error:
                raise located(error, place) from None

        return apply

    def _logical(self, node: ast.BoolOp, depth: int) -> Code:
        codes, ends_on = [self.expression(value, depth) for value in node.values], isinstance(node.op, ast.Or)

        def decide(names: Names, run: Run) -> Any:
            result = None
            run.spend(len(codes))  # constants cost nothing by themselves
            for code in codes:
                result = code(names, run)
                if bool(result) is ends_on:
                    break
            return result

        return decide

    def _compare(self, node: ast.Compare, depth: int) -> Code:
        for operation, operand in zip(node.ops, node.comparators, strict=True):
            if isinstance(operation, ast.Is | ast.IsNot) and not _is_singleton(operand):
                self._fail(node, "is 只能与 None、True、False 比较，其他值请用 ==")
        first, place = self.expression(node.left, depth), self._place(node)
        links = [
            (COMPARE[type(operation)], self.expression(operand, depth), isinstance(operation, ast.Is | ast.IsNot))
            for operation, operand in zip(node.ops, node.comparators, strict=True)
        ]

        def compare(names: Names, run: Run) -> bool:
            left = first(names, run)
            for test, operand, identity in links:
                right = operand(names, run)
                try:
                    run.spend()
                    if not identity:
                        weigh(left, run)
                        weigh(right, run)
                        left, right = aligned(left, right)
                    if not test(left, right):
                        return False
                except TypeError:
                    message = f"{kind_of(left)}与{kind_of(right)}不能这样比较，请检查变量是否为空或先转换类型"
                    raise ExpressionError(message, *place) from None
                except FAULTS as error:
                    raise located(error, place) from None
                left = right
            return True

        return compare

    def _conditional(self, node: ast.IfExp, depth: int) -> Code:
        test = self.expression(node.test, depth)
        then, otherwise = self.expression(node.body, depth), self.expression(node.orelse, depth)

        def choose(names: Names, run: Run) -> Any:
            run.spend()
            return then(names, run) if test(names, run) else otherwise(names, run)

        return choose

    # ---- calls ------------------------------------------------------------------------------------------------------

    def _call(self, node: ast.Call, depth: int) -> Code:
        starred = any(isinstance(argument, ast.Starred) for argument in node.args)
        if starred or any(keyword.arg is None for keyword in node.keywords):
            self._fail(node, "不支持 * 和 ** 展开，请逐项写出")
        if isinstance(node.func, ast.Attribute) and node.func.attr in METHOD_NAMES | MUTATOR_NAMES:
            return self._method(node, node.func, depth)
        name = _dotted(node.func)
        if name is None:
            self._fail(node, "这里不是可以调用的函数，请使用登记过的函数名")
        if name.startswith("__") or ".__" in name:
            self._fail(node, f"函数“{name}”不可使用")
        arguments = [self.expression(argument, depth) for argument in node.args]
        named = [(str(keyword.arg), self.expression(keyword.value, depth)) for keyword in node.keywords]
        if name in FUNCTIONS:
            return self._builtin(name, arguments, named, self._place(node))
        self.functions.add(name)
        return self._registered(name, arguments, named, self._place(node))

    def _builtin(self, name: str, arguments: list[Code], named: list[tuple[str, Code]], place: Place) -> Code:
        function = FUNCTIONS[name]

        def call(names: Names, run: Run) -> Any:
            values = [argument(names, run) for argument in arguments]
            options = {key: code(names, run) for key, code in named}
            try:
                run.spend(2 + len(values))
                return check(function(run, *values, **options))
            except (TypeError, ValueError, LookupError):
                kinds = "、".join(map(kind_of, values)) or "无"
                raise ExpressionError(f"函数 {name} 不接受这样的参数（{kinds}），请检查个数和类型", *place) from None
            except FAULTS as error:
                raise located(error, place) from None

        return call

    def _registered(self, name: str, arguments: list[Code], named: list[tuple[str, Code]], place: Place) -> Code:
        def call(names: Names, run: Run) -> Any:
            run.spend(2 + len(arguments) + len(named))
            function = run.functions.get(name)
            if function is None:
                raise ExpressionError(f"没有名为“{name}”的函数，请从函数列表中选择", *place)
            values = [argument(names, run) for argument in arguments]
            options = {key: code(names, run) for key, code in named}
            try:
                return expand(function(*values, **options), run)
            except ExpressionError as error:
                raise error.at(*place) from None
            except Exception as error:  # registered functions are our own code: keep the cause for the incident
                raise ExpressionError(f"函数 {name} 未能算出结果：{error}", *place) from error

        return call

    def _method(self, node: ast.Call, function: ast.Attribute, depth: int) -> Code:
        name, place = function.attr, self._place(function)
        if node.keywords:
            self._fail(node, f"方法 {name} 的参数请不要写名称")
        table = self._methods(function)
        holder = self.expression(function.value, depth)
        arguments = [self.expression(argument, depth) for argument in node.args]

        def call(names: Names, run: Run) -> Any:
            value = holder(names, run)
            values = [argument(names, run) for argument in arguments]
            method = table.get((type(value), name))
            if method is None:
                raise ExpressionError(f"{kind_of(value)}没有方法 {name}", *place)
            try:
                run.spend(2 + len(values))
                return check(method(value, run, *values))
            except (TypeError, ValueError, LookupError):
                raise ExpressionError(f"方法 {name} 不接受这样的参数，请检查个数和类型", *place) from None
            except FAULTS as error:
                raise located(error, place) from None

        return call

    def _methods(self, function: ast.Attribute) -> dict[tuple[type, str], Callable[..., Any]]:
        """The methods this call may mean; those that change data are for scripts."""
        if function.attr not in METHOD_NAMES:
            self._fail(function, f"条件和参数里不能用 {function.attr} 修改数据，请在脚本任务中进行")
        return METHODS

    # ---- comprehensions ---------------------------------------------------------------------------------------------

    def _list_comprehension(self, node: ast.ListComp | ast.GeneratorExp, depth: int) -> Code:
        return self._comprehension(node, node.generators, [node.elt], depth, list)

    def _set_comprehension(self, node: ast.SetComp, depth: int) -> Code:
        return self._comprehension(node, node.generators, [node.elt], depth, set)

    def _dict_comprehension(self, node: ast.DictComp, depth: int) -> Code:
        return self._comprehension(node, node.generators, [node.key, node.value], depth, dict)

    def _comprehension(
        self, node: ast.expr, generators: list[ast.comprehension], body: list[ast.expr], depth: int, make: type
    ) -> Code:
        place = self._place(node)
        source = self.expression(generators[0].iter, depth)  # like Python, outside the new scope
        with self._scope() as scope:
            loops: list[tuple[Bind, Code, list[Code]]] = []
            for number, generator in enumerate(generators):
                if generator.is_async:
                    self._fail(node, "不支持 async")
                values = self.expression(generator.iter, depth) if number else source
                bind = self._target(generator.target, scope)
                loops.append((bind, values, [self.expression(test, depth) for test in generator.ifs]))
            codes = [self.expression(part, depth) for part in body]
        single = codes[0] if len(codes) == 1 else None

        def walk(number: int, values: Any, names: Names, run: Run, found: list[Any]) -> None:
            bind, _, tests = loops[number]
            for value in members(values, run):
                run.spend()
                bind(names, value)
                if not all(test(names, run) for test in tests):
                    continue
                if number + 1 < len(loops):
                    walk(number + 1, loops[number + 1][1](names, run), names, run, found)
                    continue
                found.append(single(names, run) if single else tuple(code(names, run) for code in codes))
                if len(found) > ITEMS:
                    raise BudgetExceeded(f"集合超过 {ITEMS} 项，请缩小范围")

        def build(names: Names, run: Run) -> Any:
            found: list[Any] = []
            run.spend(1 + len(names) // 16)
            try:
                walk(0, source(names, run), dict(names), run, found)
                return make(found if make is list else weigh(found, run))
            except FAULTS as error:
                raise located(error, place) from None

        return build

    def _target(self, target: ast.expr, scope: set[str] | None) -> Bind:
        """Binds a target: in the scope of a comprehension, or (None) among the script's own variables."""
        self._enter(target, 0)
        if isinstance(target, ast.Name):
            key = target.id
            self._free(target, key)
            if scope is None:
                self._written(key)
            else:
                scope.add(key)
            return lambda names, value: names.__setitem__(key, value)
        if not isinstance(target, ast.Tuple | ast.List):
            self._fail(target, "这里只能写变量名")
        parts = [self._target(part, scope) for part in target.elts]

        def unpack(names: Names, value: Any) -> None:
            if type(value) not in COLLECTIONS and type(value) is not str:
                raise ExpressionError(f"{kind_of(value)}不能拆成 {len(parts)} 个变量")
            if len(value) != len(parts):
                raise ExpressionError(f"要拆成 {len(parts)} 个变量，但给出了 {len(value)} 项")
            for part, member in zip(parts, value, strict=True):
                part(names, member)

        return unpack

    # ---- bookkeeping ------------------------------------------------------------------------------------------------

    def _enter(self, node: ast.AST, depth: int) -> None:
        self._nodes += 1
        if depth > DEPTH:
            message = f"嵌套超过 {DEPTH} 层，请拆成几步，或用 sum([...])、all([...]) 代替连写"
            raise BudgetExceeded(message, *self._place(node))
        if self._nodes > NODES:
            raise BudgetExceeded("内容过长，请拆成几步", *self._place(node))

    @contextmanager
    def _scope(self) -> Iterator[set[str]]:
        self._scopes.append(set())
        yield self._scopes[-1]
        self._scopes.pop()

    def _written(self, key: str) -> None:
        """A target outside any comprehension; only scripts have them."""

    def _free(self, node: ast.AST, key: str) -> None:
        if key.startswith("_") or key in FUNCTIONS:
            self._fail(node, f"不能用“{key}”作变量名，请换一个名称")

    def _place(self, node: ast.AST) -> Place:
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        # The tree counts UTF-8 bytes; people count characters.
        return line + self._first_line - 1, len(text.encode("utf-8", "replace")[:column].decode("utf-8", "ignore")) + 1

    def _fail(self, node: ast.AST, message: str) -> NoReturn:
        raise ExpressionError(message, *self._place(node))

    def _refuse(self, node: ast.AST) -> NoReturn:
        self._fail(node, f"不支持 {HINTS.get(type(node), type(node).__name__)}")


def _is_singleton(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and (node.value is None or type(node.value) is bool)


def _dotted(node: ast.expr) -> str | None:
    """`a.b.c` written with names only, else None."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (front := _dotted(node.value)) is not None:
        return f"{front}.{node.attr}"
    return None
