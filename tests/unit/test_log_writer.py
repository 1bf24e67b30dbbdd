"""The log never waits for its reader."""

import contextlib
import logging
import os
import time
from collections.abc import Iterator

import pytest

from matomo_archive_exporter.log_writer import LogWriter, dropped
from tests.support.process import wait_until

PIPE = 64 * 1024  # bytes that a pipe holds


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    os.set_blocking(read, False)
    yield read, write
    with contextlib.suppress(OSError):  # a test has closed it
        os.close(read)
    # A writer's thread may go on with the other end: its number must not become another's.


def read_lines(descriptor: int, number: int) -> list[bytearray]:
    """So many lines, as soon as they have come."""
    text = bytearray()

    def come() -> bool:
        with contextlib.suppress(BlockingIOError):  # nothing yet
            text.extend(os.read(descriptor, PIPE))
        return text.count(b"\n") >= number

    wait_until(come, f"{number} lines")
    return text.splitlines()


def line(text: str) -> logging.LogRecord:
    return logging.LogRecord("exporter", logging.INFO, "file", 1, text, (), None)


def test_lines_are_written_in_order(pipe: tuple[int, int]) -> None:
    writer = LogWriter(pipe[1])
    for number in range(100):
        writer.handle(line(str(number)))
    assert read_lines(pipe[0], 100) == [str(number).encode() for number in range(100)]
    assert writer.dropped == 0


def test_a_full_pipe_delays_no_writer(pipe: tuple[int, int]) -> None:
    writer = LogWriter(pipe[1], capacity=5)
    begun = time.monotonic()
    for _ in range(100):
        writer.handle(line("x" * PIPE))
    writer.flush()
    assert time.monotonic() - begun < 1
    assert writer.dropped >= 93  # one or two are on their way, five wait


def test_dropped_lines_are_reported_and_later_ones_are_written(pipe: tuple[int, int]) -> None:
    writer = LogWriter(pipe[1], capacity=1)
    for _ in range(5):
        writer.handle(line("x" * PIPE))
    seen = writer.dropped
    assert seen > 0

    read_lines(pipe[0], 5 - seen)
    writer.handle(line("last"))
    assert read_lines(pipe[0], 1) == [b"last"]
    assert writer.dropped == seen


def test_a_pipe_without_a_reader_drops_lines(pipe: tuple[int, int]) -> None:
    writer = LogWriter(pipe[1])
    os.close(pipe[0])
    writer.handle(line("lost"))
    wait_until(lambda: writer.dropped == 1, "the line is known as lost")


def test_a_descriptor_that_does_not_block_is_waited_for(pipe: tuple[int, int]) -> None:
    os.set_blocking(pipe[1], False)
    writer = LogWriter(pipe[1])
    writer.handle(line("x" * PIPE))
    writer.handle(line("y"))
    assert read_lines(pipe[0], 2) == [b"x" * PIPE, b"y"]
    assert writer.dropped == 0


def test_of_a_log_that_was_not_set_up_nothing_was_dropped() -> None:
    assert dropped() == 0
