"""Real processes with any command line, which do nothing until they are ended."""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.process import wait_until

# The dynamic linker waits for this FIFO before the program looks at its arguments.
_PROGRAM, _VARIABLE = "/bin/true", "LD_PRELOAD"


@contextmanager
def running(*command_lines: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """Process ids, in the same order, for as long as the block lasts."""
    processes: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory() as folder:
        fifo = Path(folder, "fifo")
        os.mkfifo(fifo)
        try:
            for argv in command_lines:
                started = subprocess.Popen(
                    list(argv), executable=_PROGRAM, env={_VARIABLE: str(fifo)}
                )
                processes.append(started)
            for process in processes:  # the kernel shows arguments a moment after the start
                cmdline = Path(f"/proc/{process.pid}/cmdline")
                wait_until(cmdline.read_bytes, "it has arguments")
            yield tuple(process.pid for process in processes)
        finally:
            for process in processes:
                process.kill()
                process.wait()


@contextmanager
def crowd(size: int) -> Iterator[frozenset[int]]:
    """So many processes that have nothing to do with Matomo."""
    pids: list[int] = []
    try:
        pids.extend(os.posix_spawn("/bin/sleep", ["sleep", "600"], {}) for _ in range(size))
        yield frozenset(pids)
    finally:
        for pid in pids:
            os.kill(pid, 9)
        for pid in pids:
            os.waitpid(pid, 0)
