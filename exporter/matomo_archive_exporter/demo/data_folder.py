"""A temporary folder that is removed after any end of this process."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from matomo_archive_exporter.demo.launch import ACCOUNT_INSTEAD_OF_ROOT

# It waits for the end of its input, which comes with the end of this process, even by kill -9. The
# loop waits for a server that is still stopping.
JANITOR = 'cat >/dev/null; for i in 1 2 3 4 5; do rm -rf "$1" && exit; sleep 0.2; done'


class DataFolder:
    """A new folder `path`, with a folder `data` that only the server's user can enter.

    A small shell process removes it, so that Ctrl-C, SIGTERM, an exception and kill -9 take the
    same path as remove().
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="matomo-archive-mariadb-"))
        self._janitor = subprocess.Popen(  # noqa: S603 - a constant and our own path
            ["/bin/sh", "-c", JANITOR, "janitor", str(self.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,  # Ctrl-C in a terminal is not meant for it
        )
        self.data = self.path / "data"
        self.data.mkdir(mode=0o700)
        if os.getuid() == 0:
            # Only `data` goes to the account: root must not write where others may lay links.
            account = pwd.getpwnam(ACCOUNT_INSTEAD_OF_ROOT)
            self.path.chmod(0o711)
            shutil.chown(self.data, account.pw_uid, account.pw_gid)

    def remove(self) -> None:
        """Remove the folder and all it holds; returns when it is gone."""
        self._janitor.communicate()
