"""The command line `guohe` (design.md 9): serve, look after and measure an installation."""

from __future__ import annotations

import json
import os
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from webapp import bench as benchmarks
from webapp.demo import load as demonstration
from webapp import health, serving
from webapp.app import create_app
from webapp.config import Settings
from webapp.errors import GuoheError
from webapp.installation import Installation
from webapp.jobs import worker as workers
from webapp.store import journal
from webapp.store.principal import Principal
from webapp.studio import checker
from webapp.spiff import play as playing


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """国合基地流程平台。"""


@main.command()
@click.option("--port", default=8000, show_default=True, help="监听端口，仅本机可访问。")
def serve(port: int) -> None:
    """在一个进程中提供网页与后台作业（默认使用内置 SQLite）。"""
    installation = _opened()
    app = create_app(installation.settings, installation=installation)
    worker = installation.worker("embedded")
    worker.start()
    try:
        serving.serve(app, "127.0.0.1", port, lambda: click.echo(f"已就绪：http://127.0.0.1:{port}"))
    finally:
        worker.stop()
        installation.close()


@main.command()
@click.option("--workers", default=2, show_default=True, help="进程数。")
@click.option("--port", default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def web(workers: int, port: int, host: str) -> None:
    """只提供网页，多进程（granian）；数据库须为 PostgreSQL。"""
    if os.environ.get("GUOHE_DATABASE", "sqlite").startswith("sqlite"):
        raise click.ClickException("多进程部署需要 PostgreSQL，请设置 GUOHE_DATABASE。")
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    command += ["--workers", str(workers), "--blocking-threads", "4", "--factory", "webapp.app:create_app"]
    os.execv(sys.executable, command)  # noqa: S606 our own arguments


@main.command()
@click.option("--slot", required=True, help="稳定的进程名，如 worker@1。")
def worker(slot: str) -> None:
    """只运行后台作业。"""
    installation = _opened()
    running = installation.worker(slot)
    running.start()
    click.echo(f"后台作业 {slot} 已启动")
    try:
        threading.Event().wait()
    finally:
        running.stop()
        installation.close()


@main.command()
def upgrade() -> None:
    """建立或升级数据库，载入随附的流程、表单与参数。"""
    _prepare(Settings.from_env())
    click.echo("数据库已就绪。")


@main.command()
@click.option("--if-empty", is_flag=True, help="已有数据时不做任何事。")
@click.option("--fresh", is_flag=True, help="清除演示数据后重新载入。")
def demo(if_empty: bool, fresh: bool) -> None:
    """载入演示省份：11 市、归口部门、依托单位、专家、一个进行中的批次和 20 个基地。"""
    settings = replace(Settings.from_env(), profile="demo")
    if fresh:
        demonstration.forget(settings)
    installation = _prepare(settings)
    try:
        if not demonstration.is_loaded(installation):
            demonstration.load(installation)
        elif not if_empty:
            click.echo("演示数据已存在；如需重新载入请使用 --fresh。")
        click.echo(demonstration.people_table(installation))
    finally:
        installation.close()


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--standalone", is_flag=True, help="不检查依赖本系统的部分（处理器、表单、角色）。")
@click.option("--fix", is_flag=True, help="能自动修改的直接修改。")
@click.option("--json", "as_json", is_flag=True)
def check(files: tuple[Path, ...], standalone: bool, fix: bool, as_json: bool) -> None:
    """检查流程图与判定表，等同发布时的检查。"""
    report = checker.check_files(list(files), standalone=standalone, fix=fix)
    click.echo(json.dumps(report, ensure_ascii=False, indent=1) if as_json else checker.as_text(report))
    sys.exit(0 if all(f["ok"] for f in report["files"]) else 1)


@main.command()
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


@main.command()
@click.option("--json", "as_json", is_flag=True)
@click.option("--quick", is_flag=True, help="缩小规模，只看趋势。")
def bench(as_json: bool, quick: bool) -> None:
    """性能测量，与裸 SpiffWorkflow 在同一次运行中的比值。"""
    figures = benchmarks.run(quick=quick)
    click.echo(json.dumps(figures, ensure_ascii=False) if as_json else benchmarks.as_text(figures))


@main.group()
def audit() -> None:
    """留痕。"""


@audit.command()
def verify() -> None:
    """核对留痕链与库外锚点。"""
    installation = _opened()
    with installation.database.reading(Principal.system_("audit")) as tx:
        breaks = journal.verify_all(tx, installation.settings.anchors, installation.settings.secret)
    for each in breaks:
        click.echo(f"不一致：{each}")
    click.echo("留痕链完整。" if not breaks else f"共 {len(breaks)} 处不一致。")
    sys.exit(1 if breaks else 0)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """生成一致的数据库副本。"""
    installation = _opened()
    installation.database.backup(file)
    click.echo(f"已备份到 {file}。")


@main.command()
@click.option("--json", "as_json", is_flag=True)
def doctor(as_json: bool) -> None:
    """检查本机安装是否健康。"""
    findings = health.examine(Settings.from_env())
    click.echo(json.dumps(findings, ensure_ascii=False) if as_json else health.as_text(findings))
    sys.exit(0 if all(f["ok"] for f in findings) else 1)


def _opened() -> Installation:
    return Installation(Settings.from_env())


def _prepare(settings: Settings) -> Installation:
    """An installation whose tables, seeds, shipped models and job tables are those of this code."""
    if settings.database.startswith("sqlite:///"):
        Path(settings.database.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    installation = Installation(settings)
    installation.upgrade()
    workers.prepare(installation.database.url)
    return installation


def run() -> Any:
    """The console script: our own errors in one Chinese line, without a traceback."""
    try:
        return main(standalone_mode=True)
    except GuoheError as error:
        click.echo(error.message, err=True)
        return 1


if __name__ == "__main__":
    sys.exit(run())
