"""Generated expressions mean here what they mean in Python. GUOHE_LONG=1 tries 20,000.

Ours may refuse what Python allows (STRICTER lists why), but gives no other value or type, and none where Python fails.
"""

import copy
import os
import warnings

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from webapp.spiff.expressions import BudgetExceeded, ExpressionError, compile_expression

EXAMPLES = 20_000 if os.environ.get("GUOHE_LONG") else 500
DATA = {
    "x": 5,
    "y": -3,
    "z": 2.5,
    "s": "国合",
    "t": "a,b",
    "xs": [3, 1, 2],
    "d": {"a": 1, "b": [1, 2]},
    "n": None,
    "b": True,
}
PYTHON = {
    f.__name__: f
    for f in (len, sum, sorted, any, all, max, min, abs, int, float, str, bool, list, tuple, set, dict, round)
}
PYTHON |= {"range": lambda *a: list(range(*a)), "zip": lambda *a: list(zip(*a, strict=False))}
PYTHON |= {"enumerate": lambda *a: list(enumerate(*a))}
ATOMS = st.one_of(
    st.sampled_from(
        [
            *DATA,
            "d['a']",
            "d['b'][0]",
            "1",
            "0",
            "2.5",
            "'abc'",
            "''",
            "True",
            "None",
            "[]",
            "[1, 2]",
            "(1, 2)",
            "{}",
            "{1, 2}",
        ]
    ),
    st.integers(-50, 50).map(str),
    st.text("ab国 ,", max_size=4).map(repr),
)
SHAPES = [
    (2, "({} {op} {})"),
    (1, "(not {})"),
    (1, "(-{})"),
    (3, "({} if {} else {})"),
    (3, "({} {op} {} {op} {})"),
    (2, "[{}, {}]"),
    (2, "({}, {})"),
    (1, "{{{}}}"),
    (2, "{{{}: {}}}"),
    (2, "{}[{}]"),
    (3, "{}[{}:{}]"),
    (1, "{}[::-1]"),
    (1, "[i for i in {} if i]"),
    (2, "[(i, j) for i in {} for j in {}]"),
    (2, "{{i: {} for i in {}}}"),
    (1, "{{i for i in {}}}"),
    (2, "[x + {} for x in {}]"),
    (1, "any([i for i in {}])"),
    (1, "f'<{}>'"),
    (1, "f'{{{}}}|{{{}:.2f}}'"),
    (1, "{}.split(',')"),
    (2, "{}.startswith({})"),
    (3, "{}.replace({}, {})"),
    (2, "{}.join({})"),
    (1, "{}.strip().upper()"),
    (2, "{}.get({})"),
    (1, "{}.get('a', 0)"),
    (2, "{}.count({})"),
    (2, "{}.index({})"),
    *((1, name + "({})") for name in PYTHON if name != "dict"),
    *((2, name + "({}, {})") for name in ("sum", "max", "min", "round", "range", "zip", "enumerate")),
    (1, "sorted({}, reverse=True)"),
    (1, "max({}, default=0)"),
]
OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "&", "<", "<=", ">", ">=", "==", "!=", "in", "not in", "and", "or"]


@st.composite
def _grown(draw, children):
    count, shape = draw(st.sampled_from(SHAPES))
    parts = [draw(children) for _ in range(count)]
    while shape.count("{}") > len(parts):
        parts.append(parts[-1])
    return shape.format(*parts, op=draw(st.sampled_from(OPERATORS)))


EXPRESSIONS = st.recursive(ATOMS, _grown, max_leaves=12)


# Everything Python would have allowed and we refuse, by its message; a new difference fails the test.
STRICTER = (
    "不能直接变成文本",  # text of a collection
    "不支持用 % 拼文本",
    "不支持运算符",
    "负数不能开偶次方",  # a complex number
    "sum 只能合计数字",
    "没有方法",  # tuple.count and the like
    "不接受这样的参数",
    "不能使用格式",
    "不支持格式",
    "不支持这种常量",  # bytes
    "不能逐项处理",
)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
@given(EXPRESSIONS)
def test_expression_means_what_python_means(source):
    ours, refusal = _ours(source)
    if isinstance(refusal, BudgetExceeded):
        return  # Python would try: 9 ** 9 ** 9
    theirs, failure = _theirs(source)
    if refusal is None:
        assert failure is None, (source, ours, failure)
        assert type(ours) is type(theirs), (source, ours, theirs)
        assert ours == theirs, source
    elif failure is None:
        assert any(reason in refusal.message for reason in STRICTER), (source, refusal, theirs)


def _ours(source):
    data = copy.deepcopy(DATA)
    try:
        return compile_expression(source).evaluate(data), None
    except ExpressionError as error:
        return None, error
    finally:
        assert data == DATA


def _theirs(source):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return eval(source, {"__builtins__": PYTHON, **copy.deepcopy(DATA)}), None
        except Exception as error:
            return None, error
