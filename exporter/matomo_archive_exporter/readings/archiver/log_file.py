"""The log of core:archive, followed through rotation by rename and by copy and truncate."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from matomo_archive_exporter.matomo.archiver.log_stream import LogStream, goes_on
from matomo_archive_exporter.readings.archiver.log_tail import (
    LONGEST_LINE,
    Tail,
    failure,
    open_tail,
    require_bytes_of_text,
)
from matomo_archive_exporter.readings.database.errors import ReadingError

READ_BACK = 16 * 1024 * 1024
"""Bytes that are read at the start for the time of the last deaths."""
STEP = 16 * 1024 * 1024
"""Bytes that one reading looks at; the next ones catch up."""
REST = 10.0
"""Seconds without a new byte after which nothing more belongs to what was written before."""
_MOST_OPEN = 4

Batch = tuple[Tail, list[bytes]]


class LogFile:
    """The file at a path, and the one that was there before it.

    A run that goes on over a rotation by rename goes on writing into the old file, so the last
    old one stays open as long as it has a name.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self.is_caught_up = False
        self.done = 0
        """bytes read since the start"""
        self._clock = clock
        self._grew_at = clock()
        self._tails: list[Tail] = []
        self._has_begun = False
        self._stream = LogStream()
        self._cut = b""
        """the start of a line that may go on in the next file"""
        self._cut_in: Tail | None = None
        """the old file that it may go on in as well"""

    def batches(self) -> Iterator[Batch]:
        """New whole lines, oldest file first, from a bounded number of bytes."""
        error = self._look()
        left = STEP
        for older, tail in zip([None, *self._tails], tuple(self._tails), strict=False):
            if left > 0 and older is not None and tail.is_fresh:
                self._inherit(older, tail)
            before = tail.position
            for lines in tail.lines(left):
                yield tail, self._joined(tail, lines)
            left -= tail.position - before
            self.done += tail.position - before
        self.is_caught_up = left > 0
        self._note_growth(has_grown=left < STEP)
        yield from self._leave()
        if error is not None and not (self._tails and error.reason == "unreachable"):
            raise error

    @property
    def unread(self) -> int:
        """Bytes that are there and were not read yet."""
        return sum(max(0, tail.status().st_size - tail.position) for tail in self._tails)

    def close(self) -> None:
        """Let go of every file."""
        for tail in self._tails:
            tail.file.close()
        self._tails.clear()

    def _look(self) -> ReadingError | None:
        """Open what is at the path now, if that is another file than before."""
        try:
            status = os.stat(self.path)
            newest = self._tails[-1] if self._tails else None
            if newest is None or not os.path.samestat(status, newest.status()):
                self._tails.append(self._opened())
            elif newest.was_truncated():
                self._keep(newest.rewind(), None)
            require_bytes_of_text(self._tails[-1], self.path)
        except OSError as error:
            # A file that appears later is new as a whole.
            self._has_begun |= isinstance(error, FileNotFoundError)
            return failure(self.path, error)
        except ReadingError as error:
            return error
        return None

    def _opened(self) -> Tail:
        tail = open_tail(self.path, self._stream)
        if not self._has_begun:
            tail.counts_from = tail.status().st_size
            tail.position = max(0, tail.counts_from - READ_BACK)
            tail.skips_a_line = tail.position > 0
        self._has_begun = True
        return tail

    def _inherit(self, older: Tail, tail: Tail) -> None:
        """Let an event at the end of a file continue in the next one."""
        tail.stream = older.stream
        if self._cut_in is older:
            self._cut = older.partial
        elif older.partial:
            older.partial = self._keep(older.partial, older)

    def _keep(self, rest: bytes, within: Tail | None) -> bytes:
        """Remember the last line of a file, with what it goes on from if it is all there was."""
        if self._cut_in is not None and rest:
            self._cut_in.partial = b""
        self._cut, self._cut_in = (self._cut + rest)[:LONGEST_LINE], within
        return self._cut

    def _joined(self, tail: Tail, lines: list[bytes]) -> list[bytes]:
        """The lines, with the one before them if that was cut in two by a rotation."""
        if not lines or not self._cut:
            return lines
        cut, within = self._cut, self._cut_in
        self._cut, self._cut_in = b"", None
        if tail is within:
            return lines
        if goes_on(tail.stream, cut, lines[0]):
            lines[0] = cut + lines[0]
            if within is not None:
                within.partial = b""
        elif within is None:
            lines.insert(0, cut)
        return lines

    def _note_growth(self, has_grown: bool) -> None:
        now = self._clock()
        if has_grown:
            self._grew_at = now
        elif now - self._grew_at >= REST:
            for tail in self._tails:
                tail.stream = tail.stream.at_rest()

    def _leave(self) -> Iterator[Batch]:
        """Close old files that no process can write to any more, which frees disk space."""
        for number, tail in zip(
            range(len(self._tails) - 1, -1, -1), tuple(self._tails), strict=True
        ):
            is_old = number > 1 or tail.status().st_nlink == 0
            if number >= _MOST_OPEN or (is_old and self.is_caught_up):
                yield from self._closed(tail, is_newest=number == 0)

    def _closed(self, tail: Tail, is_newest: bool) -> Iterator[Batch]:
        if is_newest:
            self._stream = tail.stream
            self._keep(tail.partial, None)
        elif tail is self._cut_in:
            self._cut_in = None
        elif tail.partial:
            yield tail, [tail.partial]
        self._tails.remove(tail)
        tail.file.close()
