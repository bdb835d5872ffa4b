"""Which task shows which form: `python -m webapp.engine.forms_table` writes docs/form-tasks.md from the diagrams."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from webapp.engine import forms
from webapp.errors import Misconfigured
from webapp.spiff import parser

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "docs" / "form-tasks.md"
HEAD = """# 流程、环节与表单

本页由 `python -m webapp.engine.forms_table` 生成，请勿手工修改。表单写法见 [forms.md](forms.md)。
办理结果后的 `!` 表示必须填写意见。
"""

COLUMNS = "| 环节 | 名称 | 办理角色 | 表单 | 办理结果 |\n| --- | --- | --- | --- | --- |\n"


class Line(NamedTuple):
    """One task, or one message that people may send from the case page."""

    process: str
    element: str
    name: str
    lane: str
    form: str
    outcomes: str


def lines(root: Path = ROOT) -> list[Line]:
    """Every task and human message of the diagrams, in the order they are drawn."""
    files = {path.name: path.read_bytes() for path in sorted((root / "bpmn").iterdir())}
    processes = [name.removesuffix(".bpmn") for name in files if name.endswith(".bpmn")]
    return [line for process in processes for line in _of_process(files, process)]


def _of_process(files: dict[str, bytes], process: str) -> Iterator[Line]:
    definition = parser.parse(files, process)
    for element in definition.all_elements.values():
        said = element.properties
        if element.process != process:
            continue
        if element.type == "userTask":
            outcomes = said.get("outcomes", "submit:提交")
            yield Line(process, element.id, element.name, element.lane, element.form, outcomes)
        elif "lane" in said and "label" in said:
            yield Line(process, element.id, said["label"], said["lane"], said.get("form", ""), "")


def orphans(found: list[Line], root: Path = ROOT) -> list[str]:
    """Form files that no task and no message names."""
    names = {
        str(p.relative_to(root / "forms")).removesuffix(".schema.json") for p in (root / "forms").rglob("*.schema.json")
    }
    return sorted(names - {line.form for line in found})


def render(root: Path = ROOT) -> str:
    """The page in Markdown."""
    found = lines(root)
    parts = [HEAD]
    for process in dict.fromkeys(line.process for line in found):
        parts.append(
            f"\n## {process}\n\n| 环节 | 名称 | 办理角色 | 表单 | 办理结果 |\n| --- | --- | --- | --- | --- |\n"
        )
        parts += [_row(line, root) for line in found if line.process == process]
    unused = orphans(found, root)
    if unused:
        parts.append("\n## 未被环节引用的表单\n\n" + "".join(f"- `{name}` {_title(name, root)}\n" for name in unused))
    return "".join(parts)


def _row(line: Line, root: Path) -> str:
    shown = "、".join(f"{o.label}（{o.id}{'!' if o.opinion_required else ''}）" for o in _outcomes(line))
    form = f"`{line.form}` {_title(line.form, root)}" if line.form else "—"
    return f"| `{line.element}` | {line.name} | {line.lane} | {form} | {shown or '发送消息'} |\n"


def _outcomes(line: Line) -> list[forms.Outcome]:
    return forms.parse_outcomes(line.outcomes) if line.outcomes else []


def _title(name: str, root: Path) -> str:
    path = root / "forms" / f"{name}.schema.json"
    if not path.is_file():
        raise Misconfigured(f"表单“{name}”不存在，请建立 forms/{name}.schema.json")
    return str(json.loads(path.read_text("utf-8")).get("title", ""))


if __name__ == "__main__":
    TARGET.write_text(render(), "utf-8")
