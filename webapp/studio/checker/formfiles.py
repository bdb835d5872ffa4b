"""Forms: both files are JSON, every keyword is one that we draw, and the ui file speaks of fields that exist."""

from __future__ import annotations

from collections.abc import Iterator

from webapp.engine import forms
from webapp.spiff.findings import Finding, invalid
from webapp.studio.checker.remarks import house
from webapp.studio.checker.surroundings import Surroundings, parsed_json

SCHEMA, UI = ".schema.json", ".ui.json"


def check(name: str, text: str, around: Surroundings) -> Iterator[Finding]:
    """The form that this file belongs to, told at the file that is wrong."""
    own, other = (SCHEMA, UI) if name.endswith(SCHEMA) else (UI, SCHEMA)
    try:
        mine = parsed_json(text)
    except ValueError as error:
        yield invalid("json", "", f"不是有效的 JSON：{error}", "检查逗号、引号和括号")
        return
    beside = around.files.get(name.removesuffix(own) + other)
    if beside is None and own == UI:
        yield house("form", "", "没有同名的表单文件（.schema.json）", "先建表单文件")
        return
    try:
        partner = parsed_json(beside) if beside is not None else {}
    except ValueError:
        return  # told at the other file
    schema, ui = (mine, partner) if own == SCHEMA else (partner, mine)
    for found in forms.lint(schema, ui):
        if found["rule"].startswith("ui-") is (own == UI):
            yield Finding(
                found["rule"], found["class"], found["severity"], found["element"], found["message"], found["fix"]
            )
