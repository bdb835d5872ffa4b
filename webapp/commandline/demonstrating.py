"""demo: the demonstration province."""

from __future__ import annotations

from dataclasses import replace

import click

from webapp.commandline.opening import prepared
from webapp.config import Settings
from webapp.demo import load as demonstration


@click.command()
@click.option("--if-empty", is_flag=True, help="已有数据时不做任何事。")
@click.option("--fresh", is_flag=True, help="清除演示数据后重新载入。")
def demo(if_empty: bool, fresh: bool) -> None:
    """载入演示省份：11 市、归口部门、依托单位、专家、一个进行中的批次和 20 个基地。"""
    settings = replace(Settings.from_env(), profile="demo")
    if fresh:
        demonstration.forget(settings)
    installation = prepared(settings)
    try:
        if not demonstration.is_loaded(installation):
            demonstration.load(installation)
        elif not if_empty:
            click.echo("演示数据已存在；如需重新载入请使用 --fresh。")
        click.echo(demonstration.people_table(installation))
    finally:
        installation.close()
