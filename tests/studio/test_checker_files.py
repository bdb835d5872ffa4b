"""The checker over files of every kind: what ships, other vendors' files, rubbish; its JSON, its exit, its mending."""

from __future__ import annotations

import json
import random
import shutil
import time
from pathlib import Path

import pytest

from tests.spiff import drawing as d
from webapp.spiff import parser
from webapp.studio import checker
from webapp.studio.checker import reading

ROOT = Path(__file__).parents[2]
SHIPPED = sorted([*ROOT.glob("bpmn/*.bpmn"), *ROOT.glob("bpmn/*.dmn"), *ROOT.glob("forms/**/*.json")])
INSTALLED = checker.shipped_with(ROOT)
KEYS = {"rule", "class", "severity", "element", "message", "fix"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_what_ships_is_clean(path: Path) -> None:
    name = path.name if path.suffix != ".json" else path.relative_to(ROOT).as_posix()
    assert checker.check_text(name, path.read_bytes(), INSTALLED) == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("bpmn/*.bpmn")), ids=lambda path: path.name)
def test_what_ships_is_clean_alone(path: Path, tmp_path: Path) -> None:
    """Beside its fellows, as a stranger would check it."""
    for other in ROOT.glob("bpmn/*"):
        shutil.copy(other, tmp_path)
    report = checker.check_files([tmp_path / path.name], standalone=True)
    assert [one for one in report["files"][0]["findings"] if one["severity"] == "error"] == []


def test_the_report_is_the_one_of_design_9(tmp_path: Path) -> None:
    broken = tmp_path / "p.bpmn"
    broken.write_bytes(d.document(d.process("p", [d.start(), d.user("a")], ["start > a", "a > ghost"])))
    report = checker.check_files([broken, tmp_path / "missing.bpmn"], standalone=True)
    assert json.loads(json.dumps(report)) == report
    assert [set(entry) for entry in report["files"]] == [{"path", "ok", "findings"}] * 2
    assert [entry["ok"] for entry in report["files"]] == [False, False]
    assert all(set(one) == KEYS for entry in report["files"] for one in entry["findings"])
    assert "a__ghost" in checker.as_text(report)


def test_a_checked_diagram_runs_and_a_refused_one_does_not() -> None:
    """Publishing and running agree: what the parser refuses the checker has told."""
    for nodes, flows in (
        ([d.start(), d.user("a"), d.end()], ["start > a", "a > end"]),
        ([d.start(), d.call("a", "nobody"), d.end()], ["start > a", "a > end"]),
        ([d.start(), d.element("businessRuleTask", "a"), d.end()], ["start > a", "a > end"]),
        ([d.start(), d.script("a", "x ="), d.end()], ["start > a", "a > end"]),
    ):
        data = d.document(d.process("p", nodes, flows))
        try:
            parser.parse({"p.bpmn": data}, "p")
            runs = True
        except parser.Refused:
            runs = False
        told = [one for one in checker.check_text("p.bpmn", data, checker.ALONE) if one.severity == "error"]
        assert runs is not bool(told)


# ---------------------------------------------------------------------------------------------- the installation


def _publicity(*changes: tuple[str, str]) -> list[tuple[str, str, str]]:
    text = (ROOT / "bpmn/publicity.bpmn").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    found = checker.check_text("publicity.bpmn", text, INSTALLED)
    return [(one.rule, one.severity, one.element) for one in found]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (('name="省科技厅经办">', 'name="评估处">'), ("role", "error", "lane_province_officer")),
        (('id="publicity.conclude"', 'id="publicity.concluded"'), ("handler", "error", "conclude")),
        (
            (
                'resultVariable="publicity_result">\n          <spiffworkflow:parameters />',
                'resultVariable="publicity_result"><spiffworkflow:parameters>'
                '<spiffworkflow:parameter id="x" type="any" value="1" /></spiffworkflow:parameters>',
            ),
            ("parameter", "error", "conclude"),
        ),
        (("deadline.end_of(publicity_list.until)", '"2027-01-01"'), ("deadline", "error", "period_ends")),
        (
            ("deadline.end_of(publicity_list.until)", "deadline.end_of(list.until)"),
            ("unwritten", "error", "period_ends"),
        ),
        (('param("publicity.days")', 'param("publicity.dais")'), ("parameter-key", "error", "investigate")),
        (('value="publicity/objection"', 'value="publicity/nothing"'), ("form", "error", "objection_start")),
        (('value="登记异议"', 'value=""'), ("label", "error", "objection_start")),
        (('process id="publicity"', 'process id="publicities"'), ("process-name", "error", "publicities")),
        (("<bpmn:flowNodeRef>objection</bpmn:flowNodeRef>", ""), ("role", "error", "investigate")),
        (
            ('id="investigate_di" bpmnElement="investigate"', 'id="investigate_di" bpmnElement="other"'),
            ("shape", "warning", "investigate"),
        ),
        (('value="uphold!:异议成立|dismiss!:异议不成立"', 'value="uphold"'), ("outcomes", "error", "investigate")),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) and len(value) == 3 else "",
)
def test_a_fault_planted_in_what_ships_is_told(change: tuple[str, str], expected: tuple[str, str, str]) -> None:
    assert expected in _publicity(change)


