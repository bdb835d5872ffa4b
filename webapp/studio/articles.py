"""条文对照: which diagram elements, tables, forms, rules and tests implement each paragraph of the regulation.

Reads files only: docs/articles.json names the paragraphs, those to be executed and why the others are not.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from webapp.spiff import xml

KINDS = {"elements": "流程图元素", "tables": "判定表", "forms": "表单", "rules": "规则", "tests": "测试"}
_QUOTED = re.compile(r"第([一二三四五六七八九十]+)条(?:（([一二三四五六七八九十]+)）)?")
_REFERENCE = re.compile(r"\d{1,2}(?:\(\d{1,2}\))?")
_FIGURES = {figure: number for number, figure in enumerate("一二三四五六七八九", 1)}


@dataclass
class Paragraph:
    """A paragraph of the regulation with what implements it; each entry names itself for a reader."""

    ref: str
    chapter: str
    text: str
    executable: bool
    why: str = ""
    elements: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)

    @property
    def gaps(self) -> list[str]:
        """What an executable paragraph lacks: 实现, 测试."""
        if not self.executable:
            return []
        done = self.elements or self.tables or self.forms or self.rules
        return [*([] if done else ["没有实现"]), *([] if self.tests else ["没有测试"])]


def collect(root: Path) -> list[Paragraph]:
    """Every paragraph in the regulation's order; `tests` stay empty where the installation came without them."""
    listed = json.loads((root / "docs" / "articles.json").read_text(encoding="utf-8"))
    found = {row["ref"]: Paragraph(**row) for row in listed}
    for kind, ref, name in _all(root):
        for target in {ref, ref.partition("(")[0]} & found.keys():
            entries: list[str] = getattr(found[target], kind)
            if name not in entries:
                entries.append(name)
    return list(found.values())


def as_facts(paragraphs: list[Paragraph]) -> list[dict[str, Any]]:
    """The paragraphs as plain values, with their gaps."""
    return [{**vars(each), "gaps": each.gaps} for each in paragraphs]


def references(text: str) -> list[str]:
    """`第十一条（二）` and `11(2)` in a text, as `11(2)`."""
    quoted = [f"{number(a)}({number(b)})" if b else str(number(a)) for a, b in _QUOTED.findall(text)]
    return list(dict.fromkeys(quoted))


def number(chinese: str) -> int:
    """十一 is 11."""
    tens, ten, ones = chinese.rpartition("十")
    if not ten:
        return _FIGURES[chinese]
    return (_FIGURES[tens] if tens else 1) * 10 + (_FIGURES[ones] if ones else 0)


def _all(root: Path) -> Iterator[tuple[str, str, str]]:
    yield from _diagrams(root / "bpmn")
    yield from _tables(root / "bpmn")
    yield from _forms(root / "forms")
    yield from _rules(root / "handlers")
    yield from _tests(root / "tests")


def _diagrams(folder: Path) -> Iterator[tuple[str, str, str]]:
    for path in sorted(folder.glob("*.bpmn")):
        tree = xml.read(path.read_bytes(), "bpmn")
        for element in tree.iter():
            said = list(element.iterfind("{*}extensionElements/{*}properties/{*}property"))
            for node in said:
                if node.get("name") == "articles":
                    name = f"{path.stem} · {element.get('name') or element.get('id')}"
                    for ref in _REFERENCE.findall(node.get("value", "")):
                        yield "elements", ref, name


def _tables(folder: Path) -> Iterator[tuple[str, str, str]]:
    for path in sorted(folder.glob("*.dmn")):
        tree = xml.read(path.read_bytes(), "dmn")
        for decision in tree.iter("{*}decision"):
            said = " ".join(node.text or "" for node in decision.iter("{*}description"))
            for ref in references(said):
                yield "tables", ref, decision.get("name") or path.stem


def _forms(folder: Path) -> Iterator[tuple[str, str, str]]:
    for path in sorted(folder.rglob("*.ui.json")):
        name = path.relative_to(folder).as_posix().removesuffix(".ui.json")
        for ref in _in_ui(json.loads(path.read_text(encoding="utf-8"))):
            yield "forms", ref, name


def _in_ui(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        yield from _REFERENCE.findall(str(node.get("ui:article", "")))
        for value in node.values():
            yield from _in_ui(value)
    if isinstance(node, list):
        for value in node:
            yield from _in_ui(value)


def _rules(folder: Path) -> Iterator[tuple[str, str, str]]:
    for path in sorted(folder.glob("*.py")):
        source = path.read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            if not isinstance(node, ast.FunctionDef):
                continue
            text = ast.get_source_segment(source, node) or ""
            strings = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
            plain = [each for each in strings if re.fullmatch(r"\d{1,2}(\(\d{1,2}\))?(,\d{1,2}(\(\d{1,2}\))?)*", each)]
            refs = references(text) + [ref for each in plain if "(" in each for ref in _REFERENCE.findall(each)]
            for ref in refs:
                yield "rules", ref, f"{path.stem}.{node.name}"


def _tests(folder: Path) -> Iterator[tuple[str, str, str]]:
    for path in sorted(folder.rglob("test_*.py")) if folder.is_dir() else []:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        everywhere = _module_marks(tree)
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
                continue
            marks = [ref for decorator in node.decorator_list for ref in _mark(decorator)] + everywhere
            for ref in marks:
                yield "tests", ref, f"{path.relative_to(folder).as_posix()}::{node.name}"


def _module_marks(tree: ast.Module) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets):
            calls = [call for call in ast.walk(node.value) if isinstance(call, ast.Call)]
            return [ref for call in calls for ref in _mark(call)]
    return []


def _mark(decorator: ast.expr) -> list[str]:
    is_mark = isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.article"
    if not is_mark or not isinstance(decorator, ast.Call):
        return []
    given = [arg.value for arg in decorator.args if isinstance(arg, ast.Constant)]
    return [ref for each in given for ref in _REFERENCE.findall(str(each))]
