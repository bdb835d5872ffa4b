"""The commands that look after an installation say in Chinese what is and what to do, and never show a traceback."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.databases import Kind
from webapp.__main__ import COMMANDS, main
from webapp.errors import Misconfigured
from webapp.installation import Installation
from webapp.store import cases, journal
from webapp.store.principal import Principal

SYSTEM = Principal.system_("command")


@pytest.fixture
def call(installation: Installation, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Runs `guohe …` on the installation of the test."""
    chosen = installation.settings
    for name in ("database", "files", "anchors", "models", "secret"):
        monkeypatch.setenv(f"GUOHE_{name.upper()}", str(getattr(chosen, name)))
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


def test_every_command_is_there() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output
    assert all(name in shown for name in COMMANDS)
    assert CliRunner().invoke(main, ["nothing"]).exit_code == 2


def test_upgrade_may_run_again(call) -> None:  # type: ignore[no-untyped-def]
    assert _ok(call("upgrade")) == "数据库已就绪。\n"


def test_audit_finds_a_changed_past(call, installation: Installation) -> None:  # type: ignore[no-untyped-def]
    with installation.database.writing(SYSTEM) as tx:
        case = cases.add(tx, process="designation", number="RD-2027-0001", title="示例")
        journal.append(tx, case.id, journal.Entry("start", "p"), case=case)
    assert "完整" in _ok(call("audit", "verify"))
    installation.runners["anchor"]("now")
    with installation.database.writing(SYSTEM) as tx:
        cases.put(tx, case, journal_hash="0" * 64)
    refused = call("audit", "verify")
    assert refused.exit_code == 1
    assert case.id in refused.output


def test_a_database_that_was_never_made_is_named(
    backend: Kind, transient: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUOHE_DATABASE", transient(backend.empty()))
    monkeypatch.setenv("GUOHE_SECRET", "test")
    refused = CliRunner().invoke(main, ["audit", "verify"])
    assert isinstance(refused.exception, Misconfigured)
    assert "guohe upgrade" in refused.exception.message


def test_a_backup_is_whole_and_overwrites_nothing(call, installation: Installation, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    target = tmp_path / "copy.db"
    if not installation.database.is_sqlite:
        assert "pg_dump" in call("backup", target).output
        return
    _ok(call("backup", target))
    with sqlite3.connect(target) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT count(*) FROM role").fetchone()[0] > 0
    copy.close()
    assert "已存在" in call("backup", target).output


def test_doctor_speaks_of_every_part(call) -> None:  # type: ignore[no-untyped-def]
    said = call("doctor").output
    assert all(part in said for part in ("流程引擎", "数据库", "附件目录", "工作日历"))
    assert "Traceback" not in said


def _ok(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.output
