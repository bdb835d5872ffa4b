"""Serving web requests: waitress inside this process, stopped without dropping a request."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

from waitress.server import create_server

THREADS = 8
DRAIN_SECONDS = 20
MAX_BODY = 60 * 1024 * 1024
"""A little above the largest attachment (attachment.max_mb)."""


def serve(app: Callable[..., Any], host: str, port: int, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGTERM or Ctrl-C; requests under way are answered before it returns."""
    server = create_server(
        app, host=host, port=port, threads=THREADS, channel_timeout=60, max_request_body_size=MAX_BODY, ident=""
    )
    signal.signal(signal.SIGTERM, _leave)
    try:
        ready()
        server.run()
    finally:
        server.task_dispatcher.shutdown(cancel_pending=False, timeout=DRAIN_SECONDS)
        server.close()


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