def test_a_task_without_form_is_told() -> None:
    renamed = (('userTask id="investigate"', 'userTask id="examine"'), ('Ref="investigate"', 'Ref="examine"'))
    assert ("form", "error", "examine") in _publicity(*renamed)


def test_a_process_variable_that_the_form_does_not_give_is_told() -> None:
    change = ("deadline.end_of(publicity_list.until)", "deadline.end_of(investigate.until)")
    assert ("form-variable", "error", "period_ends") in _publicity(change)


# ---------------------------------------------------------------------------------------------- tables and forms

TABLE = (ROOT / "bpmn/ban.dmn").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('hitPolicy="UNIQUE"', 'hitPolicy="BEST"', "policy"),
        ('hitPolicy="UNIQUE"', 'hitPolicy="UNIQUE" aggregation="SUM"', "policy"),
        ('hitPolicy="UNIQUE"', 'hitPolicy="PRIORITY"', "policy"),
        ("<text>active</text>", "<text></text>", "input"),
        ("<text>active</text>", "<text>active +</text>", "cell"),
        ("<text>active</text>", "<text>${active}</text>", "language"),
        ("<text>true</text>", "<text>&gt;= </text>", "cell"),
        ('decision id="ban"', 'decision id="bans"', "process-name"),
        ("</inputEntry>", "</inputEntry><inputEntry><text>-</text></inputEntry>", "row"),
        ("</definitions>", "", "xml"),
    ],
)
def test_a_broken_table_is_told(old: str, new: str, rule: str) -> None:
    assert old in TABLE
    found = checker.check_text("ban.dmn", TABLE.replace(old, new), INSTALLED)
    assert rule in {one.rule for one in found if one.severity == "error"}, found


def test_rows_that_can_never_be_hit_are_told() -> None:
    rows = "".join(
        f'<rule id="r{n}"><inputEntry id="i{n}"><text>{test}</text></inputEntry><outputEntry id="o{n}"><text>{n}</text></outputEntry></rule>'
        for n, test in enumerate(["-", '"a"'])
    )
    table = (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="x"><decision id="t" name="t">'
        '<decisionTable id="x" hitPolicy="FIRST"><input id="in"><inputExpression id="ie"><text>kind</text></inputExpression></input>'
        f'<output id="out" name="grade"/>{rows}</decisionTable></decision></definitions>'
    )
    assert ("same-rows", "r1") in {(one.rule, one.element) for one in checker.check_text("t.dmn", table, checker.ALONE)}


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("forms/x/y.schema.json", "{", "json"),
        ("forms/x/y.schema.json", "[]", "form-type"),
        (
            "forms/x/y.schema.json",
            '{"type":"object","properties":{"a":{"type":"colour","title":"甲"}}}',
            "form-field-type",
        ),
        ("forms/x/y.schema.json", '{"type":"object","properties":{"a":{"$ref":"http://x/y"}}}', "form-ref"),
        ("forms/designation/withdraw.ui.json", '{"nobody":{"ui:widget":"text"}}', "ui-unknown-field"),
        ("forms/x/alone.ui.json", "{}", "form"),
    ],
)
def test_a_broken_form_is_told(name: str, text: str, rule: str) -> None:
    assert rule in {one.rule for one in checker.check_text(name, text, INSTALLED) if one.severity == "error"}


# ---------------------------------------------------------------------------------------------- other vendors

CAMUNDA = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="http://bpmn.io/schema/bpmn" exporter="Camunda Modeler">
  <bpmn:process id="leave" isExecutable="true" camunda:historyTimeToLive="30">
    <bpmn:startEvent id="s">
      <bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:userTask id="t" name="Approve" camunda:assignee="${boss}" camunda:formKey="embedded:app:x.html">
      <bpmn:extensionElements><camunda:formData><camunda:formField id="ok" type="boolean"/></camunda:formData></bpmn:extensionElements>
      <bpmn:incoming>f1</bpmn:incoming>
      <bpmn:outgoing>f2</bpmn:outgoing>
      <bpmn:multiInstanceLoopCharacteristics camunda:collection="${people}" camunda:elementVariable="person"/>
    </bpmn:userTask>
    <bpmn:serviceTask id="m" name="Mail"
      camunda:class="org.example.Mail">
      <bpmn:incoming>f2</bpmn:incoming>
      <bpmn:outgoing>f3</bpmn:outgoing></bpmn:serviceTask>
    <bpmn:exclusiveGateway id="g" default="f5">
      <bpmn:incoming>f3</bpmn:incoming>
      <bpmn:outgoing>f4</bpmn:outgoing>
      <bpmn:outgoing>f5</bpmn:outgoing></bpmn:exclusiveGateway>
    <bpmn:endEvent id="e">
      <bpmn:incoming>f4</bpmn:incoming></bpmn:endEvent>
    <bpmn:endEvent id="e2">
      <bpmn:incoming>f5</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="t"/><bpmn:sequenceFlow id="f2" sourceRef="t" targetRef="m"/>
    <bpmn:sequenceFlow id="f3" sourceRef="m" targetRef="g"/>
    <bpmn:sequenceFlow id="f4" sourceRef="g" targetRef="e">
      <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">${ok == true}</bpmn:conditionExpression></bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="f5" sourceRef="g" targetRef="e2"/>
  </bpmn:process>
