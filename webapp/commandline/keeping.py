"""audit, backup, doctor: looking after an installation."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from webapp import health
from webapp.commandline.opening import opened
from webapp.config import Settings
from webapp.errors import GuoheError
from webapp.store import anchors
from webapp.store.principal import Principal


@click.group()
def audit() -> None:
    """留痕。"""


@audit.command()
def verify() -> None:
    """核对留痕链与库外锚点。"""
    installation = opened()
    with installation.database.reading(Principal.system_("audit")) as tx:
        breaks = anchors.verify_all(tx, installation.settings.anchors, installation.settings.secret)
    installation.close()
    for each in breaks:
        click.echo(f"不一致：{each.object_id} 第 {each.seq} 条，{each.what}")
    click.echo("留痕链完整。" if not breaks else f"共 {len(breaks)} 处不一致。")
    sys.exit(1 if breaks else 0)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """生成一致的数据库副本（服务运行时也可以）。"""
    if file.exists():
        raise click.ClickException(f"{file} 已存在，请换一个文件名。")
    if not file.parent.is_dir():
        raise click.ClickException(f"目录 {file.parent} 不存在。")
    installation = opened()
    try:
        installation.database.backup(file)
    except GuoheError as error:
        raise click.ClickException(error.message) from error
    finally:
        installation.close()
    click.echo(f"已备份到 {file}。附件在 {installation.settings.files}，请一并备份。")


@click.command()
@click.option("--json", "as_json", is_flag=True)
def doctor(as_json: bool) -> None:
    """检查本机安装是否健康。"""
    findings = health.examine(Settings.from_env())
    click.echo(json.dumps(findings, ensure_ascii=False) if as_json else health.as_text(findings))
    sys.exit(0 if all(f["ok"] for f in findings) else 1)
