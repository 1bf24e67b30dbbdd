"""Every log of core:archive that a pattern matches, each followed as if it were the only one."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from glob import has_magic, iglob
from itertools import islice
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

from matomo_archive_exporter.matomo.archiver.log_stream import LogStream
from matomo_archive_exporter.readings.archiver.log_file import READ_BACK, REST, STEP, Batch
from matomo_archive_exporter.readings.archiver.log_tail import Tail, failure, open_tail
from matomo_archive_exporter.readings.database.errors import ReadingError

_MOST_OPEN = 64
_MOST_LOOKED_AT = 10_000


Identity = tuple[int, int]
"""Device and inode of a file, under any name."""


class Match(NamedTuple):
    """A file that the pattern matches, as it was when it was looked at."""

    path: Path
    status: os.stat_result

    @property
    def identity(self) -> Identity:
        """Which file it is."""
        return self.status.st_dev, self.status.st_ino


def is_pattern(path: Path) -> bool:
    """Whether a path means every file that it matches, and is not the name of one of them."""
    return has_magic(str(path)) and not path.exists()


def matches(pattern: Path) -> list[Match]:
    """The regular files that match, the one that was written last first. Raises ReadingError."""
    found = []
    for name in islice(iglob(str(pattern)), _MOST_LOOKED_AT):
        try:
            status = os.stat(name)
        except OSError:
            continue  # it went away, or may not be looked at
        if S_ISREG(status.st_mode):
            found.append(Match(Path(name), status))
    if not found:
        _must_be_readable(pattern)
        raise ReadingError("unreachable", f"no log matches {pattern}")
    return sorted(found, key=lambda match: match.status.st_mtime_ns, reverse=True)


def _must_be_readable(pattern: Path) -> None:
    """The folder where the pattern begins; looking for files says nothing of it."""
    folder = next(parent for parent in pattern.parents if not has_magic(str(parent)))
    try:
        os.scandir(folder).close()
    except OSError as error:
        raise failure(pattern, error) from error


class LogFiles:
    """A file keeps its identity when it is renamed.

    A copy is another file: the lines of a copy that matches count twice.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self.is_caught_up = False
        self.done = 0
        """bytes read since the start"""
        self._clock = clock
        self._open: dict[Identity, Tail] = {}
        """the one that was read least lately first"""
        self._closed: dict[Identity, Tail] = {}
        """those that match and were read to their end"""
        self._grew_at: dict[Identity, float] = {}
        self._has_begun = self._has_waiting = False

    def batches(self) -> Iterator[Batch]:
        """New whole lines of every file, from a bounded number of bytes."""
        errors = self._look()
        left = STEP
        for which, tail in list(self._open.items()):
            if tail.was_truncated():
                tail.rewind()
            before = tail.position
            for lines in tail.lines(left):
                yield tail, lines
            left -= tail.position - before
            self.done += tail.position - before
            self._note_growth(which, has_grown=tail.position > before)
            if tail.status().st_nlink == 0 and _unread(tail) == 0:
                yield tail, [tail.partial] if tail.partial else []
                self._close_file(which)
        self.is_caught_up = left > 0 and not self._has_waiting
        if errors:
            raise errors[0]

    @property
    def unread(self) -> int:
        """Bytes that are there and were not read yet."""
        return sum(map(_unread, self._open.values()))

    def close(self) -> None:
        """Let go of every file."""
        for which in list(self._open):
            self._close_file(which)

    def _look(self) -> list[ReadingError]:
        """Open what is new, or has grown since it was closed."""
        found, errors = [], []
        try:
            found = matches(self.path)
        except ReadingError as error:
            if error.reason != "unreachable" or not self._open:
                errors.append(error)
        self._has_waiting = False
        here = {match.identity for match in found}
        self._closed = {which: tail for which, tail in self._closed.items() if which in here}
        read_back = READ_BACK
        for match in found:
            try:
                self._follow(match, read_back)
            except ReadingError as error:
                errors.append(error)
            read_back = max(0, read_back - match.status.st_size)
        self._has_begun = True
        return errors

    def _follow(self, match: Match, read_back: int) -> None:
        which = match.identity
        known = self._closed.get(which)
        if which in self._open or (known and known.position == match.status.st_size):
            return
        tail = open_tail(match.path, LogStream())
        if known is not None:
            tail = replace(known, file=tail.file)
        elif not self._has_begun:
            tail.counts_from = tail.status().st_size
            tail.position = max(0, tail.counts_from - read_back)
            tail.skips_a_line = 0 < tail.position < tail.counts_from
        self._closed.pop(which, None)
        self._open[which], self._grew_at[which] = tail, self._clock()
        self._make_room()

    def _make_room(self) -> None:
        """Close a file that is read to its end, or have the last one wait for the others."""
        if len(self._open) <= _MOST_OPEN:
            return
        done = (which for which, tail in self._open.items() if _unread(tail) == 0)
        which = next(done, next(reversed(self._open)))
        self._has_waiting |= _unread(self._open[which]) > 0
        self._closed[which] = self._open[which]
        self._close_file(which)

    def _note_growth(self, which: Identity, has_grown: bool) -> None:
        tail, now = self._open.pop(which), self._clock()
        self._open[which] = tail
        if has_grown:
            self._grew_at[which] = now
        elif now - self._grew_at[which] >= REST:
            tail.stream = tail.stream.at_rest()

    def _close_file(self, which: Identity) -> None:
        self._open.pop(which).file.close()
        self._grew_at.pop(which)


def _unread(tail: Tail) -> int:
    return max(0, tail.status().st_size - tail.position)
