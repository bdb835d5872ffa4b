"""The first administrator: made by a command, with a password for one log-in, and never beside another by accident."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, inspect

from tests.databases import Kind
from tests.views.conftest import token
from webapp import logs
from webapp.__main__ import main
from webapp.app import create_app
from webapp.commandline import keeping
from webapp.config import Settings
from webapp.installation import Installation
from webapp.store import journal, people
from webapp.store.principal import Principal
from webapp.views import passwords

ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(
    backend: Kind, transient: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """An empty place that the environment describes."""
    monkeypatch.setenv("GUOHE_DATABASE", transient(backend.empty()))
    monkeypatch.setenv("GUOHE_FILES", str(tmp_path / "files"))
    monkeypatch.setenv("GUOHE_MODELS", str(ROOT))
    monkeypatch.setenv("GUOHE_SECRET", "a secret of the tests, long enough")
    return Settings.from_env()


def _tables(url: str) -> list[str]:
    engine = create_engine(url)
    found = inspect(engine).get_table_names()
    engine.dispose()
    return found


def made(*arguments: str) -> Result:
    """What the command says."""
    return CliRunner().invoke(main, ["administrator", *arguments])


def test_the_first_administrator_logs_in_once_and_must_change_his_password(settings: Settings) -> None:
    answer = made("--login", "xitong", "--name", "张三")
    assert answer.exit_code == 0, answer.output
    password = re.search(r"这一次：(\S+)", answer.output)
    assert password
    place = Installation(settings, queued=False)
    try:
        with place.database.reading(Principal.system_("command")) as tx:
            row = people.by_login(tx, "xitong")
            assert row is not None
            assert row.must_change
            assert [seat.role for seat in people.seats_of(tx, row.id)] == ["sysadmin"]
            assert [entry.action for entry in journal.of_object(tx, f"person:{row.id}")] == ["person.create"]
        client = create_app(settings, installation=place).test_client()
        form = {"login": "xitong", "password": password[1], "csrf_token": token(client)}
        assert client.post("/login", data=form).status_code == 302
        # The second factor first, then the new password: nothing else opens before.
        assert client.get("/parameters").headers["Location"].endswith("/login/enrol")
    finally:
        place.close()


def test_a_second_one_only_by_force_and_a_login_only_once(settings: Settings) -> None:
    assert made("--login", "first", "--name", "张三").exit_code == 0
    refused = made("--login", "second", "--name", "李四")
    assert refused.exit_code != 0
    assert "已有系统管理员" in refused.output
    assert made("--login", "second", "--name", "李四", "--force").exit_code == 0
    assert "已被使用" in made("--login", "second", "--name", "王五", "--force").output


@pytest.mark.parametrize(("login", "name"), [("x", "张三"), ("a b", "张三"), ("good", "张")])
def test_a_name_that_cannot_be_is_refused(settings: Settings, login: str, name: str) -> None:
    assert made("--login", login, "--name", name).exit_code != 0
    assert _tables(settings.database) == []


def test_one_time_passwords_satisfy_the_rules_and_differ() -> None:
    found = {keeping.one_time_password() for _ in range(200)}
    assert len(found) == 200
    for each in found:
        passwords.PasswordRules().check(each, login="somebody")


def test_logs_are_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    try:
        logs.as_json()
        structlog.get_logger("worker").info("worker.started", slot="a\nb")
        line = capsys.readouterr().err
    finally:
        structlog.configure(**before)
    assert line.count("\n") == 1
    assert json.loads(line)["slot"] == "a\nb"


def test_the_demonstration_has_places_of_its_own() -> None:
    """`make run` and `make demo` never name the real database."""
    text = (ROOT / "Makefile").read_text()
    lines = [line for line in text.splitlines() if "-m webapp demo" in line or "-m webapp serve" in line]
    assert len(lines) == 2
    assert all("$(DEMO)" in line for line in lines)
    assert "GUOHE_DATABASE=sqlite:///var/demo.db" in text
