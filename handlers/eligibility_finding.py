"""The result model of eligibility: findings, explanations, overrides, and the verdict over them (domain.md 2.1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal, cast, get_args

from handlers.vocabulary import Case, Facts

Status = Literal["pass", "reject", "explain", "manual", "na"]

PROVINCE_ROLES = frozenset({"province_officer", "division_head", "dept_leader"})
"""Only these may let an application pass against a rule."""


@dataclass(frozen=True)
class Finding:
    """What one rule says of one application; `evidence` are field paths of the form."""

    rule_id: str
    status: Status
    article: str
    message: str
    evidence: tuple[str, ...] = ()

    def to_facts(self) -> Facts:
        """Plain values, for variables and rows."""
        return {
            "rule_id": self.rule_id,
            "status": self.status,
            "article": self.article,
            "message": self.message,
            "evidence": list(self.evidence),
        }


@dataclass(frozen=True)
class Rule:
    """A rule's name, its article and the fields it reads; makes its findings."""

    id: str
    article: str
    evidence: tuple[str, ...] = ()

    def says(self, status: Status, message: str, *evidence: str) -> Finding:
        """The finding with that status; `evidence` narrows the rule's own fields."""
        return Finding(self.id, status, self.article, message, evidence or self.evidence)


@dataclass(frozen=True)
class Override:
    """Somebody lets the application pass against a rule; counts only with a reason and from the Province."""

    rule_id: str
    by: str
    role: str
    reason: str

    @property
    def counts(self) -> bool:
        """It may be honoured."""
        return self.role in PROVINCE_ROLES and bool(self.by.strip()) and bool(self.reason.strip())


class Verdict(StrEnum):
    """Overall result of a check."""

    NOT_MET = "not_met"
    EXPLAIN = "explain"
    MANUAL = "manual"
    MET = "met"

    @property
    def label(self) -> str:
        """As people read it."""
        return {"not_met": "不符合", "explain": "需补充说明", "manual": "待人工核验", "met": "符合"}[self.value]

    @property
    def may_submit(self) -> bool:
        """The host may hand in; failures and unexplained points keep it back."""
        return self in (Verdict.MANUAL, Verdict.MET)


def verdict(
    findings: Iterable[Finding],
    explanations: Mapping[str, str],
    overrides: Iterable[Override] = (),
    confirmed: Collection[str] = (),
) -> Verdict:
    """The worst that is left: a rejection, a point without explanation, an item nobody has ticked.

    `explanations` are texts by rule id, `confirmed` the rule ids of manual items that a reviewer has ticked.
    """
    passed = {override.rule_id for override in overrides if override.counts}
    left = {finding.status for finding in findings if not _is_settled(finding, explanations, passed, confirmed)}
    if "reject" in left:
        return Verdict.NOT_MET
    if "explain" in left:
        return Verdict.EXPLAIN
    return Verdict.MANUAL if "manual" in left else Verdict.MET


def unexplained(findings: Iterable[Finding], explanations: Mapping[str, str]) -> list[Finding]:
    """The soft points that still lack a text."""
    return [finding for finding in findings if finding.status == "explain" and not _text(explanations, finding)]


def soft(case: Case, key: str) -> Status:
    """How hard a soft rule is: parameter `<key>.status`, `explain` unless somebody changed it."""
    status = str(case.parameters.get(f"{key}.status", "explain"))
    if status not in get_args(Status):
        raise ValueError(f"参数 {key}.status 应为 {'、'.join(get_args(Status))} 之一，现为“{status}”")
    return cast(Status, status)


def without_effect(finding: Finding, why: str) -> Finding:
    """The finding stays readable but decides nothing."""
    return replace(finding, status="na", message=f"{finding.message}（{why}）")


def _is_settled(
    finding: Finding, explanations: Mapping[str, str], passed: Collection[str], confirmed: Collection[str]
) -> bool:
    if finding.rule_id in passed:
        return True
    if finding.status == "explain":
        return bool(_text(explanations, finding))
    return finding.status == "manual" and finding.rule_id in confirmed


def _text(explanations: Mapping[str, str], finding: Finding) -> str:
    return str(explanations.get(finding.rule_id, "")).strip()
