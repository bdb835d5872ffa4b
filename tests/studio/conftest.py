"""Stories for the studio: the same province and stages as the processes' own."""

from __future__ import annotations

import pytest

from tests.processes.conftest import stages, story, story_folder

__all__ = ["stages", "story", "story_folder"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "stage(name): where the story begins, of tests/processes/stages.py")
