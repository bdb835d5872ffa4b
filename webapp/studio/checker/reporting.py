"""Runs all families over files and reports as design.md 9 has it. Never a traceback, whatever the file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from webapp.config import Settings
from webapp.spiff import parser, rules, xml
from webapp.spiff.findings import HOUSE, Finding, Refused, unsupported
from webapp.studio.checker import (
    decisions,
    elements,
    expressions,
    flow,
    formfiles,
    house,
    names,
    reading,
    repair,
    surroundings,
    timers,
    variables,
)
from webapp.studio.checker.reading import Diagram
from webapp.studio.checker.surroundings import Surroundings

log = logging.getLogger(__name__)

SEVERITIES = ("error", "warning", "info")
WORDS = {"error": "错误", "warning": "警告", "info": "提示"}
CLASSES = {"invalid": "不符合 BPMN 规范", "unsupported": "本系统不支持", "house": "本平台规定"}
Report = dict[str, Any]


def check_files(paths: Sequence[Path], standalone: bool = False, fix: bool = False) -> Report:
    """What publishing would say of each file: {"files": [{"path", "ok", "findings"}]}; with `fix` files are mended first."""
    texts = {path: _content(path) for path in paths}
    mended = {path: _mend(path, data) if fix else [] for path, data in texts.items() if isinstance(data, bytes)}
    if fix:
        texts = {path: _content(path) for path in paths}
    around = surroundings.ALONE if standalone else surroundings.shipped_with(Settings.from_env().models)
    around = around.with_files(_beside(paths) if standalone else {})
    around = around.with_files({_name(path): _decoded(data) for path, data in texts.items() if isinstance(data, bytes)})
    files = []
    for path, data in texts.items():
        entry = _entry(str(path), [data] if isinstance(data, Finding) else check_text(_name(path), data, around))
        if mended.get(path):
            entry["fixed"] = mended[path]
        files.append(entry)
    return {"files": files}


def check_text(name: str, content: bytes | str, around: Surroundings) -> list[Finding]:
    """All findings of one file, errors first; `name` as in a release: `designation.bpmn`, `forms/exit/apply.ui.json`."""
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    try:
        found = list(_family(name, data, around))
    except Exception as error:  # a file from anywhere must never show a traceback
        log.exception("checking %s", name)
        found = [unsupported("check", "", f"检查未能完成（{type(error).__name__}），请把文件交给系统管理员")]
    return _sorted(found, standalone=around.standalone)


def report(name: str, content: bytes | str, around: Surroundings) -> Report:
    """As `check_files`, for one text."""
    return {"files": [_entry(name, check_text(name, content, around))]}


def as_text(found: Report) -> str:
    """The report for a terminal."""
    lines = []
    for entry in found["files"]:
        errors = sum(one["severity"] == "error" for one in entry["findings"])
        state = "通过" if entry["ok"] else f"{errors} 个错误"
        lines.append(f"{entry['path']}：{state}，{len(entry['findings']) - errors} 个提醒")
        lines += [f"  已修改：{text}" for text in entry.get("fixed", [])]
        for one in entry["findings"]:
            fix = f"（{one['fix']}）" if one["fix"] else ""
            where = f" {one['element']}" if one["element"] else ""
            kind = f"{WORDS[one['severity']]}·{CLASSES[one['class']]}"
            lines.append(f"  [{kind}]{where}：{one['message']}{fix}")
    return "\n".join(lines)


def has_errors(findings: Iterable[Finding]) -> bool:
    return any(one.severity == "error" for one in findings)


def as_json(finding: Finding) -> dict[str, str]:
    """The finding as design.md 9 has it."""
    return {
        "rule": finding.rule,
        "class": finding.klass,
        "severity": finding.severity,
        "element": finding.element or "",
        "message": finding.message,
        "fix": finding.fix,
    }


def _entry(path: str, findings: Sequence[Finding]) -> dict[str, Any]:
    return {"path": path, "ok": not has_errors(findings), "findings": [as_json(one) for one in findings]}


# ---------------------------------------------------------------------------------------------- one file


def _family(name: str, data: bytes, around: Surroundings) -> Iterator[Finding]:
    if name.endswith(".dmn"):
        yield from decisions.check(name, data, around)
    elif name.endswith(".json"):
        yield from formfiles.check(name, _decoded(data), around)
    else:
        yield from _diagram(name, data, around)


def _diagram(name: str, data: bytes, around: Surroundings) -> Iterator[Finding]:
    diagram, found = reading.read(name, data)
    yield from found
    if diagram is None:
        return
    families: list[Callable[[], Iterable[Finding]]] = [
        lambda: elements.check(diagram),
        lambda: expressions.check(diagram),
        lambda: timers.check(diagram),
        lambda: flow.check(diagram),
        lambda: names.check(diagram, around),
        lambda: names.process_names(diagram, around),
        lambda: variables.check(diagram, around),
        lambda: house.check(diagram, around),
    ]
    told = list(found)
    for family in families:
        for finding in family():
            finding = expressions.with_fix(diagram, finding)
            told.append(finding)
            yield finding
    if not has_errors(one for one in told if one.klass != HOUSE):
        yield from _as_run(diagram, around)


def _as_run(diagram: Diagram, around: Surroundings) -> Iterator[Finding]:
    """What building the diagram for a case would refuse and no rule said: a checked file always runs."""
    files = {name: text.encode() for name, text in around.files.items() if name in _needed(diagram, around)}
    files[f"{diagram.stem}.bpmn"] = diagram.data
    for process in diagram.processes:
        if not reading.flow_nodes(process):
            continue
        try:
            parser.parse(files, str(process.get("id")))
        except Refused as refused:
            yield from refused.findings
        except Exception as error:  # the library's own surprises
            yield unsupported("library", str(process.get("id")), f"流程“{process.get('id')}”不能运行：{error}")


def _needed(diagram: Diagram, around: Surroundings) -> set[str]:
    """Files of the processes and tables that the diagram names, directly or not; its own file left out."""
    needed: set[str] = set()
    todo = [diagram.tree]
    while todo:
        tree = todo.pop()
        for call in tree.iter(f"{rules.BPMN}callActivity"):
            home = around.home_of((call.get("calledElement") or "").rpartition(":")[2])
            if home and home not in needed and home != diagram.name:
                needed.add(home)
                other, _ = reading.read(home, around.files[home].encode())
                todo += [other.tree] if other else []
        for reference in tree.iter(f"{rules.SPIFF}calledDecisionId"):
            needed |= {around.table_of((reference.text or "").strip())} - {""}
    return needed - {diagram.name}


def _sorted(found: Iterable[Finding], *, standalone: bool) -> list[Finding]:
    """Each said once, errors first; without an installation the house's rules are advice (settled.md 13)."""
    seen: dict[tuple[str, str, str], Finding] = {}
    said: set[tuple[str, str]] = set()
    for one in found:
        one = replace(one, element=one.element or "")
        if standalone and one.klass == HOUSE and one.severity == "error":
            one = replace(one, severity="warning")
        if (one.rule, one.element) in said and one.rule in ("call", "table"):
            continue  # spiff/parser.py and names.py both look
        said.add((one.rule, one.element))
        seen.setdefault((one.rule, one.element, one.message), one)
    return sorted(seen.values(), key=lambda one: SEVERITIES.index(one.severity))


