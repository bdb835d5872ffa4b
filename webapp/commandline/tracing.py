"""articles: from each paragraph of the regulation to what implements it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from webapp.config import Settings
from webapp.studio import articles as tracing


@click.command()
@click.option("--json", "as_json", is_flag=True)
def articles(as_json: bool) -> None:
    """条文 → 流程图元素、判定表、表单、规则、测试；没有实现的写明原因。有缺口时退出码为 1。"""
    paragraphs = tracing.collect(Path(Settings.from_env().models))
    if as_json:
        click.echo(json.dumps(tracing.as_facts(paragraphs), ensure_ascii=False, indent=1))
    else:
        for each in paragraphs:
            counts = "  ".join(f"{name} {len(getattr(each, kind))}" for kind, name in tracing.KINDS.items())
            click.echo(f"{each.ref:<7}{counts}" if each.executable else f"{each.ref:<7}{each.why}")
            for gap in each.gaps:
                click.echo(f"       ✗ {gap}：{each.text[:40]}")
    broken = sum(bool(each.gaps) for each in paragraphs)
    if not as_json:
        done = sum(each.executable for each in paragraphs)
        click.echo(f"共 {len(paragraphs)} 款，须执行 {done} 款，缺口 {broken} 款。")
    sys.exit(1 if broken else 0)
