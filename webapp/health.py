"""`guohe doctor`: is this installation healthy? Each finding says what is wrong and which command or act mends it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog

from webapp import assets, clock
from webapp.config import Settings
from webapp.errors import GuoheError
from webapp.store import workdays
from webapp.store.db import Database
from webapp.store.principal import Principal

log = structlog.get_logger()

LOW_DISK = 1 << 30
"""Bytes free below which uploads are about to fail."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    what: str
    ok: bool
    detail: str


def examine(settings: Settings) -> list[dict[str, Any]]:
    """All findings; never raises, a check that breaks is itself a finding."""
    checks: list[tuple[str, Callable[[Settings], Finding]]] = [
        ("流程引擎", _engine),
        ("数据库", _database),
        ("前端资源", _assets),
        ("附件目录", _files),
        ("磁盘空间", _disk),
        ("中文字体", _fonts),
        ("工作日历", _calendar),
    ]
    return [vars(_guarded(name, check, settings)) for name, check in checks]


def as_text(findings: Iterable[dict[str, Any]]) -> str:
    """One line a finding."""
    return "\n".join(f"{'正常' if f['ok'] else '异常'}  {f['what']}：{f['detail']}" for f in findings)


def _guarded(name: str, check: Callable[[Settings], Finding], settings: Settings) -> Finding:
    try:
        return check(settings)
    except GuoheError as error:
        return Finding(name, False, error.message)
    except Exception as error:
        log.exception("doctor.check_failed", what=name)
        return Finding(name, False, f"检查失败：{type(error).__name__}，请查看日志")


def _engine(_: Settings) -> Finding:
    found = version("spiffworkflow")
    return Finding("流程引擎", found.startswith("3.2."), f"SpiffWorkflow {found}")


def _database(settings: Settings) -> Finding:
    database = Database(settings.database)
    try:
        current = database.is_current()
    finally:
        database.close()
    return Finding("数据库", current, "结构为最新" if current else "结构不是最新，请运行 guohe upgrade")


def _assets(_: Settings) -> Finding:
    return Finding("前端资源", True, f"{len(assets.manifest())} 个文件")


def _files(settings: Settings) -> Finding:
    settings.files.mkdir(parents=True, exist_ok=True)
    probe = settings.files / ".probe"
    probe.write_bytes(b"")
    probe.unlink()
    return Finding("附件目录", True, "可写")


def _disk(settings: Settings) -> Finding:
    folder = settings.files if settings.files.exists() else Path()
    free = shutil.disk_usage(folder).free
    return Finding("磁盘空间", free > LOW_DISK, f"剩余 {free / (1 << 30):.1f} GB")


def _fonts(settings: Settings) -> Finding:
    wanted = ("cjk", "fangsong", "simsun", "仿宋", "songti")
    found = next((p.name for p in settings.fonts.rglob("*") if any(w in p.name.lower() for w in wanted)), None)
    return Finding("中文字体", found is not None, found or "没有找到中文字体，PDF 公文会缺字，请安装 fonts-noto-cjk")


def _calendar(settings: Settings) -> Finding:
    """国务院办公厅通常在十一、十二月公布次年放假安排；到时仍缺则提醒导入。"""
    today = clock.today()
    year = today.year + (today >= date(today.year, 11, 1))
    database = Database(settings.database)
    try:
        if not database.is_current():
            return Finding("工作日历", False, "数据库尚未就绪，请先运行 guohe upgrade")
        with database.reading(Principal.system_("worker")) as tx:
            provisional = workdays.calendar(tx).is_provisional(year)
    finally:
        database.close()
    return Finding(
        "工作日历", not provisional, f"{year} 年放假安排" + ("为暂定，请导入国务院通知" if provisional else "已导入")
    )
