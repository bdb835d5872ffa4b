"""Identifiers: short texts that sort by the moment they were made, so that keys grow at the end of an index."""

from __future__ import annotations

import secrets
import threading

from webapp import clock

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS = 80
_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """26 characters, unique; within one process each is greater than the one before, even inside a millisecond."""
    global _last  # noqa: PLW0603  # the one number that all threads share
    stamp = int(clock.now().timestamp() * 1000) << _RANDOM_BITS
    with _lock:
        if stamp >> _RANDOM_BITS == _last >> _RANDOM_BITS:
            _last += 1 + secrets.randbits(40)
        else:
            _last = stamp | secrets.randbits(_RANDOM_BITS - 1)
        number = _last
    return _text(number)


def _text(number: int) -> str:
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
