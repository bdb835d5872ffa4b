"""The functions, methods and operators an expression may use, each paying for its size before it works.

Everything here is a table from a name to a function over plain data; nothing is ever looked up on a value with getattr.
"""

# ruff: noqa: ARG001, ARG005 - all operators, and all functions, share one signature

import ast
import operator
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from webapp.spiff.budget import (
    BITS,
    COLLECTIONS,
    EXPONENT,
    ITEMS,
    NUMERAL,
    SCALARS,
    TEXT,
    Run,
    check,
    expand,
    weigh,
)
from webapp.spiff.faults import BudgetExceeded, ExpressionError, kind_of

Operation = Callable[[Any, Any, Run], Any]
NUMBERS: Final = frozenset({bool, int, float, Decimal})
# Width and precision have two digits at most, so a format cannot be a bomb; no field access, no nesting.
FORMAT: Final = re.compile(r"[<>^]?[+]?0?\d{0,2},?(\.\d{1,2})?[dfs%]?")


# ---- operators ------------------------------------------------------------------------------------------------------


def aligned(left: Any, right: Any) -> tuple[Any, Any]:
    """Both operands, a float beside a Decimal turned into the Decimal people see printed (0.6, not 0.59999…)."""
    if type(left) is Decimal and type(right) is float:
        return left, Decimal(repr(right))
    if type(left) is float and type(right) is Decimal:
        return Decimal(repr(left)), right
    return left, right


