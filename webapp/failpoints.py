"""Named places where a test may kill the process, to prove that a command takes effect entirely or not at all.

In production nothing is set and `hit` costs one comparison.
"""

from __future__ import annotations

import os

NAMES: set[str] = {
    "before_step",
    "after_step",
    "before_flush",
    "after_flush",
    "before_enqueue",
    "after_enqueue",
    "before_commit",
    "after_commit",
    "before_reply",
    "file_written",
    "file_renamed",
}
"""Every failpoint that exists; the fault tests visit all of them."""

EXIT_CODE = 77
"""How a process says that it died at a failpoint and not of something else."""

_armed = os.environ.get("GUOHE_FAILPOINT", "")


def hit(name: str) -> None:
    """Kills the process at once (no clean-up, as `kill -9` would) when GUOHE_FAILPOINT names this place."""
    if _armed and _armed == name:
        os._exit(EXIT_CODE)
