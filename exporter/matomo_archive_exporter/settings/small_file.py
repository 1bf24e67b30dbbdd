"""Read small files at any path without waiting and without filling memory."""

import errno
import os
import stat
from pathlib import Path


def read_small(path: Path | str, most: int) -> bytes:
    """The content of a regular file. Raises OSError, also for other kinds and for longer files.

    A FIFO, or a shell's process substitution, would block and could be read only once.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:  # Python's own file object leaks the descriptor of a folder
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(kind):
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(kind):
            raise OSError(errno.EINVAL, f"not a regular file but {_kind(kind)}")
        content = bytearray()
        while chunk := os.read(descriptor, most + 1 - len(content)):
            content += chunk
    finally:
        os.close(descriptor)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"longer than {most // 1024} KiB")
    return bytes(content)


def _kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a pipe"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"
