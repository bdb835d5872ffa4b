"""simulate: the whole province on a virtual clock."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from webapp.simulation import page, run


@click.command()
@click.option("--years", default=1, show_default=True, help="模拟的年数。")
@click.option("--bases", default=250, show_default=True, help="开始时的基地数。")
@click.option("--seed", default=7, show_default=True, help="随机种子；相同的种子得到相同的结果。")
@click.option("--json", "as_json", is_flag=True)
@click.option("--report", type=click.Path(path_type=Path), default=None, help="把结果写成网页。")
def simulate(years: int, bases: int, seed: int, as_json: bool, report: Path | None) -> None:
    """用真实的流程图、命令和规则，在虚拟时钟上模拟全省若干年，每天核对不变量。有不成立的，退出码为 1。"""
    with run.installed() as (installation, _):
        result = run.simulate(installation, years=years, bases=bases, seed=seed)
    if report is not None:
        report.write_text(page.html(result), encoding="utf-8")
    click.echo(json.dumps(result, ensure_ascii=False, indent=1) if as_json else page.text(result))
    sys.exit(1 if result["broken"] or result["unable"] else 0)
