"""Identifiers: short texts that sort by the moment they were made, so that keys grow at the end of an index."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from webapp import clock

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS = 80
_lock = threading.Lock()
_last = 0
_bits: Callable[[int], int] = secrets.randbits


def new_id() -> str:
    """26 characters, unique; within one process each is greater than the one before, even inside a millisecond."""
    global _last  # noqa: PLW0603  # the one number that all threads share
    stamp = int(clock.now().timestamp() * 1000) << _RANDOM_BITS
    with _lock:
        if stamp >> _RANDOM_BITS == _last >> _RANDOM_BITS:
            _last += 1 + _bits(40)
        else:
            _last = stamp | _bits(_RANDOM_BITS - 1)
        number = _last
    return _text(number)


@contextmanager
def drawn_from(bits: Callable[[int], int]) -> Iterator[None]:
    """Within the block ids are made of these bits, so that a simulation told twice is the same; one process at a time."""
    global _bits, _last  # noqa: PLW0603  # as above
    with _lock:
        before, _bits, _last = _bits, bits, 0
    try:
        yield
    finally:
        with _lock:
            _bits = before


def _text(number: int) -> str:
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
