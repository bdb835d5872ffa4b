"""What is wrong with a diagram, for people: a finding names the element, says what to do, and belongs to a class."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from webapp import errors

INVALID = "invalid"
"""Breaks BPMN 2.0, or cannot be read (settled.md 13)."""
UNSUPPORTED = "unsupported"
"""Valid BPMN 2.0 that this installation does not run."""
HOUSE = "house"
"""Breaks a rule of this house only."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one element. severity: error | warning | info; element: id, or "" for the file as a whole."""

    rule: str
    klass: str
    severity: str
    element: str
    message: str
    fix: str = ""


class Refused(errors.Misconfigured):
    """流程图不能发布，请按提示修改。"""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("；".join(f.message for f in self.findings[:5]) or None)


def invalid(rule: str, element: str, message: str, fix: str = "") -> Finding:
    """An error of class `invalid`."""
    return Finding(rule, INVALID, "error", element, message, fix)


def unsupported(rule: str, element: str, message: str, fix: str = "") -> Finding:
    """An error of class `unsupported`."""
    return Finding(rule, UNSUPPORTED, "error", element, message, fix)
