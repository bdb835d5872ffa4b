"""A server that is told to go answers everything it has accepted."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.jobs.conftest import until

PROGRAM = """
import sys, time
from webapp import serving
def app(environ, start_response):
    time.sleep(0.15)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "100000")])
    return [b"x" * 100000]
serving.serve(app, "127.0.0.1", int(sys.argv[1]), lambda: print("ready", flush=True))
print("gone", flush=True)
"""


class Visitors:
    """People who keep asking until the door is shut; `broken` are requests that went in and got no whole answer."""

    def __init__(self, port: int, count: int, *, keep_alive: bool) -> None:
        self.port, self.keep_alive = port, keep_alive
        self.answered, self.refused, self.broken = 0, 0, []
        self.threads = [threading.Thread(target=self._visit) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def _visit(self) -> None:
        connection = None
        while True:
            if connection is None:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
                try:
                    connection.connect()
                except OSError:
                    self.refused += 1
                    return
            try:
                connection.request("POST", "/", b"y" * 2000)
                answer = connection.getresponse()
                assert len(answer.read()) == 100000
                self.answered += 1
            except Exception as error:
                self.broken.append(repr(error))
                return
            if answer.will_close or not self.keep_alive:
                connection.close()
                connection = None


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("keep_alive", [False, True])
def test_sigterm_under_load_drops_no_request(port: int, keep_alive: bool, tmp_path: Path) -> None:
    server = subprocess.Popen([sys.executable, "-c", PROGRAM, str(port)], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    assert server.stdout.readline() == "ready\n"
    visitors = Visitors(port, 24, keep_alive=keep_alive)
    until(lambda: visitors.answered > 20)
    sleep(0.1)
    begun = monotonic()
    server.send_signal(signal.SIGTERM)
    assert server.wait(30) == 0
    assert monotonic() - begun < 10
    for thread in visitors.threads:
        thread.join(20)
    assert visitors.broken == []
    assert visitors.refused == 24, "everybody was told at the door, none inside"
    assert server.stdout.read() == "gone\n"
