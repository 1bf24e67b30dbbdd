"""Log lines on their way to a descriptor that may take none: nothing else ever waits for it."""

import logging
import os
import queue
import select
import threading
from typing import Final

CAPACITY: Final = 1000
"""Lines that wait at most; more are dropped and counted."""
_STEP, _STEPS = 0.1, 20
"""Seconds between two looks at whether the descriptor takes lines, and how many looks."""


class LogWriter(logging.Handler):
    """Writes each line from a thread of its own. `dropped` counts lines that were not written."""

    def __init__(self, descriptor: int, capacity: int = CAPACITY) -> None:
        super().__init__()
        self.dropped = 0
        self._descriptor = descriptor
        self._lines: queue.Queue[bytes] = queue.Queue(capacity)
        threading.Thread(target=self._write_all, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Take one line; never waits."""
        try:
            self._lines.put_nowait(f"{self.format(record)}\n".encode(errors="backslashreplace"))
        except queue.Full:
            self.dropped += 1  # under this handler's lock

    def flush(self) -> None:
        """Wait until all lines are written, or the descriptor takes none."""
        done = self._lines.all_tasks_done
        with done:
            for _ in range(_STEPS):
                written = done.wait_for(lambda: not self._lines.unfinished_tasks, _STEP)
                if written or not select.select([], [self._descriptor], [], 0)[1]:
                    return

    def _write_all(self) -> None:
        while True:
            line = self._lines.get()
            try:
                self._write(line)
            except OSError:  # nobody reads, or the disk is full
                with self.lock or threading.RLock():
                    self.dropped += 1
            finally:
                self._lines.task_done()

    def _write(self, line: bytes) -> None:
        while line:
            try:
                line = line[os.write(self._descriptor, line) :]
            except BlockingIOError:  # somebody made it non-blocking
                select.select([], [self._descriptor], [])


def dropped() -> int:
    """Lines that the log of this process has dropped since it was set up."""
    writers = (h for h in logging.getLogger().handlers if isinstance(h, LogWriter))
    return sum(writer.dropped for writer in writers)


def flush() -> None:
    """Let what was logged be written before something else is."""
    for handler in logging.getLogger().handlers:
        handler.flush()
