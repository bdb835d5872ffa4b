"""Serving web requests: waitress inside this process, stopped without dropping a request."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from time import monotonic
from types import FrameType
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import WSGITask

from webapp import failpoints

THREADS = 8
CONNECTIONS = 2_000
"""A browser keeps six open while its page is looked at; one that must wait for another to go would show nothing."""
DRAIN_SECONDS = 20.0
LINGER_SECONDS = 0.5
"""An idle connection stays open this long after the signal: a request may already be on its way."""
MAX_BODY = 130 * 1024 * 1024
"""A little above what the application itself accepts, so that it can answer in Chinese."""


def serve(app: Callable[..., Any], host: str, port: int, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGTERM or Ctrl-C; every request that was accepted is answered before it returns."""
    server = create_server(
        _with_failpoint(app), host=host, port=port, threads=THREADS, channel_timeout=60,
        max_request_body_size=MAX_BODY, connection_limit=CONNECTIONS, ident="",
    )  # fmt: skip
    leaving = _Leaving(server)
    before = [signal.signal(number, leaving) for number in (signal.SIGTERM, signal.SIGINT)]
    try:
        ready()
        while not leaving.asked:
            wasyncore.loop(timeout=1.0, use_poll=True, map=server._map, count=1)
        _drain(server)
    finally:
        server.task_dispatcher.shutdown(cancel_pending=False, timeout=5)
        server.close()
        for number, handler in zip((signal.SIGTERM, signal.SIGINT), before, strict=True):
            signal.signal(number, handler)


class _Leaving:
    """Whether the process was asked to go; from then on every answer says that its connection ends."""

    def __init__(self, server: Any) -> None:
        self.asked = False
        self._server = server
        leaving = self

        class Task(WSGITask):  # type: ignore[misc]
            def build_response_header(self) -> Any:
                if leaving.asked:
                    self.request.headers["CONNECTION"] = "close"
                return super().build_response_header()

        class Channel(HTTPChannel):  # type: ignore[misc]
            task_class = Task

        server.channel_class = Channel

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        self.asked = True
        self._server.pull_trigger()


def _with_failpoint(app: Callable[..., Any]) -> Callable[..., Any]:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        def start(*heading: Any) -> Any:
            if environ["REQUEST_METHOD"] == "POST":
                failpoints.hit("before_reply")
            return start_response(*heading)

        return app(environ, start)

    return answer


def _drain(server: Any) -> None:
    """Connections that wait in the kernel are taken in, none after; all requests are answered, or time is up."""
    deadline, quiet_since = monotonic() + DRAIN_SECONDS, monotonic()
    _accept_waiting(server)
    while monotonic() < deadline:
        wasyncore.loop(timeout=0.05, use_poll=True, map=server._map, count=1)
        if any(_is_busy(channel) for channel in list(server.active_channels.values())):
            quiet_since = monotonic()
        elif monotonic() - quiet_since > LINGER_SECONDS or not server.active_channels:
            return


def _accept_waiting(server: Any) -> None:
    listening: socket.socket = server.socket
    listening.setblocking(False)
    while True:
        before = len(server.active_channels)
        server.handle_accept()
        if len(server.active_channels) == before:
            break
    server.accepting = False
    server.del_channel()
    listening.close()


def _is_busy(channel: Any) -> bool:
    """Whether the channel reads a request, runs one, or has an answer to send."""
    return bool(channel.requests or channel.request is not None or channel.total_outbufs_len)
