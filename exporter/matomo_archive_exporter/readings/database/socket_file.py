"""Whether a unix socket can only be the database server's own."""

import os
import stat
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_MOST_STEPS = 200
USUAL = (
    "/run/mysqld/mysqld.sock",
    "/var/run/mysqld/mysqld.sock",
    "/var/lib/mysql/mysql.sock",
)
"""The server's socket in packages of MariaDB and MySQL."""


def usual() -> Path | None:
    """The first of the usual sockets that can only be the server's own; None without one."""
    return next((path for path in map(Path, USUAL) if is_trusted(path)), None)


def is_trusted(path: Path) -> bool:
    """Whether only root and the server's user, who owns the socket, can have put it there."""
    try:
        return only_owners_can_write([*_steps(path.absolute())], os.geteuid())
    except (OSError, ValueError):
        return False


def only_owners_can_write(steps: Sequence[os.stat_result], us: int) -> bool:
    """The rule of `is_trusted`, for what lies on the way: folders and links, the socket last.

    Each belongs to root or the socket's owner, and only they may write to the folders. A folder
    like /tmp may be on the way, where others cannot remove what is not theirs; but they can make a
    folder there first, so the next step has to belong to root or to `us`.
    """
    *way, socket = steps
    owners = {0, socket.st_uid}
    return (
        stat.S_ISSOCK(socket.st_mode)
        and not way[-1].st_mode & _OTHERS_WRITE
        and all(step.st_uid in owners for step in way)
        and all(_is_kept(step, then, us) for step, then in pairwise(way))
    )


def _is_kept(step: os.stat_result, then: os.stat_result, us: int) -> bool:
    """Whether others can neither make nor replace the next step; a link has no permissions."""
    if stat.S_ISLNK(step.st_mode) or not step.st_mode & _OTHERS_WRITE:
        return True
    return bool(step.st_mode & stat.S_ISVTX) and then.st_uid in (0, us)


def _steps(path: Path) -> Iterator[os.stat_result]:
    """Each folder and link on the way from the root, then what is at the end."""
    place, ahead = Path("/"), [*reversed(path.parts)]
    for _ in range(_MOST_STEPS):
        if not ahead:
            return
        step = place / ahead.pop()  # the part "/" leads back to the root
        found = step.lstat()
        yield found
        if stat.S_ISLNK(found.st_mode):
            ahead.extend(reversed(step.readlink().parts))
        else:
            place = step
    raise ValueError("too many links")
