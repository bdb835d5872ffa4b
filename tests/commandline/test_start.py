"""A second start does little: `make run` shows its first page within five seconds on a small machine.

Work is counted, not timed, because machines differ and are shared.
"""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import event

from webapp.__main__ import Guohe
from webapp.app import create_app
from webapp.config import Settings
from webapp.demo import load as demonstration
from webapp.installation import Installation

ROOT = Path(__file__).parents[2]
MOST_MODULES = 1_650
MOST_STATEMENTS = 24
"""Migrations looked at, seeds and shipped models compared; nothing that grows with use is walked."""
NOT_FOR_SERVING = ("pytest", "webapp.bench", "webapp.commandline.drawing", "granian")


def test_the_server_loads_what_it_serves_with_and_no_more() -> None:
    listed = "import sys, webapp.commandline.running; print(len(sys.modules), *sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", listed], cwd=ROOT, capture_output=True, text=True, check=True)
    count, *names = done.stdout.split()
    assert int(count) <= MOST_MODULES
    assert not {name for name in names if name.startswith(NOT_FOR_SERVING)}


def test_a_second_start_asks_the_database_little_and_writes_nothing(tmp_path: Path) -> None:
    settings = Settings(
        database=f"sqlite:///{tmp_path}/guohe.db", files=tmp_path / "files", models=ROOT, secret="of the tests",
        anchors=tmp_path / "anchors",
    )  # fmt: skip
    first = Installation(settings)
    first.upgrade()
    first.close()
    again = Installation(settings)
    sent: list[str] = []
    event.listen(again.database.engine, "before_cursor_execute", lambda _c, _k, text, *_: sent.append(text))
    try:
        again.upgrade()
        assert not demonstration.is_loaded(again)
        create_app(settings, installation=again)
    finally:
        again.close()
    assert len(sent) <= MOST_STATEMENTS
    assert not [text for text in sent if text.split()[0] in ("INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP")]


def test_what_a_command_loads_is_no_garbage_to_look_through(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen: list[bool] = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(gc.isenabled()))
    assert Guohe("guohe").get_command(None, "serve") is not None  # type: ignore[arg-type]  # unused
    assert frozen == [False]
    assert gc.isenabled()
