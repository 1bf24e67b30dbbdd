"""Reads small files at paths where anything may be: nothing is waited for, nothing fills memory."""

import errno
import os
import stat
from pathlib import Path


def read_small(path: Path | str, most: int) -> bytes:
    """The content of a regular file. Raises OSError, also for what is none or longer than `most`.

    A FIFO, or a process substitution of a shell, could be read once at best, and would be waited
    for.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb", buffering=0) as file:
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(kind):
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(kind):
            raise OSError(errno.EINVAL, f"not a regular file but {_kind(kind)}")
        content = bytearray()
        while chunk := file.read(most + 1 - len(content)):
            content += chunk
    if len(content) > most:
        raise OSError(errno.EFBIG, f"longer than {most // 1024} KiB")
    return bytes(content)


def _kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a pipe"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"
