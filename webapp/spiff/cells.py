"""One input cell of a decision table, as analysts write it: `"host"`, `>= 85`, `[60..85)`, `-`, `not("a")`, `1, 2`.

Turns the cell into a test of one value, on top of the expression language. Knows nothing of tables.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from webapp.spiff.budget import SCALARS
from webapp.spiff.expressions import ExpressionError, compile_expression
from webapp.spiff.faults import kind_of
from webapp.spiff.library import aligned

LONGEST: Final = 1_000  # characters of one cell
INPUT: Final = "_cell_input"  # what `?` becomes
# FEEL writes these in lower case; the values of a cell's names may not be called so.
LITERALS: Final[dict[str, Any]] = {"true": True, "false": False, "null": None}
ORDERS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}

Names = Mapping[str, Any]
Functions = Mapping[str, Callable[..., Any]]
Test = Callable[[Any, Names, Functions], bool]
Value = Callable[[Names, Functions], Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """A compiled cell; `names` and `functions` are what it reads and calls besides the input itself."""

    source: str
    names: frozenset[str]
    functions: frozenset[str]
    matches: Test
    """Whether the value fits, given names (with LITERALS) and functions; ExpressionError if they cannot be compared."""


@lru_cache(maxsize=4096)
def compile_cell(source: str) -> Cell:
    """The test written in this cell; ExpressionError if it cannot be read. An empty cell and `-` fit everything."""
    if len(source) > LONGEST:
        raise ExpressionError(f"单元格超过 {LONGEST} 个字符，请拆成几条规则", 1, 1)
    return _Reader(source).cell()


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal as analysts mean it: 0.6 is Decimal("0.6"), but 1 is not true."""
    if isinstance(left, bool) is not isinstance(right, bool):
        return False
    left, right = aligned(left, right)
    return bool(left == right)


def ordered(order: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    """Whether the order holds; an empty value is neither smaller nor larger than anything."""
    if left is None or right is None:
        return False
    try:
        return order(*aligned(left, right))
    except TypeError:
        raise ExpressionError(f"{kind_of(left)}与{kind_of(right)}不能比较大小，请检查输入的类型") from None


def split(text: str) -> list[str]:
    """The parts between the commas that are outside quotes and brackets, trimmed."""
    parts, start, depth = [], 0, 0
    for place, character in _unquoted(text):
        # Intervals mix their brackets, `[60..85)` and even `]60..85[`, so all kinds count alike.
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    if depth:
        raise ExpressionError("括号不成对，请检查", 1, 1)
    return [*parts, text[start:].strip()]


class _Reader:
    """One cell being compiled; gathers what its expressions read."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.names: set[str] = set()
        self.functions: set[str] = set()

    def cell(self) -> Cell:
        test = self._alternatives(self.source.strip())
        names = frozenset(self.names - LITERALS.keys() - {INPUT})
        return Cell(self.source, names, frozenset(self.functions), test)

    def _alternatives(self, text: str) -> Test:
        if text in ("", "-"):
            return _anything
        inner = _negated(text)
        if inner is not None:
            refused = self._alternatives(inner)
            return lambda *given: not refused(*given)
        tests = [self._single(part) for part in split(text)]
        if len(tests) == 1:
            return tests[0]
        return lambda *given: any(test(*given) for test in tests)

    def _single(self, text: str) -> Test:
        if not text:
            raise ExpressionError("逗号前后缺少内容，请补全或删除多余的逗号", 1, 1)
        if text[0] in "[(]" and text[-1] in "])[" and (middle := _dots(text)) is not None:
            return self._interval(text, middle)
        for sign, order in ORDERS.items():
            if text.startswith(sign):
                return self._order(order, text[len(sign) :])
        for sign in ("!=", "==", "="):
            if text.startswith(sign):
                return self._equal(text[len(sign) :], wanted=sign != "!=")
        if any(character == "?" for _, character in _unquoted(text)):
            return self._condition(text)
        return self._member(text)

    def _interval(self, text: str, middle: int) -> Test:
        low, high = self._value(text[1:middle]), self._value(text[middle + 2 : -1])
        above = operator.ge if text[0] == "[" else operator.gt
        below = operator.le if text[-1] == "]" else operator.lt
        return lambda value, names, functions: (
            ordered(above, value, low(names, functions)) and ordered(below, value, high(names, functions))
        )

    def _order(self, order: Callable[[Any, Any], bool], text: str) -> Test:
        bound = self._value(text)
        return lambda value, names, functions: ordered(order, value, bound(names, functions))

    def _equal(self, text: str, *, wanted: bool) -> Test:
        other = self._value(text)
        return lambda value, names, functions: same(value, other(names, functions)) is wanted

    def _condition(self, text: str) -> Test:
        pieces = list(text)
        for place, character in _unquoted(text):
            if character == "?":
                pieces[place] = f" {INPUT} "  # apart, so that `??` is an error and no new name
        condition = self._value("".join(pieces))

        def holds(value: Any, names: Names, functions: Functions) -> bool:
            answer = condition({**names, INPUT: value}, functions)
            if not isinstance(answer, bool):
                raise ExpressionError(f"含 ? 的单元格应当得出是或否，得到的是{kind_of(answer)}，请写成比较")
            return answer

        return holds

    def _member(self, text: str) -> Test:
        wanted = self._value(text)

        def fits(value: Any, names: Names, functions: Functions) -> bool:
            found = wanted(names, functions)
            if type(found) in (list, tuple, set) and type(value) is not type(found):
                return any(same(value, member) for member in found)
            return same(value, found)

        return fits

    def _value(self, text: str) -> Value:
        expression = compile_expression(text)
        self.names |= expression.names
        self.functions |= expression.functions
        if not expression.functions and expression.names <= LITERALS.keys():
            try:
                constant = expression.evaluate(LITERALS)
            except ExpressionError:
                return expression.evaluate  # its fault is told when a value meets the cell
            if type(constant) in SCALARS:
                return lambda *_: constant
        return expression.evaluate


def _anything(*given: Any) -> bool:  # noqa: ARG001 - an empty cell looks at nothing
    return True


def _negated(text: str) -> str | None:
    """What is inside `not(…)` if the whole text is one such negation."""
    if not text.startswith("not") or not text[3:].lstrip().startswith("("):
        return None
    depth = 0
    for place, character in _unquoted(text):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0 and character == ")":
            return text[text.index("(") + 1 : place] if place == len(text) - 1 else None
    return None


def _dots(text: str) -> int | None:
    """Where the `..` of an interval is, outside quotes."""
    before = -2
    for place, character in _unquoted(text):
        if character == ".":
            if before == place - 1:
                return before
            before = place
    return None


def _unquoted(text: str) -> Iterator[tuple[int, str]]:
    """The characters outside quotes, with their places; one pass, whatever the text."""
    quote, escaped = "", False
    for place, character in enumerate(text):
        if not quote and character in "\"'":
            quote = character
        elif not quote:
            yield place, character
        elif escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == quote:
            quote = ""
