"""The published table of tasks and forms is the one the diagrams give (settled.md 4)."""

from __future__ import annotations

from webapp.engine import forms_table


def test_the_page_in_docs_is_current() -> None:
    assert forms_table.TARGET.read_text("utf-8") == forms_table.render(), "python -m webapp.engine.forms_table"


def test_every_task_has_a_form_and_outcomes() -> None:
    found = forms_table.lines()
    assert {line.process for line in found} >= {"designation", "designation_round", "expert_review", "publicity"}
    assert all(line.form for line in found)
