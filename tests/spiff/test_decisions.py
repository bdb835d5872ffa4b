"""Decision tables: cells as analysts write them, every hit policy with its violations, and the business rule task."""

from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

import pytest
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.spiff.parser import SpiffBpmnParser

from webapp.spiff.cells import LITERALS, compile_cell
from webapp.spiff.decisions import DecisionError, decide, parse, parse_all
from webapp.spiff.environment import Engine
from webapp.spiff.expressions import ExpressionError
from webapp.spiff.xml import UnsafeXml, read


def decision(rules, *, policy="UNIQUE", inputs=("score",), outputs=("grade",), order=None, default=None, id="grade",
             aggregation="", requires=()):  # fmt: skip
    """The XML of one <decision>; a rule is a tuple of cell texts, inputs first."""

    def text(tag, content, **attributes):
        given = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
        return f"<{tag}{given}><text>{escape(content)}</text></{tag}>"

    columns = "".join(f'<input label="{i}">{text("inputExpression", i)}</input>' for i in inputs)
    for name in outputs:
        values = text("outputValues", order) if order else ""
        values += text("defaultOutputEntry", default) if default else ""
        columns += f'<output name="{name}">{values}</output>'
    rows = "".join(
        "<rule>"
        + "".join(text("inputEntry" if c < len(inputs) else "outputEntry", cell) for c, cell in enumerate(rule))
        + "</rule>"
        for rule in rules
    )
    links = "".join(
        f'<informationRequirement><requiredDecision href="{r}"/></informationRequirement>' for r in requires
    )
    extra = f' aggregation="{aggregation}"' if aggregation else ""
    table = f'<decisionTable hitPolicy="{policy}"{extra}>{columns}{rows}</decisionTable>'
    return f'<decision id="{id}" name="表 {id}">{links}{table}</decision>'


def document(*decisions):
    return (
        f'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/">{"".join(decisions)}</definitions>'.encode()
    )


def table(rules, **options):
    return parse(document(decision(rules, **options)))


GRADES = [(">= 85", '"excellent"'), ("[60..85)", '"qualified"'), ("< 60", '"unqualified"')]
# Three rules that overlap: 1 and 2 for 10 and more, 3 always.
OVERLAP = [(">= 10", '"low"'), (">= 10", '"high"'), ("-", '"middle"')]
ORDER = '"high", "middle", "low"'


@pytest.mark.parametrize(
    ("cell", "fits", "fails"),
    [
        ("", ["x", 1, None], []),
        ("-", ["x", None, []], []),
        ('"host"', ["host"], ["city", None, 1]),
        ('"host", "city"', ["host", "city"], ["expert"]),
        ('not("a")', ["b", None], ["a"]),
        ('not("a", "b")', ["c"], ["a", "b"]),
        ("not([60..85))", [59, 85], [60, 84.9]),
        ("not(? > 5)", [5], [6]),
        (">= 85", [85, 85.5, Decimal("85.0")], [84, None]),
        ("< 60, > 90", [59, 91], [60, 90, None]),
        ("!= 3", [2, None, "3"], [3, 3.0]),
        ("= 3", [3], [4]),
        ("== 3", [3], [4]),
        ("[60..85)", [60, 84], [59, 85, None]),
        ("(60..85]", [85, 61], [60]),
        ("]60..85[", [61], [60, 85]),
        ("[1.5..2.5], 9", [1.5, 2, 9], [1.4, 3]),
        ('["a..b", "c"]', ["a..b", "c"], ["a"]),
        ("0.6", [0.6, Decimal("0.6")], [0.5]),
        ("-5", [-5], [5]),
        ("true", [True], [False, 1, None]),
        ("false", [False], [True, 0]),
        ("1", [1, 1.0], [True, "1"]),
        ("null", [None], [0, "", False]),
        ("? > 3 and ? < limit", [4, 9], [3, 10]),
        ('?.startswith("ZJ")', ["ZJ1"], ["HZ"]),
        ('"why?"', ["why?"], ["why"]),
        ("limit", [10], [9]),
        ("[limit..limit + 5]", [10, 15], [16]),
        ('date("2026-01-31").isoformat()', ["2026-01-31"], ["2026-02-01"]),
        ("double(5)", [10], [5]),
        ('"a,b"', ["a,b"], ["a"]),
        ("max(1, 2), 7", [2, 7], [1]),
        ("[1, 2]", [1, [1, 2]], [3]),
    ],
)
def test_cell_fits(cell, fits, fails):
    names, functions = {**LITERALS, "limit": 10}, {"double": lambda n: n * 2}
    compiled = compile_cell(cell)
    assert [value for value in fits if not compiled.matches(value, names, functions)] == []
    assert [value for value in fails if compiled.matches(value, names, functions)] == []


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("“host”", "全角符号"),
        ("1,,2", "逗号前后"),
        ("[1..2", "括号不成对"),
        (">=", "为空"),
        ("().__class__", "不可使用"),
        ("x" * 1_001, "超过 1000"),
        ("?" * 200, "写法有误"),
    ],
)
def test_unreadable_cell_says_what_to_do(cell, says):
    with pytest.raises(ExpressionError, match=says):
        compile_cell(cell)