# ---------------------------------------------------------------------------------------------- files


def _content(path: Path) -> bytes | Finding:
    try:
        if path.stat().st_size > xml.MEGABYTES * 1024 * 1024:
            return unsupported("xml", "", f"文件超过 {xml.MEGABYTES} MB，请拆分后再检查")
        return path.read_bytes()
    except (OSError, ValueError):
        return Finding("file", "invalid", "error", "", "文件无法读取", "检查路径和权限")


def _decoded(data: bytes) -> str:
    return data.decode("utf-8-sig", "replace")


def _name(path: Path) -> str:
    """The file's name in a release."""
    parts = path.parts
    if path.suffix == ".json" and "forms" in parts:
        return PurePosixPath(*parts[len(parts) - 1 - parts[::-1].index("forms") :]).as_posix()
    return path.name


def _beside(paths: Sequence[Path]) -> Mapping[str, str]:
    """Diagrams and tables in the same folders: what a call may mean."""
    found = {}
    for folder in {path.parent for path in paths}:
        try:
            others = [one for one in sorted(folder.iterdir()) if one.suffix in (".bpmn", ".dmn", ".json")]
        except OSError:
            continue
        for other in others[:500]:
            data = _content(other)
            if isinstance(data, bytes):
                found[_name(other)] = _decoded(data)
    return found


def _mend(path: Path, data: bytes | Finding) -> list[str]:
    if not isinstance(data, bytes) or path.suffix not in (".bpmn", ".xml"):
        return []
    try:
        result = repair.repaired(data)
    except Exception:  # mending is a courtesy; the check says what is wrong
        log.exception("mending %s", path)
        return []
    if result is None:
        return []
    try:
        path.write_bytes(result[0])
    except OSError:
        return ["文件不能写入，没有修改"]
    return result[1]
