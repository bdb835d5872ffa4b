"""Files that must not be read, and those that must: nothing leaks, nothing is fetched, nothing grows."""

import time

import pytest

from webapp.spiff import xml
from webapp.spiff.expressions import ExpressionError, compile_expression, compile_script
from webapp.spiff.xml import UnsafeXml, read

NAMESPACE = 'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'


def diagram(body="", *, before="", root=""):
    return f'{before}<definitions {NAMESPACE} {root}><process id="p">{body}</process></definitions>'.encode()


def tasks(number, prefix="t"):
    return "".join(f'<task id="{prefix}{n}"/>' for n in range(number))


def laughs(levels, width):
    lines = ['<!ENTITY l0 "ha">']
    lines += [f'<!ENTITY l{n} "{f"&l{n - 1};" * width}">' for n in range(1, levels)]
    return diagram(f"<documentation>&l{levels - 1};</documentation>", before=f"<!DOCTYPE d [{''.join(lines)}]>")


TASK_AND_FLOW = '<task id="t{0}"/><sequenceFlow id="f{0}" sourceRef="t{0}" targetRef="t{1}"/>'
SECRET = "file:///etc/hostname"
REFUSED = {
    "xxe_file": diagram("<documentation>&x;</documentation>", before=f'<!DOCTYPE d [<!ENTITY x SYSTEM "{SECRET}">]>'),
    "xxe_param": diagram(before=f'<!DOCTYPE d [<!ENTITY % x SYSTEM "{SECRET}"> %x;]>'),
    "xxe_extdtd": diagram(before=f'<!DOCTYPE d SYSTEM "{SECRET}">'),
    "xxe_http": diagram("&x;", before='<!DOCTYPE d [<!ENTITY x SYSTEM "http://127.0.0.1:9/">]>'),
    "attr_entity": diagram('<task id="t" name="&x;"/>', before='<!DOCTYPE d [<!ENTITY x "name">]>'),
    "internal_entity": diagram("<documentation>&x;</documentation>", before='<!DOCTYPE d [<!ENTITY x "text">]>'),
    "bare_doctype": diagram(before="<!DOCTYPE definitions>"),
    "undeclared_entity": diagram("<documentation>&x;</documentation>"),
    "billion_laughs": laughs(10, 10),
    "million_laughs": laughs(7, 10),
    "quadratic": diagram(
        f"<documentation>{'&x;' * 20_000}</documentation>", before=f'<!DOCTYPE d [<!ENTITY x "{"a" * 50_000}">]>'
    ),
    "deep_5000": diagram("<a>" * 5_000 + "</a>" * 5_000),
    "deep_200000": diagram("<a>" * 200_000 + "</a>" * 200_000),
    "deep_120": diagram("<a>" * 120 + "</a>" * 120),
    "huge_text": diagram(f"<documentation>{'a' * 4_000_000}</documentation>"),
    "huge_attr": diagram(f'<task id="t" name="{"a" * 4_000_000}"/>'),
    "huge_file": diagram(" " * (5 * 1024 * 1024)),
    "many_elements": diagram("<a/>" * 300_000),
    "many_attributes": diagram("<task " + " ".join(f'a{n}="1"' for n in range(5_000)) + "/>"),
    "stylesheet": diagram(before='<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?>'),
    "instruction_inside": diagram("<?php echo 1 ?>"),
    "utf_7": b'<?xml version="1.0" encoding="UTF-7"?>' + diagram(),
    "gbk": b'<?xml version="1.0" encoding="GBK"?>' + diagram("<documentation>中</documentation>"),
    "invalid_bytes": diagram("<documentation>XX</documentation>").replace(b"XX", b"\xff\xfe\x80"),
    "nul": diagram("<documentation>\x00</documentation>"),
    "renamed_namespace": diagram().replace(b"20100524/MODEL", b"20100524/MODEL2"),
    "no_namespace": b"<definitions/>",
    "other_root": f"<process {NAMESPACE}/>".encode(),
    "dmn_as_bpmn": b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>',
    "empty": b"",
    "blank": b"  \n ",
    "json": b'{"definitions": []}',
    "html": b"<!doctype html><html></html>",
    "cut_off": diagram()[:-5],
    "two_roots": diagram() + diagram(),
    "quote_in_id": diagram("""<task id="t'] | //*[@id='x"/>"""),
    "quote_in_reference": diagram("""<sequenceFlow id="f" sourceRef="a' or '1'='1" targetRef="b"/>"""),
    "quote_in_text_reference": diagram("""<task id="t"><incoming>f' or '1</incoming></task>"""),
    "space_in_id": diagram('<task id="a b"/>'),
    "duplicate_ids": diagram('<task id="t"/><task id="t"/>'),
    "chain_of_800": diagram("".join(TASK_AND_FLOW.format(n, n + 1) for n in range(800))),
    "nested_401": diagram(f'<subProcess id="s">{tasks(400)}</subProcess>'),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_dangerous_file_is_refused_quickly_in_chinese(name):
    began = time.process_time()
    with pytest.raises(UnsafeXml) as caught:
        read(REFUSED[name], "bpmn")
    assert time.process_time() - began < 1
    assert any("\u4e00" <= character <= "\u9fff" for character in str(caught.value))
    assert len(str(caught.value)) < 200


ACCEPTED = {
    "plain": diagram('<task id="t"/>'),
    "declaration": b'<?xml version="1.0" encoding="UTF-8"?>\n' + diagram(),
    "utf_8_bom": b"\xef\xbb\xbf" + diagram(),
    "utf_16_bom": ('<?xml version="1.0" encoding="UTF-16"?>' + diagram('<task name="审"/>').decode()).encode("utf-16"),
    "prefix": f'<b:definitions {NAMESPACE.replace("=", ":b=")}><b:process id="p"/></b:definitions>'.encode(),
    "chinese_id": diagram('<task id="t_审核"/>'),
    "400_nodes": diagram(tasks(400)),
    "operators_share_an_id": diagram('<x xmlns="urn:x" id="a/b"/><x xmlns="urn:x" id="a/b"/>'),
    "xinclude": diagram(f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{SECRET}" parse="text"/>'),
}  # fmt: skip


@pytest.mark.parametrize("name", ACCEPTED)
def test_ordinary_file_is_read(name):
    assert read(ACCEPTED[name], "bpmn").tag == f"{{{xml.BPMN}}}definitions"


def test_an_inclusion_is_not_followed_and_comments_are_gone():
    root = read(diagram("<!-- note --><documentation>a<!-- b -->c</documentation>"), "bpmn")
    assert root[0][0].text == "ac"
    inclusion = read(ACCEPTED["xinclude"], "bpmn")[0][0]
    assert inclusion.text is None
    assert len(inclusion) == 0


def test_flow_nodes_are_counted_by_process():
    processes = "".join(f'<process id="{p}">{tasks(300, p)}</process>' for p in "ab")
    assert len(read(f"<definitions {NAMESPACE}>{processes}</definitions>".encode(), "bpmn")) == 2


@pytest.mark.parametrize("namespace", sorted(xml.DMN))
def test_every_dmn_version_is_read(namespace):
    assert read(f'<definitions xmlns="{namespace}"/>'.encode(), "dmn") is not None
    with pytest.raises(UnsafeXml, match="DMN"):
        read(diagram(), "dmn")


def test_expressions_of_a_file_are_refused_at_compile_time():
    """What is written in a condition, timer, cardinality, cell, correlation or parameter goes through this compiler."""
    for text in ("().__class__.__mro__", "(lambda: 1)()", "[c for c in x.__class__]", "unit.update({})"):
        with pytest.raises(ExpressionError):
            compile_expression(text)
    with pytest.raises(ExpressionError):
        compile_script("import os")