</bpmn:definitions>"""


def test_another_vendors_file_gets_a_complete_polite_answer() -> None:
    found = checker.check_text("leave.bpmn", CAMUNDA, checker.ALONE)
    told = {(one.rule, one.klass, one.element) for one in found}
    assert ("language", "unsupported", "f4") in told
    assert ("multi", "unsupported", "t") in told
    assert ("vendor", "house", "m") in told
    assert {one.element for one in found if one.severity == "error"} == {"f4", "t"}
    assert all(one.fix for one in found if one.severity == "error")


def test_mending_changes_what_is_mechanical_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "leave.bpmn"
    text = CAMUNDA.replace("<bpmn:incoming>f3</bpmn:incoming>", "<bpmn:incoming>f2</bpmn:incoming>")
    path.write_bytes(text.replace("UTF-8", "GBK", 1).replace('name="Approve"', 'name="审批"').encode("gbk"))
    report = checker.check_files([path], standalone=True, fix=True)
    assert report["files"][0]["ok"], report
    mended = path.read_text(encoding="utf-8")
    assert 'name="审批"' in mended
    assert "ok == True" in mended
    assert "<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>" in mended
    assert "camunda:assignee" in mended
    assert "fixed" not in checker.check_files([path], standalone=True, fix=True)["files"][0]


# ---------------------------------------------------------------------------------------------- rubbish


def _spoilt(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(text))
        kind = chance.randrange(5)
        piece = text[at : at + chance.randrange(1, 80)]
        if kind == 0:
            text = text.replace(piece, "", 1)
        elif kind == 1:
            text = text[:at] + piece + text[at:]
        elif kind == 2:
            text = text[:at] + chance.choice(["\x00", "<", '"', "&lol;", "＝", "{}", "]]>", "id=''"]) + text[at:]
        elif kind == 3:
            words = [
                "userTask",
                "parallelGateway",
                "sourceRef",
                "boundaryEvent",
                "subProcess",
                "default",
                "timeDate",
                'id="',
            ]
            text = text.replace(chance.choice(words), chance.choice(words), chance.randint(1, 3))
        else:
            quoted = text.split('"')
            first, second = chance.randrange(len(quoted)), chance.randrange(len(quoted))
            quoted[first], quoted[second] = quoted[second], quoted[first]
            text = '"'.join(quoted)
    return text


@pytest.mark.parametrize("seed", range(60))
def test_whatever_the_file_there_is_an_answer_and_never_a_traceback(seed: int) -> None:
    chance = random.Random(seed)
    source = chance.choice([CAMUNDA, (ROOT / "bpmn/publicity.bpmn").read_text(encoding="utf-8"), TABLE])
    name = "ban.dmn" if source is TABLE else "leave.bpmn"
    for around in (checker.ALONE, INSTALLED):
        for one in checker.check_text(name, _spoilt(source, chance), around):
            assert one.rule != "check", one
            assert one.message


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff",
        b"{}",
        b"<a/>",
        "\ufeff".encode() + CAMUNDA.encode(),
        CAMUNDA.encode("utf-16"),
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
    ],
)
def test_files_of_any_bytes_are_answered(data: bytes) -> None:
    for name in ("x.bpmn", "x.dmn", "x.schema.json", "x.ui.json", "x"):
        assert all(one.rule != "check" for one in checker.check_text(name, data, checker.ALONE))


def test_a_wide_diagram_is_checked_in_time() -> None:
    many = [f"t{n}" for n in range(380)]
    nodes = [d.start(), d.parallel("g"), *map(d.user, many), d.parallel("j"), d.end()]
    flows = ["start > g", *(f"g > {one}" for one in many), *(f"{one} > j" for one in many), "j > end"]
    data = d.document(d.process("p", nodes, flows))
    begin = time.perf_counter()
    assert not checker.has_errors(checker.check_text("p.bpmn", data, checker.ALONE))
    assert time.perf_counter() - begin < 10


def test_the_validators_words_are_chinese() -> None:
    text, fix = reading.translated(
        "Element '{http://x}userTask': This element is not expected. Expected is one of ( {http://x}a, {http://x}b )."
    )
    assert (text, fix) == ("元素 userTask 不应出现在这里，此处可以是 a、b", "把 userTask 移到规定的位置，或删除")
