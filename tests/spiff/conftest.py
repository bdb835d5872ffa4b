"""The clock runs again after every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from webapp import clock


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    yield
    clock.stand_at(None)
