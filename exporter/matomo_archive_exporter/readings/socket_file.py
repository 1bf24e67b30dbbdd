"""Whether a unix socket can only be the database's: who else could put one there."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_MOST_STEPS = 200


def is_trusted(path: Path) -> bool:
    """Whether nobody but root and the server's user, who owns the socket, can replace it."""
    try:
        return can_be_replaced_by_no_other([*_steps(path.absolute())])
    except (OSError, ValueError):
        return False


def can_be_replaced_by_no_other(steps: Sequence[os.stat_result]) -> bool:
    """The same for folders and links on the way from the root, the socket behind them.

    All of them belong to root or the server's user. Nobody else may write to the folders, but to
    one like /tmp, where each user removes only what is his own, and never to the last.
    """
    *way, socket = steps
    trusted = {0, socket.st_uid}
    return (
        stat.S_ISSOCK(socket.st_mode)
        and not way[-1].st_mode & _OTHERS_WRITE
        and all(step.st_uid in trusted and _holds(step) for step in way)
    )


def _holds(step: os.stat_result) -> bool:
    """Whether what lies there stays there; a link has no permissions of its own."""
    mode = step.st_mode
    return stat.S_ISLNK(mode) or not mode & _OTHERS_WRITE or bool(mode & stat.S_ISVTX)


def _steps(path: Path) -> Iterator[os.stat_result]:
    """Every folder and link on the way from the root, and what is there at the end."""
    place, ahead = Path("/"), [*reversed(path.parts)]
    for _ in range(_MOST_STEPS):
        if not ahead:
            return
        step = place / ahead.pop()  # a part of "/" begins anew
        found = step.lstat()
        yield found
        if stat.S_ISLNK(found.st_mode):
            ahead.extend(reversed(step.readlink().parts))
        else:
            place = step
    raise ValueError("the way does not end")
