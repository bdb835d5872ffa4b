"""bench: how much it costs."""

from __future__ import annotations

import json

import click

from webapp import bench as benchmarks


@click.command()
@click.option("--json", "as_json", is_flag=True)
@click.option("--quick", is_flag=True, help="缩小规模，只看趋势。")
def bench(as_json: bool, quick: bool) -> None:
    """性能测量，与裸 SpiffWorkflow 在同一次运行中的比值。"""
    figures = benchmarks.run(quick=quick)
    click.echo(json.dumps(figures, ensure_ascii=False) if as_json else benchmarks.as_text(figures))
