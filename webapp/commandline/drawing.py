"""check, play: what an analyst asks of a diagram."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from webapp.spiff import play as playing
from webapp.studio import checker


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--standalone", is_flag=True, help="不检查依赖本系统的部分（处理器、表单、角色）。")
@click.option("--fix", is_flag=True, help="能自动修改的直接修改。")
@click.option("--json", "as_json", is_flag=True)
def check(files: tuple[Path, ...], standalone: bool, fix: bool, as_json: bool) -> None:
    """检查流程图与判定表，等同发布时的检查。"""
    report = checker.check_files(list(files), standalone=standalone, fix=fix)
    click.echo(json.dumps(report, ensure_ascii=False, indent=1) if as_json else checker.as_text(report))
    sys.exit(0 if all(f["ok"] for f in report["files"]) else 1)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--process", default=None, help="要运行的流程编号。")
@click.option("--scenario", type=click.Path(path_type=Path), default=None)
@click.option("--until", default=None, help="虚拟时钟停止的时刻或时长（ISO）。")
@click.option("--json", "as_json", is_flag=True)
def play(file: Path, process: str | None, scenario: Path | None, until: str | None, as_json: bool) -> None:
    """在内存中用虚拟时钟试运行一张流程图，不写数据库，不发通知。"""
    result = playing.play_file(file, process=process, scenario=scenario, until=until)
    click.echo(json.dumps(result, ensure_ascii=False, indent=None if as_json else 1))
    sys.exit(0 if result["status"] in ("completed", "waiting") else 1)