def test_cell_knows_what_it_reads():
    cell = compile_cell("? > limit, double(x), true")
    assert (cell.names, cell.functions) == ({"limit", "x"}, {"double"})


@pytest.mark.parametrize(
    ("score", "grade"), [(100, "excellent"), (85, "excellent"), (84, "qualified"), (59, "unqualified")]
)
def test_unique_has_one_answer(score, grade):
    assert table(GRADES).decide({"score": score}) == {"grade": grade}


def test_unique_with_two_hits_is_a_violation_naming_the_rules():
    with pytest.raises(DecisionError, match="判定表“表 grade”：第 1、2、3 行同时命中，但命中策略是“唯一”") as caught:
        table(OVERLAP).decide({"score": 10})
    assert caught.value.rules == (1, 2, 3)
    assert caught.value.table == "表 grade"
    assert table(OVERLAP).decide({"score": 9}) == {"grade": "middle"}


@pytest.mark.parametrize("policy", ["UNIQUE", "FIRST", "ANY"])
def test_no_hit_gives_none_or_the_default(policy):
    rules = [("1", '"a"')]
    assert table(rules, policy=policy).decide({"score": 2}) == {"grade": None}
    assert table(rules, policy=policy, default='"none"').decide({"score": 2}) == {"grade": "none"}


def test_first_takes_the_first_and_looks_no_further():
    rules = [(">= 10", '"a"'), ("undefined_name", '"b"')]
    assert table(rules, policy="FIRST").decide({"score": 10}) == {"grade": "a"}


def test_any_allows_equal_answers_only():
    agreeing = [(">= 10", '"a"'), (">= 5", '"a"'), ("< 5", '"b"')]
    assert table(agreeing, policy="ANY").decide({"score": 10}) == {"grade": "a"}
    with pytest.raises(DecisionError, match="“任一”") as caught:
        table(OVERLAP, policy="ANY").decide({"score": 10})
    assert caught.value.rules == (1, 2, 3)
    with pytest.raises(DecisionError, match="“任一”"):  # 1 and true are different answers
        table([("-", "1"), ("-", "true")], policy="ANY").decide({"score": 1})


def test_priority_takes_the_best_output_value():
    found = table(OVERLAP, policy="PRIORITY", order=ORDER)
    assert found.decide({"score": 10}) == {"grade": "high"}
    assert found.decide({"score": 9}) == {"grade": "middle"}


def test_priority_compares_outputs_column_by_column():
    rules = [("-", '"low"', '"high"'), ("-", '"high"', '"low"'), ("-", '"high"', '"middle"')]
    found = table(rules, policy="PRIORITY", outputs=("a", "b"), order=ORDER)
    assert found.decide({"score": 1}) == {"a": "high", "b": "middle"}


@pytest.mark.parametrize("policy", ["PRIORITY", "OUTPUT ORDER"])
def test_priority_needs_its_values(policy):
    with pytest.raises(DecisionError, match="需要在输出列写明"):
        table(OVERLAP, policy=policy)
    with pytest.raises(DecisionError, match="第 3 行的“grade”不在允许的输出值里") as caught:
        table(OVERLAP, policy=policy, order='"high", "low"').decide({"score": 10})
    assert caught.value.rules == (3,)


def test_output_order_sorts_all_hits():
    found = table(OVERLAP, policy="OUTPUT ORDER", order=ORDER)
    assert found.decide({"score": 10}) == [{"grade": "high"}, {"grade": "middle"}, {"grade": "low"}]


