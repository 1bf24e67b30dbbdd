"""The log never waits for whoever is to read it."""

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
    yield read, write
    for descriptor in (read, write):
        try:
            os.close(descriptor)
        except OSError:
            continue


def line(text: str) -> logging.LogRecord:
    return logging.LogRecord("exporter", logging.INFO, "file", 1, text, (), None)


def test_lines_are_written_in_order(pipe: tuple[int, int]) -> None:
    writer = LogWriter(pipe[1])
    for number in range(100):
        writer.handle(line(str(number)))
    writer.flush()
    assert os.read(pipe[0], PIPE).decode().split() == [str(number) for number in range(100)]
    assert writer.dropped == 0


def test_nobody_waits_for_a_pipe_that_is_full(pipe: tuple[int, int]) -> None:
    writer = LogWriter(pipe[1], capacity=5)
    begun = time.monotonic()
    for _ in range(100):
        writer.handle(line("x" * PIPE))
    writer.flush()
    assert time.monotonic() - begun < 1
    assert writer.dropped >= 93  # one or two are on their way, five wait


def test_what_was_dropped_is_made_known_and_later_lines_are_written(pipe: tuple[int, int]) -> None:
    writer = LogWriter(pipe[1], capacity=1)
    for _ in range(5):
        writer.handle(line("x" * PIPE))
    seen = writer.dropped
    assert seen > 0

    def all_read() -> bool:
        os.read(pipe[0], PIPE)
        return not writer._lines.unfinished_tasks

    wait_until(all_read, "the pipe is empty")
    writer.handle(line("last"))
    writer.flush()
    assert os.read(pipe[0], PIPE).endswith(b"last\n")
    assert writer.dropped == seen


def test_a_pipe_that_nobody_reads_any_more_drops_lines(pipe: tuple[int, int]) -> None:
    writer = LogWriter(pipe[1])
    os.close(pipe[0])
    writer.handle(line("lost"))
    writer.flush()
    assert writer.dropped == 1


def test_a_descriptor_that_does_not_block_is_waited_for(pipe: tuple[int, int]) -> None:
    os.set_blocking(pipe[1], False)
    writer = LogWriter(pipe[1])
    writer.handle(line("x" * PIPE))
    writer.handle(line("y"))
    assert os.read(pipe[0], PIPE)
    writer.flush()
    assert b"y\n" in os.read(pipe[0], PIPE)
    assert writer.dropped == 0


def test_of_a_log_that_was_not_set_up_nothing_was_dropped() -> None:
    assert dropped() == 0
