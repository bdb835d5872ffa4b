"""Formulas of indicators (domain.md 4.3): arithmetic over named figures, exact, with `min` and `max` and nothing else.

A formula gives the share of an indicator's points that was earned: `min(1, joint_papers / (3 * years))`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache

Figures = Mapping[str, Decimal]

_FUNCTIONS: Mapping[str, Callable[..., Decimal]] = {"min": min, "max": max}
_SIGNS: Mapping[type[ast.operator], str] = {ast.Add: " + ", ast.Sub: " - ", ast.Mult: " × ", ast.Div: " ÷ "}
_WEIGHT: Mapping[type[ast.operator], int] = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2}
LONGEST = 300


class FormulaError(ValueError):
    """The formula cannot be read, or reads what it may not."""


def share(formula: str, figures: Figures) -> Decimal:
    """What the formula gives, held between 0 and 1; a figure that is not known counts 0, and so does a division by it.

    Raises FormulaError.
    """
    return max(Decimal(0), min(Decimal(1), _value(_parsed(formula), figures)))


def names(formula: str) -> frozenset[str]:
    """The figures that the formula reads. Raises FormulaError."""
    tree = _parsed(formula)
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)) - called


def in_words(formula: str, labels: Mapping[str, str]) -> str:
    """The formula as people read it: figures by their labels, × and ÷. Raises FormulaError."""
    return _words(_parsed(formula), labels)[0]


@lru_cache(maxsize=512)
def _parsed(formula: str) -> ast.expr:
    if len(formula) > LONGEST:
        raise FormulaError("公式过长")
    try:
        tree = ast.parse(formula.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise FormulaError(f"公式“{formula}”无法读取") from error
    for node in ast.walk(tree):
        _must_be_arithmetic(node, formula)
    return tree


def _must_be_arithmetic(node: ast.AST, formula: str) -> None:
    match node:
        case ast.Constant(value=bool() | str() | bytes() | complex() | None):
            raise FormulaError(f"公式“{formula}”中只能写数字、数据名、四则运算和 min、max")
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in _FUNCTIONS and node.args:
            return
        case ast.BinOp(op=operator) if type(operator) in _SIGNS:
            return
        case ast.Name() | ast.Load() | ast.Constant() | ast.operator():
            return
        case _:
            raise FormulaError(f"公式“{formula}”中只能写数字、数据名、四则运算和 min、max")


def _value(node: ast.expr, figures: Figures) -> Decimal:
    match node:
        case ast.Constant(value=number):
            return Decimal(str(number))
        case ast.Name(id=name):
            return Decimal(str(figures.get(name, 0)))
        case ast.Call(func=ast.Name(id=name), args=args):
            return _FUNCTIONS[name](*[_value(each, figures) for each in args])
    assert isinstance(node, ast.BinOp), "everything else was refused when the formula was read"
    return _combined(node.op, _value(node.left, figures), _value(node.right, figures))


def _combined(operator: ast.operator, left: Decimal, right: Decimal) -> Decimal:
    match operator:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
    return left / right if right else Decimal(0)


def _words(node: ast.expr, labels: Mapping[str, str]) -> tuple[str, int]:
    """The text and how tightly it binds."""
    match node:
        case ast.Name(id=name):
            return labels.get(name, name), 3
        case ast.Call(func=ast.Name(id=name), args=args):
            kind = {"min": "取小", "max": "取大"}[name]
            return f"{kind}（{'，'.join(_words(each, labels)[0] for each in args)}）", 3
        case ast.Constant(value=number):
            return str(number), 3
    assert isinstance(node, ast.BinOp), "everything else was refused when the formula was read"
    weight = _WEIGHT[type(node.op)]
    parts = [_bracketed(_words(node.left, labels), weight), _bracketed(_words(node.right, labels), weight + 1)]
    return _SIGNS[type(node.op)].join(parts), weight


def _bracketed(text: tuple[str, int], weight: int) -> str:
    return text[0] if text[1] >= weight else f"（{text[0]}）"
