"""The expression language of every diagram and table: conditions, timers, parameters, cells, scripts. A Python subset.

compile_expression and compile_script read a text once (cached); Expression and Script then run it on data as often as
needed, within the budgets of budget.py. Knows nothing of SpiffWorkflow and of cases.
"""

import ast
import copy
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from webapp.spiff.budget import (
    COLLECTIONS,
    EXPANDED,
    SOURCE,
    Run,
    expand,
    storable,
)
from webapp.spiff.faults import BudgetExceeded, ExpressionError, UnknownName
from webapp.spiff.interpreter import Code, Compiler
from webapp.spiff.library import FUNCTIONS, METHOD_NAMES, MUTATOR_NAMES
from webapp.spiff.statements import ScriptCompiler

__all__ = [
    "BUILTINS",
    "BudgetExceeded",
    "Expression",
    "ExpressionError",
    "Script",
    "UnknownName",
    "callable_as",
    "compile_expression",
    "compile_script",
]

BUILTINS: Final = frozenset(FUNCTIONS)
FULL_WIDTH: Final = dict(zip("，。：；（）【】“”‘’！＝＞＜＋－＊／", ",.:;()[]\"\"''!=><+-*/", strict=True))


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression: the variables it reads and the registered (not the built-in) functions it calls."""

    source: str
    names: frozenset[str]
    functions: frozenset[str]
    _code: Code = field(repr=False, compare=False)

    def evaluate(self, names: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
        """Its value over these variables; ExpressionError, with line and column, if it has none.

        Nothing in `names` is changed; the value may share lists and dictionaries with `names`.
        """
        value = self._code({name: names[name] for name in self.names if name in names}, Run(functions))
        return expand(value, Run(left=EXPANDED)) if type(value) in COLLECTIONS else value


@dataclass(frozen=True, slots=True)
class Script:
    """A compiled script: what it may read and write (also inside a value), and the registered functions it calls."""

    source: str
    reads: frozenset[str]
    writes: frozenset[str]
    functions: frozenset[str]
    _code: Code = field(repr=False, compare=False)

    def execute(
        self,
        data: dict[str, Any],
        names: Mapping[str, Any] | None = None,
        functions: Mapping[str, Callable[..., Any]] | None = None,
    ) -> dict[str, Any]:
        """The data as it is after the script; `data` and `names` themselves are untouched, also when it fails.

        `names` are facts the script may read and not write; a fact in `data` or among the writes is an ExpressionError.
        """
        facts = names or {}
        touched = self.reads | self.writes
        for name in sorted(touched & facts.keys()):
            if name in self.writes or name in data:
                raise ExpressionError(f"“{name}”是只读的案件信息，不能作流程变量，请换一个变量名")
        # Only what the script names can change, so only that is copied (facts too: an alias could be written through).
        known = {name: data[name] if name in data else facts[name] for name in touched if name in data or name in facts}
        work = copy.deepcopy(known)
        self._code(work, Run(functions))
        allowance = Run(left=EXPANDED)
        changed = {name: storable(value, allowance) for name, value in work.items() if name not in facts}
        return {**data, **changed}


@lru_cache(maxsize=4096)
def compile_expression(source: str) -> Expression:
    """The expression written in this text; ExpressionError with line and column if it cannot be read."""
    text = _checked(source).strip()
    first_line = source[: len(source) - len(source.lstrip())].count("\n") + 1
    if not text:
        raise ExpressionError("表达式为空，请填写", 1, 1)
    tree = _parsed(text, "eval", first_line)
    compiler = Compiler(text, first_line)
    code = compiler.expression(tree.body)
    return Expression(source, frozenset(compiler.reads), frozenset(compiler.functions), code)


@lru_cache(maxsize=1024)
def compile_script(source: str) -> Script:
    """The script written in this text, common indentation ignored; ExpressionError if it cannot be read."""
    text = textwrap.dedent(_checked(source).expandtabs(4))
    tree = _parsed(text, "exec", 1)
    _refuse_stray_jumps(tree, inside_loop=False)
    compiler = ScriptCompiler(text)
    code = compiler.block(tree.body)
    return Script(source, frozenset(compiler.reads), frozenset(compiler.writes), frozenset(compiler.functions), code)


def callable_as(name: str) -> bool:
    """Whether a function registered under this name can be called: `a.get(...)`, say, always means the method."""
    methods = METHOD_NAMES | MUTATOR_NAMES if "." in name else frozenset()
    return name not in BUILTINS and name.rpartition(".")[2] not in methods


def _checked(source: str) -> str:
    if type(source) is not str:
        raise ExpressionError("表达式必须是文本", 1, 1)
    if len(source) > SOURCE:
        raise BudgetExceeded(f"内容超过 {SOURCE} 个字符，请拆成几步", 1, 1)
    return source


def _parsed(text: str, mode: str, first_line: int) -> Any:
    try:
        return ast.parse(text, mode=mode)
    except SyntaxError as error:
        line, column = max(error.lineno or 1, 1), max(error.offset or 1, 1)
        raise ExpressionError(_advice(text, line, column), line + first_line - 1, column) from None
    except (ValueError, RecursionError, MemoryError) as error:
        # NUL bytes, lone surrogates, very deep nesting: CPython gives no place.
        kind = BudgetExceeded if isinstance(error, RecursionError | MemoryError) else ExpressionError
        raise kind("内容无法读取，请检查有无乱码或过深的括号", first_line, 1) from None


def _advice(text: str, line: int, column: int) -> str:
    lines = text.splitlines() or [""]
    here = lines[line - 1] if line <= len(lines) else ""
    for character in here[column - 1 : column] + here:
        if character in FULL_WIDTH:
            return f"这里有全角符号“{character}”，请改用半角“{FULL_WIDTH[character]}”"
    if any(opening in here for opening in ("&&", "||", "===")):
        return "请用 and、or、== 代替 &&、||、==="
    return "写法有误，请检查括号、引号是否成对，比较相等是否写成 =="


def _refuse_stray_jumps(node: ast.AST, *, inside_loop: bool) -> None:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Break | ast.Continue) and not inside_loop:
            raise ExpressionError("break 和 continue 只能写在 for 里", child.lineno, child.col_offset + 1)
        if isinstance(child, ast.stmt):  # expressions hold no jumps and may be nested too deeply to walk
            _refuse_stray_jumps(child, inside_loop=inside_loop or isinstance(child, ast.For))