@pytest.mark.parametrize("policy", ["RULE ORDER", "COLLECT"])
def test_rule_order_and_collect_keep_the_order_of_the_rules(policy):
    found = table(OVERLAP, policy=policy)
    assert found.decide({"score": 10}) == [{"grade": "low"}, {"grade": "high"}, {"grade": "middle"}]
    assert table(OVERLAP[:1], policy=policy).decide({"score": 1}) == []


@pytest.mark.parametrize(
    ("aggregation", "some", "none"), [("SUM", 6.5, None), ("MIN", 1, None), ("MAX", 3, None), ("COUNT", 3, 0)]
)
def test_collect_aggregates(aggregation, some, none):
    found = table([(">= 10", "3"), (">= 10", "1"), (">= 5", "2.5")], policy="COLLECT", aggregation=aggregation)
    assert found.decide({"score": 10}) == {"grade": some}
    assert found.decide({"score": 1}) == {"grade": none}


def test_collect_counts_equal_answers_and_sums_decimals():
    assert table([("-", '"a"'), ("-", '"a"')], policy="COLLECT", aggregation="COUNT").decide({"score": 1}) == {
        "grade": 2
    }
    money = table([("-", "share"), ("-", "0.2")], policy="COLLECT", aggregation="SUM")
    assert money.decide({"score": 1, "share": Decimal("0.1")}) == {"grade": Decimal("0.3")}


@pytest.mark.parametrize("value", ['"a"', "true", ""])
def test_collect_refuses_to_add_what_is_no_number(value):
    with pytest.raises(DecisionError, match=r"第 2 行的输出不是数字，不能用“\+”汇总"):
        table([("-", "1"), ("-", value)], policy="COLLECT", aggregation="SUM").decide({"score": 1})


def test_several_inputs_and_outputs():
    rules = [('"U"', ">= 85", '"A"', "score * 2"), ('"E"', "-", '"B"', ""), ("-", "< 85", '"C"', "len(kind)")]
    found = table(rules, inputs=("kind", "score + 0"), outputs=("等级", "points"))
    assert found.decide({"kind": "U", "score": 90}) == {"等级": "A", "points": 180}
    assert found.decide({"kind": "U", "score": 80}) == {"等级": "C", "points": 1}
    assert found.decide({"kind": "E", "score": 90}) == {"等级": "B", "points": None}
    assert (found.names, found.functions) == ({"kind", "score"}, set())
    assert table([("> param('pass')", "f(x)")]).functions == {"param", "f"}


def test_failing_cells_are_named():
    with pytest.raises(DecisionError, match=r"输入“score”没有值：.*没有名为“score”"):
        table(GRADES).decide({})
    with pytest.raises(DecisionError, match=r"第 1 行“score”（>= 85）无法判断：文本与整数不能比较大小") as caught:
        table(GRADES).decide({"score": "90"})
    assert caught.value.rules == (1,)
    with pytest.raises(DecisionError, match=r"第 1 行“grade”没有值：.*除数为零"):
        table([("-", "1 / 0")]).decide({"score": 1})


def test_required_decisions_are_answered_first():
    points = decision([("-", "score * 10")], id="points", outputs=("points",))
    kinds = decision(
        [(">= 5", '"a"'), (">= 1", '"b"')], id="kinds", policy="COLLECT", inputs=("level",), outputs=("k",)
    )
    top = decision([('? > 100 and "a" in kinds', '"yes"'), ("-", '"no"')], policy="FIRST", inputs=("points",),
                   requires=("#points", "other.dmn#kinds"))  # fmt: skip
    found = parse_all(document(top, points), document(kinds))
    assert list(found) == ["grade", "points", "kinds"]
    assert found["grade"].decide({"score": 11, "level": 5}) == {"grade": "yes"}
    assert found["grade"].decide({"score": 11, "level": 1}) == {"grade": "no"}
    assert found["grade"].names == {"score", "level"}
    assert parse(document(points, kinds, top)).id == "grade"


