"""Processes of core:archive, found among real ones."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from matomo_archive_exporter.matomo.archiver.command_line import Role
from matomo_archive_exporter.matomo.runs.process_memory import DataSize
from matomo_archive_exporter.readings.archiver import processes
from tests.support.command_lines import ARCHIVER, ARCHIVERS, QUERY, REQUEST, REQUESTS, SHELL
from tests.support.command_lines import STRANGERS as OTHERS
from tests.support.midrun import put_process
from tests.support.process import wait_until
from tests.support.real_processes import crowd, running

PROC = Path("/proc")
ENOUGH_OTHERS = 2000

LINES: dict[str, tuple[Role | None, tuple[tuple[str, ...], ...]]] = {
    "archivers": ("archiver", (ARCHIVER, *(tuple(line.split()) for line in ARCHIVERS))),
    "requests": ("request", (REQUEST, *(tuple(line.split()) for line in REQUESTS))),
    "others": (None, (SHELL, *(tuple(line.split()) for line in OTHERS))),
}
ALL_LINES = tuple((role, argv) for role, lines in LINES.values() for argv in lines)


def roles() -> dict[int, Role]:
    """The archivers on this machine now; they may be more than the test started."""
    return {process.pid: process.role for process in processes.read(PROC).found}


@pytest.fixture(scope="module")
def others() -> Iterator[frozenset[int]]:
    with crowd(ENOUGH_OTHERS) as pids:
        yield pids


def test_a_recorded_run_is_found_among_2000_others(others: frozenset[int]) -> None:
    with running(ARCHIVER, SHELL, REQUEST, SHELL, REQUEST) as pids:
        found = roles()
        assert [found.get(pid) for pid in pids] == ["archiver", None, "request", None, "request"]
        assert others & found.keys() == set()
    assert roles().keys() & set(pids) == set()


def test_each_command_line_has_its_role_when_it_really_runs(others: frozenset[int]) -> None:
    with running(*(argv for _, argv in ALL_LINES)) as pids:
        found = roles()
        assert [found.get(pid) for pid in pids] == [role for role, _ in ALL_LINES]


def test_a_machine_with_2000_others_is_read_in_50_milliseconds(others: frozenset[int]) -> None:
    def cpu_seconds() -> float:
        begun = time.process_time()
        processes.read(PROC)
        return time.process_time() - begun

    assert len(os.listdir(PROC)) > ENOUGH_OTHERS
    assert min(cpu_seconds() for _ in range(5)) < 0.05


@contextmanager
def php_that_runs(program: str, folder: Path) -> Iterator[int]:
    """`php console core:archive`, here in Python; the block begins when it has printed a line."""
    (folder / "php").symlink_to(Path(sys.executable).resolve())
    (folder / "console").write_text(f"import os\n{program}\nprint(flush=True)\nos.read(0, 1)\n")
    argv = [str(folder / "php"), str(folder / "console"), "core:archive"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as php:
        assert php.stdout is not None
        php.stdout.readline()
        yield php.pid
        php.communicate()


def test_memory_is_what_the_process_really_holds(tmp_path: Path) -> None:
    with php_that_runs("held = b'x' * 64_000_000", tmp_path) as pid:
        (found,) = (process for process in processes.read(PROC).found if process.pid == pid)
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    (kib,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    assert found.resident > 64_000_000
    assert found.resident == pytest.approx(int(kib) * 1024, abs=1_000_000)


def test_chunks_of_a_process_whose_mappings_may_be_read_are_seen(tmp_path: Path) -> None:
    mapped = "import mmap; held = mmap.mmap(-1, 8 << 20, flags=mmap.MAP_PRIVATE)"
    with php_that_runs(mapped, tmp_path) as pid:
        (found,) = (process for process in processes.read(PROC).found if process.pid == pid)
    assert found.data is not None
    assert found.data.chunks is not None
    assert 6 << 20 <= found.data.chunks < found.data.now


def test_mappings_that_cannot_be_those_of_its_data_tell_nothing(tmp_path: Path) -> None:
    """More than all its data, or without an end: part of them would be too little."""
    folder, size = tmp_path / "7", 64_000
    for each in (tmp_path / "1", tmp_path / "self"):
        each.mkdir()
    put_process(folder, 60, dict.fromkeys(("VmPeak", "VmSize", "VmData", "VmRSS"), size))
    chunks = b"7f0000000000-7f0002000000 rw-p 00000000 00:00 0 \n"
    for maps, expected in (
        (chunks, 32 << 20),
        (2 * chunks, None),
        (chunks + b"\n" * (5 << 20), None),
    ):
        (folder / "maps").write_bytes(maps)
        (found,) = processes.read(tmp_path).found
        assert found.data is not None
        assert found.data.chunks == expected


def test_a_process_counts_although_its_mappings_cannot_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "7"
    for each in (tmp_path / "1", tmp_path / "self"):
        each.mkdir()
    put_process(folder, 60, dict.fromkeys(("VmPeak", "VmSize", "VmData", "VmRSS"), 64_000))
    (folder / "maps").symlink_to("/proc/self/mem")  # an input/output error
    (found,) = processes.read(tmp_path).found
    assert found.data == DataSize(64_000 * 1024, 64_000 * 1024)


def test_a_fork_that_is_about_to_become_a_shell_is_no_second_archiver(tmp_path: Path) -> None:
    fork = "if os.fork() == 0: os.read(0, 1); os._exit(0)"
    with php_that_runs(fork, tmp_path) as pid:
        (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        assert (
            Path(f"/proc/{child}/cmdline").read_bytes() == Path(f"/proc/{pid}/cmdline").read_bytes()
        )
        assert {pid, int(child)} & roles().keys() == {pid}


def test_a_process_that_has_ended_but_was_not_waited_for_is_none() -> None:
    with running(ARCHIVER) as (pid,):
        os.kill(pid, 9)
        wait_until(lambda: "Z" in Path(f"/proc/{pid}/stat").read_text().split(), "it has ended")
        assert pid not in roles()


def test_processes_may_come_and_go_while_they_are_read() -> None:
    program = "while :; do /bin/true console core:archive climulti:request; done"
    with running(ARCHIVER) as (pid,), subprocess.Popen(["sh", "-c", program]) as busy:
        try:
            for _ in range(40):
                assert roles()[pid] == "archiver"
            assert busy.poll() is None
        finally:
            busy.kill()


def test_a_very_long_command_line_is_read_to_its_end() -> None:
    segment = "x" * 100_000
    argv = ("php", "-q", "/m/console", "climulti:request", f"segment={segment}&{QUERY}")
    with running(argv) as (pid,):
        assert roles()[pid] == "request"
