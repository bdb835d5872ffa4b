"""Installations with a real job engine; one worker at a time in a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep

import pytest

from webapp.config import Settings
from webapp.installation import Installation
from webapp.store.db import Database

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def installation(database: Database, tmp_path: Path) -> Iterator[Installation]:
    """An installation on the test's database, its job tables made, nothing running."""
    url = database.url.render_as_string(hide_password=False)
    opened = Installation(settings(url, tmp_path))
    opened.upgrade()
    with ExitStack() as stack:
        stack.callback(opened.close)
        yield opened


def settings(url: str, folder: Path) -> Settings:
    return Settings(database=url, files=folder / "files", models=ROOT, secret="test", anchors=folder / "anchors")


def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Returns when the condition holds; fails when it does not within that time."""
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline, "this never came true"
        sleep(0.05)
