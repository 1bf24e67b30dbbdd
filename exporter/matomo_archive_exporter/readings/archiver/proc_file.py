"""Files of a /proc, read without what open() would build around them, and without waiting."""

import os
from stat import S_ISREG

from matomo_archive_exporter.readings.database.errors import ReadingError

LONGEST = 256 * 1024
"""bytes of a command line; the kernel allows 128 KiB for one argument"""
_MOST = 4 * 1024 * 1024
"""bytes of a file that is read to its end"""


def fill(path: str, buffer: bytearray) -> int:
    """Read a file in one go; gives its length. Raises ReadingError where it is no file of a /proc:
    a folder that only looks like one may hold pipes.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return _fill(descriptor, path, memoryview(buffer))
    finally:
        os.close(descriptor)


def start_of(path: str) -> bytes:
    """What one go gives of it."""
    buffer = bytearray(LONGEST)
    return bytes(buffer[: fill(path, buffer)])


def whole(path: str, buffer: bytearray) -> bytes | None:
    """All of a file that the kernel gives page by page; None where it is too long to be read."""
    content = bytearray()
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        while length := _fill(descriptor, path, memoryview(buffer)):
            content += buffer[:length]
            if len(content) > _MOST:
                return None
    finally:
        os.close(descriptor)
    return bytes(content)


def _fill(descriptor: int, path: str, buffer: memoryview) -> int:
    try:
        length = os.readv(descriptor, [buffer])
    except (BlockingIOError, IsADirectoryError):
        raise _no_proc(path) from None
    # A kernel thread's is empty, as is a pipe without a writer.
    if length == 0 and not S_ISREG(os.fstat(descriptor).st_mode):
        raise _no_proc(path)
    return length


def _no_proc(path: str) -> ReadingError:
    return ReadingError("bad_data", f"{path} is not a file of a /proc")
