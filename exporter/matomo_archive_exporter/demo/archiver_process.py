"""A stand-in for the process of core:archive and its memory, shown in a folder like /proc.

It is a real process, so a kill ends the simulated run.
"""

import os
import shutil
import subprocess
import time
from pathlib import Path

_COMMAND_LINE = "php\0/var/www/matomo/console\0core:archive\0"
_STAND_IN = ("sleep", "1000000")
_CHUNK = 2 * 1024 * 1024
_OFFSET = 10_309_632
"""of Debian's PHP 8.2: bytes of data that are not PHP's chunks"""
_FILES = 28_000_000
"""bytes that are resident beside the data"""
_AT, _MAPPING = 0x7F0000000000, "{:x}-{:x} rw-p 00000000 00:00 0 \n"
"""where its chunks are mapped"""
_BEFORE_START = 17
"""fields of `stat` between the parent and the start"""


class ArchiverProcess:
    """Shown in `proc` from its start to its end."""

    def __init__(self, proc: Path, archive_limit: int = 0) -> None:
        self._stand_in = subprocess.Popen(_STAND_IN, start_new_session=True)  # noqa: S603
        self._folder = proc / str(self.pid)
        self._folder.mkdir()
        self._chunks = 0
        began = time.clock_gettime(time.CLOCK_BOOTTIME)
        ticks = round(began * os.sysconf("SC_CLK_TCK"))
        self._write("stat", f"{self.pid} (php) S 1 {'0 ' * _BEFORE_START}{ticks}")
        limit = f"--max-archives-to-process={archive_limit}\0" if archive_limit else ""
        self._write("cmdline", f"{_COMMAND_LINE}{limit}")

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._stand_in.pid

    @property
    def is_killed(self) -> bool:
        """Whether a kill has ended it."""
        return self._stand_in.poll() is not None

    def holds(self, used: int) -> None:
        """So many bytes are in use; chunks that were taken once stay."""
        self._chunks = max(self._chunks, -(-used // _CHUNK) * _CHUNK)
        data = self._chunks + _OFFSET
        pages = (data + _FILES) // os.sysconf("SC_PAGE_SIZE")
        self._write("maps", _MAPPING.format(_AT, _AT + self._chunks))
        self._write("statm", f"{pages} {pages} 0 0 0 0 0")
        sizes = {"VmPeak": data + _FILES, "VmSize": data + _FILES, "VmData": data}
        self._write(
            "status", "".join(f"{name}:\t{size // 1024} kB\n" for name, size in sizes.items())
        )

    def end(self) -> None:
        """Remove it."""
        self._stand_in.kill()
        self._stand_in.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _write(self, name: str, text: str) -> None:
        """Write the whole file in one step, because it is read meanwhile."""
        unfinished = self._folder / f".{name}"
        unfinished.write_text(text, encoding="ascii")
        unfinished.replace(self._folder / name)


def make_proc(folder: Path) -> Path:
    """A folder that looks like a /proc without archivers."""
    for name in ("1", "self"):
        (folder / name).mkdir(parents=True)
    return folder
