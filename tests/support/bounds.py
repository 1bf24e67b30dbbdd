"""Bounds in time and memory for a block of code."""

import signal
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

_MEGABYTE = 1024 * 1024


class TooSlowError(AssertionError):
    """The block took longer than it may."""


@contextmanager
def cpu_seconds(most: float) -> Iterator[None]:
    """Fail when the block takes more CPU time, so also when it would never end.

    Other processes do not count. It also ends a regular expression that backtracks without end.
    """

    def stop(*_: object) -> None:
        raise TooSlowError(f"took more than {most} s of CPU time")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, most)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextmanager
def megabytes(most: float) -> Iterator[None]:
    """Fail if Python's objects take more memory at any time of the block."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= most * _MEGABYTE, f"took {peak / _MEGABYTE:.1f} MB"
