"""The benchmarks of design.md 9: what an action costs, as ratios to bare SpiffWorkflow in the same run."""

from __future__ import annotations

from webapp.bench.report import as_text, run

__all__ = ["as_text", "run"]
