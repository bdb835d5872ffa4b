"""What one expression may cost: the table of limits, the counter and the checks that enforce it.

Knows nothing of syntax. Every size is checked before the memory is taken wherever that can be foretold.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from webapp.spiff.faults import BudgetExceeded, ExpressionError, kind_of

# The one table of limits. Raising a figure is a decision about denial of service, so measure tests/spiff again.
STEPS: Final = 50_000  # evaluation steps of one expression or script
SOURCE: Final = 4_000  # characters of source
NODES: Final = 800  # syntax nodes
DEPTH: Final = 40  # nested syntax nodes
TEXT: Final = 100_000  # characters of one text value
ITEMS: Final = 10_000  # members of one collection
BITS: Final = 256  # size of an integer
EXPONENT: Final = 60  # largest |exponent| of a Decimal, and of the second argument of round()
NUMERAL: Final = 100  # characters of a text that is turned into a number
NESTING: Final = 24  # collections inside collections
EXPANDED: Final = 100_000  # members of a returned value, and 16 characters of its texts, as often as they appear

SCALARS: Final = frozenset({bool, int, float, str, type(None), Decimal, date, datetime, timedelta})
COLLECTIONS: Final = frozenset({list, tuple, dict, set})


class Run:
    """One evaluation: the steps it has left and the registered functions it may call."""

    __slots__ = ("functions", "left")

    def __init__(self, functions: Any = None, left: int = STEPS) -> None:
        self.functions, self.left = functions or {}, left

    def spend(self, steps: int = 1) -> None:
        """Count steps; BudgetExceeded when none are left."""
        self.left -= steps
        if self.left < 0:
            raise BudgetExceeded("计算步数超出上限，请缩小循环的范围，或改由服务任务处理")


def check(value: Any) -> Any:
    """The value itself, if its type is data and its own size (members not looked into) is within the limits."""
    kind = type(value)
    if kind is str:
        if len(value) > TEXT:
            raise BudgetExceeded(f"文本超过 {TEXT} 个字符，请缩短")
    elif kind is int:
        if value.bit_length() > BITS:
            raise BudgetExceeded("整数过大，请检查乘方或连乘")
    elif kind in COLLECTIONS:
        if len(value) > ITEMS:
            raise BudgetExceeded(f"集合超过 {ITEMS} 项，请缩小范围")
    elif kind is float:
        if value - value != 0:  # infinities and not-a-number
            raise BudgetExceeded("数值过大或不是有效的数，请检查算式")
    elif kind is Decimal:
        if not value.is_finite() or (value and abs(value.adjusted()) > EXPONENT):
            raise BudgetExceeded("数值过大或过小，请检查算式")
    elif kind not in SCALARS:
        raise ExpressionError(f"此处的值（{kind.__name__}）不是表达式可用的数据，请改用文本、数字、日期、列表或字典")
    return value


def expand(value: Any, run: Run, depth: int = 0) -> Any:
    """The value itself, after paying for its expanded size and checking every member.

    `[[x] * 1000] * 1000` and `[text] * 1000` are small in memory but not for ==, hash, sorted or json: full price.
    """
    kind = type(value)
    if kind not in COLLECTIONS:
        if kind is str:
            run.spend(len(value) // 16)
        return check(value)
    if depth > NESTING:
        raise BudgetExceeded(f"列表或字典嵌套超过 {NESTING} 层，请检查是否把它放进了自身")
    check(value)
    run.spend(1 + len(value))
    for member in value:
        expand(member, run, depth + 1)
    if kind is dict:
        for member in value.values():
            expand(member, run, depth + 1)
    return value


def weigh(value: Any, run: Run) -> Any:
    """The value itself, after paying what comparing or hashing it costs."""
    kind = type(value)
    if kind is str:
        run.spend(1 + len(value) // 16)
    elif kind in COLLECTIONS:
        expand(value, run)
    return value


def storable(value: Any, run: Run, depth: int = 0) -> Any:
    """A fresh copy of the value that a case can keep: what JSON would give back, plus Decimal, dates and durations.

    Tuples become lists; sets and keys that are not text are refused, because they would not survive saving.
    """
    kind = type(value)
    if kind not in COLLECTIONS:
        if kind is str:
            run.spend(len(value) // 16)
        return check(value)
    if depth > NESTING:
        raise BudgetExceeded(f"列表或字典嵌套超过 {NESTING} 层，请检查是否把它放进了自身")
    check(value)
    run.spend(1 + len(value))
    if kind is set:
        raise ExpressionError("集合不能保存到流程数据，请用 sorted(...) 或 list(...) 转成列表")
    if kind is not dict:
        return [storable(member, run, depth + 1) for member in value]
    for key in value:
        if type(key) is not str:
            raise ExpressionError(f"字典的键必须是文本，不能是{kind_of(key)}，请用 str(...) 转换")
    return {check(key): storable(member, run, depth + 1) for key, member in value.items()}
