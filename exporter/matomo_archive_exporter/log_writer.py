"""Write log lines to a descriptor that may block, without blocking the rest of the process."""

import logging
import os
import queue
import select
import threading
from typing import Final

CAPACITY: Final = 1000
"""Lines that may wait; the writer drops and counts more."""
_STEP, _STEPS = 0.1, 20
"""Seconds between checks of whether the descriptor takes lines, and the number of checks."""


class LogWriter(logging.Handler):
    """Writes each line in its own thread. `dropped` counts lines that it could not write."""

    def __init__(self, descriptor: int, capacity: int = CAPACITY) -> None:
        super().__init__()
        self.dropped = 0
        self._descriptor = descriptor
        self._lines: queue.Queue[bytes] = queue.Queue(capacity)
        threading.Thread(target=self._write_all, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue one line without waiting."""
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
            except OSError:  # no reader, or a full disk
                with self.lock or threading.RLock():
                    self.dropped += 1
            finally:
                self._lines.task_done()

    def _write(self, line: bytes) -> None:
        while line:
            try:
                line = line[os.write(self._descriptor, line) :]
            except BlockingIOError:  # another process made it non-blocking
                select.select([], [self._descriptor], [])


def dropped() -> int:
    """Lines that this process's log has dropped since it was set up."""
    writers = (h for h in logging.getLogger().handlers if isinstance(h, LogWriter))
    return sum(writer.dropped for writer in writers)


def flush() -> None:
    """Write what was logged before other output."""
    for handler in logging.getLogger().handlers:
        handler.flush()
