"""Papers are made of the processes' own stories."""

from __future__ import annotations

from tests.processes.conftest import stages, story_folder

__all__ = ["stages", "story_folder"]
