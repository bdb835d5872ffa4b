"""The bench says what design.md 9 fixed, and a completion keeps to its statements."""

from __future__ import annotations

import pytest

from webapp import bench

MOST_STATEMENTS = 14
MOST_IN_ALL = (
    19  # a recommendation holds its round and begins anew with it (locks.py): three more than before that lock
)
"""With what the rules of an application ask and its effects write: the draw of a panel, a department's quota."""


@pytest.mark.slow
def test_the_bench_has_its_shape_and_a_completion_keeps_to_its_statements() -> None:
    figures = bench.run(quick=True)
    done = figures["completion"]
    assert {"cpu_ms", "bare_cpu_ms", "ratio", "sql", "commits"} <= done.keys()
    for step in done["steps"].values():
        assert step["sql"] <= MOST_STATEMENTS, step["statements"]
        assert step["sql_in_all"] <= MOST_IN_ALL, step["statements"] | step["process_statements"]
        assert step["job_sql"] == 0, "no job for what is weeks away"
    assert all(step["commits"] == 1 for step in done["steps"].values())
    assert {"10", "100", "ratio_last_first"} <= figures["history"].keys()
    assert len(set(figures["history"]["sql"].values())) == 1, "statements do not grow with the history"
    assert figures["state_kb"] <= 40
    assert {"p50", "p95"} <= figures["inbox"]["1000"].keys()
    assert "ratio" in figures["inbox"]
    assert figures["rate"]["sqlite_4_threads"] > 0
    assert figures["rate"]["loop"]["sqlite_4_threads"] > 0
    assert {"inbox_cpu_ms", "task_cpu_ms", "submit_cpu_ms"} <= figures["page"].keys()
    assert "办理一步" in bench.as_text(figures)
