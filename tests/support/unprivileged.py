"""Run as a user without root's rights."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def as_unprivileged_user() -> Iterator[None]:
    """Become an unprivileged user for the block, since root may read everything."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
