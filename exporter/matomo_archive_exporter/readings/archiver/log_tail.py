"""An open log file, read on from where it was left, as whole lines of bounded length."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from stat import S_ISREG

from matomo_archive_exporter.matomo.archiver.log_stream import LogStream
from matomo_archive_exporter.readings.database.errors import ReadingError

LONGEST_LINE = 64 * 1024
"""Bytes; what a line has beyond them is not looked at."""
_CHUNK = 256 * 1024
_MARK = 256


@dataclass(slots=True)
class Tail:
    """One file. The bytes before `counts_from` were there when the exporter started."""

    file: FileIO
    stream: LogStream
    position: int = 0
    counts_from: int = 0
    partial: bytes = b""
    """a last line that is not at its end yet"""
    skips_a_line: bool = False
    """reading began in the middle of a line"""
    is_fresh: bool = True
    """nothing was read of it yet"""
    _mark: bytes = field(default=b"", repr=False)

    @property
    def counts(self) -> bool:
        """Whether what was read last is new since the start."""
        return self.position > self.counts_from

    def status(self) -> os.stat_result:
        """The file's size, times and identity now."""
        return os.fstat(self.file.fileno())

    def lines(self, budget: int) -> Iterator[list[bytes]]:
        """Whole lines, in batches that are all new or all old, from `budget` bytes at most."""
        while budget > 0 and (chunk := self._chunk(budget)):
            budget -= len(chunk)
            lines = chunk.split(b"\n")
            lines[0] = self.partial + lines[0]
            self.partial = lines.pop()[:LONGEST_LINE]
            if lines and self.skips_a_line:
                del lines[0]
                self.skips_a_line = False
            yield [line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] for line in lines]

    def _chunk(self, budget: int) -> bytes:
        old = self.counts_from - self.position
        size = min(budget, _CHUNK, old if old > 0 else _CHUNK)
        chunk = os.pread(self.file.fileno(), size, self.position)
        self.position += len(chunk)
        self.is_fresh = self.is_fresh and not chunk
        self._mark = (self._mark + chunk[-_MARK:])[-_MARK:]
        return chunk

    def was_truncated(self) -> bool:
        """Whether what was read is not there any more, though the file may have grown since."""
        start = self.position - len(self._mark)
        return os.pread(self.file.fileno(), len(self._mark), start) != self._mark

    def rewind(self) -> bytes:
        """Begin again with a file that was truncated, and give what was read of its last line."""
        rest, self.partial, self._mark = self.partial, b"", b""
        self.position = self.counts_from = 0
        return rest


def open_tail(path: Path, stream: LogStream) -> Tail:
    """Open a file at its start. It may be of any kind, also a pipe without a writer."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise failure(path, error) from error
    if not S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ReadingError("bad_data", f"the log {path} is not a regular file")
    tail = Tail(FileIO(descriptor, "rb"), stream)
    try:
        require_bytes_of_text(tail, path)
    except ReadingError:
        tail.file.close()
        raise
    return tail


def require_bytes_of_text(tail: Tail, path: Path) -> None:
    """Raise ReadingError for UTF-16: every other byte is empty, after a byte order mark or none."""
    start = os.pread(tail.file.fileno(), _MARK, 0)
    text = start[2:] if start.startswith((b"\xff\xfe", b"\xfe\xff")) else start
    if len(text) > 1 and any(text[::2]) != any(text[1::2]):
        raise ReadingError(
            "bad_data", f"the log {path} is UTF-16 (as from PowerShell): write it as UTF-8"
        )


def failure(path: Path, error: OSError) -> ReadingError:
    """The reason why the log is unreadable."""
    if isinstance(error, PermissionError):
        return ReadingError("access_denied", f"no permission to read the log {path}")
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return ReadingError("unreachable", f"the log {path} does not exist")
    return ReadingError("bad_data", f"cannot read the log {path}: {error.strerror}")
