"""What expressions and scripts mean: values, names they read and write, and the messages people get."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from webapp.spiff.expressions import (
    BudgetExceeded,
    ExpressionError,
    UnknownName,
    callable_as,
    compile_expression,
    compile_script,
)

DATA = {
    "x": 5,
    "score": 86.5,
    "share": Decimal("0.6"),
    "name": "国合基地",
    "分数": 90,
    "unit": {"rd": [3, 2, 4], "outcome": "recommend", "dates": {"on": date(2026, 1, 31)}},
    "expert_score": {
        "e1": {"outcome": "agree"},
        "e2": {"outcome": "disagree"},
        "e3": {"outcome": "agree"},
    },
    "nobody": {},
    "nothing": None,
    "today": date(2026, 3, 2),
    "at": datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
}
FUNCTIONS = {
    "param": {"review.days": 10}.__getitem__,
    "deadline.end_of": lambda day: f"{day.isoformat()}T24:00",
    "register.has_base": lambda host, *, field="": host == "浙大" and field == "AI",
}


def value_of(source):
    return compile_expression(source).evaluate(DATA, FUNCTIONS)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x > 3 and unit.outcome == 'recommend'", True),
        ("分数 >= 85", True),
        ("1 < x <= 5 != 6", True),
        ("x if x > 9 else -x", -5),
        ("unit.rd[0] + unit['rd'][-1]", 7),
        ("unit.rd[1:]", [2, 4]),
        ("unit.get('absent', '无')", "无"),
        ("len(unit.rd) == 3 and sum(unit.rd) == 9", True),
        ("max(unit.rd), min(3, 1), abs(-2)", (4, 1, 2)),
        ("max([], default=0)", 0),
        ("sorted(unit.rd, reverse=True)", [4, 3, 2]),
        ("[n * 2 for n in unit.rd if n > 2]", [6, 8]),
        ("{k: v.outcome for k, v in expert_score.items() if v.outcome != 'agree'}", {"e2": "disagree"}),
        ("{n % 2 for n in unit.rd}", {0, 1}),
        ("any(n > 3 for n in unit.rd)", True),
        ("[a + b for a in range(2) for b in range(a)]", [1]),
        ("list(enumerate(['a', 'b'], 1)), zip([1], [2])", ([(1, "a"), (2, "b")], [(1, 2)])),
        ("f'{name}得分{score:.2f}，占{share:.0%}，第{x:03d}号'", "国合基地得分86.50，占60%，第005号"),
        ("name.startswith('国合') and name.endswith('基地')", True),
        ("'、'.join(['甲', '乙']).replace('甲', '丙').split('、')", ["丙", "乙"]),
        ("' aB '.strip().lower() + 'c'.upper()", "abC"),
        ("nothing is None and not nobody", True),
        ("round(score), round(2.675, 1), int('7'), float('1.5'), str(x), bool('')", (86, 2.7, 7, 1.5, "5", False)),
        ("share >= 0.6 and share * 0.5 == Decimal('0.30')", True),
        ("0.1 + Decimal('0.2') == Decimal('0.3')", True),
        ("date('2026-01-31') + days(1) > unit.dates.on", True),
        ("(today - unit.dates.on).days, today.year, at.hour, at.date() == today", (30, 2026, 9, True)),
        ("date(2026, 3, 2).isoformat()", "2026-03-02"),
        ("timedelta(days=1) * 2", timedelta(days=2)),
        ("count(expert_score, 'disagree'), count(nothing, 'agree')", (1, 0)),
        ("all_are(expert_score, 'agree'), any_is(expert_score, 'disagree')", (False, True)),
        ("all_are(nobody, 'agree'), any_is(nobody, 'agree')", (False, False)),
        ("all_are([{'outcome': 'agree'}, 'agree'], 'agree')", True),
        ("param('review.days') + 1", 11),
        ("deadline.end_of(today)", "2026-03-02T24:00"),
        ("register.has_base('浙大', field='AI')", True),
        ("\n  x == 5  \n", True),
        ("{'a': [1, (2,)]}", {"a": [1, (2,)]}),
    ],
)
def test_expression_has_the_value(source, expected):
    assert value_of(source) == expected


@pytest.mark.parametrize(
    ("source", "says", "place"),
    [
        ("x ＞ 3", "全角符号“＞”", (1, 3)),
        ("x && y", "请用 and、or", (1, 4)),
        ("x = 3", "写法有误", (1, 3)),
        ("", "为空", (1, 1)),
        ("缺少 > 3", "没有名为“缺少”的变量", (1, 1)),
        ("x > 1 and 不存在", "没有名为“不存在”的变量", (1, 11)),
        ("\n\n  不存在", "没有名为", (3, 1)),
        ("分数 + 名 + y", "没有名为“名”", (1, 6)),
        ("len", "是函数", (1, 1)),
        ("unit.outcom", "没有字段“outcom”", (1, 1)),
        ("unit.rd[9]", "共 3 项", (1, 1)),
        ("unit.rd['a']", "取值", (1, 1)),
        ("name + x", "文本与整数不能这样运算", (1, 1)),
        ("nothing >= 85", "空值与整数不能这样比较", (1, 1)),
        ("x / 0", "除数为零", (1, 1)),
        ("x is 5", "is 只能与", (1, 1)),
        ("workdays(3)", "没有名为“workdays”的函数", (1, 1)),
        ("param('absent')", "未能算出结果", (1, 1)),
        ("len(5)", "不能逐项处理", (1, 1)),
        ("round('a')", "不接受这样的参数", (1, 1)),
        ("unit.update({})", "条件和参数里不能用 update", (1, 1)),
        ("lambda: 1", "不支持 lambda", (1, 1)),
        ("f'{unit}'", "不能直接变成文本", (1, 3)),
        ("f'{today:%Y}'", "不支持格式", (1, 1)),
        ("(-8) ** 0.5", "负数", (1, 1)),
        ("'%d' % 1", 'f"', (1, 1)),
    ],
)
def test_error_says_what_and_where(source, says, place):
    with pytest.raises(ExpressionError) as caught:
        value_of(source)
    assert says in caught.value.message
    assert caught.value.line == place[0]
    if "{" not in source:  # Python 3.11 gives the parts of an f-string no place of their own
        assert caught.value.column == place[1]
    assert isinstance(caught.value.args[0], str)
    assert caught.value.lineno == caught.value.line


def test_names_and_functions_are_known_before_running():
    expression = compile_expression(
        "a.b + sum(i for i in c) > f(d) or deadline.end_of(today) and e.get('x') and len(g)"
    )
    assert expression.names == {"a", "c", "d", "today", "e", "g"}
    assert expression.functions == {"f", "deadline.end_of"}


def test_compiled_texts_are_cached():
    assert compile_expression("x + 1") is compile_expression("x + 1")
    assert compile_script("y = 1") is compile_script("y = 1")


@pytest.mark.parametrize(
    ("name", "possible"),
    [("deadline.end_of", True), ("workdays", True), ("len", False), ("register.get", False), ("get", True)],
)
def test_registered_names_that_could_never_be_called_are_known(name, possible):
    assert callable_as(name) is possible


@pytest.mark.parametrize(
    ("script", "before", "after"),
    [
        ("y = x + 1", {"x": 1}, {"x": 1, "y": 2}),
        ("    y = 1\n    z = y", {}, {"y": 1, "z": 1}),
        ("a = b = 2\na += 1", {}, {"a": 3, "b": 2}),
        ("a, (b, c) = 1, [2, 3]", {}, {"a": 1, "b": 2, "c": 3}),
        ("if x > 1:\n  y = 'large'\nelif x:\n  y = 'one'\nelse:\n  y = ''", {"x": 1}, {"x": 1, "y": "one"}),
        ("t = 0\nfor n in x:\n  if n < 0: continue\n  if n > 5: break\n  t += n", {"x": [1, -1, 2, 9, 3]},
         {"x": [1, -1, 2, 9, 3], "t": 3, "n": 9}),
        ("unit.name = '浙大'\nunit['list'][0] = 7", {"unit": {"list": [1]}}, {"unit": {"list": [7], "name": "浙大"}}),
        ("unit.setdefault('l', []).append(1)\nunit.update({'k': 2})\nunit.pop('old')", {"unit": {"old": 1}},
         {"unit": {"l": [1], "k": 2}}),
        ("for r in rows:\n  r.ok = r.n > 1", {"rows": [{"n": 1}, {"n": 2}]},
         {"rows": [{"n": 1, "ok": False}, {"n": 2, "ok": True}], "r": {"n": 2, "ok": True}}),
        ("a = b\na += [2]", {"b": [1]}, {"b": [1, 2], "a": [1, 2]}),
        ("pair = (1, 2)", {}, {"pair": [1, 2]}),
        ("pass", {"k": {"any": 1}}, {"k": {"any": 1}}),
    ],
)  # fmt: skip
def test_script_gives_the_new_data(script, before, after):
    kept = repr(before)
    assert compile_script(script).execute(before) == after
    assert repr(before) == kept


def test_script_knows_what_it_reads_and_writes():
    script = compile_script(
        "if a:\n  t = 1\nelse:\n  t = 2\nu = t\nfor n in rows:\n  v = n\nw = v\nunit.x = f(t)\nold += 1\nlog.append(1)"
    )
    assert script.reads == {"a", "rows", "v", "unit", "old", "log"}
    assert script.writes == {"t", "u", "n", "v", "w", "unit", "old", "log"}
    assert script.functions == {"f"}


@pytest.mark.parametrize("script", ["unit.x = 1\ny = 1 / 0", "unit.l.append(1)\nboom", "unit = 5\nfor i in 5:\n  pass"])
def test_failing_script_leaves_no_write(script):
    data = {"unit": {"l": []}}
    with pytest.raises(ExpressionError) as caught:
        compile_script(script).execute(data)
    assert data == {"unit": {"l": []}}
    assert caught.value.line == 2


def test_facts_cannot_be_written_nor_shadowed_nor_changed_through_an_alias():
    facts = {"case": {"id": "C1"}}
    for script in ("case = 1", "case.id = 2", "case.update({})", "for case in [1]:\n  pass"):
        with pytest.raises(ExpressionError, match="只读"):
            compile_script(script).execute({}, facts)
    with pytest.raises(ExpressionError, match="只读"):
        compile_script("y = case").execute({"case": 1}, facts)
    assert compile_script("mine = case\nmine.id = 2").execute({}, facts) == {"mine": {"id": 2}}
    assert facts == {"case": {"id": "C1"}}


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("y = {1, 2}", "集合不能保存"),
        ("y = {1: 2}", "键必须是文本"),
        ("y = {}\ny[(1, 2)] = 1", "键必须是文本"),
        ("break", "只能写在 for"),
        ("len = 5", "不能用“len”"),
        ("_x = 1", "不能用“_x”"),
        ("f() = 1", "写法有误"),
        ("f().a = 1", "只能给变量"),
        ("a[1:2] = [3]", "一段列表"),
        ("a, b = [1]", "给出了 1 项"),
        ("a, b = 5", "不能拆成"),
        ("x.y.z = 1", "没有名为"),
        ("del x", "不支持 del"),
        ("while True:\n  pass", "请用 for"),
        ("for i in []:\n  pass\nelse:\n  pass", "不支持 else"),
        ("x += 1", "没有名为"),
        ("a = 'x'\na.b = 1", "不能写入字段"),
    ],
)
def test_script_error_says_what_to_do(script, says):
    with pytest.raises(ExpressionError) as caught:
        compile_script(script).execute({"a": [1, 2]} if "a[" in script else {})
    assert says in caught.value.message
    assert caught.value.line or "保存" in says or "键" in says


def test_function_results_must_be_data():
    with pytest.raises(ExpressionError, match="不是表达式可用的数据"):
        compile_expression("f()").evaluate({}, {"f": object})


def test_errors_have_their_kinds():
    with pytest.raises(UnknownName):
        value_of("absent")
    with pytest.raises(BudgetExceeded):
        value_of("9 ** 9 ** 9")
