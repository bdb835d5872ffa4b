"""administrator, audit, backup, doctor: looking after an installation."""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path

import click

from webapp import clock, health
from webapp.commandline.opening import opened, prepared
from webapp.config import Settings
from webapp.errors import GuoheError
from webapp.store import anchors, journal, people
from webapp.store.journal import Entry
from webapp.store.principal import Principal
from webapp.views import passwords
from webapp.views.people import LOGIN

PROVINCE = "province"


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
@click.option("--login", required=True, help="登录名，3 至 40 个字母、数字、点、横线或下划线。")
@click.option("--name", required=True, help="姓名。")
@click.option("--force", is_flag=True, help="已有系统管理员时仍然建立。")
def administrator(login: str, name: str, force: bool) -> None:
    """建立系统管理员，显示一次性口令；首次登录必须改口令。"""
    if not LOGIN.fullmatch(login) or not 2 <= len(name) <= 40:
        raise click.ClickException("登录名为 3 至 40 个字母、数字、点、横线或下划线；姓名 2 至 40 字。")
    installation = prepared(Settings.from_env())
    try:
        password = one_time_password()
        with installation.database.writing(Principal.system_("upgrade")) as tx:
            if not force and people.holders(tx, "sysadmin", PROVINCE):
                raise click.ClickException("已有系统管理员，请由其在“人员与任职”中建立；确需另建时加 --force。")
            if people.by_login(tx, login) is not None:
                raise click.ClickException(f"登录名 {login} 已被使用，请另选一个。")
            stored = passwords.hashed(password)
            row = people.add(
                tx, login=login, name=name, password_hash=stored, password_at=clock.now(), must_change=True
            )
            seat = people.grant(tx, row.id, "sysadmin", PROVINCE, by=tx.principal.person_id)
            after = {"role": "sysadmin", "org": PROVINCE, "seat": seat, "forced": force}
            journal.append(tx, f"person:{row.id}", Entry("person.create", tx.principal.person_id, after=after))
    finally:
        installation.close()
    click.echo(f"已建立系统管理员 {name}（{login}）。一次性口令，只显示这一次：{password}")


def one_time_password() -> str:
    """20 characters of three kinds at least, about 100 bits."""
    return f"{secrets.token_urlsafe(14)[:17]}aA7"


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
