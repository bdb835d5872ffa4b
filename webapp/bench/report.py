"""All measurements one after another on one machine, as the JSON of design.md 9 and as text. ms unless named otherwise."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.bench import completion, history, inbox, page, rate
from webapp.bench.ground import Ground, folder


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    applications: int
    points: tuple[int, ...]
    rows: tuple[int, ...]
    cases: int
    rounds: int
    pages: int


SQL = ("statements", "process_statements")
FULL = Size(25, (10, 100, 1_000, 10_000), (1_000, 100_000, 1_000_000), 40, 25, 9)
QUICK = Size(3, (10, 100), (1_000, 20_000), 8, 3, 2)


def run(quick: bool = False) -> dict[str, Any]:
    """The figures; with `quick` over less, for trends and for tests of the shape."""
    size = QUICK if quick else FULL
    machine = {"cpus": os.cpu_count(), "load_before": os.getloadavg()[0]}
    with folder() as place:
        figures: dict[str, Any] = {"inbox": inbox.measure(place, size.rows)}
        ground = Ground(place, history.models(place))
        try:
            round_id = ground.round()
            figures["completion"] = completion.measure(ground, round_id, size.applications)
            figures["rate"] = rate.measure(ground, place, round_id, size.cases, size.rounds)
            figures["page"] = page.measure(ground, round_id, size.pages)
            figures["history"] = history.measure(ground, size.points)
        finally:
            ground.installation.close()
    figures["state_kb"] = max(figures[name].pop("state_bytes") for name in ("completion", "history")) / 1024
    order = ("completion", "history", "state_kb", "inbox", "rate", "page")
    machine["load_after"] = os.getloadavg()[0]
    rounded: dict[str, Any] = _rounded({name: figures[name] for name in order} | {"machine": machine})
    return rounded | {"quick": quick}


def as_text(figures: Mapping[str, Any]) -> str:
    """For people: each promise with its figure."""
    done, past, lists, speed = (figures[name] for name in ("completion", "history", "inbox", "rate"))
    lines = [
        f"办理一步：{done['cpu_ms']} ms CPU，裸 SpiffWorkflow {done['bare_cpu_ms']} ms，比值 {done['ratio']}（目标 ≤ 8，下一目标 5）",
        f"  不带流程定义的裸引擎 {done['bare_without_spec_cpu_ms']} ms，比值 {done['ratio_without_spec']}",
        f"  SQL 办理本身 {done['sql']} 条（目标 ≤ 14），连同本流程的规则与效果至多 {done['sql_in_all']} 条，"
        f"作业库另计至多 {done['job_sql']} 条，提交 {done['commits']} 次",
        "  去向：" + "，".join(f"{part} {spent}" for part, spent in done["breakdown_ms"].items()),
    ]
    for element, step in done["steps"].items():
        lines.append(
            f"    {element}：{step['cpu_ms']} ms，比值 {step['ratio']}，SQL {step['sql']} + {step['process_sql']}，"
            + "，".join(f"{name}×{count}" for part in SQL for name, count in step[part].items())
        )
    points = {key: value for key, value in past.items() if key.isdigit()}
    lines.append("历史长度：" + "，".join(f"{point} 步后 {spent} ms" for point, spent in points.items()))
    lines.append(
        f"  末/首 {past['ratio_last_first']}"
        + (f"，1000/10 {past['ratio_1000_10']}（目标 ≤ 1.2）" if "1000" in points else "")
    )
    lines.append(f"状态大小：{figures['state_kb']} KB（目标 ≤ 40）")
    for rows, found in lists.items():
        if rows.isdigit():
            queries = "；".join(f"{name} p50 {found[name]['p50']} p95 {found[name]['p95']}" for name in inbox.QUERIES)
            lines.append(f"待办 {rows} 行：{queries}")
    lines.append(f"  p95 比值 {lists['ratio']}（目标 ≤ 3 或低于 1 ms）")
    lines.append(
        f"速率：SQLite 4 线程每秒 {speed['sqlite_4_threads']} 步（目标 ≥ 100），为裸持久提交 {speed['bare_commits']} 的 "
        f"{speed['share_of_bare']}，每步 {speed['cpu_ms']} ms CPU；空任务每秒 {speed['loop']['sqlite_4_threads']} 步"
    )
    lines.append("页面：" + "，".join(f"{name} {spent}" for name, spent in figures["page"].items()))
    machine = figures["machine"]
    lines.append(
        f"本机：{machine['cpus']} 核，测量前后一分钟平均负载 {machine['load_before']}、{machine['load_after']}"
    )
    return "\n".join(lines)


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _rounded(each) for key, each in value.items()}
    return float(f"{value:.4g}") if isinstance(value, float) else value
