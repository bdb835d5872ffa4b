"""Stories: each begins at a stage of its own choice and ends with a whole journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Kind
from tests.processes.stages import Stages
from tests.processes.story import Story
from webapp import clock

_stages: dict[str, Stages] = {}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "stage(name): where the story begins, of tests/processes/stages.py")


@pytest.fixture
def story(request: pytest.FixtureRequest, stages: Stages) -> Iterator[Story]:
    """A story at the stage that the test is marked with, else a province before its first round."""
    told = stages.story(_stage(request))
    yield told
    whole = told.journal_is_whole()
    stages.end(told)
    clock.stand_at(None)
    assert whole, "a journal is broken"


@pytest.fixture
def stages(backend: Kind, story_folder: Path) -> Stages:
    """The stages of the test's kind of database, told once a session for whoever tells stories."""
    if backend.name not in _stages:
        _stages[backend.name] = Stages(backend, story_folder)
    return _stages[backend.name]


@pytest.fixture(scope="session")
def story_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the attachments of stories are."""
    return tmp_path_factory.mktemp("stories")


def _stage(request: pytest.FixtureRequest) -> str:
    """What the mark or the parameter `stage` says."""
    mark = request.node.get_closest_marker("stage")
    given = getattr(request.node, "callspec", None)
    return str(mark.args[0] if mark else given.params.get("stage", "province") if given else "province")