@pytest.mark.parametrize(
    ("decisions", "says"),
    [
        ([decision(GRADES, requires=("#other",))], "引用的判定表“other”不存在"),
        ([decision(GRADES, requires=("#b",)), decision(GRADES, id="b", requires=("#grade",))], "成环"),
        ([], "没有决策"),
        (['<decision id="x"/>'], "没有决策表"),
        ([decision(GRADES, policy="BEST")], "不支持命中策略“BEST”"),
        ([decision(GRADES, policy="FIRST", aggregation="SUM")], "汇总方式"),
        ([decision(GRADES, policy="COLLECT", aggregation="MEAN")], "汇总方式"),
        ([decision([("-", "1", "2")], policy="COLLECT", aggregation="SUM", outputs=("a", "b"))], "只能有一个输出"),
        ([decision([("-",)], outputs=())], "至少要有一个输出"),
        ([decision([("-", "1", "2")], outputs=("a", "a"))], "不能重复"),
        ([decision(GRADES, outputs=("a.b",))], "不能作变量名"),
        ([decision([("-",)])], "单元格与列数不一致"),
        ([decision([("“a”", "1")])], "第 1 行的条件““a””无法读取"),
        ([decision([("-", "import os")])], "第 1 行的内容"),
        ([decision([("-", "1 + " * 300 + "1")])], "超过 1000"),
        ([decision([("x" * 1_001, "1")])], "超过 1000"),
        ([decision(GRADES, inputs=("",))], "为空"),
        ([decision(GRADES, policy="PRIORITY", order='"a", (')], "允许值无法读取"),
        ([decision(GRADES, id="a-b")], "标识符"),
    ],
)
def test_table_that_cannot_be_read_says_why(decisions, says):
    with pytest.raises(DecisionError, match=says):
        parse(document(*decisions))


def test_unsafe_files_are_refused():
    with pytest.raises(UnsafeXml):
        parse(b"<!DOCTYPE x><definitions/>")


# ---- behind a business rule task ------------------------------------------------------------------------------------


class Case:
    def facts(self):
        return {"limit": 85}

    def functions(self):
        return {"param": {"pass": 60}.__getitem__}

    def service(self, call):
        raise AssertionError


class Parser(SpiffBpmnParser):
    """Puts a Decision where the library wants its own engine."""

    tables: dict = {}

    def get_engine(self, decision_ref, node):
        return self.tables[decision_ref]


DIAGRAM = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t"
  xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"><process id="p" isExecutable="true">
  <startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="one"/>
  <businessRuleTask id="one"><extensionElements><spiffworkflow:calledDecisionId>grade</spiffworkflow:calledDecisionId>
  </extensionElements></businessRuleTask><sequenceFlow id="g" sourceRef="one" targetRef="two"/>
  <businessRuleTask id="two"><extensionElements><spiffworkflow:calledDecisionId>advice</spiffworkflow:calledDecisionId>
  </extensionElements></businessRuleTask><sequenceFlow id="h" sourceRef="two" targetRef="e"/><endEvent id="e"/>
  </process></definitions>"""


def begin(data, *decisions):
    parser = Parser()
    parser.tables = parse_all(document(*decisions))
    parser.add_bpmn_xml(read(DIAGRAM.encode(), "bpmn"))
    workflow = BpmnWorkflow(parser.get_spec("p"), script_engine=Engine(Case()))
    workflow.task_tree.data.update(data)
    return workflow


ADVICE = decision(
    [('"good"', '"a"'), ("-", '"b"')], id="advice", policy="COLLECT", inputs=("grade",), outputs=("advice",)
)


def test_business_rule_tasks_call_their_tables_with_facts_and_functions():
    grade = decision([(">= limit", '"good"'), ('[param("pass")..limit)', '"fair"')])
    workflow = begin({"score": 90, "kept": [1]}, grade, ADVICE)
    workflow.do_engine_steps()
    assert workflow.is_completed()
    assert workflow.data == {"score": 90, "kept": [1], "grade": "good", "advice": ["a", "b"]}


def test_violation_in_a_business_rule_task_stops_it():
    workflow = begin({"score": 10}, decision(OVERLAP), ADVICE)
    with pytest.raises(Exception, match="第 1、2、3 行同时命中"):
        workflow.do_engine_steps()


def test_decide_is_what_a_task_calls():
    class Task:
        data = {"score": 90}

        class workflow:  # noqa: N801
            script_engine = Engine(Case())

    assert decide(table(GRADES), Task) == {"grade": "excellent"}
