"""Real processes that start in no time: one child imports everything and forks on demand, all may be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any


class Nursery:
    """Gives birth to processes that run a role of tests/faults/roles.py."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "processes.log"
        with self.log.open("ab") as log:
            self._mother = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.nursery", str(self.log)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=Path(__file__).resolve().parents[2],
            )
        self._living: set[int] = set()

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *_: object) -> None:
        for pid in list(self._living):
            self.kill(pid)
        assert self._mother.stdin is not None
        self._mother.stdin.close()
        self._mother.wait(20)
        assert self._mother.stdout is not None
        self._mother.stdout.close()

    def spawn(self, role: str, *, failpoint: str = "", **options: Any) -> int:
        """A process that runs the role; its id."""
        pid = int(self._ask({"role": role, "failpoint": failpoint, "options": options}))
        self._living.add(pid)
        return pid

    def kill(self, pid: int, number: int = signal.SIGKILL) -> int:
        """The process is gone; its exit code."""
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        return self.wait(pid)

    def wait(self, pid: int) -> int:
        """The exit code of the process, once it has ended; a signal counts negative."""
        self._living.discard(pid)
        return int(self._ask({"wait": pid}))

    def _ask(self, question: Mapping[str, Any]) -> str:
        assert self._mother.stdin is not None
        assert self._mother.stdout is not None
        self._mother.stdin.write(json.dumps(question) + "\n")
        self._mother.stdin.flush()
        answer = self._mother.stdout.readline()
        assert answer, f"the nursery is gone, see {self.log}"
        return answer.strip()


def _serve(log: str) -> None:
    from tests.faults import roles  # after the fork server stands, so that the parent's import of this file is cheap

    for line in sys.stdin:
        question = json.loads(line)
        if "wait" in question:
            _, status = os.waitpid(question["wait"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            _live(roles, question, log)
        print(pid, flush=True)


def _live(roles: Any, question: Mapping[str, Any], log: str) -> None:
    code = 1
    try:
        out = os.open(log, os.O_WRONLY | os.O_APPEND)
        for number in (1, 2):
            os.dup2(out, number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        roles.failpoints._armed = question["failpoint"]
        getattr(roles, question["role"])(**question["options"])
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


if __name__ == "__main__":
    _serve(sys.argv[1])
