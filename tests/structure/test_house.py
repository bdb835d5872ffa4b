"""The rules of the house that a machine can check: where time, commits, libraries and names may come from."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from webapp import errors
from webapp.config import Settings

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*ROOT.glob("webapp/**/*.py"), *ROOT.glob("handlers/**/*.py")])
SOURCES = [path for path in SOURCES if "node_modules" not in path.parts and "migrations" not in path.parts]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _trees() -> Iterator[tuple[str, ast.Module]]:
    for path in SOURCES:
        yield _name(path), ast.parse(path.read_text(encoding="utf-8"))


def _calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def test_every_module_says_what_it_is_for() -> None:
    silent = [name for name, tree in _trees() if tree.body and not ast.get_docstring(tree)]
    assert silent == []


def test_imports_stand_at_the_top() -> None:
    """A needed late import is a wrong arrow."""
    late = [
        f"{name}:{node.lineno}"
        for name, tree in _trees()
        for scope in ast.walk(tree)
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for node in ast.walk(scope)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert late == []


def test_time_comes_from_the_clock() -> None:
    forbidden = {"datetime.now", "datetime.utcnow", "date.today", "datetime.today", "time.time"}
    found = [
        (name, call)
        for name, tree in _trees()
        for call in _calls(tree)
        if call in forbidden and name != "webapp/clock.py"
    ]
    assert found == []


def test_one_place_commits() -> None:
    found = {name for name, tree in _trees() for call in _calls(tree) if call.endswith(".commit")}
    yardsticks = {"webapp/bench/inbox.py", "webapp/bench/rate.py"}  # a bare database beside ours, to measure against
    assert found - yardsticks <= {"webapp/store/db.py"}


def test_nothing_executes_text() -> None:
    """ASVS 1.3.2: no eval, exec, compile or pickle anywhere."""
    forbidden = {"eval", "exec", "compile", "__import__", "pickle.loads", "pickle.load", "marshal.loads"}
    found = [(name, call) for name, tree in _trees() for call in _calls(tree) if call in forbidden]
    assert found == []


def test_the_library_s_script_engine_is_made_in_one_place() -> None:
    found = {
        name
        for name, tree in _trees()
        for call in _calls(tree)
        if call in ("PythonScriptEngine", "TaskDataEnvironment")
    }
    yardstick = {"webapp/spiff/bare.py"}  # the stock library beside ours, to measure against
    assert found - yardstick <= {"webapp/spiff/environment.py"}


def test_no_template_switches_escaping_off() -> None:
    """ASVS 1.2.1."""
    found = [
        _name(path)
        for path in ROOT.glob("webapp/templates/**/*.html")
        if re.search(r"\|\s*safe\b|autoescape\s+false", path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_settings_are_few_and_documented() -> None:
    """settled.md 5: at most 15, each with its line in the README."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`GUOHE_([A-Z_]+)`", readme))
    known = {field.name.upper() for field in fields(Settings)}
    assert len(known) <= 15
    assert documented == known


def test_every_error_speaks_chinese() -> None:
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.GuoheError)]
    for each in classes:
        assert re.search(r"[\u4e00-\u9fff]", (each.__doc__ or "").splitlines()[0]), each


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "misc", "manager"])
def test_no_file_is_named_for_nothing(word: str) -> None:
    assert [_name(path) for path in SOURCES if path.stem == word] == []


def test_nothing_speaks_of_machines_or_registries() -> None:
    """No path of a machine and no registry host in a committed file."""
    patterns = re.compile(r"/root/|/home/\w+|pypi\.org|registry\.npmjs|files\.pythonhosted")
    looked = [*SOURCES, *ROOT.glob("*.lock"), *ROOT.glob("*.toml"), *ROOT.glob("docs/**/*.md"), ROOT / "Makefile"]
    looked += [ROOT / "webapp/frontend/package-lock.json", *ROOT.glob("tools/*")]
    assert [
        _name(path) for path in looked if path.is_file() and patterns.search(path.read_text(encoding="utf-8"))
    ] == []