def _add(left: Any, right: Any, run: Run) -> Any:
    run.spend(1 + (_size(left) + _size(right)) // 16)
    left, right = aligned(left, right)
    return check(left + right)


def _multiply(left: Any, right: Any, run: Run) -> Any:
    for sequence, times in ((left, right), (right, left)):
        if type(sequence) in (str, list, tuple) and type(times) in (bool, int):
            length = len(sequence) * max(times, 0)
            if length > (TEXT if type(sequence) is str else ITEMS):
                raise BudgetExceeded("重复的次数太多，请减少")
            run.spend(1 + length // 16)
    left, right = aligned(left, right)
    return check(left * right)


def _power(left: Any, right: Any, run: Run) -> Any:
    if type(left) not in NUMBERS or type(right) not in NUMBERS:
        raise TypeError
    whole = type(left) in (bool, int) and type(right) in (bool, int)
    if whole and (abs(right) > BITS or left.bit_length() * max(right, 0) > BITS):
        raise BudgetExceeded("乘方的结果过大，请检查指数")
    left, right = aligned(left, right)
    result = left**right
    if type(result) is complex:
        raise ExpressionError("负数不能开偶次方，请检查底数")
    return check(result)


def _modulo(left: Any, right: Any, run: Run) -> Any:
    if type(left) is str:
        raise ExpressionError('不支持用 % 拼文本，请改用 f"…{变量}…"')
    left, right = aligned(left, right)
    return check(left % right)


def _plain(function: Callable[[Any, Any], Any]) -> Operation:
    def apply(left: Any, right: Any, run: Run) -> Any:
        if type(left) in COLLECTIONS:
            expand(left, run)
            expand(right, run)
        left, right = aligned(left, right)
        return check(function(left, right))

    return apply


BINARY: Final[dict[type[ast.operator], Operation]] = {
    ast.Add: _add,
    ast.Sub: _plain(operator.sub),
    ast.Mult: _multiply,
    ast.Div: _plain(operator.truediv),
    ast.FloorDiv: _plain(operator.floordiv),
    ast.Mod: _modulo,
    ast.Pow: _power,
    ast.BitAnd: _plain(operator.and_),
    ast.BitOr: _plain(operator.or_),
}
UNARY: Final[dict[type[ast.unaryop], Callable[[Any], Any]]] = {
    ast.Not: operator.not_,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
COMPARE: Final[dict[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda member, whole: member in whole,
    ast.NotIn: lambda member, whole: member not in whole,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}


def _size(value: Any) -> int:
    return len(value) if type(value) is str or type(value) in COLLECTIONS else 1


# ---- functions ------------------------------------------------------------------------------------------------------


def members(value: Any, run: Run) -> Any:
    """The value, if one may loop over it."""
    if type(value) not in COLLECTIONS and type(value) is not str:
        raise ExpressionError(f"{kind_of(value)}不能逐项处理，请给出列表、字典或文本")
    run.spend(1 + len(value) // 4)
    return value


def text_of(value: Any, run: Run, form: str = "") -> str:
    """The value as text, with one of the few formats; collections have none."""
    if type(value) not in SCALARS:
        raise ExpressionError(f'{kind_of(value)}不能直接变成文本，请取出其中的一项，或用 "、".join(...)')
    if not form:
        return str(value)
    if type(value) not in NUMBERS and type(value) is not str:
        raise ExpressionError(f"{kind_of(value)}不能使用格式“{form}”，请去掉冒号及其后的格式")
    return format(value, form)


def _range(run: Run, *bounds: Any) -> list[int]:
    numbers = range(*bounds)
    # Not len(): it overflows beyond 63 bits.
    if numbers[ITEMS:]:
        raise BudgetExceeded(f"range 超过 {ITEMS} 项，请缩小范围")
    run.spend(len(numbers))
    return list(numbers)


def _integer(run: Run, value: Any = 0) -> int:
    _numeral(value)
    return int(value)


def _float(run: Run, value: Any = 0.0) -> float:
    _numeral(value)
    return float(value)


def _decimal(run: Run, value: Any = 0) -> Decimal:
    _numeral(value)
    return check(Decimal(repr(value) if type(value) is float else value))  # type: ignore[no-any-return]


def _numeral(value: Any) -> None:
    if type(value) is str:
        if len(value) > NUMERAL:
            raise BudgetExceeded("数字过长，请检查文本")
    elif type(value) not in NUMBERS:
        raise TypeError


def _round(run: Run, value: Any, digits: Any = None) -> Any:
    if digits is None:
        return round(value)
    # round(5, -10**9) computes 10**10**9 in CPython.
    if abs(digits) > EXPONENT:
        raise BudgetExceeded("round 的位数过大，请检查第二个参数")
    return round(value, digits)


def _sum(run: Run, values: Any, start: Any = 0) -> Any:
    if type(start) not in NUMBERS and type(start) is not timedelta:
        raise ExpressionError("sum 只能合计数字，拼接列表请用 +")
    total = start
    for value in members(values, run):
        if type(value) in (str, list, tuple, dict, set):
            raise TypeError
        total = _add(total, value, run)
    return total


def _extreme(choose: Callable[..., Any]) -> Callable[..., Any]:
    def apply(run: Run, *values: Any, **default: Any) -> Any:
        if default.keys() - {"default"} or (default and len(values) != 1):
            raise TypeError
        candidates = members(values[0], run) if len(values) == 1 else values
        for candidate in candidates:
            weigh(candidate, run)
        return choose(candidates, **default)

    return apply


def _sorted(run: Run, values: Any, *, reverse: Any = False) -> list[Any]:
    return sorted(weigh(members(values, run), run), reverse=bool(reverse))


def _hashed(make: Callable[..., Any]) -> Callable[..., Any]:
    def apply(run: Run, values: Any = (), **named: Any) -> Any:
        return make(weigh(members(values, run), run), **named)

    return apply


def _sequence(make: Callable[[Iterable[Any]], Any]) -> Callable[..., Any]:
    def apply(run: Run, values: Any = ()) -> Any:
        return make(members(values, run))

    return apply


def _enumerate(run: Run, values: Any, start: Any = 0) -> list[Any]:
    return list(enumerate(members(values, run), start))


def _zip(run: Run, *values: Any) -> list[Any]:
    return list(zip(*(members(value, run) for value in values), strict=False))


def _date(run: Run, *parts: Any) -> date:
    if len(parts) == 1 and type(parts[0]) is datetime:
        return parts[0].date()
    if len(parts) == 1 and type(parts[0]) is date:
        return parts[0]
    return date.fromisoformat(parts[0]) if len(parts) == 1 else date(*parts)


def _datetime(run: Run, text: Any) -> datetime:
    return text if type(text) is datetime else datetime.fromisoformat(text)


def _outcomes(run: Run, results: Any) -> list[Any]:
    """The outcomes in a multi-instance result {key: {"outcome": …}}, a list of such results or a list of outcomes."""
    if results is None:  # nobody has answered yet
        return []
    members(results, run)
    answers = results.values() if type(results) is dict else results
    return [answer.get("outcome") if type(answer) is dict else answer for answer in answers]


def _count(run: Run, results: Any, outcome: Any) -> int:
    return sum(1 for given in _outcomes(run, results) if weigh(given, run) == outcome)


def _all_are(run: Run, results: Any, outcome: Any) -> bool:
    # Nobody has answered: "all agree" must not open the next task.
    given = _outcomes(run, results)
    return bool(given) and _count(run, given, outcome) == len(given)


def _any_is(run: Run, results: Any, outcome: Any) -> bool:
    return _count(run, results, outcome) > 0


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "len": lambda run, value: len(members(value, run)),
    "sum": _sum,
    "min": _extreme(min),
    "max": _extreme(max),
    "abs": lambda run, value: abs(value),
    "round": _round,
    "sorted": _sorted,
    "any": lambda run, values: any(members(values, run)),
    "all": lambda run, values: all(members(values, run)),
    "int": _integer,
    "float": _float,
    "Decimal": _decimal,
    "str": lambda run, value="": text_of(value, run),
    "bool": lambda run, value=False: bool(value),
    "list": _sequence(list),
    "tuple": _sequence(tuple),
    "dict": _hashed(dict),
    "set": _hashed(set),
    "range": _range,
    "enumerate": _enumerate,
    "zip": _zip,
    "date": _date,
    "datetime": _datetime,
    "days": lambda run, number: timedelta(days=number),
    "timedelta": lambda run, days=0, hours=0, minutes=0, seconds=0: timedelta(
        days=days, hours=hours, minutes=minutes, seconds=seconds
    ),
    "count": _count,
    "all_are": _all_are,
    "any_is": _any_is,
}


# ---- fields and methods ---------------------------------------------------------------------------------------------


def _text(method: Callable[..., Any]) -> Callable[..., Any]:
    def apply(value: str, run: Run, *arguments: Any) -> Any:
        # strip(characters) looks each character up in all the others, so a long argument costs by the product.
        run.spend(1 + len(value) // 16 * (1 + sum(map(_size, arguments)) // 64))
        return method(value, *arguments)

    return apply


def _join(glue: str, run: Run, values: Any) -> str:
    parts = list(members(values, run))
    grow(sum(_size(part) + len(glue) for part in parts), run)
    return glue.join(parts)


def _replace(value: str, run: Run, old: str, new: str) -> str:
    grow(len(value) + value.count(old) * max(len(new) - len(old), 0), run)
    return value.replace(old, new)


def grow(length: int, run: Run) -> None:
    """Pay for a text that is about to be made; its parts may have cost nothing."""
    if length > TEXT:
        raise BudgetExceeded(f"文本超过 {TEXT} 个字符，请缩短")
    run.spend(1 + length // 16)


def _get(value: dict[Any, Any], run: Run, key: Any, default: Any = None) -> Any:
    return value.get(weigh(key, run), default)


def _keys(value: dict[Any, Any], run: Run) -> list[Any]:
    return list(members(value, run))


def _values(value: dict[Any, Any], run: Run) -> list[Any]:
    return list(members(value, run).values())


def _items(value: dict[Any, Any], run: Run) -> list[Any]:
    return list(members(value, run).items())


def _list_index(value: list[Any], run: Run, member: Any) -> int:
    return weigh(value, run).index(weigh(member, run))  # type: ignore[no-any-return]


def _list_count(value: list[Any], run: Run, member: Any) -> int:
    return weigh(value, run).count(weigh(member, run))  # type: ignore[no-any-return]


def _append(value: list[Any], run: Run, member: Any) -> None:
    value.append(member)
    check(value)


def _extend(value: list[Any], run: Run, more: Any) -> None:
    value.extend(list(members(more, run)))
    check(value)


def _update(value: dict[Any, Any], run: Run, more: Any) -> None:
    value.update(weigh(members(more, run), run))
    check(value)


def _setdefault(value: dict[Any, Any], run: Run, key: Any, default: Any = None) -> Any:
    value.setdefault(weigh(key, run), default)
    check(value)
    return value[key]


def _pop(value: dict[Any, Any], run: Run, key: Any, *default: Any) -> Any:
    return value.pop(weigh(key, run), *default)


def _list_pop(value: list[Any], run: Run, place: Any = -1) -> Any:
    return value.pop(place)


FIELDS: Final[dict[tuple[type, str], Callable[[Any], Any]]] = {
    **{(kind, name): operator.attrgetter(name) for kind in (date, datetime) for name in ("year", "month", "day")},
    **{(datetime, name): operator.attrgetter(name) for name in ("hour", "minute")},
    (timedelta, "days"): operator.attrgetter("days"),
}
METHODS: Final[dict[tuple[type, str], Callable[..., Any]]] = {
    **{
        (str, method.__name__): _text(method)
        for method in (str.startswith, str.endswith, str.strip, str.lower, str.upper, str.split, str.isdigit)
    },
    (str, "join"): _join,
    (str, "replace"): _replace,
    (dict, "get"): _get,
    (dict, "keys"): _keys,
    (dict, "values"): _values,
    (dict, "items"): _items,
    (list, "index"): _list_index,
    (list, "count"): _list_count,
    (date, "isoformat"): lambda value, run: value.isoformat(),
    (datetime, "isoformat"): lambda value, run: value.isoformat(),
    (date, "weekday"): lambda value, run: value.weekday(),
    (datetime, "date"): lambda value, run: value.date(),
}
MUTATORS: Final[dict[tuple[type, str], Callable[..., Any]]] = {
    (list, "append"): _append,
    (list, "extend"): _extend,
    (list, "pop"): _list_pop,
    (dict, "update"): _update,
    (dict, "setdefault"): _setdefault,
    (dict, "pop"): _pop,
}
METHOD_NAMES: Final = frozenset(name for _, name in METHODS)
MUTATOR_NAMES: Final = frozenset(name for _, name in MUTATORS)
