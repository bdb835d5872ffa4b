"""serve, web, worker, upgrade: the processes of an installation."""

from __future__ import annotations

import os
import signal
import sys
import threading
from dataclasses import replace

import click
import structlog

from webapp import logs, serving
from webapp.app import create_app
from webapp.commandline.opening import opened, prepared
from webapp.config import Settings
from webapp.demo import load as demonstration

TICK_SECONDS = 1.0


@click.command()
@click.option("--port", default=8000, show_default=True, help="监听端口，仅本机可访问。")
@click.option("--demo", is_flag=True, help="演示配置：空库时载入演示省份，并列出演示用户与一次性口令。")
def serve(port: int, demo: bool) -> None:
    """在一个进程中提供网页与后台作业（默认使用内置 SQLite）。"""
    settings = Settings.from_env()
    installation = prepared(replace(settings, profile="demo") if demo else settings)
    if demo:
        if not demonstration.is_loaded(installation):
            demonstration.load(installation)
        click.echo(demonstration.people_table(installation))
    app = create_app(installation.settings, installation=installation)
    worker = installation.worker("embedded")
    worker.start()
    try:
        serving.serve(app, "127.0.0.1", port, lambda: click.echo(f"已就绪：http://127.0.0.1:{port}"))
    finally:
        worker.stop()
        installation.close()


@click.command()
@click.option("--workers", default=2, show_default=True, help="进程数。")
@click.option("--port", default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def web(workers: int, port: int, host: str) -> None:
    """只提供网页，多进程（granian）；数据库须为 PostgreSQL。"""
    if Settings.from_env().database.startswith("sqlite"):
        raise click.ClickException("多进程部署需要 PostgreSQL，请设置 GUOHE_DATABASE。")
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    command += ["--workers", str(workers), "--blocking-threads", "4", "--factory", "webapp.app:create_app"]
    os.execv(sys.executable, command)  # noqa: S606  # our own arguments


@click.command()
@click.option("--slot", required=True, help="稳定的进程名，如 worker@1。")
def worker(slot: str) -> None:
    """只运行后台作业。"""
    logs.as_json()
    installation = opened()
    running = installation.worker(slot)
    leave = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: leave.set())
    running.start()
    structlog.get_logger("worker").info("worker.started", slot=slot)
    try:
        while not leave.wait(TICK_SECONDS):
            pass
    finally:
        running.stop()
        installation.close()


@click.command()
def upgrade() -> None:
    """建立或升级数据库，载入随附的流程、表单与参数。"""
    prepared(Settings.from_env()).close()
    click.echo("数据库已就绪。")
