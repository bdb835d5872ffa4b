"""Browser tests: a real Chromium against the real application. Without Chromium they are skipped loudly, in CI they fail."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.person import PATIENCE, Person
from tests.browser.site import Site
from tests.databases import ONE, Kind, Kinds
from webapp import assets, clock
from webapp.demo import load
from webapp.views import static_files

ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome")
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in Path(item.fspath).parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium, started once."""
    path = next((found for found in map(shutil.which, NAMES) if found), None)
    if path is None:
        message = "没有找到 Chromium：请先运行 `apt-get install chromium fonts-noto-cjk`，浏览器测试才能运行"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session", autouse=True)
def _steady_assets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The assets as they were when the tests began: a build meanwhile takes nothing away from a page."""
    folder = tmp_path_factory.mktemp("assets") / "static"
    shutil.copytree(static_files.FOLDER, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(static_files, "FOLDER", folder)
        patch.setattr(assets, "DIST", folder / "dist")
        yield


@pytest.fixture
def empty_site(backend: Kind, tmp_path: Path) -> Iterator[Site]:
    """The province before its first round; everybody has the test's password. On each kind of database."""
    yield from _served(Site(tmp_path / "site", backend))


@pytest.fixture(scope="session")
def demo_province(kinds: Kinds, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The demonstration province, not served: to be copied. On one kind of database (tests/conftest.py says why)."""
    made = Site(tmp_path_factory.mktemp("demo"), kinds[ONE], file_id="none")
    load.load(made.installation)
    made.welcome()
    made.installation.close()
    return made


@pytest.fixture(scope="module")
def demo_site(demo_province: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A served copy of the demonstration province for one module."""
    yield from _served(Site(tmp_path_factory.mktemp("site"), demo_province.kind, demo_province))


@pytest.fixture
def own_site(demo_province: Site, tmp_path: Path) -> Iterator[Site]:
    """A served copy of the demonstration province for one test, which may change it."""
    yield from _served(Site(tmp_path / "site", demo_province.kind, demo_province))


@pytest.fixture
def comes(chromium: Browser) -> Iterator[Callable[..., Person]]:
    """`comes(site, "shengting")`: a person at a browser of his own; the browser's complaints fail the test."""
    present: list[Person] = []

    def come(site: Site, login: str, **how: object) -> Person:
        present.append(Person(chromium, site, login, **how))  # type: ignore[arg-type]
        return present[-1]

    yield come
    faults = [fault for person in present for fault in person.faults]
    for person in present:
        person.context.close()
    assert faults == [], "\n".join(faults)


def _served(site: Site) -> Iterator[Site]:
    try:
        site.start()
        yield site
    finally:
        site.stop()
        clock.stand_at(None)
