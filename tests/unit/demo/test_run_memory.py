"""The memory of the demo's archiver."""

from datetime import date, timedelta

import pytest

from matomo_archive_exporter.demo.batch import QueuedRow, next_batch
from matomo_archive_exporter.demo.run_memory import RunMemory

MB = 2**20
FIRST = date(2024, 1, 1)


def days(count: int) -> list[QueuedRow]:
    every = (FIRST + timedelta(days=n) for n in reversed(range(count)))
    return [QueuedRow(100_000 + n, "done.Actions", day, day, 1) for n, day in enumerate(every)]


def work(memory: RunMemory, rows: int) -> None:
    queue = days(rows)
    memory.begin_site()
    while queue and not memory.is_exhausted:
        batch = next_batch(queue, 3)
        memory.look(queue, batch)
        memory.finish(len(batch))
        queue = queue[len(batch) :]


def test_it_grows_faster_the_more_was_handled() -> None:
    sizes = []
    memory = RunMemory(None)
    for _ in range(4):
        before = memory.bytes
        work(memory, 300)
        sizes.append(memory.bytes - before)
    assert sizes[1] < sizes[2] < sizes[3]  # the first asks for segments, too


def test_it_is_exhausted_where_php_gives_up() -> None:
    memory = RunMemory(64 * MB)
    work(memory, 5000)
    assert memory.is_exhausted
    assert 60 * MB < memory.bytes < 64 * MB
    assert memory.archives < 5000


def test_it_is_safe_below_four_fifths_of_the_limit() -> None:
    memory = RunMemory(64 * MB)
    assert memory.is_safe
    work(memory, 5000)
    assert not memory.is_safe


def test_as_many_archives_as_are_safe_are_safe() -> None:
    memory = RunMemory(256 * MB)
    assert memory.safe_archives == pytest.approx(2350, abs=150)
    work(memory, memory.safe_archives)
    assert memory.is_safe


def test_without_a_limit_it_never_ends() -> None:
    memory = RunMemory(None)
    work(memory, 2000)
    assert (memory.is_exhausted, memory.is_safe) == (False, True)
