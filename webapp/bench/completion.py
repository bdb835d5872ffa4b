"""What completing a user task costs through the command layer, beside SpiffWorkflow alone on the same diagram."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import mean, median
from types import SimpleNamespace
from typing import Any

from webapp.bench import parts
from webapp.bench.ground import MODELS, OUTCOMES, STEPS, Done, Ground, cpu_ms
from webapp.demo.walk import SYSTEM
from webapp.jobs.port import LABEL
from webapp.spiff.bare import Bare
from webapp.store import cases

WARM = 2
"""Applications walked before any is counted: caches of a process that has served for a minute are full."""
LAYER = frozenset(
    {
        "inbox.lock", "submissions.of_case", "files.link", "drafts.delete", "inbox.close", "timers.put",
        "insert submission", "insert task", "insert visit", "flows.add", "insert command", "insert journal",
        "update case",
    }
)  # fmt: skip
"""Statements by which any task of any process is completed. All others a process's rules ask and its effects write."""
FAR = "2099-12-31T00:00:00+08:00"


@dataclass
class Taken:
    """What was measured of one step."""

    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    light: list[float] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)


def measure(ground: Ground, round_id: str, count: int) -> dict[str, Any]:
    """The figures of `completion`, each the median over `count` applications, and the largest state seen."""
    taken: dict[str, Taken] = defaultdict(Taken)
    bare, before = _bare()
    sizes: list[int] = []
    for number in range(WARM + count):
        case_id, content = ground.application(round_id)
        for element in STEPS:
            sheet = ground.sheet(case_id, element, content)
            done: list[Done] = []
            spent = cpu_ms(lambda: done.append(ground.hand_in(sheet)))  # noqa: B023  # called at once
            ground.walk.works()
            text, variable = before[element], _variable(element)
            light_text = bare.light(text)
            alone = cpu_ms(lambda: bare.complete(text, element, variable))  # noqa: B023
            light = cpu_ms(lambda: bare.complete_light(light_text, element, variable))  # noqa: B023
            if number >= WARM:
                step = taken[element]
                step.ours.append(spent)
                step.bare.append(alone)
                step.light.append(light)
                step.done += done
        sizes.append(_state_bytes(ground, case_id))
    return _figures(taken) | {"breakdown_ms": _breakdown(ground, round_id), "state_bytes": max(sizes)}


def _figures(taken: Mapping[str, Taken]) -> dict[str, Any]:
    steps = {element: _step(each) for element, each in taken.items()}
    ours, alone = (mean(step[name] for step in steps.values()) for name in ("cpu_ms", "bare_cpu_ms"))
    light = mean(step["bare_without_spec_cpu_ms"] for step in steps.values())
    return {
        "cpu_ms": ours,
        "bare_cpu_ms": alone,
        "ratio": ours / alone,
        "bare_without_spec_cpu_ms": light,
        "ratio_without_spec": ours / light,
        **{
            name: max(step[name] for step in steps.values()) for name in ("sql", "process_sql", "sql_in_all", "job_sql")
        },
        "commits": max(step["commits"] for step in steps.values()),
        "steps": steps,
    }


def _step(taken: Taken) -> dict[str, Any]:
    """Statements of the step that took most: the command layer's own, the process's own, the job library's."""
    longest: Sequence[str] = []
    for done in taken.done:
        longest = max(longest, done.statements, key=len)
    names = list(longest)
    own = Counter(name for name in names if name in LAYER)
    return {
        "cpu_ms": median(taken.ours),
        "bare_cpu_ms": median(taken.bare),
        "bare_without_spec_cpu_ms": median(taken.light),
        "ratio": median(taken.ours) / median(taken.bare),
        "sql": own.total(),
        "process_sql": len(names) - own.total() - names.count(LABEL),
        "sql_in_all": len(names) - names.count(LABEL),
        "job_sql": names.count(LABEL),
        "statements": dict(own),
        "process_statements": dict(Counter(name for name in names if name not in LAYER and name != LABEL)),
        "commits": max(done.commits for done in taken.done),
    }


def _breakdown(ground: Ground, round_id: str) -> dict[str, float]:
    """Mean CPU of a step by part, ms, over one more application's steps."""
    total: Counter[str] = Counter()
    case_id, content = ground.application(round_id)
    for element in STEPS:
        sheet = ground.sheet(case_id, element, content)
        with parts.watched() as clockwork:
            ground.hand_in(sheet)
        ground.walk.works()
        total.update({part: seconds * 1e3 / len(STEPS) for part, seconds in clockwork.seconds.items()})
    return dict(total.most_common())


def _state_bytes(ground: Ground, case_id: str) -> int:
    with ground.database.reading(SYSTEM) as tx:
        return len(cases.get(tx, case_id).state.encode())


def _bare() -> tuple[Bare, dict[str, str]]:
    """The library with the same diagrams, and the case's text before each step.

    Functions answer a far day, services an eligible application.
    """
    files = {path.name: path.read_bytes() for path in sorted((MODELS / "bpmn").glob("*.bpmn"))}
    far = SimpleNamespace(end_of=lambda _: FAR, start_of=lambda _: FAR, due=lambda: FAR)
    eligible = {"returned_by": "", "verdict": "pass", "open": []}
    names: dict[str, Any] = {
        "param": lambda _: 5,
        "workdays": lambda _n, _start=None: date(2099, 12, 31),
        "months": lambda _n, day: day,
        "roll": lambda day: day,
        "deadline": far,
        "count": lambda *_: 0,
        "all_are": lambda *_: True,
        "any_is": lambda *_: False,
        "round": {"recommend_by": "2099-12-31"},
        "application": {},
        "today": date(2026, 3, 10),
        "@services": defaultdict(lambda: lambda: eligible),
    }
    bare = Bare(files, "designation", names)
    before, text = {}, bare.start()
    for element in STEPS:
        before[element] = text
        text = bare.complete(text, element, _variable(element))
    return bare, before


def _variable(element: str) -> dict[str, str]:
    return {"outcome": OUTCOMES[element], "by": "p-officer", "on": "2026-03-10"}
