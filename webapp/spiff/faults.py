"""The errors of expressions, and the translation of what plain Python raises into a Chinese message with a place.

Knows nothing of syntax trees and of limits.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Self

Place = tuple[int, int]

KINDS: Final = {
    bool: "是/否",
    int: "整数",
    float: "小数",
    Decimal: "小数",
    str: "文本",
    type(None): "空值",
    date: "日期",
    datetime: "时间",
    timedelta: "时长",
    list: "列表",
    tuple: "列表",
    dict: "字典",
    set: "集合",
}


class ExpressionError(Exception):
    """An expression cannot be read or has no value; the message says what to do.

    Line and column count from 1; 0 means unknown.
    """

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column

    # The library reads these two from whatever a script engine raises, and compares the first with 0.
    @property
    def lineno(self) -> int:
        return self.line

    @property
    def offset(self) -> int:
        return self.column

    def at(self, line: int, column: int) -> Self:
        """The same error, placed there unless a deeper node has placed it already."""
        if not self.line:
            self.line, self.column = line, column
        return self

    def __str__(self) -> str:
        return f"第 {self.line} 行第 {self.column} 列：{self.message}" if self.line else self.message


class BudgetExceeded(ExpressionError):
    """The expression or a value in it is larger than the table above allows."""


class UnknownName(ExpressionError):
    """The expression reads a variable that nobody has written."""


# What plain data can raise; nothing else is swallowed.
FAULTS: Final = (ExpressionError, ArithmeticError, TypeError, ValueError, LookupError, RecursionError)


def kind_of(value: object) -> str:
    """The Chinese name of a value's type, for messages."""
    return KINDS.get(type(value), type(value).__name__)


def located(error: Exception, place: Place) -> ExpressionError:
    """The error as one that people can read, placed there unless a deeper node has placed it."""
    if isinstance(error, ExpressionError):
        return error.at(*place)
    if isinstance(error, ZeroDivisionError):
        return ExpressionError("除数为零，请先判断分母", *place)
    if isinstance(error, OverflowError | RecursionError):
        return BudgetExceeded("数值过大或嵌套过深，请检查算式", *place)
    if isinstance(error, ArithmeticError):
        return ExpressionError("算式没有结果，请检查数值", *place)
    if isinstance(error, UnicodeError):
        return ExpressionError("文本里有无效字符，请重新输入", *place)
    return ExpressionError("值的类型或内容不适合此处的运算，请检查变量", *place)


def unknown(key: str, place: Place) -> ExpressionError:
    """Nobody has written this variable."""
    return UnknownName(f"没有名为“{key}”的变量，请检查拼写，或确认前面的步骤已写入它", *place)


def no_field(error: Exception, key: object, value: Any, place: Place) -> ExpressionError:
    """This key could not be read from, or written to, this value."""
    if isinstance(error, ExpressionError):
        return error.at(*place)
    shown = str(key)[:40] if type(key) in (str, int, bool) else kind_of(key)
    if isinstance(error, KeyError):
        return ExpressionError(f'没有字段“{shown}”，请检查拼写；可能缺少时请用 .get("{shown}")', *place)
    if isinstance(error, IndexError):
        return ExpressionError(f"列表没有第 {shown} 项（从 0 起算），共 {len(value)} 项", *place)
    return ExpressionError(f"不能用{kind_of(key)}“{shown}”从{kind_of(value)}中取值", *place)
