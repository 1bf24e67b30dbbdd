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
    """Fails once the block has taken more of the processor, so also if it would never end.

    What other processes take does not count. A regular expression that is lost is ended too.
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
    """Fails if Python's objects took more memory at any time of the block."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= most * _MEGABYTE, f"took {peak / _MEGABYTE:.1f} MB"
